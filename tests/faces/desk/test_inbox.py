"""What waits and what is mine, being on duty, and the hours of a team: without content, and only one's own teams'."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, at_the_door, server, writes
from tests.records.conversations.people import Visitor
from voordeur.faces.desk import presence
from voordeur.faces.desk.material import doors_of_team
from voordeur.records.conversations import actions, queries
from voordeur.records.conversations.models import Conversation
from voordeur.records.staff import actions as staff_actions
from voordeur.records.staff.queries import on_duty
from voordeur.vocabulary import Recovery, StaffRole, Wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def ada(central: Group) -> Colleague:
    return Colleague("ada", central, StaffRole.RESPONDER)


def _has_waited(someone: Visitor, minutes: float) -> None:
    """As if it came so many minutes ago."""
    row = Conversation.objects.get(pk=someone.id)
    from dataclasses import replace

    label = queries.held(row, server()).label
    since = (datetime.now(UTC) - timedelta(minutes=minutes)).replace(microsecond=0).isoformat()
    row.label = replace(label, since=since).sealed(server(), row.pk)
    row.save()


def test_who_waits_stands_in_order_of_need_and_without_content(ada: Colleague, central: Group) -> None:
    early, late, in_danger = (at_the_door(central, is_danger=danger) for danger in (False, False, True))
    _has_waited(early, 9)
    _has_waited(late, 3)
    waiting = ada.gets("inbox")["waiting"]
    assert [one["id"] for one in waiting] == [in_danger.id, early.id, late.id]
    assert [one["waited_minutes"] for one in waiting] == [0, 9, 3]
    assert [one["alarm"] for one in waiting] == [None, {"class": "chat", "minutes_over": 4}, None]
    assert set(waiting[0]) == {
        "id", "team", "waited_minutes", "door", "door_name", "language", "wish", "is_danger", "is_return", "way",
        "alarm", "may_take", "why",
    }  # fmt: skip
    assert (waiting[0]["may_take"], waiting[0]["is_danger"], waiting[1]["why"]) == (True, True, "fits you")


def test_who_is_not_there_waits_as_one_who_left_a_message(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    _has_waited(someone, 9)
    for heard, alarm in (("gone", None), ("here", {"class": "chat", "minutes_over": 4})):
        presence.note(someone.id, heard)
        assert [one["alarm"] for one in ada.gets("inbox")["waiting"]] == [alarm]


def test_the_queue_of_another_team_is_not_seen(ada: Colleague, central: Group) -> None:
    sport = Group("sport")
    other = at_the_door(sport)
    assert ada.gets("inbox")["waiting"] == []
    both = Colleague("bo", sport, StaffRole.RESPONDER)
    assert [one["id"] for one in both.gets("inbox")["waiting"]] == [other.id]


def test_one_team_may_answer_at_two_doors_each_with_its_own_name() -> None:
    young = Group("young")
    zoe = Colleague("zoe", young, StaffRole.RESPONDER)
    first, second = at_the_door(young), at_the_door(young, door="images")
    assert {door.id for door in doors_of_team("young")} == {"images", "young"}
    waiting = {one["id"]: one["door_name"] for one in zoe.gets("inbox")["waiting"]}
    assert waiting == {first.id: "Side path", second.id: "Lighthouse"}
    assert zoe.picks_up(second)


def test_what_is_mine_is_in_my_list_and_in_nobody_elses(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    ben = Colleague("ben", central, StaffRole.RESPONDER)
    ada.picks_up(someone)
    mine = ada.gets("inbox")
    assert [(one["id"], one["last_place"], one["team"]) for one in mine["mine"]] == [(someone.id, 1, "central")]
    assert (mine["waiting"], mine["coached"], mine["is_full"]) == ([], [], False)
    theirs = ben.gets("inbox")
    assert (theirs["mine"], theirs["waiting"], theirs["coached"]) == ([], [], [])


def test_a_coach_sees_where_they_read_along_and_whose_it_is(central: Group) -> None:
    coach = Colleague("cor", central, StaffRole.COACH)
    peer = Colleague("pia", central, StaffRole.PEER)
    someone = at_the_door(central, wish=Wish.PEER)
    peer.picks_up(someone)
    assert [(one["id"], one["owner_name"]) for one in coach.gets("inbox")["coached"]] == [(someone.id, "Pia")]
    assert coach.gets("inbox")["mine"] == []


def test_how_long_a_visitor_waits_for_an_answer_is_seen(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    material = ada.picks_up(someone)
    ada.says(material, "hello")

    def row() -> tuple[int, object]:
        (one,) = ada.gets("inbox")["mine"]
        return one["unanswered_minutes"], one["alarm"]

    assert row() == (0, None)
    writes(someone, "are you there")
    assert row() == (1, None)
    _has_waited(someone, 7.5)
    assert row() == (7, {"class": "chat", "minutes_over": 2})
    ada.says(ada.gets("open", id=someone.id), "I am")
    assert row() == (0, None)


def test_who_holds_as_many_as_they_can_is_full_and_may_take_none_before_it_widens(
    ada: Colleague, central: Group
) -> None:
    for _ in range(3):
        ada.picks_up(at_the_door(central))
    someone = at_the_door(central)
    inbox = ada.gets("inbox")
    assert inbox["is_full"]
    assert (inbox["waiting"][0]["may_take"], inbox["waiting"][0]["why"]) == (
        False,
        "you have as many conversations as you can hold",
    )
    _has_waited(someone, 60)
    assert ada.gets("inbox")["waiting"][0]["may_take"]


def test_a_conversation_whose_door_is_gone_is_still_seen_and_taken_up(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central, door="no-longer")
    waiting = ada.gets("inbox")["waiting"]
    assert [(one["id"], one["door_name"], one["may_take"]) for one in waiting] == [(someone.id, "no-longer", True)]
    ada.picks_up(someone)


def test_a_team_without_a_door_takes_up_what_was_passed_on_to_it(ada: Colleague, central: Group) -> None:
    backroom = Group("backroom")
    bea = Colleague("bea", backroom, StaffRole.RESPONDER)
    someone = at_the_door(backroom, door="central")
    assert [(one["id"], one["may_take"]) for one in bea.gets("inbox")["waiting"]] == [(someone.id, True)]


def test_what_nobody_of_the_team_can_read_may_still_be_taken_up(ada: Colleague) -> None:
    """The owner of a team that keeps no key does not come back; nobody is forgotten for that."""
    alone = Group("alone", Recovery.NONE)
    first = Colleague("first", alone, StaffRole.RESPONDER)
    second = Colleague("second", None)  # without the key of the team
    moment = datetime.now(UTC)
    staff_actions.add_member(staff=second.staff, team=alone.team, role=StaffRole.RESPONDER, moment=moment)
    staff_actions.go_on_duty(staff=second.staff, team=alone.team, moment=moment)
    someone = at_the_door(alone, door="central")
    assert second.ask("pick", id=someone.id)[0] == 400  # others can read this one
    first.picks_up(someone)
    actions.give_back(staff_id=first.staff.pk, moment=moment, server_key=server())
    material = second.picks_up(someone)
    assert second.keys(material).keys() == {2}
    assert second.says(material, "I cannot read what you wrote before")[0] == 200
    assert someone.reads(someone.id) == ["hello", "I cannot read what you wrote before"]


def test_presence_is_what_was_heard_last_and_leaving_lasts(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    ada.picks_up(someone)

    def seen() -> str:
        return str(ada.gets("inbox")["mine"][0]["presence"])

    assert seen() == "unknown"
    for heard, shown in (("here", "here"), ("gone", "gone"), ("typing", "here"), ("talk", "here"), ("left", "left")):
        presence.note(someone.id, heard)
        assert seen() == shown


def test_on_duty_and_off_again(ada: Colleague, central: Group) -> None:
    ada.gets("duty", team="central", is_on=False)
    assert on_duty("central", datetime.now(UTC)) == ()
    ada.gets("duty", team="central", is_on=True)
    assert [one.staff_id for one in on_duty("central", datetime.now(UTC))] == [ada.staff.pk]


@pytest.mark.parametrize("has_own_key", [False, True])
def test_who_could_read_nothing_is_not_told_to_visitors_as_being_there(has_own_key: bool, central: Group) -> None:
    new = Colleague("new", None, has_keys=has_own_key)
    staff_actions.add_member(staff=new.staff, team=central.team, role=StaffRole.RESPONDER, moment=datetime.now(UTC))
    status, answer = new.ask("duty", team="central", is_on=True)
    assert status == 400
    assert ("key of this team" if has_own_key else "key of your own") in answer["error"]
    assert on_duty("central", datetime.now(UTC)) == ()


def test_who_only_leads_is_never_on_duty(central: Group) -> None:
    assert Colleague("lea", central, StaffRole.LEAD, is_on=False).ask("duty", team="central", is_on=True) == NOT_HERE


@pytest.mark.parametrize("wrong", [None, 1, "true"])
def test_duty_is_yes_or_no(wrong: object, ada: Colleague) -> None:
    assert ada.ask("duty", team="central", is_on=wrong)[0] == 400


def test_colleagues_hear_once_that_somebody_came_or_went(
    ada: Colleague, central: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voordeur.faces.desk import api

    words: list[Any] = []
    monkeypatch.setattr(api, "tell", lambda _, topic, kind: words.append((topic, kind)))
    for is_on in (True, True, False, False):
        ada.gets("duty", team="central", is_on=is_on)
    assert words == [("t:central", "inbox")]  # she was on duty, so only going off is news


def test_a_peers_page_hears_that_who_reads_along_changed(central: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    from voordeur.faces.desk import api

    Colleague("cor", central, StaffRole.COACH)
    peer = Colleague("pia", central, StaffRole.PEER)
    someone = at_the_door(central, wish=Wish.PEER)
    peer.picks_up(someone)
    second = Colleague("kim", central, StaffRole.COACH, is_on=False)
    words: list[Any] = []
    monkeypatch.setattr(api, "tell", lambda _, topic, kind: words.append((topic, kind)))
    second.gets("duty", team="central", is_on=True)
    assert (f"s:{peer.staff.pk}", f"talk {someone.id}") in words


def test_the_roster_says_hours_exceptions_who_is_there_and_what_visitors_are_told(
    ada: Colleague, central: Group
) -> None:
    Colleague("pia", central, StaffRole.PEER)
    Colleague("ola", central, StaffRole.RESPONDER, is_on=False)
    roster = ada.gets("roster", team="central")
    assert roster["on_duty"] == ["Ada", "Pia"]
    assert "PH" in roster["hours_text"]
    assert isinstance(roster["exceptions"], list)
    assert roster["status"]["state"] in ("answering", "closed")
    assert roster["status"]["text"] != ""
    ada.gets("duty", team="central", is_on=False)
    # A peer without a coach answers nobody, so nobody may be told that somebody is there.
    assert ada.gets("roster", team="central")["status"]["state"] in ("expected", "closed")


def test_the_roster_of_a_team_without_a_door_has_no_hours(ada: Colleague) -> None:
    backroom = Group("backroom")
    roster = Colleague("bea", backroom, StaffRole.LEAD).gets("roster", team="backroom")
    assert (roster["hours_text"], roster["exceptions"], roster["status"]) == ("", [], None)
