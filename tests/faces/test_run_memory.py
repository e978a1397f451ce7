"""What outlives a process of the run: keys and burned addresses. The children here are real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voordeur.faces import run_memory
from voordeur.faces.run_memory import MOST_BURNED, VARIABLE, RunMemory, make_descriptor, open_memory

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files without a name in memory are Linux's")

SHOW = """
from voordeur.faces.run_memory import open_memory
memory = open_memory()
print(memory.visits_key.hex(), memory.pass_key.hex(), *memory.burned())
"""
BURN_AND_FALL = """
import os, signal, sys
from voordeur.faces.run_memory import open_memory
for token in sys.argv[1:]:
    open_memory().add_burned(token)
os.kill(os.getpid(), signal.SIGKILL)
"""


def child(program: str, descriptor: int | None, *arguments: str, named: str = "") -> subprocess.CompletedProcess[str]:
    """A process of its own that has the descriptor (when there is one) and is told its number."""
    passed = [] if descriptor is None else [descriptor]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: named or "".join(map(str, passed))}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        pass_fds=passed,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def descriptor() -> Iterator[int]:
    """A memory of a run, as the supervisor makes it."""
    made = make_descriptor()
    assert made is not None
    yield made
    os.close(made)


@pytest.fixture
def opened_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if this process had not yet opened its memory; afterwards it has the one it had."""
    had = open_memory()
    open_memory.cache_clear()
    yield
    open_memory.cache_clear()
    monkeypatch.setattr(run_memory, "RunMemory", lambda: had)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert open_memory() is had


def address(number: int) -> str:
    return f"{number:028d}"


def test_two_keys_of_32_bytes_that_are_not_the_same_and_new_in_every_run() -> None:
    first, second = RunMemory(), RunMemory()
    keys = {first.visits_key, first.pass_key, second.visits_key, second.pass_key}
    assert len(keys) == 4 and {len(key) for key in keys} == {32}


def test_a_process_that_is_started_again_knows_the_keys_and_what_the_killed_one_burned(descriptor: int) -> None:
    before = child(SHOW, descriptor).stdout.split()
    fallen = child(BURN_AND_FALL, descriptor, address(7), address(1), address(7))
    assert fallen.returncode == -signal.SIGKILL
    after = child(SHOW, descriptor).stdout.split()
    assert after[:2] == before[:2] and [len(key) for key in before] == [64, 64]
    assert after[2:] == [address(7), address(1)]


def test_without_a_supervisor_a_process_has_a_memory_of_its_own() -> None:
    first, second = child(SHOW, None), child(SHOW, None)
    assert first.returncode == second.returncode == 0
    assert first.stdout.split()[0] != second.stdout.split()[0]


@pytest.mark.parametrize("written", ["no number", "999999", "-1", "99999999999999999999", "²"])
def test_a_number_that_leads_nowhere_gives_a_memory_of_its_own_and_a_line_in_the_log(written: str) -> None:
    said = child(SHOW, None, named=written)
    assert said.returncode == 0 and len(said.stdout.split()) == 2
    assert "the memory of the run cannot be used" in said.stderr


def test_a_file_that_only_has_the_same_number_is_never_written_to(tmp_path: Path, descriptor: int) -> None:
    """Also when somebody wrote the right bytes into it: it is on disk, so it is not ours."""
    path = tmp_path / "file"
    path.write_bytes(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
    before = path.read_bytes()
    with path.open("r+b") as file:
        fallen = child(BURN_AND_FALL, file.fileno(), address(3))
    assert fallen.returncode == -signal.SIGKILL
    assert path.read_bytes() == before


def test_nobody_further_down_the_line_has_it(
    descriptor: int, opened_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.set_inheritable(descriptor, True)
    monkeypatch.setenv(VARIABLE, str(descriptor))
    memory = open_memory()
    assert memory is open_memory()
    assert VARIABLE not in os.environ and not os.get_inheritable(descriptor)
    memory.add_burned(address(5))
    assert RunMemory(descriptor).burned() == [address(5)]


def test_two_processes_that_burn_at_once_lose_nothing(descriptor: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: str(descriptor)}
    program = (
        "import sys; from voordeur.faces.run_memory import open_memory; memory = open_memory()\n"
        "for number in range(int(sys.argv[1]), int(sys.argv[1]) + 3000): memory.add_burned(f'{number:028d}')"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", program, first], env=environment, pass_fds=[descriptor])
        for first in ("0", "3000")
    ]
    assert [one.wait(60) for one in both] == [0, 0]
    assert sorted(RunMemory(descriptor).burned()) == [address(number) for number in range(6000)]


def test_the_list_is_bounded_and_loses_the_oldest_first(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_memory, "MOST_BURNED", 100)
    memory = RunMemory(descriptor)
    for number in range(250):
        memory.add_burned(address(number))
    assert memory.burned() == [address(number) for number in range(150, 250)]
    assert RunMemory(descriptor).burned() == memory.burned()
    assert os.fstat(descriptor).st_size < MOST_BURNED * 29


def test_an_address_that_was_cut_off_by_the_fall_of_its_process_is_passed_over(descriptor: int) -> None:
    """Else the next process could not read it and would fall too, again and again."""
    memory = RunMemory(descriptor)
    for number in range(3):
        memory.add_burned(address(number))
    size = len(address(0))
    whole = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    at = whole.index(address(1).encode())
    os.pwrite(descriptor, bytes(size - 5), at + 5)
    assert RunMemory(descriptor).burned() == [address(0), address(2)]


@pytest.mark.parametrize("wrong", ["", "a" * 27, "a" * 29, "é" * 28, "\0" * 28])
def test_only_an_address_of_28_signs_is_taken(wrong: str) -> None:
    memory = RunMemory()
    with pytest.raises(ValueError):
        memory.add_burned(wrong)
    assert memory.burned() == []


def test_it_stands_in_no_folder(descriptor: int) -> None:
    """The descriptor leads to memory, and no child has it that was not handed it."""
    assert str(Path(f"/proc/self/fd/{descriptor}").readlink()).startswith("/memfd:")
    assert not os.get_inheritable(descriptor)
