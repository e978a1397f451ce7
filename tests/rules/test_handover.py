"""States of a hand-over: the whole table is walked, so that nothing can be done that does not stand in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voordeur.rules.handover import (
    ENDS,
    READABLE_BY_PARTNER,
    STEPS,
    UNDER_WAY,
    WITH_A_LIMIT,
    WITH_THE_PARTNER,
    LimitsBroken,
    StepNotAllowed,
    after_limit,
    cares,
    due_at,
    is_late,
    load_limits,
    next_in_turn,
    step,
)
from voordeur.rules.handover import HandoverActor as A
from voordeur.vocabulary import HandoverState as S

LIMITS = Path(__file__).parents[2] / "content" / "handover" / "limits.toml"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
EVERY = list(product(S, S, A, (True, False), (True, False), ("", "no_place")))


def can(start: S, end: S, by: A, *, has_consent: bool = True, is_override: bool = True, reason: str = "other") -> bool:
    try:
        return step(start, end, by, has_consent=has_consent, is_override=is_override, reason=reason) is end
    except StepNotAllowed:
        return False


def reachable(allowed: frozenset[A]) -> set[S]:
    """What can be reached from a draft when only these take steps."""
    found = {S.DRAFTED}
    while more := {end for start in found for end in S for by in allowed if can(start, end, by)} - found:
        found |= more
    return found


def test_what_does_not_stand_in_the_table_cannot_be_done_whoever_does_it() -> None:
    for start, end, by, has_consent, is_override, reason in EVERY:
        if end not in STEPS.get((start, by), frozenset()):
            assert not can(start, end, by, has_consent=has_consent, is_override=is_override, reason=reason)


def test_every_state_has_exactly_one_side_that_cares_for_it() -> None:
    assert {state: cares(state) for state in S} == {
        state: A.PARTNER if state in (S.IN_CONTACT, S.COMPLETED) else A.DESK for state in S
    }


def test_the_care_goes_over_only_when_there_was_contact_and_never_by_the_clock() -> None:
    for start, end, by in product(S, S, A):
        if can(start, end, by) and cares(start) is A.DESK and cares(end) is A.PARTNER:
            assert (start, end) == (S.ACCEPTED, S.IN_CONTACT)
            assert by is not A.CLOCK


def test_after_an_end_nothing_follows_but_taking_back_by_the_visitor() -> None:
    after = {(start, end, by) for start, end, by in product(ENDS, S, A) if can(start, end, by)}
    assert after == {(S.COMPLETED, S.WITHDRAWN, A.VISITOR)}


def test_what_can_last_has_a_limit_and_the_clock_ends_it() -> None:
    assert set(S) == WITH_A_LIMIT | ENDS and not WITH_A_LIMIT & ENDS
    assert load_limits(LIMITS).of.keys() == WITH_A_LIMIT
    for state in WITH_A_LIMIT:
        end = after_limit(state)
        assert end in ENDS
        assert can(state, end, A.CLOCK, has_consent=False, is_override=False, reason="")


def test_the_visitor_can_take_back_from_every_state_in_which_there_is_something() -> None:
    for state in set(S) - {S.DECLINED, S.EXPIRED, S.WITHDRAWN}:
        assert can(state, S.WITHDRAWN, A.VISITOR, has_consent=False, is_override=False, reason="")


def test_nothing_goes_to_a_partner_without_a_yes_or_a_signed_override() -> None:
    for start, end, by, has_consent, is_override, reason in EVERY:
        if end is not S.OFFERED:
            continue
        if can(start, end, by, has_consent=has_consent, is_override=is_override, reason=reason):
            assert has_consent or is_override
            assert start is S.CONSENTED or is_override  # who has not answered has not said yes
    assert not any(can(state, S.OFFERED, by, has_consent=False, is_override=False) for state in S for by in A)


def test_only_the_visitor_says_yes_and_only_desk_signs_past_an_answer_that_is_not_there() -> None:
    assert {(start, by) for start, by in product(S, A) if can(start, S.CONSENTED, by)} == {(S.ASKED, A.VISITOR)}
    early = {(start, by) for start, by in product(S, A) if can(start, S.OFFERED, by) and start is not S.CONSENTED}
    assert early == {(S.DRAFTED, A.DESK), (S.ASKED, A.DESK)}


def test_a_partner_and_the_clock_come_to_nothing_that_the_desk_or_the_visitor_did_not_begin() -> None:
    assert reachable(frozenset({A.PARTNER})) == {S.DRAFTED}
    assert reachable(frozenset({A.PARTNER, A.CLOCK})) == {S.DRAFTED, S.EXPIRED}
    assert reachable(frozenset(A)) == set(S)


def test_what_a_partner_may_read_was_offered_before() -> None:
    for start, end, by in product(S, S, A):
        if can(start, end, by) and end in READABLE_BY_PARTNER - {S.OFFERED}:
            assert start in READABLE_BY_PARTNER
    assert UNDER_WAY <= READABLE_BY_PARTNER and WITH_THE_PARTNER <= READABLE_BY_PARTNER


def test_a_no_needs_its_reason() -> None:
    assert can(S.OFFERED, S.DECLINED, A.PARTNER, reason="no_place")
    with pytest.raises(StepNotAllowed, match="a reason is expected"):
        step(S.OFFERED, S.DECLINED, A.PARTNER, has_consent=True, is_override=False, reason="")


@pytest.mark.parametrize("is_danger", [True, False])
@pytest.mark.parametrize("state", sorted(S))
def test_a_state_is_due_after_its_hours_and_late_its_alarm_before_that(state: S, is_danger: bool) -> None:
    limits = load_limits(LIMITS)
    due = due_at(state, NOON, limits, is_danger=is_danger, agreed_at=None)
    if state in ENDS:
        assert due is None
        assert not is_late(state, NOON, NOON + timedelta(days=999), limits, is_danger=is_danger, agreed_at=None)
        return
    limit = limits.of[state]
    assert due == NOON + timedelta(hours=limit.danger_hours if is_danger else limit.hours)
    alarm = due - timedelta(hours=limit.alarm_hours)
    late = [
        is_late(state, NOON, alarm + timedelta(seconds=second), limits, is_danger=is_danger, agreed_at=None)
        for second in (-1, 0, 1)
    ]
    assert late == [False, True, True]


def test_what_was_agreed_for_later_counts_from_then_and_only_before_the_contact() -> None:
    limits = load_limits(LIMITS)
    tomorrow, yesterday = NOON + timedelta(days=1), NOON - timedelta(days=1)

    def due(state: S, agreed_at: datetime) -> timedelta:
        found = due_at(state, NOON, limits, is_danger=False, agreed_at=agreed_at)
        assert found is not None
        return found - NOON - timedelta(hours=limits.of[state].hours)

    assert due(S.ACCEPTED, tomorrow) == timedelta(days=1)
    assert due(S.ACCEPTED, yesterday) == timedelta()
    assert due(S.IN_CONTACT, tomorrow) == timedelta()


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from("abcdef"), st.sampled_from(sorted(S))), max_size=6))
def test_the_next_is_the_first_yes_and_none_while_another_is_waited_for(states: list[tuple[int, str, S]]) -> None:
    found = next_in_turn(states)
    yes = [(rank, name) for rank, name, state in states if state is S.CONSENTED]
    if any(state in UNDER_WAY for _, _, state in states) or not yes:
        assert found is None
    else:
        assert found == min(yes)[1]


WHOLE = LIMITS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[drafted]", "[drafted", "limits.toml: "),
        ("[asked]", "[asking]", "[asked] is missing; every state that can last has a limit"),
        ("[drafted]", "[declined]\nhours = 1\n[drafted]", "[declined] is no state that can last"),
        ("hours = 72", "hours = true", "[drafted] “hours” must be a number of hours, such as 24"),
        ("hours = 72", "hours = '72'", "[drafted] “hours” must be a number of hours, such as 24"),
        ("hours = 72", "hours = -1", "[drafted] “hours” must be a number of hours, such as 24"),
        ("hours = 72", "hours = nan", "[drafted] “hours” must be a number of hours, such as 24"),
        ("hours = 72", "hours = 9000", "[drafted] “hours” must be a number of hours, such as 24"),
        ("hours = 72", "", "[drafted] “hours” must be a number of hours, such as 24"),
        ("danger_hours = 4\n", "", "[drafted] “danger_hours” must be a number of hours, such as 24"),
        ("hours = 72", "hours = 3", "[drafted] “alarm_hours” ≤ “danger_hours” ≤ “hours” is expected"),
        ("alarm_hours = 1", "alarm_hours = 5", "[drafted] “alarm_hours” ≤ “danger_hours” ≤ “hours” is expected"),
        ("\ndays = 30", "\ndays = 0", "[consent] “days” and “most_days” from 1 to 366 are expected"),
        ("\ndays = 30", "\ndays = 181", "[consent] “days” and “most_days” from 1 to 366 are expected"),
        ("\ndays = 30", "\ndays = 30.5", "[consent] “days” and “most_days” from 1 to 366 are expected"),
        ("most_days = 180", "most_days = 367", "[consent] “days” and “most_days” from 1 to 366 are expected"),
        ("[consent]", "[consents]", "[consent] “days” and “most_days” from 1 to 366 are expected"),
    ],
)
def test_a_file_of_limits_that_cannot_be_used_says_what_is_expected(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in WHOLE
    file = tmp_path / "limits.toml"
    file.write_text(WHOLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LimitsBroken) as told:
        load_limits(file)
    assert sentence in str(told.value)
    assert str(told.value).startswith("limits.toml: ")


def test_a_file_of_limits_that_is_not_there_is_said_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(LimitsBroken, match=r"nowhere\.toml"):
        load_limits(tmp_path / "nowhere.toml")


def test_the_limits_of_the_content_load() -> None:
    limits = load_limits(LIMITS)
    assert 1 <= limits.consent_days <= limits.longest_consent_days
    assert limits.of[S.OFFERED].danger_hours < limits.of[S.OFFERED].hours
