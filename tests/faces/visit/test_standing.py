"""Where things stand, and what the visitor must not see there; no page is locked by what was stored before."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from tests.faces.visit.conftest import Visitor, talks
from tests.faces.visit.test_onward import CONTACT, agrees, begins, goes, partner
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import onward
from voordeur.records.handovers import actions, company
from voordeur.records.handovers import queries as handovers
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
