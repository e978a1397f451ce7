"""`voordeur gaps`: the sheet and the table, from the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from voordeur.faces.gap_figures import COLUMNS, TABLE_COLUMNS
from voordeur.records.directory.queries import Directory


@pytest.mark.django_db
def test_the_sheet_is_printed(voordeur: Callable[..., Any], directory: Directory) -> None:
    said = voordeur("gaps", "csv")
    assert (said.code, said.err) == (0, "")
    rows = list(csv.reader(io.StringIO(said.out, newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert len(rows) > 10_000


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "row"), [("en", "Sexual violence"), ("nl", "Seksueel geweld")])
def test_the_table_is_printed_row_by_row(
    voordeur: Callable[..., Any], directory: Directory, language: str, row: str
) -> None:
    said = voordeur("gaps", "table", "--language", language)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert len(lines) == 36
    found = next(line for line in lines if line.startswith(row))
    assert found.split()[2:9] == ["4830", "24", "/", "17", "24", "/", "14"]


@pytest.mark.django_db
def test_the_reasons_are_printed_when_they_are_asked_for(voordeur: Callable[..., Any], directory: Directory) -> None:
    said = voordeur("gaps", "table", "--why")
    assert "The numbers of the report do not agree." in said.out
    assert "contradict each other" in said.out


@pytest.mark.django_db
def test_the_table_as_a_sheet_keeps_its_explanations(voordeur: Callable[..., Any], directory: Directory) -> None:
    rows = list(csv.DictReader(io.StringIO(voordeur("gaps", "table", "--csv").out, newline="")))
    assert tuple(rows[0]) == TABLE_COLUMNS
    assert len(rows) == 34
    assert all(row["why"] for row in rows)
