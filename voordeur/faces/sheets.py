"""Tables as CSV (RFC 4180) that a spreadsheet can open without harm: nothing in them is read as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

Value = str | int | float | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def sheet(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """The rows under their columns. None is an empty cell; a text that could be a formula gets a mark before it."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([safe(one) for one in columns])
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"a row has {len(row)} cells, there are {len(columns)} columns")
        writer.writerow([safe(one) for one in row])
    return written.getvalue()


def safe(one: Value) -> Value:
    """A cell that no spreadsheet carries out (OWASP, CSV injection): numbers stay, doubtful texts begin with “'”."""
    return f"'{one}" if isinstance(one, str) and one.startswith(_FORMULA) else one
