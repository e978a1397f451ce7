"""What every verb of a hand-over is made of: the locked row, a step of the table, the agreed text under its mark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import company as talk_company
from voordeur.records.conversations.models import Conversation
from voordeur.records.conversations.queries import staff_tag
from voordeur.records.handovers.label import HANDOVER_SIZE, HandoverLabel, moment_text, opened, sealed
from voordeur.records.handovers.models import Handover, Remark
from voordeur.records.handovers.queries import is_agreed, mark_of
from voordeur.records.outbox.actions import ask_notice
from voordeur.records.staff.queries import team_by_slug
from voordeur.rules import handover as rules
from voordeur.rules.handover import HandoverActor as Actor
from voordeur.rules.handover import StepNotAllowed
from voordeur.rules.opening import AMSTERDAM
from voordeur.secrecy.envelope import is_envelope
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import HandoverState


class NotHere(LookupError):
    """There is no such hand-over (any more), or not for this one."""


#: Head, fresh public key, a key of 32 bytes, tag: what a parcel's key is wrapped into.
WRAPPED = 2 + 32 + 32 + 16


MOST_REMARKS = 40


@dataclass(frozen=True, slots=True)
class NewParcel:
    """What was agreed: the sealed text, and its key wrapped for the partner's team (if it has one) and the desk's."""

    envelope: bytes
    for_partner: bytes | None
    for_desk: bytes | None


def locked(handover_id: str, server_key: ServerKey) -> tuple[Conversation, Handover, HandoverLabel]:
    """The conversation first, then the row, so that two verbs wait for each other in one order. Raises NotHere."""
    conversation_id = Handover.objects.filter(pk=handover_id).values_list("conversation_id", flat=True).first()
    if conversation_id is None:
        raise NotHere("this hand-over is not here")
    conversation = conversations.locked(conversation_id)
    row = Handover.objects.select_for_update().filter(pk=handover_id).first()
    if row is None:
        raise NotHere("this hand-over is not here")
    return conversation, row, opened(HandoverLabel, server_key, row.id, row.label)


def day_of(moment: datetime) -> date:
    """The day on the Dutch clock, by which a last day is meant."""
    return moment.astimezone(AMSTERDAM).date()


def keep(row: Handover, label: HandoverLabel, server_key: ServerKey) -> None:
    """Seal and keep the label."""
    row.label = sealed(label, server_key, row.id, HANDOVER_SIZE)
    row.save()


def go(
    row: Handover,
    label: HandoverLabel,
    end: HandoverState,
    by: Actor,
    moment: datetime,
    server_key: ServerKey,
    **changes: object,
) -> HandoverLabel:
    """Take one step of the table, and keep it. Raises StepNotAllowed."""
    label = replace(label, **changes)  # type: ignore[arg-type]
    agreed = is_agreed(row, label, server_key, day_of(moment))
    rules.step(
        label.now, end, by, has_consent=agreed and not label.is_override, is_override=agreed and label.is_override,
        reason=label.reason,
    )  # fmt: skip
    label = replace(label, state=str(end), since=moment_text(moment))
    keep(row, label, server_key)
    return label


def owned(conversation: Conversation, staff_id: int, server_key: ServerKey) -> None:
    """Raises StepNotAllowed for anybody but who holds the conversation."""
    if conversation.owner_tag is None or bytes(conversation.owner_tag) != staff_tag(server_key, staff_id):
        raise StepNotAllowed("only who holds the conversation hands over")


def by_visitor(conversation: Conversation, conversation_id: str, visitor_private: bytes) -> None:
    """Raises StepNotAllowed without the visitor's own key, NotHere for another conversation."""
    if conversation.pk != conversation_id:
        raise NotHere("this hand-over is not here")
    if not conversations.is_visitor(conversation, visitor_private):
        raise StepNotAllowed("only the visitor decides this")


def put_in(row: Handover, label: HandoverLabel, parcel: NewParcel, server_key: ServerKey) -> None:
    """Lay the agreed text under its mark. Raises StepNotAllowed when it is not sealed for this receiver."""
    keys = [one for one in (parcel.for_partner, parcel.for_desk) if one is not None]
    if not is_envelope(parcel.envelope) or not all(len(one) == WRAPPED for one in keys):
        raise StepNotAllowed("a sealed text and wrapped keys are expected")
    if bool(label.team) != (parcel.for_partner is not None):
        raise StepNotAllowed("a key for the partner's team is expected where it has one, and only there")
    row.parcel, row.parcel_key, row.desk_key = parcel.envelope, parcel.for_partner, parcel.for_desk
    row.consent_mark = mark_of(server_key, row.id, label, parcel.envelope)


def empty(row: Handover) -> None:
    """Nothing of what was agreed, asked or answered is left."""
    row.parcel = row.parcel_key = row.desk_key = row.consent_mark = None
    row.save()
    Remark.objects.filter(handover=row).delete()


def show_out(conversation: Conversation, label: HandoverLabel, server_key: ServerKey) -> None:
    """Who joined from the partner reads no more, from this moment on."""
    tag = staff_tag(server_key, int(label.guest)) if label.guest else None
    if tag is not None and bytes(conversation.owner_tag or b"") != tag:
        talk_company.drop_reader(conversation_id=conversation.pk, tag=tag, server_key=server_key)


def remark(row: Handover, kind: str, envelope: bytes, number: int | None = None) -> None:
    """Add a sealed remark. Raises StepNotAllowed.

    `number`: the one that it was sealed for, under which alone it opens. Raises OutOfStep when another is next, for
    the other side was first.
    """
    if not is_envelope(envelope):
        raise StepNotAllowed("a sealed text is expected")
    following = row.remarks.count() + 1
    if number not in (None, following):
        raise conversations.OutOfStep(row.conversation.epoch, following)
    if following > MOST_REMARKS:
        raise StepNotAllowed("more was asked and answered than fits")
    Remark.objects.create(handover=row, number=following, kind=kind, envelope=envelope)


def tell_partner(label: HandoverLabel, moment: datetime) -> None:
    """A notice that something waits, for the partner's team that set an address; it says no more than that."""
    team = team_by_slug(label.team) if label.team else None
    if team is not None:
        ask_notice(team=team, moment=moment)
