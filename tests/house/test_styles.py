"""Right-to-left is whole (L7), and every door can be read by everyone (contrast of at least 7 : 1)."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from tests.house.repository import PACKAGE, our_files, shown
from voordeur.faces.doorway import Door, load_doors

PHYSICAL = re.compile(
    r"""(?<![\w-])(
        (margin|padding|border|scroll-margin|scroll-padding)-(left|right)(-\w+)?
      | border-(top|bottom)-(left|right)-radius
      | (left|right)
    )\s*:
    | (float|clear|text-align)\s*:\s*(left|right)\b""",
    re.VERBOSE,
)
FOUR_SIDES = re.compile(r"(?<![\w-])((?:scroll-)?(?:margin|padding)|inset|border-(?:width|style|color))\s*:\s*([^;}]+)")
LEAST = 7.0
DOORS = load_doors(settings.CONTENT / "doors").doors


def test_no_style_names_left_or_right() -> None:
    found = []
    for path in our_files(".css", ".html", under=PACKAGE):
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found += [f"{shown(path)}:{line} {hit[0]}" for hit in PHYSICAL.finditer(text)]
    assert found == []


def test_no_style_of_four_sides_treats_left_and_right_differently() -> None:
    found = []
    for path in our_files(".css", under=PACKAGE):
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for hit in FOUR_SIDES.finditer(text):
                sides = re.findall(r"[\w-]+\([^()]*(?:\([^()]*\)[^()]*)*\)|[^\s()]+", hit[2])
                if len(sides) == 4 and sides[1] != sides[3]:
                    found.append(f"{shown(path)}:{line} {hit[0].strip()}")
    assert found == []


def _brightness(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_brightness(one), _brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_twenty_one() -> None:
    assert round(_contrast("#000000", "#ffffff"), 2) == 21.0


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.id)
@pytest.mark.parametrize("ink", ["ink", "quiet", "accent"])
@pytest.mark.parametrize("paper", ["ground", "card", "tint"])
def test_every_text_of_a_door_reaches_seven_to_one(door: Door, ink: str, paper: str) -> None:
    assert _contrast(door.theme[ink], door.theme[paper]) >= LEAST


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.id)
def test_every_button_and_the_way_out_reach_seven_to_one(door: Door) -> None:
    assert _contrast(door.theme["on_accent"], door.theme["accent"]) >= LEAST
    assert _contrast("#ffffff", door.theme["ink"]) >= LEAST
