"""A life is in danger and there is no yes: two people of the desk sign, and the visitor is told when that is safe."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from voordeur.records.conversations.forgetting import scrub
from voordeur.records.conversations.queries import held
from voordeur.records.handovers.label import OVERRIDE_REASON, OVERRIDE_TEXT
from voordeur.records.handovers.models import Remark
from voordeur.records.handovers.queries import handovers_of
from voordeur.records.handovers.steps import WRAPPED, NewParcel, go, keep, locked, owned, put_in, remark, tell_partner
from voordeur.rules.handover import HandoverActor as Actor
from voordeur.rules.handover import StepNotAllowed
from voordeur.secrecy.envelope import is_envelope
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import HandoverState as S


def ask_override(
    *,
    handover_id: str,
    staff_id: int,
    reason: bytes,
    parcel: NewParcel,
    is_untold: bool,
    moment: datetime,
    server_key: ServerKey,
) -> None:
    """A life is in danger and there is no yes: who holds the conversation asks a second person to look.

    Reason and text are sealed for the desk's team; nothing goes out yet. `is_untold`: to tell the visitor now would be
    dangerous; the reason says why. What was laid stays as it is, and a no of the visitor to this organisation stands.
    """
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        owned(conversation, staff_id, server_key)
        if not held(conversation, server_key).label.is_danger:
            raise StepNotAllowed("only where the conversation is marked as danger")
        if label.now not in (S.DRAFTED, S.ASKED):
            raise StepNotAllowed("the visitor has answered, and that stands")
        others = [one.label for one in handovers_of(conversation.pk, server_key)]
        if any(one.is_refused and one.organization == label.organization for one in others):
            raise StepNotAllowed("the visitor has answered, and that stands")
        if Remark.objects.filter(handover=row, kind=OVERRIDE_TEXT).exists():
            # Else what the second person signs could be another text than the one that they read.
            raise StepNotAllowed("a second person was asked already; take the proposal back to ask for something else")
        if parcel.for_desk is None or len(parcel.for_desk) != WRAPPED or not is_envelope(parcel.envelope):
            raise StepNotAllowed("a text sealed for the team of the desk is expected")
        Remark.objects.filter(handover=row).delete()
        remark(row, OVERRIDE_REASON, reason)
        remark(row, OVERRIDE_TEXT, parcel.envelope)
        row.desk_key = parcel.for_desk
        label = replace(label, override_by=str(staff_id), override_second="", is_untold=is_untold)
        keep(row, label, server_key)
    scrub()


def confirm_override(
    *, handover_id: str, staff_id: int, for_partner: bytes | None, moment: datetime, server_key: ServerKey
) -> None:
    """A second person of the desk signs: exactly the text that was laid there goes out. Raises StepNotAllowed."""
    with transaction.atomic():
        _, row, label = locked(handover_id, server_key)
        if not label.override_by or label.override_by == str(staff_id):
            raise StepNotAllowed("a second person signs, not the one who asked")
        text = Remark.objects.filter(handover=row, kind=OVERRIDE_TEXT).first()
        if text is None or label.now not in (S.DRAFTED, S.ASKED):
            raise StepNotAllowed("there is nothing to sign")
        label = replace(label, override_second=str(staff_id))
        parcel = NewParcel(bytes(text.envelope), for_partner, bytes(row.desk_key or b""))
        put_in(row, label, parcel, server_key)
        go(row, label, S.OFFERED, Actor.DESK, moment, server_key)
        tell_partner(label, moment)


def tell_override(*, handover_id: str, staff_id: int, server_key: ServerKey) -> None:
    """It is safe now: the visitor is told what was done without a yes."""
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        owned(conversation, staff_id, server_key)
        keep(row, replace(label, is_untold=False), server_key)
