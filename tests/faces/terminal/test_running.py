"""`voordeur run`: all parts or none, and one that falls comes back. The apps here are ten lines of ASGI."""

from __future__ import annotations

import http.client
import os
import re
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
import asyncio, os, time
from voordeur.faces.run_memory import open_memory
async def app(scope, receive, send):
    path = scope["path"]
    if path == "/end":
        os._exit(3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while path == "/stream":
        await send({"type": "http.response.body", "body": b".", "more_body": True})
        await asyncio.sleep(0.1)
    said = {
        "/": os.environ["DJANGO_SETTINGS_MODULE"],
        "/pid": os.getpid(),
        "/key": open_memory().visits_key.hex(),
        "/burned": " ".join(open_memory().burned()),
        "/from": scope["client"][0],
    }.get(path, "")
    if path == "/burn":
        open_memory().add_burned("a" * 28)
    await send({"type": "http.response.body", "body": str(said).encode()})
"""
CLOCK = """
import os, time
with open("clock", "a") as file:
    memory = "with" if "VOORDEUR_RUN_FD" in os.environ else "without"
    file.write(f"{os.getpid()} {os.environ['DJANGO_SETTINGS_MODULE']} {memory}\\n")
while True:
    time.sleep(1)
"""
GO = """
import sys
from voordeur.faces.terminal.processes import Server, Stop, Worker
from voordeur.faces.terminal.running import serve
parts = [Server(name, "tiny:app", f"settings.of.{name}", int(port), name == "public")
         for name, port in zip(("public", "desk"), sys.argv[1:])]
with Stop() as asked:
    parts.append(Worker("clock", "tiny_clock", "settings.of.clock"))
    sys.exit(serve(parts, "127.0.0.1", asked, [("garden", "garden.localhost")]))
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
    """All parts, up; with what was printed until then."""
    (tmp_path / "tiny.py").write_text(APP, encoding="utf-8")
    (tmp_path / "tiny_clock.py").write_text(CLOCK, encoding="utf-8")
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
        process.terminate()
        try:
            process.wait(8)
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


def clocks(tmp_path: Path) -> list[list[str]]:
    """Number, settings and memory of every clock process that was started."""
    return [line.split() for line in (tmp_path / "clock").read_text(encoding="utf-8").splitlines()]


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another process does; at most ten seconds."""
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    """Whether a process has ended, also when nobody has asked yet how."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


@pytest.mark.parametrize("side", [0, 1], ids=["public", "desk"])
def test_a_killed_side_is_started_again_and_a_request_meanwhile_only_waits(tmp_path: Path, side: int) -> None:
    with started(tmp_path) as (process, _, ports):
        before = [int(get(port, "/pid")) for port in ports]
        os.kill(before[side], signal.SIGKILL)
        wait_until(lambda: is_gone(before[side]))
        after = [int(get(port, "/pid")) for port in ports]
        assert after[side] != before[side] and after[1 - side] == before[1 - side]
        process.send_signal(signal.SIGTERM)
        assert process.wait(7) == 0
        name = ("public", "desk")[side]
        assert process.stdout
        assert process.stdout.read() == f"voordeur: the {name} process was ended by signal 9; it is started again.\n"
        assert all(is_gone(pid) for pid in after)


def test_the_clock_is_started_with_settings_of_its_own_and_again_when_it_falls(tmp_path: Path) -> None:
    with started(tmp_path) as (process, _, _):
        wait_until(lambda: (tmp_path / "clock").exists() and len(clocks(tmp_path)) == 1)
        first = clocks(tmp_path)[0]
        assert first[1:] == ["settings.of.clock", "without"]
        os.kill(int(first[0]), signal.SIGKILL)
        wait_until(lambda: len(clocks(tmp_path)) == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(7) == 0
        assert all(is_gone(int(one[0])) for one in clocks(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="files without a name in memory are Linux's")
def test_the_public_side_has_its_memory_again_after_a_fall_and_the_desk_never_has_it(tmp_path: Path) -> None:
    with started(tmp_path) as (_, _, (public, desk)):
        key = get(public, "/key")
        assert get(public, "/burned") == ""
        get(public, "/burn")
        for _ in range(2):
            pid = int(get(public, "/pid"))
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda pid=pid: is_gone(pid))  # type: ignore[misc]
            assert (get(public, "/key"), get(public, "/burned")) == (key, "a" * 28)
        assert get(desk, "/key") != key


@pytest.mark.skipif(sys.platform != "linux", reason="a child hears of its parent's end on Linux only")
def test_when_the_supervisor_itself_is_killed_nothing_goes_on_without_it(tmp_path: Path) -> None:
    with started(tmp_path) as (process, _, ports):
        wait_until(lambda: (tmp_path / "clock").exists())
        children = [int(get(port, "/pid")) for port in ports] + [int(clocks(tmp_path)[0][0])]
        process.kill()
        process.wait()
        wait_until(lambda: all(is_gone(pid) for pid in children))
        assert all(is_free(port) for port in ports)


def test_a_side_that_falls_again_and_again_stops_all_and_is_named(tmp_path: Path) -> None:
    with started(tmp_path) as (process, _, (public, desk)):
        others = [int(get(public, "/pid")), int(clocks(tmp_path)[0][0])]
        for _ in range(6):
            with pytest.raises(OSError):
                get(desk, "/end")
        assert process.wait(15) == 1
        assert process.stdout
        said = process.stdout.read().splitlines()
        assert said[:5] == ["voordeur: the desk process ended with code 3; it is started again."] * 5
        assert said[5:] == ["voordeur: the desk process falls again and again; stopping."]
        assert is_free(public) and is_free(desk)
        assert all(is_gone(pid) for pid in others)


def test_a_server_sees_from_which_address_a_request_comes(tmp_path: Path) -> None:
    """Limits hang on it; the socket that is lent must not hide it."""
    with started(tmp_path) as (_, _, ports):
        assert [get(port, "/from") for port in ports] == ["127.0.0.1", "127.0.0.1"]


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


@contextmanager
def real_thing(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The real thing, both sides and the clock, up."""
    process = subprocess.Popen(
        [sys.executable, "-m", "voordeur", "run"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        line = ""
        while "Ctrl-C" not in line:
            line = process.stdout.readline()
            assert line, f"it ended with {process.wait(10)}"
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        finally:
            process.kill()


def address_of_a_visit(port: int) -> str:
    """Where the door leads a visitor: an address that means nothing."""
    found = re.search(r'"/([A-Za-z0-9_-]{28})', get(port))
    assert found
    return found[1]


def leads_away(port: int, token: str) -> bool:
    """Whether an address leads to the neutral page, as one that was left does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", f"/{token}", headers={"Host": "localhost"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status == 303


def process_of(supervisor: int, app: str) -> int:
    """The number of the child that serves this app."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text(encoding="ascii").split()
    return next(int(one) for one in children if app.encode() in Path(f"/proc/{one}/cmdline").read_bytes())


@pytest.mark.skipif(sys.platform != "linux", reason="files without a name in memory are Linux's")
def test_visitors_stay_where_they_are_when_the_real_public_process_is_killed_and_who_left_stays_away(
    environment: dict[str, str],
) -> None:
    public, desk = free_ports()
    ports = {"VOORDEUR_PUBLIC_PORT": str(public), "VOORDEUR_DESK_PORT": str(desk)}
    with real_thing(environment | ports) as process:
        here, left = address_of_a_visit(public), address_of_a_visit(public)
        get(public, f"/{left}/0")
        for _ in range(2):
            pid = process_of(process.pid, "public_server")
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda pid=pid: is_gone(pid))  # type: ignore[misc]
            assert (leads_away(public, here), leads_away(public, left)) == (False, True)
