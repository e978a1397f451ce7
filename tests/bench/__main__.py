"""How fast the product is: `python -m tests.bench` (`make bench`). Prints figures beside their bars; it is no gate."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from tests.bench.figures import HEAD, Figure, at_rank, table

MADE_UP_SERVICES = 10_000
STARTS = 3


def _loading(content: Path) -> Iterator[Figure]:
    from django.core.management import call_command

    from voordeur.records.directory.actions import load_directory
    from voordeur.records.directory.queries import current_directory

    call_command("migrate", interactive=False, verbosity=0)
    took = []
    for _ in range(2):
        began = perf_counter()
        load_directory(folder=content / "directory", moment=datetime.now(UTC))
        took.append(perf_counter() - began)
    yield Figure("directory: load all files into an empty database", took[0], "s")
    yield Figure("directory: load again, nothing changed", took[1], "s", None, took[0], "first load")
    began = perf_counter()
    current_directory()
    yield Figure("directory: from the database into memory", perf_counter() - began, "s")


def _matching() -> Iterator[Figure]:
    from tests.bench import made_up, matching
    from voordeur.records.directory.queries import current_directory
    from voordeur.rules.matching import Index

    index, moment = current_directory().index, datetime.now(UTC)
    name = f"{len(index.organizations)} organisations"
    yield from matching.figures(name, index, moment, bar=1, asked=400, compared=100)
    large = Index(made_up.services(MADE_UP_SERVICES))
    yield from matching.figures(f"{MADE_UP_SERVICES:,} services", large, moment, bar=25, asked=100, compared=3)


def _gaps(content: Path) -> Iterator[Figure]:
    from tests.bench import gaps, made_up
    from voordeur.records.directory.queries import current_directory
    from voordeur.rules.matching import Index

    index = current_directory().index
    yield from gaps.figures(f"{len(index.organizations)} organisations", index, content / "places")
    large = Index(made_up.services(MADE_UP_SERVICES))
    yield from gaps.figures(f"{MADE_UP_SERVICES:,} services", large, content / "places")


def _searching(content: Path) -> Iterator[Figure]:
    from tests.bench import searching

    yield from searching.figures(content / "library")


def _serving(folder: Path, content: Path, weights: list[tuple[str, ...]]) -> Iterator[Figure]:
    from tests.bench import pages
    from tests.bench.servers import bare_server, public_side, settle
    from voordeur.faces.doorway import load_doors
    from voordeur.records.directory.queries import current_directory
    from voordeur.records.library.page_files import load_library
    from voordeur.rules.guide import load_guide

    guide, doorway = load_guide(content / "guide" / "guide.toml"), load_doors(content / "doors")
    still = folder / "still"
    still.mkdir()
    (still / "nothing").write_bytes(b"")
    topics = sorted(load_library(content / "library").pages["nl"])
    starts, bare, cold, warm = [], [], [], []
    for _ in range(STARTS):
        with public_side() as one:
            starts.append(one.seconds)
            first, later = pages.first_page(one, topics[0])
            cold.append(first)
            warm.append(later)
        with bare_server(still / "nothing") as one:
            bare.append(one.seconds)
    yield Figure("server: from start to first answer", at_rank(starts, 0.5), "s", 3, at_rank(bare, 0.5), one.name)
    yield Figure(
        "library page: the first from a fresh server", at_rank(cold, 0.5), "ms", 100, at_rank(warm, 0.5), "later"
    )
    with public_side() as at:
        settle(at.pid)
        fresh = at.memory()
        codes = sorted(current_directory().by_code)
        found = [weight for door in doorway.doors for weight in pages.weigh(at, guide, door, codes, topics)]
        for page in dict.fromkeys(one.page for one in found):
            most = max((one for one in found if one.page == page), key=lambda one: one.sent)
            yield Figure(f"weight: {page}, heaviest", most.sent, "B", pages.HEAVIEST, most.unpacked, "unpacked")
        weights += [(one.page, one.door, one.language, f"{one.sent:,}", f"{one.unpacked:,}") for one in found]
        yield from pages.paces(at, guide, doorway.central.languages, still)
        full = at.memory()
    if fresh and full:
        yield Figure("server: memory after all of this", full, "MB", None, fresh, "at start")


def _opendata(folder: Path, content: Path) -> Iterator[Figure]:
    from tests.bench import opendata

    yield from opendata.figures(content, folder, MADE_UP_SERVICES)


def _talking(folder: Path) -> Iterator[Figure]:
    from tests.bench import talking

    yield from talking.figures(folder)


def main() -> int:
    """Measure and print all parts, or those that are named. Always 0: these are figures, for people to judge."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that every `with` closes its server
    with tempfile.TemporaryDirectory(prefix="voordeur-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx may serve as another user
        os.environ.pop("VOORDEUR_DATABASE_URL", None)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="voordeur.settings.public",
            VOORDEUR_DATA=name,
            VOORDEUR_NEUTRAL_URL="http://localhost/",
        )
        import django
        from django.conf import settings

        django.setup()
        content = Path(settings.CONTENT)
        found: list[Figure] = []
        weights: list[tuple[str, ...]] = []
        parts: dict[str, Callable[[], Iterator[Figure]]] = {
            "loading": lambda: _loading(content),
            "matching": _matching,
            "gaps": lambda: _gaps(content),
            "searching": lambda: _searching(content),
            "serving": lambda: _serving(folder, content, weights),
            "talking": lambda: _talking(folder),
            "opendata": lambda: _opendata(folder, content),
        }
        asked = [name for name in parts if name in sys.argv[1:] or name == "loading"]
        for part in asked if sys.argv[1:] else parts:
            try:
                for one in parts[part]():
                    found.append(one)
                    print(" ".join(one.cells()[:4]), file=sys.stderr, flush=True)
            except Exception as problem:  # a figure that fails must not hide the others
                print(f"bench: {type(problem).__name__}: {problem}", file=sys.stderr)
    print(table(HEAD, [one.cells() for one in found], left=(0, 2, 3)))
    if weights:
        print()
        print(table(("page", "door", "language", "bytes sent", "unpacked"), weights, left=(0, 1, 2)))
    print("\nPages: the best of several rounds; talk: one. The machine may be used by others too.")
    print("Sent is with headers, packed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
