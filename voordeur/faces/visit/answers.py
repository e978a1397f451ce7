"""The answers of the guide as they travel: in the body of a form, never in an address, and forgotten after.

`read` takes whatever was sent; what it does not know it leaves out and says so. It never fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote_plus

from voordeur import vocabulary as v
from voordeur.rules.guide import Field, Guide, Question, role_of

LONGEST_PLACE = 60
LONGEST_STATE = 4000
#: The page of the library that someone came from; what it is about holds until something else is said.
TOPIC = "topic"
_TOPIC_ID = re.compile(r"[a-z]+(-[a-z]+)*")


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered so far, and whether something was sent that could not be understood."""

    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_partly_lost: bool = False

    def written(self) -> str:
        """The answers in one hidden field of the next page."""
        pairs = [(key, one) for key, chosen in self.answers.items() for one in (chosen or ("",))]
        return "&".join([f"{_quoted(key)}={_quoted(one)}" for key, one in pairs])

    def having(self, more: Mapping[str, tuple[str, ...]]) -> Told:
        """These answers with others put over them."""
        return Told({**self.answers, **more}, self.is_partly_lost)

    def without(self, question: Question) -> Told:
        """These answers with one question opened again."""
        gone = {one.id for one in question.fields}
        return Told({key: chosen for key, chosen in self.answers.items() if key not in gone}, self.is_partly_lost)


def _quoted(text: str) -> str:
    """As in a form's body; the codes of the guide need no quoting."""
    return text if text.isidentifier() and text.isascii() else quote_plus(text)


def _place(sent: Iterable[str]) -> tuple[str, ...]:
    text = next((one for one in sent if one.strip()), "")
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    kept = kept.encode("utf-8", "ignore").decode()
    return (" ".join(kept.split())[:LONGEST_PLACE],) if kept.strip() else ()


def _known(one: Field, sent: list[str]) -> tuple[tuple[str, ...], bool]:
    if one.kind == "place":
        return _place(sent), False
    if one.kind == "language":
        known = [code for code in sent if code in v.LANGUAGES]
        return tuple(known[:1]), any(code and code not in v.LANGUAGES for code in sent)
    offered = {option.id for option in one.options}
    known = list(dict.fromkeys(code for code in sent if code in offered))
    lost = any(code and code not in offered for code in sent)
    return tuple(known[:1] if one.kind == "one" else known), lost


def _collect(guide: Guide, sent: Mapping[str, list[str]]) -> tuple[dict[str, tuple[str, ...]], bool]:
    answers: dict[str, tuple[str, ...]] = {}
    is_lost = False
    for one in guide.fields.values():
        if one.id in sent:
            answers[one.id], lost = _known(one, sent[one.id])
            is_lost = is_lost or lost
    topic = [one for one in sent.get(TOPIC, ()) if len(one) <= 40 and _TOPIC_ID.fullmatch(one)]
    if topic:
        answers[TOPIC] = (topic[0],)
    return answers, is_lost or any(key not in guide.fields and key != TOPIC for key in sent)


def read(guide: Guide, written: str) -> Told:
    """The answers in the hidden field, in the order of the guide. Anything not known is left out and marked."""
    if not written:
        return Told()
    try:
        pairs = parse_qsl(written[:LONGEST_STATE], keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return Told({}, True)
    sent: dict[str, list[str]] = {}
    for key, value in pairs:
        sent.setdefault(key, []).append(value)
    answers, is_lost = _collect(guide, sent)
    return Told(answers, is_lost or len(written) > LONGEST_STATE)


def answered(guide: Guide, question: Question, told: Told, sent: Mapping[str, list[str]]) -> Told:
    """The answers with those to `question` added from the form; nothing chosen counts as skipped."""
    asked = question.asked(role_of(guide, told.answers)) if question.id != "way_in" else question.fields
    given, is_lost = _collect(guide, {one.id: sent.get(one.id, []) for one in asked})
    return Told({**told.answers, **given}, told.is_partly_lost or is_lost)


def skipped(guide: Guide, question: Question, told: Told) -> Told:
    """The answers with `question` passed over."""
    asked = question.asked(role_of(guide, told.answers))
    return told.having({one.id: () for one in asked})
