"""The pages of a conversation: what they say, and what they must not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType

import pytest

from tests.faces.visit.conftest import Visitor, talks, words_of_code
from voordeur.faces.visit.house import house
from voordeur.faces.visit.passes import FRAME, read_pass
from voordeur.faces.visit.talk import open_text
from voordeur.records.staff.models import Duty

#: A Wednesday in winter, by the clock of Amsterdam two hours before and after the doors' hours (10:00-22:00).
IN_HOURS, BEFORE = datetime(2026, 11, 25, 12, 0, tzinfo=UTC), datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
KINDS: dict[str, Callable[[Visitor], Visitor]] = {
    "talk": lambda visitor: visitor.comes_in().presses("go", "talk"),
    "conversation": lambda visitor: talks(visitor),
    "without frame": lambda visitor: talks(visitor).presses("go", "talk:plain"),
    "code": lambda visitor: talks(visitor).presses("go", "talk:code"),
    "delete": lambda visitor: talks(visitor).presses("go", "talk:wipe"),
    "deleted": lambda visitor: talks(visitor).presses("go", "talk:wipe").presses("go", "talk:wiped"),
    "return": lambda visitor: visitor.comes_in().presses("go", "talk").presses("go", "talk:return"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_has_the_way_out_the_number_and_a_title_that_tells_nothing(
    visitor: Visitor, desk: ModuleType, kind: str
) -> None:
    KINDS[kind](visitor)
    assert visitor.page.status_code == 200
    assert re.findall("<title>(.*?)</title>", visitor.text) == ["Start · Voordeur"]
    assert visitor.text.index('id="exit"') < visitor.text.index("<header")
    assert "tel:112" in visitor.text and visitor.page.headers["Cache-Control"] == "no-store"
    policy = visitor.page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-src 'self'" in policy and "unsafe" not in policy
    assert (
        not re.findall(r'(?:src|href|action)="(?:https?:)?//', visitor.text.replace("rel=", ""))[:1] or kind == "talk"
    )


def test_who_answers_is_said_as_it_is(desk: ModuleType) -> None:
    door = next(one for one in house().doorway.doors if one.id == "central")
    Duty.objects.all().delete()
    expected, closed = open_text(door, "en", IN_HOURS), open_text(door, "en", BEFORE)
    assert "nobody is at the desk" in expected and "48 hours" in expected
    assert "Nobody answers now" in closed and "10" in closed
    assert "now, until" not in expected + closed


def test_when_sam_is_on_duty_that_is_said_too(visitor: Visitor, desk: ModuleType) -> None:
    door = next(one for one in house().doorway.doors if one.id == "central")
    said = open_text(door, "en", datetime.now(UTC))
    assert "now" in said and "nobody is at the desk" not in said


def test_the_address_of_the_frame_holds_no_code_and_no_word(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "secretword").presses("go", "talk:code")
    words = words_of_code(visitor)
    (frame,) = re.findall(r'<iframe src="([^"]*)"', visitor.main)
    one = read_pass(frame.split("/")[3], house().pass_key, visitor.address[1:], FRAME)
    assert one.code is None and not [word for word in (*words, "secretword") if word in frame]


def test_the_page_tells_the_script_nothing_of_the_code(visitor: Visitor, desk: ModuleType) -> None:
    def told() -> dict[str, str]:
        return dict(re.findall(r' data-(\w+)="([^"]*)"', visitor.main))

    talks(visitor)
    before = told()
    visitor.presses("go", "talk:code")
    words = words_of_code(visitor)
    visitor.presses("go", "talk")
    data = told()
    assert (before["guard"], data["guard"]) == ("", "1")
    # A word of the code can be one of the page's own.
    assert before["words"] == data["words"]
    assert not [word for word in words if re.search(rf"\b{word}\b", data["keys"])]


def test_the_conversation_stands_in_every_page_of_the_visit_and_in_no_address(
    visitor: Visitor, desk: ModuleType
) -> None:
    talks(visitor)
    for go in ("library", "danger", "safety", "home"):
        visitor.presses("go", go)
        assert "c" in visitor.hidden
        assert visitor.hidden["c"] not in "".join(re.findall(r'(?:href|action|src)="([^"]*)"', visitor.text))


def test_that_another_answers_is_shown_with_the_name_and_the_role(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor)
    one = desk.newest()
    for kind in ("joined", "coach_reads", "passed_on", "closed"):
        desk.replies(one, "", kind=kind)
    visitor.presses("go", "talk:plain")
    shown = re.findall(r'class="theirs">.*?class="text"[^>]*>([^<]*)<', visitor.main)
    assert len(shown) == 4 and all("Sam" in text for text in shown)


def test_to_whom_a_conversation_was_passed_on_is_said_by_the_name_of_their_door(
    visitor: Visitor, desk: ModuleType
) -> None:
    talks(visitor, "hello there")
    one = desk.newest()
    for to in ({"nl": "Speelveld", "en": "Playing field"}, {"nl": "Speelveld"}, {}, "nonsense", None):
        desk.replies(one, "", kind="passed_on", to=to)
    told = [
        "to the people of Playing field.", "to the people of Speelveld.", "to the people of another desk of ours.",
        "to a colleague.", "to a colleague.",
    ]  # fmt: skip
    visitor.presses("go", "talk:plain", l="en")
    shown = re.findall(r'class="theirs">.*?class="text"[^>]*>([^<]*)<', visitor.main)
    assert len(shown) == 5
    for text, expected in zip(shown, told, strict=True):
        assert f"Sam passes you on {expected}" in text
