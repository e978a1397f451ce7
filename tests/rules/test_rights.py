"""Who may do what at the desk: each right that is given, and that there is no other."""

from __future__ import annotations

from itertools import product

import pytest

from voordeur.rules.rights import Action, Standing, permits
from voordeur.vocabulary import StaffRole

RESPONDER, PEER, COACH, LEAD = StaffRole.RESPONDER, StaffRole.PEER, StaffRole.COACH, StaffRole.LEAD
EVERY_STANDING = [Standing(role, *flags) for role, flags in product(StaffRole, product((False, True), repeat=4))]

#: What touches the words of a visitor, or lets somebody come to them.
CONTENT = {
    Action.PICK_UP, Action.READ, Action.WRITE, Action.WHISPER, Action.TAKE_OVER, Action.PASS_ON, Action.CLOSE,
    Action.SHUT_OUT, Action.OPEN_CALL, Action.INSERT,
}  # fmt: skip
ANSWERING = {Action.READ, Action.WRITE, Action.INSERT, Action.PASS_ON, Action.CLOSE}
ANYWHERE = {Action.SEE_WAITING, Action.SET_DUTY}
CALLS = {Action.OPEN_CALL}
LEADING = {
    Action.SEE_WAITING, Action.SET_ROSTER, Action.ADD_MEMBER, Action.REMOVE_MEMBER, Action.SEE_AUDIT,
    Action.CHOOSE_RECOVERY,
}  # fmt: skip


def allowed(standing: Standing) -> set[Action]:
    return {action for action in Action if permits(action, standing)}


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        # No conversation, or one that is a colleague's.
        (Standing(RESPONDER), ANYWHERE | CALLS),
        (Standing(PEER), ANYWHERE),
        (Standing(COACH), ANYWHERE | CALLS),
        (Standing(LEAD), LEADING),
        # One that waits.
        (Standing(RESPONDER, team_holds=True), ANYWHERE | CALLS | {Action.PICK_UP}),
        (Standing(PEER, team_holds=True), ANYWHERE | {Action.PICK_UP}),
        (Standing(COACH, team_holds=True), ANYWHERE | CALLS | {Action.PICK_UP}),
        (Standing(LEAD, team_holds=True), LEADING),
        # One's own.
        (Standing(RESPONDER, is_owner=True), ANYWHERE | CALLS | ANSWERING | {Action.SHUT_OUT}),
        (Standing(PEER, is_owner=True, is_coached=True), ANYWHERE | ANSWERING | {Action.WHISPER}),
        (Standing(COACH, is_owner=True), ANYWHERE | CALLS | ANSWERING | {Action.SHUT_OUT}),
        # One of a peer.
        (
            Standing(COACH, is_coached=True, is_coach_of_owner=True),
            ANYWHERE | CALLS | {Action.READ, Action.WHISPER, Action.TAKE_OVER},
        ),
        (Standing(COACH, is_coached=True), ANYWHERE | CALLS),
        (Standing(RESPONDER, is_coached=True), ANYWHERE | CALLS),
        (Standing(PEER, is_coached=True), ANYWHERE),
        # One of a professional, beside whom a coach is only a colleague.
        (Standing(COACH, is_coach_of_owner=True), ANYWHERE | CALLS),
    ],
)
def test_who_stands_so_may_do_this_and_nothing_else(standing: Standing, expected: set[Action]) -> None:
    assert allowed(standing) == expected


def test_leading_a_team_never_gives_a_look_into_a_conversation() -> None:
    for standing in EVERY_STANDING:
        if standing.role is LEAD:
            assert allowed(standing) & CONTENT == set(), standing


def test_only_who_leads_cares_for_members_hours_audit_and_recovery() -> None:
    for standing in EVERY_STANDING:
        if standing.role is not LEAD:
            assert allowed(standing) & LEADING == {Action.SEE_WAITING}, standing


def test_nobody_reads_or_writes_in_what_waits() -> None:
    for standing in EVERY_STANDING:
        if standing.team_holds:
            assert allowed(standing) & (CONTENT - CALLS - {Action.PICK_UP}) == set(), standing


def test_nobody_reads_without_owning_or_coaching_and_writes_without_owning() -> None:
    for standing in EVERY_STANDING:
        coaches = standing.role is COACH and standing.is_coached and standing.is_coach_of_owner
        if not standing.is_owner:
            assert not permits(Action.WRITE, standing), standing
            assert permits(Action.READ, standing) <= coaches, standing


def test_a_standing_that_cannot_be_gives_nothing_in_the_conversation() -> None:
    for standing in EVERY_STANDING:
        if standing.team_holds and standing.is_owner:
            assert allowed(standing) & (CONTENT - CALLS) == set(), standing


def test_every_action_is_permitted_to_somebody_and_none_to_everybody_but_seeing_that_someone_waits() -> None:
    for action in Action:
        allowed_to = {standing.role for standing in EVERY_STANDING if permits(action, standing)}
        assert allowed_to, action
        assert (allowed_to == set(StaffRole)) == (action is Action.SEE_WAITING), action


def test_a_role_that_the_table_does_not_know_may_do_nothing() -> None:
    stranger = Standing("visitor", is_owner=True, is_coach_of_owner=True)  # type: ignore[arg-type]
    assert allowed(stranger) == set()
    assert not permits("read_everything", Standing(COACH, is_owner=True))  # type: ignore[arg-type]
