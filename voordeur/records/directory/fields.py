"""The fields of an entry by a path that lasts, each with its source: read, changed one by one, and compared.

A path is a key of the entry (`summary`), of a service by its id (`services.lijn.waiting_time`), or of a way to be in
touch by its kind (`services.lijn.phone.hours`; the second phone is `phone-2`). An entry is the parsed content of a file
of `content/directory`; nothing here changes the one that is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

#: Keys that say how an entry hangs together, not a field of it.
_FRAME = ("id", "source", "source_of", "sources", "services", "channels")
#: Facts of a way to be in touch that name their source in a key of their own, as files do.
_OWN_SOURCE = ("value", "cost", "hours")
Data = Mapping[str, Any]


class NoSuchField(LookupError):
    """The entry has no place for a field of this path."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its value, the key of its source, and that source as the entry tells it."""

    path: str
    value: Any
    source_key: str
    source: Mapping[str, Any]

    def written(self) -> dict[str, Any]:
        """As a row keeps it."""
        return {"path": self.path, "value": self.value, "source_key": self.source_key, "source": dict(self.source)}


def field_from(written: Mapping[str, Any]) -> Field:
    """A field as a row kept it."""
    return Field(written["path"], written["value"], written["source_key"], written["source"])


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after; None where it was not, or is not, there."""

    path: str
    before: Field | None
    after: Field | None


def _is_own(key: str) -> bool:
    return key.endswith("_source") and key.removesuffix("_source") in _OWN_SOURCE


def ways_of(service: Data) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each way to be in touch of a service with its name in a path."""
    seen: Counter[str] = Counter()
    for channel in service.get("channels", ()):
        kind = str(channel["kind"])
        seen[kind] += 1
        yield kind if seen[kind] == 1 else f"{kind}-{seen[kind]}", channel


def _levels(data: Data) -> Iterator[tuple[str, Data, str]]:
    """Each table of an entry that holds fields, with the beginning of their paths and the source above it."""
    top = str(data.get("source", ""))
    yield "", data, top
    for service in data.get("services", ()):
        begin, own = f"services.{service['id']}.", str(service.get("source", top))
        yield begin, service, own
        for place, channel in ways_of(service):
            yield f"{begin}{place}.", channel, str(channel.get("source", own))


def fields(data: Data) -> dict[str, Field]:
    """Every field of an entry by its path, in the order of the entry."""
    found: dict[str, Field] = {}
    for begin, table, source in _levels(data):
        named = table.get("source_of", {})
        for key, value in table.items():
            if key in _FRAME or _is_own(key):
                continue
            one = str(named.get(key) or table.get(f"{key}_source") or source)
            found[begin + key] = Field(begin + key, value, one, data["sources"].get(one, {}))
    return found


def differs(one: Field | None, other: Field | None) -> bool:
    """Whether two fields are not the same, in value or in source."""
    if one is None or other is None:
        return one is not other
    return one.value != other.value or dict(one.source) != dict(other.source)


def differences(before: Data, after: Data) -> tuple[Change, ...]:
    """Every field that is not the same, in value or in source; those of `after` first, in its order."""
    old, new = fields(before), fields(after)
    paths = [*new, *(path for path in old if path not in new)]
    return tuple(Change(path, old.get(path), new.get(path)) for path in paths if differs(old.get(path), new.get(path)))


def _table_of(data: dict[str, Any], path: str, *, make: bool) -> tuple[dict[str, Any], str]:
    """The table in which a field stands, and its key there. Raises NoSuchField."""
    parts = path.split(".")
    if len(parts) == 1:
        return data, path
    if parts[0] != "services" or len(parts) not in (3, 4):
        raise NoSuchField(path)
    services = data.setdefault("services", [])
    service = next((one for one in services if one["id"] == parts[1]), None)
    if service is None:
        if not make:
            raise NoSuchField(path)
        services.append(service := {"id": parts[1]})
    if len(parts) == 3:
        return service, parts[2]
    channel = dict(ways_of(service)).get(parts[2])
    if channel is None:
        if not make:
            raise NoSuchField(path)
        service.setdefault("channels", []).append(channel := {"kind": parts[2].partition("-")[0]})
    return channel, parts[3]


def put(data: Data, field: Field, *, make: bool = False) -> dict[str, Any]:
    """The entry with this field in it, resting on its source; `make` for a service or way that is not there yet.

    A source that the entry tells otherwise under the same key comes beside it, under a key of its own.
    """
    changed: dict[str, Any] = deepcopy(dict(data))
    table, key = _table_of(changed, field.path, make=make)
    if key in _FRAME or _is_own(key):
        raise NoSuchField(field.path)
    before = fields(data).get(field.path)
    table[key] = deepcopy(field.value)
    named = told_source(changed, field.source_key, field.source)
    default = fields({**changed, "sources": {}})[field.path].source_key
    if default != named:
        if key in _OWN_SOURCE and table is not changed and "kind" in table:
            table[f"{key}_source"] = named
        else:
            table.setdefault("source_of", {})[key] = named
    if before is not None:
        drop_unused(changed, before.source_key)
    return changed


def told_source(data: dict[str, Any], wish: str, source: Data) -> str:
    """The key under which the entry tells this source; it is told from now on when it was not, if it can as `wish`."""
    sources = data["sources"]
    for key, one in sources.items():
        if one == dict(source):
            return str(key)
    key, number = wish, 1
    while key in sources:
        number += 1
        key = f"{wish}-{number}"
    sources[key] = dict(source)
    return key


def drop_unused(data: dict[str, Any], key: str) -> None:
    """A source on which nothing rests any more is not told any more."""
    used = {data.get("source")}
    for service in data.get("services", ()):
        used.add(service.get("source"))
        used |= {channel.get("source") for channel in service.get("channels", ())}
    used |= {one.source_key for one in fields(data).values()}
    if key not in used:
        data["sources"].pop(key, None)


def without(data: Data, path: str) -> dict[str, Any]:
    """The entry without this field; without its `kind` a way to be in touch is gone, without its name a service.

    Raises NoSuchField.
    """
    changed: dict[str, Any] = deepcopy(dict(data))
    before = fields(data).get(path)
    if before is None:
        raise NoSuchField(path)
    table, key = _table_of(changed, path, make=False)
    del table[key]
    table.pop(f"{key}_source", None)
    if "source_of" in table:
        table["source_of"].pop(key, None)
        if not table["source_of"]:
            del table["source_of"]
    changed["services"] = [one for one in changed["services"] if "name" in one]
    for service in changed["services"]:
        if "channels" in service:
            service["channels"] = [one for one in service["channels"] if "kind" in one]
    drop_unused(changed, before.source_key)
    return changed
