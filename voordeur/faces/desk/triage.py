"""Triage beside a conversation: the questions to ask, and what follows from the answers. Nothing of it is kept here.

The outcome is sealed in the browser as a note of the conversation; what is asked here is forgotten with the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.desk.api import Answer, Asked, AskedWrongly, NotHere, answers
from voordeur.faces.desk.material import doors, places_of, theirs
from voordeur.faces.language import N_, translations
from voordeur.records.directory.queries import current_directory
from voordeur.rules.rights import Action
from voordeur.rules.triage import (
    CODES,
    Condition,
    Judgement,
    QuestionSets,
    Source,
    Step,
    Texts,
    assess,
    open_questions,
)
from voordeur.rules.triage_files import LANGUAGES, TriageError, load_triage

_KINDS: Mapping[str, type[StrEnum]] = {
    "violence": v.Violence, "context": v.Context, "groups": v.Group, "role": v.Role, "relation": v.Relation,
}  # fmt: skip
#: Under which name the API lists the codes of each kind.
_LISTED = {"violence": "violence", "context": "contexts", "groups": "groups", "role": "roles", "relation": "relations"}
_ROLES = {
    v.Role.VICTIM: N_("somebody to whom it happens"),
    v.Role.PERPETRATOR: N_("somebody who goes too far"),
    v.Role.BYSTANDER: N_("somebody who worries about another"),
    v.Role.PROFESSIONAL: N_("somebody who asks for their work"),
}
_MOST_ANSWERS, _MOST_CODES = 200, 40


@lru_cache(maxsize=1)
def question_sets() -> QuestionSets:
    """The question sets of this server. Raises TriageError."""
    return load_triage(Path(settings.CONTENT) / "triage")


def _sets(asked: Asked) -> QuestionSets:
    """The question sets, or a sentence about what is wrong with them. Raises AskedWrongly."""
    try:
        return question_sets()
    except TriageError as broken:
        told = asked.words(N_("The questions of triage cannot be used. Tell the operator: %(problem)s"))
        raise AskedWrongly(told % {"problem": broken}) from broken


def _language(asked: Asked) -> str:
    if not asked.has("language"):
        return asked.language if asked.language in LANGUAGES else "en"
    wished = asked.text("language", 8)
    if wished not in v.LANGUAGES:
        raise AskedWrongly("“language”: a code of a language that is known is expected")
    return wished if wished in LANGUAGES else "en"


def questions(asked: Asked) -> Answer:
    """Every question with its answers and sources, and the words of a situation. For who could do triage at all."""
    places = places_of(asked.staff).values()
    if not any(place.may(Action.TRIAGE, is_owner=True, is_coached=True) for place in places):
        raise NotHere
    language, sets = _language(asked), _sets(asked)
    return {
        "version": sets.version,
        "language": language,
        "questions": [
            {
                "id": one.id,
                "about": one.about,
                "text": one.text[language],
                "answers": [{"id": choice.id, "text": choice.text[language]} for choice in one.answers],
                "opens_when": [_condition_shown(condition) for condition in one.opens_when],
                "not_for": sorted(one.not_for),
                "source": [_source_shown(sets.sources[name]) for name in one.sources],
            }
            for one in sets.questions
        ],
        **{_LISTED[term]: _words(term, language) for term in CODES},
    }


def _words(term: str, language: str) -> list[dict[str, str]]:
    words = translations(language).gettext
    return [
        {"id": code.value, "text": words(_ROLES[code] if isinstance(code, v.Role) else labels.label(code))}
        for code in _KINDS[term]
    ]


def _condition_shown(condition: Condition) -> dict[str, object]:
    shown: dict[str, object] = {term: sorted(codes) for term, codes in condition.codes.items()}
    if condition.answers:
        shown["answers"] = {question: sorted(meant) for question, meant in condition.answers.items()}
    return shown


def _source_shown(source: Source) -> dict[str, str]:
    return {"id": source.id, "title": source.title, "url": source.url, "date": source.date}


def assessed(asked: Asked) -> Answer:
    """What follows from the answers so far, for a conversation that is theirs to do triage in."""
    theirs(asked, Action.TRIAGE)
    language, sets = _language(asked), _sets(asked)
    said, situation = _answers(asked, sets), _situation(asked)
    found = assess(sets, said, situation)
    return {
        "version": found.version,
        "open": [one.id for one in open_questions(sets, said, situation)],
        "need": found.need,
        "need_text": _label(found.need, language),
        "acute": _judgement_shown(found.acute, language),
        "structural": _judgement_shown(found.structural, language),
        "paths": [
            {
                "id": path.id,
                "title": path.title[language],
                "steps": _steps_shown((sets.steps[name] for name in path.steps), language),
            }
            for path in found.paths
        ],
        "first": _steps_shown(found.first_steps, language),
    }


def _label(word: StrEnum, language: str) -> str:
    return translations(language).gettext(labels.label(word))


def _judgement_shown(judgement: Judgement, language: str) -> dict[str, object]:
    reasons: Iterable[Texts] = judgement.reasons
    return {
        "level": judgement.level,
        "level_text": _label(judgement.level, language),
        "reasons": [text[language] for text in reasons],
    }


def _answers(asked: Asked, sets: QuestionSets) -> dict[str, str]:
    """The answers, each to a question that there is. Raises AskedWrongly."""
    given = asked.body.get("answers")
    if not isinstance(given, dict) or len(given) > _MOST_ANSWERS:
        raise AskedWrongly("“answers”: answers by question are expected")
    found: dict[str, str] = {}
    for question_id, answer in given.items():
        question = sets.question(question_id)
        if question is None or answer not in [one.id for one in question.answers]:
            raise AskedWrongly("“answers”: an answer that the question has is expected")
        found[question_id] = answer
    return found


def _situation(asked: Asked) -> dict[str, frozenset[str]]:
    """Codes of the vocabulary by kind. Raises AskedWrongly."""
    given = asked.body.get("situation")
    if not isinstance(given, dict) or not set(given) <= set(CODES):
        raise AskedWrongly(f"“situation”: codes by {', '.join(CODES)} are expected")
    for term, codes in given.items():
        known = {code.value for code in _KINDS[term]}
        is_list = isinstance(codes, list) and len(codes) <= _MOST_CODES
        if not is_list or not all(isinstance(code, str) and code in known for code in codes):
            raise AskedWrongly(f"“situation”: codes of “{term}” are expected")
    return {term: frozenset(codes) for term, codes in given.items()}


def _steps_shown(steps: Iterable[Step], language: str) -> list[str]:
    emergency = doors().central.emergency_number
    return [
        step.text[language]
        .replace("{emergency}", emergency)
        .replace("{organization}", _organization(step.organization, language) if step.organization else "")
        for step in steps
    ]


def _organization(name: str, language: str) -> str:
    """Its name, and the numbers on which it answers as the directory has them now."""
    words = translations(language).gettext
    found = current_directory().organizations.get(name)
    if found is None:
        return words(N_("an organisation that the directory does not have now"))
    numbers = [
        view.contact.value
        for service in found.services
        for view in service.channels
        if view.contact.kind is v.ChannelKind.PHONE and view.contact.value
    ]
    return f"{found.name} ({', '.join(dict.fromkeys(numbers))})" if numbers else found.name


questions_answer = answers(questions)
assess_answer = answers(assessed)
