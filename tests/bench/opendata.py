"""The real directory, and ten thousand services that came in by an import: how many times slower is what is made of it.

Measured are the API, the matching, the visitor's page of results and the list of who keeps up entries. The large
directory is the real one many times over under other names, so that its records weigh the same; for each that fits
somebody in the real one all its copies fit in the large one: hundreds of organisations instead of dozens.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count, cycle
from pathlib import Path
from time import perf_counter, process_time

from tests.bench import made_up
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


def times(ask: Callable[[], None]) -> float:
    """The milliseconds of its own work below which a quarter of some rounds stays.

    The small and the large directory are measured minutes apart: what others do here meanwhile must count little.
    """
    took = []
    for _ in range(ROUNDS):
        began = process_time()
        ask()
        took.append((process_time() - began) * 1000)
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
        found[name] = times(get(path.format(**values)))
    directory, moment = current_directory(), datetime(2026, 2, 12, 22, 45, tzinfo=AMSTERDAM)
    situation = situation_from_mapping("victim", EXAMPLE["situation"])
    now = directory.index.openness(moment)

    def matched() -> None:
        assert match(situation, directory.index, moment, now=now).results

    found["matching alone"] = times(matched)

    def posted(query: str = "") -> None:
        answer = client.post(f"/api/match{query}", json.dumps(EXAMPLE), content_type="application/json")
        assert answer.status_code == 200

    found["POST /api/match, fifty results a page"] = times(posted)
    found["POST /api/match, twenty results"] = times(lambda: posted("?per_page=20"))
    found["the visitor's page of results"] = _results_page()
    found["the list of entries, for a steward"] = _list_of_entries()
    return found


def _results_page() -> float:
    """The milliseconds of the page of results, the same answers in turn."""
    from django.conf import settings
    from django.test import Client

    from voordeur.rules.guide import load_guide

    client = Client(HTTP_HOST="localhost")
    visit = "/" + client.get("/").headers["Location"].split("/")[1]
    bodies = cycle(made_up.bodies(load_guide(Path(settings.CONTENT) / "guide" / "guide.toml"), ["nl"], ROUNDS))

    def ask() -> None:
        answer = client.post(visit, next(bodies), content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200

    for _ in range(ROUNDS):
        ask()  # so that what is put into words once for all stands there, as it does for the second visitor
    return times(ask)


def _list_of_entries() -> float:
    """The milliseconds of the steward's list: the desk is a process of its own, here too."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.bench.upkeep"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "voordeur.settings.desk"},
        capture_output=True,
        check=True,
        text=True,
    )
    return float(said.stdout)


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
        yield Figure(f"{services:,} services: {name}", took, "ms", before[name] * TIMES, before[name], "now")
    load_directory(folder=content / "directory", moment=datetime.now(UTC))
