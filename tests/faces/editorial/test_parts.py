"""A service or a way to be in touch, put into the draft by a form or taken out of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.faces.desk.colleagues import server
from tests.faces.editorial.conftest import ENTRY, Keeper
from voordeur.records.directory import history
from voordeur.records.directory.fields import fields
from voordeur.records.directory.publishing import entry_now
from voordeur.records.directory.queries import current_directory
from voordeur.records.staff.queries import audit_lines
from voordeur.records.staff.trail import Line

pytestmark = pytest.mark.django_db
HERE = f"/o/{ENTRY}/service"
SOURCE = {"source": "new", "source_title": "blijfgroep.nl", "source_date": "2026-11-30", "source_confidence": "high"}
SERVICE: dict[str, Any] = SOURCE | {
    "name_nl": "Bellen in de nacht", "name_en": "Calling at night", "function": "helpline", "roles": ["victim"],
    "primary_roles": ["victim"], "violence": ["partner_violence"], "help": ["listening"], "area": "the whole country",
    "age_min": "18", "anonymous": "yes",
}  # fmt: skip
WAY: dict[str, Any] = SOURCE | {"kind": "phone", "value": "088 234 24 00", "hours": "24/7", "cost": "free"}


def drafted(is_own: bool = False) -> dict[str, Any]:
    draft = history.draft_of(ENTRY, is_own=is_own)
    return {} if draft is None else dict(draft.entry)


def published() -> list[str]:
    return [one.key for one in current_directory().organizations[ENTRY].services]


def test_a_service_with_a_way_to_be_in_touch_is_added_published_and_undone(stella: Keeper) -> None:
    before = entry_now(ENTRY)
    draft = stella.sends(HERE, **SERVICE).headers["Location"].removeprefix("/upkeep")
    assert "Nobody can be in touch with “Calling at night” yet." in stella.text
    added = drafted()["services"][-1]
    assert added["id"] == "bellen-in-de-nacht" and "value" not in added
    assert (added["area"], added["age_min"], added["anonymous"]) == ("national", 18, True)
    stella.sends(f"{HERE}/bellen-in-de-nacht/way", **WAY)
    assert "Nobody can be in touch" not in stella.text and entry_now(ENTRY) == before
    stella.opens(f"/o/{ENTRY}")
    assert "Only in your draft." in stella.text and f"{HERE}/bellen-in-de-nacht/out" in stella.text
    stella.publishes(draft)
    assert published() == ["shelter", "bellen-in-de-nacht"]
    channel = current_directory().organizations[ENTRY].services[1].channels[0]
    assert channel.contact.value == "088 234 24 00" and channel.sources["hours"].date == "2026-11-30"
    stella.opens(f"/o/{ENTRY}")
    stella.sends(f"/o/{ENTRY}/undo", seen_at=f"/o/{ENTRY}", seen=stella.hidden("seen"), reason="Not yet.")
    assert published() == ["shelter"] and entry_now(ENTRY) == before


def test_a_service_and_a_way_are_taken_out_published_and_undone(stella: Keeper) -> None:
    stella.sends(HERE, **SERVICE)
    draft = stella.sends(f"{HERE}/shelter/way", **WAY).headers["Location"].removeprefix("/upkeep")
    stella.publishes(draft)
    assert "088 234 24 50" in stella.opens(f"{HERE}/shelter/way/phone/out")
    draft = stella.sends(f"{HERE}/shelter/way/phone/out").headers["Location"].removeprefix("/upkeep")
    assert "taken out" in stella.text
    stella.sends(f"{HERE}/bellen-in-de-nacht/out")
    assert "Calling at night" in stella.text and len(published()) == 2
    assert "Taken out in your draft." in stella.opens(f"/o/{ENTRY}")
    stella.publishes(draft)
    (shelter,) = current_directory().organizations[ENTRY].services
    assert [one.contact.value for one in shelter.channels] == ["088 234 24 00"]
    stella.opens(f"/o/{ENTRY}")
    stella.sends(f"/o/{ENTRY}/undo", seen_at=f"/o/{ENTRY}", seen=stella.hidden("seen"), reason="It is there still.")
    assert len(published()) == 2


def test_what_came_or_went_as_a_whole_is_left_out_of_a_draft_as_a_whole(stella: Keeper) -> None:
    before = entry_now(ENTRY)
    stella.sends(HERE, **SERVICE)
    stella.sends(f"{HERE}/bellen-in-de-nacht/way", **WAY)
    stella.sends(f"{HERE}/shelter/way", **WAY | {"kind": "mail", "value": "post@blijf.example", "hours": ""})
    draft = stella.sends(f"{HERE}/shelter/way/phone/out").headers["Location"].removeprefix("/upkeep")
    offered = re.findall(r'name="change" value="([^"]*)"', stella.opens(draft))
    assert sorted(offered) == ["services.bellen-in-de-nacht", "services.shelter.mail", "services.shelter.phone"]
    now = drafted()
    wrong = {"decision": "back", "change": "services.bellen-in-de-nacht.function"}
    stella.sends(f"{draft}/decide", seen_at=draft, status=400, **wrong)
    assert drafted() == now
    for path in offered:
        stella.sends(f"{draft}/decide", seen_at=draft, decision="back", change=path)
    assert drafted() == before and "There is no difference with what is published." in stella.text


def test_a_source_on_which_nothing_rests_any_more_is_not_told_any_more(stella: Keeper) -> None:
    stella.sends(HERE, **SERVICE)
    assert "seen-2026-11-30" in drafted()["sources"]
    stella.sends(f"{HERE}/bellen-in-de-nacht/out")
    assert drafted() == entry_now(ENTRY)


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"name_nl": "", "name_en": ""}, "name", "Dit is nodig."),
        ({"name_en": ""}, "name", "Vul dit in."),
        ({"name_nl": "x" * 81}, "name", "hoogstens 80 tekens"),
        ({"function": ""}, "function", "Dit is nodig."),
        ({"function": "magic"}, "function", "Kies uit de lijst."),
        ({"roles": []}, "roles", "Dit is nodig."),
        ({"primary_roles": ["professional"]}, "primary_roles", "Kies alleen wat je ook bij de ruimere vraag koos"),
        ({"violence": ["magic"]}, "violence", "Kies uit de lijst."),
        ({"help": []}, "help", "Dit is nodig."),
        ({"area": "somewhere"}, "area", "het hele land"),
        ({"age_min": "old"}, "age_min", "een heel getal van 0 tot 120"),
        ({"age_min": "30", "age_max": "20"}, "age_min", "de laagste is niet hoger"),
        ({"source_title": ""}, "source_title", "Een nieuwe bron heeft een titel"),
        ({"source_date": "2099"}, "source_date", "Deze dag moet nog komen."),
        ({"source": "nosuch"}, "source", "Zeg waar het feit vandaan komt"),
    ],
)
def test_what_a_service_cannot_be_is_said_at_its_field_and_nothing_is_drafted(
    stella: Keeper, wrong: dict[str, Any], field: str, said: str
) -> None:
    stella.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "nl"
    stella.sends(HERE, status=400, **SERVICE | wrong)
    assert said in stella.text.partition(f'id="{field}-wrong"')[2][:250]
    assert drafted() == {} and 'role="alert"' in stella.text
    assert wrong.get("name_nl", "Bellen in de nacht") in stella.text, "what was typed is given back"


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"kind": ""}, "kind", "Dit is nodig."),
        ({"value": "12"}, "value", "Dit nummer kan niet bestaan."),
        ({"kind": "mail", "hours": ""}, "value", "Dit adres kan niet."),
        ({"kind": "mail", "value": "x@y.example"}, "hours", "nooit dicht"),
        ({"hours": "at night"}, "hours", "niet te lezen"),
        ({"hours_note_nl": "Soms."}, "hours_note", "Vul dit in."),
        ({"cost": "magic"}, "cost", "Kies uit de lijst."),
    ],
)
def test_what_a_way_to_be_in_touch_cannot_be_is_said_at_its_field(
    stella: Keeper, wrong: dict[str, Any], field: str, said: str
) -> None:
    stella.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "nl"
    stella.sends(f"{HERE}/shelter/way", status=400, **WAY | wrong)
    assert said in stella.text.partition(f'id="{field}-wrong"')[2][:250]
    assert drafted() == {}


def test_the_last_service_stays(stella: Keeper) -> None:
    assert "Add another one first." in stella.opens(f"{HERE}/shelter/out")
    stella.sends(f"{HERE}/shelter/out", seen_at=HERE, status=400)
    assert "An entry has at least one service." in stella.text and drafted() == {}


def test_the_last_way_to_be_in_touch_goes_after_a_warning(stella: Keeper) -> None:
    assert "It is the only way" in stella.opens(f"{HERE}/shelter/way/phone/out")
    stella.sends(f"{HERE}/shelter/way/phone/out")
    assert fields(drafted()).keys().isdisjoint({"services.shelter.phone.kind", "services.shelter.phone.value"})


@pytest.mark.parametrize("path", ["nobody/out", "nobody/way", "shelter/way/chat/out", "shelter/way/phone-2/out"])
def test_a_service_or_a_way_that_is_not_there_is_not_here(stella: Keeper, path: str) -> None:
    stella.opens(f"{HERE}/{path}", 404)
    stella.sends(f"{HERE}/{path}", seen_at=HERE, status=404)
    assert drafted() == {}


def test_an_organisation_proposes_a_service_of_its_own_and_a_steward_publishes_it(stella: Keeper, pia: Keeper) -> None:
    draft = pia.sends(HERE, **SERVICE).headers["Location"].removeprefix("/upkeep")
    assert drafted() == {} and len(drafted(is_own=True)["services"]) == 2
    pia.sends(f"{draft}/decide", seen_at=draft, decision="propose", reason="New since this month.")
    stella.publishes(draft)
    assert published() == ["shelter", "bellen-in-de-nacht"]


def test_two_services_of_one_name_are_known_apart(stella: Keeper) -> None:
    stella.sends(HERE, **SERVICE)
    stella.sends(HERE, **SERVICE)
    assert [one["id"] for one in drafted()["services"][1:]] == ["bellen-in-de-nacht", "bellen-in-de-nacht-2"]


def test_the_trail_says_what_was_added_and_taken_out(stella: Keeper) -> None:
    stella.sends(HERE, **SERVICE)
    stella.sends(f"{HERE}/shelter/way", **WAY)
    stella.sends(f"{HERE}/shelter/way/phone/out")
    stella.sends(f"{HERE}/bellen-in-de-nacht/out")
    lines = [one for one in audit_lines(server(), last=4) if isinstance(one, Line)]
    assert [(one.what, one.about) for one in lines] == [
        ("entry service added", ENTRY),
        ("entry way added", f"{ENTRY}:shelter"),
        ("entry way taken out", f"{ENTRY}:services.shelter.phone"),
        ("entry service taken out", f"{ENTRY}:services.bellen-in-de-nacht"),
    ]
