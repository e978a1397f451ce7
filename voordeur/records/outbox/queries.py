"""Reading the outbox: what waits to be sent, and where a team wants it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from voordeur.records.outbox.models import Notice, TeamAddress
from voordeur.records.outbox.seals import Address, opened_address, opened_times
from voordeur.records.staff.models import Team
from voordeur.rules.notices import is_quiet
from voordeur.rules.opening import AMSTERDAM
from voordeur.secrecy.keyring import KeyDoesNotFit, ServerKey


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice whose time has come: for which team, and to which address."""

    team_id: int
    address: str = field(repr=False)


def waiting_notices(moment: datetime, server_key: ServerKey) -> tuple[Waiting, ...]:
    """The notices that are to be sent now, oldest first.

    Not those that were tried short ago or were given up, and not those of a team that had a mail short ago.
    """
    found = []
    for one in Notice.objects.filter(is_given_up=False).select_related("team__notice_address"):
        address = _address(one.team, server_key)
        if address is not None and not is_quiet(address.last_mail, moment) and is_due(one, moment, server_key):
            found.append(Waiting(one.team_id, address.mail))
    return tuple(found)


def is_due(notice: Notice, moment: datetime, server_key: ServerKey) -> bool:
    """Whether it was never tried, or its next try has come. Times that do not open count as never tried."""
    try:
        times = opened_times(server_key, notice.team_id, notice.sealed)
    except KeyDoesNotFit:
        return True
    return times is None or times.following <= moment


def notice_address(team: Team, server_key: ServerKey) -> str | None:
    """Where this team wants its notices; for who leads it. None when none is set or it cannot be opened."""
    found = _address(Team.objects.select_related("notice_address").filter(pk=team.pk).first(), server_key)
    return found.mail if found else None


def has_notice_address(team: Team) -> bool:
    """Whether this team set an address."""
    return TeamAddress.objects.filter(team=team).exists()


def late_notices(moment: datetime) -> int:
    """How many notices wait for more than a day, or were given up after one."""
    before = (moment - timedelta(days=1)).astimezone(AMSTERDAM).date()
    return sum(one.is_given_up or one.made_on < before for one in Notice.objects.all())


def _address(team: Team | None, server_key: ServerKey) -> Address | None:
    row = getattr(team, "notice_address", None)
    if row is None:
        return None
    try:
        return opened_address(server_key, row.team_id, row.sealed)
    except KeyDoesNotFit:
        return None
