"""What a door is about, and what lies outside it."""

from __future__ import annotations

import pytest

from voordeur.rules.scope import Fit, fit
from voordeur.rules.situation import Situation
from voordeur.vocabulary import Context, Violence

SPORT = {"violence": ["sexual_harassment", "transgressive_behaviour"], "contexts": ["sport"], "groups": ["athlete"]}
WORK = {"violence": ["labour_exploitation", "loverboy"], "contexts": ["work"]}


def _told(*violence: Violence, where: Context | None = None) -> Situation:
    return Situation(violence=frozenset(violence) or frozenset({Violence.UNKNOWN}), context=where)


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (_told(Violence.SEXUAL_HARASSMENT, where=Context.SPORT), Fit.WITHIN),
        (_told(Violence.STALKING, where=Context.SPORT), Fit.WITHIN),  # not in its list, but it happens there
        (_told(Violence.SEXUAL_HARASSMENT, where=Context.HOME), Fit.OUTSIDE),
        (_told(Violence.SEXUAL_HARASSMENT), Fit.NOT_SAID),
        (_told(), Fit.NOT_SAID),
    ],
)
def test_at_a_door_of_a_place_the_place_decides(told: Situation, answer: Fit) -> None:
    assert fit(SPORT, told, is_of_a_place=True) is answer


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (_told(Violence.LOVERBOY, where=Context.HOME), Fit.WITHIN),
        (_told(Violence.LOVERBOY, Violence.STALKING), Fit.WITHIN),
        (_told(Violence.STALKING, where=Context.WORK), Fit.OUTSIDE),
        (_told(Violence.UNKNOWN, where=Context.CHURCH), Fit.NOT_SAID),
        (_told(), Fit.NOT_SAID),
    ],
)
def test_elsewhere_it_is_what_happens_that_decides(told: Situation, answer: Fit) -> None:
    assert fit(WORK, told, is_of_a_place=False) is answer


def test_a_door_without_a_scope_is_about_everything() -> None:
    assert fit({}, _told(Violence.STALKING, where=Context.HOME), is_of_a_place=False) is Fit.WITHIN


def test_a_door_for_a_group_alone_sends_nobody_on() -> None:
    assert fit({"groups": ["male"]}, _told(Violence.STALKING), is_of_a_place=False) is Fit.NOT_SAID
