"""Who falls silent is gone, and the team hears of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.faces.clock.conftest import NOON, Ear
from voordeur.faces.clock.duty import Duties
from voordeur.records.staff.actions import add_member, add_staff, add_team, go_on_duty, still_there
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db


def test_a_team_is_told_when_somebody_comes_and_when_the_page_fell_silent(ear: Ear, tmp_path: Path) -> None:
    team, other = add_team(slug="central", name="Central"), add_team(slug="sport", name="Sport")
    staff = add_staff(name="anna", shown_name="Anna", languages=["nl"], moment=NOON).staff
    for one in (team, other):
        add_member(staff=staff, team=one, role=StaffRole.COACH, moment=NOON)
    duties = Duties(tmp_path)
    assert duties.look(NOON) == "0 at work"
    go_on_duty(staff=staff, team=team, moment=NOON)
    assert duties.look(NOON) == "1 at work"
    assert ear.heard() == ["t:central inbox"]
    still_there(staff=staff, moment=NOON + timedelta(seconds=60))
    assert duties.look(NOON + timedelta(seconds=120)) == "1 at work"
    assert ear.heard() == []
    assert duties.look(NOON + timedelta(seconds=160)) == "0 at work"
    assert ear.heard() == ["t:central inbox"]


def test_the_first_turn_tells_nobody(ear: Ear, tmp_path: Path) -> None:
    """What was before it is not known, so nothing has changed."""
    team = add_team(slug="central", name="Central")
    staff = add_staff(name="anna", shown_name="Anna", languages=["nl"], moment=NOON).staff
    add_member(staff=staff, team=team, role=StaffRole.PEER, moment=NOON)
    go_on_duty(staff=staff, team=team, moment=NOON)
    assert Duties(tmp_path).look(NOON) == "1 at work"
    assert ear.heard() == []


def test_without_teams_nobody_is_at_work(tmp_path: Path) -> None:
    assert Duties(tmp_path).look(NOON) == "0 at work"
