"""The order of organisations read bit by bit is that of plain lists, as far as one reads and wherever one looks."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voordeur.rules.ranking import Owners, Result, Results, Tally, places, union

many = settings(max_examples=400, deadline=None)


@dataclass(frozen=True)
class Field:
    """Candidates by place: whose; what was added to whom; who is in the answer, who held; who is first, who lifted."""

    owners: tuple[str, ...]
    added: list[tuple[int, frozenset[int]]] = field(default_factory=list)
    free: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()
    stated: tuple[str, ...] = ()
    lifted: frozenset[str] = frozenset()
    first: int = 3

    def results(self) -> Results:
        """As the matching makes them."""
        owners = Owners(self.owners)
        tally = Tally((1 << len(self.owners)) - 1)
        for points, of in self.added:
            tally.add(points, bits(of))
        names = [f"s{place}" for place in range(len(self.owners))]
        made = Results(owners, names, tally, bits(self.free), bits(self.held), self.stated)
        made.lift(owners.of(bits(place for place in self.free if self.owners[place] in self.lifted)), self.first)
        return made

    def plain(self) -> list[Result]:
        """The same by sums, sorting and going through."""
        points = [sum(points for points, of in self.added if place in of) for place in range(len(self.owners))]

        def before(place: int) -> tuple[int, int, int]:
            name = self.owners[place]
            stated = self.stated.index(name) if name in self.stated else len(self.stated)
            return -points[place], stated, place

        found: dict[str, Result] = {}
        for is_held, of in ((False, self.free), (True, self.held)):
            for place in sorted(of, key=before):
                name = self.owners[place]
                found.setdefault(name, Result(name, f"s{place}", place, is_held))
        results = list(found.values())
        wanted = [place for place, one in enumerate(results) if not one.is_held and one.organization in self.lifted]
        if wanted and wanted[0] >= self.first:
            results.insert(self.first - 1, results.pop(wanted[0]))
        return results


def bits(of: object) -> int:
    return union(1 << place for place in of)  # type: ignore[attr-defined]


@st.composite
def fields(draw: st.DrawFn) -> Field:
    owners = tuple(sorted(draw(st.lists(st.sampled_from("abcdefghij"), max_size=30))))
    some = st.frozensets(st.sampled_from(range(len(owners)))) if owners else st.just(frozenset[int]())
    free = draw(some)
    return Field(
        owners,
        draw(st.lists(st.tuples(st.integers(-90, 90), some), max_size=5)),
        free,
        draw(some) - free,
        tuple(draw(st.lists(st.sampled_from("abcdefghijk"), max_size=3, unique=True))),
        draw(st.frozensets(st.sampled_from("abcdefghij"), max_size=2)),
        draw(st.integers(1, 4)),
    )


LAST_LIFTED = Field(("a", "b", "c", "d", "d"), [], frozenset(range(5)), lifted=frozenset("d"))


@given(fields())
@example(LAST_LIFTED)
@example(Field(()))
@many
def test_the_order_is_that_of_plain_lists(one: Field) -> None:
    assert list(one.results()) == one.plain()
    assert len(one.results()) == len(one.plain())
    assert one.results().free_count == sum(not other.is_held for other in one.plain())


@given(fields(), st.lists(st.integers(-35, 35) | st.slices(30), max_size=6))
@many
def test_reading_here_and_there_gives_what_stands_there(one: Field, asked: list[int | slice]) -> None:
    made, plain = one.results(), one.plain()
    for where in asked:
        if isinstance(where, slice):
            assert made[where] == tuple(plain[where])
        elif -len(plain) <= where < len(plain):
            assert made[where] == plain[where]
        else:
            with pytest.raises(IndexError):
                made[where]


@given(fields())
@many
def test_a_set_of_organisations_names_those_with_a_candidate_in_the_set(one: Field) -> None:
    owners = Owners(one.owners)
    names = [one.owners[place] for place in places(owners.of(bits(one.free)))]
    assert names == sorted({one.owners[place] for place in one.free})


def test_only_what_is_read_is_made() -> None:
    made = Field(tuple(f"{number:04}" for number in range(2000)), [], frozenset(range(2000))).results()
    assert [one.organization for one in made[:2]] == ["0000", "0001"]
    assert len(made) == 2000
    assert len(made._made) < 5


def test_who_is_lifted_stands_once_and_pushes_back_who_stood_there() -> None:
    assert [one.organization for one in LAST_LIFTED.results()] == ["a", "b", "d", "c"]


def test_who_is_held_is_not_lifted() -> None:
    one = Field(("a", "b", "c", "d"), [], frozenset({0, 1, 2}), frozenset({3}), lifted=frozenset("d"))
    assert [other.organization for other in one.results()] == ["a", "b", "c", "d"]
