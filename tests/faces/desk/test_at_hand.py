"""Pages and organisations as plain text for a message, in the visitor's language, with what is open now."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group
from voordeur.faces.desk.at_hand import MOST_SIGNS, library
from voordeur.faces.visit.reading import page_code
from voordeur.records.directory.queries import Directory
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Colleague:
    return Colleague("ada", Group("central"), StaffRole.RESPONDER)


@pytest.mark.parametrize(("language", "shown"), [("nl", "nl"), ("en", "en"), ("tr", "en")])
def test_pages_are_listed_in_the_visitors_language_or_in_english(language: str, shown: str, ada: Colleague) -> None:
    pages = ada.gets("pages", language=language)["pages"]
    assert len(pages) == len(library().pages["nl"])
    titles = {one.id: one.title for one in library().pages[shown].values()}
    assert {one["id"]: one["title"] for one in pages} == titles
    assert {one["kind"] for one in pages} == {"recognise", "inform", "card"}


def test_pages_of_one_phase_are_fewer(ada: Colleague) -> None:
    every = ada.gets("pages", language="nl")["pages"]
    first = ada.gets("pages", language="nl", phase="1")["pages"]
    assert 0 < len(first) < len(every)
    assert all(1 in library().pages["nl"][one["id"]].phases for one in first)


@pytest.mark.parametrize(
    "wrong", [{"language": "xx"}, {}, {"language": "nl", "phase": "4"}, {"language": "nl", "phase": 1}]
)
def test_a_language_or_phase_that_is_none_is_refused(wrong: dict[str, Any], ada: Colleague) -> None:
    assert ada.ask("pages", **wrong)[0] == 400


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_is_plain_text_that_fits_in_a_message(language: str, ada: Colleague) -> None:
    for name, page in library().pages[language].items():
        shown = ada.gets("page", id=name, language=language)
        assert (shown["title"], shown["lang"], shown["url_code"]) == (page.title, language, page_code(name))
        assert shown["text"].startswith(page.lead)
        assert not re.search(r"<[a-z/]|&[a-z]+;|\n{3}", shown["text"])
        assert len(shown["text"]) <= MOST_SIGNS
        for part in page.parts:
            first = re.sub(r"<[^>]+>", " ", part.html).split()[:3]
            assert all(word.split("&")[0] in shown["text"] for word in first)


def test_a_page_that_is_not_there_is_not_here(ada: Colleague) -> None:
    assert ada.ask("page", id="nowhere", language="nl") == NOT_HERE


def test_organisations_are_found_by_name_first_then_by_what_they_do(ada: Colleague, directory: Directory) -> None:
    one = next(iter(directory.organizations.values()))
    found = ada.gets("organizations", q=one.name.upper(), language="nl")["organizations"]
    assert found[0]["code"] == one.code
    assert set(found[0]) == {"code", "id", "name", "summary"}
    assert ada.gets("organizations", q="zzzzqqqq", language="nl")["organizations"] == []
    assert ada.ask("organizations", q="  ", language="nl")[0] == 400
    assert ada.ask("organizations", language="nl")[0] == 400


def test_an_organisation_is_told_with_numbers_that_stand_in_the_directory_and_no_others(
    ada: Colleague, directory: Directory
) -> None:
    for one in directory.organizations.values():
        shown = ada.gets("organization", code=one.code, language="en")
        assert shown["text"].startswith(one.name)
        values = {view.contact.value for service in one.services for view in service.channels if view.contact.value}
        told = set(re.findall(r"^- [^:;\n]+: ([^;\n]+)", shown["text"], re.MULTILINE))
        assert told - values <= {"We have no checked number. You find it on their website."}
        for view in (view for service in one.services for view in service.channels):
            if view.contact.value is not None:
                assert view.contact.value in shown["text"]


def test_whether_it_is_open_now_is_said_for_who_answers_at_once(ada: Colleague, directory: Directory) -> None:
    states = ("Open now", "Closed now", "May be open now", "Opening hours not known")
    lines = [
        line
        for one in directory.organizations.values()
        for line in ada.gets("organization", code=one.code, language="en")["text"].split("\n")
        if line.startswith(("- Call:", "- Chat")) and "no checked number" not in line
    ]
    assert lines
    assert all(any(state in line for state in states) for line in lines)
    assert all("date of the source: " in line for line in lines)


def test_an_organisation_that_is_not_there_is_not_here(ada: Colleague, directory: Directory) -> None:
    assert ada.ask("organization", code="zzzzzz", language="nl") == NOT_HERE
