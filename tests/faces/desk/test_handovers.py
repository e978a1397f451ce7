"""Hand-overs at the desk: who sees and does what, also after somebody arrived, left a team or was never asked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, epoch_for, server
from tests.faces.desk.onward import Onward, escrow
from voordeur.records.conversations import queries as talks
from voordeur.records.directory.queries import Directory
from voordeur.records.handovers.partner import end_guest
from voordeur.records.handovers.queries import guests_and_buddies, handover_of
from voordeur.records.staff import actions as staff_actions
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db
R = StaffRole


@pytest.fixture
def onward(directory: Directory) -> Onward:
    return Onward()


def holds_keys(who: Colleague, conversation_id: str) -> bool:
    return bool(talks.grants(conversation_id, [talks.staff_tag(server(), who.staff.pk)]))


# ---------------------------------------------------------------- a guest who is of the team no longer


def test_a_guest_reads_and_writes_as_long_as_they_are_of_the_team_that_was_asked(onward: Onward) -> None:
    someone = onward.held()
    onward.joined(someone)
    assert onward.fay.gets("open", id=someone.id)["is_guest"]
    assert [one.who for one in guests_and_buddies(someone.id, server())] == ["guest"]
    other = Group("elsewhere")
    staff_actions.add_member(staff=onward.fay.staff, team=other.team, role=R.RESPONDER, moment=datetime.now(UTC))
    staff_actions.remove_member(staff=onward.fay.staff, team=onward.partners["fier"].team, role=R.RESPONDER)
    assert onward.fay.ask("open", id=someone.id) == NOT_HERE, "a role in another team opens nothing"
    assert onward.fay.ask("read", id=someone.id, after=0) == NOT_HERE
    assert guests_and_buddies(someone.id, server()) == (), "the next keys are not for them"


@pytest.mark.parametrize("role", [{}, {"role": "responder"}])
def test_a_steward_who_ends_a_role_or_login_shows_the_guest_out(onward: Onward, role: dict[str, str]) -> None:
    stella, someone = Colleague("stella", Group("stewards"), R.STEWARD), onward.held()
    name = onward.joined(someone)
    stella.gets("partner_off", team="fier", staff=onward.fay.staff.pk, **role)
    one = handover_of(someone.id, name, server())
    assert one is not None and (one.label.guest, one.label.joins) == ("", False)
    assert not holds_keys(onward.fay, someone.id), "no key of any epoch is left"
    assert onward.ada.gets("open", id=someone.id)["needs_epoch"], "what follows is under new keys"


def test_who_keeps_another_role_in_the_team_stays_a_guest(onward: Onward) -> None:
    stella, someone = Colleague("stella", Group("stewards"), R.STEWARD), onward.held()
    onward.joined(someone)
    team = onward.partners["fier"].team
    staff_actions.add_member(staff=onward.fay.staff, team=team, role=R.COACH, moment=datetime.now(UTC))
    stella.gets("partner_off", team="fier", staff=onward.fay.staff.pk, role="coach")
    assert onward.fay.gets("open", id=someone.id)["is_guest"] and holds_keys(onward.fay, someone.id)


def test_somebody_is_shown_out_of_what_they_joined_for_these_teams_alone(onward: Onward) -> None:
    someone = onward.held()
    name = onward.joined(someone)
    who = onward.fay.staff.pk
    assert end_guest(staff_id=who, teams=["veilig-thuis"], server_key=server()) == []
    assert end_guest(staff_id=onward.gus.staff.pk, server_key=server()) == []
    assert holds_keys(onward.fay, someone.id)
    assert [one.id for one in end_guest(staff_id=who, teams=["fier"], server_key=server())] == [name]
    assert end_guest(staff_id=who, server_key=server()) == []


# ---------------------------------------------------------------- keys


def test_a_guest_gets_no_key_that_was_wrapped_for_others(directory: Directory) -> None:
    onward = Onward(escrow())
    someone = onward.held()
    onward.joined(someone)
    assert {one["reader"] for one in onward.ada.gets("open", id=someone.id)["grants"]} >= {"me", "escrow:central"}
    assert {one["reader"] for one in onward.fay.gets("open", id=someone.id)["grants"]} == {"me"}
    assert {one["reader"] for one in onward.fay.gets("read", id=someone.id, after=0)["grants"]} == {"me"}


def test_new_keys_are_never_for_the_queue_of_a_partner(onward: Onward) -> None:
    from tests.faces.desk.colleagues import b64
    from voordeur.records.conversations.readers import readers_after_passing

    someone = onward.held()
    held = talks.conversation(someone.id, server())
    assert held is not None
    for slug, is_taken in (("fier", False), ("central", True)):
        team = {**onward.partners, "central": onward.central}[slug].team
        due = readers_after_passing(held, team, server())
        readers = [{"tag": b64(one.handle(held, server())), "public": b64(one.public), "who": one.who} for one in due]
        body = epoch_for(onward.ada.gets("open", id=someone.id), readers)
        assert (onward.ada.ask("epoch", **body)[0] == 200) == is_taken, slug
