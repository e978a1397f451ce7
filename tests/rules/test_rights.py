"""Who may do what at the desk: each right that is given, and that there is no other."""

from __future__ import annotations

from itertools import product

import pytest

from voordeur.rules.rights import Action, Standing, permits
from voordeur.vocabulary import StaffRole

RESPONDER, PEER, COACH, LEAD = StaffRole.RESPONDER, StaffRole.PEER, StaffRole.COACH, StaffRole.LEAD
STEWARD = StaffRole.STEWARD
EVERY_STANDING = [Standing(role, *flags) for role, flags in product(StaffRole, product((False, True), repeat=4))]

#: What touches the words of a visitor, or lets somebody come to them.
CONTENT = {
    Action.PICK_UP, Action.READ, Action.WRITE, Action.WHISPER, Action.TAKE_OVER, Action.PASS_ON, Action.CLOSE,
    Action.SHUT_OUT, Action.OPEN_CALL, Action.INSERT, Action.TRIAGE, Action.HAND_OVER,
}  # fmt: skip
ANSWERING = {Action.READ, Action.WRITE, Action.INSERT, Action.PASS_ON, Action.CLOSE}
ANYWHERE = {Action.SEE_WAITING, Action.SET_DUTY}
CALLS = {Action.OPEN_CALL}
#: Judging danger in a conversation, and asking another organisation to go on with it.
WARM = {Action.TRIAGE, Action.HAND_OVER}
#: What a trained colleague does for the team without any conversation of their own: a second opinion on a judgement,
#: what partners offer, the hidden part of the directory, and telling what is wrong in it.
BESIDE = {
    Action.CONFIRM_OVERRIDE, Action.SEE_OFFERS, Action.ANSWER_OFFER, Action.SEE_HIDDEN, Action.PROPOSE_ENTRY,
}  # fmt: skip
TRAINED = ANYWHERE | CALLS | BESIDE
#: What only who leads does; besides that a lead sees that somebody waits, sees offers and proposes entries.
LEADING_ALONE = {
    Action.SET_ROSTER, Action.ADD_MEMBER, Action.REMOVE_MEMBER, Action.SEE_AUDIT, Action.CHOOSE_RECOVERY,
}  # fmt: skip
LEADING = LEADING_ALONE | {Action.SEE_WAITING, Action.SEE_OFFERS, Action.PROPOSE_ENTRY}
#: A steward cares for the map and for who may sign in for a partner.
KEEPING_ALONE = {Action.KEEP_HIDDEN, Action.INVITE_PARTNER, Action.CHECK_ENTRY}
KEEPING = KEEPING_ALONE | {Action.SEE_HIDDEN}


def allowed(standing: Standing) -> set[Action]:
    return {action for action in Action if permits(action, standing)}


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        # No conversation, or one that is a colleague's.
        (Standing(RESPONDER), TRAINED),
        (Standing(PEER), ANYWHERE),
        (Standing(COACH), TRAINED),
        (Standing(LEAD), LEADING),
        (Standing(STEWARD), KEEPING),
        # One that waits.
        (Standing(RESPONDER, team_holds=True), TRAINED | {Action.PICK_UP}),
        (Standing(PEER, team_holds=True), ANYWHERE | {Action.PICK_UP}),
        (Standing(COACH, team_holds=True), TRAINED | {Action.PICK_UP}),
        (Standing(LEAD, team_holds=True), LEADING),
        (Standing(STEWARD, team_holds=True), KEEPING),
        # One's own.
        (Standing(RESPONDER, is_owner=True), TRAINED | ANSWERING | WARM | {Action.SHUT_OUT}),
        (Standing(PEER, is_owner=True), ANYWHERE | ANSWERING),
        (Standing(PEER, is_owner=True, is_coached=True), ANYWHERE | ANSWERING | WARM | {Action.WHISPER}),
        (Standing(COACH, is_owner=True), TRAINED | ANSWERING | WARM | {Action.SHUT_OUT}),
        # One of a peer: the coach judges danger along with the peer, and takes over before handing over.
        (
            Standing(COACH, is_coached=True, is_coach_of_owner=True),
            TRAINED | {Action.READ, Action.WHISPER, Action.TAKE_OVER, Action.TRIAGE},
        ),
        (Standing(COACH, is_coached=True), TRAINED),
        (Standing(RESPONDER, is_coached=True), TRAINED),
        (Standing(PEER, is_coached=True), ANYWHERE),
        # One of a professional, beside whom a coach is only a colleague.
        (Standing(COACH, is_coach_of_owner=True), TRAINED),
    ],
)
def test_who_stands_so_may_do_this_and_nothing_else(standing: Standing, expected: set[Action]) -> None:
    assert allowed(standing) == expected


@pytest.mark.parametrize("role", [LEAD, STEWARD])
def test_leading_or_keeping_never_gives_a_look_into_a_conversation(role: StaffRole) -> None:
    for standing in EVERY_STANDING:
        if standing.role is role:
            assert allowed(standing) & CONTENT == set(), standing


@pytest.mark.parametrize("role", [LEAD, STEWARD])
def test_who_leads_or_keeps_may_do_the_same_whatever_the_conversation(role: StaffRole) -> None:
    rights = {frozenset(allowed(standing)) for standing in EVERY_STANDING if standing.role is role}
    assert rights == {frozenset(LEADING if role is LEAD else KEEPING)}


def test_only_who_leads_cares_for_members_hours_audit_and_recovery() -> None:
    for standing in EVERY_STANDING:
        if standing.role is not LEAD:
            assert allowed(standing) & LEADING_ALONE == set(), standing


def test_only_a_steward_keeps_the_hidden_part_checks_entries_and_invites_partners() -> None:
    for standing in EVERY_STANDING:
        if standing.role is not STEWARD:
            assert allowed(standing) & KEEPING_ALONE == set(), standing


def test_a_peer_sees_nothing_hidden_and_answers_no_offer_and_confirms_nobody_s_judgement() -> None:
    for standing in EVERY_STANDING:
        if standing.role is PEER:
            assert allowed(standing) & BESIDE == set(), standing


def test_triage_and_hand_over_are_for_who_answers_and_for_a_peer_only_beside_a_coach() -> None:
    for standing in EVERY_STANDING:
        coaches = standing.role is COACH and standing.is_coached and standing.is_coach_of_owner
        answers = standing.is_owner and (standing.role is not PEER or standing.is_coached)
        is_held = not standing.team_holds
        assert permits(Action.TRIAGE, standing) <= (is_held and (answers or coaches)), standing
        assert permits(Action.HAND_OVER, standing) <= (is_held and answers), standing


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


def test_every_action_is_permitted_to_somebody_and_none_to_every_role() -> None:
    for action in Action:
        allowed_to = {standing.role for standing in EVERY_STANDING if permits(action, standing)}
        assert allowed_to, action
        assert allowed_to != set(StaffRole), action


def test_that_somebody_waits_is_seen_by_all_but_who_keeps_the_map() -> None:
    seen_by = {standing.role for standing in EVERY_STANDING if permits(Action.SEE_WAITING, standing)}
    assert seen_by == set(StaffRole) - {STEWARD}


def test_a_role_that_the_table_does_not_know_may_do_nothing() -> None:
    stranger = Standing("visitor", is_owner=True, is_coach_of_owner=True)  # type: ignore[arg-type]
    assert allowed(stranger) == set()
    assert not permits("read_everything", Standing(COACH, is_owner=True))  # type: ignore[arg-type]
