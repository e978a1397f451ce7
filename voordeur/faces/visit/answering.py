"""Who answers a conversation, and by which door it came: these need not be of one door.

One team can sit behind several doors; a conversation can begin with the team of another door, when nobody of the
door's own is there; it can be passed on to the team of another door; and a code opens it at every door. It keeps the
door that it came by all that time, and with it the days for which it is kept.
"""

from __future__ import annotations

from datetime import datetime

from voordeur.faces.doorway import Door, Doorway
from voordeur.faces.language import N_, translations
from voordeur.faces.visit import conversing
from voordeur.faces.visit.conversing import Sitting
from voordeur.records.conversations.label import Label
from voordeur.vocabulary import TalkOpen

#: A team without a door of its own, as visitors hear of it.
ANOTHER_DESK = N_("another desk of ours")


def came_by(doorway: Doorway, sitting: Sitting, here: Door) -> Door:
    """The door that a conversation came by; the one it is looked at from when that no longer stands."""
    return next((one for one in doorway.doors if one.id == sitting.held.label.door), here)


def answered_at(doorway: Doorway, label: Label, here: Door) -> Door:
    """A door behind which the team that has a conversation sits: this one, the one it came by, or the first."""
    of_team = [one for one in doorway.doors if one.talk is not None and one.talk.team == label.team]
    of_team.sort(key=lambda one: (one is not here, one.id != label.door, not one.is_central))
    return of_team[0] if of_team else here


def is_elsewhere(label: Label, here: Door) -> bool:
    """Whether another team than that of this door has it."""
    return here.talk is None or here.talk.team != label.team


def people_of(doorway: Doorway, label: Label, here: Door, language: str) -> str:
    """What a visitor calls the team that has a conversation: by the name of its door."""
    door = answered_at(doorway, label, here)
    if door.talk is None or door.talk.team != label.team:
        return translations(language).gettext(ANOTHER_DESK)
    return door.name.get(language) or next(iter(door.name.values()))


def others_for(doorway: Doorway, door: Door) -> list[Door]:
    """The doors whose team may answer for this one's: the one that its file names, and the central one."""
    if door.talk is None:
        return []
    named = [one for one in doorway.doors if one.id == door.talk.routing.overflow]
    candidates = dict.fromkeys((*(one.id for one in named), doorway.central.id))
    found = [one for one in doorway.doors if one.id in candidates and one is not door]
    found.sort(key=lambda one: list(candidates).index(one.id))
    return [one for one in found if one.talk is not None and one.talk.team != door.talk.team]


def who_is_there(doorway: Doorway, door: Door, moment: datetime) -> Door | None:
    """Another door whose team can talk now, when this one's cannot: nobody is there, or too many wait."""
    if door.talk is None or (is_there(door, moment) and not conversing.is_full(door.talk)):
        return None
    for one in others_for(doorway, door):
        if is_there(one, moment) and one.talk is not None and not conversing.is_full(one.talk):
            return one
    return None


def is_there(door: Door, moment: datetime) -> bool:
    """Whether somebody of this door's team can answer at this moment."""
    if door.talk is None or not conversing.can_talk(door):
        return False
    return conversing.status(door.talk, moment)[0].state is TalkOpen.ANSWERING


def asked_for(doorway: Doorway, door: Door, wished: str) -> Door:
    """The door whose team a visitor of this door writes to: the other one that was chosen, or its own."""
    return next((one for one in others_for(doorway, door) if one.id == wished and conversing.can_talk(one)), door)
