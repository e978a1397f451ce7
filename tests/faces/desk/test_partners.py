"""Partners: a steward makes their teams and invites their people, and reaches no further than that."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, at_the_door, b64, server
from tests.faces.desk.conftest import Browser
from voordeur.records.directory.queries import Directory
from voordeur.records.staff import actions
from voordeur.records.staff.queries import audit_lines, staff_by_name, team_by_slug
from voordeur.records.staff.trail import Line
from voordeur.secrecy.keyring import new_pair, team_context, wrap
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db

STEWARD_ONLY: dict[str, dict[str, object]] = {
    "partners": {},
    "partner_team": {"slug": "fier-team", "name": "Fier", "organization": "fier"},
    "partner_invite": {"team": "fier", "name": "pia", "shown_name": "Pia", "languages": ["nl"], "role": "responder"},
    "partner_off": {"team": "fier", "staff": 1},
}


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def stella(directory: Directory, central: Group) -> Colleague:
    """The steward, in a team of stewards."""
    return Colleague("stella", Group("stewards"), StaffRole.STEWARD, is_on=False)


@pytest.fixture
def fier(stella: Colleague) -> str:
    """A partner's team."""
    return str(stella.gets("partner_team", slug="fier", name="Fier", organization="fier")["slug"])


def invited(stella: Colleague, name: str = "pia", **other: object) -> dict[str, Any]:
    asked = {"team": "fier", "shown_name": name.title(), "languages": ["nl"], "role": "responder", **other}
    return stella.gets("partner_invite", name=name, **asked)


def of_partner(name: str = "pia", *roles: StaffRole, has_keys: bool = False) -> Colleague:
    """Somebody of the partner's team in their browser."""
    one = Colleague(name, None, has_keys=has_keys)
    team = team_by_slug("fier")
    assert team is not None
    for role in roles or (StaffRole.RESPONDER,):
        actions.add_member(staff=one.staff, team=team, role=role, moment=datetime.now(UTC))
    return one


def trail() -> list[tuple[str, str, str]]:
    return [(one.who, one.what, one.about) for one in audit_lines(server(), last=50) if isinstance(one, Line)]


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("what", STEWARD_ONLY)
@pytest.mark.parametrize("role", [one for one in StaffRole if one is not StaffRole.STEWARD])
def test_nobody_but_a_steward_is_here(what: str, role: StaffRole, central: Group, fier: str) -> None:
    other = Colleague("ada", central, role)
    assert other.ask(what, **STEWARD_ONLY[what]) == NOT_HERE
    partner = of_partner("pia", role)
    assert partner.ask(what, **STEWARD_ONLY[what]) == NOT_HERE
    assert staff_by_name("pia") is not None and team_by_slug("fier-team") is None


@pytest.mark.parametrize("what", STEWARD_ONLY)
def test_a_steward_of_a_partners_own_team_is_no_steward_of_the_door(what: str, fier: str) -> None:
    assert of_partner("sly", StaffRole.STEWARD).ask(what, **STEWARD_ONLY[what]) == NOT_HERE


# ---------------------------------------------------------------- a team


def test_a_steward_makes_a_team_for_an_organisation_of_the_directory(stella: Colleague, directory: Directory) -> None:
    told = stella.gets("partners")
    assert told["teams"] == []
    assert {one["id"] for one in told["organizations"]} == set(directory.organizations)
    stella.gets("partner_team", slug="fier", name="Fier", organization="fier")
    (team,) = stella.gets("partners")["teams"]
    assert team == {
        "slug": "fier",
        "name": "Fier",
        "organization": "fier",
        "organization_name": directory.organizations["fier"].name,
        "has_key": False,
        "people": [],
    }
    assert trail() == [("stella", "partner team added", "fier")]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"organization": "no-such-one"}, "This organisation is not in the directory."),
        ({"slug": "central"}, "There is a team with this code already."),
        ({"slug": "fier"}, "There is a team with this code already."),
        ({"slug": "Fier!"}, "A code of 2 to 40"),
        ({"slug": "\ud800"}, "A code of 2 to 40"),
        ({"name": " "}, "A code of 2 to 40"),
        ({"name": "a\nb"}, "A code of 2 to 40"),
        ({"organization": ""}, "“organization”: a text"),
        ({"slug": 5}, "“slug”: a text"),
        ({"name": "x" * 81}, "“name”: a text"),
    ],
)
def test_a_team_that_cannot_be_made_is_a_sentence_and_leaves_no_line(
    wrong: dict[str, object], sentence: str, stella: Colleague, fier: str
) -> None:
    before = trail()
    status, answer = stella.ask(
        "partner_team", **{"slug": "fier-two", "name": "Fier two", "organization": "fier", **wrong}
    )
    assert (status, sentence in answer["error"]) == (400, True), answer
    assert len(stella.gets("partners")["teams"]) == 1
    assert trail() == before


# ---------------------------------------------------------------- an invitation


def test_the_passphrase_is_told_once_and_opens_only_the_way_to_an_own_one(stella: Colleague, fier: str) -> None:
    made = invited(stella)
    assert made["passphrase"] not in json.dumps(stella.gets("partners")) + json.dumps(trail())
    assert ("stella", "partner invited", "pia:responder") in trail()
    browser = Browser()
    browser.types_passphrase("pia", made["passphrase"])
    answer = browser.client.post("/api/me", "{}", content_type="application/json", headers={"x-voordeur": "1"})
    assert answer.status_code == 401
    assert browser.get("/").headers["Location"] == "/me/passphrase"
    browser = Browser()
    browser.sets_up("pia", made["passphrase"])
    answer = browser.client.post("/api/me", "{}", content_type="application/json", headers={"x-voordeur": "1"})
    (team,) = json.loads(answer.content)["teams"]
    assert (team["slug"], team["roles"], team["organization"]) == ("fier", ["responder"], "fier")
    (person,) = stella.gets("partners")["teams"][0]["people"]
    assert (person["name"], person["has_signed_in"], person["has_key"]) == ("pia", True, False)


def test_the_list_says_who_there_is_and_who_has_which_key(stella: Colleague, fier: str) -> None:
    invited(stella, "pia", role="lead", languages=["nl", "tr"])
    (person,) = stella.gets("partners")["teams"][0]["people"]
    assert {key: person[key] for key in person if key != "id"} == {
        "name": "pia",
        "shown_name": "Pia",
        "roles": ["lead"],
        "languages": ["nl", "tr"],
        "has_signed_in": False,
        "has_key": False,
        "has_team_key": False,
    }


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "stella"}, "There is a login with this name already."),
        ({"name": "Pia Pi"}, "A login name of 2 to 40"),
        ({"name": "\ud800"}, "A login name of 2 to 40"),
        ({"shown_name": " "}, "A login name of 2 to 40"),
        ({"languages": ["xx"]}, "“languages”"),
        ({"languages": "nl"}, "“languages”"),
        ({"languages": [["nl"]]}, "“languages”"),
        ({"role": "steward"}, "“role”: one of responder, coach, lead"),
        ({"role": "peer"}, "“role”: one of responder, coach, lead"),
        ({"role": None}, "“role”"),
    ],
)
def test_an_invitation_that_cannot_be_is_a_sentence(
    wrong: dict[str, object], sentence: str, stella: Colleague, fier: str
) -> None:
    before = trail()
    asked = {"team": "fier", "name": "pia", "shown_name": "Pia", "languages": ["nl"], "role": "responder", **wrong}
    status, answer = stella.ask("partner_invite", **asked)
    assert (status, sentence in answer["error"]) == (400, True), answer
    assert stella.gets("partners")["teams"][0]["people"] == []
    assert trail() == before


@pytest.mark.parametrize("team", ["central", "stewards", "nowhere", "\ud800"])
def test_nobody_is_invited_to_a_team_that_is_no_partners(team: str, stella: Colleague, fier: str) -> None:
    asked = {"name": "pia", "shown_name": "Pia", "languages": ["nl"], "role": "responder"}
    assert stella.ask("partner_invite", team=team, **asked) == NOT_HERE
    assert staff_by_name("pia") is None


def test_a_sentence_comes_in_the_language_of_who_asks(stella: Colleague, fier: str) -> None:
    answer = stella.client.post(
        "/api/partner_team",
        json.dumps({"slug": "fier", "name": "F", "organization": "fier"}),
        content_type="application/json",
        headers={"accept-language": "nl"},
    )
    assert json.loads(answer.content)["error"] == "Er is al een team met deze code."


def test_an_organisation_has_one_team_so_that_a_yes_goes_to_the_same_people(stella: Colleague, fier: str) -> None:
    status, answer = stella.ask("partner_team", slug="fier-two", name="Fier", organization="fier")
    assert (status, "has a team already" in answer["error"]) == (400, True)
    assert team_by_slug("fier-two") is None
    with pytest.raises(actions.NameNotAllowed, match="already a team of"):
        actions.add_team(slug="fier-two", name="Fier", organization="fier")
    assert actions.add_team(slug="sport", name="Sport") and actions.add_team(slug="rest", name="Rest")


# ---------------------------------------------------------------- an end


def test_a_steward_ends_a_role_and_a_login_of_a_partner(stella: Colleague, fier: str) -> None:
    pia = of_partner("pia", StaffRole.RESPONDER, StaffRole.LEAD)
    stella.gets("partner_off", team="fier", staff=pia.staff.pk, role="lead")
    assert pia.gets("me")["teams"][0]["roles"] == ["responder"]
    stella.gets("partner_off", team="fier", staff=pia.staff.pk)
    assert pia.ask("me")[0] == 401
    assert stella.gets("partners")["teams"][0]["people"] == []
    assert trail()[-2:] == [("stella", "partner role ended", "pia:lead"), ("stella", "partner login ended", "pia")]


def test_nobody_of_the_doors_own_teams_is_touched(stella: Colleague, central: Group, fier: str) -> None:
    ada = Colleague("ada", central, StaffRole.RESPONDER)
    for team in ("central", "stewards", "fier", "nowhere"):
        assert stella.ask("partner_off", team=team, staff=ada.staff.pk) == NOT_HERE
        assert stella.ask("partner_off", team=team, staff=ada.staff.pk, role="responder") == NOT_HERE
    assert stella.ask("partner_off", team="stewards", staff=stella.staff.pk) == NOT_HERE
    assert ada.gets("me")["teams"][0]["roles"] == ["responder"]


def test_who_is_of_both_loses_the_role_at_most(stella: Colleague, central: Group, fier: str) -> None:
    both, team = Colleague("bo", central, StaffRole.RESPONDER), team_by_slug("fier")
    assert team is not None
    actions.add_member(staff=both.staff, team=team, role=StaffRole.COACH, moment=datetime.now(UTC))
    status, answer = stella.ask("partner_off", team="fier", staff=both.staff.pk)
    assert (status, "belongs to other teams too" in answer["error"]) == (400, True)
    stella.gets("partner_off", team="fier", staff=both.staff.pk, role="coach")
    assert [one["slug"] for one in both.gets("me")["teams"]] == ["central"]


@pytest.mark.parametrize("wrong", [0, -1, "1", None, True, 10**12])
def test_a_number_that_can_be_nobodys_is_refused(wrong: object, stella: Colleague, fier: str) -> None:
    assert stella.ask("partner_off", team="fier", staff=wrong)[0] == 400


def test_a_role_that_they_do_not_have_is_not_here(stella: Colleague, fier: str) -> None:
    pia = of_partner("pia")
    assert stella.ask("partner_off", team="fier", staff=pia.staff.pk, role="lead") == NOT_HERE
    assert stella.ask("partner_off", team="fier", staff=pia.staff.pk, role="boss")[0] == 400
    assert pia.gets("me")["teams"][0]["roles"] == ["responder"]


# ---------------------------------------------------------------- at work


@pytest.mark.parametrize("role", [StaffRole.RESPONDER, StaffRole.COACH, StaffRole.LEAD])
def test_the_first_of_a_partners_team_makes_its_key(role: StaffRole, stella: Colleague, fier: str) -> None:
    pia, pair = of_partner("pia", role, has_keys=True), new_pair()
    wrapped = b64(wrap(pia.pair.public, pair.private, team_context("fier")))
    given = [{"staff": pia.staff.pk, "wrapped": wrapped}]
    pia.gets("team_key", team="fier", public=b64(pair.public), wrapped=given)
    team = stella.gets("partners")["teams"][0]
    assert (team["has_key"], team["people"][0]["has_team_key"]) == (True, True)


def test_a_team_without_a_door_has_an_inbox_hours_and_people_on_duty(stella: Colleague, fier: str) -> None:
    pia, pair = of_partner("pia", StaffRole.RESPONDER, has_keys=True), new_pair()
    wrapped = b64(wrap(pia.pair.public, pair.private, team_context("fier")))
    given = [{"staff": pia.staff.pk, "wrapped": wrapped}]
    pia.gets("team_key", team="fier", public=b64(pair.public), wrapped=given)
    inbox = pia.gets("inbox")
    assert (inbox["waiting"], inbox["mine"]) == ([], [])
    pia.gets("duty", team="fier", is_on=True)
    roster = pia.gets("roster", team="fier")
    assert (roster["hours_text"], roster["exceptions"], roster["on_duty"], roster["status"]) == ("", [], ["Pia"], None)
    assert pia.gets("me")["teams"][0]["doors"] == {}
    status, answer = pia.ask("call", team="fier", language="nl")
    assert (status, "No door leads to this team" in answer["error"]) == (400, True)
    pia.gets("duty", team="fier", is_on=False)


def test_no_conversation_is_passed_on_to_a_partner(central: Group, stella: Colleague, fier: str) -> None:
    team = team_by_slug("fier")
    assert team is not None
    actions.set_team_key(team=team, public_key=new_pair().public, recovery=_team_recovery())
    ada, someone = Colleague("ada", central, StaffRole.RESPONDER), at_the_door(central)
    ada.picks_up(someone)
    assert [one["slug"] for one in ada.gets("me")["other_teams"]] == ["stewards"]
    for what in ("pass_on", "pass_on_readers"):
        assert ada.ask(what, id=someone.id, team="fier") == NOT_HERE


def _team_recovery() -> Any:
    from voordeur.vocabulary import Recovery

    return Recovery.TEAM


def test_a_steward_sees_nothing_that_waits_and_opens_nothing(central: Group, stella: Colleague) -> None:
    someone = at_the_door(central)
    actions.add_member(staff=stella.staff, team=central.team, role=StaffRole.STEWARD, moment=datetime.now(UTC))
    assert stella.gets("inbox")["waiting"] == []
    assert stella.ask("pick", id=someone.id) == NOT_HERE
    assert stella.ask("duty", team="central", is_on=True) == NOT_HERE
