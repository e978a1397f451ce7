"""Sentences that are at hand at the desk: `content/desk/phrases.toml`, read and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

LANGUAGES = ("nl", "en")
#: In the order of a conversation.
MOMENTS = ("opening", "asking", "safety", "waiting", "closing")
_MOST_TITLE, _MOST_TEXT = 40, 400


class PhrasesBroken(ValueError):
    """The file of phrases cannot be used; the message says which phrase and what is expected."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence or a few in one language; the same `id` in each."""

    id: str
    language: str
    moment: str
    title: str
    text: str


def read_phrases(path: Path) -> tuple[Phrase, ...]:
    """All phrases in the order of the file, each in every language. Raises PhrasesBroken."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("phrase", [])
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise PhrasesBroken(f"{path.name}: {problem}") from problem
    if not isinstance(entries, list) or not entries:
        raise PhrasesBroken(f"{path.name}: a list of [[phrase]] is expected")
    found = [one for entry in entries for one in _phrases(path, entry)]
    if len({(one.id, one.language) for one in found}) < len(found):
        raise PhrasesBroken(f"{path.name}: each phrase has an id of its own")
    return tuple(found)


def _phrases(path: Path, entry: Mapping[str, object]) -> list[Phrase]:
    name, moment = entry.get("id"), entry.get("moment")
    if not isinstance(name, str) or not name or moment not in MOMENTS:
        raise PhrasesBroken(f"{path.name}, “{name}”: an id and one of {', '.join(MOMENTS)} as moment are expected")
    if set(entry) != {"id", "moment", *LANGUAGES}:
        raise PhrasesBroken(f"{path.name}, “{name}”: id, moment and texts in {', '.join(LANGUAGES)} are expected")
    found = []
    for language in LANGUAGES:
        said = entry[language]
        title, text = (said.get("title"), said.get("text")) if isinstance(said, dict) else (None, None)
        if not isinstance(title, str) or not 0 < len(title) <= _MOST_TITLE:
            raise PhrasesBroken(f"{path.name}, “{name}”, {language}: a title of 1 to {_MOST_TITLE} signs is expected")
        if not isinstance(text, str) or not 0 < len(text) <= _MOST_TEXT:
            raise PhrasesBroken(f"{path.name}, “{name}”, {language}: a text of 1 to {_MOST_TEXT} signs is expected")
        found.append(Phrase(name, language, str(moment), title, text))
    return found


@lru_cache(maxsize=1)
def phrases() -> tuple[Phrase, ...]:
    """The phrases of this server. Raises PhrasesBroken."""
    return read_phrases(Path(settings.CONTENT) / "desk" / "phrases.toml")
