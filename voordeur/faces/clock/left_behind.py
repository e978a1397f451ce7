"""The timer that sees who is left behind: the visitor wrote, and the one who holds the conversation is not there.

After the minutes in which somebody should have answered (the door's own alarm) it goes back to the queue of its team,
ahead of who came later, for the visitor has waited all that time. Where the team holds no key (its choice of
recovery) the next one reads what follows. A conversation in which the desk spoke last stays with its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from voordeur.faces.clock.alarms import rules_of
from voordeur.faces.doorway import Door
from voordeur.faces.server_key import server_key
from voordeur.faces.wakes import tell
from voordeur.records.conversations import actions
from voordeur.records.conversations.queries import all_open
from voordeur.records.staff.queries import on_duty
from voordeur.rules.routing import AlarmKind
from voordeur.vocabulary import TalkState


class LeftBehind:
    """Gives back what an absent owner holds."""

    def __init__(self, doors: Iterable[Door], data: Path) -> None:
        """`data` is the folder in which processes hear each other (faces/wakes)."""
        self._doors: Mapping[str, Door] = {door.id: door for door in doors if door.talk}
        self._data = data

    def look(self, moment: datetime) -> str:
        """Give back each conversation whose visitor waits for somebody who is not there; says how many."""
        there: dict[str, frozenset[int]] = {}
        count = 0
        for one in all_open(server_key()):
            label, rules = one.label, rules_of(one, self._doors)
            if one.state is not TalkState.HELD or not label.since or rules is None or not label.owner.isdigit():
                continue
            if label.team not in there:
                there[label.team] = frozenset(member.staff_id for member in on_duty(label.team, moment))
            kind = AlarmKind.DANGER if label.is_danger else AlarmKind.CHAT
            if int(label.owner) in there[label.team] or label.waited(moment) < rules.alarm_minutes[kind]:
                continue
            if actions.release(
                conversation_id=one.id, owner_id=int(label.owner), moment=moment, server_key=server_key()
            ):
                count += 1
                tell(self._data, f"t:{label.team}", "inbox")
                tell(self._data, f"s:{label.owner}", "inbox")
                tell(self._data, f"c:{one.id}", "state")
        return f"{count} given back to their queue"
