"""Which municipality is meant by what somebody typed, and whether an organisation covers it.

Plain Python and no clock: the index is built once from rows (see ``place_files``) and never changes. A wrong
place sends somebody to the wrong door, so a doubtful name is asked back ("choose") and a corrected name is said.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import asin, cos, radians, sin, sqrt
from typing import Literal, NamedTuple

LONGEST_INPUT = 60
MOST_CHOICES = 8

#: The twelve provinces as CBS writes them, in order of the alphabet.
PROVINCES = (
    "Drenthe",
    "Flevoland",
    "Fryslân",
    "Gelderland",
    "Groningen",
    "Limburg",
    "Noord-Brabant",
    "Noord-Holland",
    "Overijssel",
    "Utrecht",
    "Zeeland",
    "Zuid-Holland",
)

# Short and other names of the twelve provinces, folded; the letters are those that CBS puts in brackets.
_PROVINCES = (
    "drenthe dr drente, flevoland fl fle, fryslan fr frl friesland, gelderland gld gl, groningen gr gn, limburg l lb,"
    "noordbrabant nb brabant, noordholland nh, overyssel o ov, utrecht u ut, zeeland z zl zld, zuidholland zh"
)
_PROVINCE_OF = {word: line.split()[0] for line in _PROVINCES.split(",") for word in line.split()}
_PARTS_OF_TOWN = ("noord", "oost", "zuid", "west", "centrum", "zuidoost", "noordoost", "nieuwwest")
_POSTCODE = re.compile(r"([1-9]\d{3}) ?(?:[a-z]{2})?(?: |$)")


@dataclass(frozen=True, slots=True)
class Municipality:
    """One municipality: CBS code, everyday name, the regions it belongs to and a point inside it (WGS84)."""

    code: str
    name: str
    province: str
    veilig_thuis_region: str
    ggd_region: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What was understood of the typed text; ``understood_as`` is the place name when the spelling was corrected."""

    kind: Literal["found", "choose", "unknown"]
    municipality: Municipality | None = None
    choices: tuple[tuple[str, Municipality], ...] = ()
    understood_as: str | None = None


MunicipalityRow = tuple[Municipality, Sequence[str]]  # with its other names
PlaceRow = tuple[str, Sequence[str], str]  # place, its other names, code of the municipality
PostcodeRow = tuple[int, str]  # PC4, code of a municipality it lies in; a row for each municipality


class _Hit(NamedTuple):
    rank: int  # 0 the name of a municipality, 1 of a place, 2 another name of either
    order: int
    name: str
    municipality: Municipality


def _words(text: str) -> list[str]:
    parts = unicodedata.normalize("NFKD", text[:LONGEST_INPUT].casefold())
    kept = "".join(c for c in parts if unicodedata.category(c)[0] not in "MC" or c in "\t\n")
    return re.findall(r"[^\W_]+", re.sub(r"^\s*(?:gemeente|gem\.?)\s", "", kept))


def _fold(words: Sequence[str]) -> str:
    """One key for the spellings that mean the same name: sint/st, aan den/aan de/a/d, ij/y, no spaces."""
    text = re.sub(r"\bsint\b", "st", " ".join(words))
    return re.sub(r"\b(?:aan den?|a d)\b", "ad", text).replace(" ", "").replace("ij", "y")


def _area_key(name: str) -> str:
    return _PROVINCE_OF.get(key := _fold(_words(name)), key)


def _without_bracket(name: str) -> str:
    return name.split(" (")[0]


def _letters(text: str) -> int:
    """Letter counts up to two as bits: no more letters can be missing on a side than there are edits."""
    bits = 0
    for c in text:
        first = 1 << (ord(c) % 32 * 2)
        bits |= first << 1 if bits & first else first
    return bits


def _edits(a: str, b: str, limit: int) -> int:
    """Optimal string alignment distance (insert, delete, substitute, swap); ``limit + 1`` when it is more."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit and min(last) > limit:
            return limit + 1
        before, last = last, row
    return min(last[-1], limit + 1)


class Places:
    """Index of municipalities, places and postcodes; built once, not changed afterwards."""

    __slots__ = ("_areas", "_codes", "_index", "_qualifiers", "_spellings")

    def __init__(
        self, municipalities: Iterable[MunicipalityRow], places: Iterable[PlaceRow], pc4: Iterable[PostcodeRow]
    ) -> None:
        """Builds the index; the order of the rows is the order of choices. ValueError: an unknown or double code."""
        self._codes: dict[str, Municipality] = {}
        hits: dict[str, list[_Hit]] = {}
        spelled: dict[str, str] = {}
        qualifiers: dict[str, set[str]] = {}
        order = count()

        def add(key: str, rank: int, name: str, municipality: Municipality) -> None:
            hits.setdefault(key, []).append(_Hit(rank, next(order), _without_bracket(name), municipality))

        def add_names(rank: int, name: str, others: Sequence[str], municipality: Municipality) -> None:
            for text in (name, *others):
                words = _words(_without_bracket(text))
                spelled["".join(words)] = _fold(words)
                add(_fold(words), rank if text == name else 2, name, municipality)

        for municipality, others in municipalities:
            if municipality.code in self._codes:
                raise ValueError(f"municipality {municipality.code} is there twice")
            self._codes[municipality.code] = municipality
            add_names(0, municipality.name, others, municipality)
            shorts = (short for short, full in _PROVINCE_OF.items() if full == _area_key(municipality.province))
            names = (_fold(_words(name)) for name in (municipality.name, _without_bracket(municipality.name)))
            for key in (*shorts, *names):
                qualifiers.setdefault(key, set()).add(municipality.code)
        for part in _PARTS_OF_TOWN:
            qualifiers.setdefault(part, set()).update(self._codes)
        for place, others, code in places:
            add_names(1, place, others, self._known(code))
        self._areas = frozenset(key for key in _PROVINCE_OF if len(key) > 3) | {"nederland"}
        for area in self._areas - hits.keys():  # understood, and too large to be an answer
            hits[area] = []
            spelled[area.replace("overy", "overij")] = area
        for number, code in pc4:
            add(str(number), 1, self._known(code).name, self._known(code))
        best = {key: {h.municipality.code: h for h in sorted(found, reverse=True)} for key, found in hits.items()}
        self._index = {key: tuple(sorted(found.values())) for key, found in best.items()}
        self._qualifiers = {key: frozenset(codes) for key, codes in qualifiers.items()}
        self._spellings = tuple((text, _letters(text), folded) for text, folded in spelled.items())

    def _known(self, code: str) -> Municipality:
        if code not in self._codes:
            raise ValueError(f"no municipality {code}")
        return self._codes[code]

    def municipality(self, code: str) -> Municipality | None:
        """The municipality with this CBS code ("GM0363"), or None."""
        return self._codes.get(code)

    def areas(self) -> frozenset[str]:
        """The code of every area that an organisation can serve: municipalities, provinces, regions."""
        return frozenset[str]().union(*(area_codes(one) for one in self._codes.values()))

    def municipalities(self) -> tuple[Municipality, ...]:
        """Every municipality, in the order of the rows."""
        return tuple(self._codes.values())

    def by_name(self, name: str) -> Municipality | None:
        """The municipality with exactly this name ("Den Haag", "Bergen (NH.)"), or None; no guessing."""
        return next((m for m in self._codes.values() if m.name == name), None)

    def look_up(self, typed: str) -> PlaceAnswer:
        """The municipality of a typed postcode or place name, the ones to choose from, or unknown; never raises."""
        words = _words(typed)
        postcode = _POSTCODE.match(" ".join(words))
        key = postcode[1] if postcode else _fold(words)
        if postcode or key in self._index:
            hits = self._index.get(key, ())  # a hamlet called Zeeland or Nederland is asked: more is meant, mostly
            return _answer(hits, None, sure=key not in self._areas or any(h.rank == 0 for h in hits))
        contradicted: tuple[_Hit, ...] = ()
        for base, codes in self._qualified(words):
            named = self._index.get(_fold(base), ())
            if narrowed := tuple(h for h in named if h.municipality.code in codes):
                return _answer(narrowed, None)
            contradicted = contradicted or named
        if contradicted:  # "Hengelo (Drenthe)": ask, also when there is one
            return _answer(contradicted, None, sure=False)
        best, hits = self._nearest(words)
        for base, codes in self._qualified(words):
            edits, near = self._nearest(base)
            narrowed = tuple(h for h in near if h.municipality.code in codes)
            if narrowed and edits < best:
                best, hits = edits, narrowed
        return _answer(hits, hits[0].name if hits else None)

    def _qualified(self, words: Sequence[str]) -> Iterator[tuple[Sequence[str], frozenset[str]]]:
        """The ways to read the last words as a province, a municipality or a part of town; most words first."""
        for cut in range(max(1, len(words) - 4), len(words)):
            if codes := self._qualifiers.get(_fold(words[cut:])):
                yield words[:cut], codes

    def _nearest(self, words: Sequence[str]) -> tuple[int, tuple[_Hit, ...]]:
        """Fewest edits (1 for 4-6 letters, 2 for 7 or more) and every name at that distance."""
        text = "".join(words)
        limit = 0 if len(text) < 4 else 1 if len(text) < 7 else 2
        letters, best, near = _letters(text), limit + 1, dict[str, None]()
        for other, bits, folded in self._spellings if limit else ():
            reach = min(best, limit)
            if max(abs(len(text) - len(other)), (letters & ~bits).bit_count(), (bits & ~letters).bit_count()) > reach:
                continue
            edits = _edits(text, other, reach)
            if edits < best:
                best, near = edits, {}
            if edits == best <= limit:
                near[folded] = None
        return best, tuple(sorted({hit for folded in near for hit in self._index[folded]}))


def _answer(hits: tuple[_Hit, ...], understood_as: str | None, *, sure: bool = True) -> PlaceAnswer:
    if not hits:
        return PlaceAnswer("unknown")
    if sure and len({h.municipality.code for h in hits}) == 1:
        return PlaceAnswer("found", hits[0].municipality, (), understood_as)
    shown = list({(h.name, h.municipality.code): h for h in reversed(hits)}.values())[::-1]
    keys = [_fold(_words(f"{h.name} {h.municipality.province}")) for h in shown]
    towns = [_without_bracket(h.municipality.name) if keys.count(keys[i]) > 1 else "" for i, h in enumerate(shown)]
    labels = [f"{h.name} ({town or h.municipality.province})" for h, town in zip(shown, towns, strict=True)]
    chosen = zip(labels, (h.municipality for h in shown), strict=True)
    return PlaceAnswer("choose", choices=tuple(chosen)[:MOST_CHOICES])


def area_codes(municipality: Municipality | None) -> frozenset[str]:
    """The codes by which an area served is compared with this place."""
    if municipality is None:
        return frozenset()
    return frozenset(
        {
            f"municipality:{municipality.name}",
            f"province:{municipality.province}",
            f"vt:{municipality.veilig_thuis_region}",
        }
    )


def covers(area: tuple[str, ...] | None, municipality: Municipality | None) -> bool | None:
    """Whether an organisation with this area serves the municipality; None when that cannot be said.

    ``area`` None: not known where it works. Entries: "national", "province:Utrecht", "municipality:Amsterdam",
    "vt:Twente" (a Veilig Thuis region). An entry of another kind makes a no into None.
    """
    if area is not None and "national" in area:
        return True
    if area is None or municipality is None:
        return None
    of = {"municipality": municipality.name, "vt": municipality.veilig_thuis_region, "province": municipality.province}
    entries = [entry.partition(":")[::2] for entry in area]
    served = any(kind in of and _area_key(name) == _area_key(of[kind]) for kind, name in entries)
    return True if served else False if all(kind in of for kind, _ in entries) else None


def distance_km(a: Municipality, b_lon: float, b_lat: float) -> float:
    """Kilometres as the crow flies (mean earth radius) from the municipality's point to a point in degrees (WGS84)."""
    lat_a, lat_b = radians(a.lat), radians(b_lat)
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b_lon - a.lon) / 2) ** 2
    return 2 * 6371.0 * asin(min(1.0, sqrt(half)))
