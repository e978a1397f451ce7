"""How a visitor walks through the pages: by the names and values of the controls, never by their words."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FrameLocator, Page

from tests.browser.house_at_work import DOORS, Server

LONGEST = 12
#: Answers to all questions but the last.
ANSWERED = (
    "way_in=talk&reach=&what=blows&what=stalking&what=money&who=partner&where=home&when=ongoing&age=adult&sex=&traits="
)


def press(page: Page, selector: str) -> None:
    """Press a control and wait for the page that follows."""
    follow(page, lambda: page.locator(selector).first.click(no_wait_after=True))


def follow(page: Page, step: Callable[[], object]) -> None:
    """Take a step and wait for the next page, whether the browser went to it or our script put it in place."""
    page.wait_for_load_state("load")
    page.evaluate("document.querySelector('main').setAttribute('data-before', '')")
    step()
    page.wait_for_selector("main:not([data-before])", state="attached", timeout=15000)
    page.wait_for_selector("footer", state="attached")
    page.wait_for_load_state("load")


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


#: A form with these fields, sent as a form (the page has no script to hear of it), or by a press of its button.
_SEND = """([fields, isPressed]) => {
  const form = document.createElement('form'), button = document.createElement('button');
  form.method = 'post';
  form.setAttribute('action', document.querySelector('main form, footer form').getAttribute('action'));
  for (const [name, value] of new URLSearchParams(fields)) {
    const one = document.createElement('input');
    one.type = 'hidden'; one.name = name; one.value = value; form.append(one);
  }
  form.append(button); document.body.append(form);
  if (isPressed) { button.click(); } else { form.submit(); }
}"""


def jump(page: Page, server: Server, door: str, fields: str) -> None:
    """Come in and send these fields of a form at once: a short way to a page that a walk would reach too."""
    home(page, server, door)
    with page.expect_navigation(wait_until="load"):
        page.evaluate(_SEND, [fields, False])


def jump_on(page: Page, fields: str) -> None:
    """From the page that is there to another, by a press: our script puts the answer in the place of the page."""
    follow(page, lambda: page.evaluate(_SEND, [fields, True]))


#: Every type of page, as the fields that lead to it; "" is the first page itself.
FIELDS = {
    "home": "",
    "question": urlencode({"way_in": "talk"}),
    "last question": urlencode({"s": ANSWERED, "go": "guide"}),
    "results": urlencode({"s": f"{ANSWERED}&need=listening&wish=&speaks=&place=Utrecht", "go": "guide"}),
    "place choice": urlencode({"s": f"{ANSWERED}&need=listening&wish=&speaks=&place=Hengelo", "go": "guide"}),
    "danger": "go=danger",
    "safety": "go=safety",
    "library": "go=library",
    "reading": "go=page:partner",
    "easy reading": "go=easy:partner",
    "search": urlencode({"go": "search", "words": "mijn man slaat mij met een mes"}),
}
#: Those of a conversation, behind the one door of the tests that has a desk; the value leads on from the page before.
TALKING = {"talk": "talk", "return": "talk:return", "conversation": "", "code": "talk:code", "delete": "talk:wipe"}
TALKS_AT = "central"
PAGES = (*FIELDS, "organization", "problem", *TALKING)
SAY = 'button[name="go"][value="talk:say"]'
#: Each kind of page at one of the doors, in turn: doors differ in colours and words, which tests of their own look at.
#: With VOORDEUR_TESTS=thorough (`make thorough`) each kind at every door.
AT_A_DOOR = [
    (door, kind)
    for place, kind in enumerate(PAGES)
    for number, door in enumerate(DOORS)
    if os.environ.get("VOORDEUR_TESTS") == "thorough" or number == place % len(DOORS)
]


def has_frame(page: Page) -> bool:
    """Whether the conversation stands in a frame: without script, or with one that cannot seal."""
    return page.locator("#said iframe").count() > 0


def said_in(page: Page) -> Page | FrameLocator:
    """Where the messages of a conversation stand."""
    return page.frame_locator("#said iframe") if has_frame(page) else page


def talk(page: Page, server: Server, text: str, door: str = TALKS_AT, presses: int = 1) -> None:
    """Come in and write the first words. The page of a conversation may never be loaded whole: its frame grows."""
    page.goto(server.url(door))
    page.locator('main button[name="go"][value="talk"]').click()
    page.wait_for_selector("#text")
    page.fill("#text", text)
    page.locator(SAY).click(no_wait_after=True, click_count=presses)
    page.wait_for_selector("#said", state="attached")
    page.wait_for_selector("footer", state="attached")


def _to_talk(page: Page, server: Server, kind: str, door: str) -> None:
    if door != TALKS_AT:
        pytest.skip("no desk stands behind this door")
    if kind in ("talk", "return"):
        jump(page, server, door, f"go={TALKING[kind]}")
        return
    talk(page, server, "goedemiddag", door)
    if TALKING[kind]:
        page.locator(f'button[name="go"][value="{TALKING[kind]}"]').click(no_wait_after=True)
        # A code costs memory and time on purpose; more of it on a machine that has much to do.
        page.wait_for_selector(".words li" if kind == "code" else '[value="talk:wiped"]', timeout=30_000)


def to(page: Page, server: Server, kind: str, door: str = "central") -> None:
    """A page of this type."""
    if kind == "home":
        home(page, server, door)
    elif kind == "problem":
        page.goto(server.url(door, "/there-is-nothing-here"))
    elif kind == "organization":
        jump(page, server, door, FIELDS["question"])
        press(page, 'main button[name="go"][value^="org:"]')
    elif kind in TALKING:
        _to_talk(page, server, kind, door)
    else:
        jump(page, server, door, FIELDS[kind])


def asks_place(page: Page, server: Server, typed: str) -> None:
    """The results after this place was typed."""
    to(page, server, "last question")
    page.locator("#place").fill(typed)
    press(page, 'main button[name="go"][value="next"]')


def speak(page: Page, language: str) -> None:
    """Have the page in this language, by its own switch."""
    if page.locator("html").get_attribute("lang") != language:
        press(page, f'button[name="go"][value="lang:{language}"]')


def leave(page: Page, neutral_url: str) -> None:
    """Press *leave now* and wait for the neutral page."""
    page.locator("#exit").click(no_wait_after=True)
    page.wait_for_url(neutral_url, wait_until="load")
