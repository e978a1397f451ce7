"""What the pages of keeping up show: a field with its source, a change with both sides, and how old facts are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from voordeur.faces.editorial.keeper import Keeper
from voordeur.faces.entry_words import field_name, source_in_words, text_in, value_in_words
from voordeur.faces.language import N_
from voordeur.records.directory import history
from voordeur.records.directory.fields import Change, Field, fields
from voordeur.records.directory.publishing import fingerprint, followed
from voordeur.records.directory.versions import Version
from voordeur.rules.freshness import is_old


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field as it stands: its name, its value in words, its source, and whether that is old or has no date."""

    path: str
    name: str
    text: str
    source: str
    is_old: bool


@dataclass(frozen=True, slots=True)
class ShownSide:
    """One side of a comparison; empty text: not known."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One field before and after; `back` is the path that takes it back out of a draft, and what that is called.

    Of a new way to be in touch its first field takes back all of it, and of a new service its group does: no `back`.
    """

    path: str
    name: str
    before: ShownSide
    after: ShownSide
    back: str = ""
    back_name: str = ""


def shown_field(who: Keeper, one: Field, entry: Mapping[str, Any]) -> ShownField:
    """A field of an entry for the page."""
    return ShownField(
        one.path,
        field_name(one.path, entry, who.language),
        value_in_words(one.path, one.value, who.language),
        source_in_words(one.source, who.language),
        is_old(one.source.get("date"), who.today, settings.ENV.old_after_days),
    )


def side(who: Keeper, path: str, one: Field | None) -> ShownSide:
    """One side of a comparison."""
    if one is None:
        return ShownSide("", "")
    return ShownSide(value_in_words(path, one.value, who.language), source_in_words(one.source, who.language))


@dataclass(frozen=True, slots=True)
class Drafted:
    """An entry as it stands, and as this side's draft would make it; without a draft both are the same."""

    stands: Mapping[str, Any]
    entry: Mapping[str, Any]
    version: Version | None


def draft_of(who: Keeper, organization: str) -> Drafted:
    """What this person's side is changing, with what was published since it was begun. Raises NotHere."""
    stands = who.entry(organization)
    draft = history.draft_of(organization, is_own=not who.is_steward)
    return Drafted(stands, stands if draft is None else as_it_would_be(draft, stands), draft)


def is_behind(one: Version) -> bool:
    """Whether something was published since this draft or proposal was begun."""
    return one.base is not None and one.base_hash != fingerprint(one.organization)


def as_it_would_be(one: Version, stands: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry of a draft or proposal with what was published since it was begun; nothing is written."""
    return followed(stands, one.base, one.entry) if one.base is not None and is_behind(one) else one.entry


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """What changes of the organisation itself (no title), or of one of its services; `note` when it is new or gone.

    `back` is the path of a service that is new, by which all of it is taken back out of a draft.
    """

    title: str
    note: str
    changes: list[ShownChange]
    back: str = ""


def shown_changes(
    who: Keeper, changes: Iterable[Change], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[ShownGroup]:
    """A comparison, field by field; a service or a way to be in touch that was taken out is one line."""
    groups: dict[str, ShownGroup] = {}
    parts, gone = {path.rpartition(".")[0] for path in fields(after)}, set[str]()
    parts_before, come = {path.rpartition(".")[0] for path in fields(before)}, set[str]()
    old, new = service_ids(before), service_ids(after)
    for one in changes:
        key = one.path.split(".")[1] if one.path.startswith("services.") else ""
        if key not in groups:
            note = N_("new") if key and key not in old else N_("taken out") if key and key not in new else ""
            title = part_name(who, f"services.{key}", after if key in new else before) if key else ""
            back = f"services.{key}" if key and key not in old else ""
            groups[key] = ShownGroup(title, who.words(note) if note else "", [], back)
        part = one.path.rpartition(".")[0] if key in new else f"services.{key}"
        if not key or part in parts:
            entry, back = (before if one.after is None else after), one.path
            if key and key not in old:
                back = ""
            elif part.count(".") == 2 and part not in parts_before:
                back = "" if part in come else part
                come.add(part)
            groups[key].changes.append(_changed(who, one, key, entry, key not in old, back))
        elif part not in gone:
            gone.add(part)
            lines = "\n".join(part_lines(who, part, before))
            name = part_name(who, part, alone(before, key)) if key in new else who.words(N_("All of it"))
            out = ShownSide(who.words(N_("taken out")), "")
            groups[key].changes.append(ShownChange(part, name, ShownSide(lines, ""), out, part, name))
    return list(groups.values())


def _changed(who: Keeper, one: Change, key: str, entry: Mapping[str, Any], is_new: bool, back: str) -> ShownChange:
    before = side(who, one.path, one.before)
    if key and is_new:
        before = ShownSide(who.words(N_("not there yet")), "")
    within = alone(entry, key)
    name = field_name(one.path, within, who.language)
    back_name = name if back == one.path else part_name(who, back, within) if back else ""
    return ShownChange(one.path, name, before, side(who, one.path, one.after), back, back_name)


def service_ids(entry: Mapping[str, Any]) -> list[str]:
    """The services of an entry, in its order."""
    return [one["id"] for one in entry.get("services", ())]


def alone(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The entry with this service alone, so that its fields are named without it; without a key as it is."""
    return {**entry, "services": [one for one in entry["services"] if one["id"] == key]} if key else entry


def part_name(who: Keeper, part: str, entry: Mapping[str, Any]) -> str:
    """What people call a service (`services.lijn`) or a way to be in touch with one (`services.lijn.phone`)."""
    if part.count(".") == 2:
        return field_name(f"{part}.kind", entry, who.language)
    service = next(one for one in entry["services"] if one["id"] == part.split(".")[1])
    return text_in(service["name"], who.language)


def part_lines(who: Keeper, part: str, entry: Mapping[str, Any]) -> list[str]:
    """Every field of a service or of a way to be in touch, one in a line, with what people call it."""
    within = alone(entry, part.split(".")[1])
    return [
        f"{_short(who, part, path, within)}: {value_in_words(path, one.value, who.language)}"
        for path, one in fields(within).items()
        if path.startswith(f"{part}.") and not path.endswith(".kind")
    ]


def _short(who: Keeper, part: str, path: str, entry: Mapping[str, Any]) -> str:
    name = field_name(path, entry, who.language)
    return name.rpartition(": ")[2] if part.count(".") == 2 else name
