"""`voordeur gaps`: what there is and what is not, as a sheet; table 5.1 of the report counted again."""

from __future__ import annotations

import argparse
import sys

from voordeur.faces.gap_figures import all_figures, directory_date, local_entries, table_sheet
from voordeur.faces.terminal.ground import CannotGoOn, content_folder, directory_at_hand
from voordeur.rules.gaps import Terrain
from voordeur.rules.place_files import PlacesFileError, load_places
from voordeur.rules.printed_table import Counted, Recounted, TableBroken, load_table, recount, totals


def csv(given: argparse.Namespace) -> int:
    """Print all figures about gaps as CSV. Raises CannotGoOn when the places or the directory cannot be read."""
    directory = directory_at_hand()
    try:
        places = load_places(content_folder() / "places")
    except PlacesFileError as problem:
        raise CannotGoOn(f"The places cannot be read: {problem}", 1) from problem
    sys.stdout.write(all_figures(Terrain(directory.index, places.municipalities()), directory_date(directory)))
    return 0


def table(given: argparse.Namespace) -> int:
    """Print table 5.1 beside what is counted in its annex and in the directory. Raises CannotGoOn."""
    directory = directory_at_hand()
    local = local_entries(directory)
    try:
        printed = load_table(content_folder() / "figures")
    except TableBroken as problem:
        raise CannotGoOn(f"The printed table cannot be read: {problem}", 1) from problem
    rows = recount(printed, directory.index.candidates, local)
    if given.csv:
        sys.stdout.write(table_sheet(rows, given.language, directory_date(directory)))
        return 0
    width = max(len(one.row.label[given.language]) for one in rows)
    print(f"{'':{width}}  {'line':>5}  {'printed':>9}  {'annex':>9}  {'directory':>12}")
    for one in rows:
        print(_line(one, given.language, width))
    whole = _numbers(totals(directory.index.candidates, local))
    print(f"{'':{width}}  {'':>5}  {'':>9}  {len(printed.entries):>9}  {whole:>12}")
    if given.why:
        print(*(f"\n{one.row.label[given.language]}: {one.row.why[given.language]}" for one in rows), sep="\n")
        print(*(f"\n{note[given.language]}" for note in printed.notes), sep="\n")
    return 0


def _line(one: Recounted, language: str, width: int) -> str:
    directory = "not kept" if one.directory is None else _numbers(one.directory)
    label = one.row.label[language]
    return (
        f"{label:{width}}  {one.row.line:>5}  {_numbers(one.row.printed):>9}  {_numbers(one.annex):>9}  {directory:>12}"
    )


def _numbers(one: Counted) -> str:
    """Entrances everywhere when they are counted, then general, then specific; "-" where no number is."""
    shown = [*([] if one.local is None else [one.local]), one.general, one.specific]
    return " / ".join("-" if number is None else str(number) for number in shown)
