"""The states of an entry that is kept up in the browser, as plain values; and of what the public says of it.

A state stands here and not in the vocabulary: it says where a change of the directory is, nothing of the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from voordeur.records.directory.fields import Field, field_from


class VersionState(StrEnum):
    """Where a version of an entry is: one draft and one proposal for each side, one published."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    FORMER = "former"
    UNDONE = "undone"
    REFUSED = "refused"


class CorrectionState(StrEnum):
    """Where a correction from the public is."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an entry. `is_own`: by the organisation's own people. `base` is what a draft was begun from."""

    id: int
    organization: str
    number: int
    state: VersionState
    is_own: bool
    entry: Mapping[str, Any]
    base: Mapping[str, Any] | None
    base_hash: str
    made_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody of the public says is not right; `path` empty: something else than a field."""

    id: int
    organization: str
    path: str
    said: str
    source_told: str
    state: CorrectionState
    proposed_on: date
    decided_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Fields that the files and the browser changed both: as they were, in the files, and published."""

    id: int
    organization: str
    path: str
    base: tuple[Field, ...]
    file: tuple[Field, ...]
    published: tuple[Field, ...]
    found_on: date


@dataclass(frozen=True, slots=True)
class Asking:
    """When a steward asked an organisation to look at its entry; `is_silent`: no answer came."""

    organization: str
    asked_on: date
    is_silent: bool


def fields_from(written: list[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Fields as a row kept them."""
    return tuple(map(field_from, written))
