"""Visitors over plain HTTP: one with forms alone, and one that seals and opens as the script of the page does.

Each has a network address and a browser name of its own, and tries the same again when the line breaks, as a browser
with somebody behind it (forms) or the script (JSON) does. `seconds` are those in which they asked anything.
"""

from __future__ import annotations

import base64
import codecs
import html
import json
import re
import secrets
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlencode

from voordeur.secrecy.envelope import Context, seal, unseal

HOSTS = {"central": "localhost", "sport": "speelveld.localhost"}
PATIENCE_SECONDS = 90.0
_AGAIN_SECONDS = 0.3
#: A code costs much, so asking for it is slowed for each address; nobody presses faster.
CODE_AGAIN_SECONDS = 4.0
_LINE = re.compile(r'<li class="(own|theirs)">.*?<p class="text"[^>]*>(.*?)</p>', re.DOTALL)


class NoAnswer(Exception):
    """What was asked again and again was not answered."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came."""

    status: int
    text: str

    def field(self, name: str) -> str:
        """The value of the first hidden field of this name; empty without one."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return html.unescape(found[1]) if found else ""

    def data(self, name: str) -> str:
        """What the page tells its script under this name."""
        found = re.search(rf' data-{name}="([^"]*)"', self.text)
        assert found, (self.status, name)
        return html.unescape(found[1])

    @property
    def is_conversation(self) -> bool:
        """Whether this is the page of a conversation, and nothing was refused."""
        return self.status == 200 and 'id="state"' in self.text and 'role="alert"' not in self.text

    @property
    def lines(self) -> list[tuple[bool, str]]:
        """What was said, as it stands on the page: whether it is the visitor's own, and the text."""
        return lines_of(self.text)

    @property
    def code(self) -> tuple[str, str]:
        """The return code that the page shows: its words and its digits, each with spaces in between."""
        words = re.search(r'<ol class="words"[^>]*>(.*?)</ol>', self.text, re.DOTALL)
        digits = re.search(r'<p class="digits"><bdi>([0-9 ]+)</bdi>', self.text)
        assert words and digits, self.text[:2000]
        return " ".join(map(html.unescape, re.findall(r"<bdi>(.*?)</bdi>", words[1]))), digits[1]


def lines_of(text: str) -> list[tuple[bool, str]]:
    """What was said in a piece of a page or of a frame."""
    return [(who == "own", html.unescape(said)) for who, said in _LINE.findall(text)]


def _whole_lines(pieces: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from whole


def as_bytes(written: str) -> bytes:
    """Bytes as pages carry them."""
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))


def as_text(raw: bytes) -> str:
    """Bytes as pages carry them."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Visitor:
    """Somebody with forms alone. `page` is the page that they see now."""

    port: int
    address: str = "127.0.0.1"
    agent: str = "Browser"
    door: str = "central"
    language: str = "nl"
    token: str = ""
    page: Page = field(default_factory=lambda: Page(0, ""))
    seconds: set[int] = field(default_factory=set)
    cookie: str = ""
    has_hung_up: bool = False
    _line: HTTPConnection | None = None

    def enters(self) -> None:
        """Open the door, and the page on which to talk."""
        answer = self._asked("GET", "/")
        assert answer.status == 303
        self.token = answer.text.removeprefix("/")
        self.page = self._asked("GET", f"/{self.token}")
        self.presses("talk")

    def presses(self, go: str, **fields: str) -> Page:
        """A button of the page that is seen, with what its form carries; the page that follows."""
        carried = {name: self.page.field(name) for name in ("c", "l", "s", "v", "n", "m")}
        fields = {**{name: value for name, value in carried.items() if value}, **fields, "go": go}
        self.page = self._asked("POST", f"/{self.token}", fields)
        return self.page

    def says(self, text: str, **fields: str) -> None:
        """Send a text, the same form again until a page says that it is there."""
        before, until = self.page, time.monotonic() + PATIENCE_SECONDS
        while not self.presses("talk:say", text=text, **fields).is_conversation:
            if time.monotonic() > until:
                raise NoAnswer(f"{self.page.status}: {self.page.text[-3000:]}")
            self.page = before
            time.sleep(_AGAIN_SECONDS)

    def takes_code(self) -> tuple[str, str]:
        """Ask for a return code; its words and its digits."""
        before, until = self.page, time.monotonic() + PATIENCE_SECONDS
        while "digits" not in self.presses("talk:code").text:
            assert time.monotonic() < until, self.page.text[-3000:]
            self.page = before
            time.sleep(CODE_AGAIN_SECONDS)
        return self.page.code

    def comes_back(self, code: str) -> None:
        """In a visit of its own, with a return code."""
        self.presses("talk:return")
        before, until = self.page, time.monotonic() + PATIENCE_SECONDS
        while not self.presses("talk:open", code=code).is_conversation:
            assert self.page.status in (429, 503) and time.monotonic() < until, self.page.text[-3000:]
            self.page = before
            time.sleep(CODE_AGAIN_SECONDS)

    def reads_all(self) -> list[tuple[bool, str]]:
        """Everything that was said, on one page."""
        return self.presses("talk:all:plain").lines

    def leaves(self) -> None:
        """Leave now."""
        assert self._asked("GET", f"/{self.token}/0").status == 200

    def frame(self) -> Iterator[str]:
        """The frame that grows, in pieces of whole items, until it ends or breaks."""
        found = re.search(r'<iframe src="([^"]+)"', self.page.text)
        if not found:  # a page of a refusal has none
            return
        rest = ""
        for piece in self._grown("GET", html.unescape(found[1])):
            whole, end, rest = (rest + piece).rpartition("</li>")
            yield whole + end

    def hangs_up(self) -> None:
        """End the frame or the stream that is open, in whichever thread it is read, and open no other."""
        self.has_hung_up = True
        line = self._line
        if line is not None and line.sock is not None:
            with suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)

    def _grown(self, method: str, path: str, fields: dict[str, str] | None = None) -> Iterator[str]:
        self._line = connection = HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(self.address, 0))
        try:
            answer = self._answer(connection, method, path, fields)
            decoder = codecs.getincrementaldecoder("utf-8")()
            while answer.status == 200 and not self.has_hung_up and (piece := answer.read1(65536)):
                yield decoder.decode(piece)
        except (OSError, HTTPException):
            return
        finally:
            connection.close()

    def _answer(
        self, connection: HTTPConnection, method: str, path: str, fields: dict[str, str] | None
    ) -> HTTPResponse:
        began = int(time.time())
        headers = {
            "Host": f"{HOSTS[self.door]}:{self.port}",
            "User-Agent": self.agent,
            "Accept-Language": self.language,
            "Referer": f"http://search.example/{self.agent}",
            "X-Forwarded-For": self.address,
        }
        if self.cookie:
            headers["Cookie"] = self.cookie
        body = None
        if fields is not None:
            body, headers["Content-Type"] = urlencode(fields), "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        self.seconds.update(range(began, int(time.time()) + 1))
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            if name == "c":
                self.cookie = f"c={value}" if value.strip('"') else ""
        return answer

    def _asked(self, method: str, path: str, fields: dict[str, str] | None = None) -> Page:
        """What was answered in the end; a broken line is tried again, as the one behind a browser does."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(self.address, 0))
            try:
                answer = self._answer(connection, method, path, fields)
                text = answer.read().decode()
                return Page(answer.status, answer.headers["Location"] if answer.status == 303 else text)
            except (OSError, HTTPException) as broken:
                if time.monotonic() > until:
                    raise NoAnswer(path[:1]) from broken
                time.sleep(_AGAIN_SECONDS)
            finally:
                connection.close()


@dataclass
class SealingVisitor(Visitor):
    """Somebody whose browser seals and opens: JSON with ids of messages, and a stream that goes on where it broke."""

    conversation: bytes = b""
    keys: dict[int, bytes] = field(default_factory=dict)
    epoch: int = 0
    next: int = 1
    last: int = 0

    def says(self, text: str, **fields: str) -> None:
        """Seal a text and send it until it has a place; the first one begins the conversation."""
        if not self.conversation:
            self._begins(**fields)
        message_id, said = secrets.token_hex(16), self._said(text)
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            envelope = seal(self.keys[self.epoch], Context(self.conversation, "v", self.next), said)
            sent = {"do": "say", "m": message_id, "q": str(self.next), "e": str(self.epoch), "x": as_text(envelope)}
            status, answer = self._script_asks(**sent, d=fields.get("d", ""), w="")
            if "keys" in answer:
                self._learns(answer)
            elif "place" in answer:
                self.next += not answer["again"]
                return
            else:
                assert status in (429, 500, 503), (status, answer)
                time.sleep(_AGAIN_SECONDS)
        raise NoAnswer(text)

    def _said(self, text: str) -> bytes:
        at = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime())
        said = {"t": text, "at": at, "by": "", "role": "visitor", "kind": "text", "ref": "", "lang": self.language}
        return json.dumps(said, ensure_ascii=False).encode()

    def _begins(self, wish: str = "anyone", spoken: str = "nl", d: str = "") -> None:
        begun: dict[str, Any] = {}
        until = time.monotonic() + PATIENCE_SECONDS
        while "conversation" not in begun:
            assert time.monotonic() < until, begun
            time.sleep(_AGAIN_SECONDS if begun else 0)
            begun = self._script_asks(do="begin", m=self.page.field("m"), wish=wish, spoken=spoken, d=d)[1]
        self.conversation = bytes.fromhex(begun["conversation"])
        self._learns(begun)
        self.presses("talk", c=begun["c"])

    def types(self) -> None:
        """Something is typed and not sent yet."""
        assert self._script_asks(do="typing")[0] == 200

    def takes_code(self) -> tuple[str, str]:
        """As without script; the page of a code brings keys and numbers of its own."""
        code = super().takes_code()
        self._looks()
        return code

    def comes_back(self, code: str) -> None:
        """As without script; then the script takes over."""
        super().comes_back(code)
        self._looks()

    def _looks(self) -> None:
        self.conversation = bytes.fromhex(self.page.data("conversation"))
        self._learns({one: json.loads(self.page.data(one)) for one in ("keys", "epoch", "next")})

    def _learns(self, told: dict[str, Any]) -> None:
        self.keys |= {int(epoch): as_bytes(key) for epoch, key in told["keys"].items()}
        self.epoch, self.next = told["epoch"], told.get("next", self.next)

    def _script_asks(self, **fields: str) -> tuple[int, dict[str, Any]]:
        answer = self._asked("POST", f"/{self.token}/j", {"c": self.page.field("c"), "l": self.language, **fields})
        return answer.status, json.loads(answer.text) if answer.text.startswith("{") else {}

    def stream(self) -> Iterator[tuple[int, bool, str]]:
        """Place, whether it is the visitor's own, and text, of what comes after the last one that was seen."""
        sent = {"c": self.page.field("c"), "l": self.language, "after": str(self.last)}
        for line in _whole_lines(self._grown("POST", f"/{self.token}/k", sent)):
            said = json.loads(line)
            if said["k"] != "said":
                continue
            keys = {int(epoch): as_bytes(key) for epoch, key in said["keys"].items()}
            for place, direction, sequence, epoch, envelope, _ in said["m"]:
                opened = unseal(keys[epoch], Context(self.conversation, direction, sequence), as_bytes(envelope))
                self.last = max(self.last, place)
                yield place, direction == "v", json.loads(opened)["t"]
