"""A whole installation for one test run: `voordeur run` on a data folder of its own, its parts, and what it left.

Run as a program it is `voordeur run` with one thing changed: the supervisor never finds that a part falls too often.
By itself it stops everything after five falls of one part within a minute, and rightly so; a test that kills parts a
hundred times is about what is lost by that, not about when to give up.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.browser.house_at_work import ROOT, free_port
from tests.trips.cast import Cast, read_cast

PARTS = {"public": "voordeur.settings.public_server:app", "desk": "voordeur.settings.desk_server:app",
         "clock": "voordeur.faces.clock.ticking"}  # fmt: skip
_STARTING_SECONDS = 90


class Installation:
    """One installation over its whole life. `printed` is everything that its processes said."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data, self.printed = folder / "data", folder / "printed.txt"
        self.public_port, self.desk_port = free_port(), free_port()
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "VOORDEUR_CACHE") if name in os.environ
        }
        self.environment = kept | {
            "PYTHONPATH": str(ROOT),
            "VOORDEUR_DATA": str(self.data),
            "VOORDEUR_PUBLIC_PORT": str(self.public_port),
            "VOORDEUR_DESK_PORT": str(self.desk_port),
            "VOORDEUR_NEUTRAL_URL": f"http://127.0.0.1:{free_port()}/",
            **(environment or {}),
        }
        self.cast: Cast = read_cast(self.program("tests.trips.cast"))
        self._supervisor: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        """The file of the tables."""
        return self.data / "voordeur.sqlite3"

    def program(self, module: str, *arguments: str, settings: str = "voordeur.settings.desk") -> str:
        """Run a module of ours on this installation's data; what it printed. It must end well."""
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": settings}
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (module, done.returncode, done.stdout[-2000:], done.stderr[-4000:])
        return done.stdout

    def command(self, *arguments: str) -> tuple[int, str]:
        """`voordeur …` beside the running one; its exit code and all that it said."""
        done = subprocess.run(
            [sys.executable, "-m", "voordeur", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def start(self, *, gives_up: bool = True) -> None:
        """Start everything, and wait until both sides answer."""
        module = ["voordeur", "run"] if gives_up else ["tests.trips.installation"]
        with self.printed.open("ab") as out:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", *module],
                env=self.environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until = time.monotonic() + _STARTING_SECONDS
        while b"Ctrl-C" not in self.printed.read_bytes():
            assert self.is_up() and time.monotonic() < until, self.printed.read_text(errors="replace")
            time.sleep(0.1)

    def is_up(self) -> bool:
        """Whether the supervisor runs."""
        return self._supervisor is not None and self._supervisor.poll() is None

    def part(self, name: str) -> int | None:
        """The number of the process that is this part now; None while there is none."""
        assert self._supervisor is not None
        for path in Path("/proc").glob("[0-9]*"):
            try:
                parent = path.joinpath("stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
                if int(parent) == self._supervisor.pid and PARTS[name] in path.joinpath("cmdline").read_text():
                    return int(path.name)
            except (OSError, ValueError):  # it ended while we looked
                continue
        return None

    @staticmethod
    def kill(number: int) -> bool:
        """`kill -9` of one process; whether it was still there."""
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def stop(self) -> int:
        """Stop everything as Ctrl-C does; the exit code."""
        assert self._supervisor is not None
        if self._supervisor.poll() is None:
            self._supervisor.send_signal(signal.SIGINT)
        try:
            return self._supervisor.wait(20)
        finally:
            self._supervisor.kill()
            self._supervisor.wait()

    def files(self) -> dict[str, bytes]:
        """Every byte that is kept: all files of the data folder and what was printed, by name."""
        found = {self.printed.name: self.printed.read_bytes()}
        for path in sorted(self.data.rglob("*")):
            if path.is_file():
                found[str(path.relative_to(self.data))] = path.read_bytes()
        return found


@contextmanager
def installation(
    folder: Path, *, gives_up: bool = True, environment: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """An installation that runs for as long as the block lasts, with these settings more."""
    one = Installation(folder, environment)
    try:
        one.start(gives_up=gives_up)
        yield one
    finally:
        one.stop()


def _run_patiently() -> int:
    from voordeur.faces.terminal import processes
    from voordeur.faces.terminal.main import main

    processes.FALLS_WITHIN_SECONDS = 0.0
    return main(["run"])


if __name__ == "__main__":
    sys.exit(_run_patiently())
