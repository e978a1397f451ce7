"""Each verb of a conversation: what it does, when it refuses, and that a second time is the same as once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.records.conversations.people import (
    KEPT,
    KEPT_WITH_CODE,
    NOON,
    SERVER,
    desk_message,
    desk_writes,
    later,
    member,
    new_epoch,
    plain_label,
    team,
    visitor,
    written,
)
from tests.records.conversations.steps import (
    close,
    coached,
    give_code,
    held,
    pass_on,
    pick_up,
    picked_up,
    save_draft,
    take_over,
)
from voordeur.records.conversations import actions, queries
from voordeur.records.conversations.actions import OutOfStep, StepNotAllowed
from voordeur.records.conversations.models import Conversation, Draft, Grant, Message
from voordeur.vocabulary import ClosedBecause, Direction, GrantReason, TalkState

pytestmark = pytest.mark.django_db

R = GrantReason


def test_a_conversation_goes_from_the_queue_to_an_owner_and_is_read_by_both() -> None:
    desk, someone, ada = team("central"), visitor(), member(1)
    someone.opens(desk, "may I ask something")
    found = actions.pick_up(
        conversation_id=someone.id, staff_id=ada.id, role="responder", moment=NOON, server_key=SERVER
    )
    assert (found.state, found.owner_tag, found.label.owner_role) == (TalkState.HELD, ada.tag, "responder")
    new_epoch(someone.id, ada, {someone: R.VISITOR, desk: R.QUEUE, ada: R.PICKED_UP})
    desk_writes(someone.id, ada, "of course")
    someone.writes("thank you", later(2))
    said = ["may I ask something", "of course", "thank you"]
    assert someone.reads(someone.id) == said
    assert desk.reads(someone.id) == said
    assert [one.epoch for one in queries.messages(someone.id)] == [0, 1, 1]
    with pytest.raises(KeyError):
        ada.reads(someone.id)  # of the first epoch she reads with the team's key


def test_opening_again_with_the_same_id_opens_one() -> None:
    desk, someone = team("central"), visitor()
    someone.opens(desk)
    before = held(someone)
    someone.opens(desk, "something else")
    assert held(someone) == before
    assert (Conversation.objects.count(), Message.objects.count(), Grant.objects.count()) == (1, 1, 2)


@pytest.mark.parametrize("who_is_missing", ["visitor", "desk"])
def test_opening_without_a_key_for_each_side_is_refused(who_is_missing: str) -> None:
    desk, someone = team("central"), visitor()
    both = [
        actions.NewGrant(someone.tag, b"W" * 82, R.VISITOR),
        actions.NewGrant(desk.tag, b"W" * 114, R.QUEUE),
    ]
    with pytest.raises(StepNotAllowed):
        actions.open_conversation(
            conversation_id=someone.id,
            visitor_key=someone.pair.public,
            label=plain_label(),
            grants=both[1:] if who_is_missing == "visitor" else both[:1],
            message=None,
            kept_until=KEPT,
            moment=NOON,
            server_key=SERVER,
        )
    assert not Conversation.objects.exists()


def test_writing_again_gives_the_same_place_and_changes_nothing() -> None:
    someone, _, ada = picked_up()
    message = desk_message(someone.id, ada, "once")
    first = actions.write(
        conversation_id=someone.id, message=message, kept_until=KEPT, moment=NOON, server_key=SERVER, writer_id=ada.id
    )
    again = actions.write(
        conversation_id=someone.id, message=message, kept_until=KEPT, moment=NOON, server_key=SERVER, writer_id=ada.id
    )
    assert (first.place, first.is_again) == (2, False)
    assert (again.place, again.is_again) == (2, True)
    assert someone.reads(someone.id) == ["hello", "once"]


@pytest.mark.parametrize(("epoch", "sequence"), [(0, 2), (2, 2), (1, 1), (1, 3)])
def test_a_message_that_is_behind_or_ahead_is_refused_and_told_what_is_next(epoch: int, sequence: int) -> None:
    someone, _, _ = picked_up()
    message = replace(someone.message("late"), epoch=epoch, sequence=sequence)
    with pytest.raises(OutOfStep) as told:
        actions.write(conversation_id=someone.id, message=message, kept_until=KEPT, moment=NOON, server_key=SERVER)
    assert (told.value.epoch, told.value.following) == (1, 2)
    assert someone.reads(someone.id) == ["hello"]


def test_what_is_no_envelope_is_not_kept() -> None:
    someone, _, _ = picked_up()
    message = replace(someone.message("in the clear"), envelope=written("in the clear"))
    with pytest.raises(StepNotAllowed):
        actions.write(conversation_id=someone.id, message=message, kept_until=KEPT, moment=NOON, server_key=SERVER)
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "direction", "is_allowed"),
    [
        ("owner", Direction.DESK, True),
        ("owner", Direction.NOTE, True),
        ("owner", Direction.WHISPER, True),
        ("owner", Direction.VISITOR, False),
        ("coach", Direction.DESK, False),
        ("coach", Direction.NOTE, False),
        ("coach", Direction.WHISPER, True),
        ("coach", Direction.VISITOR, False),
        ("outsider", Direction.DESK, False),
        ("outsider", Direction.WHISPER, False),
    ],
)
def test_only_who_holds_it_writes_and_only_their_way(who: str, direction: Direction, is_allowed: bool) -> None:
    someone, peer, coach = coached()
    writer = {"owner": peer, "coach": coach, "outsider": member(9)}[who]
    message = desk_message(someone.id, peer, "words", direction)
    try:
        actions.write(
            conversation_id=someone.id,
            message=message,
            kept_until=KEPT,
            moment=NOON,
            server_key=SERVER,
            writer_id=writer.id,
        )
    except StepNotAllowed:
        assert not is_allowed
        assert Message.objects.count() == 1
    else:
        assert is_allowed


@pytest.mark.parametrize("is_over", [True, False])
def test_who_read_along_says_nothing_after_it_is_over_or_waits_again(is_over: bool) -> None:
    someone, peer, coach = coached()
    if is_over:
        close(someone, peer)
    else:
        actions.give_back(staff_id=peer.id, moment=NOON, server_key=SERVER)
    with pytest.raises(StepNotAllowed):
        desk_writes(someone.id, coach, "one more thing", Direction.WHISPER)
    with pytest.raises(StepNotAllowed):
        save_draft(someone, coach, 2)
    with pytest.raises(StepNotAllowed):
        take_over(someone, coach)


def test_a_visitor_writes_no_words_of_the_desk() -> None:
    someone, _, ada = picked_up()
    with pytest.raises(StepNotAllowed):
        actions.write(
            conversation_id=someone.id,
            message=desk_message(someone.id, ada, "as if I were you"),
            kept_until=KEPT,
            moment=NOON,
            server_key=SERVER,
        )


def test_writing_after_the_end_makes_it_wait_again_first_for_who_answered() -> None:
    someone, _, ada = picked_up()
    close(someone, ada)
    assert held(someone).state is TalkState.CLOSED
    assert someone.writes("one more thing", later(60)).is_back
    found = held(someone)
    assert (found.state, found.owner_tag) == (TalkState.WAITING, None)
    assert (found.label.before, found.label.is_return, found.label.closed_because) == (str(ada.id), True, "")
    assert found.label.waited(later(63)) == pytest.approx(3)


def test_who_was_shut_out_writes_nothing_more() -> None:
    someone, _, ada = picked_up()
    close(someone, ada, is_shut_out=True)
    with pytest.raises(StepNotAllowed):
        someone.writes("again")
    assert held(someone).state is TalkState.CLOSED


def test_a_message_keeps_the_conversation_longer_and_never_shorter() -> None:
    someone, _, _ = picked_up()
    for until, expected in ((KEPT_WITH_CODE, KEPT_WITH_CODE), (KEPT, KEPT_WITH_CODE)):
        actions.write(
            conversation_id=someone.id,
            message=someone.message("hello"),
            kept_until=until,
            moment=NOON,
            server_key=SERVER,
        )
        assert Conversation.objects.get(pk=someone.id).kept_until == expected


def test_of_two_who_take_it_up_one_is_first() -> None:
    desk, someone = team("central"), visitor()
    someone.opens(desk)
    pick_up(someone, member(1))
    with pytest.raises(StepNotAllowed):
        pick_up(someone, member(2))
    assert held(someone).owner_tag == member(1).tag


def test_a_coach_takes_over_and_who_had_it_has_no_say_any_more() -> None:
    someone, peer, coach = coached()
    save_draft(someone, peer, 2)
    found = take_over(someone, coach)
    assert (found.owner_tag, found.label.before, found.label.owner_role) == (coach.tag, str(peer.id), "coach")
    assert not Draft.objects.exists()
    for direction in (Direction.DESK, Direction.WHISPER):
        with pytest.raises(StepNotAllowed):
            desk_writes(someone.id, peer, "still here", direction)
    assert queries.for_staff(someone.id, peer.id, SERVER) is None
    assert take_over(someone, coach) == found  # a second press changes nothing


def test_who_does_not_read_along_takes_nothing_over() -> None:
    someone, peer, _ = coached()
    with pytest.raises(StepNotAllowed):
        take_over(someone, member(3))
    assert held(someone).owner_tag == peer.tag


def test_passing_on_needs_a_key_of_that_team_and_leaves_nothing_with_who_had_it() -> None:
    someone, _, ada = picked_up()
    other = team("sport")
    save_draft(someone, ada, 1)
    with pytest.raises(StepNotAllowed):
        pass_on(someone, ada, "sport")
    new_epoch(someone.id, ada, {someone: R.VISITOR, other: R.QUEUE})
    with pytest.raises(StepNotAllowed):
        pass_on(someone, member(2), "sport")
    pass_on(someone, ada, "sport")
    found = held(someone)
    assert (found.state, found.owner_tag, found.team_tag) == (TalkState.WAITING, None, other.tag)
    assert (found.label.team, found.label.before, found.label.owner) == ("sport", "", "")
    assert found.label.waited(later(31)) == pytest.approx(1)
    assert not Draft.objects.exists()
    assert queries.for_staff(someone.id, ada.id, SERVER) is None


def test_only_the_owner_closes() -> None:
    someone, _, ada = picked_up()
    with pytest.raises(StepNotAllowed):
        close(someone, member(2))
    save_draft(someone, ada, 1)
    close(someone, ada)
    assert held(someone).label.closed_because == ClosedBecause.FINISHED
    assert not Draft.objects.exists()
    with pytest.raises(StepNotAllowed):
        close(someone, ada)


def test_leaving_without_a_code_ends_it_and_with_a_code_does_not() -> None:
    someone, _, _ = picked_up()
    actions.leave(conversation_id=someone.id, server_key=SERVER)
    assert (held(someone).state, held(someone).label.closed_because) == (TalkState.CLOSED, ClosedBecause.LEFT)
    assert held(someone).label.before == "1"
    actions.leave(conversation_id=someone.id, server_key=SERVER)  # again: nothing
    close(someone, None)
    assert held(someone).label.before == "1"

    with_code, _, _ = picked_up()
    give_code(with_code, b"c" * 32)
    actions.leave(conversation_id=with_code.id, server_key=SERVER)
    assert (held(with_code).state, held(with_code).label.has_left) == (TalkState.HELD, True)


def test_who_left_and_writes_again_is_back() -> None:
    someone, _, _ = picked_up()
    back = give_code(someone, b"c" * 32)
    actions.leave(conversation_id=someone.id, server_key=SERVER)
    back.writes("here again")
    assert not held(someone).label.has_left


def test_what_was_seen_only_goes_forward() -> None:
    someone, _, _ = picked_up()
    for place in (3, 2):
        actions.note_seen(conversation_id=someone.id, place=place)
    assert held(someone).seen_place == 3


def test_what_somebody_owned_waits_again_when_they_do_not_come_back() -> None:
    someone, _, ada = picked_up()
    other, _, _ = picked_up()
    close(other, ada)
    save_draft(someone, ada, 1)
    assert actions.give_back(staff_id=ada.id, moment=later(5), server_key=SERVER, team="sport") == 0
    assert actions.give_back(staff_id=ada.id, moment=later(5), server_key=SERVER) == 1
    assert (held(someone).state, held(someone).owner_tag) == (TalkState.WAITING, None)
    assert held(someone).label.waited(later(6)) == pytest.approx(1)
    assert not Draft.objects.exists()
    assert held(other).state is TalkState.CLOSED
