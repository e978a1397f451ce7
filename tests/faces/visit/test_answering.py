"""Who answers, where a door, a team and a conversation are not of one door."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.faces.visit.conftest import FORM, HOSTS, DoorsWith, Visitor, box, talks, texts, words_of_code
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import queries
from voordeur.records.conversations.models import Conversation
from voordeur.records.directory.queries import Directory
from voordeur.records.staff import actions as staff_actions
from voordeur.records.staff.models import Duty, Team
from voordeur.secrecy.keyring import pair_of
from voordeur.vocabulary import StaffRole

SPORT = pair_of(bytes(range(1, 33)))
ALWAYS = {'hours = "Mo-Su 10:00-22:00; PH open"': 'hours = "Mo-Su 00:00-24:00; PH open"'}
NEVER_CLOSED = {
    'hours = "Mo-Fr 13:00-21:00; Sa-Su 13:00-17:00; PH 13:00-17:00"': 'hours = "Mo-Su 00:00-24:00; PH open"'
}


@pytest.fixture
def at_sport(client: Client, directory: Directory, desk: ModuleType, doors_with: DoorsWith) -> Visitor:
    """A visitor at the door for sport: its team has a key, and nobody of it is there; the central team is, all day."""
    doors_with({"central": ALWAYS, "sport": NEVER_CLOSED})
    staff_actions.add_team(slug="sport", name="Sport")
    Team.objects.filter(slug="sport").update(public_key=SPORT.public)
    return Visitor(client, "sport", headers={"accept-language": "en"}).comes_in()


def rita_comes_to_work() -> None:
    """Somebody of the team of sport is there."""
    moment, team = datetime.now(UTC), Team.objects.get(slug="sport")
    rita = staff_actions.add_staff(name="rita", shown_name="Rita", languages=["nl", "en"], moment=moment).staff
    staff_actions.add_member(staff=rita, team=team, role=StaffRole.RESPONDER, moment=moment)
    staff_actions.go_on_duty(staff=rita, team=team, moment=moment)


# ---------------------------------------------------------------- nobody is there now


def test_a_door_without_anyone_says_so_and_offers_the_central_people_or_a_message(at_sport: Visitor) -> None:
    at_sport.presses("go", "talk")
    assert "nobody is at the desk at this moment" in at_sport.main
    assert "The people of Voordeur are there now." in at_sport.main
    assert "Talk with Voordeur now" in at_sport.main and "leave a message for Playing field below" in at_sport.main


def test_one_press_leads_to_the_central_people_and_the_page_stays_the_doors(
    at_sport: Visitor, desk: ModuleType
) -> None:
    at_sport.presses("go", "talk").presses("go", "talk:to:central", text="half a sentence", wish="peer")
    assert "You write to the people of Voordeur" in at_sport.main and "Someone can answer now" in at_sport.main
    assert box(at_sport) == "half a sentence" and 'value="peer" checked' in at_sport.main
    at_sport.presses("go", "talk:say", text="half a sentence and the rest")
    label = desk.label(desk.newest())
    assert (label.door, label.team) == ("sport", "central")
    assert desk.reads(desk.newest()) == ["half a sentence and the rest"]
    assert 'class="name">Playing field<' in at_sport.text
    assert "The people of Voordeur answer it." in at_sport.main
    desk.picks_up(desk.newest())
    at_sport.presses("go", "talk:plain")
    assert "Someone of Voordeur is with you." in at_sport.main


def test_a_message_for_the_doors_own_people_is_left_in_their_queue(at_sport: Visitor, desk: ModuleType) -> None:
    at_sport.presses("go", "talk").presses("go", "talk:to:central", text="hello")
    at_sport.presses("go", "talk:to:", text="hello").presses("go", "talk:say", text="hello")
    (one,) = desk.conversations()
    assert (desk.label(one).door, desk.label(one).team) == ("sport", "sport")
    assert "answer it" not in at_sport.main


def test_where_somebody_is_there_or_nobody_anywhere_no_other_door_is_offered(at_sport: Visitor) -> None:
    rita_comes_to_work()
    assert "talk:to:" not in at_sport.presses("go", "talk").main
    Duty.objects.all().delete()
    assert "talk:to:" not in at_sport.comes_in().presses("go", "talk").main


def test_a_full_queue_leads_to_the_other_one_too_unless_that_is_full(
    at_sport: Visitor, desk: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita_comes_to_work()
    for number in range(20):
        desk.begins(f"{number:032x}")
    for row in Conversation.objects.all():  # these wait at the door for sport
        label = replace(queries.held(row, server_key()).label, door="sport", team="sport")
        row.label, row.team_tag = label.sealed(server_key(), row.pk), queries.team_tag(server_key(), "sport")
        row.save()
    at_sport.presses("go", "talk")
    assert "Too many people are waiting" in at_sport.main and 'id="text"' not in at_sport.main
    at_sport.presses("go", "talk:to:central").presses("go", "talk:say", text="hello")
    assert "The people of Voordeur answer it." in at_sport.main
    for number in range(20, 40):
        desk.begins(f"{number:032x}")
    assert "talk:to:" not in at_sport.comes_in().presses("go", "talk").main


@pytest.mark.parametrize("to", ["exploitation", "sport", "nosuch", "central\0"])
def test_another_name_than_what_was_offered_leads_to_the_doors_own_people(
    at_sport: Visitor, desk: ModuleType, to: str
) -> None:
    at_sport.presses("go", "talk").presses("go", "talk:say", text="hello", to=to)
    (one,) = desk.conversations()
    assert desk.label(one).team == "sport"


def test_the_script_begins_with_the_people_that_were_chosen_too(at_sport: Visitor, desk: ModuleType) -> None:
    at_sport.presses("go", "talk").presses("go", "talk:to:central")
    fields = {"do": "begin", "m": at_sport.hidden["m"], "to": at_sport.hidden["to"], "wish": "anyone", "l": "en"}
    begun = at_sport.client.post(
        f"{at_sport.address}/j", urlencode(fields), content_type=FORM, HTTP_HOST=HOSTS["sport"]
    )
    label = desk.label(begun.json()["conversation"])
    assert (label.door, label.team) == ("sport", "central")


# ---------------------------------------------------------------- passed on, and coming back at another door


def test_who_is_passed_on_stays_in_the_conversation_and_is_told_who_answers(
    at_sport: Visitor, desk: ModuleType
) -> None:
    visitor = talks(Visitor(at_sport.client, headers={"accept-language": "en"}), "hello there")
    one = desk.newest()
    desk.replies(one, "a colleague knows more")
    desk.passes_on(one, "sport", SPORT.public)
    assert texts(visitor) == ["hello there", "a colleague knows more"]
    assert "The people of Playing field answer it." in visitor.main and 'class="name">Voordeur<' in visitor.text
    visitor.presses("go", "talk:say", text="thank you")
    assert desk.label(one).door == "central" and desk.held(one).last_place == 3


def test_a_code_opens_the_conversation_at_every_door_and_it_keeps_its_days(at_sport: Visitor, desk: ModuleType) -> None:
    visitor = talks(Visitor(at_sport.client, headers={"accept-language": "en"}), "hello there")
    code = words_of_code(visitor.presses("go", "talk:code"))
    one = desk.newest()
    kept = Conversation.objects.get(pk=one).kept_until
    client = Client()
    for door in ("sport", "exploitation"):
        back = Visitor(client, door, headers={"accept-language": "en"}).comes_in()
        back.presses("go", "talk:return").presses("go", "talk:open", code=" ".join(code))
        assert "Your conversation" in back.main
        assert "The people of Voordeur answer it." in back.main
        Conversation.objects.filter(pk=one).update(kept_until=datetime.now(UTC).date())
        back.presses("go", "talk:say", text="again")
        assert Conversation.objects.get(pk=one).kept_until == kept  # the days of the door that it came by
    assert desk.reads(one) == ["hello there", "again", "again"]
    assert kept == (datetime.now(UTC) + timedelta(days=90)).date()
