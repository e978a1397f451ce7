"""The control *leave now* itself: large, first, never covered, and never pressed by typing (face.md X9-X13)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import Neutral, Server
from tests.browser.walking import PAGES, to

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
SIZES = {
    "small": (320, 480),
    "phone": (390, 844),
    "tablet": (768, 1024),
    "desk": (1280, 800),
    "400 percent": (320, 256),
}


@pytest.mark.parametrize("kind", PAGES)
def test_the_control_can_be_reached_and_is_large_on_every_page(page: Page, server: Server, kind: str) -> None:
    """X9, X10: nothing lies over it at any size and scroll position; at least 48 x 48; full width on phones."""
    to(page, server, kind)
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for part in (0, 0.25, 0.5, 0.75, 1):
            seen = page.evaluate(
                """part => {
                  scrollTo(0, part * (document.documentElement.scrollHeight - innerHeight));
                  const e = document.getElementById('exit'), r = e.getBoundingClientRect();
                  const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
                  return {is: top === e || e.contains(top), x: r.x, w: r.width, h: r.height,
                          all: document.documentElement.clientWidth};
                }""",
                part,
            )
            assert seen["is"], f"covered on {kind}, {name}, at {part:.0%}"
            assert seen["w"] >= 48 and seen["h"] >= 48, f"too small on {kind}, {name}"
            if width < 480:
                assert seen["x"] == 0 and seen["w"] == seen["all"], f"not the full width on {kind}, {name}"


@SCRIPT
@pytest.mark.parametrize("kind", PAGES)
def test_the_control_comes_first_on_every_page(
    new_context: NewContext, server: Server, kind: str, has_script: bool
) -> None:
    """X11, X13: first Tab stop, first in the accessibility tree; nothing on the page announces that one leaves."""
    page = new_context(java_script_enabled=has_script).new_page()
    to(page, server, kind)
    protocol = page.context.new_cdp_session(page)
    nodes = protocol.send("Accessibility.getFullAXTree")["nodes"]
    first = next(one for one in _in_order(nodes) if _role(one) in ("link", "button", "heading", "StaticText"))
    told = protocol.send("DOM.describeNode", {"backendNodeId": first["backendDOMNodeId"]})["node"]
    assert "exit" in told.get("attributes", [])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "exit"
    assert not page.evaluate(
        "[...document.querySelectorAll('[aria-live=assertive],[role=alert],[role=alertdialog]')].length"
    )


def _role(node: dict[str, Any]) -> str:
    return str(node.get("role", {}).get("value", ""))


def _in_order(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {one["nodeId"]: one for one in nodes}
    found: list[dict[str, Any]] = []
    waiting = [nodes[0]["nodeId"]]
    while waiting:
        node = by_id.get(waiting.pop(0))
        if node:
            found.append(node)
            waiting = [*node.get("childIds", ()), *waiting]
    return [one for one in found if not one.get("ignored")]


# ---------------------------------------------------------------- by keyboard while typing (X12)


def test_escape_three_times_leaves_while_typing(page: Page, server: Server, neutral: Neutral) -> None:
    """X12: with focus in the only text field, half-way a word."""
    to(page, server, "last question")
    page.locator("#place").press_sequentially("Utre")
    for _ in range(3):
        page.keyboard.press("Escape")
    page.wait_for_url(neutral.url)


def test_ordinary_typing_never_leaves(page: Page, server: Server) -> None:
    """X12: ten thousand times typing, with bare Shift, a composed word, a held Escape and two single ones."""
    to(page, server, "last question")
    address = page.url
    page.evaluate(
        """() => {
          const field = document.getElementById('place'); field.focus();
          const press = (key, more) => {
            for (const kind of ['keydown', 'keyup'])
              field.dispatchEvent(new KeyboardEvent(kind, {key, bubbles: true, cancelable: true, ...more}));
          };
          for (let session = 0; session < 10000; session++) {
            for (let i = 0; i < 6; i++) press('Shift');
            for (const sign of 'den haag x') press(sign);
            for (let i = 0; i < 3; i++) press('Escape', {isComposing: true});
            for (let i = 0; i < 5; i++) press('Escape', {repeat: true});
            press('Backspace'); press('Unidentified'); press('Process'); press('Tab');
          }
          press('Escape'); press('Escape');
        }"""
    )
    page.wait_for_timeout(300)
    assert page.url == address
    assert page.locator("main").is_visible()
    page.wait_for_timeout(1300)
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert page.url == address, "one more Escape, later, is not three in a row"
