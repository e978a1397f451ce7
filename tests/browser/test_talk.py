"""A conversation in a real browser, with script and without: live, and nothing lost."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import Neutral, Server
from tests.browser.talking_house import Desk, TalkingHouse
from tests.browser.talks import SCRIPT, NewTalk, Talk, own_text, wait_until
from tests.browser.walking import SAY, has_frame, said_in, talk

DANGER = "hij heeft een mes en wil mij vermoorden"


# ---------------------------------------------------------------- live


@SCRIPT
@pytest.mark.parametrize("locale", ["nl-NL", "en-GB"])
def test_a_reply_is_seen_in_time_and_what_is_typed_stays(
    new_talk: NewTalk, desk: Desk, locale: str, has_script: bool
) -> None:
    """By itself and soon (the bench says how soon), on a busy machine too; at 320 px; nothing scrolls sideways."""
    one = new_talk(java_script_enabled=has_script, locale=locale, viewport={"width": 320, "height": 480})
    one.line(one.first).wait_for()
    one.page.fill("#text", "half a sen")
    began = time.monotonic()
    desk.replies(one.id, "I read you")
    one.line("I read you").wait_for()
    assert time.monotonic() - began < 8
    desk.does("begins_epoch", one.id)
    desk.replies(one.id, "and with new keys")
    one.line("and with new keys").wait_for()
    assert one.page.input_value("#text") == "half a sen"
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 320
    one.sends("thank you")
    one.line("thank you").wait_for()
    wait_until(one.page, lambda: desk.reads(one.id) == [one.first, "I read you", "and with new keys", "thank you"])
    assert one.lines() == desk.reads(one.id)


@SCRIPT
def test_pressing_send_twice_sends_once_the_very_first_time_too(
    new_context: NewContext, server: Server, desk: Desk, has_script: bool
) -> None:
    page = new_context(java_script_enabled=has_script).new_page()
    first, second = own_text("eerst"), own_text("later")
    talk(page, server, first, presses=2)
    one = desk.newest(first)
    page.fill("#text", second)
    page.dblclick(SAY, no_wait_after=True)
    wait_until(page, lambda: second in desk.reads(one))
    time.sleep(0.5)
    assert desk.reads(one) == [first, second]


def test_a_broken_line_loses_and_repeats_nothing(new_talk: NewTalk, house: TalkingHouse, desk: Desk) -> None:
    """With script: the server falls, both sides write, it comes back with the memory of the run."""
    one = new_talk()
    desk.replies(one.id, "before")
    one.line("before").wait_for()
    house.fall()
    desk.replies(one.id, "meanwhile, desk")
    for text in ("first meanwhile", "second meanwhile"):
        one.sends(text)
    wait_until(one.page, lambda: one.page.locator("#line").inner_text() != "")
    house.start()
    one.line("meanwhile, desk").wait_for(timeout=15_000)
    expected = [one.first, "before", "meanwhile, desk", "first meanwhile", "second meanwhile"]
    wait_until(one.page, lambda: desk.reads(one.id) == expected, 15)
    wait_until(one.page, lambda: one.lines() == expected)
    one.page.reload(wait_until="commit")
    one.line("second meanwhile").wait_for()
    assert one.lines() == expected


def test_an_answer_that_is_lost_on_the_way_back_is_asked_for_again_and_sent_once(new_talk: NewTalk, desk: Desk) -> None:
    """The server took it, the browser never heard: the same id again."""
    one = new_talk()
    lost: list[int] = []

    def lose(route: Route) -> None:
        if "do=say" in (route.request.post_data or "") and len(lost) < 2:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    one.page.route("**/j", lose)
    one.sends("once only")
    wait_until(one.page, lambda: len(lost) == 2)
    one.sends("and this")
    wait_until(one.page, lambda: desk.reads(one.id) == [one.first, "once only", "and this"], 10)
    wait_until(one.page, lambda: one.lines() == [one.first, "once only", "and this"])


@pytest.mark.parametrize("status", [429, 503, 500])
def test_an_answer_that_says_later_is_tried_again_by_itself(new_talk: NewTalk, desk: Desk, status: int) -> None:
    one = new_talk()
    times: list[int] = []

    def refuse(route: Route) -> None:
        if "do=say" in (route.request.post_data or "") and len(times) < 2:
            times.append(1)
            body = "<p>broken" if status == 500 else '{"error": "later"}'
            route.fulfill(status=status, body=body)
        else:
            route.continue_()

    one.page.route("**/j", refuse)
    one.sends("patience")
    wait_until(one.page, lambda: desk.reads(one.id) == [one.first, "patience"], 10)
    wait_until(one.page, lambda: one.lines() == [one.first, "patience"])


def test_what_is_refused_comes_back_into_the_box(new_talk: NewTalk, desk: Desk) -> None:
    one = new_talk()
    desk.does("closes", one.id, is_shut_out=True)
    one.sends("keep me")
    one.page.wait_for_selector("#held")
    assert one.page.input_value("#text") == "keep me" and one.lines() == [one.first]


# ---------------------------------------------------------------- what is typed


@SCRIPT
def test_a_hundred_thousand_letters_are_refused_and_stay(new_talk: NewTalk, desk: Desk, has_script: bool) -> None:
    one = new_talk(java_script_enabled=has_script)
    text = "ab cde " * 15_000
    one.page.locator("#text").evaluate("(box, text) => { box.value = text }", text)
    one.page.click(SAY, no_wait_after=True)
    one.page.wait_for_selector("main [role=alert]")
    assert one.page.input_value("#text") == text and desk.reads(one.id) == [one.first]


@SCRIPT
@pytest.mark.parametrize("sign", ["😀", '"', "\\", "<b>", "\u202e", "ى"])
def test_strange_signs_arrive_as_they_are(new_talk: NewTalk, desk: Desk, sign: str, has_script: bool) -> None:
    one = new_talk(java_script_enabled=has_script)
    text = sign * (4000 // len(sign) - 5)
    one.sends(text)
    wait_until(one.page, lambda: desk.reads(one.id) == [one.first, text])


def test_control_characters_and_half_signs_do_no_harm_with_script(new_talk: NewTalk, desk: Desk) -> None:
    one = new_talk()
    one.page.evaluate("document.getElementById('text').value = 'a\\u0000b\\ud800c\\u001b' + '\\ud800'.repeat(3990)")
    one.page.click(SAY, no_wait_after=True)
    wait_until(one.page, lambda: desk.reads(one.id) == [one.first, "abc"])


@SCRIPT
@pytest.mark.parametrize("is_first", [True, False])
def test_words_of_danger_raise_the_note_and_the_mark(
    new_talk: NewTalk, desk: Desk, is_first: bool, has_script: bool
) -> None:
    one = new_talk(own_text(DANGER) if is_first else "", java_script_enabled=has_script)
    if not is_first:
        assert not one.page.locator("#danger").is_visible()
        one.sends(DANGER)
    one.page.locator("#danger").wait_for()
    wait_until(one.page, lambda: desk.label(one.id)["is_danger"])
    one.page.reload(wait_until="commit")
    one.page.locator("#danger").wait_for()


def test_another_language_keeps_what_is_typed_with_script(new_talk: NewTalk) -> None:
    one = new_talk()
    one.page.fill("#text", "half a sen")
    one.presses("lang:en")
    one.page.wait_for_selector('html[lang="en"] #text')
    assert one.page.input_value("#text") == "half a sen"
    one.line(one.first).wait_for()


def test_what_is_not_sent_yet_goes_along_to_the_next_page(new_talk: NewTalk, desk: Desk) -> None:
    one = new_talk()
    one.page.route("**/j", lambda route: route.abort())
    one.sends("on its way")
    one.page.fill("#text", "half a sen")
    one.code()
    assert one.page.input_value("#text") == "on its way\nhalf a sen"


@SCRIPT
def test_text_from_right_to_left_is_kept_apart_on_a_dutch_page(new_talk: NewTalk, desk: Desk, has_script: bool) -> None:
    one = new_talk(java_script_enabled=has_script)
    desk.replies(one.id, "مرحبا، كيف حالك؟", language="ar")
    line = one.line("مرحبا").locator(".text")
    line.wait_for()
    assert line.get_attribute("dir") == "auto" and line.get_attribute("lang") == "ar"
    assert line.evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert one.line("مرحبا").evaluate("e => getComputedStyle(e).direction") == "ltr"


# ---------------------------------------------------------------- poor browsers


def _without_cookie(route: Route) -> None:
    route.continue_(headers={name: value for name, value in route.request.headers.items() if name != "cookie"})


@SCRIPT
def test_all_works_without_cookies(browser: Browser, server: Server, desk: Desk, has_script: bool) -> None:
    context = browser.new_context(java_script_enabled=has_script, locale="nl-NL")
    try:
        context.route(
            re.compile(rf"http://localhost:{server.port}/.*"),
            _without_cookie,
        )
        one = Talk(context.new_page(), server, desk)
        one.sends("two")
        one.line("two").wait_for()
        assert len(one.code()) == 11
        one.sends("three")
        one.line("three").wait_for()
        desk.replies(one.id, "four")
        one.line("four").wait_for()
        one.presses("talk:wipe")
        one.page.locator('button[value="talk:wiped"]').click()
        wait_until(one.page, lambda: not desk.does("exists", one.id))
    finally:
        context.close()


def test_without_frames_the_messages_stand_on_the_page(new_talk: NewTalk, desk: Desk) -> None:
    """As in a text browser: the button leads to a page that shows them, and stays so."""
    one = new_talk(java_script_enabled=False)
    one.presses("talk:plain")
    one.page.wait_for_selector("main .said .text")
    desk.replies(one.id, "for you")
    one.presses("talk:plain")
    one.page.wait_for_selector("main .said .text >> text=for you")
    one.sends("thanks")
    one.page.wait_for_selector("main .said .text >> text=thanks")
    assert one.page.locator("main .said .text").all_inner_texts() == [one.first, "for you", "thanks"]


def test_a_browser_that_cannot_seal_gets_the_frame(new_context: NewContext, server: Server, desk: Desk) -> None:
    """Scripts, but no crypto.subtle: an http address that is not this machine's own."""
    context = new_context()
    context.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined });")
    page = context.new_page()
    text = own_text()
    talk(page, server, text)
    assert has_frame(page)
    frame = page.frame_locator("#said iframe")
    frame.locator("li", has_text=text).wait_for()
    one = desk.newest(text)
    page.fill("#text", "half a sen")
    desk.replies(one, "hello")
    frame.locator("li", has_text="hello").wait_for()
    assert page.input_value("#text") == "half a sen"
    page.click(SAY, no_wait_after=True)
    page.frame_locator("#said iframe").locator("li", has_text="half a sen").wait_for()
    assert desk.reads(one) == [text, "hello", "half a sen"]


@SCRIPT
def test_the_whole_conversation_goes_by_keyboard_alone(
    new_context: NewContext, server: Server, neutral: Neutral, desk: Desk, has_script: bool
) -> None:
    page = new_context(java_script_enabled=has_script, viewport={"width": 320, "height": 480}).new_page()
    page.goto(server.url())

    def reach(selector: str) -> None:
        for _ in range(90):
            page.keyboard.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"Tab never reached {selector}")

    reach('main button[name="go"][value="talk"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("#text")
    text = own_text()
    reach("#text")
    page.keyboard.type(text)
    reach(SAY)
    page.keyboard.press("Enter")
    page.wait_for_selector("#said")
    one = desk.newest(text)
    said_in(page).locator("li", has_text=text).wait_for()
    desk.replies(one, "by keys")
    said_in(page).locator("li", has_text="by keys").wait_for()
    reach("#text")
    page.keyboard.type("answer")
    if has_script:
        page.keyboard.press("Control+Enter")
    else:
        reach(SAY)
        page.keyboard.press("Enter")
    wait_until(page, lambda: desk.reads(one) == [text, "by keys", "answer"])
    page.wait_for_selector("#text")
    page.reload(wait_until="commit")
    page.wait_for_selector("#text")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "exit"
    page.keyboard.press("Enter")
    page.wait_for_url(neutral.url)


def test_deleting_one_and_all(new_talk: NewTalk, desk: Desk) -> None:
    one = new_talk()
    one.sends("too much said")
    wait_until(one.page, lambda: len(desk.reads(one.id)) == 2)
    one.presses("talk:wipe")
    one.page.locator('button[value="talk:delete:2"]').click()
    wait_until(one.page, lambda: desk.reads(one.id) == [one.first])
    one.page.locator('button[value="talk:wiped"]').click()
    wait_until(one.page, lambda: not desk.does("exists", one.id))
    one.page.wait_for_selector("#code")
    assert not one.page.context.cookies(one.page.url)


# ---------------------------------------------------------------- what goes over the line


@SCRIPT
def test_no_other_host_is_asked_and_the_text_is_sealed_before_it_goes(
    new_context: NewContext, server: Server, desk: Desk, has_script: bool
) -> None:
    context = new_context(java_script_enabled=has_script)
    urls: list[str] = []
    bodies: list[str] = []
    context.on("request", lambda one: urls.append(one.url))
    context.on("request", lambda one: bodies.append(one.post_data or ""))
    one = Talk(context.new_page(), server, desk, own_text("verzegeld"))
    one.sends("second secret")
    one.line("second secret").wait_for()
    assert {url.split("/")[2] for url in urls} == {f"localhost:{server.port}"}
    if has_script:
        assert not [body for body in bodies if "verzegeld" in body or "second" in body]
    assert not [url for url in urls if one.id in url or "verzegeld" in url or "?" in url]


def test_the_page_of_a_conversation_is_small(page: Page, server: Server, desk: Desk) -> None:
    """P1: what comes before the first paint, compressed, is at most 13,000 bytes: for both pages."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    over_the_line: list[int] = []
    protocol.on("Network.loadingFinished", lambda said: over_the_line.append(int(said["encodedDataLength"])))
    one = Talk(page, server, desk)
    one.line(one.first).wait_for()
    assert over_the_line and max(over_the_line) <= 13_000, sorted(over_the_line)
