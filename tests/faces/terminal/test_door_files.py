"""`voordeur door check`: every finding is seen, with file and line; the doors that we ship have none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from voordeur.faces.doorway import DOOR_KEYS, load_doors
from voordeur.faces.terminal.door_files import findings_in, known_in, tones_in
from voordeur.faces.terminal.door_findings import Known, contrast, line_of

CONTENT = Path(__file__).resolve().parents[3] / "content"
DOOR = "older.toml"


@pytest.fixture(scope="module")
def known() -> Known:
    """What the doors that we ship may name."""
    return known_in(CONTENT)[0]


@pytest.fixture
def doors(tmp_path: Path) -> Path:
    """A copy of the doors, to be broken."""
    return Path(shutil.copytree(CONTENT / "doors", tmp_path / "doors"))


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    """A copy of the tones, to be broken."""
    return Path(shutil.copytree(CONTENT / "tones", tmp_path / "tones"))


def said_of(doors: Path, known: Known) -> list[str]:
    """Every finding, as it is printed."""
    return [str(one) for one in findings_in(doors, known)[1]]


def change(path: Path, old: str, new: str) -> int:
    """Change a text that stands there once; gives its line."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_doors_that_we_ship_have_nothing_to_say_about(voordeur: Callable[..., Any]) -> None:
    assert voordeur("door", "check", "--strict") == (0, "8 doors, 0 errors, 0 warnings\n", "")


WRONG = [
    ('welcome.en = "Does', 'welcome.de = "Does', "text: “welcome” has no text in en"),
    ('name.en = "Morning light"\n', "", "text: “name” has no text in en"),
    ('languages = ["nl", "en"]\ntone', "languages = []\ntone", "text: “languages” lists no language"),
    ('way_in = { nl = "Waar gaat het om?", en', 'way_in = { nl = "Zeg het maar", de', "“way_in” has no text in en"),
    ('accent = "#5c4000"', 'accent = "#8c7000"', "contrast: “accent” on “ground” has a contrast of "),
    ('on_accent = "#ffffff"', 'on_accent = "#bbbbbb"', "contrast: “on_accent” on “accent” has a contrast of "),
    ('ink = "#2a2618"', 'ink = "#7a7668"', "contrast: the way out, white on “ink”, has a contrast of "),
    ('quiet = "#524a35"', 'quiet = "brown"', "contrast: “quiet” must be a colour such as #1d4e4f"),
    ('"older-what", "money-what"', '"older-what", "moon"', "topic: the library has no page “moon”"),
    ('"de-luisterlijn", "huisarts"', '"de-luisterlijn", "moon"', "partner: the directory has no organisation “moon”"),
    ('groups = ["older"]\nname', 'groups = ["elders"]\nname', "group: “elders” is no group of the vocabulary"),
    ('violence = ["elder_abuse"', 'violence = ["moon"', "scope: “moon” is no code of violence"),
    ("[scope]\nviolence", "[scope]\nkinds", "scope: a scope knows no “kinds”"),
    ('asks_first = "who"', 'asks_first = "moon"', "question: the guide has no question “moon” to ask first"),
    ('asks_first = "who"', 'asks_first = "way_in"', "question: the guide has no question “way_in” to ask first"),
    ("[starts_with]\n", '[starts_with]\nage = ["ninety"]\n', "question: “ninety” is not a choice of “age”"),
    ("[starts_with]\n", '[starts_with]\nmoon = ["full"]\n', "question: the guide has no field “moon”"),
    ('ways_in = ["danger", "talk"', 'ways_in = ["danger", "moon"', "question: “moon” is not a choice of the guide’s"),
    ('ways_in = ["danger", "talk"', 'ways_in = ["talk", "danger"', "question: “danger” stands first among the ways in"),
    ('"way_in.talk" =', '"way_in.moon" =', "question: the guide has no “way_in.moon” that a door could say otherwise"),
    ('["morgenlicht.localhost"]', '["stop-geweld.localhost"]', "host: “stop-geweld.localhost” tells what the door"),
    ('["morgenlicht.localhost"]', "[]", "host: “hosts” lists no host name"),
    ('["morgenlicht.localhost"]', '["http://x"]', "door: a host name is written without port, scheme or path"),
    ('name.nl = "Morgenlicht"', 'name.nl = "Geen misbruik"', "name: “Geen misbruik” tells what the door is about"),
    ('name.en = "Morning light"', 'name.en = "Safe from abuse"', "name: “Safe from abuse” tells what the door"),
    ('id = "older"', 'id = "older"\nfavicon = "fist.svg"', "icon: a door has no picture of its own"),
    ('id = "older"', 'id = "older"\ntopic = ["older"]', "key: a door knows no “topic”"),
    ('id = "older"', 'id = "elders"', "key: the id must be “older”, as the file is named"),
    ('id = "older"', 'id = "older"\nemergency.number = "1"', "key: the emergency number stands in the central door"),
    ('tone = "older"', 'tone = "moon"', "tone: there is no tone “moon”; content/tones has adult, "),
    ('home = ["ways"', 'home = ["moon"', "door: “home” orders the blocks "),
    ("Een naam is niet nodig.", "Waarom heb je niets gezegd?", "charged-word: “waarom heb je”"),
    ("Een naam is niet nodig.", "ja " * 15, "long-sentence: 15 words, at most 14 in this tone"),
    ("Mo-Su 09:00-19:00; PH open", "Mo 09:00-19:00; PH open", "talk: “message_read_within_hours” is shorter than"),
    ("Mo-Su 09:00-19:00; PH open", "Mo-Su 09:00-19:00", "talk: hours: "),
    ('overflow = "central"', 'overflow = "moon"', "talk: “overflow” must be the id of another door"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), WRONG, ids=[one[2][:40] for one in WRONG])
def test_what_a_door_lacks_is_said_with_its_file(doors: Path, known: Known, old: str, new: str, said: str) -> None:
    change(doors / DOOR, old, new)
    found = said_of(doors, known)
    lines = [line for line in found if said in line]
    assert lines, found
    assert all(line.startswith(f"{doors / DOOR}:") and ": error: " in line for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('accent = "#5c4000"', 'accent = "#8c7000"', "“accent” on “ground”"),
        ('"way_in.talk" =', '"way_in.moon" =', "“way_in.moon”"),
        ("Mo-Su 09:00-19:00; PH open", "Mo-Su 09:00-19:00", ": talk: hours: "),
        ('id = "older"', 'id = "elders"', "the id must be"),
        ("welcome.en =", "welcome.en", "Expected '='"),
    ],
)
def test_a_finding_names_the_line(doors: Path, known: Known, old: str, new: str, said: str) -> None:
    line = change(doors / DOOR, old, new)
    found = [one for one in said_of(doors, known) if said in one]
    assert found and found[0].startswith(f"{doors / DOOR}:{line}: error: ")


@pytest.mark.parametrize("what", ['hosts = ["morgenlicht.localhost"]', 'name.nl = "Morgenlicht"'])
def test_a_host_or_a_name_of_two_doors_is_said_of_the_second(doors: Path, known: Known, what: str) -> None:
    rule, mine = ("host", "morgenlicht.localhost") if what.startswith("hosts") else ("name", "Morgenlicht")
    old = 'hosts = ["zijpad.localhost"]' if rule == "host" else 'name.nl = "Zijpad"'
    line = change(doors / "young.toml", old, what)
    sentence = f"error: {rule}: “{mine}” belongs to older too; each door has its own"
    assert said_of(doors, known) == [f"{doors / 'young.toml'}:{line}: {sentence}"]


def test_there_is_one_central_door(doors: Path, known: Known) -> None:
    change(doors / "central.toml", "is_central = true\n", "")
    assert "exactly one door with is_central = true is expected, there are 0" in "".join(said_of(doors, known))


def test_what_is_only_meagre_is_a_warning(voordeur: Callable[..., Any], doors: Path) -> None:
    path = doors / DOOR
    change(path, 'topics = ["older", "older-what", "money-what", "care-withheld", "care-too-much"]\n', "")
    path.write_text(path.read_text(encoding="utf-8").partition("[talk]\n")[0], encoding="utf-8")
    said = voordeur("door", "check", doors)
    assert (said.code, said.out.count("warning: ")) == (0, 2)
    assert "no page of the library comes first" in said.out and "there is no [talk]" in said.out
    strict = voordeur("door", "check", doors, "--quiet", "--strict")
    assert (strict.code, strict.out) == (1, "8 doors, 0 errors, 2 warnings\n")


def test_an_error_gives_exit_code_1_and_is_counted(voordeur: Callable[..., Any], doors: Path) -> None:
    line = change(doors / DOOR, '"de-luisterlijn", "huisarts"', '"moon", "huisarts"')
    said = voordeur("door", "check", doors)
    sentence = f"{doors / DOOR}:{line}: error: partner: the directory has no organisation “moon”"
    assert (said.code, said.out) == (1, f"{sentence}\n8 doors, 1 errors, 0 warnings\n")


def test_a_team_that_does_not_speak_a_language_of_the_door_is_a_warning(doors: Path, known: Known) -> None:
    change(doors / DOOR, 'languages = ["nl", "en"]\n# The page', 'languages = ["nl"]\n# The page')
    assert "warning: talk: nobody of the team answers in en" in "".join(said_of(doors, known))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('who = { nl = "Door wie gebeurt het, en waar?", en', 'who = { nl = "Wie?", de', "“who” has no words in en"),
        ('wish = { nl', 'wishes = { nl', "the guide has no “wishes”"),
        ('"Your name" = "Naam"', '"Your nose" = "Naam"', "no page says “Your nose”"),
        ('"Your name" = "Naam"\n', "", "“Your name” has no words in nl"),
        ("Noem eerst het adres.", "a " * 15, "15 words, at most 14 in this tone"),
        ("Noem eerst het adres.", "%(place)s", "must hold the same %(…)s"),
        ("longest_sentence = 14", "longest_sentence = 99", "“longest_sentence” must be a whole number from 5 to 20"),
        ("longest_sentence = 14", "loud = 1", "knows no loud"),
        ("longest_sentence = 14", "longest_sentence =", "Invalid value"),
    ],
)  # fmt: skip
def test_what_a_tone_lacks_is_said_with_its_file(tones: Path, known: Known, old: str, new: str, said: str) -> None:
    change(tones / "older.toml", old, new)
    found = [str(one) for one in tones_in(tones, known.guide)[1]]
    lines = [one for one in found if said in one]
    assert lines and all(one.startswith(f"{tones / 'older.toml'}:") and ": error: " in one for one in lines), found


def test_a_tone_without_words_in_a_language_of_its_door_is_an_error(doors: Path, tones: Path, known: Known) -> None:
    path = tones / "older.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[pages.en]")] + text[text.index("[guide]\n") :], encoding="utf-8")
    found = said_of(doors, replace(known, tones=tones_in(tones, known.guide)[0]))
    assert len(found) == 1 and found[0].endswith("error: tone: the tone “older” has no words in en")


def test_a_folder_that_is_not_there_is_one_sentence(voordeur: Callable[..., Any]) -> None:
    said = voordeur("door", "check", "no-such-folder")
    assert (said.code, said.out) == (2, "")
    assert "“no-such-folder” is not a folder" in said.err


def test_a_door_made_by_the_recipe_passes_and_opens(doors: Path, known: Known) -> None:
    """A copy of the door that the recipe names, with a name and a host of its own."""
    text = (doors / "young.toml").read_text(encoding="utf-8")
    for old, new in (
        ('id = "young"', 'id = "garden"'), ("zijpad.localhost", "tuinpad.localhost"), ("Zijpad", "Tuinpad"),
        ("Side path", "Garden path"),
    ):  # fmt: skip
        assert text.count(old) == 1
        text = text.replace(old, new)
    (doors / "garden.toml").write_text(text, encoding="utf-8")
    assert said_of(doors, known) == []
    assert load_doors(doors).door_for("tuinpad.localhost").talk == load_doors(doors).door_for("zijpad.localhost").talk


def test_the_recipe_names_everything_that_a_door_knows() -> None:
    recipe = (CONTENT.parent / "docs" / "recipes" / "add-a-door.md").read_text(encoding="utf-8")
    assert [key for key in sorted(DOOR_KEYS) if f"`{key}`" not in recipe and f"[{key}]" not in recipe] == []
    assert [token for token in ("is_central", "emergency") if token not in recipe] == []


def test_contrast_is_that_of_the_guidelines() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == round(contrast("#ffffff", "#000000"), 2) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_a_key_is_found_in_its_own_table() -> None:
    text = 'a = 1\n[one]\na = 2\n"b.c" = 3\n[[two]]\na = 4\n'
    assert [line_of(text, "a"), line_of(text, "a", "one"), line_of(text, "b.c", "one")] == [1, 3, 4]
    assert [line_of(text, "one"), line_of(text, "z", "one"), line_of(text, "z")] == [2, 2, 1]
