"""Whether what somebody tells is what a door is about (report 6.9: several doors that feel like one).

A door without a scope is about everything. Where a door is entered with the place already known (sport), that place
decides: what happens there belongs there, whatever it is. Elsewhere it is what happens that decides. What was not told
puts nobody outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from voordeur.rules.situation import Situation
from voordeur.vocabulary import Violence

Scope = Mapping[str, Sequence[str]]


class Fit(StrEnum):
    """How a situation lies to what a door is about."""

    WITHIN = "within"
    OUTSIDE = "outside"
    NOT_SAID = "not_said"


def fit(scope: Scope, situation: Situation, *, is_of_a_place: bool) -> Fit:
    """Within, outside, or nothing was said by which one could know. `is_of_a_place`: its place is known on entering."""
    told = {str(kind) for kind in situation.violence - {Violence.UNKNOWN}}
    place = {str(situation.context)} if situation.context else set()
    key, said = ("contexts", place) if is_of_a_place and scope.get("contexts") else ("violence", told)
    if not scope.get(key):
        return Fit.WITHIN if not scope else Fit.NOT_SAID
    if not said:
        return Fit.NOT_SAID
    return Fit.WITHIN if said & set(scope[key]) else Fit.OUTSIDE
