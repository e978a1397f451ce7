"""The timers of hand-overs: nobody falls between two organisations, and a moment that was wished is kept.

An offer without an answer in its time goes to the next partner of a yes, or back to the first desk; a yes whose last
day is over lets nobody read any more; at a moment that the visitor chose, the conversation stands in the queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from voordeur.faces.server_key import server_key
from voordeur.faces.wakes import tell
from voordeur.records.conversations.actions import ConversationGone
from voordeur.records.handovers import actions, company, queries
from voordeur.records.handovers.queries import HandoverView
from voordeur.records.handovers.steps import NotHere
from voordeur.rules.handover import ENDS, Limits, StepNotAllowed


class Handovers:
    """Looks at every hand-over at each turn."""

    def __init__(self, limits: Limits, data: Path) -> None:
        """`data` is the folder in which processes hear each other (faces/wakes)."""
        self._limits, self._data = limits, data

    def look(self, moment: datetime) -> str:
        """Take the steps whose time has come; says how many. What does not open is counted and keeps no other back."""
        expired, taken, all_of_them = 0, 0, queries.how_many()
        opening = queries.everything(server_key())
        closed = all_of_them - len(opening)
        for one, _ in opening:
            try:
                if one.label.now in ENDS or not actions.is_past(one.label, moment, self._limits):
                    continue
                actions.expire(handover_id=one.id, moment=moment, limits=self._limits, server_key=server_key())
            except (StepNotAllowed, NotHere, ConversationGone):
                continue  # somebody was first: the partner answered, or the visitor took it back, in this very moment
            except ValueError:
                closed += 1
                continue
            expired += 1
            self._tell(queries.handovers_of(one.conversation, server_key()))
        for one, _ in queries.everything(server_key()):
            try:
                taken += actions.expire_text(handover_id=one.id, moment=moment, server_key=server_key())
            except (StepNotAllowed, NotHere, ConversationGone):
                continue
            except ValueError:
                closed += 1
        return f"{expired} hand-overs past their time, {taken} texts past their day{_that_do_not_open(closed)}"

    def ask(self, moment: datetime) -> str:
        """Put conversations in the queue whose visitor wished to be asked now; says how many."""
        due, closed = queries.check_ins(server_key(), moment)
        asked = 0
        for one in due:
            try:
                company.check_in(conversation_id=one, moment=moment, server_key=server_key())
            except ConversationGone:
                continue
            except ValueError:
                closed += 1
                continue
            asked += 1
            tell(self._data, f"c:{one}", "state")
        return f"{asked} asked how it goes{_that_do_not_open(closed)}"

    def _tell(self, several: Iterable[HandoverView]) -> None:
        for one in several:
            tell(self._data, f"c:{one.conversation}", "state")
            for team in {one.label.desk, one.label.team} - {""}:
                tell(self._data, f"t:{team}", "inbox")


def _that_do_not_open(closed: int) -> str:
    """For what the timer says: the doctor finds which these are."""
    return f", {closed} that do not open" if closed else ""
