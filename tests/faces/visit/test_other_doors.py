"""A visitor who came in by another door than the one that knows about it goes on there, with what was told."""

from __future__ import annotations

from types import ModuleType
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.test import Client

from tests.faces.visit.conftest import HOSTS, Visitor, talks
from voordeur.faces.visit.house import house
from voordeur.faces.visit.other_doors import origin_of
from voordeur.records.directory.queries import Directory

AT_HOME = "way_in=talk&reach=&what=blows&who=partner&where=home&when=ongoing&age=adult&sex=&traits="
REST = "&need=listening&wish=&speaks=&place="
IN_SPORT = AT_HOME.replace("where=home", "where=sport").replace("who=partner", "who=coach")
FORCED = AT_HOME.replace("what=blows", "what=forced_work").replace("who=partner", "who=boss").replace("home", "work")

pytestmark = pytest.mark.django_db


def results(client: Client, door: str, answers: str) -> Visitor:
    """The results for these answers."""
    return Visitor(client, door).comes_in().sends({"s": answers + REST, "go": "guide"})


def goes(visitor: Visitor, door: str) -> Visitor:
    """Press the button to another door; the browser sends the same form on there (307)."""
    fields = {**visitor.hidden, "go": f"door:{door}"}
    visitor.presses("go", f"door:{door}")
    assert visitor.page.status_code == 307
    assert visitor.page.headers["Location"] == f"http://{HOSTS[door]}{visitor.address}"
    visitor.door = door
    return visitor.sends(fields)


def test_what_lies_outside_the_door_gives_the_same_help_and_names_a_door_that_knows_more(
    client: Client, directory: Directory
) -> None:
    at_sport, at_central = results(client, "sport", AT_HOME), results(client, "central", AT_HOME)
    assert at_sport.organizations == at_central.organizations
    assert "Een andere voordeur van ons weet hier meer van: Voordeur." in at_sport.main
    assert 'value="door:central"' in at_sport.main and 'value="door:' not in at_central.main
    assert 'value="door:exploitation"' in results(client, "sport", FORCED).main


@pytest.mark.parametrize(("door", "answers"), [("sport", IN_SPORT), ("exploitation", FORCED)])
def test_what_a_door_is_about_leads_nowhere_else(client: Client, directory: Directory, door: str, answers: str) -> None:
    assert 'value="door:' not in results(client, door, answers).main


def test_a_question_is_asked_first_and_who_told_nothing_is_not_sent_on(client: Client, directory: Directory) -> None:
    asked = Visitor(client, "sport").comes_in().sends({"s": AT_HOME, "go": "guide"})
    assert asked.question and 'value="door:' not in asked.main
    for door in ("sport", "exploitation"):
        visitor = Visitor(client, door).comes_in().presses("way_in", "talk")
        while visitor.question:
            visitor.presses("go", "skip")
        assert 'value="door:' not in visitor.main


def test_the_answers_go_along_in_the_body_and_the_visit_stays_one(client: Client, directory: Directory) -> None:
    visitor = results(client, "sport", AT_HOME)
    before = visitor.hidden["s"]
    goes(visitor, "central")
    assert visitor.page.status_code == 200 and 'class="name">Voordeur<' in visitor.text
    assert visitor.hidden["s"] == before and "partner" in unquote(before)
    assert "Hulp die past" in visitor.main and "s=" not in visitor.address
    client.get(visitor.address + "/0", HTTP_HOST=HOSTS["central"])
    for host in HOSTS.values():  # one press burned it at both doors
        answer = client.get(visitor.address, HTTP_HOST=host)
        assert (answer.status_code, answer.headers["Location"]) == (303, settings.NEUTRAL_URL)


def test_the_page_that_is_left_keeps_two_seconds_and_nothing_else(client: Client, directory: Directory) -> None:
    visitor = results(client, "sport", AT_HOME)
    visitor.presses("go", "door:central")
    (cookie,) = visitor.page.cookies.values()
    assert cookie["max-age"] == 2 and visitor.page.content == b""


def test_a_conversation_goes_along_and_its_cookie_does_not_stay_behind(
    client: Client, directory: Directory, desk: ModuleType
) -> None:
    visitor = talks(Visitor(client))
    fields = {**visitor.hidden, "s": FORCED + REST, "go": "door:exploitation"}
    visitor.sends(fields)
    assert visitor.page.status_code == 307
    assert visitor.page.cookies["c"]["max-age"] == 0 and visitor.page.cookies["c"]["path"] == visitor.address
    visitor.door = "exploitation"
    visitor.sends(fields).presses("go", "talk")
    assert "Je gesprek" in visitor.main and "De mensen van Voordeur beantwoorden het." in visitor.main


def test_the_policy_lets_forms_go_to_our_own_doors_and_no_further(client: Client, directory: Directory) -> None:
    policy = results(client, "sport", AT_HOME).page.headers["Content-Security-Policy"]
    (forms,) = [part for part in policy.split("; ") if part.startswith("form-action")]
    others = {one for one in HOSTS.values() if one != HOSTS["sport"]}
    assert {f"http://{one}" for one in others} <= set(forms.split()[2:])
    assert set(forms.split()[2:]) <= {f"http://{one}" for door in house().doorway.doors for one in door.hosts}


@pytest.mark.parametrize("named", ["nosuch", "sport", "", "https://evil.example"])
def test_a_door_that_is_none_or_the_same_leads_nowhere(client: Client, directory: Directory, named: str) -> None:
    visitor = results(client, "sport", AT_HOME).sends({"s": AT_HOME + REST, "go": f"door:{named}"})
    assert visitor.page.status_code == 200 and "Hulp die past" in visitor.main


def test_a_door_is_found_where_its_visitor_is(settings: pytest.FixtureRequest) -> None:
    doors = {door.id: door for door in house().doorway.doors}
    assert origin_of(doors["sport"], "localhost:8000") == "http://speelveld.localhost:8000"
    assert origin_of(doors["sport"], "help.example") is None  # it has names of one's own machine only
    settings.EXTRA_HOSTS, settings.IS_HTTPS = ("help.example",), True  # type: ignore[attr-defined]
    assert origin_of(doors["central"], "sport.example") == "https://help.example"
    assert origin_of(doors["central"], "speelveld.localhost:8000") == "https://localhost:8000"
