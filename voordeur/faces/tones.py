"""How a door speaks to its reader: as to an adult, somebody young, a child, or somebody older (report 3.4, 3.8).

A tone is a file in `content/tones`: other words for what stands on a page and for what the guide asks. Where it has
none, the plain words stand; the plain tone, `adult`, has no file. Words of the door itself go before those of its tone.
"""

from __future__ import annotations

import gettext
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from voordeur.faces.language import translations

PLAIN = "adult"
Texts = Mapping[str, str]


class ToneError(ValueError):
    """A tone cannot be used; the message names its file and what is expected."""


@dataclass(frozen=True)
class Tone:
    """One tone. pages: {language: {English text of the page: own words}}; guide: {key of `rules.guide.behind`: texts}.

    longest_sentence: how many words a sentence to such a reader may have.
    """

    id: str
    longest_sentence: int = 20
    pages: Mapping[str, Texts] = field(default_factory=dict)
    guide: Mapping[str, Texts] = field(default_factory=dict)

    @property
    def languages(self) -> frozenset[str]:
        """In which languages it has words for pages and for the guide."""
        in_guide: set[str] = set.intersection(*(set(texts) for texts in self.guide.values())) if self.guide else set()
        return frozenset(in_guide & {language for language, texts in self.pages.items() if texts})


class _InTone(gettext.NullTranslations):
    """A catalogue with a tone's words over it."""

    def __init__(self, plain: gettext.NullTranslations, words: Texts) -> None:
        super().__init__()
        self.add_fallback(plain)
        self._words = words

    def gettext(self, message: str) -> str:
        """The tone's words, else the catalogue's."""
        return self._words.get(message) or super().gettext(message)


_PLAIN_TONE = Tone(PLAIN)


def load_tones(folder: Path) -> Mapping[str, Tone]:
    """All tones of `content/tones` by name, and the plain one. Raises ToneError."""
    found = {PLAIN: _PLAIN_TONE}
    for path in sorted(folder.glob("*.toml")):
        try:
            found[path.stem] = tone_from(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as problem:
            raise ToneError(f"{path.name}: {problem}") from problem
    return found


def tone_from(name: str, data: Mapping[str, Any]) -> Tone:
    """A tone from the parsed file. Raises ToneError."""
    unknown = sorted(set(data) - {"longest_sentence", "pages", "guide"})
    if unknown or name == PLAIN:
        raise ToneError(f"knows no {', '.join(unknown)}" if unknown else "the plain tone has no words of its own")
    longest = data.get("longest_sentence", _PLAIN_TONE.longest_sentence)
    if type(longest) is not int or not 5 <= longest <= 20:
        raise ToneError("“longest_sentence” must be a whole number from 5 to 20")
    pages, guide = data.get("pages", {}), data.get("guide", {})
    for table in (pages, guide):
        if not isinstance(table, dict) or not all(are_texts(texts) for texts in table.values()):
            raise ToneError("[pages.nl] must hold lines of texts, and [guide] a text in each language for each key")
    return Tone(name, longest, pages, guide)


def are_texts(value: object) -> bool:
    """Whether this is a table of texts, none of them empty."""
    return isinstance(value, dict) and all(isinstance(one, str) and one.strip() for one in value.values())


@lru_cache(maxsize=64)
def _in_tone(folder: Path, language: str, tone: str) -> gettext.NullTranslations:
    words = load_tones(folder)[tone].pages.get(language, {})
    return _InTone(translations(language), words) if words else translations(language)


def words_in(folder: Path, language: str, tone: str) -> gettext.NullTranslations:
    """The catalogue of a language as a door of this tone speaks it; `folder` is that of the tones.

    Raises ToneError when a file is broken, KeyError for a tone that is not there.
    """
    return translations(language) if tone == PLAIN else _in_tone(folder, language, tone)
