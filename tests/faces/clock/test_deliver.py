"""Notices by mail to a real mail server on this machine: once, later when it is down, and nothing but that it waits."""

from __future__ import annotations

import base64
import email
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import policy
from typing import Any

import pytest
from django.conf import settings as now

from tests.faces.clock.conftest import NOON, Begin
from tests.reach.post_office import HOST, PASSWORD, USER, PostOffice, free_port
from voordeur.faces.clock.deliver import notices
from voordeur.records.outbox import actions
from voordeur.records.outbox.models import Notice
from voordeur.records.staff.actions import add_team
from voordeur.records.staff.models import Team
from voordeur.secrecy.keyring import ServerKey
from voordeur.settings.env import Env, MailServer

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Requiring AUTH")]
MINUTE = timedelta(minutes=1)
Set = Callable[..., Env]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    one = PostOffice().open()
    yield one
    one.close()


@pytest.fixture
def mail(settings: Any) -> Set:
    """Set the mail server of this server; gives the settings."""

    def call(port: int, user: str = "", password: str = "") -> Env:
        smtp = MailServer(HOST, port, user, password, is_plain=True)
        settings.ENV = replace(now.ENV, smtp=smtp, mail_from="post@mail.example", desk_url="https://kantoor.example/")
        env: Env = settings.ENV
        return env

    return call


def ours(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the clock wrote; the mail server of the test writes too."""
    return [one.getMessage() for one in caplog.records if one.name.startswith("voordeur")]


def partner(key: ServerKey, slug: str = "zonnebloem") -> Team:
    team = add_team(slug=slug, name=f"Team {slug.title()}", organization=f"stichting-{slug}")
    actions.set_notice_address(team=team, address=f"{slug}@partner.example", server_key=key)
    return team


def test_a_notice_is_one_mail_however_often_it_was_asked(key: ServerKey, mail: Set, office: PostOffice) -> None:
    env, team = mail(office.port), partner(key)
    for seconds in (0, 1, 90):
        assert actions.ask_notice(team=team, moment=NOON + seconds * timedelta(seconds=1))
    assert notices(env).deliver(NOON + 2 * MINUTE) == "1 notices sent, 0 failed"
    assert notices(env).deliver(NOON + 3 * MINUTE) == "0 notices sent, 0 failed"
    assert office.receivers == ["zonnebloem@partner.example"]
    assert Notice.objects.count() == 0


def test_the_mail_says_that_something_waits_and_where_to_sign_in_and_nothing_else(
    key: ServerKey, mail: Set, office: PostOffice
) -> None:
    env = mail(office.port)
    actions.ask_notice(team=partner(key), moment=NOON)
    notices(env).deliver(NOON)
    read = email.message_from_bytes(office.mails[0], policy=policy.default)
    assert read["Subject"] == "Er wacht iets / Something waits"
    assert read.get_content().replace("\r\n", "\n") == (
        "Er wacht iets voor je team. Log in om het te zien:\nhttps://kantoor.example/\n\n"
        "Something waits for your team. Sign in to see it:\nhttps://kantoor.example/\n"
    )


def test_no_byte_of_the_mail_tells_who_what_or_through_which_door(
    key: ServerKey, mail: Set, office: PostOffice, begin: Begin
) -> None:
    env = mail(office.port)
    team = add_team(slug="zonnebloem", name="Blijfhuis Zonnebloem", organization="stichting-zonnebloem")
    actions.set_notice_address(team=team, address="wacht@partner.example", server_key=key)
    conversation = begin(7, door="sport", is_danger=True, language="nl", wish="peer")
    actions.ask_notice(team=team, moment=NOON - 7 * MINUTE)
    notices(env).deliver(NOON)
    (came,) = office.mails
    read = email.message_from_bytes(came, policy=policy.default)
    said = (came + read.get_content().encode() + str(read["Subject"]).encode()).lower()
    planted = (conversation, "zonnebloem", "blijfhuis", "stichting", "sport", "central", "peer", "danger", "gevaar",
               "geweld", "violence", "abuse", "mishandel", "opvang", "shelter", "overdracht", "hand-over", "gesprek",
               "conversation", "visitor", "bezoeker", "help", "voordeur", "11:53", "10:53", "python", "reply-to",
               "user-agent", "x-mailer", "bcc", "cc:")  # fmt: skip
    found = [word for word in planted if word.encode() in said or base64.b64encode(word.encode()).lower() in said]
    assert found == []
    assert set(re.findall(rb"[\w.+-]+@[\w.-]+", said)) - {b"wacht@partner.example", b"post@mail.example"} == {
        str(read["Message-ID"]).strip("<>").encode()
    }


def test_a_mail_server_that_is_down_loses_nothing_and_is_tried_later_and_later(
    key: ServerKey, mail: Set, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("voordeur").propagate = True
    port = free_port()
    env = mail(port)
    actions.ask_notice(team=partner(key), moment=NOON)
    timer, moment, tried = notices(env), NOON, []
    while moment < NOON + 25 * MINUTE:
        if timer.deliver(moment) == "0 notices sent, 1 failed":
            tried.append((moment - NOON) // MINUTE)
        moment += timedelta(seconds=20)
    assert tried == [0, 1, 6, 21]
    assert set(ours(caplog)) == {"a notice by mail did not go, and is tried again: the mail server does not answer"}
    again = PostOffice(port).open()
    try:
        assert timer.deliver(NOON + 80 * MINUTE) == "0 notices sent, 0 failed"
        assert timer.deliver(NOON + 81 * MINUTE) == "1 notices sent, 0 failed"
        assert again.receivers == ["zonnebloem@partner.example"]
    finally:
        again.close()


def test_of_many_teams_one_waits_for_a_dead_mail_server_in_each_turn(key: ServerKey, mail: Set) -> None:
    env = mail(free_port())
    for slug in ("een", "twee", "drie"):
        actions.ask_notice(team=partner(key, slug), moment=NOON)
    for _ in range(3):
        assert notices(env).deliver(NOON) == "0 notices sent, 1 failed"
    assert notices(env).deliver(NOON) == "0 notices sent, 0 failed"


def test_an_address_that_is_refused_holds_up_no_other_team(key: ServerKey, mail: Set, office: PostOffice) -> None:
    env = mail(office.port)
    office.unknown = {"een@partner.example"}
    for slug in ("een", "twee"):
        actions.ask_notice(team=partner(key, slug), moment=NOON)
    assert notices(env).deliver(NOON) == "1 notices sent, 1 failed"
    assert office.receivers == ["twee@partner.example"]


def test_after_a_day_it_is_given_up_with_a_word_that_names_nobody(
    key: ServerKey, mail: Set, office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("voordeur").propagate = True
    env = mail(office.port)
    office.unknown = {"zonnebloem@partner.example"}
    actions.ask_notice(team=partner(key), moment=NOON)
    moment = NOON
    while Notice.objects.filter(is_given_up=False).exists():
        notices(env).deliver(moment)
        moment += 10 * MINUTE
    assert timedelta(days=1) <= moment - NOON <= timedelta(hours=26)
    assert ours(caplog)[-1] == (
        "a notice by mail was given up after a day: the mail server does not take the address of a team"
    )
    said = " ".join(ours(caplog)).lower()
    assert "zonnebloem" not in said and "partner" not in said
    callers = office.callers
    assert notices(env).deliver(moment + timedelta(days=1)) == "0 notices sent, 0 failed"
    assert office.callers == callers


def test_wrong_credentials_are_a_sentence_in_the_log(
    key: ServerKey, mail: Set, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("voordeur").propagate = True
    office = PostOffice(has_users=True).open()
    try:
        env = mail(office.port, USER, "verkeerd")
        actions.ask_notice(team=partner(key), moment=NOON)
        assert notices(env).deliver(NOON) == "0 notices sent, 1 failed"
        assert ours(caplog) == [
            "a notice by mail did not go, and is tried again: the mail server does not take the user and password"
        ]
        assert "verkeerd" not in caplog.text
        assert notices(mail(office.port, USER, PASSWORD)).deliver(NOON + MINUTE) == "1 notices sent, 0 failed"
    finally:
        office.close()


def test_without_a_mail_server_nobody_is_called(key: ServerKey, mail: Set, office: PostOffice, settings: Any) -> None:
    mail(office.port)
    team = partner(key)
    actions.ask_notice(team=team, moment=NOON)
    settings.ENV = replace(now.ENV, smtp=None)
    assert notices(settings.ENV).deliver(NOON) == "no mail is set"
    assert not actions.ask_notice(team=team, moment=NOON)
    assert (office.callers, office.mails) == (0, [])


def test_a_team_that_had_a_mail_gets_the_next_one_half_an_hour_later(
    key: ServerKey, mail: Set, office: PostOffice
) -> None:
    env, team = mail(office.port), partner(key)
    for minutes in range(0, 60, 5):
        actions.ask_notice(team=team, moment=NOON + minutes * MINUTE)
        notices(env).deliver(NOON + minutes * MINUTE)
    assert len(office.mails) == 2
