"""The public side with a desk behind its central door: a server that can fall and be started again, and Sam at work.

Run as a program it is Sam: it reads one step a line, with its values as JSON, and answers with a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.browser.house_at_work import FILL, ROOT, SERVE, Server, free_port, wait_for
from voordeur.faces.run_memory import VARIABLE, make_descriptor

# All visitors of the tests have one address; what the limits do is shown in tests/faces.
_WIDE = """
import voordeur.settings.public_server
from voordeur.faces.limits import Limit
from voordeur.faces.visit import talk_json, talking
talking.OPENINGS = talk_json.OPENINGS = talking.CODES = Limit("wide", 100_000, 1)
"""


class Desk:
    """Sam, in a process of his own with the server's database: `desk.replies(conversation, text)` and the like."""

    def __init__(self, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.talking_house"],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def does(self, step: str, *given: Any, **named: Any) -> Any:
        """One of the functions of tests/faces/visit/desk_side.py; what it gives."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([step, given, named]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "Sam's process ended"
        answer = json.loads(line)
        assert "broken" not in answer, answer["broken"]
        return answer["gives"]

    def newest(self, text: str) -> str:
        """The conversation in which the visitor wrote this; waited for."""
        end = time.monotonic() + 10
        while True:
            try:
                return str(self.does("newest", text))
            except AssertionError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def replies(self, conversation_id: str, text: str, **more: str) -> int:
        """Sam writes; the place of the message."""
        return int(self.does("replies", conversation_id, text, **more))

    def reads(self, conversation_id: str) -> list[str]:
        """Every text, in order."""
        return list(self.does("reads", conversation_id))

    def label(self, conversation_id: str) -> dict[str, Any]:
        """What the queue knows."""
        return dict(self.does("label", conversation_id))


class TalkingHouse:
    """One server over all its lives, and the desk."""

    def __init__(self, folder: Path, neutral_url: str) -> None:
        self.server = Server(free_port(), folder / "data", folder / "printed.txt")
        self.memory = make_descriptor()
        self.env = {
            name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "VOORDEUR_CACHE") if name in os.environ
        } | {
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "voordeur.settings.public",
            "VOORDEUR_DATA": str(self.server.data),
            "VOORDEUR_NEUTRAL_URL": neutral_url,
        }
        subprocess.run([sys.executable, "-c", FILL], env=self.env, check=True, timeout=120)
        self.desk = Desk(self.env)
        self.desk.does("opens")
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the server, with the memory of the run."""
        handed = [self.memory] if self.memory is not None else []
        env = self.env | ({VARIABLE: str(self.memory)} if handed else {})
        with self.server.printed.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _WIDE + SERVE.format(port=self.server.port)],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                pass_fds=handed,
            )
        wait_for(self.server.port, self.process, self.server.printed)

    def fall(self) -> None:
        """The server is killed, as by a lack of memory."""
        assert self.process
        self.process.kill()
        self.process.wait(10)

    def resident(self) -> int:
        """The memory of the server, in KiB."""
        assert self.process
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    def close(self) -> None:
        """End all."""
        for one in (self.process, self.desk.process):
            if one is not None:
                one.terminate()
                try:
                    one.wait(10)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.wait()
        if self.memory is not None:
            os.close(self.memory)


@contextmanager
def talking_house(folder: Path, neutral_url: str) -> Iterator[TalkingHouse]:
    """A house on a database of its own in `folder` for as long as the block lasts."""
    house = TalkingHouse(folder, neutral_url)
    try:
        yield house
    finally:
        house.close()


def _be_sam() -> None:
    import django

    django.setup()
    from dataclasses import asdict, is_dataclass

    from tests.faces.visit import desk_side

    def plain(value: Any) -> Any:
        return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value

    for line in sys.stdin:
        step, given, named = json.loads(line)
        try:
            answer = {"gives": plain(getattr(desk_side, step)(*given, **named))}
        except Exception as broken:
            answer = {"broken": f"{type(broken).__name__}: {broken}"}
        with suppress(BrokenPipeError):
            print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    _be_sam()
