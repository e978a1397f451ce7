"""What stands out in an entry, found without asking anybody outside."""

from __future__ import annotations

import socket
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from voordeur.records.directory.actions import load_directory
from voordeur.records.directory.fields import Field, put
from voordeur.records.directory.report import Remark, keep_report, kept_remarks, remarks
from voordeur.rules.area import Places
from voordeur.rules.place_files import load_places

TODAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
SEEN = {"title": "x", "date": "2026-11-30", "confidence": "high"}
BEGIN = "services.lijn."


@pytest.fixture(scope="module")
def places() -> Places:
    return load_places(settings.CONTENT / "places")


@pytest.fixture
def entry(good: str) -> dict[str, Any]:
    return tomllib.loads(good)


def found(places: Places, entry: dict[str, Any], *changes: tuple[str, object], days: int = 365) -> list[Remark]:
    for path, value in changes:
        entry = put(entry, Field(path, value, "seen", SEEN), make=True)
    return remarks(entry, places, places.areas(), TODAY, days)


def test_in_a_good_entry_nothing_stands_out(places: Places, entry: dict[str, Any]) -> None:
    assert found(places, entry) == []


def test_one_number_with_two_different_hours_stands_out_and_the_same_hours_otherwise_written_do_not(
    places: Places, entry: dict[str, Any]
) -> None:
    second = (BEGIN + "phone-2.value", "020-5550100")
    assert found(places, entry, second, (BEGIN + "phone-2.hours", "24/7")) == [
        Remark(BEGIN + "phone-2.hours", "hours", {"hours": "Mo-Fr 09:00-17:00; PH off"})
    ]
    same = (BEGIN + "phone-2.hours", "Mo-We 09:00-17:00; Th-Fr 09:00-17:00; PH off")
    assert found(places, entry, second, same) == []


def test_a_text_that_says_day_and_night_beside_office_hours_stands_out(places: Places, entry: dict[str, Any]) -> None:
    text = ("summary", {"nl": "Bel ons dag en nacht.", "en": "Call us."})
    assert found(places, entry, text) == [Remark("summary", "always", {"words": "dag en nacht"})]
    assert found(places, entry, text, (BEGIN + "phone.hours", "24/7")) == []


@pytest.mark.parametrize(
    ("number", "cost", "rule"),
    [("020-5550100", "call_charges", None), ("12", "call_charges", "number"), ("0900-2025590", "free", "cost"),
     ("0900-2025590", "call_charges", None), ("0800-0300", "free", None), ("0800-0300", "call_charges", "cost"),
     ("020-555", "free", "number")],
)  # fmt: skip
def test_a_number_that_cannot_be_or_does_not_go_with_its_cost_stands_out(
    places: Places, entry: dict[str, Any], number: str, cost: str, rule: str | None
) -> None:
    said = found(places, entry, (BEGIN + "phone.value", number), (BEGIN + "phone.cost", cost))
    assert [one.rule for one in said] == ([rule] if rule else [])


def test_places_that_are_no_longer_there_stand_out(places: Places, entry: dict[str, Any]) -> None:
    areas = ["municipality:Amsterdam", "municipality:Weesp", "province:Holland", "vt:Twente"]
    said = found(places, entry, (BEGIN + "area", areas), (BEGIN + "visit.value", "Kade 1, 1000 AA Verdwenendorp"))
    assert [one.values["place"] for one in said] == ["Weesp", "Holland", "Verdwenendorp"]
    assert found(places, entry, (BEGIN + "visit.value", "Kade 1, 1012 AB Amsterdam")) == []


def test_old_facts_and_facts_without_a_date_stand_out_by_the_age_that_is_set(
    places: Places, entry: dict[str, Any]
) -> None:
    facts = len(found(places, entry, days=10))
    assert facts > 10 and {one.rule for one in found(places, entry, days=10)} == {"old"}
    undated = put(entry, Field("website", "https://x.example", "seen", {"title": "x", "confidence": "low"}))
    assert [(one.path, one.rule) for one in found(places, undated)] == [("website", "undated")]


@pytest.mark.django_db
def test_the_clock_keeps_what_stands_out_with_the_day_it_was_first_seen_and_asks_nobody(
    empty_directory: None, folder: Path, good: str, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*given: object) -> None:
        raise AssertionError("a connection")

    (folder / "de-haven.toml").write_text(good.replace('"national"', '["municipality:Weesp"]'), encoding="utf-8")
    load_directory(folder=folder, moment=NOW)
    monkeypatch.setattr(socket.socket, "connect", no)
    assert keep_report(places=places, days=365, moment=NOW) == 1
    keep_report(places=places, days=365, moment=NOW + timedelta(days=3))
    assert kept_remarks("de-haven") == ((Remark("services.lijn.area", "place", {"place": "Weesp"}), TODAY),)
    assert kept_remarks("de-kade") == ()
