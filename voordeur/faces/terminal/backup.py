"""`voordeur backup`: a copy of the database while it is in use. The server's key is never in it."""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3
from pathlib import Path

from voordeur.faces.terminal.ground import CannotGoOn

KEY_FILE = "server.key"  # settings/server_key makes it, in the data folder


def make(given: argparse.Namespace) -> int:
    """Copy the SQLite database, also while it is in use, to a new file that only its user can read. 0 when done.

    Raises CannotGoOn when the file is there already or cannot be written, and for another database.
    """
    from django.conf import settings
    from django.db import connection

    file: Path = given.file
    if connection.vendor != "sqlite":
        raise CannotGoOn("The database is PostgreSQL; copy it with its own pg_dump (docs/running.md).")
    if not Path(str(connection.settings_dict["NAME"])).exists():
        raise CannotGoOn("There is no database to copy yet.")
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise CannotGoOn(f"“{file}” is there already; name a new file.") from None
    except OSError as problem:
        raise CannotGoOn(f"“{file}” cannot be written: {problem.strerror}.") from problem
    try:
        _copy(file)
    except BaseException as problem:
        for left in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)
        if isinstance(problem, (OSError, sqlite3.Error)):
            raise CannotGoOn(f"The copy could not be made ({problem}); “{file}” was removed again.", 1) from problem
        raise
    print(f"The database was copied to “{file}” ({file.stat().st_size / 1_000_000:.1f} MB).")
    where = "the setting VOORDEUR_SECRET" if settings.ENV.secret else f"“{settings.ENV.data / KEY_FILE}”"
    print(f"The server's key is not in it: {where}. Keep a copy of that too, in another place; one is of no use")
    print("without the other. What a visitor deletes from now on is still in this copy: do not keep it long.")
    return 0


def _copy(file: Path) -> None:
    """Into the file and onto the disk, then read back whole. Raises OSError or sqlite3.Error."""
    from django.db import connection

    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(file)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        if copy.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the copy is not whole")
    for path in (file, file.absolute().parent):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
