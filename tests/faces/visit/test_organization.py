"""The page of one organisation: everything known, and what is not known said so (face.md W5, W6, safety rule 8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.faces.visit.conftest import Visitor, to
from voordeur import vocabulary as v
from voordeur.faces.visit import results
from voordeur.records.directory import actions
from voordeur.records.directory.own_words import LineHours, Said
from voordeur.records.directory.queries import Directory, current_directory
from voordeur.rules.matching import match
from voordeur.rules.situation import Situation


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_organisation_has_a_page_with_its_sources(visitor: Visitor, directory: Directory, language: str) -> None:
    """All of them, in both languages, with a way to be in touch or a word that it is not known."""
    for code, name in directory.by_code.items():
        visitor.sends({"go": f"org:{code}", "l": language})
        assert visitor.page.status_code == 200, name
        assert f'<html lang="{language}"' in visitor.text
        assert "<dl>" in visitor.main and "None" not in visitor.main, name
        assert all(
            source.title in visitor.page.content.decode() or "&" in source.title or "'" in source.title
            for source in directory.organizations[name].sources
        ), name


@pytest.mark.parametrize("code", ["nosuch", "", "ABCDEF", "\x00", "../../etc", "a" * 999, "🙂"])
def test_a_code_that_is_not_there_says_so(visitor: Visitor, code: str) -> None:
    """404, as a page."""
    visitor.sends({"go": f"org:{code}"})
    assert visitor.page.status_code == 404 and 'id="exit"' in visitor.text


def test_the_way_back_leads_to_where_one_was(visitor: Visitor) -> None:
    """With the answers."""
    visitor.sends({"s": "way_in=talk&reach=&what=money&who=partner", "go": "guide"})
    before, question = visitor.hidden["s"], visitor.question
    visitor.presses("go", f"org:{visitor.organizations[0]}")
    visitor.presses("go", "guide")
    assert (visitor.hidden["s"], visitor.question) == (before, question)


def test_the_way_back_from_danger_leads_to_danger(visitor: Visitor) -> None:
    """Who looked at an organisation on the danger page is led back to that page."""
    to(visitor, "danger")
    shown = visitor.main.count("<article")
    visitor.presses("go", f"org:{visitor.organizations[0]}")
    back = visitor.main.rpartition('class="go" name="go" value="')[2].partition('"')[0]
    visitor.presses("go", back)
    assert visitor.main.count("<article") == shown


def _five_seconds_on() -> None:
    """The process looks at the directory again by the time that somebody comes back."""
    if results._kept.read_at is not None:
        results._kept.read_at -= timedelta(seconds=5)


def _says(directory: Directory, said: Said, name: str = "de-luisterlijn", service: str = "") -> int:
    service = service or directory.organizations[name].services[0].key
    return actions.propose_word(organization=name, service=service, said=said, moment=datetime.now(UTC))


def _row(visitor: Visitor, name: str) -> str:
    return visitor.main.partition(f"<dt>{name}</dt><dd>")[2].partition("</dd>")[0]


def test_whether_they_take_people_now_and_the_waiting_time_are_said_as_not_known(
    visitor: Visitor, directory: Directory
) -> None:
    code = directory.organizations["de-luisterlijn"].code
    visitor.sends({"go": f"org:{code}", "l": "en"})
    assert (_row(visitor, "Takes people now"), _row(visitor, "Waiting time")) == ("not known", "not known")


@pytest.mark.parametrize(
    ("language", "no", "itself"), [("en", "no", "the organisation itself"), ("nl", "nee", "de organisatie zelf")]
)
def test_an_own_word_stands_on_the_page_after_a_steward_took_it_over_and_not_before(
    visitor: Visitor, directory: Directory, language: str, no: str, itself: str
) -> None:
    one = directory.organizations["de-luisterlijn"]
    phone = next(view for view in one.services[0].channels if view.contact.kind is v.ChannelKind.PHONE)
    said = Said(
        {"nl": "Nu met een keuzemenu.", "en": "Now with a menu."},
        {"nl": "Tien minuten.", "en": "Ten minutes."},
        False,
        (LineHours(phone.contact.kind, phone.contact.value, "Mo 03:00-04:00"),),
    )
    names = {"en": ("Takes people now", "Waiting time"), "nl": ("Neemt nu mensen op", "Wachttijd")}[language]
    visitor.sends({"go": f"org:{one.code}", "l": language})
    before = visitor.main
    word = _says(directory, said)
    _five_seconds_on()
    visitor.sends({"go": f"org:{one.code}", "l": language})
    assert visitor.main == before
    actions.accept_word(word=word, moment=datetime.now(UTC))
    _five_seconds_on()
    visitor.sends({"go": f"org:{one.code}", "l": language})
    assert _row(visitor, names[0]).startswith(f"{no} ({itself}, ")
    assert str(datetime.now(UTC).year) in _row(visitor, names[0])
    assert said.wait_time is not None and said.summary is not None
    assert _row(visitor, names[1]).startswith(f"{said.wait_time[language]} ({itself}, ")
    assert said.summary[language] in visitor.main
    assert "3:00-4:00" in visitor.main and "3:00-4:00" not in before
    actions.withdraw_word(word=word)
    _five_seconds_on()
    visitor.sends({"go": f"org:{one.code}", "l": language})
    assert visitor.main == before


def _fits(directory: Directory) -> list[tuple[str, str]]:
    """Organisation and service of shelters that lead for somebody who needs a place."""
    answer = match(_needs_a_place(), directory.index, datetime.now(UTC))
    fields = {(one.organization, one.service): one.fields for one in directory.index.candidates}
    led = [(one.organization, one.service) for one in answer.results[: answer.leading]]
    return [key for key in led if "shelter" in fields[key]["function"]]


def _needs_a_place() -> Situation:
    return Situation(
        role=v.Role.VICTIM,
        violence=frozenset({v.Violence.PARTNER_VIOLENCE}),
        need=frozenset({v.Need.SAFE_PLACE}),
    )


def test_who_takes_nobody_now_does_not_lead_for_who_needs_a_place_and_others_still_do(
    directory: Directory, db: None
) -> None:
    first = _fits(directory)
    assert first
    everyone = set(first)
    for _ in range(20):
        for name, service in everyone:
            if current_directory().organizations[name].service(service).takes_people is None:
                word = _says(directory, Said(takes_people=False), name, service)
                actions.accept_word(word=word, moment=datetime.now(UTC))
        more = set(_fits(current_directory()))
        assert not more & everyone
        if not more:
            break
        everyone |= more
    answer = match(_needs_a_place(), current_directory().index, datetime.now(UTC))
    assert answer.leading >= 1
    assert {one.organization for one in answer.results} >= {name for name, _ in first}
    held = next(one for one in answer.results if one.organization == first[0][0])
    assert held.is_held and "takes_nobody_now" in answer.reasons(held)
