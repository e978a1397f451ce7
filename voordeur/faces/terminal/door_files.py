"""`voordeur door check`: the files of the doors and their tones, and what each of them lacks."""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from voordeur.faces.language import messages
from voordeur.faces.terminal.door_findings import Known, OneDoor, line_of, read_texts
from voordeur.faces.terminal.ground import CannotGoOn, content_folder
from voordeur.faces.tones import PLAIN, Tone, ToneError, tone_from
from voordeur.records.library.page_files import LibraryBroken, load_library
from voordeur.records.library.style import WORDS_FILE, StyleFinding, WordsFileBroken, load_words_to_avoid
from voordeur.rules.guide import Guide, GuideError, behind, load_guide

NEUTRAL_WORDS = "neutral-words.toml"
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def check(given: argparse.Namespace) -> int:
    """Print every finding and their number; 1 when there is an error (with --strict: or a warning)."""
    content = content_folder()
    folder: Path = given.folder or content / "doors"
    if not folder.is_dir():
        raise CannotGoOn(f"“{folder}” is not a folder; name the folder with the doors.")
    known, found = known_in(content)
    doors, of_doors = findings_in(folder, known)
    found += of_doors
    errors = sum(one.severity == "error" for one in found)
    for one in sorted(found):
        if one.severity == "error" or not given.quiet:
            print(one)
    print(f"{doors} doors, {errors} errors, {len(found) - errors} warnings")
    return 1 if errors or (given.strict and len(found) > errors) else 0


def known_in(content: Path) -> tuple[Known, list[StyleFinding]]:
    """What doors may name, and what is wrong with their tones. Raises CannotGoOn when other content is broken."""
    try:
        guide = load_guide(content / "guide" / "guide.toml")
        library, avoid = load_library(content / "library"), load_words_to_avoid(content / "library" / WORDS_FILE)
        told = tomllib.loads((content / NEUTRAL_WORDS).read_text(encoding="utf-8"))
    except (GuideError, LibraryBroken, WordsFileBroken, OSError, ValueError) as problem:
        raise CannotGoOn(f"The doors cannot be checked before this is mended: {problem}.") from problem
    tones, found = tones_in(content / "tones", guide)
    known = Known(
        guide=guide,
        library=library,
        organizations=frozenset(path.stem for path in (content / "directory").glob("*.toml")),
        tones=tones,
        telling=tuple(word for words in told.values() for word in words),
        avoid=avoid,
    )
    return known, found


def findings_in(folder: Path, known: Known) -> tuple[int, list[StyleFinding]]:
    """How many doors are in a folder, and all that is found in them."""
    doors, broken = _read(folder)
    return len(doors), [*broken, *_each(doors, known), *_together(folder, doors)]


Doors = Mapping[Path, tuple[str, Mapping[str, Any]]]


def _read(folder: Path) -> tuple[Doors, list[StyleFinding]]:
    """Every file that is TOML, as text and parsed; and what is not."""
    doors: dict[Path, tuple[str, Mapping[str, Any]]] = {}
    broken = []
    for path in sorted(folder.glob("*.toml")):
        try:
            text = path.read_text(encoding="utf-8")
            doors[path] = text, tomllib.loads(text)
        except (OSError, ValueError) as problem:
            line = re.search(r"line (\d+)", str(problem))
            broken.append(StyleFinding(str(path), int(line[1]) if line else 1, "file", str(problem)))
    return doors, broken


def _each(doors: Doors, known: Known) -> Iterator[StyleFinding]:
    for path, (text, data) in doors.items():
        yield from OneDoor(path, text, data, known).findings("0")


def _together(folder: Path, doors: Doors) -> Iterator[StyleFinding]:
    """What only shows between doors: a host or a name twice, no central door or two, an overflow to nowhere."""
    central = [path for path, (_, data) in doors.items() if data.get("is_central")]
    if len(central) != 1:
        message = f"exactly one door with is_central = true is expected, there are {len(central)}"
        yield StyleFinding(str(central[1] if central else folder), 1, "central", message)
    seen: dict[str, Path] = {}
    answering = {data.get("id") for _, data in doors.values() if "talk" in data}
    for path, (text, data) in doors.items():
        hosts = data.get("hosts")
        named = [(str(host).lower(), "hosts", "host") for host in (hosts if isinstance(hosts, list) else [])]
        named += [(name, "name", "name") for name in dict.fromkeys(read_texts(data, "name").values())]
        for what, key, rule in named:
            if what in seen:
                message = f"“{what}” belongs to {seen[what].stem} too; each door has its own"
                yield StyleFinding(str(path), line_of(text, key), rule, message)
            seen.setdefault(what, path)
        talk = data.get("talk")
        other = talk.get("overflow") if isinstance(talk, dict) else None
        if other is not None and other not in answering - {data.get("id")}:
            message = f"“overflow” must be the id of another door with [talk], not {other}"
            yield StyleFinding(str(path), line_of(text, "overflow", "talk"), "talk", message)


def tones_in(folder: Path, guide: Guide) -> tuple[Mapping[str, Tone], list[StyleFinding]]:
    """The tones that can be used, and what is wrong with the files of all."""
    tones, found = {PLAIN: Tone(PLAIN)}, []
    ours = messages()
    for path in sorted(folder.glob("*.toml")):
        try:
            text = path.read_text(encoding="utf-8")
            tone = tones[path.stem] = tone_from(path.stem, tomllib.loads(text))
        except (OSError, ToneError, ValueError) as problem:
            line = re.search(r"line (\d+)", str(problem))
            found.append(StyleFinding(str(path), int(line[1]) if line else 1, "tone", str(problem)))
            continue
        found += _tone(path, text, tone, guide, ours)
    return tones, found


def _tone(path: Path, text: str, tone: Tone, guide: Guide, ours: frozenset[str]) -> Iterator[StyleFinding]:
    """Whether each of a tone's words stands for something, in every language of it, in sentences that are short."""
    for language, words in tone.pages.items():
        for message, own in words.items():
            line = line_of(text, message, f"pages.{language}")
            if message not in ours:
                yield StyleFinding(str(path), line, "tone", f"no page says “{message[:60]}”")
            if sorted(re.findall(r"%\(\w+\)s", message)) != sorted(re.findall(r"%\(\w+\)s", own)):
                yield StyleFinding(str(path), line, "tone", f"“{own[:60]}” must hold the same %(…)s as the text")
            yield from _long(path, line, own, tone)
        for other in set(tone.pages) - {language}:
            for message in set(words) - set(tone.pages[other]):
                line = line_of(text, message, f"pages.{language}")
                yield StyleFinding(str(path), line, "tone", f"“{message[:60]}” has no words in {other}")
    asked = [one.id for one in guide.questions]
    for key in (*asked, *(key for key in tone.guide if key not in asked)):
        texts = tone.guide.get(key, {})
        line = line_of(text, key, "guide")
        try:
            behind(guide, words={key: texts})
        except GuideError:
            yield StyleFinding(str(path), line, "tone", f"the guide has no “{key}” that could be said otherwise")
        for language in tone.pages:
            if not texts.get(language):
                yield StyleFinding(str(path), line, "tone", f"“{key}” has no words in {language}")
        for own in texts.values():
            yield from _long(path, line, own, tone)


def _long(path: Path, line: int, text: str, tone: Tone) -> Iterator[StyleFinding]:
    for sentence in _SENTENCE_END.split(text):
        if (count := len(sentence.split())) > tone.longest_sentence:
            message = f"{count} words, at most {tone.longest_sentence} in this tone: “{sentence[:60]}”"
            yield StyleFinding(str(path), line, "long-sentence", message)
