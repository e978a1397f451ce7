"""Whether pages show the way to a conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from tests.faces.visit.conftest import Visitor
from tests.faces.visit.test_talking import database_gone
from voordeur.faces.visit import offered
from voordeur.faces.visit.house import house
from voordeur.faces.visit.offered import offers_talk

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def test_a_door_without_a_team_that_has_a_key_offers_none(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offered, "_known", {})
    visitor.comes_in()
    assert 'name="go" value="talk"' not in visitor.text
    visitor.sends({"go": "talk"})
    assert visitor.page.status_code == 404 and "tel:112" in visitor.text


def test_a_door_with_such_a_team_offers_one_on_every_page(visitor: Visitor, desk: ModuleType) -> None:
    for go in ("home", "danger", "library", "safety"):
        visitor.comes_in().presses("go", go)
        assert 'name="go" value="talk"' in visitor.text, go


def test_it_is_asked_now_and_then_and_never_breaks_a_page(visitor: Visitor, desk: ModuleType) -> None:
    door = next(one for one in house().doorway.doors if one.id == "central")
    assert offers_talk(door, NOON)
    with database_gone():
        assert offers_talk(door, NOON + timedelta(seconds=4)), "known, so not asked"
        assert not offers_talk(door, NOON + timedelta(seconds=6))
        assert not offers_talk(door, NOON - timedelta(hours=1)), "a clock that was set back does not freeze it"
    assert offers_talk(door, NOON + timedelta(seconds=12))
