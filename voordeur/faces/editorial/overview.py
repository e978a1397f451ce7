"""The first page of keeping up: what waits, and every entry that this person keeps up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from voordeur.faces.editorial.keeper import READ, Keeper, kept, show
from voordeur.faces.entry_words import field_name
from voordeur.faces.language import N_
from voordeur.records.directory import history
from voordeur.records.directory.queries import current_directory
from voordeur.records.directory.versions import Correction, Version, VersionState

STATES = {
    VersionState.DRAFT: N_("draft"),
    VersionState.PROPOSED: N_("proposed"),
    VersionState.PUBLISHED: N_("published"),
    VersionState.FORMER: N_("published before"),
    VersionState.UNDONE: N_("undone"),
    VersionState.REFUSED: N_("not taken over"),
}


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
    by = who.words(N_("by the organisation itself")) if one.is_own else who.words(N_("by a steward"))
    return Waiting(
        f"/version/{one.id}",
        names.get(one.organization, one.organization),
        f"{who.words(STATES[one.state])}, {by}",
        who.day(one.made_on),
    )


@kept(*READ)
def overview(who: Keeper) -> HttpResponse:
    """What waits, and the entries."""
    organizations = current_directory().organizations
    mine = [one for one in organizations.values() if who.is_steward or one.id in who.organizations]
    names = {one.id: one.name for one in organizations.values()}
    entries = {**history.file_entries(), **history.published_entries()}
    corrections = history.waiting_corrections() if who.is_steward else ()
    unfinished = [
        one
        for one in history.unfinished()
        if (who.is_steward and (not one.is_own or one.state is VersionState.PROPOSED))
        or (one.is_own and one.organization in who.organizations)
    ]
    return show(
        who,
        "overview.html",
        corrections=[_correction(who, one, names, entries.get(one.organization, {})) for one in corrections],
        unfinished=[_version(who, one, names) for one in unfinished],
        entries=sorted(mine, key=lambda one: one.name.casefold()),
    )
