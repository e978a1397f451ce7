"""Triage at the desk: for whom, what is asked and what follows; and that nothing of it stays anywhere."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import serializers

from tests.faces.desk.colleagues import NOT_HERE, Colleague, Group, at_the_door
from voordeur import vocabulary as v
from voordeur.faces.desk import triage
from voordeur.faces.desk.material import doors
from voordeur.records.directory.queries import Directory
from voordeur.rules.triage import NOT_ASKED
from voordeur.rules.triage_files import load_triage
from voordeur.vocabulary import StaffRole, Wish

pytestmark = pytest.mark.django_db
NOTHING: dict[str, Any] = {"answers": {}, "situation": {}}


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def ada(central: Group) -> Colleague:
    return Colleague("ada", central, StaffRole.RESPONDER)


@pytest.fixture
def held(ada: Colleague, central: Group) -> str:
    """A conversation that Ada answers."""
    someone = at_the_door(central)
    ada.picks_up(someone)
    return str(someone.id)


def _rows() -> str:
    every = [row for model in apps.get_models() for row in model._base_manager.all()]
    return str(serializers.serialize("json", every))


# ------------------------------------------------------------ the questions


@pytest.mark.parametrize(("language", "shown"), [("nl", "nl"), ("en", "en"), ("tr", "en"), (None, "en")])
def test_every_question_comes_with_its_answers_its_sources_and_the_words_of_a_situation(
    language: str | None, shown: str, ada: Colleague
) -> None:
    found = ada.gets("triage_questions", **({} if language is None else {"language": language}))
    sets = load_triage(settings.CONTENT / "triage")
    assert (found["version"], found["language"]) == (sets.version, shown)
    assert [one["id"] for one in found["questions"]] == [one.id for one in sets.questions]
    for asked, one in zip(found["questions"], sets.questions, strict=True):
        assert asked["text"] == one.text[shown]
        assert [choice["text"] for choice in asked["answers"]] == [choice.text[shown] for choice in one.answers]
        assert asked["source"] and all(source["title"] for source in asked["source"])
        assert len(asked["opens_when"]) == len(one.opens_when)
    for name, kind in {
        "violence": v.Violence, "contexts": v.Context, "groups": v.Group, "roles": v.Role, "relations": v.Relation,
    }.items():  # fmt: skip
        assert [one["id"] for one in found[name]] == [str(code) for code in kind]
        assert all(one["text"].strip() for one in found[name])
    assert not re.search("victim|perpetrator|slachtoffer|dader", " ".join(one["text"] for one in found["roles"]))


def test_a_language_that_can_be_none_is_refused(ada: Colleague) -> None:
    assert ada.ask("triage_questions", language="xx")[0] == 400


@pytest.mark.parametrize("role", list(StaffRole))
def test_questions_are_for_who_could_do_triage_and_for_nobody_else(role: StaffRole, central: Group) -> None:
    status, _ = Colleague("one", central, role).ask("triage_questions")
    assert status == (200 if role in (StaffRole.RESPONDER, StaffRole.COACH, StaffRole.PEER) else 404)


def test_who_is_in_no_team_gets_no_questions() -> None:
    assert Colleague("nobody", None).ask("triage_questions") == NOT_HERE


@pytest.fixture
def broken(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A server whose question sets cannot be used."""
    shutil.copytree(settings.CONTENT, tmp_path / "content")
    (tmp_path / "content" / "triage" / "further.toml").write_text("[[question]]\n", encoding="utf-8")
    settings.CONTENT = tmp_path / "content"
    triage.question_sets.cache_clear()
    yield
    triage.question_sets.cache_clear()


def test_files_that_cannot_be_used_are_told_with_where_and_the_desk_goes_on(
    broken: None, ada: Colleague, held: str
) -> None:
    for what, more in (("triage_questions", {}), ("triage_assess", {"id": held, **NOTHING})):
        status, answer = ada.ask(what, **more)
        assert (status, "Tell the operator: further.toml" in answer["error"]) == (400, True)
    assert ada.gets("open", id=held)["id"] == held


# ------------------------------------------------------------ the ladder


def test_who_answers_gets_what_follows_from_nothing_yet(ada: Colleague, held: str, directory: Directory) -> None:
    found = ada.gets("triage_assess", id=held, **NOTHING)
    assert set(found) == {
        "version", "open", "need", "need_text", "acute", "structural", "paths", "first",
    }  # fmt: skip
    assert (found["need"], found["need_text"]) == ("listening", "someone who listens")
    assert found["acute"] == {"level": "not_known", "level_text": "not known", "reasons": []}
    assert found["structural"]["level"] == "not_known"
    assert found["paths"] == []
    assert len(found["open"]) >= 12


def test_a_colleague_and_another_team_and_what_waits_are_not_here(
    ada: Colleague, held: str, central: Group, directory: Directory
) -> None:
    waiting = at_the_door(central)
    for role in StaffRole:
        assert Colleague(f"in-{role}", central, role).ask("triage_assess", id=held, **NOTHING) == NOT_HERE
    eve = Colleague("eve", Group("sport"), StaffRole.RESPONDER, StaffRole.COACH, StaffRole.LEAD)
    for conversation_id in (held, waiting.id, "0" * 32):
        assert eve.ask("triage_assess", id=conversation_id, **NOTHING) == NOT_HERE
    assert ada.ask("triage_assess", id=waiting.id, **NOTHING) == NOT_HERE


@pytest.mark.parametrize("what", ["triage_questions", "triage_assess"])
def test_another_verb_is_refused(what: str, ada: Colleague) -> None:
    assert ada.client.get(f"/api/{what}").status_code == 405
    assert ada.client.put(f"/api/{what}").status_code == 405


@pytest.mark.parametrize("wrong", ["", "g" * 32, None, 5])
def test_an_id_that_can_be_none_is_refused(wrong: object, ada: Colleague) -> None:
    status, answer = ada.ask("triage_assess", id=wrong, **NOTHING)
    assert (status, "“id”" in answer["error"]) == (400, True)


def test_a_peer_does_it_beside_a_coach_and_the_coach_along_with_the_peer(central: Group, directory: Directory) -> None:
    coach = Colleague("cor", central, StaffRole.COACH)
    other = Colleague("kai", central, StaffRole.COACH, is_on=False)
    peer = Colleague("pia", central, StaffRole.PEER)
    someone = at_the_door(central, wish=Wish.PEER)
    peer.picks_up(someone)
    assert peer.ask("triage_assess", id=someone.id, **NOTHING)[0] == 200
    assert coach.ask("triage_assess", id=someone.id, **NOTHING)[0] == 200
    assert other.ask("triage_assess", id=someone.id, **NOTHING) == NOT_HERE


def test_after_passing_on_or_closing_it_is_not_here(ada: Colleague, held: str, directory: Directory) -> None:
    assert ada.ask("triage_assess", id=held, **NOTHING)[0] == 200
    ada.gets("close", id=held, because="finished", shut_out=False)
    assert ada.ask("triage_assess", id=held, **NOTHING) == NOT_HERE


# ------------------------------------------------------------ what follows


def test_danger_now_shows_the_emergency_number_and_both_judgements_with_reasons(
    ada: Colleague, held: str, directory: Directory
) -> None:
    found = ada.gets(
        "triage_assess",
        id=held,
        language="nl",
        answers={"danger_now": "now", "weapon": "yes", "before": "yes"},
        situation={"violence": ["partner_violence"], "relation": ["partner"]},
    )
    assert (found["need"], found["acute"]["level"], found["structural"]["level"]) == (
        "help_at_once", "present", "present",
    )  # fmt: skip
    assert found["acute"]["reasons"] == ["Er gebeurt nu iets."]
    assert len(found["structural"]["reasons"]) == 2
    assert doors().central.emergency_number in found["first"][0]
    assert "strangled" in found["open"]


def test_each_step_names_its_organisation_with_the_numbers_that_the_directory_has_now(
    ada: Colleague, held: str, directory: Directory
) -> None:
    found = ada.gets("triage_assess", id=held, language="en", answers={"suicide": "yes"}, situation={})
    (path,) = [one for one in found["paths"] if one["id"] == "suicide"]
    line = directory.organizations["113-zelfmoordpreventie"]
    numbers = {view.contact.value for one in line.services for view in one.channels if view.contact.kind == "phone"}
    (named,) = [step for step in path["steps"] if line.name in step]
    assert numbers and all(str(number) in named for number in numbers)
    assert not any("{" in step for step in path["steps"])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_step_of_any_path_or_level_is_left_with_a_blank_or_without_an_organisation(
    language: str, directory: Directory
) -> None:
    sets = triage.question_sets()
    shown = triage._steps_shown(sets.steps.values(), language)
    assert [text for text in shown if re.search(r"[{}]|does not have now|nu niet in het overzicht", text)] == []


def test_an_organisation_that_is_gone_is_said_to_be_gone(directory: Directory) -> None:
    assert triage._organization("nowhere", "en") == "an organisation that the directory does not have now"


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": None, "situation": {}},
        {"answers": [], "situation": {}},
        {"answers": {"gossip": "yes"}, "situation": {}},
        {"answers": {"suicide": "perhaps"}, "situation": {}},
        {"answers": {"suicide": ["yes"]}, "situation": {}},
        {"answers": {}, "situation": None},
        {"answers": {}, "situation": {"age": ["12"]}},
        {"answers": {}, "situation": {"violence": "stalking"}},
        {"answers": {}, "situation": {"violence": ["gossip"]}},
        {"answers": {}, "situation": {"violence": [["stalking"]]}},
        {"answers": {}, "situation": {"role": ["victim"] * 41}},
        {"answers": {}, "situation": {}, "language": "xx"},
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    wrong: dict[str, Any], ada: Colleague, held: str, directory: Directory
) -> None:
    status, answer = ada.ask("triage_assess", id=held, **wrong)
    assert (status, "“" in answer["error"]) == (400, True)


# ------------------------------------------------------------ nothing is kept


def test_nothing_of_it_stays_in_a_table_on_the_trail_or_in_a_log(
    ada: Colleague, held: str, directory: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    before = _rows()
    answers = {one.id: one.answers[0].id for one in triage.question_sets().questions}
    with caplog.at_level(logging.DEBUG):
        found = ada.client.post(
            "/api/triage_assess",
            json.dumps({"id": held, "answers": answers, "situation": {"violence": ["honour_violence"]}}),
            content_type="application/json",
        )
        ada.gets("triage_questions")
    assert found.status_code == 200
    assert found.headers["Cache-Control"] == "no-store"
    assert _without_sessions(_rows()) == _without_sessions(before)
    assert "honour" not in caplog.text and "suicide" not in caplog.text
    assert ada.gets("open", id=held)["messages"][-1]["direction"] == "v"


def _without_sessions(rows: str) -> str:
    """That somebody did something keeps their session alive; that is all that may differ."""
    return json.dumps([one for one in json.loads(rows) if one["model"] != "sessions.session"], sort_keys=True)


def test_what_is_kept_is_a_sealed_note_that_only_the_desk_opens(ada: Colleague, held: str) -> None:
    material = ada.gets("open", id=held)
    summary = "Needed: help\nDanger now: possible"
    assert ada.says(material, summary, "n")[0] == 200
    after = ada.gets("open", id=held)
    assert after["messages"][-1]["direction"] == "n"
    assert ada.reads(after)[-1] == summary
    assert summary.encode() not in _rows().encode()


def test_the_answer_that_says_nothing_was_asked_changes_nothing(
    ada: Colleague, held: str, directory: Directory
) -> None:
    unasked = {one.id: NOT_ASKED for one in triage.question_sets().questions}
    assert ada.gets("triage_assess", id=held, answers=unasked, situation={}) == ada.gets(
        "triage_assess", id=held, **NOTHING
    )
