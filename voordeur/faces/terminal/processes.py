"""The two server processes: start them, wait until they answer, and stop them, always both."""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from types import FrameType, TracebackType

from voordeur.faces.terminal.ground import CannotGoOn

STARTING_SECONDS = 30
STOPPING_SECONDS = 5.5  # uvicorn gives open streams five; both are gone within six
_ANYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (read, not bound)


@dataclass(frozen=True, slots=True)
class Server:
    """One side: its name, the app that uvicorn serves, its settings module and its port."""

    name: str
    app: str
    settings: str
    port: int


@dataclass(frozen=True, slots=True)
class Running:
    """A server and its process."""

    server: Server
    process: subprocess.Popen[bytes]


class Stop:
    """Whether a signal asked to stop; inside `with`, SIGINT, SIGTERM and SIGHUP only ask."""

    def __init__(self) -> None:
        self.is_asked = False
        self._before: dict[int, signal.Handlers | None] = {}

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.is_asked = True

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the last is not everywhere
                if number := getattr(signal, name, None):
                    self._before[number] = signal.signal(number, self._ask)  # type: ignore[assignment]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)


def refuse_taken(bind: str, servers: Sequence[Server]) -> None:
    """Raises CannotGoOn when a port cannot be had, naming the port and the setting that changes it."""
    for server in servers:
        setting = f"VOORDEUR_{server.name.upper()}_PORT"
        try:
            family, kind, proto, _, where = socket.getaddrinfo(
                bind, server.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family, kind, proto) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                sentence = f"Port {server.port} is in use; stop what uses it, or choose another with {setting}."
            elif problem.errno in (errno.EACCES, errno.EPERM):
                sentence = f"Port {server.port} may not be used by this user; choose another with {setting}."
            else:
                reason = problem.strerror or problem
                sentence = f"“{bind}” cannot be listened on ({reason}); choose another with VOORDEUR_BIND."
            raise CannotGoOn(sentence) from problem
        except UnicodeError as problem:
            raise CannotGoOn(f"“{bind}” is not an address; choose another with VOORDEUR_BIND.") from problem


def start(server: Server, bind: str) -> Running:
    """Start the server's process, with settings of its own and in a group of its own: Ctrl-C reaches it through us."""
    command = [sys.executable, "-m", "uvicorn", server.app, "--host", bind, "--port", str(server.port)]
    command += ["--no-access-log", "--log-level", "warning", "--lifespan", "off", "--timeout-graceful-shutdown", "5"]
    command += ["--no-server-header", "--no-date-header"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": server.settings}
    return Running(
        server,
        subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True),  # noqa: S603
    )


def wait_for(running: Sequence[Running], bind: str, asked: Stop) -> bool:
    """Wait until each server answers a request; False when one ended, took too long, or stopping was asked."""
    until = monotonic() + STARTING_SECONDS
    waiting = list(running)
    while waiting and monotonic() < until and not asked.is_asked:
        if any(one.process.poll() is not None for one in running):
            return False
        waiting = [one for one in waiting if not _answers(bind, one.server.port)]
        if waiting:
            sleep(0.05)
    return not waiting


def _answers(bind: str, port: int) -> bool:
    connection = http.client.HTTPConnection(_ANYWHERE.get(bind, bind), port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": "localhost"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def keep_running(running: Sequence[Running], asked: Stop) -> Running | None:
    """Wait until stopping is asked (None), or until a server ends by itself (that one)."""
    while not asked.is_asked:
        for one in running:
            if one.process.poll() is not None:
                return one
        sleep(0.1)
    return None


def stop(running: Sequence[Running]) -> None:
    """Stop every server, at the latest after `STOPPING_SECONDS`, whatever it is doing."""
    until = monotonic() + STOPPING_SECONDS
    for one in running:
        if one.process.poll() is None:
            one.process.terminate()
    for one in running:
        try:
            one.process.wait(max(0.0, until - monotonic()))
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()


def address(bind: str, port: int) -> str:
    """The address for a browser on this machine."""
    host = _ANYWHERE.get(bind, bind).replace("127.0.0.1", "localhost")
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
