"""Opening hours with three states: open, closed, or nobody wrote it down.

The text is a subset of OpenStreetMap's opening_hours (https://wiki.openstreetmap.org/wiki/Key:opening_hours) with
two differences: rules add up instead of replacing each other (open beats unknown beats closed), and without a PH rule
a public holiday turns the weekday's spans into *unknown*, never into *open*.

    text  = "24/7" | rule *( ";" rule )
    rule  = days spans ["unknown"] | "PH" ( "off" | "open" | "unknown" | spans ["unknown"] ) | "office-hours"
    days  = item *( "," item )      item = Mo | Tu | We | Th | Fr | Sa | Su, or a range of two (Sa-Mo wraps)
    spans = span *( "," span )      span = HH:MM-HH:MM; an end before the start is on the next day

A span belongs to the day on which it starts, also where it runs into a holiday. Times are what a clock on the wall in
the Netherlands shows: the hour skipped in spring does not occur, the hour repeated in autumn counts twice.
"""

import calendar
import math
import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import holidays

from voordeur.vocabulary import OpenState

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HORIZON_DAYS = 14
OFFICE_HOURS = "Mo-Fr 09:30-16:30; Mo-Fr 08:00-09:30,16:30-18:00 unknown; PH off"

Span = tuple[int, int, OpenState]
HolidayRule = Literal["always", "off", "same", "own", "unknown"]

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_PH_WORDS: dict[str, HolidayRule] = {"off": "off", "open": "same", "unknown": "unknown"}
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]|24(?=:00)):([0-5][0-9])")
_DAY_MINUTES = 24 * 60
_DAY_SECONDS = 24 * 60 * 60
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class HoursError(ValueError):
    """The text is not opening hours; the message quotes the wrong part and says what is expected."""


class Week(NamedTuple):
    """Hours as plain data for rendering.

    days: all seven, Monday (0) first, each with its spans as written, sorted; no spans is closed.
    A span is (start, end, state) in minutes after midnight of its own day; an end above 1440 is on the next day.
    holidays: always (24/7), off, same (as the weekday), own (`holiday_spans`) or unknown (nobody wrote it down).
    """

    days: tuple[tuple[int, tuple[Span, ...]], ...]
    holidays: HolidayRule
    holiday_spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The state at a moment and what comes next; datetimes are aware, in Europe/Amsterdam (compare them as UTC).

    until: first instant at which the state differs; None if that is over 14 times 24 hours away.
    next_open: when not open, start of the next certain opening, within the same limit; else None.
    """

    state: OpenState
    until: datetime | None
    next_open: datetime | None


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours as text, read on construction; equal when the texts are. Raises HoursError."""

    text: str
    _week: Week = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_week", _read(self.text))

    def state(self, moment: datetime) -> OpenState:
        """Give the state at `moment` (any zone); ValueError when `moment` has no zone."""
        return self.status(moment).state

    def status(self, moment: datetime) -> Status:
        """Give state, its end and the next opening at `moment` (any zone); ValueError when `moment` has no zone."""
        if moment.utcoffset() is None:
            raise ValueError(f"The moment {moment!r} has no time zone; expected an aware datetime.")
        seconds = moment.timestamp()
        line = _timeline(self, int(seconds // _DAY_SECONDS))
        after = bisect_right(line.times, seconds)
        state = line.states[after - 1]
        last = seconds + HORIZON_DAYS * _DAY_SECONDS
        until = line.instants[after] if after < len(line.times) and line.times[after] <= last else None
        opens = None if state is OpenState.OPEN else line.opens[after]
        return Status(state, until, line.instants[opens] if opens is not None and line.times[opens] <= last else None)

    def week(self) -> Week:
        """Give the hours as plain data, for rendering."""
        return self._week


@lru_cache(maxsize=4096)
def parse_hours(text: str) -> Hours:
    """Give the Hours that `text` describes (syntax: see the module); raises HoursError, a ValueError."""
    return Hours(text)


def is_public_holiday(day: date) -> bool:
    """Tell whether `day` is a Dutch public holiday: country NL, category "public" of the `holidays` package.

    These are New Year's Day, both days of Easter, King's Day (27 April, or the 26th when that is a Sunday), Ascension
    Day, both days of Pentecost, both days of Christmas, and Liberation Day (5 May) in lustrum years only (2025, 2030).
    24 and 31 December are ordinary days. The package knows no holidays after 2100.
    """
    return day.toordinal() in _holidays_of(day.year)[0]


def is_holiday_for_some(day: date) -> bool:
    """Tell whether some offices close on `day` and others do not: Good Friday, and 5 May in other years.

    On such a day nothing but "always" and "as on that weekday" is certain.
    """
    return day.toordinal() in _holidays_of(day.year)[1]


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> tuple[frozenset[int], frozenset[int]]:
    listed = holidays.country_holidays("NL", years=year, expand=False, categories=("public",), language="en_US")
    good_friday = {day for day, name in listed.items() if name == "Good Friday"}
    certain = set(listed) - good_friday
    for_some = good_friday | {date(year, 5, 5)}
    return frozenset(map(date.toordinal, certain)), frozenset(map(date.toordinal, for_some - certain))


def _wrong(part: str, expected: str) -> HoursError:
    return HoursError(f"Cannot read {part!r} in the opening hours: {expected}")


def _read(text: str) -> Week:
    if not text.strip():
        raise _wrong(text, "it is empty; expected 24/7, office-hours or rules such as Mo-Fr 09:00-17:00.")
    if text.strip() == "24/7":
        return Week(tuple((day, ((0, _DAY_MINUTES, OpenState.OPEN),)) for day in range(7)), "always")
    by_day: dict[int, set[Span]] = {day: set() for day in range(7)}
    on_holidays: HolidayRule | None = None
    own: set[Span] = set()
    rules = [OFFICE_HOURS if rule.strip() == "office-hours" else rule for rule in text.split(";")]
    for written in ";".join(rules).split(";"):
        rule = re.sub(r" ?([-,]) ?", r"\1", " ".join(written.split()))
        days, _, rest = rule.partition(" ")
        if not rule:
            raise _wrong(text, "a rule is empty; expected one semicolon between two rules and none at the end.")
        if days == "PH":
            kind = _PH_WORDS.get(rest, "own")
            if on_holidays is not None and not kind == on_holidays == "own":
                raise _wrong(rule, "public holidays have a rule already; only PH rules with times may be repeated.")
            on_holidays = kind
            own.update(_read_spans(rule, rest) if kind == "own" else ())
        else:
            for day in _read_days(days):
                by_day[day].update(_read_spans(rule, rest))
    if not any(by_day.values()):
        raise _wrong(text, "it says nothing about ordinary days; expected at least one rule with weekdays.")
    week = tuple((day, tuple(sorted(spans))) for day, spans in by_day.items())
    return Week(week, on_holidays or "unknown", tuple(sorted(own)))


def _read_days(written: str) -> set[int]:
    found: set[int] = set()
    for item in written.split(","):
        ends = item.split("-")
        if len(ends) > 2 or not set(ends) <= set(_DAYS):
            raise _wrong(item, "expected Mo Tu We Th Fr Sa Su, as in Mo-Fr or Mo,We,Fr, or PH; 24/7 stands alone.")
        first, last = _DAYS.index(ends[0]), _DAYS.index(ends[-1])
        found.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return found


def _read_spans(rule: str, written: str) -> list[Span]:
    times, _, word = written.partition(" ")
    if not times or times in ("off", "open", "unknown"):
        raise _wrong(rule, "expected times such as 09:00-17:00 (PH also: off, open, unknown); leave out closed days.")
    if word not in ("", "unknown"):
        raise _wrong(word, "expected nothing or unknown after the times; times are separated by a comma.")
    return [_read_span(span, OpenState.UNKNOWN if word else OpenState.OPEN) for span in times.split(",")]


def _read_span(written: str, state: OpenState) -> Span:
    match = _SPAN.fullmatch(written)
    if match is None:
        raise _wrong(written, "expected HH:MM-HH:MM, starting from 00:00 to 23:59 and ending from 00:00 to 24:00.")
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if start == end:
        raise _wrong(written, "start and end are equal; expected 00:00-24:00 for a whole day.")
    return start, end if end > start else end + _DAY_MINUTES, state


class _Timeline(NamedTuple):
    """From times[i] (UTC epoch seconds) the state is states[i]; opens[i] is the first index >= i that is open."""

    times: list[int]
    states: list[OpenState]
    instants: list[datetime]
    opens: list[int | None]


@lru_cache(maxsize=4096)
def _timeline(hours: Hours, utc_day: int) -> _Timeline:
    """Every change of state from the start of `utc_day` (days since 1970) until 14 days after its end."""
    edges = _on_the_wall(hours.week(), utc_day)
    times, states = list[int](), list[OpenState]()
    for start, end, offset in _offsets(utc_day):
        for (wall, state), (wall_end, _) in pairwise(edges):
            if wall < end + offset and wall_end > start + offset and state not in states[-1:]:
                times.append(int(max(wall - offset, start)))
                states.append(state)
    opens: list[int | None] = [None]
    for index in reversed(range(len(states))):
        opens.append(index if states[index] is OpenState.OPEN else opens[-1])
    return _Timeline(times, states, [datetime.fromtimestamp(at, AMSTERDAM) for at in times], opens[::-1])


def _on_the_wall(week: Week, utc_day: int) -> list[tuple[float, OpenState]]:
    """Wall-clock seconds since 1970 and the state from there; from the day before, of which a span may still run."""
    changes: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for number in range(utc_day - 1, utc_day + HORIZON_DAYS + 2):
        for start, end, state in _spans_on(week, date.fromordinal(_EPOCH_ORDINAL + number)):
            changes[number * _DAY_SECONDS + start * 60][state is not OpenState.OPEN] += 1
            changes[number * _DAY_SECONDS + end * 60][state is not OpenState.OPEN] -= 1
    edges: list[tuple[float, OpenState]] = [(-math.inf, OpenState.CLOSED)]
    certain = uncertain = 0
    for wall, (more_certain, more_uncertain) in sorted(changes.items()):
        certain, uncertain = certain + more_certain, uncertain + more_uncertain
        edges.append((wall, OpenState.OPEN if certain else OpenState.UNKNOWN if uncertain else OpenState.CLOSED))
    return [*edges, (math.inf, OpenState.CLOSED)]


def _spans_on(week: Week, day: date) -> tuple[Span, ...]:
    spans = week.days[day.weekday()][1]
    if week.holidays in ("always", "same") or not (is_public_holiday(day) or is_holiday_for_some(day)):
        return spans
    if week.holidays == "unknown" or is_holiday_for_some(day):
        return tuple((start, end, OpenState.UNKNOWN) for start, end, _ in spans)
    return week.holiday_spans  # own; none when off


@lru_cache(maxsize=1024)
def _offsets(utc_day: int) -> tuple[tuple[int, int, int], ...]:
    """Parts of the window in UTC seconds: start, end, wall minus UTC; clocks change on whole UTC hours since 1940."""
    hours = range(utc_day * _DAY_SECONDS, (utc_day + HORIZON_DAYS + 1) * _DAY_SECONDS, 3600)
    clock = [(at, calendar.timegm(datetime.fromtimestamp(at, AMSTERDAM).timetuple()) - at) for at in hours]
    cuts = [clock[0], *(now for was, now in pairwise(clock) if was[1] != now[1]), (hours.stop, 0)]
    return tuple((start, end, offset) for (start, offset), (end, _) in pairwise(cuts))
