"""The API with the real directory, and with ten thousand services that came in by an import: how many times slower.

The large directory is the real one many times over under other names, so that its records weigh the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from time import perf_counter

from tests.bench.figures import Figure, at_rank
from voordeur.faces.opendata.openapi import EXAMPLE

ROUNDS, TIMES = 30, 2.0
#: An organisation of the large directory does each thing that the real one does so many times.
EACH = 5
_PATHS = {
    "a page of services": "/api/services?per_page=20",
    "a page far on": "/api/services?per_page=20&page={last}",
    "a page of services in full": "/api/services?per_page=20&full=true",
    "a page of organisations": "/api/organizations?per_page=20",
    "search in services": "/api/services?search=chat&per_page=10",
    "search with a filter": "/api/services?search=praten&taxonomy_term_id={term}&per_page=10",
    "services of one kind": "/api/services?taxonomy_term_id={term}&per_page=10",
    "one service": "/api/services/{service}",
}


def _enlarged(source: Path, folder: Path, services: int) -> int:
    """The files of a directory of so many services; gives how many organisations."""
    from voordeur.records.directory.entry_files import read_directory
    from voordeur.records.directory.entry_toml import as_toml

    entries, _ = read_directory(source, date(2026, 11, 30))
    made = total = 0
    for number in count():
        for one in entries:
            name = f"{one.id}-{number}"
            many = [
                {**service, "id": f"{service['id']}-{times}"}
                for times in range(EACH)
                for service in one.data["services"]
            ]
            data = {**one.data, "id": name, "name": f"{one.data['name']} {number}", "services": many}
            (folder / f"{name}.toml").write_text(as_toml(data), encoding="utf-8")
            made, total = made + 1, total + len(many)
            if total >= services:
                return made
    raise AssertionError


def _times(ask: Callable[[], None]) -> float:
    took = []
    for _ in range(ROUNDS):
        began = perf_counter()
        ask()
        took.append((perf_counter() - began) * 1000)
    return at_rank(took, 0.25)


def _measured() -> dict[str, float]:
    """The milliseconds of each question, without a server around it."""
    from django.test import Client

    from voordeur.faces.hsds import identifier
    from voordeur.faces.opendata import answering, store
    from voordeur.records.directory.queries import current_directory
    from voordeur.rules.matching import match
    from voordeur.rules.opening import AMSTERDAM
    from voordeur.rules.situation import situation_from_mapping

    answering.limits.may = lambda *_: True  # type: ignore[method-assign]
    store._kept = store._Kept()
    client = Client(HTTP_HOST="localhost")
    total = client.get("/api/services?per_page=20").json()["total_pages"]
    found: dict[str, float] = {}
    values = {
        "last": max(1, total - 1),
        "term": identifier("taxonomy_term", "need/listening"),
        "service": client.get("/api/services?per_page=1&page=40").json()["contents"][0]["id"],
    }

    def get(path: str) -> Callable[[], None]:
        def ask() -> None:
            assert client.get(path).status_code == 200, path

        return ask

    for name, path in _PATHS.items():
        found[name] = _times(get(path.format(**values)))
    directory, moment = current_directory(), datetime(2026, 2, 12, 22, 45, tzinfo=AMSTERDAM)
    situation = situation_from_mapping("victim", EXAMPLE["situation"])
    now = directory.index.openness(moment)

    def matched() -> None:
        assert match(situation, directory.index, moment, now=now).results

    found["matching alone"] = _times(matched)

    def posted() -> None:
        answer = client.post("/api/match", json.dumps(EXAMPLE), content_type="application/json")
        assert answer.status_code == 200

    found["POST /api/match, which names every organisation"] = _times(posted)
    return found


def figures(content: Path, folder: Path, services: int) -> Iterator[Figure]:
    """Each question with many services, beside the same with the real directory; the bar is twice."""
    from voordeur.records.directory.actions import load_directory

    before = _measured()
    large = folder / "large"
    large.mkdir()
    began = perf_counter()
    made = _enlarged(content / "directory", large, services)
    yield Figure(f"API: write {made:,} files", perf_counter() - began, "s")
    began = perf_counter()
    load_directory(folder=large, moment=datetime.now(UTC))
    yield Figure(f"API: load {services:,} services", perf_counter() - began, "s")
    began = perf_counter()
    after = _measured()
    yield Figure("API: first index and all measuring", perf_counter() - began, "s")
    for name, took in after.items():
        yield Figure(f"API, {services:,} services: {name}", took, "ms", before[name] * TIMES, before[name], "now")
    load_directory(folder=content / "directory", moment=datetime.now(UTC))
