"""A steward's day: the public says what is not right, a steward compares, looks it up, publishes, and undoes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staffed_house import PATIENCE, Person, StaffedHouse, until
from tests.browser.test_axe import axe, violations
from voordeur.records.directory.queries import short_code

__all__ = ["axe"]
ENTRY, WRONG, RIGHT = "blijf-groep", "088 234 24 50", "088 234 24 00"
#: Within this a visitor must see what was published.
SOON = 5


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield


def picture(page: Page, name: str) -> None:
    """For who makes the pages: with VOORDEUR_PICTURES set to a folder, each page is kept there in two widths."""
    folder, size = os.environ.get("VOORDEUR_PICTURES"), page.viewport_size
    if folder and size:
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size(size)


def _fits_a_small_screen(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
    page.set_viewport_size(size)


def well_made(page: Page, axe: str, name: str) -> None:
    """It fits a small screen, and axe finds nothing."""
    picture(page, name)
    _fits_a_small_screen(page)
    assert violations(page.context.new_cdp_session(page), axe) == [], name


def _opens(house: StaffedHouse, page: Page) -> str:
    """What a visitor reads about the organisation now."""
    page.goto(f"{house.server.url('central')}o/{short_code(ENTRY)}")
    return page.inner_text("main")


def _says_so(house: StaffedHouse, visitor: Page) -> None:
    _opens(house, visitor)
    picture(visitor, "1-organisation")
    visitor.get_by_role("button", name="Say so").click()
    visitor.locator("#field").select_option(label=f"Phone: Number or address: {WRONG}")
    visitor.get_by_label("What should it be?").fill(RIGHT)
    visitor.get_by_label("How do you know?").fill("blijfgroep.nl/contact")
    picture(visitor, "2-amend")
    _fits_a_small_screen(visitor)
    visitor.get_by_role("button", name="Pass this on").click()
    visitor.get_by_role("status").wait_for()
    picture(visitor, "3-thanks")


def _takes_over(stella: Person, axe: str) -> None:
    page = stella.page
    page.goto(f"{stella.house.desk_url}/upkeep")
    well_made(page, axe, "4-overview")
    page.get_by_role("link", name="Blijf Groep").first.click()
    expect(page.locator("table")).to_contain_text(WRONG)
    expect(page.locator("table")).to_contain_text(RIGHT)
    well_made(page, axe, "5-correction")
    page.get_by_role("link", name="Take it over").click()
    page.get_by_label("Number or address").fill(RIGHT)
    page.get_by_role("textbox", name="Title").fill("blijfgroep.nl, contact")
    page.get_by_label("Address of the page").fill("https://www.blijfgroep.nl/contact")
    well_made(page, axe, "6-change")
    page.get_by_role("button", name="Put it in the draft").click()
    page.get_by_role("heading", name="draft").wait_for()
    well_made(page, axe, "7-draft")


def publishes(page: Page) -> None:
    """A draft or proposal that is on the screen."""
    form = page.locator("form", has=page.locator("button[value=publish]"))
    form.get_by_label("Reason, in one line").fill("As on their own page.")
    form.get_by_role("button", name="Publish").click()
    page.get_by_text("Visitors see this version now.").wait_for()


def undoes(page: Page) -> None:
    """What was published last, on the page of the entry that is on the screen."""
    page.get_by_text("Undo what was published last").click()
    page.get_by_label("Reason, in one line").fill("It was not so.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("section", has_text="History").last).to_contain_text("undone")


def test_a_correction_from_the_public_is_looked_up_published_seen_and_undone(
    both_sides: StaffedHouse, axe: str
) -> None:
    by_hand = both_sides.context(java_script_enabled=False)
    visitor, stella = by_hand.new_page(), both_sides.signed_in("stella", java_script_enabled=False)
    looking = both_sides.context().new_page()
    with_script = both_sides.signed_in("stella")  # for the accessibility checks, which are a script
    _says_so(both_sides, visitor)
    assert WRONG in _opens(both_sides, looking)

    looking.get_by_role("button", name="Say so").click()
    well_made(looking, axe, "2-amend")

    _takes_over(with_script, axe)
    stella.page.goto(with_script.page.url)
    publishes(stella.page)
    until(looking, lambda: RIGHT in _opens(both_sides, looking), SOON)
    assert "blijfgroep.nl, contact" in looking.inner_text("main")

    page = with_script.page
    page.goto(f"{both_sides.desk_url}/upkeep/o/{ENTRY}")
    well_made(page, axe, "8-entry")
    undoes(page)
    until(looking, lambda: WRONG in _opens(both_sides, looking), SOON)
    assert stella.faults == with_script.faults == []
    for context in (by_hand, looking.context, stella.page.context, page.context):
        context.close()
