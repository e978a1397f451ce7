"""Changing the directory: one verb, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from voordeur.records.directory.entry_files import Entry, read_directory
from voordeur.records.directory.findings import DirectoryBroken, Finding
from voordeur.records.directory.models import Channel, Edition, Fact, Organization, Service, Source

_LISTS = (
    "roles", "primary_roles", "violence", "violence_focus", "contexts", "contexts_only", "relations_only",
    "groups_focus", "groups_only", "faiths", "when_only", "not_when", "help",
)  # fmt: skip
_OPTIONAL = ("anonymous", "comes_to_you", "answered_by", "languages", "languages_read", "many_languages")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: how many organisations there are, and which came, changed and went."""

    total: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    warnings: tuple[Finding, ...]


def content_hash(entry: Entry) -> str:
    """A fingerprint of one entry: SHA-256 over its canonical JSON, in hex."""
    written = json.dumps([entry.data, entry.facts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def load_directory(*, folder: Path, moment: datetime) -> Loaded:
    """Make the directory in the database equal to the files of `folder`.

    Loading the same files again changes nothing. Raises DirectoryBroken, with every finding, when one file has an
    error: then nothing at all is changed.
    """
    entries, findings = read_directory(folder, moment.date())
    if any(one.severity == "error" for one in findings):
        raise DirectoryBroken(one for one in findings if one.severity == "error")
    with transaction.atomic():
        present = dict(Organization.objects.values_list("id", "content_hash"))
        wanted = {entry.id: content_hash(entry) for entry in entries}
        removed = sorted(set(present) - set(wanted))
        added = [entry for entry in entries if entry.id not in present]
        changed = [entry for entry in entries if entry.id in present and present[entry.id] != wanted[entry.id]]
        Organization.objects.filter(id__in=[*removed, *(entry.id for entry in changed)]).delete()
        for entry in (*added, *changed):
            _write(entry, wanted[entry.id])
        edition = hashlib.sha256("".join(f"{key}{wanted[key]}" for key in sorted(wanted)).encode()).hexdigest()
        if not Edition.objects.filter(content_hash=edition).exists():
            Edition.objects.all().delete()
            Edition.objects.create(content_hash=edition, loaded_at=moment)
    return Loaded(
        len(entries),
        tuple(entry.id for entry in added),
        tuple(entry.id for entry in changed),
        tuple(removed),
        tuple(findings),
    )


def _write(entry: Entry, fingerprint: str) -> None:
    data = entry.data
    organization = Organization.objects.create(
        id=entry.id,
        name=data["name"],
        alternate_name=data.get("also_known_as", []),
        kind=data["kind"],
        status=data["status"],
        website=data.get("website"),
        summary=data["summary"],
        description=data["description"],
        what_happens=data.get("what_happens"),
        not_for=data.get("not_for"),
        content_hash=fingerprint,
    )
    sources = {
        key: Source.objects.create(
            organization=organization,
            key=key,
            title=one["title"],
            locator=one.get("locator"),
            url=one.get("url"),
            date=one.get("date"),
            confidence=one["confidence"],
        )
        for key, one in data["sources"].items()
    }
    Fact.objects.bulk_create([Fact(source=sources[key], path=path) for path, key in entry.facts])
    for position, one in enumerate(data["services"]):
        _write_service(organization, position, one)


def _write_service(organization: Organization, position: int, data: Mapping[str, Any]) -> None:
    area = data.get("area")
    service = Service.objects.create(
        organization=organization,
        key=data["id"],
        position=position,
        name=data["name"],
        function=data["function"],
        minimum_age=data.get("age_min"),
        maximum_age=data.get("age_max"),
        service_area=[area] if isinstance(area, str) else area,
        wait_time=data.get("waiting_time"),
        **{key: data.get(key, []) for key in _LISTS},
        **{key: data.get(key) for key in _OPTIONAL},
    )
    Channel.objects.bulk_create(
        Channel(
            service=service,
            position=place,
            kind=one["kind"],
            value=one.get("value"),
            cost=one.get("cost"),
            hours=one.get("hours"),
            hours_note=one.get("hours_note"),
            languages=one.get("languages"),
            anonymous=one.get("anonymous"),
        )
        for place, one in enumerate(data.get("channels", []))
    )
