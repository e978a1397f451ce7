"""Getting in touch is refused unless the visitor said yes to this way, now; against a clock that is walked by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.opening_oracle import CHANGES, DAY, MOMENTS, NEAR, RELAXED, ZERO, minute_of
from voordeur.rules.opening import AMSTERDAM
from voordeur.rules.safe_contact import (
    MOST_WINDOWS,
    SafeContact,
    SafeContactError,
    WayRule,
    Window,
    may_contact,
    read,
    written,
)
from voordeur.vocabulary import ContactRefusal, ContactWay, MayAnswer

PHONE, MAIL, HERE = ContactWay.PHONE, ContactWay.MAIL, ContactWay.HERE
OUTGOING = [way for way in ContactWay if way is not HERE]
ALWAYS = Window(frozenset(range(7)), 0, DAY)
OPEN = WayRule((ALWAYS,), MayAnswer.ANYONE)
NOON = datetime(2026, 11, 25, 12, tzinfo=AMSTERDAM)  # a Wednesday

WINDOWS = (
    st.tuples(
        st.frozensets(st.integers(0, 6), min_size=1),
        st.integers(0, DAY - 1) | st.sampled_from([0, 119, 120, 121, 179, 180, 181, DAY - 1]),
        st.integers(0, DAY) | st.sampled_from([0, 1, 120, 180, DAY]),
    )
    .filter(lambda parts: parts[1] != parts[2])
    .map(lambda parts: Window(*parts))
)
WAY_RULES = st.builds(WayRule, st.lists(WINDOWS, max_size=3).map(tuple), st.sampled_from(MayAnswer), st.booleans())
DAYS = st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31))
RULES = st.builds(
    SafeContact,
    st.dictionaries(st.sampled_from(OUTGOING), WAY_RULES),
    st.frozensets(st.sampled_from(OUTGOING), max_size=2),
    DAYS,
)
MINUTES = MOMENTS | st.sampled_from(NEAR).map(minute_of)
WAYS = st.sampled_from(OUTGOING)


def at(minute: int) -> datetime:
    return ZERO + timedelta(minutes=minute)


def asked(
    rule: SafeContact | None, way: ContactWay = PHONE, moment: datetime = NOON, *, word: bool = True, alone: bool = True
) -> ContactRefusal | None:
    return may_contact(rule, way=way, moment=moment, says_code_word=word, hangs_up_for_others=alone)


def wall(minute: int) -> tuple[date, int]:
    """The day and the minute that a clock on a Dutch wall shows, from clock changes written out by hand."""
    ahead = next((after for change, after in reversed(CHANGES) if minute >= minute_of(change)), 1)
    shown = minute + ahead * 60
    return ZERO.date() + timedelta(days=shown // DAY), shown % DAY


def painted(windows: tuple[Window, ...]) -> set[tuple[int, int]]:
    """Every minute of the week that lies in a window, by walking from its beginning until its end."""
    found = set()
    for window in windows:
        for weekday in window.weekdays:
            day, minute = weekday, window.from_minute
            while True:
                found.add((day, minute))
                minute += 1
                if minute == window.to_minute:
                    break
                if minute == DAY:
                    day, minute = (day + 1) % 7, 0
                    if window.to_minute == 0:
                        break
    return found


def naively(rule: SafeContact, way: ContactWay, minute: int, *, word: bool, alone: bool) -> bool:
    if way in rule.never or way not in rule.ways:
        return False
    day, shown = wall(minute)
    of_way = rule.ways[way]
    in_time = (day.weekday(), shown) in painted(of_way.windows) and (rule.until is None or day <= rule.until)
    said = word or not of_way.has_code_word
    return in_time and said and (alone or of_way.who_may_answer is MayAnswer.ANYONE)


@RELAXED
@given(RULES, WAYS, MINUTES, st.booleans(), st.booleans())
def test_what_may_is_what_walking_minute_by_minute_finds(
    rule: SafeContact, way: ContactWay, minute: int, word: bool, alone: bool
) -> None:
    may = asked(rule, way, at(minute), word=word, alone=alone) is None
    assert may == naively(rule, way, minute, word=word, alone=alone)


@RELAXED
@given(WINDOWS, MINUTES)
def test_one_window_opens_its_own_minutes_and_no_other(window: Window, minute: int) -> None:
    day, shown = wall(minute)
    rule = SafeContact({PHONE: WayRule((window,), MayAnswer.ANYONE)})
    inside = (day.weekday(), shown) in painted((window,))
    assert asked(rule, moment=at(minute)) == (None if inside else ContactRefusal.OUTSIDE_TIMES)


@pytest.mark.parametrize("way", OUTGOING)
@pytest.mark.parametrize("rule", [None, SafeContact(), SafeContact(until=date(2030, 1, 1))])
def test_every_way_refuses_by_default(way: ContactWay, rule: SafeContact | None) -> None:
    assert asked(rule, way) is ContactRefusal.NOT_PERMITTED


@RELAXED
@given(RULES, WAYS, MINUTES)
def test_a_yes_to_other_ways_opens_none_besides(rule: SafeContact, way: ContactWay, minute: int) -> None:
    rest = replace(rule, ways={other: of_way for other, of_way in rule.ways.items() if other is not way})
    assert asked(rest, way, at(minute)) in (ContactRefusal.NOT_PERMITTED, ContactRefusal.NEVER)


@RELAXED
@given(RULES, WAYS, MINUTES, st.booleans(), st.booleans())
def test_never_beats_everything(rule: SafeContact, way: ContactWay, minute: int, word: bool, alone: bool) -> None:
    shut = replace(rule, ways={**rule.ways, way: OPEN}, never=rule.never | {way})
    assert asked(shut, way, at(minute), word=word, alone=alone) is ContactRefusal.NEVER


@RELAXED
@given(st.none() | RULES, MINUTES, st.booleans(), st.booleans())
def test_the_conversation_here_is_always_open(rule: SafeContact | None, minute: int, word: bool, alone: bool) -> None:
    assert asked(rule, HERE, at(minute), word=word, alone=alone) is None


@RELAXED
@given(RULES, WAYS, MINUTES, st.booleans(), st.booleans(), st.data())
def test_removing_a_window_or_a_way_or_adding_a_wish_never_permits_more(
    rule: SafeContact, way: ContactWay, minute: int, word: bool, alone: bool, data: st.DataObject
) -> None:
    of_way = rule.ways.get(way, WayRule(()))
    cut = data.draw(st.integers(0, len(of_way.windows)))
    stricter = [
        WayRule(of_way.windows[:cut] + of_way.windows[cut + 1 :], of_way.who_may_answer, of_way.has_code_word),
        replace(of_way, has_code_word=True),
        replace(of_way, who_may_answer=MayAnswer.ONLY_ME),
    ]
    with_way = replace(rule, ways={**rule.ways, way: of_way})
    rules = [replace(rule, ways={**rule.ways, way: one}) for one in stricter]
    rules.append(replace(with_way, until=min(date(2026, 6, 1), rule.until or date.max)))
    if asked(with_way, way, at(minute), word=word, alone=alone) is not None:
        for one in rules:
            assert asked(one, way, at(minute), word=word, alone=alone) is not None


def test_the_word_and_who_answers_are_asked_for() -> None:
    strict = SafeContact({PHONE: WayRule((ALWAYS,), has_code_word=True)})
    assert asked(strict, word=False) is ContactRefusal.CODE_WORD_NEEDED
    assert asked(strict, alone=False) is ContactRefusal.ONLY_TO_HER_SELF
    assert asked(strict) is None
    assert asked(SafeContact({PHONE: OPEN}), word=False, alone=False) is None


def test_without_times_a_way_is_shut() -> None:
    assert asked(SafeContact({PHONE: WayRule(())})) is ContactRefusal.OUTSIDE_TIMES


def test_the_last_day_is_the_whole_day_in_the_netherlands() -> None:
    rule = SafeContact({PHONE: OPEN}, until=date(2026, 7, 1))
    assert asked(rule, moment=datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC)) is None
    assert asked(rule, moment=datetime(2026, 7, 1, 22, tzinfo=UTC)) is ContactRefusal.PAST


def test_a_window_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    rule = SafeContact({PHONE: WayRule((Window(frozenset({6}), 23 * 60, 60),))})
    sunday = datetime(2026, 11, 29, tzinfo=AMSTERDAM)
    assert asked(rule, moment=sunday.replace(hour=0, minute=30)) is ContactRefusal.OUTSIDE_TIMES
    assert asked(rule, moment=sunday.replace(hour=23)) is None
    assert asked(rule, moment=datetime(2026, 11, 30, 0, 59, 59, tzinfo=AMSTERDAM)) is None
    assert asked(rule, moment=datetime(2026, 11, 30, 1, tzinfo=AMSTERDAM)) is ContactRefusal.OUTSIDE_TIMES


def test_the_hour_that_spring_skips_does_not_occur_and_that_autumn_repeats_counts_twice() -> None:
    rule = SafeContact({PHONE: WayRule((Window(frozenset({6}), 120, 180),))})
    spring = [asked(rule, moment=datetime(2026, 3, 29, 0, minute, tzinfo=UTC)) for minute in (59,)]
    spring.append(asked(rule, moment=datetime(2026, 3, 29, 1, tzinfo=UTC)))
    assert spring == [ContactRefusal.OUTSIDE_TIMES] * 2
    assert [asked(rule, moment=datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) for hour in (0, 1)] == [None, None]
    assert asked(rule, moment=datetime(2026, 10, 25, 2, tzinfo=UTC)) is ContactRefusal.OUTSIDE_TIMES


def test_a_moment_without_a_zone_is_refused_for_every_way() -> None:
    for way in ContactWay:
        with pytest.raises(ValueError, match="no time zone"):
            asked(SafeContact({PHONE: OPEN}), way, datetime(2026, 11, 25, 12))


def test_a_rule_does_not_change_with_what_it_was_made_from() -> None:
    ways: dict[ContactWay, WayRule] = {}
    rule = SafeContact(ways)
    ways[PHONE] = OPEN
    assert asked(rule) is ContactRefusal.NOT_PERMITTED


@RELAXED
@given(RULES)
def test_a_rule_that_is_written_is_read_back_the_same(rule: SafeContact) -> None:
    text = json.dumps(written(rule))
    again = read(json.loads(text))
    assert again == rule
    assert json.dumps(written(again)) == text


def _rule() -> dict[str, object]:
    return written(SafeContact({PHONE: WayRule((ALWAYS,))}, frozenset({MAIL}), date(2026, 12, 31)))


def _with_window(**changed: object) -> dict[str, object]:
    window = {"weekdays": [0], "from_minute": 0, "to_minute": 60} | changed
    return _with_way(windows=[window])


def _with_way(**changed: object) -> dict[str, object]:
    of_way = {"windows": [], "who_may_answer": "only_me", "has_code_word": False} | changed
    return _rule() | {"ways": {"phone": of_way}}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "exactly these parts"),
        ([], "exactly these parts"),
        ({"ways": {}, "never": []}, "exactly these parts"),
        (_rule() | {"code_word": "x"}, "exactly these parts"),
        (_rule() | {"ways": []}, "ways are named"),
        (_rule() | {"ways": {"pigeon": {}}}, "no way"),
        (_rule() | {"ways": {"phone": None}}, "A way has exactly"),
        (_rule() | {"never": "mail"}, "a list is expected"),
        (_rule() | {"never": ["pigeon"]}, "no way"),
        (_rule() | {"never": [["mail"]]}, "no way"),
        (_rule() | {"never": ["here"]}, "comes herself"),
        (_rule() | {"ways": {"here": _with_way()["ways"]["phone"]}}, "comes herself"),  # type: ignore[index]
        (_rule() | {"until": "31-12-2026"}, "The last day"),
        (_rule() | {"until": "20261231"}, "The last day"),
        (_rule() | {"until": "2026-02-30"}, "The last day"),
        (_rule() | {"until": 20261231}, "The last day"),
        (_with_way(who_may_answer="my husband"), "Who may answer"),
        (_with_way(who_may_answer=None), "Who may answer"),
        (_with_way(has_code_word=1), "true or false"),
        (_with_way(windows=None), "a list is expected"),
        (_with_way(windows=[{}]), "A window has exactly"),
        (_with_way(windows=[{}] * 21), "at most 20"),
        (_with_window(weekdays=[]), "days of the week"),
        (_with_window(weekdays=[7]), "days of the week"),
        (_with_window(weekdays=[-1]), "days of the week"),
        (_with_window(weekdays=[0, 0]), "once"),
        (_with_window(weekdays=[True]), "whole numbers"),
        (_with_window(weekdays=0), "a list is expected"),
        (_with_window(from_minute="0"), "whole numbers"),
        (_with_window(from_minute=1.0), "whole numbers"),
        (_with_window(from_minute=-1), "minute of the day"),
        (_with_window(from_minute=1440), "minute of the day"),
        (_with_window(to_minute=1441), "minute of the day"),
        (_with_window(from_minute=60), "in two ways"),
    ],
)
def test_what_is_not_wholly_a_rule_is_refused_with_a_sentence(value: object, said: str) -> None:
    with pytest.raises(SafeContactError, match=said):
        read(value)


def test_as_many_windows_as_may_be_are_read() -> None:
    window = {"weekdays": [0], "from_minute": 0, "to_minute": 60}
    assert len(read(_with_way(windows=[window] * MOST_WINDOWS)).ways[PHONE].windows) == MOST_WINDOWS
