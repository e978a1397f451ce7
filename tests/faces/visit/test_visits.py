"""Addresses of visits over the fall of a process; what one process does with them stands in test_leave.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from voordeur.faces.run_memory import VARIABLE, make_descriptor

ROOT = Path(__file__).resolve().parents[3]
FALL = """
import os, signal
from datetime import UTC, datetime
from voordeur.faces.visit.visits import Visits
visits, moment = Visits(), datetime.now(UTC)
alive, left = visits.begin(moment), visits.begin(moment)
visits.burn(left, moment)
print(alive, left, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
LOOK = """
import sys
from datetime import UTC, datetime
from voordeur.faces.visit.visits import Visits
print(*(Visits().is_alive(token, datetime.now(UTC)) for token in sys.argv[1:]))
"""


def child(program: str, descriptor: int | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    passed = [] if descriptor is None else [descriptor]
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: "".join(map(str, passed))},
        pass_fds=passed,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="files without a name in memory are Linux's")
def test_after_the_fall_of_a_process_a_burned_address_stays_burned_and_a_living_one_alive() -> None:
    descriptor = make_descriptor()
    assert descriptor is not None
    fallen = child(FALL, descriptor)
    assert fallen.returncode == -signal.SIGKILL
    alive, left = fallen.stdout.split()
    for _ in range(2):  # and after the next fall too
        assert child(LOOK, descriptor, alive, left).stdout.split() == ["True", "False"]
    os.close(descriptor)


def test_without_a_supervisor_the_addresses_end_with_the_process() -> None:
    fallen = child(FALL, None)
    alive, left = fallen.stdout.split()
    assert child(LOOK, None, alive, left).stdout.split() == ["False", "False"]
