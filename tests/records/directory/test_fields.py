"""Fields by a path that lasts: read, changed with their source, taken out, compared."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from voordeur.records.directory.entry_files import check_data
from voordeur.records.directory.fields import Field, NoSuchField, differences, fields, put, without

TODAY = date(2026, 11, 30)
SEEN = {"title": "haven.example, contact", "date": "2026-11-30", "confidence": "high"}
PHONE = "services.lijn.phone."


@pytest.fixture
def entry(good: str) -> dict[str, Any]:
    return tomllib.loads(good)


def changed(entry: dict[str, Any], path: str, value: object, source: dict[str, Any] | None = None) -> dict[str, Any]:
    """One field put in; what follows still passes the check of the files."""
    found = put(entry, Field(path, value, "seen", source or SEEN), make=True)
    made, findings = check_data("de-haven.toml", found, TODAY)
    assert made is not None, findings
    return found


def test_every_field_has_its_value_and_its_source(entry: dict[str, Any]) -> None:
    found = fields(entry)
    assert found["name"].value == "De Haven"
    assert found[PHONE + "hours"].value == "Mo-Fr 09:00-17:00; PH off"
    assert found["services.lijn.mail.value"].value == "hulp@haven.example"
    assert {one.source["date"] for one in found.values()} == {"2026-09-08"}
    assert "id" not in found and "source" not in found


@pytest.mark.parametrize(
    ("path", "value"),
    [("website", "https://haven.example/nieuw"), ("summary", {"nl": "Praten.", "en": "Talk."}),
     ("services.lijn.waiting_time", {"nl": "Geen.", "en": "None."}), (PHONE + "value", "020-5550101"),
     (PHONE + "hours", "24/7"), (PHONE + "hours_note", {"nl": "Let op.", "en": "Note."}),
     ("services.lijn.whatsapp.value", "06-12345678")],
)  # fmt: skip
def test_a_changed_field_rests_on_its_own_source_and_no_other_field_does(
    entry: dict[str, Any], path: str, value: object
) -> None:
    before = fields(entry)
    found = changed(entry, path, value)
    after = fields(found)
    assert (after[path].value, dict(after[path].source)) == (value, SEEN)
    assert {name for name, one in after.items() if dict(one.source) == SEEN} == {path}
    assert all(after[name].value == one.value for name, one in before.items() if name != path)
    assert [one.path for one in differences(entry, found) if one.path != "services.lijn.whatsapp.kind"] == [path]


def test_the_entry_that_was_given_is_not_changed(entry: dict[str, Any], good: str) -> None:
    put(entry, Field("name", "Anders", "seen", SEEN))
    without(entry, "website")
    assert entry == tomllib.loads(good)


def test_a_source_of_another_day_does_not_take_the_place_of_one_with_the_same_key(entry: dict[str, Any]) -> None:
    found = put(entry, Field("website", "https://haven.example/b", "site", SEEN))
    assert found["sources"]["site"]["date"] == "2026-09-08"
    assert fields(found)["website"].source["date"] == "2026-11-30"


def test_a_source_on_which_nothing_rests_any_more_is_gone(entry: dict[str, Any]) -> None:
    once = changed(entry, PHONE + "value", "020-5550101")
    again = changed(once, PHONE + "value", "020-5550102", {**SEEN, "date": "2026-11-29"})
    assert sorted(one["date"] for one in again["sources"].values()) == ["2026-09-08", "2026-11-29"]


def test_back_to_the_source_of_the_rest_is_written_as_the_files_do(entry: dict[str, Any]) -> None:
    once = changed(entry, "website", "https://haven.example/b")
    assert changed(once, "website", "https://haven.example/", dict(entry["sources"]["site"])) == {
        **entry, "source_of": {"website": "site"}
    }  # fmt: skip


def test_without_its_kind_a_way_to_be_in_touch_is_gone_and_without_a_name_a_service(entry: dict[str, Any]) -> None:
    assert "services.lijn.phone.value" not in fields(without(entry, PHONE + "kind"))
    assert without(entry, "services.lijn.name")["services"] == []


@pytest.mark.parametrize(
    "path", ["nothing", "services.other.name", "services.lijn.phone-2.value", "services.lijn", "a.b.c.d.e", ""]
)
def test_a_path_that_leads_nowhere_is_refused(entry: dict[str, Any], path: str) -> None:
    with pytest.raises(NoSuchField):
        without(entry, path)


@pytest.mark.parametrize("path", ["id", "sources", "services", "source", "services.lijn.phone.value_source"])
def test_what_holds_an_entry_together_is_no_field(entry: dict[str, Any], path: str) -> None:
    with pytest.raises(NoSuchField):
        put(entry, Field(path, "x", "seen", SEEN))
