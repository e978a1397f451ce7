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


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core, as the package carries it."""
    found = find_spec("axe_playwright_python")
    assert found and found.origin
    return next(Path(found.origin).parent.rglob("axe.min.js")).read_text(encoding="utf-8")


def violations(protocol: CDPSession, axe: str, options: dict[str, Any] = OPTIONS, where: str = "document") -> list[str]:
    """What axe finds, one line each. It is put in through the protocol, which a content policy does not stop."""
    known = protocol.send("Runtime.evaluate", {"expression": "typeof axe === 'object'", "returnByValue": True})
    if not known["result"]["value"]:
        protocol.send("Runtime.evaluate", {"expression": axe + "\n;0"})
    run = RUN % (where, json.dumps(options))
    said = protocol.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in said, said
    return [f"{one['id']}: {one['help']}\n    " + "\n    ".join(one["nodes"][:3]) for one in said["result"]["value"]]


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
