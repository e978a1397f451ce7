"""Changing the directory: one verb, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from voordeur import vocabulary as v
from voordeur.records.directory.entry_files import WHAT_IF, Entry, read_directory
from voordeur.records.directory.file_entries import merged_entries
from voordeur.records.directory.findings import DirectoryBroken, Finding
from voordeur.records.directory.kept_entries import LISTS, fixed_form
from voordeur.records.directory.models import Channel, Edition, Fact, Organization, OwnWord, Service, Source
from voordeur.records.directory.own_words import LONGEST_REASON, NOW_LASTS, Said, checked_said, checked_text
from voordeur.rules.opening import AMSTERDAM

REFUSED_KEPT = timedelta(days=90)
_OPTIONAL = ("anonymous", "comes_to_you", "answered_by", "languages", "languages_read", "many_languages")


class WordGone(Exception):
    """There is no such own word, or it no longer stands where it stood."""


class WordWaits(ValueError):
    """One own word about this service waits already: it is decided or taken back first."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: how many organisations there are, and which came, changed and went."""

    total: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    warnings: tuple[Finding, ...]


def content_hash(entry: Entry) -> str:
    """A fingerprint of what one entry says: SHA-256 over its fixed form as JSON, in hex."""
    entry = fixed_form(entry)
    written = json.dumps([entry.data, entry.facts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def load_directory(*, folder: Path, moment: datetime) -> Loaded:
    """Make the directory in the database equal to the files of `folder`.

    Loading the same files again changes nothing. What was published in the browser stays where it is newer than the
    files (merging.py); what is not certain lies before a steward. Raises DirectoryBroken, with every finding, when one
    file has an error: then nothing at all is changed.
    """
    entries, findings = read_directory(folder, moment.date())
    if any(one.severity == "error" for one in findings):
        raise DirectoryBroken(one for one in findings if one.severity == "error")
    with transaction.atomic():
        entries = merged_entries(entries, moment)
        _no_name_twice(entries)
        present = dict(Organization.objects.values_list("id", "content_hash"))
        wanted = {entry.id: content_hash(entry) for entry in entries}
        removed = sorted(set(present) - set(wanted))
        added = [entry for entry in entries if entry.id not in present]
        changed = [entry for entry in entries if entry.id in present and present[entry.id] != wanted[entry.id]]
        Organization.objects.filter(id__in=[*removed, *(entry.id for entry in changed)]).delete()
        for entry in (*added, *changed):
            _write(entry, wanted[entry.id])
        _new_edition(moment)
    return Loaded(
        len(entries),
        tuple(entry.id for entry in added),
        tuple(entry.id for entry in changed),
        tuple(removed),
        tuple(findings),
    )


def _no_name_twice(entries: list[Entry]) -> None:
    """A name that was published in the browser is not given to another by a file. Raises DirectoryBroken."""
    names: dict[str, str] = {}
    for one in entries:
        first = names.setdefault(str(one.data["name"]).casefold(), one.id)
        if first != one.id:
            raise DirectoryBroken(
                [Finding(f"{one.id}.toml", 1, "duplicate-id", f"the name is already that of {first}")]
            )


def write_entry(*, entry: Entry, fingerprint: str, moment: datetime) -> None:
    """One organisation is written anew, and with it the directory has a new edition."""
    with transaction.atomic():
        Organization.objects.filter(pk=entry.id).delete()
        _write(entry, fingerprint)
        _new_edition(moment)


def take_away(*, organization: str, moment: datetime) -> None:
    """One organisation is gone from the directory, and with it the directory has a new edition."""
    with transaction.atomic():
        Organization.objects.filter(pk=organization).delete()
        _new_edition(moment)


def _new_edition(moment: datetime) -> None:
    rows = Organization.objects.order_by("id").values_list("id", "content_hash")
    written = "".join(f"{key}{fingerprint}" for key, fingerprint in sorted(rows))
    edition = hashlib.sha256(written.encode()).hexdigest()
    if not Edition.objects.filter(content_hash=edition).exists():
        Edition.objects.all().delete()
        Edition.objects.create(content_hash=edition, loaded_at=moment)


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
        knowledge=data.get("knowledge", []),
        what_if={key: data[key] for key in WHAT_IF if key in data},
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
        **{key: data.get(key, []) for key in LISTS},
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


def propose_word(*, organization: str, service: str, said: Said, moment: datetime) -> int:
    """What an organisation says itself about one of its services, to be checked; gives its number.

    What was refused before is gone with it. Raises WordGone for a service that is not in the directory, SaidWrongly
    for what cannot be taken, and WordWaits while another waits.
    """
    with transaction.atomic():
        row = Service.objects.filter(organization=organization, key=service).first()
        if row is None:
            raise WordGone
        said = checked_said(said, row.channels.values_list("kind", "value"))
        about = OwnWord.objects.filter(organization=organization, service=service)
        about.filter(state=v.WordState.REFUSED).delete()
        try:
            with transaction.atomic():
                made = OwnWord.objects.create(
                    organization=organization,
                    service=service,
                    summary=said.summary,
                    wait_time=said.wait_time,
                    takes_people=said.takes_people,
                    hours=[{"kind": one.kind.value, "value": one.value, "hours": one.hours} for one in said.hours],
                    proposed_on=_day(moment),
                )
        except IntegrityError as taken:
            raise WordWaits("one own word about this service waits already") from taken
        return made.pk


def accept_word(*, word: int, moment: datetime) -> None:
    """From now on it counts, instead of the one before. Raises WordGone when it does not wait, or has no place."""
    with transaction.atomic():
        row = _waiting(word)
        if not Service.objects.filter(organization=row.organization, key=row.service).exists():
            raise WordGone
        about = OwnWord.objects.filter(organization=row.organization, service=row.service)
        about.filter(state=v.WordState.IN_FORCE).delete()
        row.state, row.decided_on = v.WordState.IN_FORCE.value, _day(moment)
        row.save(update_fields=["state", "decided_on"])


def refuse_word(*, word: int, reason: str, moment: datetime) -> None:
    """It does not count; the organisation reads why. Raises WordGone when it does not wait, and SaidWrongly."""
    reason = checked_text(reason, LONGEST_REASON)
    with transaction.atomic():
        row = _waiting(word)
        row.state, row.reason, row.decided_on = v.WordState.REFUSED.value, reason, _day(moment)
        row.save(update_fields=["state", "reason", "decided_on"])


def withdraw_word(*, word: int) -> None:
    """It is taken back, whether it waits or counts; the facts of the files stand again. Raises WordGone."""
    with transaction.atomic():
        if not OwnWord.objects.filter(pk=word).exclude(state=v.WordState.REFUSED).delete()[0]:
            raise WordGone


def forget_words(*, moment: datetime) -> int:
    """Delete refusals of long ago; whether people are taken *now* is not known again after a while; gives how many."""
    with transaction.atomic():
        old = OwnWord.objects.filter(state=v.WordState.REFUSED, decided_on__lt=_day(moment - REFUSED_KEPT))
        was_now = OwnWord.objects.filter(
            state=v.WordState.IN_FORCE, takes_people__isnull=False, proposed_on__lt=_day(moment - NOW_LASTS)
        )
        return old.delete()[0] + was_now.update(takes_people=None)


def _waiting(word: int) -> OwnWord:
    row = OwnWord.objects.select_for_update().filter(pk=word, state=v.WordState.WAITING).first()
    if row is None:
        raise WordGone
    return row


def _day(moment: datetime) -> date:
    return moment.astimezone(AMSTERDAM).date()
