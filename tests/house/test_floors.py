"""What may not be done on which floor (docs/house.md, "Who imports whom"); .importlinter says the rest."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, OneToOneField

from tests.house.repository import CONTENT, PACKAGE, imported, modules, our_files, shown, tree

PLAIN = ("vocabulary.py", "rules", "secrecy")
BELOW_FACES = (*PLAIN, "records", "reach")
CLOCK_CALLS = {"now", "utcnow", "today", "monotonic", "perf_counter", "time_ns", "localtime", "gmtime", "Now"}
#: The order inside records, lowest first; what stands on one line does not know its neighbour.
FLOORS = (
    ("directory", "library"),
    ("doors",),
    ("staff",),
    ("outbox", "hidden"),
    ("conversations", "figures"),
    ("handovers",),
)


def _attributes(path: Path, names: set[str]) -> list[str]:
    return [
        f"{shown(path)}:{node.lineno} .{node.attr}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in names
    ]


@pytest.mark.parametrize("room", ["faces", "rules", "secrecy"])
def test_no_rows_are_asked_for_outside_records(room: str) -> None:
    assert [found for path in modules(room) for found in _attributes(path, {"objects"})] == []


def test_nothing_below_faces_asks_what_time_it_is() -> None:
    found = []
    for path in modules(*BELOW_FACES):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                is_time = ast.unparse(called) in ("time.time", "time")
                if name in CLOCK_CALLS or is_time:
                    found.append(f"{shown(path)}:{node.lineno} {ast.unparse(called)}")
                if any(keyword.arg in ("auto_now", "auto_now_add") for keyword in node.keywords):
                    found.append(f"{shown(path)}:{node.lineno} auto_now")
    assert found == []


def test_nothing_uses_chance_that_can_be_guessed() -> None:
    found = [
        f"{shown(path)}:{line}" for path in modules() for line, name in imported(path) if name.split(".")[0] == "random"
    ]
    assert found == []


def test_secrecy_writes_no_log_and_prints_nothing() -> None:
    found = [
        f"{shown(path)}:{line} {name}"
        for path in modules("secrecy")
        for line, name in imported(path)
        if name.split(".")[0] in ("logging", "warnings", "syslog")
    ]
    for path in modules("secrecy"):
        found += [
            f"{shown(path)}:{node.lineno} print"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Name) and node.id == "print"
        ]
    assert found == []


def test_vocabulary_rules_and_secrecy_know_no_django() -> None:
    found = [
        f"{shown(path)}:{line} {name}"
        for path in modules(*PLAIN)
        for line, name in imported(path)
        if name.split(".")[0] == "django"
    ]
    assert found == []


def test_no_rule_knows_an_organisation() -> None:
    ids = sorted(path.stem for path in (CONTENT / "directory").glob("*.toml"))
    assert ids
    quoted = re.compile(r"""(["'])(""" + "|".join(map(re.escape, ids)) + r")\1")
    found = []
    for path in our_files(".py", ".toml", under=PACKAGE / "rules"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found += [f"{shown(path)}:{number} {hit[2]}" for hit in quoted.finditer(line)]
    assert found == []


def _rank(app: str) -> int:
    return next(place for place, names in enumerate(FLOORS) if app in names)


def test_every_app_of_records_has_its_floor() -> None:
    ours = {model._meta.app_label for model in apps.get_models() if model.__module__.startswith("voordeur.")}
    assert ours
    assert ours <= {name for floor in FLOORS for name in floor}


def test_no_foreign_key_points_to_a_higher_or_neighbouring_app() -> None:
    wrong = []
    for model in apps.get_models():
        if not model.__module__.startswith("voordeur."):  # tables of a library point where its makers want
            continue
        for one in model._meta.get_fields():
            if isinstance(one, (ForeignKey, OneToOneField, ManyToManyField)) and one.related_model is not None:
                here = model._meta.app_label
                there = one.related_model._meta.app_label
                if there != here and _rank(there) >= _rank(here):
                    wrong.append(f"{here}.{model.__name__}.{one.name} → {there}")
    assert wrong == []
