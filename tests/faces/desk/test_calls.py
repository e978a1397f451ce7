"""A conversation by telephone: a code that is told once, opens what the desk writes, and is kept nowhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, private_of_code, public_of, server
from tests.records.conversations.people import Visitor
from voordeur.faces.desk import calls
from voordeur.records.conversations import queries
from voordeur.records.conversations.models import Conversation
from voordeur.secrecy import return_code
from voordeur.secrecy.keyring import Pair, new_pair
from voordeur.vocabulary import GrantReason, Recovery, StaffRole, TalkState

pytestmark = pytest.mark.django_db


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def ada(central: Group) -> Colleague:
    return Colleague("ada", central, StaffRole.RESPONDER)


def _with_code(answer: dict[str, Any]) -> Visitor:
    """Whoever wrote the code down, as the door finds and opens it."""
    code = return_code.read_code(" ".join(answer["code_words"]), {"nl": calls.words_in("nl")})
    found = queries.conversation_by_lookup(return_code.lookup(code, server().for_codes), server())
    assert found is not None and found.salt is not None and found.id == answer["id"]
    private = private_of_code(answer["code_digits"], found.salt)
    assert public_of(private) == found.visitor_key
    return Visitor(queries.visitor_tag(server(), found.id), Pair(private, found.visitor_key), id=found.id)


def test_the_code_that_is_read_aloud_opens_what_the_desk_writes(ada: Colleague) -> None:
    answer = ada.gets("call", team="central", language="nl")
    assert (len(answer["code_words"]), len(answer["code_digits"])) == (11, 11)
    material = ada.gets("open", id=answer["id"])
    assert (material["state"], material["epoch"], material["needs_epoch"]) == ("held", 0, False)
    assert (material["label"]["way"], material["label"]["language"]) == ("phone", "nl")
    assert ada.says(material, "what we agreed on the telephone")[0] == 200
    someone = _with_code(answer)
    assert someone.reads(someone.id) == ["what we agreed on the telephone"]


def test_it_is_theirs_at_once_and_kept_as_one_with_a_code(ada: Colleague) -> None:
    answer = ada.gets("call", team="central", language="en")
    found = queries.conversation(answer["id"], server())
    assert found is not None
    assert (found.state, found.label.owner, found.label.owner_role) == (
        TalkState.HELD, str(ada.staff.pk), "responder",
    )  # fmt: skip
    assert [one["id"] for one in ada.gets("inbox")["mine"]] == [answer["id"]]
    assert Conversation.objects.get().kept_until == (datetime.now(UTC) + timedelta(days=90)).date()


@pytest.mark.parametrize("recovery", list(Recovery))
def test_the_readers_are_those_that_the_team_chose(recovery: Recovery) -> None:
    spare = new_pair() if recovery is Recovery.ESCROW else None
    ada = Colleague("ada", Group("central", recovery, spare), StaffRole.COACH)
    answer = ada.gets("call", team="central", language="nl")
    reasons = sorted(queries.readers(answer["id"], 0).values())
    more = {Recovery.TEAM: [GrantReason.QUEUE], Recovery.ESCROW: [GrantReason.ESCROW], Recovery.NONE: []}[recovery]
    assert reasons == sorted([GrantReason.VISITOR, GrantReason.CALL, *more])
    assert not ada.gets("open", id=answer["id"])["needs_epoch"]


def test_the_code_stands_in_no_row(ada: Colleague) -> None:
    from django.db import connection

    answer = ada.gets("call", team="central", language="nl")
    code = return_code.read_code(" ".join(answer["code_digits"]), {})
    with connection.cursor() as cursor:
        tables = [one for one in connection.introspection.table_names() if not one.startswith("directory_")]
        assert "conversations_conversation" in tables
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            kept = b" ".join(
                bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
                for row in cursor.fetchall()
                for value in row
            )
            assert code.secret_part not in kept
            assert not any(f" {word} ".encode() in kept for word in answer["code_words"])
            assert answer["code_digits"][3].encode() + b" " + answer["code_digits"][4].encode() not in kept


@pytest.mark.parametrize("role", [StaffRole.PEER, StaffRole.LEAD])
def test_who_may_not_open_a_call_opens_none(role: StaffRole, central: Group) -> None:
    assert Colleague("pia", central, role).ask("call", team="central", language="nl") == NOT_HERE


@pytest.mark.parametrize("language", ["xx", "", None, 5])
def test_a_language_that_is_none_is_refused(language: object, ada: Colleague) -> None:
    assert ada.ask("call", team="central", language=language)[0] == 400


def test_without_an_own_key_or_a_door_nothing_is_opened(central: Group) -> None:
    no_key = Colleague("new", central, StaffRole.RESPONDER, has_keys=False, is_on=False)
    assert no_key.ask("call", team="central", language="nl")[0] == 400
    no_door = Colleague("bea", Group("backroom"), StaffRole.RESPONDER)
    assert no_door.ask("call", team="backroom", language="nl")[0] == 400
    assert not Conversation.objects.exists()


def test_a_team_behind_more_doors_says_by_which_one_a_call_came() -> None:
    """Two doors lead to “young”; each keeps a conversation for its own days."""
    yas = Colleague("yas", Group("young"), StaffRole.RESPONDER)
    (team,) = yas.gets("me")["teams"]
    doors = team["doors"]
    assert set(doors) == {"images", "young"} and all(doors.values()) and doors["images"] != doors["young"]
    for wrong in ({}, {"door": None}, {"door": ""}, {"door": "central"}, {"door": "nowhere"}):
        status, told = yas.ask("call", team="young", language="nl", **wrong)
        assert status == 400, wrong
    assert told["error"] == "Choose for which door this call is." and not Conversation.objects.exists()
    for door in doors:
        answer = yas.gets("call", team="young", language="nl", door=door)
        found = queries.conversation(answer["id"], server())
        assert found is not None and (found.label.door, found.label.team) == (door, "young")
        assert yas.gets("open", id=answer["id"])["label"]["door_name"] == doors[door]


def test_of_one_door_no_other_can_be_named(ada: Colleague) -> None:
    assert ada.ask("call", team="central", language="nl", door="sport")[0] == 400
    assert ada.gets("call", team="central", language="nl", door="central")["id"]


def test_another_code_is_made_when_its_finding_part_is_taken(ada: Colleague, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = return_code.new_code(), return_code.new_code()
    coming = iter([first, first, second])
    monkeypatch.setattr(return_code, "new_code", lambda: next(coming))
    one = ada.gets("call", team="central", language="nl")
    other = ada.gets("call", team="central", language="nl")
    assert one["code_digits"] == list(return_code.in_digits(first))
    assert other["code_digits"] == list(return_code.in_digits(second))
    assert Conversation.objects.count() == 2


def test_a_call_stands_on_the_trail(ada: Colleague) -> None:
    from voordeur.records.staff.queries import audit_lines
    from voordeur.records.staff.trail import Line

    answer = ada.gets("call", team="central", language="nl")
    (line,) = audit_lines(server(), last=5)
    assert isinstance(line, Line)
    assert (line.who, line.what, line.about) == ("ada", "call", server().tag("audit", answer["id"]).hex())
