"""`voordeur match`: the help that fits the situations of a file, as JSON."""

from __future__ import annotations

import argparse

from voordeur.faces.answers import answer_data, as_json
from voordeur.faces.terminal.ground import directory_at_hand
from voordeur.faces.terminal.situation_files import read_file


def match_file(given: argparse.Namespace) -> int:
    """Print a list with the answer for each situation, in the order of the file. Raises CannotGoOn."""
    asked = read_file(given.file)
    index = directory_at_hand().index
    print(as_json([answer_data(one.key, one.answer(index)) for one in asked]))
    return 0
