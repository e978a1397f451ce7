"""Changing hand-overs: each verb one transaction, whole or not at all. Rules decide (rules/handover.py), this writes.

Texts come sealed. A yes is given with the visitor's own private key, which the desk never has; nothing goes to a
partner without it, but for the override for vital danger that two people sign.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction

from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import company as talk_company
from voordeur.records.conversations.forgetting import scrub
from voordeur.records.conversations.models import Conversation
from voordeur.records.conversations.queries import held, is_guest
from voordeur.records.handovers.label import (
    ANSWER,
    WITH_NO,
    HandoverLabel,
    moment_text,
    opened,
)
from voordeur.records.handovers.models import Handover, Remark
from voordeur.records.handovers.queries import HandoverView, is_agreed, mark_of, partner_tag, view
from voordeur.records.handovers.queries import handovers_of as handovers_of_conversation
from voordeur.records.handovers.steps import (
    NewParcel,
    NotHere,
    by_visitor,
    day_of,
    empty,
    go,
    keep,
    locked,
    owned,
    put_in,
    remark,
    show_out,
    tell_partner,
)
from voordeur.records.staff.queries import team_by_slug
from voordeur.rules import handover as rules
from voordeur.rules.handover import HandoverActor as Actor
from voordeur.rules.handover import Limits, StepNotAllowed, next_in_turn
from voordeur.rules.safe_contact import SafeContact, may_contact
from voordeur.secrecy.envelope import is_envelope
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import ContactRefusal, ContactWay, DeclineReason, HandoverState

S = HandoverState
#: More proposals than this stand in nobody's mind, and more remarks in no row.
MOST_AT_ONCE = 6
#: What is ticked off where a partner has no desk, in this order (report 6.8: not a number, a warm hand-over).
PHONE_STEPS = ("called", "told", "agreed", "introduced")
_MOST_AHEAD = timedelta(days=60)


class ContactRefused(StepNotAllowed):
    """The visitor does not permit contact in this way at this moment; `why` says which part of the rule."""

    def __init__(self, why: ContactRefusal) -> None:
        self.why = why
        super().__init__(f"the visitor does not permit this contact: {why}")


def draft(
    *,
    conversation_id: str,
    staff_id: int,
    organization: str,
    service: str,
    team: str,
    until: date,
    moment: datetime,
    limits: Limits,
    server_key: ServerKey,
) -> HandoverView:
    """Begin a proposal for one partner, by who holds the conversation; `team` is empty for a partner without a desk."""
    with transaction.atomic():
        conversation = conversations.locked(conversation_id)
        owned(conversation, staff_id, server_key)
        if not day_of(moment) <= until <= day_of(moment) + timedelta(days=limits.longest_consent_days):
            raise StepNotAllowed(f"a last day from today to {limits.longest_consent_days} days ahead is expected")
        before = handovers_of_conversation(conversation_id, server_key)
        living = [one for one in before if one.label.now not in rules.ENDS]
        if len(living) >= MOST_AT_ONCE:
            raise StepNotAllowed(f"at most {MOST_AT_ONCE} partners at a time")
        if any(one.label.organization == organization and one.label.service == service for one in living):
            raise StepNotAllowed("this partner is proposed already")
        said = held(conversation, server_key).label
        label = HandoverLabel(
            organization=organization,
            service=service,
            team=team,
            desk=said.team,
            since=moment_text(moment),
            rank=1 + max((one.label.rank for one in before), default=0),
            asked_by=str(staff_id),
            until=until.isoformat(),
            is_danger=said.is_danger,
        )
        row = Handover(id=secrets.token_hex(16), conversation=conversation)
        row.partner_tag = partner_tag(server_key, team) if team else None
        keep(row, label, server_key)
        return view(row, server_key)


def ask(*, handover_id: str, staff_id: int, moment: datetime, server_key: ServerKey) -> None:
    """Put it to the visitor; its text went before as a sealed paper of the conversation."""
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        owned(conversation, staff_id, server_key)
        go(row, label, S.ASKED, Actor.DESK, moment, server_key, is_put=True)


def consent(
    *,
    handover_id: str,
    conversation_id: str,
    visitor_private: bytes,
    parcel: NewParcel,
    until: date,
    may_join: bool,
    moment: datetime,
    limits: Limits,
    server_key: ServerKey,
) -> HandoverState:
    """The visitor's yes to exactly this sealed text for exactly this partner, until a day; the state it leads to.

    `may_join`: somebody of the partner may come into the conversation too. Where no other partner is being asked, it
    goes out at once. Raises StepNotAllowed, NotHere.
    """
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        by_visitor(conversation, conversation_id, visitor_private)
        if not day_of(moment) <= until <= day_of(moment) + timedelta(days=limits.longest_consent_days):
            raise StepNotAllowed(f"a last day from today to {limits.longest_consent_days} days ahead is expected")
        # What was laid before a second person, in case no answer came, is of no use any more.
        Remark.objects.filter(handover=row).delete()
        label = replace(label, until=until.isoformat(), may_join=may_join, override_by="", is_untold=False)
        put_in(row, label, parcel, server_key)
        go(row, label, S.CONSENTED, Actor.VISITOR, moment, server_key)
        _turn(conversation, Actor.VISITOR, moment, server_key)
        row.refresh_from_db()
        return opened(HandoverLabel, server_key, row.id, row.label).now


def change(
    *,
    handover_id: str,
    conversation_id: str,
    visitor_private: bytes,
    parcel: bytes,
    answer: bytes | None,
    moment: datetime,
    server_key: ServerKey,
    answer_number: int | None = None,
) -> None:
    """Another text to the same partner, by the visitor, under the same key; with an answer to a question, if any.

    Raises OutOfStep when the answer was sealed for another number than the next.
    """
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        by_visitor(conversation, conversation_id, visitor_private)
        if label.now not in (S.CONSENTED, *rules.UNDER_WAY) or not is_agreed(row, label, server_key, day_of(moment)):
            raise StepNotAllowed("there is no living yes to change")
        if label.is_override or not is_envelope(parcel):
            raise StepNotAllowed("a sealed text of the visitor's own is expected")
        row.parcel = parcel
        row.consent_mark = mark_of(server_key, row.id, label, parcel)
        keep(row, label, server_key)
        if answer is not None:
            remark(row, ANSWER, answer, answer_number)
            tell_partner(label, moment)
    scrub()


def withdraw(
    *, handover_id: str, conversation_id: str, visitor_private: bytes, moment: datetime, server_key: ServerKey
) -> None:
    """The visitor takes a proposal, a yes or what was given back: the partner reads nothing any more.

    Who joined from the partner loses the conversation in the same moment, also when it was handed to them: then it
    waits at the first desk. The new epoch follows at once.
    """
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        by_visitor(conversation, conversation_id, visitor_private)
        if label.now in (S.DECLINED, S.EXPIRED):
            label = replace(label, is_back=False)
            keep(row, label, server_key)
            empty(row)
        else:
            if _is_with_guest(conversation, label, server_key):
                talk_company.back_to(
                    conversation_id=conversation.pk, team=label.desk, moment=moment, server_key=server_key
                )
            show_out(conversation, label, server_key)
            go(row, label, S.WITHDRAWN, Actor.VISITOR, moment, server_key, guest="", joins=False, is_refused=True)
            empty(row)
            _turn(conversation, Actor.VISITOR, moment, server_key)
    scrub()


def take_back(*, handover_id: str, staff_id: int, moment: datetime, server_key: ServerKey) -> None:
    """The desk takes a proposal back, as long as nothing went out."""
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        owned(conversation, staff_id, server_key)
        go(row, label, S.WITHDRAWN, Actor.DESK, moment, server_key)
        empty(row)
    scrub()


def put_away(*, handover_id: str, teams: Sequence[str], server_key: ServerKey) -> None:
    """The desk has seen that it came back, and has done what was needed."""
    with transaction.atomic():
        _, row, label = locked(handover_id, server_key)
        if label.desk not in teams:
            raise NotHere("this hand-over is not here")
        keep(row, replace(label, is_back=False), server_key)


def _is_with_guest(conversation: Conversation, label: HandoverLabel, server_key: ServerKey) -> bool:
    """Whether who came as a guest holds the conversation now, or their team does."""
    return bool(label.team) and held(conversation, server_key).label.team == label.team


def _turn(conversation: Conversation, by: Actor, moment: datetime, server_key: ServerKey) -> str | None:
    """The next yes goes out, when no other partner is waited for; its id. One whose day has passed is left behind."""
    known = {one.id: one for one in handovers_of_conversation(conversation.pk, server_key)}
    states = [(one.label.rank, name, one.label.now) for name, one in known.items()]
    chosen = next_in_turn(states)
    if chosen is None:
        return None
    row = Handover.objects.get(pk=chosen)
    label = opened(HandoverLabel, server_key, row.id, row.label)
    if not is_agreed(row, label, server_key, day_of(moment)):
        label = go(row, label, S.EXPIRED, Actor.CLOCK, moment, server_key)
        empty(row)
        following = _turn(conversation, by, moment, server_key)
        if following is None:
            _back(conversation, row, label, moment, server_key)
        return following
    go(row, label, S.OFFERED, by, moment, server_key)
    tell_partner(label, moment)
    return chosen


def _next_or_back(
    conversation: Conversation, row: Handover, label: HandoverLabel, by: Actor, moment: datetime, server_key: ServerKey
) -> str | None:
    """After a no or silence: the next partner of a yes, or else back to the first desk with an alarm."""
    show_out(conversation, label, server_key)
    row.parcel = row.parcel_key = None
    label = replace(label, guest="", joins=False)
    keep(row, label, server_key)
    chosen = _turn(conversation, by, moment, server_key)
    if chosen is None:
        _back(conversation, row, label, moment, server_key)
    return chosen


def _back(
    conversation: Conversation, row: Handover, label: HandoverLabel, moment: datetime, server_key: ServerKey
) -> None:
    """With the first desk again, which is told so; also where the conversation was over."""
    keep(row, replace(label, is_back=True), server_key)
    talk_company.wake(conversation_id=conversation.pk, because="handover", moment=moment, server_key=server_key)


def accept(
    *,
    handover_id: str,
    by: Actor,
    at: datetime,
    way: ContactWay,
    rule: SafeContact | None,
    says_code_word: bool,
    hangs_up_for_others: bool,
    moment: datetime,
    server_key: ServerKey,
) -> None:
    """A partner takes somebody, and says when and how it makes contact first. Raises ContactRefused, StepNotAllowed.

    `by` is the partner, or the desk that has a partner without a desk on the telephone. The visitor's rule of contact
    blocks: what it does not permit cannot be agreed.
    """
    if not moment - timedelta(minutes=5) <= at <= moment + _MOST_AHEAD:
        raise StepNotAllowed("a moment from now to sixty days ahead is expected")
    refused = may_contact(
        rule, way=way, moment=at, says_code_word=says_code_word, hangs_up_for_others=hangs_up_for_others
    )
    if refused is not None:
        raise ContactRefused(refused)
    with transaction.atomic():
        _, row, label = locked(handover_id, server_key)
        _by_telephone(label, by)
        if not is_agreed(row, label, server_key, day_of(moment)):
            raise StepNotAllowed("without a living yes nobody is taken")
        if not is_agreed(row, label, server_key, day_of(at)):
            raise StepNotAllowed("the first contact cannot be after the last day that the visitor agreed to")
        agreed = {"agreed_at": moment_text(max(at, moment)), "agreed_way": str(way), "is_contact_off": False}
        go(row, label, S.ACCEPTED, by, moment, server_key, **agreed)


def _by_telephone(label: HandoverLabel, by: Actor) -> None:
    if by is Actor.DESK and label.team:
        raise StepNotAllowed("a partner with a desk answers by itself")


def decline(
    *,
    handover_id: str,
    by: Actor,
    reason: DeclineReason,
    might: str,
    word: bytes | None,
    moment: datetime,
    server_key: ServerKey,
    word_number: int | None = None,
) -> str | None:
    """A partner says no and why, and which organisation `might` (its id, or empty); who is asked next, or None.

    `word` is a sealed remark for the desk and the visitor; OutOfStep when another number than its own is next. Also
    after contact: then it goes back to the first desk.
    """
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        _by_telephone(label, by)
        label = go(row, label, S.DECLINED, by, moment, server_key, reason=str(reason), might=might)
        if word is not None:
            remark(row, WITH_NO, word, word_number)
        chosen = _next_or_back(conversation, row, label, Actor.PARTNER, moment, server_key)
    scrub()
    return chosen


def expire(*, handover_id: str, moment: datetime, limits: Limits, server_key: ServerKey) -> str | None:
    """A limit has passed: the clock's step. Gives who is asked next, or None. Raises StepNotAllowed too early."""
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        if not is_past(label, moment, limits):
            raise StepNotAllowed("its time is not over")
        end = rules.after_limit(label.now)
        label = go(row, label, end, Actor.CLOCK, moment, server_key)
        chosen = None
        if end is not S.COMPLETED:
            chosen = _next_or_back(conversation, row, label, Actor.CLOCK, moment, server_key)
    scrub()
    return chosen


def is_past(label: HandoverLabel, moment: datetime, limits: Limits) -> bool:
    """Whether the limit of its state, or the last day of its yes, is over."""
    due = rules.due_at(label.now, label.since_at, limits, is_danger=label.is_danger, agreed_at=label.agreed)
    is_day_over = label.until_day is not None and label.until_day < day_of(moment) and label.now in _NEEDS_ITS_DAY
    return (due is not None and moment >= due) or is_day_over


#: In contact too: when its day is over it counts as arrived, and who joined goes (`expire_text`).
_NEEDS_ITS_DAY = frozenset({S.CONSENTED, *rules.UNDER_WAY})


def expire_text(*, handover_id: str, moment: datetime, server_key: ServerKey) -> bool:
    """After the last day of a yes the partner reads nothing any more; whether there was something to take away."""
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        is_over = label.until_day is not None and label.until_day < day_of(moment)
        if row.parcel is None or not is_over or label.now not in rules.ENDS:
            return False
        show_out(conversation, label, server_key)
        keep(row, replace(label, guest="", joins=False), server_key)
        empty(row)
    scrub()
    return True


def make_contact(*, handover_id: str, by: Actor, moment: datetime, server_key: ServerKey) -> None:
    """There was contact: from here on the partner cares for it."""
    with transaction.atomic():
        _, row, label = locked(handover_id, server_key)
        _by_telephone(label, by)
        if by is Actor.DESK and not set(PHONE_STEPS) <= set(label.steps):
            raise StepNotAllowed("every step by telephone is done first")
        if label.is_contact_off and not label.guest:
            raise StepNotAllowed("the visitor permits this contact no longer; come into the conversation, or say no")
        go(row, label, S.IN_CONTACT, by, moment, server_key)


def tick(*, handover_id: str, staff_id: int, done: str, server_key: ServerKey, teams: Sequence[str] = ()) -> None:
    """One step by telephone is done; in their order, by who holds the conversation or is of one of these `teams`."""
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        if label.desk not in teams:
            owned(conversation, staff_id, server_key)
        if label.team or label.now not in (S.OFFERED, S.ACCEPTED):
            raise StepNotAllowed("only an offer to a partner without a desk goes by telephone")
        if done not in PHONE_STEPS or set(PHONE_STEPS[: PHONE_STEPS.index(done)]) - set(label.steps):
            raise StepNotAllowed("the steps go in their order")
        if done not in label.steps:
            keep(row, replace(label, steps=[*label.steps, done]), server_key)


def complete(
    *,
    handover_id: str,
    conversation_id: str,
    visitor_private: bytes,
    role: str,
    moment: datetime,
    server_key: ServerKey,
) -> bool:
    """The visitor says that the first desk may go: whoever joined from the partner goes on; whether somebody does."""
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        by_visitor(conversation, conversation_id, visitor_private)
        is_in = bool(label.guest) and is_guest(conversation, int(label.guest), server_key)
        if label.now is S.ACCEPTED and label.guest:
            if not is_in:
                raise conversations.StepNotAllowed("only who joined as a guest goes on with it")
            label = go(row, label, S.IN_CONTACT, Actor.VISITOR, moment, server_key)
        # Where there was contact in another way, and who asked to join was never let in, it ends without them.
        is_handed = is_in and bool(label.team)
        # Whoever goes on with it is no guest any more: their keys are an owner's, and end as an owner's do.
        go(row, label, S.COMPLETED, Actor.VISITOR, moment, server_key, guest="", joins=False)
        if not is_handed:
            return False
        talk_company.hand_to(
            conversation_id=conversation_id, staff_id=int(label.guest), role=role, team=label.team,
            server_key=server_key,
        )  # fmt: skip
        return True


def states(conversation_id: str, server_key: ServerKey) -> Mapping[str, HandoverState]:
    """The state of each hand-over of a conversation."""
    return {one.id: one.label.now for one in handovers_of_conversation(conversation_id, server_key)}


def mark_danger(*, conversation_id: str, server_key: ServerKey) -> None:
    """The conversation is marked as danger: from now on the limits of its hand-overs are those of danger.

    A partner that holds it marks what it asked for itself; what others ask is not told through it.
    """
    with transaction.atomic():
        conversations.mark_danger(conversation_id=conversation_id, server_key=server_key)
        team = team_by_slug(held(conversations.locked(conversation_id), server_key).label.team)
        for one in handovers_of_conversation(conversation_id, server_key):
            is_others = team is not None and bool(team.organization) and one.label.desk != team.slug
            if one.label.now not in rules.ENDS and not is_others:
                _, row, label = locked(one.id, server_key)
                keep(row, replace(label, is_danger=True), server_key)
