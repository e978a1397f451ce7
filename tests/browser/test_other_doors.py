"""From one door to another in a real browser: the answers go along, and leaving there leaves both."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import Neutral, Server
from tests.browser.test_leaving import assert_hidden_for_ever
from tests.browser.walking import ANSWERED, jump, jump_on, leave, press

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
AT_HOME = urlencode({"s": f"{ANSWERED}&need=listening&wish=&speaks=&place=Utrecht", "go": "guide"})


@SCRIPT
def test_the_answers_go_along_to_the_other_door_and_leaving_there_hides_both(
    new_context: NewContext, server: Server, neutral: Neutral, has_script: bool
) -> None:
    context = new_context(java_script_enabled=has_script)
    page = context.new_page()
    page.goto(neutral.url)
    if has_script:  # a page that our script put in the place of the first one: the first one's policy holds
        page.goto(server.url("sport"))
        jump_on(page, AT_HOME)
    else:
        jump(page, server, "sport", AT_HOME)
    assert page.locator("header .name").inner_text() == "Speelveld"
    token = page.url.rsplit("/", 1)[1]
    shown = page.locator("main h1").first.inner_text()
    with page.expect_navigation(url=f"**/{token}", wait_until="load"):
        page.locator('main button[name="go"][value="door:central"]').click(no_wait_after=True)
    page.locator("footer").wait_for()
    assert page.url == server.url("central", f"/{token}")
    assert page.locator("header .name").inner_text() == "Voordeur"
    assert page.locator("main h1").first.inner_text() == shown
    assert "who=partner" in (page.locator('main input[name="s"]').first.get_attribute("value") or "")
    press(page, 'footer button[name="go"][value="safety"]')
    leave(page, neutral.url)
    assert_hidden_for_ever(page, ["Speelveld", "Voordeur", shown])
    for door in ("sport", "central"):
        page.goto(server.url(door, f"/{token}"))
        assert page.url == neutral.url
