"""The real directory as candidates, straight from its files: what the database would give, without Django."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from voordeur import vocabulary as v
from voordeur.rules.matching import Candidate, Contact
from voordeur.rules.opening import parse_hours

FOLDER = Path(__file__).parents[2] / "content" / "directory"
SETS = (
    "roles", "primary_roles", "violence", "violence_focus", "contexts", "contexts_only", "relations_only",
    "groups_focus", "groups_only", "faiths", "when_only", "not_when", "help", "answered_by", "languages",
    "languages_read",
)  # fmt: skip
YES_NO = ("anonymous", "comes_to_you", "many_languages", "takes_people")
OLDEST = 120


@cache
def plain_candidates() -> tuple[Candidate, ...]:
    """Every service of every file, in the order of the files. Raises KeyError for a file without its must-haves."""
    return tuple(one for path in sorted(FOLDER.glob("*.toml")) for one in candidates_of(path.read_text("utf-8")))


def candidates_of(text: str) -> Iterator[Candidate]:
    """The services of one file as candidates."""
    data = tomllib.loads(text)
    for service in data["services"]:
        contacts = tuple(_contact(one) for one in service.get("channels", ()))
        yield Candidate(data["id"], service["id"], _fields(service, data["status"]), contacts)


def _fields(service: Mapping[str, Any], status: str) -> dict[str, frozenset[str]]:
    fields = {name: frozenset(service.get(name, ())) for name in SETS}
    if "age_min" in service or "age_max" in service:
        fields["ages"] = frozenset(map(str, range(service.get("age_min", 0), service.get("age_max", OLDEST) + 1)))
    area = service.get("area", ())
    fields["area"] = frozenset({area} if isinstance(area, str) else area)
    fields["function"] = frozenset({service["function"]})
    fields["status"] = frozenset({status})
    for name in YES_NO:
        fields[name] = frozenset({"unknown" if name not in service else "yes" if service[name] else "no"})
    fields["languages_any"] = fields["languages"] | fields["languages_read"]
    return fields


def _contact(channel: Mapping[str, Any]) -> Contact:
    cost, hours = channel.get("cost"), channel.get("hours")
    return Contact(
        v.ChannelKind(channel["kind"]),
        channel.get("value"),
        v.Cost(cost) if cost else None,
        parse_hours(hours) if hours else None,
    )
