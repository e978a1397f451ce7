"""`voordeur hidden`: the hidden part of the map, for the operator. No verb prints an address."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from voordeur.faces.server_key import server_key
from voordeur.faces.terminal.ground import CannotGoOn, directory_at_hand, migrate, moment_now
from voordeur.faces.terminal.staff import OPERATOR
from voordeur.records.conversations.forgetting import scrub
from voordeur.records.hidden import actions, queries
from voordeur.records.hidden.entry import Entry, EntryNotUsable, read
from voordeur.records.staff.actions import note_audit

Verb = Callable[[argparse.Namespace], int]
#: A file of one entry is a kilobyte or two.
_MOST_BYTES = 64 * 1024


def _ready(verb: Verb) -> Verb:
    """With its tables and the server's key; what is wrong with the key is one sentence."""

    @wraps(verb)
    def ready(given: argparse.Namespace) -> int:
        migrate()
        try:
            server_key()
        except ValueError as wrong:  # settings.env.SettingWrong: the roof's word, which a face does not import
            raise CannotGoOn(str(wrong)) from wrong
        return verb(given)

    return ready


def _note(what: str, entry_id: str) -> None:
    about = actions.reference(entry_id, server_key()) if entry_id else ""
    note_audit(server_key=server_key(), moment=moment_now(), who=OPERATOR, what=what, about=about)


def _written(path: Path) -> Entry:
    """The entry in a file. An error quotes nothing of it: the file holds an address."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CannotGoOn(f"“{path}” is too large for one entry.")
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CannotGoOn(f"“{path}” cannot be read: {problem.strerror}.") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise CannotGoOn(f"“{path}” is not TOML, so nothing was added.") from None
    try:
        entry = read(said, moment_now().date())
    except EntryNotUsable as wrong:
        raise CannotGoOn(str(wrong)) from wrong
    if entry.organization and entry.organization not in directory_at_hand().organizations:
        raise CannotGoOn("“organization”: no organisation of the directory has this code.")
    return entry


@_ready
def add(given: argparse.Namespace) -> int:
    """A new hidden entry from a file; prints its id."""
    entry = _written(given.file)
    try:
        entry_id = actions.add(entry=entry, server_key=server_key())
    except EntryNotUsable as wrong:
        raise CannotGoOn(str(wrong)) from wrong
    _note("hidden entry added", entry_id)
    print(entry_id)
    print(f"It is sealed in the database. Now delete “{given.file}” for good: the address stands in it, readable.")
    return 0


@_ready
def show_all(given: argparse.Namespace) -> int:
    """The id of every hidden entry and who may see it; nothing else."""
    for entry_id, audience, roles in queries.audiences(server_key()):
        for_whom = "cannot be opened with this server's key" if audience is None else str(audience)
        print(f"{entry_id}  {' '.join((for_whom, *sorted(roles)))}")
    _note("hidden entries listed", "")
    return 0


@_ready
def remove(given: argparse.Namespace) -> int:
    """One hidden entry is gone."""
    try:
        actions.remove(entry_id=given.id)
    except actions.EntryNotHere as gone:
        raise CannotGoOn("There is no hidden entry with this id; “voordeur hidden list” shows them.", 1) from gone
    _note("hidden entry removed", given.id)
    scrub()
    print("It is gone from the database. In backups made before it stays, sealed, until they are deleted.")
    return 0


@_ready
def show_looks(given: argparse.Namespace) -> int:
    """Why the newest looks were taken, by the line of the trail that says who and when."""
    for one in queries.looks(server_key(), last=given.last):
        if isinstance(one, int):
            print(f"{one:>7}  cannot be opened with this server's key")
        else:
            print(f"{one.number:>7}  {one.day}  {one.about}  {one.reason}")
    _note("reasons of looks shown", "")
    return 0
