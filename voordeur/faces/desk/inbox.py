"""What waits and what is mine, without content; being on duty; the hours of a team and who is there (report 6.8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from voordeur.faces import labels
from voordeur.faces.desk.api import Answer, Asked, AskedWrongly, answers, tell_staff, tell_team
from voordeur.faces.desk.material import (
    Place,
    door_name,
    door_of,
    doors_of_team,
    label_shown,
    name_of,
    places_of,
    team_asked,
)  # fmt: skip
from voordeur.faces.desk.presence import GONE, LEFT, presence
from voordeur.faces.language import N_
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import queries
from voordeur.records.conversations.queries import Held
from voordeur.records.staff import actions as staff_actions
from voordeur.records.staff.queries import duties_of, members, on_duty, staff_by_id
from voordeur.rules import routing
from voordeur.rules.rights import Action
from voordeur.rules.roster import TalkStatus, talk_status
from voordeur.rules.routing import AlarmKind, Responder, RoutingRules, Step, Waiting
from voordeur.vocabulary import StaffRole, TakeReason, TalkOpen, TalkWay, Wish

#: For a conversation whose door is gone: whoever of the team is there may answer, so that nobody is forgotten.
_ANYBODY = RoutingRules(
    steps=(Step(0, frozenset()),),
    alarm_minutes={AlarmKind.DANGER: 1, AlarmKind.CHAT: 1, AlarmKind.MESSAGE: 60},
    queue_limit=1,
    overflow=None,
)
_YES = (TakeReason.SAME_AS_BEFORE, TakeReason.FITS, TakeReason.IN_DANGER, TakeReason.WIDENED)
NO_OWN_KEY = N_("You have no key of your own yet. Make it first.")
NO_TEAM_KEY = N_("You do not have the key of this team yet. A colleague who has it can give it to you.")


def responders(team: str, moment: datetime) -> list[Responder]:
    """Everybody of a team in each of their roles, with how many conversations they hold now."""
    there = {one.pk for one in on_duty(team, moment)}
    holding = queries.holding()
    key = server_key()
    return [
        Responder(
            id=str(one.staff_id),
            team=team,
            role=StaffRole(one.role),
            languages=frozenset(one.staff.languages),
            capacity=one.capacity,
            holding=holding.get(queries.staff_tag(key, one.staff_id), 0),
            is_on=one.pk in there,
        )
        for one in members(team)
    ]


def rules_for(held: Held) -> RoutingRules:
    """The routing of the door it came through; when passed on, of the first door of the team that has it now."""
    door = door_of(held.label)
    if door is not None and door.talk is not None and door.talk.team == held.label.team:
        return door.talk.routing
    others = [one.talk.routing for one in doors_of_team(held.label.team) if one.talk is not None]
    return others[0] if others else _ANYBODY


def waiting(held: Held, moment: datetime) -> Waiting:
    """A conversation as the rules of routing see it."""
    label = held.label
    return Waiting(
        id=held.id,
        team=label.team,
        language=label.language,
        wish=Wish(label.wish),
        is_danger=label.is_danger,
        is_return=label.is_return,
        before=label.before or None,
        waited_minutes=label.waited(moment),
        way=TalkWay(label.way),
        is_here=presence(held) not in (GONE, LEFT),
    )


def why_not(held: Held, place: Place, asked: Asked, there: list[Responder]) -> tuple[bool, str]:
    """Whether somebody may take up what waits, and in words why or why not."""
    reason = routing.why(waiting(held, asked.moment), str(asked.staff.pk), there, rules_for(held))
    if reason in _YES and not place.may(Action.PICK_UP, team_holds=True):
        reason = TakeReason.DOES_NOT_ANSWER
    if reason in _YES and asked.staff.public_key is None:
        return False, asked.words(NO_OWN_KEY)
    if reason in _YES and not _can_read(held, place, asked):
        return False, asked.words(NO_TEAM_KEY)
    return reason in _YES, asked.words(labels.label(reason))


def _can_read(held: Held, place: Place, asked: Asked) -> bool:
    """With the team's key or an old key of one's own. What nobody of the team can read, everybody may take up."""
    if place.has_key or not queries.is_readable_by_team(held):
        return True
    return queries.staff_tag(server_key(), asked.staff.pk) in queries.readers(held.id, held.epoch)


def inbox(asked: Asked) -> Answer:
    """What waits for my teams in the order of need, what is mine, and where I read along as a coach."""
    places = {slug: one for slug, one in places_of(asked.staff).items() if one.may(Action.SEE_WAITING)}
    in_queues = {one.id: one for one in queries.waiting(places, server_key())}
    there = {slug: responders(slug, asked.moment) for slug in {one.label.team for one in in_queues.values()}}
    ordered = routing.order(waiting(one, asked.moment) for one in in_queues.values())
    shown = [
        _waiting_shown(in_queues[one.id], one, places[one.team], asked, there[one.team])
        for one in ordered
        if one.team in places
    ]
    mine = queries.owned(asked.staff.pk, server_key())
    coached = [one for one in queries.coached(asked.staff.pk, server_key()) if _coaches(one, places)]
    capacity = max((one.capacity for one in _memberships(places, asked)), default=0)
    return {
        "waiting": shown,
        "mine": [_held_shown(one, asked) for one in mine if one.label.team in places],
        "coached": [{**_held_shown(one, asked), "owner_name": _owner_name(one)} for one in coached],
        "is_full": len(mine) >= capacity,
    }


def _memberships(places: Mapping[str, Place], asked: Asked) -> list[Responder]:
    mine = str(asked.staff.pk)
    return [one for slug in places for one in responders(slug, asked.moment) if one.id == mine]


def _coaches(held: Held, places: Mapping[str, Place]) -> bool:
    place = places.get(held.label.team)
    is_coached = held.label.owner_role == StaffRole.PEER
    return place is not None and place.may(Action.READ, reads_along=True, is_coached=is_coached)


def _owner_name(held: Held) -> str:
    owner = staff_by_id(int(held.label.owner or 0))
    return owner.shown_name if owner else ""


def _waiting_shown(held: Held, one: Waiting, place: Place, asked: Asked, there: list[Responder]) -> Answer:
    may_take, why = why_not(held, place, asked, there)
    return {
        "id": held.id,
        "team": one.team,
        "waited_minutes": int(one.waited_minutes),
        **label_shown(held.label, asked.language),
        "alarm": _alarm_shown(one, held),
        "may_take": may_take,
        "why": why,
    }


def _held_shown(held: Held, asked: Asked) -> dict[str, object]:
    return {
        "id": held.id,
        "team": held.label.team,
        "language": held.label.language,
        "door": held.label.door,
        "door_name": door_name(held.label, asked.language),
        "way": held.label.way,
        "presence": presence(held),
        "is_danger": held.label.is_danger,
        "last_place": held.last_place,
        # Less than a minute counts as one; 0 is: nobody waits.
        "unanswered_minutes": max(1, int(held.label.waited(asked.moment))) if held.label.since else 0,
        "alarm": _alarm_shown(waiting(held, asked.moment), held) if held.label.since else None,
    }


def _alarm_shown(one: Waiting, held: Held) -> dict[str, object] | None:
    alarm = routing.alarm(one, rules_for(held))
    return None if alarm is None else {"class": alarm.kind, "minutes_over": int(alarm.minutes_over)}


def duty(asked: Asked) -> Answer:
    """At work for a team, or no longer; the page repeats it while it is open."""
    place = team_asked(asked, Action.SET_DUTY)
    slug, is_on = place.team.slug, asked.flag("is_on")
    was_on = slug in duties_of(asked.staff, asked.moment)
    if is_on:
        # Who is on duty is told to visitors as somebody who can answer, so it must be somebody who can read.
        if asked.staff.public_key is None:
            raise AskedWrongly(asked.words(NO_OWN_KEY))
        if not place.has_key:
            raise AskedWrongly(asked.words(NO_TEAM_KEY))
        staff_actions.go_on_duty(staff=asked.staff, team=place.team, moment=asked.moment)
    else:
        staff_actions.go_off_duty(staff=asked.staff, team=place.team)
    if was_on != is_on:
        tell_team(slug)
        if StaffRole.COACH in place.roles:
            _tell_peers(slug)
    return {}


def _tell_peers(team: str) -> None:
    """Who reads along with peers changed: their pages look at their conversations, and make new keys."""
    for peer in {one.staff_id for one in members(team) if one.role == StaffRole.PEER}:
        for held in queries.owned(peer, server_key()):
            tell_staff(peer, "talk", held.id)


def roster(asked: Asked) -> Answer:
    """The hours of a team's doors as they are written, their exceptions, who is there, and what visitors are told."""
    place = team_asked(asked, Action.SEE_WAITING)
    talks = [(name_of(one, asked.language), one.talk) for one in doors_of_team(place.team.slug) if one.talk]
    there = on_duty(place.team.slug, asked.moment)
    count = routing.answering_count(responders(place.team.slug, asked.moment), place.team.slug)
    status = _best_status([talk_status(one.hours, count, asked.moment) for _, one in talks])
    hours = {name: one.hours.hours.text for name, one in talks}
    exceptions = {(day.isoformat(), said) for _, one in talks for day, said, _ in one.hours.exceptions}
    return {
        "hours_text": " | ".join(f"{name}: {text}" for name, text in hours.items())
        if len(set(hours.values())) > 1
        else "".join(set(hours.values())),
        "exceptions": [{"date": day, "text": said} for day, said in sorted(exceptions)],
        "on_duty": list(dict.fromkeys(one.staff.shown_name for one in there)),
        "status": status
        and {
            "state": status.state,
            "text": asked.words(labels.label(status.state)),
            "until": status.until and status.until.isoformat(),
            "next_open": status.next_open and status.next_open.isoformat(),
        },
    }


def _best_status(found: list[TalkStatus]) -> TalkStatus | None:
    """Of a team behind several doors, what holds at the door where somebody is reached first; None without a door."""
    order = (TalkOpen.ANSWERING, TalkOpen.EXPECTED, TalkOpen.CLOSED)
    never = datetime.max.replace(tzinfo=UTC)
    return min(found, key=lambda one: (order.index(one.state), one.next_open or never), default=None)


inbox_answer = answers(inbox, is_activity=False)
duty_answer = answers(duty, is_activity=False)
roster_answer = answers(roster, is_activity=False)
