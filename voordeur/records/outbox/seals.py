"""What is sealed in a row of the outbox, under the server's key; it opens for its team only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from voordeur.secrecy.keyring import ServerKey

#: Every row has one length, so that it does not tell the address by how long it is.
ADDRESS_BYTES = 320
TIMES_BYTES = 96


@dataclass(frozen=True, slots=True)
class Address:
    """Where a team wants its notices, and when the last mail went there (None: never)."""

    mail: str
    last_mail: datetime | None = None

    def sealed(self, server_key: ServerKey, team_id: int) -> bytes:
        """As it is stored."""
        return _sealed(server_key, _address_of(team_id), [self.mail, _written(self.last_mail)], ADDRESS_BYTES)


@dataclass(frozen=True, slots=True)
class Times:
    """When a notice was first tried, and from when on it is tried again."""

    first: datetime
    following: datetime

    def sealed(self, server_key: ServerKey, team_id: int) -> bytes:
        """As they are stored."""
        return _sealed(server_key, _times_of(team_id), [_written(self.first), _written(self.following)], TIMES_BYTES)


def opened_address(server_key: ServerKey, team_id: int, sealed: bytes | memoryview) -> Address:
    """The address of a team. Raises KeyDoesNotFit when it was sealed under another key or for another team."""
    mail, last_mail = json.loads(server_key.unseal(bytes(sealed), _address_of(team_id)))
    return Address(mail, datetime.fromisoformat(last_mail) if last_mail else None)


def opened_times(server_key: ServerKey, team_id: int, sealed: bytes | memoryview) -> Times | None:
    """The times of a notice; None when it was not tried yet. Raises KeyDoesNotFit."""
    if not bytes(sealed):
        return None
    first, following = json.loads(server_key.unseal(bytes(sealed), _times_of(team_id)))
    return Times(datetime.fromisoformat(first), datetime.fromisoformat(following))


def _sealed(server_key: ServerKey, context: bytes, said: list[str], size: int) -> bytes:
    return server_key.seal(json.dumps(said, separators=(",", ":")).encode(), context, size)


def _written(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""


def _address_of(team_id: int) -> bytes:
    return b"notice address\0" + str(team_id).encode()


def _times_of(team_id: int) -> bytes:
    return b"notice times\0" + str(team_id).encode()
