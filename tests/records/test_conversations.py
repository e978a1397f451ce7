"""Random histories of conversations, with the promises that must hold after every step.

Two teams, four people of the desk, visitors with and without codes. Whatever happens in whatever order: a conversation
has one owner or one queue; what was acknowledged is there once and in order; the keys of the present epoch are exactly
with those who are due, and the visitor can open everything; who was taken off opens nothing that follows; after
deleting and forgetting nothing is left.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.records.conversations.people import (
    KEPT,
    KEPT_WITH_CODE,
    NOON,
    SERVER,
    Member,
    Reader,
    Visitor,
    desk_message,
    member,
    new_epoch,
    plain_label,
    sealed,
    team,
    visitor,
)
from voordeur.records.conversations import actions, forgetting, queries
from voordeur.records.conversations.actions import NewMessage, OutOfStep, StepNotAllowed
from voordeur.records.conversations.models import Conversation, Draft, Grant, Message
from voordeur.secrecy.keyring import grant_context, new_pair, wrap
from voordeur.vocabulary import ClosedBecause, Direction, GrantReason, TalkState

R = GrantReason
TALK = (Direction.VISITOR, Direction.DESK)


@dataclass
class Kept:
    """What the test knows of one conversation, beside the rows."""

    visitor: Visitor
    team: str = "central"
    owner: Member | None = None
    coach: Member | None = None
    state: TalkState = TalkState.WAITING
    is_shut_out: bool = False
    has_code: bool = False
    epoch: int = 0
    due: dict[bytes, GrantReason] = field(default_factory=dict)
    said: list[tuple[int, Direction, str, bytes]] = field(default_factory=list)
    sent: list[tuple[NewMessage, int | None, int]] = field(default_factory=list)
    readable: dict[bytes, set[int]] = field(default_factory=dict)
    kept_until: Any = KEPT


class Histories(RuleBasedStateMachine):
    """Steps that people can take, each with what must follow from it."""

    @initialize()
    def begin(self) -> None:
        """Nobody is at the door yet."""
        for kind in (Draft, Message, Grant, Conversation):
            kind.objects.all().delete()
        self.moment = NOON
        self.teams = {slug: team(slug) for slug in ("central", "sport")}
        self.staff = {number: member(number) for number in (1, 2, 3, 4)}
        self.kept: dict[str, Kept] = {}
        self.gone: list[str] = []

    def _any(self, data: st.DataObject, *states: TalkState, **facts: object) -> Kept | None:
        found = [
            one
            for one in self.kept.values()
            if (not states or one.state in states) and all(getattr(one, name) == said for name, said in facts.items())
        ]
        return data.draw(st.sampled_from(found)) if found else None

    def _reader(self, one: Kept, tag: bytes) -> Reader:
        everybody: list[Reader] = [one.visitor, *self.teams.values(), *self.staff.values()]
        return next(reader for reader in everybody if reader.tag == tag)

    def _new_epoch(self, one: Kept, due: dict[bytes, GrantReason]) -> None:
        assert one.owner is not None
        new_epoch(one.visitor.id, one.owner, {self._reader(one, tag): reason for tag, reason in due.items()})
        self._is_now(one, due)

    def _is_now(self, one: Kept, due: dict[bytes, GrantReason]) -> None:
        one.epoch += 1
        one.due = due
        for tag in due:
            one.readable.setdefault(tag, set()).add(one.epoch)

    @rule(slug=st.sampled_from(["central", "sport"]))
    def opens(self, slug: str) -> None:
        """Somebody comes to the door."""
        if len(self.kept) >= 4:
            return
        someone = visitor()
        someone.opens(self.teams[slug], "hello", label=plain_label(slug))
        one = Kept(someone, slug, due={someone.tag: R.VISITOR, self.teams[slug].tag: R.QUEUE})
        first = queries.messages(someone.id)[0]
        one.said.append((1, Direction.VISITOR, "hello", first.message_id))
        one.readable = {someone.tag: {0}, self.teams[slug].tag: {0}}
        self.kept[someone.id] = one

    @rule(data=st.data(), text=st.text(min_size=1, max_size=300), is_behind=st.booleans())
    def visitor_writes(self, data: st.DataObject, text: str, is_behind: bool) -> None:
        """The visitor writes; sometimes with what their page knew before something changed."""
        one = self._any(data)
        if one is None:
            return
        message = one.visitor.message(text)
        if is_behind and one.epoch > 0:
            old = one.visitor.keys(one.visitor.id)[one.epoch - 1]
            stale = sealed(one.visitor.id, old, Direction.VISITOR, message.sequence, one.epoch - 1, text)
            if not one.is_shut_out:
                with pytest.raises(OutOfStep):
                    self._write(one, stale, None)
        if one.is_shut_out:
            with pytest.raises(StepNotAllowed):
                self._write(one, message, None)
            return
        self._acknowledged(one, message, None, text)
        if one.state is TalkState.CLOSED:
            one.state = TalkState.WAITING

    def _write(self, one: Kept, message: NewMessage, writer: int | None) -> actions.Written:
        until = KEPT_WITH_CODE if one.has_code else KEPT
        return actions.write(
            conversation_id=one.visitor.id,
            message=message,
            kept_until=until,
            moment=self.moment,
            server_key=SERVER,
            writer_id=writer,
        )

    def _acknowledged(self, one: Kept, message: NewMessage, writer: int | None, text: str) -> None:
        place = self._write(one, message, writer).place
        one.said.append((place, message.direction, text, message.message_id))
        one.sent.append((message, writer, place))
        one.kept_until = max(one.kept_until, KEPT_WITH_CODE if one.has_code else KEPT)

    @rule(data=st.data())
    def sends_again(self, data: st.DataObject) -> None:
        """The line broke after it arrived: the same message once more, whatever happened since."""
        one = self._any(data)
        alive = [sent for sent in one.sent if sent[2] in {said[0] for said in one.said}] if one else []
        if one is None or not alive:
            return
        message, writer, place = data.draw(st.sampled_from(alive))
        again = self._write(one, message, writer)
        assert (again.place, again.is_again) == (place, True)

    @rule(data=st.data(), number=st.sampled_from([1, 2, 3, 4]), has_key=st.booleans())
    def picks_up(self, data: st.DataObject, number: int, has_key: bool) -> None:
        """Somebody takes it up and makes new keys; of a team that keeps a key, or of one that does not."""
        one = self._any(data)
        if one is None:
            return
        given = {"conversation_id": one.visitor.id, "staff_id": number, "role": "peer", "moment": self.moment}
        if one.state is not TalkState.WAITING:
            with pytest.raises(StepNotAllowed):
                actions.pick_up(**given, server_key=SERVER)  # type: ignore[arg-type]
            return
        actions.pick_up(**given, server_key=SERVER)  # type: ignore[arg-type]
        one.state, one.owner, one.coach = TalkState.HELD, self.staff[number], None
        due = {one.visitor.tag: R.VISITOR, one.owner.tag: R.PICKED_UP}
        if has_key:
            due[self.teams[one.team].tag] = R.QUEUE
        self._new_epoch(one, due)

    @rule(data=st.data(), text=st.text(min_size=1, max_size=300), direction=st.sampled_from(["d", "w", "n"]))
    def desk_writes(self, data: st.DataObject, text: str, direction: str) -> None:
        """The owner writes, and nobody else can."""
        one = self._any(data, TalkState.HELD)
        if one is None:
            return
        assert one.owner is not None
        message = desk_message(one.visitor.id, one.owner, text, Direction(direction))
        for stranger in set(self.staff.values()) - {one.owner, one.coach}:
            with pytest.raises(StepNotAllowed):
                self._write(one, message, stranger.id)
        self._acknowledged(one, message, one.owner.id, text)

    @rule(data=st.data(), number=st.sampled_from([1, 2, 3, 4]))
    def a_coach_joins(self, data: st.DataObject, number: int) -> None:
        """A coach gets the keys of what follows."""
        one = self._any(data, TalkState.HELD)
        if one is None or one.owner is self.staff[number]:
            return
        due = {tag: reason for tag, reason in one.due.items() if reason is not R.COACH}
        one.coach = self.staff[number]
        self._new_epoch(one, {**due, one.coach.tag: R.COACH})

    @rule(data=st.data())
    def the_coach_takes_over(self, data: st.DataObject) -> None:
        """The coach goes on; who had it is taken off."""
        one = self._any(data, TalkState.HELD)
        if one is None or one.coach is None or one.owner is None:
            return
        before = one.owner
        actions.take_over(conversation_id=one.visitor.id, staff_id=one.coach.id, role="coach", server_key=SERVER)
        one.owner, one.coach = one.coach, None
        with pytest.raises(StepNotAllowed):
            self._write(one, desk_message(one.visitor.id, before, "I am still here"), before.id)
        self._new_epoch(one, {one.visitor.tag: R.VISITOR, one.owner.tag: R.TAKEN_OVER})

    @rule(data=st.data(), slug=st.sampled_from(["central", "sport"]))
    def passes_on(self, data: st.DataObject, slug: str) -> None:
        """To the queue of a team, once that team has the keys."""
        one = self._any(data, TalkState.HELD)
        if one is None:
            return
        assert one.owner is not None
        given = {"conversation_id": one.visitor.id, "staff_id": one.owner.id, "team": slug, "moment": self.moment}
        if self.teams[slug].tag not in one.due:
            with pytest.raises(StepNotAllowed):
                actions.pass_on(**given, server_key=SERVER)  # type: ignore[arg-type]
        self._new_epoch(one, {one.visitor.tag: R.VISITOR, self.teams[slug].tag: R.QUEUE})
        actions.pass_on(**given, server_key=SERVER)  # type: ignore[arg-type]
        one.state, one.owner, one.coach, one.team = TalkState.WAITING, None, None, slug

    @rule(data=st.data(), is_shut_out=st.booleans())
    def closes(self, data: st.DataObject, is_shut_out: bool) -> None:
        """The owner ends it; nobody else can."""
        one = self._any(data, TalkState.HELD)
        if one is None:
            return
        assert one.owner is not None
        given: dict[str, Any] = {"because": ClosedBecause.FINISHED, "is_shut_out": is_shut_out, "server_key": SERVER}
        other = next(who for who in self.staff.values() if who is not one.owner)
        with pytest.raises(StepNotAllowed):
            actions.close(conversation_id=one.visitor.id, staff_id=other.id, **given)
        actions.close(conversation_id=one.visitor.id, staff_id=one.owner.id, **given)
        one.state, one.owner, one.coach, one.is_shut_out = TalkState.CLOSED, None, None, is_shut_out

    @rule(data=st.data())
    def leaves(self, data: st.DataObject) -> None:
        """Leave now: without a code it is over."""
        one = self._any(data)
        if one is None:
            return
        actions.leave(conversation_id=one.visitor.id, server_key=SERVER)
        if not one.has_code and one.state is not TalkState.CLOSED:
            one.state, one.owner, one.coach = TalkState.CLOSED, None, None

    @rule(data=st.data())
    def makes_a_code(self, data: st.DataObject) -> None:
        """From now on another key, for everything that was said too."""
        one = self._any(data)
        if one is None:
            return
        pair, keys, raw = new_pair(), one.visitor.keys(one.visitor.id), bytes.fromhex(one.visitor.id)
        actions.give_code(
            conversation_id=one.visitor.id,
            lookup=secrets.token_bytes(32),
            salt=secrets.token_bytes(16),
            visitor_key=pair.public,
            wrapped={epoch: wrap(pair.public, key, grant_context(raw, epoch)) for epoch, key in keys.items()},
            kept_until=KEPT_WITH_CODE,
            server_key=SERVER,
        )
        one.visitor = Visitor(one.visitor.tag, pair, id=one.visitor.id)
        one.has_code, one.kept_until = True, KEPT_WITH_CODE

    @rule(data=st.data())
    def the_visitors_side_lets_the_team_read_again(self, data: st.DataObject) -> None:
        """Back at a conversation whose team holds no key: new keys, before anything is written."""
        one = self._any(data, TalkState.CLOSED, TalkState.WAITING)
        if one is None or self.teams[one.team].tag in one.due:
            return
        due = {one.visitor.tag: R.VISITOR, self.teams[one.team].tag: R.QUEUE}
        raw = bytes.fromhex(one.visitor.id)
        context = grant_context(raw, one.epoch + 1)
        keys = secrets.token_bytes(64)
        actions.begin_epoch(
            conversation_id=one.visitor.id,
            epoch=one.epoch + 1,
            grants={
                tag: wrap(self._reader(one, tag).pair.public, keys[:32] if tag == one.visitor.tag else keys, context)
                for tag in due
            },
            expected=due,
            staff_id=None,
            server_key=SERVER,
        )
        self._is_now(one, due)

    @rule(number=st.sampled_from([1, 2, 3, 4]))
    def somebody_does_not_come_back(self, number: int) -> None:
        """What they owned waits again."""
        mine = [one for one in self.kept.values() if one.owner is self.staff[number]]
        assert actions.give_back(staff_id=number, moment=self.moment, server_key=SERVER) == len(mine)
        for one in mine:
            one.state, one.owner, one.coach = TalkState.WAITING, None, None

    @rule(data=st.data())
    def deletes_one_message(self, data: st.DataObject) -> None:
        """The visitor takes back one of the messages that both see."""
        one = self._any(data)
        places = [place for place, direction, _, _ in one.said if direction in TALK] if one else []
        if one is None or not places:
            return
        place = data.draw(st.sampled_from(places))
        assert forgetting.delete_message(conversation_id=one.visitor.id, place=place)
        one.said = [said for said in one.said if said[0] != place]

    @rule(data=st.data())
    def deletes_everything(self, data: st.DataObject) -> None:
        """The visitor takes back all of it."""
        one = self._any(data)
        if one is not None:
            forgetting.delete_conversation(conversation_id=one.visitor.id)
            self._forgotten(one)

    def _forgotten(self, one: Kept) -> None:
        self.gone.append(one.visitor.id)
        del self.kept[one.visitor.id]

    @precondition(lambda self: self.kept)
    @rule(days=st.sampled_from([2, 3, 91]))
    def time_passes(self, days: int) -> None:
        """The clock forgets what is past its day, as it stands after so many days."""
        moment = NOON + timedelta(days=days)
        past = [one for one in self.kept.values() if one.kept_until < moment.date()]
        assert forgetting.forget(moment=moment) == len(past)
        for one in past:
            self._forgotten(one)

    @invariant()
    def each_has_one_owner_or_one_queue(self) -> None:
        """As the rows say it, and as their labels say it; nothing waits or is held twice."""
        for one in getattr(self, "kept", {}).values():
            found = queries.conversation(one.visitor.id, SERVER)
            assert found is not None
            assert (found.state, found.owner_tag) == (one.state, one.owner.tag if one.owner else None)
            assert found.label.owner == (str(one.owner.id) if one.owner else "")
            # The visitor waits in a queue, or for the answer of who holds it; never in one that is closed.
            if one.state is TalkState.WAITING:
                assert found.label.since
            elif one.state is TalkState.CLOSED:
                assert not found.label.since
            queued = [slug for slug in self.teams if queries.waiting_in(found.id, [slug], SERVER)]
            owners = [
                who.id for who in self.staff.values() if found.id in {x.id for x in queries.owned(who.id, SERVER)}
            ]
            assert queued == ([one.team] if one.state is TalkState.WAITING else [])
            assert owners == ([one.owner.id] if one.owner else [])

    @invariant()
    def what_was_acknowledged_is_there_once_and_in_order(self) -> None:
        """Nothing lost, nothing twice, nothing in another place; and the visitor reads all that is theirs."""
        for one in getattr(self, "kept", {}).values():
            rows = queries.messages(one.visitor.id)
            assert [(row.place, row.direction, row.message_id) for row in rows] == [
                (place, direction, message_id) for place, direction, _, message_id in one.said
            ]
            assert one.visitor.reads(one.visitor.id, TALK) == [text for _, way, text, _ in one.said if way in TALK]

    @invariant()
    def the_keys_of_now_are_with_who_is_due_and_old_keys_with_who_had_them(self) -> None:
        """Exactly the readers of the epoch; nobody has keys of an epoch that was not theirs."""
        for one in getattr(self, "kept", {}).values():
            assert queries.readers(one.visitor.id, one.epoch) == one.due
            assert one.visitor.keys(one.visitor.id).keys() == set(range(one.epoch + 1))
            for reader in (*self.teams.values(), *self.staff.values()):
                assert reader.keys(one.visitor.id).keys() == one.readable.get(reader.tag, set())

    @invariant()
    def of_what_is_gone_nothing_is_left(self) -> None:
        """No row of any kind."""
        for conversation_id in getattr(self, "gone", []):
            assert queries.conversation(conversation_id, SERVER) is None
            for kind in (Grant, Message, Draft):
                assert not kind.objects.filter(conversation_id=conversation_id).exists()


@pytest.mark.django_db
def test_every_history_keeps_its_promises() -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
