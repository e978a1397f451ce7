"""Changing the hidden part of the map, and looking at it: verbs, each in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from voordeur.records.hidden.entry import Entry, EntryNotUsable, opened, sealed_reason
from voordeur.records.hidden.models import ID_LENGTH, HiddenEntry, HiddenLook
from voordeur.records.staff.actions import note_audit
from voordeur.records.staff.queries import audit_lines_of
from voordeur.rules.opening import AMSTERDAM
from voordeur.secrecy.keyring import KeyDoesNotFit, ServerKey
from voordeur.vocabulary import StaffRole

#: Looks of one person on one day. Who looks for a place for somebody needs a few; who wants to know them all is stopped
#: here, and asks a steward, who keeps the map and sees all of it.
MOST_LOOKS = 10
#: As long as the lines of the trail that they belong to.
LOOKS_KEPT = timedelta(days=365)


class EntryNotHere(Exception):
    """It is not there, or not theirs: nobody is told which."""


class LookedEnough(Exception):
    """This person looked at as many entries today as one person may."""


def add(*, entry: Entry, server_key: ServerKey) -> str:
    """A new hidden entry; gives its id. Raises EntryTooLong."""
    entry_id = secrets.token_hex(ID_LENGTH // 2)
    sealed = entry.sealed(server_key, entry_id)
    with transaction.atomic():
        HiddenEntry.objects.create(id=entry_id, sealed=sealed)
    return entry_id


def change(*, entry_id: str, entry: Entry, server_key: ServerKey) -> None:
    """This entry instead of what stood there. Raises EntryNotHere, EntryTooLong."""
    sealed = entry.sealed(server_key, entry_id)
    with transaction.atomic():
        if not HiddenEntry.objects.filter(pk=entry_id).update(sealed=sealed):
            raise EntryNotHere


def remove(*, entry_id: str) -> None:
    """This entry is gone; the reasons for which it was looked at stay until their day. Raises EntryNotHere."""
    with transaction.atomic():
        if not HiddenEntry.objects.filter(pk=entry_id).delete()[0]:
            raise EntryNotHere


def look(
    *, entry_id: str, roles: Collection[StaffRole], who: str, reason: str, moment: datetime, server_key: ServerKey
) -> Entry:
    """The whole of an entry, for somebody with these roles in a team; who and why is written down first.

    There is no other way to an address: no look without its line on the trail and its reason. Raises EntryNotHere,
    EntryNotUsable when the reason is none, LookedEnough beyond the looks of a day for who does not keep the map.
    """
    with transaction.atomic():
        row = HiddenEntry.objects.filter(pk=entry_id).first()
        if row is None:
            raise EntryNotHere
        try:
            entry = opened(server_key, row.id, row.sealed)
        except (KeyDoesNotFit, EntryNotUsable):
            raise EntryNotHere from None
        if not entry.is_for(roles):
            raise EntryNotHere
        # The line first: it is what puts two looks at the same moment one behind the other.
        note_looked(entry_id=entry_id, who=who, reason=reason, moment=moment, server_key=server_key)
        if StaffRole.STEWARD not in roles and _looks_today(who, moment, server_key) > MOST_LOOKS:
            raise LookedEnough
        return entry


def _looks_today(who: str, moment: datetime, server_key: ServerKey) -> int:
    day = moment.astimezone(AMSTERDAM).date()
    numbers = list(HiddenLook.objects.filter(day=day).values_list("number", flat=True))
    return sum(one.who == who for one in audit_lines_of(server_key, numbers))


def note_looked(*, entry_id: str, who: str, reason: str, moment: datetime, server_key: ServerKey) -> int:
    """Write down that somebody looks at an entry, and why; gives the number of the line. Raises EntryNotUsable."""
    about = reference(entry_id, server_key)
    with transaction.atomic():
        number = note_audit(server_key=server_key, moment=moment, who=who, what="hidden entry looked at", about=about)
        sealed = sealed_reason(server_key, number, about, reason)
        day = moment.astimezone(AMSTERDAM).date()
        # A trail whose end was cut off counts its lines anew (trail.py): the reason of the newer line stays.
        HiddenLook.objects.update_or_create(number=number, defaults={"day": day, "sealed": sealed})
        return number


def reference(entry_id: str, server_key: ServerKey) -> str:
    """What stands for this entry on the trail; nothing without the server's key."""
    return server_key.tag("audit", entry_id).hex()


def forget_looks(*, moment: datetime) -> int:
    """Delete the reasons of more than a year ago; gives how many."""
    with transaction.atomic():
        last = (moment - LOOKS_KEPT).astimezone(AMSTERDAM).date()
        return HiddenLook.objects.filter(day__lt=last).delete()[0]
