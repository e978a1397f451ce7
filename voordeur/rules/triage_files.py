"""The question sets of triage in `content/triage`, read and checked; their version is a hash of what they mean."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Any

from voordeur import vocabulary as v
from voordeur.rules.triage import (
    CODES,
    JUDGEMENTS,
    NOT_ASKED,
    NOT_KNOWN,
    Choice,
    Condition,
    First,
    Path,
    Question,
    QuestionSets,
    Reason,
    Source,
    Step,
)

LANGUAGES = ("nl", "en")
SOURCES, STEPS = "sources.toml", "steps.toml"
#: In the order in which is asked.
QUESTIONS = ("questions.toml", "further.toml")
_KINDS: Mapping[str, type[StrEnum]] = {
    "violence": v.Violence, "context": v.Context, "groups": v.Group, "role": v.Role, "relation": v.Relation,
}  # fmt: skip
_ABOUT = (*JUDGEMENTS, "need", "path")
_USUAL = ("yes", "no")
_ALWAYS = (NOT_KNOWN, NOT_ASKED)
_GRAVE = (v.Danger.POSSIBLE, v.Danger.PRESENT)
_ID = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_SECTION = re.compile(r"report (\d(\.\d{1,2}){1,3})")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?|unknown")
_BLANKS = re.compile(r"{[^}]*}?")
_VERSION_SIGNS = 16


class TriageError(ValueError):
    """The question sets cannot be used; the message names file and place, and what is expected."""


def load_triage(folder: FilePath) -> QuestionSets:
    """The question sets in this folder. Raises TriageError."""
    raw = {name: _raw(folder / name) for name in (SOURCES, STEPS, *QUESTIONS)}
    sources = _Sources(raw[SOURCES])
    labels, situations = _labels(raw[QUESTIONS[0]]), _Situations(raw[QUESTIONS[0]])
    by_file = {
        name: [_question(one, name, labels, situations, sources) for one in _list(raw[name], "question", name)]
        for name in QUESTIONS
    }
    questions = [one for name in QUESTIONS for one in by_file[name]]
    _each_once([one.id for one in questions], f"{' and '.join(QUESTIONS)}: each question")
    steps = _steps(raw[STEPS], sources)
    first, paths = _first(raw[STEPS], steps), _paths(raw[STEPS], steps, situations)
    opening = [(f"{name}, “{one.id}”", one.opens_when) for name in QUESTIONS for one in by_file[name]]
    for where, opens_when in [*opening, *((f"{STEPS}, “{one.id}”", one.opens_when) for one in paths)]:
        _opens_by_signs(where, opens_when, questions)
    found = QuestionSets("", tuple(questions), {one.id: one for one in steps}, first, paths, sources.found)
    return replace(found, version=_version(found))


def _version(sets: QuestionSets) -> str:
    """Of everything that has a meaning: not of comments, of how a file is laid out, or of a source's own address."""
    meant = {
        "questions": [asdict(one) for one in sets.questions],
        "steps": {name: asdict(one) for name, one in sets.steps.items()},
        "first": [asdict(one) for one in sets.first],
        "paths": [asdict(one) for one in sets.paths],
    }
    text = json.dumps(meant, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()[:_VERSION_SIGNS]


# ------------------------------------------------------------ reading


def _raw(path: FilePath) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise TriageError(f"{path.name}: {problem}") from problem


def _list(data: Mapping[str, Any], key: str, where: str) -> Sequence[Mapping[str, Any]]:
    found = data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise TriageError(f"{where}: a list of [[{key}]] is expected")
    return found


def _id(data: Mapping[str, Any], where: str) -> str:
    name = data.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise TriageError(f"{where}: an id of small letters and digits is expected, not “{name}”")
    return name


def _keys(data: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    strange = [key for key in data if key not in allowed]
    if strange:
        raise TriageError(f"{where}: “{strange[0]}” is not one of {', '.join(allowed)}")


def _texts(data: Any, where: str) -> Mapping[str, str]:
    texts = {language: data.get(language) if isinstance(data, dict) else None for language in LANGUAGES}
    if not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise TriageError(f"{where}: a text in {' and '.join(LANGUAGES)} is expected")
    return {language: str(text) for language, text in texts.items()}


def _words(data: Mapping[str, Any], key: str, where: str, *, least: int = 1) -> tuple[str, ...]:
    found = data.get(key, [])
    if not isinstance(found, list) or len(found) < least or not all(isinstance(one, str) for one in found):
        raise TriageError(f"{where}: “{key}” is a list of names, with {least} or more")
    return tuple(found)


def _word(kind: type[StrEnum], value: Any, where: str, *, among: Sequence[str] = ()) -> Any:
    allowed = [str(one) for one in among or kind]
    if value not in allowed:
        raise TriageError(f"{where}: one of {', '.join(allowed)} is expected, not “{value}”")
    return kind(value)


def _each_once(names: Sequence[str], what: str) -> None:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise TriageError(f"{what} has an id of its own; “{twice[0]}” stands twice")


class _Sources:
    """Sources by their id, and the sections of the report as they are named."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        _keys(data, ("report", "source"), SOURCES)
        self._report = self._source({**data.get("report", {}), "id": "report", "url": ""}, f"{SOURCES}, report")
        entries = [self._source(one, f"{SOURCES}, “{one.get('id')}”") for one in _list(data, "source", SOURCES)]
        _each_once([one.id for one in entries], f"{SOURCES}: each source")
        for one in entries:
            if not one.url.startswith(("https://", "http://")):
                raise TriageError(f"{SOURCES}, “{one.id}”: an address that begins with https:// is expected")
        self.found = {one.id: one for one in entries}

    @staticmethod
    def _source(data: Mapping[str, Any], where: str) -> Source:
        _keys(data, ("id", "title", "url", "date"), where)
        title, url, date = (data.get(key, None) for key in ("title", "url", "date"))
        if not all(isinstance(one, str) for one in (title, url, date)) or not title:
            raise TriageError(f"{where}: a title, an url and a date are expected")
        if not _DATE.fullmatch(str(date)):
            raise TriageError(f"{where}: a date as 2003, 2003-07 or 2003-07-31 is expected, or “unknown”")
        return Source(_id(data, where), str(title), str(url), "" if date == "unknown" else str(date))

    def named(self, data: Mapping[str, Any], where: str) -> tuple[str, ...]:
        """The sources that an entry names; one at least."""
        names = _words(data, "source", where)
        for name in names:
            section = _SECTION.fullmatch(name)
            if section:
                report = self._report
                self.found[name] = Source(name, f"{report.title}, {section[1]}", report.url, report.date)
            elif name not in self.found:
                raise TriageError(f"{where}: there is no source “{name}”; “report” goes with a section")
        return names


class _Situations:
    """Conditions that have a name."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._named: dict[str, tuple[Condition, ...]] = {}
        entries = _list(data, "situation", QUESTIONS[0])
        _each_once([str(one.get("id")) for one in entries], f"{QUESTIONS[0]}: each situation")
        for one in entries:
            where = f"{QUESTIONS[0]}, situation “{one.get('id')}”"
            _keys(one, ("id", "any"), where)
            name = _id(one, where)
            self._named[name] = tuple(self._condition(each, where) for each in _list(one, "any", where))
            if not self._named[name]:
                raise TriageError(f"{where}: “any” with one condition or more is expected")

    @staticmethod
    def _condition(data: Any, where: str) -> Condition:
        if not isinstance(data, dict) or not data:
            raise TriageError(f'{where}: a condition such as {{ violence = ["stalking"] }} is expected')
        _keys(data, (*CODES, "answers"), where)
        codes = {
            term: frozenset(str(_word(kind, one, f"{where}, {term}")) for one in _words(data, term, where))
            for term, kind in _KINDS.items()
            if term in data
        }
        said = data.get("answers", {})
        if not isinstance(said, dict):
            raise TriageError(f'{where}: answers = {{ question = ["answer"] }} is expected')
        return Condition(codes, {question: frozenset(_words(said, question, where)) for question in said})

    def read(self, data: Mapping[str, Any], where: str) -> tuple[Condition, ...]:
        """What opens an entry: names, or conditions of its own."""
        found: list[Condition] = []
        opens = data.get("opens_when", [])
        if not isinstance(opens, list) or ("opens_when" in data and not opens):
            raise TriageError(f"{where}: “opens_when” is a list of situations or conditions, or is left out")
        for one in opens:
            if isinstance(one, str) and one not in self._named:
                raise TriageError(f"{where}: there is no situation “{one}” in {QUESTIONS[0]}")
            found += self._named[one] if isinstance(one, str) else (self._condition(one, where),)
        return tuple(found)


def _labels(data: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    where = f"{QUESTIONS[0]}, answers"
    found = data.get("answers")
    if not isinstance(found, dict) or set(found) != {*_USUAL, *_ALWAYS}:
        raise TriageError(f"{where}: texts for {', '.join((*_USUAL, *_ALWAYS))} are expected")
    return {name: _texts(found[name], f"{where}, {name}") for name in (*_USUAL, *_ALWAYS)}


def _question(
    data: Mapping[str, Any],
    name: str,
    labels: Mapping[str, Mapping[str, str]],
    situations: _Situations,
    sources: _Sources,
) -> Question:
    where = f"{name}, “{data.get('id')}”"
    _keys(data, ("id", "about", "text", "answers", "reason", "opens_when", "not_for", "source"), where)
    if data.get("about") not in _ABOUT:
        raise TriageError(f"{where}: “about” is one of {', '.join(_ABOUT)}")
    own = [_choice(one, where) for one in _list(data, "answers", where)]
    choices = [*(own or [Choice(one, labels[one]) for one in _USUAL]), *(Choice(one, labels[one]) for one in _ALWAYS)]
    _each_once([one.id for one in choices], f"{where}: each answer")
    reasons = tuple(_reason(one, where, [one.id for one in choices]) for one in _list(data, "reason", where))
    about = data["about"]
    if about in JUDGEMENTS:
        if not reasons:
            raise TriageError(f"{where}: a question about {about} danger has an answer that is a reason")
        if any(about not in one.levels for one in reasons):
            raise TriageError(f"{where}: each reason says how grave it is for {about} danger")
    return Question(
        _id(data, where),
        about,
        _texts(data.get("text"), f"{where}, text"),
        tuple(choices),
        situations.read(data, where),
        frozenset(str(_word(v.Role, one, f"{where}, not_for")) for one in _words(data, "not_for", where, least=0)),
        reasons,
        sources.named(data, where),
    )


def _choice(data: Mapping[str, Any], where: str) -> Choice:
    _keys(data, ("id", *LANGUAGES, "need"), f"{where}, answers")
    name = _id(data, where)
    need = _word(v.NeedNow, data["need"], f"{where}, {name}") if "need" in data else None
    return Choice(name, _texts(data, f"{where}, answer “{name}”"), need)


def _reason(data: Mapping[str, Any], where: str, choices: Sequence[str]) -> Reason:
    _keys(data, ("answer", *JUDGEMENTS, *LANGUAGES), f"{where}, reason")
    answers = _words(data, "answer", f"{where}, reason")
    strange = [one for one in answers if one not in choices or one in _ALWAYS]
    if strange:
        raise TriageError(f"{where}, reason: “{strange[0]}” is no answer to this question that can be a reason")
    levels: dict[str, v.Danger] = {
        name: _word(v.Danger, data[name], f"{where}, {name}", among=_GRAVE) for name in JUDGEMENTS if name in data
    }
    if not levels:
        raise TriageError(f"{where}, reason: for which judgement, {' or '.join(JUDGEMENTS)}, and how grave?")
    return Reason(frozenset(answers), levels, _texts(data, f"{where}, reason"))


def _steps(data: Mapping[str, Any], sources: _Sources) -> list[Step]:
    _keys(data, ("step", "first", "path"), STEPS)
    found = []
    for one in _list(data, "step", STEPS):
        where = f"{STEPS}, “{one.get('id')}”"
        _keys(one, ("id", *LANGUAGES, "source", "organization"), where)
        organization = one.get("organization", "")
        texts = _texts(one, where)
        allowed = {"{emergency}"} | ({"{organization}"} if organization else set())
        for text in texts.values():
            blanks = set(_BLANKS.findall(text))
            if not blanks <= allowed or (organization and "{organization}" not in blanks):
                raise TriageError(
                    f"{where}: {{emergency}}, and {{organization}} where one is named, are the only blanks"
                )
        found.append(Step(_id(one, where), texts, str(organization), sources.named(one, where)))
    _each_once([one.id for one in found], f"{STEPS}: each step")
    return found


def _of_steps(data: Mapping[str, Any], steps: Sequence[Step], where: str) -> tuple[str, ...]:
    names = _words(data, "steps", where)
    strange = [one for one in names if one not in {step.id for step in steps}]
    if strange:
        raise TriageError(f"{where}: there is no step “{strange[0]}”")
    return names


def _first(data: Mapping[str, Any], steps: Sequence[Step]) -> tuple[First, ...]:
    found = []
    for place, one in enumerate(_list(data, "first", STEPS), 1):
        where = f"{STEPS}, first {place}"
        _keys(one, ("judgement", "level", "role", "steps"), where)
        judgement = one.get("judgement")
        if judgement not in JUDGEMENTS:
            raise TriageError(f"{where}: “judgement” is one of {', '.join(JUDGEMENTS)}")
        level = _word(v.Danger, one.get("level"), where)
        role = str(_word(v.Role, one["role"], where)) if "role" in one else ""
        found.append(First(judgement, level, role, _of_steps(one, steps, where)))
    for judgement in JUDGEMENTS:
        for level in v.Danger:
            if not any((one.judgement, one.level, one.role) == (judgement, level, "") for one in found):
                raise TriageError(f"{STEPS}: what comes first for everybody at {judgement} “{level}” is missing")
    return tuple(found)


def _paths(data: Mapping[str, Any], steps: Sequence[Step], situations: _Situations) -> tuple[Path, ...]:
    found = []
    for one in _list(data, "path", STEPS):
        where = f"{STEPS}, path “{one.get('id')}”"
        _keys(one, ("id", "title", "opens_when", "steps"), where)
        opens = situations.read(one, where)
        if not opens:
            raise TriageError(f"{where}: “opens_when” is expected")
        title = _texts(one.get("title"), f"{where}, title")
        found.append(Path(_id(one, where), title, opens, _of_steps(one, steps, where)))
    _each_once([one.id for one in found], f"{STEPS}: each path")
    return tuple(found)


def _opens_by_signs(where: str, opens_when: Sequence[Condition], questions: Sequence[Question]) -> None:
    """Conditions on answers are about answers that there are, and that say something. Raises TriageError.

    What opens a question is never “no sign”: so more signs never close one, and a judgement never falls by an answer.
    """
    by_id = {one.id: one for one in questions}
    for condition in opens_when:
        for asked, answers in condition.answers.items():
            question = by_id.get(asked)
            known = {one.id for one in question.answers} - set(_ALWAYS) if question else set()
            if question is None or not answers <= known:
                raise TriageError(f"{where} opens by “{asked}”: a question, with answers of it, is expected")
            if question.about in JUDGEMENTS and not all(question.is_sign(one) for one in answers):
                raise TriageError(f"{where} opens by “{asked}”: only an answer that is a reason opens a question")
