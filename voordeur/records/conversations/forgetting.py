"""Removing for good: one message, a whole conversation, and all whose day has passed (safety rule 11)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from voordeur.records.conversations.actions import locked
from voordeur.records.conversations.models import Conversation, Message
from voordeur.vocabulary import Direction

#: What a visitor can remove one by one.
_REMOVABLE = (Direction.VISITOR, Direction.DESK, Direction.PLAN)
#: Of these each version takes the place of the one before.
_OUTDATED = (Direction.PLAN, Direction.PAPER)


def delete_message(*, conversation_id: str, place: int) -> bool:
    """Remove one message for good, at the visitor's wish; whether it was there."""
    with transaction.atomic():
        locked(conversation_id)
        gone, _ = Message.objects.filter(
            conversation_id=conversation_id, place=place, direction__in=_REMOVABLE
        ).delete()
    scrub()
    return bool(gone)


def delete_older(
    *, conversation_id: str, direction: Direction, places: Collection[int], is_newest_too: bool = False
) -> int:
    """Remove older plans or papers for good, where newer ones took their place; how many were there.

    The newest of its direction stays, for its number says which one follows; but not (`is_newest_too`) where the
    visitor takes back what stands in it, and nothing can be written in its place.
    """
    if direction not in _OUTDATED or not places:
        return 0
    with transaction.atomic():
        locked(conversation_id)
        rows = Message.objects.filter(conversation_id=conversation_id, direction=direction)
        newest = None if is_newest_too else rows.order_by("-sequence").values_list("place", flat=True).first()
        gone, _ = rows.filter(place__in=set(places) - {newest}).delete()
    scrub()
    return gone


def delete_conversation(*, conversation_id: str) -> None:
    """Remove everything of a conversation for good, at the visitor's wish."""
    with transaction.atomic():
        Conversation.objects.filter(pk=conversation_id).delete()
    scrub()


def forget(*, moment: datetime) -> int:
    """Remove every conversation whose day has passed; how many there were."""
    with transaction.atomic():
        rows = Conversation.objects.filter(kept_until__lt=moment.date())
        count = rows.count()
        rows.delete()
    scrub()
    return count


def scrub() -> None:
    """Make deleted gone: SQLite overwrites (secure_delete) and the log of writing ahead is folded in and emptied.

    Within a transaction it waits for the end of that. When a reader holds the log, the next call does it. PostgreSQL
    frees rows by its own vacuum (docs/running.md).
    """
    if connection.in_atomic_block:
        transaction.on_commit(scrub)
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
