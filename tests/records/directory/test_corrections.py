"""What the public says is not right: kept without anything about who said it, and not for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from voordeur.records.directory import corrections, history
from voordeur.records.directory.actions import load_directory
from voordeur.records.directory.corrections import CorrectionGone, NothingSaid, TooManyWait
from voordeur.records.directory.models import Correction

NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
ONE, PHONE = "de-haven", "services.lijn.phone.value"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded(empty_directory: None, folder: Path) -> None:
    load_directory(folder=folder, moment=NOW)


def says(said: str = "020-5550199", *, path: str = PHONE, told: str = "", moment: datetime = NOW) -> int:
    return corrections.suggest(organization=ONE, path=path, said=said, source_told=told, moment=moment)


def test_a_row_holds_the_field_two_texts_and_the_day_and_nothing_else() -> None:
    says(" 020-\n5550199\t\x00 ", told="their  page")
    row = Correction.objects.values().get()
    assert {name: row[name] for name in ("path", "said", "source_told")} == {
        "path": PHONE, "said": "020- 5550199", "source_told": "their page"
    }  # fmt: skip
    assert row["proposed_on"] == date(2026, 12, 1), "the day in the Netherlands, no moment"
    assert set(row) == {
        "id", "organization", "path", "said", "source_told", "state", "proposed_on", "decided_on", "reason"
    }  # fmt: skip


@pytest.mark.parametrize("said", ["", "  \n", "x" * 501])
def test_nothing_or_too_much_is_not_kept(said: str) -> None:
    with pytest.raises(NothingSaid):
        says(said)
    with pytest.raises(NothingSaid):
        says(told="x" * 301)


@pytest.mark.parametrize("path", ["services.lijn.sms.value", "id", "'; drop table"])
def test_a_field_that_is_not_there_is_refused_and_something_else_is_taken(path: str) -> None:
    with pytest.raises(CorrectionGone):
        says(path=path)
    assert says(path="")


def test_the_same_said_twice_is_kept_once_and_a_flood_stops() -> None:
    assert says() == says()
    for number in range(corrections.MOST_OF_ONE - 1):
        says(f"number {number}")
    with pytest.raises(TooManyWait):
        says("one more")
    assert says() == says(), "what waits already is no more work"


def test_a_decision_is_taken_once() -> None:
    one, other = says(), says("other")
    corrections.accept_correction(correction=one, moment=NOW)
    corrections.decline_correction(correction=other, reason="Not on their page.", moment=NOW)
    assert history.waiting_corrections() == ()
    for number in (one, other, 999):
        with pytest.raises(CorrectionGone):
            corrections.accept_correction(correction=number, moment=NOW)


def test_what_says_something_about_a_person_is_gone_at_once() -> None:
    corrections.remove_correction(correction=says())
    assert not Correction.objects.exists()


def test_what_was_decided_goes_after_ninety_days_and_what_nobody_came_to_after_a_year() -> None:
    corrections.decline_correction(correction=says(), reason="No.", moment=NOW)
    says("waits")
    assert corrections.forget_corrections(moment=NOW + timedelta(days=90)) == 0
    assert corrections.forget_corrections(moment=NOW + timedelta(days=91)) == 1
    assert corrections.forget_corrections(moment=NOW + timedelta(days=365)) == 0
    assert corrections.forget_corrections(moment=NOW + timedelta(days=366)) == 1
