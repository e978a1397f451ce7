"""Where things stand, and what the visitor must not see there; no page is locked by what was stored before."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from tests.faces.visit.conftest import Visitor, talks
from tests.faces.visit.test_onward import CHANGED, CONTACT, agrees, begins, boxes, goes, note, partner
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import onward
from voordeur.records.conversations import queries
from voordeur.records.handovers import actions, company
from voordeur.records.handovers import queries as handovers
from voordeur.rules.handover import StepNotAllowed
from voordeur.rules.safe_contact import Window
from voordeur.vocabulary import HandoverState as S

__all__ = ["partner"]


def test_no_name_of_who_joined_stands_there_until_it_is_asked_for(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    handover = partner.proposes(begins(visitor, desk))
    agrees(visitor, handover)
    partner.accepts_and_joins(handover)
    goes(visitor, "standing")
    assert "Somebody of organisation 1" in visitor.main and "Fenna" not in visitor.main and "Fier" not in visitor.main
    goes(visitor, "names")
    assert "Fenna" in visitor.main and "Somebody of organisation" not in visitor.main


@pytest.mark.parametrize("how", ["taken back", "expired"])
def test_what_was_never_put_to_the_visitor_is_never_seen(
    visitor: Visitor, partner: ModuleType, desk: ModuleType, how: str
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.drafts(conversation)
    moment = datetime.now(UTC)
    if how == "taken back":
        actions.take_back(handover_id=handover, staff_id=desk.sam(), moment=moment, server_key=server_key())
    else:
        late = moment + timedelta(days=400)
        actions.expire(handover_id=handover, moment=late, limits=partner.LIMITS, server_key=server_key())
    assert partner.label(handover).now in (S.WITHDRAWN, S.EXPIRED)
    assert "Organisation 1" not in goes(visitor, "standing").main and "Nothing has been passed on" in visitor.main
    for verb in ("ask", "given"):
        assert "Where things stand" in goes(visitor, f"{verb}:{handover}").main
    empty = goes(visitor, "").main.count("talk:standing")
    asked = partner.proposes(conversation)
    goes(visitor, f"no:{asked}")
    assert partner.label(asked).now is S.WITHDRAWN
    assert goes(visitor, "standing").main.count("<article") == 1, "what was put to the visitor stays"
    assert empty <= goes(visitor, "").main.count("talk:standing")


def test_the_pages_of_a_conversation_teach_no_keyboard_what_is_typed(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    visitor.comes_in().presses("go", "talk")
    pages = [visitor.main]
    handover = partner.proposes(begins(visitor, desk))
    for verb in ("", "plan", "contact", f"ask:{handover}", "return"):
        pages.append(goes(visitor, verb).main)
    talks(visitor, "once more")
    found = 0
    for page in pages:
        for tag in re.findall(r'<textarea[^>]*>|<input type="text"[^>]*>', page):
            found += 1
            assert all(f'{name}="{value}"' in tag for name, value in (
                ("spellcheck", "false"), ("autocorrect", "off"), ("autocapitalize", "off"), ("autocomplete", "off"),
            )), tag  # fmt: skip
    assert found > 15


def test_a_rule_that_cannot_be_read_locks_no_page(
    visitor: Visitor, partner: ModuleType, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    monkeypatch.setattr(company, "read", lambda said: None)
    monkeypatch.setattr(onward, "Window", lambda days, *_: Window(days, 1440, 10))
    goes(visitor, "contact-keep", **CONTACT)
    assert handovers.permission_of(conversation, server_key()).contact is not None
    for verb in ("contact", f"ask:{handover}"):
        assert goes(visitor, verb).page.status_code == 200
        assert "In no other way." in visitor.main


def test_how_to_reach_the_visitor_is_passed_on_only_when_they_tick_it(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    handover = partner.proposes(begins(visitor, desk))
    goes(visitor, "contact-keep", **{**CONTACT, "number": "06 and no more", "word": ""})
    goes(visitor, f"ask:{handover}")
    ticks = dict(re.findall(r'<input type="checkbox" name="(in-[a-z]+)" value="1"( checked)?>', visitor.main))
    assert ticks.pop("in-contact") == "", "not by itself"
    assert ticks and set(ticks.values()) == {" checked"}


# ---- somebody of theirs in the conversation ----


def tick_of(visitor: Visitor) -> str:
    """Whether the box of coming in is ticked."""
    found = re.search(r'<input type="checkbox" name="join" value="1"( checked)?>', visitor.main)
    assert found
    return found[1] or ""


def test_that_somebody_may_come_in_is_an_empty_box_and_keeps_what_was_chosen(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    handover = partner.proposes(begins(visitor, desk))
    goes(visitor, f"ask:{handover}")
    assert tick_of(visitor) == "", "nothing is given that was not chosen"
    texts = {**boxes(visitor), "in-story": "1"}
    for more, ticked in (({}, ""), ({"join": "1"}, " checked")):
        goes(visitor, f"yes:{handover}", **{**texts, "until": "ooit"}, **more)
        assert partner.label(handover).now is S.ASKED and tick_of(visitor) == ticked
    goes(visitor, f"yes:{handover}", **texts)
    assert (partner.label(handover).now, partner.label(handover).may_join) == (S.OFFERED, False)


def test_the_visitor_lets_them_in_later_and_not_any_more_without_another_yes(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    agrees(visitor, handover, may_join=False)
    let_in, let_out = f"talk:let-in:{handover}", f"talk:let-out:{handover}"
    goes(visitor, "standing")
    assert let_in not in visitor.main and let_out not in visitor.main, "nobody was accepted yet"
    goes(visitor, f"let-in:{handover}")
    assert CHANGED in note(visitor) and not partner.label(handover).may_join
    partner.accepts(handover)
    before = partner.parcel(handover)
    assert "You decide whether they come in." in goes(visitor, "").main
    visitor.presses("go", "talk:standing")
    assert "They want to talk with you here." in visitor.main and let_out not in visitor.main
    visitor.presses("go", let_in)
    assert partner.label(handover).may_join and partner.parcel(handover) == before, "the yes is the same"
    assert "They want to talk" not in visitor.main and let_in not in visitor.main
    partner.joins(handover)
    partner.lets_in(conversation)
    assert partner.reads_along(conversation) and "Somebody of organisation 1" in goes(visitor, "standing").main
    epoch = desk.held(conversation).epoch
    visitor.presses("go", let_out)
    assert not partner.reads_along(conversation) and desk.held(conversation).epoch == epoch + 1
    assert not desk.label(conversation).is_stale, "the new keys are there in the same request"
    assert "Somebody of organisation 1" not in visitor.main and let_in in visitor.main
    label = partner.label(handover)
    assert (label.now, label.may_join, label.guest, label.joins) == (S.ACCEPTED, False, "", False)
    assert partner.parcel(handover) == before and partner.has(handover) == partner.PARTS
    with pytest.raises(StepNotAllowed):
        partner.joins(handover)
    goes(visitor, f"given:{handover}")
    assert let_in in visitor.main, "also beside what they have"
    typed = {**boxes(visitor), "text-story": "ik typ nog"}
    for press, now in ((let_in, True), (let_out, False)):
        visitor.presses("go", press, **typed)
        assert partner.label(handover).may_join is now and boxes(visitor)["text-story"] == "ik typ nog"
    assert partner.has(handover) == partner.PARTS, "what was typed is kept by its own button alone"


def test_a_tick_that_is_taken_back_before_anybody_comes_makes_no_new_keys(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    agrees(visitor, handover)
    epoch = desk.held(conversation).epoch
    goes(visitor, "standing").presses("go", f"talk:let-out:{handover}")
    assert not partner.label(handover).may_join and desk.held(conversation).epoch == epoch
    for verb in ("let-in", "let-out"):
        assert "Where things stand" in goes(visitor, f"{verb}:{'0' * 32}").main


# ---- what went out without a yes ----

WENT_OUT = "Zij zit op zolder en hij is beneden."


def test_after_an_override_the_visitor_reads_exactly_what_went_out(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    partner.overrides(conversation, handover, WENT_OUT, is_untold=False)
    assert WENT_OUT not in goes(visitor, "standing").main, "the text stands behind a button"
    visitor.presses("go", f"talk:given:{handover}")
    assert WENT_OUT in visitor.main and "a life was in danger" in visitor.main and "What they have" in visitor.main
    assert "because" not in re.sub("because it thought", "", visitor.main), "the reason is for the desk"
    assert not [one for one in queries.messages(conversation) if WENT_OUT.encode() in one.envelope]
    # The partner says no: it is gone there, and the visitor still knows what they have read.
    partner.declines(handover, "Wij zitten vol.", partner.key_of(handover))
    goes(visitor, f"given:{handover}")
    assert WENT_OUT in visitor.main and "What was passed on to them" in visitor.main
    assert "What they have read, they know." in visitor.main and "Wij zitten vol." in visitor.main


def test_what_is_taken_back_after_an_override_can_still_be_read_by_the_visitor(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    partner.overrides(conversation, handover, WENT_OUT, is_untold=False)
    goes(visitor, f"back:{handover}")
    assert partner.label(handover).now is S.WITHDRAWN
    visitor.presses("go", f"talk:given:{handover}")
    assert WENT_OUT in visitor.main and "What was passed on to them" in visitor.main


def test_an_override_that_is_not_told_shows_nothing_until_it_is(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    key = partner.overrides(conversation, handover, WENT_OUT, is_untold=True)
    for verb in ("standing", "names", f"given:{handover}", "", "plain"):
        goes(visitor, verb)
        assert WENT_OUT not in visitor.main and "without asking you" not in visitor.main
    # Even a paper that was laid too early shows nothing.
    partner.lays(conversation, handover, key, WENT_OUT)
    assert WENT_OUT not in goes(visitor, f"given:{handover}").main
    partner.tells(handover)
    assert "without asking you" in goes(visitor, "standing").main
    assert WENT_OUT in goes(visitor, f"given:{handover}").main


def test_where_the_text_of_an_override_cannot_be_opened_the_page_says_so(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    partner.overrides(conversation, handover, WENT_OUT, is_untold=False, is_laid=False)
    goes(visitor, f"given:{handover}")
    assert "does not open here. Ask the desk what it was." in visitor.main and WENT_OUT not in visitor.main
