"""Who goes along with a visitor, by a code of their own: brought, allowed and sent away by the visitor alone.

Somebody who goes along sees the plan and where things stand; the conversation only where the visitor allows it. Also
whether somebody of a partner may come into the conversation.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha512

from django.conf import settings

from voordeur.faces.server_key import server_key
from voordeur.faces.visit import conversing
from voordeur.faces.visit.conversing import Sitting, TooBusy
from voordeur.faces.visit.going_on import plan_keys, renew, wake
from voordeur.faces.visit.passes import Pass
from voordeur.faces.wakes import tell
from voordeur.records.conversations import queries
from voordeur.records.handovers import company, guests
from voordeur.records.handovers import queries as handovers
from voordeur.records.handovers.queries import BuddyView, HandoverView
from voordeur.secrecy import keyring, return_code
from voordeur.secrecy.return_code import ReturnCode
from voordeur.vocabulary import BuddyKind, GrantReason

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Along:
    """What somebody who goes along may see: plan keys, and talk keys where the visitor allows it."""

    buddy: BuddyView
    held: queries.Held
    plan_keys: Mapping[int, bytes]
    talk_keys: Mapping[int, bytes]


def _buddy_seed(mine: Pass, pass_key: bytes, message_id: bytes, nth: int) -> bytes:
    return hmac.new(pass_key, b"buddy\0" + mine.private + message_id + bytes([nth]), sha512).digest()


def bring_along(
    sitting: Sitting, mine: Pass, *, kind: BuddyKind, may_read: bool, pass_key: bytes, message_id: bytes
) -> ReturnCode:
    """A code for somebody who goes along; pressed twice it is the same one. Raises StepNotAllowed, TooBusy.

    The same form makes no code again for whom the visitor has parted from.
    """
    server = server_key()
    for nth in range(_TRIES):
        seed = _buddy_seed(mine, pass_key, message_id, nth)
        code = return_code.new_code(lambda count, seed=seed: seed[:count])  # type: ignore[misc]
        buddy_id, salt = seed[16:32].hex(), seed[-return_code.SALT_BYTES :]
        there = handovers.buddy_by_id(buddy_id, server)
        if there is not None and there.conversation == sitting.held.id:
            return code
        public = keyring.pair_of(conversing.derived(code, salt)).public
        try:
            company.bring_along(
                conversation_id=sitting.held.id,
                visitor_private=mine.private,
                buddy_id=buddy_id,
                kind=kind,
                may_read=may_read,
                lookup=return_code.lookup(code, server.for_codes),
                salt=salt,
                public_key=public,
                wrapped=_for_buddy(sitting, public, may_read=may_read),
                server_key=server,
            )
        except company.CodeTaken:
            continue
        wake(sitting.held.id, sitting.held.label.team)
        return code
    raise TooBusy


def _for_buddy(sitting: Sitting, public: bytes, *, may_read: bool) -> dict[int, bytes]:
    keys = sitting.keys if may_read else plan_keys(sitting)
    return {
        epoch: keyring.wrap(public, key, keyring.grant_context(sitting.held.raw_id, epoch))
        for epoch, key in keys.items()
    }


def let_read(sitting: Sitting, mine: Pass, buddy: BuddyView, *, may_read: bool, moment: datetime) -> None:
    """The conversation too, or the plan alone: then what follows is under keys that this one does not get."""
    is_another = company.let_read(
        conversation_id=sitting.held.id,
        visitor_private=mine.private,
        buddy_id=buddy.id,
        may_read=may_read,
        wrapped=_for_buddy(sitting, buddy.public_key, may_read=may_read),
        server_key=server_key(),
    )
    if not may_read:
        renew(sitting.held.id, mine, moment, is_needed=is_another)
    wake(sitting.held.id, sitting.held.label.team)


def part_from(sitting: Sitting, mine: Pass, buddy: BuddyView, moment: datetime) -> None:
    """This one goes along no longer."""
    company.part_from(
        conversation_id=sitting.held.id, visitor_private=mine.private, buddy_id=buddy.id, server_key=server_key()
    )
    renew(sitting.held.id, mine, moment)


def let_join(sitting: Sitting, mine: Pass, one: HandoverView, *, may_join: bool, moment: datetime) -> None:
    """Somebody of this partner may come in, or no longer: then what follows is under keys that they do not get."""
    guests.let_join(
        handover_id=one.id, conversation_id=sitting.held.id, visitor_private=mine.private, may_join=may_join,
        moment=moment, server_key=server_key(),
    )  # fmt: skip
    if not may_join:
        renew(sitting.held.id, mine, moment)
    wake(sitting.held.id, one.label.desk, one.label.team, kind="state")
    for who in {sitting.held.label.owner, one.label.guest} - {""}:
        tell(settings.ENV.data, f"s:{who}", "inbox")


def along_of(one: Pass) -> Along | None:
    """What the pass of somebody who goes along opens; None when they go along no longer."""
    server = server_key()
    buddy = handovers.buddy_by_id(one.conversation_id, server)
    if buddy is None or buddy.public_key != keyring.pair_of(one.private).public:
        return None
    held = queries.conversation(buddy.conversation, server)
    if held is None:
        return None
    plan, talk = {}, {}
    for grant in queries.grants(held.id, [queries.buddy_tag(server, buddy.id)]):
        with suppress(keyring.KeyDoesNotFit):
            key = keyring.unwrap(one.private, grant.wrapped, keyring.grant_context(held.raw_id, grant.epoch))
            if grant.reason is GrantReason.BUDDY_TALK:
                talk[grant.epoch] = key
                key = keyring.plan_key(key)
            plan[grant.epoch] = key
    return Along(buddy, held, plan, talk if buddy.may_read else {})
