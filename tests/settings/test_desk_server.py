"""The desk's server as a process of its own: pages, answers and the stream, with a real client over the network."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Makes a database with somebody who is signed in and somebody who waits; prints the cookie and the conversation.
_PREPARE = """
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
settings.ALLOWED_HOSTS = ["testserver"]
call_command("migrate", verbosity=0)
from tests.faces.desk.colleagues import Colleague, Group, at_the_door
from voordeur.vocabulary import StaffRole
central = Group("central")
ada = Colleague("ada", central, StaffRole.RESPONDER)
print(ada.client.cookies["desk"].value, at_the_door(central).id)
"""


class Desk:
    """A running desk, and the cookie of somebody who is signed in."""

    def __init__(self, port: int, cookie: str, waiting: str, data: Path) -> None:
        self.port, self.cookie, self.waiting, self.data = port, cookie, waiting, data

    def asks(self, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
        """One request, signed in."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request(method, path, body or None, {"Cookie": f"desk={self.cookie}", "X-Voordeur": "1", **headers})
        return line.getresponse()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The server itself, with a data folder of its own."""
    data = tmp_path_factory.mktemp("desk")
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "voordeur.settings.desk", "VOORDEUR_DATA": str(data)}
    given["VOORDEUR_SECRET"] = "a secret of this test and no other"
    prepared = subprocess.run(
        [sys.executable, "-c", _PREPARE], cwd=ROOT, env=given, capture_output=True, text=True, check=True
    )
    cookie, waiting = prepared.stdout.split()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "voordeur.settings.desk_server:app", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning", "--lifespan", "off", "--timeout-graceful-shutdown", "2"]
    server = subprocess.Popen(command, cwd=ROOT, env=given)
    try:
        found = Desk(port, cookie, waiting, data)
        for _ in range(200):
            try:
                found.asks("GET", "/healthy").read()
                break
            except OSError:
                time.sleep(0.05)
        yield found
    finally:
        server.terminate()
        server.wait(10)


def _next_event(stream: http.client.HTTPResponse) -> dict[str, object]:
    while not (line := stream.fp.readline()).startswith(b"data: "):
        assert line, "the stream ended"
    found: dict[str, object] = json.loads(line[6:])
    return found


def test_questions_are_answered_and_nothing_of_them_is_kept(desk: Desk) -> None:
    answer = desk.asks("POST", "/api/inbox", "{}")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert [one["id"] for one in json.loads(answer.read())["waiting"]] == [desk.waiting]
    assert desk.asks("POST", "/api/inbox", "{}", Cookie="desk=other").status == 401


def test_a_body_that_is_too_large_is_refused_without_being_read_to_its_end(desk: Desk) -> None:
    assert desk.asks("POST", "/api/open", "x" * 300_000).status == 400
    assert desk.asks("POST", "/api/inbox", "{}").status == 200


def test_the_stream_says_at_once_what_another_process_tells(desk: Desk) -> None:
    from voordeur.faces.wakes import tell

    stream = desk.asks("GET", "/stream")
    assert (stream.status, stream.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert stream.headers["X-Frame-Options"] == "DENY"
    assert _next_event(stream) == {"k": "inbox", "c": "", "p": 0}
    begun = time.monotonic()
    tell(desk.data, "t:central", "inbox")
    assert _next_event(stream) == {"k": "inbox", "c": "", "p": 0}
    assert time.monotonic() - begun < 8


def test_the_stream_is_not_for_who_is_not_signed_in_or_not_on_our_page(desk: Desk) -> None:
    assert desk.asks("GET", "/stream", Cookie="desk=other").status == 401
    assert desk.asks("GET", "/stream", **{"Sec-Fetch-Site": "cross-site"}).status == 400
    assert desk.asks("POST", "/stream").status == 405


def test_many_open_lines_leave_room_for_questions(desk: Desk) -> None:
    lines = [desk.asks("GET", "/stream") for _ in range(5)]
    assert {line.status for line in lines} == {200}
    assert desk.asks("POST", "/api/me", "{}").status == 200
