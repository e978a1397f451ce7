"""Notices: one for each team, tried again and given up; and where a team wants them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as now
from django.db import IntegrityError, connection, transaction

from tests.records.outbox.conftest import ADDRESS, NOON
from voordeur.records.outbox import actions
from voordeur.records.outbox.actions import AddressNotUsable, ask_notice
from voordeur.records.outbox.models import Notice, TeamAddress
from voordeur.records.outbox.queries import late_notices, notice_address, waiting_notices
from voordeur.records.staff.actions import add_team
from voordeur.records.staff.models import Team
from voordeur.secrecy.keyring import ServerKey

MINUTE = timedelta(minutes=1)


def due(moment: datetime, key: ServerKey) -> list[str]:
    return [one.address for one in waiting_notices(moment, key)]


def fails_once(team: Team, moment: datetime, key: ServerKey) -> bool:
    assert actions.take_notice(team_id=team.pk, moment=moment, server_key=key)
    return actions.failed(team_id=team.pk, moment=moment, server_key=key)


def test_asked_twice_is_one_notice(team: Team, key: ServerKey) -> None:
    assert ask_notice(team=team, moment=NOON)
    assert ask_notice(team=team, moment=NOON + MINUTE)
    assert due(NOON + MINUTE, key) == [ADDRESS]
    assert Notice.objects.count() == 1


def test_the_database_itself_takes_no_second_one(team: Team) -> None:
    ask_notice(team=team, moment=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(team=team, made_on=NOON.date())


def test_without_a_mail_server_none_is_made(team: Team, settings: Any) -> None:
    settings.ENV = replace(now.ENV, smtp=None)
    assert not ask_notice(team=team, moment=NOON)
    assert Notice.objects.count() == 0


def test_a_team_without_an_address_gets_none(team: Team) -> None:
    other = add_team(slug="other", name="Other", organization="other")
    assert not ask_notice(team=other, moment=NOON)
    actions.remove_notice_address(team=team)
    assert not ask_notice(team=team, moment=NOON)
    assert Notice.objects.count() == 0


def test_a_team_of_the_door_itself_gets_none_and_can_set_no_address(team: Team, key: ServerKey) -> None:
    own = add_team(slug="central", name="Central")
    with pytest.raises(AddressNotUsable, match="partner"):
        actions.set_notice_address(team=own, address=ADDRESS, server_key=key)
    Team.objects.filter(pk=team.pk).update(organization="")
    team.refresh_from_db()
    assert not ask_notice(team=team, moment=NOON)


@pytest.mark.parametrize("address", ["", "nobody", "a@b.nl\nBcc: c@d.nl", "a" * 300 + "@b.nl"])
def test_what_is_no_address_is_refused_and_the_one_before_stays(address: str, team: Team, key: ServerKey) -> None:
    with pytest.raises(AddressNotUsable):
        actions.set_notice_address(team=team, address=address, server_key=key)
    assert notice_address(team, key) == ADDRESS


def test_a_notice_that_went_is_gone_and_the_next_one_waits_half_an_hour(team: Team, key: ServerKey) -> None:
    ask_notice(team=team, moment=NOON)
    assert actions.take_notice(team_id=team.pk, moment=NOON, server_key=key)
    actions.delivered(team_id=team.pk, moment=NOON, server_key=key)
    assert Notice.objects.count() == 0
    assert ask_notice(team=team, moment=NOON + MINUTE)
    assert due(NOON + 29 * MINUTE, key) == []
    assert due(NOON + 30 * MINUTE, key) == [ADDRESS]


def test_a_notice_that_is_being_sent_is_taken_by_nobody_else(team: Team, key: ServerKey) -> None:
    ask_notice(team=team, moment=NOON)
    assert actions.take_notice(team_id=team.pk, moment=NOON, server_key=key)
    assert due(NOON, key) == []
    assert not actions.take_notice(team_id=team.pk, moment=NOON, server_key=key)


def test_after_each_failure_it_waits_longer_and_nothing_is_lost(team: Team, key: ServerKey) -> None:
    ask_notice(team=team, moment=NOON)
    moment = NOON
    for minutes in (1, 5, 15, 60, 60):
        assert not fails_once(team, moment, key)
        assert due(moment + (minutes * 60 - 1) * timedelta(seconds=1), key) == []
        moment += minutes * MINUTE
        assert due(moment, key) == [ADDRESS]
    assert ask_notice(team=team, moment=moment)  # asking again changes nothing
    assert Notice.objects.get().tries == 5


def test_after_a_day_it_is_given_up_stays_to_be_seen_and_begins_anew_when_asked(team: Team, key: ServerKey) -> None:
    ask_notice(team=team, moment=NOON)
    assert not fails_once(team, NOON, key)
    later = NOON + timedelta(days=1)
    assert late_notices(later) == 0
    assert fails_once(team, later, key)
    assert (due(later + timedelta(days=2), key), late_notices(later)) == ([], 1)
    assert not actions.take_notice(team_id=team.pk, moment=later + timedelta(days=2), server_key=key)
    assert ask_notice(team=team, moment=later)
    assert (due(later, key), late_notices(later)) == ([ADDRESS], 0)
    assert not fails_once(team, later, key)


def test_another_address_is_tried_at_once(team: Team, key: ServerKey) -> None:
    ask_notice(team=team, moment=NOON)
    fails_once(team, NOON, key)
    fails_once(team, NOON + timedelta(days=1), key)
    actions.set_notice_address(team=team, address="new@partner.example", server_key=key)
    assert due(NOON + timedelta(days=1), key) == ["new@partner.example"]


def test_to_set_the_same_address_again_brings_no_second_mail_sooner(team: Team, key: ServerKey) -> None:
    actions.delivered(team_id=team.pk, moment=NOON, server_key=key)
    actions.set_notice_address(team=team, address=ADDRESS, server_key=key)
    ask_notice(team=team, moment=NOON)
    assert due(NOON + MINUTE, key) == []


def test_without_an_address_what_waited_is_gone(team: Team, key: ServerKey) -> None:
    ask_notice(team=team, moment=NOON)
    actions.remove_notice_address(team=team)
    assert (Notice.objects.count(), TeamAddress.objects.count()) == (0, 0)
    assert notice_address(team, key) is None


def test_when_nothing_waits_any_more_nothing_is_sent(team: Team, key: ServerKey) -> None:
    ask_notice(team=team, moment=NOON)
    actions.withdraw_notice(team=team)
    assert due(NOON, key) == []
    assert not actions.take_notice(team_id=team.pk, moment=NOON, server_key=key)


def test_what_waits_for_more_than_a_week_is_forgotten(team: Team) -> None:
    ask_notice(team=team, moment=NOON)
    assert actions.forget_old(moment=NOON + timedelta(days=7)) == 0
    assert actions.forget_old(moment=NOON + timedelta(days=8)) == 1


def test_what_waits_is_forgotten_at_once_where_no_mail_is_set_any_more(team: Team, settings: Any) -> None:
    ask_notice(team=team, moment=NOON)
    settings.ENV = replace(now.ENV, smtp=None)
    assert actions.forget_old(moment=NOON) == 1


def test_no_row_holds_an_address_or_a_moment_that_can_be_read(team: Team, key: ServerKey) -> None:
    ask_notice(team=team, moment=NOON)
    fails_once(team, NOON, key)
    actions.set_notice_address(team=team, address="zeldzaam@partner.example", server_key=key)
    actions.take_notice(team_id=team.pk, moment=NOON, server_key=key)
    actions.delivered(team_id=team.pk, moment=NOON, server_key=key)
    ask_notice(team=team, moment=NOON)
    fails_once(team, NOON, key)
    with connection.cursor() as cursor:
        rows = []
        for table in ("outbox_notice", "outbox_teamaddress"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            rows += cursor.fetchall()
    assert len(rows) == 2
    said = b" ".join(one if isinstance(one, bytes) else str(one).encode() for row in rows for one in row)
    for word in (b"zeldzaam", b"partner", b".example", b"12:0", b"11:0", b"13:0"):
        assert word not in said


def test_every_address_is_sealed_in_one_size_and_opens_for_its_own_team_only(team: Team, key: ServerKey) -> None:
    other = add_team(slug="other", name="Other", organization="other")
    long = "x" * 64 + "@" + "y" * 60 + "." + "z" * 60 + ".example"
    actions.set_notice_address(team=other, address=long, server_key=key)
    actions.delivered(team_id=other.pk, moment=NOON, server_key=key)
    first, second = TeamAddress.objects.all()
    assert len(first.sealed) == len(second.sealed)
    TeamAddress.objects.filter(pk=second.pk).update(sealed=first.sealed)
    assert (notice_address(team, key), notice_address(other, key)) == (ADDRESS, None)
    assert notice_address(team, ServerKey(b"?" * 32)) is None
