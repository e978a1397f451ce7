"""Who goes along with a visitor, and what contact the visitor permits: given and taken by the visitor alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.db import transaction

from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import company as talk_company
from voordeur.records.conversations import forgetting
from voordeur.records.conversations.models import Conversation
from voordeur.records.conversations.queries import buddy_tag, held, staff_tag
from voordeur.records.handovers import steps
from voordeur.records.handovers.label import (
    BUDDY_SIZE,
    PERMISSION_SIZE,
    BuddyLabel,
    PermissionLabel,
    moment_text,
    opened,
    sealed,
)
from voordeur.records.handovers.models import Buddy, Permission
from voordeur.records.handovers.queries import HandoverView, handovers_of
from voordeur.rules.handover import StepNotAllowed
from voordeur.rules.safe_contact import SafeContact, SafeContactError, may_contact, read, written
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import BuddyKind, ContactWay, GrantReason, HandoverState

MOST_BUDDIES = 3
#: Letters of the id of somebody who goes along no longer that are remembered, and of how many: their codes stay dead.
_MARK, _MOST_ENDED = 8, 60
_FAR = datetime(2999, 12, 31, tzinfo=UTC)
_CHECK_IN_AHEAD = timedelta(days=90)


class CodeTaken(StepNotAllowed):
    """Another code of this kind is found by the same part; make another one."""


def _by_visitor(conversation_id: str, visitor_private: bytes) -> Conversation:
    row = conversations.locked(conversation_id)
    if not conversations.is_visitor(row, visitor_private):
        raise StepNotAllowed("only the visitor decides this")
    return row


def bring_along(
    *,
    conversation_id: str,
    visitor_private: bytes,
    buddy_id: str,
    kind: BuddyKind,
    may_read: bool,
    lookup: bytes,
    salt: bytes,
    public_key: bytes,
    wrapped: Mapping[int, bytes],
    server_key: ServerKey,
) -> int:
    """Somebody goes along, with a code of their own; the number to call them by. Raises CodeTaken, StepNotAllowed.

    `wrapped`: for each epoch the plan key, or (`may_read`) the talk key, for the buddy's public key.
    """
    with transaction.atomic():
        row = _by_visitor(conversation_id, visitor_private)
        if buddy_id[:_MARK] in _permission(row, server_key).ended:
            raise StepNotAllowed("this code was ended, and stays so")
        there = {
            one.id: opened(BuddyLabel, server_key, one.id, one.label).number
            for one in Buddy.objects.filter(conversation=row)
        }
        if len(there) >= MOST_BUDDIES:
            raise StepNotAllowed(f"at most {MOST_BUDDIES} people go along")
        is_taken = Buddy.objects.filter(lookup=lookup).exists() or Conversation.objects.filter(lookup=lookup).exists()
        if is_taken:
            raise CodeTaken("another code is needed")
        number = next(one for one in range(1, MOST_BUDDIES + 1) if one not in there.values())
        label = BuddyLabel(kind=str(kind), may_read=may_read, number=number)
        Buddy.objects.create(
            id=buddy_id, conversation=row, lookup=lookup, salt=salt, public_key=public_key,
            label=sealed(label, server_key, buddy_id, BUDDY_SIZE),
        )  # fmt: skip
        talk_company.add_reader(
            conversation_id=conversation_id,
            tag=buddy_tag(server_key, buddy_id),
            reason=_reason(may_read),
            wrapped=wrapped,
            visitor_private=visitor_private,
        )
        return number


def _reason(may_read: bool) -> GrantReason:
    return GrantReason.BUDDY_TALK if may_read else GrantReason.BUDDY


def let_read(
    *,
    conversation_id: str,
    visitor_private: bytes,
    buddy_id: str,
    may_read: bool,
    wrapped: Mapping[int, bytes],
    server_key: ServerKey,
) -> bool:
    """The conversation too, or the plan alone from now on; `wrapped` as in `bring_along`. Whether it is another now.

    Where less may be read, the keys of now are marked as old in the same moment: new ones follow.
    """
    with transaction.atomic():
        row = _by_visitor(conversation_id, visitor_private)
        one = Buddy.objects.filter(pk=buddy_id, conversation=row).first()
        if one is None:
            raise StepNotAllowed("nobody of this name goes along")
        before = opened(BuddyLabel, server_key, one.id, one.label)
        if before.may_read == may_read:
            return False
        one.label = sealed(replace(before, may_read=may_read), server_key, one.id, BUDDY_SIZE)
        one.save(update_fields=["label"])
        tag = buddy_tag(server_key, buddy_id)
        if not may_read:
            talk_company.drop_reader(conversation_id=conversation_id, tag=tag, server_key=server_key)
        talk_company.add_reader(
            conversation_id=conversation_id, tag=tag, reason=_reason(may_read), wrapped=wrapped,
            visitor_private=visitor_private,
        )  # fmt: skip
    forgetting.scrub()
    return True


def part_from(*, conversation_id: str, visitor_private: bytes, buddy_id: str, server_key: ServerKey) -> bool:
    """Somebody goes along no longer; whether they did. Their code opens nothing from now on, and never again."""
    with transaction.atomic():
        row = _by_visitor(conversation_id, visitor_private)
        gone, _ = Buddy.objects.filter(pk=buddy_id, conversation=row).delete()
        if gone:
            ended = [*_permission(row, server_key).ended, buddy_id[:_MARK]]
            _relabel(row, server_key, ended=ended[-_MOST_ENDED:])
        tag = buddy_tag(server_key, buddy_id)
        talk_company.drop_reader(conversation_id=row.pk, tag=tag, server_key=server_key)
    forgetting.scrub()
    return bool(gone)


def permit(
    *,
    conversation_id: str,
    rule: SafeContact | None,
    moment: datetime,
    server_key: ServerKey,
    visitor_private: bytes | None = None,
    owner_id: int | None = None,
) -> tuple[HandoverView, ...]:
    """What contact the visitor permits, said by the visitor, or by who holds the conversation, on the telephone.

    Gives the hand-overs whose first contact was agreed and is off with this.
    """
    if rule is not None:
        try:
            read(written(rule))
        except SafeContactError:
            raise StepNotAllowed("this rule of contact cannot be read") from None
    with transaction.atomic():
        row = conversations.locked(conversation_id)
        is_owner = owner_id is not None and row.owner_tag is not None
        is_owner = is_owner and bytes(row.owner_tag or b"") == staff_tag(server_key, owner_id or 0)
        if not is_owner and (visitor_private is None or not conversations.is_visitor(row, visitor_private)):
            raise StepNotAllowed("only the visitor, and who holds the conversation, says this")
        contact = None if rule is None else written(rule)
        # With room for all else that is kept here: parting from somebody must never fail for want of it.
        whole = PermissionLabel(contact, moment_text(_FAR), is_checked=True, ended=["0" * _MARK] * _MOST_ENDED)
        try:
            sealed(whole, server_key, row.pk, PERMISSION_SIZE)
        except ValueError:
            raise StepNotAllowed("this rule of contact is too long to keep") from None
        _relabel(row, server_key, contact=contact)
        told = _call_off(row.pk, rule, moment, server_key)
    forgetting.scrub()
    return told


def _call_off(
    conversation_id: str, rule: SafeContact | None, moment: datetime, server_key: ServerKey
) -> tuple[HandoverView, ...]:
    """First contacts that were agreed and that the rule no longer permits: off, and their partners are told."""
    off = []
    for one in handovers_of(conversation_id, server_key):
        if one.label.now is not HandoverState.ACCEPTED or one.label.agreed is None or not one.label.agreed_way:
            continue
        # What a partner promised on the telephone (the code word, to hang up) still holds.
        way, at = ContactWay(one.label.agreed_way), one.label.agreed
        if may_contact(rule, way=way, moment=at, says_code_word=True, hangs_up_for_others=True) is None:
            continue
        _, row, label = steps.locked(one.id, server_key)
        steps.keep(row, replace(label, agreed_at="", agreed_way="", is_contact_off=True), server_key)
        steps.tell_partner(label, moment)
        off.append(one)
    return tuple(off)


def ask_later(
    *, conversation_id: str, visitor_private: bytes, at: datetime | None, moment: datetime, server_key: ServerKey
) -> None:
    """A moment at which the desk asks, here, how it goes; None for never."""
    if at is not None and not moment < at <= moment + _CHECK_IN_AHEAD:
        raise StepNotAllowed("a moment within the next ninety days is expected")
    with transaction.atomic():
        row = _by_visitor(conversation_id, visitor_private)
        _relabel(row, server_key, check_in_at=moment_text(at) if at else "", is_checked=False)


def check_in(*, conversation_id: str, moment: datetime, server_key: ServerKey) -> None:
    """The moment has come: the conversation stands in the queue of its team, for somebody to ask how it goes."""
    with transaction.atomic():
        row = conversations.locked(conversation_id)
        _relabel(row, server_key, is_checked=True)
        talk_company.wake(conversation_id=conversation_id, because="check_in", moment=moment, server_key=server_key)


def _permission(row: Conversation, server_key: ServerKey) -> PermissionLabel:
    kept = Permission.objects.filter(conversation=row).first()
    return opened(PermissionLabel, server_key, row.pk, kept.label) if kept else PermissionLabel()


def _relabel(row: Conversation, server_key: ServerKey, **changes: object) -> None:
    label = replace(_permission(row, server_key), **changes)  # type: ignore[arg-type]
    stored = sealed(label, server_key, row.pk, PERMISSION_SIZE)
    Permission.objects.update_or_create(conversation=row, defaults={"label": stored})


def state_of(conversation_id: str, server_key: ServerKey) -> str:
    """Where the conversation of a buddy is; empty when it is gone."""
    row = Conversation.objects.filter(pk=conversation_id).first()
    return str(held(row, server_key).state) if row else ""
