"""Somebody waits too long: the team is told, and the log counts (rules/routing, content/doors)."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from tests.faces.clock.conftest import NOON, Begin, Ear
from voordeur.faces.clock.alarms import Alarms
from voordeur.faces.doorway import Door, load_doors
from voordeur.records.conversations.actions import close, pick_up
from voordeur.rules.routing import AlarmKind
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import ClosedBecause

pytestmark = pytest.mark.django_db
DOORS = load_doors(settings.CONTENT / "doors").doors
SILENT = "waiting too long: danger 0, chat 0, message 0"


def limit(kind: AlarmKind, door: str = "central") -> int:
    found = next(one for one in DOORS if one.id == door)
    assert found.talk
    return found.talk.routing.alarm_minutes[kind]


@pytest.fixture
def alarms(tmp_path: Path) -> Alarms:
    return Alarms(DOORS, tmp_path)


@pytest.mark.parametrize(
    ("kind", "label"),
    [(AlarmKind.DANGER, {"is_danger": True}), (AlarmKind.CHAT, {}), (AlarmKind.MESSAGE, {"has_left": True})],
)
def test_each_class_rings_at_its_own_limit_and_not_a_minute_before(
    alarms: Alarms, begin: Begin, ear: Ear, kind: AlarmKind, label: dict[str, bool]
) -> None:
    begin(limit(kind), **label)
    assert alarms.ring(NOON - timedelta(minutes=1)) == SILENT
    assert ear.heard() == []
    assert f"{kind} 1" in alarms.ring(NOON)
    assert ear.heard() == ["t:central inbox"]


def test_only_the_team_that_must_answer_is_told_once_at_each_turn(alarms: Alarms, begin: Begin, ear: Ear) -> None:
    for _ in range(3):
        begin(limit(AlarmKind.CHAT, "sport") + 1, door="sport", team="sport")
    begin(0)
    for _ in range(2):
        assert alarms.ring(NOON) == "waiting too long: danger 0, chat 3, message 0"
        assert ear.heard() == ["t:sport inbox"]


def test_who_was_picked_up_or_is_over_rings_no_more(alarms: Alarms, begin: Begin, ear: Ear, key: ServerKey) -> None:
    first, second = begin(500), begin(500)
    pick_up(conversation_id=first, staff_id=1, role="responder", moment=NOON, server_key=key)
    close(conversation_id=second, because=ClosedBecause.LEFT, is_shut_out=False, server_key=key, staff_id=None)
    assert alarms.ring(NOON) == SILENT
    assert ear.heard() == []


def test_the_log_has_one_line_for_each_change_with_counts_and_nothing_else(
    alarms: Alarms, begin: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("voordeur").propagate = True
    caplog.set_level(logging.INFO)
    conversation = begin(500)
    for minute in range(5):
        alarms.ring(NOON + timedelta(minutes=minute))
    begin(500, is_danger=True)
    alarms.ring(NOON)
    assert caplog.messages == [
        "waiting too long: danger 0, chat 1, message 0",
        "waiting too long: danger 1, chat 1, message 0",
    ]
    assert conversation not in caplog.text


def test_who_came_by_a_door_that_is_gone_is_not_forgotten(begin: Begin, ear: Ear, tmp_path: Path) -> None:
    """Another door of the same team still has its rules."""
    begin(500, door="closed-last-week")
    assert "chat 1" in Alarms(DOORS, tmp_path).ring(NOON)
    assert ear.heard() == ["t:central inbox"]


def test_a_door_where_nobody_talks_has_no_alarm(begin: Begin, tmp_path: Path) -> None:
    begin(500)
    without: list[Door] = [door for door in DOORS if door.id != "central"]
    assert Alarms(without, tmp_path).ring(NOON) == SILENT
