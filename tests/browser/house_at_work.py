"""A house of our own for one test run: the public server as a process, and a stand-in for the neutral page."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The doors on which the costly tests are run, and all of them.
DOORS = {"central": "localhost", "sport": "speelveld.localhost", "exploitation": "eigenweg.localhost"}
ALL_DOORS = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["hosts"][0]
    for path in sorted((ROOT / "content" / "doors").glob("*.toml"))
}
#: A database with the directory in it.
FILL = """
import django
django.setup()
from datetime import UTC, datetime
from django.conf import settings
from django.core.management import call_command
from voordeur.records.directory.actions import load_directory
settings.ENV.data.mkdir(parents=True, exist_ok=True)
call_command("migrate", interactive=False, verbosity=0)
load_directory(folder=settings.ENV.content / "directory", moment=datetime.now(UTC))
"""
# As `voordeur run` starts it, with the same settings.
SERVE = """
import uvicorn
uvicorn.run(
    "voordeur.settings.public_server:app", port={port}, access_log=False, log_level="warning", lifespan="off",
    timeout_graceful_shutdown=5,
)
"""


@dataclass
class Neutral:
    """The stand-in for the neutral page: what it was asked, when, and how long it waits before it answers."""

    port: int
    asked: list[tuple[str, dict[str, str], float]] = field(default_factory=list)
    delay: float = 0.0

    @property
    def url(self) -> str:
        """Where *leave now* ends."""
        return f"http://127.0.0.1:{self.port}/weather"

    def since(self, start: int) -> list[tuple[str, dict[str, str], float]]:
        """The requests after the first `start`."""
        return self.asked[start:]


@dataclass(frozen=True)
class Server:
    """The running public side."""

    port: int
    data: Path
    printed: Path

    def url(self, door: str = "central", path: str = "/") -> str:
        """An address of a door."""
        return f"http://{ALL_DOORS[door]}:{self.port}{path}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host and port of every door."""
        return tuple(f"{name}:{self.port}" for name in DOORS.values())


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def neutral_stand_in() -> Iterator[Neutral]:
    """Serve the neutral page on the loopback for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kept.asked.append((self.path, {key.lower(): value for key, value in self.headers.items()}, time.time()))
            body = b'<!doctype html><title>Weather</title><link rel="icon" href="data:,"><p id="neutral">sun</p>'
            time.sleep(kept.delay)
            try:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # the browser did not wait
                pass

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept = Neutral(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def public_server(folder: Path, neutral_url: str, content: Path | None = None) -> Iterator[Server]:
    """Run the public side on a database of its own in `folder` for as long as the block lasts."""
    data, printed, port = folder / "data", folder / "printed.txt", free_port()
    env = {
        name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "VOORDEUR_CACHE") if name in os.environ
    } | {
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "voordeur.settings.public",
        "VOORDEUR_DATA": str(data),
        "VOORDEUR_NEUTRAL_URL": neutral_url,
        **({"VOORDEUR_CONTENT": str(content)} if content else {}),
    }
    subprocess.run([sys.executable, "-c", FILL], env=env, check=True, timeout=120)
    with printed.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-"], env=env, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT
        )
        assert process.stdin
        process.stdin.write(SERVE.format(port=port).encode())
        process.stdin.close()
        try:
            wait_for(port, process, printed)
            yield Server(port, data, printed)
        finally:
            ended = process.poll()
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if ended is not None:
                raise RuntimeError(f"the public side ended during the tests, with code {ended}")


def wait_for(port: int, process: subprocess.Popen[bytes], printed: Path) -> None:
    """Wait until the server of this process takes connections."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the public side did not start: {printed.read_text(errors='replace')[-2000:]}")


def asked(
    server: Server, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """One plain request without a browser: status, headers (names in small letters) and body."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        connection.request(method, path, body, {"Host": DOORS["central"], **form, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()
