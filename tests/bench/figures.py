"""One figure of the bench, and the table in which they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, beside a reference of the same run and the bar; `at_most` False: the bar is a least."""

    name: str
    figure: float
    unit: str
    bar: float | None = None
    reference: float | None = None
    of: str = ""
    at_most: bool = True

    @property
    def is_met(self) -> bool | None:
        """Whether the bar is met; None when there is none."""
        if self.bar is None:
            return None
        return self.figure <= self.bar if self.at_most else self.figure >= self.bar

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        reference = "" if self.reference is None else f"{short(self.reference)} {self.of}"
        ratio = "" if not self.reference else short(self.figure / self.reference)
        bar = "" if self.bar is None else f"{'≤' if self.at_most else '≥'} {short(self.bar)}"
        met = {None: "", True: "yes", False: "NO"}[self.is_met]
        return self.name, short(self.figure), self.unit, reference, ratio, bar, met


HEAD = ("name", "figure", "unit", "reference", "ratio", "bar", "met?")


def short(value: float) -> str:
    """A number as people compare it: three digits that mean something, thousands apart."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 else f"{value:.1g}"


def at_rank(values: Iterable[float], share: float) -> float:
    """The value below which this share of all values lies; 0.5 is the median. Raises ValueError for no values."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int]) -> str:
    """Rows under a head, in columns; those in `left` begin at the left, the others end at the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([line(head), "  ".join("-" * width for width in widths), *map(line, rows)])
