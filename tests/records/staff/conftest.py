"""One team, a responder and an outsider, and a server's key of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import StaffRole

if TYPE_CHECKING:
    from voordeur.records.staff.models import Staff, Team

MOMENT = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


@pytest.fixture
def server_key() -> ServerKey:
    """A key for these tests only."""
    return ServerKey(b"k" * 32)


@pytest.fixture
def moment() -> datetime:
    """A Wednesday morning."""
    return MOMENT


@pytest.fixture
def team(db: None) -> Team:
    """The team “central”."""
    from voordeur.records.staff.actions import add_team

    return add_team(slug="central", name="Central")


@pytest.fixture
def responder(team: Team) -> Staff:
    """Somebody who answers for the team."""
    from voordeur.records.staff.actions import add_member, add_staff

    staff = add_staff(name="noor", shown_name="Noor", languages=["nl"], moment=MOMENT).staff
    add_member(staff=staff, team=team, role=StaffRole.RESPONDER, moment=MOMENT)
    return staff


@pytest.fixture
def outsider(db: None) -> Staff:
    """Somebody with a login and no team."""
    from voordeur.records.staff.actions import add_staff

    return add_staff(name="sam", shown_name="Sam", languages=["nl", "en"], moment=MOMENT).staff
