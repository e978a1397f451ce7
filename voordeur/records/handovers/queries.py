"""Reading hand-overs: for the visitor of a conversation, for the desk that asks, for the partner's team that is asked.

"Missing" and "not yours" give the same answer, None. The agreed text comes out for a partner only while a living yes
(or the signed override) stands under exactly this text and receiver.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from voordeur.records.conversations.queries import buddy_tag, conversation, staff_tag
from voordeur.records.conversations.readers import Due
from voordeur.records.handovers.label import BuddyLabel, HandoverLabel, PermissionLabel, opened
from voordeur.records.handovers.models import Buddy, Handover, Permission, Remark
from voordeur.records.staff.queries import roles_in, staff_by_id
from voordeur.rules.handover import ENDS, READABLE_BY_PARTNER, WITH_THE_PARTNER
from voordeur.rules.safe_contact import SafeContact, SafeContactError, read
from voordeur.secrecy.keyring import KeyDoesNotFit, ServerKey
from voordeur.vocabulary import BuddyKind, GrantReason, HandoverState


@dataclass(frozen=True, slots=True)
class HandoverView:
    """A hand-over without its text."""

    id: str
    conversation: str
    label: HandoverLabel
    has_parcel: bool

    @property
    def raw_id(self) -> bytes:
        """The 16 bytes that its envelopes are bound to."""
        return bytes.fromhex(self.id)

    @property
    def is_put(self) -> bool:
        """Whether the visitor was asked about it, or told of it; nothing else of hand-overs is shown to them."""
        label = self.label
        if label.is_override:
            return not label.is_untold
        return label.is_put or label.now not in _ALSO_WITHOUT_ASKING


#: A proposal can come to these without being put to the visitor.
_ALSO_WITHOUT_ASKING = (HandoverState.DRAFTED, HandoverState.WITHDRAWN, HandoverState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What was agreed, sealed, and its key wrapped for the partner's team and for the first desk's."""

    envelope: bytes
    for_partner: bytes | None
    for_desk: bytes | None


@dataclass(frozen=True, slots=True)
class RemarkView:
    """One question, answer or reason, sealed under the parcel's key."""

    number: int
    kind: str
    envelope: bytes


@dataclass(frozen=True, slots=True)
class BuddyView:
    """Somebody who goes along with a visitor."""

    id: str
    conversation: str
    public_key: bytes
    salt: bytes
    kind: BuddyKind
    may_read: bool
    number: int


def partner_tag(server_key: ServerKey, team: str) -> bytes:
    """What stands for a partner's team in the rows of hand-overs."""
    return server_key.tag("partner", team)


def mark_of(server_key: ServerKey, handover_id: str, label: HandoverLabel, parcel: bytes) -> bytes:
    """What only a yes, or the signed override, leaves: of this text, this receiver and its service, this last day."""
    receiver = (label.organization, label.service, label.team)
    return server_key.tag("consent 2", "\0".join((handover_id, *receiver, *_agreed_with(label, parcel))))


def _first_mark_of(server_key: ServerKey, handover_id: str, label: HandoverLabel, parcel: bytes) -> bytes:
    """As marks were made before: without the service. None is made any more; those there are end with their day."""
    receiver = (label.organization, label.team)
    return server_key.tag("consent", "\0".join((handover_id, *receiver, *_agreed_with(label, parcel))))


def _agreed_with(label: HandoverLabel, parcel: bytes) -> tuple[str, str, str]:
    how = f"{label.override_by}+{label.override_second}" if label.is_override else "yes"
    return label.until, how, hashlib.sha256(parcel).hexdigest()


def _fits(row: Handover, label: HandoverLabel, server_key: ServerKey) -> bool:
    """Whether the text that lies here lies under a mark of exactly what its label says."""
    if row.parcel is None or row.consent_mark is None:
        return False
    mark, parcel = bytes(row.consent_mark), bytes(row.parcel)
    return mark in (mark_of(server_key, row.id, label, parcel), _first_mark_of(server_key, row.id, label, parcel))


def view(row: Handover, server_key: ServerKey) -> HandoverView:
    """The plain value of a row. Raises KeyDoesNotFit under another server's key."""
    label = opened(HandoverLabel, server_key, row.id, row.label)
    # Of rows that come without their text (`_light`) the database has said whether there is one.
    has_parcel = row.has_parcel if "parcel" in row.get_deferred_fields() else row.parcel is not None  # type: ignore[attr-defined]
    return HandoverView(row.id, row.conversation_id, label, has_parcel)


def _light() -> QuerySet[Handover]:
    """Rows without their texts, of up to 16 kB each: lists are asked for again and again, and show none."""
    return Handover.objects.defer("parcel").annotate(
        has_parcel=ExpressionWrapper(Q(parcel__isnull=False), output_field=BooleanField())
    )


def is_agreed(row: Handover, label: HandoverLabel, server_key: ServerKey, today: date) -> bool:
    """Whether a living yes, or the signed override, stands under exactly the text that lies here."""
    return label.until_day is not None and label.until_day >= today and _fits(row, label, server_key)


def handovers_of(conversation_id: str, server_key: ServerKey) -> list[HandoverView]:
    """All of a conversation, in the order in which partners are asked; whoever asks has been through a gate.

    One that was damaged and does not open keeps no other back.
    """
    found = []
    for row in _light().filter(conversation_id=conversation_id):
        with suppress(KeyDoesNotFit):
            found.append(view(row, server_key))
    return sorted(found, key=lambda one: (one.label.rank, one.id))


def handover_of(conversation_id: str, handover_id: str, server_key: ServerKey) -> HandoverView | None:
    """One of this conversation."""
    row = _light().filter(pk=handover_id, conversation_id=conversation_id).first()
    return view(row, server_key) if row else None


def handover_for_desk(handover_id: str, teams: Iterable[str], server_key: ServerKey) -> HandoverView | None:
    """One that a team of these asks for; None when not theirs or not there."""
    row = _light().filter(pk=handover_id).first()
    found = view(row, server_key) if row else None
    return found if found is not None and found.label.desk in set(teams) else None


def handovers_of_desk(teams: Iterable[str], server_key: ServerKey) -> list[HandoverView]:
    """All that these teams care for, or wait for, or that came back to them."""
    wanted = set(teams)
    found = _all(server_key)
    return [one for one in found if one.label.desk in wanted and (one.label.now not in ENDS or one.label.is_back)]


def offers_for(teams: Iterable[str], server_key: ServerKey, today: date) -> list[HandoverView]:
    """What partners' teams are asked, or have: with a living yes only."""
    tags = [partner_tag(server_key, team) for team in teams]
    found = []
    for row in _light().filter(partner_tag__in=tags):
        one = view(row, server_key)  # the text is loaded below, for its mark, where one can be read at all
        if one.label.now in READABLE_BY_PARTNER and is_agreed(row, one.label, server_key, today):
            found.append(one)
    return found


def offer_for(
    handover_id: str, teams: Iterable[str], server_key: ServerKey, today: date
) -> tuple[HandoverView, Parcel] | None:
    """One offer with its agreed text, for a partner's team that was asked; None when not theirs, not there, not now."""
    tags = [partner_tag(server_key, team) for team in teams]
    row = Handover.objects.filter(pk=handover_id, partner_tag__in=tags).first()
    if row is None:
        return None
    one = view(row, server_key)
    if one.label.now not in READABLE_BY_PARTNER or not is_agreed(row, one.label, server_key, today):
        return None
    return one, _parcel(row)


def _parcel(row: Handover) -> Parcel:
    def maybe(value: bytes | memoryview | None) -> bytes | None:
        return None if value is None else bytes(value)

    return Parcel(bytes(row.parcel or b""), maybe(row.parcel_key), maybe(row.desk_key))


def parcel_of(handover_id: str) -> Parcel | None:
    """What was agreed, for who has been through the gate of its conversation."""
    row = Handover.objects.filter(pk=handover_id).first()
    return _parcel(row) if row is not None and (row.parcel is not None or row.desk_key is not None) else None


def remarks_of(handover_id: str) -> list[RemarkView]:
    """The questions, answers and reasons of a hand-over, in order; whoever asks has been through a gate."""
    rows = Remark.objects.filter(handover_id=handover_id).order_by("number")
    return [RemarkView(row.number, row.kind, bytes(row.envelope)) for row in rows]


def all_open(server_key: ServerKey) -> list[HandoverView]:
    """Every hand-over that is not over, for the clock and the doctor."""
    return [one for one in _all(server_key) if one.label.now not in ENDS]


def _all(server_key: ServerKey) -> Iterator[HandoverView]:
    """Every row that opens; one that was damaged keeps no other from being looked at, and the doctor finds it."""
    for row in _light():
        with suppress(KeyDoesNotFit):
            yield view(row, server_key)


def everything(server_key: ServerKey) -> list[tuple[HandoverView, bool]]:
    """Every hand-over that opens, and whether its agreed text lies under the mark of a yes; for clock and doctor."""
    found = []
    for row in Handover.objects.all():
        with suppress(KeyDoesNotFit):
            found.append((view(row, server_key), _is_marked(row, server_key)))
    return found


def how_many() -> int:
    """How many hand-overs there are, opened or not."""
    return int(Handover.objects.count())


def closed_labels(server_key: ServerKey) -> int:
    """How many buddies and permissions have a label that does not open under this key; for the doctor."""
    kept: list[tuple[type, str, bytes | memoryview]] = [(BuddyLabel, one.id, one.label) for one in Buddy.objects.all()]
    kept += [(PermissionLabel, one.conversation_id, one.label) for one in Permission.objects.all()]
    closed = 0
    for kind, about, label in kept:
        try:
            opened(kind, server_key, about, label)
        except KeyDoesNotFit:
            closed += 1
    return closed


def _is_marked(row: Handover, server_key: ServerKey) -> bool:
    if row.parcel is None:
        return row.parcel_key is None
    return _fits(row, opened(HandoverLabel, server_key, row.id, row.label), server_key)


def permission_of(conversation_id: str, server_key: ServerKey) -> PermissionLabel:
    """What a visitor permits; nothing, when nothing was said."""
    row = Permission.objects.filter(conversation_id=conversation_id).first()
    return opened(PermissionLabel, server_key, conversation_id, row.label) if row else PermissionLabel()


def safe_contact_of(conversation_id: str, server_key: ServerKey) -> SafeContact | None:
    """The rule of contact; None when there is none, and then every way but one is refused.

    A rule that cannot be read permits nothing either.
    """
    said = permission_of(conversation_id, server_key).contact
    try:
        return None if said is None else read(said)
    except SafeContactError:
        return None


def check_ins(server_key: ServerKey, moment: datetime) -> tuple[list[str], int]:
    """Conversations whose visitor wished to be asked how it goes, at a moment that has come; and how many do not open.

    A row that was damaged keeps no other from being asked.
    """
    due, closed = [], 0
    for row in Permission.objects.all():
        try:
            said = opened(PermissionLabel, server_key, row.conversation_id, row.label)
            if said.check_in_at and not said.is_checked and datetime.fromisoformat(said.check_in_at) <= moment:
                due.append(row.conversation_id)
        except ValueError:
            closed += 1
    return due, closed


def buddies_of(conversation_id: str, server_key: ServerKey) -> list[BuddyView]:
    """Who goes along with this visitor."""
    found = [_buddy(row, server_key) for row in Buddy.objects.filter(conversation_id=conversation_id)]
    return sorted(found, key=lambda one: one.number)


def buddy_by_lookup(lookup: bytes, server_key: ServerKey) -> BuddyView | None:
    """The buddy that a code finds; whether the code opens anything only its key can tell."""
    row = Buddy.objects.filter(lookup=lookup).first()
    return _buddy(row, server_key) if row else None


def buddy_by_id(buddy_id: str, server_key: ServerKey) -> BuddyView | None:
    """For the buddy whose page carries this id."""
    row = Buddy.objects.filter(pk=buddy_id).first()
    return _buddy(row, server_key) if row else None


def _buddy(row: Buddy, server_key: ServerKey) -> BuddyView:
    said = opened(BuddyLabel, server_key, row.id, row.label)
    return BuddyView(
        row.id, row.conversation_id, bytes(row.public_key), bytes(row.salt), BuddyKind(said.kind), said.may_read,
        said.number,
    )  # fmt: skip


def guests_and_buddies(conversation_id: str, server_key: ServerKey) -> tuple[Due, ...]:
    """Readers besides the desk and the visitor: who joined from a partner under a living yes, and buddies."""
    found = []
    for one in handovers_of(conversation_id, server_key):
        is_living = one.label.now in (HandoverState.ACCEPTED, *WITH_THE_PARTNER) and one.has_parcel
        is_living = is_living and one.label.may_join and not one.label.is_override
        staff = staff_by_id(int(one.label.guest)) if is_living and one.label.guest else None
        if staff is not None and staff.public_key is not None and roles_in(staff, one.label.team):
            tag = staff_tag(server_key, staff.pk)
            found.append(Due(tag, "guest", staff.shown_name, bytes(staff.public_key), GrantReason.GUEST))
    for buddy in buddies_of(conversation_id, server_key):
        reason = GrantReason.BUDDY_TALK if buddy.may_read else GrantReason.BUDDY
        found.append(Due(buddy_tag(server_key, buddy.id), str(reason), "", buddy.public_key, reason))
    return tuple({one.tag: one for one in found}.values())


def guest_teams(conversation_id: str, staff_id: int, server_key: ServerKey) -> frozenset[str]:
    """The partners' teams as whose guest this person joined; whether they still belong to them is asked elsewhere."""
    found = handovers_of(conversation_id, server_key)
    return frozenset(one.label.team for one in found if one.label.guest == str(staff_id))


def guest_of(staff_id: int, teams: Iterable[str] | None, server_key: ServerKey) -> list[HandoverView]:
    """Every hand-over by which this person joined a conversation, for these teams or (None) for any."""
    wanted = None if teams is None else set(teams)
    found = [one for one in _all(server_key) if one.label.guest == str(staff_id)]
    return [one for one in found if wanted is None or one.label.team in wanted]


def is_there(conversation_id: str, server_key: ServerKey) -> bool:
    """Whether the conversation still stands."""
    return conversation(conversation_id, server_key) is not None
