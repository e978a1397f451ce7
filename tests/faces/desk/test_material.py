"""Who must be able to read, and what they lack: whoever goes on with a conversation gets all of it, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faces.desk.colleagues import Colleague, Group, at_the_door, b64, epoch_for, older_for, server, writes
from tests.records.conversations.people import Visitor
from voordeur.records.conversations import queries
from voordeur.secrecy.keyring import grant_context, unwrap, wrap
from voordeur.vocabulary import StaffRole, Wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def ada(central: Group) -> Colleague:
    return Colleague("ada", central, StaffRole.RESPONDER)


def _lacks(readers: list[dict[str, Any]]) -> dict[str, list[int]]:
    return {one["who"]: one["lacks"] for one in readers}


def _answered(ada: Colleague, central: Group) -> tuple[Visitor, dict[str, Any]]:
    someone = at_the_door(central, "before")
    material = ada.picks_up(someone)
    ada.says(material, "an answer")
    ada.says(ada.gets("open", id=someone.id), "between us", "n")
    return someone, ada.gets("open", id=someone.id)


def test_each_reader_is_named_with_the_keys_that_they_lack(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    picked = ada.gets("pick", id=someone.id)
    assert _lacks(picked["readers"]) == {"visitor": [], "me": [0], "team:central": []}
    ada.gets("epoch", **epoch_for(picked), older=older_for(ada, picked))
    assert _lacks(ada.gets("open", id=someone.id)["readers"]) == {"visitor": [], "me": [], "team:central": []}


def test_the_next_team_reads_all_of_it_and_who_passed_it_on_nothing_that_follows(
    ada: Colleague, central: Group
) -> None:
    sport = Group("sport")
    sam = Colleague("sam", sport, StaffRole.RESPONDER)
    someone, material = _answered(ada, central)
    told = ada.gets("pass_on_readers", id=someone.id, team="sport")
    readers = told["readers"]
    assert told["called"] == {"nl": "Speelveld", "en": "Playing field"}, "as visitors know who goes on"
    Group("backroom")
    assert ada.gets("pass_on_readers", id=someone.id, team="backroom")["called"] == {}, "no door leads there"
    assert _lacks(readers) == {"visitor": [], "team:sport": [0, 1]}
    ada.gets("epoch", **epoch_for(material, readers), older=older_for(ada, material, readers))
    ada.gets("pass_on", id=someone.id, team="sport")
    writes(someone, "hello, other team")
    theirs = sam.picks_up(someone)
    assert sam.reads(theirs) == ["before", "an answer", "between us", "hello, other team"]
    gone = [queries.team_tag(server(), "central"), queries.staff_tag(server(), ada.staff.pk)]
    assert max(one.epoch for one in queries.grants(someone.id, gone)) == 1
    assert {len(key) for key in someone.keys(someone.id).values()} == {32}


def test_a_coach_who_comes_later_reads_what_was_said_before(central: Group) -> None:
    Colleague("cor", central, StaffRole.COACH)
    peer = Colleague("pia", central, StaffRole.PEER)
    someone = at_the_door(central, "before", wish=Wish.PEER)
    peer.picks_up(someone)
    kim = Colleague("kim", central, StaffRole.COACH)
    now = peer.gets("open", id=someone.id)
    peer.gets("epoch", **epoch_for(now), older=older_for(peer, now))
    own = queries.grants(someone.id, [queries.staff_tag(server(), kim.staff.pk)])
    context = bytes.fromhex(someone.id)
    assert [one.epoch for one in own] == [0, 1, 2]
    assert all(len(unwrap(kim.pair.private, one.wrapped, grant_context(context, one.epoch))) == 64 for one in own)
    assert [one.reason for one in own] == ["coach"] * 3


@pytest.mark.parametrize(
    "wrong", ["the visitor", "a stranger", "of this epoch", "below zero", "too short", "no epoch", "no list"]
)
def test_older_keys_for_others_or_of_another_time_are_refused(wrong: str, ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    material = ada.gets("pick", id=someone.id)
    older: Any = older_for(ada, material)
    match wrong:
        case "the visitor":
            visitor = next(one for one in material["readers"] if one["who"] == "visitor")
            keys = wrap(someone.pair.public, bytes(64), grant_context(bytes.fromhex(someone.id), 0))
            older.append({"tag": visitor["tag"], "epoch": 0, "wrapped": b64(keys)})
        case "a stranger":
            older[0]["tag"] = b64(bytes(16))
        case "of this epoch":
            older[0]["epoch"] = 1
        case "below zero":
            older[0]["epoch"] = -1
        case "too short":
            older[0]["wrapped"] = older[0]["wrapped"][:-44]
        case "no epoch":
            older[0]["epoch"] = True
        case "no list":
            older = "all"
    status, answer = ada.ask("epoch", **epoch_for(material), older=older)
    assert (status, "expected" in answer["error"]) == (400, True)
    found = queries.conversation(someone.id, server())
    assert found is not None and found.epoch == 0
    assert queries.grants(someone.id, [queries.staff_tag(server(), ada.staff.pk)]) == []
