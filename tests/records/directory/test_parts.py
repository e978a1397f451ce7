"""A service or a way to be in touch added to an entry or taken out of it, with the sources on which they rest."""

from __future__ import annotations

from typing import Any

import pytest

from voordeur.records.directory.fields import NoSuchField, fields
from voordeur.records.directory.parts import service_id, with_service, with_way, without_part

SEEN = {"title": "haven.example", "date": "2026-11-30", "confidence": "high"}
DATA: dict[str, Any] = {
    "id": "de-haven",
    "name": "De Haven",
    "source": "site",
    "sources": {"site": {"title": "haven.example", "date": "2026-09-08", "confidence": "high"}},
    "services": [
        {"id": "lijn", "name": {"nl": "De lijn", "en": "The line"}, "channels": [{"kind": "phone", "value": "020"}]}
    ],
}
CALL = {"kind": "phone", "value": "030"}


@pytest.mark.parametrize(
    ("name", "key"),
    [("Bellen, in de nacht!", "bellen-in-de-nacht"), ("Één gesprek", "een-gesprek"), ("Lijn", "lijn-2"),
     ("ኣማርኛ", "service"), ("x" * 60, "x" * 40)],
)  # fmt: skip
def test_a_service_is_known_by_its_name_in_small_letters_and_apart_from_others(name: str, key: str) -> None:
    assert service_id(DATA, name) == key


def test_all_of_a_new_service_rests_on_the_source_that_it_names_and_nothing_given_is_changed() -> None:
    before = repr(DATA)
    made = with_service(DATA, {"name": {"nl": "Nacht", "en": "Night"}, "help": ["listening"]}, "seen", SEEN)
    assert {one.source_key for path, one in fields(made).items() if path.startswith("services.nacht.")} == {"seen"}
    assert fields(made)["services.lijn.name"].source_key == "site" and repr(DATA) == before


def test_a_second_way_of_a_kind_has_a_number_and_the_same_source_is_told_once() -> None:
    made = with_way(with_way(DATA, "lijn", CALL, "seen", SEEN), "lijn", {"kind": "chat"}, "other", SEEN)
    assert list(made["sources"]) == ["site", "seen"]
    found = fields(made)
    assert (found["services.lijn.phone.value"].value, found["services.lijn.phone-2.value"].value) == ("020", "030")


def test_what_is_taken_out_takes_along_a_source_on_which_nothing_rests_any_more() -> None:
    made = with_way(DATA, "lijn", CALL, "seen", SEEN)
    assert without_part(made, "lijn", "phone-2") == DATA
    left = without_part(made, "lijn", "phone")
    assert fields(left)["services.lijn.phone.value"].value == "030" and list(left["sources"]) == ["site", "seen"]
    two = with_service(made, {"name": {"nl": "Nacht"}}, "seen", SEEN)
    assert list(without_part(two, "lijn")["sources"]) == ["site", "seen"]
    assert list(without_part(two, "nacht")["sources"]) == ["site", "seen"]


@pytest.mark.parametrize(
    ("service", "way"), [("nobody", ""), ("nobody", "phone"), ("lijn", "chat"), ("lijn", "phone-2")]
)
def test_a_part_that_is_not_there_is_said(service: str, way: str) -> None:
    with pytest.raises(NoSuchField):
        without_part(DATA, service, way)
    if service == "nobody":
        with pytest.raises(NoSuchField):
            with_way(DATA, service, CALL, "seen", SEEN)
