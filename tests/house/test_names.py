"""Names and sizes (docs/house.md, "Names" and "Sizes")."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.repository import PACKAGE, ROOT, modules, our_files, shown, tree

BANNED = {
    "utils", "util", "helpers", "helper", "common", "core", "misc", "managers", "services", "signals", "mixins",
    "exceptions", "constants",
}  # fmt: skip
MOST_LINES = 500
#: Written to be read from top to bottom. Data (TOML, CSV, JSON, catalogues, locked lists) is as long as its facts are.
READ_BY_PEOPLE = (".py", ".html", ".css", ".js", ".md")
#: A page that is made (tests/house/vocabulary_page.py): it is as long as the vocabulary has words, and is looked up in.
GENERATED = {"docs/vocabulary.md"}
MIRRORED = ("rules", "secrecy", "records", "reach", "faces", "settings")


def test_no_file_has_a_name_that_says_nothing() -> None:
    found = [shown(path) for path in our_files(".py", ".html", ".css", ".js", ".md", ".toml") if path.stem in BANNED]
    assert found == []


def test_no_folder_has_a_name_that_says_nothing() -> None:
    assert [shown(path) for path in PACKAGE.rglob("*") if path.is_dir() and path.name in BANNED] == []


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    lengths = {shown(path): path.read_text(encoding="utf-8").count("\n") for path in our_files(*READ_BY_PEOPLE)}
    assert set(lengths) >= GENERATED
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES and name not in GENERATED} == {}


def _public(body: list[ast.stmt], within: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_"):
            yield within + node.name, node  # type: ignore[misc]  # an async function has the same parts
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield within + node.name, node
            yield from _public(node.body, f"{node.name}.")


#: Django and argparse say what these two are for; a docstring could only repeat it.
_SAID_ELSEWHERE = {"Meta", "error"}


def _described() -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    for path in modules():
        if "migrations" not in path.parts:
            for name, node in _public(tree(path).body):
                if name.rpartition(".")[2] not in _SAID_ELSEWHERE:
                    yield f"{shown(path)}:{node.lineno} {name}", node


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        shown(path)
        for path in modules()
        if "migrations" not in path.parts and tree(path).body and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_every_public_function_and_class_has_a_docstring() -> None:
    assert [where for where, node in _described() if not ast.get_docstring(node)] == []


def test_every_public_function_is_typed() -> None:
    untyped = []
    for where, node in _described():
        if isinstance(node, ast.ClassDef):
            continue
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        given = [one for one in given if one.arg not in ("self", "cls")]
        if node.returns is None or any(one.annotation is None for one in given):
            untyped.append(where)
    assert untyped == []


@pytest.mark.parametrize("room", MIRRORED)
def test_every_test_file_has_the_stem_of_what_it_tests(room: str) -> None:
    lonely = []
    for path in our_files(".py", under=ROOT / "tests" / room) if (ROOT / "tests" / room).is_dir() else []:
        if path.name.startswith("test_"):
            folder = PACKAGE / path.parent.relative_to(ROOT / "tests")
            stem = path.stem.removeprefix("test_")
            if not _stands(folder, stem):
                lonely.append(shown(path))
    assert lonely == []


def _stands(folder: Path, stem: str) -> bool:
    """Whether a module, a folder, a page's template or a page's function of this stem stands in `folder`."""
    places = (folder / f"{stem}.py", folder / stem, folder / "templates" / f"{stem}.html")
    pages = {node.name for path in folder.glob("*.py") for node in tree(path).body if isinstance(node, ast.FunctionDef)}
    return any(path.exists() for path in places) or stem in pages


def test_test_names_finish_a_sentence() -> None:
    short = []
    for path in our_files(".py", under=ROOT / "tests"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name.count("_") < 3:
                short.append(f"{shown(path)}:{node.lineno} {node.name}")
    assert short == []


def test_no_test_replaces_our_own_code_by_a_mock() -> None:
    found = []
    for path in our_files(".py", under=ROOT / "tests"):
        names = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
        if names & {"Mock", "MagicMock", "AsyncMock", "mocker"}:
            found.append(shown(path))
    assert found == []
