"""The gate of every address of the API, and how bodies are read."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, answered, at_the_door, server, sign_in
from voordeur.faces.desk.api import AskedWrongly, as_bytes, as_text
from voordeur.settings.desk_api_urls import urlpatterns
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db

ALL = sorted(str(one.pattern) for one in urlpatterns)
#: What each address about one conversation needs besides its id, to get as far as asking whose it is.
ABOUT_ONE: dict[str, dict[str, object]] = {
    "pick": {},
    "take_over": {},
    "open": {},
    "epoch": {"epoch": 1, "grants": []},
    "read": {"after": 0},
    "write": {
        "direction": "d",
        "message_id": as_text(bytes(16)),
        "sequence": 1,
        "epoch": 0,
        "envelope": as_text(bytes(286)),
    },
    "draft": {"epoch": 0, "envelope": as_text(bytes(286))},
    "typing": {},
    "pass_on_readers": {"team": "central"},
    "pass_on": {"team": "central"},
    "close": {"because": "finished", "shut_out": False},
    "triage_assess": {"answers": {}, "situation": {}},
}
#: About a hand-over of one's own conversation; what else is asked comes after the gate.
ABOUT_ONE |= {
    name: {}
    for name in (
        "handovers", "partners_found", "handover_draft", "handover_ask", "handover_take_back", "handover_phone",
        "permit_contact", "danger", "override", "override_tell",
    )
}  # fmt: skip
#: About a hand-over of a team, by its own id.
ABOUT_A_HANDOVER = (
    "handover_put_away", "team_phone", "team_phone_look", "override_look", "override_sign", "offer", "offer_accept",
    "offer_decline", "offer_ask", "offer_join", "offer_leave", "offer_contact", "offer_done",
)  # fmt: skip
#: The same for a team.
ABOUT_A_TEAM: dict[str, dict[str, object]] = {
    "team_key": {"public": as_text(bytes(32)), "wrapped": []},
    "team_members": {},
    "wrap_team_key": {"staff": 1, "wrapped": as_text(bytes(82))},
    "recovery": {"recovery": "none"},
    "duty": {"is_on": True},
    "roster": {},
    "call": {"language": "nl"},
    "partner_invite": {"name": "x", "shown_name": "X", "languages": [], "role": "responder"},
    "partner_off": {"staff": 1},
    "own_entry": {},
    "own_entry_propose": {"service": "lijn"},
    "own_entry_withdraw": {"id": 1},
    "entry_proposals": {},
    "entry_decide": {"id": 1, "decision": "accept"},
    "hidden": {},
    "hidden_look": {"entry": "0" * 32, "reason": "somebody must be safe tonight"},
    "hidden_keep": {},
    "hidden_remove": {"entry": "0" * 32},
    "notice_address": {},
}


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def ada(central: Group) -> Colleague:
    return Colleague("ada", central, StaffRole.RESPONDER)


@pytest.mark.parametrize("what", ALL)
def test_nobody_who_is_not_signed_in_learns_anything(what: str) -> None:
    client = Client(headers={"x-voordeur": "1"})
    assert answered(client.post(f"/api/{what}", "{}", content_type="application/json")) == (
        401,
        {"error": "signed-out"},
    )


@pytest.mark.parametrize("what", ALL)
def test_a_passphrase_without_the_second_factor_opens_nothing(what: str, ada: Colleague) -> None:
    client = Client(headers={"x-voordeur": "1"})
    sign_in(client, ada.staff, is_through=False)
    assert answered(client.post(f"/api/{what}", "{}", content_type="application/json"))[0] == 401


@pytest.mark.parametrize("what", ALL)
def test_another_verb_is_refused(what: str, ada: Colleague) -> None:
    for method in ("get", "put", "delete", "head", "options"):
        answer = getattr(ada.client, method)(f"/api/{what}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST"), method


@pytest.mark.parametrize("what", ALL)
def test_without_the_header_that_no_other_site_can_set_it_is_refused(what: str, ada: Colleague) -> None:
    client = Client()
    client.cookies = ada.client.cookies
    status, answer = answered(client.post(f"/api/{what}", "{}", content_type="application/json"))
    assert (status, answer) == (400, {"error": "the header X-Voordeur: 1 is expected"})


@pytest.mark.parametrize("what", ALL)
def test_a_body_that_is_no_object_is_refused_with_a_sentence(what: str, ada: Colleague) -> None:
    for body in ("", "nonsense", "[]", "null", '"text"', "\xff\xfe", "[" * 5000, "9" * 5000):
        status, answer = answered(ada.client.post(f"/api/{what}", body, content_type="application/json"))
        assert status == 400, body[:20]
        assert "expected" in answer["error"], body[:20]


def test_a_body_that_is_too_large_is_refused(ada: Colleague) -> None:
    body = json.dumps({"id": "a" * 70_000})
    assert answered(ada.client.post("/api/open", body, content_type="application/json"))[0] == 400


def test_every_address_stands_in_one_of_the_lists_below() -> None:
    alone = {
        "me", "key", "inbox", "pages", "page", "organizations", "organization", "triage_questions", "partners",
        "partner_team", "partner_words", "handed", "overrides",
    }  # fmt: skip
    assert set(ALL) == alone | set(ABOUT_ONE) | set(ABOUT_A_TEAM) | set(ABOUT_A_HANDOVER)


@pytest.mark.parametrize("what", ABOUT_A_HANDOVER)
def test_a_hand_over_that_is_not_there_and_an_id_that_can_be_none(what: str, ada: Colleague) -> None:
    assert ada.ask(what, handover="0" * 32) == NOT_HERE
    for wrong in ("", "g" * 32, "A" * 32, None, 5, ["0" * 32]):
        status, answer = ada.ask(what, handover=wrong)
        assert (status, "“handover”" in answer["error"]) == (400, True)


@pytest.mark.parametrize("what", sorted(ABOUT_ONE))
def test_what_is_another_teams_and_what_is_not_there_are_one_answer(what: str, ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    ada.picks_up(someone)
    waiting = at_the_door(central)
    outsider = Colleague("eve", Group("sport"), StaffRole.RESPONDER, StaffRole.COACH, StaffRole.LEAD)
    for conversation_id in (someone.id, waiting.id, "0" * 32):
        assert outsider.ask(what, id=conversation_id, **ABOUT_ONE[what]) == NOT_HERE


@pytest.mark.parametrize("what", sorted(ABOUT_ONE))
def test_what_a_colleague_of_the_same_team_holds_is_not_here_either(what: str, ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    ada.picks_up(someone)
    for role in (StaffRole.RESPONDER, StaffRole.COACH, StaffRole.LEAD, StaffRole.PEER):
        other = Colleague(f"other-{role}", central, role)
        assert other.ask(what, id=someone.id, **ABOUT_ONE[what]) == NOT_HERE


@pytest.mark.parametrize("what", sorted(ABOUT_ONE))
@pytest.mark.parametrize("wrong", ["", "1", "g" * 32, "A" * 32, "0" * 31, "0" * 33, None, 5, ["0" * 32], {}])
def test_an_id_that_can_be_none_is_refused_with_a_sentence(what: str, wrong: object, ada: Colleague) -> None:
    status, answer = ada.ask(what, id=wrong, **ABOUT_ONE[what])
    assert (status, "“id”" in answer["error"]) == (400, True)


@pytest.mark.parametrize("what", sorted(ABOUT_A_TEAM))
def test_another_team_and_a_team_that_is_not_there_are_one_answer(what: str, ada: Colleague) -> None:
    Group("sport")
    for slug in ("sport", "nowhere"):
        assert ada.ask(what, team=slug, **ABOUT_A_TEAM[what]) == NOT_HERE


@pytest.mark.parametrize("what", sorted(ABOUT_A_TEAM))
@pytest.mark.parametrize("wrong", ["", None, 5, "x" * 41, "a\0b", ["central"]])
def test_a_team_that_can_be_none_is_refused_with_a_sentence(what: str, wrong: object, ada: Colleague) -> None:
    status, answer = ada.ask(what, team=wrong, **ABOUT_A_TEAM[what])
    assert (status, "“team”" in answer["error"]) == (400, True)


def test_who_is_switched_off_is_out_at_once(ada: Colleague) -> None:
    from datetime import UTC, datetime

    from voordeur.records.staff import actions

    assert ada.ask("inbox")[0] == 200
    actions.switch_off(staff=ada.staff, moment=datetime.now(UTC))
    assert ada.ask("inbox")[0] == 401


def test_who_is_taken_out_of_the_team_holds_nothing_of_it_any_more(ada: Colleague, central: Group) -> None:
    from voordeur.records.staff import actions

    someone = at_the_door(central)
    ada.picks_up(someone)
    actions.remove_member(staff=ada.staff, team=central.team, role=StaffRole.RESPONDER)
    assert ada.ask("open", id=someone.id) == NOT_HERE
    assert ada.gets("inbox")["mine"] == []


def test_answers_are_never_kept(ada: Colleague) -> None:
    answer: Any = ada.client.post("/api/inbox", "{}", content_type="application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"


def test_a_page_that_asks_by_itself_keeps_no_session_alive(ada: Colleague) -> None:
    def seen() -> int:
        return int(ada.client.session["seen"])

    session = ada.client.session
    session["seen"] = seen() - 120
    session.save()
    before = seen()
    for what in ("inbox", "roster", "duty", "team_members"):
        ada.ask(what, team="central", is_on=True)
    assert seen() == before
    ada.ask("me")
    assert seen() > before


def test_every_look_and_step_leaves_a_line_without_content(ada: Colleague, central: Group) -> None:
    from voordeur.records.staff.queries import audit_lines, verify_audit
    from voordeur.records.staff.trail import Line

    someone = at_the_door(central, "the text of the visitor")
    material = ada.picks_up(someone)
    ada.says(material, "an answer")
    ada.gets("read", id=someone.id, after=0)
    ada.gets("close", id=someone.id, because="finished", shut_out=False)
    lines = [one for one in audit_lines(server(), last=20) if isinstance(one, Line)]
    assert [one.what for one in lines] == ["pick up", "new keys", "open", "close"]
    assert {one.who for one in lines} == {"ada"}
    assert {one.about for one in lines} == {server().tag("audit", someone.id).hex()}
    assert verify_audit(server()) == []


def test_a_step_that_fails_leaves_no_line(ada: Colleague, central: Group) -> None:
    from voordeur.records.staff.queries import audit_lines

    someone = at_the_door(central)
    assert ada.ask("epoch", id=someone.id, epoch=1, grants=[])[0] == 404
    assert ada.ask("pass_on", id=someone.id, team="central")[0] == 404
    assert audit_lines(server(), last=5) == ()


@pytest.mark.parametrize("length", [0, 1, 2, 3, 16, 32, 33])
def test_bytes_are_read_as_they_are_written(length: int) -> None:
    given = bytes(range(200, 200 + length))
    assert as_bytes(as_text(given), "x", 0, 40) == given
    assert "=" not in as_text(given)


@pytest.mark.parametrize(
    "wrong",
    [
        base64.urlsafe_b64encode(bytes(16)).decode(),  # padding
        base64.b64encode(b"\xff" * 15).decode(),  # the other alphabet
        as_text(bytes(16))[:-1] + "B",  # bits that stand for nothing
        as_text(bytes(15)), as_text(bytes(17)), "A" * 100_000, "é" * 22, " " + as_text(bytes(16)), "", None, 16, [],
    ],
)  # fmt: skip
def test_bytes_that_are_written_otherwise_are_refused(wrong: object) -> None:
    with pytest.raises(AskedWrongly):
        as_bytes(wrong, "x", 16)
