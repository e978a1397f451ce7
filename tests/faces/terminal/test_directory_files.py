"""`voordeur directory check` and `load`: findings, counts and exit codes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONTENT = Path(__file__).resolve().parents[3] / "content" / "directory"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two of the real files."""
    for name in ("fier.toml", "de-luisterlijn.toml"):
        shutil.copy(CONTENT / name, tmp_path)
    return tmp_path


def change(folder: Path, old: str, new: str) -> None:
    path = folder / "fier.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def test_the_real_files_have_no_error_and_warnings_can_be_hidden(voordeur: Callable[..., Any]) -> None:
    said = voordeur("directory", "check", "--quiet")
    assert (said.code, said.err) == (0, "")
    assert said.out.count("\n") == 1
    assert " 0 errors, " in said.out


def test_warnings_are_printed_and_fail_only_when_strict(voordeur: Callable[..., Any], folder: Path) -> None:
    said = voordeur("directory", "check", folder)
    assert said.code == 0
    assert f"{folder / 'fier.toml'}:" in said.out
    assert ": warning: stale: " in said.out
    assert voordeur("directory", "check", folder, "--strict", "--quiet").code == 1


def test_an_error_is_printed_with_file_line_and_rule(voordeur: Callable[..., Any], folder: Path) -> None:
    change(folder, 'status = "active"', 'status = "fine"')
    said = voordeur("directory", "check", folder, "--quiet")
    assert said.code == 1
    first, last = said.out.splitlines()
    assert first.startswith(f"{folder / 'fier.toml'}:5: error: unknown-code: ")
    assert last.startswith("1 organisations without errors, 1 errors, ")


def test_an_empty_folder_is_an_error(voordeur: Callable[..., Any], tmp_path: Path) -> None:
    said = voordeur("directory", "check", tmp_path)
    assert said.code == 1
    assert ": error: no-files: " in said.out


def test_a_load_says_what_it_did_and_a_broken_one_changes_nothing(process: Callable[..., Any], folder: Path) -> None:
    assert process("directory", "load", folder).out.startswith("2 organisations: 2 added, 0 changed, 0 removed")
    change(folder, 'name = "Fier"', 'name = "Fier!"')
    assert process("directory", "load", folder).out.startswith("2 organisations: 0 added, 1 changed, 0 removed")
    change(folder, 'status = "active"', 'status = "fine"')
    broken = process("directory", "load", folder)
    assert (broken.code, broken.out) == (1, "")
    assert "fier.toml:5: error: unknown-code" in broken.err
    assert "Traceback" not in broken.err
    (folder / "fier.toml").unlink()
    assert process("directory", "load", folder).out.startswith("1 organisations: 0 added, 0 changed, 1 removed")
