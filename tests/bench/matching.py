"""How fast matching alone is: the real directory, and ten thousand made-up services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from time import perf_counter

from tests.bench import made_up, naive
from tests.bench.figures import Figure, at_rank
from voordeur.rules.matching import Answer, Index, Masks, match
from voordeur.rules.rulebook import load_rulebook
from voordeur.rules.situation import Situation


def _order(answer: Answer) -> tuple[tuple[str, bool], ...]:
    return tuple((one.organization, one.is_held) for one in answer.results)


def _times(
    asked: Sequence[Situation], index: Index, moment: datetime, now: Masks | None, rounds: int
) -> tuple[float, float]:
    """Of each situation the best of some rounds, so that the matching shows, and not who else is at work here."""
    best = [float("inf")] * len(asked)
    for _ in range(rounds):
        for place, one in enumerate(asked):
            began = perf_counter()
            match(one, index, moment, now=now)
            best[place] = min(best[place], (perf_counter() - began) * 1000)
    return at_rank(best, 0.5), at_rank(best, 0.99)


def figures(name: str, index: Index, moment: datetime, *, bar: float, asked: int, compared: int) -> Iterator[Figure]:
    """Median and slowest of a hundred, with and without the openness of the minute; reference: the naive loop."""
    book = load_rulebook()
    many = list(made_up.situations(asked))
    plain, same = [], 0
    naive.order(many[0], index.candidates, moment, book)  # so that opening hours are read
    for one in many[:compared]:
        began = perf_counter()
        found = naive.order(one, index.candidates, moment, book)
        plain.append((perf_counter() - began) * 1000)
        same += found == _order(match(one, index, moment))
    reference = at_rank(plain, 0.5)
    for words, now in (("openness known", index.openness(moment)), ("openness worked out", None)):
        median, slow = _times(many, index, moment, now, rounds=5)
        yield Figure(f"matching, {name}, {words}: median", median, "ms", bar, reference, "naive loop")
        yield Figure(f"matching, {name}, {words}: p99", slow, "ms", bar, at_rank(plain, 0.99), "naive loop")
    yield Figure(f"matching, {name}: same order as the naive loop", same, "answers", compared, at_most=False)
