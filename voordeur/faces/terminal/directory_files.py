"""`voordeur directory check` and `load`: the files of the directory, and what is wrong with them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from voordeur.faces.terminal.ground import CannotGoOn, content_folder, migrate, moment_now
from voordeur.records.directory.entry_files import read_directory
from voordeur.records.directory.findings import DirectoryBroken


def _folder(given: argparse.Namespace) -> Path:
    folder: Path = given.folder or content_folder() / "directory"
    if not folder.is_dir():
        raise CannotGoOn(f"“{folder}” is not a folder; name the folder with the directory files.")
    try:
        next(folder.iterdir(), None)
    except OSError as problem:
        raise CannotGoOn(f"The folder “{folder}” cannot be read: {problem.strerror}.") from problem
    return folder


def check(given: argparse.Namespace) -> int:
    """Print every finding and their number; 1 when there is an error (with --strict: or a warning)."""
    entries, findings = read_directory(_folder(given), moment_now().date())
    errors = sum(one.severity == "error" for one in findings)
    warnings = len(findings) - errors
    for one in findings:
        if one.severity == "error" or not given.quiet:
            print(one)
    print(f"{len(entries)} organisations without errors, {errors} errors, {warnings} warnings")
    return 1 if errors or (given.strict and warnings) else 0


def load(given: argparse.Namespace) -> int:
    """Make the database equal to the files and print what came, changed and went; 1 when nothing was loaded."""
    from voordeur.records.directory.actions import load_directory

    folder = _folder(given)
    migrate()
    try:
        done = load_directory(folder=folder, moment=moment_now())
    except DirectoryBroken as broken:
        print(*broken.findings, sep="\n", file=sys.stderr)
        raise CannotGoOn(f"Nothing was loaded: {len(broken.findings)} errors in “{folder}”.", 1) from broken
    print(
        f"{done.total} organisations: {len(done.added)} added, {len(done.changed)} changed, "
        f"{len(done.removed)} removed, {len(done.warnings)} warnings"
    )
    return 0
