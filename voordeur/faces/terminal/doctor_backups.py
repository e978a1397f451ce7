"""What `voordeur doctor` looks at of backups: how old the newest and the oldest are, and who can read them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from voordeur.faces.terminal.doctor import Finding, _length, _told

OLDEST_NEWEST_BACKUP = timedelta(hours=26)
#: What was deleted lives on in a backup; so none of them may be kept for longer.
BACKUPS_KEPT = timedelta(days=30)


def backups(moment: datetime) -> Iterator[Finding]:
    """The newest is of today, none is older than it may be, and no other user can read them."""
    from django.conf import settings

    folder: Path | None = settings.ENV.backups
    if folder is None:
        yield Finding("no backup folder is set (VOORDEUR_BACKUPS)", None)
        return
    files = [one.stat() for one in folder.iterdir() if one.is_file() and not one.name.startswith(".")]
    if not files:
        yield Finding("there is no backup in VOORDEUR_BACKUPS", False, "make one with “voordeur backup”, each day")
        return
    ages = [moment.timestamp() - one.st_mtime for one in files]
    yield _told(
        min(ages) <= OLDEST_NEWEST_BACKUP.total_seconds(),
        f"the newest backup is {_length(max(0.0, min(ages)))} old",
        f"the newest backup is {_length(min(ages))} old",
        "make one with “voordeur backup”, each day",
    )
    yield _told(
        max(ages) <= BACKUPS_KEPT.total_seconds(),
        f"no backup is older than {BACKUPS_KEPT.days} days",
        f"the oldest backup is {_length(max(ages))} old, and what was deleted lives on in it",
        f"delete backups after {BACKUPS_KEPT.days} days",
    )
    is_open = sum(bool(stat.S_IMODE(one.st_mode) & 0o077) for one in files)
    yield _told(
        not is_open,
        "no backup is open to others on this machine",
        f"{is_open} backups are open to others on this machine",
        "“chmod 600” closes them",
    )
