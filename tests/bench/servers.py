"""Servers for the length of a `with`: the public side as in production, and the same bytes as a plain file."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from voordeur.faces.terminal.processes import Lent, Server, start

STARTING_SECONDS = 30
_NGINX = """daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit;
events {{ worker_connections 512; }}
http {{ access_log off; sendfile on; keepalive_requests 1000000; default_type text/html;
client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
scgi_temp_path {folder}; server {{ listen 127.0.0.1:{port}; root {folder};
location / {{ add_header Content-Encoding gzip; }} }} }}
"""


class NoAnswer(Exception):
    """A server did not answer in time."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    name: str
    port: int
    pid: int
    seconds: float

    def memory(self, *, at_most: bool = False) -> float | None:
        """The megabytes that the process holds in memory, or held `at_most`; None where the system does not say."""
        name = "VmHWM:" if at_most else "VmRSS:"
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines():
                if line.startswith(name):
                    return int(line.split()[1]) / 1024
        return None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + STARTING_SECONDS
    while monotonic() < until and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status < 400:
                connection.close()
                return
        sleep(0.005)
    raise NoAnswer(f"the server on port {port} did not answer")


@contextmanager
def _running(name: str, begin: Callable[[], subprocess.Popen[bytes]], port: int, path: str) -> Iterator[Running]:
    began = monotonic()
    process = begin()
    try:
        _wait(port, path, process)
        yield Running(name, port, process.pid, monotonic() - began)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def settle(process_id: int, at_most: float = 60) -> None:
    """Wait until a process has done what it does beside its work after a start (search works out its phrases)."""
    try:
        ticks = os.sysconf("SC_CLK_TCK")
        until = monotonic() + at_most
        while monotonic() < until:
            before = _spent(process_id)
            sleep(1)
            if _spent(process_id) - before < 0.1 * ticks:
                return
    except OSError:  # no /proc here: measure at once
        return


def _spent(process_id: int) -> int:
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def public_server() -> Server:
    """The public side at a port that is free now, as `voordeur run` has it."""
    return Server("public", "voordeur.settings.public_server:app", "voordeur.settings.public", free_port(), True)


@contextmanager
def public_side(lent: Lent | None = None, server: Server | None = None) -> Iterator[Running]:
    """The public process, started as `voordeur run` starts it. Raises NoAnswer when it does not come up.

    With what another one of the same run was `lent`, it knows the same visits, and its port never closed.
    """
    server = server or public_server()
    if lent is None:
        with Lent("127.0.0.1", [server]) as made, public_side(made, server) as one:
            yield one
        return
    with _running("public side", lambda: start(server, "127.0.0.1", lent).process, server.port, "/") as one:
        yield one


@contextmanager
def bare_server(file: Path) -> Iterator[Running]:
    """The same server with nothing in it but this file, packed already. Raises NoAnswer as above."""
    server = Server("bare", "tests.bench.still:app", str(file), free_port())
    with (
        Lent("127.0.0.1", [server]) as lent,
        _running("bare uvicorn", lambda: start(server, "127.0.0.1", lent).process, server.port, "/") as one,
    ):
        yield one


@contextmanager
def still_page(file: Path) -> Iterator[Running]:
    """This file, packed already, from nginx where there is one, else from the bare server."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        with bare_server(file) as one:
            yield one
        return
    port = free_port()
    configuration = file.parent / "nginx.conf"
    configuration.write_text(_NGINX.format(folder=file.parent, port=port), encoding="utf-8")
    command = [nginx, "-p", str(file.parent), "-e", str(file.parent / "nginx.log"), "-c", str(configuration)]
    with _running("nginx, still file", lambda: subprocess.Popen(command), port, f"/{file.name}") as one:
        yield one
