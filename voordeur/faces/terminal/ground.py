"""What every verb stands on: Django made ready, the database made ready, and the one way to stop with a sentence."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from voordeur.rules.opening import AMSTERDAM

if TYPE_CHECKING:
    from voordeur.records.directory.queries import Directory


class CannotGoOn(Exception):
    """The verb cannot do its work; the message is the one sentence that the person at the terminal reads."""

    def __init__(self, sentence: str, code: int = 2) -> None:
        super().__init__(sentence)
        self.code = code


def read_settings() -> None:
    """Read the settings: the public side's, unless the environment names others. Raises CannotGoOn for a wrong one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voordeur.settings.public")
    from django.conf import settings

    try:
        settings.ENV  # noqa: B018 (reading it is what reads them all)
    except ValueError as wrong:  # settings.env.SettingWrong: the roof's word, which a face does not import
        raise CannotGoOn(str(wrong)) from wrong


def start_django() -> None:
    """Make Django ready, once. Raises CannotGoOn when the database's own package is not installed."""
    import django
    from django.apps import apps
    from django.core.exceptions import ImproperlyConfigured

    if apps.ready:
        return  # a second time would open the log anew, on what standard error is at that moment
    try:
        django.setup()
    except ImproperlyConfigured as problem:
        if "psycopg" not in str(problem):
            raise
        raise CannotGoOn(
            "The database cannot be used (PostgreSQL needs one more package: pip install 'voordeur[postgresql]')."
        ) from problem


def content_folder() -> Path:
    """The folder with all that a non-programmer may change."""
    from django.conf import settings

    return Path(settings.ENV.content)


def moment_now() -> datetime:
    """The time on the wall in the Netherlands, aware."""
    return datetime.now(AMSTERDAM)


def make_data_folder() -> None:
    """Make the folder of a SQLite database when it is not there. Raises CannotGoOn when that is not allowed."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or name.startswith((":", "file:")):
        return
    folder = Path(name).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise CannotGoOn(
            f"The data folder “{folder}” cannot be made ({problem.strerror}); name another with VOORDEUR_DATA."
        ) from problem
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CannotGoOn(f"The data folder “{folder}” may not be written to; name another with VOORDEUR_DATA.")


def migrate() -> None:
    """Bring the database's tables up to date. Raises CannotGoOn when the database cannot be used."""
    from django.core.management import call_command

    make_data_folder()
    call_command("migrate", interactive=False, verbosity=0)


def directory_at_hand() -> Directory:
    """The directory that is loaded; in a fresh clone it is loaded first, with one line about it on stderr.

    Raises CannotGoOn when there is none and the files cannot be loaded.
    """
    from django.db import DatabaseError

    from voordeur.records.directory.queries import current_directory, edition

    make_data_folder()
    try:
        is_there = bool(edition())
    except DatabaseError:
        migrate()
        is_there = bool(edition())
    if not is_there:
        from voordeur.records.directory.actions import load_directory
        from voordeur.records.directory.findings import DirectoryBroken

        print("No directory is loaded yet; loading it from the files.", file=sys.stderr)
        try:
            load_directory(folder=content_folder() / "directory", moment=moment_now())
        except DirectoryBroken as broken:
            print(*broken.findings, sep="\n", file=sys.stderr)
            raise CannotGoOn("The directory files have errors and no earlier edition is loaded.", 1) from broken
    return current_directory()
