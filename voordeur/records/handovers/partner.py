"""What a partner does besides yes and no: ask the visitor something, come into the conversation, go on by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from voordeur.records.conversations.forgetting import scrub
from voordeur.records.handovers.label import QUESTION
from voordeur.records.handovers.queries import HandoverView, guest_of, is_agreed
from voordeur.records.handovers.steps import NotHere, day_of, go, keep, locked, remark, show_out
from voordeur.rules import handover as rules
from voordeur.rules.handover import HandoverActor as Actor
from voordeur.rules.handover import StepNotAllowed
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import HandoverState as S


def join(*, handover_id: str, staff_id: int, moment: datetime, server_key: ServerKey) -> None:
    """Somebody of the partner comes into the conversation: who holds it lets them in with the next keys."""
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        if label.now not in (S.ACCEPTED, S.IN_CONTACT):
            raise StepNotAllowed("who joins has said yes first")
        # An override is no yes of the visitor, and one that is not told must not show itself in the conversation.
        if label.is_override or not is_agreed(row, label, server_key, day_of(moment)):
            raise StepNotAllowed("without the visitor's yes nobody joins")
        if not label.may_join:
            raise StepNotAllowed("the visitor did not say that somebody may come into the conversation")
        if label.guest and label.guest != str(staff_id):
            show_out(conversation, label, server_key)
            scrub()
        keep(row, replace(label, guest=str(staff_id), joins=True), server_key)


def leave(*, handover_id: str, staff_id: int, server_key: ServerKey) -> None:
    """Who joined goes again; the next keys are without them."""
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        if label.guest != str(staff_id):
            raise NotHere("this hand-over is not here")
        show_out(conversation, label, server_key)
        keep(row, replace(label, guest="", joins=False), server_key)
    scrub()


def end_guest(*, staff_id: int, server_key: ServerKey, teams: Iterable[str] | None = None) -> list[HandoverView]:
    """Somebody belongs to these teams no longer (None: to none): they are shown out of what they joined for them.

    Gives the hand-overs as they stood before.
    """
    shown = []
    with transaction.atomic():
        for one in guest_of(staff_id, teams, server_key):
            conversation, row, label = locked(one.id, server_key)
            if label.guest == str(staff_id):
                show_out(conversation, label, server_key)
                keep(row, replace(label, guest="", joins=False), server_key)
                shown.append(one)
    if shown:
        scrub()
    return shown


def finish(*, handover_id: str, moment: datetime, server_key: ServerKey) -> None:
    """The partner says that it goes on by itself now."""
    with transaction.atomic():
        _, row, label = locked(handover_id, server_key)
        go(row, label, S.COMPLETED, Actor.PARTNER, moment, server_key)


def ask_question(
    *, handover_id: str, envelope: bytes, moment: datetime, server_key: ServerKey, number: int | None = None
) -> None:
    """A partner asks the visitor something about the agreed text, sealed under its key for this `number`."""
    with transaction.atomic():
        _, row, label = locked(handover_id, server_key)
        if label.now not in rules.UNDER_WAY or not is_agreed(row, label, server_key, day_of(moment)):
            raise StepNotAllowed("a question goes with a living yes")
        remark(row, QUESTION, envelope, number)
