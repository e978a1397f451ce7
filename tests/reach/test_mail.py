"""One mail to a real server on this machine: what goes over, and what is said when it does not."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import policy
from pathlib import Path
from typing import Any

import pytest

from tests.reach.post_office import HOST, PASSWORD, USER, PostOffice, certificate, free_port
from voordeur.reach.mail import NotSent, Post, send

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")
NOON = datetime(2026, 11, 25, 12, 34, 56, tzinfo=UTC)
SENDER, TO = "post@door.example", "wacht@partner.example"


@contextmanager
def opened(**how: Any) -> Iterator[PostOffice]:
    office = PostOffice(**how).open()
    try:
        yield office
    finally:
        office.close()


def post(office: PostOffice, **how: Any) -> Post:
    return Post(HOST, office.port, **how)


def sends(one: Post, to: str = TO) -> None:
    send(post=one, sender=SENDER, to=to, subject="Er wacht iets", body="Kijk:\nhttps://desk.example/\n", moment=NOON)


@pytest.fixture
def own_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that this process trusts."""
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


def test_a_mail_has_these_headers_and_no_other() -> None:
    with opened() as office:
        sends(post(office, is_plain=True))
        (came,) = office.mails
    read = email.message_from_bytes(came, policy=policy.default)
    assert sorted(read.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
         "MIME-Version"]
    )  # fmt: skip
    assert (read["From"], read["To"], read["Subject"]) == (SENDER, TO, "Er wacht iets")
    assert office.receivers == [TO]
    assert read.get_content().replace("\r\n", "\n") == "Kijk:\nhttps://desk.example/\n"
    assert str(read["Message-ID"]).endswith("@door.example>")


def test_neither_the_mail_nor_the_greeting_names_this_machine() -> None:
    with opened() as office:
        sends(post(office, is_plain=True))
        assert set(office.greeted) == {"door.example"}
        for name in {socket.gethostname(), socket.getfqdn(), HOST, "Python", "voordeur"}:
            assert name.lower().encode() not in office.mails[0].lower()


def test_two_mails_have_nothing_in_common_by_which_one_could_be_told() -> None:
    with opened() as office:
        sends(post(office, is_plain=True))
        sends(post(office, is_plain=True))
        one, two = (email.message_from_bytes(came)["Message-ID"] for came in office.mails)
    assert one != two


def test_it_signs_in_over_an_encrypted_line_when_asked(own_certificate: Path) -> None:
    with opened(certificate=own_certificate, has_users=True) as office:
        sends(post(office, user=USER, password=PASSWORD))
        assert (office.signed_in, office.encrypted) == ([True], [True])


def test_it_speaks_encrypted_from_the_first_byte_when_asked(own_certificate: Path) -> None:
    with opened(certificate=own_certificate, is_tls=True, has_users=True) as office:
        sends(post(office, user=USER, password=PASSWORD, is_tls=True))
        assert (office.signed_in, len(office.mails)) == ([True], 1)


def test_a_certificate_that_nobody_vouches_for_gets_no_mail_and_no_password(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    for is_tls in (True, False):
        with opened(certificate=file, is_tls=is_tls, has_users=True) as office:
            with pytest.raises(NotSent, match="certificate") as wrong:
                sends(post(office, user=USER, password=PASSWORD, is_tls=is_tls))
            assert wrong.value.is_all
            assert (office.mails, office.signed_in) == ([], [])


def test_a_server_without_encryption_gets_no_mail_and_no_password() -> None:
    with opened(has_users=True) as office:
        with pytest.raises(NotSent, match="lacks what is needed"):
            sends(post(office, user=USER, password=PASSWORD))
        assert (office.mails, office.callers) == ([], 1)


@pytest.mark.parametrize(("user", "password"), [(USER, "another"), ("another", PASSWORD)])
def test_a_wrong_user_or_password_is_a_sentence_without_either(user: str, password: str) -> None:
    with opened(has_users=True) as office:
        with pytest.raises(NotSent) as wrong:
            sends(post(office, user=user, password=password, is_plain=True))
        assert (str(wrong.value), wrong.value.is_all) == (
            "the mail server does not take the user and password", True,
        )  # fmt: skip
        assert office.mails == []


def test_an_address_that_is_refused_is_a_sentence_without_it() -> None:
    with opened() as office:
        office.unknown = {TO}
        with pytest.raises(NotSent) as wrong:
            sends(post(office, is_plain=True))
        assert TO not in str(wrong.value) and "no such person" not in str(wrong.value)
        assert not wrong.value.is_all
        sends(post(office, is_plain=True), "other@partner.example")
        assert office.receivers == ["other@partner.example"]


def test_a_server_that_cannot_take_it_now_says_a_number() -> None:
    with opened(broken_after=0) as office, pytest.raises(NotSent, match="answers with 451"):
        sends(post(office, is_plain=True))


def test_nobody_there_is_a_sentence() -> None:
    for is_tls, is_plain in ((False, True), (True, False), (False, False)):
        with pytest.raises(NotSent, match="does not answer"):
            sends(Post(HOST, free_port(), is_tls=is_tls, is_plain=is_plain))


def test_a_server_that_is_silent_is_not_waited_for_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voordeur.reach.mail.PATIENCE_SECONDS", 0.2)
    with socket.create_server((HOST, 0)) as deaf, pytest.raises(NotSent, match="does not answer"):
        sends(Post(HOST, deaf.getsockname()[1], is_plain=True))


def test_neither_password_nor_user_is_shown_by_accident() -> None:
    assert PASSWORD not in repr(Post(HOST, 25, USER, PASSWORD)) and USER not in repr(Post(HOST, 25, USER, PASSWORD))


@pytest.mark.parametrize("to", ["a@b.example\nBcc: x@y.example", "a@b.example\r\n.\r\nMAIL FROM:<x@y>"])
def test_no_address_can_bring_a_header_or_a_command_of_its_own(to: str) -> None:
    with opened() as office:
        with pytest.raises((NotSent, ValueError)):
            sends(post(office, is_plain=True), to)
        assert office.mails == []
