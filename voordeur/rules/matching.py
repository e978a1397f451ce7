"""Which help fits a situation, in what order, for which reasons, and which gaps must be said.

Danger first; then what is meant for this violence, setting and person; then what can be reached now;
then the wishes (report 6.8; at most three lead, because abundance is itself a threshold, 2.4).
What fits is said in `matching_rules.toml`; this module only carries it out. Candidates are held as bits
of whole numbers, so that one rule is one operation on all candidates at once (voordeur/rules/ranking.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from voordeur import vocabulary as v
from voordeur.rules.opening import Hours, Status
from voordeur.rules.ranking import Owners, Result, Results, Tally, places, union
from voordeur.rules.rulebook import Condition, Predicate, Rule, Rulebook, load_rulebook
from voordeur.rules.situation import Situation, terms

LEADING = 3
Masks = Mapping[str, Mapping[str, int]]
_HOURS_UNKNOWN = Status(v.OpenState.UNKNOWN, None, None)


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact point: its kind, what to dial or open (None: not known), cost and hours (None: not known)."""

    kind: v.ChannelKind
    value: str | None = None
    cost: v.Cost | None = None
    hours: Hours | None = None
    key: str = ""
    #: The way in which the visitor uses it, and whether a person answers at once; both follow from the kind.
    way: v.Way = field(init=False, repr=False, compare=False)
    is_live: bool = field(init=False, repr=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "way", v.WAY_OF_CHANNEL[self.kind])
        object.__setattr__(self, "is_live", self.way in v.LIVE_WAYS)
        object.__setattr__(self, "_hash", hash((self.kind, self.value, self.cost, self.hours, self.key)))

    def __hash__(self) -> int:
        return self._hash  # worked out once: each page looks up some hundred contacts

    def status(self, moment: datetime) -> Status:
        """Open, closed or unknown at `moment`, until when, and when next."""
        if self.hours is None:
            return _HOURS_UNKNOWN
        return self.hours.status(moment)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One service of one organisation as plain values: `fields` holds sets of codes by name."""

    organization: str
    service: str
    fields: Mapping[str, frozenset[str]]
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether this person can reach it live now (None: not known), until when, when next, and by which contacts."""

    open_now: bool | None
    open_until: datetime | None
    next_open: datetime | None
    contacts: tuple[tuple[Contact, Status], ...]


class Index:
    """The candidates laid out as bits; made once for each state of the directory, and never changed."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.candidates = tuple(sorted(candidates, key=lambda one: (one.organization, one.service)))
        self.all = (1 << len(self.candidates)) - 1
        self.masks: dict[str, dict[str, int]] = {}
        #: By live way and hours: who can be reached by it, and who of these at a number or address that is known.
        self.live: dict[str, dict[Hours | None, tuple[int, int]]] = {}
        self.owners = Owners([one.organization for one in self.candidates])
        self.services = [one.service for one in self.candidates]
        for place, candidate in enumerate(self.candidates):
            bit = 1 << place
            ways = {str(contact.way) for contact in candidate.contacts}
            for name, codes in {**candidate.fields, "ways": ways}.items():
                by_code = self.masks.setdefault(name, {})
                for code in codes:
                    by_code[code] = by_code.get(code, 0) | bit
            for contact in candidate.contacts:
                if contact.is_live:
                    by_hours = self.live.setdefault(str(contact.way), {})
                    there, known = by_hours.get(contact.hours, (0, 0))
                    by_hours[contact.hours] = there | bit, known | (0 if contact.value is None else bit)
        self.filled = {name: union(by_code.values()) for name, by_code in self.masks.items()}
        self.contacts = {organization: self._contacts_of(mask) for organization, mask in self.owners.members.items()}
        self._of_some: dict[int, tuple[Contact, ...]] = {}
        self._statuses: tuple[int, dict[Contact, Status]] = (0, {})

    @cached_property
    def organizations(self) -> tuple[str, ...]:
        """Every organisation's id, in order."""
        return tuple(self.owners.members)

    def openness(self, moment: datetime) -> Masks:
        """Which candidates are open, and of which it is not known, by each live way at `moment`.

        Answered ways: open, and at a number or address that is known.
        """
        opened: dict[str, int] = {}
        answered: dict[str, int] = {}
        unknown: dict[str, int] = {}
        for way, by_hours in self.live.items():
            for hours, (there, known) in by_hours.items():
                state = v.OpenState.UNKNOWN if hours is None else hours.state(moment)
                if state is v.OpenState.OPEN:
                    opened[way] = opened.get(way, 0) | there
                    answered[way] = answered.get(way, 0) | known
                elif state is v.OpenState.UNKNOWN:
                    unknown[way] = unknown.get(way, 0) | there
        return {"open_ways": opened, "answered_ways": answered, "unknown_ways": unknown}

    def _contacts_of(self, mask: int) -> tuple[Contact, ...]:
        """The contact points of these candidates, each once."""
        return tuple(dict.fromkeys(one for place in places(mask) for one in self.candidates[place].contacts))

    def contacts_of(self, organization: str, *preferences: int) -> tuple[Contact, ...]:
        """The contact points of the organisation's services in the first of these sets that holds one of them; of all
        its services when none does. Raises KeyError for an organisation that is not in the index.
        """
        everyone = self.owners.members[organization]
        for wanted in preferences:
            some = everyone & wanted
            if some == everyone:
                break
            if some:
                found = self._of_some.get(some)
                if found is None:
                    found = self._of_some[some] = self._contacts_of(some)
                return found
        return self.contacts[organization]

    def _statuses_at(self, minute: int) -> dict[Contact, Status]:
        """What was found so far for this minute: hours turn on whole minutes, and many ask within one."""
        kept = self._statuses
        if kept[0] != minute:
            kept = self._statuses = (minute, {})
        return kept[1]

    def reach(self, organization: str, ways: frozenset[v.Way], moment: datetime, *preferences: int) -> Reach:
        """How a person with these `ways` reaches the organisation at `moment`; `preferences` as in `contacts_of`."""
        known = self._statuses_at(int(moment.timestamp() // 60))
        usable: list[tuple[Contact, Status]] = []
        for one in self.contacts_of(organization, *preferences):
            if one.way in ways:
                if one not in known:
                    known[one] = one.status(moment)
                usable.append((one, known[one]))
        live = [status for contact, status in usable if contact.is_live]
        opened = [status for status in live if status.state is v.OpenState.OPEN]
        if opened:
            endless = any(status.until is None for status in opened)
            until = None if endless else max(status.until for status in opened if status.until)
            return Reach(True, until, None, tuple(usable))
        unknown = any(status.state is v.OpenState.UNKNOWN for status in live)
        coming = [status.next_open for status in live if status.next_open]
        return Reach(None if unknown else False, None, min(coming, default=None), tuple(usable))


@dataclass(frozen=True)
class Answer:
    """The whole answer: emergency on top or not, organisations in order, and what must be said to be missing."""

    emergency: bool
    results: Results
    leading: int
    gaps: tuple[v.Gap, ...]
    best_fit: str | None
    _index: Index
    _hits: tuple[tuple[str, int], ...]
    _situation: Situation
    _moment: datetime
    _preferences: tuple[int, ...]

    def reasons(self, result: Result) -> tuple[str, ...]:
        """Why this result stands where it stands: codes of the rulebook, in its order."""
        bit = 1 << result.place
        found: dict[str, None] = {}
        for reason, mask in self._hits:
            if mask & bit:
                found.setdefault(reason)
        return tuple(found)

    def reach(self, organization: str) -> Reach:
        """How the person of this answer reaches an organisation (KeyError when there is none).

        By the services that may lead for this person; else by those in the answer; else by all.
        """
        return self._index.reach(organization, self._situation.ways, self._moment, *self._preferences)

    @property
    def organizations(self) -> tuple[str, ...]:
        """Every organisation of the directory, whether it fits or not, in the order of their ids."""
        return self._index.organizations

    def open_now(self) -> dict[str, bool | None]:
        """For every organisation whether this person can reach it live now; None when the hours are not known."""
        return {name: self.reach(name).open_now for name in self.organizations}


def holds(condition: Condition, said: Mapping[str, frozenset[str]]) -> bool:
    """Whether every term of the condition has one of its codes in what was said ("*": any code at all)."""
    for term, codes in condition.items():
        there = said.get(term)
        if not there or (codes.isdisjoint(there) and "*" not in codes):
            return False
    return True


def _applies(rule_when: Condition, unless: Sequence[Condition], said: Mapping[str, frozenset[str]]) -> bool:
    if rule_when and not holds(rule_when, said):
        return False
    return not unless or not any(holds(one, said) for one in unless)


class _Evaluation:
    """The predicates of one situation at one moment, each worked out once."""

    def __init__(self, index: Index, book: Rulebook, said: Mapping[str, frozenset[str]], now: Masks) -> None:
        self.index, self.book, self.said = index, book, said
        self.masks: Masks = {**index.masks, **now}
        self.known: dict[str, int] = {}

    def predicate(self, name: str) -> int:
        if name not in self.known:
            self.known[name] = self._work_out(self.book.predicates[name])
        return self.known[name]

    def _work_out(self, one: Predicate) -> int:
        by_code = self.masks.get(one.field, {})
        if one.meets is not None:
            return union([by_code.get(code, 0) for code in self.said.get(one.meets, ())])
        if one.within is not None:
            found = self.index.all
            for code in self.said.get(one.within, ()):
                found &= by_code.get(code, 0)
                if not found:
                    break
            return found
        if one.only:
            others = union(mask for code, mask in by_code.items() if code not in one.only)
            return union(by_code.get(code, 0) for code in one.only) & ~others
        if one.empty is not None:
            filled = self.index.filled.get(one.field, 0)
            return (self.index.all & ~filled) if one.empty else filled
        return union([by_code.get(code, 0) for code in one.has])

    def candidates(self, names: Sequence[tuple[str, bool]]) -> int:
        found = self.index.all
        for name, wanted in names:
            mask = self.predicate(name)
            found &= mask if wanted else ~mask
        return found


def derive(said: Mapping[str, frozenset[str]], book: Rulebook) -> dict[str, frozenset[str]]:
    """What was said, with what follows from it by the rulebook, in its order."""
    known = dict(said)
    for one in book.derivations:
        if _applies(one.when, one.unless, known):
            for term, codes in one.add.items():
                known[term] = known.get(term, frozenset()) | codes
    return known


def match(
    situation: Situation,
    candidates: Index | Iterable[Candidate],
    moment: datetime,
    book: Rulebook | None = None,
    now: Masks | None = None,
    preferred: Sequence[str] = (),
) -> Answer:
    """The help that fits `situation` at `moment` (aware), best first.

    Gives an Answer: organisations in order (the first `leading` of them lead), whether emergency help comes
    before all else, and the gaps to be said. The order of `candidates` changes nothing. `now` is
    `Index.openness(moment)` when the caller has it already. `preferred` are ids of organisations, best first: they
    decide only between those that fit equally well. Raises ValueError for a moment without zone.
    """
    index = candidates if isinstance(candidates, Index) else Index(candidates)
    book = book or load_rulebook()
    said = derive(terms(situation), book)
    seen = _Evaluation(index, book, said, now or index.openness(moment))
    active = [(rule, seen.candidates(rule.candidates)) for rule in book.rules if _applies(rule.when, rule.unless, said)]

    kept = index.all & ~_stage(active, "exclude")
    if not kept and v.Violence.UNKNOWN not in situation.violence:
        return match(replace(situation, violence=frozenset({v.Violence.UNKNOWN})), index, moment, book, now, preferred)
    held = kept & _stage(active, "hold")
    free = kept & ~held
    tally = Tally(index.all)
    _add(active, ("fit",), tally)
    best = next((index.candidates[next(places(group))].organization for group in tally.ranks(free)), None)
    _add(active, ("reach", "wish"), tally)

    stated = {name: place for place, name in enumerate(preferred)}
    results = Results(index.owners, index.services, tally, free, held, sorted(stated, key=stated.__getitem__))
    # Never a dead end: when nobody of those who lead can be reached now, the best who can becomes the third.
    answered = union(seen.masks["answered_ways"].get(str(way), 0) for way in situation.ways)
    results.lift(index.owners.of(free & answered), LEADING)
    leading = min(LEADING, results.free_count)
    sets = {
        "all": index.all,
        "results": kept,
        "leading": union(1 << one.place for one in results[:leading]),
        "best_fit": 0 if best is None else index.owners.members[best],
    }
    gaps = tuple(
        v.Gap(one.gap)
        for one in book.gaps
        if _applies(one.when, one.unless, said)
        and index.owners.of(seen.candidates(one.candidates) & sets[one.among]).bit_count() < one.fewer_than
    )
    hits = tuple((rule.reason, mask) for rule, mask in active if rule.reason)
    return Answer(
        emergency="yes" in said["acute"],
        results=results,
        leading=leading,
        gaps=gaps,
        best_fit=best,
        _index=index,
        _hits=hits,
        _situation=situation,
        _moment=moment,
        _preferences=(free, kept),
    )


def _stage(active: Iterable[tuple[Rule, int]], stage: str) -> int:
    return union(mask for rule, mask in active if rule.stage == stage)


def _add(active: Iterable[tuple[Rule, int]], stages: tuple[str, ...], tally: Tally) -> None:
    for rule, mask in active:
        if rule.stage in stages:
            tally.add(rule.points, mask)
