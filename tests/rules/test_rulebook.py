"""The rules as data: the file of the house is whole, and a broken one is refused with the place named."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.rules.plain_directory import FOLDER, plain_candidates
from tests.rules.second_interpreter import rules_file
from voordeur import vocabulary as v
from voordeur.rules.rulebook import RULES_FILE, RulebookError, load_rulebook, rulebook_from
from voordeur.rules.situation import Situation, terms

FOUND = {"field": "help", "has": ["care"]}
WORDS: dict[str, set[str]] = {
    "role": set(v.Role),
    "violence": set(v.Violence),
    "context": set(v.Context),
    "relation": set(v.Relation),
    "groups": set(v.Group),
    "need": set(v.Need),
    "when": set(v.When),
    "phase": {"1", "2", "3"},
    "acute": {"yes", "no"},
    "language": set(v.LANGUAGES),
    "anonymous": {"required", "free"},
    "place": {"known", "unknown"},
    "faith": {str(one) for one in v.FAITHS},
    "age_group": {"grown_up"},
    "age_known": {"yes", "no"},
}


def conditions() -> list[dict[str, list[str]]]:
    """Every condition in the file."""
    file = rules_file()
    found = []
    for one in (*file["derive"], *file["rules"], *file["gaps"]):
        unless = one.get("unless", [])
        found += [one.get("if", {}), *([unless] if isinstance(unless, dict) else unless)]
    return found


def test_the_rulebook_of_the_house_is_whole() -> None:
    book = load_rulebook()
    assert book.version
    assert len(book.rules) == len(rules_file()["rules"])
    assert {one.gap for one in book.gaps} == {str(gap) for gap in v.Gap}


def test_every_condition_speaks_of_a_term_and_a_code_that_exist() -> None:
    derived = {term: codes for one in rules_file()["derive"] for term, codes in one["add"].items()}
    known = {*terms(Situation()), *derived}
    for condition in conditions():
        for term, codes in condition.items():
            assert term in known, condition
            assert set(codes) <= {"*", *WORDS.get(term, set(codes))}, condition


def test_every_set_of_candidates_looks_at_a_field_that_a_service_has_and_at_a_term_that_exists() -> None:
    fields = {name for one in plain_candidates() for name in one.fields} | {"ways", "open_ways", "unknown_ways"}
    for name, one in rules_file()["predicates"].items():
        assert one["field"] in fields, name
        assert one.get("meets", one.get("within", "role")) in terms(Situation()), name


def test_no_rule_knows_an_organisation() -> None:
    text = "".join(path.read_text("utf-8") for path in RULES_FILE.parent.glob("*.*"))
    parsed = str(tomllib.loads(RULES_FILE.read_text("utf-8")))
    for path in FOLDER.glob("*.toml"):
        assert f"'{path.stem}'" not in parsed
        assert f'"{path.stem}"' not in text


def broken(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"predicates": {"gives_care": FOUND}, "rules": [{"do": "fit", "points": 3}]}
    return {**data, **changes}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (broken(predicates={"x": "care"}), r"predicates\.x"),
        (broken(predicates={"x": {"has": ["care"]}}), r"predicates\.x"),
        (broken(predicates={"x": {"field": "help"}}), r"predicates\.x"),
        (broken(predicates={"x": {"field": "help", "has": ["care"], "empty": True}}), r"predicates\.x"),
        (broken(predicates={"x": {"field": "help", "like": "care"}}), r"predicates\.x"),
        (broken(rules=[{"do": "fit", "points": 1}, {"do": "love"}]), "rule 2: “do”"),
        (broken(rules=[{"points": 1}]), "rule 1: “do”"),
        (broken(rules=[{"do": "hold", "points": 1}]), "rule 1: “hold”"),
        (broken(rules=[{"do": "fit", "points": 501}]), "rule 1: points"),
        (broken(rules=[{"do": "fit", "points": 1.5}]), "rule 1: points"),
        (broken(rules=[{"do": "fit", "points": "3"}]), "rule 1: points"),
        (broken(rules=[{"do": "fit", "candidates": ["gives_car"]}]), "rule 1: .*gives_car"),
        (broken(rules=[{"do": "fit", "candidates": ["!gives_car"]}]), "rule 1: .*gives_car"),
        (broken(rules=[{"do": "fit", "if": ["victim"]}]), "rule 1: a table"),
        (broken(rules=[{"do": "fit", "unless": [["victim"]]}]), "rule 1: a table"),
        (broken(derive=[{"if": "x", "add": {}}]), "derive 1: a table"),
        (broken(gaps=[{"say": "shelter_access", "candidates": ["nobody"]}]), "shelter_access: .*nobody"),
    ],
)
def test_a_broken_rulebook_is_refused_with_its_place(data: dict[str, Any], place: str) -> None:
    with pytest.raises(RulebookError, match=place):
        rulebook_from(data)


def test_a_small_rulebook_is_read() -> None:
    data = broken(rules=[{"do": "wish", "points": -4, "candidates": ["!gives_care"], "unless": {"acute": ["yes"]}}])
    (rule,) = rulebook_from(data).rules
    assert (rule.stage, rule.points, rule.candidates, rule.reason) == ("wish", -4, (("gives_care", False),), None)
    assert rule.unless == ({"acute": frozenset({"yes"})},)


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("rules = [", encoding="utf-8")
    with pytest.raises(tomllib.TOMLDecodeError):
        load_rulebook(path)
