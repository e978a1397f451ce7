"""The codes of the area that the name of a place in a situation stands for."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from voordeur.rules.area import Municipality, Places, area_codes, covers
from voordeur.rules.place_files import load_places


@dataclass(frozen=True, slots=True)
class Areas:
    """The index of places, and one municipality of each province, by which a province's other names are known."""

    places: Places
    one_each: tuple[Municipality, ...]

    def of(self, name: str) -> frozenset[str]:
        """The area of a municipality, place, postcode or province; empty when it is not known.

        A name with more than one meaning gives what its meanings share; a misspelt name is not guessed.
        """
        exact = self.places.by_name(name.strip())
        if exact is None:
            province = next((m.province for m in self.one_each if covers((f"province:{name}",), m)), None)
            answer = self.places.look_up(name)
            if answer.kind == "found" and answer.understood_as is None:
                exact = answer.municipality
            elif province:
                return frozenset({f"province:{province}"})
            elif answer.choices and answer.understood_as is None:
                return frozenset.intersection(*(area_codes(one) for _, one in answer.choices))
        return area_codes(exact)


@lru_cache(maxsize=2)
def areas(folder: Path) -> Areas:
    """The areas of the place files of this folder. Raises PlacesFileError when they are broken."""
    places = load_places(folder)
    with (folder / "municipalities.csv").open(encoding="utf-8", newline="") as lines:
        one_each = {row["province"].strip(): row["gm_code"].strip() for row in csv.DictReader(lines)}
    found = (places.municipality(code) for code in one_each.values())
    return Areas(places, tuple(one for one in found if one))
