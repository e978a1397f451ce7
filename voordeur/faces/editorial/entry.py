"""One entry: every field with its source and age, what waits about it, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from voordeur.faces.editorial.keeper import READ, Keeper, kept, show
from voordeur.faces.editorial.overview import STATES
from voordeur.faces.editorial.shown import Drafted, ShownField, ShownSide, alone, draft_of, part_name, shown_field, side
from voordeur.faces.entry_words import field_name, remark_in_words, text_in
from voordeur.faces.language import N_
from voordeur.records.directory import history
from voordeur.records.directory.entry_files import NEVER_CLOSED, WHAT_IF
from voordeur.records.directory.fields import Field, differs, fields, ways_of
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


@dataclass(frozen=True, slots=True)
class Row:
    """One field: as it stands, and as the draft would make it when that is something else."""

    field: ShownField
    stands: ShownSide
    drafted: ShownSide | None


@dataclass(frozen=True, slots=True)
class Group:
    """The organisation itself, or one of its services, with its ways to be in touch by their name in a path."""

    service: str
    title: str
    note: str
    rows: list[Row]
    missing: list[tuple[str, str]]
    ways: list[tuple[str, str]]
    is_out: bool


@kept(*READ)
def entry(who: Keeper, organization: str) -> HttpResponse:
    """The entry as it stands, with what the draft changes beside it."""
    draft = draft_of(who, organization)
    data = draft.stands
    versions = [
        one
        for one in history.versions_of(organization)
        if one.state not in (VersionState.DRAFT, VersionState.PROPOSED) or _sees(who, one)
    ]
    asked = history.askings((organization,)).get(organization) if who.is_steward else None
    return show(
        who,
        "entry.html",
        organization=organization,
        name=data["name"],
        groups=_groups(who, draft),
        versions=[(one, who.words(STATES[one.state]), who.day(one.made_on), reason_of(who, one)) for one in versions],
        draft=draft.version,
        may_undo=who.is_steward and _may_undo(versions),
        seen=fingerprint(organization),
        remarks=[
            (one.path, field_name(one.path, data, who.language), remark_in_words(one.rule, one.values, who.language))
            for one, _ in kept_remarks(organization)
            if one.rule not in AGES  # said beside each field already
        ],
        asked=asked,
        asked_text=_asked(who, asked),
        corrections=[
            (one, field_name(one.path, data, who.language) if one.path else who.words(N_("something else")))
            for one in (history.waiting_corrections(organization) if who.is_steward else ())
        ],
    )


def _groups(who: Keeper, draft: Drafted) -> list[Group]:
    stands, drafted = fields(draft.stands), fields(draft.entry)
    now, then = _services(draft.stands), _services(draft.entry)
    groups = [_group(who, "", draft, stands, drafted)]
    for key in dict.fromkeys((*now, *then)):
        groups.append(_group(who, key, draft, stands, drafted))
    return groups


def _services(entry: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {one["id"]: one for one in entry["services"]}


def _group(
    who: Keeper, key: str, draft: Drafted, stands: Mapping[str, Field], drafted: Mapping[str, Field]
) -> Group:  # fmt: skip
    now, then = _services(draft.stands).get(key), _services(draft.entry).get(key)
    is_new, is_out = bool(key) and now is None, bool(key) and then is None
    shown = draft.stands if is_out else draft.entry
    service = then or now
    named = alone(shown, key)  # the name of the service stands above all of it
    rows = [
        _row(who, one, stands.get(path), drafted.get(path), named)
        for path, one in {**drafted, **stands}.items()
        if _is_of(path, key) and not path.endswith("kind")
    ]
    note = N_("Only in your draft.") if is_new else N_("Taken out in your draft.") if is_out else ""
    return Group(
        key,
        text_in(service["name"], who.language) if service else "",
        who.words(note) if note else "",
        rows,
        [] if is_out else _missing(who, f"services.{key}." if key else "", named),
        [(way, part_name(who, f"services.{key}.{way}", named)) for way, _ in ways_of(then)] if then else [],
        is_out,
    )


def _is_of(path: str, key: str) -> bool:
    return path.startswith(f"services.{key}.") if key else not path.startswith("services.")


def _row(who: Keeper, one: Field, stands: Field | None, drafted: Field | None, entry: Mapping[str, Any]) -> Row:
    return Row(
        shown_field(who, one, entry),
        side(who, one.path, stands),
        side(who, one.path, drafted) if differs(stands, drafted) else None,
    )


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
    return have[f"{place}kind"].value not in NEVER_CLOSED


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
