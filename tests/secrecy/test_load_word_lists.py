"""The lists of words of return codes: their laws, and what is said of a broken one."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from voordeur.secrecy.return_code import (
    WordList,
    WordListBroken,
    in_words,
    load_word_list,
    load_word_lists,
    new_code,
    read_code,
)

ROOT = Path(__file__).resolve().parents[2]
LISTS = load_word_lists(ROOT / "content" / "words")
LANGUAGES = sorted(LISTS)


def _unaccented(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


def _unwanted(language: str) -> tuple[set[str], tuple[str, ...]]:
    """Whole words and beginnings that tell of danger or that blame, from the lists of the library.

    Of an entry of more words none counts by itself: “at the airport” tells of danger there, “airport” does not here.
    """
    words: set[str] = set()
    for name in ("danger-words.toml", "words-to-avoid.toml"):
        said = tomllib.loads((ROOT / "content" / "library" / name).read_text("utf-8"))[language]
        for phrase in said:
            found = re.findall(r"[^\W\d_]+\*?", _unaccented(phrase.lower()))
            words |= set(found if len(found) == 1 else ())
    return words, tuple(word[:-1] for word in words if word.endswith("*"))


def test_there_are_lists_in_dutch_and_english() -> None:
    assert {"en", "nl"} <= set(LISTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_keeps_its_laws(language: str) -> None:
    words = LISTS[language].words
    assert len(words) == len(set(words)) == 2048
    assert len({_unaccented(word)[:4] for word in words}) == 2048
    assert list(words) == sorted(words)
    assert all(word.islower() and word.isalpha() and 4 <= len(word) <= 8 for word in words)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_no_word_of_a_list_tells_of_danger_or_blames(language: str) -> None:
    whole, beginnings = _unwanted(language)
    assert "knife" in whole or "messen" in whole
    assert [word for word in LISTS[language].words if word in whole or word.startswith(beginnings)] == []


HARD = {
    "en": """bed belt blood bomb bride broken child dark dead drown drunk father fear fire fist hammer
        hang hate hell hide home hurt husband kill kiss knife lock mother naked pain pill police
        rope scar scared secret sex shame shoot shut slap slave strike victim war whip widow wife
        wound""",
    "nl": """alleen angst baas bang bijl bloed bruid dader dood donker dronken gek geheim geld haat hoer
        huis kelder kind kooi koord lijk maagd moeder moord naakt oorlog pijn poes politie riem ring
        schop schuld seks slaan slang slot stil stok straf touw trap vader vies vlucht vrouw vuur
        wapen zweep""",
}


@pytest.mark.parametrize("language", sorted(HARD))
def test_no_word_of_a_list_hurts_or_frightens(language: str) -> None:
    assert set(HARD[language].split()) & set(LISTS[language].words) == set()


def _sound(word: str) -> str:
    """A Dutch word as it sounds, roughly: twins such as ei and ij, au and ou, d and t at the end are the same."""
    word = re.sub(r"([^aeiou])\1", r"\1", word.replace("ouw", "ou").replace("auw", "ou").replace("au", "ou"))
    word = word.replace("ij", "ei").replace("ch", "g").replace("ph", "f").replace("th", "t").replace("x", "ks")
    return re.sub(r"d$", "t", re.sub(r"b$", "p", re.sub(r"c(?![ei])", "k", word)))


def test_no_two_dutch_words_sound_the_same() -> None:
    assert _sound("hard") == _sound("hart")
    assert _sound("rauw") == _sound("rouw")
    assert _sound("leiden") == _sound("lijden")
    words = LISTS["nl"].words
    assert len({_sound(word) for word in words}) == len(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_another_with_an_ending(language: str) -> None:
    words = set(LISTS[language].words)
    endings = ("s", "es", "en", "n", "je", "tje", "ed", "d", "ing", "er", "r")
    assert [word + ending for word in words for ending in endings if word + ending in words] == []


# Reading a list


def _lines() -> list[str]:
    return ["# a remark", *LISTS["nl"].words]


BROKEN: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "one word short": (lambda lines: lines[:-1], r"nl.txt line 2048: 2047 words; add or take out"),
    "one word over": (lambda lines: [*lines, "zzzz"], r"nl.txt line 2050: 2049 words; add or take out"),
    "the same word": (lambda lines: [*lines[:2], lines[1], *lines[3:]], r"nl.txt line 3: .* begins like line 2; keep"),
    "a word alike": (lambda lines: [*lines[:2], lines[1][:4], *lines[3:]], r"nl.txt line 3: .* begins like line 2"),
    "a capital": (lambda lines: [lines[0], "Aalb", *lines[2:]], r"nl.txt line 2: .* write it small"),
    "an accent": (lambda lines: [lines[0], "aalé", *lines[2:]], r"nl.txt line 2: .* one word, nothing else"),
    "two words": (lambda lines: [lines[0], "aal bes", *lines[2:]], r"nl.txt line 2: .* one word, nothing else"),
    "an empty line": (lambda lines: [lines[0], "", *lines[2:]], r"nl.txt line 2: .* one word, nothing else"),
    "too short": (lambda lines: [lines[0], "aal", *lines[2:]], r"nl.txt line 2: .* has 3 letters; take a word of 4 to"),
    "too long": (lambda lines: [lines[0], "aalbessen", *lines[2:]], r"nl.txt line 2: .* has 9 letters; take a word"),
    "not sorted": (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], r"nl.txt line 3: .* sort the words"),
}


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_a_broken_list_is_refused_with_file_line_and_what_to_do(fault: str, tmp_path: Path) -> None:
    change, told = BROKEN[fault]
    file = tmp_path / "nl.txt"
    file.write_text("\n".join(change(_lines())) + "\n", encoding="utf-8")
    with pytest.raises(WordListBroken, match=told):
        load_word_list(file)


def test_a_whole_list_is_read_without_its_remarks(tmp_path: Path) -> None:
    file = tmp_path / "nl.txt"
    file.write_text("\n".join(_lines()) + "\n", encoding="utf-8")
    assert load_word_list(file) == WordList("nl", LISTS["nl"].words)


def test_a_list_of_another_alphabet_may_be_had(tmp_path: Path) -> None:
    signs = "абвгдежзиклмнопр"
    words = [a + b + c + "ток" for a in signs for b in signs for c in signs[:8]]
    (tmp_path / "bg.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    lists, code = load_word_lists(tmp_path), new_code()
    assert read_code(" ".join(in_words(code, lists["bg"])).upper(), lists) == code


def test_a_missing_or_unreadable_list_says_so(tmp_path: Path) -> None:
    with pytest.raises(WordListBroken, match="no list of words"):
        load_word_lists(tmp_path)
    with pytest.raises(WordListBroken, match=r"xx\.txt: cannot be read"):
        load_word_list(tmp_path / "xx.txt")
    (tmp_path / "nl.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WordListBroken, match=r"nl\.txt: cannot be read"):
        load_word_lists(tmp_path)


def test_a_list_shows_its_size_and_not_its_words() -> None:
    assert repr(LISTS["nl"]) == "WordList('nl', 2048 words)"
