"""A thousand trips leave nothing behind on the server (safety rules 1 and 2; face.md S4, S5)."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.browser.house_at_work import DOORS, Server, asked, free_port, public_server
from voordeur.faces.visit.house import house

TRIPS = 1000


@dataclass(frozen=True)
class Trip:
    """Everything of one visitor that could be found again."""

    address: str
    agent: str
    place: str
    token: str
    answers: str

    def marks(self) -> tuple[str, ...]:
        """What may stand nowhere."""
        return self.address, self.agent, self.place, self.token, self.answers


def make_trip(server: Server, number: int) -> Trip:
    """Come in from an address of its own, answer, look at an organisation, and mostly leave."""
    chance = random.Random(number)
    address = f"127.{20 + number // 250}.{1 + number % 250}.{chance.randint(2, 250)}"
    agent, place = f"Canary/{number}.{chance.getrandbits(48):x}", f"Kanariedorp{chance.getrandbits(40):x}"
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60, source_address=(address, 0))
    headers = {
        "Host": chance.choice(list(DOORS.values())),
        "User-Agent": agent,
        "Referer": f"http://search.example/?q={place}",
        "X-Forwarded-For": address,
        "Accept-Language": chance.choice(("nl", "en", "tr")),
    }

    def ask(method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        connection.request(method, path, body, {**headers, **form})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()

    try:
        _, home, _ = ask("GET", chance.choice(("/", "/a", "/p")))
        token = home.split("/")[1]
        told = {"way_in": chance.choice(("talk", "other", "self", "work", "normal"))}
        for field in house().guide.fields.values():
            if field.options and field.id != "way_in":
                told[field.id] = chance.choice(field.options).id
        answers = urlencode({**told, "place": place})
        status, _, text = ask("POST", f"/{token}", urlencode({"s": answers, "go": "guide", "v": "guide"}))
        assert status == 200 and place in text
        code = text.partition('value="org:')[2].partition('"')[0]
        ask("POST", f"/{token}", urlencode({"s": answers, "go": f"org:{code}", "v": "guide"}))
        broken = chance.choice((f"/{place}", f"/{token}/{place}", f"/?q={place}", "/%ff" + place))
        ask(chance.choice(("GET", "PUT")), broken)
        if chance.random() < 0.8:
            assert ask("GET", f"/{token}/0")[0] == 200
            assert ask("GET", f"/{token}")[0] == 303
        return Trip(address, agent, place, token, answers)
    finally:
        connection.close()


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All columns of all rows of all tables."""
    with closing(sqlite3.connect(path)) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: opened.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}  # noqa: S608


@dataclass(frozen=True)
class Trail:
    """What there was before and after the trips, and every byte that was kept."""

    before: dict[str, list[tuple[object, ...]]]
    after: dict[str, list[tuple[object, ...]]]
    files: dict[str, bytes]
    trips: tuple[Trip, ...]


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    """Run a server, make the trips, read all that is on disk while it runs and after it stopped."""
    folder = tmp_path_factory.mktemp("trail")
    files: dict[str, bytes] = {}
    with public_server(folder, f"http://127.0.0.1:{free_port()}/") as server:
        database = server.data / "voordeur.sqlite3"
        before = dump(database)
        asked(server, "GET", "/")
        with ThreadPoolExecutor(4) as walkers:
            trips = tuple(walkers.map(lambda number: make_trip(server, number), range(TRIPS)))
        for path in folder.rglob("*"):
            if path.is_file():
                files[f"running {path.relative_to(folder)}"] = path.read_bytes()
    for path in folder.rglob("*"):
        if path.is_file():
            files[f"stopped {path.relative_to(folder)}"] = path.read_bytes()
    yield Trail(before, dump(database), files, trips)


def test_no_table_has_changed(trail: Trail) -> None:
    """No row was added, changed or removed: nothing to count visitors by."""
    assert len({trip.address for trip in trail.trips}) > 900
    assert trail.before == trail.after


def test_no_file_holds_a_trace_of_any_visitor(trail: Trail) -> None:
    """Tables with their write-ahead log, and all that the server printed: no address, agent, place, token, answer."""
    marks = {
        mark.encode(): kind
        for trip in trail.trips
        for kind, mark in zip(("address", "agent", "place", "token", "answers"), trip.marks(), strict=True)
    }
    found = [(name, marks[mark]) for name, content in trail.files.items() for mark in marks if mark in content]
    assert found == []
    assert not [name for name, content in trail.files.items() if b"Canary/" in content or b"Kanariedorp" in content]


def test_no_file_has_come(trail: Trail) -> None:
    """The data folder holds the database and nothing else."""
    names = {name.partition(" ")[2] for name in trail.files}
    assert names <= {"printed.txt", *(f"data/voordeur.sqlite3{end}" for end in ("", "-wal", "-shm"))}


def test_the_server_prints_nothing(trail: Trail) -> None:
    """Neither for pages nor for refused and broken requests."""
    assert trail.files["stopped printed.txt"] == b""
