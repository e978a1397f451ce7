"""The values of the page of one organisation: everything known, and what is not known said as such."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.entry_words import NAMES, knowledge_in_words
from voordeur.faces.language import N_, day_name
from voordeur.faces.rendering import Values
from voordeur.faces.visit.results import directory_at
from voordeur.faces.visit.shown import Shower
from voordeur.records.directory.entry_files import WHAT_IF
from voordeur.records.directory.queries import OrganizationView, ServiceView
from voordeur.rules.opening import Hours

_HOLIDAYS = {
    "always": N_("Also on public holidays."),
    "off": N_("Closed on public holidays."),
    "same": N_("On public holidays as on other days."),
    "own": N_("Other hours on public holidays."),
    "unknown": N_("Not known whether open on public holidays."),
}


@dataclass(frozen=True, slots=True)
class ShownWeek:
    """The hours of one contact point, day by day."""

    title: str
    rows: tuple[tuple[str, str], ...]
    holidays: str


@dataclass(frozen=True, slots=True)
class ShownService:
    """One service with its rows of facts."""

    name: str
    rows: tuple[tuple[str, str], ...]
    weeks: tuple[ShownWeek, ...]


def _clock(minutes: int) -> str:
    minutes = minutes - 1440 if minutes > 1440 else minutes
    return f"{minutes // 60}:{minutes % 60:02d}"


def _week(shower: Shower, title: str, hours: Hours) -> ShownWeek:
    week = hours.week()
    rows = []
    for weekday, spans in week.days:
        parts = []
        for start, end, state in spans:
            whole_day = start == 0 and end == 1440
            text = shower._(N_("all day")) if whole_day else f"{_clock(start)}-{_clock(end)}"
            if state is v.OpenState.UNKNOWN:
                text = shower._(N_("perhaps %(hours)s")) % {"hours": text}
            parts.append(text)
        rows.append((day_name(shower.language, weekday), ", ".join(parts) or shower._(N_("closed"))))
    return ShownWeek(title, tuple(rows), shower._(_HOLIDAYS[week.holidays]))


def _words(shower: Shower, kind: type[StrEnum], codes: Iterable[str]) -> str:
    return ", ".join(shower._(labels.LABELS[kind][code]) for code in codes)


def _service(shower: Shower, one: ServiceView, *, is_only: bool) -> ShownService:
    _ = shower._
    rows: list[tuple[str, str]] = [
        (_(N_("For")), _words(shower, v.Role, one.roles)),
        (_(N_("About")), _about(shower, one.violence)),
        (_(N_("Offers")), _words(shower, v.Need, one.help)),
    ]
    if one.groups_only or one.faiths:
        rows.append((_(N_("Only for")), _words(shower, v.Group, (*one.groups_only, *one.faiths))))
    if one.groups_focus:
        rows.append((_(N_("With an eye for")), _words(shower, v.Group, one.groups_focus)))
    if one.contexts:
        rows.append((_(N_("Setting")), _words(shower, v.Context, one.contexts)))
    low, high = one.ages
    if low is not None or high is not None:
        rows.append((_(N_("Ages")), _ages(shower, low, high)))
    rows += [
        (_(N_("Your name")), shower.anonymous(one.anonymous)),
        (_(N_("Who answers")), shower.answered_by(one.answered_by)),
        (_(N_("Languages")), shower.languages(one)),
        (_(N_("Where")), _area(shower, one.area)),
        (
            _(N_("Comes to you")),
            shower.yes_no(one.comes_to_you, N_("yes"), N_("no"), N_("not known")),
        ),
    ]
    if one.summary is not None and not is_only:  # of the only one it stands on top of the page
        said = f"{shower.text(one.summary)} ({shower.source(one.sources.get('summary'))})"
        rows.insert(0, (_(N_("What they do now")), said))
    rows.append((_(N_("Takes people now")), shower.takes_people(one)))
    rows.append((_(N_("Waiting time")), shower.wait(one) or _(N_("not known"))))
    hours = _(N_("opening hours"))
    weeks = tuple(
        _week(shower, f"{_(labels.label(view.contact.kind))}: {hours}", view.contact.hours)
        for view in one.channels
        if view.contact.hours is not None
    )
    return ShownService(shower.text(one.name) or "", tuple(rows), weeks)


def _about(shower: Shower, violence: tuple[str, ...]) -> str:
    """The kinds of violence; for who is there for nearly all of them a list would only tire."""
    if v.Violence.UNKNOWN in violence and len(violence) > len(v.Violence) // 2:
        return shower._(N_("almost everything, also when you do not know what to call it"))
    return _words(shower, v.Violence, violence)


def _ages(shower: Shower, low: int | None, high: int | None) -> str:
    if low is None:
        return shower._(N_("up to and including %(age)s")) % {"age": high}
    if high is None:
        return shower._(N_("from %(age)s")) % {"age": low}
    return shower._(N_("%(low)s up to and including %(high)s")) % {"low": low, "high": high}


def _area(shower: Shower, area: tuple[str, ...] | None) -> str:
    if area is None:
        return shower._(N_("not known"))
    if "national" in area:
        return shower._(N_("the whole country"))
    return ", ".join(one.partition(":")[2] for one in area)


def _what_if(shower: Shower, one: OrganizationView) -> list[tuple[str, str, str]]:
    """The eight questions with their answers and who says so; what is not known is said as such."""
    rows = []
    for key in WHAT_IF:
        text, source = one.what_if.get(key, (None, None))
        answer = shower.text(text)
        rows.append(
            (shower._(NAMES[key]), answer or shower._(N_("not known")), shower.source(source) if answer else "")
        )
    return rows


def organization_values(code: str, language: str, moment: datetime) -> Values | None:
    """Everything about the organisation with this short code; None when there is none."""
    directory = directory_at(moment)
    name = directory.by_code.get(code)
    if name is None:
        return None
    one = directory.organizations[name]
    shower = Shower(language, moment)
    unchecked = shower.unchecked(one)
    return {
        "one": one,
        "also_known_as": ", ".join(one.alternate_name),
        "summary": shower.text(one.summary),
        "description": shower.text(one.description),
        "what_happens": shower.text(one.what_happens),
        "not_for": shower.text(one.not_for),
        # Said with its date instead, where that is known.
        "doubt": None if one.status is v.Status.UNCHECKED and unchecked else shower.doubt(one.status),
        "unchecked": unchecked,
        "contacts": shower.contacts(one),
        "safe": shower.safe(view.contact.kind for service in one.services for view in service.channels),
        "knowledge": [knowledge_in_words(*known, language) for known in one.knowledge],
        "knowledge_source": shower.source(one.knowledge_source),
        "what_if": _what_if(shower, one),
        "services": [_service(shower, service, is_only=len(one.services) == 1) for service in one.services],
        "sources": [f"{shower.source(source)} ({shower._(labels.label(source.confidence))})" for source in one.sources],
    }
