"""Warm hand-over at the desk in a real browser: proposed, offered, refused by rule, joined, handed on, overridden."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from tests.browser.staffed_house import PATIENCE, Person, StaffedHouse, until
from tests.browser.test_axe import axe, violations

__all__ = ["axe"]


@pytest.fixture(autouse=True)
def _nobody_there(both_sides: StaffedHouse) -> Iterator[None]:
    """Each test begins with an empty house."""
    expect.set_options(timeout=PATIENCE)
    both_sides.does("off_work")
    yield
    both_sides.does("empties")


def _held(house: StaffedHouse, who: Person, text: str) -> str:
    """A conversation that this person took up."""
    name: str = house.does("comes", text)
    who.picks_up(name)
    who.line(name, text).wait_for()
    return name


def _offered(house: StaffedHouse, who: Person, text: str, agreed: str) -> tuple[str, str]:
    """A conversation, and a hand-over of it to which the visitor said yes."""
    name = _held(house, who, text)
    handover: str = house.does("offers_to", name, who.name, "fier")
    assert house.does("says_yes", name, handover, agreed) == "offered"
    return name, handover


def _opens_offer(partner: Person, handover: str) -> None:
    row = partner.page.locator(f'#offers li[data-id="{handover}"] button[data-p="open"]')
    row.wait_for()
    row.click()
    partner.page.wait_for_selector("#offer[open]")


def _presses(partner: Person, text: str) -> None:
    partner.page.locator("#offer [data-p=acts] button", has_text=text).click()


def _says_yes(partner: Person, way: str, *, code_word: bool = True, hangs_up: bool = True) -> None:
    _presses(partner, "Say yes")
    form = partner.page.locator("#agreeing")
    form.locator("[name=way]").select_option(way)
    form.locator("[name=says_code_word]").set_checked(code_word)
    form.locator("[name=hangs_up]").set_checked(hangs_up)
    form.locator(".go").click()


def _goes_on(who: Person, name: str, tab: str = "") -> None:
    if not who.part(name, "going").is_visible():
        who.part(name, "going-on").click()
    if tab:
        who.part(name, "going").get_by_role("button", name=tab, exact=True).click()


def test_a_proposal_is_found_written_in_parts_and_put_to_the_visitor(both_sides: StaffedHouse) -> None:
    noor = both_sides.person("noor")
    name = _held(both_sides, noor, "ik weet niet meer hoe verder")
    noor.page.keyboard.press("Alt+g")
    panel = noor.part(name, "going")
    expect(panel.get_by_role("button", name="Hand-over", exact=True)).to_be_focused()
    panel.locator("summary", has_text="Find a partner").click()
    panel.locator("summary", has_text="What happens").click()
    panel.get_by_label("a so-called lover who exploits you").check()
    panel.get_by_role("button", name="Search").click()
    fier = panel.locator('[data-p="partners"] > li', has=noor.page.locator("strong", has_text="Fier")).first
    fier.wait_for()
    expect(fier).to_contain_text("reads and answers here")
    expect(fier).to_contain_text("aiting time")
    fier.locator("input").check()
    panel.get_by_role("button", name="Write what would be passed on").click()
    panel.get_by_label("What happened").fill("Hij wacht haar op")
    panel.get_by_label("How to reach me safely").fill("Alleen hier")
    panel.get_by_role("button", name="Ask the visitor").click()
    card = panel.locator('[data-p="handovers"] > li')
    expect(card).to_contain_text("the visitor was asked")
    expect(card).to_contain_text("You take care of it.")
    ((handover, organization, state),) = both_sides.does("is_proposed", name)
    assert (organization, state) == ("fier", "asked")
    (paper,) = both_sides.does("visitor_reads", name, "h")
    assert paper["kind"] == "proposal" and paper["ref"] == handover and paper["organization"] == "fier"
    assert [(one["key"], one["text"]) for one in paper["parts"]] == [
        ("happened", "Hij wacht haar op"),
        ("reach", "Alleen hier"),
    ]
    assert b"wacht haar op" not in both_sides.stored()
    noor.page.locator("#handed li", has_text="Fier").wait_for()
    assert noor.texts(name) == ["ik weet niet meer hoe verder"]  # a paper is no message
    card.get_by_role("button", name="Take back").click()
    expect(card).to_contain_text("taken back")
    assert both_sides.does("is_proposed", name)[0][2] == "withdrawn"


def test_an_offer_opens_for_the_partner_and_a_no_comes_back_with_its_reason(both_sides: StaffedHouse) -> None:
    noor, fay = both_sides.person("noor"), both_sides.person("fay")
    name, handover = _offered(both_sides, noor, "ik ben er klaar voor", "Zij zoekt een veilige plek")
    _opens_offer(fay, handover)
    offer = fay.page.locator("#offer")
    expect(offer).to_contain_text("Zij zoekt een veilige plek")
    expect(offer).to_contain_text("In no other way.")
    _presses(fay, "Ask the visitor something")
    fay.page.fill("#question textarea", "Zijn er kinderen mee?")
    fay.page.click("#question .go")
    expect(offer).to_contain_text("The partner asks: Zijn er kinderen mee?")
    _goes_on(noor, name)
    card = noor.part(name, "handovers").locator("> li")
    expect(card).to_contain_text("Zijn er kinderen mee?")
    _presses(fay, "Say no")
    fay.page.locator("#saying-no [name=reason]").select_option("no_place")
    fay.page.fill("#saying-no [name=search]", "Moviera")
    expect(fay.page.locator("#saying-no [name=might]")).to_have_value("moviera")
    fay.page.fill("#saying-no textarea", "Probeer het volgende week weer")
    fay.page.click("#saying-no .go")
    expect(fay.page.locator("#offers li")).to_have_count(0)
    expect(card).to_contain_text("they cannot")
    expect(card).to_contain_text("because: no place at this moment · they think of: Moviera")
    expect(card).to_contain_text("With the no: Probeer het volgende week weer")
    assert "veilige plek" not in fay.page.content()
    back = noor.page.locator("#handed li", has_text="came back")
    back.get_by_role("button", name="Put away: Fier").click()
    expect(back).to_have_count(0)
    stored = both_sides.stored()
    assert b"kinderen mee" not in stored and b"volgende week" not in stored


def test_a_yes_that_the_rule_of_contact_forbids_is_refused_with_a_sentence(both_sides: StaffedHouse) -> None:
    noor, fay = both_sides.person("noor"), both_sides.person("fay")
    name, handover = _offered(both_sides, noor, "bel me niet zomaar", "Belt liever niet")
    _opens_offer(fay, handover)
    _says_yes(fay, "phone")
    wrong = fay.page.locator("#agreeing .wrong")
    expect(wrong).to_have_text("the visitor did not permit this way")
    fay.page.keyboard.press("Escape")
    both_sides.does("permits_phone", name)
    _says_yes(fay, "phone", code_word=False)
    expect(wrong).to_have_text("the code word must be said first")
    fay.page.locator("#agreeing [name=says_code_word]").check()
    fay.page.locator("#agreeing [name=hangs_up]").uncheck()
    fay.page.click("#agreeing .go")
    expect(wrong).to_have_text("only to the visitor personally; hang up when somebody else answers")
    fay.page.locator("#agreeing [name=hangs_up]").check()
    fay.page.click("#agreeing .go")
    expect(fay.page.locator("#offer")).to_contain_text("you said yes; make contact as agreed")
    assert both_sides.does("is_proposed", name)[0][2] == "accepted"


def test_a_guest_reads_what_follows_and_goes_on_when_the_first_desk_may_go(both_sides: StaffedHouse) -> None:
    noor, fay = both_sides.person("noor"), both_sides.person("fay")
    name, handover = _offered(both_sides, noor, "dit was ervoor", "Wil verder met Fier")
    noor.says(name, "Dit blijft onder ons")
    noor.line(name, "onder ons").wait_for()
    noor.says_inside(name, "Let op haar broer", "note")
    noor.line(name, "haar broer", "inside-log").wait_for()
    _opens_offer(fay, handover)
    _says_yes(fay, "here")
    _presses(fay, "Join the conversation")
    fay.part(name, "composer").wait_for()
    expect(noor.part(name, "readers")).to_contain_text("Fay of the partner joins in")
    expect(fay.part(name, "readers")).to_contain_text("you are a guest; Noor holds this conversation")
    for button in ("pass", "end", "going-on", "inside"):
        assert not fay.part(name, button).is_visible(), button
    noor.says(name, "Dit is Fay")
    fay.line(name, "Dit is Fay").wait_for()
    fay.says(name, "Dag, ik ben Fay")
    noor.line(name, "ik ben Fay").wait_for()
    both_sides.does("visitor_writes", name, "dag allebei")
    fay.line(name, "dag allebei").wait_for()
    assert fay.texts(name) == ["Dit is Fay", "Dag, ik ben Fay", "dag allebei"]
    told = both_sides.does("visitor_reads", name, "d")
    assert [one["role"] for one in told if one["by"] == "Fay"] == ["partner", "partner"]
    assert [one["kind"] for one in told if one["by"] == "Fay"] == ["joined", "text"]
    assert "onder ons" not in fay.page.content() and "broer" not in fay.page.content()

    both_sides.does("lets_go", name, handover)
    expect(fay.part(name, "end")).to_be_visible()
    fay.row("mine", name).wait_for()
    expect(noor.part(name, "over")).to_contain_text("no longer with you")
    until(fay.page, lambda: "guest" not in fay.part(name, "readers").inner_text())
    fay.says(name, "Nu ben ik er voor je")
    until(fay.page, lambda: both_sides.does("visitor_reads", name, "d")[-1]["t"] == "Nu ben ik er voor je")
    fay.says_inside(name, "Van ons alleen", "note")
    fay.line(name, "Van ons alleen", "inside-log").wait_for()
    assert fay.texts(name)[0] == "Dit is Fay" and "broer" not in fay.page.content()


def test_what_is_taken_back_is_gone_from_the_partners_screen(both_sides: StaffedHouse) -> None:
    noor, fay = both_sides.person("noor"), both_sides.person("fay")
    name, handover = _offered(both_sides, noor, "toch niet", "Dit wil ik terug")
    _opens_offer(fay, handover)
    expect(fay.page.locator("#offer")).to_contain_text("Dit wil ik terug")
    both_sides.does("takes_back", name, handover)
    fay.page.locator("#notices", has_text="no longer for you").wait_for()
    assert "wil ik terug" not in fay.page.content()
    expect(fay.page.locator("#offers li")).to_have_count(0)


def test_without_a_yes_it_takes_danger_a_reason_and_two_people(both_sides: StaffedHouse) -> None:
    noor, ilse, fay = (both_sides.person(one) for one in ("noor", "ilse", "fay"))
    name = _held(both_sides, noor, "hij staat beneden")
    both_sides.does("offers_to", name, "noor", "fier")
    _goes_on(noor, name)
    card = noor.part(name, "handovers").locator("> li")
    card.wait_for()
    assert card.get_by_role("button", name="without a yes").count() == 0
    noor.part(name, "mark-danger").click()
    expect(noor.part(name, "marks").first).to_contain_text("Danger")
    card.get_by_role("button", name="without a yes").click()
    noor.page.fill("#override [name=reason]", "Hij heeft een mes")
    noor.page.fill("#override [name=happened]", "Zij zit op zolder")
    noor.page.check("#override [name=is_untold]")
    noor.page.click("#override .go")
    expect(card).to_contain_text("Waits for a second signature")
    assert noor.page.locator("#notices", has_text="asks for your signature").count() == 0
    assert fay.page.locator("#offers li").count() == 0
    notice = ilse.page.locator("#notices .notice", has_text="asks for your signature: Fier")
    notice.get_by_role("button", name="Look").click()
    expect(ilse.page.locator("#signing")).to_contain_text("Hij heeft een mes")
    expect(ilse.page.locator("#signing")).to_contain_text("Zij zit op zolder")
    ilse.page.click("#signing .go")
    expect(notice).to_have_count(0)
    assert "op zolder" not in ilse.page.content()
    handover = both_sides.does("is_proposed", name)[0][0]
    _opens_offer(fay, handover)
    expect(fay.page.locator("#offer")).to_contain_text("Zij zit op zolder")
    expect(fay.page.locator("#offer")).to_contain_text("Two people signed")
    assert "een mes" not in fay.page.content()
    expect(card).to_contain_text("The visitor does not know yet")
    assert both_sides.does("visitor_reads", name, "h") == [], "nothing of it lies where the visitor's keys open it"
    assert "Do not speak of it" not in fay.page.inner_text("#offer")
    _says_yes(fay, "here")
    expect(fay.page.locator("#offer")).to_contain_text("Do not speak of it")
    expect(card).to_contain_text("they said yes")  # the card is drawn anew by it: not under the hand that presses
    card.get_by_role("button", name="tell the visitor").click()
    expect(card).to_contain_text("The visitor can see it")
    assert both_sides.does("reads_what_went_out", name, handover) == ["Zij zit op zolder"]
    (paper,) = both_sides.does("visitor_reads", name, "h")
    assert (paper["kind"], paper["ref"]) == ("override", handover)
    assert [one["text"] for one in paper["parts"]] == ["Zij zit op zolder"]
    assert b"zolder" not in both_sides.stored() and b"een mes" not in both_sides.stored()


def test_an_override_that_is_told_at_once_lays_its_text_before_the_visitor_too(both_sides: StaffedHouse) -> None:
    noor, ilse = both_sides.person("noor"), both_sides.person("ilse")
    name = _held(both_sides, noor, "ik hoor hem op de trap")
    handover = both_sides.does("offers_to", name, "noor", "fier")
    _goes_on(noor, name)
    noor.part(name, "mark-danger").click()
    card = noor.part(name, "handovers").locator("> li")
    card.get_by_role("button", name="without a yes").click()
    noor.page.fill("#override [name=reason]", "Hij komt eraan")
    noor.page.fill("#override [name=need]", "Haal haar nu op")
    noor.page.click("#override .go")
    expect(card).to_contain_text("Waits for a second signature")
    notice = ilse.page.locator("#notices .notice", has_text="asks for your signature: Fier")
    notice.get_by_role("button", name="Look").click()
    ilse.page.click("#signing .go")
    expect(card).to_contain_text("The visitor can see it")
    assert both_sides.does("reads_what_went_out", name, handover) == ["Haal haar nu op"]
    assert b"Haal haar" not in both_sides.stored()


def test_a_partner_without_a_desk_goes_by_telephone_step_by_step(both_sides: StaffedHouse) -> None:
    noor = both_sides.person("noor")
    name = _held(both_sides, noor, "bel jij ze?")
    handover = both_sides.does("offers_to", name, "noor", "moviera")
    assert both_sides.does("says_yes", name, handover, "Graag een gesprek") == "offered"
    _goes_on(noor, name)
    card = noor.part(name, "handovers").locator("> li")
    card.locator("summary").click()
    expect(card).to_contain_text("Graag een gesprek")
    for step in ("called", "told what was agreed"):
        card.get_by_role("button", name=f"By telephone: {step}").click()
        expect(card).to_contain_text(f"✓ {step}")
    card.get_by_role("button", name="agreed on a moment").click()
    noor.page.locator("#agreeing [name=way]").select_option("phone")
    noor.page.click("#agreeing .go")
    expect(noor.page.locator("#agreeing .wrong")).to_have_text("the visitor did not permit this way")
    noor.page.locator("#agreeing [name=way]").select_option("here")
    noor.page.click("#agreeing .go")
    expect(card).to_contain_text("First contact: ")
    card.get_by_role("button", name="introduced to each other").click()
    card.get_by_role("button", name="There was contact").click()
    expect(card).to_contain_text("The partner takes care of it.")


def test_a_colleague_finishes_by_telephone_what_another_asked(both_sides: StaffedHouse) -> None:
    noor, ilse = both_sides.person("noor"), both_sides.person("ilse")
    name = _held(both_sides, noor, "bellen jullie ze?")
    handover = both_sides.does("offers_to", name, "noor", "moviera")
    assert both_sides.does("says_yes", name, handover, "Graag overdag") == "offered"
    row = ilse.page.locator(f'#handed li[data-id="{handover}"] button[data-p="open"]')
    row.wait_for()
    row.click()
    dialog = ilse.page.locator("#offer")
    expect(dialog).to_contain_text("Graag overdag")
    expect(dialog).to_contain_text("○ called")
    for step in ("called", "told what was agreed"):
        dialog.get_by_role("button", name=f"By telephone: {step}").click()
        expect(dialog).to_contain_text(f"✓ {step}")
    dialog.get_by_role("button", name="agreed on a moment").click()
    ilse.page.locator("#agreeing [name=way]").select_option("here")
    ilse.page.click("#agreeing .go")
    expect(dialog).to_contain_text("First contact: ")
    dialog.get_by_role("button", name="They cannot").click()
    ilse.page.locator("#saying-no [name=reason]").select_option("no_place")
    ilse.page.click("#saying-no .go")
    expect(dialog).not_to_be_visible()
    assert both_sides.does("is_proposed", name)[0][2] == "declined"
    assert "Graag overdag" not in ilse.page.content()


def test_the_plan_is_made_by_both_and_the_last_who_saves_is_read(both_sides: StaffedHouse) -> None:
    noor = both_sides.person("noor")
    name = _held(both_sides, noor, "een plan maken")
    _goes_on(noor, name, "Plan")
    panel = noor.part(name, "plan")
    panel.get_by_label("Where can I go").fill("Naar tante Wil")
    panel.get_by_role("textbox", name="Step").fill("Tas klaarzetten")
    on_its_way: list[Route] = []

    def keeps_waiting(route: Route) -> None:
        on_its_way.append(route)

    noor.page.route("**/api/write", keeps_waiting)
    panel.get_by_role("button", name="Save the plan").click()
    until(noor.page, lambda: bool(on_its_way))
    expect(panel).not_to_contain_text("Saved by")
    expect(panel.get_by_label("Where can I go")).to_have_value("Naar tante Wil")
    on_its_way[0].continue_()
    noor.page.unroute("**/api/write")
    expect(panel).to_contain_text("Saved by Noor")
    (said,) = both_sides.does("visitor_reads", name, "p")
    assert said["plan"]["safety"]["place"] == "Naar tante Wil"
    assert said["plan"]["steps"] == [{"text": "Tas klaarzetten", "done": False}]
    theirs = {
        "kind": "plan",
        "plan": {"safety": {"place": "Naar mijn zus"}, "steps": [{"text": "Bellen", "done": True}]},
    }
    both_sides.does("visitor_writes", name, "", "p", theirs)
    expect(panel.get_by_label("Where can I go")).to_have_value("Naar mijn zus")
    expect(panel.get_by_role("checkbox", name="Done")).to_be_checked()
    panel.get_by_label("Where can I go").fill("Ik typ nog")
    both_sides.does("visitor_writes", name, "", "p", {**theirs, "at": "2026-01-01T10:00Z"})
    expect(panel).to_contain_text("The plan was changed meanwhile")
    expect(panel.get_by_label("Where can I go")).to_have_value("Ik typ nog")
    panel.get_by_role("button", name="Show the other version").click()
    expect(panel.get_by_label("Where can I go")).to_have_value("Naar mijn zus")
    assert b"tante Wil" not in both_sides.stored() and b"mijn zus" not in both_sides.stored()


def test_what_contact_is_permitted_is_a_rule_and_its_words_are_sealed(both_sides: StaffedHouse) -> None:
    noor = both_sides.person("noor")
    name = _held(both_sides, noor, "bel me maandag")
    _goes_on(noor, name, "Safe contact")
    panel = noor.part(name, "contact")
    panel.get_by_label("by telephone").select_option("yes")
    panel.get_by_label("they come to you").select_option("never")
    panel.get_by_role("button", name="Keep this").click()
    expect(panel).to_contain_text("Choose at least one day.")
    panel.get_by_label("Monday").check()
    panel.get_by_label("from", exact=True).fill("10:00")
    panel.get_by_label("until", exact=True).fill("12:30")
    panel.get_by_label("Number or address").fill("het nummer van mijn zus")
    panel.get_by_label("Code word").fill("appeltaart")
    panel.get_by_role("button", name="Keep this").click()
    permitted = noor.part(name, "permitted")
    for text in ("by telephone: Monday, 10:00–12:30", "Never: they come to you.", "The code word is said first."):
        expect(permitted).to_contain_text(text)
    (paper,) = both_sides.does("visitor_reads", name, "h")
    assert (paper["kind"], paper["number"], paper["word"]) == ("contact", "het nummer van mijn zus", "appeltaart")
    assert b"appeltaart" not in both_sides.stored() and b"van mijn zus" not in both_sides.stored()
    panel.get_by_role("button", name="Nothing is permitted").click()
    expect(permitted).to_contain_text("In no other way.")


def test_nothing_is_wrong_for_axe_and_nothing_is_too_wide(both_sides: StaffedHouse, axe: str) -> None:
    """Every view of a hand-over, at 1280 and at 320 px."""
    noor, fay = both_sides.person("noor"), both_sides.person("fay")
    found: list[str] = []

    def look(who: Person, view: str) -> None:
        protocol = who.page.context.new_cdp_session(who.page)
        for width, height in ((1280, 800), (320, 640)):
            who.page.set_viewport_size({"width": width, "height": height})
            found.extend(f"[{view}, {width}] {one}" for one in violations(protocol, axe))
            is_fitting = "document.documentElement.scrollWidth <= innerWidth"
            assert who.page.evaluate(is_fitting), f"{view} is too wide at {width}"
        who.page.set_viewport_size({"width": 1280, "height": 800})

    name, handover = _offered(both_sides, noor, "kijk maar", "Lange tekst " * 40)
    _goes_on(noor, name)
    card = noor.part(name, "handovers").locator("> li")
    card.locator("summary").click()
    panel = noor.part(name, "going")
    panel.locator("summary", has_text="Find a partner").click()
    panel.get_by_role("button", name="Search").click()
    partner = noor.part(name, "partners").locator("> li").first
    partner.wait_for()
    look(noor, "partners found")
    partner.locator("input").check()
    panel.get_by_role("button", name="Write what").click()
    look(noor, "a proposal")
    for tab in ("Plan", "Safe contact"):
        _goes_on(noor, name, tab)
        look(noor, tab)
    look(fay, "an offer in the inbox")
    _opens_offer(fay, handover)
    look(fay, "an offer")
    for button, dialog in (("Say yes", "#agreeing"), ("Say no", "#saying-no"), ("Ask the", "#question")):
        _presses(fay, button)
        fay.page.wait_for_selector(f"{dialog}[open]")
        look(fay, dialog)
        fay.page.keyboard.press("Escape")
    fay.page.keyboard.press("Escape")
    other = _held(both_sides, noor, "en dan nog")
    both_sides.does("offers_to", other, "noor", "fier")
    _goes_on(noor, other)
    noor.part(other, "mark-danger").click()
    noor.part(other, "handovers").get_by_role("button", name="without a yes").click()
    look(noor, "an override")
    noor.page.keyboard.press("Escape")
    assert not found, "\n" + "\n".join(found)
