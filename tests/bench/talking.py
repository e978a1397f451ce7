"""Conversations: what an open line costs, how fast words arrive, what a storm and a flood of codes do to the rest."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter
from urllib.parse import urlencode

from tests.bench.crowd import Crowd, allow_open_files
from tests.bench.figures import Figure, at_rank
from tests.bench.flooding import Flood, flood
from tests.bench.pages import visit_of
from tests.bench.reference import NAME, Chatters, is_there, prosody
from tests.bench.servers import Running, free_port, public_server, public_side, settle
from tests.bench.visitors import HOST, Talk, crowd, reply, talks

LINES = 2_000
EACH_SECOND = 100
MESSAGES = 2_000
#: How many are let in at a time when nothing but the end counts.
AT_ONCE = 100
MOST_KIB = 60
QUIET_SECONDS = 4
FLOOD_SECONDS = 12
_OPEN_FILES = 3 * LINES + 500


@dataclass(slots=True)
class Measured:
    """What one server did with all lines open; KiB, milliseconds, seconds."""

    each_kib: float | None = None
    p50: float = 0
    p99: float = 0
    start: float | None = None
    back: Sequence[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    written: list[float] = field(default_factory=list)


def _each_kib(at: Running, before: float | None) -> float | None:
    settle(at.pid)
    after = at.memory()
    return None if before is None or after is None else (after - before) * 1024 / LINES


class _Pages:
    """Somebody who asks for the first page again and again while other things go on."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.took: list[float] = []

    def ask(self) -> None:
        """One page, over a connection of its own; milliseconds."""
        began = perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/", headers={"Host": HOST})
            answer = connection.getresponse()
            where = answer.headers["Location"] or "/"
            answer.read()
            connection.request("POST", where, urlencode({"go": "danger"}), {
                "Host": HOST, "Content-Type": "application/x-www-form-urlencoded",
            })  # fmt: skip
            connection.getresponse().read()
        connection.close()
        self.took.append((perf_counter() - began) * 1000)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[list[float]]:
        """Ask ten times a second within the block."""
        is_over = asyncio.Event()

        async def go() -> None:
            while not is_over.is_set():
                await asyncio.to_thread(self.ask)
                await asyncio.sleep(0.1)

        task = asyncio.create_task(go())
        try:
            yield self.took
        finally:
            is_over.set()
            await task


@asynccontextmanager
async def _started(server: AbstractContextManager[Running]) -> AsyncIterator[Running]:
    """A server that starts while the clients go on."""
    with ExitStack() as stack:
        yield await asyncio.to_thread(stack.enter_context, server)


async def _back(crowd: Crowd, server: AbstractContextManager[Running], found: Measured) -> list[float]:
    """All lines come back at once to a server that is only just starting; milliseconds of a page meanwhile."""
    began = monotonic()
    async with _started(server) as at:
        found.start = at.seconds
        async with _Pages(at.port).going_on() as pages:
            found.back = [one - began for one in await crowd.storm()]
        await crowd.leave()
    return pages


async def _prosody(folder: Path) -> Measured:
    found, port = Measured(), free_port()
    crowd = Chatters(port, LINES)
    async with _started(prosody(folder, port)) as at:
        before = at.memory()
        await crowd.gather(AT_ONCE)
        found.each_kib = await asyncio.to_thread(_each_kib, at, before)
        crowd.listen()
        await crowd.write(MESSAGES, EACH_SECOND)
        found.p50, found.p99 = await crowd.delivered(MESSAGES)
        crowd.expect_storm()
    began = monotonic()
    async with _started(prosody(folder, port)) as at:
        found.start = at.seconds
        found.back = [one - began for one in await crowd.storm()]
        await crowd.leave()
    return found


async def _measure(at: Running, lines: Crowd, made: Sequence[Talk], sequence: int) -> Measured:
    """Memory of idle lines, then messages to them, with somebody asking for pages beside."""
    await asyncio.to_thread(settle, at.pid)
    found, before = Measured(), at.memory()
    await lines.gather(AT_ONCE)
    found.each_kib = await asyncio.to_thread(_each_kib, at, before)
    lines.listen()
    async with _Pages(at.port).going_on() as found.pages:
        with reply(made[:MESSAGES], sequence, EACH_SECOND) as writer:
            found.p50, found.p99 = await lines.delivered(MESSAGES, MESSAGES / EACH_SECOND + 30)
            said = await asyncio.to_thread(writer.communicate)
    found.written = json.loads(said[0])
    return found


async def _quiet(port: int) -> list[float]:
    async with _Pages(port).going_on() as pages:
        await asyncio.sleep(QUIET_SECONDS)
    return pages


async def _flooded(at: Running) -> tuple[Flood, list[float]]:
    visit = await asyncio.to_thread(visit_of, at, HOST)
    async with _Pages(at.port).going_on() as pages:
        found = await flood(at.port, visit, FLOOD_SECONDS)
    return found, pages


def _alone() -> float:
    """Milliseconds that the slow step of one code takes when nothing else goes on."""
    from voordeur.secrecy.return_code import SALT_BYTES, new_code, opening_key

    took = []
    for _ in range(5):
        began = perf_counter()
        opening_key(new_code(), bytes(SALT_BYTES))
        took.append((perf_counter() - began) * 1000)
    return at_rank(took, 0.5)


def figures(folder: Path) -> Iterator[Figure]:
    """All figures of conversations; beside prosody's of the same run where it is installed."""
    from voordeur.faces.terminal.processes import Lent

    allow_open_files(_OPEN_FILES)
    server = public_server()
    with asyncio.Runner() as go, Lent("127.0.0.1", [server]) as lent:
        if lent.memory is None:
            raise OSError("this system has no memory to lend to a process")
        theirs = go.run(_prosody(folder / NAME)) if is_there() else None
        if theirs is None:
            print(f"bench: {NAME} is not installed, so conversations have no reference", file=sys.stderr)
        made = talks(LINES)
        scripted = crowd(server.port, made, lent.memory, has_script=True)
        with public_side(lent, server) as at:
            settle(at.pid)
            quiet = go.run(_quiet(at.port))
            ours = go.run(_measure(at, scripted, made, 1))
            scripted.expect_storm()
            os.kill(at.pid, signal.SIGKILL)
        yield from _of_lines("talk with script", ours, theirs, quiet)
        pages = go.run(_back(scripted, public_side(lent, server), ours))
        yield from _of_storm(ours, theirs)
        yield from _of_pages("storm: the page of danger meanwhile", pages, quiet)
        plain = crowd(server.port, made, lent.memory, has_script=False)
        with public_side(lent, server) as at:
            ours = go.run(_measure(at, plain, made, 2))
            go.run(plain.leave())
        yield from _of_lines("talk without script", ours, theirs, quiet)
        alone = _alone()
        with public_side(lent, server) as at:
            settle(at.pid)
            before = at.memory()
            found, pages = go.run(_flooded(at))
            most = at.memory(at_most=True)
    yield Figure("flood of codes: tried", len(found.took) / found.seconds, "/s", None, 1000 / alone, "alone, one core")
    yield Figure("flood of codes: sent away as busy", found.sent_away / found.seconds, "/s")
    if found.took:
        yield Figure("flood of codes: answer to one, median", at_rank(found.took, 0.5), "ms", None, alone, "alone")
    yield from _of_pages("flood of codes: the page of danger meanwhile", pages, quiet)
    if before and most:
        yield Figure("flood of codes: most memory", most, "MB", None, before, "before")


def _of(theirs: Measured | None) -> str:
    return NAME if theirs else ""


def _of_lines(name: str, ours: Measured, theirs: Measured | None, quiet: Sequence[float]) -> Iterator[Figure]:
    of, other = _of(theirs), theirs or Measured()
    if ours.each_kib is not None:
        yield Figure(f"{name}: memory of an idle line", ours.each_kib, "KiB", MOST_KIB, other.each_kib, of)
    yield Figure(f"{name}: delivery, median", ours.p50, "ms", None, other.p50 or None, of)
    yield Figure(f"{name}: delivery, p99", ours.p99, "ms", None, other.p99 or None, of)
    for rank, share in (("median", 0.5), ("p99", 0.99)):
        yield Figure(f"{name}: of which sealing and writing, {rank}", at_rank(ours.written, share), "ms")
    yield from _of_pages(f"{name}: the page of danger meanwhile", ours.pages, quiet)


def _of_storm(ours: Measured, theirs: Measured | None) -> Iterator[Figure]:
    of, other = _of(theirs), theirs or Measured()
    yield Figure("storm: from start to first answer", ours.start or 0, "s", None, other.start, of)
    for which, place in (("first", 0), ("last", -1)):
        reference = other.back[place] if other.back else None
        yield Figure(f"storm: from start until the {which} line is back", ours.back[place], "s", None, reference, of)


def _of_pages(name: str, took: Sequence[float], quiet: Sequence[float]) -> Iterator[Figure]:
    for rank, share in (("median", 0.5), ("p99", 0.99)):
        yield Figure(f"{name}, {rank}", at_rank(took, share), "ms", None, at_rank(quiet, share), "when quiet")
