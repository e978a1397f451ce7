"""Who must be able to read the next epoch of a conversation: these, and nobody else.

Asked by the desk, whose browser makes the keys, and by the visitor's side, when the visitor takes somebody off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from voordeur.records.conversations import queries
from voordeur.records.conversations.queries import Held
from voordeur.records.staff.queries import Team, on_duty, staff_by_id, team_by_slug
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import GrantReason, Recovery, StaffRole

#: Readers who get one key of 32 bytes and no look into what the desk says among itself, and nothing of before.
WITHOUT_DESK_KEY = frozenset({GrantReason.VISITOR, GrantReason.GUEST, GrantReason.BUDDY, GrantReason.BUDDY_TALK})


@dataclass(frozen=True, slots=True)
class Due:
    """A reader who must get the keys of the next epoch."""

    tag: bytes
    who: str
    name: str
    public: bytes
    reason: GrantReason

    def handle(self, held: Held, server_key: ServerKey) -> bytes:
        """What the API calls this reader, for one epoch and one public key.

        Whoever got another key meanwhile (the visitor by a new return code) is another reader: keys that were wrapped
        for the old one are refused, instead of being kept for somebody who cannot open them.
        """
        bound = b"".join((bytes.fromhex(held.id), held.epoch.to_bytes(4, "big"), self.tag, self.public))
        return server_key.tag("reader", bound.hex())


def readers_due(held: Held, moment: datetime, server_key: ServerKey, more: Sequence[Due] = ()) -> tuple[Due, ...]:
    """Who must be able to read the next epoch of a conversation that somebody owns; `more` are guests and buddies."""
    team = team_by_slug(held.label.team)
    owner = staff_by_id(int(held.label.owner or 0))
    found = [visitor_due(held, server_key)]
    if owner is not None and owner.public_key is not None:
        tag = queries.staff_tag(server_key, owner.pk)
        had = queries.readers(held.id, held.epoch).get(tag)
        reason = {
            GrantReason.COACH: GrantReason.TAKEN_OVER,
            GrantReason.TAKEN_OVER: GrantReason.TAKEN_OVER,
            GrantReason.CALL: GrantReason.CALL,
        }.get(had or GrantReason.PICKED_UP, GrantReason.PICKED_UP)
        found.append(Due(tag, "me", owner.shown_name, bytes(owner.public_key), reason))
    if team is not None:
        found += team_readers(team, server_key, is_in_queue=owner is None)
    if held.label.owner_role == StaffRole.PEER:
        coaches = {
            one.staff_id: one.staff
            for one in on_duty(held.label.team, moment)
            if one.role == StaffRole.COACH and str(one.staff_id) != held.label.owner
        }
        found += [
            Due(queries.staff_tag(server_key, who), "coach", coach.shown_name, bytes(coach.public_key), _COACH)
            for who, coach in sorted(coaches.items())
            if coach.public_key is not None
        ]
    known = {one.tag for one in found}
    return (*found, *(one for one in more if one.tag not in known))


_COACH = GrantReason.COACH


def readers_after_passing(held: Held, team: Team, server_key: ServerKey, more: Sequence[Due] = ()) -> tuple[Due, ...]:
    """Who must be able to read the next epoch when a conversation goes to the queue of this team."""
    return (visitor_due(held, server_key), *team_readers(team, server_key, is_in_queue=True), *more)


def visitor_due(held: Held, server_key: ServerKey) -> Due:
    """The visitor, who always reads."""
    return Due(queries.visitor_tag(server_key, held.id), "visitor", "", held.visitor_key, GrantReason.VISITOR)


def team_readers(team: Team, server_key: ServerKey, *, is_in_queue: bool) -> list[Due]:
    """The team, while it is in its queue or when it chose so; and the key that it keeps apart, when it chose that."""
    found = []
    if team.public_key is not None and (is_in_queue or team.recovery == Recovery.TEAM):
        tag = queries.team_tag(server_key, team.slug)
        found.append(Due(tag, f"team:{team.slug}", team.name, bytes(team.public_key), GrantReason.QUEUE))
    if team.escrow_public_key is not None and team.recovery == Recovery.ESCROW:
        tag = queries.escrow_tag(server_key, team.slug)
        found.append(Due(tag, f"escrow:{team.slug}", team.name, bytes(team.escrow_public_key), GrantReason.ESCROW))
    return found


def needs_epoch(held: Held, due: Iterable[Due]) -> bool:
    """Whether others read the current epoch than those who are due, or somebody was taken off it."""
    return held.label.is_stale or set(queries.readers(held.id, held.epoch)) != {one.tag for one in due}
