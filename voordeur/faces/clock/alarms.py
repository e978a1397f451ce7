"""The timer that rings when somebody waits too long: each door's own limits, by class, in minutes (rules/routing).

The team that must answer is told, so that its inbox shows the alarm. In the log stands how many wait too long in each
class, once for each change; never who, where or which conversation.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from voordeur.faces.doorway import Door
from voordeur.faces.server_key import server_key
from voordeur.faces.wakes import tell
from voordeur.records.conversations.queries import Held, all_open
from voordeur.rules.routing import AlarmKind, RoutingRules, Waiting, alarm
from voordeur.vocabulary import TalkWay, Wish

_log = logging.getLogger("voordeur.clock")


class Alarms:
    """The alarms of one clock. It remembers how many it rang for, and nothing else."""

    def __init__(self, doors: Iterable[Door], data: Path) -> None:
        """`data` is the folder in which processes hear each other (faces/wakes)."""
        self._doors: Mapping[str, Door] = {door.id: door for door in doors if door.talk}
        self._data = data
        self._before: Counter[AlarmKind] = Counter()

    def ring(self, moment: datetime) -> str:
        """Tell each team where somebody waits too long, in the queue or for an answer; gives how many do, by class."""
        ringing: Counter[AlarmKind] = Counter()
        teams = set()
        for one in all_open(server_key()):
            rules = self._rules(one)
            if not one.label.since or rules is None:  # also one that is held, when the visitor spoke last
                continue
            if found := alarm(_waiting(one, moment), rules):
                ringing[found.kind] += 1
                teams.add(one.label.team)
        # Told at every turn, not once: a word can get lost, and the minutes go on.
        for team in sorted(teams):
            tell(self._data, f"t:{team}", "inbox")
        said = "waiting too long: " + ", ".join(f"{kind} {ringing[kind]}" for kind in AlarmKind)
        if ringing != self._before:
            self._before = ringing
            _log.warning("%s", said)
        return said

    def _rules(self, one: Held) -> RoutingRules | None:
        return rules_of(one, self._doors)


def rules_of(one: Held, doors: Mapping[str, Door]) -> RoutingRules | None:
    """The rules of its door; when that one is gone, or the team is another now, of a door of the team that has it.

    None when no door has it.
    """
    talks = [door.talk for door in doors.values() if door.talk and door.talk.team == one.label.team]
    door = doors.get(one.label.door)
    if door is not None and door.talk and (door.talk.team == one.label.team or not talks):
        return door.talk.routing
    return talks[0].routing if talks else None


def _waiting(one: Held, moment: datetime) -> Waiting:
    label = one.label
    return Waiting(
        id=one.id,
        team=label.team,
        language=label.language,
        wish=Wish(label.wish) if label.wish in set(Wish) else Wish.ANYONE,
        is_danger=label.is_danger,
        is_return=label.is_return,
        before=label.before or None,
        waited_minutes=label.waited(moment),
        way=TalkWay(label.way) if label.way in set(TalkWay) else TalkWay.CHAT,
        is_here=not label.has_left,
    )
