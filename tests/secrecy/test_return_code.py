"""Return codes: make, read, check, derive. The codes here are made up."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voordeur.secrecy import return_code
from voordeur.secrecy.return_code import (
    CodeUnreadable,
    ReturnCode,
    code_in,
    in_digits,
    in_words,
    load_word_lists,
    lookup,
    new_code,
    opening_key,
    read_code,
)

ROOT = Path(__file__).resolve().parents[2]
LISTS = load_word_lists(ROOT / "content" / "words")
VECTORS: list[dict[str, Any]] = json.loads((ROOT / "tests" / "vectors" / "return_code.json").read_text("utf-8"))
SERVER_KEY = bytes(range(32))
SALT = bytes(16)
LANGUAGES = sorted(LISTS)

codes = st.binary(min_size=15, max_size=15).map(lambda chance: new_code(lambda _: chance))
languages = st.sampled_from(LANGUAGES)
fast = settings(deadline=None)


def made(text: str) -> ReturnCode:
    """The code that belongs to a text, always the same."""
    return new_code(lambda count: hashlib.sha256(text.encode()).digest()[:count])


CODE = made("one")
WORDS = {language: in_words(CODE, LISTS[language]) for language in LANGUAGES}


# Known answers


@pytest.mark.parametrize("known", VECTORS, ids=lambda known: str(known["chance"])[:6])
def test_known_answers_stay_as_they_are(known: dict[str, Any]) -> None:
    code = new_code(lambda _: bytes.fromhex(known["chance"]))
    assert list(code.numbers) == known["numbers"]
    assert code.lookup_part.hex() == known["lookup_part"]
    assert code.secret_part.hex() == known["secret_part"]
    assert " ".join(in_words(code, LISTS["nl"])) == known["nl"]
    assert " ".join(in_words(code, LISTS["en"])) == known["en"]
    assert " ".join(in_digits(code)) == known["digits"]
    for spelling in ("nl", "en", "digits"):
        assert read_code(known[spelling], LISTS) == code
    assert lookup(code, bytes.fromhex(known["server_key"])).hex() == known["lookup"]
    assert opening_key(code, bytes.fromhex(known["salt"])).hex() == known["opening_key"]


@given(st.binary(min_size=15, max_size=15))
@fast
def test_the_bits_stand_in_the_order_that_is_written(chance: bytes) -> None:
    code = new_code(lambda _: chance)
    bits = "".join(f"{number:011b}" for number in code.numbers)
    assert bits[:113] == "".join(f"{byte:08b}" for byte in chance)[:113]
    assert int.from_bytes(code.lookup_part, "big") == int(bits[:22], 2)
    assert int.from_bytes(code.secret_part, "big") == int(bits[22:113], 2)
    whole = b"voordeur code 1\0" + int(bits[:113], 2).to_bytes(15, "big")
    assert int(bits[113:], 2) == hashlib.sha256(whole).digest()[0]


def _hkdf(key: bytes, label: bytes) -> bytes:
    """RFC 5869 by hand: no salt, one block."""
    return hmac.digest(hmac.digest(bytes(32), key, "sha256"), label + b"\1", "sha256")


def test_the_lookup_is_an_hmac_under_a_key_of_its_own() -> None:
    wanted = hmac.digest(_hkdf(SERVER_KEY, b"voordeur lookup 1"), CODE.lookup_part, "sha256")
    assert lookup(CODE, SERVER_KEY) == wanted
    assert lookup(CODE, bytes(32)) != wanted


# Chance


def test_the_secret_has_at_least_ninety_bits_and_shares_none_with_the_lookup() -> None:
    assert return_code.SECRET_BITS >= 90
    assert return_code.LOOKUP_BITS + return_code.SECRET_BITS + return_code.CHECKSUM_BITS == 121
    base = new_code(lambda _: bytes(15))
    moved_lookup = moved_secret = 0
    for bit in range(120):
        other = new_code(lambda _, bit=bit: (1 << 119 - bit).to_bytes(15, "big"))  # type: ignore[misc]
        moved_lookup += other.lookup_part != base.lookup_part
        moved_secret += other.secret_part != base.secret_part
        assert other.lookup_part == base.lookup_part or other.secret_part == base.secret_part
    assert (moved_lookup, moved_secret) == (22, 91)


def test_every_bit_of_a_new_code_falls_both_ways() -> None:
    seen = [0] * (11 * 11)
    for _ in range(400):
        for place, bit in enumerate("".join(f"{number:011b}" for number in new_code().numbers)):
            seen[place] += bit == "1"
    assert min(seen) > 100
    assert max(seen) < 300


def test_chance_comes_from_the_system_unless_given() -> None:
    assert new_code.__defaults__ == (secrets.token_bytes,)
    asked: list[int] = []

    def source(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    new_code(source)
    assert asked == [15]


# Checksum


def test_a_wrong_word_is_found_with_the_chance_that_is_promised() -> None:
    tried = missed = 0
    for place in range(11):
        for number in range(2048):
            if number != CODE.numbers[place]:
                tried += 1
                changed = (*CODE.numbers[:place], number, *CODE.numbers[place + 1 :])
                try:
                    ReturnCode(changed)
                    missed += 1
                except CodeUnreadable as error:
                    assert error.place is None
    assert 0.5 < missed / tried * 256 < 1.6


def test_an_error_in_the_checksum_alone_is_always_found() -> None:
    for flip in range(1, 256):
        with pytest.raises(CodeUnreadable):
            ReturnCode((*CODE.numbers[:-1], CODE.numbers[-1] ^ flip))


@pytest.mark.parametrize(
    ("numbers", "place"),
    [((), None), ((1,) * 10, None), ((1,) * 12, None), ((-1, *(0,) * 10), 1), ((*(0,) * 10, 2048), 11)],
)
def test_other_numbers_make_no_code(numbers: tuple[int, ...], place: int | None) -> None:
    with pytest.raises(CodeUnreadable) as caught:
        ReturnCode(numbers)
    assert caught.value.place == place


# Reading what somebody typed


@given(codes, languages)
@fast
def test_a_code_reads_back_from_its_words_in_every_language(code: ReturnCode, language: str) -> None:
    assert read_code(" ".join(in_words(code, LISTS[language])), LISTS) == code


@given(codes, st.sampled_from(["", " ", "-", ", ", "\n", " / ", "\t", "."]))
@fast
def test_a_code_reads_back_from_its_digits(code: ReturnCode, between: str) -> None:
    assert all(re.fullmatch(r"[0-9]{4}", group) for group in in_digits(code))
    assert read_code(between.join(in_digits(code)), LISTS) == code


def _numbered(words: list[str]) -> str:
    return "\n".join(f"{place}. {word}" for place, word in enumerate(words, start=1))


def _accented(word: str) -> str:
    return word.replace("e", "é").replace("o", "ö").replace("a", "a\u0300")


MANGLED: dict[str, Callable[[list[str]], str]] = {
    "capitals": lambda words: " ".join(words).upper(),
    "first capitals": lambda words: " ".join(words).title(),
    "accents": lambda words: " ".join(map(_accented, words)),
    "four letters": lambda words: " ".join(word[:4] for word in words),
    "four letters or more": lambda words: " ".join(word[: 4 + place % 3] for place, word in enumerate(words)),
    "commas": ",".join,
    "hyphens": "-".join,
    "lines": "\r\n".join,
    "wide spaces": lambda words: "\u00a0 \u3000\t".join(words),
    "numbered": _numbered,
    "numbered without a space": lambda words: " ".join(f"{place}{word}" for place, word in enumerate(words, start=1)),
    "full width": lambda words: " ".join("".join(chr(ord(sign) + 0xFEE0) for sign in word) for word in words),
    "soft hyphens": lambda words: " ".join(f"{word[:2]}\u00ad{word[2:]}" for word in words),
    "signs that nobody sees": lambda words: "\u200b".join(words) + "\ufeff\u200e",
    "in a sentence": lambda words: f"<b>My code is: {' '.join(words)}.</b> Thank you!",
}


@given(codes, languages, st.sampled_from(sorted(MANGLED)))
@fast
def test_spelling_does_not_matter(code: ReturnCode, language: str, way: str) -> None:
    assert read_code(MANGLED[way](list(in_words(code, LISTS[language]))), LISTS) == code


@pytest.mark.parametrize("zero", ["٠", "۰", "０", "०"], ids=["arabic", "persian", "full width", "devanagari"])
def test_digits_of_other_scripts_are_digits(zero: str) -> None:
    typed = " ".join("".join(chr(ord(zero) + int(digit)) for digit in group) for group in in_digits(CODE))
    assert read_code(typed, LISTS) == CODE
    assert read_code(typed.replace(" ", ""), LISTS) == CODE


def test_numbered_groups_of_digits_are_read() -> None:
    assert read_code(_numbered(list(in_digits(CODE))), LISTS) == CODE


def test_a_page_with_both_words_and_digits_is_read() -> None:
    assert read_code(_numbered(list(WORDS["nl"])) + "\nOr: " + " ".join(in_digits(CODE)), LISTS) == CODE


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", range(1, 11 + 1))
def test_the_word_that_is_not_in_the_list_is_named(language: str, place: int) -> None:
    words = list(WORDS[language])
    words[place - 1] = "qqqqzx"
    with pytest.raises(CodeUnreadable) as caught:
        read_code(" ".join(words), LISTS)
    assert caught.value.place == place
    assert "qqqqzx" not in str(caught.value)


def test_two_words_that_change_places_are_found_but_not_named() -> None:
    words = WORDS["en"]
    with pytest.raises(CodeUnreadable) as caught:
        read_code(" ".join([words[1], words[0], *words[2:]]), LISTS)
    assert caught.value.place is None


@pytest.mark.parametrize("group", ["0000", "2049", "9999"])
def test_a_group_that_is_no_number_of_a_word_is_named(group: str) -> None:
    with pytest.raises(CodeUnreadable) as caught:
        read_code(" ".join([*in_digits(CODE)[:4], group, *in_digits(CODE)[5:]]), LISTS)
    assert caught.value.place == 5


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "appel",
        " ".join(WORDS["nl"][:10]),
        "".join(in_digits(CODE))[:43],
        "qqqq " * 11,
        "\ud800" * 50,
        "\0" * 9,
    ],
)
def test_what_is_no_code_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(CodeUnreadable) as caught:
        read_code(typed, LISTS)
    assert caught.value.place is None


def test_without_any_list_words_are_no_code_and_digits_still_are() -> None:
    assert read_code(" ".join(in_digits(CODE)), {}) == CODE
    with pytest.raises(CodeUnreadable):
        read_code(" ".join(WORDS["nl"]), {})


def test_no_more_than_two_thousand_signs_are_read() -> None:
    said = " ".join(WORDS["nl"])
    assert read_code(" " * (2_000 - len(said)) + said, LISTS) == CODE
    with pytest.raises(CodeUnreadable):
        read_code(" " * 2_000 + said, LISTS)


alphabet = st.one_of(
    st.characters(),
    st.characters(categories=["Cs", "Nd", "No", "Nl", "Mn", "Mc", "Cf", "Lm"]),
    st.sampled_from("0123456789\ufdfaĳßﬁ①²½Ⅷ٣۴४ \n-"),
)
shards = st.sampled_from([*WORDS["nl"], *WORDS["en"], *in_digits(CODE), "1.", "99999"])


@given(st.one_of(st.text(alphabet, max_size=2_500), st.lists(st.one_of(shards, st.text(alphabet)), max_size=40)))
@settings(deadline=None, max_examples=400)
def test_nothing_but_unreadable_comes_of_any_text(typed: str | list[str]) -> None:
    try:
        read_code(typed if isinstance(typed, str) else " ".join(typed), LISTS)
    except CodeUnreadable as error:
        assert error.place is None or 1 <= error.place <= 11


# Nothing shows the code


def test_no_text_form_shows_the_code() -> None:
    for shown in (repr(CODE), str(CODE), f"{CODE}", f"{[CODE]}", f"{CODE!r:>40}"):
        assert "hidden" in shown
        assert not any(str(number) in shown for number in CODE.numbers)


def test_no_exception_tells_what_was_typed() -> None:
    told = []
    for typed in (" ".join([*WORDS["nl"][:10], "qqqqzx"]), " ".join(reversed(WORDS["nl"])), " ".join(WORDS["en"][:9])):
        with pytest.raises(CodeUnreadable) as caught:
            read_code(typed, LISTS)
        told += [f"{caught.value!r} {caught.value.args} {caught.value.__cause__}"]
    for word in {*WORDS["nl"], *WORDS["en"], "qqqqzx"} - {"word", "code", "list"}:
        assert not any(re.search(rf"\b{word}\b", one) for one in told)


# Keys


def test_one_code_opens_differently_with_another_salt_and_the_same_with_the_same() -> None:
    first = opening_key(CODE, SALT)
    assert len(first) == 32
    assert opening_key(read_code(" ".join(WORDS["en"]), LISTS), SALT) == first
    assert opening_key(CODE, bytes([*SALT[:-1], 1])) != first
    assert opening_key(made("two"), SALT) != first


def test_the_opening_key_does_not_hang_on_the_lookup_nor_the_lookup_on_the_secret() -> None:
    code = new_code(lambda _: bytes(15))
    other_lookup = new_code(lambda _: b"\x80" + bytes(14))
    other_secret = new_code(lambda _: bytes(14) + b"\x80")
    assert opening_key(other_lookup, SALT) == opening_key(code, SALT)
    assert lookup(other_lookup, SERVER_KEY) != lookup(code, SERVER_KEY)
    assert lookup(other_secret, SERVER_KEY) == lookup(code, SERVER_KEY)
    assert other_secret.secret_part != code.secret_part


def test_the_slow_step_costs_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (return_code.ARGON2_MEMORY_KIB, return_code.ARGON2_ITERATIONS, return_code.ARGON2_LANES) == (131_072, 2, 1)
    now = opening_key(CODE, SALT)
    monkeypatch.setattr(return_code, "ARGON2_ITERATIONS", 1)
    assert opening_key(CODE, SALT) != now
    monkeypatch.undo()
    monkeypatch.setattr(return_code, "ARGON2_MEMORY_KIB", 65_536)
    assert opening_key(CODE, SALT) != now


@pytest.mark.parametrize("salt", [b"", bytes(16 - 1), bytes(16 + 1)])
def test_a_salt_of_another_length_is_refused(salt: bytes) -> None:
    with pytest.raises(ValueError, match="salt"):
        opening_key(CODE, salt)


def test_a_short_key_of_the_server_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        lookup(CODE, bytes(31))


# A message that gives the code away


@given(codes, languages, st.sampled_from(sorted(MANGLED)))
@fast
def test_a_message_with_the_code_gives_it_away(code: ReturnCode, language: str, way: str) -> None:
    said = MANGLED[way](list(in_words(code, LISTS[language])))
    assert code_in(f"Hoi, dit is het: {said} Groetjes", code.numbers, LISTS)


@pytest.mark.parametrize("between", ["", " ", "-", "\n", ", 3: "])
def test_digits_give_it_away(between: str) -> None:
    assert code_in("bewaar " + between.join(in_digits(CODE)[3:9]) + " goed", CODE.numbers, LISTS)


@pytest.mark.parametrize(
    "said",
    [
        " ".join(WORDS["nl"][:5]),
        " ".join(WORDS["en"][6:]),
        "".join(WORDS["nl"][2:8]),
        "".join(word[:4] for word in WORDS["nl"][2:8]),
        " ".join([*WORDS["nl"][:4], "qqqq", *WORDS["nl"][5:9]]),
        " en dan ".join(WORDS["nl"]),
        ", woord {} is ".join(WORDS["nl"][:6]),
        " ".join([*WORDS["nl"][:3], *WORDS["en"][3:5]]),
    ],
    ids=["five", "last five", "glued", "four letters glued", "one wrong", "words between", "told", "two languages"],
)
def test_most_of_a_code_gives_it_away_too(said: str) -> None:
    assert code_in(f"Mijn code was {said}, niet vergeten", CODE.numbers, LISTS)


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ".join(WORDS["nl"][:4]),
        " ".join(reversed(WORDS["nl"])),
        " ".join(in_digits(CODE)[:4]),
        " ".join(in_words(made("two"), LISTS["nl"])),
        "(een lange zin die over heel iets anders gaat) ".join(f"{word} " for word in WORDS["nl"]),
        "Bel me op 06 1234 5678 of 0800 2000, na 2026 1117 0930 uur",
    ],
    ids=["nothing", "four", "backwards", "four groups", "another code", "far apart", "phone numbers"],
)
def test_less_than_that_gives_nothing_away(said: str) -> None:
    assert not code_in(said, CODE.numbers, LISTS)


def test_no_page_of_the_library_gives_a_code_away() -> None:
    pages = [path.read_text("utf-8") for path in sorted((ROOT / "content" / "library").rglob("*.md"))]
    assert len(pages) > 10
    whole = "\n".join(pages)
    assert not any(code_in(whole, made(f"page {turn}").numbers, LISTS) for turn in range(4))


@given(st.text(alphabet, max_size=300), codes)
@fast
def test_any_text_can_be_looked_through(text: str, code: ReturnCode) -> None:
    assert not code_in(text, code.numbers, LISTS)
