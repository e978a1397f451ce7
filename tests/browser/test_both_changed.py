"""Entries that two keep up: an organisation proposes and a steward publishes; files and browser changed the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staffed_house import PATIENCE, StaffedHouse, until
from tests.browser.test_axe import axe
from tests.browser.test_stewards_day import SOON, publishes, undoes, well_made
from voordeur.records.directory.queries import short_code

__all__ = ["axe"]
FILED, PARTNER = "opvang-atlas", "fier"
BEFORE = "An online map where you look for shelters in the Netherlands."
OURS, THEIRS = "A map of shelters, as seen today.", "A map of shelters, as the file says."


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield


def _reads(house: StaffedHouse, page: Page, organization: str) -> str:
    page.goto(f"{house.server.url('central')}o/{short_code(organization)}")
    return page.content()


def _rests_on(page: Page, title: str) -> None:
    page.get_by_role("textbox", name="Title").fill(title)
    page.get_by_role("button", name="Put it in the draft").click()


def test_what_files_and_browser_both_changed_stands_in_three_columns_and_a_steward_chooses(
    both_sides: StaffedHouse, axe: str
) -> None:
    stella = both_sides.signed_in("stella", java_script_enabled=False)
    looking, visitor = both_sides.signed_in("stella"), both_sides.context().new_page()
    page, home = stella.page, f"{both_sides.desk_url}/upkeep"
    page.goto(f"{home}/o/{FILED}/field/summary")
    page.get_by_label("In Dutch").fill("Een kaart met opvang.")
    page.get_by_label("In English").fill(OURS)
    _rests_on(page, "opvangatlas.nl")
    publishes(page)
    month = datetime.now(UTC).date().isoformat()[:7]
    # The file says something else since, of a day in the same month: nobody knows which is newer.
    waiting = both_sides.does("loads", FILED, [[BEFORE, THEIRS], ['date = "2022"', f'date = "{month}"']])
    assert waiting == 1

    page.goto(home)
    page.locator("section", has_text="Changed in the files and here").get_by_role("link", name="Opvang Atlas").click()
    columns = page.locator("table.compare tbody td")
    for place, text in enumerate((BEFORE, THEIRS, OURS)):
        expect(columns.nth(place)).to_contain_text(text)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.get_by_role("button", name="What is published stays").is_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    tops = {columns.nth(place).bounding_box()["y"] for place in range(3)}  # type: ignore[index]
    assert len(tops) == 1, "on a wide screen the three stand beside each other"
    looking.page.goto(page.url)
    well_made(looking.page, axe, "clash")

    page.get_by_role("button", name="Put what the files say in my draft").click()
    expect(page.locator("table")).to_contain_text(THEIRS)
    looking.page.goto(page.url)
    well_made(looking.page, axe, "clash-draft")
    assert OURS in _reads(both_sides, visitor, FILED)
    publishes(page)
    until(visitor, lambda: THEIRS in _reads(both_sides, visitor, FILED), SOON)
    assert stella.faults == looking.faults == []
    for context in (page.context, looking.page.context, visitor.context):
        context.close()


def _proposes_a_service(page: Page, other: Page, axe: str) -> None:
    """By hand without a script; the other page, which has one, is for axe."""
    page.get_by_role("link", name="Add a service").click()
    page.get_by_role("button", name="Put it in the draft").click()
    faults = page.get_by_role("alert")
    expect(faults.get_by_role("link", name="This is needed.")).to_have_count(6)
    faults.get_by_role("link").first.click()
    assert page.url.endswith("#name")
    group = page.locator("fieldset#name")
    expect(group.locator(".wrong")).to_be_visible()
    other.goto(page.url.partition("#")[0])
    other.get_by_role("button", name="Put it in the draft").click()
    other.get_by_role("alert").wait_for()
    well_made(other, axe, "new-service-faults")
    group.get_by_label("In Dutch").fill("Bellen in de nacht")
    group.get_by_label("In English").fill("Calling at night")
    page.get_by_label("Part it plays").select_option("helpline")
    for name, code in (("roles", "victim"), ("primary_roles", "victim"), ("violence", "partner_violence")):
        page.locator(f"[name={name}][value={code}]").check()
    page.locator("[name=help][value=listening]").check()
    _rests_on(page, "fier.nl, nacht")
    page.get_by_role("link", name="Add a way to be in touch").click()
    other.goto(page.url)
    well_made(other, axe, "new-way")
    page.get_by_label("How people can be in touch").select_option("website")
    page.get_by_label("Number or address").fill("https://www.fier.nl/nacht")
    _rests_on(page, "fier.nl, nacht")
    other.goto(page.url)
    well_made(other, axe, "own-draft")


def test_an_organisation_proposes_a_service_and_visitors_see_it_when_a_steward_publishes_it(
    both_sides: StaffedHouse, axe: str
) -> None:
    fay, fay_looking = both_sides.signed_in("fay", java_script_enabled=False), both_sides.signed_in("fay")
    stella, visitor = both_sides.signed_in("stella"), both_sides.context().new_page()
    page, other, home = fay.page, fay_looking.page, f"{both_sides.desk_url}/upkeep"
    for one in (page, other):
        one.goto(home)
    well_made(other, axe, "own-overview")
    page.get_by_role("link", name="Fier").click()
    other.goto(page.url)
    well_made(other, axe, "own-entry")
    _proposes_a_service(page, other, axe)
    for at in ("service/chat/out", "service/chat/way/chat/out", "text", "field/knowledge", "service/nothing/out"):
        other.goto(f"{home}/o/{PARTNER}/{at}")
        well_made(other, axe, at.replace("/", "-"))
    page.get_by_label("Reason, in one line").fill("New since this month.")
    page.get_by_role("button", name="Propose this").click()
    page.get_by_text("A steward looks at this.").wait_for()
    other.goto(page.url)
    well_made(other, axe, "own-proposed")
    assert "Calling at night" not in _reads(both_sides, visitor, PARTNER)

    stella.page.goto(home)
    stella.page.locator("section", has_text="Drafts and proposals").get_by_role("link", name="Fier").click()
    expect(stella.page.locator("table")).to_contain_text("fier.nl, nacht")
    well_made(stella.page, axe, "proposal-to-publish")
    publishes(stella.page)
    until(visitor, lambda: "Calling at night" in _reads(both_sides, visitor, PARTNER), SOON)
    page.goto(f"{home}/o/{PARTNER}")
    expect(page.locator("section", has_text="History").last).to_contain_text("As on their own page.")

    stella.page.goto(f"{home}/o/{PARTNER}")
    undoes(stella.page)
    until(visitor, lambda: "Calling at night" not in _reads(both_sides, visitor, PARTNER), SOON)
    assert fay.faults == fay_looking.faults == stella.faults == []
    for context in (page.context, other.context, stella.page.context, visitor.context):
        context.close()
