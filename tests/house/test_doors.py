"""A door tells nobody behind your back what it is about (face.md S6): titles, names, hosts, and how a page begins."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from tests.house.repository import CONTENT, ROOT
from voordeur.faces.doorway import Door, load_doors
from voordeur.faces.language import translations
from voordeur.faces.visit.pages import TITLES

if TYPE_CHECKING:
    from voordeur.records.directory.queries import Directory

#: Parts of words in Dutch and English that tell what a page is about.
CHARGED = tuple(
    word
    for words in tomllib.loads((CONTENT / "neutral-words.toml").read_text(encoding="utf-8")).values()
    for word in words
)
FIRST_BYTES = 1024
DOORS = load_doors(settings.CONTENT / "doors").doors
PATHS = ("/", "/a", "/p", "/gaten", "/nothing-here")


def _charged(text: str) -> list[str]:
    return [word for word in CHARGED if word in text.lower()]


def test_the_list_has_some_sixty_words() -> None:
    assert len(set(CHARGED)) == len(CHARGED) >= 60


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.id)
def test_the_name_and_the_hosts_of_a_door_tell_nothing(door: Door) -> None:
    assert [_charged(text) for text in (*door.name.values(), *door.hosts) if _charged(text)] == []


@pytest.mark.parametrize("language", sorted({language for door in DOORS for language in door.languages}))
def test_no_title_tells_anything(language: str) -> None:
    titles = {translations(language).gettext(title) for title in TITLES.values()}
    assert [title for title in titles if _charged(title)] == []


def _shown(door: Door, language: str, path: str) -> bytes:
    """What a browser gets that asks for this address at this door, after the step into a visit."""
    browser = Client(headers={"host": door.hosts[0], "accept-language": language})
    response = browser.get(path)
    if response.status_code == 303:
        response = browser.get(response.headers["Location"])
    return response.content


@pytest.mark.django_db
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.id)
@pytest.mark.parametrize("path", PATHS)
def test_the_first_kilobyte_of_a_page_tells_nothing(directory: Directory, door: Door, path: str) -> None:
    for language in door.languages:
        first = _shown(door, language, path)[:FIRST_BYTES].decode("utf-8", "replace")
        assert "<title>" in first
        assert _charged(first) == []


@pytest.mark.django_db
def test_the_first_kilobyte_of_the_page_of_an_organisation_tells_nothing(directory: Directory) -> None:
    central = next(door for door in DOORS if door.is_central)
    for code in sorted(directory.by_code):
        first = _shown(central, "nl", f"/o/{code}")[:FIRST_BYTES].decode("utf-8", "replace")
        assert _charged(first) == []


@pytest.mark.django_db
def test_every_page_has_the_emergency_number_of_its_door(directory: Directory) -> None:
    for door in DOORS:
        for path in PATHS:
            assert f'href="tel:{door.emergency_number}"'.encode() in _shown(door, "nl", path)


_WITHOUT_DATABASE = """
import sys
import django
django.setup()
from django.test import Client
browser = Client(raise_request_exception=False, headers={"host": "localhost"})
sys.stdout.buffer.write(browser.get(browser.get(sys.argv[1]).headers["Location"]).content)
"""


@pytest.mark.parametrize("path", ["/", "/a", "/p", "/o/abc123"])
def test_the_number_and_the_way_out_are_there_when_the_directory_cannot_be_read(tmp_path: Path, path: str) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "voordeur.settings.public",
        "VOORDEUR_DATA": str(tmp_path),
        "VOORDEUR_DATABASE_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_DATABASE, path], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert b'href="tel:' in done.stdout
    assert b'id="exit"' in done.stdout


def test_only_the_central_door_names_the_emergency_number_and_says_where_it_comes_from() -> None:
    for path in sorted((CONTENT / "doors").glob("*.toml")):
        door = tomllib.loads(path.read_text(encoding="utf-8"))
        assert ("emergency" in door) == bool(door.get("is_central"))
        if "emergency" in door:
            assert door["emergency"]["source"].startswith("https://")
            assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", door["emergency"]["date"])


def test_a_door_begins_with_answers_and_ways_in_that_the_guide_knows() -> None:
    guide = tomllib.loads((CONTENT / "guide" / "guide.toml").read_text(encoding="utf-8"))
    fields = {field["id"]: field for question in guide["questions"] for field in question["fields"]}
    offered = {key: {option["id"] for option in field.get("options", ())} for key, field in fields.items()}
    for door in DOORS:
        assert set(door.ways_in) <= offered["way_in"], door.id
        for key, chosen in door.starts_with.items():
            assert set(chosen) <= offered.get(key, set()), f"{door.id}: {key}"
