"""Safe contact: after “nobody may reach me” no number and no code word of before is left."""

from __future__ import annotations

from datetime import UTC, datetime
from types import ModuleType

import pytest

from tests.faces.visit import onward_side
from tests.faces.visit.conftest import Visitor
from tests.faces.visit.test_onward import CONTACT, begins, boxes, goes, kept
from voordeur.faces.server_key import server_key
from voordeur.records.handovers import company
from voordeur.records.handovers import queries as handovers
from voordeur.vocabulary import Direction


def keeps_three(visitor: Visitor, desk: ModuleType) -> str:
    """Three times another number."""
    conversation = begins(visitor, desk)
    for number in range(3):
        goes(visitor, "contact-keep", **{**CONTACT, "number": f"06 {number}"})
    assert kept(conversation, Direction.PAPER) == 3
    return conversation


@pytest.mark.parametrize("how", ["nobody", "no to each way"])
def test_after_no_contact_no_number_and_no_code_word_of_before_is_left(
    visitor: Visitor, desk: ModuleType, how: str
) -> None:
    conversation = keeps_three(visitor, desk)
    if how == "nobody":
        goes(visitor, "contact-none")
    else:
        goes(visitor, "contact-keep", **{**CONTACT, "way-phone": "no", "number": "", "word": ""})
    assert (boxes(visitor)["number"], boxes(visitor)["word"]) == ("", "")
    assert kept(conversation, Direction.PAPER) == 1, "the one that says so"


def test_also_who_was_shut_out_leaves_no_number(visitor: Visitor, desk: ModuleType) -> None:
    conversation = keeps_three(visitor, desk)
    desk.closes(conversation, is_shut_out=True)
    goes(visitor, "contact-none")
    assert kept(conversation, Direction.PAPER) == 0 and boxes(visitor)["number"] == ""


@pytest.mark.parametrize("verb", ["contact", "standing"])
def test_what_the_desk_wrote_down_on_the_telephone_counts_as_soon_as_the_visitor_is_there(
    visitor: Visitor, desk: ModuleType, verb: str
) -> None:
    conversation = keeps_three(visitor, desk)
    desk.picks_up(conversation)
    goes(visitor, verb)
    assert kept(conversation, Direction.PAPER) == 3, "as long as contact is permitted all stay"
    onward_side.paper(conversation, {"t": "", "kind": "contact", "number": "", "word": ""})
    company.permit(
        conversation_id=conversation, rule=None, moment=datetime.now(UTC), owner_id=desk.sam(), server_key=server_key()
    )
    assert kept(conversation, Direction.PAPER) == 4
    goes(visitor, verb)
    assert kept(conversation, Direction.PAPER) == 1
    assert handovers.permission_of(conversation, server_key()).contact is None
