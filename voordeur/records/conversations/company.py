"""A conversation with others in it: readers whom the visitor brings or takes off, and going on with somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from voordeur.records.conversations import label as labels
from voordeur.records.conversations.actions import (
    WRAPPED_TALK_KEY,
    NewGrant,
    StepNotAllowed,
    grant_keys,
    is_visitor,
    locked,
    relabel,
)
from voordeur.records.conversations.models import Draft, Grant
from voordeur.records.conversations.queries import Held, held, is_guest, staff_tag, team_tag
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import GrantReason, TalkState


def hand_to(*, conversation_id: str, staff_id: int, role: str, team: str, server_key: ServerKey) -> Held:
    """From whoever has it to a guest who has arrived, in the guest's own team. Raises StepNotAllowed for no guest."""
    with transaction.atomic():
        row = locked(conversation_id)
        if not is_guest(row, staff_id, server_key):
            raise StepNotAllowed("only who joined as a guest goes on with it")
        Draft.objects.filter(conversation=row).delete()
        row.owner_tag, row.team_tag = staff_tag(server_key, staff_id), team_tag(server_key, team)
        relabel(row, server_key, team=team, owner=str(staff_id), owner_role=role, before="")
        row.save()
        return held(row, server_key)


def back_to(*, conversation_id: str, team: str, moment: datetime, server_key: ServerKey) -> None:
    """From whoever has it to the queue of a team that had it before: the visitor took back what was handed over."""
    with transaction.atomic():
        row = locked(conversation_id)
        Draft.objects.filter(conversation=row).delete()
        row.state, row.owner_tag, row.team_tag = TalkState.WAITING, None, team_tag(server_key, team)
        relabel(
            row, server_key, team=team, since=labels.written(moment), owner="", owner_role="", before="",
            is_return=True, is_stale=True, back_for="handover", is_shut_out=False,  # by the partner, not by this desk
        )  # fmt: skip
        row.save()


def wake(*, conversation_id: str, because: str, moment: datetime, server_key: ServerKey) -> bool:
    """A closed conversation waits in the queue of its team again, and says why; whether it was closed.

    For what nobody may forget: a hand-over that came back, a moment at which the visitor wished to be asked.
    """
    with transaction.atomic():
        row = locked(conversation_id)
        label = held(row, server_key).label
        if label.is_shut_out:
            return False
        if row.state != TalkState.CLOSED:
            relabel(row, server_key, back_for=because)
            row.save(update_fields=["label"])
            return False
        row.state = TalkState.WAITING
        since = labels.written(moment)
        relabel(row, server_key, since=since, is_return=True, closed_because="", back_for=because)
        row.save()
        return True


def add_reader(
    *, conversation_id: str, tag: bytes, reason: GrantReason, wrapped: Mapping[int, bytes], visitor_private: bytes
) -> None:
    """Somebody whom the visitor brings along reads these epochs; given by the visitor alone. Raises StepNotAllowed."""
    with transaction.atomic():
        row = locked(conversation_id)
        if reason not in (GrantReason.BUDDY, GrantReason.BUDDY_TALK) or not is_visitor(row, visitor_private):
            raise StepNotAllowed("only the visitor brings somebody along")
        if any(epoch > row.epoch or len(one) != WRAPPED_TALK_KEY for epoch, one in wrapped.items()):
            raise StepNotAllowed("a wrapped key has another length or epoch")
        Grant.objects.filter(conversation=row, reader_tag=tag).delete()
        for epoch, one in wrapped.items():
            grant_keys(row, epoch, [NewGrant(tag, one, reason)])


def drop_reader(*, conversation_id: str, tag: bytes, server_key: ServerKey) -> int:
    """Every key of this reader is gone, and whoever makes keys next makes new ones; how many there were."""
    with transaction.atomic():
        row = locked(conversation_id)
        gone = Grant.objects.filter(conversation=row, reader_tag=tag).exclude(reason=GrantReason.VISITOR).delete()[0]
        relabel(row, server_key, is_stale=True)
        row.save(update_fields=["label"])
        return gone
