"""Refusals of records and rules, in the language of the one who reads them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import voordeur
from voordeur.faces.desk.refusals import GONE_ON, SENTENCES, told

ROOT = Path(voordeur.__file__).parent
#: What only a page that is wrong can ask for: bytes of another kind, keys for others than are due.
NOT_FOR_PEOPLE = re.compile(
    r"bytes|sealed|wrapped|number of rounds|public key|older keys|readers that are due|a key for|escrow needs|"
    r"visitor always reads|visitor makes new keys|visitor writes to the desk"
)


def _refusals() -> set[str]:
    """Every sentence with which records and rules refuse a step; what is filled in is written as a number."""
    found = set()
    for path in [*ROOT.glob("records/**/*.py"), *ROOT.glob("rules/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in ("StepNotAllowed", "KeyNotUsable"):
                continue
            (sentence,) = node.args
            if isinstance(sentence, ast.JoinedStr):
                parts = [one.value if isinstance(one, ast.Constant) else "%(number)s" for one in sentence.values]
                found.add("".join(str(part) for part in parts))
            else:
                assert isinstance(sentence, ast.Constant), (path, node.lineno)
                found.add(str(sentence.value))
    return found


def test_every_refusal_that_a_person_can_meet_has_its_sentence() -> None:
    steps = {one for one in _refusals() if "cannot go to" in one}
    assert len(steps) == 1
    for_people = {one for one in _refusals() - steps if not NOT_FOR_PEOPLE.search(one)}
    assert for_people == set(SENTENCES)


@pytest.mark.parametrize("sentence", [*SENTENCES, GONE_ON])
def test_it_is_said_in_dutch(sentence: str) -> None:
    said = (
        sentence.replace("%(number)s", "14") if sentence != GONE_ON else "from “asked” the partner cannot go to “done”"
    )
    dutch = told(said, "nl")
    assert dutch not in (said, sentence) and "%" not in dutch
    assert ("14" in dutch) == ("14" in said)


def test_what_is_not_for_people_stays_as_it_is() -> None:
    assert told("a wrapped key has another length", "nl") == "a wrapped key has another length"
    assert told("“id”: 32 hexadecimal letters are expected", "nl") == "“id”: 32 hexadecimal letters are expected"
