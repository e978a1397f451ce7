"""How old a fact is when its date is only a year or a month."""

from __future__ import annotations

from datetime import date

import pytest

from voordeur.rules.freshness import first_day, is_certainly_newer, is_old, last_day

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [("2024", "2024-01-01", "2024-12-31"), ("2024-02", "2024-02-01", "2024-02-29"), ("2024-02-03",) * 3],
)
def test_a_partial_date_begins_and_ends_with_its_year_or_month(written: str, first: str, last: str) -> None:
    assert (first_day(written).isoformat(), last_day(written).isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("one", "other", "is_newer"),
    [("2026-02", "2026-01-31", True), ("2026", "2025", True), ("2026", "2026-01", False), ("2026-01", "2026", False),
     ("2026-01-01", "2026-01-01", False), (None, "2020", False), ("2026", None, False)],
)  # fmt: skip
def test_only_what_is_newer_on_every_day_that_the_dates_can_mean_is_certainly_newer(
    one: str | None, other: str | None, is_newer: bool
) -> None:
    assert is_certainly_newer(one, other) is is_newer


def test_a_fact_is_old_once_its_last_possible_day_is_longer_ago_and_without_a_date_always() -> None:
    assert not is_old("2025-11-30", TODAY)
    assert is_old("2025-11-29", TODAY)
    assert not is_old("2025", TODAY)
    assert is_old("2024", TODAY)
    assert is_old(None, TODAY)
    assert is_old("2026-11-01", TODAY, 28) and not is_old("2026-11-02", TODAY, 28)
