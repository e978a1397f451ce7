"""`voordeur run`: both sides or none, and both gone when one goes. The apps here are ten lines of ASGI."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faces.terminal.conftest import ROOT
from voordeur.faces.terminal.ground import CannotGoOn
from voordeur.faces.terminal.processes import Server, address, refuse_taken

APP = """
import asyncio, os
async def app(scope, receive, send):
    if scope["path"] == "/end":
        os._exit(3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while scope["path"] == "/stream":
        await send({"type": "http.response.body", "body": b".", "more_body": True})
        await asyncio.sleep(0.1)
    await send({"type": "http.response.body", "body": os.environ["DJANGO_SETTINGS_MODULE"].encode()})
"""
GO = """
import sys
from voordeur.faces.terminal.processes import Server, Stop
from voordeur.faces.terminal.running import serve
ports = zip(("public", "desk"), sys.argv[1:])
servers = [Server(name, "tiny:app", f"settings.of.{name}", int(port)) for name, port in ports]
with Stop() as asked:
    sys.exit(serve(servers, "127.0.0.1", asked, [("garden", "garden.localhost")]))
"""


def free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def get(port: int, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


@contextmanager
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[str], tuple[int, int]]]:
    """Both servers, up; with what was printed until then."""
    (tmp_path / "tiny.py").write_text(APP, encoding="utf-8")
    ports = free_ports()
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", GO, *map(str, ports)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=tmp_path
    )
    try:
        lines: list[str] = []
        assert process.stdout
        while not lines or (lines[-1] and "Ctrl-C" not in lines[-1]):
            lines.append(process.stdout.readline())
        yield process, lines, ports
    finally:
        process.kill()
        process.wait()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_both_sides_answer_with_settings_of_their_own_and_their_addresses_are_printed(tmp_path: Path) -> None:
    with started(tmp_path) as (process, lines, (public, desk)):
        assert (get(public), get(desk)) == ("settings.of.public", "settings.of.desk")
        said = "".join(lines)
        assert f"http://localhost:{public}/" in said
        assert f"http://garden.localhost:{public}/" in said
        assert f"http://localhost:{desk}/" in said
        process.send_signal(signal.SIGTERM)
        assert process.wait(7) == 0


def test_ctrl_c_stops_both_within_six_seconds_also_with_an_open_stream(tmp_path: Path) -> None:
    with started(tmp_path) as (process, _, ports):
        stream = urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/stream", timeout=10)
        stream.read(1)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(7) == 0
        assert time.monotonic() - began < 6
        assert all(is_free(port) for port in ports)
        stream.close()


def test_when_one_side_ends_the_other_is_stopped_too(tmp_path: Path) -> None:
    with started(tmp_path) as (process, _, (public, desk)):
        with pytest.raises(OSError):
            get(desk, "/end")
        assert process.wait(7) == 1
        assert is_free(public)


def test_a_taken_port_is_named_with_its_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        free, _ = free_ports()
        servers = [Server("public", "", "", free), Server("desk", "", "", port)]
        with pytest.raises(CannotGoOn, match=f"^Port {port} is in use; .* VOORDEUR_DESK_PORT.$"):
            refuse_taken("127.0.0.1", servers)


@pytest.mark.parametrize("bind", ["192.0.2.1", "a" * 70 + ".example"])
def test_an_address_that_is_not_here_is_named_with_its_setting(bind: str) -> None:
    with pytest.raises(CannotGoOn, match="VOORDEUR_BIND"):
        refuse_taken(bind, [Server("public", "", "", free_ports()[0])])


def test_broken_directory_files_without_an_earlier_edition_stop_the_start(
    process: Callable[..., Any], tmp_path: Path
) -> None:
    content = tmp_path / "content"
    (content / "directory").mkdir(parents=True)
    (content / "directory" / "kapot.toml").write_text("kapot", encoding="utf-8")
    public, desk = map(str, free_ports())
    said = process("run", VOORDEUR_CONTENT=str(content), VOORDEUR_PUBLIC_PORT=public, VOORDEUR_DESK_PORT=desk)
    assert said.code == 1
    assert "kapot.toml:1: error: not-toml" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("bind", "where"),
    [("127.0.0.1", "http://localhost:80/"), ("0.0.0.0", "http://localhost:80/"), ("::", "http://[::1]:80/")],
)
def test_the_printed_address_is_one_that_a_browser_here_can_open(bind: str, where: str) -> None:
    assert address(bind, 80) == where
