"""Reading conversations: rows as plain values, for the visitor by code or page, for the desk by a gate.

Nobody of the desk sees a row that a rule does not give: what is not yours and what is not there are one answer, None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voordeur.records.conversations import label as labels
from voordeur.records.conversations.label import Label
from voordeur.records.conversations.models import Conversation, Draft, Grant, Message
from voordeur.secrecy.keyring import KeyDoesNotFit, ServerKey
from voordeur.vocabulary import Direction, GrantReason, TalkState


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation without its texts. `id` is 32 hexadecimal letters; keys and tags are bytes."""

    id: str
    state: TalkState
    visitor_key: bytes
    has_code: bool
    salt: bytes | None
    team_tag: bytes
    owner_tag: bytes | None
    label: Label
    epoch: int
    last_place: int
    seen_place: int

    @property
    def raw_id(self) -> bytes:
        """The 16 bytes that envelopes are bound to."""
        return bytes.fromhex(self.id)


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """A message as it lies there."""

    place: int
    direction: Direction
    sequence: int
    epoch: int
    message_id: bytes
    envelope: bytes


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """The keys of one epoch, wrapped for one reader."""

    epoch: int
    reader_tag: bytes
    wrapped: bytes
    reason: GrantReason


def held(row: Conversation, server_key: ServerKey) -> Held:
    """The plain value of a row. A label under another server's key reads as an empty one: only routing is lost."""
    try:
        label = labels.opened(server_key, row.id, bytes(row.label))
    except KeyDoesNotFit:
        label = Label("", "", "", "", "")
    return Held(
        id=row.id,
        state=TalkState(row.state),
        visitor_key=bytes(row.visitor_key),
        has_code=row.lookup is not None,
        salt=bytes(row.salt) if row.salt is not None else None,
        team_tag=bytes(row.team_tag),
        owner_tag=bytes(row.owner_tag) if row.owner_tag is not None else None,
        label=label,
        epoch=row.epoch,
        last_place=row.last_place,
        seen_place=row.seen_place,
    )


def team_tag(server_key: ServerKey, team: str) -> bytes:
    """What stands for a team in the rows."""
    return server_key.tag("team", team)


def staff_tag(server_key: ServerKey, staff_id: int) -> bytes:
    """What stands for somebody of the desk in the rows."""
    return server_key.tag("staff", str(staff_id))


def escrow_tag(server_key: ServerKey, team: str) -> bytes:
    """What stands for the escrow key of a team in the rows."""
    return server_key.tag("escrow", team)


def visitor_tag(server_key: ServerKey, conversation_id: str) -> bytes:
    """What stands for the visitor of this conversation."""
    return server_key.tag("visitor", conversation_id)


def buddy_tag(server_key: ServerKey, buddy_id: str) -> bytes:
    """What stands for somebody who goes along with a visitor."""
    return server_key.tag("buddy", buddy_id)


def conversation(conversation_id: str, server_key: ServerKey) -> Held | None:
    """For the visitor whose page or code carries this id; the desk goes through `for_staff`."""
    row = Conversation.objects.filter(pk=conversation_id).first()
    return held(row, server_key) if row else None


def conversation_by_lookup(lookup: bytes, server_key: ServerKey) -> Held | None:
    """The conversation that a return code finds; whether the code opens it only its key can tell."""
    row = Conversation.objects.filter(lookup=lookup).first()
    return held(row, server_key) if row else None


def is_guest(row: Conversation, staff_id: int, server_key: ServerKey) -> bool:
    """Whether this person joined from a partner and holds the key of the present epoch."""
    tag = staff_tag(server_key, staff_id)
    grants = Grant.objects.filter(conversation=row, epoch=row.epoch, reader_tag=tag, reason=GrantReason.GUEST)
    return row.state == TalkState.HELD and grants.exists()


def for_staff(conversation_id: str, staff_id: int, server_key: ServerKey) -> tuple[Held, GrantReason | None] | None:
    """A conversation that this person owns (reason None), reads along with as a coach, or joined as a guest.

    None when not, or not there.

    Who owned it before holds old keys; that gives no look into it any more.
    """
    row = Conversation.objects.filter(pk=conversation_id, state=TalkState.HELD).first()
    if row is None:
        return None
    found, tag = held(row, server_key), staff_tag(server_key, staff_id)
    if found.owner_tag == tag:
        return found, None
    reads = Grant.objects.filter(
        conversation_id=row.pk, epoch=row.epoch, reader_tag=tag, reason__in=(GrantReason.COACH, GrantReason.GUEST)
    ).first()
    return (found, GrantReason(reads.reason)) if reads is not None else None


def closed_for_staff(conversation_id: str, staff_id: int, server_key: ServerKey) -> Held | None:
    """One that is over and that this person was the last to own; None when not theirs, not there, or not over."""
    row = Conversation.objects.filter(pk=conversation_id, state=TalkState.CLOSED).first()
    found = held(row, server_key) if row else None
    return found if found and found.label.before == str(staff_id) else None


def is_readable_by_team(found: Held) -> bool:
    """Whether the team whose queue it is in (or was in) holds the keys of the current epoch."""
    return Grant.objects.filter(conversation_id=found.id, epoch=found.epoch, reader_tag=found.team_tag).exists()


def waiting(teams: Iterable[str], server_key: ServerKey) -> list[Held]:
    """All that wait in the queues of these teams."""
    tags = [team_tag(server_key, team) for team in teams]
    rows = Conversation.objects.filter(state=TalkState.WAITING, team_tag__in=tags)
    return [held(row, server_key) for row in rows]


def waiting_in(conversation_id: str, teams: Iterable[str], server_key: ServerKey) -> Held | None:
    """One that waits in a queue of these teams; None when not theirs, not there, or no longer waiting."""
    tags = [team_tag(server_key, team) for team in teams]
    row = Conversation.objects.filter(pk=conversation_id, state=TalkState.WAITING, team_tag__in=tags).first()
    return held(row, server_key) if row else None


def owned(staff_id: int, server_key: ServerKey) -> list[Held]:
    """All that somebody owns."""
    rows = Conversation.objects.filter(state=TalkState.HELD, owner_tag=staff_tag(server_key, staff_id))
    return [held(row, server_key) for row in rows]


def holding() -> dict[bytes, int]:
    """How many conversations each person owns, by the tag that stands for them."""
    tags = Conversation.objects.filter(state=TalkState.HELD).values_list("owner_tag", flat=True)
    return Counter(bytes(tag) for tag in tags if tag is not None)


def coached(staff_id: int, server_key: ServerKey) -> list[Held]:
    """All that somebody reads along with as a coach."""
    tag = staff_tag(server_key, staff_id)
    grants = Grant.objects.filter(
        reader_tag=tag, reason=GrantReason.COACH, conversation__state=TalkState.HELD
    ).select_related("conversation")
    rows = {one.conversation_id: one.conversation for one in grants if one.epoch == one.conversation.epoch}
    return [held(row, server_key) for row in rows.values()]


def joined(staff_id: int, server_key: ServerKey) -> list[Held]:
    """All that somebody joined as a guest from a partner."""
    tag = staff_tag(server_key, staff_id)
    grants = Grant.objects.filter(
        reader_tag=tag, reason=GrantReason.GUEST, conversation__state=TalkState.HELD
    ).select_related("conversation")
    rows = {one.conversation_id: one.conversation for one in grants if one.epoch == one.conversation.epoch}
    return [held(row, server_key) for row in rows.values() if bytes(row.owner_tag or b"") != tag]


def all_open(server_key: ServerKey) -> list[Held]:
    """Every conversation that is not closed, for the clock and the doctor."""
    return [held(row, server_key) for row in Conversation.objects.exclude(state=TalkState.CLOSED)]


def messages(
    conversation_id: str,
    after: int = 0,
    directions: Sequence[Direction] = tuple(Direction),
    epochs: Iterable[int] | None = None,
) -> list[SealedMessage]:
    """The sealed messages beyond a place, in order, all or of these epochs. Whoever asks has been through a gate."""
    rows = Message.objects.filter(conversation_id=conversation_id, place__gt=after, direction__in=directions)
    if epochs is not None:
        rows = rows.filter(epoch__in=list(epochs))
    return [
        SealedMessage(
            row.place, Direction(row.direction), row.sequence, row.epoch, bytes(row.message_id), bytes(row.envelope)
        )
        for row in rows.order_by("place")
    ]


def newest_number() -> int:
    """The number of the newest message row of all, 0 when there is none."""
    return int(Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0)


def changed_since(number: int) -> tuple[int, list[str]]:
    """The newest number now, and the conversations with messages beyond `number`."""
    rows = list(Message.objects.filter(pk__gt=number).order_by("pk").values_list("pk", "conversation_id")[:5000])
    return (rows[-1][0] if rows else number), list(dict.fromkeys(one for _, one in rows))


def next_sequence(conversation_id: str, direction: Direction) -> int:
    """The number that the next message of this direction carries."""
    found = Message.objects.filter(conversation_id=conversation_id, direction=direction).order_by("-sequence")
    return int(found.values_list("sequence", flat=True).first() or 0) + 1


def grants(conversation_id: str, tags: Iterable[bytes]) -> list[WrappedKey]:
    """The wrapped keys of all epochs for these readers."""
    rows = Grant.objects.filter(conversation_id=conversation_id, reader_tag__in=list(tags)).order_by("epoch")
    return [WrappedKey(row.epoch, bytes(row.reader_tag), bytes(row.wrapped), GrantReason(row.reason)) for row in rows]


def readers(conversation_id: str, epoch: int) -> dict[bytes, GrantReason]:
    """Who can read an epoch, by tag, and why."""
    rows = Grant.objects.filter(conversation_id=conversation_id, epoch=epoch)
    return {bytes(row.reader_tag): GrantReason(row.reason) for row in rows}


def draft(conversation_id: str, staff_id: int, server_key: ServerKey) -> tuple[int, bytes] | None:
    """What somebody typed and did not send: epoch and envelope."""
    row = Draft.objects.filter(conversation_id=conversation_id, writer_tag=staff_tag(server_key, staff_id)).first()
    return (row.epoch, bytes(row.envelope)) if row else None
