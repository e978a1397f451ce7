"""Reading the hidden part of the map without its addresses. The whole of an entry comes from `actions.look` alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from voordeur.records.hidden.entry import EntryNotUsable, opened, opened_reason
from voordeur.records.hidden.models import HiddenEntry, HiddenLook
from voordeur.secrecy.keyring import KeyDoesNotFit, ServerKey
from voordeur.vocabulary import Audience, Need, StaffRole


@dataclass(frozen=True, slots=True)
class Teaser:
    """What the list shows: words of closed lists, a number and a day. No name, no address, nothing that was typed."""

    id: str
    kind: Need
    region: str
    has_place: bool | None
    capacity: int | None
    checked_on: date


@dataclass(frozen=True, slots=True)
class Look:
    """One look at an entry: the line of the trail that says who and when, an opaque reference, and the reason."""

    number: int
    day: date
    about: str
    reason: str = field(repr=False)


def entries_for(*, roles: Collection[StaffRole], server_key: ServerKey) -> tuple[Teaser, ...]:
    """The entries that somebody with these roles in a team may see, by province and kind of help."""
    found = []
    for row in HiddenEntry.objects.all():
        try:
            one = opened(server_key, row.id, row.sealed)
        except (KeyDoesNotFit, EntryNotUsable):
            continue
        if one.is_for(roles):
            found.append(Teaser(row.id, one.kind, one.region, one.has_place, one.capacity, one.checked_on))
    return tuple(sorted(found, key=lambda one: (one.region, one.kind, one.id)))


def is_there(entry_id: str) -> bool:
    """Whether there is an entry with this id; for who keeps the map."""
    return HiddenEntry.objects.filter(pk=entry_id).exists()


def audiences(server_key: ServerKey) -> tuple[tuple[str, Audience | None, frozenset[StaffRole]], ...]:
    """The id of every entry and who may see it, for the operator; None for one that this server's key does not open."""
    found: list[tuple[str, Audience | None, frozenset[StaffRole]]] = []
    for row in HiddenEntry.objects.order_by("pk"):
        try:
            one = opened(server_key, row.id, row.sealed)
        except (KeyDoesNotFit, EntryNotUsable):
            found.append((row.id, None, frozenset()))
        else:
            found.append((row.id, one.audience, one.roles))
    return tuple(found)


def looks(server_key: ServerKey, *, last: int) -> tuple[Look | int, ...]:
    """The newest looks with their reasons, oldest of them first; of one that cannot be opened only its number."""
    rows = list(HiddenLook.objects.order_by("-number")[: max(0, last)])
    return tuple(_look(server_key, row) for row in reversed(rows))


def _look(server_key: ServerKey, row: HiddenLook) -> Look | int:
    try:
        about, reason = opened_reason(server_key, row.number, row.sealed)
    except KeyDoesNotFit:
        return row.number
    return Look(row.number, row.day, about, reason)
