"""What contact a visitor permits: refused unless named, against a clock on which every minute is looked at by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voordeur.rules.opening import AMSTERDAM
from voordeur.rules.safe_contact import (
    ANYONE,
    ONLY_ME,
    SafeContact,
    SafeContactError,
    WayRule,
    Window,
    may_contact,
    read,
    written,
)
from voordeur.vocabulary import ContactRefusal as No
from voordeur.vocabulary import ContactWay as W

CAN_BE_NAMED = sorted(set(W) - {W.HERE})
ALWAYS = WayRule((Window(frozenset(range(7)), 0, 24 * 60),))

WINDOWS = st.builds(
    Window,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from([0, 1, 59, 60, 540, 1020, 1439]) | st.integers(0, 1439),
    st.sampled_from([0, 1, 59, 60, 540, 1020, 1439, 1440]) | st.integers(0, 1440),
)
RULES = st.builds(
    SafeContact,
    st.dictionaries(
        st.sampled_from(CAN_BE_NAMED), st.lists(WINDOWS, max_size=3).map(lambda some: WayRule(tuple(some))), max_size=4
    ),
    st.frozensets(st.sampled_from(CAN_BE_NAMED), max_size=3),
    st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.sampled_from([ONLY_ME, ANYONE]),
    st.booleans(),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


def oracle(windows: tuple[Window, ...], moment: datetime) -> bool:
    """Whether a minute of a Dutch wall clock is painted, when each window is painted minute by minute on a week."""
    painted = set()
    for one in windows:
        length = one.to_minute - one.from_minute
        for weekday in one.weekdays:
            for minute in range(length if length > 0 else length + 24 * 60):
                painted.add((weekday * 1440 + one.from_minute + minute) % (7 * 1440))
    local = moment.astimezone(AMSTERDAM)
    return local.weekday() * 1440 + local.hour * 60 + local.minute in painted


def ask(rule: SafeContact | None, way: W, moment: datetime, word: bool = True, off: bool = True) -> No | None:
    return may_contact(rule, way=way, moment=moment, says_code_word=word, hangs_up_for_others=off)


def test_a_moment_of_which_nobody_knows_when_it_is_is_refused() -> None:
    with pytest.raises(SafeContactError, match="time zone"):
        ask(SafeContact({}), W.PHONE, datetime(2026, 11, 30, 9, 0))


@given(WINDOWS, MOMENTS)
@example(Window(frozenset({6}), 1380, 60), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))  # the hour that comes twice
@example(Window(frozenset({6}), 120, 180), datetime(2026, 3, 29, 1, 0, tzinfo=UTC))  # the hour that is not there
@example(Window(frozenset({0}), 600, 600), datetime(2026, 11, 23, 9, 0, tzinfo=UTC))  # all around the clock
def test_a_window_holds_exactly_the_minutes_that_are_painted(window: Window, moment: datetime) -> None:
    for minutes in (-1, 0, 1, 1440, 6 * 1440):
        at = moment + timedelta(minutes=minutes)
        assert window.holds(at) == oracle((window,), at)


@given(RULES, st.sampled_from(CAN_BE_NAMED), MOMENTS, st.booleans(), st.booleans())
def test_what_is_permitted_was_named_is_not_forbidden_and_keeps_to_every_condition(
    rule: SafeContact, way: W, moment: datetime, word: bool, off: bool
) -> None:
    today = moment.astimezone(AMSTERDAM).date()
    is_fine = (
        way in rule.ways
        and way not in rule.never
        and (rule.until is None or today <= rule.until)
        and oracle(rule.ways[way].windows, moment)
        and (word or not rule.has_code_word)
        and (off or rule.who_may_answer == ANYONE)
    )
    assert (ask(rule, way, moment, word, off) is None) == is_fine


@given(MOMENTS)
def test_every_way_is_refused_by_default_but_the_conversation_itself(moment: datetime) -> None:
    for rule in (None, SafeContact(ways={})):
        refused = {way: ask(rule, way, moment) for way in W}
        assert refused == {way: None if way is W.HERE else No.NOT_PERMITTED for way in W}
    assert ask(SafeContact(ways={way: WayRule(()) for way in W}), W.PHONE, moment) is No.OUTSIDE_TIMES


@given(RULES, MOMENTS)
def test_never_beats_everything_that_was_permitted(rule: SafeContact, moment: datetime) -> None:
    open_to_all = replace(rule, ways=dict.fromkeys(CAN_BE_NAMED, ALWAYS), until=None, who_may_answer=ANYONE)
    for way in CAN_BE_NAMED:
        assert ask(open_to_all, way, moment) is (No.NEVER if way in rule.never else None)


@given(RULES, st.sampled_from(CAN_BE_NAMED), MOMENTS, st.booleans(), st.booleans())
def test_who_promises_more_is_refused_no_sooner(
    rule: SafeContact, way: W, moment: datetime, word: bool, off: bool
) -> None:
    if ask(rule, way, moment, word, off) is None:
        assert ask(rule, way, moment) is None


def test_each_refusal_says_which_part_of_the_rule_it_is() -> None:
    noon = datetime(2026, 11, 25, 12, 0, tzinfo=AMSTERDAM)  # a Wednesday
    rule = SafeContact({W.PHONE: WayRule((Window(frozenset({2}), 600, 780),))}, until=noon.date(), has_code_word=True)
    assert ask(rule, W.PHONE, noon) is None
    assert ask(rule, W.PHONE, noon, word=False) is No.CODE_WORD_NEEDED
    assert ask(rule, W.PHONE, noon, off=False) is No.ONLY_TO_HER_SELF
    assert ask(rule, W.PHONE, noon.replace(hour=13)) is No.OUTSIDE_TIMES
    assert ask(rule, W.PHONE, noon + timedelta(days=7)) is No.PAST
    assert ask(rule, W.MAIL, noon) is No.NOT_PERMITTED
    assert ask(replace(rule, never=frozenset({W.PHONE})), W.PHONE, noon) is No.NEVER


def test_the_last_day_ends_at_midnight_of_the_dutch_clock() -> None:
    rule = SafeContact({W.PHONE: ALWAYS}, until=date(2026, 11, 25))
    assert ask(rule, W.PHONE, datetime(2026, 11, 25, 22, 59, tzinfo=UTC)) is None
    assert ask(rule, W.PHONE, datetime(2026, 11, 25, 23, 0, tzinfo=UTC)) is No.PAST


@given(RULES)
def test_what_is_written_reads_as_the_same_rule_also_through_json(rule: SafeContact) -> None:
    assert read(written(rule)) == rule
    assert read(json.loads(json.dumps(written(rule)))) == rule


PLAIN: dict[str, Any] = {
    "ways": {"phone": [[[0, 1], 540, 1020]]}, "never": ["mail"], "until": "2026-12-31", "who": "only_me", "word": True,
}  # fmt: skip
WRONG: list[tuple[str, Any]] = [
    ("ways", [["phone"]]),
    ("ways", None),
    ("ways", {"fax": [[[0], 540, 1020]]}),
    ("ways", {"phone": None}),
    ("ways", {"phone": "all"}),
    ("ways", {"phone": [[[0], 540]]}),
    ("ways", {"phone": [{"days": [0]}]}),
    ("ways", {"phone": [[[], 540, 1020]]}),
    ("ways", {"phone": [[[7], 540, 1020]]}),
    ("ways", {"phone": [[[-1], 540, 1020]]}),
    ("ways", {"phone": [[[True], 540, 1020]]}),
    ("ways", {"phone": [["0"], 540, 1020]}),
    ("ways", {"phone": [[[0], 1440, 1440]]}),
    ("ways", {"phone": [[[0], -1, 1020]]}),
    ("ways", {"phone": [[[0], 540, 1441]]}),
    ("ways", {"phone": [[[0], 540.0, 1020]]}),
    ("ways", {"phone": [[[0], False, 1020]]}),
    ("never", "mail"),
    ("never", None),
    ("never", ["fax"]),
    ("never", [["mail"]]),
    ("until", "tomorrow"),
    ("until", ""),
    ("until", 20261231),
    ("until", False),
    ("who", "nobody"),
    ("who", None),
    ("word", 1),
    ("word", None),
]


def test_the_plain_rule_of_these_tests_is_read() -> None:
    assert read(PLAIN).ways.keys() == {W.PHONE}


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[f"{name} {value!r}" for name, value in WRONG])
def test_anything_else_is_refused_and_never_read_as_permission(name: str, value: Any) -> None:
    with pytest.raises(SafeContactError):
        read({**PLAIN, name: value})


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_a_part_that_is_missing_is_refused_and_one_that_is_unknown_too(name: str) -> None:
    with pytest.raises(SafeContactError):
        read({key: value for key, value in PLAIN.items() if key != name})
    with pytest.raises(SafeContactError):
        read({**PLAIN, f"{name}s": PLAIN[name]})
