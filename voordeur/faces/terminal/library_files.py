"""`voordeur library check`: the files of the library, what keeps them from loading, and how they read."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from voordeur.faces.terminal.ground import CannotGoOn, content_folder
from voordeur.records.library.page_files import LANGUAGES, LibraryBroken, load_library
from voordeur.records.library.search import SearchFilesError, load_search
from voordeur.records.library.style import (
    WORDS_FILE,
    StyleFinding,
    WordsFileBroken,
    load_words_to_avoid,
    style_findings,
)


def check(given: argparse.Namespace) -> int:
    """Print every finding and their number; 1 when there is an error (with --strict: or a warning)."""
    folder: Path = given.folder or content_folder() / "library"
    if not folder.is_dir():
        raise CannotGoOn(f"“{folder}” is not a folder; name the folder with the library's pages.")
    pages = [(language, path) for language in LANGUAGES for path in sorted((folder / language).glob("*.md"))]
    found = sorted([*_loading(folder, pages), *_style(folder, pages)])
    errors = sum(one.severity == "error" for one in found)
    for one in found:
        if one.severity == "error" or not given.quiet:
            print(one)
    print(f"{len(pages)} page files, {errors} errors, {len(found) - errors} warnings")
    return 1 if errors or (given.strict and len(found) > errors) else 0


def _loading(folder: Path, pages: list[tuple[str, Path]]) -> Iterator[StyleFinding]:
    """What keeps the library, or the search in it, from loading."""
    if not pages:
        yield StyleFinding(str(folder), 1, "no-files", f"no page is in {' or '.join(LANGUAGES)}")
    try:
        load_library(folder)
    except LibraryBroken as broken:
        for problem in broken.problems:
            name, _, message = problem.partition(": ")
            yield StyleFinding(str(folder / name), 1, "page", message)
    try:
        load_search(folder)
    except SearchFilesError as broken:
        name, _, message = str(broken).partition(": ")
        yield StyleFinding(str(folder / name), 1, "search", message)


def _style(folder: Path, pages: list[tuple[str, Path]]) -> Iterator[StyleFinding]:
    """How the pages read. A file that is no text is a matter of loading."""
    try:
        avoid = load_words_to_avoid(folder / WORDS_FILE)
    except WordsFileBroken as broken:
        name, _, message = str(broken).partition(": ")
        yield StyleFinding(str(folder / name), 1, "words-to-avoid", message)
        return
    for language, path in pages:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        yield from style_findings(text, language, str(path), avoid)
