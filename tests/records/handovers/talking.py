"""Random histories of hand-overs, first half: choosing, keys, and what happens in the conversations themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.records.conversations.people import NOON, SERVER, Member, Reader, Visitor, plain_label, visitor
from tests.records.handovers import people as p
from tests.records.handovers.people import DESKS, LIMITS, PARTNERS, Cast, Companion
from voordeur.faces.clock.handovers import Handovers
from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import forgetting
from voordeur.records.conversations import queries as talks
from voordeur.records.conversations.models import Conversation, Grant
from voordeur.records.handovers import queries
from voordeur.records.handovers.models import Buddy, Handover, Permission, Remark
from voordeur.records.handovers.queries import HandoverView
from voordeur.records.handovers.steps import NotHere
from voordeur.rules.handover import (
    UNDER_WAY,
    WITH_A_LIMIT,
    WITH_THE_PARTNER,
    HandoverActor,
    StepNotAllowed,
)
from voordeur.secrecy.keyring import grant_context, unwrap
from voordeur.vocabulary import ClosedBecause, Direction, GrantReason, HandoverState, TalkState

S = HandoverState
R = GrantReason
A = HandoverActor
#: What a step may answer when it cannot be taken; anything else is a fault.
REFUSED = (StepNotAllowed, NotHere, conversations.StepNotAllowed)
COMPANY = (R.GUEST, R.BUDDY, R.BUDDY_TALK)
ENDED_WITHOUT = (S.DECLINED, S.EXPIRED, S.WITHDRAWN)


@dataclass
class Agreed:
    """What somebody said yes to, or two people signed: which text, for which team, until when, under which key."""

    text: str
    team: str
    until: date
    key: bytes
    signers: frozenset[int] = frozenset()


@dataclass
class Kept:
    """What the test knows of one conversation, beside the rows."""

    visitor: Visitor
    was_handed: bool = False
    is_shut_out: bool = False
    buddies: dict[bytes, tuple[Companion, bool]] = field(default_factory=dict)
    #: Of each epoch: who could rightly read it, and whether only the plan.
    rightful: dict[int, dict[bytes, bool]] = field(default_factory=dict)


#: Every step, as often as its weight, with what is drawn for it.
STEPS: list[tuple[Callable[..., None], dict[str, st.SearchStrategy[Any]]]] = []


def step(weight: int = 1, **drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Keep a method as a step of the histories."""

    def keep(method: Callable[..., None]) -> Callable[..., None]:
        STEPS.extend([(method, drawn)] * weight)
        return method

    return keep


class Talking(RuleBasedStateMachine):
    """Steps that people and the clock can take, each with what must follow from it."""

    # Steps of the second half, to which a history can lead from here.
    is_drafted: Any
    _yes: Any
    a_step_by_telephone: Any
    a_partner_accepts: Any
    somebody_of_the_partner_joins: Any
    each_that_ended_without_a_next_came_back: Any

    cast: Cast
    data_folder: Path
    seen: Counter[str]

    @initialize()
    def begin(self) -> None:
        """Nobody is at the door yet."""
        Conversation.objects.all().delete()
        self.moment = NOON
        self.timer = Handovers(LIMITS, self.data_folder)
        self.kept: dict[str, Kept] = {}
        self.agreed: dict[str, Agreed] = {}
        self.laid: dict[str, tuple[int, bytes]] = {}
        self.guests: dict[str, Member] = {}
        self.ended: dict[str, bool] = {}
        self.cached: dict[tuple[bytes, str], list[bytes]] = {}
        self.last_grant = 0
        self.touched: set[str] = set()
        self.snapshot: list[tuple[Kept, HandoverView]] | None = None

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One of the steps below; not one rule for each, for hypothesis leaves out rules, and these need each other."""
        self.touched, self.snapshot = set(), None
        taken, strategies = data.draw(st.sampled_from(STEPS))
        taken(self, data, **{name: data.draw(one) for name, one in strategies.items()})

    # ---- choosing ----

    def _pick(self, data: st.DataObject, options: list[Any]) -> Any:
        return data.draw(st.sampled_from(options)) if options else None

    def _conversation(self, data: st.DataObject, *states: TalkState) -> Kept | None:
        found = [one for one in self.kept.values() if not states or p.held(one.visitor).state in states]
        chosen: Kept | None = self._pick(data, found)
        self.touched |= {chosen.visitor.id} if chosen else set()
        return chosen

    def _handover(
        self, data: st.DataObject, *states: HandoverState, has_team: bool | None = None
    ) -> HandoverView | None:
        found = [
            one
            for kept in self.kept.values()
            for one in queries.handovers_of(kept.visitor.id, SERVER)
            if one.label.now in states and (has_team is None or bool(one.label.team) == has_team)
        ]
        chosen: HandoverView | None = self._pick(data, found)
        self.touched |= {chosen.conversation} if chosen else set()
        return chosen

    def _held(self, data: st.DataObject) -> tuple[Kept, Member] | None:
        """One that somebody holds; where there is none, somebody takes one up, and the history goes on from there."""
        kept = self._conversation(data, TalkState.HELD)
        owner = self._owner(kept) if kept else None
        if kept is not None and owner is not None:
            return kept, owner
        if self._conversation(data, TalkState.WAITING) is not None:
            self.picks_up(data)
        elif len(self.kept) < 3:
            self.somebody_comes(data, slug="central", is_danger=True)
        else:
            self.the_visitor_writes(data, direction=Direction.VISITOR)
        return None

    def _on(self, data: st.DataObject) -> None:
        """Nothing stands where a step was meant: one hand-over goes a natural step further instead."""
        one = self._handover(data, *WITH_A_LIMIT - {S.CONSENTED, S.IN_CONTACT})
        if one is None:
            self.is_drafted(data, slug=data.draw(st.sampled_from(PARTNERS)), days=30)
        elif one.label.now is S.DRAFTED:
            owner = self._owner(self.kept[one.conversation])
            if owner is not None:
                p.ask(one.id, owner, self.moment)
        elif one.label.now is S.ASKED:
            self._yes(one, 30, "some")
        elif not one.label.team:
            self.a_step_by_telephone(data)
        elif one.label.now is S.OFFERED:
            self.a_partner_accepts(data, later=0)
        else:
            self.somebody_of_the_partner_joins(data)

    def _owner(self, kept: Kept) -> Member | None:
        tag = p.held(kept.visitor).owner_tag
        return next((one for one in self.cast.people.values() if one.tag == tag), None)

    def _try(self, name: str, deed: Callable[[], Any]) -> bool:
        """Take a step; whether it was allowed."""
        try:
            deed()
        except REFUSED:
            self.seen[f"{name}: no"] += 1
            return False
        self.seen[name] += 1
        return True

    # ---- keys and messages ----

    def _renew(self, kept: Kept, *, by: Member | None, to_team: str = "") -> None:
        """New keys for exactly who is due, as the server says; and who that must be, as the test knows it."""
        due = p.due_of(kept.visitor, self.moment, to_team)
        known = self.cast.known(by, kept.visitor.id) if by else None
        p.new_keys(kept.visitor, due, by=by, known=known)
        epoch, tag_of_owner = p.held(kept.visitor).epoch, p.held(kept.visitor).owner_tag
        rightful = {who.tag: False for one, who in self.guests.items() if self._lets_in(one, kept)}
        rightful |= {buddy.tag: not may_read for buddy, may_read in kept.buddies.values()}
        kept.rightful[epoch] = rightful
        assert {one.tag for one in due if one.reason in COMPANY} == set(rightful) - {tag_of_owner}

    def _lets_in(self, handover_id: str, kept: Kept) -> bool:
        one = queries.handover_of(kept.visitor.id, handover_id, SERVER)
        return one is not None and handover_id in self.agreed and one.label.now in (S.ACCEPTED, *WITH_THE_PARTNER)

    def _learn_keys(self) -> None:
        """Whoever joined and goes along keeps every key that was ever wrapped for them, rightly."""
        everybody: dict[bytes, Reader] = {one.tag: one for one in self.cast.people.values()}
        for kept in self.kept.values():
            everybody |= {tag: buddy for tag, (buddy, _) in kept.buddies.items()}
        for grant in Grant.objects.filter(pk__gt=self.last_grant).order_by("pk"):
            self.last_grant = grant.pk
            if grant.reason in COMPANY:
                tag, context = bytes(grant.reader_tag), grant_context(bytes.fromhex(grant.conversation_id), grant.epoch)
                key = unwrap(everybody[tag].pair.private, bytes(grant.wrapped), context)
                self.cached.setdefault((tag, grant.conversation_id), []).append(key)
                assert tag in self.kept[grant.conversation_id].rightful[grant.epoch]

    def _is_new(self, kept: Kept) -> None:
        """Whoever joined and goes along tries every key they ever held on the newest text."""
        self._learn_keys()  # keys can have been made in this very step
        row = talks.messages(kept.visitor.id)[-1]
        may, reasons = kept.rightful[row.epoch], talks.readers(kept.visitor.id, row.epoch)
        for (tag, conversation_id), keys in self.cached.items():
            answers = reasons.get(tag, R.GUEST) not in COMPANY  # by now they hold it, with the keys of who does
            if conversation_id != kept.visitor.id or answers:
                continue
            is_rightful = tag in may and (not may[tag] or row.direction is Direction.PLAN)
            is_rightful = is_rightful and row.direction not in (Direction.NOTE, Direction.WHISPER)
            can = any(p.opens(key, kept.visitor, row) for key in keys)
            assert can == is_rightful, (row.direction, row.epoch, reasons.get(tag))

    # ---- from here on, what happens; the first is the simplest for hypothesis, and leads through all ----

    @step(1)
    def the_visitor_says_the_first_desk_may_go(self, data: st.DataObject) -> None:
        """Who joined and has the keys of now goes on."""
        one = self._handover(data, S.ACCEPTED, S.IN_CONTACT)
        if one is None:
            self._on(data)
            return
        kept, guest, before = (
            self.kept[one.conversation],
            self.guests.get(one.id),
            self._owner(self.kept[one.conversation]),
        )
        readers = talks.readers(kept.visitor.id, p.held(kept.visitor).epoch)
        is_in = guest is not None and readers.get(guest.tag) is R.GUEST
        is_in = is_in and p.held(kept.visitor).state is TalkState.HELD
        handed: list[bool] = []
        if not self._try("complete", lambda: handed.append(p.complete(kept.visitor, one.id, self.moment))):
            if guest is None and one.label.team:
                self.somebody_of_the_partner_joins(data)
            elif before is not None:
                self._mend(kept, before)
            return
        assert handed[0] == is_in
        self.guests.pop(one.id, None)
        if guest is not None and is_in:
            kept.was_handed = True
            assert self._owner(kept) is guest and before is not None
            assert talks.for_staff(kept.visitor.id, before.id, SERVER) is None or before is guest

    # ---- the conversation ----

    @step(2, slug=st.sampled_from(DESKS), is_danger=st.booleans())
    def somebody_comes(self, data: st.DataObject, slug: str, is_danger: bool) -> None:
        """Somebody comes to the door."""
        if len(self.kept) >= 3:
            return
        someone = visitor()
        someone.opens(self.cast.teams[slug], label=plain_label(slug, is_danger=is_danger))
        self.kept[someone.id] = Kept(someone, rightful={0: {}})
        self.touched.add(someone.id)

    @step(3)
    def picks_up(self, data: st.DataObject) -> None:
        """Somebody of its team takes it up, and makes new keys."""
        kept = self._conversation(data, TalkState.WAITING)
        if kept is None:
            return
        slug = p.held(kept.visitor).label.team
        who = self._pick(data, [self.cast.people[name] for name, team in p.WHERE.items() if team == slug])
        conversations.pick_up(
            conversation_id=kept.visitor.id, staff_id=who.id, role="responder", moment=self.moment, server_key=SERVER
        )
        self._renew(kept, by=who)

    @step(2, direction=st.sampled_from([Direction.VISITOR, Direction.PLAN, Direction.PAPER]))
    def the_visitor_writes(self, data: st.DataObject, direction: Direction) -> None:
        """To the desk, in the plan, or a paper."""
        kept = self._conversation(data)
        if kept is not None:
            keys = kept.visitor.keys(kept.visitor.id)[p.held(kept.visitor).epoch]
            if self._try(
                "visitor writes", lambda: p.writes(kept.visitor, keys, direction, by=None, moment=self.moment)
            ):
                self._is_new(kept)
            else:
                assert kept.is_shut_out

    @step(2, direction=st.sampled_from([Direction.DESK, Direction.NOTE, Direction.PLAN, Direction.PAPER]))
    def who_holds_it_writes(self, data: st.DataObject, direction: Direction) -> None:
        """And makes new keys first when others are due, as their page does."""
        found = self._held(data)
        if found is None:
            return
        kept, owner = found
        self._mend(kept, owner)
        keys = owner.keys(kept.visitor.id)[p.held(kept.visitor).epoch]
        p.writes(kept.visitor, keys, direction, by=owner, moment=self.moment)
        self._is_new(kept)

    def _mend(self, kept: Kept, owner: Member) -> None:
        from voordeur.records.conversations.readers import needs_epoch

        if needs_epoch(p.held(kept.visitor), p.due_of(kept.visitor, self.moment)):
            self._renew(kept, by=owner)

    @step()
    def the_owners_page_makes_new_keys(self, data: st.DataObject) -> None:
        """When others are due than those who read now."""
        kept = self._conversation(data, TalkState.HELD)
        owner = self._owner(kept) if kept else None
        if kept is not None and owner is not None:
            self._mend(kept, owner)

    @step(2, name=st.sampled_from(sorted(name for name, team in p.WHERE.items() if team in PARTNERS)))
    def somebody_of_a_partner_writes(self, data: st.DataObject, name: str) -> None:
        """Only who is let in, with the keys of now."""
        kept, who = self._conversation(data), self.cast.people[name]
        if kept is None or who is self._owner(kept):
            return
        epoch = p.held(kept.visitor).epoch
        keys = (self.cached.get((who.tag, kept.visitor.id)) or [bytes(32)])[-1]
        if self._try("guest writes", lambda: p.writes(kept.visitor, keys, Direction.DESK, by=who, moment=self.moment)):
            assert who.tag in kept.rightful[epoch]
            self._is_new(kept)

    @step(slug=st.sampled_from(DESKS))
    def is_passed_on(self, data: st.DataObject, slug: str) -> None:
        """To the queue of a desk, which gets every key that the owner can open."""
        found = self._held(data)
        if found is None:
            return
        kept, owner = found
        self._mend(kept, owner)
        self._renew(kept, by=owner, to_team=slug)
        conversations.pass_on(
            conversation_id=kept.visitor.id, staff_id=owner.id, team=slug, moment=self.moment, server_key=SERVER
        )

    @step()
    def waits_again(self, data: st.DataObject) -> None:
        """Who held it is not there any more."""
        kept = self._conversation(data, TalkState.HELD)
        owner = self._owner(kept) if kept else None
        if kept is not None and owner is not None:
            conversations.release(
                conversation_id=kept.visitor.id, owner_id=owner.id, moment=self.moment, server_key=SERVER
            )

    @step(is_shut_out=st.sampled_from([False] * 9 + [True]))
    def is_closed(self, data: st.DataObject, is_shut_out: bool) -> None:
        """By who holds it."""
        kept = self._conversation(data, TalkState.HELD)
        owner = self._owner(kept) if kept else None
        if kept is not None and owner is not None:
            conversations.close(
                conversation_id=kept.visitor.id, because=ClosedBecause.FINISHED, is_shut_out=is_shut_out,
                server_key=SERVER, staff_id=owner.id,
            )  # fmt: skip
            kept.is_shut_out = is_shut_out

    @step(really=st.sampled_from([False, False, False, True]))
    def everything_is_deleted(self, data: st.DataObject, really: bool) -> None:
        """The visitor takes back all of it: nothing of any kind is left."""
        kept = self._conversation(data)
        if kept is None or not really:
            return
        forgetting.delete_conversation(conversation_id=kept.visitor.id)
        del self.kept[kept.visitor.id]
        for kind in (Handover, Buddy, Permission, Grant):
            assert not kind.objects.filter(conversation_id=kept.visitor.id).exists()
        assert not Remark.objects.filter(handover__conversation_id=kept.visitor.id).exists()

    # ---- the clock ----

    @step(3, hours=st.sampled_from([0, 0.1, 0.25, 0.5, 0.5, 1, 1, 3, 6, 26, 100, 400]))
    def the_clock_turns(self, data: st.DataObject, hours: float) -> None:
        """Time passes, and the real timer looks."""
        self.moment += timedelta(hours=hours)
        self._turn()

    @step(hours=st.sampled_from([0.5, 5, 30, 30, 200]))
    def the_clock_stands_still(self, data: st.DataObject, hours: float) -> None:
        """Time passes and no timer runs: also then nobody reads a day longer than was said."""
        self.moment += timedelta(hours=hours)
        self.touched = set(self.kept)

    def _turn(self) -> None:
        self.touched, self.snapshot = set(self.kept), None
        self.timer.look(self.moment)
        self.timer.ask(self.moment)
        for view in queries.all_open(SERVER):
            assert self._due(view) > self.moment, (view.label.state, view.label.since)
        states = {one.id: one.label.now for one, _ in queries.everything(SERVER)}
        for handover_id, yes in list(self.agreed.items()):
            is_over = states.get(handover_id, S.EXPIRED) in (S.EXPIRED, S.DECLINED)
            if is_over or yes.until < self.moment.date():
                del self.agreed[handover_id]
                self.guests.pop(handover_id, None)

    def _due(self, view: HandoverView) -> datetime:
        """Until when it may stand so, reckoned anew from the file of limits."""
        label, limit = view.label, LIMITS.of[view.label.now]
        begins = datetime.fromisoformat(label.since)
        if label.now is S.ACCEPTED:
            begins = max(begins, datetime.fromisoformat(label.agreed_at))
        due = begins + timedelta(hours=limit.danger_hours if label.is_danger else limit.hours)
        if label.now in (S.CONSENTED, *UNDER_WAY):
            after = datetime.fromisoformat(label.until + "T00:00:00+00:00") + timedelta(days=1)
            due = min(due, after)
        return due

    def teardown(self) -> None:
        """Whatever was begun: when nobody does anything any more, the clock ends it."""
        if not hasattr(self, "kept"):
            return
        for _ in range(12):
            self.moment += timedelta(days=70)
            self._turn()
            self.each_that_ended_without_a_next_came_back()
        assert not [one for one, _ in queries.everything(SERVER) if one.label.now in WITH_A_LIMIT]
        assert not Handover.objects.exclude(parcel=None).exists()
