"""What somebody of the desk gets of a conversation that is theirs: sealed messages, wrapped keys, who reads along.

Also the gate that decides whether it is theirs, and who must be able to read what comes next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from voordeur.faces.desk.api import Answer, Asked, NotHere, as_text
from voordeur.faces.desk.presence import presence
from voordeur.faces.doorway import Door, Doorway, load_doors
from voordeur.faces.gate import Place as Place  # asked for here by the pages of the desk
from voordeur.faces.gate import places_of as places_of
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import queries, readers
from voordeur.records.conversations.label import Label
from voordeur.records.conversations.queries import Held
from voordeur.records.conversations.readers import WITHOUT_DESK_KEY, Due, needs_epoch
from voordeur.records.handovers.queries import guest_teams, guests_and_buddies, handovers_of
from voordeur.records.staff.queries import Staff, Team, staff_by_id
from voordeur.rules.rights import Action
from voordeur.vocabulary import Direction, GrantReason, StaffRole

#: A conversation whose door is gone is kept as long as the shortest that a door could set; safety rule 11.
_KEPT_WITHOUT_DOOR = 2


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
    return name_of(door, language) if door else label.door


def name_of(door: Door, language: str) -> str:
    """A door's name for somebody of the desk."""
    return door.name.get(language) or next(iter(door.name.values()))


def called(label: Label, slug: str) -> Mapping[str, str]:
    """How a visitor knows the team that a conversation goes to, in every language: by its door; empty without one."""
    there = doors_of_team(slug)
    one = next((door for door in there if door.id == label.door), there[0] if there else None)
    return one.name if one else {}


def kept_until(label: Label, moment: datetime, *, has_code: bool) -> date:
    """Until which day a conversation stands after a message at this moment."""
    door = door_of(label)
    talk = door.talk if door else None
    days = (talk.kept_days_with_code if has_code else talk.kept_days_without_code) if talk else _KEPT_WITHOUT_DOOR
    return (moment + timedelta(days=days)).date()


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
    if found[1] is GrantReason.GUEST:  # from another organisation: the team of the conversation is not theirs
        came = guest_teams(held.id, asked.staff.pk, server_key())
        if not any(place.may(action, is_guest=True) for slug, place in places_of(asked.staff).items() if slug in came):
            raise NotHere
        return held, False
    place = places_of(asked.staff).get(held.label.team)
    is_coached = held.label.owner_role == StaffRole.PEER
    if place is None or not place.may(action, is_owner=is_owner, reads_along=not is_owner, is_coached=is_coached):
        raise NotHere
    return held, is_owner


def is_guest(held: Held, staff: Staff) -> bool:
    """Whether this person reads it as a guest from a partner."""
    tag = queries.staff_tag(server_key(), staff.pk)
    return queries.readers(held.id, held.epoch).get(tag) is GrantReason.GUEST


def guests_of(conversation_id: str) -> list[str]:
    """Who joined this conversation from partners, or asked to."""
    return [one.label.guest for one in handovers_of(conversation_id, server_key()) if one.label.guest]


def readers_due(held: Held, moment: datetime) -> tuple[Due, ...]:
    """Who must be able to read the next epoch of a conversation that somebody owns: these and nobody else."""
    return readers.readers_due(held, moment, server_key(), guests_and_buddies(held.id, server_key()))


def readers_after_passing(held: Held, team: Team) -> tuple[Due, ...]:
    """Who must be able to read the next epoch when a conversation goes to the queue of this team."""
    return readers.readers_after_passing(held, team, server_key(), guests_and_buddies(held.id, server_key()))


def due_shown(held: Held, due: Iterable[Due]) -> list[Answer]:
    """Readers as the API gives them; what each `lacks` are the epochs until now of which they hold no key."""
    stands = {epoch: queries.readers(held.id, epoch) for epoch in range(held.epoch + 1)}
    return [
        {
            "tag": as_text(one.handle(held, server_key())),
            "who": one.who,
            "name": one.name,
            "public": as_text(one.public),
            # What was before is for the desk; a guest or a buddy has what was agreed, and no more.
            "lacks": []
            if one.reason in WITHOUT_DESK_KEY
            else [epoch for epoch, readers in stands.items() if one.tag not in readers],
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
    """The wrapped keys that this person, or a team whose key they hold, can open; and those that are kept apart.

    A guest gets what was wrapped for them and nothing else.
    """
    key = server_key()
    names: dict[bytes, str] = {queries.staff_tag(key, staff.pk): "me"}
    if not is_guest(held, staff):
        names |= {queries.team_tag(key, slug): f"team:{slug}" for slug, one in places_of(staff).items() if one.has_key}
        names[queries.escrow_tag(key, held.label.team)] = f"escrow:{held.label.team}"
    return [
        {"epoch": one.epoch, "reader": names[one.reader_tag], "wrapped": as_text(one.wrapped)}
        for one in queries.grants(held.id, names)
    ]


def messages_shown(held: Held, staff: Staff, after: int = 0) -> list[Answer]:
    """The sealed messages beyond a place, in order; for a guest those with the visitor since they came in."""
    if is_guest(held, staff):
        tag = queries.staff_tag(server_key(), staff.pk)
        epochs = [one.epoch for one in queries.grants(held.id, [tag])]
        found = queries.messages(held.id, after, (Direction.VISITOR, Direction.DESK), epochs)
    else:
        found = queries.messages(held.id, after)
    return [
        {
            "place": one.place,
            "direction": one.direction,
            "sequence": one.sequence,
            "epoch": one.epoch,
            "message_id": as_text(one.message_id),
            "envelope": as_text(one.envelope),
        }
        for one in found
    ]


def material(held: Held, asked: Asked) -> Answer:
    """Everything of a conversation for its owner, a coach who reads along or a guest; only the owner makes new keys."""
    is_owner = held.label.owner == str(asked.staff.pk)
    guest = is_guest(held, asked.staff)
    due = readers_due(held, asked.moment)
    draft = queries.draft(held.id, asked.staff.pk, server_key())
    owner = staff_by_id(int(held.label.owner or 0))
    messages = messages_shown(held, asked.staff)  # before the keys: none of them is then newer than those
    return {
        "id": held.id,
        "team": held.label.team,
        "epoch": held.epoch,
        "state": held.state,
        "presence": presence(held),
        "label": label_shown(held.label, asked.language),
        "grants": grants_shown(held, asked.staff),
        "messages": messages,
        "draft": None if draft is None else {"epoch": draft[0], "envelope": as_text(draft[1])},
        "readers": due_shown(held, due) if is_owner else [],
        "needs_epoch": is_owner and needs_epoch(held, due),
        "coaches": [] if guest else [one.name for one in due if one.who == "coach"],
        "guests": [one.name for one in due if one.who == "guest"],
        "is_guest": guest,
        "owner_name": owner.shown_name if owner else "",
    }
