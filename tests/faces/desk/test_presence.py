"""Whether a visitor's page is open, as far as was heard."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from voordeur.faces.desk import presence
from voordeur.records.conversations.label import Label
from voordeur.records.conversations.queries import Held
from voordeur.vocabulary import TalkState


def _held(*, has_left: bool = False) -> Held:
    label = Label("central", "central", "nl", "anyone", "chat", has_left=has_left)
    return Held(secrets.token_hex(16), TalkState.HELD, b"", False, None, b"", None, label, 0, 0, 0)


@pytest.mark.parametrize(
    ("heard", "shown"),
    [
        ([], "unknown"),
        (["here"], "here"),
        (["here", "gone"], "gone"),
        (["gone", "typing"], "here"),
        (["here", "talk", "state", "typing-desk", "closed"], "here"),
        (["here", "left"], "left"),
        (["left", "here"], "here"),
        (["here", "deleted"], "unknown"),
    ],
)
def test_the_last_word_about_the_page_counts(heard: list[str], shown: str) -> None:
    one = _held()
    for kind in heard:
        presence.note(one.id, kind)
    assert presence.presence(one) == shown


def test_that_somebody_left_lasts_longer_than_this_process() -> None:
    one = _held(has_left=True)
    assert presence.presence(one) == "left"
    presence.note(one.id, "here")
    assert presence.presence(one) == "here"
    assert presence.presence(replace(one, id="0" * 32)) == "left"


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "MOST_REMEMBERED", 3)
    many = [_held() for _ in range(5)]
    for one in many:
        presence.note(one.id, "here")
    assert [presence.presence(one) for one in many] == ["unknown", "unknown", "here", "here", "here"]


def test_words_are_remembered_on_their_way_to_the_streams(tmp_path: Path) -> None:
    one, wakes = _held(), presence.ListeningWakes(tmp_path)
    wakes.wake(f"c:{one.id}", "here")
    wakes.wake("t:central", "gone")
    assert presence.presence(one) == "here"
