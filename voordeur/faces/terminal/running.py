"""`voordeur run`: makes the database ready, then keeps three processes running: both sides, and the clock.

They share the database and nothing else. One that falls is started again; `voordeur tick` is one turn of the clock.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from voordeur.faces.terminal.ground import CannotGoOn, content_folder, migrate, moment_now
from voordeur.faces.terminal.processes import (
    Lent,
    Part,
    Running,
    Server,
    Stop,
    Worker,
    address,
    keep_running,
    refuse_taken,
    start,
    stop,
    wait_for,
)

# Named, not imported: faces do not know each other, and each process reads settings of its own.
CLOCK = Worker("clock", "voordeur.faces.clock.ticking", "voordeur.settings.clock")
#: Stands in a data folder that `voordeur demo` made: its logins are open to whoever saw that screen.
DEMO_FILE = "demo.json"


def run(given: argparse.Namespace) -> int:
    """Start both sides and the clock, and wait. 0 when stopped by a signal, 1 when one of them falls again and again.

    Raises CannotGoOn when a port is taken, the database cannot be used, no directory can be loaded, or the data
    folder is that of a demo.
    """
    from django.conf import settings

    if (settings.ENV.data / DEMO_FILE).exists():
        raise CannotGoOn(f"“{settings.ENV.data}” was made by “voordeur demo”, for trying out; name another folder.")
    return run_all()


def run_all() -> int:
    """What `run` does, in whichever data folder."""
    from django.conf import settings

    env = settings.ENV
    servers = (
        Server("public", "voordeur.settings.public_server:app", "voordeur.settings.public", env.public_port, True),
        Server("desk", "voordeur.settings.desk_server:app", "voordeur.settings.desk", env.desk_port),
    )
    with Stop() as asked:
        refuse_taken(env.bind, servers)
        with _step("database"):
            migrate()
        make_key()
        _load_directory()
        return serve((*servers, CLOCK), env.bind, asked, _door_hosts(content_folder() / "doors"))


def tick(given: argparse.Namespace) -> int:
    """One turn of the clock, in a process of its own with its own settings; its exit code."""
    migrate()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": CLOCK.settings}
    return subprocess.run([sys.executable, "-m", CLOCK.module, "--once"], env=environment, check=False).returncode  # noqa: S603


def serve(parts: Sequence[Part], bind: str, asked: Stop, door_hosts: Sequence[tuple[str, str]] = ()) -> int:
    """Start all parts, say where they are, and keep them until `asked` to stop (0) or until one keeps falling (1)."""
    running: list[Running] = []
    with Lent(bind, parts) as lent:
        try:
            with _step("processes"):
                for part in parts:
                    running.append(start(part, bind, lent))
                is_up = wait_for(running, bind, asked)
            if asked.is_asked:
                return 0
            if not is_up:
                raise CannotGoOn("A process did not start; what went wrong stands above.", 1)
            _say_where([part for part in parts if isinstance(part, Server)], bind, door_hosts)
            fallen = keep_running(running, asked, lambda part: start(part, bind, lent))
            if fallen:
                print(f"voordeur: the {fallen.part.name} process falls again and again; stopping.", file=sys.stderr)
            return 1 if fallen else 0
        finally:
            stop(running)


def _say_where(servers: Sequence[Server], bind: str, door_hosts: Sequence[tuple[str, str]]) -> None:
    for server in servers:
        print(f"  {server.name:<13} {address(bind, server.port)}")
        if server.name == "public":
            for name, host in door_hosts:
                print(f"  {name:<13} http://{host}:{server.port}/")
    print("Stop with Ctrl-C.", flush=True)


def make_key() -> None:
    """The server's key, before three processes ask for it at once. Raises CannotGoOn when it cannot be used."""
    from voordeur.faces.server_key import server_key

    try:
        server_key()
    except ValueError as wrong:  # settings.env.SettingWrong: the roof's word, which a face does not import
        raise CannotGoOn(str(wrong)) from wrong


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Say that a slow step goes on, and then how long it took."""
    print(f"{name} … ", end="", flush=True)
    began = monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f"{monotonic() - began:.1f} s", flush=True)


def _load_directory() -> None:
    """Load the files; broken ones leave the edition that stands. Raises CannotGoOn when there is none."""
    from voordeur.records.directory.actions import load_directory
    from voordeur.records.directory.findings import DirectoryBroken
    from voordeur.records.directory.queries import edition

    broken: DirectoryBroken | None = None
    with _step("directory"):
        try:
            load_directory(folder=content_folder() / "directory", moment=moment_now())
        except DirectoryBroken as found:
            broken = found
    if broken is None:
        return
    print(*broken.findings, sep="\n", file=sys.stderr)
    if not edition():
        raise CannotGoOn("The directory files have errors and no earlier edition is loaded.", 1)
    print("voordeur: the directory files have errors; going on with the earlier edition.", file=sys.stderr)


def _door_hosts(folder: Path) -> list[tuple[str, str]]:
    """Name of the file and each host of the themed doors; one that cannot be read is left out."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            door = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        hosts = door.get("hosts", [])
        if isinstance(hosts, list) and not door.get("is_central"):
            found += [(path.stem, host) for host in hosts if isinstance(host, str) and "*" not in host]
    return found
