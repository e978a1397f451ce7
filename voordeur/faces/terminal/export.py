"""`voordeur directory export`: the whole directory as one JSON list, null is: not known; as HSDS; or as files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from voordeur.faces.answers import as_json
from voordeur.faces.hsds import described
from voordeur.faces.hsds_dumps import csv_dump, json_dump
from voordeur.faces.terminal.ground import CannotGoOn, directory_at_hand
from voordeur.records.directory.kept_entries import kept_entries
from voordeur.records.directory.queries import ChannelView, Directory, FactSource, OrganizationView, ServiceView

Fields = Mapping[tuple[str, str], Mapping[str, frozenset[str]]]


def export(given: argparse.Namespace) -> int:
    """Print every organisation of the directory, or write files. Raises CannotGoOn when none can be loaded."""
    if given.files is not None:
        return write_files(given.files)
    directory = directory_at_hand()
    if given.hsds or given.csv:
        organizations = described(kept_entries(), directory.organizations)
        sys.stdout.flush()
        sys.stdout.buffer.write((csv_dump if given.csv else json_dump)(organizations, directory.edition))
    else:
        print(as_json(directory_data(directory)))
    return 0


def write_files(folder: Path) -> int:
    """Write each entry that was published in the browser as a file, so that the files catch up; says how many."""
    from voordeur.records.directory.entry_toml import as_toml
    from voordeur.records.directory.history import published_entries

    directory_at_hand()
    if not folder.is_dir():
        raise CannotGoOn(f"“{folder}” is not a folder; name the folder with the directory files.")
    entries = published_entries()
    for name, entry in sorted(entries.items()):
        try:
            (folder / f"{name}.toml").write_text(as_toml(entry), encoding="utf-8")
        except OSError as problem:
            raise CannotGoOn(f"“{folder / name}.toml” cannot be written: {problem.strerror}.") from problem
    print(f"{len(entries)} entries that were published in the browser were written to {folder}")
    return 0


def directory_data(directory: Directory) -> list[dict[str, Any]]:
    """Every organisation as plain data, in the order of their ids."""
    fields = {(one.organization, one.service): one.fields for one in directory.index.candidates}
    return [_organization(one, fields) for _, one in sorted(directory.organizations.items())]


def _organization(one: OrganizationView, fields: Fields) -> dict[str, Any]:
    services = [_service(service, fields[one.id, service.key]) for service in one.services]
    channels: list[dict[str, Any]] = []
    for service in services:
        channels += [channel for channel in service["channels"] if channel not in channels]
    return {
        "id": one.id,
        "name": one.name,
        "also_known_as": list(one.alternate_name),
        "status": str(one.status),
        "website": one.website,
        "channels": channels,
        "languages": _dutch_first(_all(services, "languages")),
        "languages_read": _dutch_first(_all(services, "languages_read")),
        "anonymous": _any([service["anonymous"] for service in services]),
        "answered_by": _sorted(_all(services, "answered_by")),
        **{key: sorted(_all(services, key) or ()) for key in ("groups", "violence", "violence_focus", "context")},
        **{key: sorted(_all(services, key) or ()) for key in ("help", "roles")},
        "area": _sorted(_all(services, "area")),
        "ages": _ages([(service["ages"]["min"], service["ages"]["max"]) for service in services]),
        "functions": sorted({service["function"] for service in services}),
        "summary": dict(one.summary),
        "description": dict(one.description),
        "services": services,
        "sources": [_source(source) for source in one.sources],
    }


def _service(one: ServiceView, fields: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    spoken = [part for part in (one.languages, *(channel.languages for channel in one.channels)) if part is not None]
    both = [*spoken, *([] if one.languages_read is None else [one.languages_read])]
    return {
        "id": one.key,
        "name": dict(one.name),
        "function": str(one.function),
        "channels": [_channel(channel) for channel in one.channels],
        "languages": _dutch_first(set().union(*both) if both else None),
        "languages_read": _dutch_first(one.languages_read),
        "anonymous": one.anonymous,
        "answered_by": _sorted(one.answered_by),
        "groups": sorted({*one.groups_only, *one.groups_focus, *one.faiths}),
        "violence": sorted(one.violence),
        "violence_focus": sorted(fields["violence_focus"]),
        "context": sorted(one.contexts),
        "help": sorted(one.help),
        "roles": sorted(one.roles),
        "area": _sorted(one.area),
        "ages": _ages([one.ages]),
    }


def _channel(one: ChannelView) -> dict[str, Any]:
    cost = one.contact.cost
    return {
        "kind": str(one.contact.kind),
        "value": one.contact.value,
        "cost": None if cost is None else str(cost),
        "hours": one.hours_text,
    }


def _source(one: FactSource) -> dict[str, Any]:
    return {
        "title": one.title,
        "locator": one.locator,
        "url": one.url,
        "date": one.date,
        "confidence": str(one.confidence),
    }


def _all(services: Iterable[Mapping[str, Any]], key: str) -> set[str] | None:
    """All codes of a field of all services; None when it is known of none of them."""
    known = [service[key] for service in services if service[key] is not None]
    return set().union(*known) if known else None


def _sorted(codes: Iterable[str] | None) -> list[str] | None:
    return None if codes is None else sorted(codes)


def _dutch_first(codes: Iterable[str] | None) -> list[str] | None:
    return None if codes is None else sorted(codes, key=lambda code: (code != "nl", code))


def _any(values: list[bool | None]) -> bool | None:
    """Yes when one says yes, no when one says no and none yes, else not known."""
    return True if True in values else False if False in values else None


def _ages(values: list[tuple[int | None, int | None]]) -> dict[str, int | None]:
    """The widest span; None is no limit that is known, and one without a limit lifts it for all."""
    low, high = [pair[0] for pair in values], [pair[1] for pair in values]
    return {
        "min": None if None in low else min(one for one in low if one is not None),
        "max": None if None in high else max(one for one in high if one is not None),
    }
