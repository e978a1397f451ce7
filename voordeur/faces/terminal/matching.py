"""`voordeur match`: the help that fits the situations of a file, as JSON."""

from __future__ import annotations

import argparse

from voordeur.faces.answers import PER_PAGE, answer_data, as_lines
from voordeur.faces.terminal.ground import directory_at_hand
from voordeur.faces.terminal.situation_files import read_file


def match_file(given: argparse.Namespace) -> int:
    """Print a list with a page of the answer for each situation, in the order of the file. Raises CannotGoOn."""
    asked = read_file(given.file)
    index = directory_at_hand().index
    count = given.per_page or PER_PAGE
    print(as_lines(answer_data(one.key, one.answer(index), given.page, count) for one in asked))
    return 0
