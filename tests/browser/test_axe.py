"""Machine checks of accessibility on every type of page (face.md L10): axe-core, and contrast of 7 to 1."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import Server
from tests.browser.walking import AT_A_DOOR, to

CONTENT = Path(__file__).resolve().parents[2] / "content"

#: "region" is left out: the way out comes before all landmarks, on purpose (X11).
OPTIONS: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {
        "region": {"enabled": False},
        "color-contrast-enhanced": {"enabled": True},
        "target-size": {"enabled": True},
    },
}
RUN = """
axe.run(%s, %s).then(found => found.violations.map(one => ({
  id: one.id, help: one.help, nodes: one.nodes.map(node => node.html.slice(0, 160) + " :: " + node.failureSummary)
})))
"""
COLOURS = ("color-contrast", "color-contrast-enhanced")
WITHOUT_COLOURS = OPTIONS | {"rules": OPTIONS["rules"] | {name: {"enabled": False} for name in COLOURS}}
ONLY_COLOURS = {"resultTypes": ["violations"], "runOnly": COLOURS}
#: Whether a text can be read hangs on its letters and on all that it stands on. What looks like this was looked at
#: already, on whatever page, is not looked at again: with it, contrast alone would take four fifths of the time.
NEW_LOOKS = """
(function (known) {
  const seen = new Set(known), fresh = new Map();
  const letters = ["color", "fontSize", "fontWeight", "textShadow", "visibility", "webkitTextFillColor"];
  const ground = ["backgroundColor", "backgroundImage", "backgroundClip", "opacity", "filter", "mixBlendMode",
    "display", "position"];
  function short(text) {
    let one = 0xdeadbeef, two = 0x41c6ce57;
    for (let at = 0; at < text.length; at++) {
      const sign = text.charCodeAt(at);
      one = Math.imul(one ^ sign, 2654435761);
      two = Math.imul(two ^ sign, 1597334677);
    }
    return (two >>> 0).toString(36) + (one >>> 0).toString(36);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const holder = texts.currentNode.parentElement, style = getComputedStyle(holder);
    if (!texts.currentNode.data.trim() || !holder.getClientRects().length) { continue; }
    let look = letters.map(name => style[name]).join();
    for (let one = holder; one; one = one.parentElement) {
      const under = getComputedStyle(one);
      look += ";" + one.localName + ground.map(name => under[name]).join();
    }
    look = short(look);
    if (!seen.has(look)) { seen.add(look); fresh.set(look, holder); }
  }
  window.freshLooks = [...fresh.values()];
  return [...fresh.keys()];
})(%s)
"""
_looked_at: set[str] = set()


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core, as the package carries it."""
    found = find_spec("axe_playwright_python")
    assert found and found.origin
    return next(Path(found.origin).parent.rglob("axe.min.js")).read_text(encoding="utf-8")


def _run(protocol: CDPSession, axe: str, options: dict[str, Any], where: str) -> list[str]:
    """What axe finds, one line each. It is put in through the protocol, which a content policy does not stop."""
    known = protocol.send("Runtime.evaluate", {"expression": "typeof axe === 'object'", "returnByValue": True})
    if not known["result"]["value"]:
        protocol.send("Runtime.evaluate", {"expression": axe + "\n;0"})
    run = RUN % (where, json.dumps(options))
    said = protocol.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in said, said
    return [f"{one['id']}: {one['help']}\n    " + "\n    ".join(one["nodes"][:3]) for one in said["result"]["value"]]


def violations(protocol: CDPSession, axe: str) -> list[str]:
    """What axe finds, one line each; of colours, in texts that look like none before."""
    found = _run(protocol, axe, WITHOUT_COLOURS, "document")
    looks = protocol.send(
        "Runtime.evaluate", {"expression": NEW_LOOKS % json.dumps(sorted(_looked_at)), "returnByValue": True}
    )
    assert "exceptionDetails" not in looks, looks
    if looks["result"]["value"]:
        found += _run(protocol, axe, ONLY_COLOURS, "{include: freshLooks}")
        _looked_at.update(looks["result"]["value"])
    return found


def test_a_colour_is_looked_at_once_and_found_wherever_it_comes_first(new_context: NewContext, axe: str) -> None:
    """Else contrast would be shown by nothing."""
    page = new_context().new_page()
    protocol = page.context.new_cdp_session(page)

    def found(style: str, inside: str = "") -> list[str]:
        head = '<!DOCTYPE html><html lang="nl"><title>t</title>'
        page.set_content(f'{head}<main style="{style}"><h1>kop</h1><p style="{inside}">tekst</p>')
        return [one.partition(":")[0] for one in violations(protocol, axe)]

    assert found("color: #123456") == []
    assert found("color: #123456", "color: #676869") == ["color-contrast-enhanced"]
    assert found("color: #123456", "color: #c6c7c8") == ["color-contrast"]
    assert found("color: #123456", "color: #c6c7c8") == []
    assert found("color: #123456", "color: #121314; background: #222324") == ["color-contrast"]


@pytest.mark.parametrize(("door", "kind"), AT_A_DOOR)
def test_axe_finds_nothing(new_context: NewContext, server: Server, axe: str, door: str, kind: str) -> None:
    """L10: in Dutch and English, on a desk and at 320 px."""
    found = []
    for language in ("nl", "en"):
        page = new_context(locale=language).new_page()
        to(page, server, kind, door)
        assert page.locator("html").get_attribute("lang") == language
        protocol = page.context.new_cdp_session(page)
        for width, height in ((1280, 800), (320, 640)):
            page.set_viewport_size({"width": width, "height": height})
            found += [f"[{language}, {width}] {one}" for one in violations(protocol, axe)]
    assert not found, "\n" + "\n".join(found)
