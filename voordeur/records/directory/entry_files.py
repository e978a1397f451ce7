"""The files of `content/directory`: one organisation each, read and checked (report Bijlage 2, 5.1.1).

A file is first read as TOML, then checked key by key against `SHAPE`; only a file without an error becomes an
Entry. Every fact has a source with a date; what is not known is left out of the file and stays unknown.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from voordeur import vocabulary as v
from voordeur.records.directory.findings import Finding
from voordeur.records.directory.lines import Path as KeyPath
from voordeur.records.directory.lines import line_numbers, line_of
from voordeur.rules.freshness import is_old
from voordeur.rules.opening import HoursError, parse_hours

SHOWN_LANGUAGES = ("nl", "en")
#: Numbers that are shorter than the numbering plan of the phone library knows (ACM numbering plan).
SHORT_NUMBERS = {"112", "113", "144", "116000", "116006", "116111", "116117", "116123"}

#: What knowledge can be about: a kind of violence, a setting, a group of people.
KNOWLEDGE: dict[str, type[StrEnum]] = {"violence": v.Violence, "context": v.Context, "group": v.Group}
#: The eight questions before somebody dares to be in touch; each is answered with a text, or not known.
WHAT_IF = (
    "if_who_decides", "if_must_act", "if_may_stop", "if_tells_others", "if_children", "if_residence", "if_cost",
    "if_how_long",
)  # fmt: skip

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.I)
_AREA = re.compile(r"(province|municipality|vt):\S.*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file without errors: its parsed content, and for each fact the key of its source."""

    id: str
    data: Mapping[str, Any]
    facts: tuple[tuple[str, str], ...]


Problem = tuple[str, str]
Check = Callable[[Any], Problem | None]


def _text(longest: int) -> Check:
    def check(value: Any) -> Problem | None:
        if not isinstance(value, str) or not value.strip():
            return "wrong-type", "a text is expected"
        if len(value) > longest:
            return "too-long", f"at most {longest} characters, this has {len(value)}"
        return None

    return check


def _one(kind: type[StrEnum]) -> Check:
    def check(value: Any) -> Problem | None:
        if value not in set(kind):
            return "unknown-code", f"“{value}” is not one of {', '.join(kind)}"
        return None

    return check


def _many(kind: type[StrEnum]) -> Check:
    def check(value: Any) -> Problem | None:
        if not isinstance(value, list):
            return "wrong-type", "a list of codes is expected"
        wrong = [str(one) for one in value if one not in set(kind)]
        if wrong:
            return "unknown-code", f"{', '.join(wrong)}: not known; use codes of vocabulary.{kind.__name__}"
        if len(set(value)) != len(value):
            return "duplicate-code", "the same code stands here twice"
        return None

    return check


def _languages(value: Any) -> Problem | None:
    if not isinstance(value, list):
        return "wrong-type", "a list of language codes is expected"
    wrong = [str(one) for one in value if one not in v.LANGUAGES]
    return ("unknown-code", f"{', '.join(wrong)}: not a known language (vocabulary.LANGUAGES)") if wrong else None


def _in_two_languages(longest: int) -> Check:
    def check(value: Any) -> Problem | None:
        if not isinstance(value, dict) or not set(SHOWN_LANGUAGES) <= set(value):
            return "missing-language", f"a text in each of {', '.join(SHOWN_LANGUAGES)} is expected"
        for language, text in value.items():
            problem = _text(longest)(text)
            if problem:
                return problem[0], f"{language}: {problem[1]}"
        return None

    return check


def _yes_no(value: Any) -> Problem | None:
    return None if isinstance(value, bool) else ("wrong-type", "true or false is expected")


def _age(value: Any) -> Problem | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 120
    return None if fits else ("impossible-age", "a whole number from 0 to 120 is expected")


def _identifier(value: Any) -> Problem | None:
    fits = isinstance(value, str) and _ID.fullmatch(value)
    return None if fits else ("malformed-id", "small letters, digits and single hyphens are expected")


def _area(value: Any) -> Problem | None:
    if value == "national":
        return None
    if isinstance(value, list) and value and all(isinstance(one, str) and _AREA.fullmatch(one) for one in value):
        return None
    return "malformed-area", "“national” or a list of “province:…”, “municipality:…” or “vt:…” is expected"


def _hours(value: Any) -> Problem | None:
    if not isinstance(value, str):
        return "impossible-hours", "hours are a text such as “Mo-Fr 09:00-17:00; PH off”"
    try:
        parse_hours(value)
    except HoursError as problem:
        return "impossible-hours", str(problem)
    return None


def _iso_date(value: Any) -> Problem | None:
    fits = isinstance(value, str) and _DATE.fullmatch(value)
    return None if fits else ("malformed-date", "a date such as “2022”, “2025-10” or “2026-09-08” is expected")


def _web_address(value: Any) -> Problem | None:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        fits = parts is not None and parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        fits = False
    if not fits or any(sign.isspace() for sign in value):
        return "malformed-address", "a web address that starts with https:// is expected"
    return None


def phone_problem(value: str) -> Problem | None:
    """What is wrong with a phone number, or None. Dutch numbers, short numbers and +… are understood."""
    digits = re.sub(r"[\s().-]", "", value)
    if digits in SHORT_NUMBERS:
        return None
    if not re.fullmatch(r"\+?\d{3,15}", digits):
        return "malformed-phone", f"“{value}” is not a phone number"
    try:
        if phonenumbers.is_valid_number(phonenumbers.parse(digits, "NL")):
            return None
    except phonenumbers.NumberParseException:
        pass
    return "malformed-phone", f"“{value}” cannot be a Dutch or international phone number"


def _knowledge(value: Any) -> Problem | None:
    """Knowledge that an organisation says it has: about what, and since which year when that is known."""
    if not isinstance(value, list) or not value:
        return "wrong-type", "a list of tables with “about”, “code” and perhaps “since” is expected"
    seen = set()
    for one in value:
        if not isinstance(one, dict) or set(one) - {"about", "code", "since"} or one.get("about") not in KNOWLEDGE:
            return "wrong-type", f"each has “about” ({', '.join(KNOWLEDGE)}), “code” and perhaps “since”, no more"
        kind, code, since = KNOWLEDGE[one["about"]], one.get("code"), one.get("since", 2000)
        if code not in set(kind) or (one["about"], code) in seen:
            return "unknown-code", f"“{code}” is not a code of vocabulary.{kind.__name__}, or it stands here twice"
        if type(since) is not int or not 1900 <= since <= 2100:
            return "malformed-date", "“since” is a year, such as 2015"
        seen.add((one["about"], code))
    return None


def _source_of(value: Any) -> Problem | None:
    fits = isinstance(value, dict) and value and all(isinstance(one, str) for one in value.values())
    return None if fits else ("wrong-type", "for some keys of this table the name of their source is expected")


def _contact_value(kind: str, value: Any) -> Problem | None:
    if not isinstance(value, str) or not value.strip():
        return "wrong-type", "a text is expected; leave the key out when it is not known"
    if kind in ("phone", "whatsapp"):
        return phone_problem(value)
    if kind == "mail":
        return None if _MAIL.fullmatch(value) else ("malformed-address", f"“{value}” is not a mail address")
    if kind in ("visit", "letter", "home_visit"):
        fits = len(value) >= 8 and re.search(r"[A-Za-z]{3}", value)
        return None if fits else ("malformed-address", f"“{value}” is not a street and town")
    return _web_address(value)


_SOURCE: dict[str, Check] = {
    "title": _text(200), "locator": _text(200), "url": _web_address, "date": _iso_date,
    "confidence": _one(v.Confidence),
}  # fmt: skip
_ORGANIZATION: dict[str, Check] = {
    "id": _identifier,
    "name": _text(120),
    "also_known_as": lambda value: None if isinstance(value, list) else ("wrong-type", "a list of names is expected"),
    "kind": lambda value: (
        None if value in ("organization", "local_entry") else ("unknown-code", "organization or local_entry")
    ),
    "status": _one(v.Status),
    "website": _web_address,
    "source": _text(40),
    "source_of": _source_of,
    "summary": _in_two_languages(140),
    "description": _in_two_languages(900),
    "what_happens": _in_two_languages(900),
    "not_for": _in_two_languages(400),
    "knowledge": _knowledge,
    **dict.fromkeys(WHAT_IF, _in_two_languages(400)),
}
_SERVICE: dict[str, Check] = {
    "id": _identifier,
    "name": _in_two_languages(80),
    "function": _one(v.Function),
    "roles": _many(v.Role),
    "primary_roles": _many(v.Role),
    "violence": _many(v.Violence),
    "violence_focus": _many(v.Violence),
    "contexts": _many(v.Context),
    "contexts_only": _many(v.Context),
    "relations_only": _many(v.Relation),
    "groups_focus": _many(v.Group),
    "groups_only": _many(v.Group),
    "faiths": _many(v.Group),
    "age_min": _age,
    "age_max": _age,
    "when_only": _many(v.When),
    "not_when": _many(v.When),
    "help": _many(v.Need),
    "area": _area,
    "anonymous": _yes_no,
    "comes_to_you": _yes_no,
    "many_languages": _yes_no,
    "answered_by": _many(v.AnsweredBy),
    "languages": _languages,
    "languages_read": _languages,
    "waiting_time": _in_two_languages(200),
    "source": _text(40),
    "source_of": _source_of,
}
_CHANNEL: dict[str, Check] = {
    "kind": _one(v.ChannelKind),
    "cost": _one(v.Cost),
    "hours": _hours,
    "hours_note": _in_two_languages(300),
    "languages": _languages,
    "anonymous": _yes_no,
    "source": _text(40),
    "source_of": _source_of,
    "value_source": _text(40),
    "cost_source": _text(40),
    "hours_source": _text(40),
}
_MUST = {
    "organization": ("id", "name", "kind", "status", "source", "summary", "description"),
    "service": ("id", "name", "function", "roles", "primary_roles", "violence", "help"),
    "source": ("title", "confidence"),
    "channel": ("kind",),
}
#: What of an organisation rests on a source; of a service everything does but these.
FACTS = ("name", "website", "summary", "description", "what_happens", "not_for", "status", "knowledge", *WHAT_IF)
_NO_FACT = ("id", "channels", "source", "source_of")


class _File:
    """One file while it is checked."""

    def __init__(self, name: str, lines: Mapping[KeyPath, int], today: date) -> None:
        self.name, self.today, self.lines = name, today, {(): 1, **lines}
        self.findings: list[Finding] = []
        self.facts: list[tuple[str, str]] = []

    def say(self, path: KeyPath, rule: str, message: str, *, is_warning: bool = False) -> None:
        where = ".".join(str(part) for part in path)
        self.findings.append(
            Finding(
                self.name,
                line_of(self.lines, path),
                rule,
                f"{where}: {message}" if where else message,
                "warning" if is_warning else "error",
            )
        )

    def table(self, data: Any, path: KeyPath, shape: Mapping[str, Check], must: str, also: Iterable[str] = ()) -> bool:
        if not isinstance(data, dict):
            self.say(path, "wrong-type", "a table is expected")
            return False
        for key in _MUST[must]:
            if key not in data:
                self.say(path, "missing-key", f"“{key}” is missing")
        for key, value in data.items():
            if key in shape:
                problem = shape[key](value)
                if problem:
                    self.say((*path, key), *problem)
            elif key not in also:
                self.say((*path, key), "unknown-key", "this key is not known")
        return True

    def facts_of(
        self, path: KeyPath, data: Mapping[str, Any], keys: Iterable[str], source: Any, sources: Mapping[str, Any]
    ) -> None:
        """Each of these keys that stands in a table is a fact of the table's source, or of one of its own."""
        named = data.get("source_of")
        named = named if isinstance(named, dict) else {}
        for key in dict.fromkeys((*keys, *named)):
            if key in data:
                self.fact((*path, key), named.get(key) or data.get(f"{key}_source", source), sources)
            elif key in named:
                self.say((*path, "source_of"), "unknown-key", f"“{key}” does not stand in this table")

    def fact(self, path: KeyPath, source: Any, sources: Mapping[str, Any]) -> None:
        if source not in sources:
            self.say(path, "missing-source", f"there is no [sources.{source}] in this file")
        else:
            self.facts.append((".".join(map(str, path)), str(source)))


def check_entry(name: str, text: str, today: date) -> tuple[Entry | None, list[Finding]]:
    """Read one file's text. Gives the Entry (None when there is an error) and all findings.

    `name` is the file's name, `today` the day against which the age of facts is measured.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        named = re.search(r"at line (\d+)", str(problem))
        line = int(named[1]) if named else text.count("\n") + 1
        return None, [Finding(name, line, "not-toml", f"this is not TOML: {problem}")]
    return check_data(name, data, today, line_numbers(text))


def check_data(
    name: str, data: dict[str, Any], today: date, lines: Mapping[KeyPath, int] | None = None
) -> tuple[Entry | None, list[Finding]]:
    """As `check_entry`, for content that is parsed already; without `lines` every finding is on line 1."""
    file = _File(name, lines or {}, today)
    sources = data.get("sources", {})
    file.table(data, (), _ORGANIZATION, "organization", ("sources", "services"))
    if data.get("id") != Path(name).stem:
        file.say(("id",), "wrong-id", f"the id must be the file's name, “{Path(name).stem}”")
    if not isinstance(sources, dict) or not sources:
        file.say(("sources",), "missing-source", "at least one [sources.…] is expected")
        sources = {}
    for key, source in sources.items():
        if file.table(source, ("sources", key), _SOURCE, "source"):
            _check_age(file, ("sources", key), source)
    file.facts_of((), data, FACTS, data.get("source"), sources)
    services = data.get("services")
    if not isinstance(services, list) or not services:
        file.say((), "missing-key", "at least one [[services]] is expected")
        services = []
    seen: set[str] = set()
    for place, service in enumerate(services):
        _check_service(file, ("services", place), service, data.get("source"), sources, seen)
    is_broken = any(one.severity == "error" for one in file.findings)
    entry = None if is_broken else Entry(data["id"], data, tuple(file.facts))
    return entry, sorted(file.findings)


def _check_age(file: _File, path: KeyPath, source: Mapping[str, Any]) -> None:
    when = source.get("date")
    if when is None:
        file.say(path, "undated", "this source has no date; look it up and check the facts again", is_warning=True)
        return
    if _iso_date(when):
        return
    try:
        first = date(int(when[:4]), int(when[5:7] or 1), int(when[8:10] or 1))
    except ValueError:
        file.say((*path, "date"), "malformed-date", f"“{when}” is not a day of the calendar")
        return
    if first > file.today:
        file.say((*path, "date"), "future-date", f"“{when}” lies in the future")
    elif is_old(when, file.today):
        file.say((*path, "date"), "stale", f"facts of {when} are older than twelve months", is_warning=True)


def _check_service(
    file: _File, path: KeyPath, data: Any, source: Any, sources: Mapping[str, Any], seen: set[str]
) -> None:
    if not file.table(data, path, _SERVICE, "service", ("channels",)):
        return
    source = data.get("source", source)
    if data.get("id") in seen:
        file.say((*path, "id"), "duplicate-id", f"the service “{data['id']}” stands in this file twice")
    seen.add(str(data.get("id")))
    file.facts_of(path, data, [key for key in data if key not in _NO_FACT], source, sources)
    for part, whole in (("primary_roles", "roles"), ("violence_focus", "violence")):
        outside = _codes(data, part) - _codes(data, whole)
        if outside:
            file.say((*path, part), "not-covered", f"{', '.join(sorted(outside))} does not stand in “{whole}”")
    if isinstance(data.get("age_min"), int) and isinstance(data.get("age_max"), int):
        if data["age_min"] > data["age_max"]:
            file.say((*path, "age_min"), "impossible-age", "the lowest age is above the highest")
    outside = _codes(data, "faiths") - {str(faith) for faith in v.FAITHS}
    if outside:
        file.say((*path, "faiths"), "unknown-code", f"{', '.join(sorted(outside))} is not a faith community")
    channels = data.get("channels", [])
    if not isinstance(channels, list):
        file.say((*path, "channels"), "wrong-type", "[[services.channels]] is expected")
        return
    for place, channel in enumerate(channels):
        _check_channel(file, (*path, "channels", place), channel, source, sources)


def _codes(data: Mapping[str, Any], key: str) -> set[str]:
    value = data.get(key)
    return {str(one) for one in value} if isinstance(value, list) else set()


def _check_channel(file: _File, path: KeyPath, data: Any, source: Any, sources: Mapping[str, Any]) -> None:
    if not file.table(data, path, _CHANNEL, "channel", ("value",)):
        return
    source = data.get("source", source)
    kind = data.get("kind")
    if "value" in data and isinstance(kind, str):
        problem = _contact_value(kind, data["value"])
        if problem:
            file.say((*path, "value"), *problem)
    if "hours" in data and kind in ("mail", "form", "letter", "website", "forum"):
        file.say((*path, "hours"), "impossible-hours", f"“{kind}” is never closed; leave the hours out")
    file.facts_of(path, data, ("kind", "value", "cost", "hours"), source, sources)


def read_directory(folder: Path, today: date) -> tuple[list[Entry], list[Finding]]:
    """Read every `*.toml` of the folder, in the order of their names.

    Gives the entries without errors and all findings. A folder that is not there, or holds no file, is a finding.
    """
    entries: list[Entry] = []
    findings: list[Finding] = []
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not files:
        findings.append(Finding(str(folder), 1, "no-files", "there is no directory file here"))
    names: dict[str, str] = {}
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            findings.append(Finding(str(path), 1, "not-readable", f"the file cannot be read as UTF-8: {problem}"))
            continue
        entry, found = check_entry(path.name, text, today)
        findings += [Finding(str(path), one.line, one.rule, one.message, one.severity) for one in found]
        if entry is None:
            continue
        name = str(entry.data["name"]).casefold()
        if name in names:
            findings.append(Finding(str(path), 1, "duplicate-id", f"the name is already that of {names[name]}"))
            continue
        names[name] = entry.id
        entries.append(entry)
    return entries, findings
