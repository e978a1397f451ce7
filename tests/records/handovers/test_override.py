"""What somebody of ill will, or in a hurry, could try with a hand-over, and what stands against it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.conversations.people import NOON, SERVER, Visitor, later
from tests.records.handovers import people as p
from tests.records.handovers.people import Cast
from tests.records.handovers.scenes import asked, in_contact, joined, offered, row, state
from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import queries as talks
from voordeur.records.handovers import actions, company, queries
from voordeur.rules.handover import HandoverActor, StepNotAllowed
from voordeur.rules.safe_contact import SafeContact, WayRule, Window
from voordeur.secrecy.keyring import new_key
from voordeur.vocabulary import ClosedBecause, ContactWay, TalkState
from voordeur.vocabulary import HandoverState as S

pytestmark = pytest.mark.django_db
ALWAYS = WayRule((Window(frozenset(range(7)), 0, 0),))
BY_PHONE = SafeContact(ways={ContactWay.PHONE: ALWAYS})


def _permits(someone: Visitor, rule: SafeContact | None) -> tuple[queries.HandoverView, ...]:
    return company.permit(
        conversation_id=someone.id, rule=rule, moment=NOON, server_key=SERVER, visitor_private=someone.pair.private
    )


@pytest.mark.parametrize(
    "rule",
    [
        None,
        SafeContact(ways={ContactWay.PHONE: ALWAYS}, never=frozenset({ContactWay.PHONE})),
        SafeContact(ways={ContactWay.PHONE: WayRule((Window(frozenset({(later(60).weekday() + 3) % 7}), 0, 0),))}),
    ],
)
def test_a_contact_that_was_agreed_is_off_when_the_visitor_permits_it_no_longer(
    cast: Cast, someone: Visitor, rule: SafeContact | None
) -> None:
    _permits(someone, BY_PHONE)
    one = offered(cast, someone)
    p.accept(one.id, at=later(60), way=ContactWay.PHONE, rule=BY_PHONE, hangs_up_for_others=True)
    assert _permits(someone, BY_PHONE) == (), "what is still permitted stands"
    (off,) = _permits(someone, rule)
    label = p.label_of(one.id)
    assert off.id == one.id and (label.agreed, label.agreed_way, label.is_contact_off) == (None, "", True)
    contact: dict[str, Any] = {"handover_id": one.id, "by": HandoverActor.PARTNER, "moment": NOON, "server_key": SERVER}
    with pytest.raises(StepNotAllowed, match="permits this contact no longer"):
        actions.make_contact(**contact)
    assert state(one) is S.ACCEPTED
    p.join(one.id, cast.people["fay"])
    actions.make_contact(**contact)  # here, in the conversation, which is always open
    assert state(one) is S.IN_CONTACT


def test_what_a_second_person_signs_is_what_was_laid_before_them_first(cast: Cast) -> None:
    someone, key = p.taken_up(cast, is_danger=True), new_key()
    one = asked(cast, someone)
    p.lay_override(one, cast.people["ada"], cast, key, "text A")
    with pytest.raises(StepNotAllowed, match="asked already"):
        p.lay_override(one, cast.people["ada"], cast, key, "text B, never seen")
    p.sign_override(one, cast.people["bea"], cast, key)
    found = queries.offer_for(one.id, ["shelter"], SERVER, NOON.date())
    assert found is not None and p.parcel_read(cast.teams["shelter"], one, found[1]) == "text A"


def test_a_no_of_the_visitor_is_not_overruled_by_proposing_the_same_again(cast: Cast) -> None:
    someone = p.taken_up(cast, is_danger=True)
    p.withdraw(someone, asked(cast, someone).id)
    again = p.draft(someone, cast.people["ada"])
    with pytest.raises(StepNotAllowed, match="answered"):
        p.lay_override(again, cast.people["ada"], cast, new_key())
    other = p.draft(someone, cast.people["ada"], "health")
    p.lay_override(other, cast.people["ada"], cast, new_key())


def test_an_override_brings_nobody_into_the_conversation(cast: Cast) -> None:
    someone, key = p.taken_up(cast, is_danger=True), new_key()
    one = asked(cast, someone)
    p.lay_override(one, cast.people["ada"], cast, key)
    p.sign_override(one, cast.people["bea"], cast, key)
    p.accept(one.id)
    with pytest.raises(StepNotAllowed, match="without the visitor's yes nobody joins"):
        p.join(one.id, cast.people["fay"])
    assert queries.guests_and_buddies(someone.id, SERVER) == ()


def test_who_may_read_a_text_may_come_in_only_when_the_visitor_said_so(cast: Cast, someone: Visitor) -> None:
    one = asked(cast, someone)
    p.say_yes(someone, one, p.parcel_for(one, cast), may_join=False)
    p.accept(one.id)
    with pytest.raises(StepNotAllowed, match="did not say that somebody may come"):
        p.join(one.id, cast.people["fay"])
    assert queries.guests_and_buddies(someone.id, SERVER) == ()


def test_a_partner_cannot_shut_the_visitor_out_of_the_first_desk(cast: Cast, someone: Visitor) -> None:
    one = in_contact(cast, someone)
    assert p.complete(someone, one.id)
    conversations.close(
        conversation_id=someone.id, because=ClosedBecause.FINISHED, is_shut_out=True, server_key=SERVER,
        staff_id=cast.people["fay"].id,
    )  # fmt: skip
    p.withdraw(someone, one.id)
    held = p.held(someone)
    assert (held.state, held.label.team, held.label.is_shut_out) == (TalkState.WAITING, "central", False)


def test_who_asked_to_come_in_and_was_never_let_in_is_nobody_to_go_on_with(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    p.accept(one.id)
    p.join(one.id, cast.people["fay"])
    actions.make_contact(handover_id=one.id, by=HandoverActor.PARTNER, moment=NOON, server_key=SERVER)
    assert p.complete(someone, one.id) is False
    assert (state(one), p.label_of(one.id).guest, p.held(someone).label.team) == (S.COMPLETED, "", "central")
    assert talks.for_staff(someone.id, cast.people["fay"].id, SERVER) is None


def test_a_last_day_ends_at_midnight_of_the_dutch_clock(cast: Cast, someone: Visitor) -> None:
    one = asked(cast, someone)
    p.say_yes(someone, one, p.parcel_for(one, cast), until=NOON.date())
    last = NOON.replace(hour=22, minute=59)  # winter: one hour behind the Dutch clock
    p.accept(one.id, last, at=last)
    assert row(one).parcel is not None
    with pytest.raises(StepNotAllowed):
        p.join(one.id, cast.people["fay"], NOON.replace(hour=23, minute=1))


def test_who_joined_is_shown_out_by_the_next_yes_to_nobody(cast: Cast, someone: Visitor) -> None:
    one = joined(cast, someone)
    assert [who.name for who in queries.guests_and_buddies(someone.id, SERVER)]
    p.withdraw(someone, one.id)
    assert queries.guests_and_buddies(someone.id, SERVER) == ()
