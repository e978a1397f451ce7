"""Who comes first: the points of many candidates at once, and their organisations in order, as far as one reads.

A set of candidates is one whole number with a bit for each. So the work does not grow with how many fit: a step on a
set is one operation, and an organisation becomes a Result when somebody reads as far as its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload


def union(masks: Iterable[int]) -> int:
    """What is in one of these sets."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def places(mask: int) -> Iterator[int]:
    """The places of the bits of a set, lowest first."""
    if mask.bit_count() < 12:
        while mask:
            low = mask & -mask
            yield low.bit_length() - 1
            mask ^= low
        return
    digits = bin(mask)[:1:-1]
    place = digits.find("1")
    while place >= 0:
        yield place
        place = digits.find("1", place + 1)


class Tally:
    """Adds points to many candidates at once: one whole number for each binary digit of the sums."""

    def __init__(self, everyone: int) -> None:
        self.everyone = everyone
        self.digits: list[int] = []

    def add(self, points: int, mask: int) -> None:
        """So many points to each of `mask`; points below nothing go to all the others instead."""
        if points < 0:
            points, mask = -points, self.everyone & ~mask
        place = 0
        while points:
            if points & 1:
                carry, digit = mask, place
                while carry:
                    while digit >= len(self.digits):
                        self.digits.append(0)
                    before = self.digits[digit]
                    self.digits[digit] = before ^ carry
                    carry &= before
                    digit += 1
            points >>= 1
            place += 1

    def ranks(self, mask: int) -> Iterator[int]:
        """The candidates of `mask` in groups of equal points, most points first; split only as far as one reads."""
        waiting = [(mask, len(self.digits))]
        while waiting:
            group, digits = waiting.pop()
            if not group:
                continue
            if not digits:
                yield group
                continue
            high = group & self.digits[digits - 1]
            waiting.append((group ^ high, digits - 1))
            waiting.append((high, digits - 1))


class Owners:
    """Which organisation each candidate belongs to; those of one organisation lie side by side.

    A set of organisations has the bit of the last candidate of each.
    """

    def __init__(self, owners: Sequence[str]) -> None:
        self.members: dict[str, int] = {}
        for place, name in enumerate(owners):
            self.members[name] = self.members.get(name, 0) | 1 << place
        self.last = {name: 1 << mask.bit_length() - 1 for name, mask in self.members.items()}
        self.by_place = owners
        self._lasts = union(self.last.values())
        self._others = ((1 << len(owners)) - 1) ^ self._lasts

    def of(self, mask: int) -> int:
        """The organisations that have a candidate in this set.

        Below the last bit of an organisation stand its other bits. All of these added to those that are in the set
        carry into the last bit when one is in it, and never beyond; the last one itself counts where it is in the set.
        """
        return (((mask & self._others) + self._others) | mask) & self._lasts


@dataclass(frozen=True, slots=True)
class Result:
    """One organisation in the answer; `service` is the one that fits best."""

    organization: str
    service: str
    place: int
    is_held: bool


class Results(Sequence[Result]):
    """The organisations that have a candidate in `free` or, after those, in `held`, each where its best one stands.

    How many there are is known at once; one is made when it is read. `stated` are organisations that come first among
    equals, in this order.
    """

    def __init__(
        self, owners: Owners, services: Sequence[str], tally: Tally, free: int, held: int, stated: Sequence[str] = ()
    ) -> None:
        self._owners, self._services, self._tally, self._stated = owners, services, tally, stated
        self._free, self._held = free, held
        self.free_count = owners.of(free).bit_count()
        self._count = owners.of(free | held).bit_count()
        self._made: list[Result] = []
        self._coming = self._in_order()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, wanted: int) -> Result: ...
    @overload
    def __getitem__(self, wanted: slice) -> tuple[Result, ...]: ...
    def __getitem__(self, wanted: int | slice) -> Result | tuple[Result, ...]:
        asked = range(self._count)[wanted]  # as a list has it: counted from the end, IndexError outside
        if isinstance(asked, range):
            self._make(max(asked, default=-1) + 1)
            return tuple(self._made[place] for place in asked)
        self._make(asked + 1)
        return self._made[asked]

    def _make(self, count: int) -> None:
        self._made += islice(self._coming, max(0, count - len(self._made)))

    def lift(self, organizations: int, first: int) -> None:
        """When none of these (a set of organisations) is among the first so many, the best of them becomes the last
        of those. Who is held is not lifted.
        """
        leading = self[:first]
        if any(self._owners.last[one.organization] & organizations for one in leading if not one.is_held):
            return
        for fresh, group in self._groups(self._free, 0):
            if fresh & organizations:
                lifted = next(self._each(fresh & organizations, group, is_held=False))
                others = (one for one in self._in_order() if one.organization != lifted.organization)
                self._made = [*leading[: first - 1], lifted]
                self._coming = islice(others, first - 1, None)
                return

    def _in_order(self) -> Iterator[Result]:
        for fresh, group in self._groups(self._free, 0):
            yield from self._each(fresh, group, is_held=False)
        for fresh, group in self._groups(self._held, self._owners.of(self._free)):
            yield from self._each(fresh, group, is_held=True)

    def _groups(self, mask: int, seen: int) -> Iterator[tuple[int, int]]:
        """Candidates of equal points, most points first, with the organisations that were not `seen` before."""
        for group in self._tally.ranks(mask):
            fresh = self._owners.of(group) & ~seen
            seen |= fresh
            yield fresh, group

    def _each(self, fresh: int, group: int, *, is_held: bool) -> Iterator[Result]:
        """Each of the organisations `fresh` with the first of its candidates in `group`."""
        for name in self._stated:
            last = self._owners.last.get(name, 0)
            if fresh & last:
                fresh ^= last
                yield self._result(name, group, is_held=is_held)
        for place in places(fresh):
            yield self._result(self._owners.by_place[place], group, is_held=is_held)

    def _result(self, organization: str, group: int, *, is_held: bool) -> Result:
        own = group & self._owners.members[organization]
        place = (own & -own).bit_length() - 1
        return Result(organization, self._services[place], place, is_held)
