"""Changing conversations: each verb one transaction, whole or not at all.

Texts come sealed; what stands here cannot read them. In every state a conversation has one owner or one queue, or is
closed. A step that cannot be taken is an exception of one sentence, and nothing has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from voordeur.records.conversations import label as labels
from voordeur.records.conversations.label import Label
from voordeur.records.conversations.models import Conversation, Draft, Grant, Message
from voordeur.records.conversations.queries import Held, held, is_guest, staff_tag, team_tag, visitor_tag
from voordeur.records.conversations.readers import WITHOUT_DESK_KEY
from voordeur.secrecy.envelope import is_envelope
from voordeur.secrecy.keyring import ServerKey, pair_of
from voordeur.vocabulary import ClosedBecause, Direction, GrantReason, TalkState

#: What a visitor writes: to the desk, in the plan, and about a hand-over.
_BY_A_VISITOR = frozenset({Direction.VISITOR, Direction.PLAN, Direction.PAPER})
#: Lengths of wrapped keys: head, a fresh public key, the talk key (and the desk key), tag (secrecy/keyring.py).
WRAPPED_TALK_KEY = 2 + 32 + 32 + 16
WRAPPED_BOTH_KEYS = WRAPPED_TALK_KEY + 32


class StepNotAllowed(Exception):
    """The conversation is not in a state, or not with a person, in which this can be done."""


class ConversationGone(StepNotAllowed):
    """There is no such conversation (any more)."""


class CodeTaken(StepNotAllowed):
    """Another conversation is found by the same part of a code; make another code."""


class OutOfStep(Exception):
    """What was sent is behind: another epoch is current, or another number is next. Seal anew with these."""

    def __init__(self, epoch: int, following: int) -> None:
        """`epoch` is the current one; `following` the next number of that direction."""
        self.epoch, self.following = epoch, following
        super().__init__(f"epoch {epoch}, number {following} is next")


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A reader's tag, the keys wrapped for that reader, and why."""

    reader_tag: bytes
    wrapped: bytes
    reason: GrantReason


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A sealed message as its sender made it."""

    direction: Direction
    message_id: bytes
    sequence: int
    epoch: int
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """Where a message stands now; `is_again` when it stood there already, `is_back` when it woke a closed one."""

    place: int
    is_again: bool = False
    is_back: bool = False


def locked(conversation_id: str) -> Conversation:
    """The row, locked for the rest of the transaction. Raises ConversationGone."""
    row = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    if row is None:
        raise ConversationGone("this conversation is not here")
    return row


def relabel(row: Conversation, server_key: ServerKey, **changes: object) -> None:
    """Change the label of a row; who calls it saves the row."""
    label = held(row, server_key).label
    row.label = replace(label, **changes).sealed(server_key, row.pk)  # type: ignore[arg-type]


def open_conversation(
    *,
    conversation_id: str,
    visitor_key: bytes,
    label: Label,
    grants: Sequence[NewGrant],
    message: NewMessage | None,
    kept_until: date,
    moment: datetime,
    server_key: ServerKey,
    owner_id: int | None = None,
) -> None:
    """Begin a conversation in the queue of its team, or with the `owner_id` who opened it (a telephone call).

    Again with the same id changes nothing: a form that is sent twice opens one conversation. Raises StepNotAllowed
    when the visitor, or who is to answer, has no key among the grants.
    """
    is_owned = owner_id is not None
    owner = str(owner_id) if is_owned else ""
    label = replace(label, since="" if is_owned else labels.written(moment), owner=owner)
    tag_of_team = team_tag(server_key, label.team)
    owner_tag = staff_tag(server_key, owner_id) if owner_id is not None else None
    needed = {visitor_tag(server_key, conversation_id), owner_tag or tag_of_team}
    if not needed <= {one.reader_tag for one in grants}:
        raise StepNotAllowed("a key for the visitor and for who answers is expected")
    with transaction.atomic():
        row, is_new = Conversation.objects.get_or_create(
            pk=conversation_id,
            defaults={
                "visitor_key": visitor_key,
                "state": TalkState.HELD.value if is_owned else TalkState.WAITING.value,
                "team_tag": tag_of_team,
                "owner_tag": owner_tag,
                "label": label.sealed(server_key, conversation_id),
                "kept_until": kept_until,
            },
        )
        if not is_new:
            return
        grant_keys(row, 0, grants)
        if message is not None:
            _add(row, message)
            row.save(update_fields=["last_place"])


def grant_keys(row: Conversation, epoch: int, grants: Sequence[NewGrant]) -> None:
    """Keys of an epoch, for these readers."""
    Grant.objects.bulk_create(
        Grant(conversation=row, epoch=epoch, reader_tag=one.reader_tag, wrapped=one.wrapped, reason=one.reason)
        for one in grants
    )


def _add(row: Conversation, message: NewMessage) -> int:
    if not is_envelope(message.envelope) or len(message.message_id) != 16:
        raise StepNotAllowed("a sealed message with an id of 16 bytes is expected")
    last = Message.objects.filter(conversation=row, direction=message.direction).aggregate(Max("sequence"))
    following = (last["sequence__max"] or 0) + 1
    if message.epoch != row.epoch or message.sequence != following:
        raise OutOfStep(row.epoch, following)
    row.last_place += 1
    Message.objects.create(
        conversation=row,
        place=row.last_place,
        direction=message.direction,
        sequence=message.sequence,
        epoch=message.epoch,
        message_id=message.message_id,
        envelope=message.envelope,
    )
    return row.last_place


def write(
    *,
    conversation_id: str,
    message: NewMessage,
    kept_until: date,
    moment: datetime,
    server_key: ServerKey,
    writer_id: int | None = None,
) -> Written:
    """Add a message, once: the same `message_id` again gives the same place and changes nothing.

    The visitor (`writer_id` None) wakes a closed conversation: it waits again, first for who answered before; with a
    plan or a paper nobody is woken. Raises OutOfStep, ConversationGone, and StepNotAllowed when the writer holds no key
    or the visitor was shut out.
    """
    with transaction.atomic():
        row = locked(conversation_id)
        again = Message.objects.filter(conversation=row, message_id=message.message_id).first()
        if again is not None:
            return Written(again.place, is_again=True)
        is_back = False
        if writer_id is None:
            if message.direction not in _BY_A_VISITOR:
                raise StepNotAllowed("a visitor writes to the desk")
            _may_still_write(row, server_key)
            is_back = message.direction == Direction.VISITOR and _woken(row, moment, server_key)
        else:
            _must_hold_key(row, writer_id, message.direction, server_key)
        place = _add(row, message)
        _note_turn(row, message.direction, moment, server_key)
        row.kept_until = max(row.kept_until, kept_until)
        row.save()
        return Written(place, is_back=is_back)


def _note_turn(row: Conversation, direction: Direction, moment: datetime, server_key: ServerKey) -> None:
    """Since when the visitor waits for an answer, also while somebody holds the conversation: nobody is forgotten."""
    waits = bool(held(row, server_key).label.since)
    if row.state == TalkState.HELD and direction == Direction.VISITOR and not waits:
        relabel(row, server_key, since=labels.written(moment))
    elif row.state == TalkState.HELD and direction == Direction.DESK and waits:
        relabel(row, server_key, since="")


def _may_still_write(row: Conversation, server_key: ServerKey) -> None:
    if held(row, server_key).label.is_shut_out:
        raise StepNotAllowed("this conversation was closed")


def _woken(row: Conversation, moment: datetime, server_key: ServerKey) -> bool:
    label = held(row, server_key).label
    if row.state != TalkState.CLOSED:
        if label.has_left:
            relabel(row, server_key, has_left=False)
        return False
    row.state = TalkState.WAITING
    relabel(
        row,
        server_key,
        since=labels.written(moment),
        is_return=True,
        has_left=False,
        closed_because="",
        wish=label.wish,
    )
    return True


def _is_owner(row: Conversation, staff_id: int, server_key: ServerKey) -> bool:
    return row.owner_tag is not None and bytes(row.owner_tag) == staff_tag(server_key, staff_id)


def _reads_along(row: Conversation, staff_id: int, server_key: ServerKey) -> bool:
    tag = staff_tag(server_key, staff_id)
    grants = Grant.objects.filter(conversation=row, epoch=row.epoch, reader_tag=tag, reason=GrantReason.COACH)
    return row.state == TalkState.HELD and grants.exists()


def _must_hold_key(row: Conversation, writer_id: int, direction: Direction, server_key: ServerKey) -> None:
    # Who owned it before still has keys of this epoch, until there are new ones; that is no reason to write here.
    may_write = direction != Direction.VISITOR and (
        _is_owner(row, writer_id, server_key)
        or (direction == Direction.WHISPER and _reads_along(row, writer_id, server_key))
        or (direction == Direction.DESK and is_guest(row, writer_id, server_key))
    )
    if not may_write:
        raise StepNotAllowed("only who holds this conversation writes here")


def pick_up(*, conversation_id: str, staff_id: int, role: str, moment: datetime, server_key: ServerKey) -> Held:
    """From the queue to one owner. Raises StepNotAllowed when somebody was first."""
    with transaction.atomic():
        row = locked(conversation_id)
        if row.state != TalkState.WAITING:
            raise StepNotAllowed("somebody was first")
        row.state, row.owner_tag = TalkState.HELD, staff_tag(server_key, staff_id)
        relabel(row, server_key, since="", owner=str(staff_id), owner_role=role, back_for="")
        row.save()
        return held(row, server_key)


def take_over(*, conversation_id: str, staff_id: int, role: str, server_key: ServerKey) -> Held:
    """From its owner to a coach who reads along. Raises StepNotAllowed when this person does not."""
    with transaction.atomic():
        row = locked(conversation_id)
        if _is_owner(row, staff_id, server_key):
            return held(row, server_key)
        if not _reads_along(row, staff_id, server_key):
            raise StepNotAllowed("only a coach who reads along takes over")
        before = held(row, server_key).label.owner
        Draft.objects.filter(conversation=row, writer_tag=row.owner_tag).delete()
        row.owner_tag = staff_tag(server_key, staff_id)
        relabel(row, server_key, owner=str(staff_id), owner_role=role, before=before)
        row.save()
        return held(row, server_key)


def begin_epoch(
    *,
    conversation_id: str,
    epoch: int,
    grants: Mapping[bytes, bytes],
    expected: Mapping[bytes, GrantReason],
    staff_id: int | None,
    server_key: ServerKey,
    visitor_key: bytes | None = None,
    older: Mapping[tuple[int, bytes], bytes] | None = None,
    visitor_private: bytes | None = None,
) -> None:
    """New keys, wrapped for exactly the `expected` readers. Who is not among them reads nothing that follows.

    `older` are the keys of epochs before, wrapped for readers who are due now (by epoch and tag), so that whoever
    goes on with a conversation reads all of it. What somebody holds already stays as it is. The visitor, who has
    always read, is given none.

    By the owner; by the visitor's side (`staff_id` None) while nobody owns it, so that the team can read what follows
    after a time in which it could not, or at any time with the visitor's own key (`visitor_private`), so that somebody
    is taken off at once. `visitor_key` is the public key that the visitor's was wrapped for. Raises OutOfStep when
    another epoch came first or the visitor's key is another since, StepNotAllowed when a reader is missing or one too
    many, or when somebody else owns the conversation.
    """
    with transaction.atomic():
        row = locked(conversation_id)
        if staff_id is None and not _may_renew(row, grants, visitor_private):
            raise StepNotAllowed("a visitor makes new keys for the team, and only while nobody answers")
        if staff_id is not None and not _is_owner(row, staff_id, server_key):
            raise StepNotAllowed("only the owner makes new keys")
        if epoch != row.epoch + 1 or visitor_key not in (None, bytes(row.visitor_key)):
            raise OutOfStep(row.epoch, 0)
        tag_of_visitor = visitor_tag(server_key, row.pk)
        if tag_of_visitor not in grants:
            raise StepNotAllowed("the visitor always reads")
        if set(grants) != set(expected):
            raise StepNotAllowed("exactly the readers that are due get a key")
        for tag, wrapped in grants.items():
            if len(wrapped) != (WRAPPED_TALK_KEY if expected[tag] in WITHOUT_DESK_KEY else WRAPPED_BOTH_KEYS):
                raise StepNotAllowed("a wrapped key has another length")
        _grant_older(row, older or {}, {tag: why for tag, why in expected.items() if why not in WITHOUT_DESK_KEY})
        row.epoch = epoch
        relabel(row, server_key, is_stale=False)
        row.save(update_fields=["epoch", "label"])
        grant_keys(row, epoch, [NewGrant(tag, grants[tag], reason) for tag, reason in expected.items()])


def _may_renew(row: Conversation, grants: Mapping[bytes, bytes], visitor_private: bytes | None) -> bool:
    """Whether the visitor's side may make new keys: who answers, or else the team, must stay able to read."""
    if visitor_private is not None:
        must_read = row.owner_tag if row.owner_tag is not None else row.team_tag
        return is_visitor(row, visitor_private) and bytes(must_read) in grants
    return row.owner_tag is None and bytes(row.team_tag) in grants


def is_visitor(row: Conversation, private: bytes) -> bool:
    """Whether this private key is the visitor's: what only the visitor may do asks for it; the desk never has it."""
    return pair_of(private).public == bytes(row.visitor_key)


def _grant_older(row: Conversation, older: Mapping[tuple[int, bytes], bytes], due: Mapping[bytes, GrantReason]) -> None:
    for (epoch, tag), wrapped in older.items():
        if tag not in due or not 0 <= epoch <= row.epoch or len(wrapped) != WRAPPED_BOTH_KEYS:
            raise StepNotAllowed("older keys are for who is due now, and of an epoch before")
    stands = {(one.epoch, bytes(one.reader_tag)) for one in Grant.objects.filter(conversation=row)}
    for (epoch, tag), wrapped in older.items():
        if (epoch, tag) not in stands:
            grant_keys(row, epoch, [NewGrant(tag, wrapped, due[tag])])


def pass_on(*, conversation_id: str, staff_id: int, team: str, moment: datetime, server_key: ServerKey) -> None:
    """From its owner to the queue of a team that can read it. Raises StepNotAllowed."""
    with transaction.atomic():
        row = locked(conversation_id)
        if not _is_owner(row, staff_id, server_key):
            raise StepNotAllowed("only the owner passes on")
        tag = team_tag(server_key, team)
        if not Grant.objects.filter(conversation=row, epoch=row.epoch, reader_tag=tag).exists():
            raise StepNotAllowed("that team has no key of this conversation")
        row.state, row.owner_tag, row.team_tag = TalkState.WAITING, None, tag
        relabel(
            row, server_key, team=team, since=labels.written(moment), owner="", owner_role="", before="", is_return=True
        )
        row.save()
        Draft.objects.filter(conversation=row).delete()


def give_back(*, staff_id: int, moment: datetime, server_key: ServerKey, team: str | None = None) -> int:
    """Everything that somebody owns (of this team) to the queues of its teams; how many. For who does not come back.

    Where the team holds no key (its choice of recovery), the next one reads only what follows; nobody is forgotten.
    """
    with transaction.atomic():
        rows = Conversation.objects.select_for_update().filter(owner_tag=staff_tag(server_key, staff_id))
        if team is not None:
            rows = rows.filter(team_tag=team_tag(server_key, team))
        given = list(rows)
        for row in given:
            _into_queue(row, moment, server_key)
        return len(given)


def _into_queue(row: Conversation, moment: datetime, server_key: ServerKey) -> None:
    Draft.objects.filter(conversation=row).delete()
    row.state, row.owner_tag = TalkState.WAITING, None
    since = held(row, server_key).label.since or labels.written(moment)  # who waited goes on waiting
    relabel(row, server_key, since=since, owner="", owner_role="", before="", is_return=True)
    row.save()


def release(*, conversation_id: str, owner_id: int, moment: datetime, server_key: ServerKey) -> bool:
    """One conversation from an owner who is not there back to the queue of its team; whether it was still theirs."""
    with transaction.atomic():
        row = locked(conversation_id)
        if not _is_owner(row, owner_id, server_key):
            return False
        _into_queue(row, moment, server_key)
        return True


def drop_keys(*, staff_id: int, server_key: ServerKey) -> int:
    """Keys that were wrapped for a key that somebody no longer has open nothing; how many there were."""
    with transaction.atomic():
        return Grant.objects.filter(reader_tag=staff_tag(server_key, staff_id)).delete()[0]


def close(
    *, conversation_id: str, because: ClosedBecause, is_shut_out: bool, server_key: ServerKey, staff_id: int | None
) -> None:
    """End a conversation; `staff_id` None when the visitor left. Raises StepNotAllowed when it is another's."""
    with transaction.atomic():
        row = locked(conversation_id)
        if staff_id is not None and not _is_owner(row, staff_id, server_key):
            raise StepNotAllowed("only the owner closes")
        label = held(row, server_key).label
        row.state, row.owner_tag = TalkState.CLOSED, None
        relabel(
            row, server_key, since="", owner="", owner_role="", before=label.owner or label.before,
            closed_because=str(because), is_shut_out=is_shut_out,
        )  # fmt: skip
        row.save()
        Draft.objects.filter(conversation=row).delete()


def leave(*, conversation_id: str, server_key: ServerKey) -> None:
    """The visitor pressed *leave now*. Without a code nobody can come back, so the conversation is closed."""
    with transaction.atomic():
        row = locked(conversation_id)
        if row.state == TalkState.CLOSED:
            return
        relabel(row, server_key, has_left=True)
        row.save(update_fields=["label"])
        if row.lookup is None:
            close(
                conversation_id=conversation_id,
                because=ClosedBecause.LEFT,
                is_shut_out=False,
                server_key=server_key,
                staff_id=None,
            )


def mark_danger(*, conversation_id: str, server_key: ServerKey) -> None:
    """The visitor's words tell of danger now: it goes ahead of the others."""
    with transaction.atomic():
        row = locked(conversation_id)
        relabel(row, server_key, is_danger=True)
        row.save(update_fields=["label"])


def give_code(
    *,
    conversation_id: str,
    lookup: bytes,
    salt: bytes,
    visitor_key: bytes,
    wrapped: Mapping[int, bytes],
    kept_until: date,
    server_key: ServerKey,
) -> None:
    """From now on the conversation opens with a code: its visitor's keys are `wrapped` anew, one for each epoch.

    Raises CodeTaken, and OutOfStep when an epoch was added meanwhile.
    """
    with transaction.atomic():
        row = locked(conversation_id)
        if Conversation.objects.filter(lookup=lookup).exclude(pk=row.pk).exists():
            raise CodeTaken("another code is needed")
        own = Grant.objects.filter(conversation=row, reader_tag=visitor_tag(server_key, row.pk))
        if set(own.values_list("epoch", flat=True)) != set(wrapped):
            raise OutOfStep(row.epoch, 0)
        for grant in own:
            grant.wrapped = wrapped[grant.epoch]
            grant.save(update_fields=["wrapped"])
        row.lookup, row.salt, row.visitor_key = lookup, salt, visitor_key
        row.kept_until = max(row.kept_until, kept_until)
        row.save(update_fields=["lookup", "salt", "visitor_key", "kept_until"])


def note_seen(*, conversation_id: str, place: int) -> None:
    """The visitor was shown everything up to this place."""
    Conversation.objects.filter(pk=conversation_id, seen_place__lt=place).update(seen_place=place)
