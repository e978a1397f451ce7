"""Table 5.1 of the report beside what can be counted: in the report's own annex, and in our directory.

The report prints how many organisations offer what, and lists them in Bijlage 2. `content/figures` holds the printed
table with its line numbers (`table_5_1.toml`), what the annex says of each organisation in its own words
(`bijlage_2.csv`), for each row which words and which codes count, and why the numbers differ. Here they are counted.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voordeur import vocabulary as v
from voordeur.rules.matching import Candidate
from voordeur.rules.opening import parse_hours

COLUMNS = (
    "line", "name", "organization", "violence", "help", "people", "contact", "hours", "languages", "anonymous",
    "social_media", "answered_by",
)  # fmt: skip
PARTS = ("violence", "help", "access", "contact", "people")
LANGUAGES = ("nl", "en")
#: Fields that say that a service is only for some: such an organisation is a specific one (report 5.1).
ONLY_FOR_SOME = ("groups_only", "ages", "contexts_only", "relations_only", "faiths", "when_only")
_RULES = ("fields", "has", "other_than", "channels", "always", "not_kept")
_GENERAL_WORDS = ("algemene", "algemeen")
_ALWAYS = parse_hours("24/7")
_ONLY_WHO_HURT = frozenset({str(v.Role.PERPETRATOR)})


class TableBroken(ValueError):
    """A file of figures cannot be read; the message names the file, the row and what is expected."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many organisations: those with an entrance in every town, those for everybody, those for some. None: none
    is printed, or nobody can say.
    """

    local: int | None
    general: int | None
    specific: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One organisation of Bijlage 2, as it is described there; `texts` by column."""

    line: int
    name: str
    organization: str
    is_specific: bool
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One row of the printed table: where it stands, its numbers, what counts for it, and why numbers differ."""

    id: str
    part: str
    line: int
    label: Mapping[str, str]
    printed: Counted
    column: str
    words: tuple[str, ...]
    rule: Mapping[str, Any]
    why: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """The printed table, its annex, and what is to be said of the whole."""

    title: Mapping[str, str]
    source: str
    rows: tuple[PrintedRow, ...]
    entries: tuple[Entry, ...]
    notes: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recounted:
    """One row with three numbers beside each other, and which organisations were counted."""

    row: PrintedRow
    annex: Counted
    directory: Counted | None
    in_annex: tuple[str, ...]
    in_directory: tuple[str, ...]


def load_table(folder: Path) -> PrintedTable:
    """The printed table and its annex. Raises TableBroken, which says what to mend."""
    entries = tuple(_entries(folder / "bijlage_2.csv"))
    path = folder / "table_5_1.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise TableBroken(f"{path.name}: {problem}") from problem
    rows = tuple(_row(path, one) for one in data.get("rows", ()))
    ids = [row.id for row in rows]
    if not rows or len(set(ids)) != len(ids):
        raise TableBroken(f"{path.name}: rows are expected, each with an id of its own")
    notes = tuple(_text(path, "notes", one) for one in data.get("notes", ()))
    return PrintedTable(_text(path, "title", data.get("title")), str(data.get("source", "")), rows, entries, notes)


def _entries(path: Path) -> Iterable[Entry]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise TableBroken(f"{path.name}: {problem}") from problem
    reader = csv.DictReader(lines, strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise TableBroken(f"{path.name}: the columns must be {', '.join(COLUMNS)}")
    for row in reader:
        if None in row or None in row.values() or not row["line"].isdigit() or not row["name"]:
            raise TableBroken(f"{path.name} line {reader.line_num}: a line number, a name and all columns are expected")
        is_specific = not any(word in row["people"].lower() for word in _GENERAL_WORDS)
        texts = {name: row[name] for name in COLUMNS[3:]}
        yield Entry(int(row["line"]), row["name"], row["organization"], is_specific, texts)


def _text(path: Path, where: str, said: Any) -> Mapping[str, str]:
    if not isinstance(said, Mapping) or any(not str(said.get(one) or "").strip() for one in LANGUAGES):
        raise TableBroken(f"{path.name}: {where} needs a text in {' and '.join(LANGUAGES)}")
    return {one: " ".join(str(said[one]).split()) for one in LANGUAGES}


def _row(path: Path, data: Mapping[str, Any]) -> PrintedRow:
    name = str(data.get("id", ""))
    rule = data.get("rule")
    if not isinstance(rule, Mapping) or not rule or set(rule) - set(_RULES):
        raise TableBroken(f"{path.name}: row {name}: rule is expected, of {', '.join(_RULES)}")
    if data.get("part") not in PARTS or not isinstance(data.get("line"), int):
        raise TableBroken(f"{path.name}: row {name}: part ({', '.join(PARTS)}) and line are expected")
    numbers = [data.get(one) for one in ("general", "specific")]
    if any(one is not None and type(one) is not int for one in numbers):
        raise TableBroken(f"{path.name}: row {name}: general and specific are whole numbers, or are left out")
    column = str(data.get("column", ""))
    if column not in COLUMNS[3:]:
        raise TableBroken(f"{path.name}: row {name}: column must be one of bijlage_2.csv")
    return PrintedRow(
        name, data["part"], data["line"], _text(path, f"row {name}: label", data.get("label")),
        Counted(None, numbers[0], numbers[1]), column, tuple(str(one).lower() for one in data.get("words", ())),
        dict(rule), _text(path, f"row {name}: why", data.get("why")),
    )  # fmt: skip


def recount(table: PrintedTable, candidates: Iterable[Candidate], local: frozenset[str]) -> tuple[Recounted, ...]:
    """Every row counted again in the annex and in the directory. `local`: organisations with an entrance everywhere."""
    by_organization: dict[str, list[Candidate]] = {}
    for one in candidates:
        by_organization.setdefault(one.organization, []).append(one)
    specific = {name for name, services in by_organization.items() if all(map(is_for_some, services))}
    found = []
    for row in table.rows:
        mentioned = [one for one in table.entries if _mentions(one, row)]
        annex = Counted(
            None, sum(not one.is_specific for one in mentioned), sum(one.is_specific for one in mentioned)
        )  # fmt: skip
        counts = _counts(row.rule)
        if counts is None:
            found.append(Recounted(row, annex, None, tuple(one.name for one in mentioned), ()))
            continue
        names = sorted(name for name, services in by_organization.items() if any(map(counts, services)))
        directory = Counted(
            sum(name in local for name in names),
            sum(name not in local and name not in specific for name in names),
            sum(name not in local and name in specific for name in names),
        )
        found.append(Recounted(row, annex, directory, tuple(one.name for one in mentioned), tuple(names)))
    return tuple(found)


def totals(candidates: Iterable[Candidate], local: frozenset[str]) -> Counted:
    """How many organisations of each kind are in the directory."""
    by_organization: dict[str, list[Candidate]] = {}
    for one in candidates:
        by_organization.setdefault(one.organization, []).append(one)
    others = {name: services for name, services in by_organization.items() if name not in local}
    specific = sum(all(map(is_for_some, services)) for services in others.values())
    return Counted(len(by_organization) - len(others), len(others) - specific, specific)


def is_for_some(one: Candidate) -> bool:
    """Whether a service is only for some people, or made for people who use violence and nobody else."""
    return one.fields.get("primary_roles", frozenset()) == _ONLY_WHO_HURT or any(map(one.fields.get, ONLY_FOR_SOME))


def _mentions(entry: Entry, row: PrintedRow) -> bool:
    said = entry.texts[row.column].lower()
    return any(word in said for word in row.words)


def _counts(rule: Mapping[str, Any]) -> Callable[[Candidate], bool] | None:
    """Whether a service counts for a row; None when the directory does not keep this."""
    if rule.get("not_kept"):
        return None
    if "channels" in rule:
        kinds: Sequence[str] = rule["channels"]
        return lambda one: any(contact.kind in kinds for contact in one.contacts)
    if "always" in rule:
        ways: Sequence[str] = rule["always"]
        return lambda one: any(contact.way in ways and contact.hours == _ALWAYS for contact in one.contacts)
    fields: Sequence[str] = rule["fields"]
    if "other_than" in rule:
        usual = frozenset(rule["other_than"])
        return lambda one: any(one.fields.get(field, frozenset()) - usual for field in fields)
    codes = frozenset(rule["has"])
    return lambda one: any(one.fields.get(field, frozenset()) & codes for field in fields)
