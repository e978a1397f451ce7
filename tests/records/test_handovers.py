"""Random histories of warm hand-overs, of hundreds of steps, with the promises that must hold after every step.

Two desks, three partners with a desk and one without, visitors who say yes, no, nothing, and take it back; the real
timer runs. Whatever happens in whatever order: exactly one side cares for somebody; nobody reads without a living yes
or two signatures; what was taken back is gone, and who had joined opens nothing that follows; every offer ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, run_state_machine_as_test

from tests.records.conversations.people import NOON, SERVER
from tests.records.handovers import people as p
from tests.records.handovers.people import PARTNERS, WITHOUT_DESK
from tests.records.handovers.talking import ENDED_WITHOUT, A, Agreed, Kept, R, S, Talking, step
from voordeur.records.conversations import queries as talks
from voordeur.records.handovers import actions, company, partner, queries
from voordeur.records.handovers.models import Handover
from voordeur.records.handovers.queries import HandoverView
from voordeur.rules.handover import (
    READABLE_BY_PARTNER,
    UNDER_WAY,
    WITH_A_LIMIT,
)
from voordeur.secrecy.keyring import new_key
from voordeur.vocabulary import Direction, TalkState


class Histories(Talking):
    """Steps that people and the clock take, and what must hold after each."""

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
        self._learn_keys()

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
            max_examples=4,
            stateful_step_count=150,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
