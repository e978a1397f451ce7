"""A conversation in a browser, with the desk on the other side, as the tests of this folder begin it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Locator, Page

from tests.browser.house_at_work import Neutral, Server
from tests.browser.talking_house import Desk
from tests.browser.walking import SAY, has_frame, talk

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
NewTalk = Callable[..., "Talk"]


def own_text(before: str = "hallo") -> str:
    """Words that no other conversation of these tests holds."""
    return f"{before} {time.monotonic_ns()}"


class Talk:
    """A page with a conversation, and the desk's side of it."""

    def __init__(self, page: Page, server: Server, desk: Desk, text: str = "", door: str = "central") -> None:
        self.page, self.desk, self.first = page, desk, text or own_text()
        talk(page, server, self.first, door)
        self.is_framed = has_frame(page)
        self.id = desk.newest(self.first)

    @property
    def said(self) -> Page | FrameLocator:
        """Where the messages stand: in the page, or in its frame."""
        return self.page.frame_locator("#said iframe") if self.is_framed else self.page

    def line(self, text: str) -> Locator:
        """The message with this text."""
        return self.said.locator("li", has_text=text)

    def lines(self) -> list[str]:
        """All texts, in order."""
        return self.said.locator("li .text").all_inner_texts()

    def sends(self, text: str) -> None:
        """Type and press send."""
        self.page.fill("#text", text)
        self.page.click(SAY, no_wait_after=True)

    def presses(self, go: str) -> None:
        """A button of the page."""
        self.page.click(f'button[name="go"][value="{go}"]', no_wait_after=True)

    def code(self) -> list[str]:
        """Ask for a code: its words."""
        self.presses("talk:code")
        self.page.wait_for_selector(".words li", timeout=30_000)
        return self.page.locator(".words li").all_inner_texts()

    def leaves(self, neutral: Neutral) -> None:
        """Leave now."""
        self.page.click("#exit", no_wait_after=True)
        self.page.wait_for_url(neutral.url)


def wait_until(page: Page, question: Callable[[], bool], seconds: float = 30) -> None:
    """Ask until yes; the browser's own events come in meanwhile."""
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "it did not happen"
        page.wait_for_timeout(50)
