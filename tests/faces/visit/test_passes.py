"""The pass of a conversation: it opens for one visit of one run, and for what it was made for."""

from __future__ import annotations

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voordeur.faces.visit.passes import FRAME, PAGE, Pass, PassUnknown, first_pass, read_pass

KEY, TOKEN = b"k" * 32, "t" * 28
ONE = Pass(b"c" * 16, b"p" * 32, 7, tuple(range(2037, 2048)))


def test_it_says_what_it_was_given() -> None:
    assert read_pass(ONE.sealed(KEY, TOKEN), KEY, TOKEN) == ONE
    assert read_pass(Pass(b"c" * 16, b"p" * 32, 0).sealed(KEY, TOKEN), KEY, TOKEN).code is None


def test_that_of_the_frame_stands_in_an_address_and_does_not_hold_the_code() -> None:
    written = ONE.sealed(KEY, TOKEN, FRAME)
    assert read_pass(written, KEY, TOKEN, FRAME) == Pass(ONE.conversation, ONE.private, ONE.base)
    assert written.isascii() and "/" not in written and "=" not in written


@pytest.mark.parametrize(
    ("key", "token", "kind"), [(b"x" * 32, TOKEN, PAGE), (KEY, "x" * 28, PAGE), (KEY, TOKEN, FRAME)]
)
def test_it_opens_nothing_in_another_run_another_visit_or_another_place(key: bytes, token: str, kind: int) -> None:
    with pytest.raises(PassUnknown):
        read_pass(ONE.sealed(KEY, TOKEN), key, token, kind)


def test_not_one_bit_can_be_changed() -> None:
    raw = base64.urlsafe_b64decode(ONE.sealed(KEY, TOKEN) + "==")
    for at in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(PassUnknown):
            read_pass(base64.urlsafe_b64encode(changed).decode(), KEY, TOKEN)


@given(st.text(max_size=400))
def test_any_other_text_is_refused(written: str) -> None:
    with pytest.raises(PassUnknown):
        read_pass(written, KEY, TOKEN)


def test_it_is_never_the_same_twice_and_shows_no_key_in_its_text_form() -> None:
    assert ONE.sealed(KEY, TOKEN) != ONE.sealed(KEY, TOKEN)
    assert "pppp" not in repr(ONE) and "2037" not in repr(ONE)


def test_the_first_message_makes_one_conversation_and_another_message_another() -> None:
    message = secrets.token_bytes(16)
    first = first_pass(KEY, TOKEN, message)
    assert first == first_pass(KEY, TOKEN, message)
    others = [first_pass(b"x" * 32, TOKEN, message), first_pass(KEY, "x" * 28, message), first_pass(KEY, TOKEN, b"")]
    assert len({one.private for one in [first, *others]}) == len({one.conversation for one in [first, *others]}) == 4
