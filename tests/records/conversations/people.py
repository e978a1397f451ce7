"""People with keys for tests of conversations: each can read exactly what was wrapped for them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from voordeur.records.conversations import actions, queries
from voordeur.records.conversations.actions import NewGrant, NewMessage, Written
from voordeur.records.conversations.label import Label
from voordeur.secrecy.envelope import Context, seal, unseal
from voordeur.secrecy.keyring import Pair, ServerKey, grant_context, new_key, new_pair, unwrap, wrap
from voordeur.vocabulary import Direction, GrantReason, TalkWay, Wish

SERVER = ServerKey(b"the server's key of the tests...")
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
KEPT = date(2026, 11, 27)
KEPT_WITH_CODE = date(2027, 2, 23)


def later(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


#: Long histories open the same keys again and again; the same bytes open to the same bytes.
_unwrapped = lru_cache(maxsize=20_000)(unwrap)


@dataclass(frozen=True)
class Reader:
    """Somebody or something with a key pair, by the tag that stands for it in the rows."""

    tag: bytes
    pair: Pair = field(default_factory=new_pair)

    def keys(self, conversation_id: str) -> dict[int, bytes]:
        """What was wrapped for this reader, by epoch: the talk key, and for the desk the desk key behind it."""
        raw = bytes.fromhex(conversation_id)
        return {
            one.epoch: _unwrapped(self.pair.private, one.wrapped, grant_context(raw, one.epoch))
            for one in queries.grants(conversation_id, [self.tag])
        }

    def reads(self, conversation_id: str, directions: Sequence[Direction] = tuple(Direction)) -> list[str]:
        """Every text that this reader can open, in order. Raises KeyError where an epoch is not theirs."""
        keys = self.keys(conversation_id)
        raw = bytes.fromhex(conversation_id)
        texts = []
        for one in queries.messages(conversation_id, directions=directions):
            is_talk = one.direction in (Direction.VISITOR, Direction.DESK)
            key = keys[one.epoch][:32] if is_talk else keys[one.epoch][32:]
            texts.append(json.loads(unseal(key, Context(raw, one.direction, one.sequence), one.envelope))["t"])
        return texts


@dataclass(frozen=True)
class Member(Reader):
    """Somebody of the desk."""

    id: int = 0


def member(staff_id: int) -> Member:
    """Somebody of the desk with this number, with a key pair of their own."""
    return Member(queries.staff_tag(SERVER, staff_id), id=staff_id)


def team(slug: str) -> Reader:
    """The key of a team."""
    return Reader(queries.team_tag(SERVER, slug))


def written(text: str) -> bytes:
    """A text as envelopes hold it (without who and when, which tests do not read)."""
    return json.dumps({"t": text, "kind": "text"}).encode()


def sealed(
    conversation_id: str,
    keys: bytes,
    direction: Direction,
    sequence: int,
    epoch: int,
    text: str,
    message_id: bytes = b"",
) -> NewMessage:
    """A message as a sender who holds these keys of this epoch makes it."""
    key = keys[:32] if direction in (Direction.VISITOR, Direction.DESK) else keys[32:]
    envelope = seal(key, Context(bytes.fromhex(conversation_id), direction, sequence), written(text))
    return NewMessage(direction, message_id or secrets.token_bytes(16), sequence, epoch, envelope)


@dataclass(frozen=True)
class Visitor(Reader):
    """Whoever is at the door, with one conversation."""

    id: str = ""

    def opens(
        self, desk: Reader, text: str = "hello", *, label: Label | None = None, more: Sequence[NewGrant] = ()
    ) -> None:
        """Begin the conversation for a team, as the visitors' side does it."""
        keys = new_key() + new_key()
        context = grant_context(bytes.fromhex(self.id), 0)
        actions.open_conversation(
            conversation_id=self.id,
            visitor_key=self.pair.public,
            label=label or plain_label(),
            grants=[
                NewGrant(self.tag, wrap(self.pair.public, keys[:32], context), GrantReason.VISITOR),
                NewGrant(desk.tag, wrap(desk.pair.public, keys, context), GrantReason.QUEUE),
                *more,
            ],
            message=sealed(self.id, keys, Direction.VISITOR, 1, 0, text),
            kept_until=KEPT,
            moment=NOON,
            server_key=SERVER,
        )

    def message(self, text: str, message_id: bytes = b"") -> NewMessage:
        """The next message, sealed with the key of the epoch that is current."""
        found = queries.conversation(self.id, SERVER)
        assert found is not None
        following = queries.next_sequence(self.id, Direction.VISITOR)
        keys = self.keys(self.id)[found.epoch]
        return sealed(self.id, keys, Direction.VISITOR, following, found.epoch, text, message_id)

    def writes(self, text: str, moment: datetime = NOON) -> Written:
        """Write one message."""
        return actions.write(
            conversation_id=self.id, message=self.message(text), kept_until=KEPT, moment=moment, server_key=SERVER
        )


def visitor() -> Visitor:
    """Somebody at the door whose conversation is still to begin."""
    conversation_id = secrets.token_hex(16)
    return Visitor(queries.visitor_tag(SERVER, conversation_id), id=conversation_id)


def plain_label(team: str = "central", **said: object) -> Label:
    """A label of the central door: a chat in Dutch with anyone."""
    label = Label(door="central", team=team, language="nl", wish=Wish.ANYONE, way=TalkWay.CHAT)
    return Label(**{**{name: getattr(label, name) for name in Label.__dataclass_fields__}, **said})


def new_epoch(conversation_id: str, owner: Member, readers: dict[Reader, GrantReason]) -> bytes:
    """New keys for these readers, made by the owner; gives the keys."""
    found = queries.conversation(conversation_id, SERVER)
    assert found is not None
    keys, context = new_key() + new_key(), grant_context(found.raw_id, found.epoch + 1)
    actions.begin_epoch(
        conversation_id=conversation_id,
        epoch=found.epoch + 1,
        grants={
            one.tag: wrap(one.pair.public, keys[:32] if isinstance(one, Visitor) else keys, context) for one in readers
        },
        expected={one.tag: reason for one, reason in readers.items()},
        staff_id=owner.id,
        server_key=SERVER,
    )
    return keys


def desk_message(
    conversation_id: str, who: Member, text: str, direction: Direction = Direction.DESK, message_id: bytes = b""
) -> NewMessage:
    """The next message of the desk in this direction, sealed with the current keys of this person."""
    found = queries.conversation(conversation_id, SERVER)
    assert found is not None
    following = queries.next_sequence(conversation_id, direction)
    keys = who.keys(conversation_id)[found.epoch]
    return sealed(conversation_id, keys, direction, following, found.epoch, text, message_id)


def desk_writes(conversation_id: str, who: Member, text: str, direction: Direction = Direction.DESK) -> Written:
    """Somebody of the desk writes one message."""
    return actions.write(
        conversation_id=conversation_id,
        message=desk_message(conversation_id, who, text, direction),
        kept_until=KEPT,
        moment=NOON,
        server_key=SERVER,
        writer_id=who.id,
    )
