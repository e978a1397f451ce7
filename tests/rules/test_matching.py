"""What must hold for everybody at the door at every moment, and two interpreters that agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.rules.made_up import moments, people, services
from tests.rules.plain_directory import plain_candidates
from tests.rules.second_interpreter import rules_file, second_answer, state_of
from voordeur import vocabulary as v
from voordeur.rules.matching import LEADING, Answer, Candidate, Contact, Index, match
from voordeur.rules.opening import AMSTERDAM, parse_hours
from voordeur.rules.situation import Situation

INDEX = Index(plain_candidates())
BY_NAME = {(one.organization, one.service): one for one in plain_candidates()}
NOON = datetime(2026, 11, 24, 12, tzinfo=AMSTERDAM)

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
most = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def shown(answer: Answer) -> tuple[Any, ...]:
    return answer.emergency, [(one.organization, one.service, one.is_held) for one in answer.results], answer.gaps


def leading(answer: Answer) -> set[str]:
    return {one.organization for one in answer.results[: answer.leading]}


def functions(organization: str, service: str) -> frozenset[str]:
    return BY_NAME[organization, service].fields["function"]


@given(people(), moments())
@many
def test_the_answer_is_never_empty_and_at_most_three_lead(person: Situation, moment: datetime) -> None:
    answer = match(person, INDEX, moment)
    assert answer.results
    assert answer.leading <= LEADING
    assert not any(one.is_held for one in answer.results[: answer.leading])


@given(people(), moments())
@many
def test_danger_always_puts_emergency_help_on_top(person: Situation, moment: datetime) -> None:
    answer = match(replace(person, acute=True), INDEX, moment)
    assert answer.emergency
    calm = replace(person, acute=False)
    assert match(replace(calm, need=calm.need | {v.Need.DANGER_NOW}), INDEX, moment).emergency
    assert not match(replace(calm, need=calm.need - {v.Need.DANGER_NOW}), INDEX, moment).emergency


@given(people(), moments())
@many
def test_nothing_that_is_only_for_those_who_hurt_leads_for_who_is_hurt(person: Situation, moment: datetime) -> None:
    answer = match(replace(person, role=v.Role.VICTIM), INDEX, moment)
    for one in answer.results[: answer.leading]:
        assert BY_NAME[one.organization, one.service].fields["primary_roles"] != {"perpetrator"}


@given(people(), moments())
@many
def test_only_what_is_certainly_open_by_a_way_of_this_person_is_called_open(
    person: Situation, moment: datetime
) -> None:
    for organization, is_open in match(person, INDEX, moment).open_now().items():
        services = [one for one in INDEX.candidates if one.organization == organization]
        states = {
            str(state_of(contact, moment))
            for one in services
            for contact in one.contacts
            if contact.is_live and contact.way in person.ways
        }
        if is_open or len(services) == 1:
            assert is_open is (True if "open" in states else None if "unknown" in states else False), organization
        assert is_open is not None or "unknown" in states, organization


@given(people(), moments())
@many
def test_when_somebody_who_fits_can_be_reached_now_one_of_the_leading_can(person: Situation, moment: datetime) -> None:
    answer = match(person, INDEX, moment)
    now = {
        one.organization: any(
            contact.is_live and contact.value is not None and status.state is v.OpenState.OPEN
            for contact, status in answer.reach(one.organization).contacts
        )
        for one in answer.results
        if not one.is_held
    }
    if any(now.values()):
        assert any(now[one.organization] for one in answer.results[: answer.leading])


WISHES = st.fixed_dictionaries(
    {
        "anonymous_required": st.booleans(),
        "language": st.sampled_from(v.LANGUAGES),
        "need": st.frozensets(st.sampled_from((v.Need.PEER_CONTACT, v.Need.OUTREACH))),
        "groups": st.frozensets(st.sampled_from((*v.FAITHS, v.Group.FAITH_BASED_WISH, v.Group.OUTSIDE_OWN_CIRCLE))),
    }
)


@given(people(), moments(), WISHES)
@most
def test_no_wish_hides_or_pushes_back_emergency_and_advice_in_danger(
    person: Situation, moment: datetime, wishes: dict[str, Any]
) -> None:
    plain = replace(
        person,
        acute=True,
        anonymous_required=False,
        language="nl",
        need=person.need - {v.Need.PEER_CONTACT, v.Need.OUTREACH},
        groups=person.groups - {*v.FAITHS, v.Group.FAITH_BASED_WISH, v.Group.OUTSIDE_OWN_CIRCLE},
    )
    wishing = replace(
        plain,
        anonymous_required=wishes["anonymous_required"],
        language=wishes["language"],
        need=plain.need | wishes["need"],
        groups=plain.groups | wishes["groups"],
    )
    before, after = match(plain, INDEX, moment), match(wishing, INDEX, moment)
    # Whose own life is at stake is helped by other doors than the advice point.
    acts = {"emergency"} if v.Group.SUICIDAL in plain.groups else {"emergency", "advice_point"}
    acting = {one.organization for one in before.results if functions(one.organization, one.service) & acts}
    assert after.emergency
    assert acting <= {one.organization for one in after.results}
    assert leading(before) & acting <= leading(after)


@given(people(), moments(), st.randoms(use_true_random=False))
@many
def test_the_order_of_the_services_changes_nothing(person: Situation, moment: datetime, chance: Any) -> None:
    shuffled = list(plain_candidates())
    chance.shuffle(shuffled)
    assert shown(match(person, shuffled, moment)) == shown(match(person, INDEX, moment))


@given(people(), moments())
@many
def test_the_same_question_gets_the_same_answer_with_each_organisation_once(
    person: Situation, moment: datetime
) -> None:
    answer = match(person, INDEX, moment)
    assert shown(answer) == shown(match(person, Index(plain_candidates()), moment))
    names = [one.organization for one in answer.results]
    assert len(names) == len(set(names))


@given(people(), moments())
@many
def test_every_reason_is_one_of_the_rules_and_every_gap_a_word_of_the_field(
    person: Situation, moment: datetime
) -> None:
    known = {rule["reason"] for rule in rules_file()["rules"] if "reason" in rule}
    answer = match(person, INDEX, moment)
    for one in answer.results:
        assert set(answer.reasons(one)) <= known
    assert set(answer.gaps) <= set(v.Gap)


@given(people(), moments())
@many
def test_a_service_that_fits_nobody_changes_nothing(person: Situation, moment: datetime) -> None:
    nobody = Candidate("aaa", "line", {"function": frozenset({"emergency"})}, (Contact(v.ChannelKind.PHONE),))
    assert shown(match(person, [nobody, *plain_candidates()], moment)) == shown(match(person, INDEX, moment))


# Two interpreters


def agree(person: Situation, candidates: list[Candidate] | tuple[Candidate, ...], moment: datetime) -> None:
    first, second = match(person, candidates, moment), second_answer(person, candidates, moment)
    assert first.emergency == second.emergency
    assert [(one.organization, one.is_held) for one in first.results] == second.results
    assert [str(gap) for gap in first.gaps] == second.gaps
    assert first.open_now() == second.open_now


@given(people(), moments())
@most
def test_a_second_interpreter_gives_the_same_answer_from_the_real_directory(
    person: Situation, moment: datetime
) -> None:
    agree(person, plain_candidates(), moment)


@given(people(), services(), moments())
@settings(most, max_examples=700)
@example(Situation(), [], NOON)
def test_a_second_interpreter_gives_the_same_answer_from_made_up_directories(
    person: Situation, offered: list[Candidate], moment: datetime
) -> None:
    agree(person, offered, moment)


# Single cases


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        match(Situation(), INDEX, datetime(2026, 11, 24, 12))


def test_how_to_reach_an_unknown_organisation_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        match(Situation(), INDEX, NOON).reach("nobody")


def test_an_empty_directory_gives_an_empty_answer_that_still_says_danger() -> None:
    answer = match(Situation(acute=True), [], NOON)
    assert (answer.emergency, tuple(answer.results), answer.leading, answer.best_fit) == (True, (), 0, None)


def test_the_hour_that_the_clock_shows_twice_is_not_mistaken_for_the_other() -> None:
    hours = parse_hours("Mo-Su 00:00-02:30")
    line = Candidate("line", "line", {"roles": frozenset({"victim"})}, (Contact(v.ChannelKind.PHONE, hours=hours),))
    index = Index([line])
    for fold in (0, 1):
        moment = datetime(2026, 10, 25, 2, 15, tzinfo=AMSTERDAM, fold=fold)
        until = index.reach("line", frozenset(v.Way), moment).open_until
        assert until is not None
        assert until.timestamp() == moment.timestamp() + 15 * 60


def _made_up(**focus: set[str]) -> Index:
    """Services that anybody may use; those in `focus` are made for what is named."""
    everything = {"roles": frozenset(map(str, v.Role)), "violence": frozenset(map(str, v.Violence))}
    fields = {name: everything | {"violence_focus": frozenset(kinds)} for name, kinds in focus.items()}
    number = Contact(v.ChannelKind.PHONE, "1", hours=parse_hours("24/7"))
    return Index(Candidate(name, "one", one, (number,)) for name, one in fields.items())


def test_who_is_open_at_a_number_that_is_not_known_is_no_way_out_of_a_dead_end() -> None:
    everything = {"roles": frozenset(map(str, v.Role)), "violence": frozenset(map(str, v.Violence))}
    everything |= {"primary_roles": frozenset({"victim"}), "area": frozenset({"national"})}
    made_for = everything | {"violence_focus": frozenset({"stalking"})}
    now, later = parse_hours("24/7"), parse_hours("Mo 03:00-03:01")
    lines = [Candidate(name, "one", made_for, (Contact(v.ChannelKind.PHONE, "1", hours=later),)) for name in "abc"]
    lines += [
        Candidate("d", "one", everything, (Contact(v.ChannelKind.PHONE, None, hours=now),)),
        Candidate("e", "one", everything, (Contact(v.ChannelKind.PHONE, "1", hours=now),)),
    ]
    person = Situation(violence=frozenset({v.Violence.STALKING}), ways=frozenset({v.Way.PHONE}))
    assert [one.organization for one in match(person, lines[:4], NOON).results] == ["a", "b", "c", "d"]
    assert [one.organization for one in match(person, lines, NOON).results] == ["a", "b", "e", "c", "d"]


def _order(index: Index, *preferred: str, **person: Any) -> list[str]:
    return [one.organization for one in match(Situation(**person), index, NOON, preferred=preferred).results]


def test_between_those_that_fit_equally_well_a_preference_decides() -> None:
    index = _made_up(ash=set(), birch=set(), cedar=set(), dogwood=set())
    assert _order(index) == ["ash", "birch", "cedar", "dogwood"]
    assert _order(index, "cedar", "birch") == ["cedar", "birch", "ash", "dogwood"]
    assert _order(index, "nobody") == ["ash", "birch", "cedar", "dogwood"]


def test_a_preference_never_goes_before_what_fits_better() -> None:
    index = _made_up(ash={"stalking"}, birch=set(), cedar=set())
    stalked = {"violence": frozenset({v.Violence.STALKING})}
    assert _order(index, **stalked)[0] == "ash"
    assert _order(index, "cedar", "birch", **stalked) == ["ash", "cedar", "birch"]


@given(people(), moments(), st.lists(st.sampled_from(sorted({one.organization for one in plain_candidates()}))))
@many
def test_a_preference_takes_nobody_away_adds_nobody_and_leaves_danger_on_top(
    person: Situation, moment: datetime, preferred: list[str]
) -> None:
    plain, with_door = match(person, INDEX, moment), match(person, INDEX, moment, preferred=preferred)
    assert {one.organization for one in plain.results} == {one.organization for one in with_door.results}
    assert (plain.emergency, plain.leading, plain.best_fit) == (
        with_door.emergency, with_door.leading, with_door.best_fit,
    )  # fmt: skip
    assert [one.is_held for one in plain.results] == [one.is_held for one in with_door.results]
