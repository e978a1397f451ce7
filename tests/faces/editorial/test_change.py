"""One field: its form by the kind of field it is, and the source that it must name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faces.editorial.conftest import ENTRY, PHONE, Keeper
from voordeur.records.directory import history
from voordeur.records.directory.fields import Field, fields

pytestmark = pytest.mark.django_db
SERVICE = "services.shelter."


def drafted(path: str) -> Field | None:
    draft = history.draft_of(ENTRY, is_own=False)
    return None if draft is None else fields(draft.entry).get(path)


@pytest.mark.parametrize(
    ("path", "sent", "value"),
    [
        ("summary", {"value_nl": "Hulp  en\nopvang.", "value_en": "Help."}, {"nl": "Hulp en opvang.", "en": "Help."}),
        ("website", {"value": "https://www.blijfgroep.nl/nieuw"}, "https://www.blijfgroep.nl/nieuw"),
        ("status", {"value": "active"}, "active"),
        ("also_known_as", {"value": "Oranje Huis\n\nBlijf\n"}, ["Oranje Huis", "Blijf"]),
        ("if_cost", {"value_nl": "Niets.", "value_en": "Nothing."}, {"nl": "Niets.", "en": "Nothing."}),
        ("knowledge", {"about_1": "violence:partner_violence", "since_1": "1974", "about_3": "group:female"},
         [{"about": "violence", "code": "partner_violence", "since": 1974}, {"about": "group", "code": "female"}]),
        (SERVICE + "anonymous", {"value": "no"}, False),
        (SERVICE + "age_min", {"value": "18"}, 18),
        (SERVICE + "area", {"value": "national"}, "national"),
        (SERVICE + "area", {"value": "municipality:Amsterdam\nprovince:Utrecht"},
         ["municipality:Amsterdam", "province:Utrecht"]),
        (SERVICE + "languages", {"value": ["nl", "ar", "nl"]}, ["nl", "ar"]),
        (SERVICE + "help", {"value": ["safe_place"]}, ["safe_place"]),
        (SERVICE + "waiting_time", {"value_nl": "Een week.", "value_en": "A week."},
         {"nl": "Een week.", "en": "A week."}),
        (SERVICE + "phone.hours", {"value": "24/7"}, "24/7"),
    ],
)  # fmt: skip
def test_each_kind_of_field_is_read_as_it_was_filled_in(
    stella: Keeper, path: str, sent: dict[str, Any], value: object
) -> None:
    stella.changes(path, **{"value": "", **sent})
    one = drafted(path)
    assert one is not None and one.value == value
    assert dict(one.source) == {"title": "blijfgroep.nl", "date": "2026-11-30", "confidence": "high"}
    stella.opens(f"/o/{ENTRY}/field/{path}")


@pytest.mark.parametrize(
    "sent",
    [{"source": ""}, {"source": "nosuch"}, {"source_title": ""}, {"source_date": ""}, {"source_date": "yesterday"},
     {"source_date": "2099-01-01"}, {"source_url": "javascript:1"}, {"source_confidence": "sure"}, {"value": ""},
     {"value": "12"}, {"value": "x" * 3000}],
)  # fmt: skip
def test_without_a_source_or_with_a_value_that_cannot_be_nothing_is_drafted(
    stella: Keeper, sent: dict[str, str]
) -> None:
    address = f"/o/{ENTRY}/field/{PHONE}"
    source = {"source": "new", "source_title": "x", "source_date": "2026-11-30", "source_confidence": "high"}
    stella.sends(address, status=400, **source | {"value": "088 234 24 00", "back": f"/upkeep{address}"} | sent)
    assert history.draft_of(ENTRY, is_own=False) is None
    assert 'role="alert"' in stella.text and "-wrong" in stella.text


def test_a_fault_stands_at_its_field_in_the_readers_language_and_nothing_that_was_typed_is_lost(
    stella: Keeper,
) -> None:
    stella.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "nl"
    address = f"/o/{ENTRY}/field/{PHONE}"
    source = {"source": "new", "source_title": "Hun pagina", "source_url": "nergens", "source_date": "2099-01-01"}
    stella.sends(address, status=400, **source, source_confidence="low", value="088 12")
    text = stella.text
    for name, said in (
        ("value", "Dit nummer kan niet bestaan."),
        ("source_url", "Dit adres kan niet."),
        ("source_date", "Deze dag moet nog komen."),
    ):
        assert said in text.partition(f'id="{name}-wrong"')[2][:200], name
        assert f'href="#{name}"' in text and f'aria-describedby="{name}-wrong' in text
    for kept in ("088 12", "Hun pagina", "nergens", "2099-01-01", 'value="low" selected'):
        assert kept in text


def test_a_value_that_breaks_another_field_names_that_field(stella: Keeper) -> None:
    source = {"source": "contacts"}
    stella.sends(f"/o/{ENTRY}/field/{SERVICE}roles", status=400, **source, value=["professional"])
    assert "Meant first for: Choose only what you also chose in the wider question" in stella.text


def test_what_is_not_known_already_cannot_be_left_out_again(stella: Keeper) -> None:
    stella.sends(f"/o/{ENTRY}/field/what_happens", status=400, is_unknown="yes")
    assert "This is not known already." in stella.text


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("het hele land", "national"),
        ("gemeente Gouda\nprovincie Drenthe", ["municipality:Gouda", "province:Drenthe"]),
        ("Municipality Gouda\nregio van Veilig Thuis Twente", ["municipality:Gouda", "vt:Twente"]),
    ],
)
def test_places_are_typed_as_people_say_them_and_shown_so_again(stella: Keeper, written: str, value: object) -> None:
    stella.changes(SERVICE + "area", value=written)
    one = drafted(SERVICE + "area")
    assert one is not None and one.value == value
    shown = stella.opens(f"/o/{ENTRY}/field/{SERVICE}area").partition('name="value"')[2].partition("</textarea>")[0]
    assert ("the whole country" if value == "national" else "municipality Gouda") in shown


def test_a_source_of_the_entry_can_be_chosen(stella: Keeper) -> None:
    stella.changes(source="contacts")
    one = drafted(PHONE)
    assert one is not None and one.source_key == "contacts" and one.source["date"] == "2018"


def test_what_is_not_known_is_left_out_and_what_an_entry_needs_cannot_be(stella: Keeper) -> None:
    stella.changes(SERVICE + "phone.cost", is_unknown="yes")
    assert drafted(SERVICE + "phone.cost") is None and drafted(PHONE) is not None
    stella.sends(f"/o/{ENTRY}/field/name", status=400, is_unknown="yes")


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/sign-out", "javascript:1"])
def test_the_way_back_of_a_fault_is_only_one_of_our_own_pages(stella: Keeper, back: str) -> None:
    draft = stella.changes()
    stella.sends(f"{draft}/decide", seen_at=draft, status=400, decision="publish", seen="", back=back)
    assert back not in stella.text and 'role="alert"' in stella.text
    stella.sends(f"{draft}/decide", seen_at=draft, status=400, decision="publish", seen="", back=f"/upkeep{draft}")
    assert f'href="/upkeep{draft}"' in stella.text


def test_an_organisation_and_a_steward_have_each_their_own_draft(stella: Keeper, pia: Keeper) -> None:
    stella.changes()
    address = pia.changes(value="088 234 24 11")
    one = drafted(PHONE)
    assert one is not None and one.value == "088 234 24 00"
    stella.opens(address, 404)
