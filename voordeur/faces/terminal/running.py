"""`voordeur run`: makes the database ready, then keeps both sides running as two processes that share nothing."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from voordeur.faces.terminal.ground import CannotGoOn, content_folder, migrate, moment_now
from voordeur.faces.terminal.processes import Server, Stop, address, keep_running, refuse_taken, start, stop, wait_for


def run(given: argparse.Namespace) -> int:
    """Start both sides and wait. 0 when stopped by a signal, 1 when one side ended by itself.

    Raises CannotGoOn when a port is taken, the database cannot be used or no directory can be loaded.
    """
    from django.conf import settings

    env = settings.ENV
    servers = (
        Server("public", "voordeur.settings.public_server:app", "voordeur.settings.public", env.public_port),
        Server("desk", "voordeur.settings.desk_server:app", "voordeur.settings.desk", env.desk_port),
    )
    with Stop() as asked:
        refuse_taken(env.bind, servers)
        with _step("database"):
            migrate()
        _load_directory()
        return serve(servers, env.bind, asked, _door_hosts(content_folder() / "doors"))


def serve(servers: Sequence[Server], bind: str, asked: Stop, door_hosts: Sequence[tuple[str, str]] = ()) -> int:
    """Start the servers, say where they are, and keep them until `asked` to stop (0) or until one ends (1)."""
    running = []
    try:
        with _step("servers"):
            running = [start(server, bind) for server in servers]
            is_up = wait_for(running, bind, asked)
        if asked.is_asked:
            return 0
        if not is_up:
            raise CannotGoOn("A server did not start; what went wrong stands above.", 1)
        for server in servers:
            print(f"  {server.name:<13} {address(bind, server.port)}")
            if server.name == "public":
                for name, host in door_hosts:
                    print(f"  {name:<13} http://{host}:{server.port}/")
        print("Stop with Ctrl-C.", flush=True)
        ended = keep_running(running, asked)
        if ended:
            print(f"voordeur: the {ended.server.name} server ended by itself; stopping.", file=sys.stderr)
        return 1 if ended else 0
    finally:
        stop(running)


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
