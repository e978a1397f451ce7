"""Contact numbers are data (W9): they stand in the directory's values and in the doors' emergency number only."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from tests.house.repository import CONTENT, PACKAGE, ROOT, modules, our_files, shown, texts

NUMBER = re.compile(
    r"""(?<![\w.:/-])(
        0[89]\d{2}[\s-]?\d{2,}[\d\s-]*      # 0800-…, 0900-…
      | 0(8[458]|14|6|[1-7]\d{1,2})[\s-]\d{2,}[\d\s-]+ | 0\d{9}
      | (\+|00)31[\s\d()-]{6,}
      | 11[234] | 144
      | 116[\s-]?\d{3}
    )(?![\w:/-]|\.\w)""",
    re.VERBOSE,
)
#: Where a number may stand inside a file of the directory; a source's title quotes the title of a page.
VALUES = ("value", "title", "url", "locator", "name", "also_known_as", "id", "website")
#: The numbering plan itself, against which values are checked; none of it is ever shown.
NUMBERING_PLAN = {"112", "113", "144", "116000", "116006", "116111", "116117", "116123"}


def _numbers(text: str) -> list[str]:
    return [hit[0].strip() for hit in NUMBER.finditer(text)]


def test_the_pattern_sees_numbers_and_passes_over_what_is_none() -> None:
    for text in ("Bel 112", "0800-2000", "0900-202 55 90", "088-1234567", "+31 20 123 45 67", "116 006", "020-5550100"):
        assert _numbers(text), text
    for text in ("2026-09-08", "24/7", "09:00-17:00", "report 5.3.8", "#112233", "113.nl", "200", "1011-1019"):
        assert not _numbers(text), text


def test_no_template_style_script_or_catalogue_holds_a_number() -> None:
    found = []
    for path in our_files(".html", ".css", ".js", ".po", under=PACKAGE):
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found += [f"{shown(path)}:{line} {number}" for number in _numbers(text)]
    assert found == []


def test_no_code_holds_a_number() -> None:
    found = []
    for path in modules():
        is_plan = path.name == "entry_files.py"
        for line, text in texts(path):
            if not (is_plan and text in NUMBERING_PLAN):
                found += [f"{shown(path)}:{line} {number}" for number in _numbers(text)]
    assert found == []


def test_no_rule_holds_a_number() -> None:
    found = []
    for path in our_files(".toml", under=PACKAGE):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [f"{shown(path)} {where} {number}" for where, text in _leaves(data) for number in _numbers(text)]
    assert found == []


def _leaves(data: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, f"{where}.{key}" if where else key)
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from _leaves(value, f"{where}.{place}")
    elif isinstance(data, str):
        yield where, data


def _is_value(where: str) -> bool:
    named = [part for part in where.split(".") if not part.isdigit()]
    return named[-1] in VALUES or "also_known_as" in named


def test_no_text_of_the_directory_holds_a_number() -> None:
    found = []
    for path in our_files(".toml", under=CONTENT / "directory"):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        names = [data["name"], *data.get("also_known_as", [])]
        for where, text in _leaves(data):
            if not _is_value(where):
                for name in names:  # an organisation may be named after its number
                    text = text.replace(name, "")
                found += [f"{shown(path)} {where} {number}" for number in _numbers(text)]
    assert found == []


def test_no_text_of_the_guide_or_of_a_door_holds_a_number() -> None:
    found = []
    for path in [*our_files(".toml", under=CONTENT / "guide"), *our_files(".toml", under=CONTENT / "doors")]:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        data.pop("emergency", None)
        found += [f"{shown(path)} {where} {number}" for where, text in _leaves(data) for number in _numbers(text)]
    assert found == []


def test_no_page_of_content_and_no_document_holds_a_number() -> None:
    found = []
    for path in our_files(".md"):
        if not path.is_relative_to(ROOT / "tests"):  # what a test expects may name one
            for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                found += [f"{shown(path)}:{line} {number}" for number in _numbers(text)]
    assert found == []
