"""Visitors in conversations: two thousand rows with keys, and the crowds that listen to them, with and without script.

The rows are written straight into the database and the passes made with the keys of the run, for the door itself
rightly lets nobody open two thousand conversations from one address.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from tests.bench.crowd import Client, Crowd
from tests.bench.replying import STAFF

HOST = "localhost"


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that somebody answers: its talk key, and the visitor's private key."""

    conversation: bytes
    key: bytes
    private: bytes


def talks(count: int) -> list[Talk]:
    """So many conversations, each written and with one owner."""
    from voordeur.faces.server_key import server_key
    from voordeur.records.conversations import actions, queries
    from voordeur.records.conversations.label import Label
    from voordeur.secrecy import keyring
    from voordeur.vocabulary import GrantReason, TalkWay, Wish

    made, server, moment = [], server_key(), datetime.now(UTC)
    owner = keyring.new_pair()
    for _ in range(count):
        one, pair = Talk(secrets.token_bytes(16), keyring.new_key(), secrets.token_bytes(32)), keyring.new_key()
        name, context = one.conversation.hex(), keyring.grant_context(one.conversation, 0)
        public = keyring.pair_of(one.private).public
        grants = [
            actions.NewGrant(
                queries.visitor_tag(server, name), keyring.wrap(public, one.key, context), GrantReason.VISITOR
            ),
            actions.NewGrant(
                queries.staff_tag(server, STAFF),
                keyring.wrap(owner.public, one.key + pair, context),
                GrantReason.CALL,
            ),
        ]
        actions.open_conversation(
            conversation_id=name,
            visitor_key=public,
            label=Label("central", "central", "nl", Wish.ANYONE, TalkWay.CHAT),
            grants=grants,
            message=None,
            kept_until=(moment + timedelta(days=2)).date(),
            moment=moment,
            server_key=server,
            owner_id=STAFF,
        )
        made.append(one)
    return made


class Visitors(Crowd):
    """Visitors whose page is open; `greetings` are the requests for their streams."""

    def __init__(self, port: int, greetings: Sequence[bytes], first: bytes) -> None:
        super().__init__(port, len(greetings))
        self._greetings, self._first = greetings, first

    def greeting(self, number: int) -> bytes:
        """The request for a stream."""
        return self._greetings[number]

    def step(self, client: Client) -> None:
        """In is who has the first part of the answer."""
        if self._first in client.rest:
            self.entered(client)


def requests(made: Sequence[Talk], memory: int, *, has_script: bool) -> list[bytes]:
    """The request of each visitor for what grows, under an address of a visit of this run."""
    from voordeur.faces.run_memory import RunMemory
    from voordeur.faces.visit.passes import FRAME, PAGE, Pass
    from voordeur.faces.visit.visits import Visits

    run, moment, found = RunMemory(memory), datetime.now(UTC), []
    visits = Visits(run.visits_key)
    for one in made:
        token, open_pass = visits.begin(moment), Pass(one.conversation, one.private, 0)
        written = open_pass.sealed(run.pass_key, token, PAGE if has_script else FRAME)
        if has_script:
            body = urlencode({"c": written, "after": 0, "l": "nl"})
            head = f"POST /{token}/k HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        else:
            body, head = "", f"GET /{token}/t/{written}/nl HTTP/1.1\r\n"
        found.append(f"{head}Host: {HOST}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    return found


def crowd(port: int, made: Sequence[Talk], memory: int, *, has_script: bool) -> Visitors:
    """A crowd of these visitors."""
    return Visitors(port, requests(made, memory, has_script=has_script), b'"k":"said"' if has_script else b"<ol")


def reply(made: Sequence[Talk], sequence: int, each_second: int) -> subprocess.Popen[str]:
    """Start a desk that writes one reply into each of these conversations; `sequence` is the same for all."""
    import json

    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.replying"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    given = {
        "each_second": each_second,
        "sequence": sequence,
        "conversations": [(one.conversation.hex(), one.key.hex()) for one in made],
    }
    assert process.stdin is not None
    process.stdin.write(json.dumps(given) + "\n")
    process.stdin.flush()
    return process
