"""Changing the outbox: verbs, each in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from voordeur.records.outbox.models import Notice, TeamAddress
from voordeur.records.outbox.queries import is_due
from voordeur.records.outbox.seals import Address, Times, opened_address, opened_times
from voordeur.records.staff.models import Team
from voordeur.rules.notices import KEPT, LONGEST_ADDRESS, is_given_up, is_mail_address, next_try
from voordeur.rules.opening import AMSTERDAM
from voordeur.secrecy.keyring import KeyDoesNotFit, ServerKey


class AddressNotUsable(ValueError):
    """This is no mail address that a notice can go to, or no team that gets notices; the message says which."""


def ask_notice(*, team: Team, moment: datetime) -> bool:
    """Let a mail tell this team that something waits; whether one waits to be sent now.

    Asked twice is one mail. None is made where no mail is set on this server, for a team that is no partner's, and
    for one that set no address.
    """
    if settings.ENV.smtp is None or not team.organization or not TeamAddress.objects.filter(team=team).exists():
        return False
    with transaction.atomic():
        made_on = moment.astimezone(AMSTERDAM).date()
        notice, is_new = Notice.objects.select_for_update().get_or_create(team=team, defaults={"made_on": made_on})
        if not is_new and notice.is_given_up:
            _begin_again(notice)
            notice.made_on = made_on
            notice.save()
        return True


def take_notice(*, team_id: int, moment: datetime, server_key: ServerKey) -> bool:
    """Count a try of this team's notice, before it is made; False when another process did so, or it is gone.

    Whoever falls while sending leaves a notice that is tried again later.
    """
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(team_id=team_id, is_given_up=False).first()
        if notice is None or not is_due(notice, moment, server_key):
            return False
        first = _first_try(notice, moment, server_key)
        notice.tries += 1
        notice.sealed = Times(first, next_try(notice.tries, moment)).sealed(server_key, team_id)
        notice.save()
        return True


def delivered(*, team_id: int, moment: datetime, server_key: ServerKey) -> None:
    """The mail went: the notice is gone, and the team's next one waits a while."""
    with transaction.atomic():
        Notice.objects.filter(team_id=team_id).delete()
        row = TeamAddress.objects.select_for_update().filter(team_id=team_id).first()
        if row is not None:
            address = opened_address(server_key, team_id, row.sealed)
            row.sealed = replace(address, last_mail=moment).sealed(server_key, team_id)
            row.save()


def failed(*, team_id: int, moment: datetime, server_key: ServerKey) -> bool:
    """The mail did not go. True when the notice was tried for a day and is given up now."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(team_id=team_id, is_given_up=False).first()
        if notice is None or not is_given_up(_first_try(notice, moment, server_key), moment):
            return False
        notice.is_given_up = True
        notice.save()
        return True


def withdraw_notice(*, team: Team) -> None:
    """Nothing waits for this team any more: a mail that did not go yet is not sent."""
    with transaction.atomic():
        Notice.objects.filter(team=team).delete()


def set_notice_address(*, team: Team, address: str, server_key: ServerKey) -> None:
    """Where this team wants its notices; one that waits is tried anew. Raises AddressNotUsable."""
    if not team.organization:
        raise AddressNotUsable("only a partner's team gets notices")
    if not is_mail_address(address):
        raise AddressNotUsable(f"one mail address of at most {LONGEST_ADDRESS} plain signs is expected")
    with transaction.atomic():
        row = TeamAddress.objects.select_for_update().filter(team=team).first() or TeamAddress(team=team)
        try:
            before = opened_address(server_key, team.pk, row.sealed) if row.pk else None
        except KeyDoesNotFit:
            before = None
        last_mail = before.last_mail if before and before.mail == address else None
        row.sealed = Address(address, last_mail).sealed(server_key, team.pk)
        row.save()
        for notice in Notice.objects.select_for_update().filter(team=team):
            _begin_again(notice)
            notice.save()


def remove_notice_address(*, team: Team) -> None:
    """No notices for this team any more; one that waits is gone too."""
    with transaction.atomic():
        Notice.objects.filter(team=team).delete()
        TeamAddress.objects.filter(team=team).delete()


def forget_old(*, moment: datetime) -> int:
    """Delete notices of more than a week ago, and all of them where no mail is set any more; gives how many."""
    rows = Notice.objects.all()
    if settings.ENV.smtp is not None:
        rows = rows.filter(made_on__lt=(moment - KEPT).astimezone(AMSTERDAM).date())
    with transaction.atomic():
        return rows.delete()[0]


def _begin_again(notice: Notice) -> None:
    notice.tries, notice.is_given_up, notice.sealed = 0, False, b""


def _first_try(notice: Notice, moment: datetime, server_key: ServerKey) -> datetime:
    try:
        times = opened_times(server_key, notice.team_id, notice.sealed)
    except KeyDoesNotFit:
        times = None
    return times.first if times else moment
