"""Triage: two judgements apart, never lower by one more sign; and every path."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voordeur import vocabulary as v
from voordeur.rules import triage
from voordeur.rules.triage import (
    JUDGEMENTS,
    NOT_ASKED,
    NOT_KNOWN,
    Assessment,
    Question,
    Reason,
    assess,
    is_known,
    open_questions,
)
from voordeur.rules.triage_files import load_triage
from voordeur.vocabulary import Danger, NeedNow

SETS = load_triage(Path(__file__).resolve().parents[2] / "content" / "triage")
KINDS = {"violence": v.Violence, "context": v.Context, "groups": v.Group, "role": v.Role, "relation": v.Relation}
GRAVITY = [Danger.NOT_SEEN, Danger.NOT_KNOWN, Danger.POSSIBLE, Danger.PRESENT]
BY_ID = {one.id: one for one in SETS.questions}
Situation = Mapping[str, frozenset[str]]


def situation(**codes: str) -> Situation:
    """A situation with one code of each kind that is given."""
    return {term: frozenset({code}) for term, code in codes.items()}


def level(found: Assessment, judgement: str) -> Danger:
    return found.acute.level if judgement == "acute" else found.structural.level


def paths(answers: Mapping[str, str], where: Situation) -> set[str]:
    return {one.id for one in assess(SETS, answers, where).paths}


def opened(answers: Mapping[str, str], where: Situation) -> set[str]:
    return {one.id for one in open_questions(SETS, answers, where)}


def calm(question: Question) -> str:
    """An answer that is no reason for anything."""
    return next(one.id for one in question.answers if is_known(one.id) and not question.is_sign(one.id))


def all_calm(about: str, where: Situation) -> dict[str, str]:
    return {one.id: calm(one) for one in open_questions(SETS, {}, where) if one.about == about}


some_answers = st.fixed_dictionaries(
    {}, optional={one.id: st.sampled_from([choice.id for choice in one.answers]) for one in SETS.questions}
)
some_situations = st.fixed_dictionaries(
    {}, optional={term: st.frozensets(st.sampled_from([str(one) for one in kind]), max_size=3)
                  for term, kind in KINDS.items()}
)  # fmt: skip
SIGNS = [
    (question, answer)
    for question in SETS.questions
    for reason in question.reasons
    for answer in sorted(reason.answers)
]


# ------------------------------------------------------------ judging


@settings(max_examples=200)
@given(some_answers, some_situations, st.sampled_from(SIGNS))
def test_one_more_sign_never_lowers_a_judgement_and_never_closes_a_question(
    answers: dict[str, str], where: dict[str, frozenset[str]], sign: tuple[Question, str]
) -> None:
    question, answer = sign
    before = {**answers}
    if question.is_sign(before.get(question.id, "")):
        del before[question.id]  # from what says nothing, or is no sign, to a sign
    after = {**before, question.id: answer}
    found, more = assess(SETS, before, where), assess(SETS, after, where)
    for judgement in JUDGEMENTS:
        assert GRAVITY.index(level(more, judgement)) >= GRAVITY.index(level(found, judgement))
    assert opened(before, where) <= opened(after, where)
    assert {one.id for one in found.paths} <= {one.id for one in more.paths}


@settings(max_examples=100)
@given(some_answers, some_situations)
def test_a_judgement_is_its_gravest_reason_and_gives_all_its_reasons(
    answers: dict[str, str], where: dict[str, frozenset[str]]
) -> None:
    found = assess(SETS, answers, where)
    for judgement, judged in (("acute", found.acute), ("structural", found.structural)):
        levels = [
            reason.levels[judgement]
            for question in SETS.questions
            for reason in question.reasons
            if judgement in reason.levels and answers.get(question.id) in reason.answers
        ]
        assert len(judged.reasons) == len(levels)
        if levels:
            assert judged.level is max(levels, key=GRAVITY.index)
        else:
            assert judged.level in (Danger.NOT_KNOWN, Danger.NOT_SEEN)


@settings(max_examples=100)
@given(some_answers, some_situations)
def test_nothing_is_called_unseen_as_long_as_one_question_about_it_is_open(
    answers: dict[str, str], where: dict[str, frozenset[str]]
) -> None:
    found = assess(SETS, answers, where)
    for judgement in JUDGEMENTS:
        about = [one for one in open_questions(SETS, answers, where) if one.about == judgement]
        if any(not is_known(answers.get(one.id)) for one in about):
            assert level(found, judgement) is not Danger.NOT_SEEN


@settings(max_examples=50)
@given(some_answers, some_situations)
def test_the_same_answers_give_the_same_in_whatever_order_they_came(
    answers: dict[str, str], where: dict[str, frozenset[str]]
) -> None:
    turned = dict(reversed(list(answers.items())))
    assert assess(SETS, answers, where) == assess(SETS, turned, dict(reversed(list(where.items()))))


@settings(max_examples=100)
@given(some_answers, some_situations)
def test_the_acute_judgement_does_not_look_at_what_speaks_of_structural_danger_alone(
    answers: dict[str, str], where: dict[str, frozenset[str]]
) -> None:
    for judgement, other in (("acute", "structural"), ("structural", "acute")):
        alone = {
            name: answer
            for name, answer in answers.items()
            if BY_ID[name].about == judgement or any(judgement in one.levels for one in BY_ID[name].reasons)
        }
        grave = level(assess(SETS, answers, where), judgement)
        if grave in (Danger.POSSIBLE, Danger.PRESENT):
            assert level(assess(SETS, alone, where), judgement) is grave, other


def test_who_was_asked_nothing_is_listened_to_and_nothing_is_known() -> None:
    found = assess(SETS, {}, {})
    assert (found.need, found.acute.level, found.structural.level) == (
        NeedNow.LISTENING, Danger.NOT_KNOWN, Danger.NOT_KNOWN,
    )  # fmt: skip
    assert (found.acute.reasons, found.structural.reasons, found.paths) == ((), (), ())
    assert [one.id for one in found.first_steps] == ["ask-danger-first", "ask-pattern"]


@pytest.mark.parametrize("judgement", JUDGEMENTS)
def test_when_all_about_it_is_answered_without_a_sign_it_is_not_seen_and_the_other_stays_unknown(
    judgement: str,
) -> None:
    answers = all_calm(judgement, {})
    assert answers
    found, other = assess(SETS, answers, {}), next(one for one in JUDGEMENTS if one != judgement)
    assert (level(found, judgement), level(found, other)) == (Danger.NOT_SEEN, Danger.NOT_KNOWN)
    for name in answers:
        for unsaid in (NOT_KNOWN, NOT_ASKED):
            assert level(assess(SETS, {**answers, name: unsaid}, {}), judgement) is Danger.NOT_KNOWN, name


def test_many_possible_reasons_do_not_add_up_to_danger_that_is_present() -> None:
    where = {**situation(relation="partner"), "violence": frozenset({"partner_violence", "stalking"})}
    possible = {
        question.id: sorted(reason.answers)[0]
        for question in SETS.questions
        for reason in question.reasons
        if set(reason.levels.values()) == {Danger.POSSIBLE}
    }
    assert len(possible) > 20
    found = assess(SETS, possible, where)
    assert (found.acute.level, found.structural.level) == (Danger.POSSIBLE, Danger.POSSIBLE)


def test_no_number_stands_in_what_triage_says_about_a_person() -> None:
    for one in (Assessment, triage.Judgement, Reason):
        assert not {"int", "float"} & set(inspect.get_annotations(one).values()), one
    assert not re.search(r"\bsum\(|\blen\(|Counter", inspect.getsource(triage))


@pytest.mark.parametrize(
    ("answers", "need"),
    [
        ({"helps_now": "listening"}, NeedNow.LISTENING),
        ({"helps_now": "information"}, NeedNow.INFORMATION),
        ({"helps_now": "help"}, NeedNow.HELP),
        ({"helps_now": "help_at_once"}, NeedNow.HELP_AT_ONCE),
        ({"helps_now": "listening", "danger_now": "now"}, NeedNow.HELP_AT_ONCE),
        ({"helps_now": "listening", "suicide": "yes"}, NeedNow.HELP),
        ({"helps_now": "information", "worse": "yes"}, NeedNow.HELP),
        ({"helps_now": "information", "before": "yes"}, NeedNow.INFORMATION),
        ({"helps_now": "not_known"}, NeedNow.LISTENING),
    ],
)
def test_what_is_needed_follows_what_was_said_and_never_falls_short_of_danger(
    answers: dict[str, str], need: NeedNow
) -> None:
    assert assess(SETS, answers, {}).need is need


def test_the_gravest_reasons_stand_first() -> None:
    found = assess(SETS, {"before": "yes", "worse": "yes", "depends": "yes"}, {})
    assert found.structural.reasons[0] == BY_ID["worse"].reasons[0].text
    assert found.structural.level is Danger.PRESENT
    assert found.acute.level is Danger.NOT_KNOWN


def test_what_was_answered_stays_open_when_the_situation_is_chosen_otherwise() -> None:
    answers = {"papers": "no"}
    assert "papers" not in opened({}, {})
    assert "papers" in opened(answers, {})
    assert assess(SETS, answers, {}).structural.level is Danger.PRESENT
    assert "papers" not in opened({"papers": "not_known"}, {})


# ------------------------------------------------------------ asking on, and every path


@pytest.mark.parametrize(
    ("where", "question"),
    [
        (situation(violence="partner_violence"), "strangled"),
        (situation(relation="ex_partner"), "apart"),
        (situation(violence="child_abuse"), "child_now"),
        (situation(groups="child"), "child_asks"),
        (situation(groups="older"), "money_taken"),
        (situation(groups="wheelchair_user"), "care_move"),
        (situation(groups="intellectual_disability"), "told_to_hush"),
        (situation(violence="labour_exploitation"), "papers"),
        (situation(relation="trafficker"), "looks_for_me"),
        (situation(violence="honour_violence"), "family_agrees"),
        (situation(violence="forced_marriage"), "journey"),
        (situation(violence="abandonment"), "abroad"),
        (situation(violence="sexual_violence"), "sexual_when"),
        (situation(violence="stalking"), "stalked_broke"),
        (situation(context="sport"), "power_others"),
        (situation(context="work"), "power_decides"),
        (situation(context="church"), "power_told"),
        (situation(context="care_institution"), "power_alone"),
        (situation(groups="dependent_permit"), "permit_threat"),
        (situation(groups="suicidal"), "suicide_plan"),
        (situation(role="perpetrator"), "own_now"),
        (situation(role="perpetrator"), "own_children"),
    ],
)
def test_a_situation_asks_on(where: Situation, question: str) -> None:
    assert question in opened({}, where)
    assert question not in opened({}, {})


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"suicide": "yes"}, "suicide_means"),
        ({"harm_others": "yes"}, "harm_plan"),
        ({"children_here": "yes"}, "child_threatened"),
        ({"threats": "death"}, "strangled"),
        ({"strangled": "yes"}, "strangled_lately"),
        ({"apart": "yes"}, "apart_known"),
        ({"expecting": "yes"}, "expecting_hurt"),
        ({"forced_sex": "yes"}, "sexual_when"),
    ],
)
def test_an_answer_asks_on(answers: dict[str, str], question: str) -> None:
    assert question in opened(answers, {})
    assert question not in opened({}, {})


@pytest.mark.parametrize(
    ("path", "answers", "where", "step"),
    [
        ("suicide", {"suicide": "yes"}, {}, "suicide-line"),
        ("suicide", {}, situation(groups="suicidal"), "suicide-told"),
        ("harm_to_others", {"harm_others": "yes"}, {}, "harm-silence"),
        ("harm_to_others", {"own_now": "yes"}, situation(role="perpetrator"), "harm-emergency"),
        ("own_behaviour", {}, situation(role="perpetrator"), "own-bridge"),
        ("own_attraction", {}, {**situation(role="perpetrator"), **situation(violence="csam_or_attraction")},
         "own-attraction"),
        ("hurt", {"hurt_now": "badly"}, {}, "hurt-care"),
        ("strangulation", {"strangled": "yes"}, {}, "throat-care"),
        ("after_sexual_violence", {"sexual_when": "days"}, {}, "csg-now"),
        ("after_sexual_violence", {"sexual_when": "week"}, {}, "csg-now"),
        ("child", {"children_here": "yes"}, {}, "child-norm"),
        ("child", {"own_children": "yes"}, situation(role="perpetrator"), "child-first"),
        ("care", {}, situation(groups="dependent_on_care"), "care-replaced"),
        ("care", {"care_withheld": "yes"}, situation(groups="older"), "care-thanks"),
        ("family_honour", {}, situation(violence="forced_marriage"), "honour-quiet"),
        ("exploitation", {}, situation(violence="loverboy"), "everybody-safe"),
        ("stalking", {"followed": "yes"}, {}, "stalking-keep"),
        ("images", {"images": "yes"}, {}, "images-help"),
        ("permit", {}, situation(groups="no_residence_permit"), "permit-advice"),
        ("power", {}, situation(relation="clergy"), "power-outside"),
        ("sport", {}, situation(context="sport"), "power-sport"),
        ("plain", {}, situation(groups="intellectual_disability"), "safe-to-tell"),
        ("complaints", {"complaints": "yes"}, {}, "complaints-open"),
    ],
)  # fmt: skip
def test_each_path_opens_and_says_what_to_do(path: str, answers: dict[str, str], where: Situation, step: str) -> None:
    assert path not in paths({}, {})
    found = {one.id: one.steps for one in assess(SETS, answers, where).paths}
    assert step in found[path]


def test_every_path_is_among_those_that_were_just_walked() -> None:
    walked = next(
        mark.args[1]
        for mark in test_each_path_opens_and_says_what_to_do.pytestmark  # type: ignore[attr-defined]
        if mark.name == "parametrize"
    )
    assert {case[0] for case in walked} == {one.id for one in SETS.paths}


def test_longer_ago_than_a_week_opens_no_haste_after_sexual_violence() -> None:
    assert "after_sexual_violence" not in paths({"sexual_when": "longer"}, situation(violence="sexual_violence"))


def test_who_goes_too_far_gets_first_steps_and_a_bridge_for_the_night_and_is_not_asked_as_if_it_happened_to_them() -> (
    None
):
    where = situation(role="perpetrator")
    found = assess(SETS, {"own_now": "yes"}, where)
    steps = [one.id for one in found.first_steps]
    assert found.acute.level is Danger.PRESENT
    assert steps[0] == "own-distance" and "own-night" in steps and "call-together" not in steps
    assert not {"company", "tonight", "afraid", "threats"} & opened({}, where)
    assert {"suicide", "harm_others", "worse"} <= opened({}, where)


def test_danger_now_begins_with_the_emergency_number_and_what_to_do_while_waiting() -> None:
    steps = [one.id for one in assess(SETS, {"danger_now": "now"}, {}).first_steps]
    assert steps[:3] == ["call-together", "call-for", "while-waiting"]
    assert "who-hears-now" in steps
    assert "{emergency}" in SETS.steps["call-together"].text["nl"]


def test_threatened_family_comes_before_everything_else_of_exploitation() -> None:
    (path,) = (one for one in SETS.paths if one.id == "exploitation")
    assert path.steps[0] == "everybody-safe"
    found = assess(SETS, {"family_threatened": "yes"}, situation(violence="sexual_exploitation"))
    assert (found.acute.level, found.structural.level) == (Danger.POSSIBLE, Danger.PRESENT)
