"""The parts of an entry: a service, or a way to be in touch with one, added or taken out. Nothing given is changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from voordeur.records.directory.fields import Data, NoSuchField, drop_unused, fields, told_source, ways_of

LONGEST_ID = 40


def service_id(data: Data, name: str) -> str:
    """What a new service of this name is known by: small letters, digits and hyphens, and not that of another."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    wish = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_ID].strip("-") or "service"
    taken, found, number = {one["id"] for one in data.get("services", ())}, wish, 1
    while found in taken:
        number += 1
        found = f"{wish}-{number}"
    return found


def with_service(data: Data, values: Mapping[str, Any], source_key: str, source: Data) -> dict[str, Any]:
    """The entry with one service more, behind the others; everything of it rests on this source."""
    changed: dict[str, Any] = deepcopy(dict(data))
    name = values.get("name")
    wish = str(name.get("nl", "")) if isinstance(name, Mapping) else ""
    one = {"id": service_id(data, wish), **deepcopy(dict(values))}
    changed.setdefault("services", []).append(one | {"source": told_source(changed, source_key, source)})
    return changed


def with_way(data: Data, service: str, values: Mapping[str, Any], source_key: str, source: Data) -> dict[str, Any]:
    """The entry with one way more to be in touch with this service. Raises NoSuchField."""
    changed: dict[str, Any] = deepcopy(dict(data))
    ways = _service(changed, service).setdefault("channels", [])
    ways.append({**deepcopy(dict(values)), "source": told_source(changed, source_key, source)})
    return changed


def without_part(data: Data, service: str, way: str = "") -> dict[str, Any]:
    """The entry without this service, or without this way to be in touch with it. Raises NoSuchField."""
    changed: dict[str, Any] = deepcopy(dict(data))
    begin = f"services.{service}.{way}." if way else f"services.{service}."
    rested = {one.source_key for path, one in fields(data).items() if path.startswith(begin)}
    one = _service(changed, service)
    if not way:
        rested.add(str(one.get("source", "")))
        changed["services"].remove(one)
    else:
        found = dict(ways_of(one)).get(way)
        if found is None:
            raise NoSuchField(way)
        rested.add(str(found.get("source", "")))
        one["channels"] = [each for each in one["channels"] if each is not found]
    for key in rested:
        drop_unused(changed, key)
    return changed


def _service(data: Data, service: str) -> dict[str, Any]:
    found: dict[str, Any] | None = next((one for one in data.get("services", ()) if one["id"] == service), None)
    if found is None:
        raise NoSuchField(service)
    return found
