"""One entry: every field with its source and age, what waits about it, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from voordeur.faces.editorial.keeper import READ, Keeper, kept, show
from voordeur.faces.editorial.overview import STATES
from voordeur.faces.editorial.shown import shown_field
from voordeur.faces.entry_words import field_name, remark_in_words, text_in
from voordeur.faces.language import N_
from voordeur.records.directory import history
from voordeur.records.directory.entry_files import WHAT_IF
from voordeur.records.directory.fields import Field, fields
from voordeur.records.directory.file_entries import FROM_FILES
from voordeur.records.directory.publishing import fingerprint
from voordeur.records.directory.report import AGES, kept_remarks
from voordeur.records.directory.versions import Asking, Version, VersionState

#: What can be known of each, and is asked for when it is not.
OF_ORGANIZATION = ("website", "also_known_as", "what_happens", "not_for", "knowledge", *WHAT_IF)
OF_SERVICE = (
    "waiting_time", "anonymous", "comes_to_you", "answered_by", "languages", "languages_read", "many_languages",
    "age_min", "age_max", "area", "contexts", "contexts_only", "relations_only", "groups_focus", "groups_only",
    "faiths", "when_only", "not_when", "violence_focus",
)  # fmt: skip
OF_WAY = ("value", "cost", "hours", "hours_note", "languages", "anonymous")


@kept(*READ)
def entry(who: Keeper, organization: str) -> HttpResponse:
    """The entry as it stands."""
    data = who.entry(organization)
    shown = [shown_field(who, one, data) for one in fields(data).values() if not one.path.endswith("kind")]
    versions = [
        one
        for one in history.versions_of(organization)
        if one.state not in (VersionState.DRAFT, VersionState.PROPOSED) or _sees(who, one)
    ]
    begins = ["", *(f"services.{service['id']}." for service in data["services"])]
    titles = ["", *(text_in(service["name"], who.language) for service in data["services"])]
    groups = [
        (title, [one for one in shown if _group(one.path, begins) == begin], _missing(who, begin, data))
        for begin, title in zip(begins, titles, strict=True)
    ]
    asked = history.askings((organization,)).get(organization) if who.is_steward else None
    return show(
        who,
        "entry.html",
        organization=organization,
        name=data["name"],
        groups=groups,
        versions=[(one, who.words(STATES[one.state]), who.day(one.made_on), reason_of(who, one)) for one in versions],
        draft=history.draft_of(organization, is_own=not who.is_steward),
        may_undo=who.is_steward and _may_undo(versions),
        seen=fingerprint(organization),
        remarks=[
            (one.path, field_name(one.path, data, who.language), remark_in_words(one.rule, one.values, who.language))
            for one, _ in kept_remarks(organization)
            if one.rule not in AGES  # said beside each field already
        ],
        asked=asked,
        asked_text=_asked(who, asked),
        corrections=history.waiting_corrections(organization) if who.is_steward else (),
    )


def _group(path: str, begins: list[str]) -> str:
    return next((begin for begin in begins[1:] if path.startswith(begin)), "")


def _missing(who: Keeper, begin: str, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Fields of an organisation or a service, and of its ways to be in touch, that are not known: path and name."""
    have = fields(data)
    places: dict[str, tuple[str, ...]]
    if not begin:
        places = {"": OF_ORGANIZATION}
    else:
        ways = dict.fromkeys(path.rpartition(".")[0] + "." for path in have if path.startswith(begin))
        places = {way: OF_SERVICE if way == begin else OF_WAY for way in ways}
    return [
        (place + key, field_name(place + key, data, who.language))
        for place, keys in places.items()
        for key in keys
        if place + key not in have and not (key == "hours" and not _answers(have, place))
    ]


def _answers(have: Mapping[str, Field], place: str) -> bool:
    """Whether somebody can be there at this way to be in touch, so that it has hours."""
    return have[f"{place}kind"].value not in ("mail", "form", "letter", "website", "forum")


def _asked(who: Keeper, asked: Asking | None) -> str:
    if asked is None:
        return who.words(N_("Nobody asked yet. We send nothing by ourselves: write or call them, and say so here."))
    text = N_("Asked on %(day)s. No answer; visitors read that.") if asked.is_silent else N_("Asked on %(day)s.")
    return who.words(text) % {"day": who.day(asked.asked_on)}


def _sees(who: Keeper, one: Version) -> bool:
    return one.is_own != who.is_steward or (who.is_steward and one.state is VersionState.PROPOSED)


def reason_of(who: Keeper, one: Version) -> str:
    """Why a version was made."""
    return who.words(N_("as in the files")) if one.reason == FROM_FILES else one.reason


def _may_undo(versions: list[Version]) -> bool:
    states = {one.state for one in versions}
    return VersionState.PUBLISHED in states and VersionState.FORMER in states
