"""Reads situations from JSON, in the format of the vignettes, and matches them at their moment."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from voordeur.faces.terminal.ground import CannotGoOn, moment_now
from voordeur.faces.terminal.places import area_of
from voordeur.rules.matching import Answer, Index, match
from voordeur.rules.opening import AMSTERDAM
from voordeur.rules.situation import Situation, SituationError, situation_from_mapping

YEARS = range(2000, 2101)  # the public holidays of other years are not known


@dataclass(frozen=True, slots=True)
class Asked:
    """One situation as it stands in the file: its own id, how to speak of it, and the person and moment."""

    key: str | int | None
    name: str
    situation: Situation
    moment: datetime
    written: Mapping[str, Any]

    def answer(self, index: Index, preferred: Sequence[str] = ()) -> Answer:
        """The help that fits; `preferred` as in `rules.matching.match`."""
        return match(self.situation, index, self.moment, preferred=preferred)


def read_json(file: str) -> Any:
    """What stands in a JSON file ("-": standard input). Raises CannotGoOn with a sentence that names the file."""
    name = "standard input" if file == "-" else f"“{file}”"
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse)
    except OSError as problem:
        raise CannotGoOn(f"{name} cannot be read: {problem.strerror or problem}.") from problem
    except UnicodeDecodeError as problem:
        raise CannotGoOn(f"{name} is not text in UTF-8 (byte {problem.start}).") from problem
    except json.JSONDecodeError as problem:
        raise CannotGoOn(
            f"{name} is not JSON: line {problem.lineno}, column {problem.colno}: {problem.msg}."
        ) from problem
    except (ValueError, RecursionError) as problem:
        raise CannotGoOn(f"{name} is not usable JSON: {str(problem).splitlines()[0]}.") from problem


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not a number of JSON")


def read_situations(data: Any) -> list[Asked]:
    """Every situation in parsed JSON: a list, one object, or one bare situation with a role.

    Raises CannotGoOn naming the situation (its id, or its position) and the field.
    """
    items = data if isinstance(data, list) else [data]
    return [_asked(item, position) for position, item in enumerate(items, 1)]


def _asked(item: Any, position: int) -> Asked:
    name = f"situation {position}"
    if not isinstance(item, dict):
        raise CannotGoOn(f"{name}: an object with role and situation is expected.")
    key = item.get("id")
    if key is not None and (isinstance(key, bool) or not isinstance(key, str | int)):
        raise CannotGoOn(f"{name}: id: a text, a number or null is expected.")
    name = name if key is None else f"{key}"
    if "role" not in item:
        raise CannotGoOn(f"{name}: role: is missing.")
    situation = item.get("situation", item)
    try:
        if not isinstance(situation, Mapping):
            raise SituationError("situation: an object is expected")
        moment = _moment(situation.get("at"))
        return Asked(key, name, _situation(item["role"], situation, name), moment, item)
    except SituationError as wrong:
        raise CannotGoOn(f"{name}: {wrong}.") from wrong


def _situation(role: Any, situation: Mapping[str, Any], name: str) -> Situation:
    place = situation.get("place")
    if place is not None and not isinstance(place, str):
        raise SituationError("situation.place: the name of a municipality or province, or null, is expected")
    area = area_of(place) if place else frozenset[str]()
    read = situation_from_mapping(role, situation, area)
    if place and not area:
        print(f"{name}: the place “{place[:60]}” is not known; going on without a place.", file=sys.stderr)
    return read


def _moment(written: Any) -> datetime:
    """The moment that `at` means: Dutch wall time, or with its own offset; now when it is not said.

    A time that the clock shows twice is the first of the two; one that it skips counts on from before the skip.
    """
    if written is None:
        return moment_now()
    expected = "situation.at: a date and time such as “2026-03-13T23:40” is expected"
    if not isinstance(written, str) or len(written) < len("20260313T23"):
        raise SituationError(expected)
    try:
        read = datetime.fromisoformat(written)
        if read.year not in YEARS:
            raise SituationError(f"situation.at: a year from {YEARS[0]} to {YEARS[-1]} is expected")
        return read.replace(tzinfo=AMSTERDAM) if read.tzinfo is None else read.astimezone(AMSTERDAM)
    except SituationError:
        raise
    except (ValueError, OverflowError) as wrong:
        raise SituationError(expected) from wrong
