"""Whether somebody of a partner may come into the conversation, said apart from the text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as now

from tests.records.conversations.people import NOON, SERVER, Visitor
from tests.records.handovers import people as p
from tests.records.handovers.people import WITHOUT_DESK, Cast
from tests.records.handovers.scenes import asked, joined, offered, reads, row, state
from voordeur.records.conversations import queries as talks
from voordeur.records.handovers import guests, queries
from voordeur.records.handovers.queries import HandoverView
from voordeur.records.handovers.steps import NotHere, keep
from voordeur.records.outbox.actions import set_notice_address
from voordeur.records.outbox.models import Notice
from voordeur.records.staff.models import Team
from voordeur.rules.handover import HandoverActor, StepNotAllowed
from voordeur.secrecy.keyring import new_key, new_pair
from voordeur.settings.env import MailServer
from voordeur.vocabulary import GrantReason
from voordeur.vocabulary import HandoverState as S

pytestmark = pytest.mark.django_db


def lets(someone: Visitor, one: HandoverView, *, may_join: bool, private: bytes = b"", of: str = "") -> bool:
    return guests.let_join(
        handover_id=one.id, conversation_id=of or someone.id, visitor_private=private or someone.pair.private,
        may_join=may_join, moment=NOON, server_key=SERVER,
    )  # fmt: skip


def alone(cast: Cast, someone: Visitor, slug: str = "shelter") -> HandoverView:
    """A yes to the text, and to nobody in the conversation."""
    one = asked(cast, someone, slug)
    p.say_yes(someone, one, p.parcel_for(one, cast), may_join=False)
    return one


def test_who_was_taken_is_let_in_later_without_another_yes_to_the_text(
    cast: Cast, someone: Visitor, settings: Any
) -> None:
    settings.ENV = replace(now.ENV, smtp=MailServer("mail.example", 587))
    set_notice_address(team=Team.objects.get(slug="shelter"), address="wacht@partner.example", server_key=SERVER)
    one = alone(cast, someone)
    p.accept(one.id)
    before = row(one)
    Notice.objects.all().delete()
    with pytest.raises(StepNotAllowed, match="did not say that somebody may come"):
        p.join(one.id, cast.people["fay"])
    assert lets(someone, one, may_join=True)
    after = row(one)
    assert (after.parcel, after.parcel_key, after.desk_key, after.consent_mark) == (
        before.parcel, before.parcel_key, before.desk_key, before.consent_mark,
    )  # fmt: skip
    assert reads(one) is not None and replace(p.label_of(one.id), may_join=False) == one_of(before)
    assert Notice.objects.count() == 1, "the partner is told that something waits"
    assert not lets(someone, one, may_join=True), "said already"
    p.join(one.id, cast.people["fay"])
    assert [due.reason for due in queries.guests_and_buddies(someone.id, SERVER)] == [GrantReason.GUEST]


def one_of(kept: object) -> object:
    """The label of a row."""
    return queries.view(kept, SERVER).label  # type: ignore[arg-type]


@pytest.mark.parametrize("is_in", [True, False])
def test_who_may_come_in_no_longer_is_shown_out_and_keeps_the_text(cast: Cast, someone: Visitor, is_in: bool) -> None:
    one, fay = offered(cast, someone) if not is_in else joined(cast, someone), cast.people["fay"]
    if not is_in:
        p.accept(one.id)
        p.join(one.id, fay)  # asked, and not let in yet by who holds the conversation
    assert bool(fay.keys(someone.id)) is is_in
    assert lets(someone, one, may_join=False)
    label = p.label_of(one.id)
    assert (label.may_join, label.guest, label.joins, label.now) == (False, "", False, S.ACCEPTED)
    assert fay.keys(someone.id) == {} and queries.guests_and_buddies(someone.id, SERVER) == ()
    assert p.held(someone).label.is_stale, "new keys are due in the same moment"
    p.new_keys(someone, p.due_of(someone, NOON), by=None)
    assert fay.tag not in talks.readers(someone.id, p.held(someone).epoch)
    assert reads(one) is not None, "the yes to the text stands"
    with pytest.raises(StepNotAllowed, match="did not say that somebody may come"):
        p.join(one.id, fay)
    assert not lets(someone, one, may_join=False)


def test_a_tick_is_taken_back_also_before_they_answer(cast: Cast, someone: Visitor) -> None:
    first, waits = offered(cast, someone), offered(cast, someone, "health")
    assert (state(first), state(waits)) == (S.OFFERED, S.CONSENTED)
    for one in (first, waits):
        assert lets(someone, one, may_join=False)
        assert not p.label_of(one.id).may_join
        with pytest.raises(StepNotAllowed, match="who is let in has said yes first"):
            lets(someone, one, may_join=True)


def test_nobody_is_let_in_by_an_override_after_the_last_day_or_where_there_is_no_desk(cast: Cast) -> None:
    someone, key = p.taken_up(cast, is_danger=True), new_key()
    one = p.draft(someone, cast.people["ada"])
    p.lay_override(one, cast.people["ada"], cast, key)
    p.sign_override(one, cast.people["bea"], cast, key)
    p.accept(one.id)
    other = p.taken_up(cast)
    called = alone(cast, other, WITHOUT_DESK)
    p.accept(called.id, by=HandoverActor.DESK)
    third = p.taken_up(cast)
    late = alone(cast, third)
    p.accept(late.id)
    label = replace(p.label_of(late.id), until=(NOON.date() - timedelta(days=1)).isoformat())
    keep(row(late), label, SERVER)
    for who, which in ((someone, one), (other, called), (third, late)):
        with pytest.raises(StepNotAllowed, match="who is let in has said yes first"):
            lets(who, which, may_join=True)
        assert not p.label_of(which.id).may_join


def test_only_the_visitor_of_this_conversation_says_it(cast: Cast, someone: Visitor) -> None:
    one, other = alone(cast, someone), p.taken_up(cast)
    p.accept(one.id)
    with pytest.raises(StepNotAllowed, match="only the visitor decides this"):
        lets(someone, one, may_join=True, private=new_pair().private)
    with pytest.raises(NotHere):
        lets(other, one, may_join=True)
    assert not p.label_of(one.id).may_join
    p.withdraw(someone, one.id)
    with pytest.raises(StepNotAllowed):
        lets(someone, one, may_join=True)


def test_where_it_ended_there_is_nobody_to_show_out_but_who_is_still_in(cast: Cast, someone: Visitor) -> None:
    one = joined(cast, someone)
    p.expire(one.id, NOON + timedelta(days=400))
    assert state(one) is S.EXPIRED
    with pytest.raises(StepNotAllowed, match="nobody comes in by this one"):
        lets(someone, one, may_join=False)
