"""The documents: a closed list, and nothing in them that is not there (docs/house.md, "Docs")."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.house.repository import DOCS, PACKAGE, ROOT, our_files, shown
from tests.house.vocabulary_page import page
from voordeur.faces.terminal.export import directory_data
from voordeur.rules.retention import table
from voordeur.settings.env import Env

if TYPE_CHECKING:
    from voordeur.records.directory.queries import Directory

AT_THE_ROOT = {
    "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "publiccode.yml",
}  # fmt: skip
IN_DOCS = {
    "house.md", "trips.md", "vocabulary.md", "privacy.md", "threat-model.md", "open-data.md", "running.md",
    "content-style.md", "screenshot.png", "recipes/add-a-door.md", "recipes/add-a-language.md",
    "recipes/add-a-page.md", "recipes/add-a-question.md", "recipes/add-an-organisation.md",
    "recipes/embed-a-door.md",
    "recipes/keep-an-entry-up-to-date.md",
}  # fmt: skip
DECISION = re.compile(r"decisions/(\d{4})-[a-z0-9-]+\.md")
HEADINGS = ("## Situation", "## Choice", "## Turned down", "## When to look again")

PAGES = [path for path in our_files(".md") if path.is_relative_to(DOCS) or path.parent == ROOT]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
QUOTED = re.compile(r"`([^`\n]+)`")
#: What a path in backticks begins with; a path with a gap to fill in (<code>, *, …) is a pattern, not a path.
OURS = ("voordeur/", "content/", "docs/", "tests/", "deploy/", "requirements/")
ROOT_FILES = re.compile(r"(?:[A-Z]+(?:\.md)?|Makefile|pyproject\.toml|publiccode\.yml|\.importlinter|\.gitignore)")
PATTERN = set("<>*…{} ")


def _names(under: Path) -> set[str]:
    return {path.relative_to(under).as_posix() for path in under.rglob("*") if path.is_file()}


def test_the_list_of_documents_is_closed() -> None:
    found = {name for name in _names(DOCS) if not DECISION.fullmatch(name)}
    assert found - IN_DOCS == set()
    assert IN_DOCS - found == set()


def test_every_document_of_the_root_is_there_and_no_other() -> None:
    found = {path.name for path in ROOT.iterdir() if path.suffix == ".md" or path.name in AT_THE_ROOT}
    assert found == AT_THE_ROOT


def test_decisions_are_numbered_without_a_hole_and_say_all_four_things() -> None:
    decisions = sorted(name for name in _names(DOCS) if name.startswith("decisions/"))
    numbers = [int(hit[1]) for name in decisions if (hit := DECISION.fullmatch(name))]
    assert numbers == list(range(1, len(decisions) + 1))
    for name in decisions:
        text = (DOCS / name).read_text(encoding="utf-8")
        assert [heading for heading in HEADINGS if heading not in text] == [], name


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target) and not target.startswith("#"):
            if not (path.parent / target.partition("#")[0]).exists():
                broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_path_that_is_named_exists(path: Path) -> None:
    missing = []
    for named in QUOTED.findall(path.read_text(encoding="utf-8")):
        is_path = named.startswith(OURS) or ROOT_FILES.fullmatch(named)
        if is_path and not PATTERN & set(named) and "." + named.rpartition(".")[2] != "." and not named.isupper():
            if not (ROOT / named).exists():
                missing.append(named)
    assert missing == []


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_lines_are_at_most_120_signs_but_for_tables_and_links(path: Path) -> None:
    long = [
        line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 120 and not line.startswith("|")
    ]
    assert [line for line in long if "](" not in line and "http" not in line] == []


def test_the_vocabulary_page_is_the_one_that_the_vocabulary_makes() -> None:
    assert (DOCS / "vocabulary.md").read_text(encoding="utf-8") == page()


def test_the_privacy_page_holds_exactly_the_table_of_retention() -> None:
    text = (DOCS / "privacy.md").read_text(encoding="utf-8")
    start = text.index(table().splitlines()[0])
    written = text[start:].split("\n\n")[0].rstrip("\n")
    assert written == table()


def _settings() -> set[str]:
    return set(re.findall(r"VOORDEUR_[A-Z_]+", (PACKAGE / "settings" / "env.py").read_text(encoding="utf-8")))


def test_the_running_page_has_a_row_for_each_setting_and_no_other() -> None:
    text = (DOCS / "running.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(VOORDEUR_[A-Z_]+)` \|", text, re.M))
    assert rows == _settings()
    assert len(rows) == len(fields(Env))


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_no_page_names_a_setting_that_does_not_exist(path: Path) -> None:
    assert set(re.findall(r"VOORDEUR_[A-Z_]+", path.read_text(encoding="utf-8"))) - _settings() == set()


@pytest.mark.django_db
def test_the_open_data_page_names_every_field_of_the_export_and_no_other(directory: Directory) -> None:
    organizations = directory_data(directory)
    services = [service for one in organizations for service in one["services"]]
    text = (DOCS / "open-data.md").read_text(encoding="utf-8")
    for heading, rows in (
        ("An organisation", organizations),
        ("A service", services),
        ("A channel", [channel for one in services for channel in one["channels"]]),
        ("A source", [source for one in organizations for source in one["sources"]]),
    ):
        part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert set(re.findall(r"^\| `(\w+)` \|", part, re.M)) == {key for row in rows for key in row}, heading


def _rooms(heading: str) -> list[str]:
    text = (DOCS / "house.md").read_text(encoding="utf-8")
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([\w./]+)` \|", part, re.M)


def _stands(room: str) -> bool:
    return (PACKAGE / room).exists() or (PACKAGE / f"{room}.py").exists()


def test_every_room_that_the_house_describes_stands() -> None:
    assert _rooms("Rooms that stand")
    assert [room for room in _rooms("Rooms that stand") if not _stands(room)] == []


def test_no_room_that_is_to_come_stands_already() -> None:
    assert _rooms("Rooms to come")
    assert [room for room in _rooms("Rooms to come") if _stands(room)] == []


def test_every_room_of_the_package_is_described() -> None:
    named = set(_rooms("Rooms that stand"))
    rooms = {
        path.relative_to(PACKAGE).with_suffix("").as_posix()
        for floor in ("rules", "secrecy", "records", "reach", "faces")
        for path in (PACKAGE / floor).iterdir()
        if not path.name.startswith("__") and (path.suffix == ".py" or path.is_dir())
    }
    assert rooms - named == set()


def test_every_step_of_a_trip_stands_where_the_trip_says() -> None:
    steps = re.findall(r"^\| [^|]+ \| `([^`]+)` \| `(\w+)` \|", (DOCS / "trips.md").read_text(encoding="utf-8"), re.M)
    assert steps
    for path, name in steps:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^\s*(def|class) {name}\b|^\s*path\(.*\b{name}\b", text, re.M), f"{path}: {name}"
