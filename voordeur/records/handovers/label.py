"""What the server must know of a hand-over, a buddy and a permission, under the server's key; each of one size."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any, TypeVar

from voordeur.records.conversations.label import written
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import BuddyKind, ContactWay, HandoverState

HANDOVER_SIZE, BUDDY_SIZE, PERMISSION_SIZE = 1024, 256, 2048
#: Kinds of remarks: a partner's question, the visitor's answer, a word with a no, and of an override reason and text.
QUESTION, ANSWER, WITH_NO, OVERRIDE_REASON, OVERRIDE_TEXT = "q", "a", "n", "r", "t"
REMARKS = QUESTION + ANSWER + WITH_NO + OVERRIDE_REASON + OVERRIDE_TEXT
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class HandoverLabel:
    """A hand-over's facts. Moments are UTC texts to the second, as in labels of conversations; days ISO.

    organization and service: of the directory. team: the partner's team, empty for one without a desk. desk: the team
    that asks. rank: in which order the partners are asked. until: the last day of the yes. agreed_at, agreed_way: the
    first contact. may_join: the visitor also said yes to somebody of the partner in the conversation. guest: who of the
    partner joined. is_contact_off: the visitor no longer permits the first contact that was agreed. is_refused: the
    visitor said no, or took it back. steps: what was ticked off by telephone. is_put: the visitor was asked.
    """

    organization: str = ""
    service: str = ""
    team: str = ""
    desk: str = ""
    state: str = HandoverState.DRAFTED.value
    since: str = ""
    rank: int = 0
    asked_by: str = ""
    until: str = ""
    agreed_at: str = ""
    agreed_way: str = ""
    reason: str = ""
    might: str = ""
    may_join: bool = False
    is_contact_off: bool = False
    is_refused: bool = False
    guest: str = ""
    joins: bool = False
    is_danger: bool = False
    override_by: str = ""
    override_second: str = ""
    is_untold: bool = False
    is_back: bool = False
    is_put: bool = False
    steps: list[str] = field(default_factory=list)

    @property
    def now(self) -> HandoverState:
        """The state."""
        return HandoverState(self.state)

    @property
    def since_at(self) -> datetime:
        """Since when it stands so."""
        return datetime.fromisoformat(self.since)

    @property
    def agreed(self) -> datetime | None:
        """The moment of the first contact, when one was agreed."""
        return datetime.fromisoformat(self.agreed_at) if self.agreed_at else None

    @property
    def is_override(self) -> bool:
        """Whether two people signed for vital danger."""
        return bool(self.override_by and self.override_second)

    @property
    def is_outside(self) -> bool:
        """Whether a partner took somebody, and nobody of theirs may come in: the visitor can let them."""
        is_taken = self.now in (HandoverState.ACCEPTED, HandoverState.IN_CONTACT) and bool(self.team)
        return is_taken and not self.may_join and not self.is_override

    @property
    def waits_outside(self) -> bool:
        """Whether they agreed to make contact in the conversation, and may not come in."""
        is_here = self.now is HandoverState.ACCEPTED and self.agreed_way == ContactWay.HERE
        return is_here and self.is_outside

    @property
    def until_day(self) -> date | None:
        """The last day of the yes."""
        return date.fromisoformat(self.until) if self.until else None


@dataclass(frozen=True, slots=True)
class BuddyLabel:
    """Who goes along: of which kind, whether the conversation may be read, and what number to call them by."""

    kind: str = BuddyKind.OWN_CIRCLE.value
    may_read: bool = False
    number: int = 1


@dataclass(frozen=True, slots=True)
class PermissionLabel:
    """What a visitor permits: `contact` as rules/safe_contact writes it (None: nothing), and a moment to be asked.

    ended: the beginnings of the ids of those who go along no longer, the newest last, for their codes stay dead.
    """

    contact: dict[str, Any] | None = None
    check_in_at: str = ""
    is_checked: bool = False
    ended: list[str] = field(default_factory=list)


def sealed(label: Any, server_key: ServerKey, about: str, size: int) -> bytes:
    """A label as it is stored; it opens for this row only. Raises ValueError when it does not fit."""
    said = {key: value for key, value in asdict(label).items() if value}
    return server_key.seal(json.dumps(said, separators=(",", ":")).encode(), _context(type(label), about), size)


def opened(kind: type[Kind], server_key: ServerKey, about: str, stored: bytes | memoryview) -> Kind:
    """The label of a row. Raises KeyDoesNotFit when it was sealed under another key or for another row."""
    read = json.loads(server_key.unseal(bytes(stored), _context(kind, about)))
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in read.items() if key in known})


def _context(kind: type, about: str) -> bytes:
    return f"{kind.__name__}\0{about}".encode()


def moment_text(moment: datetime) -> str:
    """A moment as labels keep it."""
    return written(moment)
