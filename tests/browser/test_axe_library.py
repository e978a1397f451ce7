"""Accessibility of everything that there is to read: apart, for there are some three hundred pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import Server
from tests.browser.test_axe import CONTENT, OPTIONS, violations
from tests.browser.test_axe import axe as axe  # the fixture
from tests.browser.walking import home, jump_on

COLOURS = ("color-contrast", "color-contrast-enhanced")
WITHOUT_COLOURS = OPTIONS | {"rules": OPTIONS["rules"] | {name: {"enabled": False} for name in COLOURS}}
ONLY_COLOURS = {"resultTypes": ["violations"], "runOnly": COLOURS}
#: Whether a text can be read hangs on its letters and on all that it stands on. What looks like this was looked at
#: already in another page is not looked at again: with it, contrast alone would take most of the time.
NEW_LOOKS = """
(function () {
  const seen = window.seenLooks = window.seenLooks || new Set(), fresh = new Set();
  const letters = ["color", "fontSize", "fontWeight", "textShadow", "visibility", "webkitTextFillColor"];
  const ground = ["backgroundColor", "backgroundImage", "backgroundClip", "opacity", "filter", "mixBlendMode",
    "display", "position"];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const holder = texts.currentNode.parentElement, style = getComputedStyle(holder);
    if (!texts.currentNode.data.trim() || !holder.getClientRects().length) { continue; }
    let look = letters.map(name => style[name]).join();
    for (let one = holder; one; one = one.parentElement) {
      const under = getComputedStyle(one);
      look += ";" + one.localName + ground.map(name => under[name]).join();
    }
    if (!seen.has(look)) { seen.add(look); fresh.add(holder); }
  }
  window.freshLooks = [...fresh];
  return window.freshLooks.length;
})()
"""


def unreadable(protocol: CDPSession, axe: str) -> list[str]:
    """What axe finds about colours, in texts that look like none before in this tab."""
    fresh = protocol.send("Runtime.evaluate", {"expression": NEW_LOOKS, "returnByValue": True})
    if not fresh["result"]["value"]:
        return []
    return violations(protocol, axe, ONLY_COLOURS, "{include: freshLooks}")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_axe_finds_nothing_on_any_page_of_the_library(
    new_context: NewContext, server: Server, axe: str, language: str
) -> None:
    """L10: every page, and its easier version in Dutch; at 320 px, where least room is.

    One goes from page to page as somebody does who reads: by presses, in one tab, so that axe is put in once.
    """
    page = new_context(locale=language, viewport={"width": 320, "height": 640}).new_page()
    protocol = page.context.new_cdp_session(page)
    home(page, server)
    found, headings = [], set()
    names = sorted(path.stem for path in (CONTENT / "library" / language).glob("*.md"))
    for name in names:
        for verb in ("page", "easy") if language == "nl" and not name.startswith("card-") else ("page",):
            jump_on(page, f"go={verb}:{name}&l={language}")
            headings.add(page.locator("main h1").inner_text())
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{name} is too wide"
            found += [f"[{verb} {name}] {one}" for one in violations(protocol, axe, WITHOUT_COLOURS)]
            found += [f"[{verb} {name}] {one}" for one in unreadable(protocol, axe)]
    assert not found, "\n" + "\n".join(found[:20])
    assert len(headings) >= len(names), "each page was another one"
