"""A partner from the invitation to the visitor's page: a steward, somebody of the organisation, and a visitor."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staffed_house import PATIENCE, Person, StaffedHouse, until
from tests.browser.test_axe import axe, violations

__all__ = ["axe"]
ORGANIZATION = "de-luisterlijn"


@pytest.fixture(autouse=True)
def _patient(both_sides: StaffedHouse) -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    both_sides.does("empties")


def _submit(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form:not([data-passkey]):not([action='/sign-out']) button").first.click()


def _invites(stella: Person) -> str:
    """A team, somebody for it, and the passphrase as it is shown this once."""
    page = stella.page
    page.click("#to-partners")
    page.locator("#partners summary", has_text="Make a team").click()
    page.select_option("#partner-organization", ORGANIZATION)
    page.fill("#partner-name", "De Luisterlijn")
    page.fill("#partner-slug", "luister")
    page.locator("#partners [data-p=make] .go").click()
    page.locator("#partners [data-p=teams] li", has_text="luister").first.wait_for()
    page.locator("#partners summary", has_text="Invite").click()
    page.fill("#invite-name", "pia")
    page.fill("#invite-shown", "Pia")
    page.locator("#partners [data-p=languages] input[value=nl]").check()
    page.locator("#partners [data-p=invite] .go").click()
    page.locator("#partners [data-p=once]:not([hidden])").wait_for()
    phrase = page.inner_text("#partners [data-p=once-phrase]")
    assert re.fullmatch(r"(?:[a-z0-9]{5}-){3}[a-z0-9]{5}", phrase)
    assert "Pia" in page.inner_text("#partners [data-p=once-give]")
    return phrase


def _signs_in(house: StaffedHouse, phrase: str) -> Person:
    """The first time: an own passphrase, a second step, and keys; the team's key is made by its first member."""
    page = house.context().new_page()
    house.cast["pia"] = {"phrase": ""}
    pia = Person(house, "pia", page)
    page.goto(house.desk_url)
    page.fill("#login", "pia")
    page.fill("#password", phrase)
    _submit(page)
    page.fill("#new", "paard batterij nietje fiets")
    page.fill("#again", "paard batterij nietje fiets")
    _submit(page)
    page.goto(f"{house.desk_url}/me/app")
    secret = page.inner_text(".secret").replace(" ", "")
    page.fill("[name=code]", house.does("code", secret))
    _submit(page)
    page.wait_for_url("**/me/codes")
    page.goto(house.desk_url)
    pia.makes_key()
    return pia


def _faults(page: Page, axe: str) -> list[str]:
    return violations(page.context.new_cdp_session(page), axe)


def _about(house: StaffedHouse, page: Page) -> str:
    """What a visitor reads on the page of the organisation."""
    from voordeur.records.directory.queries import short_code

    page.goto(f"{house.server.url('central')}o/{short_code(ORGANIZATION)}")
    return page.inner_text("main")


def test_a_partner_is_invited_and_says_what_visitors_read_after_a_steward_looked(
    both_sides: StaffedHouse, axe: str
) -> None:
    stella = both_sides.signed_in("stella")
    stella.opens()
    assert stella.page.locator("#duty label").count() == 0
    assert not stella.page.is_visible("#to-entry")
    phrase = _invites(stella)
    assert _faults(stella.page, axe) == []
    stella.page.locator("#partners > form .go").click()
    assert phrase not in stella.page.content()

    pia = _signs_in(both_sides, phrase)
    assert not pia.page.is_visible("#to-partners") and not pia.page.is_visible("#to-proposals")
    pia.page.click("#to-entry")
    own = pia.page.locator("#entry section.card").first
    own.locator("summary").click()
    own.locator("[data-p=takes]").select_option("no")
    own.locator("[data-p=form] .go").click()
    own.locator("[data-p=words]", has_text="waits for a steward").wait_for()
    own.locator("summary").click()
    own.get_by_label("Waiting time, in Dutch").fill("Zie www.x.example")
    own.get_by_label("Waiting time, in English").fill("x")
    own.locator("[data-p=form] .go").click()
    own.locator("[data-p=wrong]", has_text="Leave links").wait_for()
    assert _faults(pia.page, axe) == []

    visitor = both_sides.context().new_page()
    assert "the organisation itself" not in _about(both_sides, visitor)

    stella.page.click("#to-proposals")
    card = stella.page.locator("#proposals section.card").first
    card.locator("[data-p=says]", has_text="no").wait_for()
    assert _faults(stella.page, axe) == []
    card.locator("[data-p=accept]").click()
    stella.page.locator("#proposals h3", has_text="Counts now").wait_for()
    until(visitor, lambda: "no (the organisation itself" in _about(both_sides, visitor), 5)

    stella.page.locator("#proposals > form .go").click()
    stella.page.click("#to-partners")
    stella.page.locator("#partners", has_text="can read for the team").wait_for()
    hers = stella.page.locator("#partners li li", has_text="Pia")
    hers.locator("button", has_text="End this login").click()
    hers.locator("button", has_text="Yes, do it").click()
    team = stella.page.locator("#partners [data-p=teams] > li", has_text="luister")
    team.locator("li", has_text="Nobody is in this team yet.").wait_for()
    pia.page.locator("#entry > form .go").click()
    pia.page.evaluate("window.voordeur.refreshInbox()")
    pia.page.locator("#broken", has_text="signed out").wait_for()
    assert stella.faults == pia.faults == []
    for one in (stella, pia):
        one.page.context.close()
    visitor.context.close()
