"""How a page of the library reads: what a machine can find of docs/content-style.md (report 2.4: plain language).

Length of sentences, words that charge or blame, and sentences that hide who acts. Rules of thumb: an error is certain,
a warning is to be looked at by a person.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

WORDS_FILE = "words-to-avoid.toml"
LONGEST_SENTENCE, LONGEST_EASY, USUAL_SENTENCE = 20, 10, 12  # words
MOST_PASSIVE = 0.2  # of all sentences
WHAT_NOT_TO_SAY = "avoid"  # the part of a card for professionals that quotes such words
FEWEST_TO_JUDGE = 5  # sentences; a share of fewer says nothing

_WORD = re.compile(r"[^\W_]+(?:['’.:-][^\W_]+)*")
_LIST_SIGN = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(?:\[[a-z-]+\]\s+)?|\s*#+\s+|\s*>\s?")
_MARKUP = re.compile(r"[*`]|\[([^\]]*)\]\([^)]*\)")
_SENTENCE_END = re.compile(r"(?<=[.!?…:])[\"’”')]*\s+(?=[\"‘“'(]*[^\W\d_a-zà-ÿ])")
_BLOCK_END = re.compile(r"[.!?…:;][\"’”')]*\s*$")

_NL_BECOMES = re.compile(r"\b(?:word|wordt|worden|werd|werden|geworden)\b", re.I)
_NL_PARTICIPLE = re.compile(
    r"\b(?!(?:geweld|gezond|gebied|geluid|verdriet|bericht|bestand|verband|verstand|verschil|geduld|gezicht|gewicht|begin"
    r"|ontslag|behoefte|gesprekken|gevoelens|gevolgen|gedachten|gegevens|gezinnen|gebeurtenissen|verhalen|vergeten|bekend"
    r"|verliefd|bevriend|gehandicapt|gewoonten|getuigen|vernederend|bedreigend)\b)"
    r"(?:\w{0,6}ge|be|ver|her|ont|er)\w{2,}(?:d|t|en)\b",
    re.I,
)
_EN_PASSIVE = re.compile(
    r"\b(?:am|is|are|was|were|be|been|being|gets?|got)\s+(?:(?:not|also|often|always|never|still|sometimes|being)\s+)*"
    r"(?!(?:scared|worried|tired|ashamed|confused|involved|interested|married|supposed|used|need|indeed|hundred)\b)"
    r"(?:\w{2,}ed|done|made|given|taken|told|kept|seen|hurt|hit|known|shown|sent|paid|asked|found|held|put|heard|written"
    r"|forced|beaten|forgiven|chosen|spoken|stolen|hidden|thrown|brought|bought|left|lost|read|said|sold|shut)\b",
    re.I,
)


class WordsFileBroken(ValueError):
    """The list of words to avoid cannot be used; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True, order=True)
class StyleFinding:
    """One remark on one page: where, how heavy, which rule, and what to do."""

    file: str
    line: int
    rule: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.rule}: {self.message}"


@dataclass(frozen=True, slots=True)
class WordsToAvoid:
    """Names that may stand, and by language each word to avoid with what to write instead."""

    names: tuple[str, ...]
    instead: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Sentence:
    line: int
    text: str
    is_easy: bool

    @property
    def length(self) -> int:
        return len(_WORD.findall(self.text))


def load_words_to_avoid(path: Path) -> WordsToAvoid:
    """The words of `words-to-avoid.toml`. Raises WordsFileBroken."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise WordsFileBroken(f"{path.name}: cannot be read ({problem})") from problem
    names = data.pop("names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise WordsFileBroken(f"{path.name}: names: a list of names is expected")
    for language, words in data.items():
        if not isinstance(words, dict) or not words:
            raise WordsFileBroken(f"{path.name}: {language}: words are expected, each with what to write instead")
        for word, instead in words.items():
            if not _WORD.search(word) or not isinstance(instead, str) or not instead.strip():
                raise WordsFileBroken(f"{path.name}: {language}: “{word}” needs letters and what to write instead")
    return WordsToAvoid(tuple(names), data)


def style_findings(page_text: str, language: str, name: str, avoid: WordsToAvoid) -> list[StyleFinding]:
    """All that a machine can say about the style of one page file; `name` is how findings name the file.

    Takes any text, raises nothing: whether the file is a page at all is for page_files to say.
    """
    found = [*_charged(page_text, language, name, avoid)]
    sentences = list(_sentences(page_text))
    for one in sentences:
        most = LONGEST_EASY if one.is_easy else LONGEST_SENTENCE
        if one.length > most:
            rule = "easy-sentence" if one.is_easy else "long-sentence"
            message = f"{one.length} words, at most {most}: “{_short(one.text)}”"
            found.append(StyleFinding(name, one.line, rule, message))
    running = [one for one in sentences if not one.is_easy]
    if len(running) >= FEWEST_TO_JUDGE:
        middle = median(one.length for one in running)
        if middle > USUAL_SENTENCE:
            message = f"half of the sentences have {middle:g} words or more; at most {USUAL_SENTENCE}"
            found.append(StyleFinding(name, 1, "usual-sentence", message, "warning"))
        passive = [one for one in running if _is_passive(one.text, language)]
        if len(passive) > MOST_PASSIVE * len(running):
            message = f"{len(passive)} of {len(running)} sentences do not say who acts: “{_short(passive[0].text)}”"
            found.append(StyleFinding(name, passive[0].line, "passive", message, "warning"))
    return sorted(found)


def _lines(page_text: str) -> Iterator[tuple[int, str]]:
    """What people read, with its line: title and lead of the head, and the whole body."""
    fences = 0
    for number, line in enumerate(page_text.splitlines(), 1):
        if line.rstrip() == "+++" and fences < 2:
            fences += 1
        elif fences >= 2:
            yield number, line
        elif shown := re.match(r'(?:title|lead)\s*=\s*"(.*)"\s*$', line):
            yield number, shown[1]


def _sentences(page_text: str) -> Iterator[_Sentence]:
    """The sentences, without headings; a sentence may run over lines, a point of a list is a sentence."""
    start, gathered, is_easy = 0, "", False

    def split() -> Iterator[_Sentence]:
        for one in _SENTENCE_END.split(gathered):
            if _WORD.search(one):
                yield _Sentence(start, one.strip(), is_easy)

    for number, line in _lines(page_text):
        sign = _LIST_SIGN.match(line)
        if sign or not line.strip() or _BLOCK_END.search(gathered):
            yield from split()
            gathered = ""
        if line.lstrip().startswith("#"):
            is_easy = line.strip().lower() == "## easy"
            continue
        if line.strip():
            start = start if gathered else number
            gathered = f"{gathered} {_plain(line[sign.end() :] if sign else line)}".strip()
            if page_text.splitlines()[number - 1].startswith(("title", "lead")):
                yield from split()
                gathered = ""
    yield from split()


def _plain(text: str) -> str:
    return _MARKUP.sub(lambda hit: hit[1] or "", text)


def _charged(page_text: str, language: str, name: str, avoid: WordsToAvoid) -> Iterator[StyleFinding]:
    names = re.compile("|".join(map(_whole, sorted(avoid.names, key=len, reverse=True))) or r"(?!)")
    words = [(re.compile(_whole(word)), instead) for word, instead in avoid.instead.get(language, {}).items()]
    is_quoting = False
    for number, line in _lines(page_text):
        if line.startswith("## "):
            is_quoting = line[3:].strip() == WHAT_NOT_TO_SAY
        if is_quoting:
            continue
        text = names.sub(" ", _plain(line).replace("’", "'").casefold())
        for pattern, instead in words:
            if hit := pattern.search(text):
                yield StyleFinding(name, number, "charged-word", f"“{hit[0]}”; write: {instead}")


def _whole(word: str) -> str:
    begun = re.escape(word.rstrip("*").replace("’", "'").casefold()).replace(r"\ ", r"\s+")
    return rf"\b{begun}\w*" if word.endswith("*") else rf"\b{begun}\b"


def _is_passive(text: str, language: str) -> bool:
    if language == "nl":
        return bool(_NL_BECOMES.search(text) and _NL_PARTICIPLE.search(text.replace("geworden", "")))
    return bool(language == "en" and _EN_PASSIVE.search(text))


def _short(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:69].rstrip()}…"
