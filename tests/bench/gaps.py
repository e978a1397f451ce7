"""How long all questions about gaps take: the real directory, and ten thousand made-up services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from tests.bench.figures import Figure
from voordeur.faces.gap_figures import slices
from voordeur.rules.gaps import Terrain
from voordeur.rules.matching import Index
from voordeur.rules.place_files import load_places


def figures(name: str, index: Index, places: Path) -> Iterator[Figure]:
    """Laying out once, and then every question of the sheet: 168 hours each, in every province too."""
    municipalities = load_places(places).municipalities()
    began = perf_counter()
    terrain = Terrain(index, municipalities)
    asked = list(slices(terrain.languages()))
    terrain.week(asked[0])
    yield Figure(f"gaps, {name}: lay out and answer the first question", (perf_counter() - began) * 1000, "ms")
    began = perf_counter()
    for one in asked:
        terrain.week(one).states()
    took = perf_counter() - began
    yield Figure(f"gaps, {name}: all {len(asked):,} questions of the sheet", took, "s")
    yield Figure(f"gaps, {name}: one question of 168 hours", took / len(asked) * 1e6, "µs")
