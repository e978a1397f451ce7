"""Random histories of conversations, through the same actions as the pages, in the tables of an installation that runs.

A program: it takes how many. Each history is opened by a visitor and then anything that anybody may try, allowed or
not, by turns in two threads, so that steps meet. What is refused must be refused by one of the known sentences; what
is left must read back as it was written. The rest is for `voordeur doctor`.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.trips.histories_onward import Onward
from voordeur.secrecy.envelope import Context, seal, unseal
from voordeur.secrecy.keyring import Pair, grant_context, new_key, new_pair, plan_key, unwrap, wrap
from voordeur.vocabulary import ClosedBecause, Direction, GrantReason, StaffRole, TalkWay, Wish

if TYPE_CHECKING:
    from voordeur.records.conversations.queries import Held

_STEPS = 45


@dataclass
class History:
    """One conversation, and everybody who does something with it."""

    staff: list[int]
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    visitor: Pair = field(default_factory=new_pair)
    written: dict[int, bytes] = field(default_factory=dict)
    is_deleted: bool = False

    def __post_init__(self) -> None:
        from django.conf import settings

        from voordeur.faces.server_key import server_key
        from voordeur.rules.handover import load_limits

        self.server = server_key()
        limits = load_limits(settings.CONTENT / "handover" / "limits.toml")
        self.onward = Onward(self.id, self.staff, self.server, limits)

    def opens(self) -> None:
        """It begins, in the queue of the central team."""
        from voordeur.records.conversations import actions, queries
        from voordeur.records.conversations.label import Label

        keys = new_key() + new_key()
        readers = self._readers("central", None)
        actions.open_conversation(
            conversation_id=self.id,
            visitor_key=self.visitor.public,
            label=Label("central", "central", "nl", Wish.ANYONE, TalkWay.CHAT),
            grants=[
                actions.NewGrant(tag, self._wrapped(why, public, keys, 0), why)
                for tag, (public, why) in readers.items()
            ],
            message=None,
            kept_until=(datetime.now(UTC) + timedelta(days=2)).date(),
            moment=datetime.now(UTC),
            server_key=self.server,
        )
        assert queries.conversation(self.id, self.server) is not None

    def _readers(self, team: str, owner: int | None) -> dict[bytes, tuple[bytes, GrantReason]]:
        from voordeur.records.conversations import queries
        from voordeur.records.staff.queries import staff_by_id, team_by_slug

        found = {queries.visitor_tag(self.server, self.id): (self.visitor.public, GrantReason.VISITOR)}
        group = team_by_slug(team)
        assert group is not None and group.public_key is not None
        found[queries.team_tag(self.server, team)] = bytes(group.public_key), GrantReason.QUEUE
        who = staff_by_id(owner) if owner is not None else None
        if who is not None and who.public_key is not None:
            found[queries.staff_tag(self.server, who.pk)] = bytes(who.public_key), GrantReason.PICKED_UP
        return found

    def _wrapped(self, why: GrantReason, public: bytes, keys: bytes, epoch: int) -> bytes:
        from voordeur.records.conversations.readers import WITHOUT_DESK_KEY

        payload = keys[:32] if why in WITHOUT_DESK_KEY else keys
        if why is GrantReason.BUDDY:
            payload = plan_key(keys[:32])
        return wrap(public, payload, grant_context(bytes.fromhex(self.id), epoch))

    def _keys(self) -> dict[int, bytes]:
        from voordeur.records.conversations import queries

        tag = queries.visitor_tag(self.server, self.id)
        raw, visitor = bytes.fromhex(self.id), self.visitor
        return {
            one.epoch: unwrap(visitor.private, one.wrapped, grant_context(raw, one.epoch))
            for one in queries.grants(self.id, [tag])
        }

    def _held(self) -> Held:
        from voordeur.records.conversations import actions, queries

        found = queries.conversation(self.id, self.server)
        if found is None:
            raise actions.ConversationGone("this conversation is not here")
        return found

    def _owner(self) -> int:
        """Mostly who has it, sometimes another."""
        owner = self._held().label.owner
        return int(owner) if owner and secrets.randbelow(5) else secrets.choice(self.staff)

    def writes(self) -> None:
        """The visitor, or somebody of the desk, writes; sometimes the same once more."""
        from voordeur.records.conversations import actions, queries

        direction = secrets.choice((Direction.VISITOR, Direction.VISITOR, Direction.DESK))
        held, text = self._held(), secrets.token_bytes(secrets.randbelow(900) + 1)
        following = queries.next_sequence(self.id, direction)
        envelope = seal(self._keys()[held.epoch], Context(held.raw_id, direction, following), text)
        message = actions.NewMessage(direction, secrets.token_bytes(16), following, held.epoch, envelope)
        writer = None if direction is Direction.VISITOR else self._owner()
        places = {
            actions.write(
                conversation_id=self.id, message=message, kept_until=(datetime.now(UTC) + timedelta(days=2)).date(),
                moment=datetime.now(UTC), server_key=self.server, writer_id=writer,
            ).place
            for _ in range(secrets.randbelow(2) + 1)
        }  # fmt: skip
        (place,) = places
        self.written[place] = text

    def moves(self) -> None:
        """It is taken up, passed on, given back, closed, left, or marked."""
        from voordeur.records.conversations import actions

        now = datetime.now(UTC)
        same: dict[str, Any] = {"conversation_id": self.id, "server_key": self.server}
        steps: tuple[Callable[[], object], ...] = (
            lambda: actions.pick_up(staff_id=secrets.choice(self.staff), role=StaffRole.RESPONDER, moment=now, **same),
            lambda: actions.pick_up(staff_id=secrets.choice(self.staff), role=StaffRole.PEER, moment=now, **same),
            lambda: actions.pass_on(
                staff_id=self._owner(), team=secrets.choice(("central", "sport")), moment=now, **same
            ),
            lambda: actions.take_over(staff_id=secrets.choice(self.staff), role=StaffRole.COACH, **same),
            lambda: actions.close(
                because=ClosedBecause.FINISHED, is_shut_out=not secrets.randbelow(20), staff_id=self._owner(), **same
            ),
            lambda: actions.leave(**same),
            lambda: actions.mark_danger(**same),
            lambda: actions.note_seen(conversation_id=self.id, place=self._held().last_place),
        )
        secrets.choice(steps)()

    def renews_keys(self) -> None:
        """New keys by who has it, for the team that has it or for another; or a return code for the visitor."""
        from voordeur.records.conversations import actions
        from voordeur.records.handovers.queries import guests_and_buddies

        held = self._held()
        if secrets.randbelow(3) == 0:
            pair = new_pair()
            wrapped = {
                epoch: wrap(pair.public, key, grant_context(held.raw_id, epoch)) for epoch, key in self._keys().items()
            }
            actions.give_code(
                conversation_id=self.id, lookup=secrets.token_bytes(32), salt=secrets.token_bytes(16),
                visitor_key=pair.public, wrapped=wrapped, server_key=self.server,
                kept_until=(datetime.now(UTC) + timedelta(days=90)).date(),
            )  # fmt: skip
            self.visitor = pair
            return
        owner, keys = self._owner(), new_key() + new_key()
        readers = self._readers(secrets.choice((held.label.team, "central", "sport")), owner)
        for one in guests_and_buddies(self.id, self.server):
            readers.setdefault(one.tag, (one.public, one.reason))
        actions.begin_epoch(
            conversation_id=self.id,
            epoch=held.epoch + 1,
            grants={tag: self._wrapped(why, public, keys, held.epoch + 1) for tag, (public, why) in readers.items()},
            expected={tag: why for tag, (_, why) in readers.items()},
            staff_id=owner,
            server_key=self.server,
            visitor_key=self.visitor.public,
        )

    def drafts(self) -> None:
        """Something is typed and kept, or thrown away."""
        from voordeur.records.conversations import drafts

        held, who = self._held(), self._owner()
        envelope = seal(bytes(32), Context(held.raw_id, "f", 1), b"draft")
        drafts.save_draft(
            conversation_id=self.id, staff_id=who, epoch=held.epoch, envelope=envelope, server_key=self.server
        )
        if secrets.randbelow(2):
            drafts.drop_draft(conversation_id=self.id, staff_id=who, server_key=self.server)

    def hands_on(self) -> None:
        """A step of a hand-over, or with somebody who goes along."""
        self.onward.goes(self._owner(), self.visitor.private, self._keys())

    def deletes(self) -> None:
        """One message, and now and then everything."""

        if secrets.randbelow(4) == 0:
            from voordeur.records.conversations import forgetting

            forgetting.delete_conversation(conversation_id=self.id)
            self.is_deleted = True
        elif self.written:
            place = secrets.choice(list(self.written))
            from voordeur.records.conversations import forgetting

            forgetting.delete_message(conversation_id=self.id, place=place)
            del self.written[place]

    def goes_on(self) -> tuple[int, int]:
        """Steps that were done, and steps that were refused."""
        from voordeur.records.conversations.actions import OutOfStep, StepNotAllowed
        from voordeur.records.handovers.steps import NotHere
        from voordeur.rules.handover import StepNotAllowed as OnwardNotAllowed

        self.opens()
        done = refused = 0
        kinds = [
            *(self.writes,) * 5, *(self.moves,) * 5, *(self.renews_keys,) * 3, self.drafts, self.deletes,
            *(self.hands_on,) * 9,
        ]  # fmt: skip
        for _ in range(_STEPS):
            try:
                secrets.choice(kinds)()
                done += 1
            except (StepNotAllowed, OnwardNotAllowed, OutOfStep, NotHere):
                refused += 1
        self._reads_back()
        return done, refused

    def _reads_back(self) -> None:
        from voordeur.records.conversations import queries

        if self.is_deleted:
            assert queries.conversation(self.id, self.server) is None and not queries.messages(self.id)
            return
        keys, raw = self._keys(), bytes.fromhex(self.id)
        read = {
            one.place: unseal(keys[one.epoch], Context(raw, one.direction, one.sequence), one.envelope)
            for one in queries.messages(self.id)
        }
        assert read == self.written


def _in_thread(staff: list[int]) -> tuple[int, int]:
    from django.db import connection

    try:
        return History(staff).goes_on()
    finally:
        connection.close()


def main(count: int) -> None:
    """Live so many histories and say what was done."""
    import django

    django.setup()

    from voordeur.records.staff.queries import all_staff

    staff = [one.pk for one in all_staff()]
    with ThreadPoolExecutor(2) as pool:
        lived = list(pool.map(lambda _: _in_thread(staff), range(count)))
    done, refused = (sum(one[at] for one in lived) for at in (0, 1))
    assert done > 5 * count and refused > count, (done, refused)
    print(f"{count} histories: {done} steps done, {refused} refused")


if __name__ == "__main__":
    main(int(sys.argv[1]))
