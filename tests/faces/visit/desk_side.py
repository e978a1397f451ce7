"""The desk's part in tests of the visitors' side: one team with a key and one responder, played by records' actions."""

from __future__ import annotations

import json
import secrets
import socket
import threading
from datetime import UTC, datetime, timedelta

from django.conf import settings

from voordeur.faces.server_key import server_key
from voordeur.faces.wakes import tell
from voordeur.records.conversations import actions, forgetting, queries
from voordeur.records.conversations.actions import NewGrant, NewMessage
from voordeur.records.conversations.label import Label
from voordeur.records.conversations.models import Conversation
from voordeur.records.conversations.queries import Held
from voordeur.records.staff import actions as staff_actions
from voordeur.records.staff.models import Staff, Team
from voordeur.secrecy.envelope import Context, seal, unseal
from voordeur.secrecy.keyring import grant_context, new_key, pair_of, unwrap, wrap
from voordeur.vocabulary import ClosedBecause, Direction, GrantReason, StaffRole, TalkState, TalkWay, Wish

TEAM = pair_of(bytes(range(32)))
SLUG = "central"


def opens() -> None:
    """The team, its key, and Sam, who is on duty."""
    moment = datetime.now(UTC)
    team = staff_actions.add_team(slug=SLUG, name="Central")
    Team.objects.filter(slug=SLUG).update(public_key=TEAM.public)
    sam = staff_actions.add_staff(name="sam", shown_name="Sam", languages=["nl", "en"], moment=moment).staff
    staff_actions.add_member(staff=sam, team=team, role=StaffRole.RESPONDER, moment=moment)
    staff_actions.go_on_duty(staff=sam, team=team, moment=moment)


def begins(conversation_id: str) -> None:
    """Somebody else's conversation, in the queue, without a text."""
    keys, visitor = new_key() + new_key(), pair_of(secrets.token_bytes(32))
    context = grant_context(bytes.fromhex(conversation_id), 0)
    moment = datetime.now(UTC)
    actions.open_conversation(
        conversation_id=conversation_id,
        visitor_key=visitor.public,
        label=Label(SLUG, SLUG, "nl", Wish.ANYONE, TalkWay.CHAT),
        grants=[
            NewGrant(
                queries.visitor_tag(server_key(), conversation_id),
                wrap(visitor.public, keys[:32], context),
                GrantReason.VISITOR,
            ),
            NewGrant(queries.team_tag(server_key(), SLUG), wrap(TEAM.public, keys, context), GrantReason.QUEUE),
        ],
        message=None,
        kept_until=(moment + timedelta(days=2)).date(),
        moment=moment,
        server_key=server_key(),
    )


def sam() -> int:
    """The number of the responder."""
    return int(Staff.objects.get(name="sam").pk)


def conversations() -> list[str]:
    """All that are open, in no order."""
    return [one.id for one in queries.all_open(server_key())]


def newest(text: str = "") -> str:
    """The open conversation that holds this text of the visitor (or the only one)."""
    found = [one for one in conversations() if not text or text in " ".join(reads(one))]
    assert len(found) == 1, f"{len(found)} open conversations hold {text!r}"
    return found[0]


def held(conversation_id: str) -> Held:
    """The conversation."""
    found = queries.conversation(conversation_id, server_key())
    assert found is not None
    return found


def label(conversation_id: str) -> Label:
    """What the queue knows of it."""
    return held(conversation_id).label


def exists(conversation_id: str) -> bool:
    """Whether anything of it is left."""
    return Conversation.objects.filter(pk=conversation_id).exists()


def empties() -> None:
    """All conversations are gone."""
    for one in conversations():
        forgetting.delete_conversation(conversation_id=one)


def _keys(conversation_id: str) -> dict[int, bytes]:
    raw = bytes.fromhex(conversation_id)
    tag = queries.team_tag(server_key(), SLUG)
    return {
        one.epoch: unwrap(TEAM.private, one.wrapped, grant_context(raw, one.epoch))
        for one in queries.grants(conversation_id, [tag])
    }


def reads(conversation_id: str) -> list[str]:
    """Every text of visitor and desk, in order."""
    keys, raw = _keys(conversation_id), bytes.fromhex(conversation_id)
    return [
        json.loads(unseal(keys[one.epoch][:32], Context(raw, one.direction, one.sequence), one.envelope))["t"]
        for one in queries.messages(conversation_id, directions=(Direction.VISITOR, Direction.DESK))
    ]


def picks_up(conversation_id: str) -> None:
    """Sam takes it, when nobody has it."""
    if held(conversation_id).state is TalkState.WAITING:
        actions.pick_up(
            conversation_id=conversation_id,
            staff_id=sam(),
            role=StaffRole.RESPONDER,
            moment=datetime.now(UTC),
            server_key=server_key(),
        )
        tell(settings.ENV.data, f"c:{conversation_id}", "state")


def replies(
    conversation_id: str, text: str, kind: str = "text", language: str = "nl", at: str = "", **more: object
) -> int:
    """Sam picks it up and writes; the place of the message."""
    picks_up(conversation_id)
    found = held(conversation_id)
    sequence = queries.next_sequence(conversation_id, Direction.DESK)
    at = at or datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")
    said = {"t": text, "at": at, "by": "Sam", "role": "responder", "kind": kind, "ref": "", "lang": language, **more}
    envelope = seal(
        _keys(conversation_id)[found.epoch][:32],
        Context(found.raw_id, Direction.DESK, sequence),
        json.dumps(said, ensure_ascii=False).encode(),
    )
    written = actions.write(
        conversation_id=conversation_id,
        message=NewMessage(Direction.DESK, secrets.token_bytes(16), sequence, found.epoch, envelope),
        kept_until=(datetime.now(UTC) + timedelta(days=2)).date(),
        moment=datetime.now(UTC),
        server_key=server_key(),
        writer_id=sam(),
    )
    tell(settings.ENV.data, f"c:{conversation_id}", "talk")
    return written.place


def begins_epoch_alone(conversation_id: str) -> None:
    """New keys for the visitor and Sam, and not for the team (its recovery is “none”)."""
    picks_up(conversation_id)
    found, keys = held(conversation_id), new_key() + new_key()
    context = grant_context(found.raw_id, found.epoch + 1)
    visitor, own = queries.visitor_tag(server_key(), conversation_id), queries.staff_tag(server_key(), sam())
    pair = pair_of(secrets.token_bytes(32))
    actions.begin_epoch(
        conversation_id=conversation_id,
        epoch=found.epoch + 1,
        grants={visitor: wrap(found.visitor_key, keys[:32], context), own: wrap(pair.public, keys, context)},
        expected={visitor: GrantReason.VISITOR, own: GrantReason.PICKED_UP},
        staff_id=sam(),
        server_key=server_key(),
    )


def team_reads(conversation_id: str) -> list[str]:
    """The texts of the epochs that the team holds keys of."""
    keys, raw = _keys(conversation_id), bytes.fromhex(conversation_id)
    return [
        json.loads(unseal(keys[one.epoch][:32], Context(raw, one.direction, one.sequence), one.envelope))["t"]
        for one in queries.messages(conversation_id, directions=(Direction.VISITOR, Direction.DESK))
        if one.epoch in keys
    ]


def begins_epoch(conversation_id: str) -> None:
    """New keys for the visitor and the team."""
    picks_up(conversation_id)
    found, keys = held(conversation_id), new_key() + new_key()
    context = grant_context(found.raw_id, found.epoch + 1)
    visitor = queries.visitor_tag(server_key(), conversation_id)
    team = queries.team_tag(server_key(), SLUG)
    actions.begin_epoch(
        conversation_id=conversation_id,
        epoch=found.epoch + 1,
        grants={visitor: wrap(found.visitor_key, keys[:32], context), team: wrap(TEAM.public, keys, context)},
        expected={visitor: GrantReason.VISITOR, team: GrantReason.QUEUE},
        staff_id=sam(),
        server_key=server_key(),
    )


def passes_on(conversation_id: str, slug: str, public: bytes) -> None:
    """Sam passes it on to another team, with new keys for the visitor and that team alone."""
    picks_up(conversation_id)
    found, keys = held(conversation_id), new_key() + new_key()
    context = grant_context(found.raw_id, found.epoch + 1)
    visitor, team = queries.visitor_tag(server_key(), conversation_id), queries.team_tag(server_key(), slug)
    actions.begin_epoch(
        conversation_id=conversation_id,
        epoch=found.epoch + 1,
        grants={visitor: wrap(found.visitor_key, keys[:32], context), team: wrap(public, keys, context)},
        expected={visitor: GrantReason.VISITOR, team: GrantReason.QUEUE},
        staff_id=sam(),
        server_key=server_key(),
    )
    actions.pass_on(
        conversation_id=conversation_id, staff_id=sam(), team=slug, moment=datetime.now(UTC), server_key=server_key()
    )


def closes(conversation_id: str, *, is_shut_out: bool = False) -> None:
    """Sam ends it."""
    picks_up(conversation_id)
    actions.close(
        conversation_id=conversation_id,
        because=ClosedBecause.MISUSE if is_shut_out else ClosedBecause.FINISHED,
        is_shut_out=is_shut_out,
        server_key=server_key(),
        staff_id=sam(),
    )
    tell(settings.ENV.data, f"c:{conversation_id}", "closed")


def types(conversation_id: str) -> None:
    """Sam is typing."""
    tell(settings.ENV.data, f"c:{conversation_id}", "typing-desk")


def wakes(conversation_id: str) -> None:
    """A word that something is new."""
    tell(settings.ENV.data, f"c:{conversation_id}", "talk")


_heard: list[str] = []


def listens(conversation_id: str) -> None:
    """From now on, remember the words about the visitor's page."""
    _heard.clear()
    folder = settings.ENV.data / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    path = folder / f"{secrets.token_hex(4)}.sock"
    one.bind(str(path))

    def hear() -> None:
        while True:
            topic, _, kind = one.recv(200).decode().partition(" ")
            if topic == f"c:{conversation_id}" and kind in ("here", "gone", "left", "typing"):
                _heard.append(kind)

    threading.Thread(target=hear, daemon=True).start()


def heard() -> list[str]:
    """These words, in order."""
    return list(_heard)
