"""Sheets: what goes in comes out, and no cell is carried out."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voordeur.faces.sheets import sheet

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
def test_every_cell_comes_back_as_it_was_but_for_the_mark_before_a_formula(rows: list[tuple[str, str]]) -> None:
    read = list(csv.reader(io.StringIO(sheet(("a", "b"), rows), newline="")))
    assert read[0] == ["a", "b"]
    for given_row, found in zip(rows, read[1:], strict=True):
        for one, other in zip(given_row, found, strict=True):
            assert other in (one, f"'{one}")
            assert not other.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("text", ["=1+1", "+31", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_carry_out_gets_a_mark(text: str) -> None:
    ((found,),) = list(csv.reader(io.StringIO(sheet(("a",), [(text,)]), newline="")))[1:]
    assert found == f"'{text}"


def test_a_number_stays_a_number_and_nothing_is_an_empty_cell() -> None:
    assert sheet(("a", "b", "c"), [(-1, 0.5, None)]) == "a,b,c\r\n-1,0.5,\r\n"


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 columns"):
        sheet(("a", "b"), [("x",)])
