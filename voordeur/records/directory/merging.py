"""Three states of one entry made into one: what the files said before, what they say now, and what is published.

What only one of them changed is taken. Where both changed a field, the newer fact counts, by the dates of the sources;
where the dates do not say for certain, what is published stays, and a steward chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from voordeur.records.directory.fields import Field, fields, put, without
from voordeur.rules.freshness import is_certainly_newer

Fields = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Both:
    """Fields under one path that both sides changed: as they were, in the files, and published."""

    path: str
    base: tuple[Field, ...]
    file: tuple[Field, ...]
    published: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """The entry that follows, and what a steward must choose."""

    entry: dict[str, Any]
    clashes: tuple[Both, ...]


def _date(field: Field | None) -> str | None:
    return None if field is None else field.source.get("date")


def _alike(one: Field | None, other: Field | None) -> bool:
    return (one is None and other is None) or (
        one is not None and other is not None and one.value == other.value and dict(one.source) == dict(other.source)
    )


def _channel_of(path: str) -> str:
    """The way to be in touch that a field is of; empty for a field of none."""
    parts = path.split(".")
    return ".".join(parts[:3]) if len(parts) == 4 else ""


def _groups(paths: Iterable[str], states: tuple[Fields, ...]) -> dict[str, list[str]]:
    """The paths that are looked at together: a way to be in touch whose number or address is not the same everywhere.

    Hours and costs belong to a number: those of one are never laid beside another.
    """
    grouped: dict[str, list[str]] = {}
    for path in paths:
        channel = _channel_of(path)
        values = {repr(one[f"{channel}.value"].value) if f"{channel}.value" in one else "" for one in states}
        grouped.setdefault(channel if channel and len(values) > 1 else path, []).append(path)
    return grouped


def merge(base: Mapping[str, Any], file: Mapping[str, Any], published: Mapping[str, Any]) -> Merged:
    """The published entry with what the files changed since, where that is newer."""
    old, new, now = fields(base), fields(file), fields(published)
    entry, clashes = dict(published), []
    for name, paths in _groups(dict.fromkeys((*new, *old, *now)), (old, new, now)).items():
        if all(_alike(new.get(path), old.get(path)) for path in paths):
            continue
        if all(_alike(now.get(path), old.get(path)) for path in paths):
            entry = take(entry, [new.get(path) for path in paths], paths)
            continue
        lead = f"{name}.value" if f"{name}.value" in paths else paths[0]
        theirs, ours = new.get(lead), now.get(lead)
        if len(paths) > 1 and (_alike(theirs, old.get(lead)) or _alike(ours, old.get(lead))):
            # One side changed the number, the other what belongs to it: dates do not say which goes with which.
            clashes.append(Both(name, _of(old, paths), _of(new, paths), _of(now, paths)))
        elif is_certainly_newer(_date(theirs), _date(ours)):
            entry = take(entry, [new.get(path) for path in paths], paths)
        elif is_certainly_newer(_date(ours), _date(theirs)) or _all_alike(new, now, paths):
            continue
        else:
            clashes.append(Both(name, _of(old, paths), _of(new, paths), _of(now, paths)))
    return Merged(entry, tuple(clashes))


def _all_alike(one: Fields, other: Fields, paths: list[str]) -> bool:
    pairs = ((one.get(path), other.get(path)) for path in paths)
    return all((a is None) == (b is None) and (a is None or b is None or a.value == b.value) for a, b in pairs)


def _of(state: Fields, paths: list[str]) -> tuple[Field, ...]:
    return tuple(state[path] for path in paths if path in state)


def take(entry: Mapping[str, Any], taken: Iterable[Field | None], paths: Iterable[str]) -> dict[str, Any]:
    """The entry with these fields as they were taken; what stood under their paths and was not taken is gone."""
    result = dict(entry)
    kept = [one for one in taken if one is not None]
    for one in kept:
        result = put(result, one, make=True)
    gone = set(paths) - {one.path for one in kept}
    # What says that a service or a way is there at all goes last.
    for path in sorted(gone, key=lambda path: path.rpartition(".")[2] in ("kind", "name")):
        if path in fields(result):
            result = without(result, path)
    return result
