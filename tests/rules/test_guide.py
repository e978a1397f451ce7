"""The guide: its questions in order, what follows from the answers, and files that cannot be used."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.plain_directory import plain_candidates
from voordeur import vocabulary as v
from voordeur.rules.guide import (
    MOST_QUESTIONS,
    GuideError,
    behind,
    guide_from,
    load_guide,
    next_question,
    previous_question,
    role_of,
    situation_from,
)
from voordeur.rules.matching import Index, match
from voordeur.rules.opening import AMSTERDAM

FILE = Path(__file__).parents[2] / "content" / "guide" / "guide.toml"
GUIDE = load_guide(FILE)
INDEX = Index(plain_candidates())
NIGHT = datetime(2026, 11, 22, 3, 30, tzinfo=AMSTERDAM)
OPTIONS = [(field.id, option.id) for field in GUIDE.fields.values() for option in field.options]
WAYS_IN = [option.id for option in GUIDE.fields["way_in"].options]


def walk(answers: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The questions that are asked to someone who skips all that has no answer in `answers`."""
    given_so_far: dict[str, tuple[str, ...]] = {}
    asked = []
    while (question := next_question(GUIDE, given_so_far)) is not None:
        asked.append(question.id)
        assert len(asked) <= MOST_QUESTIONS
        for field in question.asked(role_of(GUIDE, given_so_far)):
            given_so_far[field.id] = answers.get(field.id, ())
    return asked


@pytest.mark.parametrize("way_in", [None, *WAYS_IN])
def test_at_most_seven_questions_are_asked_whoever_one_is_and_all_can_be_skipped(way_in: str | None) -> None:
    answers = {"way_in": (way_in,)} if way_in else {}
    asked = walk(answers)
    assert asked[0] == "way_in"
    assert len(asked) == len(set(asked)) <= MOST_QUESTIONS


def test_the_first_question_comes_first_and_after_the_last_there_is_none() -> None:
    first = next_question(GUIDE, {})
    assert first is GUIDE.questions[0]
    assert next_question(GUIDE, dict.fromkeys(GUIDE.fields, ())) is None


@pytest.mark.parametrize("way_in", WAYS_IN)
def test_back_leads_through_the_same_questions_to_the_beginning(way_in: str) -> None:
    answers = {"way_in": (way_in,)}
    there = walk(answers)
    back = []
    question = previous_question(GUIDE, answers, None)
    while question is not None:
        back.append(question.id)
        question = previous_question(GUIDE, answers, question)
    assert back == there[::-1]


def test_a_question_is_found_by_its_id_and_an_unknown_one_is_none() -> None:
    assert GUIDE.question("way_in") is GUIDE.questions[0]
    assert GUIDE.question("name") is None


@pytest.mark.parametrize(("field", "option"), OPTIONS)
def test_every_choice_means_something_and_makes_a_situation_that_finds_help(field: str, option: str) -> None:
    chosen = next(one for one in GUIDE.fields[field].options if one.id == option)
    assert any(chosen.sets.values())
    situation = situation_from(GUIDE, {field: (option,)}, "nl")
    assert match(situation, INDEX, NIGHT).results


def test_skipping_everything_ends_in_help_that_is_open() -> None:
    situation = situation_from(GUIDE, dict.fromkeys(GUIDE.fields, ()), "nl")
    assert situation.role is v.Role.VICTIM
    assert situation.violence == {v.Violence.UNKNOWN}
    answer = match(situation, INDEX, NIGHT)
    assert any(answer.reach(one.organization).open_now for one in answer.results[: answer.leading])


@pytest.mark.parametrize("way_in", WAYS_IN)
def test_every_way_in_followed_by_skips_ends_in_results(way_in: str) -> None:
    answer = match(situation_from(GUIDE, {"way_in": (way_in,)}, "en"), INDEX, NIGHT)
    assert answer.leading
    assert answer.emergency == (way_in == "danger")


def test_silence_takes_away_calling_also_beside_other_ways() -> None:
    assert v.Way.PHONE not in situation_from(GUIDE, {"reach": ("overheard",)}, "nl").ways
    ways = situation_from(GUIDE, {"reach": ("call", "chat", "overheard")}, "nl").ways
    assert ways == {v.Way.CHAT, v.Way.WHATSAPP, v.Way.WEBSITE}


def test_a_page_can_always_be_read_and_nothing_chosen_means_every_way() -> None:
    assert v.Way.WEBSITE in situation_from(GUIDE, {"reach": ("call",)}, "nl").ways
    assert situation_from(GUIDE, {"reach": ()}, "nl").ways == set(v.Way)


def test_a_language_that_is_not_known_leaves_the_language_of_the_page() -> None:
    assert situation_from(GUIDE, {"speaks": ("so",)}, "en").language == "so"
    assert situation_from(GUIDE, {"speaks": ("klingon",)}, "en").language == "en"


def test_the_place_typed_comes_along() -> None:
    area = frozenset({"municipality:Zwolle"})
    assert situation_from(GUIDE, {}, "nl", area).area == area


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"what": "blows", "who": "partner"}, "partner_violence"),
        ({"way_in": "talk", "what": "blows", "who": "child"}, "child_to_parent_violence"),
        ({"way_in": "self", "what": "blows", "who": "child"}, "child_abuse"),
        ({"what": "blows", "who": "coach"}, "transgressive_behaviour"),
        ({"what": "blows"}, "partner_violence"),
        ({"way_in": "talk", "what": "blows", "who": "parent", "age": "teen"}, "child_abuse"),
        ({"what": "control", "who": "partner"}, "coercive_control"),
        ({"what": "neglect", "age": "child"}, "neglect"),
    ],
)
def test_what_happens_follows_from_several_answers_together(answers: dict[str, str], kind: str) -> None:
    situation = situation_from(GUIDE, {field: (option,) for field, option in answers.items()}, "nl")
    assert kind in situation.violence


CHOICES = st.fixed_dictionaries(
    {},
    optional={
        field.id: st.lists(st.sampled_from([one.id for one in field.options]), max_size=4).map(tuple)
        for field in GUIDE.fields.values()
        if field.options
    },
)


@given(CHOICES)
@settings(max_examples=300, deadline=None)
def test_any_answers_at_all_make_a_situation_and_find_help(answers: dict[str, tuple[str, ...]]) -> None:
    situation = situation_from(GUIDE, answers, "nl")
    assert match(situation, INDEX, NIGHT).results
    assert len(walk(answers)) <= MOST_QUESTIONS


@given(st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=2).map(tuple), max_size=4))
def test_answers_that_nobody_offered_are_ignored(answers: dict[str, tuple[str, ...]]) -> None:
    unknown = {field: chosen for field, chosen in answers.items() if field not in GUIDE.fields}
    assert situation_from(GUIDE, unknown, "nl") == situation_from(GUIDE, {}, "nl")


def test_every_field_with_another_role_still_has_something_to_choose() -> None:
    for role in v.Role:
        for question in GUIDE.questions:
            for field in question.asked(str(role)):
                assert field.offered(str(role)) or field.kind in ("language", "place"), (role, field.id)


# Files that cannot be used


def broken(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The real guide with one value changed; None takes the key away."""
    data = copy.deepcopy(tomllib.loads(FILE.read_text("utf-8")))
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


FIELD = ("questions", 0, "fields", 0)
OPTION = (*FIELD, "options", 0)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("questions",), [], "0 questions"),
        (("questions", 0, "text"), {"nl": "Hoi"}, "way_in: “text”"),
        ((*FIELD, "kind"), "several", r"way_in\.way_in: a kind"),
        ((*FIELD, "id"), "reach", r"reach\.reach: a kind|id of its own"),
        ((*OPTION, "text"), None, r"way_in\.way_in\.danger: “text”"),
        ((*OPTION, "text"), {"en": "Hi"}, r"way_in\.way_in\.danger: “text”"),
        ((*OPTION, "sets"), {"mood": ["sad"]}, r"way_in\.way_in\.danger: “mood”"),
        ((*OPTION, "sets"), {"need": ["money"]}, r"way_in\.way_in\.danger: money"),
        ((*OPTION, "only_for"), ["hero"], r"way_in\.way_in: hero"),
        ((*FIELD, "not_for"), ["hero"], r"way_in\.way_in: hero"),
        (("questions", 2, "text_perpetrator"), {"nl": "Hoi"}, "what: “text_perpetrator”"),
        (("follow", 0, "add"), {"violence": ["thunder"]}, "follow 1: thunder"),
        (("follow", 0, "if"), {"mood": ["sad"]}, "follow 1: “mood”"),
    ],
)
def test_a_broken_guide_is_refused_with_its_place(path: tuple[str | int, ...], value: Any, place: str) -> None:
    with pytest.raises(GuideError, match=place):
        guide_from(broken(path, value))


def test_an_eighth_question_is_refused() -> None:
    data = tomllib.loads(FILE.read_text("utf-8"))
    extra = {"id": "name", "text": {"nl": "Hoe heet je?", "en": "What is your name?"}}
    with pytest.raises(GuideError, match="8 questions"):
        guide_from({**data, "questions": [*data["questions"], extra]})


@pytest.mark.parametrize(
    "text", ["questions = [", "[[questions]]\n", "[[questions]]\nid = 'x'\n[[questions.fields]]\n"]
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "guide.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GuideError, match=r"guide\.toml"):
        load_guide(path)


def test_a_file_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(GuideError, match=r"guide\.toml"):
        load_guide(tmp_path / "guide.toml")


def test_words_in_a_language_that_is_not_there_are_dutch() -> None:
    question = GUIDE.questions[0]
    assert question.words.text("xx", "victim") == question.words.text("nl", "victim")


def test_a_door_asks_one_question_first_and_the_ways_in_stay_where_they_are() -> None:
    asked = behind(GUIDE, asks_first="wish")
    assert [one.id for one in asked.questions[:2]] == ["way_in", "wish"]
    assert {one.id for one in asked.questions} == {one.id for one in GUIDE.questions}
    assert [one.id for one in asked.questions[2:]] == [one.id for one in GUIDE.questions if one.id in walk({})[1:-1]]
    assert behind(GUIDE) == GUIDE


def test_words_of_a_door_go_over_those_of_the_guide_but_not_over_those_for_a_role() -> None:
    words = {"what": {"nl": "Waar gaat het over?"}, "what.hint": {"nl": "Kies."}, "when.now": {"nl": "Op dit moment"}}
    said_so = behind(GUIDE, words=words)
    what, when = said_so.question("what"), said_so.fields["when"]
    assert what is not None
    assert what.words.text("nl", "victim") == "Waar gaat het over?"
    assert what.words.text("en", "victim") == "What is happening?"
    assert what.words.text("nl", "perpetrator") == "Waar maak je je zorgen over bij jezelf?"
    assert what.hint.text("nl", "victim") == "Kies."
    assert next(one for one in when.options if one.id == "now").words.text("nl", "victim") == "Op dit moment"


def test_what_a_choice_means_is_never_changed_by_words() -> None:
    said_so = behind(GUIDE, asks_first="when", words={"when.now": {"nl": "Straks"}})
    answers = {"way_in": ("talk",), "when": ("now",)}
    assert situation_from(said_so, answers, "nl") == situation_from(GUIDE, answers, "nl")


@pytest.mark.parametrize(
    ("asks_first", "words"),
    [("name", {}), ("way_in", {}), ("", {"name": {"nl": "Hoe heet je?"}}), ("", {"when.never": {"nl": "Nooit"}})],
)
def test_a_question_or_choice_that_is_not_there_is_refused(asks_first: str, words: dict[str, dict[str, str]]) -> None:
    with pytest.raises(GuideError, match="the guide has no"):
        behind(GUIDE, asks_first=asks_first, words=words)
