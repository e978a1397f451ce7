"""What the pages of keeping up show: a field with its source, a change with both sides, and how old facts are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from voordeur.faces.editorial.keeper import Keeper
from voordeur.faces.entry_words import field_name, source_in_words, value_in_words
from voordeur.records.directory.fields import Change, Field
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
    """One field before and after."""

    path: str
    name: str
    before: ShownSide
    after: ShownSide


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


def shown_changes(who: Keeper, changes: Iterable[Change], entry: Mapping[str, Any]) -> list[ShownChange]:
    """A comparison, field by field."""
    return [
        ShownChange(
            one.path,
            field_name(one.path, entry, who.language),
            side(who, one.path, one.before),
            side(who, one.path, one.after),
        )
        for one in changes
    ]
