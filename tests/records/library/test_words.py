"""How common the words of the library are (face.md L4): measured against the 5,000 most frequent words of a language.

The frequencies come from `wordfreq`, used here only and not passed on (its data is share-alike).
"""

import re
import statistics
import tomllib
from pathlib import Path

import pytest

from voordeur.records.library.page_files import LibraryPage, load_library

wordfreq = pytest.importorskip("wordfreq", reason="wordfreq is not installed: rare words are not measured")
FOLDER = Path(__file__).resolve().parents[3] / "content" / "library"
LIBRARY = load_library(FOLDER)


def words(page: LibraryPage) -> list[str]:
    """The words that a reader meets, small, of two letters or more."""
    text = " ".join([*(part.html for part in page.parts), *page.signs, *(line for _, line in page.easy)])
    return [
        word for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", re.sub(r"<[^>]+>", " ", text).lower()) if len(word) > 1
    ]


def shares(language: str) -> dict[str, float]:
    """For each page the share of its words that are common or explained."""
    known = set(wordfreq.top_n_list(language, 5000))
    known |= set(tomllib.loads((FOLDER / "glossary.toml").read_text(encoding="utf-8"))[language])
    found = {}
    for page in LIBRARY.pages[language].values():
        all_words = words(page)
        found[page.id] = sum(word in known for word in all_words) / len(all_words)
    return found


@pytest.mark.parametrize("language", ["nl", "en"])
def test_nine_of_ten_words_of_every_page_are_common(language: str) -> None:
    assert {name: round(share, 3) for name, share in shares(language).items() if share < 0.9} == {}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_half_of_the_pages_have_at_most_one_rare_word_in_twenty(language: str) -> None:
    assert statistics.median(shares(language).values()) >= 0.95


def test_the_measure_sees_a_page_of_rare_words() -> None:
    assert "subsidiariteitsbeginsel" not in wordfreq.top_n_list("nl", 5000)
