"""`voordeur places look-up`, and the codes of the area that a place in a situation stands for."""

from __future__ import annotations

import argparse
import csv
from functools import lru_cache
from pathlib import Path

from voordeur.faces.terminal.ground import CannotGoOn, content_folder
from voordeur.rules.area import Municipality, Places, area_codes, covers
from voordeur.rules.place_files import PlacesFileError, load_places


@lru_cache(maxsize=2)
def _places(folder: Path) -> tuple[Places, tuple[Municipality, ...]]:
    """The index, and one municipality of each province, by which a province's other names are known."""
    try:
        places = load_places(folder)
    except PlacesFileError as problem:
        raise CannotGoOn(f"The place files cannot be read: {problem}.") from problem
    with (folder / "municipalities.csv").open(encoding="utf-8", newline="") as lines:
        one_each = {row["province"].strip(): row["gm_code"].strip() for row in csv.DictReader(lines)}
    found = (places.municipality(code) for code in one_each.values())
    return places, tuple(one for one in found if one)


def area_of(name: str) -> frozenset[str]:
    """The codes of the area that a municipality, place, postcode or province stands for; empty when it is not known.

    A name with more than one meaning gives what its meanings share; a misspelt name is not guessed. Raises
    CannotGoOn when the place files are broken.
    """
    places, one_each = _places(content_folder() / "places")
    exact = places.by_name(name.strip())
    if exact is None:
        province = next((m.province for m in one_each if covers((f"province:{name}",), m)), None)
        answer = places.look_up(name)
        if answer.kind == "found" and answer.understood_as is None:
            exact = answer.municipality
        elif province:
            return frozenset({f"province:{province}"})
        elif answer.choices and answer.understood_as is None:
            return frozenset.intersection(*(area_codes(one) for _, one in answer.choices))
    return area_codes(exact)


def look_up(given: argparse.Namespace) -> int:
    """Print what the text means: one municipality, or each one to choose from; 1 when it is not known."""
    places, _ = _places(content_folder() / "places")
    text = " ".join(given.text)
    answer = places.look_up(text)
    if answer.kind == "unknown":
        print(f"“{text}” is not known")
        return 1
    if answer.understood_as:
        print(f"understood as {answer.understood_as}")
    if answer.municipality:
        print(_line(answer.municipality.name, answer.municipality))
    for label, municipality in answer.choices:
        print(_line(label, municipality))
    return 0


def _line(label: str, one: Municipality) -> str:
    name = "" if label == one.name else f" in {one.name}"
    return f"{label}{name} ({one.code}), province {one.province}, Veilig Thuis {one.veilig_thuis_region}"
