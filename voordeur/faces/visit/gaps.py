"""What there is and what is not, for professionals and for who makes policy: a week, the provinces, table 5.1.

It counts services of the directory, never people. The page stands in a visit as every page does, so that *leave now*
holds here too; the slice that is looked at travels in the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from django.http import HttpResponse
from markupsafe import Markup

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.drawing import Cell, Theme, heat_map, swatch, tile_map
from voordeur.faces.gap_figures import directory_date, local_entries
from voordeur.faces.gap_words import ANY_WAY, DOUBTS, STATES, WAYS, language_name, missing, sentence
from voordeur.faces.language import N_, date_in_words, day_name, translations
from voordeur.faces.rendering import Values
from voordeur.faces.visit.house import House
from voordeur.faces.visit.pages import Visit, problem, render
from voordeur.faces.visit.results import directory_at
from voordeur.records.directory.queries import Directory
from voordeur.rules.area import PROVINCES
from voordeur.rules.gaps import DAYS, HOURS_A_DAY, TIMED_WAYS, Count, Fit, HelpState, Slice, Terrain, provinces
from voordeur.rules.printed_table import PARTS, PrintedTable, Recounted, TableBroken, load_table, recount, totals

Code = TypeVar("Code", bound=StrEnum)
Sent = Mapping[str, list[str]]
#: What the page shows first: the chat, for people it happens to, whatever it is about.
FIRST = Slice(way=v.Way.CHAT)
#: The people of figure 5.3 of the report: those who use violence at home, and help that is made for them.
OF_FIGURE = Slice(role=v.Role.PERPETRATOR, violence=v.Violence.PARTNER_VIOLENCE, is_made_for=True)
_SIGNS = {HelpState.PART: "½", HelpState.UNKNOWN: "?", HelpState.NOT_THERE: "0"}
_PART_NAMES = {
    "violence": N_("Kinds of violence"),
    "help": N_("Kinds of help"),
    "access": N_("How easy it is to reach"),
    "contact": N_("Ways of contact"),
    "people": N_("Certain people"),
}
_terrains: dict[str, Terrain] = {}


def terrain_at(house: House, directory: Directory) -> Terrain:
    """The services laid out for these questions; made once for each state of the directory."""
    known = _terrains.get(directory.edition)
    if known is None:
        known = Terrain(directory.index, house.places.municipalities())
        _terrains.clear()
        _terrains[directory.edition] = known
    return known


def _one(kind: type[Code], written: str) -> Code | None:
    return kind(written) if written in set(kind) else None


def chosen(sent: Sent) -> Slice:
    """The slice that a form asks for; what is not understood does not matter."""

    def said(name: str) -> str:
        return sent.get(name, [""])[0]

    way = _one(v.Way, said("how"))
    return Slice(
        role=_one(v.Role, said("who")) or v.Role.VICTIM,
        violence=_one(v.Violence, said("what")),
        context=_one(v.Context, said("setting")),
        group=_one(v.Group, said("group")),
        language=said("tongue") if said("tongue") in v.LANGUAGES else None,
        way=way if way in TIMED_WAYS else None,
        province=said("where") if said("where") in PROVINCES else None,
        is_made_for=said("made") == "1",
    )


def _written(one: Slice) -> str:
    """A slice as the page keeps it while it changes language."""
    parts = (
        one.role, one.violence, one.context, one.group, one.language, one.way, one.province,
        "1" if one.is_made_for else "",
    )  # fmt: skip
    return ".".join(str(part or "") for part in parts)


def _read(written: str) -> Slice:
    names = ("who", "what", "setting", "group", "tongue", "how", "where", "made")
    return chosen({name: [part] for name, part in zip(names, written.split("."), strict=False)})


def show_gaps(here: Visit, rest: str, sent: Sent | None = None) -> HttpResponse:
    """The page of gaps; `rest` says which part: "table", or the slice that it showed before."""
    if rest == "table":
        return _show_table(here)
    asked = chosen(sent) if sent is not None and "who" in sent else _read(rest) if rest else FIRST
    directory = directory_at(here.moment)
    terrain = terrain_at(here.house, directory)
    here = replace(here, view=f"gaps:{_written(asked)}")
    words = translations(here.language).gettext
    fit, fits = terrain.fit(asked), provinces(terrain, asked)
    figure, of_figure = provinces(terrain, OF_FIGURE), N_("Help made for people who use violence at home, by province")
    values: Values = {
        "asked": asked,
        "choices": _choices(here.language),
        "headline": sentence(terrain, asked, here.language),
        "fit": fit,
        "doubts": [(words(DOUBTS[doubt]), mask.bit_count()) for doubt, mask in fit.doubts],
        "names": _names(directory, terrain, fit.certain),
        "unchecked": _unchecked(directory, terrain, fit.certain),
        "week": _week(here, terrain.week(asked).states(), terrain.counts(asked)),
        "map": _map(here, "map", words(N_("The provinces, for what was chosen")), fits),
        "figure": _map(here, "figure", words(of_figure), figure),
        "missing": list(missing(terrain, asked, here.language)),
        "date": date_in_words(here.language, directory_date(directory)),
    }  # fmt: skip
    return render(here, "gaps", values, look=here.house.figure_looks[here.door.id])


def _choices(language: str) -> dict[str, list[tuple[str, str]]]:
    words = translations(language).gettext

    def of(kind: type[StrEnum], nothing: str = "") -> list[tuple[str, str]]:
        first = [("", words(nothing))] if nothing else []
        return first + [(one.value, words(labels.label(one))) for one in kind]

    tongues = sorted((language_name(code, language), code) for code in v.LANGUAGES)
    return {
        "who": of(v.Role),
        "what": of(v.Violence, N_("whatever it is about")),
        "setting": of(v.Context, N_("no setting named")),
        "group": of(v.Group, N_("no group named")),
        "tongue": [("", words(N_("language does not matter"))), *((code, name) for name, code in tongues)],
        "how": [("", words(ANY_WAY)), *((way.value, words(name)) for way, name in WAYS.items())],
        "where": [("", words(N_("the whole country"))), *((name, name) for name in PROVINCES)],
    }


def _organizations(terrain: Terrain, mask: int) -> list[str]:
    found = (one.organization for place, one in enumerate(terrain.index.candidates) if mask >> place & 1)
    return list(dict.fromkeys(found))


def _names(directory: Directory, terrain: Terrain, mask: int) -> list[str]:
    return sorted((directory.organizations[one].name for one in _organizations(terrain, mask)), key=str.casefold)


def _unchecked(directory: Directory, terrain: Terrain, mask: int) -> int:
    known = (directory.organizations[one].status for one in _organizations(terrain, mask))
    return sum(status is v.Status.UNCHECKED for status in known)


def _week(here: Visit, states: Sequence[HelpState], counts: Sequence[Count]) -> Values:
    """The drawing of the week and its table."""
    words = translations(here.language).gettext
    days = [day_name(here.language, day) for day in range(DAYS)]
    cells = [Cell(state, _sign(state, count), count.there == 1) for state, count in zip(states, counts, strict=True)]
    short = [name[:2] for name in days]
    title = words(N_("A week, hour by hour"))
    description = words(
        N_("Columns are days, rows are hours. A number says how many services are there. The table says the same.")
    )  # fmt: skip
    theme = here.door.theme
    rows = [
        (f"{hour}:00", [cells[day * HOURS_A_DAY + hour].sign for day in range(DAYS)]) for hour in range(HOURS_A_DAY)
    ]
    return {
        "drawing": heat_map("week", title, description, short, cells, theme),
        "days": list(zip(short, days, strict=True)),
        "rows": rows,
        "legend": _legend(here, theme),
    }


def _sign(state: HelpState, count: Count) -> str:
    if state is HelpState.THERE:
        return str(count.there)
    return _SIGNS[state]


def _legend(here: Visit, theme: Theme) -> list[tuple[Markup, str, str]]:
    """What each kind of cell means: the cell, its sign, the words."""
    words = translations(here.language).gettext
    shown = [
        (Cell(HelpState.THERE, "2"), N_("certainly more than one service, the whole hour")),
        (Cell(HelpState.THERE, "1", is_only_one=True), N_("certainly one service, the whole hour")),
        *((Cell(state, sign), STATES[state]) for state, sign in _SIGNS.items()),
    ]
    return [
        (swatch(f"legend-{place}", theme, cell), cell.sign, words(text)) for place, (cell, text) in enumerate(shown)
    ]


def _map(here: Visit, key: str, title: str, fits: Mapping[str, Fit]) -> Values:
    """The drawing of the provinces and its table."""
    words = translations(here.language).gettext
    cells = {}
    for name, fit in fits.items():
        certain, perhaps = fit.certain.bit_count(), fit.uncertain.bit_count()
        state = HelpState.THERE if certain else HelpState.UNKNOWN if perhaps else HelpState.NOT_THERE
        cells[name] = Cell(state, f"{certain} + {perhaps}?" if perhaps else str(certain), certain == 1)
    description = words(
        N_("Twelve tiles. In each: how many services work in the whole province, and, after +, how many perhaps.")
    )  # fmt: skip
    return {
        "drawing": tile_map(key, title, description, cells, here.door.theme),
        "rows": [(name, fit.certain.bit_count(), fit.uncertain.bit_count()) for name, fit in fits.items()],
    }


def counted_at(house: House, directory: Directory) -> tuple[PrintedTable, tuple[Recounted, ...]]:
    """Table 5.1 and its rows counted again. Raises TableBroken."""
    table = load_table(house.figures)
    return table, recount(table, directory.index.candidates, local_entries(directory))


def _show_table(here: Visit) -> HttpResponse:
    directory = directory_at(here.moment)
    try:
        table, rows = counted_at(here.house, directory)
    except TableBroken:
        return problem(here, 404)
    words = translations(here.language).gettext
    values: Values = {
        "table": table,
        "parts": [(words(_PART_NAMES[part]), _shown_rows(rows, part, here.language)) for part in PARTS],
        "entries": len(table.entries),
        "totals": totals(directory.index.candidates, local_entries(directory)),
        "date": date_in_words(here.language, directory_date(directory)),
    }
    here = replace(here, view="gaps:table")
    return render(here, "counted", values, look=here.house.figure_looks[here.door.id])


def _shown_rows(rows: Iterable[Recounted], part: str, language: str) -> list[Values]:
    return [
        {
            "label": one.row.label[language],
            "line": one.row.line,
            "printed": one.row.printed,
            "annex": one.annex,
            "directory": one.directory,
            "why": one.row.why[language],
        }
        for one in rows
        if one.row.part == part
    ]
