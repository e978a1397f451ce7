"""From one door of ours to another: which one knows more, and where it is.

What was told goes along in the body of a form, as between any two pages: nothing is stored, and nothing stands in an
address. The visit keeps its own address under the other name, so that *leave now* burns both at once. That asks for one
thing: both doors are served by one public process, as `voordeur run` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from voordeur.faces.doorway import Door
from voordeur.faces.visit.house import House
from voordeur.rules.guide import situation_from
from voordeur.rules.scope import Fit, fit, knows_more
from voordeur.rules.situation import Situation


@dataclass(frozen=True, slots=True)
class OtherDoor:
    """A door to go on to: how a form names it, its name and a line about it, and the site it is at."""

    id: str
    name: str
    tagline: str
    origin: str


def _is_of_a_place(house: House, door: Door) -> bool:
    begun = situation_from(house.guide, door.starts_with, "nl")
    return begun.context is not None and str(begun.context) in door.scope.get("contexts", ())


def fit_of(house: House, door: Door, situation: Situation) -> Fit:
    """How a situation lies to what this door is about."""
    return fit(door.scope, situation, is_of_a_place=_is_of_a_place(house, door))


def who_knows_more(house: House, door: Door, situation: Situation, host: str, language: str) -> OtherDoor | None:
    """Another door for what lies outside this one: one that is about it, else the central one. None when it fits here.

    A door that cannot be reached from `host` (a name of one's own machine only, say) is passed over.
    """
    if fit_of(house, door, situation) is not Fit.OUTSIDE:
        return None
    others = [one for one in house.doorway.doors if one is not door and not one.is_central]
    about = [one for one in others if knows_more(one.scope, situation, is_of_a_place=_is_of_a_place(house, one))]
    # Where it happens says more than what happens, and what happens more than to whom.
    about.sort(key=lambda one: (not _is_of_a_place(house, one), not one.scope.get("violence"), one.id))
    for one in (*about, house.doorway.central):
        found = other_door(house, one, host, language)
        if found is not None and one is not door:
            return found
    return None


def other_door(house: House, door: Door, host: str, language: str) -> OtherDoor | None:
    """This door as somebody at `host` finds it, in words of their language; None when they cannot get there."""
    origin = origin_of(door, host)
    spoken = language if language in door.languages else door.languages[0]
    return None if origin is None else OtherDoor(door.id, door.name[spoken], door.tagline[spoken], origin)


def origin_of(door: Door, host: str) -> str | None:
    """Scheme, name and port of a door for who is at `host`: on one's own machine a name of it, else a public one."""
    name, _, port = host.strip().lower().partition(":")
    names = (*settings.EXTRA_HOSTS, *door.hosts) if door.is_central else door.hosts
    fitting = [one for one in names if is_own_machine(one) == is_own_machine(name)]
    if not fitting:
        return None
    chosen = name if name in fitting else fitting[0]
    return f"{'https' if settings.IS_HTTPS else 'http'}://{chosen}{f':{port}' if port.isdigit() else ''}"


def origins_of_others(house: House, door: Door, host: str) -> list[str]:
    """Where the forms of a door may lead: to the other doors that can be reached from here."""
    found = [origin_of(one, host) for one in house.doorway.doors if one is not door]
    return [one for one in found if one is not None]


def is_own_machine(name: str) -> bool:
    """Whether a host name is one that never leaves the machine."""
    return name == "127.0.0.1" or name.rsplit(".", 1)[-1] == "localhost"
