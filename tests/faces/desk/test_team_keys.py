"""Own keys and keys of teams: made in browsers, given from hand to hand, never readable here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, at_the_door, b64, epoch_for, raw
from voordeur.records.staff import actions
from voordeur.records.staff.queries import members, team_by_slug
from voordeur.secrecy.keyring import Pair, new_pair, team_context, unwrap, wrap
from voordeur.vocabulary import Recovery, StaffRole

pytestmark = pytest.mark.django_db


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def ada(central: Group) -> Colleague:
    return Colleague("ada", central, StaffRole.RESPONDER)


def _own_key(pair: Pair, **other: object) -> dict[str, object]:
    return {
        "public": b64(pair.public),
        "sealed": b64(bytes(60)),
        "salt": b64(bytes(16)),
        "rounds": 600_000,
        **other,
    }


def _wrapped(who: Colleague, group: Pair, slug: str = "central") -> str:
    return b64(wrap(who.pair.public, group.private, team_context(slug)))


def test_me_says_who_i_am_and_gives_back_what_my_browser_sealed(ada: Colleague, central: Group) -> None:
    Group("sport")
    actions.add_team(slug="empty", name="Empty")
    me = ada.gets("me")
    assert (me["id"], me["name"], me["shown_name"], me["languages"], me["language"]) == (
        ada.staff.pk, "ada", "Ada", ["nl", "en"], "en",
    )  # fmt: skip
    assert me["key"] == {"public": b64(ada.pair.public), "sealed": b64(bytes(60)), "salt": b64(bytes(16)),
                         "rounds": 600_000}  # fmt: skip
    assert "words" not in me
    assert me["other_teams"] == [{"slug": "sport", "name": "Sport"}]
    (team,) = me["teams"]
    assert (team["slug"], team["roles"], team["recovery"], team["is_on_duty"]) == (
        "central", ["responder"], "team", True,
    )  # fmt: skip
    assert "central" in team["doors"]
    private = unwrap(ada.pair.private, raw(team["sealed_team_key"]), team_context("central"))
    assert private == central.pair.private
    assert {one["lang"] for one in team["phrases"]} == {"nl", "en"}
    assert all(one["id"] and one["title"] and one["text"] for one in team["phrases"])


@pytest.mark.parametrize("asked", [None, False, 1, "yes"])
def test_the_words_for_a_new_phrase_come_when_asked_for(asked: object, ada: Colleague) -> None:
    assert "words" not in ada.gets("me", words=asked)
    assert len(set(ada.gets("me", words=True)["words"])) == 2048


def test_who_has_two_roles_stands_in_a_team_once(central: Group) -> None:
    both = Colleague("bo", central, StaffRole.RESPONDER, StaffRole.LEAD)
    (team,) = both.gets("me")["teams"]
    assert team["roles"] == ["lead", "responder"]
    (one,) = both.gets("team_members", team="central")["members"]
    assert (sorted(one["roles"]), one["has_team_key"]) == (["lead", "responder"], True)


def test_a_key_phrase_changes_the_seal_and_nothing_else(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    ada.picks_up(someone)
    ada.gets("key", **_own_key(ada.pair, sealed=b64(b"1" * 60), rounds=700_000))
    me = ada.gets("me")
    assert (me["key"]["sealed"], me["key"]["rounds"]) == (b64(b"1" * 60), 700_000)
    assert me["teams"][0]["sealed_team_key"] is not None
    assert ada.keys(ada.gets("open", id=someone.id)).keys() == {0, 1}


def test_another_key_opens_nothing_of_before_until_a_colleague_helps(ada: Colleague, central: Group) -> None:
    ben = Colleague("ben", central, StaffRole.RESPONDER)
    someone = at_the_door(central)
    ada.picks_up(someone)
    ada.pair = new_pair()
    ada.gets("key", **_own_key(ada.pair))
    me = ada.gets("me")
    assert (me["teams"][0]["sealed_team_key"], me["teams"][0]["is_on_duty"]) == (None, False)
    material = ada.gets("open", id=someone.id)
    assert (ada.keys(material), material["needs_epoch"]) == ({}, True)
    listed = {one["id"]: one for one in ben.gets("team_members", team="central")["members"]}
    assert (listed[ada.staff.pk]["has_team_key"], listed[ada.staff.pk]["public"]) == (False, b64(ada.pair.public))
    ben.gets("wrap_team_key", team="central", staff=ada.staff.pk, wrapped=_wrapped(ada, central.pair))
    material = ada.gets("open", id=someone.id)
    ada.gets("epoch", **epoch_for(material))
    assert ada.reads(ada.gets("open", id=someone.id)) == ["hello"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public", b64(bytes(31))),
        ("public", None),
        ("sealed", b64(bytes(59))),
        ("sealed", b64(bytes(61))),
        ("salt", b64(bytes(15))),
        ("rounds", 599_999),
        ("rounds", 10_000_001),
        ("rounds", "600000"),
    ],
)
def test_a_key_that_cannot_be_one_is_refused(name: str, value: object, ada: Colleague) -> None:
    assert ada.ask("key", **_own_key(new_pair(), **{name: value}))[0] == 400
    assert ada.gets("me")["key"]["public"] == b64(ada.pair.public)


@pytest.fixture
def keyless() -> list[Colleague]:
    """Two members with keys of their own, in a team that has none yet."""
    actions.add_team(slug="central", name="Central")
    found = [Colleague(name, None) for name in ("ada", "ben")]
    for one in found:
        team = team_by_slug("central")
        assert team is not None
        actions.add_member(staff=one.staff, team=team, role=StaffRole.RESPONDER, moment=datetime.now(UTC))
    return found


def test_the_first_key_of_a_team_is_made_once(keyless: list[Colleague]) -> None:
    ada, ben = keyless
    pair = new_pair()
    given = [{"staff": one.staff.pk, "wrapped": _wrapped(one, pair)} for one in keyless]
    ada.gets("team_key", team="central", public=b64(pair.public), wrapped=given)
    for one in keyless:
        (team,) = one.gets("me")["teams"]
        assert unwrap(one.pair.private, raw(team["sealed_team_key"]), team_context("central")) == pair.private
    other = new_pair()
    status, answer = ben.ask("team_key", team="central", public=b64(other.public), wrapped=given[1:])
    assert (status, answer) == (400, {"error": "This team has a key already."})
    team = team_by_slug("central")
    assert team is not None and bytes(team.public_key or b"") == pair.public


@pytest.mark.parametrize("wrong", ["not for me", "for a stranger", "for who has no key", "too short", "no number"])
def test_a_first_key_for_the_wrong_people_is_refused(wrong: str, keyless: list[Colleague]) -> None:
    ada, ben = keyless
    pair, stranger = new_pair(), Colleague("eve", None)
    given: list[dict[str, Any]] = [{"staff": ada.staff.pk, "wrapped": _wrapped(ada, pair)}]
    match wrong:
        case "not for me":
            given = [{"staff": ben.staff.pk, "wrapped": _wrapped(ben, pair)}]
        case "for a stranger":
            given.append({"staff": stranger.staff.pk, "wrapped": _wrapped(stranger, pair)})
        case "for who has no key":
            new = Colleague("new", None, has_keys=False)
            team = team_by_slug("central")
            assert team is not None
            actions.add_member(staff=new.staff, team=team, role=StaffRole.PEER, moment=datetime.now(UTC))
            given.append({"staff": new.staff.pk, "wrapped": given[0]["wrapped"]})
        case "too short":
            given[0]["wrapped"] = b64(bytes(81))
        case "no number":
            given[0]["staff"] = str(ada.staff.pk)
    assert ada.ask("team_key", team="central", public=b64(pair.public), wrapped=given)[0] == 400
    team = team_by_slug("central")
    assert team is not None and team.public_key is None
    assert all(one.sealed_team_key is None for one in members("central"))


def test_only_who_has_the_teams_key_gives_it_and_only_to_who_has_none(ada: Colleague, central: Group) -> None:
    new = Colleague("new", None)
    actions.add_member(staff=new.staff, team=central.team, role=StaffRole.PEER, moment=datetime.now(UTC))
    wrapped = _wrapped(new, central.pair)
    assert new.ask("wrap_team_key", team="central", staff=new.staff.pk, wrapped=wrapped) == NOT_HERE
    ada.gets("wrap_team_key", team="central", staff=new.staff.pk, wrapped=wrapped)
    # Nobody can put something else in the place of a key that a colleague has.
    assert ada.ask("wrap_team_key", team="central", staff=new.staff.pk, wrapped=b64(bytes(82)))[0] == 400
    assert raw(new.gets("me")["teams"][0]["sealed_team_key"]) == raw(wrapped)


def test_a_key_for_who_is_not_in_the_team_or_has_no_key_is_not_taken(ada: Colleague, central: Group) -> None:
    stranger, new = Colleague("eve", None), Colleague("new", None, has_keys=False)
    actions.add_member(staff=new.staff, team=central.team, role=StaffRole.PEER, moment=datetime.now(UTC))
    assert ada.ask("wrap_team_key", team="central", staff=stranger.staff.pk, wrapped=b64(bytes(82))) == NOT_HERE
    assert ada.ask("wrap_team_key", team="central", staff=999_999, wrapped=b64(bytes(82))) == NOT_HERE
    assert ada.ask("wrap_team_key", team="central", staff=new.staff.pk, wrapped=b64(bytes(82)))[0] == 400


def test_who_leads_the_team_chooses_how_it_is_recovered(central: Group) -> None:
    lead = Colleague("lea", central, StaffRole.LEAD)
    spare = new_pair()
    lead.gets("recovery", team="central", recovery="escrow", escrow_public=b64(spare.public))
    (team,) = lead.gets("me")["teams"]
    assert (team["recovery"], team["escrow_public"]) == ("escrow", b64(spare.public))
    assert team["sealed_team_key"] is not None  # the key of the team stays the same
    lead.gets("recovery", team="central", recovery="none", escrow_public=None)
    (team,) = lead.gets("me")["teams"]
    assert (team["recovery"], team["escrow_public"]) == ("none", None)


@pytest.mark.parametrize("role", [StaffRole.RESPONDER, StaffRole.PEER, StaffRole.COACH])
def test_nobody_else_of_the_team_chooses_it(role: StaffRole, central: Group) -> None:
    assert Colleague("ada", central, role).ask("recovery", team="central", recovery="none") == NOT_HERE


@pytest.mark.parametrize(
    "wrong",
    [
        {"recovery": "escrow"},
        {"recovery": "team", "escrow_public": b64(bytes(32))},
        {"recovery": "escrow", "escrow_public": b64(bytes(31))},
        {"recovery": "all"},
        {},
    ],
)
def test_a_recovery_that_does_not_hold_together_is_refused(wrong: dict[str, object], central: Group) -> None:
    lead = Colleague("lea", central, StaffRole.LEAD)
    assert lead.ask("recovery", team="central", **wrong)[0] == 400
    assert lead.gets("me")["teams"][0]["recovery"] == Recovery.TEAM


def test_a_team_without_a_key_has_nothing_to_recover() -> None:
    team = actions.add_team(slug="central", name="Central")
    lead = Colleague("lea", None)
    actions.add_member(staff=lead.staff, team=team, role=StaffRole.LEAD, moment=datetime.now(UTC))
    assert lead.ask("recovery", team="central", recovery="team")[0] == 400


def test_another_choice_changes_who_reads_what_follows(central: Group) -> None:
    lead = Colleague("lea", central, StaffRole.LEAD, StaffRole.RESPONDER)
    someone = at_the_door(central)
    lead.picks_up(someone)
    lead.gets("recovery", team="central", recovery="none")
    material = lead.gets("open", id=someone.id)
    assert material["needs_epoch"]
    assert sorted(one["who"] for one in material["readers"]) == ["me", "visitor"]


def test_each_step_with_keys_stands_on_the_trail(ada: Colleague, central: Group) -> None:
    from tests.faces.desk.colleagues import server
    from voordeur.records.staff.queries import audit_lines
    from voordeur.records.staff.trail import Line

    new = Colleague("new", None)
    actions.add_member(staff=new.staff, team=central.team, role=StaffRole.PEER, moment=datetime.now(UTC))
    ada.gets("wrap_team_key", team="central", staff=new.staff.pk, wrapped=_wrapped(new, central.pair))
    Colleague("lea", central, StaffRole.LEAD).gets("recovery", team="central", recovery="none")
    ada.gets("key", **_own_key(new_pair()))
    said = [(one.who, one.what) for one in audit_lines(server(), last=9) if isinstance(one, Line)]
    assert said == [("ada", "team key given"), ("lea", "recovery chosen: none"), ("ada", "own key")]
