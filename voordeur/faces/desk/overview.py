"""The state of the directory for the people who keep it: what is old, undated, unsourced or not known.

All of it is public data, so nobody signs in yet; the conversations' desk, with sign-in, is a page of its own later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.headers import page_policy
from voordeur.faces.language import date_in_words, preferred, translations
from voordeur.faces.rendering import environment, inline, page, smaller_style
from voordeur.records.directory.queries import OrganizationView, current_directory, directory_findings

HERE = Path(__file__).parent
LANGUAGES = ("nl", "en")


@dataclass(frozen=True, slots=True)
class OrganizationLine:
    """One organisation as its keeper sees it."""

    name: str
    code: str
    status: str
    newest: str
    is_old: bool
    without_value: int
    without_hours: int
    findings: tuple[str, ...]


@lru_cache(maxsize=1)
def _style() -> str:
    return smaller_style((HERE / "desk.css").read_text(encoding="utf-8"))


def _line(
    one: OrganizationView, language: str, today: date, findings: Mapping[str, tuple[str, ...]]
) -> OrganizationLine:
    newest = max((source.date for source in one.sources if source.date and not source.is_own), default=None)
    channels = [channel for service in one.services for channel in service.channels]
    live = [channel for channel in channels if channel.contact.is_live]
    return OrganizationLine(
        name=one.name,
        code=one.code,
        status=translations(language).gettext(labels.label(one.status)),
        newest=date_in_words(language, newest),
        is_old=newest is None or newest[:4] < str(today.year - 1),
        without_value=sum(channel.contact.value is None for channel in live),
        without_hours=sum(channel.contact.hours is None for channel in live),
        findings=findings.get(one.id, ()),
    )


def overview(request: HttpRequest) -> HttpResponse:
    """The directory at a glance, oldest facts first."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    language = preferred(request.headers.get("Accept-Language", ""), LANGUAGES)
    today = datetime.now(UTC).date()
    directory = current_directory()
    findings = directory_findings(Path(settings.CONTENT) / "directory", today)
    lines = [_line(one, language, today, findings) for one in directory.organizations.values()]
    by_status = {
        translations(language).gettext(labels.label(status)): sum(
            one.status is status for one in directory.organizations.values()
        )
        for status in v.Status
    }
    html = (
        environment(HERE / "templates", language)
        .get_template("overview.html")
        .render(
            style=inline(_style()),
            lines=sorted(lines, key=lambda one: (not one.is_old, one.name.casefold())),
            services=len(directory.index.candidates),
            by_status=by_status,
        )
    )
    return page(request, html, page_policy([_style()], []))


def healthy(request: HttpRequest) -> HttpResponse:
    """For the one who watches the server: 200 when a directory is loaded, else 503."""
    is_loaded = bool(current_directory().organizations)
    text = "ok" if is_loaded else "no directory is loaded"
    return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8", status=200 if is_loaded else 503)
