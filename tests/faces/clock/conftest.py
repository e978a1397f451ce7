"""Conversations, teams and ears for the timers: rows as the actions make them, in the queue of a real door's team."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.faces.terminal.conftest import environment as environment  # fixtures of this folder too
from tests.faces.terminal.conftest import process as process
from voordeur.faces.server_key import server_key
from voordeur.records.conversations.actions import NewGrant, open_conversation
from voordeur.records.conversations.label import Label
from voordeur.records.conversations.queries import team_tag, visitor_tag
from voordeur.rules.opening import AMSTERDAM
from voordeur.secrecy.keyring import ServerKey, new_key
from voordeur.vocabulary import GrantReason, TalkWay, Wish

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=AMSTERDAM)
Begin = Callable[..., str]


@pytest.fixture
def key(tmp_path: Path, settings: object) -> Iterator[ServerKey]:
    """A server's key of this test alone."""
    server_key.cache_clear()
    settings.SERVER_SECRET = lambda: b"k" * 32  # type: ignore[attr-defined]
    yield server_key()
    server_key.cache_clear()


@pytest.fixture
def begin(key: ServerKey) -> Begin:
    """Begin a conversation that waits since `minutes` before noon; gives its id."""

    def call(minutes: float, kept_until: date = date(2026, 12, 31), **label: object) -> str:
        conversation = secrets.token_hex(16)
        of_label: dict[str, object] = {
            "door": "central", "team": "central", "language": "nl", "wish": Wish.ANYONE, "way": TalkWay.CHAT,
            **label,
        }  # fmt: skip
        open_conversation(
            conversation_id=conversation,
            visitor_key=new_key(),
            label=Label(**of_label),  # type: ignore[arg-type]
            grants=[
                NewGrant(visitor_tag(key, conversation), b"w" * 100, GrantReason.VISITOR),
                NewGrant(team_tag(key, str(of_label["team"])), b"w" * 100, GrantReason.QUEUE),
            ],
            message=None,
            kept_until=kept_until,
            moment=NOON - timedelta(minutes=minutes),
            server_key=key,
        )
        return conversation

    return call


class Ear:
    """A process that listens in this data folder (faces/wakes)."""

    def __init__(self, data: Path) -> None:
        (data / "run").mkdir(parents=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(data / "run" / "1.sock"))
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        """Every word since the last time."""
        words = []
        while True:
            try:
                words.append(self._socket.recv(200).decode())
            except BlockingIOError:
                return words

    def close(self) -> None:
        """Go deaf."""
        self._socket.close()


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    """Somebody who listens in `tmp_path`."""
    one = Ear(tmp_path)
    yield one
    one.close()
