"""Which conversation goes to whom, widening in time, so that nobody is forgotten (report 2.6, 5.3.3, 5.3.6).

A door's file holds ordered steps: from so many minutes on, these demands still hold. What was demanded only ever falls
away, and at the last step nothing is demanded, so that whoever of the team can answer may answer. A mark of danger does
not wait for a step: it is first in line, and open to everybody of the team who can answer at all.

Three things are no demands and never fall away: the team, being on duty, and that a peer answers only while a coach of
the team is there, and never somebody who asks for a professional. People take what they may; nothing is pushed at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

from voordeur.vocabulary import StaffRole, TakeReason, TalkWay, Wish

#: Who can answer; to lead a team is another task (and gives no look into conversations, see `rules/rights.py`).
ANSWERING_ROLES = frozenset({StaffRole.RESPONDER, StaffRole.PEER, StaffRole.COACH})

#: The reasons that mean yes, best first.
_YES = (TakeReason.SAME_AS_BEFORE, TakeReason.FITS, TakeReason.IN_DANGER, TakeReason.WIDENED)
#: The reasons that mean no, the nearest to yes first.
_NO = (
    TakeReason.KEPT_FOR_ANOTHER,
    TakeReason.OTHER_LANGUAGE,
    TakeReason.WISHES_PEER,
    TakeReason.HANDS_FULL,
    TakeReason.WISHES_PROFESSIONAL,
    TakeReason.NO_COACH_THERE,
    TakeReason.NOT_ON_DUTY,
    TakeReason.DOES_NOT_ANSWER,
    TakeReason.OTHER_TEAM,
)
_RANK = {reason: place for place, reason in enumerate((*_YES, *_NO))}
_KEYS = {"steps", "alarm_minutes", "queue_limit", "overflow"}


class RoutingError(ValueError):
    """A door's routing cannot be used; the message says what is expected."""


class Demand(StrEnum):
    """What a step may ask of the one who answers."""

    LANGUAGE = "language"
    WISH = "wish"
    SAME_RESPONDER = "same_responder"
    CAPACITY = "capacity"


class AlarmKind(StrEnum):
    """How soon somebody must answer: danger, somebody who sits and waits, a message that was left."""

    DANGER = "danger"
    CHAT = "chat"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One conversation in the queue of a team.

    before: who answered earlier; None also when it was passed on, for it must not go back to who gave it away.
    is_here: the visitor's page is open, as far as is known; when it is not, what was written waits as a message.
    """

    id: str
    team: str
    language: str
    wish: Wish
    is_danger: bool
    is_return: bool
    before: str | None
    waited_minutes: float
    way: TalkWay
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class Responder:
    """One person in one role of one team; who has two roles stands here twice."""

    id: str
    team: str
    role: StaffRole
    languages: frozenset[str]
    capacity: int
    holding: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class Taker:
    """Who may take a conversation, and why."""

    id: str
    why: TakeReason


@dataclass(frozen=True, slots=True)
class Step:
    """From `after_minutes` on, only these demands hold."""

    after_minutes: int
    demands: frozenset[Demand]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Somebody waits too long: of which kind, and by how many minutes (0.0 at the limit itself)."""

    kind: AlarmKind
    minutes_over: float


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """The routing of one door.

    overflow: the door that a visitor is pointed to when this queue is full. Nothing goes there by itself: what
    somebody tells here is for the team of this door, unless they decide to go elsewhere.
    """

    steps: tuple[Step, ...]
    alarm_minutes: Mapping[AlarmKind, int]
    queue_limit: int
    overflow: str | None


def routing_rules(table: Mapping[str, Any]) -> RoutingRules:
    """The routing in a door's table `talk`: steps, alarm_minutes, queue_limit, overflow; other keys are not looked at.

    Raises RoutingError where somebody could wait for ever: steps begin at 0 and rise, demands only fall away, the last
    step demands nothing, and each kind of waiting has an alarm.
    """
    steps = table.get("steps")
    if not isinstance(steps, list) or not steps or not all(isinstance(step, Mapping) for step in steps):
        raise RoutingError("“steps” must be a list of tables, each with after_minutes and demands")
    read = tuple(_step(step) for step in steps)
    if read[0].after_minutes != 0:
        raise RoutingError("the first of “steps” must have after_minutes = 0")
    for earlier, later in pairwise(read):
        if later.after_minutes <= earlier.after_minutes:
            raise RoutingError(f"“steps” must rise: after_minutes = {later.after_minutes} comes too late in the list")
        if not later.demands < earlier.demands:
            raise RoutingError(f"the step after {later.after_minutes} minutes must demand less than the one before it")
    if read[-1].demands:
        raise RoutingError("the last of “steps” must demand nothing (demands = []), or somebody could wait for ever")
    alarms = table.get("alarm_minutes")
    if not isinstance(alarms, Mapping) or set(alarms) != set(AlarmKind):
        raise RoutingError(f"“alarm_minutes” must give a number for {', '.join(AlarmKind)}, and for nothing else")
    minutes = {kind: _whole(alarms[kind], f"alarm_minutes.{kind}", least=1) for kind in AlarmKind}
    if not minutes[AlarmKind.DANGER] <= minutes[AlarmKind.CHAT] <= minutes[AlarmKind.MESSAGE]:
        raise RoutingError("“alarm_minutes” must not be longer for danger than for chat, or for chat than for message")
    overflow = table.get("overflow")
    if overflow is not None and (not isinstance(overflow, str) or not overflow):
        raise RoutingError("“overflow” must be the id of another door, or left out")
    return RoutingRules(read, minutes, _whole(table.get("queue_limit"), "queue_limit", least=1), overflow)


def _whole(value: object, name: str, least: int) -> int:
    if type(value) is not int or value < least:
        raise RoutingError(f"“{name}” must be a whole number from {least}")
    return value


def _step(table: Mapping[str, Any]) -> Step:
    demands = table.get("demands")
    if set(table) != {"after_minutes", "demands"} or not isinstance(demands, list):
        raise RoutingError("each of “steps” must have after_minutes and demands, and nothing else")
    unknown = [str(one) for one in demands if one not in tuple(Demand)]
    if unknown:
        raise RoutingError(f"“demands” may hold {', '.join(Demand)}, not {', '.join(unknown)}")
    return Step(_whole(table["after_minutes"], "after_minutes", least=0), frozenset(map(Demand, demands)))


def order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """What waits, in the order of the inbox: danger first, then who has waited longest."""
    return sorted(waiting, key=lambda one: (not one.is_danger, -one.waited_minutes, one.id))


def demands_on(one: Waiting, rules: RoutingRules) -> frozenset[Demand]:
    """What still holds for this conversation after its minutes of waiting; nothing at all when there is danger."""
    if one.is_danger:
        return frozenset()
    reached = [step for step in rules.steps if step.after_minutes <= one.waited_minutes]
    return (reached or rules.steps[:1])[-1].demands


def who_may_take(one: Waiting, responders: Iterable[Responder], rules: RoutingRules) -> list[Taker]:
    """Who may take this conversation now, best first, each person once.

    Best is who answered before, then who fits, then whoever else may; among equals trained people
    first when there is danger, then who holds the fewest conversations.
    """
    everyone = list(responders)
    there = _there(one, everyone)
    best: dict[str, tuple[int, bool, int, str, TakeReason]] = {}
    for who in everyone:
        reason = _why(one, who, there, rules)
        if reason in _YES:
            is_second = one.is_danger and who.role is StaffRole.PEER
            key = (_RANK[reason], is_second, who.holding, who.id, reason)
            best[who.id] = min(key, best.get(who.id, key))
    return [Taker(staff, reason) for _, _, _, staff, reason in sorted(best.values())]


def may_take(one: Waiting, staff: str, responders: Iterable[Responder], rules: RoutingRules) -> bool:
    """Whether the person with this id may take this conversation now."""
    return why(one, staff, responders, rules) in _YES


def why(one: Waiting, staff: str, responders: Iterable[Responder], rules: RoutingRules) -> TakeReason:
    """Why this person may or may not take this conversation now; of two roles in the team the better one counts."""
    everyone = list(responders)
    there = _there(one, everyone)
    reasons = [_why(one, who, there, rules) for who in everyone if who.id == staff]
    return min(reasons, key=_RANK.__getitem__, default=TakeReason.OTHER_TEAM)


class _There(NamedTuple):
    """Who else is there for a conversation: a coach, and whoever answered before."""

    has_coach: bool
    has_before: bool


def _there(one: Waiting, everyone: Sequence[Responder]) -> _There:
    has_coach = _has_coach(everyone, one.team)
    before = (who for who in everyone if who.id == one.before)
    # To wait for somebody who cannot answer would be to wait for nobody.
    return _There(has_coach, any(_never(one, who, has_coach) is None for who in before))


def _has_coach(everyone: Iterable[Responder], team: str) -> bool:
    return any(who.is_on and who.team == team and who.role is StaffRole.COACH for who in everyone)


def _why(one: Waiting, who: Responder, there: _There, rules: RoutingRules) -> TakeReason:
    refusal = _never(one, who, there.has_coach)
    if refusal is not None:
        return refusal
    unmet = _unmet(one, who, there.has_before)
    holds = demands_on(one, rules)
    for demand, reason in unmet.items():
        if demand in holds:
            return reason
    if who.id == one.before:
        return TakeReason.SAME_AS_BEFORE
    if not unmet:
        return TakeReason.FITS
    return TakeReason.IN_DANGER if one.is_danger else TakeReason.WIDENED


def _never(one: Waiting, who: Responder, has_coach: bool) -> TakeReason | None:
    """Why no length of waiting lets this person answer; None when it is only a matter of demands."""
    if who.team != one.team:
        return TakeReason.OTHER_TEAM
    if who.role not in ANSWERING_ROLES:
        return TakeReason.DOES_NOT_ANSWER
    if not who.is_on:
        return TakeReason.NOT_ON_DUTY
    if who.role is StaffRole.PEER and one.wish is Wish.PROFESSIONAL:
        return TakeReason.WISHES_PROFESSIONAL
    if who.role is StaffRole.PEER and not has_coach:
        return TakeReason.NO_COACH_THERE
    return None


def _unmet(one: Waiting, who: Responder, has_before: bool) -> dict[Demand, TakeReason]:
    """Each demand that this person does not meet, the one to name first in front."""
    found = {}
    if who.holding >= who.capacity:
        found[Demand.CAPACITY] = TakeReason.HANDS_FULL
    if has_before and who.id != one.before:
        found[Demand.SAME_RESPONDER] = TakeReason.KEPT_FOR_ANOTHER
    if one.language not in who.languages:
        found[Demand.LANGUAGE] = TakeReason.OTHER_LANGUAGE
    if one.wish is Wish.PEER and who.role is not StaffRole.PEER:
        found[Demand.WISH] = TakeReason.WISHES_PEER
    return found


def answering_count(responders: Iterable[Responder], team: str) -> int:
    """How many people of this team can answer somebody now: on duty, peers only beside a coach, no one who only leads.

    This, and not who is signed in, is what the visitors' side may call "someone is there" (`rules/roster.py`).
    """
    everyone = list(responders)
    roles = ANSWERING_ROLES if _has_coach(everyone, team) else ANSWERING_ROLES - {StaffRole.PEER}
    return len({who.id for who in everyone if who.is_on and who.team == team and who.role in roles})


def alarm(one: Waiting, rules: RoutingRules) -> Alarm | None:
    """The alarm of a conversation that has reached the limit of its kind, or None while it has not."""
    kind = AlarmKind.DANGER if one.is_danger else AlarmKind.CHAT if one.is_here else AlarmKind.MESSAGE
    over = one.waited_minutes - rules.alarm_minutes[kind]
    return Alarm(kind, over) if over >= 0 else None


def is_full(waiting: Sequence[Waiting], rules: RoutingRules, *, is_danger: bool = False) -> bool:
    """Whether no new conversation fits in the queue of a door; who returns to one that exists is never refused.

    For who marks danger only the others with that mark count: a flood without it does not shut them out, and a flood
    of marks ends at the limit too. The page with the number to call stays, whatever this answers.
    """
    counted = [one for one in waiting if one.is_danger] if is_danger else waiting
    return len(counted) >= rules.queue_limit
