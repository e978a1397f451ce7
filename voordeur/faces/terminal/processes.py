"""The processes of an installation: start them, wait until they answer, start a fallen one again, stop them all.

What must outlive a process is held here and lent to the next one: the memory of the run (faces/run_memory), and the
sockets that listen. So a request that comes while a side is being started again waits, and is not turned away.
"""

from __future__ import annotations

import ctypes
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from types import FrameType, TracebackType

from voordeur.faces import run_memory
from voordeur.faces.terminal.ground import CannotGoOn

STARTING_SECONDS = 30
STOPPING_SECONDS = 5.5  # uvicorn gives open streams five; all are gone within six
MOST_FALLS, FALLS_WITHIN_SECONDS = 5, 60.0
_PR_SET_PDEATHSIG = 1  # prctl(2)
_WAITING_TO_BE_TAKEN = 4096  # connections while a side is being started again
_ANYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (read, not bound)


@dataclass(frozen=True, slots=True)
class Server:
    """One side: its name, the app that uvicorn serves, its settings module and its port.

    has_memory: it gets the memory of the run, which signs addresses of visits.
    """

    name: str
    app: str
    settings: str
    port: int
    has_memory: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that answers nobody: its name, the module that is run, and its settings module."""

    name: str
    module: str
    settings: str


Part = Server | Worker


@dataclass(frozen=True, slots=True)
class Running:
    """A part and its process."""

    part: Part
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


class Lent:
    """What outlives a process that falls: the memory of the run and the listening sockets. Inside `with`."""

    def __init__(self, bind: str, parts: Iterable[Part]) -> None:
        """What cannot be lent (no file in memory, an address of two families) the processes go without."""
        self.memory: int | None = None
        self.sockets: dict[str, socket.socket] = {}
        self._bind, self._parts = bind, tuple(parts)

    def __enter__(self) -> Lent:
        self.memory = run_memory.make_descriptor()
        for part in self._parts:
            if isinstance(part, Server) and (listening := _listening(self._bind, part.port)):
                self.sockets[part.name] = listening
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.memory is not None:
            os.close(self.memory)
            self.memory = None
        for one in self.sockets.values():
            one.close()
        self.sockets.clear()


def _listening(bind: str, port: int) -> socket.socket | None:
    """A socket that listens, made as the server would make it; None where the server must do so itself."""
    if sys.platform == "win32":
        return None
    found = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    if len(found) != 1:  # a name with more than one address: the server listens on each
        return None
    family, kind, proto, _, where = found[0]
    one = socket.socket(family, kind, proto)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(where)
        one.listen(_WAITING_TO_BE_TAKEN)
    except OSError as problem:
        one.close()
        raise CannotGoOn(f"Port {port} cannot be listened on ({problem.strerror or problem}).") from problem
    return one


def start(part: Part, bind: str, lent: Lent) -> Running:
    """Start the process, with settings of its own and in a group of its own: Ctrl-C reaches it through us."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": part.settings}
    environment.pop(run_memory.VARIABLE, None)
    handed: list[int] = []
    if isinstance(part, Worker):
        command = [sys.executable, "-m", part.module]
    else:
        command = [sys.executable, "-m", "uvicorn", part.app, "--host", bind, "--port", str(part.port)]
        command += ["--no-access-log", "--log-level", "warning", "--lifespan", "off"]
        command += ["--timeout-graceful-shutdown", "5", "--no-server-header", "--no-date-header"]
        if part.name in lent.sockets:
            handed.append(lent.sockets[part.name].fileno())
            command += ["--fd", str(handed[0])]
        if part.has_memory and lent.memory is not None:
            handed.append(lent.memory)
            environment[run_memory.VARIABLE] = str(lent.memory)
    return Running(
        part,
        subprocess.Popen(  # noqa: S603
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=handed,
            preexec_fn=_end_with_us() if sys.platform == "linux" else None,
        ),
    )


def _end_with_us() -> Callable[[], None]:
    """To be called in the child: also when we are killed, it is asked to stop, and keeps no port and no memory."""
    library, us = ctypes.CDLL(None), os.getpid()

    def ask() -> None:
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != us:  # we were gone before it asked
            os._exit(0)

    return ask


def wait_for(running: Sequence[Running], bind: str, asked: Stop) -> bool:
    """Wait until each server answers a request; False when a part ended, took too long, or stopping was asked."""
    until = monotonic() + STARTING_SECONDS
    waiting = [one.part for one in running if isinstance(one.part, Server)]
    while waiting and monotonic() < until and not asked.is_asked:
        if any(one.process.poll() is not None for one in running):
            return False
        waiting = [server for server in waiting if not _answers(bind, server.port)]
        if waiting:
            sleep(0.05)
    return not waiting


def _answers(bind: str, port: int) -> bool:
    connection = http.client.HTTPConnection(reachable(bind), port, timeout=1)
    try:
        connection.request("GET", "/", headers={"Host": "localhost"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def keep_running(running: list[Running], asked: Stop, again: Callable[[Part], Running]) -> Running | None:
    """Wait until stopping is asked (None). A part that ends by itself is started `again`, in its place in `running`.

    One that fell more than `MOST_FALLS` times within a minute is given back, for whoever stops the rest.
    """
    falls: dict[str, deque[float]] = {}
    while not asked.is_asked:
        for place, one in enumerate(running):
            code = one.process.poll()
            if code is None:
                continue
            times = falls.setdefault(one.part.name, deque(maxlen=MOST_FALLS + 1))
            times.append(monotonic())
            if len(times) > MOST_FALLS and times[-1] - times[0] < FALLS_WITHIN_SECONDS:
                return one
            how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            print(f"voordeur: the {one.part.name} process {how}; it is started again.", file=sys.stderr, flush=True)
            running[place] = again(one.part)
        sleep(0.1)
    return None


def stop(running: Sequence[Running]) -> None:
    """Stop every part, at the latest after `STOPPING_SECONDS`, whatever it is doing."""
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


def reachable(bind: str) -> str:
    """The address at which this machine itself reaches what listens on `bind`."""
    return _ANYWHERE.get(bind, bind)


def address(bind: str, port: int) -> str:
    """The address for a browser on this machine."""
    host = reachable(bind).replace("127.0.0.1", "localhost")
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
