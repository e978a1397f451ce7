"""What partners and the desk do after a yes: contact, guests, questions, the telephone, and a life in danger."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.records.conversations.people import NOON, SERVER, Visitor, later
from tests.records.handovers import people as p
from tests.records.handovers.people import WITHOUT_DESK, Cast
from tests.records.handovers.scenes import asked, changed, in_contact, joined, offered, reads, row, state
from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import queries as talks
from voordeur.records.handovers import actions, override, partner, queries, steps
from voordeur.records.handovers.actions import ContactRefused
from voordeur.records.handovers.models import Handover, Remark
from voordeur.records.handovers.steps import NewParcel, NotHere
from voordeur.rules.handover import HandoverActor, StepNotAllowed
from voordeur.rules.safe_contact import SafeContact, WayRule, Window
from voordeur.secrecy.keyring import new_key
from voordeur.vocabulary import ContactRefusal, ContactWay, Direction, GrantReason
from voordeur.vocabulary import HandoverState as S

pytestmark = pytest.mark.django_db

A, R = HandoverActor, GrantReason
TODAY = NOON.date()


# ---- the partner's side ----


@pytest.mark.parametrize(
    ("minutes", "is_allowed"), [(-6, False), (-5, True), (0, True), (60 * 24 * 60, True), (60 * 24 * 60 + 1, False)]
)
def test_a_first_contact_is_agreed_from_now_to_sixty_days_ahead(
    cast: Cast, someone: Visitor, minutes: int, is_allowed: bool
) -> None:
    one = asked(cast, someone)
    p.say_yes(someone, one, p.parcel_for(one, cast), until=TODAY + timedelta(days=90))
    if not is_allowed:
        with pytest.raises(StepNotAllowed, match="a moment from now to sixty days ahead"):
            p.accept(one.id, at=later(minutes))
        assert state(one) is S.OFFERED
        return
    p.accept(one.id, at=later(minutes))
    assert (state(one), p.label_of(one.id).agreed) == (S.ACCEPTED, later(max(0, minutes)))


def test_a_first_contact_lies_within_the_days_that_the_visitor_said_yes_to(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    with pytest.raises(StepNotAllowed, match="after the last day that the visitor agreed to"):
        p.accept(one.id, at=NOON + timedelta(days=31))
    assert state(one) is S.OFFERED
    p.accept(one.id, at=NOON + timedelta(days=30))
    assert state(one) is S.ACCEPTED


@pytest.mark.parametrize(
    ("way", "promises", "why"),
    [
        (ContactWay.HERE, False, None),
        (ContactWay.PHONE, True, None),
        (ContactWay.PHONE, False, ContactRefusal.CODE_WORD_NEEDED),
        (ContactWay.MAIL, True, ContactRefusal.NEVER),
        (ContactWay.LETTER, True, ContactRefusal.NOT_PERMITTED),
    ],
)
def test_what_the_visitor_does_not_permit_cannot_be_agreed(
    cast: Cast, someone: Visitor, way: ContactWay, promises: bool, why: ContactRefusal | None
) -> None:
    always = WayRule((Window(frozenset(range(7)), 0, 1440),))
    rule = SafeContact({ContactWay.PHONE: always, ContactWay.MAIL: always}, frozenset({ContactWay.MAIL}), None)
    rule = replace(rule, has_code_word=True)
    one = offered(cast, someone)
    given: dict[str, Any] = {"way": way, "rule": rule, "says_code_word": promises, "hangs_up_for_others": promises}
    if why is None:
        p.accept(one.id, **given)
        assert p.label_of(one.id).agreed_way == way
        return
    with pytest.raises(ContactRefused) as told:
        p.accept(one.id, **given)
    assert told.value.why is why
    assert state(one) is S.OFFERED
    with pytest.raises(ContactRefused):
        p.accept(one.id, way=ContactWay.PHONE, rule=None)


def test_nobody_is_accepted_twice_or_before_it_was_offered(cast: Cast, someone: Visitor) -> None:
    one = asked(cast, someone)
    with pytest.raises(StepNotAllowed):
        p.accept(one.id)
    p.say_yes(someone, one, p.parcel_for(one, cast))
    with pytest.raises(StepNotAllowed, match="a partner with a desk answers by itself"):
        p.accept(one.id, by=A.DESK)
    p.accept(one.id)
    with pytest.raises(StepNotAllowed):
        p.accept(one.id)


def test_who_joins_has_said_yes_first_and_another_takes_their_place(cast: Cast, someone: Visitor) -> None:
    one, fay, gus = offered(cast, someone), cast.people["fay"], cast.people["gus"]
    with pytest.raises(StepNotAllowed, match="who joins has said yes first"):
        p.join(one.id, fay)
    p.accept(one.id)
    p.join(one.id, fay)
    assert not fay.keys(someone.id)  # who holds the conversation lets them in
    p.new_keys(someone, p.due_of(someone, NOON), by=cast.people["ada"])
    assert talks.readers(someone.id, 2)[fay.tag] is R.GUEST
    p.join(one.id, gus)
    assert not fay.keys(someone.id)
    assert [due.tag for due in queries.guests_and_buddies(someone.id, SERVER)] == [gus.tag]
    with pytest.raises(NotHere):
        partner.leave(handover_id=one.id, staff_id=fay.id, server_key=SERVER)
    partner.leave(handover_id=one.id, staff_id=gus.id, server_key=SERVER)
    assert queries.guests_and_buddies(someone.id, SERVER) == ()


def test_a_guest_writes_to_the_visitor_and_reads_no_notes_of_the_desk(cast: Cast, someone: Visitor) -> None:
    joined(cast, someone)
    fay, ada = cast.people["fay"], cast.people["ada"]
    keys = ada.keys(someone.id)[2]
    assert fay.keys(someone.id) == {2: keys[:32]}
    p.writes(someone, fay.keys(someone.id)[2], Direction.DESK, by=fay)
    assert p.opens(someone.keys(someone.id)[2], someone, talks.messages(someone.id)[-1])
    p.writes(someone, keys, Direction.NOTE, by=ada)
    assert not p.opens(fay.keys(someone.id)[2], someone, talks.messages(someone.id)[-1])
    for direction in (Direction.NOTE, Direction.WHISPER, Direction.PLAN, Direction.PAPER, Direction.VISITOR):
        with pytest.raises(conversations.StepNotAllowed):
            p.writes(someone, keys, direction, by=fay)


def test_after_contact_the_partner_still_says_no_and_it_goes_back(cast: Cast, someone: Visitor) -> None:
    one = in_contact(cast, someone)
    p.decline(one.id)
    assert (state(one), p.label_of(one.id).is_back, p.label_of(one.id).guest) == (S.DECLINED, True, "")
    assert not cast.people["fay"].keys(someone.id)


def test_the_visitor_lets_the_first_desk_go_and_who_joined_goes_on(cast: Cast, someone: Visitor) -> None:
    one, ada, fay = joined(cast, someone), cast.people["ada"], cast.people["fay"]
    assert p.complete(someone, one.id)
    found = p.held(someone)
    assert (found.owner_tag, found.team_tag, found.label.team) == (fay.tag, cast.teams["shelter"].tag, "shelter")
    assert state(one) is S.COMPLETED
    assert talks.for_staff(someone.id, ada.id, SERVER) is None
    p.new_keys(someone, p.due_of(someone, NOON), by=fay)
    assert talks.readers(someone.id, 3) == {
        someone.tag: R.VISITOR, fay.tag: R.PICKED_UP, cast.teams["shelter"].tag: R.QUEUE
    }  # fmt: skip
    # Who goes on is no guest any more: what is given back is not theirs, and what is taken back is the text alone.
    p.withdraw(someone, one.id)
    assert fay.keys(someone.id).keys() == {2, 3}
    assert queries.guests_and_buddies(someone.id, SERVER) == ()


def test_who_was_handed_it_and_gives_it_back_reads_no_further(cast: Cast, someone: Visitor) -> None:
    one, fay, gus = joined(cast, someone), cast.people["fay"], cast.people["gus"]
    p.complete(someone, one.id)
    p.new_keys(someone, p.due_of(someone, NOON), by=fay)
    conversations.release(conversation_id=someone.id, owner_id=fay.id, moment=NOON, server_key=SERVER)
    conversations.pick_up(conversation_id=someone.id, staff_id=gus.id, role="responder", moment=NOON, server_key=SERVER)
    assert fay.tag not in {due.tag for due in p.due_of(someone, NOON)}


def test_nobody_is_handed_a_conversation_before_they_were_let_in(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    with pytest.raises(StepNotAllowed):
        p.complete(someone, one.id)
    p.accept(one.id)
    with pytest.raises(StepNotAllowed):
        p.complete(someone, one.id)  # nobody joined, and there was no contact
    p.join(one.id, cast.people["fay"])
    with pytest.raises(conversations.StepNotAllowed, match="only who joined as a guest"):
        p.complete(someone, one.id)
    assert (state(one), p.held(someone).owner_tag) == (S.ACCEPTED, cast.people["ada"].tag)
    partner.leave(handover_id=one.id, staff_id=cast.people["fay"].id, server_key=SERVER)
    actions.make_contact(handover_id=one.id, by=A.PARTNER, moment=NOON, server_key=SERVER)
    assert not p.complete(someone, one.id)
    assert p.held(someone).owner_tag == cast.people["ada"].tag


def test_the_partner_says_that_it_goes_on_by_itself_after_contact(cast: Cast, someone: Visitor) -> None:
    one = joined(cast, someone)
    with pytest.raises(StepNotAllowed):
        partner.finish(handover_id=one.id, moment=NOON, server_key=SERVER)
    actions.make_contact(handover_id=one.id, by=A.PARTNER, moment=NOON, server_key=SERVER)
    partner.finish(handover_id=one.id, moment=NOON, server_key=SERVER)
    assert state(one) is S.COMPLETED


# ---- questions, changes, the telephone ----


def test_a_question_is_answered_with_another_text_under_the_same_key(cast: Cast, someone: Visitor) -> None:
    key = new_key()
    one = offered(cast, someone, key=key)
    partner.ask_question(handover_id=one.id, envelope=p.text_for(one.id, key, "?"), moment=NOON, server_key=SERVER)
    changed(someone, one, p.text_for(one.id, key, "a little more"), p.text_for(one.id, key, "yes"))
    parcel = reads(one)
    assert parcel is not None
    assert p.parcel_read(cast.teams["shelter"], one, parcel) == "a little more"
    assert [each.kind for each in queries.remarks_of(one.id)] == ["q", "a"]
    with pytest.raises(StepNotAllowed):
        changed(someone, one, b"not sealed")
    with pytest.raises(StepNotAllowed):
        changed(someone, one, p.text_for(one.id, key, "more"), b"not sealed")
    still = reads(one)
    assert still is not None and still.envelope == parcel.envelope


def test_nothing_is_asked_or_changed_without_a_living_yes_and_not_without_end(cast: Cast, someone: Visitor) -> None:
    one, key = asked(cast, someone), new_key()
    text = p.text_for(one.id, key, "?")
    given = {"handover_id": one.id, "envelope": text, "moment": NOON, "server_key": SERVER}
    with pytest.raises(StepNotAllowed):
        changed(someone, one, text)
    with pytest.raises(StepNotAllowed):
        partner.ask_question(**given)  # type: ignore[arg-type]
    p.say_yes(someone, one, p.parcel_for(one, cast, key=key))
    with pytest.raises(StepNotAllowed, match="a sealed text is expected"):
        partner.ask_question(**{**given, "envelope": b"plain"})  # type: ignore[arg-type]
    for _ in range(steps.MOST_REMARKS):
        partner.ask_question(**given)  # type: ignore[arg-type]
    with pytest.raises(StepNotAllowed, match="more was asked and answered than fits"):
        partner.ask_question(**given)  # type: ignore[arg-type]


def test_a_partner_without_a_desk_is_called_told_agreed_with_and_introduced_in_this_order(
    cast: Cast, someone: Visitor
) -> None:
    one, ada = offered(cast, someone, WITHOUT_DESK), cast.people["ada"]
    assert row(one).parcel_key is None

    def tick(done: str, who: Any = ada) -> None:
        actions.tick(handover_id=one.id, staff_id=who.id, done=done, server_key=SERVER)

    for done, who in (("told", ada), ("sung", ada), ("called", cast.people["bea"])):
        with pytest.raises(StepNotAllowed):
            tick(done, who)
    tick("called")
    tick("called")
    tick("told")
    p.accept(one.id, by=A.DESK)
    with pytest.raises(StepNotAllowed, match="every step by telephone is done first"):
        actions.make_contact(handover_id=one.id, by=A.DESK, moment=NOON, server_key=SERVER)
    tick("agreed")
    tick("introduced")
    assert p.label_of(one.id).steps == list(actions.PHONE_STEPS)
    actions.make_contact(handover_id=one.id, by=A.DESK, moment=NOON, server_key=SERVER)
    assert state(one) is S.IN_CONTACT
    with pytest.raises(StepNotAllowed):
        tick("called")


def test_a_partner_with_a_desk_is_not_ticked_off(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    with pytest.raises(StepNotAllowed, match="only an offer to a partner without a desk"):
        actions.tick(handover_id=one.id, staff_id=cast.people["ada"].id, done="called", server_key=SERVER)
    p.accept(one.id)
    with pytest.raises(StepNotAllowed, match="a partner with a desk answers by itself"):
        actions.make_contact(handover_id=one.id, by=A.DESK, moment=NOON, server_key=SERVER)


# ---- a life in danger ----


def test_two_people_sign_where_there_is_danger_and_exactly_that_text_goes_out(cast: Cast) -> None:
    someone, key = p.taken_up(cast, is_danger=True), new_key()
    one = p.draft(someone, cast.people["ada"])
    p.lay_override(one, cast.people["ada"], cast, key)
    assert (state(one), reads(one), row(one).parcel) == (S.DRAFTED, None, None)
    with pytest.raises(StepNotAllowed, match="a second person signs"):
        p.sign_override(one, cast.people["ada"], cast, key)
    p.sign_override(one, cast.people["bea"], cast, key)
    parcel = reads(one)
    assert parcel is not None
    assert p.parcel_read(cast.teams["shelter"], one, parcel) == "in danger"
    said = p.label_of(one.id)
    assert (said.now, said.is_override, said.is_untold) == (S.OFFERED, True, True)
    assert [marked for _, marked in queries.everything(SERVER)] == [True]
    with pytest.raises(StepNotAllowed):
        changed(someone, one, p.text_for(one.id, key, "another"))
    with pytest.raises(StepNotAllowed):
        override.tell_override(handover_id=one.id, staff_id=cast.people["bea"].id, server_key=SERVER)
    override.tell_override(handover_id=one.id, staff_id=cast.people["ada"].id, server_key=SERVER)
    assert not p.label_of(one.id).is_untold
    p.withdraw(someone, one.id)
    assert reads(one) is None


def test_without_a_mark_of_danger_or_by_another_nothing_is_laid_before_anyone(cast: Cast, someone: Visitor) -> None:
    one = p.draft(someone, cast.people["ada"])
    with pytest.raises(StepNotAllowed, match="only where the conversation is marked as danger"):
        p.lay_override(one, cast.people["ada"], cast, new_key())
    conversations.mark_danger(conversation_id=someone.id, server_key=SERVER)
    with pytest.raises(StepNotAllowed):
        p.lay_override(one, cast.people["bea"], cast, new_key())
    parcel = p.parcel_for(one, cast)
    for bad in (NewParcel(b"plain", None, parcel.for_desk), NewParcel(parcel.envelope, None, None)):
        with pytest.raises(StepNotAllowed, match="a text sealed for the team of the desk"):
            override.ask_override(
                handover_id=one.id, staff_id=cast.people["ada"].id, reason=parcel.envelope, parcel=bad,
                is_untold=False, moment=NOON, server_key=SERVER,
            )  # fmt: skip
    assert not Remark.objects.exists()
    with pytest.raises(StepNotAllowed):
        p.sign_override(one, cast.people["bea"], cast, new_key())


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_what_the_visitor_answered_stands_and_nobody_signs_past_it(cast: Cast, answer: str) -> None:
    someone, key = p.taken_up(cast, is_danger=True), new_key()
    one = asked(cast, someone)
    p.lay_override(one, cast.people["ada"], cast, key)
    if answer == "yes":
        p.say_yes(someone, one, p.parcel_for(one, cast, "my own words"))
    else:
        p.withdraw(someone, one.id)
    with pytest.raises(StepNotAllowed):
        p.sign_override(one, cast.people["bea"], cast, key)
    with pytest.raises(StepNotAllowed, match="the visitor has answered, and that stands"):
        p.lay_override(one, cast.people["ada"], cast, key)
    assert not Remark.objects.exists()
    assert not p.label_of(one.id).is_override
    parcel = reads(one)
    assert (parcel is not None) == (answer == "yes")
    if parcel is not None:
        assert p.parcel_read(cast.teams["shelter"], one, parcel) == "my own words"


# ---- what is damaged ----


def test_one_label_that_does_not_open_hides_no_other(cast: Cast, someone: Visitor) -> None:
    one, other = offered(cast, someone), p.taken_up(cast, "bea")
    second = p.draft(other, cast.people["bea"], "health")
    Handover.objects.filter(pk=one.id).update(label=secrets.token_bytes(1052))
    assert [each.id for each in queries.all_open(SERVER)] == [second.id]
    assert [each.id for each in queries.handovers_of_desk(["central"], SERVER)] == [second.id]
    assert [each.id for each, _ in queries.everything(SERVER)] == [second.id]
    assert queries.how_many() == 2


def test_a_mark_of_danger_shortens_the_limits_of_what_is_under_way(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    after = NOON + timedelta(hours=p.LIMITS.of[S.OFFERED].danger_hours)
    assert not actions.is_past(p.label_of(one.id), after, p.LIMITS)
    actions.mark_danger(conversation_id=someone.id, server_key=SERVER)
    assert actions.is_past(p.label_of(one.id), after, p.LIMITS)


def test_what_was_sealed_for_another_number_is_sealed_anew(cast: Cast, someone: Visitor) -> None:
    """A question and an answer at one moment: whoever is second is told which number follows."""
    key = new_key()
    one = offered(cast, someone, key=key)
    given: dict[str, Any] = {"handover_id": one.id, "moment": NOON, "server_key": SERVER}
    text = p.text_for(one.id, key, "when?")
    partner.ask_question(**given, envelope=text, number=1)
    with pytest.raises(conversations.OutOfStep) as told:
        partner.ask_question(**given, envelope=text, number=1)
    assert (told.value.epoch, told.value.following) == (p.held(someone).epoch, 2)
    mine = {**given, "conversation_id": someone.id, "visitor_private": someone.pair.private}
    parcel = p.text_for(one.id, key, "other")
    with pytest.raises(conversations.OutOfStep):
        actions.change(**mine, parcel=parcel, answer=text, answer_number=1)
    assert bytes(row(one).parcel or b"") != parcel, "nothing of it was kept"
    actions.change(**mine, parcel=parcel, answer=text, answer_number=2)
    with pytest.raises(conversations.OutOfStep):
        p.decline(one.id, word=text, word_number=2)
    assert state(one) is S.OFFERED
    p.decline(one.id, word=text, word_number=3)
    assert [(each.number, each.kind) for each in queries.remarks_of(one.id)] == [(1, "q"), (2, "a"), (3, "n")]


def test_only_what_was_put_to_the_visitor_is_theirs_to_see(cast: Cast, someone: Visitor) -> None:
    def is_put(handover_id: str) -> bool:
        found = queries.handover_of(someone.id, handover_id, SERVER)
        assert found is not None
        return found.is_put

    ada = cast.people["ada"]
    for ends in (False, True):
        one = p.draft(someone, ada, "health")
        assert not is_put(one.id)
        if ends:
            p.expire(one.id, NOON + timedelta(days=400))
        else:
            actions.take_back(handover_id=one.id, staff_id=ada.id, moment=NOON, server_key=SERVER)
        assert not is_put(one.id)
        two = asked(cast, someone, "legal")
        assert is_put(two.id)
        if ends:
            p.expire(two.id, NOON + timedelta(days=400))
        else:
            actions.take_back(handover_id=two.id, staff_id=ada.id, moment=NOON, server_key=SERVER)
        assert is_put(two.id)
