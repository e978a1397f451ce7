"""`voordeur directory report`: what stands out, one line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from voordeur.records.directory.queries import Directory

pytestmark = pytest.mark.django_db


def test_each_thing_that_stands_out_is_a_line_with_the_entry_and_the_field(
    voordeur: Callable[..., Any], directory: Directory
) -> None:
    said = voordeur("directory", "report", "blijf-groep")
    assert said.err == ""
    *lines, last = said.out.splitlines()
    assert lines and all(one.startswith("blijf-groep: ") for one in lines)
    assert "blijf-groep: services.shelter.phone.value: This fact is of 2018." in lines
    assert last == f"{len(lines)} things stand out, 0 of them are not a matter of age"
    assert said.code == 0


def test_an_organisation_that_is_not_there_is_said(voordeur: Callable[..., Any], directory: Directory) -> None:
    said = voordeur("directory", "report", "nobody")
    assert said.code != 0 and "“nobody” is not in the directory." in said.err
