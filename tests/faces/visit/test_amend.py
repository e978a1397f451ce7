"""Anybody can say that something about an organisation is not right; nothing about them is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import pytest

from tests.faces.visit.conftest import Visitor
from voordeur.faces.limits import Limits
from voordeur.faces.visit import amend
from voordeur.records.directory import corrections, history
from voordeur.records.directory.queries import Directory

NAME, PHONE = "blijf-groep", "services.shelter.phone.value"


@pytest.fixture(autouse=True)
def _fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amend, "limits", Limits())


@pytest.fixture
def code(directory: Directory) -> str:
    return directory.organizations[NAME].code


def at_form(visitor: Visitor, code: str, language: str = "en") -> Visitor:
    visitor.sends({"go": f"org:{code}", "l": language})
    return visitor.presses("go", f"amend:{code}")


def says(visitor: Visitor, code: str, **filled: str) -> Visitor:
    fields = {"field": PHONE, "said": "088 234 24 00", "told": "their page"} | filled
    return at_form(visitor, code).presses("go", f"amend-say:{code}", **fields)


def test_what_was_said_waits_for_a_steward_and_the_way_back_is_the_organisation(visitor: Visitor, code: str) -> None:
    says(visitor, code)
    assert visitor.page.status_code == 200 and "Nobody can answer you" in visitor.main
    (one,) = history.waiting_corrections()
    assert (one.organization, one.path, one.said, one.source_told) == (NAME, PHONE, "088 234 24 00", "their page")
    assert one.proposed_on in (datetime.now(UTC).date(), amend_day())
    visitor.presses("go", f"org:{code}")
    assert "<h1>Blijf Groep</h1>" in visitor.main


def amend_day() -> object:
    """The day in the Netherlands, which begins a little earlier."""
    from voordeur.records.directory.publishing import day_of

    return day_of(datetime.now(UTC))


def test_the_form_says_what_not_to_write_and_keeps_no_cookie(visitor: Visitor, code: str) -> None:
    at_form(visitor, code)
    assert "Write nothing about a person, and nothing about what happens to you" in visitor.main
    assert f'<option value="{PHONE}">Phone: Number or address: 088 234 24 50</option>' in visitor.main
    assert not visitor.page.cookies and visitor.page.headers["Cache-Control"] == "no-store"


def test_with_nothing_written_nothing_is_kept_and_the_choice_still_stands(visitor: Visitor, code: str) -> None:
    says(visitor, code, said="  ")
    assert "Please write what it should be." in visitor.main and history.waiting_corrections() == ()
    assert f'<option value="{PHONE}" selected>' in visitor.main


@pytest.mark.parametrize("name", ["said", "told"])
def test_too_long_is_given_back_whole(visitor: Visitor, code: str, name: str) -> None:
    says(visitor, code, **{name: "x" * 501})
    assert "This is too long." in visitor.main and "x" * 501 in visitor.main
    assert history.waiting_corrections() == ()


def test_markup_is_shown_again_as_text(visitor: Visitor, code: str) -> None:
    says(visitor, code, said="", told="<b>\"'")
    assert "&lt;b&gt;" in visitor.main and "<b>" not in visitor.main


def test_a_field_that_is_not_offered_is_not_kept(visitor: Visitor, code: str) -> None:
    says(visitor, code, field="sources.at5")
    assert "Choose once more" in visitor.main and "088 234 24 00" in visitor.main
    assert history.waiting_corrections() == ()


def test_one_address_is_slowed_and_what_was_typed_stays(visitor: Visitor, code: str) -> None:
    for number in range(amend.SAYINGS.at_once):
        says(visitor, code, said=f"number {number}")
    says(visitor, code, said="one more")
    assert visitor.page.status_code == 429 and "one more" in visitor.main
    assert len(history.waiting_corrections()) == amend.SAYINGS.at_once


def test_when_as_many_wait_as_can_be_read_no_more_are_kept(
    visitor: Visitor, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "MOST_IN_ALL", 0)
    says(visitor, code)
    assert visitor.page.status_code == 503 and "What you typed is still here" in visitor.main


def test_an_organisation_that_is_not_there_is_said_as_such(visitor: Visitor) -> None:
    assert visitor.sends({"go": "amend:nosuch", "l": "en"}).page.status_code == 404
    assert visitor.sends({"go": "amend-say:nosuch", "said": "x", "l": "en"}).page.status_code == 404


def test_the_other_language_keeps_what_was_typed(visitor: Visitor, code: str) -> None:
    at_form(visitor, code)
    visitor.presses("go", "lang:nl", field=PHONE, said="088 234 24 00", told="")
    assert "Klopt er iets niet bij Blijf Groep?" in visitor.main and "088 234 24 00</textarea>" in visitor.main


def test_facts_of_long_ago_are_said_to_be_old(visitor: Visitor, code: str, directory: Directory) -> None:
    visitor.sends({"go": f"org:{code}", "l": "en"})
    assert "Not checked since 2-2022." in visitor.main and "checked last in 2018" in visitor.main
    fresh = next(
        one for one in directory.organizations.values()
        if all(source.date and source.date >= "2026" for source in one.sources)
    )  # fmt: skip
    visitor.sends({"go": f"org:{fresh.code}", "l": "en"})
    assert "Not checked since" not in visitor.main and "checked last in" not in visitor.main


@pytest.mark.parametrize("organization", ["blijf-groep", "stoppen-is-mogelijk"])
def test_the_eight_questions_stand_there_and_what_is_not_known_is_said(
    visitor: Visitor, directory: Directory, organization: str
) -> None:
    one = directory.organizations[organization]
    visitor.sends({"go": f"org:{one.code}", "l": "nl"})
    part = visitor.main.partition("acht vragen</summary>")[2].partition("</details>")[0]
    assert part.count("<dt>") == 8 and part.count("<dd>niet bekend</dd>") == 8 - len(one.what_if)
    assert all(escape(text["nl"], quote=False) in part for text, _ in one.what_if.values())
    assert bool(one.what_if) is (organization == "blijf-groep")
