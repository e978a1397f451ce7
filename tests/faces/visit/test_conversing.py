"""Keys and texts of a conversation: what costs the same, what fits, what is told apart."""

from __future__ import annotations

import json
import secrets
import threading
import time
from types import ModuleType

import pytest

from tests.faces.visit.conftest import Visitor, talks, words_of_code
from voordeur.faces.visit import conversing
from voordeur.faces.visit.conversing import CodeDoesNotOpen, TooBusy, clean, mark, marks_give_code_away
from voordeur.faces.visit.house import house
from voordeur.faces.visit.passes import PAGE, Pass, read_pass
from voordeur.records.conversations.models import Conversation
from voordeur.secrecy import return_code
from voordeur.secrecy.envelope import LONGEST
from voordeur.secrecy.return_code import ReturnCode, in_digits, in_words, new_code, opening_key, read_code


def like(code: ReturnCode) -> ReturnCode:
    """Another code that finds the same conversation and does not open it."""
    head = code._bits >> 99
    while True:
        other = new_code(lambda count: ((head << 91 | secrets.randbits(91)) << 7).to_bytes(count, "big"))
        if other.secret_part != code.secret_part:
            return other


def test_wrong_expired_and_unknown_codes_do_the_same_work_and_look_the_same(
    visitor: Visitor, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One slow derivation each, with a salt of the right size that is the same at each try; then one answer."""
    words = words_of_code(talks(visitor).presses("go", "talk:code"))
    own, unknown = read_code(" ".join(words), conversing.word_lists()), new_code()
    wrong = like(own)
    assert wrong.lookup_part == own.lookup_part
    salts: list[bytes] = []
    slow = return_code.opening_key

    def counted(code: ReturnCode, salt: bytes) -> bytes:
        salts.append(salt)
        return bytes(slow(code, salt))

    monkeypatch.setattr(return_code, "opening_key", counted)
    lists = conversing.word_lists()

    def tried(code: ReturnCode) -> list[bytes]:
        salts.clear()
        for _ in range(2):
            with pytest.raises(CodeDoesNotOpen) as refused:
                conversing.come_back(" ".join(in_words(code, lists["nl"])))
            assert refused.value.args == ()
        return list(salts)

    of_wrong, of_unknown = tried(wrong), tried(unknown)
    Conversation.objects.all().delete()  # what the clock removed leaves no trace that a code could find
    of_expired = tried(own)
    for found in (of_wrong, of_unknown, of_expired):
        assert len(found) == 2 and found[0] == found[1] and len(found[0]) == 16
    assert len({found[0] for found in (of_wrong, of_unknown, of_expired)}) == 3


def test_few_codes_are_tried_at_a_time_and_the_rest_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of codes takes the memory of two tries, not of all of them."""
    running, most, lock, go_on = 0, 0, threading.Lock(), threading.Event()

    def slow(code: ReturnCode, salt: bytes) -> bytes:
        nonlocal running, most
        with lock:
            running, most = running + 1, max(most, running + 1)
        go_on.wait(10)
        with lock:
            running -= 1
        return bytes(32)

    monkeypatch.setattr(return_code, "opening_key", slow)
    outcomes: list[str] = []

    def ask() -> None:
        try:
            conversing.derived(new_code(), bytes(16))
            outcomes.append("done")
        except TooBusy:
            outcomes.append("busy")

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for one in threads:
        one.start()
    while outcomes.count("busy") < 18:
        time.sleep(0.01)
    go_on.set()
    for one in threads:
        one.join(10)
    assert most == conversing.CODES_AT_ONCE and outcomes.count("done") == 12


@pytest.mark.parametrize("sign", [chr(0x10FFFF), "😀", '"', "\\", "\n", "\t", "\x00", "\x1f", "\x7f", "\x80", "\ud800"])
def test_the_longest_text_fits_in_an_envelope(sign: str) -> None:
    said = {"t": clean(sign * conversing.LONGEST_TEXT), "at": "2026-11-25T17:03Z", "by": "", "role": "visitor",
            "kind": "text", "ref": "", "lang": "zgh"}  # fmt: skip
    assert len(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()) <= LONGEST


def test_marks_find_the_code_in_every_spelling_and_little_else() -> None:
    code = new_code()
    one = Pass(bytes(16), bytes(32), 0, code.numbers)
    lists = conversing.word_lists()
    for words in (*(in_words(code, some) for some in lists.values()), in_digits(code)):
        assert marks_give_code_away(bytes(map(mark, words)), one)
        assert marks_give_code_away(bytes(mark(word[:4]) for word in words[6:]), one)
        assert not marks_give_code_away(bytes(map(mark, words[:4])), one)
    assert not marks_give_code_away(b"", one)
    assert not marks_give_code_away(bytes(map(mark, in_digits(code))), Pass(bytes(16), bytes(32), 0))
    wrong = sum(marks_give_code_away(secrets.token_bytes(100), one) for _ in range(2000))
    assert wrong <= 1, f"{wrong} of 2,000 texts of a hundred words were held back for nothing"


def test_marks_of_any_length_cost_little() -> None:
    one = Pass(bytes(16), bytes(32), 0, (5,) * 11)
    began = time.process_time()
    marks_give_code_away(bytes([mark("0006")]) * 100_000, one)
    assert time.process_time() - began < 1


def test_a_code_costs_what_it_should() -> None:
    began = time.process_time()
    opening_key(new_code(), bytes(16))
    assert time.process_time() - began > 0.05


def _sits(visitor: Visitor) -> conversing.Sitting:
    found = conversing.sit(read_pass(visitor.hidden["c"], house().pass_key, visitor.address[1:], PAGE))
    assert found is not None
    return found


def test_what_is_said_under_newer_keys_waits_for_them_and_is_not_passed_over(
    visitor: Visitor, desk: ModuleType
) -> None:
    """New keys, and words under them, can come between the look at the conversation and that at its messages."""
    one = _sits(talks(visitor)).held.id
    desk.replies(one, "under the first keys")
    before = _sits(visitor)
    desk.begins_epoch(one)
    desk.replies(one, "under the second keys")
    known = conversing.heard(before, 0)
    assert [said.text for said in known] == ["hello there", "under the first keys"]
    assert [sealed.place for sealed in conversing.sealed_beyond(before, 0)] == [said.place for said in known]
    assert [said.text for said in conversing.heard(_sits(visitor), known[-1].place)] == ["under the second keys"]
