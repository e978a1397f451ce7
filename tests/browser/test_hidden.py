"""The hidden part of the map in a real browser: kept, looked at for a reason, and gone from the page afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staffed_house import PATIENCE, StaffedHouse
from tests.browser.test_axe import axe, violations

__all__ = ["axe"]
CANARY = "Zilvermeeuw7q"
WHY = "ouder met twee kinderen, vanavond"
#: All that a page holds: text, attributes, and what stands in fields.
HELD = """() => document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea, select")]
  .map(one => one.value).join("\\n") + [...document.querySelectorAll("template")].map(one => one.innerHTML).join("")"""


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield


def _adds(page: Page, name: str) -> None:
    page.click("#to-hidden")
    page.click("#hidden [data-p=new]")
    for field, text in (
        ("name", name), ("address", f"{CANARY}laan 7\n1234 AB Nergens"), ("purpose", f"{CANARY} ouders met kinderen"),
        ("asking", "bel de wacht"), ("source", "brief"), ("dated_on", "2026-11-01"), ("checked_on", "2026-11-20"),
    ):  # fmt: skip
        page.fill(f"#hidden [name={field}]", text)
    page.select_option("#hidden-kind", "safe_place")
    page.select_option("#hidden-region", "Utrecht")
    page.select_option("#hidden-has-place", "yes")
    page.click("#hidden [data-p=keep-form] .go")
    expect(page.locator("#hidden [data-p=list] li")).to_have_count(1)


def _looks(page: Page) -> None:
    page.locator("#hidden [data-p=list] button").first.click()
    page.fill("#hidden-why", WHY)
    page.click("#hidden [data-p=why-form] .go")
    expect(page.locator("#hidden [data-p=facts]")).to_contain_text(f"{CANARY}laan 7")


def test_a_place_is_kept_looked_at_for_a_reason_and_leaves_nothing_on_the_page(
    both_sides: StaffedHouse, axe: str
) -> None:
    otto, ilse, sam = (both_sides.person(name) for name in ("otto", "ilse", "sam"))
    expect(sam.page.locator("#to-hidden")).to_be_hidden()
    _adds(otto.page, f"Huis {CANARY}")
    assert CANARY not in otto.page.evaluate(HELD), "what was typed is gone once it is kept"
    otto.page.click("#hidden [data-p=away]")

    page = ilse.page
    page.click("#to-hidden")
    row = page.locator("#hidden [data-p=list] li")
    expect(row).to_contain_text("Utrecht")
    expect(row).to_contain_text("takes people now")
    expect(page.locator("#hidden [data-p=new]")).to_be_hidden()
    assert CANARY not in page.evaluate(HELD)
    page.locator("#hidden [data-p=list] button").first.click()
    page.fill("#hidden-why", "zomaar")
    page.click("#hidden [data-p=why-form] .go")
    expect(page.locator("#hidden [data-p=wrong]")).to_contain_text("why you look")
    assert CANARY not in page.evaluate(HELD)
    _looks(page)
    assert violations(page.context.new_cdp_session(page), axe) == []
    page.click("#hidden [data-p=away]")
    assert CANARY not in page.evaluate(HELD) and WHY not in page.evaluate(HELD)

    page.click("#to-hidden")
    _looks(page)
    page.keyboard.press("Escape")
    expect(page.locator("#hidden")).to_be_hidden()
    assert CANARY not in page.evaluate(HELD)

    page.click("#to-hidden")
    _looks(page)
    page.evaluate("document.getElementById('lock').click()")
    page.wait_for_selector("#unlock:not([hidden])")
    assert CANARY not in page.evaluate(HELD)
    ilse.unlocks()

    otto.page.click("#to-hidden")
    _looks(otto.page)
    otto.page.click("#hidden [data-p=change]")
    otto.page.select_option("#hidden-has-place", "no")
    otto.page.click("#hidden [data-p=keep-form] .go")
    expect(otto.page.locator("#hidden [data-p=list] li")).to_contain_text("takes nobody now")
    _looks(otto.page)
    otto.page.once("dialog", lambda asked: asked.accept())
    otto.page.click("#hidden [data-p=remove]")
    expect(otto.page.locator("#hidden [data-p=list] li")).to_have_count(0)
    otto.page.click("#hidden [data-p=away]")
    assert CANARY not in otto.page.evaluate(HELD)
    assert CANARY.encode() not in both_sides.stored()
