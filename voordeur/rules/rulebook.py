"""The rules of matching as data: how `matching_rules.toml` is read and checked.

The file is meant for a second interpreter too; its own head explains every word of it. Nothing here
knows an organisation: rules speak of codes of the vocabulary only.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

RULES_FILE = Path(__file__).with_name("matching_rules.toml")
STAGES = ("exclude", "hold", "fit", "reach", "wish")

Stage = Literal["exclude", "hold", "fit", "reach", "wish"]
Condition = Mapping[str, frozenset[str]]


class RulebookError(ValueError):
    """The rules file says something that no interpreter could carry out."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A set of candidates: those whose `field` has a code of `codes`, or meets a term of the situation."""

    field: str
    meets: str | None = None
    within: str | None = None
    has: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    empty: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """When the situation answers to `when` (and to none of `unless`), then `stage` is done to `candidates`."""

    stage: Stage
    when: Condition
    unless: tuple[Condition, ...]
    candidates: tuple[tuple[str, bool], ...]
    points: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Derivation:
    """A code that follows from others ("coach" without a setting means sport)."""

    when: Condition
    unless: tuple[Condition, ...]
    add: Condition


@dataclass(frozen=True, slots=True)
class GapRule:
    """Say `gap` when the situation answers to `when` and fewer than `fewer_than` candidates are left in the set."""

    gap: str
    when: Condition
    unless: tuple[Condition, ...]
    candidates: tuple[tuple[str, bool], ...]
    among: Literal["all", "results", "leading"]
    fewer_than: int


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All of the file, checked."""

    derivations: tuple[Derivation, ...]
    predicates: Mapping[str, Predicate]
    rules: tuple[Rule, ...]
    gaps: tuple[GapRule, ...]
    version: str


def _condition(data: Any, where: str) -> Condition:
    if not isinstance(data, Mapping):
        raise RulebookError(f"{where}: a table of term = [codes] is expected")
    return {term: frozenset(map(str, codes)) for term, codes in data.items()}


def _conditions(data: Any, where: str) -> tuple[Condition, ...]:
    if isinstance(data, Mapping):
        data = [data]
    return tuple(_condition(one, where) for one in data or ())


def _names(data: Any, predicates: Mapping[str, Predicate], where: str) -> tuple[tuple[str, bool], ...]:
    names = tuple((name.lstrip("!"), not name.startswith("!")) for name in data or ())
    for name, _ in names:
        if name not in predicates:
            raise RulebookError(f"{where}: there is no predicate called “{name}”")
    return names


def _predicate(name: str, data: Any) -> Predicate:
    if not isinstance(data, Mapping) or "field" not in data:
        raise RulebookError(f"predicates.{name}: a table with “field” is expected")
    unknown = set(data) - {"field", "meets", "within", "has", "only", "empty"}
    if unknown or len(data) != 2:
        raise RulebookError(f"predicates.{name}: exactly one of meets, within, has, only, empty beside field")
    return Predicate(
        data["field"],
        data.get("meets"),
        data.get("within"),
        frozenset(map(str, data.get("has", ()))),
        frozenset(map(str, data.get("only", ()))),
        data.get("empty"),
    )


def rulebook_from(data: Mapping[str, Any]) -> Rulebook:
    """Check the parsed file and give it as a Rulebook. Raises RulebookError naming the place."""
    predicates = {name: _predicate(name, one) for name, one in data.get("predicates", {}).items()}
    derivations = tuple(
        Derivation(
            _condition(one.get("if", {}), f"derive {place}"),
            _conditions(one.get("unless"), f"derive {place}"),
            _condition(one["add"], f"derive {place}"),
        )
        for place, one in enumerate(data.get("derive", ()), 1)
    )
    rules = []
    for place, one in enumerate(data.get("rules", ()), 1):
        where = f"rule {place}"
        stage = one.get("do")
        if stage not in STAGES:
            raise RulebookError(f"{where}: “do” must be one of {', '.join(STAGES)}")
        points = one.get("points", 0)
        if stage in ("exclude", "hold"):
            if points:
                raise RulebookError(f"{where}: “{stage}” carries no points")
        elif not isinstance(points, int) or not -500 <= points <= 500:
            raise RulebookError(f"{where}: points must be a whole number between -500 and 500")
        rules.append(
            Rule(
                stage,
                _condition(one.get("if", {}), where),
                _conditions(one.get("unless"), where),
                _names(one.get("candidates"), predicates, where),
                points,
                one.get("reason"),
            )
        )
    gaps = tuple(
        GapRule(
            one["say"],
            _condition(one.get("if", {}), one["say"]),
            _conditions(one.get("unless"), one["say"]),
            _names(one.get("candidates"), predicates, one["say"]),
            one.get("among", "all"),
            one.get("fewer_than", 1),
        )
        for one in data.get("gaps", ())
    )
    return Rulebook(derivations, predicates, tuple(rules), gaps, str(data.get("version", "")))


@lru_cache(maxsize=4)
def load_rulebook(path: Path = RULES_FILE) -> Rulebook:
    """The rulebook of the house. Raises RulebookError or tomllib.TOMLDecodeError when the file is broken."""
    return rulebook_from(tomllib.loads(path.read_text(encoding="utf-8")))
