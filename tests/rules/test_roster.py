"""Whether somebody can answer: hours, exceptions and people, against a strip on which every minute is painted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.rules.opening_oracle import (
    CHANGES,
    DAY,
    HALF_HOLIDAYS,
    HOLIDAYS,
    MOMENTS,
    NEAR,
    RELAXED,
    RULES,
    SPANS,
    ZERO,
    Rule,
    Schedule,
    clock,
    covers,
    minute_of,
    render,
)
from voordeur.rules.opening import AMSTERDAM, HORIZON_DAYS, HoursError, parse_hours
from voordeur.rules.roster import TalkHours, TalkStatus, longest_closed_minutes, talk_hours, talk_status
from voordeur.vocabulary import TalkOpen

ANSWERING, EXPECTED, CLOSED = TalkOpen.ANSWERING, TalkOpen.EXPECTED, TalkOpen.CLOSED
EVENINGS = "Mo-Fr 18:00-23:00; PH off"
Exceptions = dict[date, tuple[tuple[int, int], ...]]

SURE_RULES = RULES.map(lambda rule: rule._replace(unknown=False))
SURE = st.builds(
    Schedule,
    st.lists(SURE_RULES, min_size=1, max_size=3).map(tuple),
    st.sampled_from(["off", "open"]) | st.lists(SURE_RULES, min_size=1, max_size=2).map(tuple),
)


def at(wall: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=AMSTERDAM, fold=fold)


def told(hours: TalkHours, moment: datetime, people: int = 1) -> tuple[TalkOpen, datetime | None, datetime | None]:
    """The status with its instants in UTC: Python holds times in the repeated hour unequal across zones (PEP 495)."""
    status = talk_status(hours, people, moment)
    return (
        status.state,
        status.until and status.until.astimezone(UTC),
        status.next_open and status.next_open.astimezone(UTC),
    )


def test_somebody_is_there_only_when_the_hours_and_the_people_agree() -> None:
    hours = talk_hours(EVENINGS)
    evening, end = at("2026-11-25T20:00"), at("2026-11-25T23:00")
    assert talk_status(hours, 2, evening) == TalkStatus(ANSWERING, end, None)
    assert talk_status(hours, 0, evening) == TalkStatus(EXPECTED, end, None)
    afternoon, start = at("2026-11-25T15:00"), at("2026-11-25T18:00")
    assert talk_status(hours, 0, afternoon) == TalkStatus(CLOSED, start, start)
    assert talk_status(hours, 3, afternoon) == TalkStatus(CLOSED, start, start)


def test_hours_begin_on_the_minute_and_end_on_the_minute() -> None:
    hours = talk_hours(EVENINGS)
    assert talk_status(hours, 1, at("2026-11-25T17:59:59.999999")).state is CLOSED
    assert talk_status(hours, 1, at("2026-11-25T18:00")).state is ANSWERING
    assert talk_status(hours, 1, at("2026-11-25T22:59:59.999999")).state is ANSWERING
    assert talk_status(hours, 1, at("2026-11-25T23:00")).state is CLOSED


def test_an_exception_closes_a_day_or_gives_it_other_hours() -> None:
    hours = talk_hours(EVENINGS, {"2026-11-26": "closed", "2026-11-25": "10:00-12:00,13:00-14:00"})
    assert told(hours, at("2026-11-25T11:00")) == (ANSWERING, at("2026-11-25T12:00").astimezone(UTC), None)
    friday = at("2026-11-27T18:00").astimezone(UTC)
    assert told(hours, at("2026-11-25T20:00")) == (CLOSED, friday, friday)
    assert told(hours, at("2026-11-26T20:00")) == (CLOSED, friday, friday)


def test_an_exception_is_stronger_than_a_holiday() -> None:
    christmas = at("2026-12-25T20:00")
    assert talk_status(talk_hours(EVENINGS), 1, christmas).state is CLOSED
    assert talk_status(talk_hours(EVENINGS, {"2026-12-25": "19:00-21:00"}), 1, christmas).state is ANSWERING
    assert talk_status(talk_hours("24/7"), 1, christmas).state is ANSWERING
    assert talk_status(talk_hours("24/7", {"2026-12-25": "closed"}), 1, christmas).state is CLOSED


def test_a_late_shift_runs_on_into_a_day_that_is_excepted() -> None:
    hours = talk_hours("Mo-Su 20:00-02:00; PH open", {"2026-12-25": "closed", "2026-12-26": "23:00-01:00"})
    assert told(hours, at("2026-12-25T01:30")) == (ANSWERING, at("2026-12-25T02:00").astimezone(UTC), None)
    assert talk_status(hours, 1, at("2026-12-25T21:00")).state is CLOSED
    assert talk_status(hours, 1, at("2026-12-26T01:00")).state is CLOSED
    assert told(hours, at("2026-12-27T00:30")) == (ANSWERING, at("2026-12-27T01:00").astimezone(UTC), None)


def test_public_holidays_follow_what_is_written_of_them() -> None:
    king = at("2026-04-27T19:00")  # a Monday
    for written, state in (("off", CLOSED), ("open", ANSWERING), ("18:30-19:30", ANSWERING), ("10:00-12:00", CLOSED)):
        assert talk_status(talk_hours(f"Mo-Fr 18:00-23:00; PH {written}"), 1, king).state is state


def test_a_day_off_for_some_is_an_ordinary_day_for_a_team_unless_it_says_otherwise() -> None:
    good_friday = at("2026-04-03T19:00")
    assert talk_status(talk_hours(EVENINGS), 1, good_friday).state is ANSWERING
    assert talk_status(talk_hours(EVENINGS, {"2026-04-03": "closed"}), 1, good_friday).state is CLOSED


def test_the_hour_that_spring_skips_does_not_occur_and_that_autumn_repeats_counts_twice() -> None:
    night = talk_hours("Mo-Su 01:30-02:30; PH open")
    spring = at("2026-03-29T01:45")
    assert told(night, spring) == (ANSWERING, datetime(2026, 3, 29, 1, tzinfo=UTC), None)  # from 01:59 to 03:00
    autumn = at("2026-10-25T02:15")
    assert told(night, autumn) == (ANSWERING, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None)
    again = datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert told(night, at("2026-10-25T02:45")) == (CLOSED, again, again)
    assert told(night, at("2026-10-25T02:15", fold=1)) == (ANSWERING, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), None)


def test_what_is_more_than_fourteen_days_away_is_not_said() -> None:
    closed_long = {(date(2026, 11, 23) + timedelta(days=day)).isoformat(): "closed" for day in range(20)}
    again = at("2026-12-13T18:00")
    hours = talk_hours("Mo-Su 18:00-23:00; PH open", closed_long)
    assert talk_status(hours, 0, at("2026-11-23T12:00")) == TalkStatus(CLOSED, None, None)
    assert talk_status(hours, 0, at("2026-11-29T17:59")) == TalkStatus(CLOSED, None, None)
    assert talk_status(hours, 0, at("2026-11-29T18:00")) == TalkStatus(CLOSED, again, again)
    assert talk_status(talk_hours("24/7"), 1, at("2026-11-23T12:00")) == TalkStatus(ANSWERING, None, None)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        talk_status(talk_hours("24/7"), 1, datetime(2026, 11, 25, 12))


@pytest.mark.parametrize(
    ("text", "exceptions", "said"),
    [
        ("", {}, "it is empty"),
        ("Mo-Fr 18:00-23:00", {}, "public holidays"),
        ("Mo-Fr 18:00-23:00; PH unknown", {}, "public holidays"),
        ("office-hours", {}, "unknown hours"),
        ("Mo 18:00-23:00 unknown; PH off", {}, "unknown hours"),
        ("Mo 18:00-23:00; PH 10:00-12:00 unknown", {}, "unknown hours"),
        (EVENINGS, {"Christmas": "closed"}, "'Christmas' is not a date"),
        (EVENINGS, {"2026-02-30": "closed"}, "'2026-02-30' is not a date"),
        (EVENINGS, {"2026-12-25": "off"}, "On 2026-12-25"),
        (EVENINGS, {"2026-12-25": "24/7"}, "On 2026-12-25"),
        (EVENINGS, {"2026-12-25": "10:00-12:00; Tu 10:00-12:00"}, "on 2026-12-25"),
        (EVENINGS, {"2026-12-25": "10:00-12:00 unknown"}, "on 2026-12-25"),
    ],
)
def test_hours_that_leave_something_open_are_refused(text: str, exceptions: dict[str, str], said: str) -> None:
    with pytest.raises(HoursError, match=said):
        talk_hours(text, exceptions)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("24/7", 0),
        ("Mo-Su 10:00-22:00; PH off", 12 * 60),
        ("Mo-Fr 09:00-17:00; PH off", 64 * 60),
        ("Mo-Su 20:00-02:00; PH off", 18 * 60),
        ("Su 22:00-04:00; PH off", 7 * 24 * 60 - 6 * 60),
        ("Mo-Su 00:00-24:00; PH off", 0),
        ("Mo-Su 08:00-20:00,09:00-10:00; PH off", 12 * 60),
        ("Mo 08:00-20:00,09:00-10:00; Tu 08:00-09:00; PH off", 6 * 24 * 60 - 60),
    ],
)
def test_the_longest_silence_of_a_week_is_from_the_end_of_hours_to_their_next_beginning(
    text: str, minutes: int
) -> None:
    assert longest_closed_minutes(talk_hours(text)) == minutes


def _length(start: int, end: int) -> int:
    return end - start if end > start else end - start + DAY


def _spans(schedule: Schedule, day: date) -> list[tuple[int, int]]:
    rules: list[Rule] = [rule for rule in schedule.rules if covers(rule, day.weekday())]
    if day in HOLIDAYS and schedule.holiday != "open":
        rules = [] if isinstance(schedule.holiday, str) else list(schedule.holiday)
    return [span for rule in rules for span in rule.spans]


def _painted(schedule: Schedule, exceptions: Exceptions, first: int) -> list[bool]:
    """Whether the team answers, for each minute (UTC, from the minute `first`) of the 14 days after it."""
    begin = first - 2 * DAY
    first_day = (ZERO + timedelta(minutes=begin)).date()
    origin = (first_day - ZERO.date()).days * DAY
    wall = bytearray((HORIZON_DAYS + 7) * DAY)  # minutes of the wall clock since midnight of the first day
    for number in range(HORIZON_DAYS + 5):
        day = first_day + timedelta(days=number)
        for start, end in exceptions.get(day, _spans(schedule, day)):
            here = number * DAY + start
            wall[here : here + _length(start, end)] = b"\1" * _length(start, end)
    strip = []
    for minute in range(first, first + HORIZON_DAYS * DAY + 1):
        ahead = next((after for change, after in reversed(CHANGES) if minute >= minute_of(change)), 1)
        strip.append(bool(wall[minute + ahead * 60 - origin]))
    return strip


EXCEPTIONS = st.dictionaries(
    st.integers(-2, 15), st.just(()) | st.lists(SPANS, min_size=1, max_size=2).map(tuple), max_size=6
)


@RELAXED
@given(SURE, EXCEPTIONS, MOMENTS, st.integers(0, 2))
def test_the_status_is_what_walking_minute_by_minute_finds(
    schedule: Schedule, around: dict[int, tuple[tuple[int, int], ...]], minute: int, people: int
) -> None:
    moment = ZERO + timedelta(minutes=minute)
    exceptions = {moment.date() + timedelta(days=number): spans for number, spans in around.items()}
    written = {
        day.isoformat(): ",".join(f"{clock(a)}-{clock(b)}" for a, b in spans) or "closed"
        for day, spans in exceptions.items()
    }
    strip = _painted(schedule, exceptions, minute)
    turn = next((later for later, is_open in enumerate(strip) if is_open != strip[0]), None)
    until = None if turn is None else moment + timedelta(minutes=turn)
    state = (ANSWERING if people else EXPECTED) if strip[0] else CLOSED
    expected = (state, until, None if strip[0] else until)
    assert told(talk_hours(render(schedule), written), moment, people) == expected


@RELAXED
@given(SURE, MOMENTS | st.sampled_from(NEAR).map(minute_of))
def test_without_exceptions_a_team_is_open_when_the_directory_would_say_so(schedule: Schedule, minute: int) -> None:
    moment = ZERO + timedelta(minutes=minute)
    around = {moment.date() + timedelta(days=day) for day in range(-2, HORIZON_DAYS + 2)}
    # Of a day off for some the directory knows less than the team does.
    assume(schedule.holiday == "open" or not around & HALF_HOLIDAYS)
    text = render(schedule)
    status = parse_hours(text).status(moment)
    until = status.until and status.until.astimezone(UTC)
    next_open = status.next_open and status.next_open.astimezone(UTC)
    state = ANSWERING if status.state.value == "open" else CLOSED
    assert told(talk_hours(text), moment) == (state, until, next_open)
