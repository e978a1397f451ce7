"""Telling the other processes that something is new: a word over the machine's own sockets, never content.

Each serving process listens on a datagram socket in `<data>/run`; whoever wrote something tells all of them. A word
is a topic ("c:" and a conversation, "t:" and a team, "s:" and somebody of the desk) and a kind. It lives in the
kernel's memory for a moment and is nowhere written. A word that gets lost costs seconds, no message: streams look
into the database by themselves now and then (`LOOK_AGAIN_SECONDS`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

LOOK_AGAIN_SECONDS = 2.0
_LONGEST = 200
_PATIENCE_SECONDS = 0.05
#: What one reader may lag behind; beyond it words are dropped, and the reader looks at everything anyway.
_MOST_WAITING = 32

Word = tuple[str, str]


def _folder(data: Path) -> Path:
    return data / "run"


class Wakes:
    """The words that one process hears, for the streams that it serves. Lives in one event loop."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._readers: dict[str, set[asyncio.Queue[Word]]] = {}
        self._socket: socket.socket | None = None
        self._path: Path | None = None

    def start(self) -> None:
        """Begin to listen, in the running loop. Where there are no such sockets, streams go by looking again."""
        if self._socket is not None or not hasattr(socket, "AF_UNIX"):
            return
        folder = _folder(self._data)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"{os.getpid()}.sock"
        self._path.unlink(missing_ok=True)
        one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            one.bind(str(self._path))
        except OSError:  # a path that is too long, or a file system without sockets
            one.close()
            return
        one.setblocking(False)
        self._socket = one
        asyncio.get_running_loop().add_reader(one.fileno(), self._hear)

    def stop(self) -> None:
        """Stop listening and leave nothing behind."""
        if self._socket is not None:
            with contextlib.suppress(RuntimeError):
                asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _hear(self) -> None:
        while self._socket is not None:
            try:
                said = self._socket.recv(_LONGEST)
            except (BlockingIOError, InterruptedError):
                return
            topic, _, kind = said.decode("ascii", "replace").partition(" ")
            self.wake(topic, kind)

    def wake(self, topic: str, kind: str) -> None:
        """Give a word to the streams of this process that listen to its topic."""
        for reader in self._readers.get(topic, ()):
            with contextlib.suppress(asyncio.QueueFull):
                reader.put_nowait((topic, kind))

    @contextlib.contextmanager
    def listening(self, *topics: str) -> Iterator[asyncio.Queue[Word]]:
        """A bounded queue of words about these topics, for as long as the block lasts."""
        self.start()
        queue: asyncio.Queue[Word] = asyncio.Queue(_MOST_WAITING)
        for topic in topics:
            self._readers.setdefault(topic, set()).add(queue)
        try:
            yield queue
        finally:
            for topic in topics:
                left = self._readers.get(topic, set())
                left.discard(queue)
                if not left:
                    self._readers.pop(topic, None)

    def has_readers(self) -> bool:
        """Whether any stream of this process listens."""
        return bool(self._readers)

    def conversations(self) -> list[str]:
        """The conversations that streams of this process listen to."""
        return [topic[2:] for topic in self._readers if topic.startswith("c:")]

    def is_heard(self, topic: str) -> bool:
        """Whether a stream of this process listens to a topic."""
        return topic in self._readers


def tell(data: Path, topic: str, kind: str) -> None:
    """Tell every process of this machine; waits next to nothing, raises nothing. From any thread."""
    if not hasattr(socket, "AF_UNIX"):
        return
    word = f"{topic} {kind}".encode("ascii", "replace")[:_LONGEST]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.settimeout(_PATIENCE_SECONDS)  # the kernel holds ten words for each listener, and it takes them fast
        for path in _folder(data).glob("*.sock"):
            try:
                one.sendto(word, str(path))
            except ConnectionRefusedError:  # its process is gone
                path.unlink(missing_ok=True)
            except OSError:  # full, or just going away: it will look again by itself
                continue
