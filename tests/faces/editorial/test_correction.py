"""A correction from the public at the steward's: compared, taken over with a source, declined, or removed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.faces.editorial.conftest import ENTRY, PHONE, Keeper
from voordeur.records.directory import corrections, history
from voordeur.records.directory.models import Correction

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(stella: Keeper) -> str:
    number = corrections.suggest(
        organization=ENTRY,
        path=PHONE,
        said="<b>088 234 24 00</b>",
        source_told="https://x.example",
        moment=datetime.now(UTC),
    )
    return f"/correction/{number}"


def test_both_sides_stand_beside_each_other_and_what_was_said_is_text_and_no_link(stella: Keeper, said: str) -> None:
    assert "Blijf Groep" in stella.opens()
    stella.opens(said)
    raw = stella.page.content.decode()
    assert "088 234 24 50" in raw and "&lt;b&gt;088 234 24 00" in raw and 'href="https://x.example' not in raw


def test_taken_over_it_is_in_the_draft_with_a_source_that_the_steward_names(stella: Keeper, said: str) -> None:
    assert "Somebody says" in stella.opens(f"/o/{ENTRY}/field/{PHONE}?correction={said.rpartition('/')[2]}")
    stella.changes(correction=said.rpartition("/")[2])
    assert history.waiting_corrections() == () and history.draft_of(ENTRY, is_own=False) is not None
    stella.opens(said, 404)


def test_a_value_that_is_refused_leaves_the_correction_waiting(stella: Keeper, said: str) -> None:
    stella.sends(f"/o/{ENTRY}/field/{PHONE}", status=400, correction=said.rpartition("/")[2], value="12")
    assert len(history.waiting_corrections()) == 1


def test_what_is_not_about_a_field_is_taken_care_of_in_the_entry(stella: Keeper) -> None:
    number = corrections.suggest(
        organization=ENTRY, path="", said="They moved.", source_told="", moment=datetime.now(UTC)
    )  # fmt: skip
    here = f"/correction/{number}"
    assert "They moved." in stella.opens(here) and "Stands now" not in stella.text
    stella.sends(here, decision="accept")
    assert history.waiting_corrections() == ()


def test_declined_with_a_reason_or_removed(stella: Keeper, said: str) -> None:
    stella.sends(said, status=400, decision="decline")
    stella.sends(said, status=400, decision="anything")
    stella.sends(said, decision="decline", reason="It is the number of the press desk.")
    assert Correction.objects.get().reason == "It is the number of the press desk."
    stella.opens(said, 404)


def test_removed_it_is_gone(stella: Keeper, said: str) -> None:
    stella.sends(said, decision="remove")
    assert not Correction.objects.exists()


def test_people_of_the_organisation_do_not_see_what_the_public_said(pia: Keeper, said: str) -> None:
    assert "088 234 24 00" not in pia.opens(f"/o/{ENTRY}") and "Corrections" not in pia.opens()
    pia.opens(said, 404)
    pia.opens(f"/o/{ENTRY}/field/{PHONE}?correction={said.rpartition('/')[2]}")
    assert "Somebody says" not in pia.text
