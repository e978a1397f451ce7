"""Who gets a conversation: what is demanded first, how it widens, and that nobody is forgotten."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.opening_oracle import RELAXED
from voordeur.rules.routing import (
    ANSWERING_ROLES,
    Alarm,
    AlarmKind,
    Demand,
    Responder,
    RoutingError,
    RoutingRules,
    Taker,
    Waiting,
    alarm,
    answering_count,
    demands_on,
    is_full,
    may_take,
    order,
    routing_rules,
    who_may_take,
    why,
)
from voordeur.vocabulary import StaffRole, TakeReason, TalkWay, Wish

DOORS = Path(__file__).parents[2] / "content" / "doors"
STEPS = [
    {"after_minutes": 0, "demands": ["same_responder", "language", "wish", "capacity"]},
    {"after_minutes": 2, "demands": ["language", "wish", "capacity"]},
    {"after_minutes": 5, "demands": ["language", "capacity"]},
    {"after_minutes": 10, "demands": ["capacity"]},
    {"after_minutes": 15, "demands": []},
]
TABLE: dict[str, Any] = {
    "steps": STEPS,
    "alarm_minutes": {"danger": 2, "chat": 5, "message": 1440},
    "queue_limit": 3,
}
RULES = routing_rules(TABLE)
LAST = RULES.steps[-1].after_minutes
RESPONDER, PEER, COACH, LEAD = StaffRole.RESPONDER, StaffRole.PEER, StaffRole.COACH, StaffRole.LEAD


def waiting(**changes: Any) -> Waiting:
    plain = Waiting("w", "team", "nl", Wish.ANYONE, False, False, None, 0.0, TalkWay.CHAT)
    return replace(plain, **changes)


def person(name: str, role: StaffRole = RESPONDER, **changes: Any) -> Responder:
    return replace(Responder(name, "team", role, frozenset({"nl"}), 3, 0, True), **changes)


def names(one: Waiting, *responders: Responder) -> list[str]:
    return [taker.id for taker in who_may_take(one, responders, RULES)]


def first_minute(one: Waiting, staff: str, *responders: Responder) -> int | None:
    """From which minute of waiting on this person may take it."""
    for minute in range(60):
        if may_take(replace(one, waited_minutes=float(minute)), staff, responders, RULES):
            return minute
    return None


# Who may take what


def test_who_fits_may_take_it_at_once_and_who_holds_least_comes_first() -> None:
    team = (person("busy", holding=2), person("free"), person("busier", holding=2, capacity=9))
    assert who_may_take(waiting(), team, RULES) == [
        Taker("free", TakeReason.FITS), Taker("busier", TakeReason.FITS), Taker("busy", TakeReason.FITS),
    ]  # fmt: skip


def test_demands_fall_away_one_after_the_other() -> None:
    abroad = waiting(language="ar", wish=Wish.PEER)
    team = (
        person("both", PEER, languages=frozenset({"ar"})),
        person("language", languages=frozenset({"ar"})),
        person("peer", PEER),
        person("coach", COACH),
        person("full", PEER, languages=frozenset({"ar"}), holding=3),
    )
    minutes = {who.id: first_minute(abroad, who.id, *team) for who in team}
    assert minutes == {"both": 0, "language": 5, "peer": 10, "coach": 10, "full": 15}


def test_who_answered_before_comes_first_for_a_short_while() -> None:
    again = waiting(before="known", is_return=True)
    team = (person("known"), person("other"))
    assert names(again, *team) == ["known"]
    assert who_may_take(replace(again, waited_minutes=2), team, RULES) == [
        Taker("known", TakeReason.SAME_AS_BEFORE), Taker("other", TakeReason.WIDENED),
    ]  # fmt: skip


@pytest.mark.parametrize("away", [{"is_on": False}, {"team": "elsewhere"}, {"role": LEAD}, {"role": PEER}])
def test_nobody_waits_for_one_who_cannot_answer(away: dict[str, Any]) -> None:
    assert names(waiting(before="known"), person("known", **away), person("other")) == ["other"]


def test_a_peer_answers_only_while_a_coach_of_the_team_is_there() -> None:
    peer = person("peer", PEER)
    for one in (waiting(), waiting(wish=Wish.PEER), waiting(waited_minutes=999), waiting(is_danger=True)):
        assert names(one, peer) == []
        assert names(one, peer, person("coach", COACH, is_on=False)) == []
        assert names(one, peer, person("coach", COACH, team="elsewhere")) == []
        assert why(one, "peer", [peer], RULES) is TakeReason.NO_COACH_THERE
        assert "peer" in names(one, peer, person("coach", COACH))


def test_a_peer_never_answers_who_asks_for_a_professional() -> None:
    team = (person("peer", PEER), person("coach", COACH))
    for one in (waiting(), waiting(waited_minutes=999), waiting(is_danger=True)):
        asked = replace(one, wish=Wish.PROFESSIONAL)
        assert names(asked, *team) == ["coach"]
        assert why(asked, "peer", team, RULES) is TakeReason.WISHES_PROFESSIONAL


def test_who_leads_is_off_duty_or_of_another_team_never_answers() -> None:
    team = (person("lead", LEAD), person("home", is_on=False), person("far", team="elsewhere"))
    for one in (waiting(), waiting(waited_minutes=999), waiting(is_danger=True)):
        assert names(one, *team) == []
    assert [why(waiting(), who.id, team, RULES) for who in team] == [
        TakeReason.DOES_NOT_ANSWER, TakeReason.NOT_ON_DUTY, TakeReason.OTHER_TEAM,
    ]  # fmt: skip


def test_danger_is_open_at_once_to_all_who_can_answer_and_trained_people_come_first() -> None:
    team = (
        person("peer", PEER, languages=frozenset({"ti"})),
        person("full", holding=9, languages=frozenset({"ti"})),
        person("coach", COACH, languages=frozenset({"ti"}), holding=4),
    )
    one = waiting(is_danger=True, before="full", wish=Wish.PEER)
    assert who_may_take(one, team, RULES) == [
        Taker("full", TakeReason.SAME_AS_BEFORE),
        Taker("coach", TakeReason.IN_DANGER),
        Taker("peer", TakeReason.IN_DANGER),
    ]


def test_somebody_with_two_roles_stands_once_with_the_better_one() -> None:
    both = (person("anna", PEER), person("anna", LEAD), person("anna", COACH))
    assert who_may_take(waiting(wish=Wish.PEER), both, RULES) == [Taker("anna", TakeReason.FITS)]
    assert who_may_take(waiting(wish=Wish.PROFESSIONAL), both, RULES) == [Taker("anna", TakeReason.FITS)]
    assert why(waiting(wish=Wish.PROFESSIONAL), "anna", both[:2], RULES) is TakeReason.WISHES_PROFESSIONAL


def test_each_refusal_that_time_mends_has_its_own_reason() -> None:
    coach = person("coach", COACH)
    for one, who, reason in (
        (waiting(), person("x", holding=3), TakeReason.HANDS_FULL),
        (waiting(language="ar"), person("x"), TakeReason.OTHER_LANGUAGE),
        (waiting(wish=Wish.PEER), person("x"), TakeReason.WISHES_PEER),
        (waiting(before="coach"), person("x"), TakeReason.KEPT_FOR_ANOTHER),
    ):
        assert why(one, "x", [who, coach], RULES) is reason
        assert why(replace(one, waited_minutes=LAST), "x", [who, coach], RULES) is TakeReason.WIDENED


def test_an_unknown_person_is_of_another_team() -> None:
    assert why(waiting(), "nobody", [person("x")], RULES) is TakeReason.OTHER_TEAM
    assert not may_take(waiting(), "nobody", [person("x")], RULES)


# Order, alarm, limit, who is there


def test_danger_stands_first_and_then_who_has_waited_longest() -> None:
    queue = [
        waiting(id="b", waited_minutes=4), waiting(id="long", waited_minutes=90),
        waiting(id="danger", is_danger=True), waiting(id="a", waited_minutes=4),
        waiting(id="danger before", is_danger=True, waited_minutes=1),
    ]  # fmt: skip
    assert [one.id for one in order(queue)] == ["danger before", "danger", "long", "a", "b"]


@pytest.mark.parametrize(
    ("one", "kind", "limit"),
    [
        (waiting(), AlarmKind.CHAT, 5),
        (waiting(is_here=False), AlarmKind.MESSAGE, 1440),
        (waiting(is_danger=True), AlarmKind.DANGER, 2),
        (waiting(is_danger=True, is_here=False), AlarmKind.DANGER, 2),
    ],
)
def test_the_alarm_rings_at_its_limit_and_not_before(one: Waiting, kind: AlarmKind, limit: int) -> None:
    assert alarm(replace(one, waited_minutes=limit - 0.01), RULES) is None
    assert alarm(replace(one, waited_minutes=float(limit)), RULES) == Alarm(kind, 0.0)
    assert alarm(replace(one, waited_minutes=limit + 7.5), RULES) == Alarm(kind, 7.5)


def test_a_full_queue_takes_no_more_but_does_not_shut_out_who_is_in_danger() -> None:
    calm, danger = waiting(), waiting(is_danger=True)
    assert not is_full([calm] * 2, RULES)
    assert is_full([calm] * 3, RULES)
    assert is_full([danger] * 3, RULES)
    assert not is_full([calm] * 99, RULES, is_danger=True)
    assert not is_full([calm] * 99 + [danger] * 2, RULES, is_danger=True)
    assert is_full([danger] * 3, RULES, is_danger=True)


def test_only_who_can_answer_is_counted_as_being_there() -> None:
    assert answering_count([], "team") == 0
    assert answering_count([person("lead", LEAD), person("peer", PEER), person("off", is_on=False)], "team") == 0
    assert answering_count([person("coach", COACH), person("peer", PEER)], "team") == 2
    assert answering_count([person("coach", COACH), person("coach", PEER), person("far", team="x")], "team") == 1


@pytest.mark.parametrize("role", StaffRole)
def test_who_is_counted_as_there_is_who_may_take_a_conversation_in_the_end(role: StaffRole) -> None:
    for team in ([person("x", role)], [person("x", role), person("coach", COACH)]):
        assert answering_count(team, "team") == len(names(waiting(waited_minutes=LAST), *team))


# What a door's file may say


def _doors() -> list[Path]:
    return sorted(DOORS.glob("*.toml"))


@pytest.mark.parametrize("path", _doors(), ids=lambda path: path.stem)
def test_the_routing_of_every_door_can_be_read(path: Path) -> None:
    rules = routing_rules(tomllib.loads(path.read_text(encoding="utf-8"))["talk"])
    assert rules.steps[0].demands == set(Demand)
    assert rules.steps[-1].demands == set()


ONLY_FULL = {"after_minutes": 0, "demands": ["capacity"]}


def _with(**changes: Any) -> dict[str, Any]:
    return {**TABLE, **changes}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "“steps” must be a list"),
        (_with(steps=[]), "“steps” must be a list"),
        (_with(steps=["at once"]), "“steps” must be a list"),
        (_with(steps=STEPS[1:]), "after_minutes = 0"),
        (_with(steps=STEPS[:-1]), "demand nothing"),
        (_with(steps=[STEPS[0], STEPS[2], STEPS[1], STEPS[4]]), "must rise"),
        (_with(steps=[STEPS[0], {"after_minutes": 0, "demands": []}]), "must rise"),
        (_with(steps=[ONLY_FULL, {"after_minutes": 3, "demands": ["wish"]}, STEPS[4]]), "must demand less"),
        (_with(steps=[ONLY_FULL, {"after_minutes": 3, "demands": ["capacity"]}, STEPS[4]]), "must demand less"),
        (_with(steps=[{"after_minutes": 0, "demands": ["age"]}]), "not age"),
        (_with(steps=[{"after_minutes": 0, "demands": [["age"]]}]), "not "),
        (_with(steps=[{"after_minutes": 0, "demands": "wish"}]), "after_minutes and demands"),
        (_with(steps=[{"after_minutes": 0}]), "after_minutes and demands"),
        (_with(steps=[{"after_minutes": 0, "demands": [], "why": ""}]), "nothing else"),
        (_with(steps=[{"after_minutes": -1, "demands": []}]), "whole number from 0"),
        (_with(steps=[{"after_minutes": 0.5, "demands": []}]), "whole number from 0"),
        (_with(steps=[{"after_minutes": False, "demands": []}]), "whole number from 0"),
        (_with(alarm_minutes=None), "“alarm_minutes”"),
        (_with(alarm_minutes={"danger": 2, "chat": 5}), "“alarm_minutes”"),
        (_with(alarm_minutes={"danger": 2, "chat": 5, "message": 9, "mail": 9}), "“alarm_minutes”"),
        (_with(alarm_minutes={"danger": 0, "chat": 5, "message": 9}), "alarm_minutes.danger"),
        (_with(alarm_minutes={"danger": 6, "chat": 5, "message": 9}), "not be longer"),
        (_with(alarm_minutes={"danger": 2, "chat": 10, "message": 9}), "not be longer"),
        (_with(queue_limit=0), "queue_limit"),
        (_with(queue_limit=True), "queue_limit"),
        (_with(queue_limit=None), "queue_limit"),
        (_with(overflow=""), "overflow"),
        (_with(overflow=1), "overflow"),
    ],
)
def test_a_routing_by_which_somebody_could_be_forgotten_is_refused(table: dict[str, Any], said: str) -> None:
    with pytest.raises(RoutingError, match=said):
        routing_rules(table)


# What holds whoever waits and whoever is there

LANGUAGES = st.sampled_from(["nl", "en", "ar"])
STAFF = st.sampled_from("abcde")
MINUTES = st.floats(-5, 3000, allow_nan=False)
WAITING = st.builds(
    Waiting,
    id=st.sampled_from("vwxyz"), team=st.sampled_from(["team", "far"]), language=LANGUAGES,
    wish=st.sampled_from(Wish), is_danger=st.booleans(), is_return=st.booleans(), before=st.none() | STAFF,
    waited_minutes=MINUTES, way=st.sampled_from(TalkWay), is_here=st.booleans(),
)  # fmt: skip
RESPONDERS = st.builds(
    Responder,
    id=STAFF, team=st.sampled_from(["team", "team", "far"]), role=st.sampled_from(StaffRole),
    languages=st.frozensets(LANGUAGES), capacity=st.integers(0, 3), holding=st.integers(0, 4), is_on=st.booleans(),
)  # fmt: skip
TEAMS = st.lists(RESPONDERS, max_size=7)


@st.composite
def any_rules(draw: st.DrawFn) -> RoutingRules:
    """Rules that a door might have: demands that fall away in any order, in any groups, at any minutes."""
    demands = draw(st.permutations(list(Demand)))
    kept = sorted(draw(st.sets(st.integers(1, len(demands)))), reverse=True)
    minutes = sorted(draw(st.sets(st.integers(1, 99), min_size=len(kept), max_size=len(kept))))
    steps = [
        {"after_minutes": after, "demands": list(demands[:left])}
        for after, left in zip([0, *minutes], [*kept, 0], strict=True)
    ]
    limits = sorted(draw(st.lists(st.integers(1, 2000), min_size=3, max_size=3)))
    return routing_rules({**TABLE, "steps": steps, "alarm_minutes": dict(zip(AlarmKind, limits, strict=True))})


@RELAXED
@given(WAITING, TEAMS, any_rules(), st.floats(0, 3000, allow_nan=False))
def test_who_may_take_it_now_may_take_it_later_too(
    one: Waiting, team: list[Responder], rules: RoutingRules, more: float
) -> None:
    later = replace(one, waited_minutes=one.waited_minutes + more)
    assert {taker.id for taker in who_may_take(one, team, rules)} <= {
        taker.id for taker in who_may_take(later, team, rules)
    }
    assert demands_on(later, rules) <= demands_on(one, rules)


@RELAXED
@given(WAITING, TEAMS, any_rules())
def test_at_the_last_step_nobody_waits_while_somebody_is_there_who_can_answer(
    one: Waiting, team: list[Responder], rules: RoutingRules
) -> None:
    last = replace(one, waited_minutes=float(rules.steps[-1].after_minutes))
    there = [who for who in team if who.is_on and who.team == one.team]
    trained = {who.id for who in there if who.role in (RESPONDER, COACH)}
    peers = {who.id for who in there if who.role is PEER}
    with_coach = any(who.role is COACH for who in there) and one.wish is not Wish.PROFESSIONAL
    assert {taker.id for taker in who_may_take(last, team, rules)} == trained | (peers if with_coach else set())


@RELAXED
@given(WAITING, TEAMS, any_rules())
def test_who_may_take_a_danger_does_not_depend_on_how_long_it_waits(
    one: Waiting, team: list[Responder], rules: RoutingRules
) -> None:
    at_once = replace(one, is_danger=True, waited_minutes=0.0)
    in_the_end = replace(at_once, waited_minutes=99999.0)
    assert who_may_take(at_once, team, rules) == who_may_take(in_the_end, team, rules)


@RELAXED
@given(WAITING, TEAMS, any_rules())
def test_the_list_and_the_question_about_one_person_agree(
    one: Waiting, team: list[Responder], rules: RoutingRules
) -> None:
    takers = who_may_take(one, team, rules)
    assert len({taker.id for taker in takers}) == len(takers)
    for staff in "abcdef":
        reason = why(one, staff, team, rules)
        assert may_take(one, staff, team, rules) == (Taker(staff, reason) in takers)
    for taker in takers:
        assert any(
            who.id == taker.id and who.is_on and who.team == one.team and who.role in ANSWERING_ROLES for who in team
        )


@RELAXED
@given(st.lists(WAITING, max_size=9))
def test_the_inbox_keeps_everybody_and_danger_is_always_in_front(queue: list[Waiting]) -> None:
    shown = order(queue)
    assert sorted(map(repr, shown)) == sorted(map(repr, queue))
    marks = [one.is_danger for one in shown]
    assert marks == sorted(marks, reverse=True)
    for mark in (True, False):
        minutes = [one.waited_minutes for one in shown if one.is_danger is mark]
        assert minutes == sorted(minutes, reverse=True)


@RELAXED
@given(WAITING, any_rules())
def test_no_alarm_is_later_than_its_limit(one: Waiting, rules: RoutingRules) -> None:
    rung = alarm(one, rules)
    kind = "danger" if one.is_danger else "chat" if one.is_here else "message"
    limit = rules.alarm_minutes[AlarmKind(kind)]
    assert (rung is not None) == (one.waited_minutes >= limit)
    if rung is not None:
        assert (rung.kind, rung.minutes_over) == (kind, one.waited_minutes - limit)
