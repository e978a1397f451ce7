"""Drawings: well-formed, escaped, named for who hears the page, and readable without colour."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as checking
from hypothesis import strategies as st

from voordeur.faces.doorway import Door, load_doors
from voordeur.faces.drawing import TILES, Cell, element, heat_map, swatch, tile_map
from voordeur.rules.area import PROVINCES
from voordeur.rules.gaps import HOURS_A_WEEK, HelpState

DOORS = load_doors(settings.CONTENT / "doors").doors
SVG = "{http://www.w3.org/2000/svg}"
STATES = list(HelpState)
DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
THEME = DOORS[0].theme
XML_TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=40)


def _read(drawn: str) -> ElementTree.Element:
    """A drawing as a tree; a swatch leaves out the name space, which HTML does not need."""
    drawn = str(drawn)
    if "xmlns" not in drawn:
        drawn = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ElementTree.fromstring(drawn)  # noqa: S314  (our own drawing)


def _week(title: str = "A week", sign: str = "1") -> ElementTree.Element:
    cells = [Cell(STATES[hour % 4], sign) for hour in range(HOURS_A_WEEK)]
    return _read(heat_map("week", title, "What it shows", DAYS, cells, THEME))


def _country() -> ElementTree.Element:
    cells = {name: Cell(STATES[place % 4], str(place)) for place, name in enumerate(PROVINCES)}
    return _read(tile_map("map", "Provinces", "What it shows", cells, THEME))


@checking(deadline=None, max_examples=50)
@given(XML_TEXT, XML_TEXT)
def test_whatever_is_written_in_it_the_drawing_is_well_formed(title: str, sign: str) -> None:
    drawn = _week(title, sign)
    assert (next(drawn.iter(f"{SVG}title")).text or "") == title
    assert sum((one.text or "") == sign for one in drawn.iter(f"{SVG}text")) >= HOURS_A_WEEK


def test_texts_and_attributes_are_escaped() -> None:
    assert element("text", {"id": '"<&'}, "<script>") == '<text id="&#34;&lt;&amp;">&lt;script&gt;</text>'


@pytest.mark.parametrize("drawn", [_week(), _country()], ids=["week", "provinces"])
def test_a_drawing_has_a_role_a_name_and_a_description(drawn: ElementTree.Element) -> None:
    assert drawn.get("role") == "img"
    ids = {one.get("id") for one in drawn.iter() if one.tag in (f"{SVG}title", f"{SVG}desc")}
    assert set((drawn.get("aria-labelledby") or "").split()) == ids
    assert all((one.text or "").strip() for one in drawn.iter() if one.get("id") in ids)


@pytest.mark.parametrize("drawn", [_week(), _country()], ids=["week", "provinces"])
def test_nothing_in_a_drawing_comes_from_elsewhere_or_runs(drawn: ElementTree.Element) -> None:
    for one in drawn.iter():
        assert one.tag.removeprefix(SVG) in {"svg", "title", "desc", "defs", "pattern", "rect", "path", "text"}
        assert not {name for name in one.attrib if name.startswith("on") or "href" in name or name == "style"}
    known = {one.get("id") for one in drawn.iter(f"{SVG}pattern")}
    used = {value[5:-1] for one in drawn.iter() for value in one.attrib.values() if value.startswith("url(#")}
    assert used <= known


def test_each_state_has_a_fill_or_a_mark_of_its_own() -> None:
    looks = set()
    for state in STATES:
        drawn = _read(swatch("one", THEME, Cell(state, "")))
        looks.add(tuple((one.get("fill"), one.get("height")) for one in drawn.findall(f"{SVG}rect")))
    assert len(looks) == len(STATES)


def test_the_week_has_a_cell_for_every_hour_and_none_lies_over_another() -> None:
    size = [float(one) for one in (_week().get("viewBox") or "").split()]
    cells = [one for one in _week().findall(f"{SVG}rect") if float(one.get("height") or 0) > 4]
    places = {(float(one.get("x") or 0), float(one.get("y") or 0)) for one in cells}
    assert len(places) == HOURS_A_WEEK
    assert size[2] <= 304, "at 320 px, with a margin, a letter of the drawing is as large as it is drawn"
    assert all(left + 35 <= size[2] and top + 19 <= size[3] for left, top in places)


def test_every_province_has_one_tile_and_no_two_share_a_place() -> None:
    assert set(TILES) == set(PROVINCES)
    assert len(set(TILES.values())) == len(PROVINCES)
    said = {one.text for one in _country().iter(f"{SVG}text")}
    assert set(PROVINCES) <= said


def _light(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.id)
def test_signs_can_be_read_on_what_they_stand_on(door: Door) -> None:
    theme = door.theme
    for state in STATES:
        for is_one in (False, True):
            drawn = _read(swatch("one", theme, Cell(state, "1", is_one)))
            ground = drawn.findall(f"{SVG}rect")[0].get("fill") or ""
            ink = next(drawn.iter(f"{SVG}text")).get("fill") or ""
            ground = theme["card"] if ground.startswith("url(") else ground
            dark, light = sorted((_light(ground), _light(ink)))
            assert (light + 0.05) / (dark + 0.05) >= 7, (state, is_one)
