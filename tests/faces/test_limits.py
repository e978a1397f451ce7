"""Slowing abuse without keeping addresses."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from voordeur.faces import limits as module
from voordeur.faces.limits import Limit, Limits

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
THREE = Limit("three", 3, 60)


def allowed(limits: Limits, times: int, moment: datetime = NOON, address: str = "192.0.2.1") -> int:
    return sum(limits.may(THREE, address, moment) for _ in range(times))


def test_so_many_at_once_and_then_one_each_minute() -> None:
    limits = Limits()
    assert allowed(limits, 10) == 3
    assert allowed(limits, 10, NOON + timedelta(seconds=59)) == 0
    assert allowed(limits, 10, NOON + timedelta(seconds=61)) == 1
    assert allowed(limits, 10, NOON + timedelta(hours=1)) == 3


def test_trying_in_vain_does_not_make_the_wait_longer() -> None:
    limits = Limits()
    allowed(limits, 3)
    for second in range(60):
        assert allowed(limits, 5, NOON + timedelta(seconds=second)) == 0
    assert allowed(limits, 5, NOON + timedelta(seconds=60)) == 1


def test_each_address_and_each_thing_has_a_bucket_of_its_own() -> None:
    limits = Limits()
    assert allowed(limits, 5) == 3 and allowed(limits, 5, address="192.0.2.2") == 3
    assert limits.may(Limit("other", 1, 60), "192.0.2.1", NOON)


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    limits = Limits()
    assert allowed(limits, 3) == 3
    assert allowed(limits, 3, NOON - timedelta(hours=2)) == 0
    assert allowed(limits, 5, NOON - timedelta(hours=2) + timedelta(seconds=60)) == 1


def test_no_address_can_be_found_in_it_and_names_differ_by_process_and_by_day() -> None:
    one, other = Limits(), Limits()
    for limits in (one, other):
        limits.may(THREE, "192.0.2.77", NOON)
        limits.may(THREE, "192.0.2.77", NOON + timedelta(days=1))
    names = [*one._buckets, *other._buckets]
    assert len(set(names)) == 4 and not [name for name in names if b"192" in name]
    assert "192.0.2.77" not in repr(vars(one))


def test_the_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BUCKETS", 100)
    limits = Limits()
    for number in range(1000):
        limits.may(THREE, str(number), NOON)
    assert len(limits._buckets) == 100


def test_many_threads_get_no_more_than_one() -> None:
    limits = Limits()
    found: list[bool] = []
    wide = Limit("wide", 50, 3600)
    threads = [
        threading.Thread(target=lambda: found.extend(limits.may(wide, "a", NOON) for _ in range(100))) for _ in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 800 and sum(found) == 50
