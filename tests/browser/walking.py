"""How a visitor walks through the pages: by the names and values of the controls, never by their words."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.house_at_work import Server

LONGEST = 12


def press(page: Page, selector: str) -> None:
    """Press a control and wait for the page that follows."""
    with page.expect_navigation(wait_until="load"):
        page.locator(selector).first.click()


def home(page: Page, server: Server, door: str = "central") -> None:
    """Come in."""
    page.goto(server.url(door))


def begin(page: Page, server: Server, door: str = "central", way: str = "talk") -> None:
    """Come in and choose why."""
    home(page, server, door)
    press(page, f'main button[name="way_in"][value="{way}"]')


def question(page: Page) -> str:
    """The question that is asked now; empty when none is."""
    asked = page.locator('main input[name="q"]')
    return asked.first.get_attribute("value") or "" if asked.count() else ""


def skip_to(page: Page, wanted: str) -> None:
    """Pass questions over until `wanted` is asked ("" for the results)."""
    for _ in range(LONGEST):
        if question(page) == wanted:
            return
        press(page, 'main button[name="go"][value="skip"]')
    raise AssertionError(f"the question “{wanted}” was never asked")


def to_questions(page: Page, server: Server, door: str = "central") -> None:
    """The page of the second question."""
    begin(page, server, door)


def to_last_question(page: Page, server: Server, door: str = "central") -> None:
    """The question with the fields that are typed or chosen from a list."""
    begin(page, server, door)
    skip_to(page, "wish")


def to_results(page: Page, server: Server, door: str = "central") -> None:
    """The results, with an emergency on top and a place."""
    to_last_question(page, server, door)
    page.locator("#place").fill("Utrecht")
    press(page, 'main button[name="go"][value="next"]')


def to_choice(page: Page, server: Server, door: str = "central") -> None:
    """The results with a place that there are more of."""
    to_last_question(page, server, door)
    page.locator("#place").fill("Hengelo")
    press(page, 'main button[name="go"][value="next"]')


def to_danger(page: Page, server: Server, door: str = "central") -> None:
    """Danger now."""
    home(page, server, door)
    press(page, 'footer button[name="go"][value="danger"]')


def to_safety(page: Page, server: Server, door: str = "central") -> None:
    """How visitors are protected."""
    home(page, server, door)
    press(page, 'footer button[name="go"][value="safety"]')


def to_organization(page: Page, server: Server, door: str = "central") -> None:
    """One organisation."""
    begin(page, server, door)
    press(page, 'main button[name="go"][value^="org:"]')


def to_problem(page: Page, server: Server, door: str = "central") -> None:
    """An address that is not there."""
    page.goto(server.url(door, "/there-is-nothing-here"))


Walk = Callable[[Page, Server, str], None]
#: Every type of page and how to get there.
PAGES: dict[str, Walk] = {
    "home": home,
    "question": to_questions,
    "last question": to_last_question,
    "results": to_results,
    "place choice": to_choice,
    "danger": to_danger,
    "safety": to_safety,
    "organization": to_organization,
    "problem": to_problem,
}


def speak(page: Page, language: str) -> None:
    """Have the page in this language, by its own switch."""
    if page.locator("html").get_attribute("lang") != language:
        press(page, f'button[name="go"][value="lang:{language}"]')


def leave(page: Page, neutral_url: str) -> None:
    """Press *leave now* and wait for the neutral page."""
    page.locator("#exit").click(no_wait_after=True)
    page.wait_for_url(neutral_url, wait_until="load")
