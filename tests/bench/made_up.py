"""Made-up services, situations and answers: by arithmetic alone, so that every run measures the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from voordeur import vocabulary as v
from voordeur.rules.guide import Guide
from voordeur.rules.matching import Candidate, Contact
from voordeur.rules.opening import parse_hours
from voordeur.rules.situation import Situation

One = TypeVar("One")
Kind = TypeVar("Kind", bound=StrEnum)
_HOURS = (
    "24/7", "office-hours", "Mo-Fr 09:00-17:00; PH off", "Mo-Su 10:00-22:00", "Mo-Fr 08:30-12:30; PH off",
    "Mo-Th 09:00-21:00; Fr 09:00-17:00; PH off", "Sa,Su 12:00-18:00; PH open", "Mo-Fr 16:00-06:00; PH unknown", None,
)  # fmt: skip
_AREAS = ("province:Utrecht", "municipality:Amsterdam", "vt:Twente", "province:Limburg", "municipality:Groningen")
_PLACES = ("", "Utrecht", "1011", "Groningen", "", "Bergen", "Mastricht", "den haag", "")


class Steps:
    """Numbers that jump about and are the same at every run (the linear rule of Numerical Recipes)."""

    def __init__(self, start: int) -> None:
        self.state = start * 2654435761 % 2**32

    def below(self, end: int) -> int:
        """The next number from 0 up to, not including, `end`."""
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return (self.state >> 8) % end

    def one(self, of: Sequence[One]) -> One:
        """One of these."""
        return of[self.below(len(of))]

    def some(self, of: Sequence[One], most: int) -> list[One]:
        """None of these up to `most`, each once."""
        start, count = self.below(len(of)), self.below(most + 1)
        return [of[(start + place * 3) % len(of)] for place in range(count)]

    def codes(self, kind: type[Kind], most: int, least: int = 0) -> frozenset[Kind]:
        """`least` up to `most` words of the vocabulary."""
        known = list(kind)
        return frozenset([self.one(known) for _ in range(least)] + self.some(known, most - least))


def services(count: int) -> Iterator[Candidate]:
    """So many services, of half as many organisations, in all kinds that the vocabulary knows."""
    for number in range(count):
        steps = Steps(number)
        seldom = steps.below(4)
        low = steps.below(19)
        fields: dict[str, frozenset[str]] = {
            "roles": frozenset(map(str, steps.codes(v.Role, 3, 1))),
            "violence": frozenset(map(str, steps.codes(v.Violence, 12, 3))),
            "violence_focus": frozenset(map(str, steps.codes(v.Violence, 2))),
            "contexts": frozenset(map(str, steps.codes(v.Context, 2))),
            "contexts_only": frozenset(map(str, steps.codes(v.Context, 2))) if seldom == 0 else frozenset(),
            "relations_only": frozenset(map(str, steps.codes(v.Relation, 2))) if seldom == 1 else frozenset(),
            "groups_focus": frozenset(map(str, steps.codes(v.Group, 2))),
            "groups_only": frozenset(map(str, steps.codes(v.Group, 2))) if seldom == 2 else frozenset(),
            "faiths": frozenset({str(steps.one(sorted(v.FAITHS)))}) if seldom == 3 and low > 15 else frozenset(),
            "when_only": frozenset(map(str, steps.codes(v.When, 2))) if low == 3 else frozenset(),
            "not_when": frozenset(map(str, steps.codes(v.When, 1))) if low == 4 else frozenset(),
            "help": frozenset(map(str, steps.codes(v.Need, 4, 1))),
            "function": frozenset({str(steps.one(list(v.Function)))}),
            "status": frozenset({str(steps.one((v.Status.ACTIVE, v.Status.ACTIVE, v.Status.UNCERTAIN)))}),
            "area": frozenset({"national"}) if low % 2 else frozenset({steps.one(_AREAS)}),
            "anonymous": frozenset({steps.one(("yes", "no", "unknown"))}),
            "comes_to_you": frozenset({steps.one(("yes", "no", "unknown"))}),
            "answered_by": frozenset(map(str, steps.codes(v.AnsweredBy, 2))),
            "languages": frozenset(steps.some(("nl", "en", "tr", "ar", "pl"), 3)),
            "languages_read": frozenset(steps.some(("nl", "en", "de"), 2)),
            "many_languages": frozenset({steps.one(("yes", "no", "unknown"))}),
        }
        fields["primary_roles"] = frozenset(sorted(fields["roles"])[:1])
        fields["languages_any"] = fields["languages"] | fields["languages_read"]
        if low > 9:
            fields["ages"] = frozenset(str(age) for age in range(low, 121 if low > 15 else 26))
        contacts = []
        for _ in range(1 + steps.below(3)):
            written = steps.one(_HOURS)
            hours = parse_hours(written) if written else None
            contacts.append(Contact(steps.one(list(v.ChannelKind)), f"{number}-{steps.below(9)}", None, hours))
        yield Candidate(f"o{number // 2:06}", f"s{number % 2}", fields, tuple(contacts))


def situations(count: int) -> Iterator[Situation]:
    """So many situations, each another."""
    for number in range(count):
        steps = Steps(number + 77)
        yield Situation(
            role=steps.one((v.Role.VICTIM, v.Role.VICTIM, *v.Role)),
            violence=steps.codes(v.Violence, 3, 1),
            context=steps.one((None, None, *v.Context)),
            relation=steps.one((None, None, *v.Relation)),
            groups=steps.codes(v.Group, 3),
            age=steps.one((None, None, 9, 15, 19, 34, 51, 78)),
            phase=steps.one((None, 1, 2, 3)),
            need=steps.codes(v.Need, 3),
            acute=steps.below(8) == 0,
            when=steps.one((None, *v.When)),
            language=steps.one(("nl", "nl", "en", "ar")),
            ways=steps.codes(v.Way, 4) | {v.Way.WEBSITE},
            anonymous_required=steps.below(5) == 0,
            area=steps.one((frozenset(), frozenset({"municipality:Amsterdam", "province:Noord-Holland"}))),
        )


def bodies(guide: Guide, languages: Sequence[str], count: int) -> list[str]:
    """So many forms whose answers leave no question open: each asks for a page of results."""
    made = []
    for number in range(count):
        steps = Steps(number + 991)
        answers: list[tuple[str, str]] = []
        for field in guide.fields.values():
            offered = [option.id for option in field.options]
            if field.kind == "place":
                chosen = [steps.one(_PLACES)]
            elif field.kind == "language":
                chosen = [steps.one(("", "", "en", "ar", "pl"))]
            elif field.kind == "one":
                chosen = [steps.one([one for one in offered if one != "danger"])]
            else:
                chosen = steps.some(offered, 2)
            answers += [(field.id, one) for one in chosen or [""]]
        made.append(urlencode({"l": languages[number % len(languages)], "s": urlencode(answers), "go": "guide"}))
    return made
