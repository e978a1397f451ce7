"""`voordeur library check`: what keeps pages from loading, how they read, counts and exit codes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONTENT = Path(__file__).resolve().parents[3] / "content" / "library"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One of the real pages in both languages, which points nowhere, and the files beside the pages."""
    for name in ("topics.toml", "danger-words.toml", "words-to-avoid.toml"):
        shutil.copy(CONTENT / name, tmp_path)
    for language in ("nl", "en"):
        (tmp_path / language).mkdir()
        shutil.copy(CONTENT / language / "partner.md", tmp_path / language)
        change(tmp_path, f"{language}/partner.md", 'see = ["partner-what", "doubt", "loyalty", "leaving"]', "see = []")
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_real_pages_have_no_error_and_warnings_can_be_hidden(voordeur: Callable[..., Any]) -> None:
    said = voordeur("library", "check", "--quiet")
    assert (said.code, said.err) == (0, ""), said.out
    assert said.out.count("\n") == 1
    assert " page files, 0 errors, " in said.out


def test_a_right_page_gives_its_count_only(voordeur: Callable[..., Any], folder: Path) -> None:
    said = voordeur("library", "check", folder)
    assert (said.code, said.out) == (0, "2 page files, 0 errors, 0 warnings\n")


def test_an_error_of_style_is_printed_with_file_line_and_rule(voordeur: Callable[..., Any], folder: Path) -> None:
    change(folder, "nl/partner.md", "## mirror\n", "## mirror\nDe dader liep weg.\n")
    said = voordeur("library", "check", folder)
    assert said.code == 1
    first, last = said.out.splitlines()
    assert first.startswith(f"{folder / 'nl' / 'partner.md'}:") and ": error: charged-word: “dader”; write: " in first
    assert last == "2 page files, 1 errors, 0 warnings"


def test_a_warning_fails_only_when_strict(voordeur: Callable[..., Any], folder: Path) -> None:
    change(folder, "nl/partner.md", "## mirror\n", "## mirror\n" + "Daar wordt je iets verteld.\n" * 15)
    said = voordeur("library", "check", folder)
    assert (said.code, ": warning: passive: " in said.out) == (0, True)
    assert voordeur("library", "check", folder, "--strict", "--quiet").code == 1


def test_a_page_that_does_not_load_is_an_error_with_its_file(voordeur: Callable[..., Any], folder: Path) -> None:
    change(folder, "en/partner.md", "phases", "stages")
    said = voordeur("library", "check", folder)
    assert said.code == 1
    assert f"{folder / 'en' / 'partner.md'}:1: error: page: keys not known: ['stages']" in said.out


@pytest.mark.parametrize(
    ("name", "rule"),
    [("topics.toml", "search"), ("danger-words.toml", "search"), ("words-to-avoid.toml", "words-to-avoid")],
)
def test_a_file_beside_the_pages_that_is_broken_or_gone_is_an_error(
    voordeur: Callable[..., Any], folder: Path, name: str, rule: str
) -> None:
    (folder / name).write_text("[", encoding="utf-8")
    said = voordeur("library", "check", folder)
    assert (said.code, f"{folder / name}:1: error: {rule}: " in said.out) == (1, True)
    (folder / name).unlink()
    assert voordeur("library", "check", folder).code == 1


def test_a_file_that_is_no_text_is_an_error_and_no_traceback(voordeur: Callable[..., Any], folder: Path) -> None:
    (folder / "nl" / "partner.md").write_bytes(b"\xff\x00")
    said = voordeur("library", "check", folder)
    assert said.code == 1 and ": error: page: " in said.out


def test_a_folder_without_pages_is_an_error(voordeur: Callable[..., Any], tmp_path: Path) -> None:
    said = voordeur("library", "check", tmp_path)
    assert said.code == 1 and ": error: no-files: " in said.out


def test_a_folder_that_is_not_there_is_said_in_one_sentence(voordeur: Callable[..., Any], tmp_path: Path) -> None:
    said = voordeur("library", "check", tmp_path / "nowhere")
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1


def test_the_check_needs_no_database(process: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = process("library", "check", "--quiet", VOORDEUR_DATA=str(tmp_path / "file" / "not-a-folder"))
    assert "Traceback" not in said.err and " page files, " in said.out
