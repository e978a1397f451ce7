"""What `voordeur doctor` looks at of hand-overs, and of who reads a conversation besides its visitor and the desk.

A line counts; it names no conversation, nobody, and no organisation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from voordeur.faces.terminal.doctor import Finding, _server_key, _told
from voordeur.secrecy.keyring import KeyDoesNotFit, ServerKey
from voordeur.vocabulary import GrantReason, TalkState

if TYPE_CHECKING:
    from voordeur.records.conversations.queries import Held

#: Longer than this past its limit, and the timers do not do their work.
PAST_ITS_LIMIT = timedelta(hours=1)
BUDDY_REASONS = (GrantReason.BUDDY, GrantReason.BUDDY_TALK)


def handovers(moment: datetime) -> Iterator[Finding]:
    """Labels, marks, desks and limits of every hand-over."""
    from django.conf import settings

    from voordeur.records.handovers import actions, queries
    from voordeur.records.staff.queries import all_teams
    from voordeur.rules.handover import ENDS, load_limits

    key = _server_key()
    found, teams = queries.everything(key), {team.slug for team in all_teams()}
    number = queries.how_many()
    closed = number - len(found) + queries.closed_labels(key)
    yield _told(
        not closed,
        f"{number} hand-overs: every label opens with the server's key, also of buddies and of what is permitted",
        f"{closed} labels of hand-overs, buddies or permissions do not open",
        "put back the server's key that belongs to this database, or the newest backup",
    )
    unmarked = sum(not is_marked for _, is_marked in found)
    yield _told(
        not unmarked,
        f"{number} hand-overs: no text is there without a yes or two signatures",
        f"{unmarked} of {number} hand-overs hold a text without the mark of a yes or of two signatures",
        "no partner can open it; find out who wrote in the database (“voordeur audit show”)",
    )
    lost = sum((one.label.now not in ENDS or one.label.is_back) and one.label.desk not in teams for one, _ in found)
    yield _told(
        not lost,
        f"{number} hand-overs: each that is not over has a first desk that is there",
        f"{lost} of {number} hand-overs are not over and have no first desk that is there",
        "make the missing team again",
    )
    limits = load_limits(settings.CONTENT / "handover" / "limits.toml")
    late = sum(
        one.label.now not in ENDS and actions.is_past(one.label, moment - PAST_ITS_LIMIT, limits) for one, _ in found
    )
    yield _told(
        not late,
        f"{number} hand-overs: none stands past its limit",
        f"{late} of {number} hand-overs stand more than an hour past their limit",
        "see whether the clock runs; “voordeur tick” takes the next step now",
    )


@dataclass(frozen=True, slots=True)
class Company:
    """Who may read a conversation besides its visitor and the desk: buddies with why, and tags of guests.

    `is_known` is False when a label does not open; another line says so.
    """

    buddies: Mapping[bytes, GrantReason]
    guests: frozenset[bytes]
    is_known: bool = True


def company_of(one: Held, key: ServerKey) -> Company:
    """Who goes along with this visitor, and who joined from a partner under a living yes."""
    from voordeur.records.handovers.queries import guests_and_buddies

    try:
        due = guests_and_buddies(one.id, key)
    except KeyDoesNotFit:
        return Company({}, frozenset(), is_known=False)
    return Company(
        {each.tag: each.reason for each in due if each.reason in BUDDY_REASONS},
        frozenset(each.tag for each in due if each.reason is GrantReason.GUEST),
    )


def is_stray(reasons: Mapping[bytes, GrantReason], known: frozenset[bytes], company: Company) -> bool:
    """Whether a key is there for nobody that is known."""
    strange = set(reasons) - known - set(company.buddies)
    return any(company.is_known or reasons[tag] not in BUDDY_REASONS for tag in strange)


def is_without_reason(reasons: Mapping[bytes, GrantReason], logins: Mapping[bytes, bool], company: Company) -> bool:
    """Whether somebody is called a guest who has no login, or a buddy who is none, or the other way round."""
    return any(why is GrantReason.GUEST and tag not in logins for tag, why in reasons.items()) or (
        company.is_known and any((why in BUDDY_REASONS) != (tag in company.buddies) for tag, why in reasons.items())
    )


def is_too_long(one: Held, reasons: Mapping[bytes, GrantReason], company: Company, *, is_present: bool) -> bool:
    """Whether a guest holds the keys of now without a living yes, or a buddy keys that were taken back.

    Who was handed the conversation was a guest before; who holds it is none.
    """
    if not company.is_known:
        return False
    if any(reasons.get(tag, why) is not why for tag, why in company.buddies.items()):
        return True
    may = company.guests | {one.owner_tag}
    return (
        is_present
        and one.state is TalkState.HELD
        and any(why is GrantReason.GUEST and tag not in may for tag, why in reasons.items())
    )
