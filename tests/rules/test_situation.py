"""Reading a situation from JSON, and the terms in which the rules speak of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.made_up import people
from voordeur import vocabulary as v
from voordeur.rules.situation import Situation, SituationError, possible_ages, situation_from_mapping, terms


def test_what_is_not_said_stays_open() -> None:
    read = situation_from_mapping("victim", {})
    assert read == Situation()
    assert read.violence == {v.Violence.UNKNOWN}
    assert read.ways == set(v.Way)
    assert read.age is None


def test_every_field_of_a_vignette_is_read() -> None:
    data = {
        "violence": ["stalking", "partner_violence"],
        "context": "home",
        "relation_to_other": "ex_partner",
        "groups": ["female", "adult"],
        "age": 34,
        "phase": 2,
        "need": ["advice"],
        "acute": True,
        "when_it_happened": "today",
        "language": "TR",
        "channels_possible": ["chat"],
        "anonymous_required": True,
    }
    read = situation_from_mapping("bystander", data, frozenset({"province:Zeeland"}))
    assert read == Situation(
        role=v.Role.BYSTANDER,
        violence=frozenset({v.Violence.STALKING, v.Violence.PARTNER_VIOLENCE}),
        context=v.Context.HOME,
        relation=v.Relation.EX_PARTNER,
        groups=frozenset({v.Group.FEMALE, v.Group.ADULT}),
        age=34,
        phase=2,
        need=frozenset({v.Need.ADVICE}),
        acute=True,
        when=v.When.TODAY,
        language="tr",
        ways=frozenset({v.Way.CHAT}),
        anonymous_required=True,
        area=frozenset({"province:Zeeland"}),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("violence", ["thunder"]),
        ("violence", "stalking"),
        ("violence", 3),
        ("context", "moon"),
        ("relation_to_other", "enemy"),
        ("groups", ["tall"]),
        ("groups", [["female"]]),
        ("age", -1),
        ("age", 121),
        ("age", True),
        ("age", "34"),
        ("age", 34.5),
        ("phase", 0),
        ("phase", 4),
        ("phase", True),
        ("phase", "2"),
        ("need", ["money"]),
        ("acute", "yes"),
        ("acute", None),
        ("when_it_happened", "soon"),
        ("language", "n"),
        ("language", "nederlands"),
        ("language", "n1"),
        ("language", 12),
        ("channels_possible", ["fax"]),
        ("channels_possible", "phone"),
        ("anonymous_required", 1),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_field(field: str, value: Any) -> None:
    with pytest.raises(SituationError, match=rf"situation\.{field}:"):
        situation_from_mapping("victim", {field: value})


@pytest.mark.parametrize("role", ["hero", None, 1, ["victim"]])
def test_a_wrong_role_is_refused(role: Any) -> None:
    with pytest.raises(SituationError, match="role:"):
        situation_from_mapping(role, {})


@pytest.mark.parametrize("data", [None, [], "victim", 1])
def test_anything_but_an_object_is_refused(data: Any) -> None:
    with pytest.raises(SituationError, match="situation: an object"):
        situation_from_mapping("victim", data)


def test_a_long_wrong_value_is_cut_in_the_message() -> None:
    with pytest.raises(SituationError) as refused:
        situation_from_mapping("victim", {"context": "x" * 5000})
    assert "x" * 61 not in str(refused.value)


def test_no_way_possible_is_not_the_same_as_nothing_said() -> None:
    assert situation_from_mapping("victim", {"channels_possible": []}).ways == frozenset()


@pytest.mark.parametrize(
    ("groups", "age", "expected"),
    [
        (set(), None, (0, 120)),
        ({"child"}, None, (0, 17)),
        ({"child", "youth"}, None, (12, 17)),
        ({"youth", "adult"}, None, (18, 24)),
        ({"older"}, None, (65, 120)),
        ({"older"}, 30, (30, 30)),
        ({"child", "older"}, None, (0, 17)),
    ],
)
def test_the_age_follows_from_the_groups_unless_it_is_known(
    groups: set[str], age: int | None, expected: tuple[int, int]
) -> None:
    assert possible_ages(Situation(groups=frozenset(map(v.Group, groups)), age=age)) == expected


def test_who_does_not_say_may_be_anyone_but_is_not_taken_for_one() -> None:
    said = terms(Situation())
    assert said["groups"] == frozenset()
    assert said["groups_possible"] == {"male", "female", "child", "youth"}
    assert said["age_known"] == {"no"}


def test_a_known_sex_leaves_no_other() -> None:
    assert "female" not in terms(Situation(groups=frozenset({v.Group.NONBINARY})))["groups_possible"]


@given(people())
def test_what_is_said_is_always_possible_and_every_term_is_a_set_of_words(person: Situation) -> None:
    said = terms(person)
    assert said["groups"] <= said["groups_possible"]
    assert said["ages"]
    assert all(isinstance(code, str) and type(code) is str for codes in said.values() for code in codes)
    assert "national" in said["area"]


@given(people(), st.booleans())
def test_danger_is_acute_however_it_is_said(person: Situation, is_acute: bool) -> None:
    is_danger = person.acute or v.Need.DANGER_NOW in person.need
    assert terms(person)["acute"] == {"yes" if is_danger else "no"}


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert situation_from_mapping("victim", {"age": 5.0, "phase": 1.0}) == Situation(age=5, phase=1)
    for age in (5.5, float("inf")):
        with pytest.raises(SituationError):
            situation_from_mapping("victim", {"age": age})
