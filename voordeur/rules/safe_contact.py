"""Which contact a visitor permits: a rule that blocks, not a note (report 2.6; a phone that rings can be a danger).

Nothing is permitted that was not named. Only the conversation itself is always open, for there the visitor comes by
themselves. What was said never to be done is not done, whatever else was permitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from voordeur.rules.opening import AMSTERDAM
from voordeur.vocabulary import ContactRefusal, ContactWay

ONLY_ME, ANYONE = "only_me", "anyone"
_DAY = 24 * 60


class SafeContactError(ValueError):
    """A rule of contact cannot be read; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time on the Dutch clock: `weekdays` (Monday is 0) on which it begins, from and to in minutes of the day.

    Where `to_minute` is not after `from_minute` it passes midnight.
    """

    weekdays: frozenset[int]
    from_minute: int
    to_minute: int

    def holds(self, moment: datetime) -> bool:
        """Whether this moment lies in it; the end is not in it."""
        local = moment.astimezone(AMSTERDAM)
        minute = local.hour * 60 + local.minute
        today, before = local.weekday(), (local - timedelta(days=1)).weekday()
        if self.from_minute < self.to_minute:
            return today in self.weekdays and self.from_minute <= minute < self.to_minute
        return (today in self.weekdays and minute >= self.from_minute) or (
            before in self.weekdays and minute < self.to_minute
        )


@dataclass(frozen=True, slots=True)
class WayRule:
    """When one way is permitted; without a window never."""

    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class SafeContact:
    """What a visitor permits. `until` is the last day on which it counts; None: until it is taken back.

    who_may_answer: ONLY_ME or ANYONE. has_code_word: whoever makes contact says it before anything else.
    """

    ways: Mapping[ContactWay, WayRule]
    never: frozenset[ContactWay] = frozenset()
    until: date | None = None
    who_may_answer: str = ONLY_ME
    has_code_word: bool = False


def may_contact(
    rule: SafeContact | None, *, way: ContactWay, moment: datetime, says_code_word: bool, hangs_up_for_others: bool
) -> ContactRefusal | None:
    """Why a contact in this way at this moment is not permitted; None when it is. Without a rule only HERE is.

    Raises SafeContactError for a moment without a time zone, of which nobody knows when it is.
    """
    if moment.utcoffset() is None:
        raise SafeContactError("a moment with its time zone is expected")
    if way is ContactWay.HERE:
        return None
    if rule is None:
        return ContactRefusal.NOT_PERMITTED
    if way in rule.never:
        return ContactRefusal.NEVER
    if way not in rule.ways:
        return ContactRefusal.NOT_PERMITTED
    if rule.until is not None and moment.astimezone(AMSTERDAM).date() > rule.until:
        return ContactRefusal.PAST
    if not any(window.holds(moment) for window in rule.ways[way].windows):
        return ContactRefusal.OUTSIDE_TIMES
    if rule.has_code_word and not says_code_word:
        return ContactRefusal.CODE_WORD_NEEDED
    if rule.who_may_answer == ONLY_ME and not hangs_up_for_others:
        return ContactRefusal.ONLY_TO_HER_SELF
    return None


def written(rule: SafeContact) -> dict[str, object]:
    """The rule as plain values for JSON; `read` gives the same rule."""
    return {
        "ways": {
            str(way): [[sorted(one.weekdays), one.from_minute, one.to_minute] for one in rule.ways[way].windows]
            for way in sorted(rule.ways)
        },
        "never": sorted(rule.never),
        "until": rule.until.isoformat() if rule.until else None,
        "who": rule.who_may_answer,
        "word": rule.has_code_word,
    }


def read(said: Mapping[str, object]) -> SafeContact:
    """The rule that `written` gave. Raises SafeContactError for anything else."""
    if set(said) != {"ways", "never", "until", "who", "word"}:
        raise SafeContactError("ways, never, until, who and word are expected")
    ways, never, until = said["ways"], said["never"], said["until"]
    if not isinstance(ways, Mapping) or not isinstance(never, list):
        raise SafeContactError("ways by their name, and a list of those that are never permitted, are expected")
    if until is not None and not isinstance(until, str):
        raise SafeContactError("a last day as 2026-12-31, or none, is expected")
    if said["who"] not in (ONLY_ME, ANYONE) or not isinstance(said["word"], bool):
        raise SafeContactError("“who” only_me or anyone, and “word” true or false, are expected")
    try:
        return SafeContact(
            ways={ContactWay(way): WayRule(tuple(_window(one) for one in windows)) for way, windows in ways.items()},
            never=frozenset(ContactWay(one) for one in never),
            until=None if until is None else date.fromisoformat(until),
            who_may_answer=str(said["who"]),
            has_code_word=said["word"],
        )
    except (ValueError, TypeError) as problem:
        raise SafeContactError("a known way, and days and times as numbers, are expected") from problem


def _window(said: object) -> Window:
    if not isinstance(said, list) or len(said) != 3:
        raise SafeContactError("a window is weekdays, from and to")
    weekdays, begin, end = said
    if (
        not isinstance(weekdays, list)
        or not weekdays
        or not all(type(one) is int and 0 <= one <= 6 for one in weekdays)
    ):
        raise SafeContactError("weekdays from 0 (Monday) to 6 are expected")
    if type(begin) is not int or type(end) is not int or not 0 <= begin < _DAY or not 0 <= end <= _DAY:
        raise SafeContactError("minutes of a day are expected")
    return Window(frozenset(weekdays), begin, end)
