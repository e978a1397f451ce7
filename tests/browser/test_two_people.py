"""Two people and more: a visitor at the door and professionals at the desk, each in a real browser, on real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import Neutral
from tests.browser.staffed_house import PATIENCE, AtTheDoor, Person, StaffedHouse, until
from tests.browser.test_axe import axe, violations
from tests.browser.walking import jump

__all__ = ["axe"]
SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
#: Keeps a copy of all that the visitor's stream brings.
OVERHEARD = """
const before = window.fetch;
window.heard = [];
window.fetch = async (...asked) => {
  const answer = await before(...asked);
  if (!String(asked[0]).endsWith("/k") || !answer.body) { return answer; }
  const [kept, given] = answer.body.tee(), reader = kept.getReader(), decoder = new TextDecoder();
  (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      window.heard.push(decoder.decode(part.value, { stream: true }));
    }
  })();
  return new Response(given, { status: answer.status, headers: answer.headers });
};
"""
ARABIC, HEBREW = "مرحبا، كيف حالك؟", "שלום, אני כאן (1)"


@pytest.fixture(autouse=True)
def _nobody_there(both_sides: StaffedHouse) -> Iterator[None]:
    """Each test begins with an empty house."""
    both_sides.does("off_work")
    yield
    both_sides.does("empties")


@pytest.fixture
def visits(both_sides: StaffedHouse, new_context: NewContext) -> Any:
    """Somebody comes to the door and writes; `wishes` are for the browser."""

    def come(text: str, *, wish: str = "", script: str = "", **wishes: Any) -> AtTheDoor:
        context = new_context(**wishes)
        if script:
            context.add_init_script(script)
        return AtTheDoor(both_sides, context.new_page(), text, wish=wish)

    return come


@SCRIPT
def test_a_whole_conversation(both_sides: StaffedHouse, visits: Any, has_script: bool) -> None:
    noor = both_sides.person("noor")
    someone = visits("mag ik iets vragen", java_script_enabled=has_script)
    noor.row("waiting", someone.id).wait_for()
    assert "mag ik" not in noor.page.inner_text("#inbox")
    noor.picks_up(someone.id)
    noor.line(someone.id, "mag ik iets vragen").wait_for()
    someone.line("Noor").wait_for()
    noor.part(someone.id, "presence").filter(has_text="the visitor is here").wait_for()
    noor.says(someone.id, "Natuurlijk")
    someone.line("Natuurlijk").wait_for()
    someone.says("dank je")
    noor.line(someone.id, "dank je").wait_for()
    waits = noor.row("mine", someone.id).locator('[data-p="waits"]')
    waits.filter(has_text="no answer yet").wait_for()
    noor.says(someone.id, "Sterkte")
    someone.line("Sterkte").wait_for()
    until(noor.page, lambda: waits.text_content() == "")
    assert noor.texts(someone.id) == ["mag ik iets vragen", "Natuurlijk", "dank je", "Sterkte"]
    assert [one for one in someone.texts() if "Noor" not in one] == noor.texts(someone.id)
    noor.part(someone.id, "end").click()
    noor.page.click("#ending .go")
    noor.part(someone.id, "over").filter(has_text="has ended").wait_for()
    assert not noor.part(someone.id, "composer").is_visible()
    until(someone.page, lambda: someone.id not in both_sides.does("open_ones"))
    assert b"Natuurlijk" not in both_sides.stored() and b"dank je" not in both_sides.stored()


def test_two_conversations_at_once_do_not_mix(both_sides: StaffedHouse, visits: Any) -> None:
    """Interleaved, in two scripts, with and without our script; each side sees its own and all of its own."""
    noor = both_sides.person("noor")
    one, other = visits(ARABIC), visits("two: first", java_script_enabled=False)
    for someone in (one, other):
        noor.picks_up(someone.id)
    said: dict[str, list[str]] = {one.id: [ARABIC], other.id: ["two: first"]}
    for turn in range(3):
        for someone, text in ((one, f"{HEBREW} {turn}"), (other, f"two: from the door {turn}")):
            someone.says(text)
            noor.line(someone.id, text).wait_for()
            said[someone.id].append(text)
        for someone, text in ((other, f"two: from the desk {turn}"), (one, f"one: {ARABIC} {turn}")):
            noor.says(someone.id, text)
            someone.line(text).wait_for()
            said[someone.id].append(text)
    for someone in (one, other):
        assert noor.texts(someone.id) == said[someone.id]
        assert [text for text in someone.texts() if "Noor" not in text] == said[someone.id]
    rtl = noor.line(one.id, ARABIC).locator(".said")
    assert rtl.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert noor.line(other.id, "two: first").locator(".said").evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert noor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@SCRIPT
def test_leaving_in_the_middle_is_seen_and_nobody_is_asked_back(
    both_sides: StaffedHouse, visits: Any, neutral: Neutral, has_script: bool
) -> None:
    noor = both_sides.person("noor")
    someone = visits("er komt iemand", java_script_enabled=has_script)
    noor.picks_up(someone.id)
    noor.says(someone.id, "Ik ben er")
    someone.line("Ik ben er").wait_for()
    someone.page.click("#exit", no_wait_after=True)
    someone.page.wait_for_url(neutral.url)
    noor.part(someone.id, "presence").filter(has_text="the visitor left").wait_for()
    noor.part(someone.id, "over").filter(has_text="has ended").wait_for()
    assert not noor.part(someone.id, "composer").is_visible()
    said = noor.pane(someone.id).inner_text().lower()
    assert "er komt iemand" in said and "come back" not in said.replace("do not ask them to come back", "")
    noor.row("mine", someone.id).wait_for(state="detached")


def test_who_left_with_a_code_is_not_asked_back_and_finds_all_of_it(
    both_sides: StaffedHouse, visits: Any, new_context: NewContext, neutral: Neutral
) -> None:
    noor = both_sides.person("noor")
    someone = visits("straks verder")
    noor.picks_up(someone.id)
    code = someone.asks_code()
    noor.says(someone.id, "Met een code kan dat")
    someone.line("Met een code").wait_for()
    someone.page.click("#exit", no_wait_after=True)
    someone.page.wait_for_url(neutral.url)
    noor.part(someone.id, "presence").filter(has_text="the visitor left").wait_for()
    noor.part(someone.id, "over").filter(has_text="Do not ask them to come back").wait_for()
    noor.says(someone.id, "Tot later")
    noor.line(someone.id, "Tot later").wait_for()
    page = new_context().new_page()
    page.context.set_default_timeout(PATIENCE)
    jump(page, both_sides.server, "central", "go=talk:return")
    page.fill("#code", code)
    page.locator('button[name="go"][value="talk:open"]').click(no_wait_after=True)
    page.locator("li", has_text="Tot later").first.wait_for()
    noor.part(someone.id, "presence").filter(has_text="the visitor is here").wait_for()
    until(page, lambda: not noor.part(someone.id, "over").is_visible())


def _faults(person: Person, axe: str) -> list[str]:
    """What axe finds on the page as it stands, wide and narrow."""
    found, page = [], person.page
    for width, height in ((320, 640), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        found += violations(page.context.new_cdp_session(page), axe)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return found


def test_danger_that_is_told_later_is_marked_and_in_sight(both_sides: StaffedHouse, visits: Any, axe: str) -> None:
    noor = both_sides.person("noor")
    someone = visits("een vraag")
    noor.picks_up(someone.id)
    for turn in range(6):
        noor.says(someone.id, f"antwoord {turn}")
        noor.line(someone.id, f"antwoord {turn}").wait_for()
    noor.opens_inside(someone.id)  # the box of messages gets smaller by it
    someone.says("hij heeft een mes en wil mij vermoorden")
    noor.line(someone.id, "mes").wait_for()
    for mark in (noor.part(someone.id, "marks"), noor.row("mine", someone.id).locator('[data-p="marks"]')):
        mark.filter(has_text="⚠ Danger").wait_for()
    below = """one => {
      const box = one.closest(".log").getBoundingClientRect();
      return one.getBoundingClientRect().bottom - box.bottom;
    }"""
    assert noor.line(someone.id, "mes").evaluate(below) <= 0
    assert _faults(noor, axe) == []


def test_a_peer_a_coach_and_a_visitor(both_sides: StaffedHouse, visits: Any, axe: str) -> None:
    """The coach comes in the middle, reads what was said before, whispers, and takes over; the visitor is told."""
    ilse = both_sides.person("ilse")
    sam = both_sides.person("sam")
    someone = visits("ik wil iemand die dit kent", wish="peer", script=OVERHEARD)
    both_sides.does("at_work", "ilse")
    sam.picks_up(someone.id)
    someone.line("Sam").wait_for()
    someone.line("Ilse").wait_for()  # that she reads along
    sam.part(someone.id, "readers").filter(has_text="Ilse reads along").wait_for()
    sam.says(someone.id, "Ik heb het ook meegemaakt")
    ilse.looks_at(someone.id, "coached")
    ilse.line(someone.id, "ik wil iemand die dit kent").wait_for()
    ilse.line(someone.id, "meegemaakt").wait_for()
    assert not ilse.part(someone.id, "composer").is_visible()
    ilse.says_inside(someone.id, "whispered: vraag of het veilig is")
    sam.opens_inside(someone.id)
    sam.line(someone.id, "whispered", "inside-log").wait_for()
    sam.says_inside(someone.id, "whispered: dat doe ik")
    ilse.line(someone.id, "dat doe ik", "inside-log").wait_for()
    sam.says(someone.id, "Ben je veilig?")
    someone.line("Ben je veilig?").wait_for()
    assert "whispered" not in someone.page.content()
    sam.part(someone.id, "end").click()
    assert not sam.page.locator("#ending [name=shut_out]").is_visible()
    assert "coach can take over" in sam.page.inner_text("#ending")
    sam.page.keyboard.press("Escape")

    assert _faults(sam, axe) + _faults(ilse, axe) == []
    ilse.part(someone.id, "take-over").click()
    ilse.part(someone.id, "composer").wait_for()
    sam.part(someone.id, "over").filter(has_text="no longer with you").wait_for()
    ilse.says(someone.id, "Ik ben Ilse en ga verder")
    someone.line("ga verder").wait_for()
    someone.says("goed")
    ilse.line(someone.id, "goed").wait_for()
    assert "ga verder" not in sam.pane(someone.id).inner_text()
    assert "whispered" not in someone.page.content()
    lines = "".join(someone.page.evaluate("heard")).splitlines()
    brought = [one for line in lines if line.strip() for one in json.loads(line).get("m", ())]
    assert {one[1] for one in brought} == {"d", "v"}
    assert len(brought) == len(someone.texts())  # not even a place of what is between colleagues
    assert ilse.texts(someone.id)[0] == "ik wil iemand die dit kent"


def test_passing_on_takes_the_whole_story_along_and_leaves_no_key_behind(both_sides: StaffedHouse, visits: Any) -> None:
    noor, yara = both_sides.person("noor"), both_sides.person("yara")
    someone = visits("het gaat over mijn trainer")
    noor.picks_up(someone.id)
    noor.says(someone.id, "Wil je met Speelveld praten?")
    someone.line("Speelveld").wait_for()
    someone.says("ja graag")
    noor.line(someone.id, "ja graag").wait_for()
    noor.says_inside(someone.id, "note: rustig aan", "note")
    noor.line(someone.id, "rustig aan", "inside-log").wait_for()
    noor.part(someone.id, "pass").click()
    noor.page.select_option("#passing-team", "sport")
    noor.page.click("#passing .go")
    noor.part(someone.id, "over").filter(has_text="passed this conversation on").wait_for()
    someone.line("Noor draagt het gesprek over aan de mensen van Speelveld").wait_for()
    yara.picks_up(someone.id)
    yara.part(someone.id, "log").get_by_text(
        "Noor passed the conversation on to the people of Playing field"
    ).wait_for()
    assert yara.texts(someone.id) == ["het gaat over mijn trainer", "Wil je met Speelveld praten?", "ja graag"]
    yara.opens_inside(someone.id)
    yara.line(someone.id, "rustig aan", "inside-log").wait_for()
    yara.says(someone.id, "Hier is Yara, alleen voor jou")
    someone.line("alleen voor jou").wait_for()
    someone.says("fijn, alleen voor Yara")
    yara.line(someone.id, "fijn").wait_for()
    assert "voor jou" not in noor.page.content() and "fijn" not in noor.page.content()
    asked = """async id => {
      const answer = await fetch("/api/%s", { method: "POST", headers: { "X-Voordeur": "1" },
        body: JSON.stringify({ id, after: 0 }) });
      return answer.status;
    }"""
    assert [noor.page.evaluate(asked % path, someone.id) for path in ("open", "read")] == [404, 404]
    assert noor.row("mine", someone.id).count() == noor.row("waiting", someone.id).count() == 0


def test_of_a_call_to_a_team_behind_more_doors_the_responder_says_by_which_it_came(both_sides: StaffedHouse) -> None:
    noor = both_sides.person("noor")
    noor.page.click("#to-call")
    assert not noor.page.locator("#call-door").is_visible(), "one door is no choice"
    noor.page.keyboard.press("Escape")
    # As the server tells it of a team behind two; of the second it knows better, and says so.
    noor.page.evaluate("voordeur.team('central').doors = { sport: 'Playing field', central: 'Voordeur' }")
    noor.page.click("#to-call")
    door = noor.page.get_by_label("By which door")
    assert door.locator("option").all_inner_texts() == ["choose a door", "Playing field", "Voordeur"]
    noor.page.click("#call .go")
    assert noor.page.locator("#call[open]").count() == 1 and door.evaluate("one => !one.checkValidity()")
    door.select_option("sport")
    noor.page.click("#call .go")
    noor.page.locator("#call .wrong", has_text="Choose for which door this call is.").wait_for()
    door.select_option("central")
    noor.page.click("#call .go")
    noor.page.wait_for_selector("#code[open] li")
    noor.page.click("#code .go")
    noor.page.evaluate("voordeur.team('central').doors = { central: 'Voordeur' }")
    both_sides.does("empties")


def test_a_telephone_conversation_and_its_code(both_sides: StaffedHouse, new_context: NewContext) -> None:
    """The code is read aloud; the caller comes back with it, by its words or its numbers."""
    noor = both_sides.person("noor")
    noor.page.click("#to-call")
    noor.page.select_option("#call-language", "nl")
    noor.page.click("#call .go")
    noor.page.wait_for_selector("#code[open] li")
    words, digits = noor.page.locator("#code li").all_inner_texts(), noor.page.inner_text("#code .digits").split()
    assert (len(words), len(digits)) == (11, 11)
    noor.page.click("#code .go")
    (called,) = both_sides.does("open_ones")
    noor.part(called, "composer").wait_for()
    assert words[3] not in noor.page.inner_text("body")
    assert words[0] not in noor.page.locator("#code").inner_html()
    noor.says(called, "Afgesproken: je belt vrijdag")
    noor.line(called, "vrijdag").wait_for()
    for code in (" ".join(words), " ".join(digits)):
        page = new_context().new_page()
        page.context.set_default_timeout(PATIENCE)
        jump(page, both_sides.server, "central", "go=talk:return")
        page.fill("#code", code)
        page.locator('button[name="go"][value="talk:open"]').click(no_wait_after=True)
        if code[0].isdigit():  # what was seen before stands behind a button
            page.locator('button[name="go"][value="talk:all"]').click(no_wait_after=True)
        page.locator("li", has_text="vrijdag").first.wait_for()
    page.fill("#text", "toch liever zaterdag")
    page.click('button[name="go"][value="talk:say"]', no_wait_after=True)
    noor.line(called, "toch liever zaterdag").wait_for()


def test_who_goes_off_duty_does_not_keep_a_visitor_waiting(both_sides: StaffedHouse, visits: Any) -> None:
    """It goes back to the queue, the page says so, and who comes back picks it up with all that was said."""
    noor = both_sides.person("noor")
    someone = visits("ben je er nog")
    noor.picks_up(someone.id)
    noor.page.locator("#duty input").uncheck()
    someone.says("hallo?")
    noor.line(someone.id, "hallo?").wait_for()

    def is_given_back() -> bool:
        # The page says each half minute who is on duty; one that was on its way would still say so.
        both_sides.does("off_work", "noor")
        return bool(both_sides.does("looks_for_left_behind", 30).startswith("1 "))

    until(noor.page, is_given_back)
    noor.part(someone.id, "over").filter(has_text="went back to the queue").wait_for()
    assert not noor.part(someone.id, "composer").is_visible()
    until(noor.page, lambda: noor.row("mine", someone.id).count() == 0)
    noor.row("waiting", someone.id).wait_for()
    noor.page.locator("#duty input").check()
    noor.picks_up(someone.id)
    noor.says(someone.id, "Ja, ik ben terug")
    someone.line("ik ben terug").wait_for()
    assert noor.texts(someone.id) == ["ben je er nog", "hallo?", "Ja, ik ben terug"]
