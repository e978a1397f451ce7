"""Reads situations from JSON, in the format of the vignettes, and matches them at their moment.

What is wrong is one sentence: in English as the exception's message, in another language by `NotSituations.said_in`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voordeur.faces.language import N_, translations
from voordeur.rules.matching import Answer, Index, match
from voordeur.rules.opening import AMSTERDAM
from voordeur.rules.situation import Situation, SituationError, situation_from_mapping

YEARS = range(2000, 2101)  # the public holidays of other years are not known
_MOMENT = N_("a date and time such as “2026-03-13T23:40” is expected")
#: What `rules.situation` expects of a field, marked here because rules know no languages.
EXPECTED = (
    N_("“%(code)s” is not a known code; use one of %(known)s"),
    N_("a list of codes is expected"),
    N_("true or false is expected"),
    N_("an object is expected"),
    N_("a whole number from 0 to 120, or null, is expected"),
    N_("1, 2, 3 or null is expected"),
    N_("an ISO 639-1 code such as “nl” is expected"),
)


class NotSituations(ValueError):
    """What came is no list of situations; the message names the situation (its id, or its position) and the field.

    `parts` are templates with their values, one after another.
    """

    def __init__(self, *parts: tuple[str, Mapping[str, object]]) -> None:
        self.parts = parts
        super().__init__(self.said_in("en"))

    def said_in(self, language: str) -> str:
        """The sentence in this language."""
        words = translations(language)
        return ": ".join(words.gettext(template) % values for template, values in self.parts) + "."


@dataclass(frozen=True, slots=True)
class Asked:
    """One situation as it was given: its own id, how to speak of it, and the person and moment.

    `unknown_place` is the place that was named and is not known; the situation then has none.
    """

    key: str | int | None
    name: str
    situation: Situation
    moment: datetime
    written: Mapping[str, Any]
    unknown_place: str | None = None

    def answer(self, index: Index, preferred: Sequence[str] = ()) -> Answer:
        """The help that fits; `preferred` as in `rules.matching.match`."""
        return match(self.situation, index, self.moment, preferred=preferred)


def parse(raw: bytes, name: str) -> Any:
    """What the bytes say as JSON; `name` is how to speak of them. Raises NotSituations."""
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as problem:
        raise NotSituations(
            (N_("%(name)s is not text in UTF-8 (byte %(place)s)"), {"name": name, "place": problem.start})
        ) from problem
    except json.JSONDecodeError as problem:
        place = {"name": name, "line": problem.lineno, "column": problem.colno}
        raise NotSituations(
            (N_("%(name)s is not JSON: line %(line)s, column %(column)s"), place), ("%(why)s", {"why": problem.msg})
        ) from problem
    except (ValueError, RecursionError) as problem:
        raise NotSituations(
            (N_("%(name)s is not usable JSON"), {"name": name}), ("%(why)s", {"why": str(problem).splitlines()[0]})
        ) from problem


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not a number of JSON")


def read_situations(data: Any, area_of: Callable[[str], frozenset[str]], now: datetime) -> list[Asked]:
    """Every situation in parsed JSON: a list, one object, or one bare situation with a role.

    Raises NotSituations. `now` is the moment of a situation that names none.
    """
    items = data if isinstance(data, list) else [data]
    return [_asked(item, position, area_of, now) for position, item in enumerate(items, 1)]


def _asked(item: Any, position: int, area_of: Callable[[str], frozenset[str]], now: datetime) -> Asked:
    here: tuple[str, Mapping[str, object]] = (N_("situation %(position)s"), {"position": position})
    if not isinstance(item, dict):
        raise NotSituations(here, (N_("an object with role and situation is expected"), {}))
    key = item.get("id")
    key = int(key) if isinstance(key, float) and key.is_integer() else key  # in JSON 1.0 is a whole number too
    if key is not None and (isinstance(key, bool) or not isinstance(key, str | int)):
        raise NotSituations(here, ("id", {}), (N_("a text, a number or null is expected"), {}))
    here = here if key is None else ("%(key)s", {"key": key})
    if "role" not in item:
        raise NotSituations(here, ("role", {}), (N_("is missing"), {}))
    situation = item.get("situation", item)
    try:
        if not isinstance(situation, Mapping):
            raise SituationError("situation", "an object is expected")
        moment = _moment(situation.get("at"), now)
        place = _place(situation.get("place"))
        area = area_of(place) if place else frozenset[str]()
        read = situation_from_mapping(item["role"], situation, area)
    except SituationError as wrong:
        raise NotSituations(here, ("%(name)s", {"name": wrong.name}), (wrong.expected, wrong.values)) from wrong
    return Asked(key, here[0] % here[1], read, moment, item, place if place and not area else None)


def _place(written: Any) -> str | None:
    if written is not None and not isinstance(written, str):
        raise SituationError("situation.place", N_("the name of a municipality or province, or null, is expected"))
    return written


def _moment(written: Any, now: datetime) -> datetime:
    """The moment that `at` means: Dutch wall time, or with its own offset; now when it is not said.

    A time that the clock shows twice is the first of the two; one that it skips counts on from before the skip.
    """
    if written is None:
        return now
    if not isinstance(written, str) or len(written) < len("20260313T23"):
        raise SituationError("situation.at", _MOMENT)
    try:
        read = datetime.fromisoformat(written)
        if read.year not in YEARS:
            raise SituationError(
                "situation.at", N_("a year from %(first)s to %(last)s is expected"), first=YEARS[0], last=YEARS[-1]
            )
        return read.replace(tzinfo=AMSTERDAM) if read.tzinfo is None else read.astimezone(AMSTERDAM)
    except SituationError:
        raise
    except (ValueError, OverflowError) as wrong:
        raise SituationError("situation.at", _MOMENT) from wrong
