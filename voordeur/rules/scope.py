"""What a door is about, and what is taken to be so of who comes in by it (report 6.9, model 2).

A door only fills in what was not said. Whatever somebody says goes before it. A door without a scope is about
everything. Where a door is entered with the place already known (sport), that place decides: what happens there belongs
there, whatever it is. Elsewhere it is what happens that decides. What was not told puts nobody outside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from enum import StrEnum

from voordeur import vocabulary as v
from voordeur.rules.situation import Situation, possible_ages, terms

#: By which name `situation.terms` knows each part of a scope.
PARTS = {"violence": "violence", "contexts": "context", "groups": "groups", "roles": "role"}
OF_AGE = (v.Group.CHILD, v.Group.YOUTH, v.Group.ADULT, v.Group.OLDER)


def is_about(scope: Mapping[str, Collection[str]], situation: Situation) -> bool:
    """Whether a door with this scope is meant for this situation: each part of the scope shares a code with it.

    An empty scope is about everything.
    """
    said = terms(situation)
    return all(not said[PARTS[part]].isdisjoint(codes) for part, codes in scope.items() if codes)


def with_usual_age(situation: Situation, groups: Collection[str], *, is_said: bool) -> Situation:
    """The situation with the age of the people whom a door is for, as long as no age was said.

    Not for who asks about their own behaviour: a door is for the person to whom it happens.
    """
    if is_said or situation.role is v.Role.PERPETRATOR:
        return situation
    return replace(situation, groups=situation.groups | {one for one in OF_AGE if one in groups})


def coming_in(
    situation: Situation,
    *,
    scope: Mapping[str, Collection[str]],
    groups: Collection[str],
    known: Mapping[str, Collection[str]],
) -> Situation:
    """The situation of somebody who comes in by a door that knows this much already (codes by term of the guide)."""
    low, high = possible_ages(situation)
    usual = known.get("violence") or scope.get("violence", ())
    context = next((one for one in v.Context if one in known.get("context", ())), None)
    is_unsaid = situation.violence == {v.Violence.UNKNOWN}
    situation = replace(
        situation,
        violence=frozenset(v.Violence(kind) for kind in usual) | situation.violence
        if is_unsaid
        else situation.violence,
        context=situation.context or context,
        groups=situation.groups | {v.Group(one) for one in known.get("groups", ())},
    )
    return with_usual_age(situation, groups, is_said=(low, high) != (0, 120))


class Fit(StrEnum):
    """How a situation lies to what a door is about."""

    WITHIN = "within"
    OUTSIDE = "outside"
    NOT_SAID = "not_said"


def fit(scope: Mapping[str, Collection[str]], situation: Situation, *, is_of_a_place: bool) -> Fit:
    """Within, outside, or nothing was said by which one could know. `is_of_a_place`: its place is known on entering."""
    told = {str(kind) for kind in situation.violence - {v.Violence.UNKNOWN}}
    place = {str(situation.context)} if situation.context else set()
    key, said = ("contexts", place) if is_of_a_place and scope.get("contexts") else ("violence", told)
    if not scope.get(key):
        return Fit.WITHIN if not scope else Fit.NOT_SAID
    if not said:
        return Fit.NOT_SAID
    return Fit.WITHIN if said & set(scope[key]) else Fit.OUTSIDE


def knows_more(scope: Mapping[str, Collection[str]], situation: Situation, *, is_of_a_place: bool) -> bool:
    """Whether a door with this scope is one to go on to: it is for these people, and about this or about all of it."""
    said = terms(situation)
    for_whom = {part: codes for part, codes in scope.items() if part in ("groups", "roles") and codes}
    if not all(not said[PARTS[part]].isdisjoint(codes) for part, codes in for_whom.items()):
        return False
    is_about_people = bool(for_whom) and not scope.get("violence") and not scope.get("contexts")
    return is_about_people or (bool(scope) and fit(scope, situation, is_of_a_place=is_of_a_place) is Fit.WITHIN)
