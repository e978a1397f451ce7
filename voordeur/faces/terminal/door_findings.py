"""What is missing or wrong in the file of a door, each with its line: everything that `voordeur door check` says.

A file that does not load is one thing; this looks at what loads and yet would not do: a text that one language lacks,
colours that cannot be read, a page or an organisation that is not there, a name that tells what the door is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voordeur import vocabulary as v
from voordeur.faces.doorway import DOOR_KEYS, THEME_TOKENS, DoorError, door_from, talk_from
from voordeur.faces.tones import PLAIN, Tone
from voordeur.records.library.page_files import Library
from voordeur.records.library.style import StyleFinding, WordsToAvoid, style_findings
from voordeur.rules.guide import Guide, GuideError, behind

LEAST_CONTRAST = 7.0
#: What is written in which colour on which ground (page.css); the way out is white on ink.
_ON_PAPER = tuple((ink, paper) for ink in ("ink", "quiet", "accent") for paper in ("ground", "card", "tint"))
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_ICONS = {"icon", "favicon", "logo", "manifest"}
#: The codes of each part of a scope (rules/scope).
_SCOPE: Mapping[str, type[v.Violence] | type[v.Context] | type[v.Group] | type[v.Role]] = {
    "violence": v.Violence,
    "contexts": v.Context,
    "groups": v.Group,
    "roles": v.Role,
}


@dataclass(frozen=True)
class Known:
    """What a door may name: the rest of the content."""

    guide: Guide
    library: Library
    organizations: frozenset[str]
    tones: Mapping[str, Tone]
    telling: tuple[str, ...]
    avoid: WordsToAvoid


def brightness(colour: str) -> float:
    """Relative luminance of a colour such as #1d4e4f (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


def line_of(text: str, key: str, table: str = "") -> int:
    """The line on which a key, or a table, stands in a file of TOML; of the table, else 1, when it does not."""
    here = ""
    table_line = 1
    for number, line in enumerate(text.splitlines(), 1):
        if opened := re.match(r"\s*\[+([^\]]+)\]+", line):
            here = opened[1].strip()
            if here == (table or key):
                table_line = number
        elif here == table and re.match(rf'\s*"?{re.escape(key)}"?\s*[.=]', line):
            return number
    return table_line


def read_texts(data: Mapping[str, Any], key: str) -> dict[str, str]:
    """The texts by language under a key; empty when there are none."""
    found = data.get(key)
    return {one: text for one, text in found.items() if isinstance(text, str)} if isinstance(found, dict) else {}


class OneDoor:
    """One file, and what is found in it."""

    def __init__(self, path: Path, text: str, data: Mapping[str, Any], known: Known) -> None:
        self.path, self.text, self.data, self.known = path, text, data, known
        self.languages = self.listed("languages")
        self.tone = known.tones.get(str(data.get("tone", PLAIN)))

    def says(self, key: str, rule: str, message: str, table: str = "", *, is_error: bool = True) -> StyleFinding:
        """A finding at the line of this key."""
        line = line_of(self.text, key, table)
        return StyleFinding(str(self.path), line, rule, message, "error" if is_error else "warning")

    def listed(self, key: str) -> list[str]:
        """The texts in a list; what is none is for the loading to say."""
        found = self.data.get(key)
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    def table(self, key: str) -> Mapping[str, Any]:
        """A table, empty when there is none."""
        found = self.data.get(key)
        return found if isinstance(found, dict) else {}

    def findings(self, emergency: str) -> Iterator[StyleFinding]:
        """Everything; last, and only when nothing else is wrong, whether it loads."""
        looks: tuple[Callable[[], Iterator[StyleFinding]], ...] = (
            self._keys, self._texts, self._tells, self._codes, self._words, self._tone, self._colours, self._talk,
        )  # fmt: skip
        found = [one for look in looks for one in look()]
        yield from found
        if not any(one.severity == "error" for one in found):
            try:
                door_from(self.path, self.data, emergency)
            except DoorError as problem:
                yield self.says("id", "door", str(problem).removeprefix(f"{self.path.name}: "))

    def _keys(self) -> Iterator[StyleFinding]:
        for key in sorted(set(self.data) - DOOR_KEYS):
            if key in _ICONS:
                yield self.says(key, "icon", "a door has no picture of its own: every page carries the same empty icon")
            else:
                yield self.says(key, "key", f"a door knows no “{key}”; docs/recipes/add-a-door.md lists what it knows")
        if self.data.get("id") != self.path.stem:
            yield self.says("id", "key", f"the id must be “{self.path.stem}”, as the file is named")
        if ("emergency" in self.data) != bool(self.data.get("is_central")):
            yield self.says("emergency", "key", "the emergency number stands in the central door and nowhere else")

    def _texts(self) -> Iterator[StyleFinding]:
        if not self.languages:
            yield self.says("languages", "text", "“languages” lists no language, such as nl")
        for key in ("name", "tagline", "welcome"):
            texts = read_texts(self.data, key)
            for language in self.languages:
                if not texts.get(language, "").strip():
                    yield self.says(key, "text", f"“{key}” has no text in {language}")
            if key != "name":
                for language, text in texts.items():
                    yield from self._read(key, language, text)

    def _read(self, key: str, language: str, text: str, table: str = "") -> Iterator[StyleFinding]:
        """How a text reads: the length of its sentences for this tone, and words that charge or blame."""
        longest = self.tone.longest_sentence if self.tone else 20
        for sentence in _SENTENCE_END.split(text):
            if (count := len(sentence.split())) > longest:
                message = f"{count} words, at most {longest} in this tone: “{sentence[:60]}”"
                yield self.says(key, "long-sentence", message, table)
        for one in style_findings(f'lead = "{text}"', language, str(self.path), self.known.avoid):
            if one.rule == "charged-word":
                yield self.says(key, one.rule, one.message, table)

    def _tells(self) -> Iterator[StyleFinding]:
        for key, texts in (("hosts", self.listed("hosts")), ("name", list(read_texts(self.data, "name").values()))):
            for text in texts:
                told = [word for word in self.known.telling if word in text.lower()]
                if told:
                    message = (
                        f"“{text}” tells what the door is about (“{told[0]}”): it stays in a history and on a router"
                    )
                    yield self.says(key, "name" if key == "name" else "host", message)
        if not self.listed("hosts"):
            yield self.says("hosts", "host", "“hosts” lists no host name")

    def _codes(self) -> Iterator[StyleFinding]:
        guide = self.known.guide
        offered = {option.id for option in guide.questions[0].fields[0].options}
        ways = self.listed("ways_in")
        for way in ways:
            if way not in offered:
                yield self.says("ways_in", "question", f"“{way}” is not a choice of the guide’s first question")
        if ways[:1] != ["danger"]:
            yield self.says("ways_in", "question", "“danger” stands first among the ways in: danger goes before all")
        asked = self.data.get("asks_first", "")
        if asked and (guide.question(str(asked)) is None or asked == guide.questions[0].id):
            others = ", ".join(one.id for one in guide.questions[1:])
            yield self.says(
                "asks_first", "question", f"the guide has no question “{asked}” to ask first; it has {others}"
            )
        for key, chosen in self.table("starts_with").items():
            field = guide.fields.get(key)
            options = {option.id for option in field.options} if field else set()
            if field is None:
                yield self.says(key, "question", f"the guide has no field “{key}”", "starts_with")
            for code in chosen if field and isinstance(chosen, list) else ():
                if code not in options:
                    yield self.says(key, "question", f"“{code}” is not a choice of “{key}”", "starts_with")
        for topic in self.listed("topics"):
            if any(topic not in self.known.library.pages.get(language, {}) for language in ("nl", "en")):
                yield self.says("topics", "topic", f"the library has no page “{topic}”")
        if not self.listed("topics"):
            yield self.says("topics", "topic", "no page of the library comes first", is_error=False)
        for partner in self.listed("partners"):
            if partner not in self.known.organizations:
                yield self.says("partners", "partner", f"the directory has no organisation “{partner}”")
        for group in self.listed("groups"):
            if group not in set(v.Group):
                yield self.says("groups", "group", f"“{group}” is no group of the vocabulary")
        for key, codes in self.table("scope").items():
            if key not in _SCOPE:
                yield self.says(key, "scope", f"a scope knows no “{key}”; it has {', '.join(_SCOPE)}", "scope")
            for code in codes if key in _SCOPE and isinstance(codes, list) else ():
                if code not in {str(one) for one in _SCOPE[key]}:
                    yield self.says(key, "scope", f"“{code}” is no code of {key}", "scope")

    def _words(self) -> Iterator[StyleFinding]:
        words = self.table("words")
        for key in words:
            texts = read_texts(words, key)
            try:
                behind(self.known.guide, words={key: texts})
            except GuideError:
                yield self.says(key, "question", f"the guide has no “{key}” that a door could say otherwise", "words")
            for language in self.languages:
                if not texts.get(language, "").strip():
                    yield self.says(key, "text", f"“{key}” has no text in {language}", "words")
            for language, text in texts.items():
                yield from self._read(key, language, text, "words")

    def _tone(self) -> Iterator[StyleFinding]:
        name = self.data.get("tone", PLAIN)
        if self.tone is None:
            yield self.says(
                "tone", "tone", f"there is no tone “{name}”; content/tones has {', '.join(self.known.tones)}"
            )
        elif name != PLAIN:
            for language in self.languages:
                if language not in self.tone.languages:
                    yield self.says("tone", "tone", f"the tone “{name}” has no words in {language}")

    def _colours(self) -> Iterator[StyleFinding]:
        theme = {token: str(self.table("theme").get(token, "")) for token in THEME_TOKENS}
        wrong = [token for token, colour in theme.items() if not _COLOUR.fullmatch(colour)]
        for token in wrong:
            yield self.says(token, "contrast", f"“{token}” must be a colour such as #1d4e4f", "theme")
        pairs = [*_ON_PAPER, ("on_accent", "accent")]
        for one, other in pairs if not wrong else ():
            if (found := contrast(theme[one], theme[other])) < LEAST_CONTRAST:
                message = f"“{one}” on “{other}” has a contrast of {found:.2f}, at least {LEAST_CONTRAST:g} is needed"
                yield self.says(one, "contrast", message, "theme")
        if not wrong and (found := contrast("#ffffff", theme["ink"])) < LEAST_CONTRAST:
            message = (
                f"the way out, white on “ink”, has a contrast of {found:.2f}, at least {LEAST_CONTRAST:g} is needed"
            )
            yield self.says("ink", "contrast", message, "theme")

    def _talk(self) -> Iterator[StyleFinding]:
        if "talk" not in self.data:
            yield self.says(
                "id", "talk", "there is no [talk]: the door shows the way, and nobody answers", is_error=False
            )
            return
        try:
            talk = talk_from(self.path, self.data["talk"])
        except DoorError as problem:
            message = str(problem).removeprefix(f"{self.path.name}: [talk] ")
            named = re.search("“(\\w+)”", message)
            yield self.says(named[1] if named else "hours", "talk", message, "talk")
            return
        for language in self.languages:
            if language not in talk.languages:
                yield self.says(
                    "languages", "talk", f"nobody of the team answers in {language}", "talk", is_error=False
                )
