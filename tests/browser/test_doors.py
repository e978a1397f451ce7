"""All doors in a real browser without script: axe finds nothing, and nothing runs out of the page (face.md L10)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import ALL_DOORS, Server
from tests.browser.test_axe import axe, violations
from tests.browser.walking import press

__all__ = ["axe"]

SCRIPT = re.compile(r"<script>.*?</script>", re.S)
WIDTHS = ((1280, 800), (320, 640))


def _pages(page: Page, server: Server, door: str) -> Iterator[str]:
    """The first page, the first question and the results, one after another; the page's own forms lead on."""
    page.goto(server.url(door))
    yield "home"
    press(page, 'main button[name="way_in"][value="other"]')
    yield "question"
    while page.locator('main input[name="q"]').count():
        press(page, 'main button[name="go"][value="skip"]')
    yield "results"


@pytest.mark.parametrize("door", ALL_DOORS)
def test_axe_finds_nothing_behind_any_door(new_context: NewContext, server: Server, axe: str, door: str) -> None:
    """A browser without script fetches each page; axe, which is script, looks at exactly that page in another."""
    found = []
    other = new_context().new_page()
    protocol = other.context.new_cdp_session(other)
    for language in ("nl", "en"):
        page = new_context(locale=language, java_script_enabled=False).new_page()
        for kind in _pages(page, server, door):
            other.set_content(SCRIPT.sub("", page.content()))
            for width, height in WIDTHS:
                other.set_viewport_size({"width": width, "height": height})
                where = f"[{kind}, {language}, {width}]"
                found += [f"{where} {one}" for one in violations(protocol, axe)]
                wide = other.evaluate("document.documentElement.scrollWidth")
                found += [f"{where} is {wide} wide"] if wide > width else []
    assert not found, "\n" + "\n".join(found)
