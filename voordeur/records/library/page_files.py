"""The pages of `content/library/<language>`: recognition and information, read and checked (report 2.3, 4.3, 5.3.4).

One file a page: TOML between two lines of +++, then Markdown. A page without a source, without its easier version, or
with a phone number in its text does not load: one wrong page keeps the whole library as it was.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from markdown_it import MarkdownIt

from voordeur import vocabulary as v
from voordeur.rules.situation import Situation, SituationError, situation_from_mapping

LANGUAGES = ("nl", "en")
RECOGNISE_PARTS = ("signs", "mirror", "helped", "next")
#: A card for professionals: on one printed page, without an easier version.
CARD_PARTS = ("signs", "ask", "avoid", "advice")
ICONS = frozenset(
    "person two-people family child old-person woman man heart broken-heart hand stop talk phone chat computer house "
    "door bed doctor hospital police law paper money food work sport school church world clock question eye key help "
    "lock".split()
)
_NUMBER = re.compile(
    r"(?<!\w)\+31[\s-]?\d[\d\s-]{3,}|\b(?:0[89]00|088|020|0\d{2,3})[\s-]?\d[\d\s-]{3,}\b|\b11[2346]\b|\b0\d{9}\b"
)
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
TRANSLATIONS = ("original", "unchecked", "second_read")
_EASY = re.compile(r"-\s*\[([a-z-]+)\]\s*(\S.*)")
_KEYS = {
    "id", "kind", "title", "lead", "for", "groups", "phases", "see", "written", "checked_by", "translation",
    "situation", "sources",
}  # fmt: skip
_markdown = MarkdownIt("commonmark", {"html": False})


class PageBroken(ValueError):
    """A page cannot be shown; the message names file and what is wrong."""


class LibraryBroken(ValueError):
    """The library was not loaded; `problems` says why, one line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The library was not loaded:\n" + "\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class PageSource:
    """Where a page's facts come from: a section of the report, a section of the legal facts, or a law."""

    kind: str
    at: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: `key` for the parts that every recognition page has, else its own heading; HTML of our own."""

    key: str
    html: str


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """One page in one language. `situation` is what the page is about, for the help that fits."""

    id: str
    language: str
    kind: Literal["recognise", "inform", "card"]
    title: str
    lead: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    phases: tuple[int, ...]
    see: tuple[str, ...]
    written: str
    checked_by: str
    translation: str
    situation: Situation
    sources: tuple[PageSource, ...]
    signs: tuple[str, ...]
    parts: tuple[Part, ...]
    easy: tuple[tuple[str, str], ...]


def read_page(path: Path, language: str) -> LibraryPage:
    """The page in a file. Raises PageBroken."""

    def wrong(message: str) -> PageBroken:
        return PageBroken(f"{language}/{path.name}: {message}")

    try:
        text = path.read_text(encoding="utf-8")
        _, front, body = re.split(r"(?m)^\+\+\+[ \t]*$", text, maxsplit=2)
        data = tomllib.loads(front)
    except (OSError, ValueError) as problem:
        raise wrong(f"a head of TOML between two lines of +++ is expected ({problem})") from problem
    unknown, missing = set(data) - _KEYS, _KEYS - {"groups"} - set(data)
    if unknown or missing:
        raise wrong(f"keys not known: {sorted(unknown)}; keys missing: {sorted(missing)}")
    problem_found = _wrong_head(data)
    if problem_found:
        raise wrong(problem_found)
    if data["id"] != path.stem:
        raise wrong(f"the id must be “{path.stem}”")
    if data["kind"] not in ("recognise", "inform", "card"):
        raise wrong("kind must be recognise, inform or card")
    sources = _sources(data["sources"], wrong)
    number = _NUMBER.search(body)
    if number:
        raise wrong(f"“{number[0].strip()}” looks like a phone number; numbers come from the directory")
    parts = [part for part in re.split(r"(?m)^## +", body)[1:] if part.strip()]
    named = {part.split("\n", 1)[0].strip(): part.partition("\n")[2].strip() for part in parts}
    if ("easy" in named) == (data["kind"] == "card"):
        raise wrong("the easier version (## easy) is missing; a card has none")
    easy = _easy(named.pop("easy"), wrong) if "easy" in named else ()
    if data["kind"] == "card" and tuple(named) != CARD_PARTS:
        raise wrong(f"the parts must be {', '.join(CARD_PARTS)}")
    signs: tuple[str, ...] = ()
    if data["kind"] == "recognise":
        if tuple(named) != RECOGNISE_PARTS:
            raise wrong(f"the parts must be {', '.join(RECOGNISE_PARTS)}, easy")
        signs = tuple(line[2:].strip() for line in named.pop("signs").splitlines() if line.startswith("- "))
        if not 8 <= len(signs) <= 12:
            raise wrong(f"eight to twelve signs are expected, there are {len(signs)}")
    roles = tuple(str(v.Role(role)) for role in data["for"]) if set(data["for"]) <= set(v.Role) else ()
    if not roles:
        raise wrong("for: at least one role is expected")
    return LibraryPage(
        id=data["id"],
        language=language,
        kind=data["kind"],
        title=data["title"],
        lead=data["lead"],
        roles=roles,
        groups=tuple(data.get("groups", ())),
        phases=tuple(data["phases"]),
        see=tuple(data["see"]),
        written=str(data["written"]),
        checked_by=data["checked_by"],
        translation=data["translation"],
        situation=_situation(data["situation"], roles[0], data["phases"], wrong),
        sources=sources,
        signs=signs,
        parts=tuple(Part(key, _markdown.render(text).strip()) for key, text in named.items()),
        easy=easy,
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _wrong_head(data: Mapping[str, Any]) -> str | None:
    """What is wrong with the kinds of values in a page's head, or None."""
    for key in ("id", "kind", "title", "lead", "written", "translation"):
        if not isinstance(data[key], str) or not data[key].strip():
            return f"{key}: a text is expected"
    for key in ("for", "see", "groups"):
        if not _texts(data.get(key, [])):
            return f"{key}: a list of texts is expected"
    if not isinstance(data["checked_by"], str):
        return "checked_by: a text is expected, empty while nobody has"
    phases = data["phases"]
    if not isinstance(phases, list) or not all(phase in (1, 2, 3) for phase in phases):
        return "phases: a list of 1, 2, 3 is expected"
    if not isinstance(data["situation"], dict):
        return "situation: a table is expected"
    if not _DAY.fullmatch(data["written"]):
        return "written: a day such as 2026-11-23 is expected"
    if data["translation"] not in TRANSLATIONS:
        return f"translation: one of {', '.join(TRANSLATIONS)} is expected"
    return None


def _sources(data: Any, wrong: Any) -> tuple[PageSource, ...]:
    if not isinstance(data, list) or not data:
        raise wrong("a page without a source does not load")
    found = []
    for one in data:
        if not isinstance(one, dict) or one.get("kind") not in ("report", "legal", "law") or not one.get("at"):
            raise wrong("each source needs a kind (report, legal, law) and “at”")
        found.append(PageSource(one["kind"], str(one["at"])))
    return tuple(found)


def _easy(text: str, wrong: Any) -> tuple[tuple[str, str], ...]:
    found = []
    for line in text.splitlines():
        one = _EASY.fullmatch(line.strip())
        if line.strip() and (not one or one[1] not in ICONS):
            raise wrong(f"easy: “{line.strip()[:60]}” is not “- [icon] sentence” with a known icon")
        if one:
            found.append((one[1], one[2]))
    if not found:
        raise wrong("easy: at least one line is expected")
    return tuple(found)


def _situation(data: Mapping[str, Any], role: str, phases: Any, wrong: Any) -> Situation:
    try:
        return situation_from_mapping(
            role,
            {
                "violence": data.get("violence"),
                "context": data.get("context"),
                "relation_to_other": data.get("relation"),
                "groups": data.get("groups"),
                "need": data.get("need"),
                "phase": min(phases, default=None),
            },
        )
    except SituationError as problem:
        raise wrong(str(problem)) from problem


@dataclass(frozen=True, slots=True)
class Library:
    """All pages: by language, then by id, in the order of their ids; and, by kind of violence, which are about it."""

    pages: Mapping[str, Mapping[str, LibraryPage]]
    about: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def page(self, page_id: str, language: str) -> LibraryPage | None:
        """The page in this language, else in Dutch; None when there is none."""
        return self.pages.get(language, {}).get(page_id) or self.pages["nl"].get(page_id)


def load_library(folder: Path) -> Library:
    """All pages under `folder`. Raises LibraryBroken with every problem: a broken page, a page that lacks one of the
    languages, a pointer to a page that is not there.
    """
    problems: list[str] = []
    pages: dict[str, dict[str, LibraryPage]] = {}
    for language in LANGUAGES:
        pages[language] = {}
        for path in sorted((folder / language).glob("*.md")):
            try:
                pages[language][path.stem] = read_page(path, language)
            except PageBroken as problem:
                problems.append(str(problem))
    for language, found in pages.items():
        for other in LANGUAGES:
            problems += [
                f"{other}/{name}.md: missing, there is one in {language}" for name in set(found) - set(pages[other])
            ]
        problems += [
            f"{language}/{page.id}.md: see: there is no page “{name}”"
            for page in found.values()
            for name in page.see
            if name not in found
        ]
    if problems:
        raise LibraryBroken(sorted(problems))
    about: dict[str, list[str]] = {}
    for page in pages["nl"].values():
        for kind in page.situation.violence:
            about.setdefault(str(kind), []).append(page.id)
    return Library(pages, {kind: tuple(ids) for kind, ids in about.items()})
