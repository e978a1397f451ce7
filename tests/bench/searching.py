"""Search in the visitor's own words: how long it takes, how long until it is ready, and what it takes of memory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

from tests.bench.figures import Figure, at_rank
from tests.bench.servers import Running
from voordeur.records.library.search import LONGEST, Search, load_search

READY_SECONDS = 120
ASKED = 200
WORDS = (
    "mijn man slaat mij", "iemand volgt mij steeds", "ik moet trouwen van mijn ouders", "mn moeder word niet verzorgd",
    "my boss keeps my passport", "he shares my pictures", "زوجي يضربني", "Mąż mnie bije", "我丈夫打我",
)  # fmt: skip
VIGNETTES = Path(__file__).resolve().parents[1] / "vignettes" / "vignettes.json"


def own_memory() -> float | None:
    """The megabytes that this process alone wrote and the system cannot drop; None where it does not say."""
    try:
        text = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Private_Dirty")), None)


def sentences() -> list[str]:
    """What the example persons say, in all languages: as long as people write when they tell what happens."""
    return [words for one in json.loads(VIGNETTES.read_text(encoding="utf-8")) for words in one["words"].values()]


def _timed(search: Search, words: Sequence[str]) -> list[float]:
    took = []
    for place in range(ASKED):
        began = perf_counter()
        search.find(words[place % len(words)])
        took.append((perf_counter() - began) * 1000)
    return took


def figures(folder: Path) -> Iterator[Figure]:
    """By meaning beside by letters alone, which is what answers until the meaning is ready or where it is not there."""
    process = Running("bench", 0, os.getpid(), 0)
    before, own, began = process.memory(), own_memory(), perf_counter()
    search = load_search(folder)
    yield Figure("search: load, ready to go by letters", perf_counter() - began, "s")
    asked = {"": WORDS, ", whole sentences": sentences()}
    meaning, search._meaning = search._meaning, None
    letters = {name: _timed(search, words) for name, words in asked.items()}
    search._meaning = meaning
    has_meaning = False
    if meaning is not None:
        began = perf_counter()
        has_meaning = search.prepare(READY_SECONDS)
        yield Figure("search: until it goes by meaning too", perf_counter() - began, "s")
    after, own_after = process.memory(), own_memory()
    for name, words in asked.items():
        if not has_meaning:
            yield Figure(f"search: median, by letters alone{name}", at_rank(letters[name], 0.5), "ms", 50)
            continue
        for which, share in (("median", 0.5), ("p99", 0.99)):
            found, alone = at_rank(_timed(search, words), share), at_rank(letters[name], share)
            bar = 25 if share == 0.5 or words is WORDS else None
            yield Figure(f"search: {which}{name}", found, "ms", bar, alone, "by letters alone")
    if has_meaning:
        longest = _timed(search, ["mijn man wordt boos als ik iets vergeet en dan " * LONGEST])
        yield Figure("search: median, longest text", at_rank(longest, 0.5), "ms", 25)
    if before and after:
        yield Figure("search: memory that it adds, shared pages too", after - before, "MB", None, before, "before")
    if own is not None and own_after is not None:
        yield Figure("search: memory of its own that it adds", own_after - own, "MB", 30, own, "before")
