"""The desk's own settings, a key of its own, and people who sign in through the pages as a browser would."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

if TYPE_CHECKING:
    from voordeur.records.staff.models import Staff

OWN_PHRASE = "paard batterij nietje fiets"


@pytest.fixture(scope="module", autouse=True)
def desk_settings(django_db_setup: None) -> Iterator[None]:
    """Everything that is set otherwise in the desk's process, once for a file: to set it takes longer than a test."""
    from django.conf import settings
    from django.test import override_settings

    from voordeur.settings import desk as of_the_desk

    others, missing = {}, object()
    for name in dir(of_the_desk):
        if name.isupper() and name not in ("DATABASES", "ENV", "LOGGING", "SECRET_KEY"):
            value = getattr(of_the_desk, name)
            if getattr(settings, name, missing) != value:
                others[name] = value
    others["ALLOWED_HOSTS"] = ["testserver", "desk.example"]
    with override_settings(**others, SERVER_SECRET=lambda: b"k" * 32):
        yield


@pytest.fixture(autouse=True)
def desk(desk_settings: None) -> Iterator[None]:
    """As in the desk's process, and nothing of the test before is left."""
    from django.core.cache import cache

    from voordeur.faces.server_key import server_key

    server_key.cache_clear()
    cache.clear()
    yield
    cache.clear()
    server_key.cache_clear()


class Browser:
    """A browser at the desk: it keeps cookies, and sends the token of the form that it last saw."""

    def __init__(self, language: str = "en") -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"accept-language": language})
        self.secret = ""
        self.codes: list[str] = []
        self._last_code = ""

    def get(self, path: str) -> Any:
        """Open a page."""
        return self.client.get(path)

    def post(self, path: str, seen_at: str = "", **fields: str) -> Any:
        """Send a form, with the token of the page at `seen_at` (default: the page that it is sent to)."""
        token = token_of(self.client.get(seen_at or path))
        return self.client.post(path, {"csrfmiddlewaretoken": token, **fields})

    def types_passphrase(self, name: str, passphrase: str) -> Any:
        """The first page of signing in."""
        return self.post("/sign-in", login=name, password=passphrase)

    def types_code(self, code: str = "") -> Any:
        """The second page; the app's own code unless another is given."""
        return self.post("/sign-in/second", code=code or self.code())

    def code(self) -> str:
        """What the app shows; a fresh one each time (the app's neighbouring codes are good too)."""
        from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

        now = int(time.time()) // 30
        shown = [format_hotp_value(hotp_value(self.secret, now + step)) for step in (0, 1, -1)]
        self._last_code = next(one for one in shown if one != self._last_code)
        return self._last_code

    def sets_up(self, name: str, passphrase: str) -> None:
        """The first time: an own passphrase, the app, and the codes for when it is lost."""
        self.types_passphrase(name, passphrase)
        self.post("/me/passphrase", new=OWN_PHRASE, again=OWN_PHRASE)
        page = self.get("/me/app")
        found = re.search(r'class="secret">([A-Z2-7 ]+)<', page.content.decode())
        assert found is not None
        self.secret = found[1].replace(" ", "")
        answer = self.client.post("/me/app", {"csrfmiddlewaretoken": token_of(page), "code": self.code()})
        assert answer.headers["Location"] == "/me/codes"
        self.codes = re.findall(r"<li>(\d{5} \d{5})</li>", self.get("/me/codes").content.decode())

    def signs_out(self) -> Any:
        """Away from the desk."""
        return self.post("/sign-out", seen_at="/me")


def token_of(page: Any) -> str:
    """The token of the first form on a page."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert found is not None, page.content.decode()[:500]
    return found[1]


@pytest.fixture
def browser() -> Browser:
    """A browser without cookies."""
    return Browser()


@pytest.fixture
def newcomer(db: None) -> tuple[Staff, str]:
    """A new responder and the passphrase of the first sign-in."""
    from voordeur.records.staff import actions
    from voordeur.vocabulary import StaffRole

    moment = datetime.now(UTC)
    team = actions.add_team(slug="central", name="Central")
    made = actions.add_staff(name="noor", shown_name="Noor", languages=["nl"], moment=moment)
    actions.add_member(staff=made.staff, team=team, role=StaffRole.RESPONDER, moment=moment)
    return made.staff, made.passphrase


@pytest.fixture
def at_work(browser: Browser, newcomer: tuple[Staff, str]) -> Browser:
    """The responder's browser, set up and signed in."""
    browser.sets_up("noor", newcomer[1])
    return browser
