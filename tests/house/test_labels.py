"""Every word that can reach a screen has words for people (faces/labels.py)."""

from __future__ import annotations

import tomllib
from enum import StrEnum

import pytest

from tests.house.repository import PACKAGE
from voordeur import vocabulary
from voordeur.faces.labels import LABELS, REASONS
from voordeur.faces.language import OWN_NAMES

KINDS = [one for one in vars(vocabulary).values() if isinstance(one, type) and issubclass(one, StrEnum)]
WORDS = [kind for kind in KINDS if kind is not StrEnum]
RULES = tomllib.loads((PACKAGE / "rules" / "matching_rules.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", WORDS)
def test_every_word_of_the_vocabulary_has_a_label(kind: type[StrEnum]) -> None:
    labels = LABELS.get(kind, {})
    assert {word.value for word in kind if not labels.get(word.value, "").strip()} == set()


@pytest.mark.parametrize("kind", WORDS)
def test_no_label_stands_for_a_word_that_is_gone(kind: type[StrEnum]) -> None:
    assert set(LABELS.get(kind, {})) - {word.value for word in kind} == set()


def test_every_reason_of_the_rules_has_a_label() -> None:
    reasons = {rule["reason"] for rule in RULES["rules"] if "reason" in rule}
    assert reasons
    assert {reason for reason in reasons if not REASONS.get(reason, "").strip()} == set()


def test_every_gap_that_the_rules_can_say_is_a_word_of_the_vocabulary() -> None:
    assert {gap["say"] for gap in RULES["gaps"]} <= {gap.value for gap in vocabulary.Gap}


def test_every_language_has_a_name_of_its_own() -> None:
    assert set(vocabulary.LANGUAGES) - set(OWN_NAMES) == set()


def test_no_label_calls_a_person_a_victim_or_a_perpetrator() -> None:
    said = [text.lower() for texts in LABELS.values() for text in texts.values()] + [
        text.lower() for text in REASONS.values()
    ]
    assert [text for text in said if any(word in text for word in ("victim", "perpetrator", "offender"))] == []
