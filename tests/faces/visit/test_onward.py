"""Going on, page by page: what is typed is never lost, and what is not meant is never done."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, date, datetime, timedelta
from html import unescape
from types import ModuleType
from typing import Any

import pytest

from tests.faces.visit import onward_side
from tests.faces.visit.conftest import Visitor, talks, words_of_code
from voordeur.faces.limits import Limit
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import going_on, talking
from voordeur.faces.visit.conversing import TooBusy
from voordeur.records.conversations import queries
from voordeur.records.handovers import actions
from voordeur.records.handovers import queries as handovers
from voordeur.records.handovers.models import Buddy
from voordeur.rules.handover import StepNotAllowed
from voordeur.rules.safe_contact import Window
from voordeur.vocabulary import ContactWay, Direction
from voordeur.vocabulary import HandoverState as S

OFTEN, CHANGED = "very often in a short time", "Something has changed meanwhile"


@pytest.fixture
def partner(desk: ModuleType) -> ModuleType:
    """A partner's team with a key."""
    onward_side.opens()
    return onward_side


def boxes(visitor: Visitor) -> dict[str, str]:
    """What stands in the boxes of the page."""
    areas = re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>([^<]*)</textarea>', visitor.main)
    lines = re.findall(
        r'<input type="(?:text|date|number)" id="[^"]*" name="([^"]*)"[^>]*? value="([^"]*)"', visitor.main
    )
    return {name: unescape(text) for name, text in [*areas, *lines]}


def note(visitor: Visitor) -> str:
    """What the page says at its head."""
    found = re.search(r'<p class="note" role="(?:alert|status)">([^<]*)</p>', visitor.main)
    return unescape(found[1]) if found else ""


def goes(visitor: Visitor, verb: str, **filled: str) -> Visitor:
    """A form of the conversation, as its button sends it; a fresh `m` unless one is given."""
    hidden = {name: value for name, value in visitor.hidden.items() if name != "m"}
    return visitor.sends({**hidden, "l": "en", "m": secrets.token_hex(16), **filled, "go": f"talk:{verb}"})


def begins(visitor: Visitor, desk: ModuleType) -> str:
    """Somebody who talks; the conversation."""
    talks(visitor, "hello there")
    return str(desk.newest())


def agrees(visitor: Visitor, handover: str, *, may_join: bool = True, **more: str) -> Visitor:
    """Yes, to all that is proposed."""
    goes(visitor, f"ask:{handover}")
    there = boxes(visitor)
    ticks = {f"in-{name[5:]}": "1" for name in there if name.startswith("text-")} | ({"join": "1"} if may_join else {})
    return goes(visitor, f"yes:{handover}", **{**there, **ticks, **more})


def kept(conversation: str, direction: Direction) -> int:
    """How many rows lie there in one direction."""
    return len(queries.messages(conversation, 0, (direction,)))


CONTACT = {
    "way-phone": "yes",
    "days": "2",
    "from": "10",
    "to": "12",
    "who": "only_me",
    "number": "06 12",
    "word": "kat",
}


# ---- how much one visitor can write ----


@pytest.mark.parametrize(
    ("verb", "typed"),
    [
        ("plan-keep", {"safe-place": "naar tante Bep", "step-0": "tas pakken"}),
        ("contact-keep", CONTACT),
    ],
)
def test_what_one_visitor_keeps_is_limited_and_nothing_typed_is_lost(
    visitor: Visitor, desk: ModuleType, monkeypatch: pytest.MonkeyPatch, verb: str, typed: dict[str, str]
) -> None:
    monkeypatch.setattr(talking, "CHANGES", Limit("change", 2, 60))
    conversation = begins(visitor, desk)
    for _ in range(2):
        assert goes(visitor, verb, **typed).page.status_code == 200
    direction = Direction.PLAN if verb == "plan-keep" else Direction.PAPER
    assert kept(conversation, direction) == 2
    typed = {name: f"{text}!" if name in ("safe-place", "word") else text for name, text in typed.items()}
    assert goes(visitor, verb, **typed).page.status_code == 429
    assert OFTEN in note(visitor)
    assert kept(conversation, direction) == 2
    shown = boxes(visitor)
    assert {name: text for name, text in typed.items() if name in shown} == {
        name: text for name, text in shown.items() if name in typed
    }
    assert set(shown) & set(typed) >= {"safe-place", "step-0"} or set(shown) & set(typed) >= {"number", "word"}
    # What takes something back is not used up by what was written.
    assert goes(visitor, "contact-none").page.status_code == 200


def test_every_verb_that_changes_something_has_a_limit(
    visitor: Visitor, partner: ModuleType, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CHANGES", "GIFTS", "TAKINGS"):
        monkeypatch.setattr(talking, name, Limit(name, 0, 1e9))
    conversation = begins(visitor, desk)
    goes(visitor, "code")
    handover = partner.proposes(conversation)
    rows = {one: kept(conversation, one) for one in (Direction.PLAN, Direction.PAPER)}
    assert agrees(visitor, handover).page.status_code == 429
    assert OFTEN in note(visitor) and boxes(visitor)["text-story"] == partner.PARTS["story"]
    for verb, filled in (
        (f"no:{handover}", {}),
        (f"back:{handover}", {}),
        (f"arrived:{handover}", {}),
        (f"let-out:{handover}", {}),
        ("plan-drop:1", {}),
        ("plan-none", {}),
        ("contact-none", {}),
        ("along-make", {}),
        ("later", {"days": "3", "hour": "10"}),
        ("later-none", {}),
    ):
        assert goes(visitor, verb, **filled).page.status_code == 429, verb
        assert OFTEN in note(visitor), verb
    assert partner.label(handover).now is S.ASKED
    assert {one: kept(conversation, one) for one in rows} == rows
    assert not Buddy.objects.exists()
    assert handovers.permission_of(conversation, server_key()).check_in_at == ""


def test_answers_changes_and_who_reads_along_have_their_limits_too(
    visitor: Visitor, partner: ModuleType, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    agrees(visitor, handover)
    partner.asks(handover, "Sinds wanneer?")
    goes(visitor, "along-make", kind="own_circle")
    (buddy,) = handovers.buddies_of(conversation, server_key())
    for name in ("CHANGES", "GIFTS", "TAKINGS"):
        monkeypatch.setattr(talking, name, Limit(name, 0, 1e9))
    epoch = queries.conversation(conversation, server_key()).epoch  # type: ignore[union-attr]
    for verb, filled in (
        (f"answer:{handover}", {"answer": "Mei.", "text-story": "Anders", "text-need": "Ook anders"}),
        (f"change:{handover}", {"answer": "Mei.", "text-story": "Anders", "text-need": "Ook anders"}),
        (f"let-in:{handover}", {}),
        (f"along-read:{buddy.id}", {}),
        (f"along-plan:{buddy.id}", {}),
        (f"along-end:{buddy.id}", {}),
    ):
        assert goes(visitor, verb, **filled).page.status_code == 429, verb
        assert OFTEN in note(visitor)
        assert {name: text for name, text in filled.items() if boxes(visitor)[name] != text} == {}
    assert partner.has(handover) == partner.PARTS
    assert partner.remarks(handover, partner.key_of(handover)) == ["Sinds wanneer?"]
    assert handovers.buddies_of(conversation, server_key()) == [buddy]
    assert queries.conversation(conversation, server_key()).epoch == epoch  # type: ignore[union-attr]


def test_of_plans_and_words_of_contact_the_newest_few_stay(visitor: Visitor, desk: ModuleType) -> None:
    conversation = begins(visitor, desk)
    for number in range(going_on.MOST_VERSIONS + 3):
        goes(visitor, "plan-keep", **{"safe-place": f"naar {number}"})
        goes(visitor, "contact-keep", **{**CONTACT, "number": f"06 {number}"})
    last = going_on.MOST_VERSIONS + 2
    assert kept(conversation, Direction.PLAN) == kept(conversation, Direction.PAPER) == going_on.MOST_VERSIONS
    assert boxes(goes(visitor, "plan"))["safe-place"] == f"naar {last}"
    assert boxes(goes(visitor, "contact"))["number"] == f"06 {last}"


def test_a_proposal_is_never_among_what_makes_room(visitor: Visitor, partner: ModuleType, desk: ModuleType) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    for number in range(going_on.MOST_VERSIONS + 2):
        goes(visitor, "contact-keep", **{**CONTACT, "number": f"06 {number}"})
    assert boxes(goes(visitor, f"ask:{handover}"))["text-story"] == partner.PARTS["story"]
    assert kept(conversation, Direction.PAPER) == going_on.MOST_VERSIONS + 1


def test_new_keys_follow_only_when_less_is_read_and_not_each_time_it_is_pressed(
    visitor: Visitor, desk: ModuleType
) -> None:
    conversation = begins(visitor, desk)
    goes(visitor, "along-make", kind="own_circle", may_read="1")
    (buddy,) = handovers.buddies_of(conversation, server_key())

    def epoch() -> int:
        found = queries.conversation(conversation, server_key())
        assert found is not None
        return found.epoch

    before = epoch()
    for verb, expected in (
        ("along-read", 0),
        ("along-plan", 1),
        ("along-plan", 1),
        ("along-read", 1),
        ("along-plan", 2),
    ):
        goes(visitor, f"{verb}:{buddy.id}")
        assert epoch() - before == expected, verb


def test_what_was_shut_out_keeps_no_plan_and_permits_nothing_more_but_takes_back(
    visitor: Visitor, desk: ModuleType
) -> None:
    conversation = begins(visitor, desk)
    goes(visitor, "contact-keep", **CONTACT)
    desk.closes(conversation, is_shut_out=True)
    assert goes(visitor, "plan-keep", **{"safe-place": "hier"}).page.status_code == 409
    assert "closed by the desk" in note(visitor) and boxes(visitor)["safe-place"] == "hier"
    assert goes(visitor, "contact-keep", **CONTACT).page.status_code == 409
    assert kept(conversation, Direction.PLAN) == 0 and kept(conversation, Direction.PAPER) == 1
    assert handovers.safe_contact_of(conversation, server_key()) is not None
    assert goes(visitor, "contact-none").page.status_code == 200
    assert handovers.safe_contact_of(conversation, server_key()) is None


# ---- one form is one yes ----


def test_a_yes_that_is_sent_twice_is_one_and_the_visitor_sees_what_is_out(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    m = secrets.token_hex(16)
    agrees(visitor, handover, m=m)
    papers = kept(conversation, Direction.PAPER)
    goes(visitor, f"yes:{handover}", m=m, until=_days(3), **{"in-story": "1", "text-story": "Iets anders"})
    assert visitor.page.status_code == 200 and note(visitor) == ""
    assert partner.has(handover) == partner.PARTS
    # Another form, for what was answered: nothing is laid beside it.
    goes(visitor, f"yes:{handover}", until=_days(3), **{"in-story": "1", "text-story": "Iets anders"})
    assert CHANGED in note(visitor)
    assert kept(conversation, Direction.PAPER) == papers
    assert boxes(goes(visitor, f"given:{handover}"))["text-story"] == partner.PARTS["story"]


def test_a_yes_that_broke_off_halfway_is_given_by_the_same_form_under_the_same_key(
    visitor: Visitor, partner: ModuleType, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover = partner.proposes(begins(visitor, desk))
    m, real = secrets.token_hex(16), actions.consent

    def breaks(**_: Any) -> None:
        raise TooBusy

    for broken in (True, False):
        monkeypatch.setattr(actions, "consent", breaks if broken else real)
        agrees(visitor, handover, m=m)
        assert visitor.page.status_code == (503 if broken else 200)
    assert boxes(goes(visitor, f"given:{handover}"))["text-story"] == partner.PARTS["story"]


def test_of_two_forms_at_once_the_visitor_sees_the_one_that_went_out(
    visitor: Visitor, partner: ModuleType, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover = partner.proposes(begins(visitor, desk))
    real = actions.consent
    monkeypatch.setattr(actions, "consent", lambda **_: None)
    agrees(visitor, handover)
    first: list[dict[str, Any]] = []
    monkeypatch.setattr(actions, "consent", lambda **given: first.append(given))
    agrees(visitor, handover)
    monkeypatch.setattr(actions, "consent", lambda **_: None)
    agrees(visitor, handover)
    real(**first[0])  # the second of three papers is the one whose text lies there
    assert boxes(goes(visitor, f"given:{handover}"))["text-story"] == partner.PARTS["story"]


def test_a_form_without_its_number_does_nothing(visitor: Visitor, partner: ModuleType, desk: ModuleType) -> None:
    conversation = begins(visitor, desk)
    handover = partner.proposes(conversation)
    rows = len(queries.messages(conversation))
    for m in ("", "zz", "00"):
        agrees(visitor, handover, m=m)
        assert visitor.page.status_code == 400 and boxes(visitor)["text-story"] == partner.PARTS["story"]
        for verb, filled in (("plan-keep", {"safe-place": "x"}), ("contact-keep", CONTACT), ("contact-none", {})):
            assert goes(visitor, verb, m=m, **filled).page.status_code == 400
        assert goes(visitor, "along-make", m=m, kind="own_circle").page.status_code == 503
    assert len(queries.messages(conversation)) == rows and not Buddy.objects.exists()
    assert partner.label(handover).now is S.ASKED


# ---- who goes along ----


def test_a_form_that_is_sent_again_brings_nobody_back(visitor: Visitor, desk: ModuleType) -> None:
    conversation = begins(visitor, desk)
    m = secrets.token_hex(16)
    goes(visitor, "along-make", m=m, kind="own_circle", may_read="1")
    code = words_of_code(visitor)
    assert len(code) == 11
    goes(visitor, "along-make", m=m, kind="own_circle", may_read="1")
    assert words_of_code(visitor) == code, "pressed twice it is the same one"
    (buddy,) = handovers.buddies_of(conversation, server_key())
    goes(visitor, f"along-end:{buddy.id}")
    goes(visitor, "along-make", m=m, kind="own_circle", may_read="1")
    assert words_of_code(visitor) == [] and handovers.buddies_of(conversation, server_key()) == []
    assert CHANGED in note(visitor)
    friend = Visitor(visitor.client).comes_in()
    goes(goes(friend, "return"), "open", code=" ".join(code))
    assert "opens nothing" in friend.main
    goes(visitor, "along-make", kind="own_circle")
    assert len(handovers.buddies_of(conversation, server_key())) == 1, "with another form another code is made"


def test_the_page_says_all_that_a_companion_sees(visitor: Visitor, desk: ModuleType) -> None:
    begins(visitor, desk)
    assert "where your plan says that you can go" in goes(visitor, "along").text


# ---- safe contact ----


def _days(ahead: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()


def test_hours_that_are_none_are_asked_again_and_lock_nothing(visitor: Visitor, desk: ModuleType) -> None:
    conversation = begins(visitor, desk)
    for begin, end in (("24", "10"), ("25", "3"), ("10", "25"), ("²", "3"), ("", "3"), ("9", "9")):
        goes(visitor, "contact-keep", **{**CONTACT, "from": begin, "to": end})
        assert handovers.safe_contact_of(conversation, server_key()) is None
        assert "Choose at least one day" in note(visitor)
        assert boxes(visitor) | {"from": begin, "to": end} == boxes(visitor)
        assert goes(visitor, "contact").page.status_code == 200
    for begin, end, minutes in (("0", "24", (0, 1440)), ("22", "0", (1320, 0)), ("23", "24", (1380, 1440))):
        goes(visitor, "contact-keep", **{**CONTACT, "from": begin, "to": end})
        rule = handovers.safe_contact_of(conversation, server_key())
        assert rule is not None and rule.ways[ContactWay.PHONE].windows == (Window(frozenset({2}), *minutes),)
        assert goes(visitor, "contact").page.status_code == 200


def test_a_last_day_that_cannot_be_read_is_never_taken_for_no_end(visitor: Visitor, desk: ModuleType) -> None:
    conversation = begins(visitor, desk)
    for written in ("volgende week", "31-02-2099", "12-31-2099", "2020-01-01", "31-12-99"):
        goes(visitor, "contact-keep", **{**CONTACT, "until": written})
        assert handovers.safe_contact_of(conversation, server_key()) is None, written
        assert "Write the last day as" in note(visitor)
        assert boxes(visitor) | {"until": written, "number": "06 12", "word": "kat"} == boxes(visitor)
    days = {"2099-12-31": (2099, 12, 31), "31-12-2099": (2099, 12, 31), "1/2/2099": (2099, 2, 1), "": None}
    for written, read in days.items():
        goes(visitor, "contact-keep", **{**CONTACT, "until": written})
        rule = handovers.safe_contact_of(conversation, server_key())
        assert rule is not None and rule.until == (date(*read) if read else None)


def test_a_last_day_of_a_yes_is_read_as_it_is_written_here(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    handover = partner.proposes(begins(visitor, desk))
    agrees(visitor, handover, until="ooit")
    assert partner.label(handover).now is S.ASKED and boxes(visitor)["until"] == "ooit"
    day = datetime.now(UTC).date() + timedelta(days=5)
    agrees(visitor, handover, until=f"{day.day}-{day.month}-{day.year}")
    assert partner.label(handover).until == day.isoformat()


def test_a_number_or_a_word_that_is_too_long_is_not_cut(visitor: Visitor, desk: ModuleType) -> None:
    conversation = begins(visitor, desk)
    for more in ({"number": "6" * 121}, {"word": "k" * 61}):
        goes(visitor, "contact-keep", **{**CONTACT, **more})
        assert "This is long" in note(visitor) and boxes(visitor) | more == boxes(visitor)
    for more in ({"safe-place": "x" * 1201}, {"step-0": "x" * 301}):
        goes(visitor, "plan-keep", **more)
        assert "This is long" in note(visitor) and boxes(visitor) | more == boxes(visitor)
    thirteen = {f"step-{place}": f"stap {place}" for place in range(13)}
    goes(visitor, "plan-keep", **thirteen)
    assert "At most 12 steps" in note(visitor) and boxes(visitor) | thirteen == boxes(visitor)
    assert kept(conversation, Direction.PLAN) == kept(conversation, Direction.PAPER) == 0


def test_a_moment_that_is_none_changes_nothing(visitor: Visitor, desk: ModuleType) -> None:
    conversation = begins(visitor, desk)
    goes(visitor, "code")
    goes(visitor, "later", days="3", hour="10")
    before = handovers.permission_of(conversation, server_key()).check_in_at
    assert before
    for days, hour in (("²", "10"), ("3", "²"), ("3", "24"), ("", ""), ("x", "10")):
        goes(visitor, "later", days=days, hour=hour)
        assert "Choose when we may ask you" in note(visitor)
        assert handovers.permission_of(conversation, server_key()).check_in_at == before


# ---- what was given: to change, to answer ----


def test_each_button_of_what_was_given_does_what_it_says(
    visitor: Visitor, partner: ModuleType, desk: ModuleType
) -> None:
    handover = partner.proposes(begins(visitor, desk))
    agrees(visitor, handover)
    key = partner.key_of(handover)
    partner.asks(handover, "Sinds wanneer?")
    typed = {"text-story": "Anders verteld.", "text-need": partner.PARTS["need"]}

    goes(visitor, f"answer:{handover}", **typed, answer="  ")
    assert "no answer yet" in note(visitor) and partner.has(handover) == partner.PARTS
    assert boxes(visitor) | typed == boxes(visitor)

    goes(visitor, f"answer:{handover}", **typed, answer="Sinds mei.")
    assert "not kept yet" in note(visitor) and partner.has(handover) == partner.PARTS
    assert boxes(visitor) == {**typed, "answer": ""}
    assert partner.remarks(handover, key) == ["Sinds wanneer?", "Sinds mei."]

    goes(visitor, f"change:{handover}", **typed, answer="En nog iets.")
    assert "not sent yet" in note(visitor) and boxes(visitor) == {**typed, "answer": "En nog iets."}
    assert partner.has(handover)["story"] == "Anders verteld."
    assert len(partner.remarks(handover, key)) == 2

    goes(visitor, f"answer:{handover}", **boxes(visitor))
    assert note(visitor) == "" and partner.remarks(handover, key)[-1] == "En nog iets."


@pytest.mark.parametrize("verb", ["answer", "change"])
def test_what_is_too_long_or_does_not_go_through_is_shown_whole_again(
    visitor: Visitor, partner: ModuleType, desk: ModuleType, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover = partner.proposes(begins(visitor, desk))
    agrees(visitor, handover)
    partner.asks(handover, "Sinds wanneer?")
    long = "x" * (going_on.LONGEST_PART + 1)
    typed = {"text-story": long, "text-need": "y", "answer": long}
    goes(visitor, f"{verb}:{handover}", **typed)
    assert "3000" in note(visitor) and boxes(visitor) == typed
    typed = {"text-story": "korter", "text-need": "y", "answer": "ook korter"}

    def breaks(**_: Any) -> None:
        raise StepNotAllowed("no")

    monkeypatch.setattr(actions, "change", breaks)
    goes(visitor, f"{verb}:{handover}", **typed)
    assert CHANGED in note(visitor) and boxes(visitor) == typed
    assert partner.has(handover) == partner.PARTS


def test_an_answer_is_sealed_anew_when_the_partner_asked_something_meanwhile(
    visitor: Visitor, partner: ModuleType, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover = partner.proposes(begins(visitor, desk))
    agrees(visitor, handover)
    partner.asks(handover, "Sinds wanneer?")
    real = actions.change

    def meanwhile(**given: Any) -> None:
        monkeypatch.setattr(actions, "change", real)
        partner.asks(handover, "En waar?")
        real(**given)

    monkeypatch.setattr(actions, "change", meanwhile)
    goes(visitor, f"answer:{handover}", answer="Sinds mei.")
    assert partner.remarks(handover, partner.key_of(handover)) == ["Sinds wanneer?", "En waar?", "Sinds mei."]
    assert "Sinds mei." in visitor.main and "En waar?" in visitor.main


def test_what_a_partner_writes_with_its_no_is_shown(visitor: Visitor, partner: ModuleType, desk: ModuleType) -> None:
    handover = partner.proposes(begins(visitor, desk))
    agrees(visitor, handover)
    partner.declines(handover, "Wij zitten vol tot januari.")
    goes(visitor, f"given:{handover}")
    assert "Wij zitten vol tot januari." in visitor.main and "With their no they wrote" in visitor.main
