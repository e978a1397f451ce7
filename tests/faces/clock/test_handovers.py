"""The timers of hand-overs go on past what was damaged, and say how many do not open."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.records.conversations.people import NOON, SERVER, Visitor
from tests.records.conversations.steps import close
from tests.records.handovers import people as p
from tests.records.handovers.people import LIMITS, Cast
from tests.records.handovers.scenes import asked, offered, state
from voordeur.faces.clock import handovers as timer
from voordeur.faces.clock.handovers import Handovers
from voordeur.records.handovers import actions, company
from voordeur.records.handovers.models import Handover, Permission
from voordeur.secrecy.keyring import KeyDoesNotFit
from voordeur.vocabulary import HandoverState as S
from voordeur.vocabulary import TalkState

pytestmark = pytest.mark.django_db

LATE = NOON + timedelta(days=80)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Handovers:
    """Those of this test's own server."""
    monkeypatch.setattr(timer, "server_key", lambda: SERVER)
    return Handovers(LIMITS, tmp_path)


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody."""
    return p.cast()


def test_a_damaged_hand_over_keeps_no_other_waiting(cast: Cast, timers: Handovers) -> None:
    someone = p.taken_up(cast)
    other = p.taken_up(cast)
    kept = [offered(cast, someone), asked(cast, someone, "health"), offered(cast, other)]
    Handover.objects.filter(pk=kept[1].id).update(label=b"\0" * 1052)
    assert timers.look(NOON) == "0 hand-overs past their time, 0 texts past their day, 1 that do not open"
    assert timers.look(LATE) == "2 hand-overs past their time, 0 texts past their day, 1 that do not open"
    assert [state(kept[0]), state(kept[2])] == [S.EXPIRED, S.EXPIRED]


def test_what_breaks_while_a_step_is_taken_is_counted_too(
    cast: Cast, timers: Handovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [offered(cast, p.taken_up(cast)) for _ in range(3)]
    real = actions.expire

    def breaks(**given: Any) -> str | None:
        if given["handover_id"] == kept[1].id:
            raise KeyDoesNotFit("changed meanwhile")
        return real(**given)

    monkeypatch.setattr(actions, "expire", breaks)
    assert timers.look(LATE).startswith("2 hand-overs past their time") and state(kept[1]) is S.OFFERED
    assert timers.look(LATE).endswith(", 1 that do not open")


def test_a_damaged_permission_keeps_no_other_from_being_asked(cast: Cast, timers: Handovers) -> None:
    several: list[Visitor] = [p.taken_up(cast) for _ in range(4)]
    for one in several:
        company.ask_later(
            conversation_id=one.id, visitor_private=one.pair.private, at=NOON + timedelta(days=1), moment=NOON,
            server_key=SERVER,
        )  # fmt: skip
        close(one, cast.people["ada"])
    Permission.objects.filter(conversation_id=several[0].id).update(label=b"\0" * 2076)
    assert timers.ask(NOON) == "0 asked how it goes, 1 that do not open"
    assert timers.ask(LATE) == "3 asked how it goes, 1 that do not open"
    assert timers.ask(LATE) == "0 asked how it goes, 1 that do not open"
    assert [p.held(one).state for one in several[1:]] == [TalkState.WAITING] * 3
