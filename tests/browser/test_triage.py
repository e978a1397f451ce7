"""Triage beside a conversation in a real browser: asked by keyboard, judged otherwise with a reason, kept sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import NewContext
from tests.browser.staffed_house import PATIENCE, AtTheDoor, Person, StaffedHouse
from tests.browser.test_axe import axe, violations

__all__ = ["axe"]
Visits = Callable[..., AtTheDoor]


@pytest.fixture(autouse=True)
def _nobody_there(both_sides: StaffedHouse) -> Iterator[None]:
    """Each test begins with an empty house."""
    expect.set_options(timeout=PATIENCE)
    both_sides.does("off_work")
    yield
    both_sides.does("empties")


@pytest.fixture
def visits(both_sides: StaffedHouse, new_context: NewContext) -> Visits:
    """Somebody comes to the door and writes."""

    def come(text: str, *, wish: str = "") -> AtTheDoor:
        return AtTheDoor(both_sides, new_context().new_page(), text, wish=wish)

    return come


def _question(person: Person, conversation_id: str, text: str) -> Locator:
    return person.part(conversation_id, "triage-panel").locator("fieldset", has_text=text)


def _opens(person: Person, conversation_id: str) -> None:
    person.part(conversation_id, "triage").click()
    person.part(conversation_id, "need").filter(has_text="listens").wait_for()


def test_asked_judged_otherwise_and_kept_as_a_sealed_note(both_sides: StaffedHouse, visits: Visits, axe: str) -> None:
    noor = both_sides.person("noor")
    someone = visits("ik weet het niet meer")
    noor.picks_up(someone.id)
    _opens(noor, someone.id)
    part = partial(noor.part, someone.id)
    expect(part("acute-level")).to_have_text("not known")
    expect(part("structural-level")).to_have_text("not known")
    noor.page.keyboard.press("Tab")  # from the panel on by keyboard
    _question(noor, someone.id, "Is something happening").get_by_role("radio", name="now", exact=True).focus()
    noor.page.keyboard.press("Space")
    expect(part("acute-level")).to_have_text("there is danger")
    expect(part("acute-reasons")).to_contain_text("Something is happening now.")
    expect(part("structural-level")).to_have_text("not known")
    expect(part("triage-first").locator("li").first).to_contain_text("Call the emergency number together")
    focused = noor.page.evaluate("document.activeElement.value")
    assert focused == "now"  # what was answered keeps the focus when more questions come

    _question(noor, someone.id, "Was a knife").get_by_role("radio", name="yes", exact=True).check()
    expect(part("structural-level")).to_have_text("there is danger")
    press = _question(noor, someone.id, "Has anybody ever squeezed your throat")
    press.get_by_role("radio", name="yes", exact=True).check()
    expect(part("triage-paths")).to_contain_text("Pressure on the throat")

    part("structural-otherwise").locator("summary").click()
    part("structural-said").select_option("possible")
    part("triage-keep").click()
    expect(part("triage-wrong")).to_have_text("Write why you judge otherwise.")
    expect(part("structural-because")).to_be_focused()
    part("structural-because").fill("It was long ago, with somebody who died")
    assert violations(noor.page.context.new_cdp_session(noor.page), axe) == []
    part("triage-keep").click()
    expect(part("triage-kept")).to_have_text("kept in the conversation, sealed")
    note = noor.line(someone.id, "Danger now: there is danger", "inside-log")
    note.wait_for()
    expect(note).to_contain_text("triage")
    expect(note).to_contain_text("Danger that goes on: possible")
    expect(note).to_contain_text("somebody who died")
    stored = both_sides.stored()
    for secret in (b"somebody who died", b"Something is happening now", b"Danger now: "):
        assert secret not in stored
    assert "somebody who died" not in someone.page.content()

    noor.page.reload()
    noor.unlocks()
    noor.looks_at(someone.id)
    part("triage").click()
    expect(part("structural-because")).to_have_value("It was long ago, with somebody who died")
    expect(part("structural-said")).to_have_value("possible")
    expect(part("acute-level")).to_have_text("there is danger")
    expect(part("triage-kept")).to_have_text("kept in the conversation, sealed")
    assert _question(noor, someone.id, "Was a knife").get_by_role("radio", name="yes", exact=True).is_checked()
    noor.page.keyboard.press("Escape")
    expect(part("triage")).to_be_focused()
    noor.clears()
    assert "somebody who died" not in noor.page.content()
    assert noor.faults == []


def test_a_situation_asks_on_and_a_question_goes_into_the_text_in_the_visitors_language(
    both_sides: StaffedHouse, visits: Visits
) -> None:
    noor = both_sides.person("noor")
    someone = visits("op mijn werk")
    noor.picks_up(someone.id)
    _opens(noor, someone.id)
    panel = noor.part(someone.id, "triage-panel")
    assert _question(noor, someone.id, "Can that person decide").count() == 0
    panel.locator(".situation > summary").click()
    panel.locator("summary", has_text="Where it happens").click()
    panel.get_by_role("checkbox", name="work", exact=True).check()
    decide = _question(noor, someone.id, "Can that person decide")
    decide.locator("summary").click()
    expect(decide.locator("ul")).to_contain_text("IOC consensus statement")
    decide.get_by_role("button", name="Put in my text").click()
    expect(noor.part(someone.id, "text")).to_have_value("Kan die persoon beslissen over je werk, je plek of je zorg?")
    assert noor.faults == []


def test_a_coach_judges_along_and_only_who_answers_keeps(both_sides: StaffedHouse, visits: Visits) -> None:
    ilse, sam = both_sides.person("ilse"), both_sides.person("sam")
    someone = visits("met iemand die het kent", wish="peer")
    sam.picks_up(someone.id)
    _opens(sam, someone.id)
    expect(sam.part(someone.id, "triage-keep")).to_be_visible()
    ilse.looks_at(someone.id, "coached")
    _opens(ilse, someone.id)
    expect(ilse.part(someone.id, "triage-keep")).to_be_hidden()
    assert sam.faults == [] and ilse.faults == []
