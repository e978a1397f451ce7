"""The desk's page in a real browser: from the first sign-in on, by keyboard, narrow, read aloud, and with keys lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext
from tests.browser.staffed_house import NEW, PATIENCE, AtTheDoor, Person, StaffedHouse, until
from tests.browser.test_axe import axe, violations

__all__ = ["axe"]
Visits = Callable[..., AtTheDoor]
OWN_PHRASE = "paard batterij nietje fiets"


@pytest.fixture(autouse=True)
def _nobody_there(both_sides: StaffedHouse) -> Iterator[None]:
    """Each test begins with an empty house."""
    expect.set_options(timeout=PATIENCE)
    both_sides.does("off_work")
    yield
    both_sides.does("empties")


@pytest.fixture
def visits(both_sides: StaffedHouse, new_context: NewContext) -> Visits:
    """Somebody comes to the door and writes."""

    def come(text: str, *, door: str = "central", wish: str = "") -> AtTheDoor:
        return AtTheDoor(both_sides, new_context().new_page(), text, door=door, wish=wish)

    return come


def _submit(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form:not([data-passkey]):not([action='/sign-out']) button").first.click()


def _lets_in(colleague: Person, newcomer: Person, team: str) -> None:
    """A colleague compares the numbers and lets somebody in."""
    newcomer.page.locator("#notices .notice", has_text="cannot read for the team").first.wait_for()
    numbers = re.search(r"\d{4} \d{4} \d{4} \d{4}", newcomer.page.inner_text("#notices"))
    assert numbers
    colleague.page.click("#to-team")
    colleague.page.select_option("#team-which", team)
    card = colleague.page.locator("#team li", has_text=newcomer.name.title())
    card.locator(".digits", has_text=numbers[0]).wait_for()
    card.locator("button").click()
    card.filter(has_text="can read for the team").wait_for()
    colleague.page.click("#team .go")
    newcomer.page.locator("#notices button", has_text="Look again").first.click()
    until(newcomer.page, lambda: newcomer.page.locator("#notices .notice").count() == 0)


def test_from_the_first_sign_in_to_the_first_answer(both_sides: StaffedHouse, visits: Visits) -> None:
    """Passphrase, code of an app, key phrase, let in by a colleague, and a visitor is answered."""
    noor = both_sides.person("noor")
    page = both_sides.context().new_page()
    kim = Person(both_sides, NEW, page)
    page.goto(both_sides.desk_url)
    page.fill("#login", NEW)
    page.fill("#password", both_sides.cast[NEW]["passphrase"])
    _submit(page)
    page.fill("#new", OWN_PHRASE)
    page.fill("#again", OWN_PHRASE)
    _submit(page)
    page.goto(f"{both_sides.desk_url}/me/app")
    secret = page.inner_text(".secret").replace(" ", "")
    page.fill("[name=code]", both_sides.does("code", secret))
    _submit(page)
    page.wait_for_url("**/me/codes")
    page.goto(both_sides.desk_url)
    kim.makes_key()
    _lets_in(noor, kim, "central")
    page.locator("#duty input").check()
    someone = visits("voor wie er is")
    kim.picks_up(someone.id)
    kim.says(someone.id, "Ik ben nieuw, en ik ben er")
    someone.line("ik ben er").wait_for()
    page.goto(f"{both_sides.desk_url}/me")
    _sign_out(page)
    page.fill("#login", NEW)
    page.fill("#password", OWN_PHRASE)
    _submit(page)
    page.fill("[name=code]", both_sides.does("code", secret, 1))
    _submit(page)
    kim.unlocks()
    kim.looks_at(someone.id)
    kim.line(someone.id, "voor wie er is").wait_for()
    assert kim.faults == []
    page.context.close()


def _sign_out(page: Page) -> None:
    with page.expect_navigation():
        page.locator("form[action='/sign-out'] button").click()


def test_everything_without_a_mouse(both_sides: StaffedHouse, visits: Visits) -> None:
    """Open, go on duty, pick up, answer, look something up, note, end: by keys alone."""
    both_sides.goes_home("noor")
    noor = both_sides.signed_in("noor")
    page, keys = noor.page, noor.page.keyboard
    page.goto(both_sides.desk_url)
    expect(page.locator("#unlock-words")).to_be_focused()
    keys.type(noor.phrase)
    keys.press("Enter")
    expect(page.locator("#inbox")).to_be_focused()
    expect(page.locator("#duty input")).not_to_be_checked()

    def tab_to(selector: str) -> None:
        for _ in range(40):
            keys.press("Tab")
            if page.evaluate("one => document.activeElement.matches(one)", selector):
                return
        raise AssertionError(f"{selector} is not reached")

    tab_to("#duty input")
    keys.press("Space")
    expect(page.locator("#duty input")).to_be_checked()
    someone = visits("alleen met toetsen")
    noor.row("waiting", someone.id).wait_for()
    page.bring_to_front()
    keys.press("Alt+i")
    tab_to("#waiting button")
    keys.press("Enter")
    expect(noor.part(someone.id, "text")).to_be_focused()
    keys.type("Hallo, regel een")
    keys.press("Enter")
    keys.type("regel twee")
    keys.press("Control+Enter")
    someone.line("regel twee").wait_for()
    keys.press("Alt+n")
    expect(noor.part(someone.id, "inside-text")).to_be_focused()
    keys.type("een notitie")
    keys.press("Control+Enter")
    noor.line(someone.id, "een notitie", "inside-log").wait_for()
    keys.press("Alt+o")
    expect(noor.part(someone.id, "search")).to_be_focused()
    keys.press("Escape")
    expect(noor.part(someone.id, "look-up")).to_be_focused()
    tab_to("[data-p=end]")
    keys.press("Enter")
    page.wait_for_selector("#ending[open]")
    tab_to("#ending .go")
    keys.press("Enter")
    noor.part(someone.id, "over").filter(has_text="has ended").wait_for()
    keys.press("Alt+i")
    expect(page.locator("#inbox")).to_be_focused()
    page.focus("#lock")
    keys.press("Enter")
    expect(page.locator("#unlock-words")).to_be_focused()
    assert "met toetsen" not in page.content() and page.evaluate("voordeur.holders.size") == 0
    assert noor.faults == []
    page.context.close()


def test_a_draft_survives_a_reload_and_stands_nowhere_in_the_clear(both_sides: StaffedHouse, visits: Visits) -> None:
    noor = both_sides.person("noor")
    someone = visits("ik wacht")
    noor.picks_up(someone.id)
    half = "Een halve zin die nog niet af"
    noor.part(someone.id, "text").fill(half)
    noor.part(someone.id, "draft").filter(has_text="draft kept").wait_for()
    assert half.encode() not in both_sides.stored()
    noor.page.reload()
    noor.unlocks()
    noor.looks_at(someone.id)
    assert noor.part(someone.id, "text").input_value() == half
    assert half not in someone.page.content()
    noor.page.keyboard.press("Control+Enter")
    someone.line(half).wait_for()


def test_a_lost_key_phrase_and_a_colleague_who_lets_in_again(both_sides: StaffedHouse, visits: Visits) -> None:
    """And after that with the recovery code on paper, without a colleague."""
    otto, tess = both_sides.person("otto"), both_sides.person("tess")
    someone = visits("dit moet leesbaar blijven", door="exploitation")
    tess.picks_up(someone.id)
    tess.says(someone.id, "Het blijft leesbaar")
    someone.line("Het blijft leesbaar").wait_for()
    _loses_phrase(tess)
    tess.looks_at(someone.id)
    tess.line(someone.id, "Messages that your keys do not open").wait_for()
    assert tess.texts(someone.id) == []
    _lets_in(otto, tess, "exploitation")
    expected = ["dit moet leesbaar blijven", "Het blijft leesbaar"]
    until(tess.page, lambda: tess.texts(someone.id) == expected)
    assert tess.part(someone.id, "log").locator("li", has_text="keys do not open").count() == 0
    tess.says(someone.id, "En nu weer")
    someone.line("En nu weer").wait_for()

    tess.page.click("#to-team")
    tess.page.select_option("#team select[aria-label]", "escrow")
    tess.page.get_by_role("button", name="Choose this").click()
    paper = tess.page.locator("#team p.digits", has_text=re.compile(r"^([0-9a-f]{4} ){15}[0-9a-f]{4}$")).inner_text()
    tess.page.click("#team .go")
    tess.clears()
    tess.looks_at(someone.id)
    until(tess.page, lambda: tess.texts(someone.id) == [*expected, "En nu weer"])
    tess.says(someone.id, "Alleen met het papier")
    someone.line("met het papier").wait_for()
    _loses_phrase(tess)
    tess.page.click("#to-team")
    box = tess.page.get_by_label("Recovery code of the team")
    box.fill(paper.replace("a", "b").replace("0", "1"))
    tess.page.get_by_role("button", name="Use the code").click()
    tess.page.locator("#team .wrong", has_text="not the recovery code").wait_for()
    box.fill(paper.upper())
    tess.page.get_by_role("button", name="Use the code").click()
    tess.page.locator("#team", has_text="in use until you lock").wait_for()
    tess.page.click("#team .go")
    tess.looks_at(someone.id)
    until(tess.page, lambda: tess.texts(someone.id) == [*expected, "En nu weer", "Alleen met het papier"])
    tess.says(someone.id, "Weer terug")
    someone.line("Weer terug").wait_for()


def test_who_leads_a_partners_team_says_where_notices_go(both_sides: StaffedHouse) -> None:
    """Colleagues see that there is an address, and not which; a team of the door itself sees nothing of it."""
    address, box = "wacht@partner.example", "Mail address of the team"

    def team_of(person: Person) -> Any:
        person.page.click("#to-team")
        dialog = person.page.locator("#team")
        dialog.get_by_text("When somebody loses the key phrase").wait_for()
        return dialog

    tess, otto = both_sides.person("tess"), both_sides.person("otto")
    expect(team_of(tess).get_by_text("Notices by mail")).to_have_count(0)
    tess.page.click("#team .go")
    both_sides.is_partner("exploitation", "de-partner")
    try:
        dialog = team_of(tess)
        dialog.get_by_label(box).fill("nobody")
        dialog.get_by_label(box).press("Enter")
        dialog.locator(".wrong", has_text="not one mail address").wait_for()
        dialog.get_by_label(box).fill(address)
        dialog.get_by_role("button", name="Keep this address").click()
        dialog.get_by_text("This team gets notices.").wait_for()
        expect(dialog.get_by_label(box)).to_have_value(address)
        assert address.encode() not in both_sides.stored()
        seen = team_of(otto)
        seen.get_by_text("This team gets notices.").wait_for()
        assert seen.get_by_label(box).count() == 0 and address not in otto.page.content()
        dialog.get_by_role("button", name="No more notices").click()
        dialog.get_by_text("This team gets no notices yet.").wait_for()
    finally:
        both_sides.is_partner("exploitation", "")
        for one in (tess, otto):
            one.page.keyboard.press("Escape")


def _loses_phrase(person: Person) -> None:
    person.page.click("#lock")
    person.page.click("#unlock summary")
    person.page.locator("#unlock").get_by_role("button", name="Make a new key").click()
    person.makes_key()


def _words(page: Page, selector: str = "body") -> str:
    return page.locator(selector).aria_snapshot()


def test_what_is_read_aloud_and_what_axe_finds(both_sides: StaffedHouse, visits: Visits, axe: str) -> None:
    """On every view, at 1280 and at 320 px: names of all parts, no fault, nothing wider than the screen."""
    noor = both_sides.signed_in("noor")
    page = noor.page
    protocol = page.context.new_cdp_session(page)
    found: list[str] = []

    def look(view: str) -> None:
        for width, height in ((1280, 800), (320, 640)):
            page.set_viewport_size({"width": width, "height": height})
            found.extend(f"[{view}, {width}] {one}" for one in violations(protocol, axe))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{view} is too wide at {width}"
        page.set_viewport_size({"width": 1280, "height": 800})

    both_sides.does("at_work", "noor")
    page.goto(both_sides.desk_url)
    page.locator("#unlock-words").wait_for()  # until it is known who this is, nothing stands there
    look("locked")
    noor.opens()
    look("nobody waits")
    first, second = visits("goedemiddag"), visits("مرحبا")
    noor.picks_up(first.id)
    noor.says(first.id, "Goedemiddag")
    noor.says_inside(first.id, "een notitie", "note")
    noor.line(first.id, "een notitie", "inside-log").wait_for()
    noor.row("waiting", second.id).wait_for()
    tree = _words(page)
    for name in (
        'region "Inbox"', 'heading "Inbox"', 'heading "Waiting', 'heading "Mine"', 'group "On duty"',
        f'region "Conversation {first.id[:2]}-{first.id[2:4]}"', 'log "Messages with the visitor"',
        'log "Between colleagues"', 'textbox "Text to the visitor"', 'textbox "Text between colleagues"',
        'button "Send to the visitor"', 'button "Look up"', 'button "Pass on"', 'button "End"', 'button "Put away"',
        'button "Keep as a note"', 'button "Lock"', 'link "My login, and signing out"', "status",
    ):  # fmt: skip
        assert f"- {name}" in tree, (name, tree)
    assert re.search(r'button "Answer: waits .*Arabic', tree) or re.search(r'button "Answer: waits ', tree)
    look("a conversation, and somebody waits")
    noor.part(first.id, "look-up").click()
    noor.part(first.id, "found").locator("li").first.wait_for()
    look("looking up")
    noor.part(first.id, "panel-away").click()
    for opener, dialog in (
        ("#to-team", "#team"), ("#to-call", "#call"), ("#to-keys", "#keys"), ("[data-p=end]", "#ending"),
        ("[data-p=pass]", "#passing"),
    ):  # fmt: skip
        page.click(f"{opener}:visible")
        page.wait_for_selector(f"{dialog}[open]")
        assert re.search(r'dialog "[^"]+"', _words(page, "body")), dialog
        look(dialog)
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 320, "height": 640})
    page.locator("#tabs button").first.click()
    noor.row("waiting", second.id).locator("button").click()
    noor.part(second.id, "composer").wait_for()
    assert not page.locator("#inbox").is_visible() and not noor.pane(first.id).is_visible()
    noor.says(second.id, "تمام")
    second.line("تمام").wait_for()
    assert not found, "\n" + "\n".join(found)
    assert noor.faults == []
    page.context.close()


def test_times_are_dutch_wherever_the_device_thinks_it_is(both_sides: StaffedHouse, visits: Visits) -> None:
    here, far = both_sides.person("noor"), both_sides.signed_in("noor", timezone_id="Pacific/Auckland")
    someone = visits("hoe laat is het")
    here.picks_up(someone.id)
    far.opens()
    far.looks_at(someone.id)
    times: list[Any] = []
    for one in (here, far):
        one.line(someone.id, "hoe laat").wait_for()
        times.append(one.line(someone.id, "hoe laat").locator("time").inner_text())
    assert times[0] == times[1] and re.fullmatch(r"\d\d:\d\d", times[0])
    summer = "2026-07-01T10:00Z"
    said = [one.page.evaluate("at => voordeur.clock(at)", summer) for one in (here, far)]
    assert said[0] == said[1] and "12:00" in said[0]
    far.page.context.close()
