"""Accessibility of everything that there is to read: apart, for there are some three hundred pages."""

from __future__ import annotations

import pytest

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import Server
from tests.browser.test_axe import CONTENT, violations
from tests.browser.test_axe import axe as axe  # the fixture
from tests.browser.walking import home, jump_on


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
            found += [f"[{verb} {name}] {one}" for one in violations(protocol, axe)]
    assert not found, "\n" + "\n".join(found[:20])
    assert len(headings) >= len(names), "each page was another one"
