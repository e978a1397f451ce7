"""`voordeur backup`: a whole copy for its user alone, made while others write, without the server's key."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def database(first_installation: Path, environment: dict[str, str]) -> Path:
    """The database of an installation that has a directory and a key."""
    data = shutil.copytree(first_installation, environment["VOORDEUR_DATA"])
    return Path(data) / "voordeur.sqlite3"


def rows(file: Path) -> int:
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM directory_organization").fetchone()[0])


def test_the_copy_is_one_whole_file_that_only_its_user_can_read(
    process: Callable[..., Any], database: Path, tmp_path: Path
) -> None:
    file = tmp_path / "monday"
    said = process("backup", file)
    assert (said.code, said.err) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert rows(file) == rows(database) > 0
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("monday")] == ["monday"]
    assert "The server's key is not in it" in said.out and str(database.with_name("server.key")) in said.out
    assert database.with_name("server.key").read_bytes() not in file.read_bytes()


def test_it_can_be_made_while_somebody_writes(process: Callable[..., Any], database: Path, tmp_path: Path) -> None:
    stop, written = threading.Event(), []

    def writes() -> None:
        with sqlite3.connect(database, isolation_level=None, timeout=10) as other:
            while not stop.is_set():
                other.execute("UPDATE directory_edition SET content_hash = hex(randomblob(32))")
                written.append(1)

    other = threading.Thread(target=writes)
    other.start()
    try:
        said = process("backup", tmp_path / "monday")
    finally:
        stop.set()
        other.join()
    assert said.code == 0 and len(written) > 10
    assert rows(tmp_path / "monday") == rows(database)


def test_a_file_that_is_there_is_never_written_over(
    process: Callable[..., Any], database: Path, tmp_path: Path
) -> None:
    file = tmp_path / "monday"
    file.write_text("of last week", encoding="utf-8")
    said = process("backup", file)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"voordeur: “{file}” is there already; name a new file.\n"
    assert file.read_text(encoding="utf-8") == "of last week"


def test_a_folder_that_is_not_there_is_one_sentence(
    process: Callable[..., Any], database: Path, tmp_path: Path
) -> None:
    said = process("backup", tmp_path / "nowhere" / "monday")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "cannot be written" in said.err


def test_a_copy_that_fails_leaves_no_half_file(process: Callable[..., Any], database: Path, tmp_path: Path) -> None:
    database.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    said = process("backup", tmp_path / "monday")
    assert said.code in (1, 2) and said.err.count("\n") == 1
    assert not (tmp_path / "monday").exists()


def test_without_a_database_nothing_is_made(
    process: Callable[..., Any], environment: dict[str, str], tmp_path: Path
) -> None:
    said = process("backup", tmp_path / "monday")
    assert (said.code, said.err) == (2, "voordeur: There is no database to copy yet.\n")
    assert not (tmp_path / "monday").exists() and not Path(environment["VOORDEUR_DATA"]).exists()


def test_postgresql_is_copied_by_its_own_program(process: Callable[..., Any], tmp_path: Path) -> None:
    said = process("backup", tmp_path / "monday", VOORDEUR_DATABASE_URL="postgresql://door:geheim@127.0.0.1:1/door")
    assert said.code == 2
    assert "pg_dump" in said.err and "geheim" not in said.err
    assert not (tmp_path / "monday").exists()
