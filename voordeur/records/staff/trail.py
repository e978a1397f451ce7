"""How the trail of what was done holds together: the chain, what is sealed in a line, and the mark on its end.

What it withstands: who can write to the database, but has not the server's key, cannot add, change, swap or drop a
line, nor cut the end, without a fault being found. What it does not: somebody with the server's key too can write a
whole new trail; who puts back an old copy of the whole database puts back its trail; and who empties the trail wholly,
end and all, makes it begin anew. Against these, the number and chain that `voordeur audit verify` prints are kept
somewhere else and compared. An end that was found wrong once is never again called right.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from voordeur.secrecy.keyring import KeyDoesNotFit, ServerKey

if TYPE_CHECKING:
    from voordeur.records.staff.models import AuditHead, AuditLine

#: Before the first line; as long as every chain.
START = bytes(32)
#: Every line has one length, so that it does not tell who or what by how long it is.
LINE_BYTES = 384
LONGEST = {"who": 40, "what": 60, "about": 80}


class LineTooLong(ValueError):
    """A name, verb or reference is longer than a line of the trail takes; the message says which."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done: `at` aware, `who` a login name, `what` a verb, `about` an opaque reference or empty."""

    number: int
    at: datetime
    who: str
    what: str
    about: str


def chain_of(previous: bytes, number: int, day: date, sealed: bytes) -> bytes:
    """The chain of a line: SHA-256 over the chain before it, its number (8 bytes), its day and what is sealed."""
    return hashlib.sha256(previous + number.to_bytes(8, "big") + day.isoformat().encode() + sealed).digest()


def _context(number: int, day: date) -> bytes:
    return b"audit\0" + number.to_bytes(8, "big") + day.isoformat().encode()


def sealed_line(server_key: ServerKey, number: int, moment: datetime, day: date, said: dict[str, str]) -> bytes:
    """Moment and words of a line, sealed for its place in the trail. Raises LineTooLong."""
    for name, most in LONGEST.items():
        if len(said[name]) > most or not said[name].isascii():
            raise LineTooLong(f"{name}: at most {most} plain signs are expected")
    written = json.dumps([moment.isoformat(timespec="seconds"), said["who"], said["what"], said["about"]])
    return server_key.seal(written.encode(), _context(number, day), LINE_BYTES)


def opened_line(server_key: ServerKey, row: AuditLine) -> Line | None:
    """What a line says; None when it was changed or was sealed with another key."""
    try:
        written = server_key.unseal(bytes(row.sealed), _context(row.number, row.day))
        at, who, what, about = json.loads(written)
        return Line(row.number, datetime.fromisoformat(at), who, what, about)
    except (KeyDoesNotFit, ValueError):
        return None


def mark_of(server_key: ServerKey, head: AuditHead) -> bytes:
    """What only the server's key can write under this beginning and end of the trail."""
    ends = (head.before_number, bytes(head.before_chain).hex(), head.number, bytes(head.chain).hex())
    return server_key.tag("audit head", " ".join(map(str, ends)))
