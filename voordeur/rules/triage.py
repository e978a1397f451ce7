"""Triage at the desk: what somebody needs, and two judgements of danger that know nothing of each other (report 6.8).

Acute is danger now, structural is danger that goes on. A judgement is as grave as its gravest reason; reasons are never
counted or added up, and no number says anything about a person. What was not asked is not known, never “no sign”. The
professional decides: this only says which answers are reasons for what, and what to do first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from voordeur.vocabulary import Danger, NeedNow

About = Literal["acute", "structural", "need", "path"]
#: The two judgements; a question about one of them counts for that one alone.
JUDGEMENTS: tuple[About, ...] = ("acute", "structural")
#: The sets of codes of which a situation consists.
CODES = ("violence", "context", "groups", "role", "relation")
NOT_KNOWN, NOT_ASKED = "not_known", "not_asked"
Texts = Mapping[str, str]
Answers = Mapping[str, str]
Situation = Mapping[str, frozenset[str]]
_GRAVITY = (Danger.NOT_SEEN, Danger.NOT_KNOWN, Danger.POSSIBLE, Danger.PRESENT)
_URGENCY = (NeedNow.LISTENING, NeedNow.INFORMATION, NeedNow.HELP, NeedNow.HELP_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a question or a step rests on; `url` is empty for the report, `date` where the source names none."""

    id: str
    title: str
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when each set of codes has one that is meant, and each question has an answer that is meant."""

    codes: Situation
    answers: Mapping[str, frozenset[str]]

    def holds(self, answers: Answers, situation: Situation) -> bool:
        """Whether it holds for these answers in this situation."""
        nothing: frozenset[str] = frozenset()
        return all(codes & situation.get(term, nothing) for term, codes in self.codes.items()) and all(
            answers.get(question) in meant for question, meant in self.answers.items()
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question, and the need that follows from it."""

    id: str
    text: Texts
    need: NeedNow | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a judgement is what it is: which answers say so, and how grave that is for each judgement."""

    answers: frozenset[str]
    levels: Mapping[str, Danger]
    text: Texts


@dataclass(frozen=True, slots=True)
class Question:
    """One question to ask aloud, with what its answers mean. Without conditions it is open from the start."""

    id: str
    about: About
    text: Texts
    answers: tuple[Choice, ...]
    opens_when: tuple[Condition, ...]
    not_for: frozenset[str]
    reasons: tuple[Reason, ...]
    sources: tuple[str, ...]

    def is_sign(self, answer: str) -> bool:
        """Whether this answer is a reason for a judgement."""
        return any(answer in one.answers for one in self.reasons)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do first; the text may hold {emergency} and {organization}."""

    id: str
    text: Texts
    organization: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class First:
    """What comes first at a level of a judgement, for one role or (empty) for everybody else."""

    judgement: str
    level: Danger
    role: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """Something that asks for steps of its own beside the two judgements."""

    id: str
    title: Texts
    opens_when: tuple[Condition, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionSets:
    """All questions in their order, what comes first, and the version of what they mean."""

    version: str
    questions: tuple[Question, ...]
    steps: Mapping[str, Step]
    first: tuple[First, ...]
    paths: tuple[Path, ...]
    sources: Mapping[str, Source]

    def question(self, question_id: str) -> Question | None:
        """The question with this id, or None."""
        return next((one for one in self.questions if one.id == question_id), None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How grave, and for which reasons; the gravest first."""

    level: Danger
    reasons: tuple[Texts, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What follows from the answers so far, with the version of the questions by which it was found."""

    version: str
    need: NeedNow
    acute: Judgement
    structural: Judgement
    paths: tuple[Path, ...]
    first_steps: tuple[Step, ...]


def is_known(answer: str | None) -> bool:
    """Whether a question was asked and answered."""
    return answer is not None and answer not in (NOT_KNOWN, NOT_ASKED)


def open_questions(sets: QuestionSets, answers: Answers, situation_codes: Situation) -> tuple[Question, ...]:
    """The questions that are open now, in their order. What was answered stays open: it can still be changed."""
    roles = situation_codes.get("role", frozenset())
    return tuple(
        one
        for one in sets.questions
        if is_known(answers.get(one.id))
        or (not roles & one.not_for and _holds_one(one.opens_when, answers, situation_codes))
    )


def _holds_one(conditions: tuple[Condition, ...], answers: Answers, situation: Situation) -> bool:
    return not conditions or any(one.holds(answers, situation) for one in conditions)


def assess(sets: QuestionSets, answers: Answers, situation_codes: Situation) -> Assessment:
    """What is needed, both judgements with their reasons, the paths that are open and what to do first."""
    asked = open_questions(sets, answers, situation_codes)
    acute, structural = (_judged(name, asked, answers) for name in JUDGEMENTS)
    paths = tuple(one for one in sets.paths if _holds_one(one.opens_when, answers, situation_codes))
    roles = situation_codes.get("role", frozenset())
    names = [
        name
        for judgement, found in zip(JUDGEMENTS, (acute, structural), strict=True)
        for name in _first(sets.first, judgement, found.level, roles)
    ]
    steps = tuple(sets.steps[name] for name in dict.fromkeys(names))
    return Assessment(sets.version, _need(asked, answers, acute, structural), acute, structural, paths, steps)


def _judged(name: str, asked: Iterable[Question], answers: Answers) -> Judgement:
    found: list[tuple[Danger, Texts]] = []
    is_all_asked, is_one_asked = True, False
    for question in asked:
        answer = answers.get(question.id)
        if question.about == name:
            is_all_asked &= is_known(answer)
            is_one_asked = True
        found += [
            (reason.levels[name], reason.text)
            for reason in question.reasons
            if name in reason.levels and answer in reason.answers
        ]
    if not found:
        return Judgement(Danger.NOT_SEEN if is_all_asked and is_one_asked else Danger.NOT_KNOWN, ())
    grave_first = sorted(found, key=lambda one: -_GRAVITY.index(one[0]))
    return Judgement(grave_first[0][0], tuple(text for _, text in grave_first))


def _first(first: Iterable[First], judgement: str, level: Danger, roles: frozenset[str]) -> tuple[str, ...]:
    """Those of the role; where there are none for it, those for everybody."""
    fitting = [one for one in first if one.judgement == judgement and one.level is level]
    own = [one for one in fitting if one.role and one.role in roles]
    return tuple(name for one in own or [one for one in fitting if not one.role] for name in one.steps)


def _need(asked: Iterable[Question], answers: Answers, acute: Judgement, structural: Judgement) -> NeedNow:
    """The most urgent of what was said and what both judgements ask for; who said nothing is listened to."""
    needs = [NeedNow.LISTENING]
    needs += [
        choice.need
        for question in asked
        for choice in question.answers
        if choice.need is not None and answers.get(question.id) == choice.id
    ]
    if acute.level is Danger.PRESENT:
        needs.append(NeedNow.HELP_AT_ONCE)
    if acute.level is Danger.POSSIBLE or structural.level is Danger.PRESENT:
        needs.append(NeedNow.HELP)
    return max(needs, key=_URGENCY.index)
