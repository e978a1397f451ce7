"""Random histories of warm hand-overs, of hundreds of steps, with the promises that must hold after every step.

Two desks, three partners with a desk and one without, visitors who say yes, no, nothing, and take it back; the real
timer runs. Whatever happens in whatever order: exactly one side cares for somebody; nobody reads without a living yes
or two signatures; what was taken back is gone, and who had joined opens nothing that follows; every offer ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.records.conversations.people import NOON, SERVER, Member, Reader, Visitor, plain_label, visitor
from tests.records.handovers import people as p
from tests.records.handovers.people import DESKS, LIMITS, PARTNERS, WITHOUT_DESK, Cast, Companion
from voordeur.faces.clock.handovers import Handovers
from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import forgetting
from voordeur.records.conversations import queries as talks
from voordeur.records.conversations.models import Conversation, Grant
from voordeur.records.handovers import actions, company, partner, queries
from voordeur.records.handovers.models import Buddy, Handover, Permission, Remark
from voordeur.records.handovers.queries import HandoverView
from voordeur.records.handovers.steps import NotHere
from voordeur.rules.handover import (
    READABLE_BY_PARTNER,
    UNDER_WAY,
    WITH_A_LIMIT,
    WITH_THE_PARTNER,
    HandoverActor,
    StepNotAllowed,
)
from voordeur.secrecy.keyring import grant_context, new_key, unwrap
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


class Histories(RuleBasedStateMachine):
    """Steps that people and the clock can take, each with what must follow from it."""

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

    def _is_new(self, kept: Kept) -> None:
        """Whoever joined and goes along tries every key they ever held on the newest text."""
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
        handed: list[bool] = []
        if not self._try("complete", lambda: handed.append(p.complete(kept.visitor, one.id, self.moment))):
            if guest is None and one.label.team:
                self.somebody_of_the_partner_joins(data)
            elif before is not None:
                self._mend(kept, before)
            return
        assert handed[0] == (guest is not None)
        if guest is not None:
            kept.was_handed = True
            assert self._owner(kept) is guest and before is not None
            assert talks.for_staff(kept.visitor.id, before.id, SERVER) is None or before is guest
            del self.guests[one.id]

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

    # ---- the desk's side of a hand-over ----

    @step(4, slug=st.sampled_from([*PARTNERS, WITHOUT_DESK]), days=st.sampled_from([0, 2, 30, 180]))
    def is_drafted(self, data: st.DataObject, slug: str, days: int) -> None:
        """Who holds it proposes a partner."""
        found = self._held(data)
        if found is None:
            return
        kept, owner = found
        until = self.moment.date() + timedelta(days=days)
        made: list[HandoverView] = []
        if self._try("draft", lambda: made.append(p.draft(kept.visitor, owner, slug, moment=self.moment, until=until))):
            if data.draw(st.booleans()):
                p.ask(made[0].id, owner, self.moment)

    @step(1)
    def is_asked(self, data: st.DataObject) -> None:
        """Put to the visitor, by who holds it alone."""
        one = self._handover(data, S.DRAFTED)
        if one is None:
            self._on(data)
            return
        who = self._pick(data, list(self.cast.people.values()))
        allowed = self._try("ask", lambda: p.ask(one.id, who, self.moment))
        assert allowed == (who is self._owner(self.kept[one.conversation]))

    @step()
    def the_desk_takes_it_back(self, data: st.DataObject) -> None:
        """Before anything went out."""
        one = self._handover(data, S.DRAFTED, S.ASKED, S.CONSENTED)
        owner = self._owner(self.kept[one.conversation]) if one else None
        if one is not None and owner is not None:
            actions.take_back(handover_id=one.id, staff_id=owner.id, moment=self.moment, server_key=SERVER)
            self._forget(one)

    def _forget(self, one: HandoverView) -> None:
        self.agreed.pop(one.id, None)
        self.laid.pop(one.id, None)
        self.guests.pop(one.id, None)

    @step(2)
    def an_override_is_laid_before_a_second_person(self, data: st.DataObject) -> None:
        """By who holds it, where there is danger and no answer."""
        one = self._handover(data, S.DRAFTED, S.ASKED)
        owner = self._owner(self.kept[one.conversation]) if one else None
        if one is None or owner is None:
            return
        key, is_danger = new_key(), p.held(self.kept[one.conversation].visitor).label.is_danger
        if self._try("lay override", lambda: p.lay_override(one, owner, self.cast, key, moment=self.moment)):
            assert is_danger
            self.laid[one.id] = (owner.id, key)

    @step(2)
    def a_second_person_signs(self, data: st.DataObject) -> None:
        """Anyone but who asked; only what was laid there, and only before the visitor answered."""
        laid = [one for one in self.laid if Handover.objects.filter(pk=one).exists()]
        handover_id = self._pick(data, laid)
        if handover_id is None:
            return
        one = next(view for view, _ in queries.everything(SERVER) if view.id == handover_id)
        self.touched.add(one.conversation)
        asked_by, key = self.laid[handover_id]
        who = self._pick(data, [self.cast.people[name] for name in ("ada", "bea", "cas")])
        if self._try("sign", lambda: p.sign_override(one, who, self.cast, key, self.moment)):
            assert who.id != asked_by and one.label.now in (S.DRAFTED, S.ASKED)
            until = one.label.until_day
            assert until is not None
            self.agreed[one.id] = Agreed("in danger", one.label.team, until, key, frozenset({who.id, asked_by}))
            del self.laid[one.id]

    @step(3)
    def a_step_by_telephone(self, data: st.DataObject) -> None:
        """With a partner without a desk: in their order, then that there was contact, or a no."""
        one = self._handover(data, S.OFFERED, S.ACCEPTED)
        owner = self._owner(self.kept[one.conversation]) if one else None
        if one is None or owner is None:
            return
        left = [done for done in actions.PHONE_STEPS if done not in one.label.steps]
        if one.label.now is S.OFFERED and "agreed" in left[:2]:
            done = self._try("accept by phone", lambda: p.accept(one.id, self.moment, by=A.DESK))
        elif left:
            given: dict[str, Any] = {"handover_id": one.id, "staff_id": owner.id, "server_key": SERVER}
            done = self._try("tick", lambda: actions.tick(done=left[0], **given))
        else:
            made: dict[str, Any] = {"handover_id": one.id, "by": A.DESK, "moment": self.moment, "server_key": SERVER}
            done = self._try("contact by phone", lambda: actions.make_contact(**made))
        assert not (done and one.label.team)

    @step()
    def the_desk_has_seen_that_it_came_back(self, data: st.DataObject) -> None:
        """And puts it away."""
        one = self._handover(data, S.DECLINED, S.EXPIRED)
        if one is not None:
            actions.put_away(handover_id=one.id, teams=[one.label.desk], server_key=SERVER)

    # ---- the visitor's side ----

    @step(6, days=st.sampled_from([0, 1, 30, 180]), text=st.sampled_from(["little", "a lot", "all"]))
    def the_visitor_says_yes(self, data: st.DataObject, days: int, text: str) -> None:
        """To exactly this text for exactly this partner."""
        one = self._handover(data, S.ASKED) or self._handover(data, S.DRAFTED, S.OFFERED)
        if one is None:
            self._on(data)
        else:
            self._yes(one, days, text)

    def _yes(self, one: HandoverView, days: int, text: str) -> None:
        key, until = new_key(), self.moment.date() + timedelta(days=days)
        parcel = p.parcel_for(one, self.cast, text, key)
        someone = self.kept[one.conversation].visitor
        if self._try("yes", lambda: p.say_yes(someone, one, parcel, moment=self.moment, until=until)):
            assert one.label.now is S.ASKED
            self.agreed[one.id] = Agreed(text, one.label.team, until, key)
            self.laid.pop(one.id, None)
        else:
            assert one.label.now is not S.ASKED

    @step(text=st.sampled_from(["less", "more"]), answers=st.booleans())
    def the_visitor_changes_the_text(self, data: st.DataObject, text: str, answers: bool) -> None:
        """Under the same key, with an answer or without one."""
        one = self._handover(data, S.CONSENTED, S.OFFERED, S.ACCEPTED, S.IN_CONTACT)
        yes = self.agreed.get(one.id) if one else None
        if one is None or yes is None:
            return
        someone = self.kept[one.conversation].visitor
        given: dict[str, Any] = {
            "handover_id": one.id, "conversation_id": someone.id, "visitor_private": someone.pair.private,
            "parcel": p.text_for(one.id, yes.key, text),
            "answer": p.text_for(one.id, yes.key, "so") if answers else None,
            "moment": self.moment, "server_key": SERVER,
        }  # fmt: skip
        if self._try("change", lambda: actions.change(**given)):
            assert not yes.signers
            yes.text = text

    @step(any_state=st.booleans())
    def the_visitor_takes_it_back(self, data: st.DataObject, any_state: bool) -> None:
        """Or says no. The visitor's page makes new keys at once."""
        wanted = (S.ACCEPTED, S.IN_CONTACT, S.COMPLETED) if not any_state else tuple(S)
        one = self._handover(data, *wanted)
        if one is None:
            self._on(data)
            return
        kept = self.kept[one.conversation]
        had = self.guests.get(one.id)
        if not self._try("take back", lambda: p.withdraw(kept.visitor, one.id, self.moment)):
            assert one.label.now is S.WITHDRAWN
            return
        self._forget(one)
        row = Handover.objects.get(pk=one.id)
        assert row.parcel is row.parcel_key is row.desk_key is None
        assert not row.remarks.exists()
        if had is not None and had.tag in talks.readers(kept.visitor.id, p.held(kept.visitor).epoch):
            assert had is self._owner(kept) or any(who is had for who in self.guests.values())
        self._renew(kept, by=None)

    @step(may_read=st.booleans())
    def a_buddy_goes_along(self, data: st.DataObject, may_read: bool) -> None:
        """With the plan, or the conversation too."""
        kept = self._conversation(data)
        if kept is None or len(kept.buddies) >= company.MOST_BUDDIES:
            return
        buddy = p.bring(kept.visitor, may_read=may_read)
        kept.buddies[buddy.tag] = (buddy, may_read)
        for one in kept.rightful.values():
            one[buddy.tag] = not may_read

    @step()
    def a_buddy_may_read_all(self, data: st.DataObject) -> None:
        """From now on, and what was said before."""
        kept = self._conversation(data)
        tag = self._pick(data, [tag for tag, (_, may_read) in kept.buddies.items() if not may_read]) if kept else None
        if kept is None or tag is None:
            return
        buddy = kept.buddies[tag][0]
        company.let_read(
            conversation_id=kept.visitor.id, visitor_private=kept.visitor.pair.private, buddy_id=buddy.id,
            may_read=True, wrapped=p.for_buddy(kept.visitor, buddy, may_read=True), server_key=SERVER,
        )  # fmt: skip
        kept.buddies[tag] = (buddy, True)
        for one in kept.rightful.values():
            one[tag] = False

    @step()
    def a_buddy_goes_away(self, data: st.DataObject) -> None:
        """At the visitor's wish; new keys follow at once."""
        kept = self._conversation(data)
        tag = self._pick(data, sorted(kept.buddies)) if kept else None
        if kept is None or tag is None:
            return
        buddy, _ = kept.buddies.pop(tag)
        assert company.part_from(
            conversation_id=kept.visitor.id, visitor_private=kept.visitor.pair.private, buddy_id=buddy.id,
            server_key=SERVER,
        )  # fmt: skip
        assert not buddy.keys(kept.visitor.id)
        self._renew(kept, by=None)

    # ---- the partner's side ----

    @step(4, later=st.sampled_from([0, 0, 1, 48]))
    def a_partner_accepts(self, data: st.DataObject, later: int) -> None:
        """Now or for later."""
        one = self._handover(data, S.OFFERED, has_team=True)
        if one is not None and self._try(
            "accept", lambda: p.accept(one.id, self.moment, at=self.moment + timedelta(hours=later))
        ):
            assert one.id in self.agreed

    @step()
    def a_partner_says_no(self, data: st.DataObject) -> None:
        """Also after contact."""
        one = self._handover(data, S.OFFERED, S.ACCEPTED, S.IN_CONTACT)
        if one is None:
            self._on(data)
            return
        by = A.PARTNER if one.label.team else A.DESK
        given: dict[str, Any] = {"by": by, "word": p.text_for(one.id, new_key(), "sorry")}
        if self._try("decline", lambda: p.decline(one.id, self.moment, **given)):
            self._forget(one)

    @step()
    def a_partner_asks(self, data: st.DataObject) -> None:
        """Something about the text."""
        one = self._handover(data, S.OFFERED, S.ACCEPTED, S.IN_CONTACT)
        if one is None:
            self._on(data)
        else:
            envelope = p.text_for(one.id, self.agreed[one.id].key, "what?")
            self._try(
                "question",
                lambda: partner.ask_question(
                    handover_id=one.id, envelope=envelope, moment=self.moment, server_key=SERVER
                ),
            )

    @step(4)
    def somebody_of_the_partner_joins(self, data: st.DataObject) -> None:
        """And the page of who holds it lets them in."""
        one = self._handover(data, S.OFFERED, S.ACCEPTED, S.ACCEPTED, S.IN_CONTACT, has_team=True)
        if one is None:
            self._on(data)
            return
        who = self._pick(data, [self.cast.people[name] for name, team in p.WHERE.items() if team == one.label.team])
        if self._try("join", lambda: p.join(one.id, who, self.moment)):
            assert one.label.now in (S.ACCEPTED, S.IN_CONTACT)
            self.guests[one.id] = who
            owner = self._owner(self.kept[one.conversation])
            if owner is not None and data.draw(st.booleans()):
                self._mend(self.kept[one.conversation], owner)

    @step()
    def who_joined_leaves(self, data: st.DataObject) -> None:
        """And cannot come back by itself."""
        handover_id = self._pick(data, [one for one in self.guests if Handover.objects.filter(pk=one).exists()])
        if handover_id is not None:
            who = self.guests[handover_id]
            self.touched.add(next(one.conversation for one, _ in queries.everything(SERVER) if one.id == handover_id))
            allowed = self._try(
                "leave", lambda: partner.leave(handover_id=handover_id, staff_id=who.id, server_key=SERVER)
            )
            assert allowed or p.label_of(handover_id).now not in (S.ACCEPTED, S.IN_CONTACT)
            del self.guests[handover_id]

    @step(2)
    def there_was_contact(self, data: st.DataObject) -> None:
        """From here on the partner cares for it."""
        one = self._handover(data, S.ACCEPTED, has_team=True)
        if one is None:
            self._on(data)
        else:
            actions.make_contact(handover_id=one.id, by=A.PARTNER, moment=self.moment, server_key=SERVER)
            self.seen["contact"] += 1

    @step()
    def the_partner_goes_on_by_itself(self, data: st.DataObject) -> None:
        """It has arrived."""
        one = self._handover(data, S.IN_CONTACT)
        if one is None:
            self._on(data)
        else:
            partner.finish(handover_id=one.id, moment=self.moment, server_key=SERVER)
            self.seen["finish"] += 1

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

    # ---- what must hold after every step ----

    def _touched(self) -> list[Kept]:
        """The conversations with which something was done; after a turn of the clock all of them."""
        return [kept for kept in getattr(self, "kept", {}).values() if kept.visitor.id in self.touched]

    def _views(self) -> list[tuple[Kept, HandoverView]]:
        """Their hand-overs as they stand after the step, read once."""
        if self.snapshot is None:
            self.snapshot = [
                (kept, one) for kept in self._touched() for one in queries.handovers_of(kept.visitor.id, SERVER)
            ]
            for _, one in self.snapshot:
                yes = self.agreed.get(one.id)
                if yes is not None and one.label.now is S.EXPIRED and yes.until < self.moment.date():
                    self._forget(one)  # left behind when it was its turn
        return self.snapshot

    @invariant()
    def each_conversation_has_one_owner_or_one_queue(self) -> None:
        """Or is over."""
        queued = {slug: {one.id for one in talks.waiting([slug], SERVER)} for slug in self.cast.teams}
        for kept in self._touched():
            found = p.held(kept.visitor)
            owners = [who for who in self.cast.people.values() if found.owner_tag == who.tag]
            queues = [slug for slug, ids in queued.items() if found.id in ids]
            assert (len(owners), len(queues)) == {
                TalkState.HELD: (1, 0), TalkState.WAITING: (0, 1), TalkState.CLOSED: (0, 0)
            }[found.state]  # fmt: skip

    @invariant()
    def each_hand_over_is_cared_for_by_one_side_and_the_desk_sees_it(self) -> None:
        """Until there was contact, and whenever it came back, it stands on the list of a desk that is there."""
        desks = {one.label.desk for _, one in self._views()}
        lists = {slug: {one.id for one in queries.handovers_of_desk([slug], SERVER)} for slug in desks}
        others = {one.id for one in queries.handovers_of_desk(set(self.cast.teams) - desks, SERVER)}
        for _, one in self._views():
            expected = one.label.now in WITH_A_LIMIT or one.label.is_back
            assert one.label.desk in self.cast.teams and one.id not in others
            assert [slug for slug in desks if one.id in lists[slug]] == ([one.label.desk] if expected else [])

    @invariant()
    def nobody_reads_a_text_without_a_living_yes_or_two_signatures(self) -> None:
        """From the gate of partners comes exactly what was agreed, for exactly that team, or nothing."""
        today = self.moment.date() if hasattr(self, "kept") else NOON.date()
        lists = {slug: {one.id for one in queries.offers_for([slug], SERVER, today)} for slug in self.cast.teams}
        for _, one in self._views():
            yes = self.agreed.get(one.id)
            is_due = yes is not None and bool(yes.team) and one.label.now in READABLE_BY_PARTNER
            is_due = is_due and yes is not None and today <= yes.until
            assert [slug for slug, ids in lists.items() if one.id in ids] == ([yes.team] if yes and is_due else [])
            others = [slug for slug in self.cast.teams if yes is None or slug != yes.team]
            assert queries.offer_for(one.id, others, SERVER, today) is None
            if yes is not None and is_due:
                given = queries.offer_for(one.id, [yes.team], SERVER, today)
                assert given is not None
                assert p.parcel_read(self.cast.teams[yes.team], one, given[1]) == yes.text
                assert not yes.signers or len(yes.signers) == 2

    @invariant()
    def of_what_ended_without_arriving_no_text_is_left(self) -> None:
        """And of what stands there, every text is under its mark."""
        texts = Handover.objects.filter(conversation_id__in=self.touched).values_list("id", "parcel", "parcel_key")
        kept = {name: (parcel, key) for name, parcel, key in texts}
        for _, one in self._views():
            if one.label.now in ENDED_WITHOUT:
                assert kept[one.id] == (None, None)
            assert (kept[one.id][0] is None) == (one.id not in self.agreed)
        assert all(is_marked for _, is_marked in queries.everything(SERVER))

    @invariant()
    def of_partners_that_said_yes_in_turn_one_is_under_way(self) -> None:
        """Only what two people signed for a life in danger waits for nobody."""
        for kept in self._touched():
            views = [one for whose, one in self._views() if whose is kept]
            assert len([one for one in views if one.label.now in UNDER_WAY and not one.label.is_override]) <= 1

    @invariant()
    def each_that_ended_without_a_next_came_back(self) -> None:
        """Marked for the desk, and its conversation is not over, unless somebody was shut out."""
        fresh: dict[str, list[HandoverView]] = {}
        for kept, one in self._views():
            ended = one.label.now in (S.DECLINED, S.EXPIRED)
            if ended and not self.ended.get(one.id):
                fresh.setdefault(kept.visitor.id, []).append(one)
            self.ended[one.id] = ended
        for conversation_id, ended_now in fresh.items():
            kept = self.kept[conversation_id]
            views = queries.handovers_of(conversation_id, SERVER)
            is_waited_for = any(one.label.now in UNDER_WAY for one in views)
            has_back = any(one.label.is_back for one in ended_now)
            assert has_back or is_waited_for
            if has_back:
                assert p.held(kept.visitor).state is not TalkState.CLOSED or kept.is_shut_out

    @invariant()
    def guests_and_buddies_hold_the_keys_of_now_only_while_they_may(self) -> None:
        """What is kept for them, and what they ever could have kept of it."""
        if not hasattr(self, "kept"):
            return
        for kept in self._touched():
            found, may = p.held(kept.visitor), set(kept.buddies)
            may |= {who.tag for one, who in self.guests.items() if self._lets_in(one, kept)}
            may |= {found.owner_tag} if found.owner_tag else set()
            now = {tag for tag, why in talks.readers(found.id, found.epoch).items() if why is R.GUEST}
            now |= {tag for tag in talks.readers(found.id, found.epoch) if tag in kept.buddies}
            assert now <= may or kept.was_handed
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

    @invariant()
    def the_visitor_and_who_holds_it_can_open_everything(self) -> None:
        """The visitor every key; the desk too, as long as it was not handed to people who began later."""
        for kept in self._touched():
            found = p.held(kept.visitor)
            epochs = set(range(found.epoch + 1))
            visitors = kept.visitor.keys(found.id)
            assert visitors.keys() == epochs
            owner = self._owner(kept)
            if owner is not None and not kept.was_handed:
                known = self.cast.known(owner, found.id)
                assert known.keys() == epochs
                assert all(len(key) == 64 and key[:32] == visitors[epoch] for epoch, key in known.items())
            for row in talks.messages(found.id):
                if row.direction not in (Direction.NOTE, Direction.WHISPER):
                    assert p.opens(visitors[row.epoch], kept.visitor, row)


@pytest.fixture
def server(settings: Any) -> Iterator[None]:
    """The timer has the key of these tests."""
    from voordeur.faces.server_key import server_key

    server_key.cache_clear()
    settings.SERVER_SECRET = lambda: b"the server's key of the tests..."
    yield
    server_key.cache_clear()


@pytest.mark.django_db
def test_every_history_of_hand_overs_keeps_its_promises(server: None, tmp_path: Path) -> None:
    Histories.cast, Histories.data_folder, Histories.seen = p.cast(), tmp_path, Counter()
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=4, stateful_step_count=150, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
