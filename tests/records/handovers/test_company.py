"""Who goes along, and what contact is permitted: given and taken by the visitor, and no more than was given."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.records.conversations.people import NOON, SERVER, Visitor, later
from tests.records.conversations.steps import close
from tests.records.handovers import people as p
from tests.records.handovers.people import Cast
from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import company as talk_company
from voordeur.records.conversations import forgetting
from voordeur.records.conversations import queries as talks
from voordeur.records.handovers import company, queries
from voordeur.records.handovers.company import CodeTaken
from voordeur.records.handovers.models import Buddy, Permission
from voordeur.rules.handover import StepNotAllowed
from voordeur.rules.safe_contact import SafeContact, WayRule, Window
from voordeur.secrecy.keyring import plan_key
from voordeur.vocabulary import BuddyKind, ContactWay, Direction, GrantReason, TalkState

pytestmark = pytest.mark.django_db

R = GrantReason
RULE = SafeContact({ContactWay.PHONE: WayRule((Window(frozenset({0}), 540, 1020),))}, frozenset({ContactWay.MAIL}))


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody."""
    return p.cast()


@pytest.fixture
def someone(cast: Cast) -> Visitor:
    """Whose conversation ada holds."""
    return p.taken_up(cast)


@pytest.mark.parametrize("may_read", [False, True])
def test_a_buddy_reads_the_plan_and_the_conversation_only_when_that_was_given(
    cast: Cast, someone: Visitor, may_read: bool
) -> None:
    buddy = p.bring(someone, may_read=may_read)
    for _ in range(2):  # what was said before, and after new keys
        keys = someone.keys(someone.id)[p.held(someone).epoch]
        given = buddy.keys(someone.id)[p.held(someone).epoch]
        assert given == (keys if may_read else plan_key(keys))
        p.writes(someone, keys, Direction.VISITOR, by=None)
        assert p.opens(given, someone, talks.messages(someone.id)[-1]) == may_read
        p.new_keys(someone, p.due_of(someone, NOON), by=cast.people["ada"])
        reason = talks.readers(someone.id, p.held(someone).epoch)[buddy.tag]
        assert reason is (R.BUDDY_TALK if may_read else R.BUDDY)
    found = queries.buddies_of(someone.id, SERVER)
    assert [(one.id, one.may_read, one.number) for one in found] == [(buddy.id, may_read, 1)]


def test_a_buddy_writes_nothing_and_is_nobody_of_the_desk(cast: Cast, someone: Visitor) -> None:
    buddy = p.bring(someone, may_read=True)
    assert queries.buddy_by_id(buddy.id, SERVER) is not None
    assert {one.reason for one in queries.guests_and_buddies(someone.id, SERVER)} == {R.BUDDY_TALK}
    # A buddy is no reader of the desk: their grants open no gate of staff.
    assert all(
        talks.for_staff(someone.id, who.id, SERVER) is None for name, who in cast.people.items() if name != "ada"
    )


def test_the_plan_alone_or_the_conversation_too_is_changed_by_the_visitor(cast: Cast, someone: Visitor) -> None:
    buddy = p.bring(someone)
    given = {"conversation_id": someone.id, "buddy_id": buddy.id, "server_key": SERVER}
    talk = someone.keys(someone.id)
    for may_read in (True, False):
        company.let_read(
            **given,  # type: ignore[arg-type]
            visitor_private=someone.pair.private,
            may_read=may_read,
            wrapped=p.for_buddy(someone, buddy, may_read=may_read),
        )
        assert buddy.keys(someone.id) == {epoch: key if may_read else plan_key(key) for epoch, key in talk.items()}
    for private, buddy_id in ((cast.people["ada"].pair.private, buddy.id), (someone.pair.private, "0" * 32)):
        with pytest.raises(StepNotAllowed):
            company.let_read(
                conversation_id=someone.id, visitor_private=private, buddy_id=buddy_id, may_read=True, wrapped={},
                server_key=SERVER,
            )  # fmt: skip
    assert [one.may_read for one in queries.buddies_of(someone.id, SERVER)] == [False]


def test_who_goes_away_opens_nothing_from_that_moment_on(cast: Cast, someone: Visitor) -> None:
    buddy, other = p.bring(someone, may_read=True), p.bring(someone)
    had = buddy.keys(someone.id)
    with pytest.raises(StepNotAllowed):
        _part(replace(someone, pair=cast.people["ada"].pair), buddy.id)
    assert _part(someone, buddy.id)
    assert not buddy.keys(someone.id)
    assert queries.buddy_by_id(buddy.id, SERVER) is None
    p.new_keys(someone, p.due_of(someone, NOON), by=None)
    p.writes(someone, someone.keys(someone.id)[2], Direction.VISITOR, by=None)
    assert not any(p.opens(key, someone, talks.messages(someone.id)[-1]) for key in had.values())
    assert not _part(someone, buddy.id)
    assert other.keys(someone.id).keys() == {0, 1, 2}
    third = p.bring(someone)
    assert {one.id: one.number for one in queries.buddies_of(someone.id, SERVER)} == {other.id: 2, third.id: 1}


def _part(someone: Visitor, buddy_id: str) -> bool:
    return company.part_from(
        conversation_id=someone.id, visitor_private=someone.pair.private, buddy_id=buddy_id, server_key=SERVER
    )


def test_three_go_along_at_most_each_found_by_a_code_of_their_own(cast: Cast, someone: Visitor) -> None:
    lookup = secrets.token_bytes(32)
    buddy = p.bring(someone, lookup=lookup)
    found = queries.buddy_by_lookup(lookup, SERVER)
    assert found is not None and found.id == buddy.id
    assert queries.buddy_by_lookup(b"?" * 32, SERVER) is None
    with pytest.raises(CodeTaken):
        p.bring(someone, lookup=lookup)
    p.bring(someone)
    p.bring(someone)
    with pytest.raises(StepNotAllowed, match="at most 3 people go along"):
        p.bring(someone)
    assert Buddy.objects.count() == 3


def test_only_the_visitor_brings_somebody_along(cast: Cast, someone: Visitor) -> None:
    with pytest.raises(StepNotAllowed, match="only the visitor decides this"):
        company.bring_along(
            conversation_id=someone.id, visitor_private=cast.people["ada"].pair.private, buddy_id="0" * 32,
            kind=BuddyKind.PEER, may_read=True, lookup=b"l" * 32, salt=b"s" * 16, public_key=someone.pair.public,
            wrapped={}, server_key=SERVER,
        )  # fmt: skip
    given = {"conversation_id": someone.id, "tag": b"t" * 16, "reason": R.BUDDY, "wrapped": {0: b"W" * 82}}
    for wrong in (
        {"visitor_private": cast.people["ada"].pair.private},
        {"reason": R.COACH},
        {"wrapped": {0: b"W" * 114}},
        {"wrapped": {9: b"W" * 82}},
    ):
        with pytest.raises(conversations.StepNotAllowed):
            talk_company.add_reader(**{"visitor_private": someone.pair.private, **given, **wrong})  # type: ignore[arg-type]
    assert not Buddy.objects.exists()
    assert b"t" * 16 not in talks.readers(someone.id, 0)


def test_a_reader_can_be_dropped_and_the_visitor_cannot(cast: Cast, someone: Visitor) -> None:
    buddy = p.bring(someone)
    assert talk_company.drop_reader(conversation_id=someone.id, tag=buddy.tag, server_key=SERVER) == 2
    assert talk_company.drop_reader(conversation_id=someone.id, tag=someone.tag, server_key=SERVER) == 0
    assert someone.keys(someone.id).keys() == {0, 1}


def test_the_visitors_new_keys_leave_out_nobody_who_answers(cast: Cast, someone: Visitor) -> None:
    due = p.due_of(someone, NOON)
    ada = cast.people["ada"]
    with pytest.raises(conversations.StepNotAllowed):
        p.new_keys(someone, tuple(one for one in due if one.tag != ada.tag), by=None)
    with pytest.raises(conversations.StepNotAllowed):
        p.new_keys(replace(someone, pair=ada.pair), due, by=None)
    assert p.held(someone).epoch == 1
    p.new_keys(someone, due, by=None)
    assert ada.keys(someone.id).keys() == {1, 2}


def test_what_contact_is_permitted_is_said_by_the_visitor_or_who_holds_it(cast: Cast, someone: Visitor) -> None:
    assert queries.safe_contact_of(someone.id, SERVER) is None
    company.permit(
        conversation_id=someone.id, rule=RULE, moment=NOON, server_key=SERVER, visitor_private=someone.pair.private
    )
    assert queries.safe_contact_of(someone.id, SERVER) == RULE
    company.permit(
        conversation_id=someone.id, rule=None, moment=NOON, server_key=SERVER, owner_id=cast.people["ada"].id
    )
    assert queries.safe_contact_of(someone.id, SERVER) is None
    for wrong in ({"owner_id": cast.people["bea"].id}, {"visitor_private": cast.people["ada"].pair.private}, {}):
        with pytest.raises(StepNotAllowed):
            company.permit(conversation_id=someone.id, rule=RULE, moment=NOON, server_key=SERVER, **wrong)
    close(someone, cast.people["ada"])
    with pytest.raises(StepNotAllowed):
        company.permit(
            conversation_id=someone.id, rule=RULE, moment=NOON, server_key=SERVER, owner_id=cast.people["ada"].id
        )
    assert queries.safe_contact_of(someone.id, SERVER) is None
    assert Permission.objects.count() == 1


def test_a_moment_to_be_asked_comes_once_and_puts_it_in_the_queue(cast: Cast, someone: Visitor) -> None:
    company.permit(
        conversation_id=someone.id, rule=RULE, moment=NOON, server_key=SERVER, visitor_private=someone.pair.private
    )
    given = {"conversation_id": someone.id, "moment": NOON, "server_key": SERVER}
    mine = {**given, "visitor_private": someone.pair.private}
    for at in (NOON, NOON - timedelta(days=1), NOON + timedelta(days=91)):
        with pytest.raises(StepNotAllowed, match="within the next ninety days"):
            company.ask_later(at=at, **mine)  # type: ignore[arg-type]
    with pytest.raises(StepNotAllowed):
        company.ask_later(at=later(60), **{**mine, "visitor_private": cast.people["ada"].pair.private})  # type: ignore[arg-type]
    company.ask_later(at=later(60), **mine)  # type: ignore[arg-type]
    close(someone, cast.people["ada"])
    assert queries.check_ins(SERVER, later(59)) == ([], 0)
    assert queries.check_ins(SERVER, later(60)) == ([someone.id], 0)
    company.check_in(conversation_id=someone.id, moment=later(60), server_key=SERVER)
    assert (p.held(someone).state, p.held(someone).label.back_for) == (TalkState.WAITING, "check_in")
    assert queries.check_ins(SERVER, later(999)) == ([], 0)
    assert queries.safe_contact_of(someone.id, SERVER) == RULE
    company.ask_later(at=later(60), **mine)  # type: ignore[arg-type]
    company.ask_later(at=None, **mine)  # type: ignore[arg-type]
    assert queries.check_ins(SERVER, later(999)) == ([], 0)


def test_with_the_conversation_everything_goes(cast: Cast, someone: Visitor) -> None:
    p.bring(someone)
    company.permit(
        conversation_id=someone.id, rule=RULE, moment=NOON, server_key=SERVER, visitor_private=someone.pair.private
    )
    assert company.state_of(someone.id, SERVER) == TalkState.HELD
    forgetting.delete_conversation(conversation_id=someone.id)
    assert not Buddy.objects.exists() and not Permission.objects.exists()
    assert (company.state_of(someone.id, SERVER), queries.is_there(someone.id, SERVER)) == ("", False)


def test_letting_somebody_read_what_they_read_already_changes_nothing(cast: Cast, someone: Visitor) -> None:
    buddy = p.bring(someone, may_read=True)
    had = buddy.keys(someone.id)

    def lets(may_read: bool) -> bool:
        return company.let_read(
            conversation_id=someone.id, visitor_private=someone.pair.private, buddy_id=buddy.id, may_read=may_read,
            wrapped=p.for_buddy(someone, buddy, may_read=may_read), server_key=SERVER,
        )  # fmt: skip

    assert not lets(True)
    assert buddy.keys(someone.id) == had and not p.held(someone).label.is_stale
    assert lets(False)
    assert p.held(someone).label.is_stale, "less is read from now on, so new keys are due in the same moment"
    p.new_keys(someone, p.due_of(someone, NOON), by=None)
    assert not lets(False)
    assert not p.held(someone).label.is_stale


@pytest.mark.parametrize("direction", [Direction.PLAN, Direction.PAPER])
def test_who_was_shut_out_keeps_no_plan_and_no_paper_either(cast: Cast, someone: Visitor, direction: Direction) -> None:
    keys = someone.keys(someone.id)[p.held(someone).epoch]
    p.writes(someone, keys, direction, by=None)
    close(someone, cast.people["ada"])
    p.writes(someone, keys, direction, by=None)
    someone = p.taken_up(cast)
    keys = someone.keys(someone.id)[p.held(someone).epoch]
    close(someone, cast.people["ada"], is_shut_out=True)
    with pytest.raises(conversations.StepNotAllowed, match="this conversation was closed"):
        p.writes(someone, keys, direction, by=None)
    assert direction not in {one.direction for one in talks.messages(someone.id)}


def test_older_plans_and_papers_go_and_the_newest_and_its_number_stay(cast: Cast, someone: Visitor) -> None:
    keys = someone.keys(someone.id)[p.held(someone).epoch]
    p.writes(someone, keys, Direction.VISITOR, by=None)
    plans = [p.writes(someone, keys, Direction.PLAN, by=None).place for _ in range(3)]
    for refused in (Direction.VISITOR, Direction.DESK, Direction.NOTE):
        everything = [one.place for one in talks.messages(someone.id)]
        assert not forgetting.delete_older(conversation_id=someone.id, direction=refused, places=everything)
    before = {one.place for one in talks.messages(someone.id)}
    assert forgetting.delete_older(conversation_id=someone.id, direction=Direction.PLAN, places=before) == 2
    assert {one.place for one in talks.messages(someone.id)} == before - set(plans[:2])
    assert p.writes(someone, keys, Direction.PLAN, by=None).place == plans[-1] + 1
    assert [one.sequence for one in talks.messages(someone.id, directions=(Direction.PLAN,))] == [3, 4]
    there = [one.place for one in talks.messages(someone.id, directions=(Direction.PLAN,))]
    given = {"conversation_id": someone.id, "places": there, "is_newest_too": True}
    assert not forgetting.delete_older(direction=Direction.VISITOR, **given)  # type: ignore[arg-type]
    assert forgetting.delete_older(direction=Direction.PLAN, **given) == 2  # type: ignore[arg-type]


def test_the_code_of_who_went_away_never_works_again(cast: Cast, someone: Visitor) -> None:
    buddy = p.bring(someone)
    company.permit(
        moment=NOON, conversation_id=someone.id, rule=RULE, server_key=SERVER, visitor_private=someone.pair.private
    )
    assert _part(someone, buddy.id)
    with pytest.raises(StepNotAllowed, match="this code was ended, and stays so"):
        company.bring_along(
            conversation_id=someone.id, visitor_private=someone.pair.private, buddy_id=buddy.id,
            kind=BuddyKind.OWN_CIRCLE, may_read=True, lookup=b"l" * 32, salt=b"s" * 16,
            public_key=buddy.pair.public, wrapped={}, server_key=SERVER,
        )  # fmt: skip
    assert queries.buddies_of(someone.id, SERVER) == []
    assert queries.safe_contact_of(someone.id, SERVER) == RULE
    assert len(queries.permission_of(someone.id, SERVER).ended[0]) < len(buddy.id)


def _window(*several: tuple[int, int]) -> WayRule:
    return WayRule(tuple(Window(frozenset(range(7)), begin, end) for begin, end in several))


def test_a_rule_that_could_not_be_read_or_kept_is_refused_in_a_sentence(cast: Cast, someone: Visitor) -> None:
    def permits(rule: SafeContact | None) -> None:
        company.permit(
            moment=NOON, conversation_id=someone.id, rule=rule, server_key=SERVER, visitor_private=someone.pair.private
        )

    with pytest.raises(StepNotAllowed, match="this rule of contact cannot be read"):
        permits(SafeContact({ContactWay.PHONE: _window((1440, 10))}))
    long = SafeContact({ContactWay.PHONE: _window(*((at, at + 1) for at in range(1000, 1060)))})
    with pytest.raises(StepNotAllowed, match="this rule of contact is too long to keep"):
        permits(long)
    assert queries.safe_contact_of(someone.id, SERVER) is None
    # As long as a rule may be, there is room to part from many.
    longest = SafeContact(
        {way: _window((1380, 1440), (1000, 1100)) for way in ContactWay}, frozenset(ContactWay),
        NOON.date(), has_code_word=True,
    )  # fmt: skip
    permits(longest)
    company.ask_later(
        conversation_id=someone.id, visitor_private=someone.pair.private, at=later(60), moment=NOON, server_key=SERVER
    )
    for _ in range(company._MOST_ENDED + 2):
        assert _part(someone, p.bring(someone).id)
    assert len(queries.permission_of(someone.id, SERVER).ended) == company._MOST_ENDED
    assert queries.safe_contact_of(someone.id, SERVER) == longest


def test_a_stored_rule_that_cannot_be_read_permits_nothing(
    cast: Cast, someone: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "read", lambda said: None)
    rule = SafeContact({ContactWay.PHONE: _window((1440, 10))})
    company.permit(
        moment=NOON, conversation_id=someone.id, rule=rule, server_key=SERVER, visitor_private=someone.pair.private
    )
    assert queries.permission_of(someone.id, SERVER).contact is not None
    assert queries.safe_contact_of(someone.id, SERVER) is None
