"""What the queue and the desk must know of a conversation without reading it, under the server's key.

Nothing of it stands readable in the database. All labels have one size, whatever they say.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

from voordeur.secrecy.keyring import ServerKey

SIZE = 512


@dataclass(frozen=True, slots=True)
class Label:
    """Door, language and wish of the visitor; since when the visitor waits for an answer (UTC); what happened to it.

    is_stale: somebody who could read was taken off, so the next to make keys makes new ones.
    """

    door: str
    team: str
    language: str
    wish: str
    way: str
    is_danger: bool = False
    is_return: bool = False
    has_left: bool = False
    is_shut_out: bool = False
    since: str = ""
    owner: str = ""
    owner_role: str = ""
    before: str = ""
    closed_because: str = ""
    back_for: str = ""
    is_stale: bool = False

    def waited(self, moment: datetime) -> float:
        """Minutes that the visitor waits, in the queue or for an answer, until `moment`; 0 when the desk spoke last."""
        if not self.since:
            return 0.0
        return max(0.0, (moment - datetime.fromisoformat(self.since)).total_seconds() / 60)

    def sealed(self, server_key: ServerKey, conversation_id: str) -> bytes:
        """The label as it is stored; it opens for this conversation only."""
        written = {key: value for key, value in asdict(self).items() if value not in ("", False)}
        return server_key.seal(json.dumps(written, separators=(",", ":")).encode(), _context(conversation_id), SIZE)


def opened(server_key: ServerKey, conversation_id: str, sealed: bytes) -> Label:
    """The label of a conversation. Raises KeyDoesNotFit when it was sealed under another key or for another one."""
    read = json.loads(server_key.unseal(bytes(sealed), _context(conversation_id)))
    known = {one.name for one in fields(Label)}
    empty = {"door": "", "team": "", "language": "", "wish": "", "way": ""}
    return Label(**{**empty, **{key: value for key, value in read.items() if key in known}})


def written(moment: datetime) -> str:
    """A moment as labels keep it: UTC, to the second."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def _context(conversation_id: str) -> bytes:
    return b"label\0" + conversation_id.encode()
