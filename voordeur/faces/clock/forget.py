"""The timers that forget: what is past its day is truly gone, also from the log of writing ahead (safety rule 11)."""

from __future__ import annotations

from datetime import datetime

from voordeur.faces.server_key import server_key
from voordeur.records.conversations import actions as conversations
from voordeur.records.directory import actions as directory
from voordeur.records.staff import actions as staff


def forget_conversations(moment: datetime) -> str:
    """Delete the conversations whose last day has passed, and empty the log of writing ahead; says how many."""
    return f"{conversations.forget(moment=moment)} conversations past their day"


def forget_staff(moment: datetime) -> str:
    """Delete desk sessions past their end, duties and logins that are over, the oldest trail; says how many rows."""
    return f"{staff.forget_staff(server_key=server_key(), moment=moment)} rows of the desk past their time"


def forget_words(moment: datetime) -> str:
    """Own words of organisations that are past their time: what was refused, and what was true of “now”."""
    return f"{directory.forget_words(moment=moment)} own words of organisations past their time"
