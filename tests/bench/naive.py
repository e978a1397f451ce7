"""The reference of matching: one plain loop over all services, then a sort. The same rules, so the same answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from voordeur import vocabulary as v
from voordeur.rules.matching import Candidate, Contact, derive, holds
from voordeur.rules.rulebook import Predicate, Rulebook
from voordeur.rules.situation import Situation, terms

Fields = Mapping[str, frozenset[str]]


def _state(contact: Contact, moment: datetime) -> v.OpenState:
    return contact.hours.state(moment) if contact.hours else v.OpenState.UNKNOWN


def _fields(one: Candidate, moment: datetime) -> Fields:
    live = [(str(contact.way), _state(contact, moment)) for contact in one.contacts if contact.is_live]
    return {
        **one.fields,
        "ways": frozenset(str(contact.way) for contact in one.contacts),
        "open_ways": frozenset(way for way, state in live if state is v.OpenState.OPEN),
        "unknown_ways": frozenset(way for way, state in live if state is v.OpenState.UNKNOWN),
    }


def _is_in(one: Predicate, fields: Fields, said: Fields) -> bool:
    codes = fields.get(one.field, frozenset())
    if one.meets is not None:
        return bool(codes & said.get(one.meets, frozenset()))
    if one.within is not None:
        return said.get(one.within, frozenset()) <= codes
    if one.only:
        return bool(codes) and codes <= one.only
    if one.empty is not None:
        return one.empty != bool(codes)
    return bool(codes & one.has)


def order(
    situation: Situation, candidates: Sequence[Candidate], moment: datetime, book: Rulebook
) -> tuple[tuple[str, bool], ...]:
    """The organisations in the order of the answer, each with whether it is held back."""
    said = derive(terms(situation), book)
    active = [one for one in book.rules if holds(one.when, said) and not any(holds(not_, said) for not_ in one.unless)]
    found: list[tuple[bool, int, str, str]] = []
    can_reach: set[str] = set()
    for one in candidates:
        fields = _fields(one, moment)
        points, is_held, is_out = 0, False, False
        for rule in active:
            if all(_is_in(book.predicates[name], fields, said) == wanted for name, wanted in rule.candidates):
                points += rule.points
                is_out = is_out or rule.stage == "exclude"
                is_held = is_held or rule.stage == "hold"
        if not is_out and not is_held and fields["open_ways"] & said["ways"]:
            can_reach.add(one.organization)
        if not is_out:
            found.append((is_held, -points, one.organization, one.service))
    if not found and v.Violence.UNKNOWN not in situation.violence:
        return order(replace(situation, violence=frozenset({v.Violence.UNKNOWN})), candidates, moment, book)
    best: dict[str, bool] = {}
    for is_held, _, organization, _ in sorted(found):
        best.setdefault(organization, is_held)
    results = list(best.items())
    free = [place for place, (organization, is_held) in enumerate(results) if not is_held and organization in can_reach]
    if free and free[0] > 2:
        results.insert(2, results.pop(free[0]))
    return tuple(results)
