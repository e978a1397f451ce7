"""The sentences at hand: each in every language, and none that asks for a reason, promises, or names a person."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.repository import CONTENT
from voordeur.faces.desk.phrases import LANGUAGES, MOMENTS, PhrasesBroken, phrases, read_phrases

FILE = CONTENT / "desk" / "phrases.toml"
_TEXTS = "".join(f'[phrase.{language}]\ntitle = "t"\ntext = "x"\n' for language in LANGUAGES)
ONE = f'[[phrase]]\nid = "a"\nmoment = "opening"\n{_TEXTS}'


def test_there_are_a_dozen_in_each_language_for_every_moment() -> None:
    for language in LANGUAGES:
        mine = [one for one in phrases() if one.language == language]
        assert len(mine) >= 12
        assert {one.moment for one in mine} == set(MOMENTS)


@pytest.mark.parametrize(
    "never",
    [
        r"\bwaarom\b", r"\bwhy\b", r"slachtoffer|victim|dader|perpetrator", r"belo(of|ven)|promise", r"altijd|always",
        r"je bent (nu )?veilig|you are safe", r"komt goed|will be (fine|alright|okay)", r"\d{3}", r"moet je|you must",
        r"kom terug|come back",
    ],
)  # fmt: skip
def test_no_sentence_blames_promises_or_presses(never: str) -> None:
    assert [one.id for one in phrases() if re.search(never, f"{one.title} {one.text}", re.IGNORECASE)] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace('moment = "opening"', 'moment = "later"'), "opening, asking"),
        (lambda text: text + text, "an id of its own"),
        (lambda text: text.replace("[phrase.en]", "[phrase.fr]"), "nl, en"),
        (lambda text: text.replace('text = "x"', 'text = ""', 1), "a text of 1 to 400"),
        (lambda text: text.replace('title = "t"', 'title = 5', 1), "a title of 1 to 40"),
        (lambda text: "", "[[phrase]]"),
        (lambda text: text + "[", "phrases.toml"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_what_is_expected(change: object, told: str, tmp_path: Path) -> None:
    path = tmp_path / "phrases.toml"
    path.write_text(ONE)
    assert len(read_phrases(path)) == 2
    path.write_text(change(ONE))  # type: ignore[operator]
    with pytest.raises(PhrasesBroken) as broken:
        read_phrases(path)
    assert told in str(broken.value)


def test_the_file_of_this_repository_can_be_used() -> None:
    assert len(read_phrases(FILE)) == len(phrases())
