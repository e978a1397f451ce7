"""What the API answers from: one state of the directory in memory, with an index that does not grow slow.

A set of records is one whole number with a bit for each record, so that a filter over ten thousand services is an `and`
of two numbers; a record is made only when its page is asked for.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock
from typing import Any

from django.db import DatabaseError

from voordeur.faces.hsds import (
    FIELD,
    TAXONOMIES,
    WORDS,
    Described,
    Record,
    described,
    identifier,
    taxonomy,
)  # fmt: skip
from voordeur.faces.hsds import terms as every_term
from voordeur.records.directory.kept_entries import kept_entries
from voordeur.records.directory.queries import Directory, current_directory, edition

_LOOK_AGAIN = timedelta(seconds=2)
_WORD = re.compile(r"\w+")
Make = Callable[[], Record]


def words_of(text: str) -> list[str]:
    """The words of a text for searching: small letters without accents."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return _WORD.findall(plain.casefold())


@dataclass(slots=True)
class Table:
    """Records of one kind in their order; `marks` are sets of them by what they are filtered by."""

    basic: list[Make] = field(default_factory=list)
    full: list[Make] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    _marked: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    marks: dict[str, int] = field(default_factory=dict)
    _words: list[str] = field(default_factory=list)

    def add(self, key: str, basic: Make, full: Make, marks: Iterable[str], words: Iterable[str]) -> None:
        """One more record; `words` are those it is found by."""
        place = len(self.basic)
        self.places[key] = place
        self.basic.append(basic)
        self.full.append(full)
        for mark in {*marks, *(f"word {one}" for one in words)}:
            self._marked[mark].append(place)

    def close(self) -> Table:
        """No record comes any more: the sets are made."""
        for mark, places in self._marked.items():
            bits = bytearray(len(self.basic) // 8 + 1)
            for place in places:
                bits[place >> 3] |= 1 << (place & 7)
            self.marks[mark] = int.from_bytes(bits, "little")
        self._marked.clear()
        self._words = sorted(mark.removeprefix("word ") for mark in self.marks if mark.startswith("word "))
        return self

    def found(self, marks: Iterable[str], search: str | None) -> int:
        """The set of records that carry all these marks and begin a word with each word of `search`."""
        found = (1 << len(self.basic)) - 1
        for mark in marks:
            found &= self.marks.get(mark, 0)
        if search is None:
            return found
        words = words_of(search)
        for word in words:
            found &= self._begins(word)
        return found if words else 0

    def _begins(self, start: str) -> int:
        found, place = 0, bisect_left(self._words, start)
        for word in islice(self._words, place, None):
            if not word.startswith(start):
                break
            found |= self.marks[f"word {word}"]
        return found


def page_of(found: int, first: int, count: int) -> list[int]:
    """The places of so many records of a set, from the nth on."""
    if found & (found + 1) == 0:  # all of them
        return list(range(first, min(first + count, found.bit_length())))
    digits = bin(found)[:1:-1]
    place = -1
    for _ in range(first + 1):
        place = digits.find("1", place + 1)
        if place < 0:
            return []
    places: list[int] = []
    while place >= 0 and len(places) < count:
        places.append(place)
        place = digits.find("1", place + 1)
    return places


@dataclass(frozen=True, slots=True)
class Store:
    """One state of the directory; `since` is when this process first had it."""

    directory: Directory
    since: datetime
    organizations: tuple[Described, ...]
    by_name: Mapping[str, Described]
    tables: Mapping[str, Table]
    #: What is made at most once of one state: dumps.
    made: dict[str, bytes] = field(default_factory=dict)

    @property
    def edition(self) -> str:
        """The fingerprint of this state."""
        return self.directory.edition


def _term_marks(words: Iterable[tuple[str, str]]) -> set[str]:
    """The marks of terms and of their taxonomies."""
    marks = set()
    for name, code in words:
        marks |= {f"term {identifier('taxonomy_term', f'{name}/{code}')}", f"taxonomy {identifier('taxonomy', name)}"}
    return marks


def _said(data: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The words of the vocabulary that an organisation or service carries itself."""
    found = set()
    for key, kind in WORDS.items():
        value = data.get(key, ())
        if key != "kind":
            found |= {(kind.__name__.lower(), code) for code in ([value] if isinstance(value, str) else value)}
    return found


def _of_channels(data: Mapping[str, Any]) -> set[tuple[str, str]]:
    found = set()
    for one in data.get("channels", ()):
        found |= {(WORDS[key].__name__.lower(), one[key]) for key in ("kind", "cost") if key in one}
    return found


def _texts(*texts: Mapping[str, str] | None) -> Iterable[str]:
    for one in texts:
        for text in (one or {}).values():
            yield from words_of(text)


def make_store(directory: Directory, since: datetime) -> Store:
    """The index of this state of the directory."""
    organizations = described(kept_entries(), directory.organizations)
    tables = {name: Table() for name in ("organizations", "services", "service_at_locations")}
    for one in organizations:
        _add(tables, one)
    tables |= _terms()
    closed = {name: table.close() for name, table in tables.items()}
    return Store(directory, since, organizations, {one.id: one for one in organizations}, closed)


def _add(tables: Mapping[str, Table], one: Described) -> None:
    data, view = one.entry.data, one.view
    own = [*words_of(data["name"]), *(word for name in data.get("also_known_as", ()) for word in words_of(name))]
    about = set(own) | set(_texts(data["summary"], data["description"]))
    here = f"organization {one.id}"
    all_terms = _said(data) | {("confidence", source["confidence"]) for source in data["sources"].values()}
    for place, (service, shown) in enumerate(zip(data["services"], view.services, strict=True)):
        terms = _said(service) | _of_channels(service)
        all_terms |= terms
        words = {*own, *_texts(service["name"], shown.summary, shown.wait_time)}
        about |= words
        key = one.service_id(service["id"])
        marks = {here, *_term_marks(terms)}
        tables["services"].add(key, _later(one.service, place), _later(one.service_in_full, place), marks, words)
        for number, link in enumerate(one.at_locations(place)):
            found_by = {*words, *words_of(link["location"]["description"])}
            tables["service_at_locations"].add(
                link["id"], _basic_link(one, place, number), _link(one, place, number), marks, found_by
            )
    tables["organizations"].add(
        one.id, one.organization, _full_organization(one), {here, *_term_marks(all_terms)}, about
    )


def _later(make: Callable[[int], Record], place: int) -> Make:
    return lambda: make(place)


def _full_organization(one: Described) -> Make:
    return lambda: one.organization_in_full(with_services=False)


def _link(one: Described, place: int, number: int) -> Make:
    return lambda: one.at_locations(place)[number]


def _basic_link(one: Described, place: int, number: int) -> Make:
    return lambda: {name: value for name, value in one.at_locations(place)[number].items() if name != "location"}


def _always(record: Record) -> Make:
    return lambda: record


def _terms() -> dict[str, Table]:
    taxonomies, terms = Table(), Table()
    for name in (*(kind.__name__.lower() for kind in TAXONOMIES), FIELD):
        one = taxonomy(name)
        taxonomies.add(one["id"], _always(one), _always(one), (), words_of(f"{name} {one['description']}"))
    for one in every_term():
        words = words_of(f"{one['code']} {one['name']} {one['description']}")
        terms.add(one["id"], _always(one), _always(one), {f"taxonomy {one['taxonomy_id']}"}, words)
    return {"taxonomies": taxonomies, "taxonomy_terms": terms}


class _Kept:
    """The store in memory, and when it was last compared with the database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._store: Store | None = None
        self._looked_at: datetime | None = None

    def at(self, moment: datetime) -> Store:
        with self._lock:
            store = self._store
            if store is None or self._looked_at is None or not timedelta(0) <= moment - self._looked_at < _LOOK_AGAIN:
                store = self._store = self._fresh(store, moment)
                self._looked_at = moment
            return store

    def _fresh(self, before: Store | None, moment: datetime) -> Store:
        try:
            if before is not None and edition() == before.edition:
                return before
            # Entries and views are read one after the other: when a load came between, read them again.
            for _ in range(3):
                directory = current_directory()
                store = make_store(directory, moment)
                if edition() == directory.edition:
                    return store
            return store
        except (DatabaseError, KeyError, ValueError):
            if before is None:
                raise
            return before


_kept = _Kept()


def store_at(moment: datetime) -> Store:
    """The directory as the API shows it, looked at again every two seconds; the last good one while it cannot be read.

    Raises DatabaseError when it never could be read.
    """
    return _kept.at(moment)
