"""Each verb of a hand-over: what it does, when it refuses, and that nothing goes out without a yes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.records.conversations.people import NOON, SERVER, Visitor, later
from tests.records.conversations.steps import close
from tests.records.handovers import people as p
from tests.records.handovers.people import UNTIL, WITHOUT_DESK, Cast
from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import queries as talks
from voordeur.records.handovers import actions, override, partner, queries, steps
from voordeur.records.handovers.actions import ContactRefused
from voordeur.records.handovers.label import HANDOVER_SIZE, sealed
from voordeur.records.handovers.models import Handover, Remark
from voordeur.records.handovers.queries import HandoverView
from voordeur.records.handovers.steps import NewParcel, NotHere
from voordeur.rules.handover import HandoverActor, StepNotAllowed
from voordeur.rules.safe_contact import SafeContact, WayRule, Window
from voordeur.secrecy.keyring import new_key
from voordeur.vocabulary import ContactRefusal, ContactWay, Direction, GrantReason
from voordeur.vocabulary import HandoverState as S
from voordeur.vocabulary import TalkState as T

pytestmark = pytest.mark.django_db

A, R = HandoverActor, GrantReason
TODAY = NOON.date()


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody."""
    return p.cast()


@pytest.fixture
def someone(cast: Cast) -> Visitor:
    """Whose conversation ada holds."""
    return p.taken_up(cast)


def asked(cast: Cast, someone: Visitor, slug: str = "shelter") -> HandoverView:
    """A proposal that the visitor was asked about."""
    one = p.draft(someone, cast.people["ada"], slug)
    p.ask(one.id, cast.people["ada"])
    return one


def offered(cast: Cast, someone: Visitor, slug: str = "shelter", key: bytes = b"") -> HandoverView:
    """One that the visitor said yes to, and that went out where it was its turn."""
    one = asked(cast, someone, slug)
    p.say_yes(someone, one, p.parcel_for(one, cast, key=key))
    return one


def state(one: HandoverView) -> S:
    return S(p.label_of(one.id).now)


def reads(one: HandoverView, slug: str = "shelter", today: Any = TODAY) -> queries.Parcel | None:
    found = queries.offer_for(one.id, [slug], SERVER, today)
    return found[1] if found else None


def row(one: HandoverView) -> Handover:
    return Handover.objects.get(pk=one.id)


# ---- from a proposal to a yes ----


def test_a_proposal_is_asked_agreed_offered_and_read_by_that_team_alone(cast: Cast, someone: Visitor) -> None:
    one = p.draft(someone, cast.people["ada"])
    assert (one.label.now, one.label.desk, one.label.team, one.label.rank) == (S.DRAFTED, "central", "shelter", 1)
    assert reads(one) is None
    p.ask(one.id, cast.people["ada"])
    assert (state(one), reads(one)) == (S.ASKED, None)
    assert p.say_yes(someone, one, p.parcel_for(one, cast, "exactly this")) is S.OFFERED
    parcel = reads(one)
    assert parcel is not None
    assert p.parcel_read(cast.teams["shelter"], one, parcel) == "exactly this"
    for slug in set(cast.teams) - {"shelter"}:
        assert reads(one, slug) is None
    assert [each.id for each in queries.offers_for(["shelter"], SERVER, TODAY)] == [one.id]
    assert queries.offers_for(["health", "central"], SERVER, TODAY) == []


@pytest.mark.parametrize(
    ("name", "days", "sentence"),
    [
        ("bea", 30, "only who holds the conversation hands over"),
        ("ada", -1, "a last day from today to 180 days ahead is expected"),
        ("ada", 181, "a last day from today to 180 days ahead is expected"),
    ],
)
def test_a_proposal_is_made_by_who_holds_it_for_days_ahead(
    cast: Cast, someone: Visitor, name: str, days: int, sentence: str
) -> None:
    with pytest.raises(StepNotAllowed, match=sentence):
        p.draft(someone, cast.people[name], until=TODAY + timedelta(days=days))
    assert not Handover.objects.exists()


def test_a_partner_is_proposed_once_at_a_time_and_no_more_than_six_are(cast: Cast, someone: Visitor) -> None:
    first = p.draft(someone, cast.people["ada"])
    with pytest.raises(StepNotAllowed, match="this partner is proposed already"):
        p.draft(someone, cast.people["ada"])
    p.withdraw(someone, first.id)
    for number in range(actions.MOST_AT_ONCE):
        p.draft(someone, cast.people["ada"], f"partner-{number}")
    with pytest.raises(StepNotAllowed, match="at most 6 partners at a time"):
        p.draft(someone, cast.people["ada"])


def test_only_who_holds_the_conversation_asks_and_takes_back(cast: Cast, someone: Visitor) -> None:
    one, bea = p.draft(someone, cast.people["ada"]), cast.people["bea"]
    with pytest.raises(StepNotAllowed):
        p.ask(one.id, bea)
    with pytest.raises(StepNotAllowed):
        actions.take_back(handover_id=one.id, staff_id=bea.id, moment=NOON, server_key=SERVER)
    actions.take_back(handover_id=one.id, staff_id=cast.people["ada"].id, moment=NOON, server_key=SERVER)
    assert state(one) is S.WITHDRAWN


def test_what_is_not_there_is_not_here_for_every_verb(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    gone = replace(one, id="0" * 32)
    steps: list[Callable[[], Any]] = [
        lambda: p.ask(gone.id, cast.people["ada"]),
        lambda: p.say_yes(someone, gone, p.parcel_for(one, cast)),
        lambda: p.withdraw(someone, gone.id),
        lambda: p.accept(gone.id),
        lambda: p.decline(gone.id),
        lambda: p.join(gone.id, cast.people["fay"]),
        lambda: p.expire(gone.id, NOON),
        lambda: p.complete(someone, gone.id),
        lambda: actions.put_away(handover_id=one.id, teams=["sport"], server_key=SERVER),
        lambda: partner.leave(handover_id=one.id, staff_id=cast.people["fay"].id, server_key=SERVER),
        lambda: actions.withdraw(
            handover_id=one.id, conversation_id="0" * 32, visitor_private=someone.pair.private, moment=NOON,
            server_key=SERVER,
        ),
    ]  # fmt: skip
    for step in steps:
        with pytest.raises(NotHere):
            step()


def test_only_the_visitors_own_key_says_yes_changes_takes_back_and_completes(cast: Cast, someone: Visitor) -> None:
    one = asked(cast, someone)
    parcel = p.parcel_for(one, cast)
    for other in (cast.people["ada"], cast.people["fay"], cast.teams["central"], cast.teams["shelter"]):
        pretender = replace(someone, pair=other.pair)
        with pytest.raises(StepNotAllowed, match="only the visitor decides this"):
            p.say_yes(pretender, one, parcel)
        assert (state(one), row(one).parcel) == (S.ASKED, None)
    p.say_yes(someone, one, parcel)
    pretender = replace(someone, pair=cast.people["ada"].pair)
    for step in (
        lambda: p.withdraw(pretender, one.id),
        lambda: p.complete(pretender, one.id),
        lambda: changed(pretender, one, b""),
    ):
        with pytest.raises(StepNotAllowed, match="only the visitor decides this"):
            step()
    assert state(one) is S.OFFERED


def changed(someone: Visitor, one: HandoverView, parcel: bytes, answer: bytes | None = None) -> None:
    actions.change(
        handover_id=one.id, conversation_id=someone.id, visitor_private=someone.pair.private, parcel=parcel,
        answer=answer, moment=NOON, server_key=SERVER,
    )  # fmt: skip


def test_a_yes_is_not_given_before_one_was_asked_nor_twice(cast: Cast, someone: Visitor) -> None:
    one = p.draft(someone, cast.people["ada"])
    with pytest.raises(StepNotAllowed):
        p.say_yes(someone, one, p.parcel_for(one, cast))
    assert row(one).parcel is None
    p.ask(one.id, cast.people["ada"])
    p.say_yes(someone, one, p.parcel_for(one, cast))
    before = bytes(row(one).parcel or b"")
    with pytest.raises(StepNotAllowed):
        p.say_yes(someone, one, p.parcel_for(one, cast, "something else"))
    assert bytes(row(one).parcel or b"") == before


@pytest.mark.parametrize("wrong", ["plain text", "short key", "no key of the partner", "key where there is no desk"])
def test_what_is_not_sealed_for_this_receiver_is_not_laid_in(cast: Cast, someone: Visitor, wrong: str) -> None:
    one = asked(cast, someone, WITHOUT_DESK if wrong == "key where there is no desk" else "shelter")
    good = p.parcel_for(one, cast)
    bad = {
        "plain text": replace(good, envelope=b"readable"),
        "short key": replace(good, for_partner=b"W\x01short"),
        "no key of the partner": replace(good, for_partner=None),
        "key where there is no desk": replace(good, for_partner=good.for_desk),
    }[wrong]
    with pytest.raises(StepNotAllowed):
        p.say_yes(someone, one, bad)
    assert (state(one), row(one).parcel, row(one).consent_mark) == (S.ASKED, None, None)


def _bytes_changed(one: HandoverView) -> None:
    parcel = bytearray(row(one).parcel or b"")
    parcel[20] ^= 1
    Handover.objects.filter(pk=one.id).update(parcel=bytes(parcel))


def _relabelled(**changes: Any) -> Callable[[HandoverView], None]:
    def change(one: HandoverView) -> None:
        label = sealed(replace(p.label_of(one.id), **changes), SERVER, one.id, HANDOVER_SIZE)
        Handover.objects.filter(pk=one.id).update(label=label)

    return change


@pytest.mark.parametrize(
    "tampered",
    [
        _bytes_changed,
        _relabelled(organization="another-organisation"),
        _relabelled(team="health"),
        _relabelled(until=(UNTIL + timedelta(days=1)).isoformat()),
        _relabelled(until=""),
        _relabelled(override_by="1", override_second="2"),
        lambda one: Handover.objects.filter(pk=one.id).update(consent_mark=b"?" * 16),
        lambda one: Handover.objects.filter(pk=one.id).update(consent_mark=b""),
    ],
    ids=["a byte", "the organisation", "the team", "the day", "no day", "signatures", "the mark", "no mark"],
)
def test_a_yes_is_to_exactly_this_text_receiver_and_day(
    cast: Cast, someone: Visitor, tampered: Callable[[HandoverView], None]
) -> None:
    one = offered(cast, someone)
    assert reads(one) is not None
    assert [marked for _, marked in queries.everything(SERVER)] == [True]
    tampered(one)
    Handover.objects.filter(pk=one.id).update(partner_tag=queries.partner_tag(SERVER, "health"))
    assert reads(one) is reads(one, "health") is None
    Handover.objects.filter(pk=one.id).update(partner_tag=queries.partner_tag(SERVER, "shelter"))
    assert reads(one) is None
    assert queries.offers_for(["shelter", "health"], SERVER, TODAY) == []
    assert [marked for _, marked in queries.everything(SERVER)] == [False]


def test_the_mark_of_one_hand_over_is_none_for_another(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    other = p.taken_up(cast, "bea")
    second = p.draft(other, cast.people["bea"])
    p.ask(second.id, cast.people["bea"])
    there = row(one)
    Handover.objects.filter(pk=second.id).update(
        parcel=there.parcel, parcel_key=there.parcel_key, consent_mark=there.consent_mark
    )
    _relabelled(state=S.OFFERED.value)(second)
    assert reads(second) is None


@pytest.mark.parametrize("column", ["parcel", "parcel_key"])
def test_the_database_itself_refuses_a_text_without_a_mark(cast: Cast, someone: Visitor, column: str) -> None:
    one = p.draft(someone, cast.people["ada"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.filter(pk=one.id).update(**{column: b"text"})
    second = offered(cast, someone, "health")
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.filter(pk=second.id).update(consent_mark=None)


def test_a_yes_counts_until_its_last_day_and_not_a_day_longer(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    assert reads(one, today=UNTIL) is not None
    assert reads(one, today=UNTIL + timedelta(days=1)) is None
    after = NOON + timedelta(days=31)
    steps: list[Callable[[], Any]] = [
        lambda: p.accept(one.id, after),
        lambda: partner.ask_question(handover_id=one.id, envelope=b"", moment=after, server_key=SERVER),
    ]
    for step in steps:
        with pytest.raises(StepNotAllowed, match="yes"):
            step()
    p.accept(one.id)
    with pytest.raises(StepNotAllowed, match="without the visitor's yes nobody joins"):
        p.join(one.id, cast.people["fay"], after)


# ---- turns ----


def test_one_is_asked_at_a_time_and_the_next_goes_out_after_a_no(cast: Cast, someone: Visitor) -> None:
    first, second = offered(cast, someone), offered(cast, someone, "health")
    assert (state(first), state(second)) == (S.OFFERED, S.CONSENTED)
    assert reads(second, "health") is None
    assert p.decline(first.id, might="health-organisation") == second.id
    assert (state(first), state(second)) == (S.DECLINED, S.OFFERED)
    assert reads(first) is None and row(first).parcel is row(first).parcel_key is None
    said = p.label_of(first.id)
    assert (said.reason, said.might, said.is_back) == ("no_place", "health-organisation", False)
    assert reads(second, "health") is not None


def test_a_no_with_no_other_yes_goes_back_to_the_first_desk_and_wakes_it(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    close(someone, cast.people["ada"])
    assert p.decline(one.id, later(60), word=p.text_for(one.id, new_key(), "sorry")) is None
    found = p.held(someone)
    assert (found.state, found.label.back_for) == (T.WAITING, "handover")
    assert found.label.waited(later(90)) == pytest.approx(30)
    assert p.label_of(one.id).is_back
    assert [each.id for each in queries.handovers_of_desk(["central"], SERVER)] == [one.id]
    assert [each.kind for each in queries.remarks_of(one.id)] == ["n"]
    actions.put_away(handover_id=one.id, teams=["central"], server_key=SERVER)
    assert queries.handovers_of_desk(["central"], SERVER) == []


def test_who_holds_it_sees_why_it_came_back_and_who_was_shut_out_is_not_woken(cast: Cast, someone: Visitor) -> None:
    p.decline(offered(cast, someone).id)
    assert (p.held(someone).state, p.held(someone).label.back_for) == (T.HELD, "handover")
    other = p.taken_up(cast)
    one = offered(cast, other)
    close(other, cast.people["ada"], is_shut_out=True)
    p.decline(one.id)
    assert p.held(other).state is T.CLOSED


def test_a_no_needs_a_reason_and_goes_only_from_who_was_asked(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    with pytest.raises(StepNotAllowed, match="a reason is expected"):
        p.decline(one.id, reason="")
    with pytest.raises(StepNotAllowed, match="a partner with a desk answers by itself"):
        p.decline(one.id, by=A.DESK)
    assert state(one) is S.OFFERED
    p.decline(one.id)
    with pytest.raises(StepNotAllowed):
        p.decline(one.id)


@pytest.mark.parametrize("is_danger", [True, False])
def test_without_an_answer_the_clock_goes_on_and_not_too_early(cast: Cast, is_danger: bool) -> None:
    someone = p.taken_up(cast, is_danger=is_danger)
    first, second = offered(cast, someone), offered(cast, someone, "health")
    due = NOON + timedelta(hours=1 if is_danger else 24)
    with pytest.raises(StepNotAllowed, match="its time is not over"):
        p.expire(first.id, due - timedelta(seconds=1))
    assert p.expire(first.id, due) == second.id
    assert (state(first), state(second), reads(first)) == (S.EXPIRED, S.OFFERED, None)
    assert row(first).parcel is None
    assert p.expire(second.id, due + timedelta(hours=24)) is None
    assert p.label_of(second.id).is_back and not p.label_of(first.id).is_back
    with pytest.raises(StepNotAllowed):
        p.expire(second.id, due + timedelta(days=300))


def test_a_yes_whose_day_is_over_is_left_behind_and_comes_back(cast: Cast, someone: Visitor) -> None:
    first, second = offered(cast, someone), asked(cast, someone, "health")
    p.say_yes(someone, second, p.parcel_for(second, cast), until=TODAY)
    close(someone, cast.people["ada"])
    p.withdraw(someone, first.id, NOON + timedelta(days=1))
    assert (state(second), p.label_of(second.id).is_back, row(second).parcel) == (S.EXPIRED, True, None)
    assert p.held(someone).state is T.WAITING


def test_one_in_contact_counts_as_arrived_and_with_its_last_day_everything_is_taken_away(
    cast: Cast, someone: Visitor
) -> None:
    one = in_contact(cast, someone)
    after = NOON + timedelta(days=15)
    assert p.expire(one.id, after) is None
    assert (state(one), reads(one) is not None) == (S.COMPLETED, True)
    assert not actions.expire_text(handover_id=one.id, moment=after, server_key=SERVER)
    end = NOON + timedelta(days=31)
    assert actions.expire_text(handover_id=one.id, moment=end, server_key=SERVER)
    assert row(one).parcel is row(one).desk_key is None
    assert not cast.people["fay"].keys(someone.id)
    assert queries.guests_and_buddies(someone.id, SERVER) == ()
    assert not actions.expire_text(handover_id=one.id, moment=end, server_key=SERVER)


def test_a_last_day_ends_it_also_while_they_are_in_contact(cast: Cast, someone: Visitor) -> None:
    one = asked(cast, someone)
    p.say_yes(someone, one, p.parcel_for(one, cast), until=TODAY)
    p.accept(one.id)
    p.join(one.id, cast.people["fay"])
    actions.make_contact(handover_id=one.id, by=A.PARTNER, moment=NOON, server_key=SERVER)
    end = NOON + timedelta(days=1)
    p.expire(one.id, end)
    assert actions.expire_text(handover_id=one.id, moment=end, server_key=SERVER)
    assert (state(one), queries.guests_and_buddies(someone.id, SERVER)) == (S.COMPLETED, ())


# ---- taking back ----


def joined(cast: Cast, someone: Visitor) -> HandoverView:
    """Accepted, and fay is let in."""
    one = offered(cast, someone)
    p.accept(one.id)
    p.join(one.id, cast.people["fay"])
    p.new_keys(someone, p.due_of(someone, NOON), by=cast.people["ada"])
    return one


def in_contact(cast: Cast, someone: Visitor) -> HandoverView:
    """With fay let in."""
    one = joined(cast, someone)
    actions.make_contact(handover_id=one.id, by=A.PARTNER, moment=NOON, server_key=SERVER)
    return one


def test_taking_back_removes_text_keys_and_remarks_and_shows_the_guest_out_at_once(
    cast: Cast, someone: Visitor
) -> None:
    one, fay = joined(cast, someone), cast.people["fay"]
    had = fay.keys(someone.id)
    assert had.keys() == {2}
    assert talks.for_staff(someone.id, fay.id, SERVER) is not None
    partner.ask_question(
        handover_id=one.id, envelope=p.text_for(one.id, new_key(), "?"), moment=NOON, server_key=SERVER
    )
    p.withdraw(someone, one.id)
    assert (state(one), reads(one)) == (S.WITHDRAWN, None)
    left = row(one)
    assert left.parcel is left.parcel_key is left.desk_key is left.consent_mark is None
    assert not Remark.objects.exists()
    assert not fay.keys(someone.id)
    assert talks.for_staff(someone.id, fay.id, SERVER) is None
    with pytest.raises(conversations.StepNotAllowed):
        p.writes(someone, had[2], Direction.DESK, by=fay)
    p.new_keys(someone, p.due_of(someone, NOON), by=None)
    ada = cast.people["ada"]
    p.writes(someone, ada.keys(someone.id)[3], Direction.DESK, by=ada)
    assert not p.opens(had[2], someone, talks.messages(someone.id)[-1])
    with pytest.raises(StepNotAllowed):
        p.withdraw(someone, one.id)


def test_saying_no_afterwards_empties_what_the_desk_still_had(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    p.decline(one.id)
    assert row(one).desk_key is not None
    p.withdraw(someone, one.id)
    assert (state(one), row(one).desk_key, p.label_of(one.id).is_back) == (S.DECLINED, None, False)


def test_the_next_goes_out_when_the_first_is_taken_back(cast: Cast, someone: Visitor) -> None:
    first, second = offered(cast, someone), offered(cast, someone, "health")
    p.withdraw(someone, first.id)
    assert state(second) is S.OFFERED


def test_the_desk_takes_nothing_back_that_went_out(cast: Cast, someone: Visitor) -> None:
    first, second = offered(cast, someone), offered(cast, someone, "health")
    given = {"staff_id": cast.people["ada"].id, "moment": NOON, "server_key": SERVER}
    with pytest.raises(StepNotAllowed):
        actions.take_back(handover_id=first.id, **given)  # type: ignore[arg-type]
    actions.take_back(handover_id=second.id, **given)  # type: ignore[arg-type]
    assert (state(first), state(second), row(second).parcel) == (S.OFFERED, S.WITHDRAWN, None)


# ---- the partner's side ----


@pytest.mark.parametrize(
    ("minutes", "is_allowed"), [(-6, False), (-5, True), (0, True), (60 * 24 * 60, True), (60 * 24 * 60 + 1, False)]
)
def test_a_first_contact_is_agreed_from_now_to_sixty_days_ahead(
    cast: Cast, someone: Visitor, minutes: int, is_allowed: bool
) -> None:
    one = offered(cast, someone)
    if not is_allowed:
        with pytest.raises(StepNotAllowed, match="a moment from now to sixty days ahead"):
            p.accept(one.id, at=later(minutes))
        assert state(one) is S.OFFERED
        return
    p.accept(one.id, at=later(minutes))
    assert (state(one), p.label_of(one.id).agreed) == (S.ACCEPTED, later(max(0, minutes)))


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
