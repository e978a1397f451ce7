"""The plan: each version that is kept can be read and deleted for good, one by one or all, also without script."""

from __future__ import annotations

import re
from html import unescape
from types import ModuleType

from tests.faces.visit import onward_side
from tests.faces.visit.conftest import Visitor
from tests.faces.visit.test_onward import begins, boxes, goes, kept
from voordeur.vocabulary import Direction

TEXTS = ("naar tante Bep", "naar de buren", "naar Wil")
DELETED = "Deleted, here and at the desk."


def versions(visitor: Visitor) -> list[str]:
    """What the page shows of each version, the newest first."""
    return [unescape(one) for one in re.findall(r'<p class="said-as-is" dir="auto">([^<]*)</p>', visitor.main)]


def drops(visitor: Visitor, nth: int = 0, **typed: str) -> Visitor:
    """Press the button of a version, with what stands in the boxes."""
    there = re.findall(r'value="(talk:plan-drop:\d+)"', visitor.main)
    return visitor.presses("go", there[nth], **{**boxes(visitor), **typed})


def keeps_all(visitor: Visitor, desk: ModuleType) -> str:
    """Three versions of a plan."""
    conversation = begins(visitor, desk)
    for text in TEXTS:
        goes(visitor, "plan-keep", **{"safe-place": text, "step-0": f"stap {text}"})
    assert versions(visitor) == list(reversed(TEXTS)) and visitor.main.count("the plan now") == 1
    return conversation


def test_each_version_of_a_plan_is_deleted_for_good_and_the_one_before_counts_again(
    visitor: Visitor, desk: ModuleType
) -> None:
    conversation = keeps_all(visitor, desk)
    drops(visitor, 1)
    assert DELETED in visitor.main and versions(visitor) == [TEXTS[2], TEXTS[0]]
    assert boxes(visitor)["safe-place"] == TEXTS[2], "the plan of now is as it was"
    assert kept(conversation, Direction.PLAN) == 2
    drops(visitor)
    assert versions(visitor) == [TEXTS[0]] and boxes(visitor)["safe-place"] == TEXTS[0]
    assert boxes(visitor)["step-0"] == f"stap {TEXTS[0]}" and kept(conversation, Direction.PLAN) == 1
    drops(visitor)
    assert versions(visitor) == [] and boxes(visitor)["safe-place"] == "" and "plan-none" not in visitor.main
    assert "Make a plan" in goes(visitor, "standing").main
    goes(visitor, "plan-drop:1")
    goes(visitor, "plan-drop:999999")
    goes(visitor, "plan-drop:²")
    assert kept(conversation, Direction.PLAN) == 1, "an empty one, which says so to who reads it"


def test_the_whole_plan_is_deleted_with_one_press_also_what_the_desk_wrote(visitor: Visitor, desk: ModuleType) -> None:
    conversation = keeps_all(visitor, desk)
    onward_side.opens()
    desk.picks_up(conversation)
    plan = {"kind": "plan", "by": "Sam", "role": "responder", "plan": {"safety": {"bag": "paspoort"}, "steps": []}}
    onward_side.paper(conversation, plan, Direction.PLAN)
    goes(visitor, "plan")
    assert versions(visitor)[0] == "paspoort" and "Sam" in visitor.main
    visitor.presses("go", "talk:plan-none", **boxes(visitor))
    assert DELETED in visitor.main and versions(visitor) == [] and set(boxes(visitor).values()) == {""}
    assert kept(conversation, Direction.PLAN) == 1
    goes(visitor, "plan-keep", **{"safe-place": "opnieuw"})
    assert versions(visitor) == ["opnieuw"]


def test_what_is_typed_and_not_kept_yet_stays_in_its_boxes(visitor: Visitor, desk: ModuleType) -> None:
    keeps_all(visitor, desk)
    drops(visitor, 0, **{"safe-place": "ik typ nog"})
    assert boxes(visitor)["safe-place"] == "ik typ nog" and versions(visitor) == [TEXTS[1], TEXTS[0]]


def test_who_was_shut_out_deletes_a_plan_too(visitor: Visitor, desk: ModuleType) -> None:
    conversation = keeps_all(visitor, desk)
    desk.closes(conversation, is_shut_out=True)
    goes(visitor, "plan")
    drops(visitor)
    assert versions(visitor) == [TEXTS[1], TEXTS[0]] and kept(conversation, Direction.PLAN) == 2
    visitor.presses("go", "talk:plan-none")
    assert versions(visitor) == [] and kept(conversation, Direction.PLAN) == 0
