"""What must live as long as one run of the installation, longer than one process of it, and never stands on disk.

Addresses of visits are signed with a key, and burned addresses stay burned. Were those kept by the process alone, then
a process that falls would throw every visitor out to the neutral page in the middle of a conversation. So the
supervisor (`voordeur run`) makes a file without a name in memory and hands its descriptor to the public process, again
and again. With the supervisor it is gone. Without a supervisor, or without such files, the memory is the process's own.

The file has a fixed size and is sealed at it: a mark, the key of visits, the key of passes, how many addresses were
burned, and places for the last 500,000 of them, the oldest overwritten first. Places never used take no memory.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import secrets
import sys
from collections.abc import Iterator
from functools import cache
from threading import Lock

if sys.platform == "linux":
    import fcntl

#: The number of the descriptor, from the supervisor to its child; no setting of an installation.
VARIABLE = "VOORDEUR_RUN_FD"
MOST_BURNED = 500_000
_MARK = b"voordeur run 1\0\0"
_KEY = 32
_TOKEN = 28
_COUNT_AT = len(_MARK) + 2 * _KEY
_PLACES_AT = _COUNT_AT + 8
_SIZE = _PLACES_AT + MOST_BURNED * _TOKEN

_log = logging.getLogger("voordeur.run_memory")


class RunMemory:
    """Two keys and the burned addresses. Safe from several threads, and from several processes that share it."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor
        self._bytes = mmap.mmap(-1 if descriptor is None else descriptor, _SIZE)
        self._lock = Lock()
        if descriptor is None:
            self._bytes[:_COUNT_AT] = _fresh()

    @property
    def visits_key(self) -> bytes:
        """32 bytes that sign the addresses of visits."""
        return self._bytes[len(_MARK) : len(_MARK) + _KEY]

    @property
    def pass_key(self) -> bytes:
        """32 bytes that sign the passes of conversations."""
        return self._bytes[len(_MARK) + _KEY : _COUNT_AT]

    def burned(self) -> list[str]:
        """The burned addresses, the first burned first; at most the last 500,000."""
        with self._alone():
            count = self._count()
            first = max(0, count - MOST_BURNED)
            found = [self._bytes[at : at + _TOKEN] for at in map(_place, range(first, count))]
        # A process that was killed between counting and writing leaves zeros, or (part of) the address of before.
        return list(dict.fromkeys(one.decode("ascii") for one in found if b"\0" not in one))

    def add_burned(self, token: str) -> None:
        """Remember one address of 28 signs. Raises ValueError for anything else."""
        raw = token.encode("ascii")
        if len(raw) != _TOKEN or b"\0" in raw:
            raise ValueError("An address of a visit has 28 signs.")
        with self._alone():
            count = self._count()
            self._bytes[_COUNT_AT:_PLACES_AT] = (count + 1).to_bytes(8)
            at = _place(count)
            self._bytes[at : at + _TOKEN] = raw

    def _count(self) -> int:
        return int.from_bytes(self._bytes[_COUNT_AT:_PLACES_AT])

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread and no other process; the kernel frees the lock of a process that is killed."""
        with self._lock:
            if self._descriptor is None or sys.platform != "linux":
                yield
                return
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)


def _place(number: int) -> int:
    return _PLACES_AT + number % MOST_BURNED * _TOKEN


def _fresh() -> bytes:
    return _MARK + secrets.token_bytes(2 * _KEY)


def make_descriptor() -> int | None:
    """A new memory for the children of this process, as a descriptor to hand on and to close; None where none can be.

    It is not inherited by itself: name it in `pass_fds`, and its number in the environment under `VARIABLE`.
    """
    if sys.platform != "linux" or not hasattr(os, "memfd_create"):
        return None
    try:
        descriptor = os.memfd_create("voordeur", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError:  # a kernel or a container that does not allow it
        return None
    try:
        os.ftruncate(descriptor, _SIZE)
        os.pwrite(descriptor, _fresh(), 0)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


@cache
def open_memory() -> RunMemory:
    """The memory of this run: the supervisor's, or the process's own. The same one at every call in a process."""
    written = os.environ.pop(VARIABLE, "")  # nobody further down the line is to have it
    if not written:
        return RunMemory()
    descriptor = int(written) if written.isascii() and written.isdigit() else -1
    if not _is_ours(descriptor):
        _log.warning("the memory of the run cannot be used; visits end when this process ends")
        return RunMemory()
    os.set_inheritable(descriptor, False)
    return RunMemory(descriptor)


def _is_ours(descriptor: int) -> bool:
    """Whether it is a sealed file in memory with our mark: never write into a file that only has the same number."""
    if sys.platform != "linux":
        return False
    try:
        seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
        is_sealed = bool(seals & fcntl.F_SEAL_SHRINK) and os.fstat(descriptor).st_size == _SIZE
        return is_sealed and os.pread(descriptor, len(_MARK), 0) == _MARK
    except (OSError, OverflowError, ValueError):
        return False
