"""Where a partner's team wants its notices by mail. A notice says that something waits, and nothing else.

Who leads the team sees the address and changes it; others of the team see whether there is one.
"""

from __future__ import annotations

from django.conf import settings

from voordeur.faces.desk.api import Answer, Asked, AskedWrongly, NotHere, answers, deed, tell_team
from voordeur.faces.desk.material import places_of
from voordeur.faces.language import N_
from voordeur.faces.server_key import server_key
from voordeur.records.outbox import actions
from voordeur.records.outbox.queries import has_notice_address, notice_address
from voordeur.records.staff.queries import Team
from voordeur.rules.notices import LONGEST_ADDRESS, is_mail_address
from voordeur.rules.rights import Action

NO_ADDRESS = N_("This is not one mail address. Write it without a name, as in team@example.org.")
NOT_SENT_HERE = N_("No notices by mail are sent to this team. Ask the one who runs this installation.")


def address(asked: Asked) -> Answer:
    """Whether this team gets notices; with “address” in the question it is set first, or removed when it is null."""
    place = places_of(asked.staff).get(asked.text("team", 40))
    if place is None:
        raise NotHere
    may_set = place.may(Action.SET_ROSTER)
    if "address" in asked.body:
        if not may_set:
            raise NotHere
        _change(asked, place.team)
    return {
        "is_offered": _is_offered(place.team),
        "is_set": has_notice_address(place.team),
        "may_set": may_set,
        "address": notice_address(place.team, server_key()) if may_set else None,
    }


def _change(asked: Asked, team: Team) -> None:
    if not asked.has("address"):
        with deed(asked, "notice address removed"):
            actions.remove_notice_address(team=team)
    else:
        given = asked.text("address", LONGEST_ADDRESS).strip()
        if not _is_offered(team):
            raise AskedWrongly(asked.words(NOT_SENT_HERE))
        if not is_mail_address(given):
            raise AskedWrongly(asked.words(NO_ADDRESS))
        with deed(asked, "notice address set"):
            actions.set_notice_address(team=team, address=given, server_key=server_key())
    tell_team(team.slug)


def _is_offered(team: Team) -> bool:
    """A partner's team, on a server that sends mail."""
    return bool(team.organization) and settings.ENV.smtp is not None


notice_address_answer = answers(address, is_activity=False)
