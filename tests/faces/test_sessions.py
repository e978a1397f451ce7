"""Sessions at rest: of no use to who reads the table, and over when they are over."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faces.desk.conftest import OWN_PHRASE, Browser
from tests.faces.desk.conftest import at_work as at_work
from tests.faces.desk.conftest import browser as browser
from tests.faces.desk.conftest import desk as desk
from tests.faces.desk.conftest import desk_settings as desk_settings
from tests.faces.desk.conftest import newcomer as newcomer
from voordeur.faces.server_key import server_key
from voordeur.faces.sessions import SessionStore, staff_of_cookie
from voordeur.records.staff import actions
from voordeur.records.staff.models import DeskSession, Staff


def _cookie(browser: Browser) -> str:
    return str(browser.client.cookies["desk"].value)


def _now() -> datetime:
    return datetime.now(UTC)


def test_the_table_holds_neither_the_cookie_nor_anything_that_can_be_read(at_work: Browser) -> None:
    row = DeskSession.objects.get()
    assert _cookie(at_work) not in row.key_hash
    assert hashlib.sha256(_cookie(at_work).encode()).hexdigest() != row.key_hash
    assert b"_auth_user" not in bytes(row.sealed)
    assert len(bytes(row.sealed)) % 2048 == 28


def test_a_row_under_another_hash_does_not_open(at_work: Browser) -> None:
    assert at_work.get("/me").status_code == 200
    other = SessionStore()
    other["second"] = True
    other.create()
    stolen = bytes(DeskSession.objects.exclude(staff=None).get().sealed)
    DeskSession.objects.filter(staff=None).update(sealed=stolen)
    assert SessionStore(other.session_key).load() == {}


@pytest.mark.parametrize(("field", "ago", "is_in"), [
    ("seen", timedelta(minutes=59), True), ("seen", timedelta(minutes=61), False),
    ("began", timedelta(hours=11, minutes=59), True), ("began", timedelta(hours=12, minutes=1), False),
])  # fmt: skip
def test_a_session_ends_after_an_hour_of_nothing_and_after_twelve_hours(
    at_work: Browser, field: str, ago: timedelta, is_in: bool
) -> None:
    session = at_work.client.session
    session[field] = int(time.time() - ago.total_seconds())
    session.save()
    assert (at_work.get("/me").status_code == 200) is is_in
    assert (staff_of_cookie(_cookie(at_work), _now()) is not None) is is_in


def test_doing_something_begins_the_hour_anew_but_never_the_twelve(at_work: Browser) -> None:
    session = at_work.client.session
    session["seen"], session["began"] = int(time.time()) - 3000, int(time.time()) - 12 * 3600 + 1800
    session.save()
    at_work.get("/me")
    ends_at = DeskSession.objects.get().ends_at
    assert timedelta(minutes=29) < ends_at - _now() <= timedelta(minutes=30)


def test_the_cookie_of_a_stream_is_known_by_the_same_gate(at_work: Browser) -> None:
    assert staff_of_cookie(_cookie(at_work), _now()) == Staff.objects.get()
    for wrong in ("", "x", "a" * 32, "a" * 500, "é"):
        assert staff_of_cookie(wrong, _now()) is None
    half = Browser()
    half.types_passphrase("noor", OWN_PHRASE)
    assert staff_of_cookie(_cookie(half), _now()) is None


@pytest.mark.parametrize("change", ["off", "hash", "first passphrase", "no factor"])
def test_the_cookie_of_a_stream_is_of_no_use_when_the_login_changed(at_work: Browser, change: str) -> None:
    staff = Staff.objects.get()
    if change == "off":
        Staff.objects.update(is_active=False)
    elif change == "hash":
        staff.set_password("another passphrase altogether")
        staff.save()
    elif change == "first passphrase":
        Staff.objects.update(once_until=_now())
    else:
        staff.authenticator_set.all().delete()  # type: ignore[attr-defined]
    assert staff_of_cookie(_cookie(at_work), _now()) is None


def test_a_reset_ends_every_session(at_work: Browser) -> None:
    actions.reset_staff(staff=Staff.objects.get(), moment=_now())
    assert at_work.get("/me").headers["Location"] == "/sign-in"
    assert staff_of_cookie(_cookie(at_work), _now()) is None


def test_another_servers_key_opens_no_session(at_work: Browser, settings: Any) -> None:
    settings.SERVER_SECRET = lambda: b"o" * 32
    server_key.cache_clear()
    assert staff_of_cookie(_cookie(at_work), _now()) is None
    assert at_work.get("/me").headers["Location"] == "/sign-in"


def test_sessions_past_their_end_are_deleted_by_the_framework_and_at_sign_in(at_work: Browser) -> None:
    for number in range(3):
        actions.keep_session(
            key_hash=str(number) * 64, staff_id=None, sealed=b"x", ends_at=_now() - timedelta(minutes=1), must_be=False
        )
    at_work.signs_out()
    at_work.types_passphrase("noor", OWN_PHRASE)
    assert DeskSession.objects.count() == 4
    at_work.types_code()
    assert DeskSession.objects.count() == 1
    DeskSession.objects.update(ends_at=_now())
    SessionStore.clear_expired()
    assert DeskSession.objects.count() == 0
