"""When a notice is tried, and what a mail address is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from voordeur.rules.notices import is_given_up, is_mail_address, is_quiet, next_try

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("tries", "minutes"), [(0, 1), (1, 1), (2, 5), (3, 15), (4, 60), (5, 60), (30_000, 60)])
def test_each_try_that_fails_waits_longer_up_to_an_hour(tries: int, minutes: int) -> None:
    assert next_try(tries, NOON) == NOON + timedelta(minutes=minutes)


def test_a_notice_is_tried_for_a_day_and_no_longer() -> None:
    assert not is_given_up(NOON, NOON + timedelta(hours=23, minutes=59))
    assert is_given_up(NOON, NOON + timedelta(hours=24))


def test_half_an_hour_after_a_mail_there_is_no_other() -> None:
    assert not is_quiet(None, NOON)
    assert is_quiet(NOON, NOON)
    assert is_quiet(NOON, NOON + timedelta(minutes=29))
    assert not is_quiet(NOON, NOON + timedelta(minutes=30))


def test_a_mail_that_went_in_the_future_holds_up_none() -> None:
    assert not is_quiet(NOON + timedelta(days=400), NOON)


@pytest.mark.parametrize(
    "text",
    ["a@b.nl", "team.wacht+door@mail.example.org", "o'hara@x-y.example", "x" * 64 + "@example.org"],
)
def test_a_plain_address_is_one(text: str) -> None:
    assert is_mail_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a@", "@b.nl", "a@b", "a b@c.nl", " a@b.nl", "a@b.nl ", "a@b.nl\n", "a@b.nl\r\nBcc: x@y.nl",
        "Noor <a@b.nl>", "a@b.nl,c@d.nl", "a@@b.nl", ".a@b.nl", "a.@b.nl", "a..b@c.nl", "a@-b.nl", "a@b..nl",
        "a@b.nl.", "ä@b.nl", "a@bä.nl", "a@[127.0.0.1]", '"a b"@c.nl', "x" * 65 + "@example.org",
        "a@" + "b." * 110 + "nl", "a@b.nl\0",
    ],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert not is_mail_address(text)
