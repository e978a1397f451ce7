"""What the files said at the last load, laid beside what they say now and what was published in the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Max

from voordeur.records.directory.entry_files import Entry, check_data
from voordeur.records.directory.fields import differences
from voordeur.records.directory.findings import DirectoryBroken
from voordeur.records.directory.merging import Both, merge
from voordeur.records.directory.models import Clash, EntryVersion, FileEntry
from voordeur.records.directory.versions import VersionState
from voordeur.rules.opening import AMSTERDAM

#: The reason of a version that came with the files; the page says it in words.
FROM_FILES = "files"
#: The path of a clash that is about the whole entry: its file is gone.
WHOLE = "*"


def merged_entries(entries: Iterable[Entry], moment: datetime) -> list[Entry]:
    """The entries that stand after a load: those of the files, and where the browser is newer, its own.

    Writes what the files say now, new versions, and what a steward must choose. In the transaction of the load.
    """
    today = moment.astimezone(AMSTERDAM).date()
    before = {one.organization: one.entry for one in FileEntry.objects.all()}
    published = {one.organization: one for one in EntryVersion.objects.filter(state=VersionState.PUBLISHED)}
    files = {one.id: one for one in entries}
    standing = []
    for name in sorted({*files, *published}):
        file, row = files.get(name), published.get(name)
        if row is None and file is not None:
            standing.append(file)
        elif row is not None:
            now = file.data if file is not None else None
            standing.append(_merged(row, before.get(name), now, today))
    FileEntry.objects.exclude(organization__in=files).delete()
    FileEntry.objects.bulk_create(
        [FileEntry(organization=one.id, entry=one.data) for one in files.values()],
        update_conflicts=True,
        unique_fields=["organization"],
        update_fields=["entry"],
    )
    return standing


def _merged(row: EntryVersion, base: Mapping[str, Any] | None, file: Mapping[str, Any] | None, today: date) -> Entry:
    """The version that stands after the load; a new one when the files brought something."""
    entry = row.entry
    if file is None:
        if base is not None:
            keep_clash(row.organization, Both(WHOLE, (), (), ()), today)
        return _checked(entry, today)
    found = merge(entry if base is None else base, file, entry)
    for one in found.clashes:
        keep_clash(row.organization, one, today)
    if not differences(entry, found.entry):
        return _checked(entry, today)
    merged = _checked(found.entry, today)
    row.state = VersionState.FORMER.value
    row.save(update_fields=["state"])
    EntryVersion.objects.create(
        organization=row.organization,
        number=next_number(row.organization),
        state=VersionState.PUBLISHED.value,
        entry=merged.data,
        made_on=today,
        reason=FROM_FILES,
    )
    return merged


def next_number(organization: str) -> int:
    """The number of a new version of this organisation's entry."""
    last = EntryVersion.objects.filter(organization=organization).aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1


def keep_clash(organization: str, both: Both, today: date) -> None:
    """What a steward must choose; a newer clash about the same fields takes the place of the one before."""
    sides = {name: [one.written() for one in getattr(both, name)] for name in ("base", "file", "published")}
    Clash.objects.update_or_create(organization=organization, path=both.path, defaults={**sides, "found_on": today})


def _checked(entry: Mapping[str, Any], today: date) -> Entry:
    """A version that was published before; it passed the check then, and passes it now."""
    found, findings = check_data(f"{entry['id']}.toml", dict(entry), today)
    if found is None:
        raise DirectoryBroken(one for one in findings if one.severity == "error")
    return found
