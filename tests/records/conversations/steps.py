"""What people do with a conversation, each in one call, for tests that begin in the middle of one."""

from __future__ import annotations

from tests.records.conversations.people import (
    KEPT_WITH_CODE,
    NOON,
    SERVER,
    Member,
    Reader,
    Visitor,
    later,
    member,
    new_epoch,
    team,
    visitor,
)
from voordeur.records.conversations import actions, drafts, queries
from voordeur.secrecy.envelope import Context, seal
from voordeur.secrecy.keyring import grant_context, new_pair, wrap
from voordeur.vocabulary import ClosedBecause, GrantReason

R = GrantReason
DRAFT = seal(bytes(32), Context(bytes(16), "f", 1), b"a draft")


def held(one: Visitor) -> queries.Held:
    """The conversation as it stands."""
    found = queries.conversation(one.id, SERVER)
    assert found is not None
    return found


def picked_up(role: str = "responder") -> tuple[Visitor, Reader, Member]:
    """A conversation that somebody owns, with keys for the visitor, the team and the owner."""
    desk, someone, owner = team("central"), visitor(), member(1)
    someone.opens(desk)
    pick_up(someone, owner, role)
    new_epoch(someone.id, owner, {someone: R.VISITOR, desk: R.QUEUE, owner: R.PICKED_UP})
    return someone, desk, owner


def pick_up(someone: Visitor, owner: Member, role: str = "responder") -> None:
    """Somebody takes it up."""
    actions.pick_up(conversation_id=someone.id, staff_id=owner.id, role=role, moment=NOON, server_key=SERVER)


def coached() -> tuple[Visitor, Member, Member]:
    """A conversation of a peer in which a coach reads along."""
    someone, desk, peer = picked_up("peer")
    coach = member(2)
    new_epoch(someone.id, peer, {someone: R.VISITOR, desk: R.QUEUE, peer: R.PICKED_UP, coach: R.COACH})
    return someone, peer, coach


def close(someone: Visitor, owner: Member | None, *, is_shut_out: bool = False) -> None:
    """It is finished."""
    actions.close(
        conversation_id=someone.id,
        because=ClosedBecause.FINISHED,
        is_shut_out=is_shut_out,
        server_key=SERVER,
        staff_id=owner.id if owner else None,
    )


def take_over(someone: Visitor, who: Member) -> queries.Held:
    """A coach takes over."""
    return actions.take_over(conversation_id=someone.id, staff_id=who.id, role="coach", server_key=SERVER)


def pass_on(someone: Visitor, who: Member, slug: str = "central") -> None:
    """To the queue of a team."""
    actions.pass_on(conversation_id=someone.id, staff_id=who.id, team=slug, moment=later(30), server_key=SERVER)


def save_draft(someone: Visitor, who: Member, epoch: int) -> None:
    """Somebody typed, and did not send."""
    drafts.save_draft(conversation_id=someone.id, staff_id=who.id, epoch=epoch, envelope=DRAFT, server_key=SERVER)


def give_code(someone: Visitor, lookup: bytes, epochs: tuple[int, ...] = (0, 1)) -> Visitor:
    """The visitor makes a return code: from now on another key opens it."""
    pair, keys = new_pair(), someone.keys(someone.id)
    actions.give_code(
        conversation_id=someone.id,
        lookup=lookup,
        salt=b"s" * 16,
        visitor_key=pair.public,
        wrapped={
            epoch: wrap(pair.public, keys[epoch], grant_context(bytes.fromhex(someone.id), epoch)) for epoch in epochs
        },
        kept_until=KEPT_WITH_CODE,
        server_key=SERVER,
    )
    return Visitor(someone.tag, pair, id=someone.id)
