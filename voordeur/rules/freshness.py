"""How old a fact is, from a date that may be partial (“2022”, “2025-10”); and which of two is certainly newer."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

#: Unless the server's settings say otherwise: facts of longer ago are old, and are said to be.
OLD_AFTER_DAYS = 365


def first_day(written: str) -> date:
    """The first day that a partial date can mean."""
    return date.fromisoformat(f"{written}-01-01"[:10])


def last_day(written: str) -> date:
    """The last day that a partial date can mean: a fact of “2022” may be of 31 December."""
    parts = [int(part) for part in written.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = (parts[0], parts[1]) if len(parts) == 2 else (parts[0], 12)
    return date(year, month, monthrange(year, month)[1])


def is_certainly_newer(one: str | None, other: str | None) -> bool:
    """Whether a fact of this date is for certain of after the other; without a date nothing is certain."""
    return one is not None and other is not None and first_day(one) > last_day(other)


def is_old(written: str | None, today: date, days: int = OLD_AFTER_DAYS) -> bool:
    """Whether a fact of this date is certainly older than so many days; without a date it counts as old."""
    return written is None or (today - last_day(written)).days > days
