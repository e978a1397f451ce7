"""Taking up, reading, writing, passing on and closing, as the page does it, with real keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faces.desk.colleagues import (
    NOT_HERE,
    Colleague,
    Group,
    at_the_door,
    b64,
    epoch_for,
    raw,
    server,
    writes,
)
from tests.records.conversations.people import Visitor
from voordeur.faces.desk import conversation
from voordeur.faces.desk.material import doors
from voordeur.records.conversations import actions, queries
from voordeur.records.staff import actions as staff_actions
from voordeur.secrecy.keyring import grant_context, new_pair, wrap
from voordeur.vocabulary import Recovery, StaffRole, TalkState, Wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def ada(central: Group) -> Colleague:
    return Colleague("ada", central, StaffRole.RESPONDER)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every word that is told to the processes of this machine."""
    from voordeur.faces.desk import api

    words: list[tuple[str, str]] = []
    monkeypatch.setattr(api, "tell", lambda _, topic, kind: words.append((topic, kind)))
    return words


def _held(someone: Visitor) -> queries.Held:
    found = queries.conversation(someone.id, server())
    assert found is not None
    return found


def _peer_and_coach(central: Group) -> tuple[Colleague, Colleague, Visitor, dict[str, Any]]:
    """A conversation of a peer while a coach is on duty, with the keys that follow from it."""
    coach = Colleague("cor", central, StaffRole.COACH)
    peer = Colleague("pia", central, StaffRole.PEER)
    someone = at_the_door(central, "I want to talk with someone who knows", wish=Wish.PEER)
    return peer, coach, someone, peer.picks_up(someone)


def test_a_conversation_from_the_door_to_the_end(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central, "may I ask something", is_danger=True)
    material = ada.gets("pick", id=someone.id)
    assert ada.reads(material) == ["may I ask something"]
    assert (material["needs_epoch"], material["epoch"], material["state"]) == (True, 0, "held")
    assert material["label"] == {
        "door": "central",
        "door_name": doors().central.name["en"],
        "language": "nl",
        "wish": "anyone",
        "is_danger": True,
        "is_return": False,
        "way": "chat",
    }
    assert sorted(one["who"] for one in material["readers"]) == ["me", "team:central", "visitor"]
    ada.gets("epoch", **epoch_for(material))
    material = ada.gets("open", id=someone.id)
    assert (material["needs_epoch"], material["epoch"], material["owner_name"]) == (False, 1, "Ada")
    assert ada.says(material, "of course") == (200, {"place": 2})
    assert someone.reads(someone.id) == ["may I ask something", "of course"]
    writes(someone, "thank you")
    news = ada.gets("read", id=someone.id, after=2)
    assert ada.reads({**news, "id": someone.id}) == ["thank you"]
    ada.gets("close", id=someone.id, because="finished", shut_out=False)
    assert _held(someone).state is TalkState.CLOSED
    assert ada.ask("open", id=someone.id) == NOT_HERE
    assert ada.gets("read", id=someone.id, after=0)["messages"] == []


def test_of_two_who_pick_it_up_the_second_finds_it_gone(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    ben = Colleague("ben", central, StaffRole.RESPONDER)
    ada.gets("pick", id=someone.id)
    assert ben.ask("pick", id=someone.id) == NOT_HERE
    assert ada.ask("pick", id=someone.id) == NOT_HERE


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ({"is_on": False}, "you are not on duty"),
        ({"languages": ["pl"]}, "first for colleagues who speak this language"),
        ({"has_keys": False}, "You have no key of your own yet. Make it first."),
    ],
)
def test_who_may_not_pick_it_up_is_told_why(who: dict[str, Any], why: str, central: Group) -> None:
    someone = at_the_door(central)
    other = Colleague("ola", central, StaffRole.RESPONDER, **who)
    assert other.ask("pick", id=someone.id) == (400, {"error": why})
    assert _held(someone).state is TalkState.WAITING


def test_who_only_leads_the_team_picks_nothing_up(central: Group) -> None:
    someone = at_the_door(central)
    status, answer = Colleague("lea", central, StaffRole.LEAD).ask("pick", id=someone.id)
    assert (status, answer["error"]) == (400, "leading a team gives no access to conversations")


def test_without_the_key_of_the_team_nothing_is_picked_up_that_others_can_read(central: Group) -> None:
    someone = at_the_door(central)
    new = Colleague("new", None)
    staff_actions.add_member(staff=new.staff, team=central.team, role=StaffRole.RESPONDER, moment=datetime.now(UTC))
    staff_actions.go_on_duty(staff=new.staff, team=central.team, moment=datetime.now(UTC))
    status, answer = new.ask("pick", id=someone.id)
    assert (status, answer["error"][:34]) == (400, "You do not have the key of this te")


def test_a_peer_answers_only_while_a_coach_is_there(central: Group) -> None:
    someone = at_the_door(central, wish=Wish.PEER)
    peer = Colleague("pia", central, StaffRole.PEER)
    assert peer.ask("pick", id=someone.id)[0] == 400
    Colleague("cor", central, StaffRole.COACH)
    Colleague("ada", central, StaffRole.RESPONDER)  # on duty too, and no reader for that
    Colleague("off", central, StaffRole.COACH, is_on=False)
    material = peer.gets("pick", id=someone.id)
    assert material["coaches"] == ["Cor"]
    assert sorted(one["who"] for one in material["readers"]) == ["coach", "me", "team:central", "visitor"]


@pytest.mark.parametrize(
    ("wish", "has_coach", "role"),
    [
        (Wish.PEER, True, StaffRole.PEER),
        (Wish.PEER, False, None),
        (Wish.ANYONE, True, StaffRole.RESPONDER),
        (Wish.PROFESSIONAL, True, StaffRole.RESPONDER),
    ],
)
def test_who_has_two_roles_answers_in_the_one_that_fits(
    wish: Wish, has_coach: bool, role: StaffRole | None, central: Group
) -> None:
    both = Colleague("bo", central, StaffRole.PEER, StaffRole.RESPONDER)
    if has_coach:
        Colleague("cor", central, StaffRole.COACH)
    someone = at_the_door(central, wish=wish)
    if role is None:  # not as a peer, and as a responder only when it has waited longer or there is danger
        assert both.ask("pick", id=someone.id)[0] == 400
        someone, role = at_the_door(central, wish=wish, is_danger=True), StaffRole.RESPONDER
    both.gets("pick", id=someone.id)
    assert _held(someone).label.owner_role == role


def test_a_coach_reads_along_whispers_and_writes_nothing_to_the_visitor(central: Group) -> None:
    peer, coach, someone, material = _peer_and_coach(central)
    peer.says(material, "hello there")
    theirs = coach.gets("open", id=someone.id)
    assert (theirs["readers"], theirs["needs_epoch"], theirs["owner_name"]) == ([], False, "Pia")
    assert coach.says(theirs, "ask how safe it is", "w") == (200, {"place": 3})
    assert coach.says(theirs, "I am here too", "d") == NOT_HERE
    assert coach.says(theirs, "a note", "n") == NOT_HERE
    assert coach.ask("close", id=someone.id, because="finished", shut_out=False) == NOT_HERE
    assert coach.ask("epoch", **epoch_for(theirs, [])) == NOT_HERE
    assert peer.reads(peer.gets("open", id=someone.id))[-1] == "ask how safe it is"
    assert someone.reads(someone.id, ()) == []
    keys = someone.keys(someone.id)
    assert {len(key) for key in keys.values()} == {32}  # no key of what the desk says to itself


def test_a_responder_has_no_coach_and_a_lead_reads_nothing(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    material = ada.picks_up(someone)
    assert ada.says(material, "to whom", "w") == NOT_HERE
    for role in (StaffRole.COACH, StaffRole.LEAD):
        assert Colleague(f"x-{role}", central, role).ask("read", id=someone.id, after=0) == NOT_HERE


def test_a_coach_takes_over_and_the_peer_opens_nothing_that_follows(central: Group) -> None:
    peer, coach, someone, material = _peer_and_coach(central)
    peer.says(material, "hello there")
    taken = coach.gets("take_over", id=someone.id)
    assert (taken["needs_epoch"], taken["owner_name"]) == (True, "Cor")
    for what, more in (("read", {"after": 0}), ("open", {}), ("typing", {})):
        assert peer.ask(what, id=someone.id, **more) == NOT_HERE
    assert peer.says(material, "still me") == NOT_HERE
    coach.gets("epoch", **epoch_for(taken))
    now = coach.gets("open", id=someone.id)
    coach.says(now, "I go on from here")
    assert someone.reads(someone.id)[-1] == "I go on from here"
    assert queries.staff_tag(server(), peer.staff.pk) not in queries.readers(someone.id, 2)
    assert coach.ask("take_over", id=someone.id) == NOT_HERE  # it is theirs already


@pytest.mark.parametrize("recovery", list(Recovery))
def test_the_readers_follow_what_the_team_chose(recovery: Recovery) -> None:
    spare = new_pair()
    group = Group("central", recovery, spare if recovery is Recovery.ESCROW else None)
    someone = at_the_door(group)
    ada = Colleague("ada", group, StaffRole.RESPONDER)
    material = ada.gets("pick", id=someone.id)
    more = {Recovery.TEAM: ["team:central"], Recovery.ESCROW: ["escrow:central"], Recovery.NONE: []}[recovery]
    assert sorted(one["who"] for one in material["readers"]) == sorted(["me", "visitor", *more])
    ada.gets("epoch", **epoch_for(material))
    readers = queries.readers(someone.id, 1)
    assert (queries.team_tag(server(), "central") in readers) == (recovery is Recovery.TEAM)
    assert (queries.escrow_tag(server(), "central") in readers) == (recovery is Recovery.ESCROW)
    again = ada.gets("open", id=someone.id)
    assert not again["needs_epoch"]
    assert ada.keys(again).keys() == {0, 1}


@pytest.mark.parametrize("wrong", ["none", "one less", "one more", "swapped lengths", "of another conversation"])
def test_keys_for_others_than_those_who_are_due_are_refused(wrong: str, ada: Colleague, central: Group) -> None:
    someone, other = at_the_door(central), at_the_door(central)
    material, elsewhere = ada.gets("pick", id=someone.id), ada.gets("pick", id=other.id)
    given: Any = epoch_for(material)
    match wrong:
        case "none":
            given["grants"] = []
        case "one less":
            given["grants"].pop()
        case "one more":
            given["grants"].append({"tag": b64(bytes(16)), "wrapped": given["grants"][1]["wrapped"]})
        case "swapped lengths":
            first, second = given["grants"][:2]
            first["wrapped"], second["wrapped"] = second["wrapped"], first["wrapped"]
        case "of another conversation":
            given["grants"] = epoch_for(elsewhere)["grants"]
    assert ada.ask("epoch", **given)[0] == 400
    assert _held(someone).epoch == 0


def test_keys_wrapped_for_a_key_that_the_visitor_no_longer_has_are_refused(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    given = epoch_for(ada.gets("pick", id=someone.id))
    pair, context = new_pair(), grant_context(bytes.fromhex(someone.id), 0)
    actions.give_code(
        conversation_id=someone.id,
        lookup=bytes(32),
        salt=bytes(16),
        visitor_key=pair.public,
        wrapped={0: wrap(pair.public, someone.keys(someone.id)[0], context)},
        kept_until=datetime.now(UTC).date() + timedelta(days=90),
        server_key=server(),
    )
    assert ada.ask("epoch", **given)[0] == 400
    ada.gets("epoch", **epoch_for(ada.gets("open", id=someone.id)))
    back = Visitor(someone.tag, pair, id=someone.id)
    assert back.keys(someone.id).keys() == {0, 1}


def test_of_two_pages_that_make_new_keys_the_second_goes_on_with_the_first(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    material = ada.gets("pick", id=someone.id)
    first, second = epoch_for(material), epoch_for(material)
    ada.gets("epoch", **first)
    assert ada.ask("epoch", **second) == (409, {"epoch": 1})


@pytest.mark.parametrize("call", ["open", "read"])
def test_what_is_given_comes_with_its_keys_though_there_are_new_ones_meanwhile(
    call: str, ada: Colleague, central: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = at_the_door(central)
    material, plainly = ada.picks_up(someone), queries.messages

    def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(queries, "messages", plainly)
        ada.gets("epoch", **epoch_for(material))
        writes(someone, "under the newest keys")
        return plainly(*given)

    monkeypatch.setattr(queries, "messages", meanwhile)
    given = ada.gets(call, id=someone.id, after=0)
    assert ada.reads({**given, "id": someone.id}) == ["hello", "under the newest keys"]


def test_a_message_sent_twice_is_there_once(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    sent = ada.sealed(ada.picks_up(someone), "once")
    assert [ada.ask("write", **sent) for _ in range(3)] == [(200, {"place": 2})] * 3
    assert someone.reads(someone.id) == ["hello", "once"]


def test_a_message_that_is_behind_is_told_epoch_and_number(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    material = ada.picks_up(someone)
    ada.says(material, "one")
    assert ada.says(material, "also one") == (409, {"epoch": 1, "next": 2})
    assert ada.ask("write", **{**ada.sealed(material, "old"), "epoch": 0, "sequence": 2}) == (
        409,
        {"epoch": 1, "next": 2},
    )
    assert someone.reads(someone.id) == ["hello", "one"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("direction", "v"),
        ("direction", "x"),
        ("direction", None),
        ("message_id", b64(bytes(15))),
        ("sequence", 0),
        ("sequence", "1"),
        ("sequence", True),
        ("sequence", 2**40),
        ("epoch", -1),
        ("envelope", b64(bytes(286))),
        ("envelope", b64(b"V\x01" + bytes(300))),
        ("envelope", b64(b"V\x01" + bytes(16_500))),
        ("envelope", None),
    ],
)
def test_a_message_that_cannot_be_one_is_refused(name: str, value: object, ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    sent = ada.sealed(ada.picks_up(someone), "words")
    status, answer = ada.ask("write", **{**sent, name: value})
    assert (status, "expected" in answer["error"]) == (400, True)
    assert someone.reads(someone.id) == ["hello"]


def test_the_longest_message_fits_in_a_body(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    assert ada.says(ada.picks_up(someone), "x" * 16_000)[0] == 200
    assert someone.reads(someone.id)[-1] == "x" * 16_000


def test_a_draft_comes_back_to_its_writer_alone_until_it_is_dropped(central: Group) -> None:
    peer, coach, someone, material = _peer_and_coach(central)
    envelope = peer.sealed(material, "not yet", "w")["envelope"]
    peer.gets("draft", id=someone.id, epoch=material["epoch"], envelope=envelope)
    assert peer.gets("open", id=someone.id)["draft"] == {"epoch": 1, "envelope": envelope}
    assert coach.gets("open", id=someone.id)["draft"] is None
    assert peer.ask("draft", id=someone.id, epoch=0, envelope=envelope) == (409, {"epoch": 1})
    peer.gets("draft", id=someone.id, epoch=1, envelope=None)
    assert peer.gets("open", id=someone.id)["draft"] is None


def test_passing_on_takes_new_keys_first_and_leaves_nothing_behind(ada: Colleague, central: Group) -> None:
    sport = Group("sport")
    sam = Colleague("sam", sport, StaffRole.RESPONDER)
    someone = at_the_door(central, "for the other team")
    material = ada.picks_up(someone)
    assert ada.ask("pass_on", id=someone.id, team="sport") == (409, {"epoch": 1})
    readers = ada.gets("pass_on_readers", id=someone.id, team="sport")["readers"]
    assert sorted(one["who"] for one in readers) == ["team:sport", "visitor"]
    ada.gets("epoch", **epoch_for(material, readers))
    ada.gets("pass_on", id=someone.id, team="sport")
    assert ada.ask("open", id=someone.id) == NOT_HERE
    writes(someone, "hello, other team")
    theirs = sam.picks_up(someone)
    assert sam.keys(theirs).keys() == {2, 3}  # what was said before it came to them stays closed
    assert sam.reads({**theirs, "messages": theirs["messages"][1:]}) == ["hello, other team"]
    assert someone.reads(someone.id) == ["for the other team", "hello, other team"]


def test_passing_on_to_the_own_team_needs_new_keys_too(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    material = ada.picks_up(someone)
    assert ada.ask("pass_on", id=someone.id, team="central")[0] == 409
    readers = ada.gets("pass_on_readers", id=someone.id, team="central")["readers"]
    ada.gets("epoch", **epoch_for(material, readers))
    ada.gets("pass_on", id=someone.id, team="central")
    assert _held(someone).label.before == ""
    ben = Colleague("ben", central, StaffRole.RESPONDER)
    assert ben.reads(ben.gets("pick", id=someone.id)) == ["hello"]


def test_a_team_that_is_not_there_or_reads_nothing_gets_nothing(ada: Colleague, central: Group) -> None:
    staff_actions.add_team(slug="empty", name="Empty")
    someone = at_the_door(central)
    ada.picks_up(someone)
    for what in ("pass_on_readers", "pass_on"):
        assert ada.ask(what, id=someone.id, team="nowhere") == NOT_HERE
        refused = "That team cannot read anything yet: nobody there has made a key."
        assert ada.ask(what, id=someone.id, team="empty") == (400, {"error": refused})


def test_after_misuse_a_professional_shuts_out_and_a_peer_does_not(central: Group) -> None:
    peer, coach, someone, _ = _peer_and_coach(central)
    status, answer = peer.ask("close", id=someone.id, because="misuse", shut_out=True)
    assert (status, "coach can take over" in answer["error"]) == (400, True)
    coach.gets("take_over", id=someone.id)
    assert coach.ask("close", id=someone.id, because="finished", shut_out=True)[0] == 400
    coach.gets("close", id=someone.id, because="misuse", shut_out=True)
    assert _held(someone).label.is_shut_out


@pytest.mark.parametrize("body", [{"because": "left"}, {"because": "deleted"}, {"because": "misuse", "shut_out": 1}])
def test_an_end_that_is_not_the_desks_to_give_is_refused(body: Any, ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    ada.picks_up(someone)
    assert ada.ask("close", id=someone.id, **{"shut_out": False, **body})[0] == 400
    assert _held(someone).state is TalkState.HELD


def test_the_last_words_of_who_left_without_a_code_are_still_read(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    ada.picks_up(someone)
    writes(someone, "somebody comes")
    actions.leave(conversation_id=someone.id, server_key=server())
    over = ada.gets("read", id=someone.id, after=1)
    assert (over["state"], over["presence"]) == ("closed", "left")
    assert ada.reads({**over, "id": someone.id}) == ["somebody comes"]
    assert ada.ask("open", id=someone.id) == NOT_HERE
    ben = Colleague("ben", central, StaffRole.RESPONDER)
    assert ben.ask("read", id=someone.id, after=0) == NOT_HERE


def test_who_comes_back_is_first_for_who_answered_before(ada: Colleague, central: Group) -> None:
    ben = Colleague("ben", central, StaffRole.RESPONDER)
    someone = at_the_door(central)
    ada.picks_up(someone)
    ada.gets("close", id=someone.id, because="finished", shut_out=False)
    writes(someone, "one more thing")
    assert ben.ask("pick", id=someone.id) == (
        400,
        {"error": "waits a short while for the one who answered before"},
    )
    assert ada.reads(ada.gets("pick", id=someone.id)) == ["hello", "one more thing"]


def test_a_day_after_the_last_message_is_counted_from_the_door(ada: Colleague, central: Group) -> None:
    from voordeur.records.conversations.models import Conversation

    someone = at_the_door(central)
    material = ada.picks_up(someone)
    Conversation.objects.update(kept_until=datetime(2020, 1, 1, tzinfo=UTC))
    ada.says(material, "kept for two days now")
    expected = (datetime.now(UTC) + timedelta(days=2)).date()
    assert Conversation.objects.get().kept_until == expected


def test_the_visitor_and_the_desk_hear_what_is_for_them(central: Group, heard: list[tuple[str, str]]) -> None:
    peer, coach, someone, material = _peer_and_coach(central)
    line, inbox = f"c:{someone.id}", ("t:central", "inbox")
    assert {(line, "state"), inbox, (line, "talk")} <= set(heard)
    heard.clear()
    peer.says(material, "hello")
    assert heard == [(line, "talk")]
    heard.clear()
    peer.gets("typing", id=someone.id)
    assert heard == [(line, "typing-desk")]
    heard.clear()
    peer.says(peer.gets("open", id=someone.id), "what shall I say", "w")
    peer.says(peer.gets("open", id=someone.id), "a note", "n")
    assert {topic for topic, _ in heard} == {f"s:{peer.staff.pk}", f"s:{coach.staff.pk}"}
    assert {kind for _, kind in heard} == {f"talk {someone.id}"}
    heard.clear()
    coach.gets("take_over", id=someone.id)
    assert set(heard) == {(line, "state"), inbox, (f"s:{peer.staff.pk}", "inbox")}
    heard.clear()
    coach.gets("close", id=someone.id, because="finished", shut_out=False)
    assert set(heard) == {(line, "closed"), inbox}


def test_a_page_that_reads_on_is_one_look_and_later_another(
    ada: Colleague, central: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voordeur.records.staff.queries import audit_end

    someone = at_the_door(central)
    ada.picks_up(someone)
    before = audit_end()[0]
    for _ in range(3):
        ada.gets("read", id=someone.id, after=0)
    assert audit_end()[0] == before
    monkeypatch.setattr(conversation, "LOOK_LASTS", timedelta(0))
    ada.gets("read", id=someone.id, after=0)
    assert audit_end()[0] == before + 1


def test_a_new_coach_makes_new_keys_due(central: Group) -> None:
    peer, _, someone, material = _peer_and_coach(central)
    assert not peer.gets("read", id=someone.id, after=0)["needs_epoch"]
    second = Colleague("kim", central, StaffRole.COACH)
    assert second.ask("open", id=someone.id) == NOT_HERE
    assert peer.gets("read", id=someone.id, after=0)["needs_epoch"]
    now = peer.gets("open", id=someone.id)
    peer.gets("epoch", **epoch_for(now))
    theirs = second.gets("open", id=someone.id)
    peer.says(peer.gets("open", id=someone.id), "now you read too")
    assert second.gets("open", id=someone.id)["coaches"] == ["Cor", "Kim"]
    assert theirs["grants"] and raw(theirs["grants"][0]["wrapped"])
    assert material["coaches"] == ["Cor"]
