"""The situations of a file, with what is wrong with it as the one sentence that the person at the terminal reads."""

from __future__ import annotations

import sys
from pathlib import Path

from voordeur.faces.situations import Asked, NotSituations, parse, read_situations
from voordeur.faces.terminal.ground import CannotGoOn, moment_now
from voordeur.faces.terminal.places import areas_at_hand


def read_file(file: str) -> list[Asked]:
    """Every situation of a JSON file ("-": standard input). Raises CannotGoOn naming the file, or situation and field.

    A place that is not known is said on standard error; the answer is then without a place.
    """
    name = "standard input" if file == "-" else f"“{file}”"
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as problem:
        raise CannotGoOn(f"{name} cannot be read: {problem.strerror or problem}.") from problem
    try:
        asked = read_situations(parse(raw, name), areas_at_hand().of, moment_now())
    except NotSituations as wrong:
        raise CannotGoOn(str(wrong)) from wrong
    for one in asked:
        if one.unknown_place is not None:
            print(
                f"{one.name}: the place “{one.unknown_place[:60]}” is not known; going on without a place.",
                file=sys.stderr,
            )
    return asked
