"""The desk's settings, and people who keep up entries: a steward, somebody of an organisation, and others."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from tests.faces.desk.colleagues import Colleague, Group
from tests.faces.desk.conftest import desk as desk  # the settings of the desk's process, for every test here
from tests.faces.desk.conftest import desk_settings as desk_settings
from tests.faces.desk.conftest import token_of
from voordeur.records.directory.queries import Directory
from voordeur.records.staff import actions
from voordeur.vocabulary import StaffRole

ENTRY = "blijf-groep"
PHONE = "services.shelter.phone.value"


class Keeper:
    """Somebody at the pages of keeping up: opens pages, and sends the forms that stand on them."""

    def __init__(self, colleague: Colleague) -> None:
        self.colleague, self.client = colleague, colleague.client
        self.client.handler.enforce_csrf_checks = True
        self.page: Any = None

    def opens(self, path: str = "", status: int = 200) -> str:
        """A page; its text without tags' escapes."""
        self.page = self.client.get(f"/upkeep{path}")
        assert self.page.status_code == status, (path, self.page.status_code)
        return self.text

    def sends(self, path: str, seen_at: str = "", status: int = 302, **fields: Any) -> Any:
        """A form with the token of a page; follows to where it leads."""
        token = token_of(self.client.get(f"/upkeep{seen_at or path}"))
        answer = self.client.post(f"/upkeep{path}", {"csrfmiddlewaretoken": token, **fields})
        self.page = answer
        assert answer.status_code == status, (path, answer.status_code, self.text[-800:])
        if answer.status_code == 302:
            self.page = self.client.get(answer.headers["Location"])
            assert self.page.status_code == 200
        return answer

    @property
    def text(self) -> str:
        """The page as it is written."""
        return unescape(str(self.page.content.decode()))

    def hidden(self, name: str) -> str:
        """A hidden field of the page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found is not None, name
        return found[1]

    def changes(self, path: str = PHONE, entry: str = ENTRY, **fields: Any) -> str:
        """One field into the draft, from a new source; gives the address of the draft."""
        source = {"source": "new", "source_title": "blijfgroep.nl", "source_date": "2026-11-30"}
        told: dict[str, Any] = source | {"source_confidence": "high", "value": "088 234 24 00"} | fields
        return str(self.sends(f"/o/{entry}/field/{path}", **told).headers["Location"]).removeprefix("/upkeep")

    def publishes(self, draft: str, reason: str = "Looked at again.", status: int = 302) -> Any:
        """A version, as it was compared."""
        self.opens(draft)
        seen = self.hidden("seen")
        return self.sends(f"{draft}/decide", seen_at=draft, status=status, decision="publish", seen=seen, reason=reason)


def of_partner(name: str, organization: str, role: StaffRole = StaffRole.RESPONDER) -> Keeper:
    """Somebody of the team of this organisation."""
    one, now = Colleague(name, None), datetime.now(UTC)
    team = actions.add_team(slug=organization[:40], name=organization.title(), organization=organization)
    actions.add_member(staff=one.staff, team=team, role=role, moment=now)
    return Keeper(one)


@pytest.fixture
def stella(directory: Directory, db: None) -> Keeper:
    """A steward of the door."""
    return Keeper(Colleague("stella", Group("stewards"), StaffRole.STEWARD, is_on=False))


@pytest.fixture
def pia(stella: Keeper) -> Keeper:
    """Somebody of the organisation whose entry it is."""
    return of_partner("pia", ENTRY)
