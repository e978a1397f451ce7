"""What somebody of the desk gets of a conversation that is theirs: sealed messages, wrapped keys, who reads along.

Also the gate that decides whether it is theirs, and who must be able to read what comes next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from voordeur.faces.desk.api import Answer, Asked, NotHere, as_text
from voordeur.faces.desk.presence import presence
from voordeur.faces.doorway import Door, Doorway, load_doors
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import queries
from voordeur.records.conversations.label import Label
from voordeur.records.conversations.queries import Held
from voordeur.records.staff.queries import Staff, Team, memberships_of, on_duty, staff_by_id, team_by_slug
from voordeur.rules.rights import Action, Standing, permits
from voordeur.vocabulary import GrantReason, Recovery, StaffRole

#: A conversation whose door is gone is kept as long as the shortest that a door could set; safety rule 11.
_KEPT_WITHOUT_DOOR = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place in a team: all their roles there, and whether they hold the team's key."""

    team: Team
    roles: frozenset[StaffRole]
    has_key: bool

    def may(
        self,
        action: Action,
        *,
        is_owner: bool = False,
        reads_along: bool = False,
        team_holds: bool = False,
        is_coached: bool = False,
    ) -> bool:
        """Whether one of the roles permits this, to a conversation or (without any) to the team."""
        is_coach = reads_along and StaffRole.COACH in self.roles
        return any(permits(action, Standing(role, is_owner, is_coach, team_holds, is_coached)) for role in self.roles)


@dataclass(frozen=True, slots=True)
class Due:
    """A reader who must get the keys of the next epoch."""

    tag: bytes
    who: str
    name: str
    public: bytes
    reason: GrantReason

    def handle(self, held: Held) -> bytes:
        """What the API calls this reader, for one epoch and one public key.

        Whoever got another key meanwhile (the visitor by a new return code) is another reader: keys that were wrapped
        for the old one are refused, instead of being kept for somebody who cannot open them.
        """
        bound = b"".join((bytes.fromhex(held.id), held.epoch.to_bytes(4, "big"), self.tag, self.public))
        return server_key().tag("reader", bound.hex())


@lru_cache(maxsize=1)
def doors() -> Doorway:
    """The doors of this server. Raises DoorError."""
    return load_doors(Path(settings.CONTENT) / "doors")


def door_of(label: Label) -> Door | None:
    """The door that a conversation came through, when it still stands."""
    return next((door for door in doors().doors if door.id == label.door), None)


def doors_of_team(slug: str) -> tuple[Door, ...]:
    """The doors behind which this team sits."""
    return tuple(door for door in doors().doors if door.talk is not None and door.talk.team == slug)


def door_name(label: Label, language: str) -> str:
    """The door's name for somebody of the desk; its id when it no longer stands."""
    door = door_of(label)
    return (door.name.get(language) or next(iter(door.name.values()))) if door else label.door


def kept_until(label: Label, moment: datetime, *, has_code: bool) -> date:
    """Until which day a conversation stands after a message at this moment."""
    door = door_of(label)
    talk = door.talk if door else None
    days = (talk.kept_days_with_code if has_code else talk.kept_days_without_code) if talk else _KEPT_WITHOUT_DOOR
    return (moment + timedelta(days=days)).date()


def places_of(staff: Staff) -> dict[str, Place]:
    """Somebody's teams by their code, with their roles there."""
    found: dict[str, Place] = {}
    for one in memberships_of(staff):
        before = found.get(one.team.slug)
        roles = before.roles if before else frozenset()
        has_key = one.sealed_team_key is not None or (before is not None and before.has_key)
        found[one.team.slug] = Place(one.team, roles | {StaffRole(one.role)}, has_key)
    return found


def team_asked(asked: Asked, action: Action) -> Place:
    """The team that is asked for, when this person may do this there. Raises NotHere."""
    place = places_of(asked.staff).get(asked.text("team", 40))
    if place is None or not place.may(action):
        raise NotHere
    return place


def theirs(asked: Asked, action: Action) -> tuple[Held, bool]:
    """The conversation that is asked for, and whether they own it, when they may do this with it. Raises NotHere."""
    found = queries.for_staff(asked.conversation(), asked.staff.pk, server_key())
    if found is None:
        raise NotHere
    held, is_owner = found[0], found[1] is None
    place = places_of(asked.staff).get(held.label.team)
    is_coached = held.label.owner_role == StaffRole.PEER
    if place is None or not place.may(action, is_owner=is_owner, reads_along=not is_owner, is_coached=is_coached):
        raise NotHere
    return held, is_owner


def readers_due(held: Held, moment: datetime) -> tuple[Due, ...]:
    """Who must be able to read the next epoch of a conversation that somebody owns: these and nobody else."""
    key, team = server_key(), team_by_slug(held.label.team)
    owner = staff_by_id(int(held.label.owner or 0))
    found = [_visitor(held)]
    if owner is not None and owner.public_key is not None:
        tag = queries.staff_tag(key, owner.pk)
        had = queries.readers(held.id, held.epoch).get(tag)
        reason = {
            GrantReason.COACH: GrantReason.TAKEN_OVER,
            GrantReason.TAKEN_OVER: GrantReason.TAKEN_OVER,
            GrantReason.CALL: GrantReason.CALL,
        }.get(had or GrantReason.PICKED_UP, GrantReason.PICKED_UP)
        found.append(Due(tag, "me", owner.shown_name, bytes(owner.public_key), reason))
    if team is not None:
        found += team_readers(team, is_in_queue=False)
    if held.label.owner_role == StaffRole.PEER:
        coaches = {
            one.staff_id: one.staff
            for one in on_duty(held.label.team, moment)
            if one.role == StaffRole.COACH and str(one.staff_id) != held.label.owner
        }
        found += [
            Due(queries.staff_tag(key, who), "coach", coach.shown_name, bytes(coach.public_key), GrantReason.COACH)
            for who, coach in sorted(coaches.items())
            if coach.public_key is not None
        ]
    return tuple(found)


def readers_after_passing(held: Held, team: Team) -> tuple[Due, ...]:
    """Who must be able to read the next epoch when a conversation goes to the queue of this team."""
    return (_visitor(held), *team_readers(team, is_in_queue=True))


def _visitor(held: Held) -> Due:
    tag = queries.visitor_tag(server_key(), held.id)
    return Due(tag, "visitor", "", held.visitor_key, GrantReason.VISITOR)


def team_readers(team: Team, *, is_in_queue: bool) -> list[Due]:
    """The team, while it is in its queue or when it chose so; and the key that it keeps apart, when it chose that."""
    key, found = server_key(), []
    if team.public_key is not None and (is_in_queue or team.recovery == Recovery.TEAM):
        tag = queries.team_tag(key, team.slug)
        found.append(Due(tag, f"team:{team.slug}", team.name, bytes(team.public_key), GrantReason.QUEUE))
    if team.escrow_public_key is not None and team.recovery == Recovery.ESCROW:
        tag = queries.escrow_tag(key, team.slug)
        found.append(Due(tag, f"escrow:{team.slug}", team.name, bytes(team.escrow_public_key), GrantReason.ESCROW))
    return found


def needs_epoch(held: Held, due: Iterable[Due]) -> bool:
    """Whether others read the current epoch than those who are due."""
    return set(queries.readers(held.id, held.epoch)) != {one.tag for one in due}


def due_shown(held: Held, due: Iterable[Due]) -> list[Answer]:
    """Readers as the API gives them; what each `lacks` are the epochs until now of which they hold no key."""
    stands = {epoch: queries.readers(held.id, epoch) for epoch in range(held.epoch + 1)}
    return [
        {
            "tag": as_text(one.handle(held)),
            "who": one.who,
            "name": one.name,
            "public": as_text(one.public),
            "lacks": [epoch for epoch, readers in stands.items() if one.tag not in readers],
        }
        for one in due
    ]


def label_shown(label: Label, language: str) -> dict[str, object]:
    """What is known of a conversation without reading it."""
    return {
        "door": label.door,
        "door_name": door_name(label, language),
        "language": label.language,
        "wish": label.wish,
        "is_danger": label.is_danger,
        "is_return": label.is_return,
        "way": label.way,
    }


def grants_shown(held: Held, staff: Staff) -> list[Answer]:
    """The wrapped keys that this person, or a team whose key they hold, can open; and those that are kept apart."""
    key = server_key()
    names: Mapping[bytes, str] = {
        queries.staff_tag(key, staff.pk): "me",
        **{queries.team_tag(key, slug): f"team:{slug}" for slug, place in places_of(staff).items() if place.has_key},
        queries.escrow_tag(key, held.label.team): f"escrow:{held.label.team}",
    }
    return [
        {"epoch": one.epoch, "reader": names[one.reader_tag], "wrapped": as_text(one.wrapped)}
        for one in queries.grants(held.id, names)
    ]


def messages_shown(conversation_id: str, after: int = 0) -> list[Answer]:
    """The sealed messages beyond a place, in order."""
    return [
        {
            "place": one.place,
            "direction": one.direction,
            "sequence": one.sequence,
            "epoch": one.epoch,
            "message_id": as_text(one.message_id),
            "envelope": as_text(one.envelope),
        }
        for one in queries.messages(conversation_id, after)
    ]


def material(held: Held, asked: Asked) -> Answer:
    """Everything of a conversation for its owner or for a coach who reads along; only the owner makes new keys."""
    is_owner = held.label.owner == str(asked.staff.pk)
    due = readers_due(held, asked.moment)
    draft = queries.draft(held.id, asked.staff.pk, server_key())
    owner = staff_by_id(int(held.label.owner or 0))
    return {
        "id": held.id,
        "team": held.label.team,
        "epoch": held.epoch,
        "state": held.state,
        "presence": presence(held),
        "label": label_shown(held.label, asked.language),
        "grants": grants_shown(held, asked.staff),
        "messages": messages_shown(held.id),
        "draft": None if draft is None else {"epoch": draft[0], "envelope": as_text(draft[1])},
        "readers": due_shown(held, due) if is_owner else [],
        "needs_epoch": is_owner and needs_epoch(held, due),
        "coaches": [one.name for one in due if one.who == "coach"],
        "owner_name": owner.shown_name if owner else "",
    }
