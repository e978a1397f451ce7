"""Whether somebody can answer at a door at this moment: its opening hours, their exceptions, and who is on duty.

Three answers, and none of them promises more than is known: somebody is there; these are the hours but nobody is
there; it is not the time. Hours are written as in `rules/opening.py`, but they are the team's own and so never
"unknown": a day on which some work and others do not (Good Friday) is an ordinary day unless an exception says
otherwise, and public holidays must be spoken for. An exception holds for the spans that begin on its date, so a late
shift of the evening before runs to its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from voordeur.rules.opening import AMSTERDAM, HORIZON_DAYS, Hours, HoursError, Span, is_public_holiday, parse_hours
from voordeur.vocabulary import OpenState, TalkOpen

CLOSED = "closed"
_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TalkHours:
    """When a team means to answer. `exceptions` are (date, text as written, spans in minutes), by date."""

    hours: Hours
    exceptions: tuple[tuple[date, str, tuple[Span, ...]], ...] = ()

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on `day`, in minutes after its midnight on the clock of the wall."""
        for exceptional, _, spans in self.exceptions:
            if exceptional == day:
                return spans
        week = self.hours.week()
        if week.holidays in ("always", "same") or not is_public_holiday(day):
            return week.days[day.weekday()][1]
        return week.holiday_spans  # own; none when off


@dataclass(frozen=True, slots=True)
class TalkStatus:
    """What the visitors' side may say; datetimes are aware, in Europe/Amsterdam.

    until: when the hours begin or end, whichever comes next; None if that is over 14 days away.
    next_open: while closed, when the hours begin; else None. Nobody can promise that somebody is there by then.
    """

    state: TalkOpen
    until: datetime | None
    next_open: datetime | None


def talk_hours(text: str, exceptions: Mapping[str, str] | None = None) -> TalkHours:
    """The hours in `text`; `exceptions` are {"2026-12-31": "10:00-17:00" or "closed"}.

    Raises HoursError when a text is not hours, a key is not a date, or anything is left unknown.
    """
    hours = parse_hours(text)
    week = hours.week()
    if week.holidays == "unknown":
        raise HoursError(f"{text!r} says nothing sure about public holidays: add PH off, PH open or PH with times.")
    if any(state is not OpenState.OPEN for span in (*week.days, (7, week.holiday_spans)) for _, _, state in span[1]):
        raise HoursError(f"{text!r} holds unknown hours: a team knows its own hours, so leave out what is not sure.")
    return TalkHours(hours, tuple(sorted(_exception(day, said) for day, said in (exceptions or {}).items())))


def _exception(day: str, said: str) -> tuple[date, str, tuple[Span, ...]]:
    try:
        read = date.fromisoformat(day)
    except ValueError:
        raise HoursError(f"{day!r} is not a date; expected one such as 2026-12-31.") from None
    if said == CLOSED:
        return read, said, ()
    if ";" in said or " unknown" in said:
        raise HoursError(f"Cannot read {said!r} on {day}: expected closed, or times such as 10:00-17:00.")
    try:
        return read, said, parse_hours(f"Mo {said}; PH off").week().days[0][1]
    except HoursError as problem:
        raise HoursError(f"On {day}: {problem}") from problem


def talk_status(hours: TalkHours, on_duty_count: int, moment: datetime) -> TalkStatus:
    """What is true at `moment` (any zone) with so many people there who can answer (`routing.answering_count`).

    ValueError when `moment` has no zone.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"The moment {moment!r} has no time zone; expected an aware datetime.")
    now = moment.astimezone(UTC)  # in one zone, so that the repeated hour compares well (PEP 495)
    is_open = _is_open(hours, now)
    turns = (at for at in _turns(hours, now) if now < at <= now + timedelta(days=HORIZON_DAYS))
    until = next((at.astimezone(AMSTERDAM) for at in turns if _is_open(hours, at) != is_open), None)
    if not is_open:
        return TalkStatus(TalkOpen.CLOSED, until, until)
    return TalkStatus(TalkOpen.ANSWERING if on_duty_count > 0 else TalkOpen.EXPECTED, until, None)


def _is_open(hours: TalkHours, moment: datetime) -> bool:
    """By the clock on the wall: the hour skipped in spring does not occur, the hour repeated in autumn counts twice."""
    wall = moment.astimezone(AMSTERDAM)
    minute = wall.hour * 60 + wall.minute  # spans begin and end on whole minutes
    before = wall.date() - timedelta(days=1)
    return any(start <= minute < end for start, end, _ in hours.spans_on(wall.date())) or any(
        start <= minute + _DAY_MINUTES < end for start, end, _ in hours.spans_on(before)
    )


def _turns(hours: TalkHours, moment: datetime) -> Iterator[datetime]:
    """Every instant (UTC, rising) from the day before on at which the state may change, and some where it does not."""
    today = moment.astimezone(AMSTERDAM).date()
    for number in range(-1, HORIZON_DAYS + 2):
        day = today + timedelta(days=number)
        first, after = _on_the_wall(day), _on_the_wall(day + timedelta(days=1))
        turns = {first}  # where exceptions meet
        if after - first != timedelta(days=1):  # the clock changes on this day, at a whole hour
            turns.update(first + step * _HOUR for step in range(int((after - first) / _HOUR)))
        for past, spans in ((0, hours.spans_on(day)), (_DAY_MINUTES, hours.spans_on(day - timedelta(days=1)))):
            edges = {edge - past for start, end, _ in spans for edge in (start, end)}
            for edge in edges & set(range(_DAY_MINUTES)):
                turns.update(_on_the_wall(day, edge, fold) for fold in (0, 1))
        yield from sorted(turns)


def _on_the_wall(day: date, minute: int = 0, fold: int = 0) -> datetime:
    """The instant (UTC) at which the clock on the wall shows this minute of the day; `fold` as in PEP 495."""
    hour, rest = divmod(minute, 60)
    return datetime(day.year, day.month, day.day, hour, rest, tzinfo=AMSTERDAM, fold=fold).astimezone(UTC)


def longest_closed_minutes(hours: TalkHours) -> int:
    """The longest time in an ordinary week between the end of the hours and their next beginning, in minutes.

    What a door promises about reading messages cannot be shorter. Holidays and exceptions are not counted.
    """
    spans = sorted(
        (day * _DAY_MINUTES + start, day * _DAY_MINUTES + end)
        for day, of_day in hours.hours.week().days
        for start, end, _ in of_day
    )
    longest, reached = 0, spans[0][1]
    for start, end in [*spans, (spans[0][0] + _WEEK_MINUTES, spans[0][1] + _WEEK_MINUTES)]:
        longest, reached = max(longest, start - reached), max(reached, end)
    return longest
