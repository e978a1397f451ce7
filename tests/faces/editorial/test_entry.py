"""The page of one entry, and what a steward and the organisation's people find there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.conf import settings

from tests.faces.editorial.conftest import ENTRY, Keeper
from voordeur.records.directory.models import Asking
from voordeur.records.directory.publishing import entry_now
from voordeur.records.directory.report import keep_report
from voordeur.rules.place_files import load_places

pytestmark = pytest.mark.django_db


def test_old_facts_are_marked_and_what_is_not_known_can_be_filled_in(stella: Keeper) -> None:
    stella.opens(f"/o/{ENTRY}")
    assert "look at it again" in stella.text and "Not known yet" in stella.text
    for path in ("what_happens", "knowledge", "if_who_decides", "services.shelter.waiting_time"):
        assert f"/upkeep/o/{ENTRY}/field/{path}" in stella.text
        stella.opens(f"/o/{ENTRY}/field/{path}")
        stella.opens(f"/o/{ENTRY}")


def test_what_the_clock_found_is_read_by_the_steward_and_the_organisations_own_people(
    stella: Keeper, pia: Keeper
) -> None:
    stella.publishes(stella.changes("services.shelter.area", value="municipality:Weesp"))
    keep_report(places=load_places(settings.CONTENT / "places"), days=365, moment=datetime.now(UTC))
    for who in (stella, pia):
        assert "“Weesp” is not a place that we know any more." in who.opens(f"/o/{ENTRY}")


def test_asked_no_answer_and_answered_after_all(stella: Keeper, pia: Keeper) -> None:
    here = f"/o/{ENTRY}"
    stella.sends(f"{here}/asked", seen_at=here, what="asked")
    assert "Asked on" in stella.text and "asked on" in stella.opens()
    stella.sends(f"{here}/asked", seen_at=here, what="silent")
    assert "No answer; visitors read that." in stella.text
    stella.sends(f"{here}/asked", seen_at=here, what="answered")
    assert not Asking.objects.exists()
    stella.sends(f"{here}/asked", seen_at=here, status=404, what="silent")
    stella.sends(f"{here}/asked", seen_at=here, status=400, what="else")
    assert "Asked whether this is right" not in pia.opens(here)


def test_the_whole_entry_as_text_is_drafted_and_a_fault_has_its_line(stella: Keeper) -> None:
    here = f"/o/{ENTRY}/text"
    stella.opens(here)
    text = stella.text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    more = text + '\n[[services.channels]]\nkind = "chat"\n'
    stella.sends(here, text=more)
    assert "Chat" in stella.text
    stella.sends(here, status=400, text=more + 'value = "12"\nkind = "phone"\n')
    assert 'role="alert"' in stella.text and 'value = "12"' in stella.text, "what was typed is given back"
    entry = entry_now(ENTRY)
    assert entry is not None and len(entry["services"][0]["channels"]) == 1
