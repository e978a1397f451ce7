"""The guide: which question comes next, and which situation follows from the answers (report 6.8).

The questions themselves are content (`content/guide/guide.toml`). Answers are a mapping from a field to the
options chosen; a field that is there without options was skipped. Nothing here remembers anything.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from voordeur import vocabulary as v
from voordeur.rules.matching import holds
from voordeur.rules.rulebook import Condition
from voordeur.rules.situation import Situation

MOST_QUESTIONS = 7
Answers = Mapping[str, tuple[str, ...]]
Texts = Mapping[str, str]
FieldKind = Literal["one", "many", "language", "place"]

_CODES: dict[str, type[StrEnum]] = {
    "role": v.Role, "violence": v.Violence, "context": v.Context, "relation": v.Relation, "groups": v.Group,
    "need": v.Need, "when": v.When, "ways": v.Way, "phase": v.Phase,
}  # fmt: skip
_OWN_TERMS = {"about", "silent", "acute", "anonymous", "age_band"}


class GuideError(ValueError):
    """The guide's file cannot be used; the message says where and what is expected."""


@dataclass(frozen=True, slots=True)
class Worded:
    """A text per language, with other words for some roles."""

    plain: Texts
    by_role: Mapping[str, Texts]

    def text(self, language: str, role: str) -> str:
        """The words in `language` (Dutch when there are none) for someone with this role."""
        texts = self.by_role.get(role, self.plain)
        return texts.get(language) or texts.get("nl", "")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice, and what it means: term → codes."""

    id: str
    words: Worded
    sets: Condition
    only_for: frozenset[str]


@dataclass(frozen=True, slots=True)
class Field:
    """One group of choices of a question. `kind` one, many, or a language or place to be typed or chosen."""

    id: str
    kind: FieldKind
    legend: Worded
    options: tuple[Option, ...]
    not_for: frozenset[str]

    def offered(self, role: str) -> tuple[Option, ...]:
        """The choices that someone with this role is shown."""
        return tuple(one for one in self.options if not one.only_for or role in one.only_for)


@dataclass(frozen=True, slots=True)
class Question:
    """One step of the guide."""

    id: str
    words: Worded
    hint: Worded
    fields: tuple[Field, ...]

    def asked(self, role: str) -> tuple[Field, ...]:
        """The groups of choices that someone with this role is shown."""
        return tuple(one for one in self.fields if role not in one.not_for)


@dataclass(frozen=True, slots=True)
class Follow:
    """What follows from several answers together."""

    when: Condition
    unless: tuple[Condition, ...]
    add: Condition


@dataclass(frozen=True, slots=True)
class Guide:
    """All questions in their order."""

    questions: tuple[Question, ...]
    follow: tuple[Follow, ...]
    fields: Mapping[str, Field]

    def question(self, question_id: str) -> Question | None:
        """The question with this id, or None."""
        return next((one for one in self.questions if one.id == question_id), None)


def _worded(data: Mapping[str, Any], key: str, where: str, *, must: bool = True) -> Worded:
    plain = data.get(key, {})
    if must and not {"nl", "en"} <= set(plain):
        raise GuideError(f"{where}: “{key}” needs a text in nl and en")
    by_role = {str(role): data[f"{key}_{role}"] for role in v.Role if f"{key}_{role}" in data}
    for role, texts in by_role.items():
        if not {"nl", "en"} <= set(texts):
            raise GuideError(f"{where}: “{key}_{role}” needs a text in nl and en")
    return Worded(plain, by_role)


def _terms(data: Any, where: str) -> Condition:
    terms = {}
    for term, codes in dict(data).items():
        kind = _CODES.get(term)
        if kind is None and term not in _OWN_TERMS:
            raise GuideError(f"{where}: “{term}” is not a term of the guide")
        wrong = [code for code in codes if kind is not None and code not in set(kind)]
        if wrong:
            raise GuideError(f"{where}: {', '.join(wrong)} is not a code of {term}")
        terms[term] = frozenset(codes)
    return terms


def _roles(data: Any, where: str) -> frozenset[str]:
    wrong = [role for role in data if role not in set(v.Role)]
    if wrong:
        raise GuideError(f"{where}: {', '.join(wrong)} is not a role")
    return frozenset(data)


def guide_from(data: Mapping[str, Any]) -> Guide:
    """Check the parsed file and give it as a Guide. Raises GuideError naming the question and field."""
    questions: list[Question] = []
    fields: dict[str, Field] = {}
    for one in data.get("questions", ()):
        parts = []
        for part in one.get("fields", ()):
            where = f"{one.get('id')}.{part.get('id')}"
            kind = part.get("kind")
            if kind not in ("one", "many", "language", "place") or part["id"] in fields:
                raise GuideError(f"{where}: a kind (one, many, language, place) and an id of its own are expected")
            options = tuple(
                Option(
                    choice["id"],
                    _worded(choice, "text", f"{where}.{choice['id']}"),
                    _terms(choice.get("sets", {}), f"{where}.{choice['id']}"),
                    _roles(choice.get("only_for", ()), where),
                )
                for choice in part.get("options", ())
            )
            legend = _worded(part, "legend", where, must=False)
            field = Field(part["id"], kind, legend, options, _roles(part.get("not_for", ()), where))
            fields[field.id] = field
            parts.append(field)
        words = _worded(one, "text", one["id"])
        questions.append(Question(one["id"], words, _worded(one, "hint", one["id"], must=False), tuple(parts)))
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        raise GuideError(f"the guide has {len(questions)} questions; 1 to {MOST_QUESTIONS} are expected")
    follow = []
    for place, one in enumerate(data.get("follow", ()), 1):
        unless = tuple(_terms(other, f"follow {place}") for other in one.get("unless", ()))
        follow.append(Follow(_terms(one["if"], f"follow {place}"), unless, _terms(one["add"], f"follow {place}")))
    return Guide(tuple(questions), tuple(follow), fields)


def load_guide(path: Path) -> Guide:
    """The guide in the file at `path`. Raises GuideError with the file's name when it cannot be used."""
    try:
        return guide_from(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, GuideError, KeyError) as problem:
        raise GuideError(f"{path.name}: {problem}") from problem


def behind(guide: Guide, *, asks_first: str = "", words: Mapping[str, Texts] | None = None) -> Guide:
    """The guide as one door asks it: `asks_first` right after the ways in, and the door's own words over the guide's.

    `words` are {"when": {"nl": "…"}}; a key is a question, its hint ("when.hint") or a choice ("when.now": the field
    and the choice). Words that the guide has for some roles stay. Raises GuideError for a key that is not there.
    """
    known = {one.id for one in guide.questions}
    known |= {f"{one.id}.hint" for one in guide.questions}
    known |= {f"{field.id}.{option.id}" for field in guide.fields.values() for option in field.options}
    wrong = sorted({*(words or {}), *([asks_first] if asks_first else [])} - known)
    if wrong or (asks_first and guide.question(asks_first) in (None, guide.questions[0])):
        raise GuideError(
            f"the guide has no “{wrong[0] if wrong else asks_first}” that could be asked or said otherwise"
        )

    def own(worded: Worded, key: str) -> Worded:
        return replace(worded, plain={**worded.plain, **words[key]}) if words and key in words else worded

    questions = []
    for question in guide.questions:
        fields = tuple(
            replace(
                field,
                options=tuple(replace(one, words=own(one.words, f"{field.id}.{one.id}")) for one in field.options),
            )
            for field in question.fields
        )
        said_so, hinted = own(question.words, question.id), own(question.hint, f"{question.id}.hint")
        questions.append(replace(question, words=said_so, hint=hinted, fields=fields))
    way_in, *others = questions
    others.sort(key=lambda question: question.id != asks_first)
    return Guide((way_in, *others), guide.follow, {field.id: field for one in questions for field in one.fields})


def said(guide: Guide, answers: Answers) -> dict[str, frozenset[str]]:
    """The answers as named sets of codes, with what follows from them together. Who did not say asks for herself."""
    found: dict[str, frozenset[str]] = {}
    for field_id, chosen in answers.items():
        field = guide.fields.get(field_id)
        for option in field.options if field else ():
            if option.id in chosen:
                for term, codes in option.sets.items():
                    found[term] = found.get(term, frozenset()) | codes
    found.setdefault("role", frozenset({v.Role.VICTIM.value}))
    for one in guide.follow:
        if holds(one.when, found) and not any(holds(other, found) for other in one.unless):
            for term, codes in one.add.items():
                found[term] = found.get(term, frozenset()) | codes
    return found


def role_of(guide: Guide, answers: Answers) -> v.Role:
    """Who asks; someone who did not say is taken to ask for herself."""
    chosen = answers.get("way_in", ())
    field = guide.fields.get("way_in")
    for option in field.options if field and chosen else ():
        if option.id in chosen and "role" in option.sets:
            return v.Role(next(iter(option.sets["role"])))
    return v.Role.VICTIM


def next_question(guide: Guide, answers: Answers) -> Question | None:
    """The first question that was neither answered nor skipped; None when there is none left."""
    role = role_of(guide, answers)
    for question in guide.questions:
        asked = question.asked(role)
        if not all(field.id in answers for field in asked):
            return question
    return None


def previous_question(guide: Guide, answers: Answers, current: Question | None) -> Question | None:
    """The question before `current` (before the end when None); None when that is the beginning."""
    role = role_of(guide, answers)
    asked = [question for question in guide.questions if question.asked(role)]
    place = asked.index(current) if current in asked else len(asked)
    return asked[place - 1] if place > 0 else None


def _sorted_first(codes: frozenset[str], order: Sequence[str]) -> str | None:
    return next((code for code in order if code in codes), None)


def situation_from(
    guide: Guide,
    answers: Answers,
    language: str,
    area: frozenset[str] = frozenset(),
    usual: frozenset[v.Violence] = frozenset(),
) -> Situation:
    """The situation that follows from the answers, for someone who reads `language`.

    `area` is the place typed, already looked up. `usual` is what the door is about: it holds while nothing was said
    of what happens. Silence ("someone is here") takes away calling. Reading is
    always possible: the person is on our page.
    """
    known = said(guide, answers)
    role = role_of(guide, answers)
    ways = frozenset(v.Way(way) for way in known.get("ways", ())) if answers.get("reach") else frozenset(v.Way)
    if answers.get("reach") and not known.get("ways"):
        ways = frozenset(v.Way)
    if "silent" in known:
        ways -= {v.Way.PHONE}
    spoken = next(iter(answers.get("speaks", ())), "")
    violence = frozenset(v.Violence(kind) for kind in known.get("violence", ()))
    context = _sorted_first(known.get("context", frozenset()), tuple(v.Context))
    if len(known.get("context", ())) > 1:
        context = _sorted_first(known["context"] - {"online"}, tuple(v.Context))
    relation = _sorted_first(known.get("relation", frozenset()), tuple(v.Relation))
    when = _sorted_first(known.get("when", frozenset()), tuple(v.When))
    phase = max((int(one) for one in known.get("phase", ())), default=None)
    if answers.get("need") and phase == 1:
        phase = 2
    return Situation(
        role=role,
        violence=violence or usual | {v.Violence.UNKNOWN},
        context=v.Context(context) if context else None,
        relation=v.Relation(relation) if relation else None,
        groups=frozenset(v.Group(group) for group in known.get("groups", ())),
        age=None,
        phase=phase,
        need=frozenset(v.Need(need) for need in known.get("need", ())),
        acute="yes" in known.get("acute", ()),
        when=v.When(when) if when else None,
        language=spoken if spoken in v.LANGUAGES else language,
        ways=ways | {v.Way.WEBSITE},
        anonymous_required="required" in known.get("anonymous", ()),
        area=area,
    )
