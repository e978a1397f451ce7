"""What a machine says about the style of a page: sure where it is an error, careful elsewhere."""

from __future__ import annotations

import re
import statistics
import tomllib
from pathlib import Path

import pytest

from voordeur.records.library.page_files import LibraryPage, load_library
from voordeur.records.library.style import (
    WordsFileBroken,
    WordsToAvoid,
    load_words_to_avoid,
    style_findings,
)

LIBRARY = Path(__file__).resolve().parents[3] / "content" / "library"
AVOID = load_words_to_avoid(LIBRARY / "words-to-avoid.toml")


def found(body: str, language: str = "nl", head: str = 'title = "Titel"\nlead = "Voor jou."') -> list[tuple[int, str]]:
    """Line and rule of each finding; the body begins in line 5."""
    text = f"+++\n{head}\n+++\n{body}"
    return [(one.line, one.rule) for one in style_findings(text, language, "nl/page.md", AVOID)]


def words(count: int) -> str:
    """A sentence of this many words."""
    return " ".join(["Je", *["loopt"] * (count - 1)]) + "."


def test_a_finding_reads_as_file_line_severity_rule_and_message() -> None:
    (one,) = style_findings("+++\n+++\nDe dader liep weg.", "nl", "nl/page.md", AVOID)
    assert str(one).startswith("nl/page.md:3: error: charged-word: “dader”; write: ")


@pytest.mark.parametrize(("count", "rules"), [(20, []), (21, [(5, "long-sentence")])])
def test_a_sentence_has_at_most_twenty_words(count: int, rules: list[tuple[int, str]]) -> None:
    assert found(words(count)) == rules


@pytest.mark.parametrize(("count", "rules"), [(10, []), (11, [(6, "easy-sentence")])])
def test_a_sentence_of_the_easier_version_has_at_most_ten_words(count: int, rules: list[tuple[int, str]]) -> None:
    assert found(f"## easy\n- [heart] {words(count)}") == rules


def test_title_and_lead_are_looked_at_and_the_codes_of_the_head_are_not() -> None:
    assert found("", head='for = ["victim"]\ntitle = "De dader"\nneed = ["perpetrator_help"]') == [(3, "charged-word")]
    assert found("", "en", head=f'for = ["victim"]\nlead = "{words(21)}"') == [(3, "long-sentence")]


def test_points_of_a_list_and_headings_are_no_part_of_a_sentence() -> None:
    points = "\n".join(f"- {words(8)[:-1]}" for _ in range(4))
    assert found(f"## {words(9)[:-1]}\n{words(9)[:-1]}:\n{points}\n") == []


def test_a_sentence_may_run_over_lines_and_is_counted_whole() -> None:
    assert found(f"Eerst dit.\n{words(12)[:-1]}\n{words(12)}") == [(6, "long-sentence")]


def test_two_sentences_in_a_line_are_two() -> None:
    assert found(f"{words(12)} {words(12)}") == []


def test_a_time_or_a_short_form_does_not_cut_a_word() -> None:
    assert found("Bel om 9.30 uur, of tussen 12:00 en 13:00 uur. " * 2) == []


@pytest.mark.parametrize(
    "text", ["Een slachtoffer.", "SLACHTOFFERS!", "De dader.", "Als pleger.", "Waarom heb je dat?"]
)
def test_a_charged_dutch_word_is_an_error(text: str) -> None:
    assert found(text) == [(5, "charged-word")]


@pytest.mark.parametrize(
    "text", ["Je bent veilig.", "Het komt goed.", "Niemand komt dit te weten.", "Je bent nu veilig"]
)
def test_a_promise_that_cannot_be_kept_is_an_error(text: str) -> None:
    assert found(text) == [(5, "charged-word")]


@pytest.mark.parametrize(
    "text", ["A victim.", "Perpetrators", "an Offender", "Why did you stay?", "You are safe.", "You’re safe", "Abuser"]
)
def test_a_charged_english_word_is_an_error(text: str) -> None:
    assert found(text, "en") == [(5, "charged-word")]


@pytest.mark.parametrize(
    "text",
    ["Slachtofferhulp Nederland helpt.", "Kijk bij Slachtofferwijzer.", "Het Fonds Slachtofferhulp.", "De verpleger."],
)
def test_the_name_of_an_organisation_and_a_word_that_only_looks_like_it_may_stand(text: str) -> None:
    assert found(text) == []


def test_a_word_is_charged_in_its_own_language_only() -> None:
    assert found("De dader.", "en") == [] and found("De dader.", "tr") == []


def test_what_a_card_says_to_avoid_may_be_quoted() -> None:
    assert found("## avoid\n- Waarom heb je niets gezegd?\n## ask\n- Waarom heb je niets gezegd?") == [
        (8, "charged-word")
    ]


ACTIVE = "Je kunt bellen. Iemand luistert naar je. Samen kijk je verder. Je kiest zelf wat je wilt. "


def test_many_passive_sentences_are_a_warning() -> None:
    passive = "Het gesprek wordt opgeschreven. Je wordt gebeld. "
    assert found(ACTIVE + passive) == [(5, "passive")]
    assert found(ACTIVE * 2 + "Je wordt gebeld.") == []


def test_words_that_look_like_a_participle_are_none() -> None:
    assert found(ACTIVE + "Je wordt bang van geweld. Het wordt geen bericht. Zo word je verliefd.") == []


def test_many_passive_english_sentences_are_a_warning() -> None:
    active = "You can call. Someone listens to you. Together you look on. You choose what you want. "
    assert found(active + "It is written down. You are not told.", "en") == [(5, "passive")]
    assert found(active + "You are scared. You were tired. You are worried.", "en") == []


def test_sentences_that_are_mostly_long_are_a_warning() -> None:
    assert found(words(13) + " " + "\n".join([words(13)] * 5)) == [(1, "usual-sentence")]
    assert found("\n".join([words(12)] * 6)) == []


@pytest.mark.parametrize(
    "text", ["", "+++", "+++\n+++", "\x00", "‮🙂" * 99, "- \n- []\n#\n>\n", "a" * 50_000, "[" * 5_000]
)
def test_any_text_is_taken_without_an_error(text: str) -> None:
    assert isinstance(style_findings(text, "nl", "x", AVOID), list)


@pytest.mark.parametrize(
    "text",
    ["nl = 1", "[nl]", '[nl]\n"" = "x"', '[nl]\n"word" = ""', "names = 1", "names = [1]", "[nl", '[nl]\n"*" = "x"'],
)
def test_a_broken_list_of_words_says_so_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "words-to-avoid.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WordsFileBroken, match=r"^words-to-avoid\.toml: "):
        load_words_to_avoid(path)


def test_an_empty_list_of_words_finds_nothing() -> None:
    assert style_findings("+++\n+++\nDe dader.", "nl", "x", WordsToAvoid((), {})) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_page_of_the_library_has_an_error_of_style(language: str) -> None:
    errors = []
    for path in sorted((LIBRARY / language).glob("*.md")):
        for one in style_findings(path.read_text(encoding="utf-8"), language, f"{language}/{path.name}", AVOID):
            if one.severity == "error":
                errors.append(str(one))
    assert errors == []


# ---------------------------------------------------------------- rare words
# The frequencies come from `wordfreq`, used here only and not passed on (its data is share-alike).


def words_of(page: LibraryPage) -> list[str]:
    """The words that a reader meets, small, of two letters or more."""
    text = " ".join([*(part.html for part in page.parts), *page.signs, *(line for _, line in page.easy)])
    return [
        word for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", re.sub(r"<[^>]+>", " ", text).lower()) if len(word) > 1
    ]


def shares(language: str) -> dict[str, float]:
    """For each page the share of its words that are common or explained."""
    wordfreq = pytest.importorskip("wordfreq", reason="wordfreq is not installed: rare words are not measured")
    known = set(wordfreq.top_n_list(language, 5000))
    known |= set(tomllib.loads((LIBRARY / "glossary.toml").read_text(encoding="utf-8"))[language])
    found = {}
    for page in load_library(LIBRARY).pages[language].values():
        all_words = words_of(page)
        found[page.id] = sum(word in known for word in all_words) / len(all_words)
    return found


@pytest.mark.parametrize("language", ["nl", "en"])
def test_nine_of_ten_words_of_every_page_are_common(language: str) -> None:
    assert {name: round(share, 3) for name, share in shares(language).items() if share < 0.9} == {}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_half_of_the_pages_have_at_most_one_rare_word_in_twenty(language: str) -> None:
    assert statistics.median(shares(language).values()) >= 0.95
