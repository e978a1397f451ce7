"""The timer that looks at every entry once a day, and when something of the directory changed. It asks nobody."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from voordeur.records.directory.queries import edition
from voordeur.records.directory.report import keep_report
from voordeur.rules.area import Places
from voordeur.rules.place_files import load_places


class Entries:
    """Which edition was looked at on which day; kept in memory only."""

    def __init__(self, places: Path, days: int) -> None:
        """`places` is the folder with the files of places; facts of more than so many `days` ago are old."""
        self._folder, self._days = places, days
        self._places: Places | None = None
        self._seen: tuple[str, date] | None = None
        self._count = 0

    def look(self, moment: datetime) -> str:
        """Look, when there is something new to look at; says how many things stand out."""
        now = (edition(), moment.date())
        if now != self._seen:
            self._places = self._places or load_places(self._folder)
            self._count = keep_report(places=self._places, days=self._days, moment=moment)
            self._seen = now
        return f"{self._count} things stand out in entries"
