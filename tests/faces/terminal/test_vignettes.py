"""`voordeur vignettes`: every example person finds what must be found, and a failure is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from voordeur.faces.doorway import Door, load_doors
from voordeur.faces.situations import read_situations
from voordeur.faces.terminal.ground import moment_now
from voordeur.faces.terminal.places import areas_at_hand
from voordeur.faces.terminal.vignettes import by_door
from voordeur.rules.guide import load_guide
from voordeur.rules.scope import is_about
from voordeur.vocabulary import Context, Violence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("directory")]

FILE = Path(__file__).resolve().parents[2] / "vignettes" / "vignettes.json"
DOORS = load_doors(settings.CONTENT / "doors").doors
VIGNETTES = json.loads(FILE.read_text(encoding="utf-8"))


def test_every_vignette_passes(voordeur: Callable[..., Any]) -> None:
    assert voordeur("vignettes", FILE) == (0, f"{len(VIGNETTES)} situations, {len(VIGNETTES)} passed, 0 failed\n", "")


@pytest.mark.parametrize("file", ["vignettes.json", "more.json"])
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.id)
def test_whom_a_door_is_for_finds_the_same_right_help_by_that_door(
    voordeur: Callable[..., Any], door: Door, file: str
) -> None:
    written = json.loads((FILE.parent / file).read_text(encoding="utf-8"))
    count = sum(
        is_about(door.scope, one.situation) for one in read_situations(written, areas_at_hand().of, moment_now())
    )
    assert 0 < count < len(written) or door.is_central
    said = voordeur("vignettes", FILE.parent / file, "--door", door.id)
    assert said == (0, f"{count} situations, {count} passed, 0 failed\n", "")


def test_a_door_fills_in_what_a_person_did_not_say_and_leaves_the_rest() -> None:
    guide = load_guide(settings.CONTENT / "guide" / "guide.toml")
    sport = next(door for door in DOORS if door.id == "sport")
    silent, told = read_situations(
        [{"role": "victim"}, {"role": "victim", "context": "work", "violence": ["stalking"]}],
        areas_at_hand().of,
        moment_now(),
    )
    assert by_door(silent, sport, guide).situation.context is Context.SPORT
    assert Violence.TRANSGRESSIVE_BEHAVIOUR in by_door(silent, sport, guide).situation.violence
    assert by_door(told, sport, guide).situation.context is Context.WORK
    assert by_door(told, sport, guide).situation.violence == {Violence.STALKING}


def test_a_door_that_is_not_there_is_one_sentence(voordeur: Callable[..., Any]) -> None:
    said = voordeur("vignettes", FILE, "--door", "moon")
    assert (said.code, said.err) == (2, "voordeur: There is no door “moon” in content/doors.\n")


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        ({"must_include": ["chris"]}, "must_include: chris is not in the list"),
        ({"must_lead_with_any": ["chris"]}, "must_lead_with_any: none of chris is among the first three"),
        ({"must_not_include": ["politie"]}, "must_not_include: politie is in the list"),
        ({"must_not_lead": ["veilig-thuis", "politie", "fier"]}, "must_not_lead: "),
        ({"must_say_gap": ["shelter_access"]}, "must_say_gap: shelter_access is not said"),
        ({"open_now": {"politie": False}}, "open_now: politie is open, expected closed"),
        ({"open_now": {"politie": None}}, "open_now: politie is open, expected not known"),
        ({"open_now": {"nobody": True}}, "open_now: nobody is not in the directory, expected open"),
        ({"min_results": 1000}, "min_results: "),
    ],
)
def test_an_expectation_that_is_not_met_is_named(
    voordeur: Callable[..., Any], tmp_path: Path, expect: dict[str, Any], line: str
) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps([VIGNETTES[0] | {"expect": expect}]), encoding="utf-8")
    said = voordeur("vignettes", path)
    assert said.code == 1
    assert f"\n{said.out}".count(f"\nv001: {line}") >= 1
    assert said.out.endswith("1 situations, 0 passed, 1 failed\n")


def test_an_emergency_that_is_not_shown_is_named(voordeur: Callable[..., Any], tmp_path: Path) -> None:
    calm = VIGNETTES[1] | {"expect": {"must_show_emergency": True}}
    path = tmp_path / "calm.json"
    path.write_text(json.dumps([calm]), encoding="utf-8")
    said = voordeur("vignettes", path)
    assert said.out.startswith("v002: must_show_emergency: ")
    assert said.code == 1


def test_one_can_be_shown_with_its_answer(voordeur: Callable[..., Any]) -> None:
    said = voordeur("vignettes", FILE, "--show", "v012")
    shown, _, count = said.out.rstrip("\n").rpartition("\n")
    assert (said.code, count) == (0, "1 situations, 1 passed, 0 failed")
    assert json.loads(shown)["id"] == "v012"


def test_one_that_is_not_there_and_one_without_expectations_are_sentences(
    voordeur: Callable[..., Any], tmp_path: Path
) -> None:
    said = voordeur("vignettes", FILE, "--show", "v999")
    assert (said.code, said.err.count("\n")) == (2, 1)
    path = tmp_path / "bare.json"
    path.write_text('[{"role": "victim", "situation": {}}]', encoding="utf-8")
    assert voordeur("vignettes", path).err == "voordeur: situation 1: expect: an object is expected.\n"
