"""One team behind two doors: who came by which, in one queue at one desk; by the visitors' own pages and real rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from tests.faces.desk.colleagues import Colleague, Group, epoch_for
from tests.faces.desk.conftest import desk, desk_settings  # noqa: F401  (fixtures that every test here uses)
from tests.faces.visit.conftest import DoorsWith, Visitor, doors_with  # noqa: F401
from voordeur.faces.clock.alarms import Alarms
from voordeur.faces.desk import material
from voordeur.faces.doorway import Doorway
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import offered
from voordeur.faces.visit.house import house
from voordeur.records.conversations import queries
from voordeur.records.conversations.models import Conversation
from voordeur.records.directory.queries import Directory
from voordeur.settings import public
from voordeur.vocabulary import StaffRole

pytestmark = pytest.mark.django_db
#: The door for sport has the central team, hours, days and alarms of its own.
CHANGES = {
    "central": {'hours = "Mo-Su 10:00-22:00; PH open"': 'hours = "Mo-Su 10:00-10:01; PH open"'},
    "sport": {
        'team = "sport"': 'team = "central"',
        'hours = "Mo-Fr 13:00-21:00; Sa-Su 13:00-17:00; PH 13:00-17:00"': 'hours = "Mo-Su 00:00-24:00; PH open"',
        "kept_days_without_code = 2": "kept_days_without_code = 5",
        "danger = 2\nchat = 5": "danger = 2\nchat = 30",
        "[talk.exceptions]\n": '[talk.exceptions]\n2026-12-31 = "closed"\n',
        "queue_limit = 20": "queue_limit = 3",
    },
}

#: What the visitors' side has otherwise than the desk.
_OF_A_SIDE = ("ROOT_URLCONF", "MIDDLEWARE", "ALLOWED_HOSTS", "NEUTRAL_URL", "IS_HTTPS", "EXTRA_HOSTS")


@pytest.fixture
def street(doors_with: DoorsWith, settings: Any) -> Iterator[Doorway]:  # noqa: F811
    """The doors of these tests, for the desk and for the visitors' pages."""
    # All by `settings`, which undoes what it did in order.
    at_the_desk = {name: getattr(settings, name) for name in _OF_A_SIDE}
    for name in _OF_A_SIDE:
        setattr(settings, name, getattr(public, name))
    doors_with(CHANGES)
    for name, value in at_the_desk.items():
        setattr(settings, name, value)
    material.doors.cache_clear()
    offered._known.clear()
    yield house().doorway
    material.doors.cache_clear()
    offered._known.clear()


@contextmanager
def _at_the_visitors_side() -> Iterator[None]:
    with override_settings(**{name: getattr(public, name) for name in _OF_A_SIDE}):
        yield


def _writes(door: str, text: str) -> Visitor:
    """Somebody comes in by a door and writes."""
    with _at_the_visitors_side():
        visitor = Visitor(Client(), door).comes_in()
        return visitor.presses("go", "talk").presses("go", "talk:say", text=text)


@pytest.fixture
def central(street: Doorway, directory: Directory) -> Group:
    """The team of both doors."""
    return Group("central")


@pytest.fixture
def ada(central: Group) -> Colleague:
    return Colleague("ada", central, StaffRole.RESPONDER)


def test_one_inbox_shows_by_which_door_each_visitor_came_and_one_person_answers_both(ada: Colleague) -> None:
    by_central, by_sport = _writes("central", "from the central door"), _writes("sport", "from the club")
    waiting = sorted(ada.gets("inbox")["waiting"], key=lambda one: str(one["door"]))
    assert [(one["door"], one["door_name"], one["team"]) for one in waiting] == [
        ("central", "Voordeur", "central"),
        ("sport", "Playing field", "central"),
    ]
    assert [one["may_take"] for one in waiting] == [True, True]
    for one, visitor, text in zip(waiting, (by_central, by_sport), ("the central door", "the club"), strict=True):
        taken = ada.gets("pick", id=one["id"])
        ada.gets("epoch", **epoch_for(taken))
        opened = ada.gets("open", id=one["id"])
        assert ada.reads(opened) == [f"from {text}"]
        assert ada.says(opened, f"hello, {text}")[0] == 200
        with _at_the_visitors_side():
            assert f"hello, {text}" in visitor.presses("go", "talk:plain").main
        assert "Er is iemand voor je." in visitor.main
    mine = ada.gets("inbox")["mine"]
    assert sorted((one["door"], one["door_name"]) for one in mine) == [
        ("central", "Voordeur"),
        ("sport", "Playing field"),
    ]


def test_who_is_on_counts_at_both_doors_and_each_keeps_its_own_hours(ada: Colleague, street: Doorway) -> None:
    with _at_the_visitors_side():
        open_now = Visitor(Client(), "sport").comes_in().presses("go", "talk").main
    assert "Er kan nu iemand antwoorden" in open_now
    roster = ada.gets("roster", team="central")
    assert roster["hours_text"] == "Voordeur: Mo-Su 10:00-10:01; PH open | Playing field: Mo-Su 00:00-24:00; PH open"
    assert roster["status"]["state"] == "answering"  # as visitors of the door that is open are told
    assert roster["exceptions"] == [{"date": "2026-12-31", "text": "closed"}]
    ada.gets("duty", team="central", is_on=False)
    assert ada.gets("roster", team="central")["status"]["state"] == "expected"
    with _at_the_visitors_side():
        assert "Er kan nu iemand antwoorden" not in Visitor(Client(), "sport").comes_in().presses("go", "talk").main


def test_each_door_keeps_its_own_days_and_rings_its_own_alarm(ada: Colleague, street: Doorway, tmp_path: Path) -> None:
    _writes("central", "one")
    _writes("sport", "two")
    rows = {queries.held(row, server_key()).label.door: row.kept_until for row in Conversation.objects.all()}
    today = datetime.now(UTC).date()
    assert rows == {"central": today + timedelta(days=2), "sport": today + timedelta(days=5)}
    assert isinstance(rows["sport"], date)
    later = datetime.now(UTC) + timedelta(minutes=10)
    assert Alarms(street.doors, tmp_path).ring(later) == "waiting too long: danger 0, chat 1, message 0"
    later += timedelta(minutes=30)
    assert Alarms(street.doors, tmp_path).ring(later) == "waiting too long: danger 0, chat 2, message 0"


def test_a_queue_is_the_teams_so_a_door_with_a_lower_limit_is_full_first(ada: Colleague) -> None:
    for number in range(3):
        _writes("central", f"number {number}")
    with _at_the_visitors_side():
        full = Visitor(Client(), "sport").comes_in().presses("go", "talk").main
        free = Visitor(Client(), "central").comes_in().presses("go", "talk").main
    assert 'id="text"' not in full and 'id="text"' in free
    assert "talk:to:" not in full  # the other door has the same people
    assert len(ada.gets("inbox")["waiting"]) == 3


def test_passed_on_to_a_team_without_that_door_it_keeps_the_door_and_rings_that_teams_alarm(
    ada: Colleague, street: Doorway, tmp_path: Path
) -> None:
    other = Group("exploitation")
    eve = Colleague("eve", other, StaffRole.RESPONDER)
    visitor = _writes("sport", "hello")
    (one,) = ada.gets("inbox")["waiting"]
    taken = ada.gets("pick", id=one["id"])
    ada.gets("epoch", **epoch_for(taken))
    readers = ada.gets("pass_on_readers", id=one["id"], team="exploitation")["readers"]
    ada.gets("epoch", **epoch_for(ada.gets("open", id=one["id"]), readers))
    ada.gets("pass_on", id=one["id"], team="exploitation")
    assert [(found["door"], found["team"]) for found in eve.gets("inbox")["waiting"]] == [("sport", "exploitation")]
    with _at_the_visitors_side():
        assert "De mensen van Eigen weg beantwoorden het." in visitor.presses("go", "talk:plain").main
    assert 'class="name">Speelveld<' in visitor.text
    later = datetime.now(UTC) + timedelta(minutes=10)  # five of that team's door, thirty of the door it came by
    assert Alarms(street.doors, tmp_path).ring(later) == "waiting too long: danger 0, chat 1, message 0"
