"""Filling in: one question for each field by the kind of field it is, what was typed there, and the source it rests on.

What cannot stand is said at its field, and what was typed is given back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.editorial.keeper import Keeper
from voordeur.faces.entry_words import CODES, FAULTS, KNOWLEDGE, NAMES, WAYS, fault_in_words, longest, source_in_words
from voordeur.faces.language import N_, OWN_NAMES, translations
from voordeur.records.directory.entry_files import SHOWN_LANGUAGES, WHAT_IF
from voordeur.records.directory.findings import DirectoryBroken

TEXTS = ("summary", "description", "what_happens", "not_for", "waiting_time", "hours_note", *WHAT_IF)
YES_NO = ("anonymous", "comes_to_you", "many_languages")
ONE = ("status", "function", "cost", "kind")
LINES = ("also_known_as", "area")
LANGUAGES = ("languages", "languages_read")
#: What an entry cannot do without; everything else can be said to be not known.
NEEDED = ("name", "kind", "status", "summary", "description", "function", "roles", "primary_roles", "violence", "help")
NEW = "new"
#: Lines of knowledge in the form: as many as there are and some more, at least and at most.
FEWEST_KNOWN, MORE_KNOWN, MOST_KNOWN = 4, 3, 12
#: No text of the form is longer; what an entry takes is said at the field.
_MOST = 5000
_KNOWN = {"yes": True, "no": False}
EMPTY = N_("Fill in the field, or say that it is not known.")
_HINTS = {
    "also_known_as": N_("One on each line."),
    "area": N_(
        "Write “the whole country”, or a place on each line, with what it is: municipality Gouda, province Drenthe."
    ),
    "hours": N_(
        "Days as Mo Tu We Th Fr Sa Su, and PH for public holidays. For example: Mo-Fr 09:00-17:00; PH off. Day and "
        "night is 24/7."
    ),
    "knowledge": N_(
        "What the organisation says openly that it knows about, and since which year. Leave a line empty where there "
        "is nothing."
    ),
    "primary_roles": N_("Only people whom you also choose under “For”."),
    "summary": N_("Visitors read this in a list of help. It is one short sentence."),
    "value": N_("The number to call, the address of the page, the mail address, or the street and town."),
}
_PLACES = {"municipality": N_("municipality"), "province": N_("province"), "vt": N_("region of Veilig Thuis")}
_NATIONAL = N_("the whole country")


class FilledWrongly(Exception):
    """What was filled in cannot stand: for each field of the form a sentence."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__("what was filled in cannot stand")


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a form: its name there, what people call it, and what stands in it."""

    name: str
    label: str
    kind: str
    options: list[tuple[str, str]]
    value: Any
    hint: str
    longest: int
    is_needed: bool

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which a text is asked."""
        return SHOWN_LANGUAGES

    @property
    def places(self) -> range:
        """The lines for knowledge."""
        known = len(self.value) if isinstance(self.value, list) else 0
        return range(1, min(max(FEWEST_KNOWN, known + MORE_KNOWN), MOST_KNOWN) + 1)


@dataclass(frozen=True, slots=True)
class Resting:
    """The part of a form that names the source."""

    chosen: str
    typed: dict[str, str]
    sources: list[tuple[str, str]]
    confidences: list[tuple[str, str]]
    faults: dict[str, str]


def kind_of(path: str) -> str:
    """How a field is filled in: texts, yes_no, number, one, many, languages, knowledge, lines or line."""
    key = path.rpartition(".")[2]
    if key in TEXTS or (key == "name" and path != "name"):
        return "texts"
    for kind, keys in (("yes_no", YES_NO), ("one", ONE), ("lines", LINES), ("languages", LANGUAGES)):
        if key in keys:
            return kind
    if key == "knowledge":
        return "knowledge"
    if key in CODES:
        return "many"
    return "number" if key in ("age_min", "age_max") else "line"


def _options(who: Keeper, path: str) -> list[tuple[str, str]]:
    kind, key = kind_of(path), path.rpartition(".")[2]
    if key == "kind":
        return [(code.value, who.words(text)) for code, text in WAYS.items()]
    if kind == "languages":
        return [(code, OWN_NAMES.get(code, code)) for code in v.LANGUAGES]
    if kind == "knowledge":
        return [
            (f"{about}:{code}", who.words(text))
            for about, words in KNOWLEDGE.items()
            for code, text in labels.LABELS[words].items()
        ]
    if kind in ("one", "many"):
        return [(code, who.words(text)) for code, text in labels.LABELS[CODES[key]].items()]
    return []


def question(
    who: Keeper,
    name: str,
    path: str,
    value: Any,
    *,
    label: str = "",
    is_needed: bool = False,
) -> Question:
    """The question of a field with what stands in it, or what was typed."""
    key, kind = path.rpartition(".")[2], kind_of(path)
    if key == "area" and value is not None:
        value = _places_in_words(who, value)
    elif kind == "lines" and isinstance(value, list):
        value = "\n".join(map(str, value))
    hint = who.words(_HINTS[key]) if key in _HINTS else ""
    named = label or who.words(NAMES[key])
    return Question(name, named, kind, _options(who, path), value, hint, longest(path), is_needed)


def typed(who: Keeper, name: str, path: str) -> Any:
    """What was typed in this field of the form, as the entry would hold it; None when that is nothing."""
    kind = kind_of(path)
    if kind == "texts":
        texts = {language: " ".join(who.sent(f"{name}_{language}", _MOST).split()) for language in SHOWN_LANGUAGES}
        return texts if any(texts.values()) else None
    if kind in ("many", "languages"):
        return list(dict.fromkeys(one[:60] for one in who.request.POST.getlist(name)[:100]))
    if kind == "knowledge":
        return _knowledge(who)
    written = who.sent(name, _MOST)
    if kind == "lines":
        lines = [one.strip() for one in written.split("\n") if one.strip()]
        return _places(lines) if path.endswith("area") else lines
    if kind == "yes_no":
        return _KNOWN.get(written, written or None)
    if kind == "number" and written.isascii() and written.isdigit() and len(written) < 4:
        return int(written)
    return written or None


def _knowledge(who: Keeper) -> list[dict[str, Any]]:
    found = []
    for place in range(1, MOST_KNOWN + 1):
        about, _, code = who.sent(f"about_{place}", 80).partition(":")
        since = who.sent(f"since_{place}", 4)
        if about:
            one: dict[str, Any] = {"about": about, "code": code}
            year = int(since) if since.isascii() and since.isdigit() else since
            found.append(one | ({"since": year} if since else {}))
    return found


def _places_in_words(who: Keeper, value: Any) -> str:
    """Where something is, as it can be typed: one place on a line."""
    if value == "national":
        return who.words(_NATIONAL)
    lines = []
    for one in value if isinstance(value, list) else [str(value)]:
        kind, _, name = str(one).partition(":")
        lines.append(f"{who.words(_PLACES[kind])} {name}" if kind in _PLACES else str(one))
    return "\n".join(lines)


def _places(lines: list[str]) -> str | list[str]:
    """Places as they were typed, in any language of the desk, as an entry holds them."""
    words = {
        kind: {kind, text, *(translations(one).gettext(text) for one in SHOWN_LANGUAGES)}
        for kind, text in _PLACES.items()
    }
    national = {"national", _NATIONAL, *(translations(one).gettext(_NATIONAL) for one in SHOWN_LANGUAGES)}
    if len(lines) == 1 and lines[0].casefold() in {one.casefold() for one in national}:
        return "national"
    found = []
    for line in lines:
        for kind, names in words.items():
            begun = next((one for one in names if line.casefold().startswith(f"{one.casefold()} ")), None)
            if begun is not None:
                line = f"{kind}:{line[len(begun) :].strip()}"
                break
        found.append(line)
    return found


def resting(who: Keeper, entry: Mapping[str, Any], faults: Mapping[str, str], chosen: str = NEW) -> Resting:
    """The sources that can be chosen, and what was typed of a new one."""
    names = ("title", "url", "locator", "date", "confidence")
    told = {name: who.request.POST.get(f"source_{name}", "")[:300] for name in names}
    is_sent = who.request.method == "POST"
    return Resting(
        who.request.POST.get("source", "")[:60] if is_sent else chosen,
        told if is_sent else told | {"date": who.today.isoformat()},
        [(key, source_in_words(one, who.language)) for key, one in entry["sources"].items()],
        [(one.value, who.words(labels.label(one))) for one in v.Confidence],
        {name: text for name, text in faults.items() if name.startswith("source")},
    )


def source(who: Keeper, entry: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The source that the form names: one of the entry, or a new one with its date; and what is wrong with that.

    When something is wrong it is a source of the entry, so that the rest of the form can be looked at too.
    """
    chosen, some = who.sent("source", 60), next(iter(entry["sources"].items()))
    if chosen != NEW:
        if chosen not in entry["sources"]:
            return some[0], dict(some[1]), {"source": who.words(FAULTS["missing-source"])}
        return chosen, dict(entry["sources"][chosen]), {}
    told = {name: who.sent(f"source_{name}", 300) for name in ("title", "url", "locator", "date", "confidence")}
    missing = [f"source_{name}" for name in ("title", "date") if not told[name]]
    if missing:
        text = who.words(N_("A new source has a title and the day on which you looked at it."))
        return some[0], dict(some[1]), dict.fromkeys(missing, text)
    return f"seen-{told['date']}"[:40], {name: text for name, text in told.items() if text}, {}


@contextmanager
def filled(who: Keeper, names: Mapping[str, str], faults: Mapping[str, str]) -> Iterator[None]:
    """What is done with a form: what is wrong there and with its source is said together. Raises FilledWrongly."""
    found: dict[str, str] = {}
    try:
        yield
    except DirectoryBroken as broken:
        found = faults_at(who, broken, names)
    if found or faults:
        raise FilledWrongly(found | dict(faults))


_OF_SOURCE = {
    "source": N_("Where this comes from"),
    "source_title": N_("Title"),
    "source_url": N_("Address of the page"),
    "source_date": N_("Day on which you looked, or of which it is"),
    "source_confidence": N_("How certain"),
}


def summed(who: Keeper, questions: Iterable[Question], faults: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What is wrong in a form, in its order: the field, what people call it, and the sentence."""
    names = {one.name: one.label for one in questions} | {name: who.words(text) for name, text in _OF_SOURCE.items()}
    return [(name, label, faults[name]) for name, label in names.items() if name in faults]


def filling(
    who: Keeper, entry: Mapping[str, Any], questions: Iterable[Question], faults: Mapping[str, str]
) -> dict[str, Any]:
    """What every page with such a form shows: the source, what is wrong, and the status that goes with it."""
    return {
        "status": 400 if faults else 200,
        "rests": resting(who, entry, faults),
        "faults": faults,
        "summed": summed(who, questions, faults),
    }


def faults_at(who: Keeper, broken: DirectoryBroken, names: Mapping[str, str]) -> dict[str, str]:
    """What the check of the files finds, at the fields of a form; `names` is the form's name for each key.

    What is about a key that the form does not ask stands at the first field, with what people call that key.
    """
    faults: dict[str, str] = {}
    for one in broken.findings:
        key = next((str(part) for part in reversed(one.where) if isinstance(part, str)), "")
        text = fault_in_words(one, who.language)
        name = f"source_{key}" if one.where[:1] == ("sources",) else names.get(key, "")
        if not name:
            name = next(iter(names.values()))
            text = f"{who.words(NAMES[key])}: {text}" if key in NAMES else text
        faults.setdefault(name, text)
    return faults
