"""The timer that sees who is no longer there: a desk page that was closed says nothing, it only falls silent.

Who was not seen for a while counts as gone by itself (records/staff). Here the team is told, for what others may take
up can hang on it: a peer answers only while a coach is there.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from voordeur.faces.wakes import tell
from voordeur.records.staff.queries import all_teams, on_duty


class Duties:
    """Who was at work at the turn before, by team; kept in memory only."""

    def __init__(self, data: Path) -> None:
        """`data` is the folder in which processes hear each other (faces/wakes)."""
        self._data = data
        self._before: dict[str, frozenset[int]] = {}

    def look(self, moment: datetime) -> str:
        """Tell each team where somebody came or went since the last turn; gives how many are at work."""
        now = {team.slug: frozenset(one.staff_id for one in on_duty(team.slug, moment)) for team in all_teams()}
        for team, there in now.items():
            if there != self._before.get(team, there):
                tell(self._data, f"t:{team}", "inbox")
        self._before = now
        return f"{len(frozenset().union(*now.values()))} at work"
