"""Opening hours against known cases, and against the oracle of every minute of three years."""

import pickle
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.opening_oracle import (
    BYTES,
    CLOSED,
    DAY,
    FIRST,
    HALF_HOLIDAYS,
    HOLIDAYS,
    LAST,
    MOMENTS,
    NEAR,
    OPEN,
    RELAXED,
    SCHEDULES,
    UNKNOWN,
    ZERO,
    Rule,
    Schedule,
    instant,
    minute_of,
    paint,
    render,
    utc,
    walk,
)
from voordeur.rules.opening import (
    OFFICE_HOURS,
    Hours,
    HoursError,
    Status,
    is_holiday_for_some,
    is_public_holiday,
    parse_hours,
)
from voordeur.vocabulary import OpenState

AMS = ZoneInfo("Europe/Amsterdam")
CHAT = "Mo-Fr 16:00-06:00; Sa,Su 20:00-06:00; PH open"
DAILY = "Mo-Su 11:00-21:00"


def at(wall: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=AMS, fold=fold)


def told(hours: Hours, moment: datetime) -> Status:
    """Give the status with instants in UTC: Python holds times in the repeated hour unequal across zones (PEP 495)."""
    status = hours.status(moment)
    until, opens = status.until, status.next_open
    return Status(status.state, until and until.astimezone(UTC), opens and opens.astimezone(UTC))


# Known cases


@pytest.mark.parametrize(
    ("text", "wall", "state"),
    [
        (CHAT, "2026-10-09T23:40", OPEN),  # Friday
        (CHAT, "2026-10-10T05:59", OPEN),  # Saturday, Friday's span
        (CHAT, "2026-10-10T06:00", CLOSED),
        (CHAT, "2026-10-10T07:00", CLOSED),
        (CHAT, "2026-10-10T16:30", CLOSED),
        (CHAT, "2026-10-10T20:00", OPEN),
        (CHAT, "2026-10-12T05:59", OPEN),  # Monday, Sunday's span
        (CHAT, "2027-01-01T02:00", OPEN),
        ("Mo-Su 16:00-06:00", "2027-01-01T02:00", OPEN),  # 31 December is ordinary and owns the night
        ("Mo-Su 16:00-06:00; PH off", "2027-01-01T05:59", OPEN),
        ("Mo-Su 16:00-06:00; PH off", "2027-01-01T16:00", CLOSED),
        ("Mo-Su 16:00-06:00; PH off", "2027-01-02T02:00", CLOSED),  # the holiday's own evening
        ("Mo-Su 16:00-06:00", "2027-01-02T02:00", UNKNOWN),
        ("Mo-Su 16:00-06:00; PH unknown", "2027-01-02T02:00", UNKNOWN),
        ("office-hours", "2026-04-27T10:00", CLOSED),  # King's Day
        ("office-hours", "2026-04-28T08:00", UNKNOWN),
        ("office-hours", "2026-04-28T09:30", OPEN),
        ("office-hours", "2026-04-28T16:30", UNKNOWN),
        ("office-hours", "2026-04-28T18:00", CLOSED),
        (DAILY, "2026-12-25T12:00", UNKNOWN),
        (DAILY, "2026-12-25T10:59", CLOSED),
        (DAILY, "2026-12-25T21:00", CLOSED),
        (DAILY, "2026-12-24T12:00", OPEN),
        (DAILY, "2026-12-31T12:00", OPEN),
        ("Mo-Su 11:00-21:00; PH open", "2026-12-25T12:00", OPEN),
        ("Mo-Fr 09:00-17:00; PH 10:00-12:00,13:00-14:00", "2026-12-25T09:30", CLOSED),
        ("Mo-Fr 09:00-17:00; PH 10:00-12:00,13:00-14:00", "2026-12-25T13:59", OPEN),
        ("Mo-Fr 09:00-17:00; PH 10:00-12:00", "2026-12-26T11:00", OPEN),  # a Saturday
        ("Mo-Fr 09:00-17:00; PH 10:00-12:00 unknown", "2026-12-25T11:00", UNKNOWN),
        ("Mo 09:00-17:00 unknown; Mo 10:00-12:00", "2026-10-12T11:00", OPEN),  # open beats unknown
        ("Mo 10:00-12:00; Mo 09:00-17:00 unknown", "2026-10-12T11:00", OPEN),
        ("Mo 10:00-12:00; Mo 09:00-17:00 unknown", "2026-10-12T12:00", UNKNOWN),
        ("Sa-Mo 10:00-12:00", "2026-10-11T11:00", OPEN),  # a Sunday in a range that wraps
        ("Sa-Mo 10:00-12:00", "2026-10-13T11:00", CLOSED),
        ("24/7", "2026-12-25T04:00", OPEN),
        ("24/7", "2026-03-29T03:00", OPEN),
    ],
)
def test_a_known_moment_has_its_known_state(text: str, wall: str, state: OpenState) -> None:
    assert parse_hours(text).state(at(wall)) is state


def test_always_open_has_no_end_and_no_next_opening() -> None:
    assert parse_hours("24/7").status(at("2026-12-25T04:00")) == Status(OPEN, None, None)


def test_friday_night_lasts_until_saturday_six() -> None:
    assert parse_hours(CHAT).status(at("2026-10-09T23:40")) == Status(OPEN, at("2026-10-10T06:00"), None)


def test_what_comes_after_kings_day_is_first_unknown_and_then_certain() -> None:
    status = parse_hours("office-hours").status(at("2026-04-27T10:00"))
    assert status == Status(CLOSED, at("2026-04-28T08:00"), at("2026-04-28T09:30"))


def test_an_answer_is_given_in_dutch_time_whatever_zone_is_asked() -> None:
    status = parse_hours(DAILY).status(at("2026-10-09T12:00").astimezone(timezone(timedelta(hours=-7))))
    assert status.until is not None
    assert status.until.tzinfo == AMS
    assert status.until.isoformat() == "2026-10-09T21:00:00+02:00"


def test_the_last_microsecond_belongs_to_the_span() -> None:
    assert parse_hours(DAILY).state(at("2026-10-09T20:59:59.999999")) is OPEN
    assert parse_hours("Mo-Su 00:00-02:00").state(utc("2026-10-09T23:59:59.999999")) is OPEN


def test_what_is_exactly_fourteen_days_away_is_told_and_a_microsecond_more_is_not() -> None:
    hours = parse_hours("Fr 10:00-11:00; PH off")  # 25 December 2026 and 1 January 2027 are Fridays
    opening = at("2027-01-08T10:00")
    assert hours.status(at("2026-12-25T10:00")) == Status(CLOSED, opening, opening)
    assert hours.status(at("2026-12-25T09:59:59.999999")) == Status(CLOSED, None, None)
    night, opening = parse_hours("Fr 00:30-01:00; PH off"), at("2027-01-08T00:30")  # in UTC still the day before
    assert night.status(at("2026-12-25T00:30")) == Status(CLOSED, opening, opening)


def test_a_moment_without_a_zone_is_refused() -> None:
    for ask in (parse_hours("24/7").state, parse_hours("24/7").status):
        with pytest.raises(ValueError, match="no time zone"):
            ask(datetime(2026, 10, 9, 12))


# Clock changes of 2026: 29 March 01:00 UTC (02:00 becomes 03:00), 25 October 01:00 UTC (03:00 becomes 02:00)


def test_a_span_that_starts_inside_the_missing_hour_starts_when_the_clock_jumps_over_it() -> None:
    status = parse_hours("Su 02:30-05:00").status(utc("2026-03-29T00:59"))
    assert status == Status(CLOSED, utc("2026-03-29T01:00"), utc("2026-03-29T01:00"))
    assert status.until is not None
    assert status.until.isoformat() == "2026-03-29T03:00:00+02:00"


def test_a_span_that_ends_inside_the_missing_hour_ends_when_the_clock_jumps_over_it() -> None:
    assert parse_hours("Su 01:00-02:30").status(utc("2026-03-29T00:30")).until == utc("2026-03-29T01:00")


def test_a_span_wholly_inside_the_missing_hour_does_not_occur() -> None:
    status = parse_hours("Su 02:15-02:45; PH off").status(utc("2026-03-29T00:30"))  # 5 April is Easter Sunday
    assert status == Status(CLOSED, at("2026-04-12T02:15"), at("2026-04-12T02:15"))


def test_a_span_that_ends_inside_the_repeated_hour_opens_a_second_time() -> None:
    hours = parse_hours("Su 01:00-02:30")
    assert told(hours, utc("2026-10-25T00:15")) == Status(OPEN, utc("2026-10-25T00:30"), None)
    assert told(hours, utc("2026-10-25T00:45")) == Status(CLOSED, utc("2026-10-25T01:00"), utc("2026-10-25T01:00"))
    assert told(hours, utc("2026-10-25T01:15")) == Status(OPEN, utc("2026-10-25T01:30"), None)
    assert hours.state(at("2026-10-25T02:45", fold=0)) is CLOSED
    assert hours.state(at("2026-10-25T02:15", fold=1)) is OPEN


def test_a_span_that_starts_inside_the_repeated_hour_closes_for_half_an_hour() -> None:
    hours = parse_hours("Su 02:30-05:00")
    assert told(hours, utc("2026-10-25T00:30")) == Status(OPEN, utc("2026-10-25T01:00"), None)
    assert told(hours, utc("2026-10-25T01:00")) == Status(CLOSED, utc("2026-10-25T01:30"), utc("2026-10-25T01:30"))
    assert told(hours, utc("2026-10-25T01:30")) == Status(OPEN, utc("2026-10-25T04:00"), None)


def test_a_span_over_the_whole_change_lasts_an_hour_less_in_spring_and_more_in_autumn() -> None:
    hours = parse_hours("Sa 22:00-06:00")
    for start, length in (("2026-03-28T22:00", 7), ("2026-10-24T22:00", 9)):
        until = hours.status(at(start)).until
        assert until is not None
        assert until.astimezone(UTC) - at(start).astimezone(UTC) == timedelta(hours=length)


# Reading


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("", "''", "empty"),
        ("  \n", "", "empty"),
        ("Mo 10:00-12:00;", "'Mo 10:00-12:00;'", "a rule is empty"),
        ("Mo 10:00-12:00;; Tu 10:00-12:00", "", "a rule is empty"),
        ("24/7; PH off", "'24/7'", "24/7 stands alone"),
        ("Mo-Fr 10:00-12:00; 24/7", "'24/7'", "24/7 stands alone"),
        ("Mo-Fr 24/7", "'24/7'", "HH:MM-HH:MM"),
        ("mo-fr 10:00-12:00", "'mo-fr'", "Mo Tu We"),
        ("Ma 10:00-12:00", "'Ma'", "Mo Tu We"),
        ("Mo-Tu-We 10:00-12:00", "'Mo-Tu-We'", "Mo Tu We"),
        ("Mo,,Tu 10:00-12:00", "''", "Mo Tu We"),
        ("Mo- 10:00-12:00", "'Mo-10:00-12:00'", "Mo Tu We"),
        ("Mo,PH 10:00-12:00", "'PH'", "Mo Tu We"),
        ("10:00-12:00", "'10:00-12:00'", "Mo Tu We"),
        ("Sa,office-hours", "'office-hours'", "Mo Tu We"),
        ("Mo", "'Mo'", "times"),
        ("Mo off", "'Mo off'", "leave out closed days"),
        ("Mo unknown", "'Mo unknown'", "times"),
        ("PH", "'PH'", "PH also: off, open, unknown"),
        ("Mo 10:00-12:00; PH closed", "'closed'", "HH:MM-HH:MM"),
        ("Mo 10:00-12:00 maybe", "'maybe'", "nothing or unknown"),
        ("Mo 10:00-12:00 13:00-14:00", "'13:00-14:00'", "separated by a comma"),
        ("Mo 10:00-12:00 unknown unknown", "'unknown unknown'", "nothing or unknown"),
        ("Mo Tu 10:00-12:00", "'10:00-12:00'", "nothing or unknown"),
        ("Mo 9:00-12:00", "'9:00-12:00'", "HH:MM-HH:MM"),
        ("Mo 10.00-12.00", "'10.00-12.00'", "HH:MM-HH:MM"),
        ("Mo 10:00\N{EN DASH}12:00", "'10:00\N{EN DASH}12:00'", "HH:MM-HH:MM"),
        ("Mo \N{ARABIC-INDIC DIGIT ONE}0:00-12:00", "", "HH:MM-HH:MM"),
        ("Mo 10:00", "'10:00'", "HH:MM-HH:MM"),
        ("Mo 10:00-12:00,", "''", "HH:MM-HH:MM"),
        ("Mo 10:60-12:00", "'10:60-12:00'", "from 00:00 to 23:59"),
        ("Mo 24:00-06:00", "'24:00-06:00'", "from 00:00 to 23:59"),
        ("Mo 10:00-24:01", "'10:00-24:01'", "from 00:00 to 24:00"),
        ("Mo 10:00-25:00", "'10:00-25:00'", "from 00:00 to 24:00"),
        ("Mo 10:00-10:00", "'10:00-10:00'", "start and end are equal"),
        ("Mo 00:00-00:00", "'00:00-00:00'", "00:00-24:00 for a whole day"),
        ("PH off", "'PH off'", "nothing about ordinary days"),
        ("PH 10:00-12:00", "", "nothing about ordinary days"),
        ("Mo 10:00-12:00; PH off; PH open", "'PH open'", "a rule already"),
        ("Mo 10:00-12:00; PH off; PH off", "'PH off'", "a rule already"),
        ("Mo 10:00-12:00; PH off; PH 10:00-11:00", "'PH 10:00-11:00'", "a rule already"),
        ("office-hours; PH open", "'PH open'", "a rule already"),
    ],
)
def test_a_wrong_text_is_refused_with_the_wrong_part_and_what_was_expected(text: str, part: str, expected: str) -> None:
    with pytest.raises(HoursError, match=re.escape(expected)) as caught:
        parse_hours(text)
    assert part in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_white_space_does_not_matter() -> None:
    loose = parse_hours("  Mo - We ,\tFr   10:00 -12:00 , 13:00- 14:00\n unknown ;  PH   off ")
    assert loose.week() == parse_hours("Mo-We,Fr 10:00-12:00,13:00-14:00 unknown;PH off").week()


def test_hours_are_read_once_and_are_equal_and_hashable_by_their_text() -> None:
    assert parse_hours(CHAT) is parse_hours(CHAT)
    assert Hours(CHAT) == parse_hours(CHAT)
    assert hash(Hours(CHAT)) == hash(parse_hours(CHAT))
    assert Hours(CHAT) != Hours(DAILY)
    assert parse_hours(CHAT).text == CHAT


def test_office_hours_is_a_shorthand_that_may_stand_beside_other_rules() -> None:
    assert parse_hours("office-hours").week() == parse_hours(OFFICE_HOURS).week()
    assert parse_hours(" office-hours ; Sa 10:00-12:00").state(at("2026-10-10T11:00")) is OPEN


def test_the_week_is_given_as_plain_data() -> None:
    week = parse_hours("Sa-Mo 20:00-06:00,10:00-12:00; Mo 13:00-24:00 unknown; PH 10:00-00:00").week()
    weekend = ((600, 720, OPEN), (1200, 1800, OPEN))
    monday = ((600, 720, OPEN), (780, 1440, UNKNOWN), (1200, 1800, OPEN))
    assert week.days == ((0, monday), (1, ()), (2, ()), (3, ()), (4, ()), (5, weekend), (6, weekend))
    assert (week.holidays, week.holiday_spans) == ("own", ((600, 1440, OPEN),))


@pytest.mark.parametrize(
    ("text", "holiday"),
    [
        ("24/7", "always"),
        (DAILY, "unknown"),
        (DAILY + "; PH unknown", "unknown"),
        (DAILY + "; PH off", "off"),
        (DAILY + "; PH open", "same"),
    ],
)
def test_the_week_tells_what_holidays_do(text: str, holiday: str) -> None:
    assert parse_hours(text).week().holidays == holiday


@settings(RELAXED, max_examples=150)
@given(SCHEDULES, st.lists(MOMENTS, min_size=5, max_size=12), st.floats(0, 59.999))
def test_any_schedule_agrees_with_the_oracle_on_state_end_and_next_opening(
    schedule: Schedule, minutes: list[int], seconds: float
) -> None:
    hours, strip = parse_hours(render(schedule)), paint(schedule)
    for minute in minutes:
        state, until, opens = walk(strip, minute)
        moment = ZERO + timedelta(minutes=minute)
        expected = Status(state, instant(until), instant(opens))
        assert told(hours, moment) == expected
        assert told(hours, moment.astimezone(AMS)) == expected
        within = told(hours, moment + timedelta(seconds=seconds))
        assert within.state is hours.state(moment + timedelta(seconds=seconds)) is state
        if until is not None:
            assert within.until == expected.until


@settings(RELAXED, max_examples=60)
@given(SCHEDULES, st.sampled_from(NEAR))
def test_any_schedule_agrees_with_the_oracle_on_every_minute_around_a_change_or_holiday(
    schedule: Schedule, near: datetime
) -> None:
    hours, strip, middle = parse_hours(render(schedule)), paint(schedule), minute_of(near)
    for minute in range(middle - 240, middle + 1200):
        assert hours.state(ZERO + timedelta(minutes=minute)) is BYTES[strip[minute]]


def follow(hours: Hours, moment: datetime) -> Iterator[tuple[datetime, OpenState]]:
    """The states from `moment` on, each from its first minute, by following `until` (or two weeks further)."""
    while moment < LAST:
        status = hours.status(moment)
        yield moment, status.state
        moment = (status.until or moment + timedelta(days=14)).astimezone(UTC)


@settings(RELAXED, max_examples=15)
@given(SCHEDULES)
def test_following_until_for_three_years_gives_every_minute_of_the_oracle(schedule: Schedule) -> None:
    assert followed(parse_hours(render(schedule))) == paint(schedule)[minute_of(FIRST) : minute_of(LAST)]


def followed(hours: Hours) -> bytes:
    steps = [*follow(hours, FIRST), (LAST, CLOSED)]
    colours = {state: bytes([colour]) for colour, state in BYTES.items()}
    parts = [colours[state] * (minute_of(b) - minute_of(a)) for (a, state), (b, _) in pairwise(steps)]
    return b"".join(parts)


# Every minute of three years

WORKDAYS, WEEKEND, ALL = ((0, 4),), ((5, 6),), ((0, 6),)
FIXED = {
    CHAT: Schedule((Rule(WORKDAYS, ((960, 360),), False), Rule(WEEKEND, ((1200, 360),), False)), "open"),
    "office-hours": Schedule(
        (Rule(WORKDAYS, ((570, 990),), False), Rule(WORKDAYS, ((480, 570), (990, 1080)), True)), "off"
    ),
    DAILY: Schedule((Rule(ALL, ((660, 1260),), False),), ""),
    "Su-We 02:15-02:45,23:50-02:30; Fr-Su 02:30-01:00 unknown; PH 02:59-02:01": Schedule(
        (Rule(((6, 2),), ((135, 165), (1430, 150)), False), Rule(((4, 6),), ((150, 60),), True)),
        (Rule((), ((179, 121),), False),),
    ),
}


@pytest.mark.parametrize("text", FIXED)
def test_a_fixed_schedule_agrees_with_the_oracle_throughout_three_years(text: str) -> None:
    hours, strip = parse_hours(text), paint(FIXED[text])
    first, last = minute_of(FIRST), minute_of(LAST)
    minutes = set(range(first, last, 7))
    for near in NEAR[:6]:
        minutes.update(range(minute_of(near) - 2 * DAY, minute_of(near) + 2 * DAY))
    for near in (datetime(2026, 4, 25, tzinfo=UTC), datetime(2026, 12, 23, tzinfo=UTC)):
        minutes.update(range(minute_of(near), minute_of(near) + 10 * DAY))
    start = perf_counter()
    states = [(minute, hours.state(ZERO + timedelta(minutes=minute))) for minute in sorted(minutes)]
    assert (perf_counter() - start) / len(states) < 50e-6  # seconds a moment: a few millionths, with room
    assert [(minute, state) for minute, state in states if state is not BYTES[strip[minute]]] == []
    assert followed(hours) == strip[first:last]


# Holidays


def test_the_public_holidays_of_three_years_are_those_written_out_by_hand() -> None:
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(3 * 365)]
    assert {day for day in days if is_public_holiday(day)} == {day for day in HOLIDAYS if 2025 <= day.year <= 2027}


def test_kings_day_moves_to_saturday_and_liberation_day_counts_in_lustrum_years_only() -> None:
    assert is_public_holiday(date(2025, 4, 26))
    assert not is_public_holiday(date(2025, 4, 27))
    assert is_public_holiday(date(2026, 4, 27))
    assert [year for year in range(2024, 2036) if is_public_holiday(date(year, 5, 5))] == [2025, 2030, 2035]


def test_good_friday_and_liberation_day_in_other_years_are_a_holiday_for_some_only() -> None:
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(3 * 365)]
    assert {day for day in days if is_holiday_for_some(day)} == HALF_HOLIDAYS
    office = parse_hours("office-hours")
    assert office.state(at("2026-04-03T11:00")) is UNKNOWN
    assert office.state(at("2026-05-05T11:00")) is UNKNOWN
    assert parse_hours("24/7").state(at("2026-04-03T11:00")) is OPEN
    assert parse_hours("Mo-Su 11:00-21:00; PH open").state(at("2026-04-03T11:00")) is OPEN


def test_a_datetime_counts_as_its_day() -> None:
    assert is_public_holiday(datetime(2026, 12, 25, 13, 0))
