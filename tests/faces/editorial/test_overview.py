"""The first page of keeping up: every entry on one of its pages, oldest facts first over all of them."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.faces.editorial.conftest import ENTRY, Keeper
from voordeur.faces.editorial import overview
from voordeur.records.directory.entry_ages import EntryAge, entry_ages
from voordeur.records.directory.queries import Directory

pytestmark = pytest.mark.django_db
_ROW = re.compile(r'<tr><th scope="row"><a href="/upkeep/o/([a-z0-9-]+)">[^<]*</a></th><td[^>]*>(.*?)</td>')


def rows(text: str) -> list[tuple[str, bool]]:
    """The entries of the page in their order, and which are marked as old."""
    return [(name, 'class="old"' in cell) for name, cell in _ROW.findall(text)]


def test_all_pages_together_name_every_entry_once_in_one_order(
    stella: Keeper, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rows(stella.opens())
    assert {name for name, _ in whole} == set(directory.organizations)
    assert [is_old for _, is_old in whole] == sorted((is_old for _, is_old in whole), reverse=True)
    assert "/upkeep/page/" not in stella.text
    monkeypatch.setattr(overview, "PER_PAGE", 20)
    found, number = rows(stella.opens()), 1
    while f'href="/upkeep/page/{number + 1}"' in stella.text:
        number += 1
        part = rows(stella.opens(f"/page/{number}"))
        assert 0 < len(part) <= 20
        assert f'href="/upkeep/page/{number - 1}"' in stella.text
        found += part
    assert number == -(-len(whole) // 20)
    assert found == whole
    for none in ("0", str(number + 1), "9" * 30):
        stella.opens(f"/page/{none}", status=404)


def test_an_organisation_sees_its_own_entry_on_the_only_page(pia: Keeper) -> None:
    assert [name for name, _ in rows(pia.opens())] == [ENTRY]
    pia.opens("/page/2", status=404)


def test_what_was_published_counts_at_once(stella: Keeper) -> None:
    today = date(2026, 12, 1)

    def age() -> EntryAge:
        return next(one for one in entry_ages(today, 365) if one.id == ENTRY)

    before = age()
    stella.publishes(stella.changes())
    assert (before.newest or "") < "2026-11-30"
    assert (age().newest, age().is_old) == ("2026-11-30", False)
    assert rows(stella.opens()).count((ENTRY, False)) == 1


def test_a_steward_finds_an_entry_by_a_part_of_its_name(
    stella: Keeper, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any letters and order; nothing else of the page changes, and the pages that follow keep to it."""
    every = {name for name, _ in rows(stella.opens())}
    assert {name for name, _ in rows(stella.opens("?name=GROEP+blijf"))} == {ENTRY}
    assert 'value="GROEP blijf"' in stella.text and "Drafts and proposals" in stella.text
    assert rows(stella.opens("?name=f\u00efer"))[0][0] == "fier"
    assert rows(stella.opens("?name=%3Cb%3Enothing")) == []
    assert "No entry has “&lt;b&gt;nothing” in its name." in stella.page.content.decode()
    assert {name for name, _ in rows(stella.opens("?name=++"))} == every
    several = [name for name, _ in rows(stella.opens("?name=slacht"))]
    assert 1 < len(several) < len(every)
    monkeypatch.setattr(overview, "PER_PAGE", len(several) - 1)
    first = rows(stella.opens("?name=slacht"))
    assert 'href="/upkeep/page/2?name=slacht"' in stella.text
    assert [name for name, _ in first + rows(stella.opens("/page/2?name=slacht"))] == several
    stella.opens("/page/3?name=slacht", status=404)


def test_people_of_an_organisation_have_one_entry_and_nothing_to_look_for(pia: Keeper) -> None:
    assert [name for name, _ in rows(pia.opens("?name=fier"))] == [ENTRY]
    assert 'role="search"' not in pia.text
