"""Files before, files now, and what is published: what one side changed is taken, the newer of two counts."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from voordeur.records.directory.fields import Field, fields, put, without
from voordeur.records.directory.merging import merge

PHONE = "services.lijn.phone.value"
HOURS = "services.lijn.phone.hours"


@pytest.fixture
def base(good: str) -> dict[str, Any]:
    return tomllib.loads(good)


def on(date: str | None) -> dict[str, Any]:
    """A source of this date."""
    return {"title": f"seen {date}", "confidence": "high", **({"date": date} if date else {})}


def having(entry: dict[str, Any], path: str, value: object, date: str | None) -> dict[str, Any]:
    return put(entry, Field(path, value, "seen", on(date)), make=True)


def test_what_only_the_files_changed_is_taken_and_what_only_the_browser_changed_stays(base: dict[str, Any]) -> None:
    file = having(base, "website", "https://haven.example/file", "2020")
    published = having(base, HOURS, "24/7", "2020")
    found = merge(base, file, published)
    assert found.clashes == ()
    after = fields(found.entry)
    assert (after["website"].value, after[HOURS].value) == ("https://haven.example/file", "24/7")


@pytest.mark.parametrize(
    ("file", "browser", "wins"),
    [("2026-11-02", "2026-11-01", "file"), ("2026-11-01", "2026-11-02", "browser"), ("2026", "2025", "file"),
     ("2026-11", "2026-11-02", "unclear"), ("2026-11-01", "2026-11-01", "unclear"), (None, "2026-11-01", "unclear"),
     ("2026-11-01", None, "unclear")],
)  # fmt: skip
def test_of_two_changes_the_one_that_is_certainly_newer_counts_else_a_steward_chooses(
    base: dict[str, Any], file: str | None, browser: str | None, wins: str
) -> None:
    found = merge(
        base,
        having(base, "website", "https://haven.example/file", file),
        having(base, "website", "https://haven.example/browser", browser),
    )
    shown = "browser" if wins == "unclear" else wins
    assert fields(found.entry)["website"].value == f"https://haven.example/{shown}"
    assert bool(found.clashes) is (wins == "unclear")
    if found.clashes:
        (one,) = found.clashes
        values = [side[0].value.rpartition("/")[2] for side in (one.base, one.file, one.published)]
        assert values == ["", "file", "browser"]


def test_the_same_change_on_both_sides_is_no_clash(base: dict[str, Any]) -> None:
    same = "https://haven.example/same"
    found = merge(base, having(base, "website", same, "2026"), having(base, "website", same, "2026-11-01"))
    assert found.clashes == () and fields(found.entry)["website"].value == same


def test_hours_of_one_number_are_never_laid_beside_another(base: dict[str, Any]) -> None:
    file = having(base, HOURS, "24/7", "2026-11-29")
    published = having(base, PHONE, "020-5550199", "2026-11-01")
    found = merge(base, file, published)
    after = fields(found.entry)
    assert (after[PHONE].value, after[HOURS].value) == ("020-5550199", "Mo-Fr 09:00-17:00; PH off")
    assert [one.path for one in found.clashes] == ["services.lijn.phone"]


def test_a_way_that_the_files_took_out_and_nobody_touched_is_gone_with_all_of_it(base: dict[str, Any]) -> None:
    file = {**base, "services": [{**base["services"][0], "channels": base["services"][0]["channels"][1:]}]}
    found = merge(base, file, having(base, "website", "https://haven.example/browser", "2026"))
    assert not [path for path in fields(found.entry) if ".phone." in path]
    assert fields(found.entry)["services.lijn.mail.value"].value == "hulp@haven.example"


def test_a_service_that_the_files_added_comes_along(base: dict[str, Any]) -> None:
    second = {**base["services"][0], "id": "huis", "channels": [{"kind": "chat", "hours": "24/7"}]}
    found = merge(base, {**base, "services": [*base["services"], second]}, having(base, "name", "Haven", "2026"))
    assert [one["id"] for one in found.entry["services"]] == ["lijn", "huis"]
    assert fields(found.entry)["services.huis.chat.hours"].value == "24/7"


def test_what_the_browser_took_out_and_the_files_changed_lies_before_a_steward(base: dict[str, Any]) -> None:
    found = merge(base, having(base, HOURS, "24/7", "2026-11-29"), without(base, HOURS))
    assert HOURS not in fields(found.entry)
    assert [one.path for one in found.clashes] == [HOURS]


def test_nothing_new_in_the_files_leaves_what_is_published_as_it_is(base: dict[str, Any]) -> None:
    published = having(base, PHONE, "020-5550199", "2020")
    assert merge(base, base, published).entry == published
