"""Leaving, seen from the server (face.md X1, X7, X8, X14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from tests.faces.visit.conftest import HOSTS, Visitor
from voordeur.faces.visit.visits import Visits

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_leaving_answers_with_a_blank_page_and_a_cookie_of_two_seconds(visitor_at_each_door: Visitor) -> None:
    """X8: 200, refresh 0, HttpOnly, and nothing that slows it down."""
    visitor = visitor_at_each_door
    answer = visitor.client.get(visitor.address + "/0", HTTP_HOST=HOSTS[visitor.door])
    assert answer.status_code == 200
    assert f'content="0;url={settings.NEUTRAL_URL}"' in answer.content.decode()
    assert b"<script" not in answer.content and b"<h1" not in answer.content
    (cookie,) = answer.cookies.values()
    assert cookie["max-age"] == 2 and cookie["httponly"] and cookie["samesite"]
    assert len(cookie.value) <= 1
    assert "Clear-Site-Data" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("rest", ["", "/p", "/a", "/abcdef"])
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_a_left_visit_leads_away_for_ever(visitor: Visitor, method: str, rest: str) -> None:
    """X1, X14: whatever is asked under it, also with answers in the body."""
    visitor.client.get(visitor.address + "/0", HTTP_HOST="localhost")
    for _ in range(3):
        answer = getattr(visitor.client, method)(visitor.address + rest, HTTP_HOST="localhost")
        assert (answer.status_code, answer.headers["Location"]) == (303, settings.NEUTRAL_URL)
        assert answer.content == b""


def test_leaving_twice_is_as_good_as_once(visitor: Visitor) -> None:
    """An impatient second press finds the same blank page."""
    answers = [visitor.client.get(visitor.address + "/0", HTTP_HOST="localhost") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200]


@pytest.mark.parametrize("token", ["A" * 28, "_" * 28, "-" * 28, "awSEsdn78fiED9U52uJoUjsg3fw2"])
def test_an_address_that_we_never_gave_leads_away(visitor: Visitor, token: str) -> None:
    """Made up, or of a server that has started again since."""
    answer = visitor.client.get(f"/{token}", HTTP_HOST="localhost")
    assert (answer.status_code, answer.headers["Location"]) == (303, settings.NEUTRAL_URL)
    assert visitor.client.get(f"/{token}/0", HTTP_HOST="localhost").status_code == 200


def test_one_changed_sign_makes_an_address_worthless() -> None:
    """It is signed from the first sign to the last."""
    visits = Visits(b"k" * 32)
    token = visits.begin(NOON)
    assert visits.is_alive(token, NOON)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert not visits.is_alive(token[:place] + other + token[place + 1 :], NOON)


def test_an_address_is_over_after_a_day_and_stays_so() -> None:
    """Also in the past: a clock that was set back gives nothing away."""
    visits = Visits(b"k" * 32)
    token = visits.begin(NOON)
    assert visits.is_alive(token, NOON + timedelta(hours=23))
    assert not visits.is_alive(token, NOON + timedelta(hours=25))
    assert not visits.is_alive(token, NOON - timedelta(days=400))


def test_a_burned_address_is_never_forgotten_before_it_would_be_over() -> None:
    """Many others may leave meanwhile."""
    visits = Visits(b"k" * 32)
    first = visits.begin(NOON)
    visits.burn(first, NOON)
    for hour in range(24):
        moment = NOON + timedelta(hours=hour)
        for _ in range(50):
            visits.burn(visits.begin(moment), moment)
        assert not visits.is_alive(first, moment)
    assert not visits.is_alive(first, NOON + timedelta(hours=24, seconds=30))


def test_leaving_by_another_host_burns_nothing_of_a_stranger(visitor: Visitor) -> None:
    """An unknown address that is "left" does not fill the list of burned ones."""
    visits = Visits(b"k" * 32)
    for number in range(1000):
        visits.burn(f"{number:028d}", NOON)
    assert visits._burned == {}
