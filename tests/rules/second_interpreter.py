"""The rules of matching carried out a second time: plain sets and loops, one candidate at a time.

Written from the head of `matching_rules.toml` and the terms of a situation alone; it reads the file itself and
shares with the first interpreter only the shape of a candidate.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from voordeur.rules import situation as situations
from voordeur.rules.matching import Candidate, Contact
from voordeur.rules.situation import Situation
from voordeur.vocabulary import LIVE_WAYS, WAY_OF_CHANNEL, OpenState

Said = Mapping[str, set[str]]
FILE = Path(situations.__file__).with_name("matching_rules.toml")


class Told(NamedTuple):
    """The answer: emergency on top or not, organisations in order with "held", the gaps, and who is open."""

    emergency: bool
    results: list[tuple[str, bool]]
    gaps: list[str]
    open_now: dict[str, bool | None]


@cache
def rules_file() -> dict[str, Any]:
    """The rules file, parsed and not checked."""
    return tomllib.loads(FILE.read_text("utf-8"))


def state_of(contact: Contact, moment: datetime) -> OpenState:
    """Open, closed or unknown; without hours it is unknown."""
    return OpenState.UNKNOWN if contact.hours is None else contact.hours.state(moment)


def is_holding(condition: Mapping[str, Sequence[str]], said: Said) -> bool:
    """Whether each term has one of its codes ("*": any)."""
    return all(said.get(term) and ("*" in codes or said[term] & set(codes)) for term, codes in condition.items())


def is_switched_on(one: Mapping[str, Any], said: Said) -> bool:
    """Whether `if` holds and nothing of `unless` does."""
    unless = one.get("unless", [])
    unless = [unless] if isinstance(unless, dict) else unless
    return is_holding(one.get("if", {}), said) and not any(is_holding(other, said) for other in unless)


def said_by(situation: Situation) -> dict[str, set[str]]:
    """The terms of the situation with what is derived from them, in order."""
    said = {term: set(codes) for term, codes in situations.terms(situation).items()}
    for one in rules_file()["derive"]:
        if is_switched_on(one, said):
            for term, codes in one["add"].items():
                said[term] = said.get(term, set()) | set(codes)
    return said


def fields_of(candidate: Candidate, moment: datetime) -> dict[str, set[str]]:
    """The candidate's sets, with those that depend on its contacts and the moment."""
    fields = {name: set(codes) for name, codes in candidate.fields.items()}
    fields |= {"ways": set(), "open_ways": set(), "unknown_ways": set()}
    for contact in candidate.contacts:
        way = WAY_OF_CHANNEL[contact.kind]
        fields["ways"].add(str(way))
        if way in LIVE_WAYS:
            state = state_of(contact, moment)
            if state == "open":
                fields["open_ways"].add(str(way))
            if state == "unknown":
                fields["unknown_ways"].add(str(way))
    return fields


def is_in(name: str, fields: Mapping[str, set[str]], said: Said) -> bool:
    """Whether a candidate with these fields is in the set that the predicate names."""
    one = rules_file()["predicates"][name]
    codes = fields.get(one["field"], set())
    if "meets" in one:
        return bool(codes & said.get(one["meets"], set()))
    if "within" in one:
        return said.get(one["within"], set()) <= codes
    if "has" in one:
        return bool(codes & set(one["has"]))
    if "only" in one:
        return bool(codes) and codes <= set(one["only"])
    return bool(one["empty"]) is not bool(codes)


def second_answer(situation: Situation, candidates: Iterable[Candidate], moment: datetime) -> Told:
    """The answer of the second interpreter."""
    said = said_by(situation)
    everyone = sorted(candidates, key=lambda one: (one.organization, one.service))
    fields = [fields_of(one, moment) for one in everyone]
    known: dict[tuple[str, int], bool] = {}

    def is_named(names: Iterable[str], place: int) -> bool:
        for name in names:
            bare = name.removeprefix("!")
            if (bare, place) not in known:
                known[bare, place] = is_in(bare, fields[place], said)
            if known[bare, place] is name.startswith("!"):
                return False
        return True

    active = [one for one in rules_file()["rules"] if is_switched_on(one, said)]

    def done(place: int, *stages: str) -> list[Mapping[str, Any]]:
        return [one for one in active if one["do"] in stages and is_named(one["candidates"], place)]

    kept = [place for place in range(len(everyone)) if not done(place, "exclude")]
    if not kept and "unknown" not in said["violence"]:
        return second_answer(situations.Situation(**_as_unknown(situation)), everyone, moment)
    held = {place for place in kept if done(place, "hold")}

    def points(place: int, *stages: str) -> int:
        return sum(int(one["points"]) for one in done(place, *stages))

    free = [place for place in kept if place not in held]
    best = min(free, key=lambda place: (-points(place, "fit"), place), default=None)
    order: list[int] = []
    for place in sorted(kept, key=lambda place: (place in held, -points(place, "fit", "reach", "wish"), place)):
        if all(everyone[other].organization != everyone[place].organization for other in order):
            order.append(place)

    def open_now(organization: str) -> bool | None:
        own = [place for place, one in enumerate(everyone) if one.organization == organization]
        used = [place for place in own if place in free] or [place for place in own if place in kept] or own
        if any(fields[place]["open_ways"] & said["ways"] for place in used):
            return True
        return None if any(fields[place]["unknown_ways"] & said["ways"] for place in used) else False

    now = {one.organization: open_now(one.organization) for one in everyone}

    def is_reachable(place: int) -> bool:
        own = [other for other, one in enumerate(everyone) if one.organization == everyone[place].organization]
        used = [other for other in own if other in free] or [other for other in own if other in kept] or own
        return any(
            contact.value is not None
            and str(contact.way) in said["ways"]
            and contact.is_live
            and state_of(contact, moment) is OpenState.OPEN
            for other in used
            for contact in everyone[other].contacts
        )

    leaders = [place for place in order if place not in held]
    if not any(is_reachable(place) for place in leaders[:3]):
        rescuer = next((place for place in leaders[3:] if is_reachable(place)), None)
        if rescuer is not None:
            order.remove(rescuer)
            order.insert(2, rescuer)
    leading = [place for place in order[:3] if place not in held]
    among = {
        "all": list(range(len(everyone))),
        "results": kept,
        "leading": leading,
        "best_fit": [
            place
            for place, one in enumerate(everyone)
            if best is not None and one.organization == everyone[best].organization
        ],
    }
    gaps = []
    for one in rules_file()["gaps"]:
        there = {everyone[place].organization for place in among[one["among"]] if is_named(one["candidates"], place)}
        if is_switched_on(one, said) and len(there) < one.get("fewer_than", 1):
            gaps.append(one["say"])
    results = [(everyone[place].organization, place in held) for place in order]
    return Told("yes" in said["acute"], results, gaps, now)


def _as_unknown(situation: Situation) -> dict[str, Any]:
    kept = {name: getattr(situation, name) for name in Situation.__slots__}
    return {**kept, "violence": frozenset({"unknown"})}
