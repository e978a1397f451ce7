"""Made-up people, moments and services: every code of the vocabulary, in any combination."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cache

from hypothesis import strategies as st

from voordeur import vocabulary as v
from voordeur.rules.matching import Candidate, Contact
from voordeur.rules.opening import AMSTERDAM, parse_hours
from voordeur.rules.situation import Situation

START, END = (int(datetime(year, 1, 1, tzinfo=AMSTERDAM).timestamp()) for year in (2026, 2029))
AREAS = ("municipality:Amsterdam", "municipality:Zwolle", "province:Gelderland", "vt:Utrecht")
HOURS = (
    "24/7", "office-hours", "Mo-Fr 16:00-06:00; Sa,Su 20:00-06:00", "Mo-Su 11:00-21:00; PH open", "Mo 09:00-09:01",
    "Mo-Su 00:00-24:00 unknown",
)  # fmt: skip


@cache
def moments() -> st.SearchStrategy[datetime]:
    """Any second of three years, in Dutch time, both of the hours that the clock shows twice included."""
    clock_changes = (1774746000, 1792890000, 1793000000, 1806195600, 1824944400)
    near = st.builds(int.__add__, st.sampled_from(clock_changes), st.integers(-7200, 7200))
    return (st.integers(START, END - 1) | near).map(lambda seconds: datetime.fromtimestamp(seconds, AMSTERDAM))


def some(kind: type[StrEnum], most: int = 3, least: int = 0) -> st.SearchStrategy[frozenset[StrEnum]]:
    """A few codes of one kind."""
    return st.frozensets(st.sampled_from(list(kind)), min_size=least, max_size=most)


@cache
def people() -> st.SearchStrategy[Situation]:
    """Anybody at the door, also people who contradict themselves."""
    return st.builds(
        Situation,
        role=st.sampled_from(v.Role),
        violence=some(v.Violence, least=1),
        context=st.none() | st.sampled_from(v.Context),
        relation=st.none() | st.sampled_from(v.Relation),
        groups=some(v.Group, most=6),
        age=st.none() | st.integers(0, 120),
        phase=st.sampled_from((None, 1, 2, 3)),
        need=some(v.Need, most=4),
        acute=st.booleans(),
        when=st.none() | st.sampled_from(v.When),
        language=st.sampled_from(("nl", "nl", *v.LANGUAGES)),
        ways=some(v.Way, most=len(v.Way)),
        anonymous_required=st.booleans(),
        area=st.frozensets(st.sampled_from(AREAS), max_size=2),
    )


def _words(kind: type[StrEnum], most: int = 3) -> st.SearchStrategy[frozenset[str]]:
    return some(kind, most).map(lambda codes: frozenset(map(str, codes)))


def _ages(bounds: tuple[int, int]) -> frozenset[str]:
    return frozenset(str(age) for age in range(min(bounds), max(bounds) + 1))


@cache
def services() -> st.SearchStrategy[list[Candidate]]:
    """A directory of services that nobody offers, so that codes are met which the real directory does not use."""
    few = _words(v.Violence, 6) | st.just(frozenset(map(str, v.Violence)))
    three = st.sampled_from(("yes", "no", "unknown")).map(lambda word: frozenset({word}))
    spoken = st.frozensets(st.sampled_from(v.LANGUAGES), max_size=3)
    fields = st.fixed_dictionaries(
        {
            "roles": _words(v.Role, 4) | st.just(frozenset(map(str, v.Role))),
            "primary_roles": _words(v.Role, 4),
            "violence": few,
            "violence_focus": _words(v.Violence),
            "contexts": _words(v.Context),
            "contexts_only": st.just(frozenset[str]()) | _words(v.Context),
            "relations_only": st.just(frozenset[str]()) | _words(v.Relation, 5),
            "groups_focus": _words(v.Group),
            "groups_only": st.just(frozenset[str]()) | _words(v.Group),
            "faiths": st.just(frozenset[str]()) | st.frozensets(st.sampled_from([str(one) for one in v.FAITHS])),
            "when_only": st.just(frozenset[str]()) | _words(v.When),
            "not_when": _words(v.When),
            "help": _words(v.Need, 5),
            "function": st.sampled_from(v.Function).map(lambda code: frozenset({str(code)})),
            "status": st.sampled_from(v.Status).map(lambda code: frozenset({str(code)})),
            "area": st.sampled_from(((), ("national",), ("national",), AREAS[:1], AREAS[1:])).map(frozenset),
            "anonymous": three,
            "comes_to_you": three,
            "takes_people": three,
            "answered_by": _words(v.AnsweredBy),
            "languages": spoken,
            "languages_read": spoken,
            "languages_any": spoken,
        },
        optional={"ages": st.tuples(st.integers(0, 120), st.integers(0, 120)).map(_ages)},
    )
    contact = st.builds(
        Contact,
        kind=st.sampled_from(v.ChannelKind),
        value=st.none() | st.sampled_from(("1", "2")),
        hours=st.none() | st.sampled_from(HOURS).map(parse_hours),
    )
    service = st.builds(
        Candidate,
        organization=st.sampled_from("abcdefgh"),
        service=st.sampled_from("pqr"),
        fields=fields,
        contacts=st.lists(contact, max_size=3).map(tuple),
    )
    return st.lists(service, max_size=8, unique_by=lambda one: (one.organization, one.service))
