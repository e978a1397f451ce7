"""`voordeur vignettes`: whether each example person finds what must be found (tests/vignettes/README.md)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from voordeur.faces.answers import answer_data, as_json
from voordeur.faces.doorway import Door, DoorError, load_doors
from voordeur.faces.situations import Asked
from voordeur.faces.terminal.ground import CannotGoOn, content_folder, directory_at_hand
from voordeur.faces.terminal.situation_files import read_file
from voordeur.rules.guide import Guide, load_guide, said
from voordeur.rules.matching import LEADING, Answer
from voordeur.rules.scope import coming_in, is_about

_LISTS = ("must_include", "must_lead_with_any", "must_not_include", "must_not_lead", "must_say_gap")
_WORDS = {True: "open", False: "closed", None: "not known"}


def check(given: argparse.Namespace) -> int:
    """Print a line for each expectation that fails, and a count; 1 when one fails. Raises CannotGoOn."""
    asked = read_file(given.file)
    if given.show is not None:
        asked = [one for one in asked if str(one.key) == given.show]
        if not asked:
            raise CannotGoOn(f"There is no vignette “{given.show}” in “{given.file}”.")
    door = None if given.door is None else _door(given.door)
    if door is not None:
        guide = load_guide(content_folder() / "guide" / "guide.toml")
        asked = [by_door(one, door, guide) for one in asked if is_about(door.scope, one.situation)]
    expected = [_expect(one) for one in asked]
    index = directory_at_hand().index
    failed = 0
    for one, expect in zip(asked, expected, strict=True):
        answer = one.answer(index, () if door is None else door.partners)
        if given.show is not None:
            print(as_json(answer_data(one.key, answer, per_page=max(1, len(answer.organizations)))))
        lines = list(failures(expect, answer))
        failed += bool(lines)
        for line in lines:
            print(f"{one.name}: {line}")
    print(f"{len(asked)} situations, {len(asked) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _door(name: str) -> Door:
    try:
        return next(door for door in load_doors(content_folder() / "doors").doors if door.id == name)
    except StopIteration:
        raise CannotGoOn(f"There is no door “{name}” in content/doors.") from None
    except DoorError as problem:
        raise CannotGoOn(f"The doors cannot be read: {problem}. “voordeur door check” says more.", 1) from problem


def by_door(one: Asked, door: Door, guide: Guide) -> Asked:
    """The same person, coming in by this door: what was not said is filled in as the door does it."""
    known = said(guide, door.starts_with)
    return replace(one, situation=coming_in(one.situation, scope=door.scope, groups=door.groups, known=known))


def _expect(one: Asked) -> Mapping[str, Any]:
    expect = one.written.get("expect")
    if not isinstance(expect, dict):
        raise CannotGoOn(f"{one.name}: expect: an object is expected.")
    for field in _LISTS:
        ids = expect.get(field, [])
        if not isinstance(ids, list) or not all(isinstance(key, str) for key in ids):
            raise CannotGoOn(f"{one.name}: expect.{field}: a list of codes is expected.")
    open_now = expect.get("open_now", {})
    if not isinstance(open_now, dict) or not all(state in (True, False, None) for state in open_now.values()):
        raise CannotGoOn(f"{one.name}: expect.open_now: true, false or null for each id is expected.")
    if not isinstance(expect.get("must_show_emergency", False), bool):
        raise CannotGoOn(f"{one.name}: expect.must_show_emergency: true or false is expected.")
    least = expect.get("min_results", 0)
    if isinstance(least, bool) or not isinstance(least, int):
        raise CannotGoOn(f"{one.name}: expect.min_results: a whole number is expected.")
    return expect


def failures(expect: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    """Each expectation that the answer does not meet, as "field: what is wrong"."""
    ids = [one.organization for one in answer.results]
    leading = ids[:LEADING]
    for key in expect.get("must_include", ()):
        if key not in ids:
            yield f"must_include: {key} is not in the list"
    wanted: Sequence[str] = expect.get("must_lead_with_any", ())
    if wanted and not set(wanted) & set(leading):
        yield f"must_lead_with_any: none of {', '.join(wanted)} is among the first three ({', '.join(leading)})"
    for key in expect.get("must_not_include", ()):
        if key in ids:
            yield f"must_not_include: {key} is in the list"
    for key in expect.get("must_not_lead", ()):
        if key in leading:
            yield f"must_not_lead: {key} is among the first three"
    if expect.get("must_show_emergency") and not answer.emergency:
        yield "must_show_emergency: emergency help does not stand on top"
    for gap in expect.get("must_say_gap", ()):
        if gap not in answer.gaps:
            yield f"must_say_gap: {gap} is not said"
    states = answer.open_now()
    for key, state in expect.get("open_now", {}).items():
        found = states.get(key)  # of an organisation that is not there, nothing is claimed
        if found is not state:
            known = _WORDS[found] if key in states else "not in the directory"
            yield f"open_now: {key} is {known}, expected {_WORDS[state]}"
    if len(ids) < expect.get("min_results", 0):
        yield f"min_results: {len(ids)} in the list, at least {expect['min_results']} expected"
