"""A door inside a page of another site: what stands there and what does not (docs/threat-model.md).

The addresses begin with `/e/`. Such a page has no script and sets no cookie, and only the sites that the door's file
names may show it. What is typed to somebody never stands there: the site around it could lay something over the box and
read along. The buttons that lead to it open a page of our own, alone in the window, in the same visit.
"""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from voordeur.faces.doorway import Door
from voordeur.faces.headers import page_policy
from voordeur.faces.language import N_, translations
from voordeur.faces.visit.pages import Visit, render

#: A conversation, a code, own words, another door, and what is for who puts us on their site.
_ALONE = ("talk", "return", "search", "linking", "door", "amend", "amend-say")


def is_inside(request: HttpRequest) -> bool:
    """Whether an address is one for inside a page of another site."""
    return request.path_info.startswith("/e/")


def is_alone(named: str) -> bool:
    """Whether what a form asks for, or the page that it stands on, is never inside a page of another site."""
    return named.partition(":")[0] in _ALONE


def show_outside(here: Visit, go: str) -> HttpResponse:
    """What does not stand inside a page of another site, why, and the button to where it does."""
    verb = go.partition(":")[0]
    goes = go if verb in ("talk", "door", "linking") and len(go) < 40 else "guide" if here.told.answers else "home"
    return render(replace(here, view="guide" if here.told.answers else "home"), "outside", {"goes": goes})


def closed(door: Door, language: str) -> HttpResponse:
    """What a burned address answers inside a page of another site: nothing that tells, and a way to begin again."""
    words = translations(language).gettext
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>…</title>'
        f'<link rel="icon" href="data:,"></head><body><p>{words(N_("This part of the page is closed."))} '
        f'<a href="/e/in/{language}" rel="noreferrer">{words(N_("Open it again"))}</a></p></body></html>'
    )
    response = HttpResponse(html, content_type="text/html; charset=utf-8", status=410)
    response.headers["Content-Security-Policy"] = page_policy([], [], embedded_by=door.embedded_by)
    return response
