"""What grows by itself, on a real server: nothing lost, nothing twice, ended at once on leaving."""

from __future__ import annotations

import base64
import json
import re
import secrets
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.house_at_work import asked
from tests.browser.talking_house import Desk, TalkingHouse, talking_house
from voordeur.secrecy.envelope import Context, unseal

PATIENCE = 20


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TalkingHouse]:
    """A server and a desk."""
    with talking_house(tmp_path_factory.mktemp("streams"), "http://127.0.0.1:9/neutral") as running:
        yield running


@pytest.fixture
def desk(house: TalkingHouse) -> Desk:
    """Sam at work."""
    return house.desk


class Talker:
    """A visitor with one conversation, over plain requests."""

    def __init__(self, house: TalkingHouse, text: str) -> None:
        self.house = house
        # Each from an address of its own: a limit counts by address.
        self.address = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(200)}.{secrets.randbelow(200) + 2}"
        self.home = self.asks("GET", "/")[1]["location"]
        self.posts(go="talk")
        self.posts(go="talk:say", text=text)
        self.id = house.desk.newest(text)

    def asks(self, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, str], bytes]:
        """One plain request."""
        connection = HTTPConnection("127.0.0.1", self.house.server.port, timeout=20, source_address=(self.address, 0))
        with closing(connection):
            form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
            connection.request(method, path, body, {"Host": "localhost", **form})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def posts(self, **fields: str) -> str:
        """A form, with the hidden fields of the page before."""
        body = urlencode({**getattr(self, "hidden", {"l": "en"}), **fields})
        self.status, _, raw = self.asks("POST", self.home, body)
        self.page = raw.decode()
        self.hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page))
        return self.page

    @property
    def frame_path(self) -> str:
        """Where the frame of the page is."""
        return str(re.findall(r'<iframe src="([^"]*)"', self.page)[0])

    def frame(self) -> Line:
        """The frame, opened."""
        return Line(self.house, f"GET {self.frame_path} HTTP/1.1\r\nHost: localhost\r\n\r\n")

    def stream(self, after: int = 0, code: str | None = None) -> Line:
        """The stream of the script, opened."""
        body = urlencode({"c": self.hidden["c"] if code is None else code, "after": after, "l": "en"})
        head = f"POST {self.home}/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        return Line(self.house, head + body)

    def leaves(self) -> None:
        """Leave now."""
        self.asks("GET", f"{self.home}/0")


class Line:
    """A connection that stays open, and all that came over it."""

    def __init__(self, house: TalkingHouse, request: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", house.server.port), timeout=PATIENCE)
        self.socket.sendall(request.encode())
        self.came, self.is_over = b"", False

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *given: object) -> None:
        self.socket.close()

    def read(self, seconds: float) -> bool:
        """Whatever comes first within so many seconds; whether anything did."""
        self.socket.settimeout(max(0.001, seconds))
        try:
            part = self.socket.recv(65536)
        except (TimeoutError, ConnectionError):
            return False
        self.came += part
        self.is_over = self.is_over or not part or self.came.endswith(b"0\r\n\r\n")
        return bool(part)

    def until(self, wanted: str, seconds: float = PATIENCE) -> float:
        """Read until this has come; after how many seconds."""
        began = time.monotonic()
        while wanted.encode() not in self.came:
            left = seconds - (time.monotonic() - began)
            assert left > 0 and self.read(left), f"{wanted!r} did not come; the last was {self.came[-300:]!r}"
        return time.monotonic() - began

    def until_over(self, seconds: float = PATIENCE) -> float:
        """Read until it has ended; after how many seconds."""
        began = time.monotonic()
        while not self.is_over:
            left = seconds - (time.monotonic() - began)
            assert left > 0, "the line is still open"
            self.read(left)
        return time.monotonic() - began

    @property
    def status(self) -> int:
        """The status of the answer."""
        self.until("\r\n\r\n")
        return int(self.came.split()[1])

    def events(self) -> list[dict[str, Any]]:
        """The lines of JSON so far."""
        body = re.sub(rb"\r\n[0-9a-f]+\r\n", b"", b"\r\n" + self.came.partition(b"\r\n\r\n")[2])
        found = []
        for line in body.split(b"\n"):
            with suppress(ValueError):
                found.append(json.loads(line))
        return [one for one in found if isinstance(one, dict)]

    def texts(self, conversation_id: str) -> list[tuple[int, str]]:
        """Place and text of every message that came, as the script opens them."""
        keys: dict[str, str] = {}
        found = []
        for event in self.events():
            keys |= event.get("keys", {})
            for place, direction, sequence, epoch, sealed, _ in event.get("m", ()):
                context = Context(bytes.fromhex(conversation_id), direction, sequence)
                envelope = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
                key = base64.urlsafe_b64decode(keys[str(epoch)] + "=")
                found.append((place, json.loads(unseal(key, context, envelope))["t"]))
        return found


def own_text() -> str:
    """Words that no other conversation of these tests holds."""
    return f"hello {time.monotonic_ns()}"


@pytest.fixture
def talkers(house: TalkingHouse) -> Iterator[Callable[[], Talker]]:
    """Makes visitors who have said something; they leave at the end, so that the queue does not fill."""
    made: list[Talker] = []

    def make() -> Talker:
        made.append(Talker(house, own_text()))
        return made[-1]

    yield make
    for one in made:
        one.leaves()


@pytest.fixture
def talker(talkers: Callable[[], Talker]) -> Talker:
    """One of them."""
    return talkers()


# ---------------------------------------------------------------- what comes


def test_a_reply_is_in_the_frame_soon_and_escaped(talker: Talker, desk: Desk) -> None:
    with talker.frame() as frame:
        frame.until("hello")
        began = time.monotonic()
        desk.replies(talker.id, "<b>good & well</b>")
        frame.until("&lt;b&gt;good &amp; well&lt;/b&gt;")
        assert time.monotonic() - began < 5
        assert frame.came.count(b"<li class") == 2


def test_a_reply_is_in_the_stream_soon(talker: Talker, desk: Desk) -> None:
    with talker.stream() as stream:
        stream.until('"said"')
        began = time.monotonic()
        desk.replies(talker.id, "good")
        while len(stream.texts(talker.id)) < 2:
            assert stream.read(PATIENCE)
        assert time.monotonic() - began < 5
        assert [text for _, text in stream.texts(talker.id)][1:] == ["good"]


def test_many_messages_come_once_each_and_in_order(talker: Talker, desk: Desk) -> None:
    with talker.stream() as stream, talker.frame() as frame:
        frame.until("hello")
        for number in range(60):
            desk.replies(talker.id, f"number {number};")
            if number == 30:
                desk.does("begins_epoch", talker.id)
        frame.until("number 59;")
        while len(stream.texts(talker.id)) < 61:
            assert stream.read(PATIENCE)
        wanted = [f"number {number};" for number in range(60)]
        assert [text for _, text in stream.texts(talker.id)][1:] == wanted
        assert re.findall(r"number \d+;", frame.came.decode()) == wanted


def test_the_server_may_fall_and_nothing_is_lost_or_repeated(house: TalkingHouse, talker: Talker, desk: Desk) -> None:
    with talker.stream() as stream, talker.frame() as frame:
        frame.until("hello")
        desk.replies(talker.id, "before")
        frame.until("before")
        while len(stream.texts(talker.id)) < 2:
            assert stream.read(PATIENCE)
        house.fall()
        desk.replies(talker.id, "meanwhile")
        house.start()
        first = stream.texts(talker.id)
    with talker.stream(after=first[-1][0]) as stream, talker.frame() as frame:
        desk.replies(talker.id, "after")
        while len(stream.texts(talker.id)) < 2:
            assert stream.read(PATIENCE)
        said = first + stream.texts(talker.id)
        assert [text for _, text in said][1:] == ["before", "meanwhile", "after"]
        assert [place for place, _ in said] == [1, 2, 3, 4]
        frame.until("after")
        assert re.findall(r">(before|meanwhile|after)<", frame.came.decode()) == ["before", "meanwhile", "after"]
    talker.posts(go="talk:say", text="still here")
    assert desk.reads(talker.id)[-1] == "still here"


def test_a_word_that_gets_lost_costs_seconds_only(house: TalkingHouse, talker: Talker, desk: Desk) -> None:
    with talker.frame() as frame:
        frame.until("hello")
        hidden = list((house.server.data / "run").glob("*.sock"))
        assert hidden
        for path in hidden:
            path.rename(path.with_suffix(".aside"))
        try:
            desk.replies(talker.id, "found by looking")
            assert frame.until("found by looking") < 4
        finally:
            for path in hidden:
                path.with_suffix(".aside").rename(path)


def test_typing_of_the_desk_is_told_to_the_script(talker: Talker, desk: Desk, house: TalkingHouse) -> None:
    with talker.stream() as stream:
        stream.until('"said"')
        desk.does("types", talker.id)
        stream.until('{"k":"typing"}')


def test_the_state_comes_along_in_words(talker: Talker, desk: Desk) -> None:
    with talker.stream() as stream:
        stream.until("Nobody has picked it up yet")
        desk.does("picks_up", talker.id)
        stream.until("Someone is with you.")


# ---------------------------------------------------------------- what ends it


@pytest.mark.parametrize("kind", ["frame", "stream"])
def test_leaving_ends_every_line_at_once_and_the_desk_hears_left_and_no_more(
    talker: Talker, desk: Desk, kind: str
) -> None:
    with getattr(talker, kind)() as line, getattr(talker, kind)() as second:
        line.until("</style>" if kind == "frame" else '"said"')
        second.until("</style>" if kind == "frame" else '"said"')
        desk.does("listens", talker.id)
        talker.leaves()
        assert line.until_over() < 1 and second.until_over() < 1
    assert desk.label(talker.id)["has_left"]
    time.sleep(6.5)
    assert desk.does("heard")[-1] == "left"


def test_leaving_finds_a_conversation_whose_server_fell(house: TalkingHouse, talker: Talker, desk: Desk) -> None:
    house.fall()
    house.start()
    with talker.stream() as stream:
        stream.until('"said"')
        talker.leaves()
        assert stream.until_over() < 1
    assert desk.label(talker.id)["has_left"]


def test_two_open_pages_are_here_until_the_last_one_is_gone(talker: Talker, desk: Desk) -> None:
    desk.does("listens", talker.id)
    with talker.stream() as first:
        first.until('"said"')
        with talker.stream() as second:
            second.until('"said"')
        time.sleep(6.5)
        assert "gone" not in desk.does("heard")
    time.sleep(6.5)
    assert desk.does("heard")[-1] == "gone"


def test_deleting_everything_ends_every_line(talker: Talker) -> None:
    with talker.frame() as frame, talker.stream() as stream:
        frame.until("hello")
        stream.until('"said"')
        talker.posts(go="talk:wiped")
        assert frame.until_over() < 1 and stream.until_over() < 1
        assert stream.events()[-1] == {"k": "gone"}


def test_a_code_given_elsewhere_ends_the_line_with_the_old_key(talker: Talker, desk: Desk) -> None:
    old = talker.hidden["c"]
    with talker.stream() as stream:
        stream.until('"said"')
        talker.posts(go="talk:code")
        desk.replies(talker.id, "for the new key")
        assert stream.until_over() < 2 and stream.events()[-1] == {"k": "gone"}
    with talker.stream(code=old) as again:
        assert again.until_over() < 2 and {"k": "gone"} in again.events()
    with talker.stream() as new:
        new.until('"said"')
        assert [text for _, text in new.texts(talker.id)][-1:] == ["for the new key"]


# ---------------------------------------------------------------- who may not


def test_a_pass_that_is_changed_of_another_visit_or_of_another_kind_opens_no_line(
    house: TalkingHouse, talker: Talker, talkers: Callable[[], Talker]
) -> None:
    other = talkers()
    framed = talker.frame_path.split("/")[3]
    for code in ("", "x", talker.hidden["c"][:-1] + "A", framed, "%00", "A" * 3000):
        with other.stream(code=code) as line:
            assert line.status == 410
    for path in (f"{other.home}/t/{framed}/en", f"{talker.home}/t/{talker.hidden['c']}/en"):
        assert asked(house.server, "GET", path)[0] == 410


def test_a_burned_address_leads_away(house: TalkingHouse, talker: Talker) -> None:
    path = talker.frame_path
    talker.leaves()
    status, headers, _ = asked(house.server, "GET", path)
    assert (status, headers["location"]) == (303, "http://127.0.0.1:9/neutral")
    with talker.stream() as line:
        assert line.status == 303


def test_a_host_that_is_no_door_gets_nothing(house: TalkingHouse, talker: Talker) -> None:
    assert asked(house.server, "GET", talker.frame_path, headers={"Host": "elsewhere.example"})[0] == 421


def test_one_visit_cannot_take_all_lines(talker: Talker, talkers: Callable[[], Talker]) -> None:
    lines = [talker.stream() for _ in range(12)]
    try:
        for line in lines:
            line.until('"said"')
        with talker.stream() as more:
            assert more.status == 503
        with talkers().stream() as other:
            other.until('"said"')
    finally:
        for line in lines:
            line.socket.close()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with talker.stream() as again:
            if again.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError("lines that were closed still count")


def test_the_headers_of_both_keep_them_out_of_caches_and_other_hands(talker: Talker) -> None:
    for line, policy in ((talker.frame(), "frame-ancestors 'self'"), (talker.stream(), "frame-ancestors 'none'")):
        with line:
            line.until("\r\n\r\n")
            head = line.came.partition(b"\r\n\r\n")[0].decode().lower()
            assert "cache-control: no-store" in head and "referrer-policy: no-referrer" in head
            assert policy in head and "default-src 'none'" in head and "x-accel-buffering: no" in head


# ---------------------------------------------------------------- seen, broken, small


def test_what_was_sent_counts_as_seen_only_when_the_page_asks_for_something_again(talker: Talker, desk: Desk) -> None:
    with talker.frame() as frame, talker.stream() as stream:
        desk.replies(talker.id, "news")
        frame.until("news")
        stream.until('"said"')
    assert desk.does("held", talker.id)["seen_place"] == 0
    talker.posts(go="talk:say", text="thanks")
    assert desk.does("held", talker.id)["seen_place"] == 2


def test_when_the_database_is_busy_lines_wait_and_go_on(house: TalkingHouse, talker: Talker, desk: Desk) -> None:
    """Somebody renames a table away and back: every question fails in between."""
    with talker.frame() as frame, talker.stream() as stream:
        frame.until("hello")
        stream.until('"said"')
        desk.replies(talker.id, "first")
        frame.until(">first<")
        with closing(sqlite3.connect(house.server.data / "voordeur.sqlite3", timeout=20)) as database:
            database.execute("ALTER TABLE conversations_grant RENAME TO away")
            database.commit()
            desk.does("wakes", talker.id)
            time.sleep(0.5)
            with talker.frame() as broken:
                broken.until('http-equiv="refresh" content="2"')
                assert broken.status == 503
            database.execute("ALTER TABLE away RENAME TO conversations_grant")
            database.commit()
        desk.replies(talker.id, "second")
        frame.until(">second<")
        assert re.findall(r">(first|second)<", frame.came.decode()) == ["first", "second"]


def test_one_open_line_costs_little_memory(house: TalkingHouse, talkers: Callable[[], Talker]) -> None:
    """A hundred lines of ten visits; a bound, the figure itself stands with the bench."""
    ten = [talkers() for _ in range(10)]
    lines = [one.stream() for one in ten for _ in range(2)]
    for line in lines:
        line.until('"said"')
    before = house.resident()
    more = [one.stream() for one in ten for _ in range(10)]
    try:
        for line in more:
            line.until('"said"')
        assert (house.resident() - before) / len(more) < 120, "KiB for each line"
    finally:
        for line in (*lines, *more):
            line.socket.close()


def test_the_server_prints_nothing_of_all_this(house: TalkingHouse) -> None:
    lines = [one for one in Path(house.server.printed).read_text(encoding="utf-8").splitlines() if one]
    odd = [one for one in lines if not re.match(r"(ERROR voordeur a conversation broke|A key for this server)", one)]
    assert odd == []
