"""Which front door a request came to, by its host name (report 6.9: several doors that feel like one).

A door is a file in `content/doors`. The emergency number stands there too: it must be on every page, also on
one that is made while the directory cannot be read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voordeur.faces.tones import PLAIN, are_texts
from voordeur.rules.opening import HoursError
from voordeur.rules.roster import TalkHours, longest_closed_minutes, talk_hours
from voordeur.rules.routing import AlarmKind, RoutingError, RoutingRules, routing_rules
from voordeur.vocabulary import LANGUAGES

THEME_TOKENS = ("ground", "card", "ink", "quiet", "line", "accent", "on_accent", "tint")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_TEAM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: As a browser names a site: HTTPS, but for one's own machine; no path, no star.
_ORIGIN = re.compile(
    r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|http://(([a-z0-9-]+\.)*localhost|127\.0\.0\.1)(:[0-9]{1,5})?"
)
_TALK_KEYS = {
    "team", "hours", "exceptions", "languages", "message_read_within_hours", "kept_days_with_code",
    "kept_days_without_code", "steps", "alarm_minutes", "queue_limit", "overflow",
}  # fmt: skip
_MOST_KEPT_DAYS = 366
#: The blocks of a door's first page; a door can order them, and what it leaves out follows as here.
HOME_BLOCKS = ("ways", "talk", "read", "search", "partners")
DOOR_KEYS = {
    "id", "is_central", "hosts", "languages", "name", "tagline", "welcome", "ways_in", "starts_with", "emergency",
    "theme", "scope", "talk", "tone", "has_large_text", "groups", "topics", "partners", "are_partners_agreed",
    "asks_first", "words", "home", "embedded_by",
}  # fmt: skip


class DoorError(ValueError):
    """A door cannot be opened; the message names its file and what is expected."""


class UnknownHost(LookupError):
    """The request came to a host name that is none of our doors."""


@dataclass(frozen=True, slots=True)
class Talk:
    """How people talk with the team behind a door; all of it is set by who runs the door.

    languages: in which the team answers. message_read_within_hours: what the page may promise about a message that is
    left. The two kept_days: for how long a conversation is kept after its last message, with and without a code.
    """

    team: str
    hours: TalkHours
    languages: tuple[str, ...]
    message_read_within_hours: int
    kept_days_with_code: int
    kept_days_without_code: int
    routing: RoutingRules


@dataclass(frozen=True, slots=True)
class Door:
    """One front door. Texts are {language: text}; `starts_with` are answers that are known on entering.

    talk: None where nobody sits behind the door; it then only shows the way. tone: how the reader is addressed
    (faces/tones). groups: for whom it is. topics: pages of the library that come first. partners: organisations in the
    order of the door's preference, which decides between those that fit equally well. asks_first: the question after
    the ways in. words: the door's own words over the guide's. home: the blocks of the first page, in order.
    embedded_by: the sites that may show it inside a page of theirs.
    """

    id: str
    is_central: bool
    hosts: tuple[str, ...]
    languages: tuple[str, ...]
    name: Mapping[str, str]
    tagline: Mapping[str, str]
    welcome: Mapping[str, str]
    ways_in: tuple[str, ...]
    starts_with: Mapping[str, tuple[str, ...]]
    emergency_number: str
    theme: Mapping[str, str]
    scope: Mapping[str, tuple[str, ...]]
    talk: Talk | None = None
    tone: str = PLAIN
    has_large_text: bool = False
    groups: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    are_partners_agreed: bool = False
    asks_first: str = ""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    home: tuple[str, ...] = HOME_BLOCKS
    embedded_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doorway:
    """All doors, and which host leads to which."""

    doors: tuple[Door, ...]
    by_host: Mapping[str, Door]
    central: Door

    def door_for(self, host: str) -> Door:
        """The door at this Host header (a port and letter case do not matter). Raises UnknownHost."""
        name = host.strip().lower().rsplit(":", 1)[0] if ":" in host else host.strip().lower()
        try:
            return self.by_host[name.rstrip(".")]
        except KeyError:
            raise UnknownHost(name) from None


def is_site(written: str) -> bool:
    """Whether this names one site as browsers do: https://www.example.org, without a path."""
    return _ORIGIN.fullmatch(written) is not None


def door_from(path: Path, data: Mapping[str, Any], emergency: str) -> Door:
    """The door in a parsed file; `emergency` is the number of the central door. Raises DoorError."""

    def need(key: str, kind: type) -> Any:
        value = data.get(key)
        if not isinstance(value, kind) or not value:
            raise DoorError(f"{path.name}: “{key}” is missing")
        return value

    def listed(key: str) -> tuple[str, ...]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise DoorError(f"{path.name}: “{key}” must be a list of texts")
        return tuple(value)

    unknown = sorted(set(data) - DOOR_KEYS)
    if unknown:
        raise DoorError(f"{path.name}: a door knows no {', '.join(unknown)}")
    languages = tuple(need("languages", list))
    for key in ("name", "tagline", "welcome"):
        missing = [language for language in languages if not need(key, dict).get(language)]
        if missing:
            raise DoorError(f"{path.name}: “{key}” has no text in {', '.join(missing)}")
    theme = need("theme", dict)
    wrong = [token for token in THEME_TOKENS if not _COLOUR.fullmatch(str(theme.get(token, "")))]
    if wrong:
        raise DoorError(f"{path.name}: theme {', '.join(wrong)} must be a colour such as #1d4e4f")
    hosts = tuple(host.lower() for host in need("hosts", list))
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise DoorError(f"{path.name}: a host name is written without port, scheme or path")
    words = data.get("words", {})
    if not isinstance(words, dict) or not all(are_texts(texts) for texts in words.values()):
        raise DoorError(f"{path.name}: [words] must hold lines such as when.nl = … for each key, question or choice")
    if not set(listed("home")) <= set(HOME_BLOCKS):
        raise DoorError(f"{path.name}: “home” orders the blocks {', '.join(HOME_BLOCKS)}")
    embedded_by = data.get("embedded_by", [])
    if not isinstance(embedded_by, list) or not all(is_site(str(one)) for one in embedded_by):
        raise DoorError(f"{path.name}: “embedded_by” must be a list of sites such as https://www.example.org")
    return Door(
        id=need("id", str),
        is_central=bool(data.get("is_central")),
        hosts=hosts,
        languages=languages,
        name=data["name"],
        tagline=data["tagline"],
        welcome=data["welcome"],
        ways_in=tuple(need("ways_in", list)),
        starts_with={key: tuple(codes) for key, codes in data.get("starts_with", {}).items()},
        emergency_number=data.get("emergency", {}).get("number", emergency),
        theme={token: theme[token] for token in THEME_TOKENS},
        scope={key: tuple(codes) for key, codes in data.get("scope", {}).items()},
        talk=talk_from(path, data["talk"]) if "talk" in data else None,
        tone=str(data.get("tone", PLAIN)),
        has_large_text=data.get("has_large_text") is True,
        groups=listed("groups"),
        topics=listed("topics"),
        partners=listed("partners"),
        are_partners_agreed=data.get("are_partners_agreed") is True,
        asks_first=str(data.get("asks_first", "")),
        words=words,
        home=tuple(dict.fromkeys((*listed("home"), *HOME_BLOCKS))),
        embedded_by=tuple(embedded_by),
    )


def talk_from(path: Path, table: object) -> Talk:
    """How people talk behind a door, from its table `talk`. Raises DoorError."""

    def wrong(expected: str) -> DoorError:
        return DoorError(f"{path.name}: [talk] {expected}")

    if not isinstance(table, Mapping):
        raise wrong("must be a table")
    unknown = sorted(set(table) - _TALK_KEYS)
    if unknown:
        raise wrong(f"knows no {', '.join(unknown)}; it has {', '.join(sorted(_TALK_KEYS))}")

    def whole(key: str, most: int) -> int:
        value = table.get(key)
        if type(value) is not int or not 1 <= value <= most:
            raise wrong(f"“{key}” must be a whole number from 1 to {most}")
        return value

    team, hours, exceptions, languages = (table.get(key) for key in ("team", "hours", "exceptions", "languages"))
    if not isinstance(team, str) or not _TEAM.fullmatch(team):
        raise wrong("“team” must be the short name of a team, such as evening-team")
    if not isinstance(hours, str):
        raise wrong("“hours” must be opening hours such as Mo-Fr 09:00-17:00; PH off")
    if exceptions is None:
        exceptions = {}
    if not isinstance(exceptions, dict) or not all(isinstance(said, str) for said in exceptions.values()):
        raise wrong('“exceptions” must be lines such as 2026-12-31 = "10:00-17:00" or 2026-12-31 = "closed"')
    if not isinstance(languages, list) or not languages or not all(code in LANGUAGES for code in languages):
        raise wrong("“languages” must be a list of codes of two letters that the vocabulary knows, such as nl")
    try:
        read, routing = talk_hours(hours, exceptions), routing_rules(table)
    except HoursError as problem:
        raise wrong(f"hours: {problem}") from problem
    except RoutingError as problem:
        raise wrong(str(problem)) from problem
    within = whole("message_read_within_hours", 24 * 14)
    if routing.alarm_minutes[AlarmKind.MESSAGE] > within * 60:
        raise wrong("“alarm_minutes” for message must not be longer than “message_read_within_hours”")
    if longest_closed_minutes(read) > within * 60:
        raise wrong("“message_read_within_hours” is shorter than the longest time that the hours leave nobody there")
    with_code, without = whole("kept_days_with_code", _MOST_KEPT_DAYS), whole("kept_days_without_code", _MOST_KEPT_DAYS)
    if without > with_code:
        raise wrong("“kept_days_without_code” must not be longer than “kept_days_with_code”")
    return Talk(team, read, tuple(languages), within, with_code, without, routing)


def load_doors(folder: Path, extra_hosts: tuple[str, ...] = ()) -> Doorway:
    """All doors of `content/doors`; `extra_hosts` lead to the central door (a setting of the server).

    Raises DoorError when a file is broken, two doors share a host, or there is not exactly one central door.
    """
    files = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            files[path] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            raise DoorError(f"{path.name}: {problem}") from problem
    central = [data for data in files.values() if data.get("is_central")]
    if len(central) != 1:
        raise DoorError(f"{folder}: exactly one door with is_central = true is expected, there are {len(central)}")
    number = central[0].get("emergency", {}).get("number")
    if not isinstance(number, str) or not number.isdigit():
        raise DoorError(f"{folder}: the central door must name the emergency number")
    doors = tuple(door_from(path, data, number) for path, data in files.items())
    by_host: dict[str, Door] = {}
    for door in doors:
        for host in (*door.hosts, *(extra_hosts if door.is_central else ())):
            if host in by_host:
                raise DoorError(f"the host {host} belongs to two doors, {by_host[host].id} and {door.id}")
            by_host[host] = door
    answering = {door.id for door in doors if door.talk}
    for door in doors:
        other = door.talk.routing.overflow if door.talk else None
        if other is not None and other not in answering - {door.id}:
            raise DoorError(
                f"door {door.id}: [talk] “overflow” must be the id of another door with [talk], not {other}"
            )
    return Doorway(doors, by_host, next(door for door in doors if door.is_central))
