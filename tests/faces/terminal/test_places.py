"""`voordeur places look-up`, and the area that a place in a situation stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from voordeur.faces.terminal.places import areas_at_hand


def test_one_municipality_is_one_line(voordeur: Callable[..., Any]) -> None:
    said = voordeur("places", "look-up", "Den", "Haag")
    assert said.code == 0
    assert said.out.startswith("Den Haag (GM0518), province Zuid-Holland, Veilig Thuis ")


def test_more_than_one_meaning_is_a_line_each_and_a_correction_is_said(voordeur: Callable[..., Any]) -> None:
    assert voordeur("places", "look-up", "Hengelo").out.count("\n") == 2
    assert voordeur("places", "look-up", "Roterdam").out.startswith("understood as Rotterdam\n")


def test_what_is_not_known_is_said_with_exit_code_1(voordeur: Callable[..., Any]) -> None:
    assert voordeur("places", "look-up", "Nergenshuizen") == (1, "“Nergenshuizen” is not known\n", "")


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Apeldoorn", {"municipality:Apeldoorn", "province:Gelderland", "vt:Noord- en Oost-Gelderland"}),
        ("Hengelo", {"municipality:Hengelo", "province:Overijssel", "vt:Twente"}),
        ("7551", {"municipality:Hengelo", "province:Overijssel", "vt:Twente"}),
        ("Gelderland", {"province:Gelderland"}),
        ("friesland", {"province:Fryslân"}),
        ("Zeeland", {"province:Zeeland"}),
        ("Utrecht", {"municipality:Utrecht", "province:Utrecht", "vt:Utrecht"}),
        ("Roterdam", set()),
        ("Nergenshuizen", set()),
        ("", set()),
    ],
)
def test_a_place_stands_for_its_area_and_is_never_guessed(name: str, codes: set[str]) -> None:
    assert areas_at_hand().of(name) == codes
