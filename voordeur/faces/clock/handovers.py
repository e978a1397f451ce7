"""The timers of hand-overs: nobody falls between two organisations, and a moment that was wished is kept.

An offer without an answer in its time goes to the next partner of a yes, or back to the first desk; a yes whose last
day is over lets nobody read any more; at a moment that the visitor chose, the conversation stands in the queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from voordeur.faces.server_key import server_key
from voordeur.faces.wakes import tell
from voordeur.records.conversations.actions import ConversationGone
from voordeur.records.handovers import actions, company, queries
from voordeur.records.handovers.queries import HandoverView
from voordeur.records.handovers.steps import NotHere
from voordeur.rules.handover import Limits, StepNotAllowed


class Handovers:
    """Looks at every hand-over at each turn."""

    def __init__(self, limits: Limits, data: Path) -> None:
        """`data` is the folder in which processes hear each other (faces/wakes)."""
        self._limits, self._data = limits, data

    def look(self, moment: datetime) -> str:
        """Take the steps whose time has come; says how many."""
        expired = 0
        for one in queries.all_open(server_key()):
            if not actions.is_past(one.label, moment, self._limits):
                continue
            # Somebody may be first: the partner answers, or the visitor takes it back, in this very moment.
            with suppress(StepNotAllowed, NotHere, ConversationGone):
                actions.expire(handover_id=one.id, moment=moment, limits=self._limits, server_key=server_key())
                expired += 1
                self._tell(queries.handovers_of(one.conversation, server_key()))
        taken = 0
        for one, _ in queries.everything(server_key()):
            with suppress(StepNotAllowed, NotHere, ConversationGone):
                taken += actions.expire_text(handover_id=one.id, moment=moment, server_key=server_key())
        return f"{expired} hand-overs past their time, {taken} texts past their day"

    def ask(self, moment: datetime) -> str:
        """Put conversations in the queue whose visitor wished to be asked now; says how many."""
        due = queries.check_ins(server_key(), moment)
        for one in due:
            with suppress(ConversationGone):
                company.check_in(conversation_id=one, moment=moment, server_key=server_key())
                tell(self._data, f"c:{one}", "state")
        return f"{len(due)} asked how it goes"

    def _tell(self, several: Iterable[HandoverView]) -> None:
        for one in several:
            tell(self._data, f"c:{one.conversation}", "state")
            for team in {one.label.desk, one.label.team} - {""}:
                tell(self._data, f"t:{team}", "inbox")
