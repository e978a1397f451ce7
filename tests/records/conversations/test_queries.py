"""Who sees which conversation: the owner, who reads along, the team whose queue it is in, and nobody else."""

from __future__ import annotations

import secrets

import pytest

from tests.records.conversations.people import (
    NOON,
    SERVER,
    Member,
    Visitor,
    desk_writes,
    later,
    member,
    new_epoch,
    plain_label,
    team,
    visitor,
)
from voordeur.records.conversations import actions, queries
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import ClosedBecause, Direction, GrantReason, TalkState, Wish

pytestmark = pytest.mark.django_db

R = GrantReason
PEER, COACH, OUTSIDER = 1, 2, 3


@pytest.fixture
def coached() -> tuple[Visitor, Member, Member]:
    """A peer's conversation with a coach who reads along."""
    desk, someone, peer, coach = team("central"), visitor(), member(PEER), member(COACH)
    someone.opens(desk)
    actions.pick_up(conversation_id=someone.id, staff_id=PEER, role="peer", moment=NOON, server_key=SERVER)
    new_epoch(someone.id, peer, {someone: R.VISITOR, peer: R.PICKED_UP, coach: R.COACH})
    return someone, peer, coach


def test_the_owner_and_the_coach_find_it_and_nobody_else(coached: tuple[Visitor, Member, Member]) -> None:
    someone = coached[0]
    owner, coach = queries.for_staff(someone.id, PEER, SERVER), queries.for_staff(someone.id, COACH, SERVER)
    assert owner is not None and owner[1] is None
    assert coach is not None and coach[1] is R.COACH
    assert queries.for_staff(someone.id, OUTSIDER, SERVER) is None
    assert queries.for_staff(secrets.token_hex(16), PEER, SERVER) is None


def test_when_it_is_over_only_the_last_owner_learns_that(coached: tuple[Visitor, Member, Member]) -> None:
    someone = coached[0]
    assert queries.closed_for_staff(someone.id, PEER, SERVER) is None
    actions.close(
        conversation_id=someone.id,
        because=ClosedBecause.FINISHED,
        is_shut_out=False,
        server_key=SERVER,
        staff_id=PEER,
    )
    assert [queries.for_staff(someone.id, who, SERVER) for who in (PEER, COACH)] == [None, None]
    found = queries.closed_for_staff(someone.id, PEER, SERVER)
    assert found is not None and found.state is TalkState.CLOSED
    assert [queries.closed_for_staff(someone.id, who, SERVER) for who in (COACH, OUTSIDER)] == [None, None]


def test_who_waits_is_seen_by_its_team_only() -> None:
    one, other, taken = visitor(), visitor(), visitor()
    one.opens(team("central"))
    other.opens(team("sport"), label=plain_label("sport", is_danger=True))
    taken.opens(team("central"))
    actions.pick_up(conversation_id=taken.id, staff_id=PEER, role="peer", moment=NOON, server_key=SERVER)
    assert [found.id for found in queries.waiting(["central"], SERVER)] == [one.id]
    assert {found.id for found in queries.waiting(["central", "sport"], SERVER)} == {one.id, other.id}
    assert queries.waiting([], SERVER) == []
    assert queries.waiting_in(one.id, ["central"], SERVER) is not None
    assert queries.waiting_in(one.id, ["sport"], SERVER) is None
    assert queries.waiting_in(taken.id, ["central"], SERVER) is None
    assert {found.id for found in queries.all_open(SERVER)} == {one.id, other.id, taken.id}


def test_lists_of_what_is_mine_where_i_read_along_and_how_much_each_holds(
    coached: tuple[Visitor, Member, Member],
) -> None:
    someone, peer, coach = coached
    assert [found.id for found in queries.owned(PEER, SERVER)] == [someone.id]
    assert [found.id for found in queries.coached(COACH, SERVER)] == [someone.id]
    assert (queries.owned(COACH, SERVER), queries.coached(PEER, SERVER)) == ([], [])
    assert queries.holding() == {peer.tag: 1}
    new_epoch(someone.id, peer, {someone: R.VISITOR, peer: R.PICKED_UP})
    assert queries.coached(COACH, SERVER) == []
    assert queries.for_staff(someone.id, coach.id, SERVER) is None


def test_the_label_says_what_the_visitor_chose_and_opens_with_this_servers_key_only() -> None:
    someone = visitor()
    someone.opens(team("central"), label=plain_label(wish=Wish.PEER, is_danger=True, language="so"))
    found = queries.conversation(someone.id, SERVER)
    assert found is not None
    assert (found.label.wish, found.label.is_danger, found.label.language) == (Wish.PEER, True, "so")
    assert found.label.waited(later(7)) == pytest.approx(7)
    elsewhere = queries.conversation(someone.id, ServerKey(b"another server's key, as long..."))
    assert elsewhere is not None and elsewhere.label.team == ""
    assert queries.waiting(["central"], ServerKey(b"another server's key, as long...")) == []


def test_messages_come_in_order_beyond_a_place_and_by_direction(coached: tuple[Visitor, Member, Member]) -> None:
    someone, peer, coach = coached
    desk_writes(someone.id, peer, "what do you think", Direction.WHISPER)
    desk_writes(someone.id, coach, "ask how safe it is", Direction.WHISPER)
    desk_writes(someone.id, peer, "can you type freely")
    assert [one.place for one in queries.messages(someone.id)] == [1, 2, 3, 4]
    assert [one.place for one in queries.messages(someone.id, 2)] == [3, 4]
    shown = queries.messages(someone.id, directions=(Direction.VISITOR, Direction.DESK))
    assert [one.direction for one in shown] == ["v", "d"]
    assert queries.next_sequence(someone.id, Direction.WHISPER) == 3
    assert queries.next_sequence(someone.id, Direction.NOTE) == 1


def test_what_changed_since_a_number_names_each_conversation_once(coached: tuple[Visitor, Member, Member]) -> None:
    someone, peer, _ = coached
    newest = queries.newest_number()
    assert queries.changed_since(newest) == (newest, [])
    for _ in range(2):
        desk_writes(someone.id, peer, "a word")
    after, changed = queries.changed_since(newest)
    assert (after, changed) == (newest + 2, [someone.id])


def test_keys_are_given_by_reader_in_the_order_of_epochs(coached: tuple[Visitor, Member, Member]) -> None:
    someone, peer, coach = coached
    assert [one.epoch for one in queries.grants(someone.id, [someone.tag])] == [0, 1]
    assert [one.reason for one in queries.grants(someone.id, [coach.tag])] == [R.COACH]
    assert queries.grants(someone.id, [member(OUTSIDER).tag]) == []
    assert queries.readers(someone.id, 1) == {
        someone.tag: R.VISITOR,
        peer.tag: R.PICKED_UP,
        coach.tag: R.COACH,
    }


def test_the_rows_say_nothing_of_who_which_team_or_which_language(coached: tuple[Visitor, Member, Member]) -> None:
    from voordeur.records.conversations.models import Conversation

    for row in Conversation.objects.values():
        written = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
        for told in (b"central", b"peer", b"anyone", b"chat"):
            assert told not in written
        assert len(row["label"]) == 540
