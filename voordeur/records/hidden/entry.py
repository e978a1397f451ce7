"""What a hidden entry says, who may see it, and how it is sealed: all of it, in one size, for its own row only.

An entry is checked when it is written. The list shows the kind of help, the province and whether there is a place, and
so these three are words of closed lists: nobody can write an address in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from voordeur.rules.area import PROVINCES
from voordeur.rules.rights import Action, Standing, permits
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import Audience, Confidence, Need, StaffRole

SIZE, REASON_SIZE = 4096, 1024
#: The longest that each text may be, and whether it may be left empty.
TEXTS = {
    "name": (120, False),
    "organization": (80, True),
    "address": (300, False),
    "purpose": (600, False),
    "asking": (600, False),
    "source": (300, False),
}
MOST_PLACES = 999
REASON_SIGNS = (10, 200)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
_ALLOWED_BREAKS = frozenset("\n")
Word = TypeVar("Word", bound=StrEnum)


class EntryNotUsable(ValueError):
    """This cannot be a hidden entry, or a reason to look at one; the message is a sentence that says what is wrong."""


class EntryTooLong(EntryNotUsable):
    """All of it together does not fit in the one size that every entry has."""


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One hidden entry. It shows nothing of itself in an error or a log.

    organization: an id of the directory, or empty. region: a province, or empty for the whole country. has_place:
    None when that is not known. dated_on: of when the source is. checked_on: when a steward last asked.
    """

    name: str
    organization: str
    address: str
    purpose: str
    kind: Need
    region: str
    has_place: bool | None
    capacity: int | None
    asking: str
    audience: Audience
    roles: frozenset[StaffRole]
    source: str
    dated_on: date
    confidence: Confidence
    checked_on: date

    def is_for(self, roles: Collection[StaffRole]) -> bool:
        """Whether somebody with these roles in a team may see it. Who keeps the map sees all of it, to keep it."""
        if not any(permits(Action.SEE_HIDDEN, Standing(role)) for role in roles):
            return False
        if any(permits(Action.KEEP_HIDDEN, Standing(role)) for role in roles):
            return True
        return self.audience is Audience.PARTNERS or bool(self.roles & set(roles))

    def written(self) -> dict[str, object]:
        """As plain values for JSON; `read` gives the same entry."""
        return {
            "name": self.name,
            "organization": self.organization,
            "address": self.address,
            "purpose": self.purpose,
            "kind": self.kind.value,
            "region": self.region,
            "has_place": self.has_place,
            "capacity": self.capacity,
            "asking": self.asking,
            "audience": self.audience.value,
            "roles": sorted(self.roles),
            "source": self.source,
            "dated_on": self.dated_on.isoformat(),
            "confidence": self.confidence.value,
            "checked_on": self.checked_on.isoformat(),
        }

    def sealed(self, server_key: ServerKey, entry_id: str) -> bytes:
        """As it is stored; it opens for this id only. Raises EntryTooLong."""
        said = json.dumps(self.written(), ensure_ascii=False, separators=(",", ":")).encode()
        try:
            return server_key.seal(said, _entry_context(entry_id), SIZE)
        except ValueError:
            raise EntryTooLong("All texts together are too long; make them shorter.") from None


FIELDS = tuple(name for name in Entry.__dataclass_fields__)
_MAY_LACK: dict[str, object] = {"organization": "", "region": "", "has_place": None, "capacity": None, "roles": []}


def read(said: Mapping[str, object], today: date) -> Entry:
    """The entry that somebody wrote, as JSON or TOML gives it. Raises EntryNotUsable."""
    if unknown := sorted(set(said) - set(FIELDS)):
        raise EntryNotUsable(f"“{unknown[0]}” is not a part of a hidden entry.")
    if lacking := [name for name in FIELDS if name not in said and name not in _MAY_LACK]:
        raise EntryNotUsable(f"“{lacking[0]}” is missing.")
    whole = {**_MAY_LACK, **said}
    audience = _word(whole, "audience", Audience)
    if audience is Audience.PUBLIC:
        raise EntryNotUsable("What everybody may see is not hidden: put it in the directory, in content/directory.")
    entry = Entry(
        **{name: _text(whole, name) for name in TEXTS},
        kind=_word(whole, "kind", Need),
        region=_region(whole["region"]),
        has_place=_yes_or_no(whole["has_place"]),
        capacity=_capacity(whole["capacity"]),
        audience=audience,
        roles=_roles(whole["roles"], audience),
        dated_on=_day(whole, "dated_on", today),
        confidence=_word(whole, "confidence", Confidence),
        checked_on=_day(whole, "checked_on", today),
    )
    if entry.organization and not _SLUG.fullmatch(entry.organization):
        raise EntryNotUsable("“organization” is the code of an organisation of the directory, or empty.")
    return entry


def opened(server_key: ServerKey, entry_id: str, sealed: bytes | memoryview) -> Entry:
    """The entry of a row. Raises KeyDoesNotFit when it was sealed under another key or for another row."""
    return read(json.loads(server_key.unseal(bytes(sealed), _entry_context(entry_id))), date.max)


def sealed_reason(server_key: ServerKey, number: int, about: str, reason: str) -> bytes:
    """Why somebody looked, sealed for its line of the trail. Raises EntryNotUsable."""
    least, most = REASON_SIGNS
    if not least <= len(reason.strip()) <= most or len(reason) > most or not reason.isprintable():
        raise EntryNotUsable(f"A reason of {least} to {most} signs on one line is expected.")
    said = json.dumps([about, reason.strip()], ensure_ascii=False).encode()
    return server_key.seal(said, _look_context(number), REASON_SIZE)


def opened_reason(server_key: ServerKey, number: int, sealed: bytes | memoryview) -> tuple[str, str]:
    """The opaque reference of the entry, and the reason. Raises KeyDoesNotFit."""
    about, reason = json.loads(server_key.unseal(bytes(sealed), _look_context(number)))
    return about, reason


def _entry_context(entry_id: str) -> bytes:
    return b"hidden entry\0" + entry_id.encode()


def _look_context(number: int) -> bytes:
    return b"hidden look\0" + number.to_bytes(8, "big")


def _text(said: Mapping[str, object], name: str) -> str:
    most, may_be_empty = TEXTS[name]
    value = said[name]
    if not isinstance(value, str) or len(value) > most or not (may_be_empty or value.strip()):
        raise EntryNotUsable(f"“{name}”: a text of {0 if may_be_empty else 1} to {most} signs is expected.")
    if not all(sign.isprintable() or sign in _ALLOWED_BREAKS for sign in value):
        raise EntryNotUsable(f"“{name}” holds a sign that cannot be shown.")
    return value.strip()


def _word(said: Mapping[str, object], name: str, kind: type[Word]) -> Word:
    if said[name] not in list(kind):
        raise EntryNotUsable(f"“{name}”: one of {', '.join(kind)} is expected.")
    return kind(str(said[name]))


def _region(value: object) -> str:
    if value != "" and value not in PROVINCES:
        raise EntryNotUsable(f"“region”: one of {', '.join(PROVINCES)}, or empty for the whole country, is expected.")
    return str(value)


def _yes_or_no(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise EntryNotUsable("“has_place”: true or false is expected, or nothing when it is not known.")
    return value


def _capacity(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= MOST_PLACES:
        raise EntryNotUsable(f"“capacity”: a whole number from 0 to {MOST_PLACES} is expected, or nothing.")
    return value


def _roles(value: object, audience: Audience) -> frozenset[StaffRole]:
    seeing = sorted(role for role in StaffRole if permits(Action.SEE_HIDDEN, Standing(role)))
    if not isinstance(value, list) or not all(one in seeing for one in value):
        raise EntryNotUsable(f"“roles”: a list of some of {', '.join(seeing)} is expected; others see nothing hidden.")
    if bool(value) != (audience is Audience.ROLES):
        raise EntryNotUsable("“roles” names who may see it when “audience” is roles, and only then.")
    return frozenset(StaffRole(one) for one in value)


def _day(said: Mapping[str, object], name: str, today: date) -> date:
    value = said[name]
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if type(day) is not date or day > today:
        raise EntryNotUsable(f"“{name}”: a day that is not to come, such as 2026-11-30, is expected.")
    return day
