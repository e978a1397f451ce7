"""New keys and return codes: exactly the readers who are due, the visitor always, and old keys open nothing new."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.conversations.people import (
    KEPT_WITH_CODE,
    SERVER,
    Reader,
    Visitor,
    desk_writes,
    member,
    new_epoch,
    team,
)
from tests.records.conversations.steps import (
    close,
    coached,
    give_code,
    held,
    picked_up,
    take_over,
)
from voordeur.records.conversations import actions, queries
from voordeur.records.conversations.actions import CodeTaken, OutOfStep, StepNotAllowed
from voordeur.records.conversations.models import Conversation
from voordeur.secrecy.keyring import grant_context, new_pair, wrap
from voordeur.vocabulary import GrantReason

pytestmark = pytest.mark.django_db

R = GrantReason


def test_who_is_not_among_the_new_readers_cannot_open_what_follows() -> None:
    someone, peer, coach = coached()
    take_over(someone, coach)
    new_epoch(someone.id, coach, {someone: R.VISITOR, coach: R.TAKEN_OVER})
    someone.writes("only for the coach")
    assert coach.keys(someone.id).keys() == {2, 3}
    assert peer.keys(someone.id).keys() == {1, 2}
    with pytest.raises(KeyError):
        peer.reads(someone.id)


def _grants(someone: Visitor, readers: list[Reader], epoch: int) -> dict[bytes, bytes]:
    context = grant_context(bytes.fromhex(someone.id), epoch)
    return {one.tag: wrap(one.pair.public, bytes(32 if one is someone else 64), context) for one in readers}


@pytest.mark.parametrize(
    "wrong", ["one is missing", "one too many", "no visitor", "wrong length", "another's", "visitor's key changed"]
)
def test_new_keys_are_for_exactly_those_who_are_due(wrong: str) -> None:
    someone, desk, ada = picked_up()
    expected = {someone.tag: R.VISITOR, desk.tag: R.QUEUE, ada.tag: R.PICKED_UP}
    grants = _grants(someone, [someone, desk, ada], 2)
    given: dict[str, Any] = {"staff_id": ada.id, "expected": expected, "grants": grants}
    match wrong:
        case "one is missing":
            grants.pop(ada.tag)
        case "one too many":
            grants[member(7).tag] = grants[ada.tag]
        case "no visitor":
            grants.pop(someone.tag)
            expected.pop(someone.tag)
        case "wrong length":
            grants[someone.tag] = grants[ada.tag]
        case "another's":
            given["staff_id"] = 2
        case "visitor's key changed":
            given["visitor_key"] = new_pair().public
    with pytest.raises((StepNotAllowed, OutOfStep)):
        actions.begin_epoch(conversation_id=someone.id, epoch=2, server_key=SERVER, **given)
    assert held(someone).epoch == 1
    assert set(queries.readers(someone.id, 2)) == set()


@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_of_two_who_make_new_keys_the_second_is_told_the_epoch(epoch: int) -> None:
    someone, _, ada = picked_up()
    with pytest.raises(OutOfStep) as told:
        actions.begin_epoch(
            conversation_id=someone.id,
            epoch=epoch,
            grants=_grants(someone, [someone, ada], epoch),
            expected={someone.tag: R.VISITOR, ada.tag: R.PICKED_UP},
            staff_id=ada.id,
            server_key=SERVER,
        )
    assert told.value.epoch == 1


def test_the_visitors_side_makes_new_keys_for_the_team_while_nobody_answers() -> None:
    someone, desk, ada = picked_up()
    new_epoch(someone.id, ada, {someone: R.VISITOR, ada: R.PICKED_UP})  # a team that keeps no key
    given: dict[str, Any] = {
        "conversation_id": someone.id,
        "epoch": 3,
        "grants": _grants(someone, [someone, desk], 3),
        "expected": {someone.tag: R.VISITOR, desk.tag: R.QUEUE},
        "staff_id": None,
        "server_key": SERVER,
    }
    with pytest.raises(StepNotAllowed):
        actions.begin_epoch(**given)  # somebody answers
    close(someone, ada)
    assert not queries.is_readable_by_team(held(someone))
    with pytest.raises(StepNotAllowed):
        actions.begin_epoch(**{**given, "grants": _grants(someone, [someone], 3), "expected": {someone.tag: R.VISITOR}})
    actions.begin_epoch(**given)
    assert queries.is_readable_by_team(held(someone))
    assert desk.keys(someone.id).keys() == {0, 1, 3}


def test_with_a_code_everything_opens_and_the_key_before_it_opens_nothing() -> None:
    someone, _, ada = picked_up()
    desk_writes(someone.id, ada, "make a code if you like")
    back = give_code(someone, b"c" * 32)
    assert back.reads(someone.id) == ["hello", "make a code if you like"]
    with pytest.raises(ValueError, match="cannot be opened"):
        someone.keys(someone.id)
    found = queries.conversation_by_lookup(b"c" * 32, SERVER)
    assert found is not None and (found.has_code, found.salt) == (True, b"s" * 16)
    assert Conversation.objects.get(pk=someone.id).kept_until == KEPT_WITH_CODE


def test_a_code_that_another_has_or_that_misses_an_epoch_changes_nothing() -> None:
    first, second = picked_up()[0], picked_up()[0]
    give_code(first, b"c" * 32)
    with pytest.raises(CodeTaken):
        give_code(second, b"c" * 32)
    with pytest.raises(OutOfStep):
        give_code(second, b"d" * 32, epochs=(0,))
    assert second.reads(second.id) == ["hello"]


def test_keys_for_a_key_that_is_no_more_are_dropped() -> None:
    someone, _, ada = picked_up()
    assert actions.drop_keys(staff_id=ada.id, server_key=SERVER) == 1
    assert ada.tag not in queries.readers(someone.id, 1)
    assert someone.reads(someone.id) == ["hello"]


def _older(someone: Visitor, who: Reader, epochs: tuple[int, ...], by: Reader) -> dict[tuple[int, bytes], bytes]:
    """Keys of these epochs as `by` has them, wrapped for this reader."""
    raw, keys = bytes.fromhex(someone.id), by.keys(someone.id)
    return {(one, who.tag): wrap(who.pair.public, keys[one], grant_context(raw, one)) for one in epochs}


def _begins(someone: Visitor, by: Reader, readers: dict[Reader, GrantReason], **more: Any) -> None:
    epoch = held(someone).epoch + 1
    actions.begin_epoch(
        conversation_id=someone.id,
        epoch=epoch,
        grants=_grants(someone, list(readers), epoch),
        expected={one.tag: reason for one, reason in readers.items()},
        staff_id=getattr(by, "id", None),
        server_key=SERVER,
        **more,
    )


def test_who_is_due_gets_the_keys_of_before_as_well_and_what_stands_stays() -> None:
    someone, desk, ada = picked_up()
    other, was = team("sport"), queries.grants(someone.id, [desk.tag])
    older = _older(someone, other, (0, 1), desk) | _older(someone, desk, (0,), desk)
    _begins(someone, ada, {someone: R.VISITOR, desk: R.QUEUE, other: R.QUEUE}, older=older)
    assert other.keys(someone.id).keys() == {0, 1, 2}
    assert [one.reason for one in queries.grants(someone.id, [other.tag])] == [R.QUEUE] * 3
    assert other.reads(someone.id) == ["hello"]
    assert queries.grants(someone.id, [desk.tag])[:2] == was
    assert ada.keys(someone.id).keys() == {1}


@pytest.mark.parametrize("wrong", ["not due", "the visitor", "not an older one", "below zero", "wrong length"])
def test_older_keys_are_for_who_is_due_and_only_of_before(wrong: str) -> None:
    someone, desk, ada = picked_up()
    older = _older(someone, desk, (1,), desk)
    kept = older[1, desk.tag]
    match wrong:
        case "not due":
            older[0, member(7).tag] = kept
        case "the visitor":
            older[0, someone.tag] = kept
        case "not an older one":
            older[2, desk.tag] = kept
        case "below zero":
            older[-1, desk.tag] = kept
        case "wrong length":
            older[0, desk.tag] = kept[:-32]
    with pytest.raises(StepNotAllowed):
        _begins(someone, ada, {someone: R.VISITOR, desk: R.QUEUE, ada: R.PICKED_UP}, older=older)
    assert held(someone).epoch == 1
    assert queries.readers(someone.id, 2) == {}
