"""Our own small maker of drawings: SVG with every text escaped, a title and a description for who hears the page.

A drawing never stands alone: the page shows the same figures in a table beside it. What a colour says, a sign in the
cell and a pattern say too. Colours come from the door (7 : 1 and more with the text on them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from voordeur.rules.gaps import DAYS, HOURS_A_DAY, HelpState

Theme = Mapping[str, str]
Attributes = dict[str, str | float]
_LABEL, _COLUMN, _ROW, _HEAD = 46, 36, 20, 22
_TILE_WIDTH, _TILE_HEIGHT = 98, 54
#: The twelve provinces as tiles, column and row: about where they lie, and no more than that.
TILES = {
    "Fryslân": (1, 0), "Groningen": (2, 0),
    "Noord-Holland": (0, 1), "Flevoland": (1, 1), "Drenthe": (2, 1),
    "Zuid-Holland": (0, 2), "Utrecht": (1, 2), "Overijssel": (2, 2),
    "Zeeland": (0, 3), "Noord-Brabant": (1, 3), "Gelderland": (2, 3),
    "Limburg": (2, 4),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell: what is known, and a short sign that says it without colour; one alone is lighter."""

    state: HelpState
    sign: str
    is_only_one: bool = False


def element(name: str, attributes: Attributes | None = None, *inside: str) -> Markup:
    """One element; attributes and texts are escaped, other elements are not escaped again."""
    written = Markup("").join(Markup(' {}="{}"').format(key, _number(one)) for key, one in (attributes or {}).items())
    if not inside:
        return Markup("<{0}{1}/>").format(Markup(name), written)  # noqa: S704  (names are our own)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, Markup("").join(inside))  # noqa: S704


def _number(one: str | float) -> str:
    return one if isinstance(one, str) else f"{one:g}"


def drawing(key: str, title: str, description: str, size: tuple[float, float], *parts: str) -> Markup:
    """A whole drawing that a screen reader names by its title and description; `key` keeps ids apart in one page."""
    return element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {size[0]:g} {size[1]:g}",
            "role": "img",
            "aria-labelledby": f"{key}-title {key}-text",
            "class": "drawing",
        },
        element("title", {"id": f"{key}-title"}, title),
        element("desc", {"id": f"{key}-text"}, description),
        *parts,
    )


def _patterns(key: str, theme: Theme) -> Markup:
    """Hatching for what is not known, a bar at the foot for part of an hour."""
    line: Attributes = {"stroke": theme["quiet"], "stroke-width": 1.2, "stroke-opacity": 0.45}
    hatch = element(
        "pattern",
        {"id": f"{key}-unknown", "width": 6, "height": 6, "patternUnits": "userSpaceOnUse"},
        element("rect", {"width": 6, "height": 6, "fill": theme["card"]}),
        element("path", {"d": "M0 6L6 0", **line}),
    )
    return element("defs", None, hatch)


def _cell(key: str, theme: Theme, one: Cell, box: tuple[float, float, float, float]) -> list[Markup]:
    left, top, width, height = box
    fill = {
        HelpState.THERE: theme["tint"] if one.is_only_one else theme["accent"],
        HelpState.PART: theme["card"],
        HelpState.UNKNOWN: f"url(#{key}-unknown)",
        HelpState.NOT_THERE: theme["card"],
    }[one.state]
    drawn = [
        element(
            "rect",
            {"x": left, "y": top, "width": width, "height": height, "fill": fill, "stroke": theme["quiet"]},
        )
    ]
    if one.state is HelpState.PART:
        drawn.append(
            element("rect", {"x": left, "y": top + height - 4, "width": width, "height": 4, "fill": theme["accent"]})
        )
    return drawn


def _ink(theme: Theme, one: Cell) -> str:
    return theme["on_accent"] if one.state is HelpState.THERE and not one.is_only_one else theme["ink"]


def _text(text: str, left: float, top: float, **attributes: str | float) -> Markup:
    return element("text", {"x": left, "y": top, **{k.replace("_", "-"): v for k, v in attributes.items()}}, text)


def heat_map(
    key: str, title: str, description: str, days: Sequence[str], cells: Sequence[Cell], theme: Theme
) -> Markup:
    """A week: a column for each day, a row for each hour, so that it can be read on a narrow screen."""
    parts: list[Markup] = [_patterns(key, theme)]
    middle: Attributes = {"text_anchor": "middle", "font_size": 12}
    for day, name in enumerate(days):
        parts.append(_text(name, _LABEL + (day + 0.5) * _COLUMN, 15, fill=theme["ink"], font_weight=650, **middle))
    for hour in range(HOURS_A_DAY):
        top = _HEAD + hour * _ROW
        label: Attributes = {"text_anchor": "end", "font_size": 12, "fill": theme["ink"]}
        parts.append(_text(f"{hour}:00", _LABEL - 6, top + 14, **label))
        for day in range(DAYS):
            one = cells[day * HOURS_A_DAY + hour]
            left = _LABEL + day * _COLUMN
            parts += _cell(key, theme, one, (left + 0.5, top + 0.5, _COLUMN - 1, _ROW - 1))
            parts.append(_text(one.sign, left + _COLUMN / 2, top + 14, fill=_ink(theme, one), **middle))
    size = (_LABEL + DAYS * _COLUMN + 2, _HEAD + HOURS_A_DAY * _ROW + 2)
    return drawing(key, title, description, size, *parts)


def tile_map(key: str, title: str, description: str, cells: Mapping[str, Cell], theme: Theme) -> Markup:
    """The twelve provinces as tiles with a name and a sign: a scheme, no outlines."""
    parts: list[Markup] = [_patterns(key, theme)]
    for name, (column, row) in TILES.items():
        one = cells[name]
        left, top = column * (_TILE_WIDTH + 4) + 1, row * (_TILE_HEIGHT + 4) + 1
        parts += _cell(key, theme, one, (left, top, _TILE_WIDTH, _TILE_HEIGHT))
        middle: Attributes = {"text_anchor": "middle", "fill": _ink(theme, one)}
        parts.append(_text(name, left + _TILE_WIDTH / 2, top + 21, font_size=11, font_weight=650, **middle))
        parts.append(_text(one.sign, left + _TILE_WIDTH / 2, top + 41, font_size=14, **middle))
    size = (3 * (_TILE_WIDTH + 4) - 2, 5 * (_TILE_HEIGHT + 4) - 2)
    return drawing(key, title, description, size, *parts)


def swatch(key: str, theme: Theme, one: Cell) -> Markup:
    """One cell by itself, for the words beside a drawing; a screen reader passes it over."""
    middle: Attributes = {"text_anchor": "middle", "font_size": 12, "fill": _ink(theme, one)}
    return element(
        "svg",
        {"viewBox": f"0 0 {_COLUMN} {_ROW}", "width": _COLUMN, "height": _ROW, "aria-hidden": "true"},
        _patterns(key, theme),
        *_cell(key, theme, one, (0.5, 0.5, _COLUMN - 1, _ROW - 1)),
        _text(one.sign, _COLUMN / 2, 14, **middle),
    )
