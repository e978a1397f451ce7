"""Records of HSDS that we wrote ourselves, read back as the entries that they came from (`hsds`)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from voordeur.faces.hsds import FIELD, WORDS
from voordeur.records.directory.entry_files import Entry
from voordeur.records.directory.kept_entries import with_sources

#: Attributes that come from no entry: what an organisation says itself is kept elsewhere, and the licence is ours.
_NOT_OF_THE_ENTRY = ("own_word", "license")
_LARGEST = 512 * 1024 * 1024
_YES_NO = {"anonymous", "comes_to_you", "many_languages"}
Row = Mapping[str, Any]


class DumpBroken(ValueError):
    """The file is no dump of ours; the message says what is wrong with it."""


def read_dump(path: Path) -> list[Entry]:
    """The entries of a dump: JSON, or CSV in a zip. Raises DumpBroken, or OSError when the file cannot be read."""
    try:
        if zipfile.is_zipfile(path):
            return entries_of(*_tables(path))
        data = json.loads(path.read_bytes())
        organizations = data["contents"]
        services = [one for organization in organizations for one in _services(organization)]
        attributes = [one for record in (*organizations, *services) for one in record["attributes"]]
        return entries_of(organizations, services, attributes)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, zipfile.BadZipFile) as wrong:
        if isinstance(wrong, DumpBroken):
            raise
        raise DumpBroken(f"this is no dump of a directory ({type(wrong).__name__}: {str(wrong)[:80]})") from wrong


def _services(organization: Row) -> list[Row]:
    return [{**one, "organization_id": organization["id"]} for one in organization["services"]]


def _tables(path: Path) -> tuple[list[Row], list[Row], list[Row]]:
    with zipfile.ZipFile(path) as packed:
        if sum(one.file_size for one in packed.infolist()) > _LARGEST:
            raise DumpBroken("this is larger than any directory")
        codes = {row["id"]: row for row in _rows(packed, "taxonomy_terms.csv")}
        linked = _rows(packed, "attributes.csv")
        attributes: list[Row] = [{**row, "taxonomy_term": codes[row["taxonomy_term_id"]]} for row in linked]
        services: list[Row] = [
            {**row, **{name: int(row[name]) for name in ("minimum_age", "maximum_age") if row.get(name)}}
            for row in _rows(packed, "services.csv")
        ]
        return _rows(packed, "organizations.csv"), services, attributes


def _rows(packed: zipfile.ZipFile, name: str) -> list[Row]:
    with packed.open(name) as file:
        lines = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
        return [{key: value for key, value in row.items() if value != ""} for row in lines]


def entries_of(organizations: Iterable[Row], services: Iterable[Row], attributes: Iterable[Row]) -> list[Entry]:
    """The entries, in the order of the organisations. Raises KeyError, ValueError or TypeError for what is not ours."""
    about: dict[str, list[Row]] = {}
    for one in attributes:
        about.setdefault(one["link_id"], []).append(one)
    within: dict[str, list[Row]] = {}
    for one in services:
        within.setdefault(one["organization_id"], []).append(one)
    return [_entry(one, within[one["id"]], about) for one in organizations]


def _entry(organization: Row, services: list[Row], about: Mapping[str, list[Row]]) -> Entry:
    data, facts = _told(about[organization["id"]])
    data["name"] = organization["name"]
    data.setdefault("description", {})["nl"] = organization["description"]
    if "website" in organization:
        data["website"] = organization["website"]
    data["services"] = []
    for place, row in enumerate(services):
        one, of = _told(about[row["id"]])
        one.setdefault("name", {})["nl"] = row["name"]
        for name, key in (("minimum_age", "age_min"), ("maximum_age", "age_max")):
            if name in row:
                one[key] = row[name]
        data["services"].append(one)
        facts += [(f"services.{place}.{path}", source) for path, source in of]
    return with_sources(data["id"], data, facts)


def _told(attributes: Iterable[Row]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What attributes say of one record: its content, and for each fact the source."""
    tree: dict[str, Any] = {}
    facts: list[tuple[str, str]] = []
    for one in attributes:
        kind, label = one["link_type"], one["label"]
        if kind == "source" and one["taxonomy_term"]["taxonomy"] == FIELD:
            facts.append((label, one["value"]))
        elif kind not in _NOT_OF_THE_ENTRY:
            _put(tree, label.split("."), _value(kind, one))
    return _lists(tree, is_named=False), facts


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value


def _value(kind: str, one: Row) -> Any:
    if "value" not in one:
        return one["taxonomy_term"]["code"]
    value = one["value"]
    if kind == "since":
        return int(value)
    if kind in _YES_NO and value in ("true", "false"):
        return value == "true"
    is_list = kind in WORDS or kind in ("languages", "languages_read")
    return [] if is_list and value == "none" and "." + kind in f".{one['label']}" else value


def _lists(tree: Any, *, is_named: bool) -> Any:
    """Where all keys are places in a list, a list. The keys of sources are names, also when they look like places."""
    if not isinstance(tree, dict):
        return tree
    if tree and not is_named and all(key.isdigit() for key in tree):
        return [_lists(tree[key], is_named=False) for key in sorted(tree, key=int)]
    return {_plain(key): _lists(value, is_named=key == "sources") for key, value in tree.items()}


def _plain(name: str) -> str:
    return name.replace("%2E", ".").replace("%25", "%")
