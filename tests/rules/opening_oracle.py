"""The oracle of opening hours: it paints every minute of three years on a strip, and shares nothing with the module.

Clock changes and holidays are written out by hand, a schedule is data that is rendered to text for the module, and
every wall-clock minute is one byte.
"""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from voordeur.vocabulary import OpenState

OPEN, CLOSED, UNKNOWN = OpenState.OPEN, OpenState.CLOSED, OpenState.UNKNOWN


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


HOLIDAY_TEXT = """
    2024-12-25 2024-12-26
    2025-01-01 2025-04-20 2025-04-21 2025-04-26 2025-05-05 2025-05-29 2025-06-08 2025-06-09
    2025-12-25 2025-12-26
    2026-01-01 2026-04-05 2026-04-06 2026-04-27 2026-05-14 2026-05-24 2026-05-25 2026-12-25 2026-12-26
    2027-01-01 2027-03-28 2027-03-29 2027-04-27 2027-05-06 2027-05-16 2027-05-17 2027-12-25 2027-12-26
    2028-01-01
"""
HOLIDAYS = {date.fromisoformat(day) for day in HOLIDAY_TEXT.split()}
CHANGES = [  # instant in UTC, hours that the wall clock is ahead of UTC from then on
    (utc("2025-03-30T01:00"), 2),
    (utc("2025-10-26T01:00"), 1),
    (utc("2026-03-29T01:00"), 2),
    (utc("2026-10-25T01:00"), 1),
    (utc("2027-03-28T01:00"), 2),
    (utc("2027-10-31T01:00"), 1),
]
ZERO, STOP = utc("2024-12-20"), utc("2028-02-01")  # the strip
FIRST, LAST = utc("2025-01-01"), utc("2028-01-01")  # the moments asked
DAY = 24 * 60
HALF_HOLIDAYS = {date(2025, 4, 18), date(2026, 4, 3), date(2026, 5, 5), date(2027, 3, 26), date(2027, 5, 5)}
NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
BYTES = {0: CLOSED, 1: UNKNOWN, 2: OPEN}


class Rule(NamedTuple):
    days: tuple[tuple[int, int], ...]  # first and last of each range
    spans: tuple[tuple[int, int], ...]  # start and end in minutes of the clock
    unknown: bool


class Schedule(NamedTuple):
    rules: tuple[Rule, ...]
    holiday: str | tuple[Rule, ...]  # "", "off", "open", "unknown" or own rules, of which the days do not count


def minute_of(moment: datetime) -> int:
    return int((moment - ZERO).total_seconds() // 60)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def render(schedule: Schedule) -> str:
    def times(rule: Rule) -> str:
        spans = ",".join(f"{clock(start)}-{clock(end)}" for start, end in rule.spans)
        return spans + (" unknown" if rule.unknown else "")

    def days(rule: Rule) -> str:
        return ",".join(NAMES[a] if a == b else f"{NAMES[a]}-{NAMES[b]}" for a, b in rule.days)

    texts = [f"{days(rule)} {times(rule)}" for rule in schedule.rules]
    if isinstance(schedule.holiday, str):
        texts += [f"PH {schedule.holiday}"] if schedule.holiday else []
    else:
        texts += [f"PH {times(rule)}" for rule in schedule.holiday]
    return "; ".join(texts)


def covers(rule: Rule, weekday: int) -> bool:
    return any(a <= weekday <= b if a <= b else weekday >= a or weekday <= b for a, b in rule.days)


def paint(schedule: Schedule) -> bytes:
    """One byte for every minute from ZERO in UTC: 0 closed, 1 unknown, 2 open."""
    wall = bytearray(minute_of(STOP) + DAY * 3)  # minutes of the wall clock since 20 December 2024, 00:00
    for colour in (1, 2):  # open is painted last and so wins
        for number in range(len(wall) // DAY - 1):
            day = ZERO.date() + timedelta(days=number)
            rules = [rule for rule in schedule.rules if covers(rule, day.weekday())]
            doubt = False
            if day in HALF_HOLIDAYS and schedule.holiday != "open":
                doubt = True
            elif day in HOLIDAYS:
                if not isinstance(schedule.holiday, str):
                    rules = list(schedule.holiday)
                elif schedule.holiday == "off":
                    rules = []
                elif schedule.holiday != "open":
                    doubt = True
            for rule in rules:
                if colour == (1 if rule.unknown or doubt else 2):
                    for start, end in rule.spans:
                        length = end - start if end > start else end - start + DAY
                        here = number * DAY + start
                        wall[here : here + length] = bytes([colour]) * length
    strip = bytearray()
    ahead = 1
    for change, after in [*CHANGES, (STOP, 1)]:
        until = minute_of(change)
        strip += wall[len(strip) + ahead * 60 : until + ahead * 60]
        ahead = after
    return bytes(strip)


def walk(strip: bytes, minute: int) -> tuple[OpenState, int | None, int | None]:
    """Walk on minute by minute for 14 days: the state, the minute of the next other state, and of the next open."""
    state, other, opens = strip[minute], None, None
    for later in range(minute + 1, minute + 14 * DAY + 1):
        if other is None and strip[later] != state:
            other = later
        if state != 2 and strip[later] == 2:
            opens = later
            break
        if state == 2 and other is not None:
            break
    return BYTES[state], other, opens


def instant(minute: int | None) -> datetime | None:
    return None if minute is None else ZERO + timedelta(minutes=minute)


MINUTES = st.one_of(st.integers(0, DAY - 1), st.integers(0, 95).map(lambda n: n * 15), st.integers(110, 190))
SPANS = st.tuples(MINUTES, MINUTES.map(lambda n: n or DAY)).filter(lambda span: span[0] != span[1])
OVER_MIDNIGHT = st.tuples(st.integers(1, DAY - 1), st.integers(0, 300)).filter(lambda span: span[0] != span[1])
RULES = st.builds(
    Rule,
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=3).map(tuple),
    st.lists(SPANS | OVER_MIDNIGHT, min_size=1, max_size=3).map(tuple),
    st.booleans(),
)
SCHEDULES = st.builds(
    Schedule,
    st.lists(RULES, min_size=1, max_size=4).map(tuple),
    st.sampled_from(["", "off", "open", "unknown"]) | st.lists(RULES, min_size=1, max_size=2).map(tuple),
)
NEAR = [change for change, _ in CHANGES] + [
    datetime(day.year, day.month, day.day, tzinfo=UTC) for day in sorted(HOLIDAYS) if 2025 <= day.year <= 2027
]
MOMENTS = st.one_of(
    st.integers(minute_of(FIRST), minute_of(LAST) - 1),
    st.builds(lambda near, off: minute_of(near) + off, st.sampled_from(NEAR[:6]), st.integers(-180, 180)),
    st.builds(lambda near, off: minute_of(near) + off, st.sampled_from(NEAR), st.integers(-2 * DAY, 2 * DAY)).filter(
        lambda minute: minute_of(FIRST) <= minute < minute_of(LAST)
    ),
)
RELAXED = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
