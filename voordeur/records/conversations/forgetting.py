"""Removing for good: one message, a whole conversation, and all whose day has passed (safety rule 11)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from voordeur.records.conversations.actions import locked
from voordeur.records.conversations.models import Conversation, Message
from voordeur.vocabulary import Direction

#: What a visitor can remove one by one.
_REMOVABLE = (Direction.VISITOR, Direction.DESK, Direction.PLAN)


def delete_message(*, conversation_id: str, place: int) -> bool:
    """Remove one message for good, at the visitor's wish; whether it was there."""
    with transaction.atomic():
        locked(conversation_id)
        gone, _ = Message.objects.filter(
            conversation_id=conversation_id, place=place, direction__in=_REMOVABLE
        ).delete()
    scrub()
    return bool(gone)


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
