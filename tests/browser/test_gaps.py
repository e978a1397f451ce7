"""The page of gaps in a real browser: axe, 320 px, without script, and gone after leaving."""

from __future__ import annotations

import pytest

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import Neutral, Server
from tests.browser.test_axe import axe as axe  # the fixture
from tests.browser.test_axe import violations
from tests.browser.walking import press


@pytest.mark.parametrize("language", ["nl", "en"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    new_context: NewContext, server: Server, axe: str, language: str
) -> None:
    page = new_context(locale=language, viewport={"width": 320, "height": 640}).new_page()
    protocol = page.context.new_cdp_session(page)
    page.goto(server.url(path="/gaten"))
    found = []
    for view in ("", "gaps:table"):
        if view:
            press(page, f'button[value="{view}"]')
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        found += [f"[{view}] {one}" for one in violations(protocol, axe)]
    assert not found, "\n" + "\n".join(found)


def test_signs_in_the_drawings_are_large_enough_to_read_at_320_px(new_context: NewContext, server: Server) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    page.goto(server.url(path="/gaten"))
    heights = page.eval_on_selector_all("svg.drawing text", "all => all.map(one => one.getBoundingClientRect().height)")
    assert len(heights) > 168
    assert min(heights) >= 10


def test_without_script_one_chooses_and_sees_the_answer(new_context: NewContext, server: Server) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(server.url(path="/gaten"))
    page.locator('select[name="what"]').select_option("forced_marriage")
    page.locator('select[name="where"]').select_option("Zeeland")
    page.locator('button[value="gaps"]').click()
    assert page.locator('select[name="what"]').input_value() == "forced_marriage"
    assert page.locator('select[name="where"]').input_value() == "Zeeland"
    assert page.url.count("/") == 3 and "?" not in page.url, "nothing of the choice is in the address"


def test_the_sheet_can_be_taken_along(new_context: NewContext, server: Server) -> None:
    page = new_context().new_page()
    page.goto(server.url(path="/gaten"))
    with page.expect_download(timeout=60000) as taken:
        page.locator('a[href="/gaps.csv"]').click()
    assert taken.value.suggested_filename == "voordeur-gaps.csv"
    assert taken.value.path().read_bytes().startswith(b"\xef\xbb\xbfrole,violence,")


def test_after_leaving_back_does_not_show_it(new_context: NewContext, server: Server, neutral: Neutral) -> None:
    page = new_context().new_page()
    page.goto(server.url(path="/gaten"))
    press_count = len(neutral.asked)
    page.locator("#exit").click()
    page.wait_for_url(neutral.url)
    assert len(neutral.asked) > press_count
    page.go_back()
    page.wait_for_load_state()
    assert page.locator("svg.drawing").count() == 0
