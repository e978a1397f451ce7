"""Gaps against a second reckoning: plain sets and loops, one service and one minute at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.made_up import HOURS, services
from tests.rules.plain_directory import plain_candidates
from tests.rules.second_interpreter import said_by
from voordeur import vocabulary as v
from voordeur.rules.area import PROVINCES, Municipality, area_codes, covers
from voordeur.rules.gaps import (
    ALWAYS,
    HOURS_A_WEEK,
    MINUTES_AN_HOUR,
    TIMED_WAYS,
    WEEK,
    HelpState,
    Slice,
    Terrain,
    Week,
    is_night,
    summary,
    week_of,
)  # fmt: skip
from voordeur.rules.matching import Candidate, Contact, match
from voordeur.rules.opening import AMSTERDAM, Hours, parse_hours
from voordeur.rules.situation import Situation

MUNICIPALITIES = (
    Municipality("GM0363", "Amsterdam", "Noord-Holland", "Amsterdam-Amstelland", "GGD Amsterdam", 4.9, 52.4),
    Municipality("GM0392", "Haarlem", "Noord-Holland", "Kennemerland", "GGD Kennemerland", 4.6, 52.4),
    Municipality("GM0193", "Zwolle", "Overijssel", "IJsselland", "GGD IJsselland", 6.1, 52.5),
    Municipality("GM0344", "Utrecht", "Utrecht", "Utrecht", "GGD regio Utrecht", 5.1, 52.1),
    Municipality("GM0202", "Arnhem", "Gelderland", "Gelderland-Midden", "GGD Gelderland-Midden", 5.9, 52.0),
)
#: A Monday after which no holiday comes for two weeks, and no clock changes.
ORDINARY = datetime(2026, 6, 8, tzinfo=AMSTERDAM)
YES, PERHAPS, NO = "yes", "perhaps", "no"


@st.composite
def slices(draw: st.DrawFn) -> Slice:
    """Any question."""
    return Slice(
        role=draw(st.sampled_from(v.Role)),
        violence=draw(st.none() | st.sampled_from(v.Violence)),
        context=draw(st.none() | st.sampled_from(v.Context)),
        group=draw(st.none() | st.sampled_from(v.Group)),
        language=draw(st.none() | st.sampled_from(v.LANGUAGES)),
        way=draw(st.none() | st.sampled_from(TIMED_WAYS)),
        province=draw(st.none() | st.sampled_from(("Noord-Holland", "Overijssel", "Utrecht", "Gelderland", "Zeeland"))),
        is_made_for=draw(st.booleans()),
    )


#: A service for everybody, about everything, everywhere.
FOR_ALL = {
    "roles": frozenset(map(str, v.Role)), "primary_roles": frozenset(map(str, v.Role)),
    "violence": frozenset(map(str, v.Violence)), "violence_focus": frozenset(map(str, v.Violence)),
    "area": frozenset({"national"}), "languages": frozenset(v.LANGUAGES),
}  # fmt: skip


@st.composite
def directories(draw: st.DrawFn) -> list[Candidate]:
    """Made-up services, most of them for everybody but for two or three things, so that each thing is met by itself."""
    found = []
    for one in draw(services()):
        kept = draw(st.none() | st.sets(st.sampled_from(sorted(one.fields)), max_size=3))
        fields = one.fields if kept is None else {**FOR_ALL, **{name: one.fields[name] for name in kept}}
        chat = Contact(v.ChannelKind.CHAT, hours=draw(st.sampled_from(HOURS).map(parse_hours)))
        contacts = one.contacts if kept is None else (*one.contacts, chat)
        found.append(replace(one, fields=fields, contacts=contacts))
    return found


def standing(one: Candidate, asked: Slice) -> str:
    """Whether a service is for these people, from the words of the docstrings alone."""
    groups = frozenset() if asked.group is None else frozenset({asked.group})
    said = said_by(Situation(role=asked.role, context=asked.context, groups=groups))
    has = {name: set(codes) for name, codes in one.fields.items()}

    def field(name: str) -> set[str]:
        return has.get(name, set())

    ways = {v.Way(way) for way in (asked.ways)}
    if asked.role not in field("roles") or not any(contact.way in ways for contact in one.contacts):
        return NO
    if field("function") & {"tip_line"} or field("takes_people") & {"no"}:
        return NO
    if field("contexts_only") and not field("contexts_only") & said["context"]:
        return NO
    if asked.violence and asked.violence not in field("violence_focus" if asked.is_made_for else "violence"):
        return NO
    if asked.is_made_for:
        if asked.role not in field("primary_roles"):
            return NO
        if asked.context and asked.context not in field("contexts_only") | field("contexts"):
            return NO
        own = (field("groups_only") | field("groups_focus")) & said["groups"] | field("faiths") & said["faith"]
        if asked.group and not own:
            return NO
    found = [YES]
    if field("groups_only") and not field("groups_only") & said["groups"]:
        found.append(PERHAPS if field("groups_only") & said["groups_possible"] else NO)
    if field("ages") and not said["ages"] <= field("ages"):
        found.append(PERHAPS if field("ages") & said["ages"] else NO)
    if field("relations_only") or field("when_only"):
        found.append(PERHAPS)
    if field("faiths"):
        if "outside_own_circle" in said["groups"]:
            found.append(NO)
        elif said["faith"]:
            found.append(YES if field("faiths") & said["faith"] else NO)
        else:
            is_open = "church" in said["context"] or "faith_based_wish" in said["groups"]
            found.append(PERHAPS if is_open else NO)
    if asked.language and asked.language not in field("languages"):
        found.append(PERHAPS if not field("languages") or "yes" in field("many_languages") else NO)
    found.append(_in_place(field("area"), asked.province))
    if "uncertain" in field("status"):
        found.append(PERHAPS)
    return NO if NO in found else PERHAPS if PERHAPS in found else YES


def _in_place(area: set[str], province: str | None) -> str:
    living = [one for one in MUNICIPALITIES if province in (None, one.province)]
    answers = {covers(tuple(area) or None, one) for one in living or (None,)}
    return YES if answers == {True} else NO if answers == {False} else PERHAPS


@cache
def quarters_of(hours: Hours | None) -> tuple[v.OpenState, ...]:
    """The state in each quarter of an ordinary week, by the clock of rules/opening."""
    if hours is None:
        return (v.OpenState.UNKNOWN,) * (WEEK // 15)
    return tuple(hours.state(ORDINARY + timedelta(minutes=step)) for step in range(0, WEEK, 15))


def plainly(candidates: list[Candidate], asked: Slice) -> list[HelpState]:
    """The 168 hours, quarter by quarter: all hours of the made-up services turn on a quarter, but for one minute."""
    quarters = ["gone"] * (WEEK // 15)
    for one in candidates:
        kind = standing(one, asked)
        for contact in one.contacts:
            if kind == NO or contact.way not in asked.ways:
                continue
            for place, state in enumerate(quarters_of(contact.hours)):
                if state is v.OpenState.OPEN and kind == YES:
                    quarters[place] = "there"
                elif state is not v.OpenState.CLOSED and quarters[place] == "gone":
                    quarters[place] = "unknown"
    states = []
    for hour in range(HOURS_A_WEEK):
        four = quarters[hour * 4 : hour * 4 + 4]
        if set(four) == {"there"}:
            states.append(HelpState.THERE)
        elif "there" in four:
            states.append(HelpState.PART)
        else:
            states.append(HelpState.UNKNOWN if "unknown" in four else HelpState.NOT_THERE)
    return states


def by_quarters(candidates: list[Candidate]) -> list[Candidate]:
    """Without the service that is open for one minute: the second reckoning looks every quarter of an hour."""
    minute = parse_hours("Mo 09:00-09:01")
    return [
        replace(one, contacts=tuple(contact for contact in one.contacts if contact.hours != minute))
        for one in candidates
    ]


@settings(max_examples=50, deadline=None)
@given(directories(), slices())
def test_every_hour_is_what_a_plain_reckoning_says(candidates: list[Candidate], asked: Slice) -> None:
    candidates = by_quarters(candidates)
    terrain = Terrain(candidates, MUNICIPALITIES)
    assert list(terrain.week(asked).states()) == plainly(candidates, asked)


@settings(max_examples=120, deadline=None)
@given(directories(), slices())
def test_a_service_is_for_these_people_as_the_plain_reckoning_says(candidates: list[Candidate], asked: Slice) -> None:
    terrain = Terrain(candidates, MUNICIPALITIES)
    fit = terrain.fit(asked)
    for place, one in enumerate(terrain.index.candidates):
        found = YES if fit.certain >> place & 1 else PERHAPS if fit.uncertain >> place & 1 else NO
        assert found == standing(one, asked), one
    assert fit.certain & fit.uncertain == 0
    everything = 0
    for _, mask in fit.doubts:
        everything |= mask
    assert everything == fit.uncertain, "whoever is only perhaps there has a reason"


@settings(max_examples=60, deadline=None)
@given(directories(), directories(), slices())
def test_one_service_more_never_makes_a_gap_larger(
    candidates: list[Candidate], more: list[Candidate], asked: Slice
) -> None:
    known = {(one.organization, one.service) for one in candidates}
    added = [one for one in more if (one.organization, one.service) not in known]
    before = Terrain(candidates, MUNICIPALITIES).week(asked)
    after = Terrain([*candidates, *added], MUNICIPALITIES).week(asked)
    assert after.not_there & ~before.not_there == 0
    assert before.there & ~after.there == 0


@settings(max_examples=60, deadline=None)
@given(directories(), slices())
def test_hours_that_nobody_wrote_down_are_never_help_and_never_a_gap(candidates: list[Candidate], asked: Slice) -> None:
    silent = [
        replace(one, contacts=tuple(replace(contact, hours=None) for contact in one.contacts)) for one in candidates
    ]
    terrain = Terrain(silent, MUNICIPALITIES)
    week, fit = terrain.week(asked), terrain.fit(asked)
    assert week.there == 0
    assert week.unknown == (ALWAYS if fit.certain | fit.uncertain else 0)
    assert all(count.there == 0 for count in terrain.counts(asked))


@settings(max_examples=60, deadline=None)
@given(directories(), slices())
def test_numbers_agree_with_states(candidates: list[Candidate], asked: Slice) -> None:
    terrain = Terrain(candidates, MUNICIPALITIES)
    for state, count in zip(terrain.week(asked).states(), terrain.counts(asked), strict=True):
        assert (count.there > 0) == (state in (HelpState.THERE, HelpState.PART))
        assert (state is HelpState.NOT_THERE) == (count.there == count.perhaps == 0)


@settings(max_examples=80, deadline=None)
@given(directories(), slices())
def test_whoever_certainly_counts_would_be_in_the_answer_at_the_door(candidates: list[Candidate], asked: Slice) -> None:
    """Fitting means the same here as for a visitor (rules/matching)."""
    if asked.violence is None:
        asked = replace(asked, violence=v.Violence.SEXUAL_VIOLENCE)
    terrain = Terrain(candidates, MUNICIPALITIES)
    place = next((one for one in MUNICIPALITIES if one.province == asked.province), None)
    situation = Situation(
        role=asked.role,
        violence=frozenset({asked.violence or v.Violence.UNKNOWN}),
        context=asked.context,
        groups=frozenset() if asked.group is None else frozenset({asked.group}),
        language=asked.language or "nl",
        area=area_codes(place),
    )
    answer = {one.organization for one in match(situation, terrain.index, datetime(2026, 6, 9, 12, tzinfo=UTC)).results}
    certain = terrain.fit(asked).certain
    assert {one.organization for at, one in enumerate(terrain.index.candidates) if certain >> at & 1} <= answer


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, WEEK - 1), st.integers(1, 3000)), max_size=8))
def test_the_longest_gap_is_the_one_that_counting_minute_by_minute_finds(spans: list[tuple[int, int]]) -> None:
    there = 0
    for start, length in spans:
        bits = ((1 << length) - 1) << start
        there |= bits & ALWAYS | bits >> WEEK
    gone = [not there >> minute & 1 for minute in range(WEEK)]
    gap = Week(there).longest_gap()
    if not any(gone) or all(gone):
        assert gap == (None if not any(gone) else (0, WEEK))
        return
    best, begin, run = 0, 0, 0
    for step in range(2 * WEEK):
        run = run + 1 if gone[step % WEEK] else 0
        if run > best:
            best, begin = run, (step - run + 1) % WEEK
    assert gap is not None
    assert gap[1] == best
    assert all(gone[(gap[0] + minute) % WEEK] for minute in range(best))
    assert begin == gap[0] or gap[1] == best


def test_a_night_that_begins_on_sunday_runs_into_monday() -> None:
    week = week_of(parse_hours("Su 22:00-06:00"))
    assert [hour for hour, state in enumerate(week.states()) if state is HelpState.THERE] == [
        *range(6), HOURS_A_WEEK - 2, HOURS_A_WEEK - 1,
    ]  # fmt: skip


def test_half_an_hour_is_part_of_an_hour_and_two_halves_are_a_whole() -> None:
    first, second = week_of(parse_hours("Mo 09:00-09:30")), week_of(parse_hours("Mo 09:30-10:00"))
    assert first.state(9) is second.state(9) is HelpState.PART
    assert (first | second).state(9) is HelpState.THERE
    assert (first | week_of(None)).state(9) is HelpState.PART
    assert (first | week_of(None)).state(8) is HelpState.UNKNOWN


def test_open_beats_not_known_and_that_beats_closed() -> None:
    unknown = week_of(parse_hours("Mo-Su 00:00-24:00 unknown"))
    assert summary(unknown).unknown == HOURS_A_WEEK
    assert summary(unknown | week_of(parse_hours("24/7"))).there == HOURS_A_WEEK
    assert summary(Week()).not_there == HOURS_A_WEEK


def test_there_are_eight_hours_in_each_of_seven_nights() -> None:
    assert sum(map(is_night, range(HOURS_A_WEEK))) == 56
    assert summary(Week(), of_night=True).hours == 56


def test_a_service_of_one_town_is_no_certain_help_for_its_province() -> None:
    terrain = Terrain(
        [_plain("town", area=("municipality:Amsterdam",)), _plain("land", area=("national",)), _plain("none", area=())],
        MUNICIPALITIES,
    )
    names = [one.organization for one in terrain.index.candidates]
    certain, perhaps = terrain.place("Noord-Holland")
    assert [name for at, name in enumerate(names) if certain >> at & 1] == ["land"]
    assert [name for at, name in enumerate(names) if perhaps >> at & 1] == ["none", "town"]
    assert terrain.place("Overijssel")[1] == 1 << names.index("none")


def _plain(name: str, *, area: tuple[str, ...]) -> Candidate:
    contact = Contact(v.ChannelKind.CHAT, hours=parse_hours("24/7"))
    fields = {"roles": frozenset({"victim"}), "area": frozenset(area)}
    return Candidate(name, "s", fields, (contact,))


def test_of_our_own_directory_every_province_is_as_well_off_as_the_whole_country() -> None:
    terrain = Terrain(plain_candidates(), MUNICIPALITIES)
    for way in (None, *TIMED_WAYS):
        whole = terrain.week(Slice(way=way))
        for province in PROVINCES:
            assert whole.there & ~terrain.week(Slice(way=way, province=province)).there == 0


@pytest.mark.parametrize("way", [v.Way.PHONE, v.Way.CHAT])
def test_an_ordinary_week_is_what_the_clock_says_in_such_a_week(way: v.Way) -> None:
    """Every contact of the directory, hour by hour, against rules/opening."""
    for one in plain_candidates():
        for contact in one.contacts:
            if contact.hours is None or contact.way is not way:
                continue
            week = week_of(contact.hours)
            for hour in range(HOURS_A_WEEK):
                state = contact.hours.state(ORDINARY + timedelta(hours=hour))
                bit = 1 << hour * MINUTES_AN_HOUR
                assert bool(week.there & bit) == (state is v.OpenState.OPEN), one.organization
                assert bool(week.unknown & bit) == (state is v.OpenState.UNKNOWN), one.organization
