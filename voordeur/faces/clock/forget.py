"""The timers that forget: what is past its day is truly gone, also from the log of writing ahead (safety rule 11)."""

from __future__ import annotations

from datetime import datetime

from voordeur.faces.server_key import server_key
from voordeur.records.conversations import forgetting
from voordeur.records.directory import actions as directory
from voordeur.records.directory import corrections
from voordeur.records.hidden import actions as hidden
from voordeur.records.outbox import actions as outbox
from voordeur.records.staff import actions as staff


def forget_conversations(moment: datetime) -> str:
    """Delete the conversations whose last day has passed, and empty the log of writing ahead; says how many."""
    return f"{forgetting.forget(moment=moment)} conversations past their day"


def forget_staff(moment: datetime) -> str:
    """Delete desk sessions past their end, duties and logins that are over, the oldest trail; says how many rows."""
    return f"{staff.forget_staff(server_key=server_key(), moment=moment)} rows of the desk past their time"


def forget_notices(moment: datetime) -> str:
    """Delete notices of more than a week ago, and those that no mail will be sent for any more; says how many."""
    return f"{outbox.forget_old(moment=moment)} old notices"


def forget_looks(moment: datetime) -> str:
    """Delete the reasons for which somebody looked at a hidden entry, a year later; says how many."""
    return f"{hidden.forget_looks(moment=moment)} reasons of more than a year ago"


def forget_words(moment: datetime) -> str:
    """Own words of organisations that are past their time: what was refused, and what was true of “now”."""
    return f"{directory.forget_words(moment=moment)} own words of organisations past their time"


def forget_corrections(moment: datetime) -> str:
    """Corrections from the public that were decided a while ago, and those that nobody came to for a year."""
    return f"{corrections.forget_corrections(moment=moment)} corrections past their time"
