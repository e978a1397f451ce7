"""The command as a function with what it printed, and as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from voordeur.faces.terminal.main import main

ROOT = Path(__file__).resolve().parents[3]


class Said(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def voordeur(capsys: pytest.CaptureFixture[str]) -> Command:
    """Call the command in this process; it sees the test database."""

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        try:
            code = main([str(one) for one in arguments])
        except SystemExit as stop:  # argparse ends in this way
            code = int(stop.code or 0)
        return Said(code, *capsys.readouterr())

    return call


def _environment(data: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "VOORDEUR_CACHE") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "VOORDEUR_DATA": str(data)}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment for a process of its own: a new data folder and hardly anything else."""
    return _environment(tmp_path / "data")


@pytest.fixture(scope="session")
def first_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation with its directory and its key, to be copied: to make one takes seconds."""
    data = tmp_path_factory.mktemp("first") / "data"
    for arguments in (("directory", "load"), ("tick",)):
        command = [sys.executable, "-m", "voordeur", *arguments]
        subprocess.run(command, env=_environment(data), capture_output=True, timeout=60, check=True)
    assert (data / "server.key").exists()
    return data


@pytest.fixture
def process(environment: dict[str, str]) -> Command:
    """Run `python -m voordeur` as a fresh clone would."""

    def call(*arguments: object, said: str = "", **more: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "voordeur", *map(str, arguments)],
            input=said.encode(),
            capture_output=True,
            env=environment | more,
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call
