"""The cast of hand-overs, and somebody with a conversation."""

from __future__ import annotations

import pytest

from tests.records.conversations.people import NOON, Visitor
from tests.records.handovers import people as p
from tests.records.handovers.people import Cast
from voordeur.rules.handover import HandoverActor
from voordeur.vocabulary import GrantReason

A, R = HandoverActor, GrantReason
TODAY = NOON.date()


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody."""
    return p.cast()


@pytest.fixture
def someone(cast: Cast) -> Visitor:
    """Whose conversation ada holds."""
    return p.taken_up(cast)
