"""The return code: the only key of a visitor, shown once and never stored.

Eleven numbers of 11 bits, shown as eleven words of a list or as eleven groups of four digits. The 121 bits, in order:

* 22 bits **lookup**: they find the conversation and open nothing. Two conversations may share them.
* 91 bits **secret**: they open it. All that may be kept of them is the public half of the key that they make.
* 8 bits **checksum** over all the others, so that a slip of the pen is seen before anything is looked up. It finds an
  error in one word (or in more) with a chance of 255 in 256; an error in the checksum's own bits alone is always found.

Plain Python; it keeps nothing, logs nothing and asks no clock. No text of an exception holds a part of a code.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NUMBERS = 11
BITS_EACH = 11
WORDS_IN_LIST = 1 << BITS_EACH
LOOKUP_BITS = 22
SECRET_BITS = 91
CHECKSUM_BITS = 8
DIGITS_EACH = 4
#: A word is known by its first four letters: no other word of its list begins so.
LETTERS_THAT_COUNT = 4
LONGEST_WORD = 8
#: More is never read of what somebody typed.
LONGEST_INPUT = 2_000

#: Argon2id (RFC 9106): 128 MiB, two passes, one lane; 0.22 s on one core when it was measured. A code has 91 bits of
#: chance already, so this is a second wall and not the first; whoever calls it limits how many run at the same time.
ARGON2_MEMORY_KIB = 128 * 1024
ARGON2_ITERATIONS = 2
ARGON2_LANES = 1
SALT_BYTES = 16
KEY_BYTES = 32

_CHECKSUM_LABEL = b"voordeur code 1\0"
_LOOKUP_LABEL = b"voordeur lookup 1"
_OPENING_LABEL = b"voordeur opening key 1"
#: A list in one of these languages holds the letters a to z alone.
_PLAIN_LETTERS = ("en", "nl")
#: A text gives a code away when this many of its words stand in it in order, with at most so many words in between.
_WORDS_GIVEN_AWAY = 5
_WORDS_BETWEEN = 4
#: Letters that people write one for the other and that Unicode does not take apart.
_ALIKE = str.maketrans("łøđħıيك", "lodhiیک")

_TOKEN = re.compile(r"[^\W\d_]+|\d+")


class CodeUnreadable(ValueError):
    """What was typed is no return code; `place` (1 to 11) is the first word or group that is not in the list."""

    def __init__(self, sentence: str, place: int | None = None) -> None:
        super().__init__(sentence)
        self.place = place


class WordListBroken(ValueError):
    """A file of words breaks a law of the lists: which file, which line, and what to do."""


@dataclass(frozen=True, slots=True, repr=False)
class ReturnCode:
    """A code whose checksum holds. Its text form hides it. Raises CodeUnreadable for any other eleven numbers."""

    numbers: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.numbers) != NUMBERS:
            raise CodeUnreadable("a code has eleven numbers")
        for place, number in enumerate(self.numbers, start=1):
            if not 0 <= number < WORDS_IN_LIST:
                raise CodeUnreadable("a number is too big or too small", place)
        if self._bits & ((1 << CHECKSUM_BITS) - 1) != _checksum(self._bits >> CHECKSUM_BITS):
            raise CodeUnreadable("the numbers do not belong together")

    def __repr__(self) -> str:
        return "ReturnCode(hidden)"

    @property
    def _bits(self) -> int:
        whole = 0
        for number in self.numbers:
            whole = whole << BITS_EACH | number
        return whole

    @property
    def lookup_part(self) -> bytes:
        """The 22 bits that find, in 3 bytes, big-endian."""
        return (self._bits >> SECRET_BITS + CHECKSUM_BITS).to_bytes(3, "big")

    @property
    def secret_part(self) -> bytes:
        """The 91 bits that open, in 12 bytes, big-endian."""
        return (self._bits >> CHECKSUM_BITS & ((1 << SECRET_BITS) - 1)).to_bytes(12, "big")


@dataclass(frozen=True, slots=True, repr=False)
class WordList:
    """The 2,048 words of a language; a word's place in the list, counted from 0, is its number."""

    language: str
    words: tuple[str, ...]
    _number_of: dict[str, int] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        number_of = {_known_by(_folded(word)): number for number, word in enumerate(self.words)}
        object.__setattr__(self, "_number_of", number_of)

    def __repr__(self) -> str:
        return f"WordList({self.language!r}, {len(self.words)} words)"

    def number(self, folded: str) -> int | None:
        """The number of a word in small letters without accents; the first four count. None: not in the list."""
        return self._number_of.get(_known_by(folded))


def new_code(token_bytes: Callable[[int], bytes] = secrets.token_bytes) -> ReturnCode:
    """A new code, all but its checksum by chance, from the system's source unless a test brings its own."""
    chance = int.from_bytes(token_bytes(15), "big") >> 120 - LOOKUP_BITS - SECRET_BITS
    whole = chance << CHECKSUM_BITS | _checksum(chance)
    shifts = range((NUMBERS - 1) * BITS_EACH, -1, -BITS_EACH)
    return ReturnCode(tuple(whole >> shift & WORDS_IN_LIST - 1 for shift in shifts))


def _checksum(chance: int) -> int:
    return hashlib.sha256(_CHECKSUM_LABEL + chance.to_bytes(15, "big")).digest()[0]


def load_word_list(path: Path) -> WordList:
    """The list of words in a file named after its language; lines that begin with "#" are remarks.

    Raises WordListBroken for the first line that breaks a law.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WordListBroken(f"{path.name}: cannot be read ({type(error).__name__}); save it as plain UTF-8") from error
    words: list[str] = []
    line_of: dict[str, int] = {}
    for line, word in enumerate(lines, start=1):
        if word.startswith("#"):
            continue
        if complaint := _complaint(word, words, line_of, path.stem):
            raise WordListBroken(f"{path.name} line {line}: {complaint}")
        words.append(word)
        line_of[_known_by(_folded(word))] = line
    if len(words) != WORDS_IN_LIST:
        raise WordListBroken(
            f"{path.name} line {len(lines)}: {len(words)} words; add or take out until there are {WORDS_IN_LIST}"
        )
    return WordList(path.stem, tuple(words))


def _complaint(word: str, before: Sequence[str], line_of: Mapping[str, int], language: str) -> str | None:
    """What is wrong with a line and what to do, or None; `line_of` holds the lines by what a word is known by."""
    if not word.isalpha() or (language in _PLAIN_LETTERS and not word.isascii()):
        return f"{word!r} has other signs than letters; write one word, nothing else"
    if word != word.lower():
        return f"{word!r} has capital letters; write it small"
    if not LETTERS_THAT_COUNT <= len(word) <= LONGEST_WORD:
        return f"{word!r} has {len(word)} letters; take a word of {LETTERS_THAT_COUNT} to {LONGEST_WORD}"
    other = line_of.get(_known_by(_folded(word)))
    if other is not None:
        return f"{word!r} begins like line {other}; keep one of the two"
    if before and word < before[-1]:
        return f"{word!r} stands after {before[-1]!r}; sort the words"
    return None


def load_word_lists(folder: Path) -> Mapping[str, WordList]:
    """Every list of the folder by its language, in order of their names. Raises WordListBroken when there is none."""
    lists = {path.stem: load_word_list(path) for path in sorted(folder.glob("*.txt"))}
    if not lists:
        raise WordListBroken(f"{folder.name}: no list of words; put one there, named after its language (nl.txt)")
    return lists


def in_words(code: ReturnCode, word_list: WordList) -> tuple[str, ...]:
    """The eleven words of a code in the language of the list."""
    return tuple(word_list.words[number] for number in code.numbers)


def in_digits(code: ReturnCode) -> tuple[str, ...]:
    """The eleven groups of four digits of a code, "0001" to "2048"."""
    return _groups(code.numbers)


def _groups(numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"{number + 1:0{DIGITS_EACH}}" for number in numbers)


def read_code(typed: str, lists: Mapping[str, WordList]) -> ReturnCode:
    """The code that somebody typed, in the words of any one list or in digits, however it is spaced or numbered.

    Of a word the first four letters count. Words around the code ("my code is …") do no harm. Raises CodeUnreadable.
    """
    tokens = _tokens(typed[:LONGEST_INPUT])
    digits = [token for token in tokens if token.isdecimal()]
    words = [token for token in tokens if not token.isdecimal()]
    groups = [token for token in digits if len(token) == DIGITS_EACH]
    joined = "".join(digits)
    if len(groups) != NUMBERS and len(joined) == NUMBERS * DIGITS_EACH:
        groups = [joined[start : start + DIGITS_EACH] for start in range(0, len(joined), DIGITS_EACH)]
    if len(groups) == NUMBERS:
        return ReturnCode(tuple(int(group) - 1 for group in groups))
    known = [[word_list.number(word) for word in words] for word_list in lists.values()]
    for numbers in known:
        for start in range(len(numbers) - NUMBERS + 1):
            whole = tuple(number for number in numbers[start : start + NUMBERS] if number is not None)
            if len(whole) == NUMBERS:
                try:
                    return ReturnCode(whole)
                except CodeUnreadable:
                    continue
    if len(words) != NUMBERS:
        raise CodeUnreadable("a code has eleven words, or eleven groups of four digits")
    raise _what_is_wrong(known)


def _what_is_wrong(known: Sequence[Sequence[int | None]]) -> CodeUnreadable:
    """Eleven words that are no code: which one is in no list, when it is plain which list was meant."""
    fits = sorted((NUMBERS - numbers.count(None) for numbers in known), reverse=True)
    if not fits or fits[0] <= NUMBERS // 2 or fits[:2] == [fits[0], fits[0]]:
        return CodeUnreadable("most of these words are not in a list")
    if fits[0] == NUMBERS:
        return CodeUnreadable("the words do not belong together")
    best = next(numbers for numbers in known if NUMBERS - numbers.count(None) == fits[0])
    return CodeUnreadable("a word is not in the list", best.index(None) + 1)


def lookup(code: ReturnCode, server_key: bytes) -> bytes:
    """The 32 bytes under which a conversation is found; without the server's key (32 bytes or more) they say nothing.

    Two codes may give the same value: it finds, and only the opening key tells which conversation is meant.
    """
    if len(server_key) < KEY_BYTES:
        raise ValueError(f"the key of the server is shorter than {KEY_BYTES} bytes")
    return hmac.digest(_expanded(server_key, _LOOKUP_LABEL), code.lookup_part, "sha256")


def opening_key(code: ReturnCode, salt: bytes) -> bytes:
    """The 32 bytes of the visitor's X25519 private key for this salt (16 bytes, of each conversation its own).

    Argon2id (RFC 9106) over the secret part, then HKDF (RFC 5869). Takes a fifth of a second and 128 MiB on purpose.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    slow = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=ARGON2_ITERATIONS,
        lanes=ARGON2_LANES,
        memory_cost=ARGON2_MEMORY_KIB,
    )
    return _expanded(slow.derive(code.secret_part), _OPENING_LABEL)


def _expanded(key: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label).derive(key)


def code_in(text: str, numbers: tuple[int, ...], lists: Mapping[str, WordList]) -> bool:
    """Whether a text gives this code away: five of its words or groups in order and close together, or written as one.

    Words count in any language of the lists and by their first four letters; numbering and a few words in
    between hide nothing. Four words or less are let through.
    """
    tokens = _tokens(text)
    groups = _groups(numbers)
    words = [tuple(_folded(one.words[number]) for number in numbers) for one in lists.values()]
    spellings = [groups, *words, *(tuple(map(_known_by, spelling)) for spelling in words)]
    letters = "".join(token for token in tokens if not token.isdecimal())
    digits = "".join(token for token in tokens if token.isdecimal())
    for spelling in spellings:
        for start in range(len(numbers) - _WORDS_GIVEN_AWAY + 1):
            run = "".join(spelling[start : start + _WORDS_GIVEN_AWAY])
            if run in letters or run in digits:
                return True
    places_of: dict[str, set[int]] = {}
    for spelling in spellings:
        for place, word in enumerate(spelling):
            places_of.setdefault(_known_by(word), set()).add(place)
    found = [places_of.get(_known_by(token), set()) for token in tokens if not _is_numbering(token)]
    return _longest_chain(found) >= _WORDS_GIVEN_AWAY


def _is_numbering(token: str) -> bool:
    return token.isdecimal() and len(token) < DIGITS_EACH


def _longest_chain(found: Sequence[set[int]]) -> int:
    """The most places that stand in rising order, each soon after the one before; `found` has a set for each word."""
    longest = 0
    recent: deque[dict[int, int]] = deque(maxlen=_WORDS_BETWEEN + 1)
    for places in found:
        chains = {}
        for place in places:
            before = [length for one in recent for last, length in one.items() if last < place]
            chains[place] = 1 + max(before, default=0)
        longest = max(longest, *chains.values()) if chains else longest
        recent.append(chains)
    return longest


def _tokens(text: str) -> list[str]:
    """The words and the numbers of a text, folded, in order; all else stands between them."""
    return list(_split(_folded(text)))


def _split(folded: str) -> Iterator[str]:
    for token in _TOKEN.findall(folded):
        yield "".join(str(unicodedata.decimal(sign)) for sign in token) if token.isdecimal() else token


def _folded(text: str) -> str:
    """Small letters without accents; digits stay for `_split`. Signs that nobody sees fall out, but a space stays."""
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text.replace("\u200b", " ")).casefold())
    kept = (sign for sign in parts if unicodedata.category(sign) not in ("Mn", "Cf"))
    return unicodedata.normalize("NFKC", "".join(kept)).translate(_ALIKE)


def _known_by(folded: str) -> str:
    return folded[:LETTERS_THAT_COUNT]
