"""The own entry of a partner: proposed by its own people, checked by a steward, read by everybody after that."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, server
from voordeur.records.directory import actions as directory_actions
from voordeur.records.directory.queries import Directory, current_directory
from voordeur.records.staff import actions
from voordeur.records.staff.queries import audit_lines
from voordeur.records.staff.trail import Line
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db
WAIT = {"nl": "Drie weken.", "en": "Three weeks."}


@pytest.fixture
def stella(directory: Directory) -> Colleague:
    return Colleague("stella", Group("stewards"), StaffRole.STEWARD, is_on=False)


def partner(name: str, organization: str, *roles: StaffRole) -> Colleague:
    """Somebody of a team of this organisation."""
    one, now = Colleague(name, None), datetime.now(UTC)
    team = actions.add_team(slug=organization[:40], name=organization.title(), organization=organization)
    for role in roles or (StaffRole.RESPONDER,):
        actions.add_member(staff=one.staff, team=team, role=role, moment=now)
    return one


@pytest.fixture
def pia(stella: Colleague) -> Colleague:
    """Of the partner whose entry it is."""
    return partner("pia", "de-luisterlijn")


@pytest.fixture
def service(directory: Directory) -> str:
    return directory.organizations["de-luisterlijn"].services[0].key


def own(who: Colleague, team: str = "de-luisterlijn") -> dict[str, Any]:
    found: dict[str, Any] = who.gets("own_entry", team=team)["services"][0]
    return found


def proposes(who: Colleague, service: str, **said: object) -> int:
    return int(who.gets("own_entry_propose", team="de-luisterlijn", service=service, **said)["id"])


def decides(who: Colleague, word: int, decision: str, **more: object) -> tuple[int, dict[str, Any]]:
    return who.ask("entry_decide", team="stewards", id=word, decision=decision, **more)


# ---------------------------------------------------------------- the ladder


@pytest.mark.parametrize("role", [StaffRole.RESPONDER, StaffRole.COACH, StaffRole.LEAD])
def test_who_answers_coaches_or_leads_at_the_partner_speaks_for_it(
    role: StaffRole, stella: Colleague, service: str
) -> None:
    who = partner("pia", "de-luisterlijn", role)
    proposes(who, service, takes_people="yes")
    assert own(who)["waiting"]["says"] == [{"name": "Takes people now", "text": "yes"}]


@pytest.mark.parametrize("role", [StaffRole.PEER, StaffRole.STEWARD])
def test_who_has_another_task_there_does_not(role: StaffRole, stella: Colleague, service: str) -> None:
    who = partner("pia", "de-luisterlijn", role)
    assert who.ask("own_entry", team="de-luisterlijn") == NOT_HERE
    said = {"team": "de-luisterlijn", "service": service, "takes_people": "yes"}
    assert who.ask("own_entry_propose", **said) == NOT_HERE


def test_people_of_another_organisation_and_of_the_door_get_not_here(
    pia: Colleague, stella: Colleague, service: str
) -> None:
    word = proposes(pia, service, takes_people="yes")
    others = [partner("olga", "fier"), Colleague("ada", Group("central"), StaffRole.RESPONDER), stella]
    for who, team in zip(others, ("fier", "central", "stewards"), strict=True):
        said = {"service": service, "takes_people": "no"}
        assert who.ask("own_entry", team="de-luisterlijn") == NOT_HERE
        assert who.ask("own_entry_propose", team="de-luisterlijn", **said) == NOT_HERE
        assert who.ask("own_entry_propose", team=team, **said) == NOT_HERE
        assert who.ask("own_entry_withdraw", team="de-luisterlijn", id=word) == NOT_HERE
        assert who.ask("own_entry_withdraw", team=team, id=word) == NOT_HERE
    assert own(pia)["waiting"]["id"] == word


def test_only_a_steward_of_the_door_checks(pia: Colleague, stella: Colleague, service: str) -> None:
    word = proposes(pia, service, takes_people="no")
    everybody = (one for one in StaffRole if one is not StaffRole.STEWARD)
    ada = Colleague("ada", Group("central"), *everybody)
    sly = partner("sly", "fier", StaffRole.STEWARD, StaffRole.RESPONDER)
    for who, team in ((pia, "de-luisterlijn"), (ada, "central"), (sly, "fier"), (ada, "stewards")):
        assert who.ask("entry_proposals", team=team) == NOT_HERE
        for decision in ("accept", "refuse", "end"):
            assert who.ask("entry_decide", team=team, id=word, decision=decision, reason="Nee.") == NOT_HERE
    assert own(pia)["waiting"]["id"] == word
    assert decides(stella, word, "accept")[0] == 200


# ---------------------------------------------------------------- what stands


def test_each_fact_stands_with_its_source_and_date_or_as_not_known(pia: Colleague, service: str) -> None:
    told = pia.gets("own_entry", team="de-luisterlijn")
    assert told["organization"]["id"] == "de-luisterlijn"
    assert (told["now_lasts_days"], [one["code"] for one in told["languages"]]) == (60, ["nl", "en"])
    one = told["services"][0]
    facts = {fact["name"]: fact for fact in one["facts"]}
    assert facts["Takes people now"] == {"name": "Takes people now", "text": "not known", "source": ""}
    assert facts["Waiting time"]["text"] == "not known"
    assert facts["What they do now"]["source"]
    (line, *_) = [fact for name, fact in facts.items() if name.startswith("Hours: ")]
    assert line["text"] and "20" in line["source"]
    assert (one["waiting"], one["in_force"], one["refused"]) == (None, None, None)
    assert one["form"] == {"summary": {}, "wait_time": {}, "takes_people": "unknown"}


def test_a_word_goes_from_waiting_to_counting_and_the_map_follows(
    pia: Colleague, stella: Colleague, service: str
) -> None:
    line = own(pia)["lines"][0]
    hours = [{"kind": line["kind"], "value": line["value"], "hours": "Mo-Fr 10:00-12:00"}]
    word = proposes(pia, service, takes_people="no", wait_time=WAIT, hours=hours)
    view = current_directory().organizations["de-luisterlijn"].services[0]
    assert (view.takes_people, view.wait_time) == (None, None)
    (row,) = stella.gets("entry_proposals", team="stewards")["proposals"]
    assert (row["id"], row["organization"], row["service"]) == (word, "de-luisterlijn", service)
    assert {one["name"]: one["text"] for one in row["says"]} == {
        "Takes people now": "no",
        "Waiting time": "nl: Drie weken.\nen: Three weeks.",
        line["name"]: "Mo-Fr 10:00-12:00",
    }
    assert {one["name"]: one["text"] for one in row["stands"]}["Takes people now"] == "not known"
    assert decides(stella, word, "accept") == (200, {})
    view = current_directory().organizations["de-luisterlijn"].services[0]
    assert (view.takes_people, view.wait_time) == (False, WAIT)
    one = own(pia)
    assert (one["waiting"], one["in_force"]["id"]) == (None, word)
    assert one["form"] == {"summary": {}, "wait_time": WAIT, "takes_people": "no"}
    assert one["lines"][0]["hours"] == "Mo-Fr 10:00-12:00"
    facts = {fact["name"]: fact for fact in one["facts"]}
    assert facts["Takes people now"]["source"].startswith("the organisation itself, ")
    told = stella.gets("entry_proposals", team="stewards")
    assert ([row["id"] for row in told["in_force"]], told["proposals"]) == ([word], [])


def test_a_refusal_comes_back_with_its_reason(pia: Colleague, stella: Colleague, service: str) -> None:
    word = proposes(pia, service, takes_people="yes")
    assert decides(stella, word, "refuse", reason="Zeg eerst voor wie.") == (200, {})
    one = own(pia)
    assert (one["waiting"], one["refused"]["reason"]) == (None, "Zeg eerst voor wie.")
    assert one["refused"]["state_text"] == "not taken over"
    assert current_directory().organizations["de-luisterlijn"].services[0].takes_people is None
    proposes(pia, service, takes_people="no")
    assert own(pia)["refused"] is None


def test_what_was_said_is_taken_back_while_it_waits_and_when_it_counts(
    pia: Colleague, stella: Colleague, service: str
) -> None:
    word = proposes(pia, service, takes_people="no")
    pia.gets("own_entry_withdraw", team="de-luisterlijn", id=word)
    assert own(pia)["waiting"] is None
    assert decides(stella, word, "accept") == NOT_HERE
    word = proposes(pia, service, takes_people="no")
    decides(stella, word, "accept")
    pia.gets("own_entry_withdraw", team="de-luisterlijn", id=word)
    assert current_directory().organizations["de-luisterlijn"].services[0].takes_people is None
    assert pia.ask("own_entry_withdraw", team="de-luisterlijn", id=word) == NOT_HERE


def test_a_steward_ends_a_word_that_counts(pia: Colleague, stella: Colleague, service: str) -> None:
    word = proposes(pia, service, takes_people="no")
    decides(stella, word, "accept")
    assert decides(stella, word, "end") == (200, {})
    assert own(pia)["in_force"] is None


def test_two_stewards_decide_once(pia: Colleague, stella: Colleague, service: str) -> None:
    word = proposes(pia, service, takes_people="no")
    assert decides(stella, word, "accept")[0] == 200
    assert decides(stella, word, "accept") == NOT_HERE
    assert decides(stella, word, "refuse", reason="Nee.") == NOT_HERE


def test_a_word_without_a_place_is_shown_to_the_steward_and_never_lost(
    pia: Colleague, stella: Colleague, service: str, tmp_path: Path, settings: Any
) -> None:
    word = proposes(pia, service, takes_people="no")
    decides(stella, word, "accept")
    content = settings.ENV.content / "directory"
    for path in content.glob("f*.toml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    directory_actions.load_directory(folder=tmp_path, moment=datetime.now(UTC))
    told = stella.gets("entry_proposals", team="stewards")
    assert [(one["id"], one["organization"], one["service"]) for one in told["without_place"]] == [
        (word, "de-luisterlijn", service)
    ]
    assert (told["proposals"], told["in_force"]) == ([], [])
    assert pia.gets("own_entry", team="de-luisterlijn")["organization"] is None
    said = {"team": "de-luisterlijn", "service": service, "takes_people": "yes"}
    assert pia.ask("own_entry_propose", **said) == NOT_HERE
    assert decides(stella, word, "end") == (200, {})
    assert stella.gets("entry_proposals", team="stewards")["without_place"] == []


# ---------------------------------------------------------------- what is asked wrongly


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "Say at least one thing."),
        ({"takes_people": "maybe"}, "“takes_people”: one of yes, no, unknown"),
        ({"takes_people": True}, "“takes_people”"),
        ({"takes_people": ["yes"]}, "“takes_people”"),
        ({"summary": "text"}, "“summary”: a text by language"),
        ({"summary": {"nl": 5}}, "“summary”: a text by language"),
        ({"summary": {"nl": "x" * 501, "en": "x"}}, "“summary”: a text by language"),
        ({"summary": {"nl": "Alleen dit."}}, "Write the text in Dutch and in English."),
        ({"wait_time": {"nl": "x" * 201, "en": "x"}}, "at most 200 signs"),
        ({"wait_time": {**WAIT, "xx": "x"}}, "“xx” is not a language that we know."),
        ({"summary": {"nl": "Kijk op www.x.example", "en": "x"}}, "Leave links"),
        ({"summary": {"nl": "Bel 020-5550100", "en": "x"}}, "Leave numbers to call"),
        ({"hours": "Mo"}, "“hours”: a list"),
        ({"hours": [{"kind": "pigeon", "value": None, "hours": "24/7"}]}, "“hours”: kind and value"),
        ({"hours": [{"kind": ["phone"], "value": None, "hours": "24/7"}]}, "“hours”: kind and value"),
        ({"hours": [{"kind": "phone", "value": "1", "hours": 7}]}, "“hours”: a text"),
        ({"hours": [{"kind": "phone", "value": "1", "hours": "24/7"}]}, "Give hours once"),
    ],
)
def test_a_word_that_cannot_be_taken_is_a_sentence_and_leaves_no_line(
    said: dict[str, object], sentence: str, pia: Colleague, service: str
) -> None:
    status, answer = pia.ask("own_entry_propose", team="de-luisterlijn", service=service, **said)
    assert (status, sentence in answer["error"]) == (400, True), answer
    assert own(pia)["waiting"] is None
    assert audit_lines(server(), last=9) == ()


def test_hours_that_cannot_be_read_are_quoted(pia: Colleague, service: str) -> None:
    line = own(pia)["lines"][0]
    hours = [{"kind": line["kind"], "value": line["value"], "hours": "ma-vr 9-5"}]
    status, answer = pia.ask("own_entry_propose", team="de-luisterlijn", service=service, hours=hours)
    assert (status, answer["error"].startswith("“ma-vr 9-5” cannot be read as hours.")) == (400, True)


def test_a_second_word_about_one_service_is_a_sentence(pia: Colleague, service: str) -> None:
    proposes(pia, service, takes_people="no")
    said = {"team": "de-luisterlijn", "service": service, "takes_people": "yes"}
    status, answer = pia.ask("own_entry_propose", **said)
    assert (status, "waits for a steward already" in answer["error"]) == (400, True)


@pytest.mark.parametrize("service_key", ["no-such-service", "é", "\ud800", "x" * 80])
def test_a_service_that_is_not_there_is_not_here(service_key: str, pia: Colleague) -> None:
    said = {"team": "de-luisterlijn", "service": service_key, "takes_people": "yes"}
    assert pia.ask("own_entry_propose", **said) == NOT_HERE


@pytest.mark.parametrize("wrong", [0, "1", None, True, -1])
def test_a_number_that_can_be_no_words_is_refused(wrong: object, pia: Colleague, stella: Colleague) -> None:
    assert pia.ask("own_entry_withdraw", team="de-luisterlijn", id=wrong)[0] == 400
    assert stella.ask("entry_decide", team="stewards", id=wrong, decision="accept")[0] == 400


def test_a_decision_that_is_none_and_a_reason_that_cannot_be_are_refused(
    pia: Colleague, stella: Colleague, service: str
) -> None:
    word = proposes(pia, service, takes_people="no")
    assert decides(stella, word, "maybe")[0] == 400
    assert stella.ask("entry_decide", team="stewards", id=word)[0] == 400
    assert stella.ask("entry_decide", team="stewards", id=word, decision=["accept"])[0] == 400
    for reason in (None, "", " ", "x" * 201, "zie https://x.example"):
        assert decides(stella, word, "refuse", reason=reason)[0] == 400
    assert decides(stella, 999_999, "accept") == NOT_HERE
    assert own(pia)["waiting"]["id"] == word


def test_who_did_what_stands_on_the_trail_and_not_in_the_word(pia: Colleague, stella: Colleague, service: str) -> None:
    word = proposes(pia, service, takes_people="no")
    decides(stella, word, "accept")
    lines = [one for one in audit_lines(server(), last=9) if isinstance(one, Line)]
    about = f"de-luisterlijn:{service}"
    assert [(one.who, one.what, one.about) for one in lines] == [
        ("pia", "entry proposed", about), ("stella", "entry: accept", about),
    ]  # fmt: skip
