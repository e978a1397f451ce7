"""What both sides of a hand-over at the desk share: the limits, and a hand-over as the API shows it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from voordeur.faces import labels
from voordeur.faces.desk.api import Answer, Asked, as_text, maybe_text, tell_conversation, tell_staff, tell_team
from voordeur.faces.desk.material import places_of
from voordeur.faces.language import N_, moment_in_words
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import queries as conversations
from voordeur.records.directory.queries import current_directory
from voordeur.records.handovers import queries
from voordeur.records.handovers.queries import HandoverView, Parcel
from voordeur.records.staff.queries import Team, all_teams, staff_by_id
from voordeur.rules.handover import Limits, cares, due_at, is_late, load_limits
from voordeur.rules.rights import Action
from voordeur.rules.safe_contact import SafeContact
from voordeur.vocabulary import ContactWay, DeclineReason, HandoverState


@lru_cache(maxsize=1)
def limits() -> Limits:
    """The limits of this server. Raises LimitsBroken."""
    return load_limits(Path(settings.CONTENT) / "handover" / "limits.toml")


def organization_name(organization_id: str) -> str:
    """The name of an organisation of the directory; its id when it is there no more."""
    found = current_directory().organizations.get(organization_id)
    return found.name if found else organization_id


def partner_teams() -> dict[str, Team]:
    """The teams of partners that can read what is sent to them, by their organisation."""
    return {one.organization: one for one in all_teams() if one.organization and one.public_key is not None}


def teams_that(asked: Asked, action: Action) -> tuple[str, ...]:
    """The teams of this person in which they may do this."""
    return tuple(slug for slug, place in places_of(asked.staff).items() if place.may(action))


def shown(one: HandoverView, asked: Asked) -> dict[str, object]:
    """A hand-over without its text: partner, state, until when, who cares, whether it is late."""
    label = one.label
    due = due_at(label.now, label.since_at, limits(), is_danger=label.is_danger, agreed_at=label.agreed)
    late = is_late(label.now, label.since_at, asked.moment, limits(), is_danger=label.is_danger, agreed_at=label.agreed)
    guest = staff_by_id(int(label.guest)) if label.guest else None
    return {
        "handover": one.id,
        "name": organization_name(label.organization),
        "organization": label.organization,
        "service": label.service,
        "partner_team": label.team,
        "desk_team": label.desk,
        "state": label.state,
        "state_text": asked.words(labels.label(label.now)),
        "cares": cares(label.now),
        "since": label.since,
        "due": due.isoformat() if due else None,
        "due_text": moment_in_words(asked.language, due, asked.moment) if due else "",
        "is_late": late or label.is_back,
        "is_back": label.is_back,
        "is_danger": label.is_danger,
        "until": label.until,
        "agreed_at": label.agreed_at,
        "agreed_text": _agreed_text(one, asked),
        "reason_text": asked.words(labels.label(DeclineReason(label.reason))) if label.reason else "",
        "might": organization_name(label.might) if label.might else "",
        "steps": label.steps,
        "guest": guest.shown_name if guest else "",
        "joins": label.joins,
        "may_join": label.may_join,
        "override": "signed" if label.is_override else "asked" if label.override_by else "",
        "override_is_mine": label.override_by == str(asked.staff.pk),
        "is_untold": label.is_untold,
    }


#: What a partner needs to decide whether it takes somebody: which service is asked, until when, whether there is a yes
#: or two signatures, and whether somebody of theirs could come into the conversation. The ways in which contact is
#: permitted and the language come with the text (offers.py). All else follows when they have said yes.
_TO_DECIDE = (
    "handover", "name", "organization", "service", "partner_team", "state", "state_text", "due", "due_text", "is_late",
    "until", "may_join", "override",
)  # fmt: skip
#: What is between people of the desk that asks.
_OF_THE_DESK = ("override_is_mine", "steps", "is_back")


def offer_shown(one: HandoverView, asked: Asked) -> dict[str, object]:
    """A hand-over as the partner that is asked sees it: what it takes to decide, and after a yes the rest."""
    whole = shown(one, asked)
    if one.label.now is HandoverState.OFFERED:
        return {key: whole[key] for key in _TO_DECIDE}
    return {key: value for key, value in whole.items() if key not in _OF_THE_DESK}


def _agreed_text(one: HandoverView, asked: Asked) -> str:
    at = one.label.agreed
    if one.label.is_contact_off:
        return asked.words(N_("off: the visitor does not permit it any more. Do not make contact in that way."))
    if at is None or not one.label.agreed_way:
        return ""
    way = asked.words(labels.label(ContactWay(one.label.agreed_way)))
    return f"{moment_in_words(asked.language, at, asked.moment)}, {way}"


def parcel_shown(parcel: Parcel | None) -> Answer | None:
    """The sealed text, with its key for the partner's team and for the desk's."""
    if parcel is None:
        return None
    return {
        "envelope": as_text(parcel.envelope) if parcel.envelope else None,
        "for_partner": maybe_text(parcel.for_partner),
        "for_desk": maybe_text(parcel.for_desk),
    }


def remarks_shown(handover_id: str) -> list[Answer]:
    """What was asked and answered, sealed under the key of the text."""
    return [
        {"number": one.number, "kind": one.kind, "envelope": as_text(one.envelope)}
        for one in queries.remarks_of(handover_id)
    ]


def rule_of(one: HandoverView) -> SafeContact | None:
    """What contact the visitor permits."""
    return queries.safe_contact_of(one.conversation, server_key())


def tell_all(one: HandoverView, *, kind: str = "state") -> None:
    """The visitor's page, the desk that asks and the partner look again."""
    held = conversations.conversation(one.conversation, server_key())
    tell_conversation(one.conversation, kind)
    tell_team(*{team for team in (one.label.desk, one.label.team) if team})
    if held is not None and held.label.owner:
        tell_staff(held.label.owner, "talk", held.id)
        tell_staff(held.label.owner, "inbox")
    if one.label.guest:
        tell_staff(one.label.guest, "inbox")


def tell_next(handover_id: str | None, conversation_id: str) -> None:
    """Somebody else is asked now: their page looks again."""
    found = queries.handover_of(conversation_id, handover_id, server_key()) if handover_id else None
    if found is not None and found.label.now is HandoverState.OFFERED:
        tell_all(found)
