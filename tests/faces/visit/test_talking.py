"""The forms of a conversation, as a browser without script sends them; nothing that was typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest
from django.db import OperationalError, connection

from tests.faces.visit.conftest import Visitor, box, talks, texts, words_of_code
from voordeur.faces.limits import Limit
from voordeur.faces.visit import conversing, talking
from voordeur.records.conversations.models import Conversation
from voordeur.secrecy.envelope import ENVELOPE_SIZES
from voordeur.vocabulary import TalkState

DANGER = 'id="danger" role="status">'
OTHER_WISH = {"wish": "peer", "spoken": "en"}


@contextmanager
def database_gone() -> Iterator[None]:
    """Every question to the database fails, as when its disk or its server is gone."""

    def fail(*given: Any) -> Any:
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(fail):
        yield


# ---------------------------------------------------------------- the first words


def test_the_first_words_open_one_sealed_conversation_in_the_queue(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "hello, it is me", **OTHER_WISH)
    assert visitor.page.status_code == 200 and "<iframe" in visitor.main
    one = desk.newest()
    assert desk.reads(one) == ["hello, it is me"]
    label = desk.label(one)
    assert (label.door, label.team, label.wish, label.language) == ("central", "central", "peer", "en")
    row = Conversation.objects.get()
    assert len(bytes(row.messages.get().envelope)) in ENVELOPE_SIZES
    assert row.lookup is None and row.state == TalkState.WAITING


@pytest.mark.parametrize("times", [2, 3])
def test_pressing_send_again_sends_once(visitor: Visitor, desk: ModuleType, times: int) -> None:
    visitor.comes_in().presses("go", "talk")
    first = {**visitor.hidden, "text": "only once", "go": "talk:say"}
    for _ in range(times):
        visitor.sends(first)
    one = desk.newest()
    later = {**visitor.hidden, "text": "this too", "go": "talk:say"}
    for _ in range(times):
        visitor.sends(later)
    assert desk.reads(one) == ["only once", "this too"]


def test_a_conversation_goes_on_without_a_cookie(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "one")
    for text in ("two", "three"):
        visitor.client.cookies.clear()
        visitor.presses("go", "talk:say", text=text)
    visitor.client.cookies.clear()
    visitor.presses("go", "safety").presses("go", "talk")
    visitor.client.cookies.clear()
    assert texts(visitor) == ["one", "two", "three"] == desk.reads(desk.newest())


# ---------------------------------------------------------------- what is strange


@pytest.mark.parametrize("sign", ["😀", '"', "\\", "\n.", "\u2028", "ى", "漢", "\x01", "\x7f", "\x85", "\u200f"])
def test_the_longest_text_of_any_sign_fits(visitor: Visitor, desk: ModuleType, sign: str) -> None:
    text = (sign * 4000)[:3998] + "ok"
    talks(visitor, text)
    assert visitor.page.status_code == 200
    (kept,) = desk.reads(desk.newest())
    assert kept == conversing.clean(text) and kept.endswith("ok")


def test_signs_that_nobody_sees_are_taken_out_and_the_rest_stays(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "a\x00b\x1bc\r\nd\te\x9f")
    assert desk.reads(desk.newest()) == ["abc\nd\te"]


def test_half_a_sign_is_refused_with_the_number_to_call(visitor: Visitor, desk: ModuleType) -> None:
    visitor.comes_in().presses("go", "talk")
    visitor.sends(f"go=talk%3Asay&text=%ED%A0%80&m={visitor.hidden['m']}")
    assert visitor.page.status_code == 400 and "tel:112" in visitor.text
    assert desk.conversations() == []


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("length", [4001, 100 * 1024])
def test_a_text_that_is_too_long_is_given_back_whole(
    visitor: Visitor, desk: ModuleType, length: int, is_first: bool
) -> None:
    text = ("ab cd " * length)[: length - 3] + "end"
    visitor.comes_in().presses("go", "talk") if is_first else talks(visitor)
    visitor.presses("go", "talk:say", text=text)
    assert visitor.page.status_code == 200
    assert "4000" in re.findall(r'role="alert">([^<]*)', visitor.main)[0]
    assert box(visitor) == text


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\x00"])
def test_nothing_is_not_sent(visitor: Visitor, desk: ModuleType, text: str) -> None:
    talks(visitor, text)
    assert desk.conversations() == [] and 'role="alert"' in visitor.main


@pytest.mark.parametrize("wrong", ["", "zz", "00" * 15, "é" * 32, "00" * 200])
def test_a_strange_number_of_a_message_loses_no_text(visitor: Visitor, desk: ModuleType, wrong: str) -> None:
    visitor.comes_in().presses("go", "talk").presses("go", "talk:say", text="keep me", m=wrong)
    assert box(visitor) == "keep me" and desk.conversations() == []


# ---------------------------------------------------------------- danger


@pytest.mark.parametrize("before", ["", "woord " * 640])
def test_words_of_danger_raise_the_note_and_the_mark(visitor: Visitor, desk: ModuleType, before: str) -> None:
    talks(visitor, before + "hij heeft een mes en wil mij vermoorden")
    assert DANGER in visitor.main
    assert desk.label(desk.newest()).is_danger


def test_danger_in_a_later_message_counts_too_and_plain_words_do_not(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "goedemiddag")
    assert DANGER not in visitor.main and not desk.label(desk.newest()).is_danger
    visitor.presses("go", "talk:say", text="hij heeft een mes en wil mij vermoorden")
    assert DANGER in visitor.main and desk.label(desk.newest()).is_danger


# ---------------------------------------------------------------- too much, too late, broken


@pytest.mark.parametrize("is_first", [True, False])
def test_a_limit_says_what_to_do_and_keeps_the_text(
    visitor: Visitor, desk: ModuleType, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    visitor.comes_in().presses("go", "talk") if is_first else talks(visitor)
    monkeypatch.setattr(talking, "OPENINGS" if is_first else "WRITINGS", Limit("narrow", 0, 60))
    visitor.presses("go", "talk:say", text="keep me", **(OTHER_WISH if is_first else {}))
    assert visitor.page.status_code == 429 and box(visitor) == "keep me"
    assert "minuut" in re.findall(r'role="alert">([^<]*)', visitor.main)[0]
    if is_first:
        assert 'value="peer" checked' in visitor.main


def fills(visitor: Visitor, desk: ModuleType) -> None:
    """The queue, to its limit of twenty."""
    for number in range(20):
        desk.begins(f"{number:032x}")


def test_a_full_queue_shows_who_else_is_there_and_keeps_the_text(visitor: Visitor, desk: ModuleType) -> None:
    visitor.comes_in().presses("go", "talk")
    fills(visitor, desk)
    visitor.presses("go", "talk:say", text="keep me")
    assert visitor.page.status_code == 503 and box(visitor) == "keep me"
    assert visitor.organizations and len(desk.conversations()) == 20
    visitor.comes_in().presses("go", "talk")
    assert "<textarea" not in visitor.main and visitor.organizations


def test_danger_comes_in_though_the_queue_is_full(visitor: Visitor, desk: ModuleType) -> None:
    visitor.comes_in().presses("go", "talk")
    fills(visitor, desk)
    visitor.presses("go", "talk:say", text="hij heeft een mes en wil mij vermoorden")
    assert visitor.page.status_code == 200 and len(desk.conversations()) == 21


def test_a_conversation_that_goes_on_is_not_hindered_by_a_full_queue(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "mine")
    for number in range(19):
        desk.begins(f"{number:032x}")
    visitor.presses("go", "talk:say", text="and more")
    assert texts(visitor) == ["mine", "and more"]


def test_writing_opens_a_closed_conversation_again(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "one")
    one = desk.newest()
    desk.closes(one)
    visitor.presses("go", "talk:say", text="one more thing")
    assert desk.held(one).state is TalkState.WAITING and desk.reads(one) == ["one", "one more thing"]


def test_one_that_is_closed_for_good_says_so_keeps_the_text_and_leads_to_a_new_one(
    visitor: Visitor, desk: ModuleType
) -> None:
    talks(visitor, "one")
    old = desk.newest()
    desk.closes(old, is_shut_out=True)
    visitor.presses("go", "talk:say", text="keep me")
    assert visitor.page.status_code == 409 and box(visitor) == "keep me" and "<iframe" not in visitor.main
    assert re.findall(r'class="text"[^>]*>([^<]*)', visitor.main) == ["one"]
    visitor.presses("go", "talk:new", text=box(visitor))
    assert box(visitor) == "keep me" and "c" not in visitor.hidden
    visitor.presses("go", "talk:say", text=box(visitor))
    assert desk.reads(desk.newest("keep me")) == ["keep me"] and desk.reads(old) == ["one"]


def test_one_that_is_gone_gives_the_text_back(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "one")
    Conversation.objects.all().delete()
    visitor.presses("go", "talk:say", text="keep me")
    assert visitor.page.status_code == 410 and box(visitor) == "keep me"
    visitor.presses("go", "talk:new", text=box(visitor)).presses("go", "talk:say", text=box(visitor))
    assert desk.reads(desk.newest()) == ["keep me"]


@pytest.mark.parametrize("is_first", [True, False])
def test_without_a_database_the_number_stands_and_the_text_can_be_sent_again_once(
    visitor: Visitor, desk: ModuleType, is_first: bool
) -> None:
    visitor.comes_in().presses("go", "talk") if is_first else talks(visitor)
    with database_gone():
        for _ in range(2):
            visitor.presses("go", "talk:say", text="keep me")
            assert visitor.page.status_code == 503
            assert "tel:112" in visitor.text and 'id="exit"' in visitor.text and box(visitor) == "keep me"
    sent = {**visitor.hidden, "text": "keep me", "go": "talk:say"}
    visitor.sends(sent).sends(sent)
    assert desk.reads(desk.newest("keep me"))[-1:] == ["keep me"]
    assert sum(desk.reads(one).count("keep me") for one in desk.conversations()) == 1


@pytest.mark.parametrize("go", ["talk", "talk:code", "talk:wipe", "talk:wiped", "talk:plain", "talk:all"])
def test_without_a_database_no_page_of_the_conversation_loses_it(visitor: Visitor, desk: ModuleType, go: str) -> None:
    talks(visitor, "one")
    with database_gone():
        visitor.sends({**visitor.hidden, "go": go})
        assert visitor.page.status_code == 503 and "tel:112" in visitor.text
        loaded = visitor.client.get(visitor.address, HTTP_HOST="localhost")
        assert loaded.status_code == 503
    visitor.presses("go", "talk")
    assert texts(visitor) == ["one"]


# ---------------------------------------------------------------- codes


@pytest.fixture
def with_code(visitor: Visitor, desk: ModuleType) -> tuple[Visitor, list[str]]:
    """A visitor whose conversation has a code, and that code in words."""
    talks(visitor, "one").presses("go", "talk:code")
    words = words_of_code(visitor)
    assert len(words) == 11
    return visitor, words


def digits_of(visitor: Visitor) -> str:
    found = re.search(r'class="digits"><bdi>([^<]*)', visitor.main)
    assert found
    return found[1]


SPELLINGS: dict[str, Callable[[list[str], str], str]] = {
    "words": lambda words, digits: " ".join(words),
    "capitals, commas, numbers": lambda words, digits: ", ".join(
        f"{at}. {word.upper()}" for at, word in enumerate(words, start=1)
    ),
    "first four letters": lambda words, digits: " ".join(word[:4] for word in words),
    "digits": lambda words, digits: digits,
    "digits in one": lambda words, digits: digits.replace(" ", ""),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_code_leads_back_in_every_spelling(
    with_code: tuple[Visitor, list[str]], desk: ModuleType, spelling: str
) -> None:
    visitor, words = with_code
    typed = SPELLINGS[spelling](words, digits_of(visitor))
    desk.replies(desk.newest(), "welcome back")
    back = Visitor(type(visitor.client)()).comes_in()
    back.presses("go", "talk:return").presses("go", "talk:open", code=typed)
    assert texts(back, everything=True) == ["one", "welcome back"]


def test_pressing_twice_for_a_code_gives_the_same_one(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "one")
    asks = {**visitor.hidden, "go": "talk:code"}
    first = words_of_code(visitor.sends(asks))
    assert first and words_of_code(visitor.sends(asks)) == first
    visitor.comes_in().presses("go", "talk:return").presses("go", "talk:open", code=" ".join(first))
    assert texts(visitor, everything=True) == ["one"]


def test_another_code_ends_the_one_before(with_code: tuple[Visitor, list[str]], desk: ModuleType) -> None:
    visitor, first = with_code
    second = words_of_code(visitor.presses("go", "talk:code"))
    assert second and second != first
    visitor.comes_in().presses("go", "talk:return").presses("go", "talk:open", code=" ".join(first))
    assert "<iframe" not in visitor.main and 'role="alert"' in visitor.main
    visitor.presses("go", "talk:open", code=" ".join(second))
    assert "<iframe" in visitor.main


def test_a_code_is_shown_once(with_code: tuple[Visitor, list[str]], desk: ModuleType) -> None:
    visitor, words = with_code
    for page in (visitor.presses("go", "talk").text, visitor.presses("go", "talk:plain").text):
        assert not [word for word in words if f">{word}<" in page] and "digits" not in visitor.main
    assert words[0] not in str(Conversation.objects.values().get())


def test_unknown_wrong_and_expired_codes_get_one_answer(
    with_code: tuple[Visitor, list[str]], desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voordeur.secrecy.return_code import in_digits, new_code

    visitor, words = with_code
    monkeypatch.setattr(talking, "CODES", Limit("wide", 100, 1))
    unknown = " ".join(in_digits(new_code()))
    answers = []
    for code, is_expired in ((unknown, False), (" ".join(words), True)):
        if is_expired:
            Conversation.objects.all().delete()
        visitor.comes_in().presses("go", "talk:return").presses("go", "talk:open", code=code)
        answers.append((visitor.page.status_code, re.findall(r'role="alert">([^<]*)', visitor.main)))
        assert code in visitor.main, "it can be mended, not typed again"
    assert answers[0] == answers[1]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_message_that_holds_the_code_is_held_back(
    with_code: tuple[Visitor, list[str]], desk: ModuleType, spelling: str
) -> None:
    visitor, words = with_code
    text = "it is " + SPELLINGS[spelling](words, digits_of(visitor))
    visitor.presses("go", "talk:say", text=text)
    assert box(visitor) == text and 'role="alert"' in visitor.main
    visitor.presses("go", "talk:say", text=" ".join(reversed(words)))
    assert desk.reads(desk.newest()) == ["one", " ".join(reversed(words))]


def test_too_many_codes_are_slowed_and_the_typed_one_stays(
    visitor: Visitor, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talking, "CODES", Limit("narrow", 0, 60))
    visitor.comes_in().presses("go", "talk:return").presses("go", "talk:open", code="some words")
    assert visitor.page.status_code == 429 and "some words</textarea>" in visitor.main


@pytest.mark.parametrize("typed", ["", "a b c", "0000 " * 11, "9999 " * 11, "x" * 5000, "\x00" * 50, "٠١٢٣ " * 11])
def test_what_is_no_code_gets_a_sentence(visitor: Visitor, desk: ModuleType, typed: str) -> None:
    visitor.comes_in().presses("go", "talk:return").presses("go", "talk:open", code=typed)
    assert visitor.page.status_code == 200 and 'role="alert"' in visitor.main


# ---------------------------------------------------------------- what is new, deleting, leaving


def test_after_coming_back_only_what_is_new_is_shown_and_all_on_demand(
    with_code: tuple[Visitor, list[str]], desk: ModuleType
) -> None:
    visitor, words = with_code
    one = desk.newest()
    desk.replies(one, "seen")
    assert texts(visitor) == ["one", "seen"]
    visitor.presses("go", "talk:plain")  # the page that showed it asks for something again
    desk.replies(one, "sent while away")
    visitor.comes_in().presses("go", "talk:return").presses("go", "talk:open", code=" ".join(words))
    assert texts(visitor) == ["sent while away"]
    assert texts(visitor, everything=True) == ["one", "seen", "sent while away"]


def test_a_page_that_was_made_but_never_asked_again_counts_as_not_seen(
    with_code: tuple[Visitor, list[str]], desk: ModuleType
) -> None:
    visitor, words = with_code
    desk.replies(desk.newest(), "lost on the way")
    visitor.presses("go", "talk:plain")
    assert "lost on the way" in visitor.main
    visitor.comes_in().presses("go", "talk:return").presses("go", "talk:open", code=" ".join(words))
    assert "lost on the way" in texts(visitor)


@pytest.mark.parametrize("claimed", ["999999999", "9" * 30, "-1", "x", "²"])
def test_a_page_cannot_claim_to_have_shown_what_is_still_to_come(
    with_code: tuple[Visitor, list[str]], desk: ModuleType, claimed: str
) -> None:
    visitor, _ = with_code
    visitor.presses("go", "talk:plain", n=claimed)
    assert desk.held(desk.newest()).seen_place <= 1


def test_one_message_can_be_deleted(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "one").presses("go", "talk:say", text="two")
    one = desk.newest()
    visitor.presses("go", "talk:wipe").presses("go", "talk:delete:1")
    assert desk.reads(one) == ["two"] and "talk:delete:1" not in visitor.main
    visitor.sends({**visitor.hidden, "go": "talk:delete:1"}).sends({**visitor.hidden, "go": "talk:delete:x"})
    assert desk.reads(one) == ["two"]


def test_all_can_be_deleted(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "one")
    one = desk.newest()
    visitor.presses("go", "talk:wipe").presses("go", "talk:wiped")
    assert visitor.page.status_code == 200 and not desk.exists(one)
    assert visitor.page.cookies["c"]["max-age"] == 0 and "c" not in visitor.hidden


@pytest.mark.parametrize("has_code", [True, False])
def test_leaving_ends_it_on_this_device_and_tells_the_desk(visitor: Visitor, desk: ModuleType, has_code: bool) -> None:
    talks(visitor, "one")
    if has_code:
        visitor.presses("go", "talk:code")
    one, sent = desk.newest(), visitor.hidden
    left = visitor.client.get(f"{visitor.address}/0", HTTP_HOST="localhost")
    assert left.cookies["c"]["max-age"] == 0 and left.cookies["c"]["path"] == visitor.address
    assert desk.label(one).has_left
    assert desk.held(one).state is (TalkState.WAITING if has_code else TalkState.CLOSED)
    visitor.sends({**sent, "go": "talk"})
    assert visitor.page.status_code == 303
    other = Visitor(visitor.client).comes_in()
    other.sends({**sent, "go": "talk"})
    assert "<iframe" not in other.main, "its page opens nothing under another address"


def test_leaving_works_when_the_database_is_gone(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "one")
    with database_gone():
        left = visitor.client.get(f"{visitor.address}/0", HTTP_HOST="localhost")
    assert left.status_code == 200 and left.cookies["c"]["max-age"] == 0


# ---------------------------------------------------------------- the page around it


def test_loading_the_page_anew_keeps_the_conversation_with_its_cookie_alone(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "one")
    cookie = visitor.page.cookies["c"]
    assert cookie["path"] == visitor.address and cookie["httponly"] and cookie["samesite"] == "Strict"
    assert not cookie["max-age"] and not cookie["expires"], "it ends with the browser"
    assert "<iframe" in visitor.client.get(visitor.address, HTTP_HOST="localhost").content.decode()
    visitor.client.cookies.clear()
    assert "<iframe" not in visitor.client.get(visitor.address, HTTP_HOST="localhost").content.decode()


def test_the_pass_of_one_conversation_opens_no_other(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "mine")
    other = talks(Visitor(type(visitor.client)()), "not mine")
    other.client.cookies.clear()
    other.sends({**visitor.hidden, "go": "talk:plain"})
    assert "mine" not in re.findall(r'class="text"[^>]*>([^<]*)', other.main)
    other.sends({**visitor.hidden, "go": "talk:say", "text": "crossed", "m": "ab" * 16})
    assert "crossed" not in desk.reads(desk.newest("not mine"))


@pytest.mark.parametrize("is_first", [True, False])
def test_another_language_keeps_what_is_typed(visitor: Visitor, desk: ModuleType, is_first: bool) -> None:
    visitor.comes_in().presses("go", "talk") if is_first else talks(visitor)
    now = "nl" if 'lang="en"' in visitor.text[:60] else "en"
    visitor.presses("go", f"lang:{now}", text="half a sen")
    assert f'<html lang="{now}"' in visitor.text and box(visitor) == "half a sen"


def test_text_from_right_to_left_is_kept_apart(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "שלום <b>")
    desk.replies(desk.newest(), "مرحبا", language="ar")
    visitor.presses("go", "talk:plain")
    assert 'lang="ar" dir="auto">مرحبا</p>' in visitor.main
    assert 'dir="auto">שלום &lt;b&gt;</p>' in visitor.main


@pytest.mark.parametrize("at", ["9999-12-31T23:59Z", "0001-01-01T00:00Z", "soon", "", "2026-11-25"])
def test_a_strange_time_of_the_desk_breaks_no_page(visitor: Visitor, desk: ModuleType, at: str) -> None:
    talks(visitor, "one")
    desk.replies(desk.newest(), "two", at=at or "-")
    assert texts(visitor) == ["one", "two"]


def test_every_kind_of_body_gets_a_page(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor)
    for go in ("talk:", "talk:x", "talk:delete:", "talk:delete:99999999999", "talk:say:x", "talk:all:x", "talk:open"):
        for more in ("", "&c=x", "&c=" + "A" * 300, "&text=a&text=b", f"&n={quote('²')}", "&plain=1"):
            visitor.sends(f"go={quote(go)}{more}")
            assert visitor.page.status_code in (200, 400, 410, 429), (go, more)
            assert 'id="exit"' in visitor.text and "tel:112" in visitor.text
