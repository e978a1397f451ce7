"""The page of one organisation: everything known, and what is not known said so (face.md W5, W6, safety rule 8)."""

from __future__ import annotations

import pytest

from tests.faces.visit.conftest import Visitor, to
from voordeur.records.directory.queries import Directory


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
