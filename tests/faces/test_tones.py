"""How a door speaks: a tone's words go over the plain ones, and what it does not say stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from voordeur.faces.language import translations
from voordeur.faces.rendering import environment
from voordeur.faces.tones import PLAIN, Tone, ToneError, load_tones, tone_from, words_in

TONES = settings.CONTENT / "tones"
BEGIN, NEXT = "Begin again", "Leave now"


def test_the_plain_tone_has_no_file_and_is_always_there(tmp_path: Path) -> None:
    assert load_tones(tmp_path) == {PLAIN: Tone(PLAIN)}
    assert set(load_tones(TONES)) == {"adult", "child", "older", "young"}
    assert words_in(TONES, "nl", PLAIN) is translations("nl")


@pytest.mark.parametrize("tone", ["child", "older", "young"])
def test_every_tone_that_we_ship_speaks_dutch_and_english(tone: str) -> None:
    assert load_tones(TONES)[tone].languages == {"nl", "en"}


def test_a_tone_says_its_own_words_and_else_the_plain_ones() -> None:
    child, plain = words_in(TONES, "nl", "child").gettext, translations("nl").gettext
    assert (plain(BEGIN), child(BEGIN)) == ("Opnieuw beginnen", "Weer naar het begin")
    assert child(NEXT) == plain(NEXT) == "Snel weg"
    assert words_in(TONES, "en", "child").gettext(BEGIN) == "Back to the start"
    plural = "%(num)s more place for help", "%(num)s more places for help", 2
    assert words_in(TONES, "nl", "child").ngettext(*plural) == translations("nl").ngettext(*plural)


def test_a_language_without_words_of_a_tone_is_plain() -> None:
    assert words_in(TONES, "tr", "child") is translations("tr")


def test_templates_are_read_in_the_words_that_they_are_given(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text('{{ _("Begin again") }}', encoding="utf-8")
    said = [
        environment(tmp_path, "nl", words_in(TONES, "nl", tone)).get_template("one.html").render()
        for tone in ("child", "adult", "young")
    ]
    assert said == ["Weer naar het begin", "Opnieuw beginnen", "Terug naar start"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("loud", {"volume": 11}, "knows no volume"),
        ("adult", {}, "the plain tone has no words of its own"),
        ("loud", {"longest_sentence": 4}, "from 5 to 20"),
        ("loud", {"longest_sentence": True}, "from 5 to 20"),
        ("loud", {"pages": {"nl": {"Next": ""}}}, "must hold lines of texts"),
        ("loud", {"pages": ["nl"]}, "must hold lines of texts"),
        ("loud", {"guide": {"when": "Wanneer?"}}, "must hold lines of texts"),
    ],
)
def test_a_tone_that_cannot_be_used_says_why(name: str, data: dict[str, object], said: str) -> None:
    with pytest.raises(ToneError, match=said):
        tone_from(name, data)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "loud.toml").write_text("longest_sentence = ", encoding="utf-8")
    with pytest.raises(ToneError, match=r"loud\.toml: "):
        load_tones(tmp_path)
