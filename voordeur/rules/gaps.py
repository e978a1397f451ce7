"""For whom there is help, when and where, by the directory alone; and where there is none, or nobody knows.

Counts are of services, never of people. An ordinary week is taken, without holidays, minute by minute: whoever is
there certainly, whoever may be there, and when nobody is. What is not known is never a gap and never help: hours that
nobody wrote down, a language that is not named, a service that works in some towns only. Each question keeps a set of
services as the bits of one number (docs/decisions/0002), and a week as another; services with the same week go
together, so that all questions are answered in moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from voordeur import vocabulary as v
from voordeur.rules.area import PROVINCES, Municipality, area_codes
from voordeur.rules.matching import Candidate, Contact, Index, derive
from voordeur.rules.opening import Hours
from voordeur.rules.rulebook import Rulebook, load_rulebook
from voordeur.rules.situation import Situation, terms

DAYS, HOURS_A_DAY, MINUTES_AN_HOUR = 7, 24, 60
HOURS_A_WEEK = DAYS * HOURS_A_DAY
WEEK = HOURS_A_WEEK * MINUTES_AN_HOUR
ALWAYS = (1 << WEEK) - 1
_HOUR = (1 << MINUTES_AN_HOUR) - 1
#: The ways that have hours: somebody answers at once, or a door is open.
TIMED_WAYS = (v.Way.PHONE, v.Way.CHAT, v.Way.WHATSAPP, v.Way.VISIT)
#: When most people sleep: 23:00 to 7:00.
NIGHT_BEGINS, NIGHT_ENDS = 23, 7
_MOST_KEPT = 4096
_SOME_ONLY = ("relations_only", "when_only")
_KNOWN_AREAS = ("municipality:", "province:", "vt:")


class HelpState(StrEnum):
    """What can be said of one hour: somebody is there all of it, part of it, perhaps, or not."""

    THERE = "there"
    PART = "part"
    UNKNOWN = "unknown"
    NOT_THERE = "not_there"


class Doubt(StrEnum):
    """Why it is not certain that a service is for these people."""

    LANGUAGE = "language"
    PLACE = "place"
    PEOPLE = "people"
    EXISTENCE = "existence"


@dataclass(frozen=True, slots=True)
class Slice:
    """Which people, and how they would reach help. None: it does not matter, and nothing is said about it.

    way None: by any way in which a person answers at once. province None: everywhere in the country. is_made_for: only
    what is made for this violence, this person and this setting, or has an eye for them.
    """

    role: v.Role = v.Role.VICTIM
    violence: v.Violence | None = None
    context: v.Context | None = None
    group: v.Group | None = None
    language: str | None = None
    way: v.Way | None = None
    province: str | None = None
    is_made_for: bool = False

    @property
    def ways(self) -> tuple[v.Way, ...]:
        """The ways that count."""
        return v.LIVE_WAYS if self.way is None else (self.way,)


@dataclass(frozen=True, slots=True)
class Week:
    """Minutes of an ordinary week as bits, Monday 0:00 first: when it is certain, and when it is not known."""

    there: int = 0
    unknown: int = 0

    def __or__(self, other: Week) -> Week:
        there = self.there | other.there
        return Week(there, (self.unknown | other.unknown) & ~there)

    @property
    def not_there(self) -> int:
        """The minutes in which certainly nobody is there."""
        return ALWAYS & ~(self.there | self.unknown)

    def state(self, hour: int) -> HelpState:
        """What can be said of this hour of the week (0 to 167)."""
        at = hour * MINUTES_AN_HOUR
        there = self.there >> at & _HOUR
        if there == _HOUR:
            return HelpState.THERE
        if there:
            return HelpState.PART
        return HelpState.UNKNOWN if self.unknown >> at & _HOUR else HelpState.NOT_THERE

    def states(self) -> tuple[HelpState, ...]:
        """What can be said of each of the 168 hours."""
        return _states(self)

    def longest_gap(self) -> tuple[int, int] | None:
        """First minute and length of the longest time in which certainly nobody is there, also over Sunday midnight.

        The first of the longest; None when there is no such time.
        """
        gone = self.not_there
        if not gone:
            return None
        if gone == ALWAYS:
            return 0, WEEK
        twice, length = gone | gone << WEEK, 0
        runs = [twice]  # runs[n]: where a run of 2 ** n minutes begins
        while runs[-1]:
            runs.append(runs[-1] & runs[-1] >> (1 << len(runs) - 1))
        begins = (1 << 2 * WEEK) - 1
        for power in reversed(range(len(runs) - 1)):
            longer = begins & runs[power] >> length
            if longer:
                begins, length = longer, length + (1 << power)
        return ((begins & -begins).bit_length() - 1) % WEEK, length


@lru_cache(maxsize=4096)
def _states(week: Week) -> tuple[HelpState, ...]:
    return tuple(map(week.state, range(HOURS_A_WEEK)))


@dataclass(frozen=True, slots=True)
class Fit:
    """The services that are for the people of a slice, as bits: certainly, or perhaps, and why only perhaps."""

    certain: int
    uncertain: int
    doubts: tuple[tuple[Doubt, int], ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many services are certainly there at some time of an hour, and how many others may be."""

    there: int
    perhaps: int


def week_of(hours: Hours | None) -> Week:
    """An ordinary week of these hours; without hours nobody knows."""
    if hours is None:
        return Week(0, ALWAYS)
    there = unknown = 0
    for day, spans in hours.week().days:
        for start, end, state in spans:
            bits = ((1 << end - start) - 1) << day * HOURS_A_DAY * MINUTES_AN_HOUR + start
            bits = bits & ALWAYS | bits >> WEEK  # Sunday night runs on into Monday
            if state is v.OpenState.OPEN:
                there |= bits
            else:
                unknown |= bits
    return Week(there, unknown & ~there)


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody would have said, and the services that are for such people: certainly, and also perhaps."""

    terms: dict[str, frozenset[str]]
    people: tuple[int, int]


class Terrain:
    """The services and the country, laid out once for all questions."""

    def __init__(
        self,
        candidates: Index | Iterable[Candidate],
        municipalities: Iterable[Municipality] = (),
        book: Rulebook | None = None,
    ) -> None:
        self.index = candidates if isinstance(candidates, Index) else Index(candidates)
        self._book = book or load_rulebook()
        self._living = [(one.province, area_codes(one)) for one in municipalities]
        self._of_way: dict[tuple[v.Way, ...], tuple[tuple[Week, int], ...]] = {}
        self._weeks: dict[tuple[int, int, tuple[v.Way, ...]], Week] = {}
        self._said: dict[tuple[v.Role, v.Context | None, v.Group | None], _Said] = {}
        self._places: dict[str | None, tuple[int, int]] = {}
        self._areas: dict[frozenset[str], int] = {}
        for place, one in enumerate(self.index.candidates):
            area = one.fields.get("area", frozenset())
            self._areas[area] = self._areas.get(area, 0) | 1 << place

    def fit(self, asked: Slice) -> Fit:
        """The services that are for these people, by these ways; hours do not count yet."""
        said = self._said_by(asked)
        kept = self._has("roles", asked.role) & self._any("ways", map(str, asked.ways))
        kept &= ~self._has("function", v.Function.TIP_LINE) & ~self._has("takes_people", "no")
        kept &= self._empty("contexts_only") | self._any("contexts_only", said.terms["context"])
        if asked.violence is not None:
            kept &= self._has("violence_focus" if asked.is_made_for else "violence", asked.violence)
        if asked.is_made_for:
            kept &= self._made_for(asked, said.terms)
        doubts: dict[Doubt, int] = {}
        for doubt, (certain, perhaps) in (
            (Doubt.PEOPLE, said.people),
            (Doubt.LANGUAGE, self._language(asked.language)),
            (Doubt.PLACE, self.place(asked.province)),
            (Doubt.EXISTENCE, (~self._has("status", v.Status.UNCERTAIN), self._has("status", v.Status.UNCERTAIN))),
        ):
            kept &= certain | perhaps
            doubts[doubt] = perhaps & ~certain
        perhaps = 0
        for one in doubts.values():
            perhaps |= one
        found = tuple((doubt, kept & mask) for doubt, mask in doubts.items() if kept & mask)
        return Fit(kept & ~perhaps, kept & perhaps, found)

    def week(self, asked: Slice, fit: Fit | None = None) -> Week:
        """When somebody is there for these people, when that is not known, and so when nobody is.

        `fit` is what `fit(asked)` gave, when the caller has it already.
        """
        fit = fit or self.fit(asked)
        key = (fit.certain, fit.uncertain, asked.ways)
        week = self._weeks.get(key)
        if week is None:
            there = unknown = 0
            for one, mask in self._timetable(asked.ways):
                if mask & fit.certain:
                    there |= one.there
                    unknown |= one.unknown
                if mask & fit.uncertain:
                    unknown |= one.there | one.unknown
            week = Week(there, unknown & ~there)
            if len(self._weeks) >= _MOST_KEPT:
                self._weeks.clear()
            self._weeks[key] = week
        return week

    def counts(self, asked: Slice) -> tuple[Count, ...]:
        """For each of the 168 hours how many services are there at some time of it, and how many others may be."""
        fit = self.fit(asked)
        there, perhaps = [0] * HOURS_A_WEEK, [0] * HOURS_A_WEEK
        for one, mask in self._timetable(asked.ways):
            certain, uncertain = (mask & fit.certain).bit_count(), (mask & fit.uncertain).bit_count()
            if not certain and not uncertain:
                continue
            for hour, state in enumerate(one.states()):
                if state in (HelpState.THERE, HelpState.PART):
                    there[hour] += certain
                    perhaps[hour] += uncertain
                elif state is HelpState.UNKNOWN:
                    perhaps[hour] += certain + uncertain
        return tuple(map(Count, there, perhaps))

    def place(self, province: str | None) -> tuple[int, int]:
        """The services that work in every municipality of a province (None: of the country), and those that may.

        Only in a part of it, or not known where, is perhaps: it is no help for everybody who lives there.
        """
        if province not in self._places:
            living = [codes for name, codes in self._living if province in (None, name)]
            certain = perhaps = 0
            for area, mask in self._areas.items():
                answers = {_works(area, codes) for codes in living or [frozenset()]}
                if answers == {True}:
                    certain |= mask
                elif answers != {False}:
                    perhaps |= mask
            self._places[province] = (certain, perhaps)
        return self._places[province]

    def languages(self, field: str = "languages") -> tuple[str, ...]:
        """The languages that some service is known to speak (or, with another field, to write), in the usual order."""
        named = self.index.masks.get(field, {})
        return tuple(code for code in v.LANGUAGES if code in named)

    def _has(self, field: str, code: str) -> int:
        return self.index.masks.get(field, {}).get(code, 0)

    def _any(self, field: str, codes: Iterable[str]) -> int:
        by_code = self.index.masks.get(field, {})
        found = 0
        for code in codes:
            found |= by_code.get(code, 0)
        return found

    def _empty(self, field: str) -> int:
        return self.index.all & ~self.index.filled.get(field, 0)

    def _said_by(self, asked: Slice) -> _Said:
        """What somebody of this slice would have said at the door, with what follows from it (rules of matching)."""
        key = (asked.role, asked.context, asked.group)
        if key not in self._said:
            groups = frozenset() if asked.group is None else frozenset({asked.group})
            told = Situation(role=asked.role, context=asked.context, groups=groups)
            said = derive(terms(told), self._book)
            self._said[key] = _Said(said, self._people(said))
        return self._said[key]

    def _made_for(self, asked: Slice, said: dict[str, frozenset[str]]) -> int:
        kept = self._has("primary_roles", asked.role)
        if asked.context is not None:
            kept &= self._has("contexts_only", asked.context) | self._has("contexts", asked.context)
        if asked.group is not None:
            kept &= (
                self._any("groups_only", said["groups"])
                | self._any("groups_focus", said["groups"])
                | self._any("faiths", said["faith"])
            )
        return kept

    def _people(self, said: dict[str, frozenset[str]]) -> tuple[int, int]:
        """Who may come: services for everybody or for these people; and those for people whom these may be too."""
        certain = self._empty("groups_only") | self._any("groups_only", said["groups"])
        perhaps = certain | self._any("groups_only", said["groups_possible"])
        within = self.index.all
        for age in said["ages"]:
            within &= self._has("ages", age)
        certain &= self._empty("ages") | within
        perhaps &= self._empty("ages") | self._any("ages", said["ages"])
        for field in _SOME_ONLY:
            certain &= self._empty(field)
        faithless = self._empty("faiths")
        if "outside_own_circle" in said["groups"]:
            return certain & faithless, perhaps & faithless
        if said["faith"]:
            own = faithless | self._any("faiths", said["faith"])
            return certain & own, perhaps & own
        is_open = "church" in said["context"] or "faith_based_wish" in said["groups"]
        return certain & faithless, perhaps if is_open else perhaps & faithless

    def _language(self, language: str | None) -> tuple[int, int]:
        if language is None:
            return self.index.all, 0
        return self._has("languages", language), self._empty("languages") | self._has("many_languages", "yes")

    def _timetable(self, ways: tuple[v.Way, ...]) -> Sequence[tuple[Week, int]]:
        """Every different week by these ways, and the services that have it."""
        if ways not in self._of_way:
            found: dict[Week, int] = {}
            known: dict[Hours | None, Week] = {}
            for place, one in enumerate(self.index.candidates):
                week = _together((contact for contact in one.contacts if contact.way in ways), known)
                if week != Week():
                    found[week] = found.get(week, 0) | 1 << place
            self._of_way[ways] = tuple(found.items())
        return self._of_way[ways]


def _works(area: frozenset[str], codes: frozenset[str]) -> bool | None:
    """As `rules.area.covers`, in the codes that the rules of matching compare."""
    if "national" in area or area & codes:
        return True
    is_known = bool(area) and bool(codes) and all(one.startswith(_KNOWN_AREAS) for one in area)
    return False if is_known else None


def _together(contacts: Iterable[Contact], known: dict[Hours | None, Week]) -> Week:
    week = Week()
    for one in contacts:
        if one.hours not in known:
            known[one.hours] = week_of(one.hours)
        week |= known[one.hours]
    return week


def is_night(hour: int) -> bool:
    """Whether this hour of the week is one of the night."""
    return hour % HOURS_A_DAY >= NIGHT_BEGINS or hour % HOURS_A_DAY < NIGHT_ENDS


@dataclass(frozen=True, slots=True)
class Summary:
    """How many of some hours are of each state; their sum is `hours`."""

    hours: int
    there: int
    part: int
    unknown: int
    not_there: int


def summary(week: Week, *, of_night: bool = False) -> Summary:
    """The hours of a week, or those of its nights, counted by what can be said of them."""
    states = [state for hour, state in enumerate(week.states()) if not of_night or is_night(hour)]
    return Summary(len(states), *(states.count(one) for one in HelpState))


def provinces(terrain: Terrain, asked: Slice) -> dict[str, Fit]:
    """The services for these people in each of the twelve provinces."""
    return {
        name: terrain.fit(
            Slice(
                asked.role, asked.violence, asked.context, asked.group, asked.language, asked.way, name,
                asked.is_made_for,
            )
        )
        for name in PROVINCES
    }  # fmt: skip
