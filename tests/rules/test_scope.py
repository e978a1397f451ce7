"""What a door is about, and what it fills in of what nobody said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from voordeur import vocabulary as v
from voordeur.rules.scope import Fit, coming_in, fit, is_about, knows_more, with_usual_age
from voordeur.rules.situation import Situation, possible_ages
from voordeur.vocabulary import Context, Violence

SPORT = {"violence": ("sexual_harassment",), "contexts": ("sport",)}


def test_a_door_without_a_scope_is_about_everything() -> None:
    assert is_about({}, Situation())
    assert is_about({"groups": ()}, Situation())


def test_each_part_of_a_scope_must_share_a_code() -> None:
    there = Situation(violence=frozenset({v.Violence.SEXUAL_HARASSMENT}), context=v.Context.SPORT)
    assert is_about(SPORT, there)
    assert not is_about(SPORT, replace(there, context=v.Context.WORK))
    assert not is_about(SPORT, replace(there, context=None))
    assert not is_about(SPORT, replace(there, violence=frozenset({v.Violence.STALKING})))


def test_a_group_follows_from_the_age_too() -> None:
    assert is_about({"groups": ("older",)}, Situation(age=81))
    assert not is_about({"groups": ("older",)}, Situation(age=44))
    assert is_about({"roles": ("perpetrator",)}, Situation(role=v.Role.PERPETRATOR))


def test_the_age_of_the_people_of_a_door_holds_while_none_was_said() -> None:
    assert possible_ages(with_usual_age(Situation(), ("child", "athlete"), is_said=False)) == (0, 17)
    assert with_usual_age(Situation(), ("child",), is_said=True) == Situation()


def test_who_asks_about_their_own_behaviour_is_not_taken_to_be_of_that_age() -> None:
    carer = Situation(role=v.Role.PERPETRATOR)
    assert with_usual_age(carer, ("older",), is_said=False) == carer


@pytest.mark.parametrize("role", [v.Role.VICTIM, v.Role.BYSTANDER, v.Role.PROFESSIONAL])
def test_a_door_fills_in_what_was_not_said(role: v.Role) -> None:
    known = {"context": frozenset({"sport"}), "groups": frozenset({"athlete"})}
    filled = coming_in(Situation(role=role), scope=SPORT, groups=("youth",), known=known)
    assert filled.context is v.Context.SPORT
    assert filled.groups == {v.Group.ATHLETE, v.Group.YOUTH}
    assert filled.violence == {v.Violence.SEXUAL_HARASSMENT, v.Violence.UNKNOWN}
    assert filled.role is role


def test_what_somebody_says_goes_before_what_a_door_takes_to_be_so() -> None:
    told = Situation(violence=frozenset({v.Violence.STALKING}), context=v.Context.WORK, age=40)
    filled = coming_in(told, scope=SPORT, groups=("child",), known={"context": {"sport"}, "violence": {"incest"}})
    assert filled == told


PLAYING = {"violence": ["sexual_harassment", "transgressive_behaviour"], "contexts": ["sport"], "groups": ["athlete"]}
EARNING = {"violence": ["labour_exploitation", "loverboy"], "contexts": ["work"]}


def _tells(*violence: Violence, where: Context | None = None) -> Situation:
    return Situation(violence=frozenset(violence) or frozenset({Violence.UNKNOWN}), context=where)


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (_tells(Violence.SEXUAL_HARASSMENT, where=Context.SPORT), Fit.WITHIN),
        (_tells(Violence.STALKING, where=Context.SPORT), Fit.WITHIN),  # not in its list, but it happens there
        (_tells(Violence.SEXUAL_HARASSMENT, where=Context.HOME), Fit.OUTSIDE),
        (_tells(Violence.SEXUAL_HARASSMENT), Fit.NOT_SAID),
        (_tells(), Fit.NOT_SAID),
    ],
)
def test_at_a_door_of_a_place_the_place_decides(told: Situation, answer: Fit) -> None:
    assert fit(PLAYING, told, is_of_a_place=True) is answer


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (_tells(Violence.LOVERBOY, where=Context.HOME), Fit.WITHIN),
        (_tells(Violence.LOVERBOY, Violence.STALKING), Fit.WITHIN),
        (_tells(Violence.STALKING, where=Context.WORK), Fit.OUTSIDE),
        (_tells(Violence.UNKNOWN, where=Context.CHURCH), Fit.NOT_SAID),
        (_tells(), Fit.NOT_SAID),
    ],
)
def test_elsewhere_it_is_what_happens_that_decides(told: Situation, answer: Fit) -> None:
    assert fit(EARNING, told, is_of_a_place=False) is answer


def test_nothing_lies_outside_a_door_without_a_scope() -> None:
    assert fit({}, _tells(Violence.STALKING, where=Context.HOME), is_of_a_place=False) is Fit.WITHIN


def test_a_door_for_a_group_alone_sends_nobody_on() -> None:
    assert fit({"groups": ["male"]}, _tells(Violence.STALKING), is_of_a_place=False) is Fit.NOT_SAID


@pytest.mark.parametrize(
    ("scope", "told", "answer"),
    [
        # Money is what a door for older people is about too, but not for who is no older.
        ({"violence": ["financial_abuse"], "groups": ["older"]}, Situation(age=44), False),
        ({"violence": ["financial_abuse"], "groups": ["older"]}, Situation(age=81), True),
        ({"violence": ["elder_abuse"], "groups": ["older"]}, Situation(age=81), False),
        ({"groups": ["youth"]}, Situation(groups=frozenset({v.Group.YOUTH})), True),
        ({"groups": ["youth"]}, Situation(age=44), False),
        ({"roles": ["perpetrator"]}, Situation(role=v.Role.PERPETRATOR), True),
        ({"roles": ["perpetrator"]}, Situation(), False),
        ({}, Situation(age=44), False),
    ],
)
def test_a_door_to_go_on_to_is_for_these_people_and_about_this_or_all_of_it(
    scope: dict[str, list[str]], told: Situation, answer: bool
) -> None:
    told = replace(told, violence=frozenset({v.Violence.FINANCIAL_ABUSE}))
    assert knows_more(scope, told, is_of_a_place=False) is answer
