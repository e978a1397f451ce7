"""Pages of going on: where things stand, what is asked and given, who comes along.

On the page that says where things stand no word names the violence, and an organisation's name (which can tell) stands
behind a button. Moments and states are the server's own; texts are opened with the visitor's key for this one page.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse

from voordeur.faces import labels
from voordeur.faces.language import N_, date_in_words, moment_in_words, translations
from voordeur.faces.rendering import Values
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import along as company
from voordeur.faces.visit import conversing, going_on
from voordeur.faces.visit.conversing import Sitting
from voordeur.faces.visit.pages import Visit, render
from voordeur.faces.visit.plan import SAFETY, is_empty, plan_of, steps_of, text_of
from voordeur.faces.visit.safe_contact import contact_words, forget_contact, permitted_text
from voordeur.faces.visit.talk import KIND_WORDS, lines, show_gone, still
from voordeur.records.directory.queries import OrganizationView, current_directory
from voordeur.records.handovers import queries as handovers
from voordeur.records.handovers.label import HandoverLabel
from voordeur.records.handovers.queries import HandoverView
from voordeur.records.handovers.steps import day_of
from voordeur.rules.handover import UNDER_WAY, HandoverActor, cares, due_at
from voordeur.secrecy.return_code import ReturnCode, in_digits, in_words
from voordeur.vocabulary import (
    BuddyKind,
    ContactWay,
    DeclineReason,
    HandoverState,
    TalkState,
)

S = HandoverState
_LATER = ((1, N_("tomorrow")), (3, N_("in three days")), (7, N_("in a week")), (14, N_("in two weeks")))
_HOURS = ((10, N_("in the morning")), (15, N_("in the afternoon")), (20, N_("in the evening")))
_NEXT = {
    S.ASKED: N_("Look at what would be passed on. You decide. You can answer until %(due)s. No answer is a no."),
    S.CONSENTED: N_("It is not their turn yet. If the one before them cannot help, the system asks them."),
    S.OFFERED: N_(
        "They have until %(due)s to answer. If they do not, the next one is asked, or the desk looks further."
    ),
    S.ACCEPTED: N_("First contact: %(agreed)s. Until then the desk stays with you."),
    S.IN_CONTACT: N_("They help you further from here. You can still write here too."),
    S.COMPLETED: N_("They help you further from here. You can still write here too."),
    S.DECLINED: N_("They said: “%(reason)s”. The desk looks further with you."),
    S.EXPIRED: N_("The desk knows, and looks further with you."),
    S.WITHDRAWN: N_("Nothing more goes to them. They can open nothing of it here."),
}
#: How somebody can be reached is passed on only when they tick it themselves.
NOT_BY_ITSELF = frozenset({"contact"})
#: What was agreed is called off by a change in how the visitor may be reached.
_CONTACT_OFF = N_("You do not permit the contact that was agreed any more. They were told. The desk stays with you.")


@dataclass(frozen=True, slots=True)
class Standing:
    """One hand-over as the page of standing shows it; without a name, unless it is asked for."""

    id: str
    number: int
    name: str
    state: str
    state_text: str
    next_text: str
    cares_text: str
    guest: str
    is_next_asked: bool
    has_guest: bool
    may_look: bool
    may_withdraw: bool
    may_arrive: bool
    is_override: bool
    may_let_in: bool
    may_let_out: bool
    waits_outside: bool


def _sitting(here: Visit) -> Sitting | None:
    return conversing.sit(here.talk) if here.talk else None


def found(here: Visit, sitting: Sitting, handover_id: str) -> HandoverView | None:
    """A hand-over of this conversation that was put to the visitor."""
    one = handovers.handover_of(sitting.held.id, handover_id, server_key())
    return one if one is not None and one.is_put else None


def organization_of(one: HandoverView) -> OrganizationView | None:
    """The organisation of the directory."""
    return current_directory().organizations.get(one.label.organization)


def name_of(one: HandoverView) -> str:
    """Its name; its id when it is in the directory no more."""
    organization = organization_of(one)
    return organization.name if organization else one.label.organization


def standings(here: Visit, several: Sequence[HandoverView], *, are_named: bool) -> list[Standing]:
    """Each hand-over in plain words."""
    words = translations(here.language).gettext
    shown = []
    for number, one in enumerate((one for one in several if one.is_put), start=1):
        label = one.label
        due = due_at(label.now, label.since_at, going_on.limits(), is_danger=label.is_danger, agreed_at=label.agreed)
        reason = words(labels.label(DeclineReason(label.reason))) if label.reason else ""
        values = {
            "due": moment_in_words(here.language, due, here.moment) if due else "",
            "agreed": _agreed_text(here, one),
            "reason": reason,
        }
        is_theirs = cares(label.now) is HandoverActor.PARTNER
        shown.append(
            Standing(
                id=one.id,
                number=number,
                name=name_of(one) if are_named else "",
                state=label.state,
                state_text=words(labels.label(label.now)),
                next_text=words(_next_of(label)) % values,
                cares_text=words(N_("They take care of it.")) if is_theirs else words(N_("The desk takes care of it.")),
                guest=going_on.guest_name(one) if are_named else "",
                has_guest=bool(one.label.guest),
                is_next_asked=label.now in UNDER_WAY and any(two.label.now is S.CONSENTED for two in several),
                may_look=label.now is not S.WITHDRAWN or label.is_override,
                may_withdraw=label.now not in (S.WITHDRAWN, S.DECLINED, S.EXPIRED) or one.has_parcel,
                may_arrive=label.now is S.IN_CONTACT or (label.now is S.ACCEPTED and bool(label.guest)),
                is_override=label.is_override,
                may_let_in=label.is_outside,
                may_let_out=label.may_join and (label.now in _LETS_OUT or bool(label.guest)),
                waits_outside=label.waits_outside,
            )
        )
    return shown


#: As long as somebody could come in by it: also before they said yes the visitor thinks better of it.
_LETS_OUT = (S.CONSENTED, *UNDER_WAY)


def _next_of(label: HandoverLabel) -> str:
    return _CONTACT_OFF if label.is_contact_off and label.now is S.ACCEPTED else _NEXT[label.now]


def _agreed_text(here: Visit, one: HandoverView) -> str:
    if one.label.agreed is None or not one.label.agreed_way:
        return ""
    way = translations(here.language).gettext(labels.label(ContactWay(one.label.agreed_way)))
    return f"{moment_in_words(here.language, one.label.agreed, here.moment)}, {way}"


def show_standing(here: Visit, *, are_named: bool = False, warning: str = "", status: int = 200) -> HttpResponse:
    """Where things stand, who has what, what comes next and when, and what to do meanwhile."""
    sitting = _sitting(here)
    if sitting is None:
        return show_gone(here)
    words = translations(here.language).gettext
    forget_contact(sitting)
    permission = handovers.permission_of(sitting.held.id, server_key())
    asked_at = datetime.fromisoformat(permission.check_in_at) if permission.check_in_at else None
    is_coming = asked_at is not None and not permission.is_checked
    values: Values = {
        "warning": warning,
        "state_text": _state_text(here, sitting),
        "standings": standings(here, handovers.handovers_of(sitting.held.id, server_key()), are_named=are_named),
        "are_named": are_named,
        "has_code": sitting.held.has_code,
        "check_in": moment_in_words(here.language, asked_at, here.moment) if asked_at and is_coming else "",
        "later": [(str(days), words(text)) for days, text in _LATER],
        "hours": [(str(hour), words(text)) for hour, text in _HOURS],
        "buddies": [_buddy_text(here, one) for one in handovers.buddies_of(sitting.held.id, server_key())],
        "has_plan": not is_empty(plan_of(sitting)),
        "waiting_page": "waiting" if here.house.library.page("waiting", here.language) else "",
    }
    return render(replace(here, view="talk:standing"), "standing", values, status, still(here))


def _state_text(here: Visit, sitting: Sitting) -> str:
    words = translations(here.language).gettext
    return words(
        {
            TalkState.HELD: N_("Somebody has taken up your conversation."),
            TalkState.WAITING: N_("Your conversation waits for somebody to take it up."),
            TalkState.CLOSED: N_("Your conversation is resting. If you write, it opens again."),
        }[sitting.held.state]
    )


def _buddy_text(here: Visit, one: handovers.BuddyView) -> dict[str, Any]:
    words = translations(here.language).gettext
    return {"id": one.id, "kind": words(labels.label(one.kind)), "may_read": one.may_read, "number": one.number}


def show_consent(
    here: Visit,
    handover_id: str,
    *,
    warning: str = "",
    typed: Mapping[str, str] | None = None,
    left_out: frozenset[str] = NOT_BY_ITSELF,
    may_join: bool = False,
    until: str = "",
    status: int = 200,
) -> HttpResponse:
    """Who would get exactly which text, until when, and what they must or may do; changed and decided here."""
    sitting = _sitting(here)
    one = found(here, sitting, handover_id) if sitting else None
    if sitting is None or one is None:
        return show_standing(here)
    if one.label.now is not S.ASKED:
        return show_given(here, handover_id)
    organization = organization_of(one)
    text = _text_in(here.language)
    service = (
        next((each for each in organization.services if each.key == one.label.service), None) if organization else None
    )
    today = day_of(here.moment)
    last = today + timedelta(days=going_on.limits().longest_consent_days)
    values: Values = {
        "warning": warning,
        "handover": one.id,
        "name": name_of(one),
        "summary": text(organization.summary) if organization else "",
        "what_happens": text(organization.what_happens) if organization else "",
        "not_for": text(organization.not_for) if organization else "",
        "wait": text(service.wait_time) if service else "",
        "website": organization.website if organization else "",
        "parts": [
            {
                "key": part.key,
                "title": part.title,
                "text": (typed or {}).get(part.key, part.text),
                "is_in": part.key not in left_out,
            }
            for part in _proposed(here, sitting, one)
        ],
        "until": until or one.label.until,
        "until_text": date_in_words(here.language, one.label.until),
        "earliest": today.isoformat(),
        "latest": last.isoformat(),
        "has_desk": bool(one.label.team),
        "may_join": may_join,
        "permitted": permitted_text(here, handovers.safe_contact_of(sitting.held.id, server_key())),
        "message_id": secrets.token_hex(16),
    }
    return render(replace(here, view=f"talk:ask:{one.id}"), "consent", values, status, still(here))


def _proposed(here: Visit, sitting: Sitting, one: HandoverView) -> list[going_on.Part]:
    parts = going_on.proposal(sitting, one.id)
    number, word = contact_words(sitting)
    if number or word:
        said = "\n".join(filter(None, (number, word)))
        title = translations(here.language).gettext(N_("How they can reach me"))
        parts = [*parts, going_on.Part("contact", title, said)]
    return parts


def _text_in(language: str) -> Any:
    def text(said: Mapping[str, str] | None) -> str:
        return (said.get(language) or said.get("nl") or "") if said else ""

    return text


def show_given(
    here: Visit,
    handover_id: str,
    *,
    warning: str = "",
    note: str = "",
    typed: Mapping[str, str] | None = None,
    answer: str = "",
    status: int = 200,
) -> HttpResponse:
    """Who this is, exactly what they have, what they asked or wrote with a no; to change, to answer, to take back.

    `typed` and `answer` are what stood in the boxes and is not kept or sent yet.
    """
    sitting = _sitting(here)
    one = found(here, sitting, handover_id) if sitting else None
    if sitting is None or one is None:
        return show_standing(here)
    words = translations(here.language).gettext
    organization = organization_of(one)
    might = current_directory().organizations.get(one.label.might) if one.label.might else None
    is_override = one.label.is_override
    parts = going_on.went_out(sitting, one) if is_override else going_on.agreed(sitting, one) if one.has_parcel else []
    values: Values = {
        "warning": warning,
        "note": note,
        "one": standings(here, [one], are_named=True)[0],
        "name": name_of(one),
        "what_happens": _text_in(here.language)(organization.what_happens) if organization else "",
        "parts": [replace(part, text=(typed or {}).get(part.key, part.text)) for part in parts],
        "has_parcel": one.has_parcel,
        "is_override": is_override,
        "until_text": date_in_words(here.language, one.label.until) if one.label.until else "",
        "remarks": going_on.remarks(sitting, one),
        "with_no": going_on.word_with_no(sitting, one) if one.label.now is S.DECLINED else "",
        "may_change": one.has_parcel and not is_override and one.label.now in _CHANGEABLE,
        "might": might.name if might else "",
        "answer": answer,
        "you": words(N_("You")),
        "message_id": secrets.token_hex(16),
    }
    return render(replace(here, view=f"talk:given:{one.id}"), "given", values, status, still(here))


_CHANGEABLE = (S.CONSENTED, S.OFFERED, S.ACCEPTED, S.IN_CONTACT)


def show_along(here: Visit, *, code: ReturnCode | None = None, warning: str = "", status: int = 200) -> HttpResponse:
    """Who goes along; to bring somebody, to let them read more or less, and to part."""
    sitting = _sitting(here)
    if sitting is None:
        return show_gone(here)
    words = translations(here.language).gettext
    there = handovers.buddies_of(sitting.held.id, server_key())
    in_language = conversing.words_for(here.language)
    values: Values = {
        "warning": warning,
        "buddies": [_buddy_text(here, one) for one in there],
        "is_full": len(there) >= 3,
        "kinds": [(kind, words(labels.label(kind))) for kind in BuddyKind],
        "code_words": in_words(code, in_language) if code else (),
        "code_digits": in_digits(code) if code else (),
        "code_language": in_language.language,
        "message_id": secrets.token_hex(16),
    }
    return render(replace(here, view="talk:along"), "along", values, status, still(here))


def show_beside(here: Visit) -> HttpResponse:
    """What somebody who goes along sees: where things stand, the plan, and the conversation where it is allowed."""
    one = company.along_of(here.along) if here.along else None
    if one is None:
        return show_gone(replace(here, along=None))
    words = translations(here.language).gettext
    plan = going_on.latest_plan(going_on.plans(one.held, one.plan_keys))
    said = []
    if one.talk_keys:
        sitting = Sitting(one.held, dict(one.talk_keys))
        found_ones = conversing.heard(sitting, 0)
        said = lines([each for each in found_ones if each.kind not in KIND_WORDS], here.language)
        said = [replace(each, who=words(N_("Visitor"))) if each.is_own else each for each in said]
    values: Values = {
        "standings": standings(here, handovers.handovers_of(one.held.id, server_key()), are_named=False),
        "safety": [(words(title), text_of(plan, key)) for key, title in SAFETY if text_of(plan, key)],
        "steps": steps_of(plan),
        "may_read": one.buddy.may_read,
        "lines": said,
    }
    return render(replace(here, view="talk:beside", talk=None), "beside", values, 200, still(here))
