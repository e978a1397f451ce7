"""Reads the place files (content/places) into the index of ``area``; a bad row is named with its file and line."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from voordeur.rules.area import Municipality, MunicipalityRow, PlaceRow, Places, PostcodeRow

Row = TypeVar("Row")

MUNICIPALITY_COLUMNS = (
    "gm_code",
    "name",
    "also_known_as",
    "province",
    "veilig_thuis_region",
    "ggd_region",
    "lon",
    "lat",
)
PLACE_COLUMNS = ("place", "also_known_as", "gm_code")
PC4_COLUMNS = ("pc4", "gm_code")

# The Netherlands in Europe, with a margin: a point outside is a mistake (longitude and latitude swapped, mostly).
LON = (3.0, 7.5)
LAT = (50.5, 53.8)


class PlacesFileError(Exception):
    """A place file is missing or has a bad row; the message names the file, the line and what is wrong."""


def load_places(folder: Path) -> Places:
    """The index of municipalities.csv, places.csv and pc4.csv in ``folder``. Raises PlacesFileError."""
    municipalities = list(_rows(folder / "municipalities.csv", MUNICIPALITY_COLUMNS, _municipality))
    codes = {municipality.code for municipality, _ in municipalities}
    _refuse_doubles(folder / "municipalities.csv", [m.code for m, _ in municipalities])
    _refuse_doubles(folder / "municipalities.csv", [m.name for m, _ in municipalities])

    def known(code: str) -> str:
        if code not in codes:
            raise ValueError(f"gm_code {code!r} is not in municipalities.csv")
        return code

    def place(row: dict[str, str]) -> PlaceRow:
        return _filled(row, "place"), _others(row), known(row["gm_code"])

    def postcodes(row: dict[str, str]) -> list[PostcodeRow]:
        run = re.fullmatch(r"([1-9][0-9]{3})(?:-([1-9][0-9]{3}))?", row["pc4"])
        if not run or (run[2] and run[2] <= run[1]):
            raise ValueError(f'pc4 {row["pc4"]!r} is not like "1011" or "1011-1019"')
        numbers = range(int(run[1]), int(run[2] or run[1]) + 1)
        return [(number, known(row["gm_code"])) for number in numbers]

    places = list(_rows(folder / "places.csv", PLACE_COLUMNS, place))
    runs = list(_rows(folder / "pc4.csv", PC4_COLUMNS, postcodes))
    return Places(municipalities, places, [row for run in runs for row in run])


def _rows(path: Path, columns: Sequence[str], read: Callable[[dict[str, str]], Row]) -> Iterator[Row]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlacesFileError(f"{path.name}: cannot be read ({error})") from error
    reader = csv.reader(lines, strict=True)
    try:
        if (head := next(reader, [])) != list(columns):
            raise ValueError(f"columns are {head}, expected {list(columns)}")
        for cells in reader:
            if len(cells) != len(columns):
                raise ValueError(f"{len(cells)} cells, expected {len(columns)}")
            yield read(dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
    except (ValueError, csv.Error) as error:
        raise PlacesFileError(f"{path.name} line {max(1, reader.line_num)}: {error}") from error


def _municipality(row: dict[str, str]) -> MunicipalityRow:
    if not re.fullmatch(r"GM[0-9]{4}", row["gm_code"]):
        raise ValueError(f'gm_code {row["gm_code"]!r} is not like "GM0363"')
    municipality = Municipality(
        code=row["gm_code"],
        name=_filled(row, "name"),
        province=_filled(row, "province"),
        veilig_thuis_region=_filled(row, "veilig_thuis_region"),
        ggd_region=_filled(row, "ggd_region"),
        lon=_degrees(row, "lon", LON),
        lat=_degrees(row, "lat", LAT),
    )
    return municipality, _others(row)


def _filled(row: dict[str, str], column: str) -> str:
    if not row[column]:
        raise ValueError(f"{column} is empty")
    return row[column]


def _others(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(name.strip() for name in row["also_known_as"].split("|") if name.strip())


def _degrees(row: dict[str, str], column: str, bounds: tuple[float, float]) -> float:
    try:
        degrees = float(row[column])
    except ValueError:
        raise ValueError(f"{column} {row[column]!r} is not a number") from None
    if not bounds[0] <= degrees <= bounds[1]:
        raise ValueError(f"{column} {degrees} is outside {bounds[0]}-{bounds[1]}")
    return degrees


def _refuse_doubles(path: Path, values: Sequence[str]) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise PlacesFileError(f"{path.name} line {index + 2}: {value!r} is there twice")
