"""The repository as the laws look at it: its files, their syntax trees, and what stands in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "voordeur"
CONTENT = ROOT / "content"
DOCS = ROOT / "docs"
#: Folders of tools and of a running server; none of them is part of the project.
_NOT_OURS = {"data", "build", "node_modules", "__pycache__"}


def our_files(*suffixes: str, under: Path = ROOT) -> list[Path]:
    """Our own files with one of these suffixes, in order of their paths; nothing hidden, nothing made by a tool."""
    found = []
    for path in sorted(under.rglob("*")):
        parts = path.relative_to(ROOT).parts
        is_ours = not any(part.startswith(".") or part.endswith(".egg-info") for part in parts)
        if is_ours and not _NOT_OURS & set(parts) and path.suffix in suffixes and path.is_file():
            found.append(path)
    return found


def modules(*rooms: str) -> list[Path]:
    """The Python files of these rooms of the package ("rules", "vocabulary.py"); without a name, of all of it."""
    if not rooms:
        return our_files(".py", under=PACKAGE)
    files = []
    for room in rooms:
        place = PACKAGE / room
        files += [place] if place.is_file() else our_files(".py", under=place)
    return files


def shown(path: Path) -> str:
    """The path as written in the repository."""
    return path.relative_to(ROOT).as_posix()


@lru_cache(maxsize=512)
def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file. Raises SyntaxError when it is none."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Every import of a file as line and dotted name; `from a import b` gives both `a` and `a.b`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield node.lineno, one.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            for one in node.names:
                yield node.lineno, f"{node.module}.{one.name}"


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in a Python file with its line; comments are not texts."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
