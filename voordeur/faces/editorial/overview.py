"""The first page of keeping up: what waits, and every entry that this person keeps up."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from voordeur.faces.editorial.keeper import READ, Keeper, NotHere, kept, show
from voordeur.faces.entry_words import field_name
from voordeur.faces.language import N_, date_in_words
from voordeur.records.directory import history
from voordeur.records.directory.entry_ages import EntryAge, entry_ages
from voordeur.records.directory.file_entries import WHOLE
from voordeur.records.directory.report import remark_counts
from voordeur.records.directory.versions import Asking, Clash, Correction, Version, VersionState

#: So many entries stand on one page.
PER_PAGE = 100
#: So much is read of a name that is looked for.
LONGEST_NAME = 100
STATES = {
    VersionState.DRAFT: N_("draft"),
    VersionState.PROPOSED: N_("proposed"),
    VersionState.PUBLISHED: N_("published"),
    VersionState.FORMER: N_("published before"),
    VersionState.UNDONE: N_("undone"),
    VersionState.REFUSED: N_("not taken over"),
}
BY_ITSELF, BY_STEWARD = N_("by the organisation itself"), N_("by a steward")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of what waits: where it leads, whose entry, about what, since when."""

    address: str
    name: str
    about: str
    day: str


def _correction(who: Keeper, one: Correction, names: Mapping[str, str], entry: Mapping[str, Any]) -> Waiting:
    about = field_name(one.path, entry, who.language) if one.path else who.words(N_("something else"))
    name = names.get(one.organization, one.organization)
    return Waiting(f"/correction/{one.id}", name, about, who.day(one.proposed_on))


def _version(who: Keeper, one: Version, names: Mapping[str, str]) -> Waiting:
    by = who.words(BY_ITSELF if one.is_own else BY_STEWARD)
    return Waiting(
        f"/version/{one.id}",
        names.get(one.organization, one.organization),
        f"{who.words(STATES[one.state])}, {by}",
        who.day(one.made_on),
    )


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry: how old its newest fact is, how many facts are old, whether they were asked."""

    id: str
    name: str
    newest: str
    is_old: bool
    old: int
    remarks: int
    asked: str


def _entry(who: Keeper, one: EntryAge, asked: Asking | None, remarks: int) -> EntryLine:
    said = ""
    if asked is not None:
        text = N_("asked on %(day)s, no answer") if asked.is_silent else N_("asked on %(day)s")
        said = who.words(text) % {"day": who.day(asked.asked_on)}
    return EntryLine(one.id, one.name, date_in_words(who.language, one.newest), one.is_old, one.old, remarks, said)


def _clash(who: Keeper, one: Clash, names: Mapping[str, str], entry: Mapping[str, Any]) -> Waiting:
    # A way to be in touch is told by its kind; everything else by its field.
    path = f"{one.path}.kind" if _is_way(one) else one.path
    about = who.words(N_("its file is gone")) if one.path == WHOLE else field_name(path, entry, who.language)
    return Waiting(f"/clash/{one.id}", names.get(one.organization, one.organization), about, who.day(one.found_on))


def _is_way(one: Clash) -> bool:
    """Whether the fields lie below its path."""
    return any(field.path.startswith(f"{one.path}.") for field in (*one.base, *one.file, *one.published))


def _plain(text: str) -> str:
    """In small letters without accents, as somebody types a name who looks for it."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


def _is_named(name: str, typed: str) -> bool:
    """Whether every word that was typed stands in the name."""
    plain = _plain(name)
    return all(word in plain for word in _plain(typed).split())


@kept(*READ)
def overview(who: Keeper, number: int = 1) -> HttpResponse:
    """What waits, and a page of the entries: for a steward those that `name` in the address names, else all.

    Raises NotHere for a page after the last one.
    """
    ages = entry_ages(who.today, settings.ENV.old_after_days)
    mine = ages if who.is_steward else [one for one in ages if one.id in who.organizations]
    typed = who.request.GET.get("name", "").strip()[:LONGEST_NAME] if who.is_steward else ""
    mine = [one for one in mine if _is_named(one.name, typed)]
    pages = max(1, -(-len(mine) // PER_PAGE))
    if not 1 <= number <= pages:
        raise NotHere
    listed = mine[(number - 1) * PER_PAGE : number * PER_PAGE]
    ids = [one.id for one in listed]
    counts = remark_counts(ids)
    asked = history.askings(ids) if who.is_steward else {}
    corrections = history.waiting_corrections() if who.is_steward else ()
    clashes = history.clashes() if who.is_steward else ()
    unfinished = [
        one
        for one in history.unfinished()
        if (who.is_steward and (not one.is_own or one.state is VersionState.PROPOSED))
        or (one.is_own and one.organization in who.organizations)
    ]
    about = {one.organization for one in corrections} | {one.organization for one in clashes}
    about |= {one.organization for one in unfinished}
    entries = history.standing_entries(about) if about else {}
    names = {name: str(entry["name"]) for name, entry in entries.items()}
    return show(
        who,
        "overview.html",
        old_after=settings.ENV.old_after_days,
        corrections=[_correction(who, one, names, entries.get(one.organization, {})) for one in corrections],
        unfinished=[_version(who, one, names) for one in unfinished],
        clashes=[_clash(who, one, names, entries.get(one.organization, {})) for one in clashes],
        entries=[_entry(who, one, asked.get(one.id), counts.get(one.id, 0)) for one in listed],
        number=number,
        pages=pages,
        typed=typed,
        found=len(mine),
    )
