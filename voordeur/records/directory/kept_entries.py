"""The entries of the directory as the rows hold them: the same as those of the files, in one fixed form.

Two entries that say the same are equal in this form, and only then: so a directory that went out and came back can be
compared with the one that it was. What an organisation says itself (own words) is no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from voordeur.records.directory.entry_files import FACTS, WHAT_IF, Entry
from voordeur.records.directory.models import Channel, Organization, Service

LISTS = (
    "roles", "primary_roles", "violence", "violence_focus", "contexts", "contexts_only", "relations_only",
    "groups_focus", "groups_only", "faiths", "when_only", "not_when", "help",
)  # fmt: skip
_TEXTS = ("website", "what_happens", "not_for")
_OPTIONAL = ("anonymous", "comes_to_you", "answered_by", "languages", "languages_read", "many_languages")
_SOURCE = ("locator", "url", "date")
_CHANNEL = ("value", "cost", "hours", "hours_note", "languages", "anonymous")
#: The facts of a channel whose source has a key of its own (`cost_source`).
_OF_CHANNEL = ("value", "cost", "hours")
_NAMED = ("source", "source_of")
Facts = Iterable[tuple[str, str]]


def fixed_form(entry: Entry) -> Entry:
    """The entry with its facts in order, and each source named only where it differs from what is around it."""
    return with_sources(entry.id, entry.data, entry.facts)


def with_sources(key: str, data: Mapping[str, Any], facts: Facts) -> Entry:
    """The entry of this content and these facts, whatever the content itself says of sources."""
    facts = tuple(sorted(facts))
    of = dict(facts)
    own = of["name"]
    made = {name: value for name, value in data.items() if name not in (*_NAMED, "services", "also_known_as")}
    made["source"] = own
    made |= _source_of({name: one for name, one in _within("", of).items() if one != own or name not in FACTS})
    if data.get("also_known_as"):
        made["also_known_as"] = data["also_known_as"]
    made["services"] = [_service(one, f"services.{place}", own, of) for place, one in enumerate(data["services"])]
    return Entry(key, made, facts)


def _service(data: Mapping[str, Any], path: str, around: str, of: Mapping[str, str]) -> dict[str, Any]:
    own = of[f"{path}.name"]
    made = {name: value for name, value in data.items() if name not in (*_NAMED, "channels")}
    if own != around:
        made["source"] = own
    made |= _source_of({name: one for name, one in _within(f"{path}.", of).items() if one != own})
    if data.get("channels"):
        made["channels"] = [
            _channel(one, f"{path}.channels.{place}", own, of) for place, one in enumerate(data["channels"])
        ]
    return made


def _channel(data: Mapping[str, Any], path: str, around: str, of: Mapping[str, str]) -> dict[str, Any]:
    own = of[f"{path}.kind"]
    made = {name: value for name, value in data.items() if name not in _NAMED and not name.endswith("_source")}
    if own != around:
        made["source"] = own
    said = _within(f"{path}.", of)
    made |= {f"{name}_source": said[name] for name in _OF_CHANNEL if said.get(name, own) != own}
    made |= _source_of({name: one for name, one in said.items() if name not in ("kind", *_OF_CHANNEL)})
    return made


def _within(start: str, of: Mapping[str, str]) -> dict[str, str]:
    """The source of each key of one table; `start` is the path to it, with a full stop behind it."""
    found = {path.removeprefix(start): source for path, source in of.items() if path.startswith(start)}
    return {name: source for name, source in found.items() if "." not in name}


def _source_of(named: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """What a table says of keys that have another source than what is around them; nothing, when there are none."""
    return {"source_of": named} if named else {}


def kept_entries() -> tuple[Entry, ...]:
    """Every entry of the directory that is loaded, by id, in the fixed form."""
    rows = Organization.objects.prefetch_related("services__channels", "sources__facts").order_by("id")
    return tuple(map(_entry, rows))


def _entry(row: Organization) -> Entry:
    sources = list(row.sources.all())
    facts = {fact.path: source.key for source in sources for fact in source.facts.all()}
    data: dict[str, Any] = {
        "id": row.id,
        "name": row.name,
        "also_known_as": row.alternate_name,
        "kind": row.kind,
        "status": row.status,
        "summary": row.summary,
        "description": row.description,
        **_known(row, _TEXTS),
        **({"knowledge": row.knowledge} if row.knowledge else {}),
        **{name: row.what_if[name] for name in WHAT_IF if name in row.what_if},
        "sources": {
            one.key: {"title": one.title, "confidence": one.confidence, **_known(one, _SOURCE)} for one in sources
        },
        "services": [_kept_service(one, f"services.{one.position}", facts) for one in row.services.all()],
    }
    return with_sources(row.id, data, facts.items())


def _kept_service(row: Service, path: str, facts: Mapping[str, str]) -> dict[str, Any]:
    # An empty list that was written down is a fact (none); one that was not written down is not known.
    lists = {name: getattr(row, name) for name in LISTS if getattr(row, name) or f"{path}.{name}" in facts}
    made: dict[str, Any] = {"id": row.key, "name": row.name, "function": row.function, **lists}
    made |= _known(row, _OPTIONAL)
    for name, value in (("age_min", row.minimum_age), ("age_max", row.maximum_age), ("waiting_time", row.wait_time)):
        if value is not None:
            made[name] = value
    if row.service_area is not None:
        made["area"] = "national" if row.service_area == ["national"] else row.service_area
    channels = [_kept_channel(one) for one in row.channels.all()]
    return {**made, "channels": channels} if channels else made


def _kept_channel(row: Channel) -> dict[str, Any]:
    return {"kind": row.kind, **_known(row, _CHANNEL)}


def _known(row: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}
