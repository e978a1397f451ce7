"""Hand-overs at the desk: who sees and does what, also after somebody arrived, left a team or was never asked."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, b64, epoch_for, server
from tests.faces.desk.onward import Onward, agreement, escrow, override_body
from tests.records.conversations.people import Visitor
from voordeur.records.conversations import queries as talks
from voordeur.records.directory.queries import Directory
from voordeur.records.handovers.label import HandoverLabel
from voordeur.records.handovers.partner import end_guest
from voordeur.records.handovers.queries import guests_and_buddies, handover_of
from voordeur.records.staff import actions as staff_actions
from voordeur.records.staff.queries import audit_lines
from voordeur.secrecy.keyring import new_key, parcel_context, wrap
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db
R = StaffRole


@pytest.fixture
def onward(directory: Directory) -> Onward:
    return Onward()


def holds_keys(who: Colleague, conversation_id: str) -> bool:
    return bool(talks.grants(conversation_id, [talks.staff_tag(server(), who.staff.pk)]))


# ---------------------------------------------------------------- a guest who is of the team no longer


def test_a_guest_reads_and_writes_as_long_as_they_are_of_the_team_that_was_asked(onward: Onward) -> None:
    someone = onward.held()
    onward.joined(someone)
    assert onward.fay.gets("open", id=someone.id)["is_guest"]
    assert [one.who for one in guests_and_buddies(someone.id, server())] == ["guest"]
    other = Group("elsewhere")
    staff_actions.add_member(staff=onward.fay.staff, team=other.team, role=R.RESPONDER, moment=datetime.now(UTC))
    staff_actions.remove_member(staff=onward.fay.staff, team=onward.partners["fier"].team, role=R.RESPONDER)
    assert onward.fay.ask("open", id=someone.id) == NOT_HERE, "a role in another team opens nothing"
    assert onward.fay.ask("read", id=someone.id, after=0) == NOT_HERE
    assert guests_and_buddies(someone.id, server()) == (), "the next keys are not for them"


@pytest.mark.parametrize("role", [{}, {"role": "responder"}])
def test_a_steward_who_ends_a_role_or_login_shows_the_guest_out(onward: Onward, role: dict[str, str]) -> None:
    stella, someone = Colleague("stella", Group("stewards"), R.STEWARD), onward.held()
    name = onward.joined(someone)
    stella.gets("partner_off", team="fier", staff=onward.fay.staff.pk, **role)
    one = handover_of(someone.id, name, server())
    assert one is not None and (one.label.guest, one.label.joins) == ("", False)
    assert not holds_keys(onward.fay, someone.id), "no key of any epoch is left"
    assert onward.ada.gets("open", id=someone.id)["needs_epoch"], "what follows is under new keys"


def test_who_keeps_another_role_in_the_team_stays_a_guest(onward: Onward) -> None:
    stella, someone = Colleague("stella", Group("stewards"), R.STEWARD), onward.held()
    onward.joined(someone)
    team = onward.partners["fier"].team
    staff_actions.add_member(staff=onward.fay.staff, team=team, role=R.COACH, moment=datetime.now(UTC))
    stella.gets("partner_off", team="fier", staff=onward.fay.staff.pk, role="coach")
    assert onward.fay.gets("open", id=someone.id)["is_guest"] and holds_keys(onward.fay, someone.id)


def test_somebody_is_shown_out_of_what_they_joined_for_these_teams_alone(onward: Onward) -> None:
    someone = onward.held()
    name = onward.joined(someone)
    who = onward.fay.staff.pk
    assert end_guest(staff_id=who, teams=["veilig-thuis"], server_key=server()) == []
    assert end_guest(staff_id=onward.gus.staff.pk, server_key=server()) == []
    assert holds_keys(onward.fay, someone.id)
    assert [one.id for one in end_guest(staff_id=who, teams=["fier"], server_key=server())] == [name]
    assert end_guest(staff_id=who, server_key=server()) == []


# ---------------------------------------------------------------- keys


def test_a_guest_gets_no_key_that_was_wrapped_for_others(directory: Directory) -> None:
    onward = Onward(escrow())
    someone = onward.held()
    onward.joined(someone)
    assert {one["reader"] for one in onward.ada.gets("open", id=someone.id)["grants"]} >= {"me", "escrow:central"}
    assert {one["reader"] for one in onward.fay.gets("open", id=someone.id)["grants"]} == {"me"}
    assert {one["reader"] for one in onward.fay.gets("read", id=someone.id, after=0)["grants"]} == {"me"}


def test_new_keys_are_never_for_the_queue_of_a_partner(onward: Onward) -> None:
    from voordeur.records.conversations.readers import readers_after_passing

    someone = onward.held()
    held = talks.conversation(someone.id, server())
    assert held is not None
    for slug, is_taken in (("fier", False), ("central", True)):
        team = {**onward.partners, "central": onward.central}[slug].team
        due = readers_after_passing(held, team, server())
        readers = [{"tag": b64(one.handle(held, server())), "public": b64(one.public), "who": one.who} for one in due]
        body = epoch_for(onward.ada.gets("open", id=someone.id), readers)
        assert (onward.ada.ask("epoch", **body)[0] == 200) == is_taken, slug


# ---------------------------------------------------------------- after arrival


def label_of(someone: Visitor, name: str) -> HandoverLabel:
    found = handover_of(someone.id, name, server())
    assert found is not None
    return found.label


def test_who_goes_on_with_it_sees_the_hand_over_by_which_it_came_and_none_of_others(onward: Onward) -> None:
    someone = onward.held()
    others = [onward.proposed(someone, one) for one in ("veilig-thuis", "moviera")]
    came = onward.arrived(someone)
    assert {one["handover"] for one in onward.ada.gets("handed")["handovers"]} == set(others)
    (seen,) = onward.fay.gets("handovers", id=someone.id)["handovers"]
    assert (seen["handover"], seen["came_in"]) == (came, True)
    assert seen["parcel"]["for_partner"] and seen["parcel"]["for_desk"] is None, "no key of the team that asked"
    own = onward.proposed(someone, "blijf-groep", by=onward.fay)
    rows = onward.fay.gets("handovers", id=someone.id)["handovers"]
    assert [(one["handover"], one["came_in"]) for one in rows] == [(came, True), (own, False)]


def test_who_goes_on_with_it_does_nothing_with_what_others_asked(onward: Onward) -> None:
    someone = onward.held()
    named = onward.proposed(someone, "veilig-thuis")
    onward.ada.gets("danger", id=someone.id)
    onward.ada.gets("override", **override_body(someone, named, onward.central))
    onward.arrived(someone)
    for what, more in {
        "handover_ask": {}, "handover_take_back": {}, "handover_phone": {"done": "called"}, "override_tell": {},
        "override": override_body(someone, named, onward.partners["fier"]),
    }.items():  # fmt: skip
        assert onward.fay.ask(what, **{"id": someone.id, "handover": named, **more}) == NOT_HERE, what
    assert label_of(someone, named).override_by == str(onward.ada.staff.pk)


def test_a_partner_that_marks_danger_marks_what_it_asks_for_itself(onward: Onward) -> None:
    someone = onward.held()
    named = onward.proposed(someone, "veilig-thuis")
    onward.arrived(someone)
    own = onward.proposed(someone, "moviera", by=onward.fay)
    onward.fay.gets("danger", id=someone.id)
    assert (label_of(someone, named).is_danger, label_of(someone, own).is_danger) == (False, True)


def test_the_first_desk_still_marks_all_that_it_asks_for(onward: Onward) -> None:
    someone = onward.held()
    named = onward.proposed(someone, "veilig-thuis")
    onward.ada.gets("danger", id=someone.id)
    assert label_of(someone, named).is_danger


# ---------------------------------------------------------------- by telephone


def test_a_partner_without_a_desk_is_called_by_who_is_there_of_the_team_that_asked(onward: Onward) -> None:
    someone = onward.held()
    named = onward.agreed(someone, "moviera")
    assert label_of(someone, named).state == "offered"
    row = next(one for one in onward.bea.gets("handed")["handovers"] if one["handover"] == named)
    assert (row["is_mine"], row["may_call"], row["conversation"]) == (False, True, "")
    told = onward.bea.gets("team_phone_look", handover=named)
    assert told["parcel"]["for_desk"] and told["ways"]["here"] and told["reasons"]
    for done in ("called", "told"):
        onward.bea.gets("team_phone", handover=named, done=done)
    onward.bea.gets("team_phone", handover=named, done="agreed", **agreement())
    assert label_of(someone, named).state == "accepted"
    onward.bea.gets("team_phone", handover=named, done="introduced")
    onward.bea.gets("team_phone", handover=named, done="contact")
    assert label_of(someone, named).state == "in_contact"
    assert onward.bea.ask("team_phone_look", handover=named) == NOT_HERE, "nothing is left to call about"
    assert deeds()[-6:] == [
        ("bea", "look at phone offer"), ("bea", "phone called"), ("bea", "phone told"), ("bea", "phone agreed"),
        ("bea", "phone introduced"), ("bea", "phone contact"),
    ]  # fmt: skip


def test_what_is_asked_by_telephone_can_be_finished_after_the_conversation_went_on(onward: Onward) -> None:
    someone, sport = onward.held(), Group("sport")
    named = onward.agreed(someone, "moviera")
    readers = onward.ada.gets("pass_on_readers", id=someone.id, team=sport.slug)["readers"]
    onward.ada.gets("epoch", **epoch_for(onward.ada.gets("open", id=someone.id), readers))
    onward.ada.gets("pass_on", id=someone.id, team=sport.slug)
    stan = Colleague("stan", sport, R.RESPONDER)
    stan.picks_up(someone)
    seen = stan.gets("handovers", id=someone.id)["handovers"]
    assert [one["handover"] for one in seen] == [named], "a desk of our own goes on with what another asked"
    assert onward.ada.ask("handover_phone", id=someone.id, handover=named, done="called") == NOT_HERE
    assert stan.ask("team_phone", handover=named, done="called") == NOT_HERE, "not the team that asked"
    onward.ada.gets("team_phone", handover=named, done="called")
    onward.ada.gets("team_phone", handover=named, done="declined", reason="no_place")
    assert label_of(someone, named).state == "declined"


def test_nobody_else_calls_and_no_partner_with_a_desk_is_called(onward: Onward) -> None:
    someone = onward.held()
    called, offered = onward.agreed(someone, "moviera"), onward.proposed(someone, "fier")
    lead = Colleague("lena", onward.central, R.LEAD)
    for who, named in ((lead, called), (onward.fay, called), (onward.gus, called), (onward.bea, offered)):
        assert who.ask("team_phone_look", handover=named) == NOT_HERE
        assert who.ask("team_phone", handover=named, done="called") == NOT_HERE
    row = next(one for one in lead.gets("handed")["handovers"] if one["handover"] == called)
    assert not row["may_call"]


# ---------------------------------------------------------------- what a partner is told

TO_DECIDE = {
    "handover", "name", "organization", "service", "partner_team", "state", "state_text", "due", "due_text", "is_late",
    "until", "may_join", "override",
}  # fmt: skip
WITH_THE_TEXT = {
    "parcel", "remarks", "next_remark", "permission", "language", "conversation", "is_let_in", "ways", "reasons",
}  # fmt: skip
AFTERWARDS = {
    "desk_team", "cares", "since", "is_danger", "agreed_at", "agreed_text", "reason_text", "might", "guest", "joins",
    "is_untold",
}  # fmt: skip


def test_a_partner_is_told_what_it_takes_to_decide_and_the_rest_after_its_yes(onward: Onward) -> None:
    someone = onward.held()
    onward.ada.gets("danger", id=someone.id)
    named = onward.agreed(someone, "fier")
    (waits,), told = onward.fay.gets("handed")["offers"], onward.fay.gets("offer", handover=named)
    assert set(waits) == TO_DECIDE and (waits["override"], waits["may_join"]) == ("", True)
    assert set(told) == TO_DECIDE | WITH_THE_TEXT
    assert told["language"], "whether somebody of theirs speaks it is a reason for a no"
    onward.fay.gets("offer_accept", handover=named, **agreement())
    (waits,), told = onward.fay.gets("handed")["offers"], onward.fay.gets("offer", handover=named)
    assert set(waits) == TO_DECIDE | AFTERWARDS and waits["is_danger"] and waits["desk_team"] == "central"
    assert set(told) == TO_DECIDE | AFTERWARDS | WITH_THE_TEXT


def test_that_the_visitor_was_not_told_of_an_override_the_partner_learns_after_its_yes(onward: Onward) -> None:
    someone = onward.held()
    named = onward.proposed(someone, "fier")
    onward.ada.gets("danger", id=someone.id)
    onward.ada.gets("override", **override_body(someone, named, onward.central))
    waits = onward.bea.gets("override_look", handover=named)
    assert waits["is_untold"], "who signs must know"
    wrapped = wrap(onward.partners["fier"].pair.public, new_key(), parcel_context(bytes.fromhex(named)))
    onward.bea.gets("override_sign", handover=named, for_partner=b64(wrapped))
    (offer,) = onward.fay.gets("handed")["offers"]
    assert set(offer) == TO_DECIDE and offer["override"] == "signed", "that there is no yes is told before"
    onward.fay.gets("offer_accept", handover=named, **agreement())
    told = onward.fay.gets("offer", handover=named)
    assert told["is_untold"] and told["is_danger"]


# ---------------------------------------------------------------- lists


def test_what_an_inbox_asks_again_and_again_loads_no_text_but_of_what_a_partner_can_read(onward: Onward) -> None:
    someone, other = onward.held(), onward.held()
    onward.agreed(someone, "moviera")
    onward.agreed(other, "fier")
    for who, texts in ((onward.ada, 0), (onward.fay, 1)):
        with CaptureQueriesContext(connection) as asked:
            told = who.gets("handed"), who.gets("overrides")
        assert told[0]["handovers" if who is onward.ada else "offers"]
        loads = [one["sql"] for one in asked if re.search(r'"handovers_handover"\."parcel"(?! IS)', one["sql"])]
        assert len(loads) == texts, loads


# ---------------------------------------------------------------- the second signature


def deeds() -> list[tuple[str, str]]:
    return [(one.who, one.what) for one in audit_lines(server(), last=80) if not isinstance(one, int)]


def test_what_waits_for_a_signature_is_told_without_its_text_and_each_look_is_on_the_trail(onward: Onward) -> None:
    someone = onward.held()
    named = onward.proposed(someone, "fier")
    onward.ada.gets("danger", id=someone.id)
    onward.ada.gets("override", **override_body(someone, named, onward.central))
    (waits,) = onward.bea.gets("overrides")["overrides"]
    assert set(waits) == {"handover", "name", "who", "day", "override_is_mine"}
    assert (waits["handover"], waits["name"], waits["who"], waits["override_is_mine"]) == (named, "Fier", "Ada", False)
    assert onward.ada.gets("overrides")["overrides"][0]["override_is_mine"]
    assert not [one for one in deeds() if one[0] == "bea"]
    told = onward.bea.gets("override_look", handover=named)
    assert [one["kind"] for one in told["remarks"]] == ["r", "t"] and told["parcel"]["for_desk"]
    assert deeds()[-1] == ("bea", "look at override")
    assert onward.fay.ask("override_look", handover=named) == NOT_HERE


def test_where_nothing_waits_for_a_signature_there_is_nothing_to_look_at(onward: Onward) -> None:
    someone = onward.held()
    named = onward.proposed(someone, "fier")
    assert onward.bea.ask("override_look", handover=named) == NOT_HERE
    assert onward.bea.gets("overrides") == {"overrides": []}
