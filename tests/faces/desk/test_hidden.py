"""The hidden part of the map at the desk: who may see the list, an address only for a reason, who keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, server
from tests.records.hidden.made_up import CANARY, said
from voordeur.faces import labels
from voordeur.records.hidden.actions import MOST_LOOKS, reference
from voordeur.records.hidden.models import HiddenEntry, HiddenLook
from voordeur.records.hidden.queries import looks
from voordeur.records.staff.queries import audit_lines
from voordeur.rules.opening import AMSTERDAM
from voordeur.vocabulary import Need, StaffRole

pytestmark = pytest.mark.django_db
R = StaffRole
WHY = "moeder met twee kinderen, vanavond"
KIND = labels.label(Need.SAFE_PLACE)
PATHS = ("hidden", "hidden_look", "hidden_keep", "hidden_remove")


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def steward(central: Group) -> Colleague:
    return Colleague("stella", central, R.STEWARD)


@pytest.fixture
def responder(central: Group) -> Colleague:
    return Colleague("noor", central, R.RESPONDER)


@pytest.fixture
def house(steward: Colleague) -> str:
    return kept(steward)


def kept(steward: Colleague, **changed: object) -> str:
    return str(steward.gets("hidden_keep", team="central", **said(**changed))["id"])


def deeds() -> list[tuple[str, str, str]]:
    """Who did what with a hidden entry, about which reference."""
    lines = [one for one in audit_lines(server(), last=50) if not isinstance(one, int)]
    return [(one.who, one.what, one.about) for one in lines if "hidden" in one.what]


def seen(who: Colleague, team: str = "central") -> set[str]:
    return {one["id"] for one in who.gets("hidden", team=team)["entries"]}


def test_the_list_says_kind_province_and_place_and_no_more(house: str, responder: Colleague) -> None:
    shown = responder.gets("hidden", team="central")
    assert shown == {
        "entries": [{
            "id": house, "kind": "safe_place", "kind_text": KIND, "region": "Utrecht", "has_place": True,
            "capacity": 4, "checked_on": "2026-11-20",
        }],
        "may_keep": False,
    }  # fmt: skip
    assert CANARY not in str(shown)


def test_the_whole_is_given_for_a_reason_that_is_sealed_and_a_line_on_the_trail(
    house: str, responder: Colleague
) -> None:
    answer = responder.gets("hidden_look", team="central", entry=house, reason=f" {WHY} ")
    assert answer["entry"] == {"id": house, **said()}
    about = reference(house, server())
    assert deeds()[-1] == ("noor", "hidden entry looked at", about)
    (look,) = looks(server(), last=5)
    assert not isinstance(look, int)
    assert (look.about, look.reason) == (about, WHY)
    assert WHY.encode() not in bytes(HiddenLook.objects.get().sealed)


def test_each_look_is_written_down_again(house: str, responder: Colleague) -> None:
    for _ in range(3):
        responder.gets("hidden_look", team="central", entry=house, reason=WHY)
    assert len(looks(server(), last=9)) == 3


def test_nobody_but_a_steward_looks_at_more_than_ten_addresses_in_a_day(
    house: str, responder: Colleague, steward: Colleague, central: Group
) -> None:
    both = Colleague("bo", central, R.RESPONDER)
    for _ in range(MOST_LOOKS):
        responder.gets("hidden_look", team="central", entry=house, reason=WHY)
    status, answer = responder.ask("hidden_look", team="central", entry=house, reason=WHY)
    assert (status, "A steward can look" in answer["error"], "10 addresses" in answer["error"]) == (400, True, True)
    assert CANARY not in str(answer)
    both.gets("hidden_look", team="central", entry=house, reason=WHY)
    for _ in range(MOST_LOOKS + 1):
        steward.gets("hidden_look", team="central", entry=house, reason=WHY)
    day = timedelta(days=1)
    HiddenLook.objects.update(day=datetime.now(UTC).astimezone(AMSTERDAM).date() - day)
    responder.gets("hidden_look", team="central", entry=house, reason=WHY)


@pytest.mark.parametrize("reason", [None, "", "want it", " " * 20, "x" * 201, "two\nlines of a reason", 5, ["x" * 20]])
def test_without_a_reason_there_is_no_address_and_no_line(reason: object, house: str, responder: Colleague) -> None:
    status, answer = responder.ask("hidden_look", team="central", entry=house, reason=reason)
    assert (status, answer) == (400, {"error": "Write in 10 to 200 letters, on one line, why you look."})
    assert not HiddenLook.objects.exists()
    assert [what for _, what, _ in deeds()] == ["hidden entry added"]


@pytest.mark.parametrize("role", [R.PEER, R.LEAD])
def test_for_a_role_that_may_not_see_it_nothing_is_there(role: StaffRole, house: str, central: Group) -> None:
    other = Colleague("otto", central, role)
    assert other.ask("hidden", team="central") == NOT_HERE
    assert other.ask("hidden_look", team="central", entry=house, reason=WHY) == NOT_HERE
    assert other.ask("hidden_keep", team="central", **said()) == NOT_HERE
    assert other.ask("hidden_remove", team="central", entry=house) == NOT_HERE
    assert not HiddenLook.objects.exists() and HiddenEntry.objects.count() == 1


def test_in_the_name_of_a_team_that_is_not_theirs_nobody_sees_anything(house: str) -> None:
    stranger = Colleague("stan", Group("sport"), R.RESPONDER, R.STEWARD)
    for team in ("central", "nowhere"):
        assert stranger.ask("hidden", team=team) == NOT_HERE
        assert stranger.ask("hidden_look", team=team, entry=house, reason=WHY) == NOT_HERE
        assert stranger.ask("hidden_keep", team=team, entry=house, **said()) == NOT_HERE
        assert stranger.ask("hidden_remove", team=team, entry=house) == NOT_HERE
    assert HiddenEntry.objects.count() == 1 and not HiddenLook.objects.exists()


def test_an_entry_for_partners_is_for_whoever_may_see_hidden_entries_in_any_team(house: str) -> None:
    assert seen(Colleague("petra", Group("partner"), R.RESPONDER), "partner") == {house}


def test_an_entry_for_roles_is_for_those_roles_and_for_who_keeps_the_map(
    steward: Colleague, responder: Colleague, central: Group
) -> None:
    house = kept(steward, audience="roles", roles=["coach"])
    coach = Colleague("ilse", central, R.COACH)
    assert (seen(coach), seen(steward), seen(responder)) == ({house}, {house}, set())
    assert coach.gets("hidden_look", team="central", entry=house, reason=WHY)["entry"]["roles"] == ["coach"]
    not_theirs = responder.ask("hidden_look", team="central", entry=house, reason=WHY)
    not_there = responder.ask("hidden_look", team="central", entry="f" * 32, reason=WHY)
    assert not_theirs == not_there == NOT_HERE
    assert len(looks(server(), last=5)) == 1


def test_a_role_counts_in_the_team_that_is_asked_for_only(steward: Colleague) -> None:
    from voordeur.records.staff.actions import add_member

    house, sport = kept(steward, audience="roles", roles=["coach"]), Group("sport")
    both = Colleague("bo", sport, R.COACH)
    add_member(staff=both.staff, team=steward.group.team, role=R.RESPONDER, moment=datetime.now(UTC))  # type: ignore[union-attr]
    assert (seen(both, "sport"), seen(both)) == ({house}, set())


def test_who_keeps_the_map_adds_changes_and_removes_and_all_of_it_is_on_the_trail(steward: Colleague) -> None:
    assert steward.gets("hidden", team="central") == {"entries": [], "may_keep": True}
    house = kept(steward)
    about = reference(house, server())
    assert steward.gets("hidden_keep", team="central", entry=house, **said(has_place=False)) == {"id": house}
    assert steward.gets("hidden", team="central")["entries"][0]["has_place"] is False
    assert steward.gets("hidden_remove", team="central", entry=house) == {}
    assert (seen(steward), HiddenEntry.objects.count()) == (set(), 0)
    assert deeds() == [
        ("stella", "hidden entry added", ""),
        ("stella", "hidden entry changed", about),
        ("stella", "hidden entry removed", about),
    ]
    for path, more in (("hidden_remove", {}), ("hidden_keep", said())):
        assert steward.ask(path, team="central", entry=house, **more) == NOT_HERE
    assert len(deeds()) == 3, "what was not done is not on the trail"


def test_who_only_sees_the_map_keeps_nothing(house: str, responder: Colleague) -> None:
    assert responder.ask("hidden_keep", team="central", **said()) == NOT_HERE
    assert responder.ask("hidden_keep", team="central", entry=house, **said(name="other")) == NOT_HERE
    assert responder.ask("hidden_remove", team="central", entry=house) == NOT_HERE
    assert HiddenEntry.objects.count() == 1


def test_what_everybody_may_see_is_sent_to_the_directory_in_the_language_of_who_asks(steward: Colleague) -> None:
    asked = {"team": "central", **said(audience="public")}
    assert steward.ask("hidden_keep", **asked)[1]["error"].startswith("What everybody may see is not hidden.")
    steward.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "nl"
    assert steward.ask("hidden_keep", **asked)[1]["error"].startswith("Wat iedereen mag zien")
    assert not HiddenEntry.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""}, {"region": "Dorpslaan 7"}, {"organization": "nobody"}, {"audience": "roles", "roles": ["peer"]},
        {"checked_on": (datetime.now(AMSTERDAM) + timedelta(days=1)).date().isoformat()}, {"address": "語" * 301},
        dict.fromkeys(("address", "purpose", "asking", "source"), "😀" * 300), {"kind": None},
    ],
)  # fmt: skip
def test_what_cannot_be_an_entry_is_refused_with_a_sentence(
    changed: dict[str, object], house: str, steward: Colleague
) -> None:
    for entry in ({}, {"entry": house}):
        status, answer = steward.ask("hidden_keep", team="central", **entry, **said(**changed))
        assert status == 400 and answer["error"]
    assert steward.gets("hidden_look", team="central", entry=house, reason=WHY)["entry"]["name"] == f"Huis {CANARY}"
    assert HiddenEntry.objects.count() == 1


def test_an_organisation_of_the_directory_can_be_named(steward: Colleague, directory: Any) -> None:
    house = kept(steward, organization="fier")
    shown = steward.gets("hidden_look", team="central", entry=house, reason=WHY)
    assert shown["entry"]["organization"] == "fier"


@pytest.mark.parametrize("entry", [None, "", "x" * 32, "A" * 32, "f" * 31, 5, ["f" * 32]])
def test_what_cannot_be_an_id_is_refused(entry: object, steward: Colleague) -> None:
    assert steward.ask("hidden_look", team="central", entry=entry, reason=WHY)[0] == 400
    assert steward.ask("hidden_remove", team="central", entry=entry)[0] == 400
    if entry is not None:
        assert steward.ask("hidden_keep", team="central", entry=entry, **said())[0] == 400


@pytest.mark.parametrize("path", PATHS)
def test_each_address_is_for_who_is_signed_in_and_asks_as_the_page_does(path: str, responder: Colleague) -> None:
    from django.test import Client

    assert responder.client.get(f"/api/{path}").status_code == 405
    assert responder.ask(path)[0] == 400  # no team
    assert Client(headers={"x-voordeur": "1"}).post(f"/api/{path}").status_code == 401
    plain = responder.client.post(f"/api/{path}", "{}", content_type="application/json", headers={"x-voordeur": "0"})
    assert plain.status_code == 400
