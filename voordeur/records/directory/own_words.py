"""What an organisation may say itself about one of its services, as plain values: read, checked, and laid over a view.

It says what it can know: what it does now, its waiting time, whether it takes people now, and the hours of the lines on
which somebody answers. Numbers and addresses stay those of the files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from voordeur import vocabulary as v
from voordeur.rules.opening import HoursError, parse_hours

#: Every text stands in these, as in the files; other languages of the vocabulary may come beside them.
SHOWN_LANGUAGES = ("nl", "en")
LONGEST_SUMMARY, LONGEST_WAIT, LONGEST_HOURS, LONGEST_REASON = 140, 200, 300, 200
#: “Now” does not last: after this, whether they take people is not known again.
NOW_LASTS = timedelta(days=60)

#: Signs of a page, and a letter, a dot and a letter: an address, but for abbreviations of single letters (o.a., e.g.).
_LINK = re.compile(r"https?:|www\.|@|[<>]", re.I)
_DOTTED = re.compile(r"\w+(?:\.[^\W\d_]+)+")
_ABBREVIATION = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
#: With spaces around the dot too, where what follows ends addresses and no sentence begins with it; the second kind is
#: a word as well (“be”, “de”, “me”), so only a space before the dot makes it an address (“be” also in small letters).
_SPACED = re.compile(
    r"\w\s*\.\s*(?:nl|com|org|net|eu|info|(?-i:be))\b|\w\s+\.\s*(?:be|de|fr|uk|me|io|nu|app|help|online)\b", re.I
)

#: Numbers to call stand with the ways to be in touch, never in a sentence. So three digits or more are refused,
#: whatever stands between them but letters; only what is plainly something else may stand.
_LONGEST_COUNT = 2
_TIME = r"(?:[01]?\d|2[0-4])[:.][0-5][05]"
_TIMES = re.compile(rf"(?<!\d){_TIME}(?!\d)|(?<!\d)24/7(?!\d)")
_YEAR = r"20[2-9]\d"
_DATE = re.compile(rf"\D*(?:[0-3]?\d([-/.])[01]?\d(?:\1){_YEAR}|{_YEAR}-[01]\d-[0-3]\d|{_YEAR}(?:[-/–]{_YEAR})?)\D*")
#: From one age, or count of days, to another.
_COUNTED = re.compile(
    r"(?<!\d)\d{1,2}\s?[-–/]\s?\d{1,2}(?=[\s-]?(?:jaar|jarig|year|maand|month|wee?k|dag|day|uur|hour))", re.I
)


class SaidWrongly(ValueError):
    """What was said cannot be taken; `rule` names what is expected, `values` fill in a sentence about it."""

    def __init__(self, rule: str, message: str, **values: object) -> None:
        super().__init__(message)
        self.rule, self.values = rule, values


@dataclass(frozen=True, slots=True)
class LineHours:
    """The hours of one way to be in touch: its kind, its number or address as in the file (None: none), OSM text."""

    kind: v.ChannelKind
    value: str | None
    hours: str


@dataclass(frozen=True, slots=True)
class Said:
    """Everything that an organisation says about one service; None or empty: nothing said about it."""

    summary: Mapping[str, str] | None = None
    wait_time: Mapping[str, str] | None = None
    takes_people: bool | None = None
    hours: tuple[LineHours, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """One own word with where it stands; `reason` is the steward's, for one that was refused."""

    id: int
    organization: str
    service: str
    state: v.WordState
    said: Said
    proposed_on: date
    decided_on: date | None
    reason: str

    def hours_of(self, kind: str, value: str | None) -> str | None:
        """The hours said of this way to be in touch; None when nothing was, or when it cannot be read any more."""
        for one in self.said.hours:
            if (one.kind, one.value) == (kind, value) and _are_hours(one.hours):
                return one.hours
        return None


def has_hours(kind: str) -> bool:
    """Whether hours can be said of a way of this kind: somebody answers at once."""
    return v.WAY_OF_CHANNEL[v.ChannelKind(kind)] in v.LIVE_WAYS


def checked_said(said: Said, lines: Iterable[tuple[str, str | None]]) -> Said:
    """What was said, trimmed, when all of it can be taken. Raises SaidWrongly.

    `lines` are kind and value of the ways to be in touch that the service has in the directory.
    """
    found = Said(
        checked_texts(said.summary, LONGEST_SUMMARY),
        checked_texts(said.wait_time, LONGEST_WAIT),
        said.takes_people,
        _checked_hours(said.hours, set(lines)),
    )
    if found == Said():
        raise SaidWrongly("nothing", "something to say is expected")
    return found


def checked_texts(texts: Mapping[str, str] | None, longest: int) -> Mapping[str, str] | None:
    """One text in its languages, trimmed; None when there is none in any. Raises SaidWrongly."""
    if texts is None:
        return None
    found = {language: text.strip() for language, text in texts.items()}
    if unknown := [one for one in found if one not in v.LANGUAGES]:
        raise SaidWrongly("language", f"“{unknown[0]}” is not a language that is known", language=unknown[0])
    if not any(found.values()):
        return None
    if not all(found.get(language) for language in SHOWN_LANGUAGES) or not all(found.values()):
        raise SaidWrongly("both", "a text in Dutch and in English is expected")
    return {language: checked_text(text, longest) for language, text in found.items()}


def checked_text(text: str, longest: int) -> str:
    """One line of text without links or numbers to call. Raises SaidWrongly.

    Whoever wants to can still write a number out in words; a steward reads each text before it stands.
    """
    text = text.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise SaidWrongly("long", f"one line of 1 to {longest} signs is expected", longest=longest)
    plain = unicodedata.normalize("NFKC", text)  # digits and dots of another width are the same to a reader
    if _has_address(plain):
        raise SaidWrongly("link", "an address, a mail address or a sign of a page cannot stand in the text")
    if _has_number(plain):
        raise SaidWrongly("number", "a number to call cannot stand in the text")
    return text


def _has_address(text: str) -> bool:
    dotted = (found[0] for found in _DOTTED.finditer(text))
    return bool(_LINK.search(text) or _SPACED.search(text)) or not all(map(_ABBREVIATION.fullmatch, dotted))


def _has_number(text: str) -> bool:
    for part in re.split(r"[^\W\d_]+", _COUNTED.sub(" ", text)):
        rest = _TIMES.sub(" ", part)
        if sum(sign.isdigit() for sign in rest) > _LONGEST_COUNT and not _DATE.fullmatch(rest):
            return True
    return False


def _checked_hours(hours: Iterable[LineHours], lines: set[tuple[str, str | None]]) -> tuple[LineHours, ...]:
    found: dict[tuple[str, str | None], LineHours] = {}
    for one in hours:
        if (one.kind, one.value) not in lines or not has_hours(one.kind) or (one.kind, one.value) in found:
            raise SaidWrongly("line", "hours once for each way to be in touch at once is expected")
        text = one.hours.strip()
        if len(text) > LONGEST_HOURS or not _are_hours(text):
            raise SaidWrongly("hours", f"“{text}” is not opening hours", hours=text[:40])
        found[one.kind, one.value] = LineHours(one.kind, one.value, text)
    return tuple(found.values())


def _are_hours(text: str) -> bool:
    try:
        parse_hours(text)
    except HoursError:
        return False
    return True


def said_from(row: Mapping[str, Any]) -> Said:
    """What a row holds, as plain values."""
    return Said(
        row["summary"],
        row["wait_time"],
        row["takes_people"],
        tuple(LineHours(v.ChannelKind(one["kind"]), one["value"], one["hours"]) for one in row["hours"]),
    )


def is_newer(source_date: str | None, day: date) -> bool:
    """Whether a fact of the files, of this whole or partial date, is certainly of after this day."""
    return source_date is not None and f"{source_date}-01-01"[:10] > day.isoformat()
