"""The whole trip from the door to help in a real browser (face.md S1-S5, W1, L8, L9, L12, P1-P3, P7)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Request

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import DOORS, Neutral, Server, asked
from tests.browser.walking import (
    ANSWERED,
    AT_A_DOOR,
    FIELDS,
    LONGEST,
    PAGES,
    TALKING,
    asks_place,
    begin,
    follow,
    home,
    leave,
    press,
    question,
    skip_to,
    speak,
    to,
)

SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
NEXT = 'main button[name="go"][value="next"]'
BACK = 'main button[name="go"][value="back"]'
MOST_STOPS = 150
SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } "
SPACING += "p { margin-block-end: 2em !important }"


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the control has the focus; it must be seen when it has."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            break
    else:
        raise AssertionError(f"Tab never reached {selector}")
    assert page.evaluate(
        """() => {
          const e = document.activeElement, r = e.getBoundingClientRect();
          if (e.id === 'exit') return true;
          for (const [x, y] of [[.5, .5], [.1, .1], [.9, .1], [.1, .9], [.9, .9]]) {
            const top = document.elementFromPoint(r.x + r.width * x, r.y + r.height * y);
            if (top && (e === top || e.contains(top) || top.contains(e))) return true;
          }
          return false;
        }"""
    ), f"{selector} has the focus but cannot be seen (WCAG 2.4.11)"


def enter(page: Page, key: str = "Enter") -> None:
    """Press a key that leads to another page."""
    follow(page, lambda: page.keyboard.press(key))


@SCRIPT
@pytest.mark.parametrize("door", DOORS)
def test_the_whole_trip_can_be_made_by_keyboard_alone(
    new_context: NewContext, server: Server, neutral: Neutral, door: str, has_script: bool
) -> None:
    """L12, WCAG 2.1.3: in by every door, answer, results, one organisation, and away."""
    page = new_context(java_script_enabled=has_script, viewport={"width": 320, "height": 480}).new_page()
    home(page, server, door)
    tab_to(page, 'button[name="way_in"][value="talk"]')
    enter(page)
    steps = 0
    while question(page) and steps < LONGEST:
        steps += 1
        if page.locator('main input[name="what"]').count():
            tab_to(page, 'input[name="what"]')
            page.keyboard.press("Space")
        if page.locator("#place").count():
            tab_to(page, "#place")
            page.keyboard.type("Zwolle")
        tab_to(page, 'main button[name="go"][value="next"]')
        enter(page)
    assert question(page) == ""
    assert page.locator("main article a[href^='tel:'], main article a[href^='http']").count()
    tab_to(page, 'main button[value^="org:"]')
    enter(page)
    assert page.locator("main h1").count() == 1
    page.keyboard.press("Escape")
    page.goto(page.url)  # the visit's own address, so that the first Tab is the first again
    tab_to(page, "#exit")
    page.keyboard.press("Enter")
    page.wait_for_url(neutral.url)


@pytest.mark.parametrize(("door", "kind"), AT_A_DOOR)
def test_no_page_scrolls_sideways(new_context: NewContext, server: Server, kind: str, door: str) -> None:
    """L9, WCAG 1.4.10 and 1.4.12: at 320 px, at 400 per cent, with text spacing, in both languages."""
    for language in ("nl", "en"):
        page = new_context(viewport={"width": 320, "height": 640}, locale=language).new_page()
        to(page, server, kind, door)
        assert page.locator("html").get_attribute("lang") == language
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for width, height in ((320, 640), (320, 256), (640, 400)):
            page.set_viewport_size({"width": width, "height": height})
            assert _overflow(page) == [], f"{language}, {width}"
        page.set_viewport_size({"width": 320, "height": 640})
        _add_style(page, SPACING)
        assert _overflow(page) == [], f"{language}, with text spacing"
        assert _clipped(page) == [], f"{language}, with text spacing"
        _add_style(page, "html { font-size: 200% !important }")
        assert _clipped(page) == [], f"{language}, twice as large"


def _add_style(page: Page, css: str) -> None:
    """As a reader's own style sheet: the content policy is for pages, not for readers."""
    page.evaluate(
        "css => { const s = new CSSStyleSheet(); s.replaceSync(css);"
        " document.adoptedStyleSheets = [...document.adoptedStyleSheets, s]; }",
        css,
    )


def _overflow(page: Page) -> list[Any]:
    return list(
        page.evaluate(
            """() => {
              const wide = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= wide) return [];
              return [...document.body.querySelectorAll('*')]
                .filter(e => e.getBoundingClientRect().right > wide + 1)
                .map(e => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 40)).slice(0, 5);
            }"""
        )
    )


def _clipped(page: Page) -> list[Any]:
    return list(
        page.evaluate(
            """() => [...document.body.querySelectorAll('*')].filter(e => {
              const s = getComputedStyle(e);
              return e.clientWidth > 1 && !['INPUT', 'SELECT', 'OPTION'].includes(e.tagName)
                && ['hidden', 'clip'].includes(s.overflowX)
                && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
            }).map(e => e.tagName + '.' + e.className).slice(0, 5)"""
        )
    )


@pytest.mark.parametrize("kind", PAGES)
def test_the_page_can_be_used_in_forced_colours(new_context: NewContext, server: Server, kind: str) -> None:
    """L12: controls keep an edge, choices a name, when the system chooses all colours."""
    page = new_context(forced_colors="active", reduced_motion="reduce").new_page()
    to(page, server, kind)
    bare = page.evaluate(
        """() => [...document.querySelectorAll('main button, main a.do, #exit')].filter(e => {
          const s = getComputedStyle(e);
          return e.getClientRects().length && s.borderTopStyle === 'none' && s.textDecorationLine === 'none';
        }).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert bare == []
    assert page.locator("main h1").count() == 1


# ---------------------------------------------------------------- answers


def test_another_language_keeps_the_page_and_the_answers(page: Page, server: Server) -> None:
    """L8: one press, in its own name; nothing is asked again."""
    begin(page, server)
    skip_to(page, "what")
    page.locator('input[name="what"][value="stalking"]').check()
    press(page, NEXT)
    here, told = question(page), page.locator('main input[name="s"]').first.get_attribute("value")
    assert told and "stalking" in told
    speak(page, "en")
    assert page.locator("html").get_attribute("lang") == "en"
    assert question(page) == here
    assert page.locator('main input[name="s"]').first.get_attribute("value") == told


def test_another_language_keeps_an_opened_question_and_what_is_filled_in(page: Page, server: Server) -> None:
    """L8: also when a question was opened again: the same question, and its answers still chosen."""
    begin(page, server)
    skip_to(page, "what")
    page.locator('input[name="what"][value="stalking"]').check()
    press(page, NEXT)
    press(page, BACK)
    assert question(page) == "what"
    speak(page, "en")
    assert question(page) == "what"
    assert page.locator('input[name="what"][value="stalking"]').is_checked()


@pytest.mark.parametrize("kind", ["danger", "safety", "organization", "results", "place choice"])
def test_another_language_keeps_every_kind_of_page(page: Page, server: Server, kind: str) -> None:
    """L8."""
    to(page, server, kind)
    before = page.evaluate("document.querySelectorAll('main h1, main h2, main article').length")
    speak(page, "en")
    assert page.evaluate("document.querySelectorAll('main h1, main h2, main article').length") == before


def test_the_previous_question_shows_what_was_chosen(page: Page, server: Server) -> None:
    """Every step has its own way back, since Back leaves."""
    begin(page, server)
    skip_to(page, "what")
    page.locator('input[name="what"][value="money"]').check()
    press(page, NEXT)
    press(page, BACK)
    assert question(page) == "what"
    assert page.locator('input[name="what"][value="money"]').is_checked()
    for _ in range(LONGEST):
        if not question(page):
            break
        press(page, BACK)
    assert page.locator('main button[name="way_in"]').count() > 1


def test_an_answer_can_be_changed_later_and_the_rest_is_kept(page: Page, server: Server) -> None:
    """From what was told, one press opens the question again."""
    begin(page, server)
    skip_to(page, "what")
    page.locator('input[name="what"][value="money"]').check()
    press(page, NEXT)
    page.locator('input[name="who"][value="partner"]').check()
    press(page, NEXT)
    press(page, 'main button[value="ask:what"]')
    assert page.locator('input[name="what"][value="money"]').is_checked()
    page.locator('input[name="what"][value="money"]').uncheck()
    page.locator('input[name="what"][value="stalking"]').check()
    press(page, NEXT)
    told = page.locator('main input[name="s"]').first.get_attribute("value") or ""
    assert "stalking" in told and "money" not in told and "who=partner" in told


def test_a_place_that_there_are_more_of_is_asked(page: Page, server: Server) -> None:
    """Hengelo lies in Overijssel and in Gelderland: the visitor chooses, and the answer is kept."""
    asks_place(page, server, "Hengelo")
    choices = page.locator('main button[value^="place:GM"]')
    assert choices.count() >= 2
    assert page.locator("main article").count(), "help is shown also before the choice"
    wanted = choices.first.get_attribute("value")
    press(page, f'main button[value="{wanted}"]')
    assert page.locator('main button[value^="place:GM"]').count() == 0
    assert (wanted or "").removeprefix("place:") in (
        page.locator('main input[name="s"]').first.get_attribute("value") or ""
    )


def test_a_place_written_wrongly_is_understood(page: Page, server: Server) -> None:
    """One letter too few, and it says how it was understood."""
    asks_place(page, server, "Apeldorn")
    assert "Apeldoorn" in page.locator("main").inner_text()


def test_a_place_that_is_not_there_is_said_and_help_stays(page: Page, server: Server) -> None:
    """No dead end (safety rule 7)."""
    asks_place(page, server, "Qwxyzabc")
    assert "Qwxyzabc" in page.locator("main").inner_text()
    assert page.locator("main article").count()


def test_a_number_stands_on_the_screen_within_three_presses(page: Page, server: Server) -> None:
    """W1: from the first page; the emergency number is there at once."""
    home(page, server)
    assert page.locator('a[href^="tel:"]').first.is_visible()
    press(page, 'main button[name="way_in"][value="talk"]')
    assert page.locator('main article a[href^="tel:"]').count()


# ---------------------------------------------------------------- nothing kept, nothing told


@SCRIPT
def test_a_visit_keeps_nothing_in_the_browser_and_asks_no_one_else(
    new_context: NewContext, server: Server, neutral: Neutral, has_script: bool
) -> None:
    """S1, S2, S3, S5, P2: own host only, one request for each page, no cookie, no storage, no answer in an address."""
    context = new_context(java_script_enabled=has_script)
    page = context.new_page()
    seen: list[Request] = []
    problems: list[str] = []
    context.on("request", lambda one: seen.append(one))
    page.on("console", lambda one: problems.append(one.text) if one.type == "error" else None)
    for kind in (*(one for one in PAGES if one not in TALKING), *TALKING):
        if kind == next(iter(TALKING)):
            assert context.cookies() == [], "a cookie before there is a conversation"
        start = len(seen)
        to(page, server, kind)
        # A form that the script sends is a page too: it is fetched by the page instead of the browser.
        steps = [one for one in seen[start:] if one.is_navigation_request() or one.method == "POST"]
        assert len(seen) - start == len(steps), f"{kind} asks for more than the page itself"
    assert {one.url.split("/")[2] for one in seen} == {server.hosts[0]}
    assert not [one for one in problems if "404" not in one], problems
    # Of a conversation besides: what the script asks (j, k), and the frame, whose address opens for this visit alone.
    ours = re.compile(r"/([A-Za-z0-9_-]{28}(/x|/j|/k|/t/[A-Za-z0-9_-]+/nl)?)?|/there-is-nothing-here")
    for one in seen:
        assert ours.fullmatch(one.url.split(server.hosts[0])[1])
    for cookie in context.cookies():
        assert (cookie["name"], cookie["expires"], cookie["httpOnly"]) == ("c", -1, True), "until the browser closes"
        assert re.fullmatch(r"/[A-Za-z0-9_-]{28}", cookie["path"]), "for the visit of this conversation alone"
    context.clear_cookies()
    home(page, server)
    kept = page.evaluate(
        """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
                         document.cookie, history.state, window.name]"""
    )
    assert kept == [0, 0, 0, "", None, ""]
    usage = context.new_cdp_session(page).send("Storage.getUsageAndQuota", {"origin": server.url()[:-1]})
    assert usage["usage"] == 0
    leave(page, neutral.url)
    page.wait_for_timeout(2300)
    assert context.cookies() == []


def test_a_page_fits_in_the_first_flight(server: Server) -> None:
    """P1, P3: headers and compressed body of every type of page together at most 13,000 bytes."""
    sizes = {}
    for door, host in DOORS.items():
        for language in ("nl", "en"):
            headers = {"Host": host, "Accept-Encoding": "gzip", "Accept-Language": language}
            _, entered, _ = asked(server, "GET", "/", headers=headers)
            address = entered["location"]
            for name, body in _BODIES.items():
                method, form = ("POST", body) if body else ("GET", None)
                status, answer, content = asked(server, method, address, form, headers)
                assert status == 200 and answer["content-encoding"] == "gzip"
                head = sum(len(key) + len(value) + 4 for key, value in answer.items()) + 19
                sizes[door, language, name] = head + len(content)
    assert max(sizes.values()) <= 13_000, sorted(sizes.items(), key=lambda one: -one[1])[:6]


_BODIES = {
    **FIELDS,
    "question 3": urlencode({"s": "way_in=talk&reach=call", "go": "guide"}),
    "question 4": urlencode({"s": "way_in=talk&reach=&what=blows", "go": "guide"}),
    "question 6": urlencode({"s": "way_in=talk&reach=&what=blows&who=&when=", "go": "guide"}),
    "results of silence": urlencode({"s": "way_in=options&reach=&what=&who=&when=&age=&need=", "go": "guide"}),
    "results at work": urlencode({"s": "way_in=work&reach=&what=&who=&when=&age=&need=", "go": "guide"}),
    "opened again": urlencode({"s": f"{ANSWERED}&need=listening&wish=&speaks=&place=Utrecht", "go": "ask:wish"}),
}
