"""All figures about gaps as sheets for other programs: who, by which way, in which language, where, hour by hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from voordeur import vocabulary as v
from voordeur.faces.sheets import Value, sheet
from voordeur.records.directory.queries import Directory
from voordeur.rules.area import PROVINCES
from voordeur.rules.gaps import TIMED_WAYS, HelpState, Slice, Terrain, Week, summary
from voordeur.rules.printed_table import Counted, Recounted

LICENCE = "EUPL-1.2"
#: How an hour is written in the column `week`.
SIGNS = {HelpState.THERE: "T", HelpState.PART: "P", HelpState.UNKNOWN: "U", HelpState.NOT_THERE: "N"}
COLUMNS = (
    "role", "violence", "group", "language", "way", "province", "made_for", "services", "services_perhaps",
    "hours_there", "hours_part", "hours_unknown", "hours_not_there", "night_hours_not_there", "longest_gap_minutes",
    "week", "directory", "licence",
)  # fmt: skip
TABLE_COLUMNS = (
    "part", "row", "line", "printed_general", "printed_specific", "annex_general", "annex_specific",
    "directory_local", "directory_general", "directory_specific", "why", "directory", "licence",
)  # fmt: skip


def directory_date(directory: Directory) -> str:
    """The newest date in the sources of the directory; empty when none has one."""
    return max((one.date or "" for each in directory.organizations.values() for one in each.sources), default="")


def local_entries(directory: Directory) -> frozenset[str]:
    """The organisations with an entrance in every municipality or region (report 5.1.1)."""
    return frozenset(one.id for one in directory.organizations.values() if one.kind == "local_entry")


def slices(languages: Sequence[str]) -> Iterator[Slice]:
    """The questions of the sheet: every role and kind of violence, crossed with one thing more at a time."""
    for role in v.Role:
        for violence in (None, *v.Violence):
            for way in (None, *TIMED_WAYS):
                for is_made_for in (False, True):
                    for language in (None, *languages):
                        yield Slice(role, violence, None, None, language, way, None, is_made_for)
            for province in PROVINCES:
                yield Slice(role, violence, province=province)
            for group in v.Group:
                for is_made_for in (False, True):
                    yield Slice(role, violence, group=group, is_made_for=is_made_for)


def figures(terrain: Terrain, asked: Iterable[Slice], date: str) -> Iterator[tuple[Value, ...]]:
    """One row for each question, under COLUMNS; an empty cell of a question says that it does not matter."""
    weeks: dict[Week, tuple[Value, ...]] = {}
    for one in asked:
        fit = terrain.fit(one)
        week = terrain.week(one, fit)
        if week not in weeks:
            weeks[week] = _of_week(week)
        yield (
            one.role, one.violence, one.group, one.language, one.way or "any", one.province or "everywhere",
            "yes" if one.is_made_for else "no", fit.certain.bit_count(), fit.uncertain.bit_count(),
            *weeks[week], date, LICENCE,
        )  # fmt: skip


def _of_week(week: Week) -> tuple[Value, ...]:
    whole, gap = summary(week), week.longest_gap()
    signs = "".join(SIGNS[state] for state in week.states())
    night = summary(week, of_night=True).not_there
    return whole.there, whole.part, whole.unknown, whole.not_there, night, gap[1] if gap else 0, signs


def all_figures(terrain: Terrain, date: str) -> str:
    """The whole sheet."""
    return sheet(COLUMNS, figures(terrain, slices(terrain.languages()), date))


def table_sheet(rows: Iterable[Recounted], language: str, date: str) -> str:
    """Table 5.1 counted again, as a sheet with its explanations in one language."""

    def numbers(one: Counted | None) -> tuple[Value, ...]:
        return (None, None, None) if one is None else (one.local, one.general, one.specific)

    return sheet(
        TABLE_COLUMNS,
        (
            (
                one.row.part, one.row.label[language], one.row.line, *numbers(one.row.printed)[1:],
                *numbers(one.annex)[1:], *numbers(one.directory), one.row.why[language], date, LICENCE,
            )
            for one in rows
        ),
    )  # fmt: skip
