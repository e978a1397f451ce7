"""Whether a door offers to talk: a team with a key stands behind it. Looked up now and then, not for each page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DatabaseError

from voordeur.faces.doorway import Door
from voordeur.faces.visit.conversing import can_talk

_ASK_AGAIN = timedelta(seconds=5)
_known: dict[str, tuple[datetime, bool]] = {}


def offers_talk(door: Door, moment: datetime) -> bool:
    """Whether pages of this door show the way to a conversation; no, while the database cannot be asked."""
    if door.talk is None:
        return False
    asked_at, is_offered = _known.get(door.id, (None, False))
    if asked_at is None or not timedelta(0) <= moment - asked_at < _ASK_AGAIN:
        try:
            is_offered = can_talk(door)
        except DatabaseError:
            is_offered = False
        _known[door.id] = (moment, is_offered)
    return is_offered
