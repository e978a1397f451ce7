"""Words from process to process: they arrive, they tell nothing, and losing one breaks nothing."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voordeur.faces.wakes import Wakes, Word, tell

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets of this kind here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a short path: the kernel takes 107 signs."""
    return tmp_path


async def heard(queue: asyncio.Queue[Word], most: float = 2) -> list[Word]:
    """All words that have come, once the first one has."""
    found = [await asyncio.wait_for(queue.get(), most)]
    await asyncio.sleep(0.05)
    while not queue.empty():
        found.append(queue.get_nowait())
    return found


def test_a_word_of_another_process_arrives(folder: Path) -> None:
    program = "import sys; from pathlib import Path; from voordeur.faces.wakes import tell\n"
    program += "tell(Path(sys.argv[1]), 'c:1', 'talk'); tell(Path(sys.argv[1]), 'c:2', 'talk')"

    async def listen() -> list[Word]:
        wakes = Wakes(folder)
        try:
            with wakes.listening("c:1", "t:team") as queue:
                command = [sys.executable, "-c", program, str(folder)]
                await asyncio.to_thread(subprocess.run, command, env={"PYTHONPATH": str(ROOT)}, check=True, timeout=30)
                tell(folder, "t:team", "inbox")
                return await heard(queue)
        finally:
            wakes.stop()

    assert asyncio.run(listen()) == [("c:1", "talk"), ("t:team", "inbox")]
    assert list((folder / "run").iterdir()) == []


def test_only_who_listens_hears_and_only_while_listening(folder: Path) -> None:
    async def listen() -> None:
        wakes = Wakes(folder)
        with wakes.listening("c:1") as first, wakes.listening("c:1") as second:
            wakes.wake("c:1", "talk")
            wakes.wake("c:2", "talk")
            assert first.qsize() == second.qsize() == 1
            assert wakes.is_heard("c:1") and not wakes.is_heard("c:2") and wakes.conversations() == ["1"]
        assert not wakes.has_readers() and not wakes.is_heard("c:1")
        wakes.wake("c:1", "talk")
        wakes.stop()

    asyncio.run(listen())


def test_who_does_not_keep_up_loses_words_and_holds_nobody_up(folder: Path) -> None:
    async def listen() -> int:
        wakes = Wakes(folder)
        with wakes.listening("c:1") as queue:
            for _ in range(10_000):
                wakes.wake("c:1", "talk")
            wakes.stop()
            return queue.qsize()

    assert asyncio.run(listen()) == 32


def test_telling_nobody_and_telling_a_process_that_is_gone_costs_nothing(folder: Path) -> None:
    tell(folder / "not there", "c:1", "talk")
    (folder / "run").mkdir()
    gone = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    gone.bind(str(folder / "run" / "1.sock"))
    gone.close()
    (folder / "run" / "2.sock").write_text("no socket at all", encoding="ascii")
    began = time.monotonic()
    tell(folder, "c:1", "talk")
    assert time.monotonic() - began < 3 and not (folder / "run" / "1.sock").exists()


def test_a_process_that_hangs_holds_the_teller_up_for_a_blink_only(folder: Path) -> None:
    (folder / "run").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hanging:
        hanging.bind(str(folder / "run" / "9.sock"))
        began = time.monotonic()
        for _ in range(20):  # the kernel holds some ten, then it is full
            tell(folder, "c:1", "talk")
        assert time.monotonic() - began < 10


def test_the_folder_is_for_this_user_only_and_a_word_is_short_plain_text(folder: Path) -> None:
    async def listen() -> list[Word]:
        wakes = Wakes(folder)
        with wakes.listening("c:é", "c:1") as queue:
            assert (folder / "run").stat().st_mode & 0o077 == 0
            tell(folder, "c:1", "x" * 500)
            try:
                return await heard(queue)
            finally:
                wakes.stop()

    ((topic, kind),) = asyncio.run(listen())
    assert topic == "c:1" and len(kind) < 200


def test_where_no_socket_can_be_made_streams_still_work_by_looking_again(folder: Path) -> None:
    long = folder / ("x" * 120)

    async def listen() -> int:
        wakes = Wakes(long)
        with wakes.listening("c:1") as queue:
            wakes.wake("c:1", "talk")
            wakes.stop()
            return queue.qsize()

    assert asyncio.run(listen()) == 1
