"""Two thousand clients that cost next to nothing: one process, one event loop, bytes as they come.

Each message carries the moment at which its sender began, on the clock that all processes of a machine share; a client
looks for that moment in what it is sent, and nothing is parsed beyond that.
"""

from __future__ import annotations

import asyncio
import re
import resource
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic, monotonic_ns

from tests.bench.figures import at_rank

#: What stands before a moment: in the id of a sealed message, and in a text that the server opened or passed on.
SEALED_MARK, SAID_MARK = b"voordeur", "sent at "
_MOMENT = re.compile(SEALED_MARK.hex().encode() + rb"([0-9a-f]{16})|" + SAID_MARK.encode() + rb"([0-9]{10,20});")
CONNECTING_SECONDS = 120
_AGAIN_SECONDS = 0.05


class NotAllThere(Exception):
    """Not all clients were let in, or not all messages came."""


def allow_open_files(count: int) -> None:
    """So many connections in this process and in those that it starts. Raises OSError or ValueError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (min(count, hard) if hard != resource.RLIM_INFINITY else count, hard)
        )


class Client(asyncio.Protocol):
    """One connection. It reports to its crowd when it is in, for each moment that it reads, and when it is lost."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd, self.number = crowd, number
        self.is_in = False
        self.rest = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say what this kind of client says first."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.say(self.crowd.greeting(self.number))

    def say(self, data: bytes) -> None:
        """Send these bytes."""
        if self.transport is not None:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Look for moments; until the client is in, for what it waits for."""
        now = monotonic_ns()
        self.rest += data
        if not self.is_in:
            self.crowd.step(self)
        if self.is_in:
            at = 0
            for found in _MOMENT.finditer(self.rest):
                self.crowd.came(int(found[1], 16) if found[1] else int(found[2]), now)
                at = found.end()
            self.rest = self.rest[max(at, len(self.rest) - 64) :]

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the crowd."""
        self.transport = None
        self.crowd.lost(self)


class Crowd:
    """Clients of one kind; a kind says its greeting and its steps until it is in."""

    def __init__(self, port: int, count: int) -> None:
        self.port, self.count = port, count
        self.clients: list[Client] = []
        #: Milliseconds on the way, by the moment at which a message was begun.
        self.delays: dict[int, float] = {}
        self.is_coming_back = False
        self._since = 0
        self._entered: list[float] = []
        self._all_in = asyncio.Event()
        self._going = set[asyncio.Task[None]]()

    def greeting(self, number: int) -> bytes:
        """What client `number` says first."""
        raise NotImplementedError

    def step(self, client: Client) -> None:
        """Look at `client.rest`; call `entered` when the client is in."""
        raise NotImplementedError

    def entered(self, client: Client) -> None:
        """This client is in."""
        client.is_in = True
        self._entered.append(monotonic())
        if len(self._entered) == self.count:
            self._all_in.set()

    def came(self, moment: int, now: int) -> None:
        """A message that was begun at `moment` (nanoseconds) is here; the first time counts, and older ones do not."""
        if moment >= self._since:
            self.delays.setdefault(moment, (now - moment) / 1e6)

    def listen(self) -> None:
        """Only what is begun from now on counts."""
        self.delays.clear()
        self._since = monotonic_ns()

    def lost(self, client: Client) -> None:
        """A connection ended: come back at once, when that is what is measured."""
        if self.is_coming_back:
            self._go(client.number)

    def _go(self, number: int) -> None:
        task = asyncio.get_running_loop().create_task(self._enter(number))
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _enter(self, number: int) -> None:
        until = monotonic() + CONNECTING_SECONDS
        while monotonic() < until:
            with suppress(OSError):
                loop = asyncio.get_running_loop()
                _, made = await loop.create_connection(lambda: Client(self, number), "127.0.0.1", self.port)
                self.clients.append(made)
                return
            await asyncio.sleep(_AGAIN_SECONDS)

    async def gather(self, at_once: int) -> None:
        """Connect all of them, `at_once` at a time. Raises NotAllThere."""
        until = monotonic() + CONNECTING_SECONDS
        for number in range(self.count):
            while number - len(self._entered) >= at_once and monotonic() < until:
                await asyncio.sleep(0.002)
            self._go(number)
        await self._wait()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._all_in.wait(), CONNECTING_SECONDS)
        except TimeoutError:
            raise NotAllThere(f"{len(self._entered)} of {self.count} clients were let in") from None

    def expect_storm(self) -> None:
        """From now on each comes back at once when it is lost; begin to count anew."""
        self.clients.clear()
        self._entered.clear()
        self._all_in.clear()
        self.is_coming_back = True

    async def storm(self) -> Sequence[float]:
        """Wait until all are back: the moments (seconds) at which they were let in. Raises NotAllThere."""
        await self._wait()
        self.is_coming_back = False
        return sorted(self._entered)

    async def delivered(self, count: int, seconds: float = 20) -> tuple[float, float]:
        """Wait until `count` messages came: milliseconds in the middle and of the 99th of a hundred. Raises so too."""
        until = monotonic() + seconds
        while len(self.delays) < count and monotonic() < until:
            await asyncio.sleep(0.05)
        if len(self.delays) < count:
            raise NotAllThere(f"{len(self.delays)} of {count} messages came within {seconds:.0f} s")
        return at_rank(self.delays.values(), 0.5), at_rank(self.delays.values(), 0.99)

    async def leave(self) -> None:
        """Close every connection."""
        self.is_coming_back = False
        for client in self.clients:
            if client.transport is not None:
                client.transport.abort()
        self.clients.clear()
        await asyncio.sleep(0.2)
