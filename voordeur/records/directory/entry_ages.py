"""How old the facts of every entry are, oldest first: worked out once for each state of the directory and each day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from voordeur.records.directory.fields import fields
from voordeur.records.directory.history import standing_entries
from voordeur.records.directory.queries import edition
from voordeur.rules.freshness import is_old


@dataclass(frozen=True, slots=True)
class EntryAge:
    """One entry: the date of its newest fact, whether even that is old, and how many of its facts are."""

    id: str
    name: str
    newest: str | None
    is_old: bool
    old: int


@lru_cache(maxsize=2)
def _dates(fingerprint: str) -> Mapping[str, tuple[str, tuple[str | None, ...]]]:
    """Of each entry that stands its name and the dates of its facts."""
    return {
        name: (str(entry["name"]), tuple(one.source.get("date") for one in fields(entry).values()))
        for name, entry in standing_entries().items()
    }


@lru_cache(maxsize=2)
def _ages(fingerprint: str, today: date, days: int) -> tuple[EntryAge, ...]:
    found = []
    for name, (title, dates) in _dates(fingerprint).items():
        newest = max((one for one in dates if one), default=None)
        old = sum(is_old(one, today, days) for one in dates)
        found.append(EntryAge(name, title, newest, is_old(newest, today, days), old))
    return tuple(sorted(found, key=lambda one: (not one.is_old, one.name.casefold(), one.id)))


def entry_ages(today: date, days: int) -> tuple[EntryAge, ...]:
    """Every entry that visitors see now; those whose newest fact is older than so many days first, then by name."""
    return _ages(edition(), today, days)
