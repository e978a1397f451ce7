"""Whether somebody may get in touch with a visitor: which way, when, who may answer, a code word, what never.

Report 2.6: "I always said: do not call back. What do I say when my husband answers? I did not dare to mail: he reads
my mail." So this is a rule that blocks, not a note beside a number: no way is open unless the visitor said yes to it,
with times, and what she said never to stays shut whatever else was said. She comes herself to the conversation here,
so that way needs no yes and cannot be shut.

A rule holds no number, no address and no code word, only that there is one. Times are what a clock on the wall in the
Netherlands shows: the hour skipped in spring does not occur, the hour repeated in autumn counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import cast

from voordeur.rules.opening import AMSTERDAM
from voordeur.vocabulary import ContactRefusal, ContactWay, MayAnswer

MOST_WINDOWS = 20
_DAY_MINUTES = 24 * 60
_WEEK = frozenset(range(7))


class SafeContactError(ValueError):
    """What is written is no rule of safe contact; the message says which part is wrong and what is expected."""


@dataclass(frozen=True, slots=True)
class Window:
    """Times on some days of the week, Monday 0, in minutes after midnight; the last minute is outside.

    An end before the beginning is on the next day, and belongs to the day on which the window begins. 0 to 1440 is
    the whole day. Raises SafeContactError.
    """

    weekdays: frozenset[int]
    from_minute: int
    to_minute: int

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= _WEEK:
            raise SafeContactError("A window has days of the week, from 0 (Monday) to 6 (Sunday).")
        if not (0 <= self.from_minute < _DAY_MINUTES and 0 <= self.to_minute <= _DAY_MINUTES):
            raise SafeContactError("A window begins and ends at a minute of the day, from 0 to 1440.")
        if self.from_minute == self.to_minute:
            raise SafeContactError(
                "A window that ends when it begins can be read in two ways; 0 to 1440 is a whole day."
            )

    def holds(self, weekday: int, minute: int) -> bool:
        """Whether this minute of this day of the week lies in the window."""
        if self.from_minute < self.to_minute:
            return weekday in self.weekdays and self.from_minute <= minute < self.to_minute
        evening = weekday in self.weekdays and minute >= self.from_minute
        return evening or ((weekday - 1) % 7 in self.weekdays and minute < self.to_minute)


@dataclass(frozen=True, slots=True)
class WayRule:
    """One way that the visitor said yes to: when, who may answer, and whether a word was agreed. No times is never."""

    windows: tuple[Window, ...]
    who_may_answer: MayAnswer = MayAnswer.ONLY_ME
    has_code_word: bool = False


@dataclass(frozen=True, slots=True)
class SafeContact:
    """What a visitor said about getting in touch. `until` is the last day, in the Netherlands, on which it holds.

    A way in both `ways` and `never` is shut. Raises SafeContactError when it says anything of the way that is always
    open.
    """

    ways: Mapping[ContactWay, WayRule] = field(default_factory=dict)
    never: frozenset[ContactWay] = frozenset()
    until: date | None = None

    def __post_init__(self) -> None:
        if ContactWay.HERE in self.ways or ContactWay.HERE in self.never:
            raise SafeContactError("To the conversation here the visitor comes herself: nothing is agreed about it.")
        object.__setattr__(self, "ways", MappingProxyType(dict(self.ways)))


def may_contact(
    rule: SafeContact | None, *, way: ContactWay, moment: datetime, says_code_word: bool, hangs_up_for_others: bool
) -> ContactRefusal | None:
    """Why not, or None when it may. Without a rule nothing may but the conversation here.

    says_code_word: whoever gets in touch will say the word. hangs_up_for_others: and will say nothing, and hang up,
    when somebody else answers. ValueError when `moment` has no zone.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"The moment {moment!r} has no time zone; expected an aware datetime.")
    if way is ContactWay.HERE:
        return None
    if rule is None:
        return ContactRefusal.NOT_PERMITTED
    if way in rule.never:
        return ContactRefusal.NEVER
    of_way = rule.ways.get(way)
    if of_way is None:
        return ContactRefusal.NOT_PERMITTED
    wall = moment.astimezone(AMSTERDAM)
    if rule.until is not None and wall.date() > rule.until:
        return ContactRefusal.PAST
    if not any(window.holds(wall.weekday(), wall.hour * 60 + wall.minute) for window in of_way.windows):
        return ContactRefusal.OUTSIDE_TIMES
    if of_way.has_code_word and not says_code_word:
        return ContactRefusal.CODE_WORD_NEEDED
    if of_way.who_may_answer is not MayAnswer.ANYONE and not hangs_up_for_others:
        return ContactRefusal.ONLY_TO_HER_SELF
    return None


def written(rule: SafeContact) -> dict[str, object]:
    """The rule as plain JSON values, always in the same order; `read` gives it back."""
    return {
        "ways": {
            way.value: {
                "windows": [
                    {
                        "weekdays": sorted(window.weekdays),
                        "from_minute": window.from_minute,
                        "to_minute": window.to_minute,
                    }
                    for window in rule.ways[way].windows
                ],
                "who_may_answer": rule.ways[way].who_may_answer.value,
                "has_code_word": rule.ways[way].has_code_word,
            }
            for way in ContactWay
            if way in rule.ways
        },
        "never": [way.value for way in ContactWay if way in rule.never],
        "until": rule.until.isoformat() if rule.until else None,
    }


def read(value: object) -> SafeContact:
    """The rule in plain JSON values. Every key must be there and none besides. Raises SafeContactError."""
    whole = _keys(value, {"ways", "never", "until"}, "A rule")
    ways = whole["ways"]
    if not isinstance(ways, dict):
        raise SafeContactError("The ways are named, each with its rule.")
    never = [_way(one) for one in _items(whole["never"], "What is never allowed")]
    until = whole["until"]
    if until is not None and not isinstance(until, str):
        raise SafeContactError("The last day is a date such as 2026-12-31, or nothing.")
    return SafeContact({_way(name): _way_rule(one) for name, one in ways.items()}, frozenset(never), _day(until))


def _way_rule(value: object) -> WayRule:
    of_way = _keys(value, {"windows", "who_may_answer", "has_code_word"}, "A way")
    windows = _items(of_way["windows"], "The times of a way")
    if len(windows) > MOST_WINDOWS:
        raise SafeContactError(f"A way has at most {MOST_WINDOWS} windows.")
    if not isinstance(of_way["has_code_word"], bool):
        raise SafeContactError("Whether there is a code word is true or false.")
    who = of_way["who_may_answer"]
    if who not in list(MayAnswer):
        raise SafeContactError("Who may answer is only_me or anyone.")
    return WayRule(tuple(map(_window, windows)), MayAnswer(cast("str", who)), of_way["has_code_word"])


def _window(value: object) -> Window:
    window = _keys(value, {"weekdays", "from_minute", "to_minute"}, "A window")
    days = [_whole_number(one) for one in _items(window["weekdays"], "The days of a window")]
    if len(set(days)) != len(days):
        raise SafeContactError("A day of the week stands in a window once.")
    return Window(frozenset(days), _whole_number(window["from_minute"]), _whole_number(window["to_minute"]))


def _keys(value: object, wanted: set[str], what: str) -> dict[str, object]:
    if not isinstance(value, dict) or set(value) != wanted:
        raise SafeContactError(f"{what} has exactly these parts: {', '.join(sorted(wanted))}.")
    return value


def _items(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise SafeContactError(f"{what}: a list is expected.")
    return value


def _whole_number(value: object) -> int:
    if type(value) is not int:  # True is a whole number to Python
        raise SafeContactError("A day of the week and a minute are whole numbers.")
    return value


def _way(value: object) -> ContactWay:
    if value not in list(ContactWay):
        raise SafeContactError("This is no way to get in touch that we know.")
    return ContactWay(cast("str", value))


def _day(value: str | None) -> date | None:
    if value is None:
        return None
    try:
        read_day = date.fromisoformat(value)
    except ValueError:
        read_day = None
    if read_day is None or read_day.isoformat() != value:
        raise SafeContactError("The last day is a date such as 2026-12-31, or nothing.")
    return read_day
