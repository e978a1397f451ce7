"""Every message has its translation in each language that a door offers (faces/language.py)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po
from django.conf import settings
from jinja2 import Environment

from tests.house.repository import PACKAGE, modules, our_files, shown, tree
from voordeur.faces.doorway import load_doors
from voordeur.faces.language import LOCALE

MARKS = {"N_": 1, "_": 1, "gettext": 1, "ngettext": 2}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
#: English is the language of the message ids themselves.
LANGUAGES = sorted(
    {language for door in load_doors(settings.CONTENT / "doors").doors for language in door.languages} - {"en"}
)

Message = tuple[str, ...]


def _strings(entry: Entry) -> Message:
    """The translation in all its plural forms."""
    return (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())


def _in_python(path: Path) -> Iterator[Message]:
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = node.args[: MARKS.get(name, 0)]
        said = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if said and len(said) == MARKS[name]:
            yield tuple(said)


def _in_template(path: Path) -> Iterator[Message]:
    # A bare one: our own puts plain texts in their language while it reads, before they can be found.
    at = Environment(extensions=["jinja2.ext.i18n"], autoescape=True, trim_blocks=True, lstrip_blocks=True)
    at.policies["ext.i18n.trimmed"] = True
    for _, name, said in at.extract_translations(path.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
        parts = (said,) if isinstance(said, str) else tuple(part for part in said if isinstance(part, str))
        yield parts[: MARKS.get(name, 1)]


def messages() -> dict[Message, str]:
    """Every message of the faces, and one place where it stands."""
    found: dict[Message, str] = {}
    for path in modules("faces"):
        found.update(dict.fromkeys(_in_python(path), shown(path)))
    for path in our_files(".html", under=PACKAGE / "faces"):
        found.update(dict.fromkeys(_in_template(path), shown(path)))
    return found


def _catalogue(language: str) -> Catalog:
    path = LOCALE / language / "LC_MESSAGES" / "voordeur.po"
    assert path.is_file(), f"{shown(path)} is missing"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def test_messages_are_found_in_code_and_in_templates() -> None:
    where = set(messages().values())
    assert any(place.endswith(".py") for place in where)
    assert any(place.endswith(".html") for place in where)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    catalogue = _catalogue(language)
    missing = []
    for said, where in messages().items():
        entry = catalogue.get(said[0])
        strings = () if entry is None else _strings(entry)
        is_whole = bool(strings) and all(text.strip() for text in strings)
        if entry is None or entry.fuzzy or not is_whole or (len(said) > 1) != bool(entry.pluralizable):
            missing.append(f"{where}: {said[0]}")
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_keeps_the_placeholders(language: str) -> None:
    catalogue = _catalogue(language)
    wrong = []
    for said, where in messages().items():
        entry = catalogue.get(said[0])
        if entry is None:
            continue
        wanted = set().union(*(PLACEHOLDER.findall(text) for text in said))
        for text in _strings(entry):
            if text and set(PLACEHOLDER.findall(text)) != wanted:
                wrong.append(f"{where}: {said[0]}")
    assert wrong == []
