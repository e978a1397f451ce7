"""A partner's team with an address, on a server that sends mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as now

from voordeur.secrecy.keyring import ServerKey

if TYPE_CHECKING:
    from voordeur.records.staff.models import Team

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ADDRESS = "wacht@partner.example"


@pytest.fixture
def key() -> ServerKey:
    """A key for these tests only."""
    return ServerKey(b"k" * 32)


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    """A mail server is set."""
    from voordeur.settings.env import MailServer

    settings.ENV = replace(now.ENV, smtp=MailServer("mail.example", 587))


@pytest.fixture
def team(db: None, key: ServerKey) -> Team:
    """A partner's team that set its address."""
    from voordeur.records.outbox.actions import set_notice_address
    from voordeur.records.staff.actions import add_team

    one = add_team(slug="partner", name="Partner", organization="de-partner")
    set_notice_address(team=one, address=ADDRESS, server_key=key)
    return one
