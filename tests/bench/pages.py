"""The public side over the wire: what each page weighs, and how many pages of results it gives each second."""

from __future__ import annotations

import gzip
import http.client
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode

from tests.bench import made_up
from tests.bench.figures import Figure, at_rank
from tests.bench.pressing import Pace, press
from tests.bench.servers import Running, still_page
from voordeur.faces.doorway import Door
from voordeur.rules.guide import Guide

HEAVIEST = 13_000  # bytes: what fits in the first ten packets of a new connection, with room to spare (RFC 6928)
_HEADERS = {"Accept-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Weight:
    """One page: all bytes of its answer as sent, and those of the page when unpacked."""

    page: str
    door: str
    language: str
    sent: int
    unpacked: int


def visit_of(at: Running, host: str) -> str:
    """A fresh address of a visit at this door. Raises OSError when there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", at.port, timeout=10)
    connection.request("GET", "/", headers={"Host": host})
    return connection.getresponse().headers["Location"] or "/"


def _exchange(at: Running, host: str, path: str, body: str | None) -> bytes:
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
    rest = "".join(f"{name}: {value}\r\n" for name, value in _HEADERS.items())
    with socket.create_connection(("127.0.0.1", at.port), timeout=10) as connection:
        connection.sendall(f"{head}{rest}Content-Length: {len(body or '')}\r\n\r\n{body or ''}".encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def weigh(at: Running, guide: Guide, door: Door, codes: Sequence[str], topics: Sequence[str]) -> Iterator[Weight]:
    """Every kind of page of one door in each of its languages; of many of a kind the heaviest."""
    host = door.hosts[0]
    for language in door.languages:
        visit = visit_of(at, host)

        def one(page: str, asked: Sequence[str | None], path: str = "", language: str = language) -> Weight:
            answers = [_exchange(at, host, visit + path, body) for body in asked]  # noqa: B023 (used at once)
            heaviest = max(answers, key=len)
            head, _, body = heaviest.partition(b"\r\n\r\n")
            unpacked = gzip.decompress(body) if b"\r\ncontent-encoding: gzip" in head.lower() else body
            return Weight(page, door.id, language, len(heaviest), len(unpacked))

        def form(language: str = language, **more: str) -> str:
            return urlencode({"l": language, **more})

        ways = [option.id for option in guide.questions[0].fields[0].options if option.id != "danger"]
        answered = [f"way_in={way}" for way in ways]
        questions = [form(s=one, go=f"ask:{question.id}") for question in guide.questions[1:] for one in answered]
        yield one("home", [form(go="home")])
        yield one("danger", [form(go="danger")])
        yield one("protection", [form(go="safety")])
        yield one("question", questions)
        yield one("results", made_up.bodies(guide, [language], 60))
        yield one("organisation", [form(go=f"org:{code}") for code in codes])
        yield one("library", [form(go=f"library:{kind}") for kind in ("", "recognise", "inform")])
        yield one("library page", [form(go=f"page:{name}") for name in topics])
        yield one("library page, easier", [form(go=f"easy:{name}") for name in topics])
        yield one("search result", [form(go="search", words=words) for words in ("bang", "mijn man heeft een mes")])
        yield one("not found", [form(go="org:nosuch")])
        yield one("leave now", [None], "/0")


def first_page(at: Running, topic: str) -> tuple[float, float]:
    """Milliseconds that a page of the library takes from a fresh server, and the middle one of many after that."""
    visit = visit_of(at, "localhost")
    took = []
    for _ in range(101):
        began = perf_counter()
        _exchange(at, "localhost", visit, urlencode({"go": f"page:{topic}"}))
        took.append((perf_counter() - began) * 1000)
    return took[0], at_rank(took[1:], 0.5)


def paces(at: Running, guide: Guide, languages: Sequence[str], folder: Path, *, runs: int = 3) -> Iterator[Figure]:
    """Pages of results each second, beside one of them as a still file; the best of some runs, in turn."""
    bodies = made_up.bodies(guide, languages, 500)
    visit = visit_of(at, "localhost")
    file = folder / "page.html"
    file.write_bytes(_exchange(at, "localhost", visit, bodies[0]).partition(b"\r\n\r\n")[2])
    with still_page(file) as still:
        press(at.port, visit, bodies, 1, folder)
        ours, theirs = list[Pace](), list[Pace]()
        for _ in range(runs):
            theirs.append(press(still.port, f"/{file.name}", (), 2, folder))
            ours.append(press(at.port, visit, bodies, 4, folder))
        best, still_best = (max(found, key=lambda one: one.each_second) for found in (ours, theirs))
        name = still.name
    yield Figure("results page: answers", best.each_second, "/s", 400, still_best.each_second, name, at_most=False)
    yield Figure("results page: median, eight at once", best.p50, "ms", None, still_best.p50, name)
    yield Figure("results page: p99, eight at once", best.p99, "ms", None, still_best.p99, name)
