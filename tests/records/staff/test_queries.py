"""Who is who, who is on duty, and the same answer for "missing" and "not yours"."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from voordeur.records.staff import actions, queries
from voordeur.records.staff.models import Staff, Team
from voordeur.vocabulary import StaffRole


def test_a_login_is_found_by_name_without_regard_for_capitals(responder: Staff) -> None:
    assert queries.staff_by_name(" Noor ") == responder
    assert Staff.objects.get_by_natural_key("NOOR") == responder
    assert queries.staff_by_name("nobody") is None


def test_a_login_that_is_off_is_not_found_by_number_and_has_no_roles(
    responder: Staff, team: Team, moment: datetime
) -> None:
    assert queries.staff_by_id(responder.pk) == responder
    assert queries.roles_in(responder, "central") == {StaffRole.RESPONDER}
    actions.switch_off(staff=responder, moment=moment)
    assert queries.staff_by_id(responder.pk) is None
    assert queries.roles_in(responder, "central") == frozenset()
    assert queries.memberships_of(responder) == ()
    assert queries.members("central") == ()


def test_a_team_that_is_missing_and_one_that_is_not_yours_give_the_same_answer(
    responder: Staff, outsider: Staff, team: Team
) -> None:
    assert queries.team_for(responder, "central") == team
    assert queries.team_for(outsider, "central") is None
    assert queries.team_for(outsider, "nowhere") is None
    assert queries.roles_in(outsider, "central") == queries.roles_in(outsider, "nowhere") == frozenset()


@pytest.mark.parametrize(("seconds", "is_there"), [(0, True), (89, True), (90, False), (3600, False)])
def test_who_gave_no_sign_of_life_for_ninety_seconds_is_not_on_duty(
    responder: Staff, team: Team, moment: datetime, seconds: int, is_there: bool
) -> None:
    actions.go_on_duty(staff=responder, team=team, moment=moment)
    later = moment + timedelta(seconds=seconds)
    assert [one.staff for one in queries.on_duty("central", later)] == ([responder] if is_there else [])
    assert queries.duties_of(responder, later) == ({"central"} if is_there else set())
    actions.still_there(staff=responder, moment=later)
    assert [one.staff.name for one in queries.on_duty("central", later)] == ["noor"]


def test_duty_is_for_one_team_and_gives_every_role_there(responder: Staff, team: Team, moment: datetime) -> None:
    other = actions.add_team(slug="other", name="Other")
    actions.add_member(staff=responder, team=other, role=StaffRole.LEAD, moment=moment)
    actions.add_member(staff=responder, team=team, role=StaffRole.COACH, moment=moment)
    actions.go_on_duty(staff=responder, team=team, moment=moment)
    assert [one.role for one in queries.on_duty("central", moment)] == ["coach", "responder"]
    assert queries.on_duty("other", moment) == ()


def test_who_was_switched_off_while_on_duty_is_not_there(responder: Staff, team: Team, moment: datetime) -> None:
    actions.go_on_duty(staff=responder, team=team, moment=moment)
    Staff.objects.update(is_active=False)
    assert queries.on_duty("central", moment) == ()
    assert queries.duties_of(responder, moment) == frozenset()
