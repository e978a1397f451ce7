"""Who wrote and gets no answer, because the one who holds the conversation is not there, goes back to the queue."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from tests.faces.clock.conftest import NOON, Begin, Ear
from voordeur.faces.clock.alarms import Alarms
from voordeur.faces.clock.left_behind import LeftBehind
from voordeur.faces.doorway import load_doors
from voordeur.records.conversations.actions import NewMessage, pick_up, write
from voordeur.records.conversations.queries import Held, conversation
from voordeur.records.staff.actions import add_member, add_staff, add_team, go_off_duty, go_on_duty
from voordeur.records.staff.queries import staff_by_id, team_by_slug
from voordeur.rules.routing import AlarmKind
from voordeur.secrecy.envelope import Context, seal
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import Direction, StaffRole, TalkState

pytestmark = pytest.mark.django_db
DOORS = load_doors(settings.CONTENT / "doors").doors
CENTRAL = next(one for one in DOORS if one.id == "central")
assert CENTRAL.talk
LIMIT = CENTRAL.talk.routing.alarm_minutes[AlarmKind.CHAT]


def says(conversation_id: str, direction: Direction, minutes: float, key: ServerKey, writer: int | None = None) -> None:
    context = Context(bytes.fromhex(conversation_id), direction, 1)
    message = NewMessage(direction, secrets.token_bytes(16), 1, 0, seal(b"k" * 32, context, b"{}"))
    write(
        conversation_id=conversation_id,
        message=message,
        kept_until=date(2026, 12, 31),
        moment=NOON + timedelta(minutes=minutes),
        server_key=key,
        writer_id=writer,
    )


@pytest.fixture
def owner(key: ServerKey) -> int:
    """Somebody of the team who was at work at noon."""
    team = add_team(slug="central", name="Central")
    staff = add_staff(name="anna", shown_name="Anna", languages=["nl"], moment=NOON).staff
    add_member(staff=staff, team=team, role=StaffRole.RESPONDER, moment=NOON)
    go_on_duty(staff=staff, team=team, moment=NOON)
    return int(staff.pk)


@pytest.fixture
def taken(begin: Begin, owner: int, key: ServerKey) -> str:
    """A conversation that she picked up at noon."""
    one = begin(3)
    pick_up(conversation_id=one, staff_id=owner, role="responder", moment=NOON, server_key=key)
    return one


def now(conversation_id: str, key: ServerKey) -> Held:
    found = conversation(conversation_id, key)
    assert found
    return found


def test_it_goes_back_when_the_limit_is_reached_and_its_waiting_counts_on(
    taken: str, key: ServerKey, ear: Ear, tmp_path: Path
) -> None:
    says(taken, Direction.VISITOR, 1, key)
    timer = LeftBehind(DOORS, tmp_path)
    assert timer.look(NOON + timedelta(minutes=LIMIT)) == "0 given back to their queue"
    assert now(taken, key).state is TalkState.HELD
    at = NOON + timedelta(minutes=1 + LIMIT)
    assert timer.look(at) == "1 given back to their queue"
    found = now(taken, key)
    assert (found.state, found.owner_tag, found.label.owner) == (TalkState.WAITING, None, "")
    assert found.label.waited(at) == LIMIT
    assert "t:central inbox" in ear.heard()
    assert timer.look(at) == "0 given back to their queue"


def test_it_stays_with_an_owner_who_is_at_work_for_this_team_however_long_it_takes(
    taken: str, owner: int, key: ServerKey, tmp_path: Path
) -> None:
    says(taken, Direction.VISITOR, 1, key)
    later = NOON + timedelta(minutes=100)
    other, own, staff = add_team(slug="other", name="Other"), team_by_slug("central"), staff_by_id(owner)
    assert own and staff
    add_member(staff=staff, team=other, role=StaffRole.RESPONDER, moment=later)
    go_on_duty(staff=staff, team=own, moment=later)
    assert LeftBehind(DOORS, tmp_path).look(later) == "0 given back to their queue"
    go_off_duty(staff=staff, team=own)
    go_on_duty(staff=staff, team=other, moment=later)
    assert LeftBehind(DOORS, tmp_path).look(later) == "1 given back to their queue"


def test_it_stays_when_the_desk_spoke_last(taken: str, owner: int, key: ServerKey, tmp_path: Path) -> None:
    says(taken, Direction.VISITOR, 1, key)
    says(taken, Direction.DESK, 2, key, writer=owner)
    assert LeftBehind(DOORS, tmp_path).look(NOON + timedelta(days=1)) == "0 given back to their queue"
    assert Alarms(DOORS, tmp_path).ring(NOON + timedelta(days=1)) == "waiting too long: danger 0, chat 0, message 0"


def test_the_alarm_rings_for_somebody_who_is_held_and_gets_no_answer(
    taken: str, key: ServerKey, ear: Ear, tmp_path: Path
) -> None:
    says(taken, Direction.VISITOR, 0, key)
    assert (
        Alarms(DOORS, tmp_path).ring(NOON + timedelta(minutes=LIMIT)).startswith("waiting too long: danger 0, chat 1")
    )
    assert ear.heard() == ["t:central inbox"]
