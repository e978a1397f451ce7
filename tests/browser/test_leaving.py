"""*Leave now*: what is on the screen, in the tab and on the wire (face.md, "Exit: criteria")."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import CDPSession, Error, Page, Request

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import Neutral, Server, asked
from tests.browser.walking import FIELDS, begin, home, jump, leave, press, to

#: Each journey is the beginning of the next one: presses after the first page.
STEPS = (
    'main button[name="way_in"][value="talk"]',
    'main button[name="go"][value="skip"]',
    'main button[name="go"][value^="org:"]',
    'button[name="go"][value="lang:en"]',
    'footer button[name="go"][value="safety"]',
)
LENGTHS = range(1, len(STEPS) + 2)
SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])


def walk(page: Page, server: Server, length: int) -> list[str]:
    """A journey over `length` pages; what may never be seen again after it."""
    home(page, server)
    canaries = {page.locator("header .name").inner_text(), page.locator("h1").first.inner_text()}
    for step in STEPS[: length - 1]:
        press(page, step)
        canaries.add(page.locator("h1").first.inner_text())
    return sorted(canaries)


def what_shows(page: Page) -> str:
    """All text and structure of what stands in the tab now; while one page gives way to the next, of the next."""
    for _ in range(50):
        try:
            return str(page.evaluate("document.documentElement.outerHTML + document.documentElement.innerText"))
        except Error:
            page.wait_for_timeout(100)
    raise AssertionError("the tab never came to rest")


def go_back(page: Page) -> None:
    """Press Back; that it leads nowhere, or to an error of the browser, is fine."""
    try:
        page.go_back(timeout=800, wait_until="load")
    except Error:
        page.wait_for_timeout(100)


def assert_hidden_for_ever(page: Page, canaries: list[str]) -> None:
    """Press Back three times and see nothing of ours."""
    for times in range(1, 4):
        go_back(page)
        shown = what_shows(page)
        assert 'id="exit"' not in shown, f"Back x{times} shows a page of ours at {page.url}"
        assert not [one for one in canaries if one in shown], f"Back x{times} shows words of ours at {page.url}"


@SCRIPT
@pytest.mark.parametrize("length", LENGTHS)
def test_back_after_leaving_never_shows_a_page_of_ours(
    new_context: NewContext, server: Server, neutral: Neutral, length: int, has_script: bool
) -> None:
    """X1."""
    page = new_context(java_script_enabled=has_script).new_page()
    page.goto(neutral.url)
    canaries = walk(page, server, length)
    leave(page, neutral.url)
    assert_hidden_for_ever(page, canaries)


@SCRIPT
def test_back_after_leaving_from_a_wrong_address_never_shows_it(
    new_context: NewContext, server: Server, neutral: Neutral, has_script: bool
) -> None:
    """X1, for the page that says that an address is not there."""
    page = new_context(java_script_enabled=has_script).new_page()
    to(page, server, "problem")
    press(page, 'main button[name="go"]')
    leave(page, neutral.url)
    assert_hidden_for_ever(page, ["Voordeur"])


@pytest.mark.parametrize("length", LENGTHS)
def test_the_tab_holds_no_page_of_ours_after_leaving(
    new_context: NewContext, server: Server, neutral: Neutral, length: int
) -> None:
    """X2: with script our entry is replaced; the tab began empty."""
    page = new_context().new_page()
    protocol = page.context.new_cdp_session(page)
    walk(page, server, length)
    leave(page, neutral.url)
    entries = protocol.send("Page.getNavigationHistory")["entries"]
    ours = [one["url"] for one in entries if any(host in one["url"] for host in server.hosts)]
    assert ours == []


@SCRIPT
def test_a_left_address_leads_to_the_neutral_page_for_ever(
    new_context: NewContext, server: Server, neutral: Neutral, has_script: bool
) -> None:
    """X1, X14: typed again, reloaded, posted to, or opened elsewhere."""
    page = new_context(java_script_enabled=has_script).new_page()
    begin(page, server)
    address = page.url
    leave(page, neutral.url)
    for _ in range(3):
        page.goto(address)
        assert page.url == neutral.url
    path = "/" + address.rsplit("/", 1)[1]
    for method, body in (("GET", None), ("HEAD", None), ("POST", "go=guide&s=way_in%3Dtalk")):
        status, headers, _ = asked(server, method, path, body)
        assert (status, headers["location"]) == (303, neutral.url)
    assert asked(server, "GET", path + "/p")[0] == 303


# ---------------------------------------------------------------- hidden at once (X6)


def _is_hidden(protocol: CDPSession) -> bool:
    seen = protocol.send(
        "Runtime.evaluate",
        {
            "expression": "(function(){var m=document.querySelector('main'),h=document.querySelector('header');"
            "return !m || (m.getClientRects().length===0 && h.getClientRects().length===0);})()",
            "returnByValue": True,
        },
    )
    return bool(seen["result"].get("value"))


def _wait_until_hidden(protocol: CDPSession, began: float) -> float:
    """Milliseconds from `began` until nothing of the page has a box any more."""
    while time.monotonic() - began < 3:
        try:
            if _is_hidden(protocol):
                return (time.monotonic() - began) * 1000
        except Error:  # between two pages: the old one is gone
            continue
    return float("inf")


@SCRIPT
@pytest.mark.parametrize("way", ["pointer", "keyboard", "pointer without network"])
def test_the_page_is_hidden_within_a_tenth_of_a_second(
    new_context: NewContext, server: Server, neutral: Neutral, way: str, has_script: bool
) -> None:
    """X6, with a neutral page that is slow to answer; a machine that has much to do gets some tries."""
    took = []
    for _ in range(10):
        page = new_context(java_script_enabled=has_script).new_page()
        took.append(_milliseconds_to_hide(page, server, neutral, way))
        page.context.close()
        if took[-1] <= 100:
            return
    raise AssertionError(f"milliseconds until hidden: {took}")


def _milliseconds_to_hide(page: Page, server: Server, neutral: Neutral, way: str) -> float:
    """From the press until nothing of the page shows; the best of some tries counts."""
    jump(page, server, "central", FIELDS["question"])
    protocol = page.context.new_cdp_session(page)
    neutral.delay = 1.0
    try:
        if way == "keyboard":
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.id") == "exit"
            assert not _is_hidden(protocol), "coming by with Tab may not hide the page"
            began = time.monotonic()
            protocol.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": "Enter", "code": "Enter", "text": "\r"})
        else:
            page.context.set_offline(way.endswith("network"))
            box = page.locator("#exit").bounding_box()
            assert box
            where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "button": "left"}
            began = time.monotonic()
            protocol.send("Input.dispatchMouseEvent", {"type": "mousePressed", "clickCount": 1, **where})
        passed = _wait_until_hidden(protocol, began)
        if way == "pointer":
            shown = _share_still_shown(page)
            assert shown < 0.02, f"{shown:.1%} of the page is still shown while the control is held"
        return passed
    finally:
        neutral.delay = 0.0


def _share_still_shown(page: Page) -> float:
    """The share of the page's elements, apart from the control itself, that still have a box."""
    return float(
        page.evaluate(
            """() => {
              const all = [...document.body.querySelectorAll('*')].filter(e => e.id !== 'exit' && !e.closest('#exit'));
              const shown = all.filter(e => e.getClientRects().length);
              return all.length ? shown.length / all.length : 0;
            }"""
        )
    )


# ---------------------------------------------------------------- what is told (X7, X8, X16)


@SCRIPT
@pytest.mark.parametrize("way", ["press", "escape", "burned"])
def test_the_neutral_page_is_told_nothing(
    new_context: NewContext, server: Server, neutral: Neutral, way: str, has_script: bool
) -> None:
    """X7, X16: no Referer, no document.referrer, and exactly the exit hop and the neutral page are asked for."""
    if way == "escape" and not has_script:
        pytest.skip("Escape three times is an extra of the script")
    page = new_context(java_script_enabled=has_script).new_page()
    begin(page, server)
    address = page.url
    start = len(neutral.asked)
    seen: list[Request] = []
    page.context.on("request", lambda one: seen.append(one))
    if way == "escape":
        for _ in range(3):
            page.keyboard.press("Escape")
        page.wait_for_url(neutral.url)
    else:
        leave(page, neutral.url)
    assert [one.url for one in seen] == [f"{address}/0", neutral.url]
    if way == "burned":
        page.goto(address)
    page.wait_for_timeout(200)
    hits = neutral.since(start)
    assert {path for path, _, _ in hits} == {"/weather"}
    assert all("referer" not in headers and "cookie" not in headers for _, headers, _ in hits)
    assert page.evaluate("document.referrer") == ""


def test_the_answer_to_leaving_clears_nothing_and_keeps_two_seconds(server: Server) -> None:
    """X8: no Clear-Site-Data that would slow it down; one HttpOnly cookie of two seconds; a blank, neutral page."""
    _, entered, _ = asked(server, "GET", "/")
    status, headers, body = asked(server, "GET", entered["location"] + "/0")
    assert status == 200
    assert not {'"cache"', '"cookies"', '"*"'} & set(headers.get("clear-site-data", "").replace(",", " ").split())
    cookie = headers["set-cookie"].lower()
    assert "max-age=2;" in cookie + ";" and "httponly" in cookie and "samesite" in cookie
    assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "no-referrer"
    assert b"Voordeur" not in body and b"<script" not in body


def test_leaving_is_answered_at_once(server: Server) -> None:
    """X8: the exit request itself, mostly within 50 ms."""
    waits = []
    for _ in range(40):
        address = asked(server, "GET", "/")[1]["location"]
        began = time.monotonic()
        asked(server, "GET", address + "/0")
        waits.append((time.monotonic() - began) * 1000)
    assert sorted(waits)[30] <= 50, [round(one) for one in sorted(waits)]


def test_leaving_reaches_the_neutral_page_quickly(page: Page, server: Server, neutral: Neutral) -> None:
    """X8: from the exit request to the next one, browser and all; clearing the cache would cost 400 ms and more.

    The criterion itself (50 ms on two cores with nothing else to do) is for a machine at rest.
    """
    waits = []
    for _ in range(10):
        home(page, server)
        start = len(neutral.asked)
        with page.expect_request("**/0") as hop:
            leave(page, neutral.url)
        waits.append(neutral.since(start)[0][2] * 1000 - hop.value.timing["startTime"])
    assert sorted(waits)[5] <= 200, [round(one) for one in waits]


def test_nothing_is_said_aloud_while_leaving(page: Page, server: Server, neutral: Neutral) -> None:
    """X13: the blank page between has no live region, no words and no title that tells."""
    to(page, server, "results")
    bodies: list[str] = []
    page.on("response", lambda one: bodies.append(one.text()) if one.url.endswith("/0") else None)
    before = page.evaluate("document.body.querySelectorAll('[aria-live]').length")
    leave(page, neutral.url)
    assert before == 0
    assert not [one for one in bodies if "aria-live" in one or "role=" in one]
