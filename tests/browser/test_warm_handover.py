"""The whole of a warm hand-over in a real browser, script off on the visitor's side (docs/trips.md, 4)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext
from tests.browser.staffed_house import PATIENCE, AtTheDoor, Person, StaffedHouse, until
from tests.browser.test_axe import axe, violations

__all__ = ["axe"]

_GOES = 'main button[name="go"][value^="{}"]'


def _presses(page: Page, value: str) -> None:
    """A button of the visitor's page, by how its value begins; the page of a conversation never ends loading."""
    page.locator(_GOES.format(value)).first.click(no_wait_after=True)


def _standing(page: Page) -> None:
    _presses(page, "talk:standing")
    page.get_by_role("heading", name="Where things stand").wait_for()


def _proposes(noor: Person, name: str, partners: tuple[str, ...], texts: dict[str, str]) -> list[str]:
    """Found by matching, written in parts, put to the visitor for each of these; in which order they will be asked.

    Who is open now comes first, so that order is another one by day than in the evening.
    """
    panel = noor.part(name, "going")
    noor.part(name, "going-on").click()
    panel.locator("summary", has_text="Find a partner").click()
    panel.locator("summary", has_text="What happens").click()
    panel.get_by_label("violence by a partner or former partner").check()
    panel.get_by_role("button", name="Search").click()
    for partner in partners:
        row = panel.locator('[data-p="partners"] > li', has=noor.page.locator("strong", has_text=partner)).first
        row.locator("input").check()
    panel.get_by_role("button", name="Write what would be passed on").click()
    for label, text in texts.items():
        panel.get_by_label(label).fill(text)
    panel.get_by_role("button", name="Ask the visitor").click()
    for partner in partners:
        expect(panel.locator('[data-p="handovers"] > li', has_text=partner)).to_contain_text("the visitor was asked")
    shown = panel.locator('[data-p="handovers"] > li').all_inner_texts()
    return sorted(partners, key=lambda one: next(place for place, text in enumerate(shown) if one in text))


def _offer(partner: Person, button: str) -> None:
    partner.page.locator("#offer [data-p=acts] button", has_text=button).click()


def _opens_the_offer(partner: Person) -> None:
    row = partner.page.locator('#offers li button[data-p="open"]')
    row.first.wait_for()
    row.first.click()
    partner.page.wait_for_selector("#offer[open]")


def test_talk_triage_yes_to_one_part_no_next_accept_three_together_status_and_back(
    both_sides: StaffedHouse, new_context: NewContext
) -> None:
    """Each step as the people do it; what was withheld reaches nobody."""
    expect.set_options(timeout=PATIENCE)
    noor, fay, lars = (both_sides.person(who) for who in ("noor", "fay", "lars"))
    context = new_context(java_script_enabled=False, locale="en-GB")
    someone = AtTheDoor(both_sides, context.new_page(), "I want to leave him")
    page, name = someone.page, someone.id
    noor.picks_up(name)

    noor.part(name, "triage").click()
    question: Any = noor.part(name, "triage-panel").locator("fieldset", has_text="Is something happening")
    question.get_by_role("radio", name="now", exact=True).check()
    noor.part(name, "triage-keep").click()
    expect(noor.part(name, "triage-kept")).to_have_text("kept in the conversation, sealed")
    noor.page.keyboard.press("Escape")

    texts = {"What happened": "He hits me", "What I need": "A safe bed tonight"}
    people = {"Fier": fay, "Veilig Thuis": lars}
    first, second = _proposes(noor, name, tuple(people), texts)
    no, yes = people[first], people[second]
    who = yes.name.title()
    assert both_sides.does("open_ones")
    expect(fay.page.locator("#offers li")).to_have_count(0)

    _standing(page)
    assert "Fier" not in page.inner_text("main") and "Veilig Thuis" not in page.inner_text("main")
    _presses(page, "talk:ask:")
    page.get_by_role("heading", name=first).wait_for()
    assert not page.get_by_label("Somebody of theirs may come into this conversation").is_checked()
    page.get_by_label("What happened may be passed on").uncheck()
    _presses(page, "talk:yes:")
    page.get_by_role("heading", name="Where things stand").wait_for()
    _presses(page, "talk:ask:")
    page.get_by_role("heading", name=second).wait_for()
    page.get_by_label("What happened may be passed on").uncheck()
    page.get_by_label("Text: What I need").fill("Only somebody who listens")
    _presses(page, "talk:yes:")
    page.get_by_role("heading", name="Where things stand").wait_for()

    _opens_the_offer(no)
    expect(no.page.locator("#offer")).to_contain_text("A safe bed tonight")
    assert "hits" not in no.page.content(), "what was withheld reaches nobody"
    expect(yes.page.locator("#offers li"), "one at a time").to_have_count(0)
    _offer(no, "Say no")
    no.page.locator("#saying-no [name=reason]").select_option("no_place")
    no.page.locator("#saying-no .go").click()

    _opens_the_offer(yes)
    expect(yes.page.locator("#offer")).to_contain_text("Only somebody who listens")
    _offer(yes, "Say yes")
    yes.page.locator("#agreeing [name=way]").select_option("here")
    yes.page.locator("#agreeing .go").click()
    expect(yes.page.locator("#offer")).to_contain_text("Nobody of you may come into the conversation.")
    expect(yes.page.locator("#offer [data-p=acts] button", has_text="Join")).to_have_count(0)
    _standing(page)
    expect(page.locator("main")).to_contain_text("They want to talk with you here.")
    _presses(page, "talk:let-in:")
    page.locator(_GOES.format("talk:let-out:")).wait_for()
    _offer(yes, "Join the conversation")
    yes.part(name, "composer").wait_for()
    noor.says(name, f"This is {who}")
    yes.line(name, f"This is {who}").wait_for()
    yes.says(name, f"Hello, I am {who}")

    _standing(page)
    expect(page.locator("main")).to_contain_text("they cannot")
    expect(page.locator("main")).to_contain_text("Somebody of organisation 2")
    assert who not in page.inner_text("main"), "no name until it is asked for"
    _presses(page, "talk:arrived:")
    until(noor.page, lambda: "no longer with you" in noor.part(name, "over").inner_text())
    yes.row("mine", name).wait_for()
    until(yes.page, lambda: "guest" not in yes.part(name, "readers").inner_text())
    yes.says(name, "Now it is the two of us")
    page.get_by_role("button", name="Back to the conversation").first.click(no_wait_after=True)
    page.wait_for_selector("#said", state="attached")
    someone.line("the two of us").wait_for()

    _standing(page)
    page.locator(_GOES.format("talk:back:")).last.click(no_wait_after=True)
    expect(page.locator("main")).to_contain_text("you took it back")
    until(yes.page, lambda: yes.row("mine", name).count() == 0)
    noor.row("waiting", name).wait_for()
    for secret in (b"He hits me", b"safe bed", b"somebody who listens"):
        assert secret not in both_sides.stored()
    both_sides.does("empties")


@pytest.mark.parametrize("width", [1280, 320])
def test_pages_of_going_on_are_sound_for_axe_and_not_too_wide(
    both_sides: StaffedHouse, new_context: NewContext, axe: str, width: int
) -> None:
    """Standing, what is asked, plan, contact and who goes along, in Dutch, with a code on the page too."""
    expect.set_options(timeout=PATIENCE)
    noor = both_sides.person("noor")
    context = new_context(viewport={"width": width, "height": 900})
    someone = AtTheDoor(both_sides, context.new_page(), "mag ik iets vragen")
    page = someone.page
    noor.picks_up(someone.id)
    both_sides.does("offers_to", someone.id, "noor", "fier")
    protocol = context.new_cdp_session(page)
    _presses(page, "talk:standing")
    headings = {
        "talk:ask:": "Mag dit worden doorgegeven?",
        "talk:plan": "Mijn plan",
        "talk:contact": "Hoe anderen mij mogen bereiken",
        "talk:along": "Iemand die met mij meeloopt",
    }
    found = []
    for value, heading in headings.items():
        page.get_by_role("heading", name="Hoe het ervoor staat").wait_for()
        found += [f"standing: {one}" for one in violations(protocol, axe)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "standing"
        _presses(page, value)
        page.get_by_role("heading", name=heading).wait_for()
        if value == "talk:along":
            _presses(page, "talk:along-make")
            page.locator(".words li").first.wait_for()
        found += [f"{value}: {one}" for one in violations(protocol, axe)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), value
        _presses(page, "talk:standing")
    assert not found, "\\n".join(found)
    both_sides.does("empties")
