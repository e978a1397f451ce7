"""`voordeur directory import`: the files of a directory again, from a dump of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from voordeur.faces.hsds_reading import DumpBroken, read_dump
from voordeur.faces.terminal.ground import CannotGoOn, moment_now
from voordeur.records.directory.entry_files import Entry, check_entry
from voordeur.records.directory.entry_toml import as_toml
from voordeur.records.directory.findings import Finding
from voordeur.records.directory.kept_entries import fixed_form


def bring_in(given: argparse.Namespace) -> int:
    """Write a file for each organisation of a dump, all or nothing, and print how many. Raises CannotGoOn.

    Each is checked as `voordeur directory check` does, and must be read back as the same entry.
    """
    folder: Path = given.folder
    try:
        entries = read_dump(given.file)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CannotGoOn(f"“{folder}” is there already; name a folder that is not there yet, or empty.")
    except OSError as problem:
        raise CannotGoOn(
            f"“{problem.filename or given.file}” cannot be read: {problem.strerror or problem}."
        ) from problem
    except DumpBroken as broken:
        raise CannotGoOn(f"“{given.file}” cannot be used: {broken}.", 1) from broken
    texts: dict[str, str] = {}
    found: list[Finding] = []
    for one in entries:
        if one.id in texts:
            found.append(Finding(f"{one.id}.toml", 1, "duplicate-id", "this organisation stands in the dump twice"))
        texts[one.id] = as_toml(one.data)
        found += _errors(one, texts[one.id])
    if found:
        print(*found, sep="\n", file=sys.stderr)
        raise CannotGoOn(f"Nothing was written: {len(found)} errors in “{given.file}”.", 1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    except OSError as problem:
        raise CannotGoOn(f"“{folder}” cannot be written to: {problem.strerror}.") from problem
    print(f"{len(texts)} organisations written to “{folder}”; “voordeur directory load {folder}” loads them")
    return 0


def _errors(one: Entry, text: str) -> list[Finding]:
    """What is wrong with an entry; its id is part of a file name, so it is checked before anything is written."""
    again, findings = check_entry(f"{one.id}.toml", text, moment_now().date())
    wrong = [finding for finding in findings if finding.severity == "error"]
    if again is not None and fixed_form(again) != one:
        wrong.append(Finding(f"{one.id}.toml", 1, "not-the-same", "this would not be read as what the dump says"))
    return wrong
