"""`voordeur places look-up`, and the areas of the content folder."""

from __future__ import annotations

import argparse

from voordeur.faces.areas import Areas, areas
from voordeur.faces.terminal.ground import CannotGoOn, content_folder
from voordeur.rules.area import Municipality
from voordeur.rules.place_files import PlacesFileError


def areas_at_hand() -> Areas:
    """The areas of the place files. Raises CannotGoOn when they are broken."""
    try:
        return areas(content_folder() / "places")
    except PlacesFileError as problem:
        raise CannotGoOn(f"The place files cannot be read: {problem}.") from problem


def look_up(given: argparse.Namespace) -> int:
    """Print what the text means: one municipality, or each one to choose from; 1 when it is not known."""
    text = " ".join(given.text)
    answer = areas_at_hand().places.look_up(text)
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
