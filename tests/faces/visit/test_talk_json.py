"""What the script of a conversation asks, asked here in Python: sealed texts in, numbers out."""

from __future__ import annotations

import base64
import json
import secrets
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.faces.visit.conftest import FORM, HOSTS, Visitor, words_of_code
from voordeur.faces.limits import Limit
from voordeur.faces.visit import conversing, talk_json
from voordeur.records.conversations.models import Conversation
from voordeur.secrecy.envelope import Context, seal
from voordeur.vocabulary import TalkState


class Script:
    """The script's part: begins, seals, sends."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.code, self.first_id = visitor, "", secrets.token_hex(16)
        self.status, self.said = 0, {}

    status: int
    said: dict[str, Any]

    def asks(self, **fields: str) -> dict[str, Any]:
        body = urlencode({"c": self.code, "l": "nl", **fields})
        answer = self.visitor.client.post(f"{self.visitor.address}/j", body, content_type=FORM, HTTP_HOST=self.host)
        self.status, self.said = answer.status_code, json.loads(answer.content)
        return self.said

    host = HOSTS["central"]

    def begins(self, **more: str) -> Script:
        said = self.asks(do="begin", m=self.first_id, **more)
        assert self.status == 200, said
        self.code, self.id, self.keys, self.epoch, self.next = (
            said[name] for name in ("c", "conversation", "keys", "epoch", "next")
        )
        return self

    def sealed(self, text: str, **wrong: Any) -> dict[str, str]:
        """The fields of a message."""
        key = base64.urlsafe_b64decode(self.keys[str(self.epoch)] + "=")
        plain = json.dumps({"t": text, "at": "2026-11-25T12:00Z", "role": "visitor", "kind": "text"}).encode()
        envelope = seal(key, Context(bytes.fromhex(self.id), "v", self.next), plain)
        given = {
            "do": "say",
            "m": secrets.token_hex(16),
            "q": self.next,
            "e": self.epoch,
            "x": base64.urlsafe_b64encode(envelope).decode().rstrip("="),
            "d": "",
        }
        return {name: str(value) for name, value in (given | wrong).items()}

    def says(self, text: str) -> dict[str, Any]:
        answer = self.asks(**self.sealed(text))
        self.next += 1
        return answer


@pytest.fixture
def script(visitor: Visitor, desk: ModuleType) -> Script:
    """A script that has begun a conversation."""
    return Script(visitor.comes_in()).begins()


def test_begin_and_say_bring_a_sealed_text_to_the_queue(script: Script, desk: ModuleType) -> None:
    assert script.says("hello") == {"place": 1, "again": False}
    assert script.says("more") == {"place": 2, "again": False}
    assert desk.reads(desk.newest()) == ["hello", "more"]


def test_beginning_twice_begins_once(script: Script, desk: ModuleType) -> None:
    once = script.id
    assert script.begins().id == once and desk.conversations() == [once]


def test_the_same_id_again_is_the_same_place_and_nothing_more(script: Script, desk: ModuleType) -> None:
    fields = script.sealed("once")
    assert [script.asks(**fields) for _ in range(3)] == [
        {"place": 1, "again": False},
        {"place": 1, "again": True},
        {"place": 1, "again": True},
    ]
    assert desk.reads(desk.newest()) == ["once"]


def test_who_is_behind_gets_keys_and_numbers_and_goes_on(script: Script, desk: ModuleType) -> None:
    script.says("one")
    desk.begins_epoch(script.id)
    behind = script.asks(**script.sealed("two"))
    assert script.status == 409 and behind["epoch"] == 1 and behind["next"] == 2 and set(behind["keys"]) == {"0", "1"}
    script.keys, script.epoch, script.next = behind["keys"], behind["epoch"], behind["next"]
    assert script.says("two")["place"] == 2
    assert desk.reads(script.id) == ["one", "two"]


@pytest.mark.parametrize("number", [0, 1, 3, 99, 10**30])
def test_a_number_that_is_not_next_is_answered_with_the_one_that_is(script: Script, number: int) -> None:
    script.says("one")
    assert script.asks(**script.sealed("x", q=number))["next"] == 2 and script.status == 409


@pytest.mark.parametrize("limit", ["OPENINGS", "WRITINGS"])
def test_a_limit_gives_a_sentence_and_429(
    visitor: Visitor, desk: ModuleType, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    script = Script(visitor.comes_in())
    if limit == "WRITINGS":
        script.begins()
    monkeypatch.setattr(talk_json, limit, Limit("narrow", 0, 60))
    said = script.asks(do="begin", m="ab" * 16) if limit == "OPENINGS" else script.says("x")
    assert script.status == 429 and said["error"] and "place" not in said


def test_beginning_again_is_no_second_opening(
    script: Script, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk_json, "OPENINGS", Limit("narrow", 0, 60))
    assert script.begins().id in desk.conversations()


def test_a_full_queue_says_so(visitor: Visitor, desk: ModuleType) -> None:
    for number in range(20):
        desk.begins(f"{number:032x}")
    script = Script(visitor.comes_in())
    assert "error" in script.asks(do="begin", m="ab" * 16) and script.status == 503
    assert len(desk.conversations()) == 20


def test_the_mark_of_danger_comes_along(script: Script, desk: ModuleType) -> None:
    script.says("plain")
    assert not desk.label(script.id).is_danger
    script.asks(**script.sealed("knife", d="1"))
    assert desk.label(script.id).is_danger


def test_wish_and_language_come_along_and_strange_ones_do_not(visitor: Visitor, desk: ModuleType) -> None:
    one = Script(visitor.comes_in()).begins(wish="peer", spoken="tr").id
    two = Script(visitor.comes_in()).begins(wish="boss", spoken="xx").id
    assert (desk.label(one).wish, desk.label(one).language) == ("peer", "tr")
    assert (desk.label(two).wish, desk.label(two).language) == ("anyone", "nl")


@pytest.mark.parametrize("is_shut_out", [True, False])
def test_one_that_was_closed_wakes_unless_for_good(script: Script, desk: ModuleType, is_shut_out: bool) -> None:
    script.says("one")
    desk.closes(script.id, is_shut_out=is_shut_out)
    said = script.says("two")
    assert (script.status, "error" in said) == ((409, True) if is_shut_out else (200, False))
    assert desk.held(script.id).state is (TalkState.CLOSED if is_shut_out else TalkState.WAITING)


@pytest.mark.parametrize("do", ["say", "typing", "seen"])
def test_one_that_is_gone_is_410(script: Script, do: str) -> None:
    Conversation.objects.all().delete()
    assert script.asks(**{**script.sealed("x"), "do": do})["error"] and script.status == 410


def test_without_a_pass_or_with_that_of_another_visit_nothing_opens(script: Script, visitor: Visitor) -> None:
    script.says("one")
    other = Script(Visitor(type(visitor.client)()).comes_in())
    for code in ("", "x", script.code, script.code[:-4]):
        other.code, other.id, other.keys, other.epoch, other.next = code, script.id, script.keys, 0, 2
        assert other.asks(**other.sealed("crossed"))["error"] and other.status == 410
    assert Conversation.objects.get().messages.count() == 1


STRANGE: list[dict[str, Any]] = [
    {"x": ""}, {"x": "!!!"}, {"x": "AAAA"}, {"x": "é"}, {"m": ""}, {"m": "zz"}, {"m": "ab"}, {"q": "x"}, {"q": ""},
    {"e": "x"}, {"e": "-1"}, {"q": "9" * 5000}, {"w": "x"}, {"w": "é"}, {"do": ""}, {"do": "x"}, {"x": "A" * 60_000},
]  # fmt: skip


@pytest.mark.parametrize("wrong", STRANGE, ids=lambda one: str(one)[:24])
def test_strange_input_is_refused_and_changes_nothing(script: Script, wrong: dict[str, Any]) -> None:
    script.says("one")
    script.asks(**script.sealed("x", **wrong))
    assert script.status in (400, 409) and ("error" in script.said or "next" in script.said)
    assert Conversation.objects.get().messages.count() == 1


def test_every_answer_is_kept_by_nobody(script: Script) -> None:
    answer = script.visitor.client.post(
        f"{script.visitor.address}/j", urlencode({"c": script.code}), content_type=FORM, HTTP_HOST=script.host
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert script.visitor.client.get(f"{script.visitor.address}/j", HTTP_HOST=script.host).status_code == 405


def test_only_what_the_script_has_shown_counts_as_seen(script: Script, desk: ModuleType) -> None:
    script.says("one")
    desk.replies(script.id, "two")
    assert desk.held(script.id).seen_place == 0
    for place, expected in (("1", 1), ("999", 2), ("0", 2), ("x", 2), ("", 2)):
        assert script.asks(do="seen", n=place) == {}
        assert desk.held(script.id).seen_place == expected


def marks(text: str) -> str:
    """As talk.js makes them of words."""
    return bytes(conversing.mark(word) for word in text.split()).hex()


def test_a_text_with_the_code_is_held_back_by_its_marks_alone(script: Script, desk: ModuleType) -> None:
    script.says("one")
    script.visitor.page = script.visitor.sends({"go": "talk", "c": script.code, "l": "nl"}).page
    words = words_of_code(script.visitor.presses("go", "talk:code"))
    script.code = script.visitor.hidden["c"]
    for text in (words, words[3:8], [part for word in words for part in ("and", word)]):
        assert script.asks(**script.sealed("x", w=marks(" ".join(text))))["error"] and script.status == 422
    for text in (words[:4], words[::-1], ["an", "ordinary", "text", "of", "some", "words"] * 50):
        assert script.asks(**script.sealed("x", w=marks(" ".join(text)))).get("place") and script.status == 200
        script.next += 1


def test_leaving_ends_a_conversation_of_the_script_too(script: Script, desk: ModuleType) -> None:
    script.says("one")
    left = script.visitor.client.get(f"{script.visitor.address}/0", HTTP_HOST=script.host)
    assert left.cookies["c"]["max-age"] == 0 and desk.label(script.id).has_left
    body = urlencode({"c": script.code, "do": "seen"})
    late = script.visitor.client.post(f"{script.visitor.address}/j", body, content_type=FORM, HTTP_HOST=script.host)
    assert late.status_code == 303
