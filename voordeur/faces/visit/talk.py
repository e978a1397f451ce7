"""The pages of a conversation: before the first words, the conversation itself, coming back, deleting."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.http import HttpResponse

from voordeur.faces.doorway import Door, Doorway
from voordeur.faces.language import AMSTERDAM, N_, OWN_NAMES, clock_time, direction, moment_in_words, translations
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import conversing
from voordeur.faces.visit.answering import (
    ANOTHER_DESK,
    answered_at,
    asked_for,
    came_by,
    is_elsewhere,
    people_of,
    who_is_there,
)
from voordeur.faces.visit.conversing import LONGEST_TEXT, Said, Sitting
from voordeur.faces.visit.house import Look
from voordeur.faces.visit.pages import Visit, came_from, problem, render
from voordeur.faces.visit.passes import FRAME, Pass
from voordeur.faces.visit.results import danger_values
from voordeur.records.handovers import queries as handovers
from voordeur.secrecy.return_code import ReturnCode, in_digits, in_words
from voordeur.vocabulary import Direction, HandoverState, TalkOpen, TalkState

_COOKIE = "c"
#: Other help below the box; more of it when there is no box, for the page must stay small.
_OTHERS, _OTHERS_WHEN_FULL = 1, 3

ROLE_WORDS = {
    "responder": N_("professional"),
    "peer": N_("someone who lived through it"),
    "coach": N_("coach"),
    "partner": N_("from another organisation"),
}
TOO_LONG = N_("This is long. Please send it in two parts: at most %(most)s letters at a time.")
NOTHING_SEEN = N_("There was nothing to send yet. Write something first.")
HOLDS_CODE = N_("Not sent: your text holds your code. Nobody else should have it. Take it out and send again.")
#: What the desk's own lines say, by kind; `%(name)s` is the name that they chose to show.
KIND_WORDS = {
    "joined": N_("%(name)s is with you now."),
    "passed_on": N_("%(name)s passes you on to a colleague. What you wrote goes along."),
    "coach_reads": N_("%(name)s reads along as a coach."),
    "closed": N_("%(name)s closed this conversation."),
}

PASSED_ON_TO = N_("%(name)s passes you on to the people of %(to)s. What you wrote goes along.")


@dataclass(frozen=True, slots=True)
class Line:
    """One text as a page shows it."""

    place: int
    is_own: bool
    who: str
    text: str
    at: str
    language: str
    direction: str


def cookie_name() -> str:
    """The cookie that finds the conversation again when the page is loaded anew; it ends with the browser.

    It is for the address of one visit only, so that two conversations in one browser do not mix.
    """
    return f"__Secure-{_COOKIE}" if settings.IS_HTTPS else _COOKIE


def lines(said: list[Said], language: str) -> list[Line]:
    """The texts of a conversation for its page."""
    words = translations(language).gettext
    found = []
    for one in said:
        is_own = one.direction is Direction.VISITOR
        role = words(ROLE_WORDS[one.role]) if one.role in ROLE_WORDS else ""
        who = words(N_("You")) if is_own else ", ".join(filter(None, (one.by, role))) or words(N_("The desk"))
        text = _told(one, who, language) if one.kind in KIND_WORDS else one.text
        spoken = one.language if one.language in OWN_NAMES else language
        found.append(Line(one.place, is_own, who, text, at_clock(one.at), spoken, direction(spoken)))
    return found


def _told(one: Said, who: str, language: str) -> str:
    words, values = translations(language).gettext, {"name": one.by or who}
    if one.kind != "passed_on" or not isinstance(one.to, dict):
        return words(KIND_WORDS[one.kind]) % values
    names = {code: str(name)[:80] for code, name in one.to.items() if name}
    return words(PASSED_ON_TO) % {
        **values, "to": names.get(language) or next(iter(names.values()), "") or words(ANOTHER_DESK)
    }  # fmt: skip


def at_clock(written: str) -> str:
    """A minute in UTC, as envelopes keep it, on the Dutch clock; empty when it is none."""
    try:
        return clock_time(datetime.fromisoformat(written).astimezone(AMSTERDAM))
    except (ValueError, OverflowError):
        return ""


def open_text(door: Door, language: str, at: datetime) -> str:
    """Who can answer now and until when, in one or two sentences that promise nothing more."""
    talk = door.talk
    words = translations(language).gettext
    if talk is None:
        return ""
    status, has_peers = conversing.status(talk, at)
    within = words(N_("What you write is read within %(hours)s hours.")) % {"hours": talk.message_read_within_hours}

    def said(moment: datetime | None) -> str:
        return moment_in_words(language, moment, at) if moment else ""

    if status.state is TalkOpen.ANSWERING:
        now = words(N_("Someone can answer now, until %(time)s.")) % {"time": said(status.until)}
        if status.until is None:
            now = words(N_("Someone can answer now."))
        peers = words(N_("Among them is someone who lived through it."))
        return f"{now} {peers}" if has_peers else now
    if status.state is TalkOpen.EXPECTED:
        nobody = words(N_("These are our hours, but nobody is at the desk at this moment."))
        return f"{nobody} {within}"
    if status.next_open is not None:
        closed = words(N_("Nobody answers now. We open again: %(time)s.")) % {"time": said(status.next_open)}
    else:
        closed = words(N_("Nobody answers now."))
    return f"{closed} {within}"


def show_talk(
    here: Visit, *, typed: str = "", warning: str = "", status: int = 200, sent: Mapping[str, list[str]] | None = None
) -> HttpResponse:
    """Before the first words: who answers, who reads, what is kept; and the box to write in, on the same page.

    Where nobody of this door can talk now and the people of another can, that is offered, beside leaving a message.
    """
    answering = asked_for(here.house.doorway, here.door, (sent or {}).get("to", [""])[0])
    talk, kept = answering.talk, here.door.talk
    if talk is None or kept is None or not conversing.can_talk(answering):
        return problem(here, 404)
    back_to = came_from(here)
    here = replace(here, view=f"talk:{back_to}", talk=None)
    offered = [*talk.languages, *(code for code in (here.language,) if code not in talk.languages)]
    is_full = conversing.is_full(talk)
    other = who_is_there(here.house.doorway, here.door, here.moment) if answering is here.door else None
    others = danger_values(here.language, here.moment)["leading"][: _OTHERS_WHEN_FULL if is_full else _OTHERS]
    return render(
        here,
        "talk",
        {
            "open_text": open_text(answering, here.language, here.moment),
            "own_name": here.door.name[here.language],
            "to": answering.id if answering is not here.door else "",
            "to_name": _name(answering, here.language),
            "other": other.id if other else "",
            "other_name": _name(other, here.language) if other else "",
            "is_full": is_full,
            "days": kept.kept_days_without_code,
            "code_days": kept.kept_days_with_code,
            "spoken": [(code, OWN_NAMES[code]) for code in offered],
            "message_id": secrets.token_hex(16),
            "wish": (sent or {}).get("wish", [""])[0],
            "chosen": (sent or {}).get("spoken", [here.language])[0],
            "typed": typed,
            "warning": warning,
            "leading": others,
            "back_to": back_to,
            "keeps_typed": bool(typed) or not is_full,
            "data": _data(here),
        },
        status,
        here.house.talk_looks[here.door.id],
    )


def _name(door: Door, language: str) -> str:
    return door.name.get(language) or next(iter(door.name.values()))


def _data(here: Visit, sitting: Sitting | None = None, one: Pass | None = None) -> dict[str, str]:
    """What the script needs: addresses and words always, keys and numbers once there is a conversation."""
    words = translations(here.language).gettext
    search = here.house.search
    said = {
        "waiting": words(N_("The line is broken. Trying again; nothing is lost.")),
        "again": words(N_("Something went wrong on the way. Your text was not sent. Please send it again.")),
        "long": words(TOO_LONG) % {"most": LONGEST_TEXT},
        "empty": words(NOTHING_SEEN),
    }
    live: dict[str, object] = {
        "you": words(N_("You")),
        "desk": words(N_("The desk")),
        "typing": words(N_("The other is typing …")),
        "sending": words(N_("Sending …")),
        "kept": words(N_("Not sent yet. Trying again by itself.")),
        "roles": {role: words(text) for role, text in ROLE_WORDS.items()},
        "kinds": {kind: words(text) for kind, text in KIND_WORDS.items()},
        "passedTo": words(PASSED_ON_TO),
        "elsewhere": words(ANOTHER_DESK),
    }
    data = {
        "home": here.home,
        "language": here.language,
        "words": json.dumps(said | live if sitting else said, ensure_ascii=False),
        "danger": "\n".join(search.danger_patterns(here.language)) if search else "",
    }
    if sitting is not None and one is not None:
        data |= {
            "conversation": sitting.held.id,
            "keys": json.dumps({epoch: as_text(key) for epoch, key in sitting.keys.items()}),
            "epoch": str(sitting.held.epoch),
            "next": str(conversing.next_own(sitting)),
            "base": str(one.base),
            "guard": "1" if one.code else "",
        }
    return data


def as_text(key: bytes) -> str:
    """Bytes as the script takes them: base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a conversation's page says beside the conversation."""

    typed: str = ""
    warning: str = ""
    code: ReturnCode | None = None
    is_plain: bool = False
    is_danger: bool = False


def show_conversation(here: Visit, shown: Shown | None = None, status: int = 200) -> HttpResponse:
    """The conversation. Without script a frame grows by itself; typed text stands outside it and is never lost."""
    shown = shown or Shown()
    sitting = conversing.sit(here.talk) if here.talk else None
    if here.talk is None or sitting is None:
        return show_gone(here, typed=shown.typed)
    here.house.sittings.sit(here.token, sitting.held.id)
    one = here.talk
    here = replace(here, view="talk:plain" if shown.is_plain else "talk:")
    is_over = conversing.is_shut(sitting)
    said = conversing.heard(sitting, one.base) if shown.is_plain or is_over else []
    # What the frame of the page before was sent has been there to read: this request comes from that page.
    conversing.note_seen(sitting, here.house.sittings.shown(here.token, sitting.held.id))
    words, came = conversing.words_for(here.language), came_by(here.house.doorway, sitting, here.door).talk
    values = {
        "lines": lines(said, here.language),
        "is_plain": shown.is_plain or is_over,
        "state_text": state_text_for(here.house.doorway, here.door, here.language, sitting, here.moment),
        "is_over": is_over,
        "ahead": ahead_of(sitting),
        "has_code": sitting.held.has_code,
        "has_earlier": one.base > 0,
        "code_words": in_words(shown.code, words) if shown.code else (),
        "code_digits": in_digits(shown.code) if shown.code else (),
        "code_language": words.language,
        "code_days": came.kept_days_with_code if came else 0,
        "message_id": secrets.token_hex(16),
        "typed": shown.typed,
        "warning": shown.warning,
        "is_danger": shown.is_danger or sitting.held.label.is_danger,
        "last": said[-1].place if said else one.base,
        "frame": f"{here.home}/t/{one.sealed(here.house.pass_key, here.token, FRAME)}/{here.language}",
        "keeps_typed": not is_over,
        "data": _data(here, sitting, one),
    }
    response = render(here, "conversation", values, status, here.house.talk_looks[here.door.id])
    keep(here, response)
    return response


def ahead_of(sitting: Sitting) -> str:
    """What the conversation's page says of going on elsewhere: "asked", "joined", "outside", "some", or nothing."""
    several = [one for one in handovers.handovers_of(sitting.held.id, server_key()) if one.is_put]
    # What the desk did for a life in danger and must not be told yet does not show itself here either.
    states = [one for one in several if not (one.label.is_override and one.label.is_untold)]
    if any(one.label.now is HandoverState.ASKED for one in states):
        return "asked"
    if any(one.label.guest and one.label.now in (HandoverState.ACCEPTED, HandoverState.IN_CONTACT) for one in states):
        return "joined"
    if any(one.label.waits_outside for one in states):
        return "outside"
    return "some" if states else ""


def keep(here: Visit, response: HttpResponse) -> None:
    """Give the browser the pass for as long as it is open, so that loading the page anew does not lose the talk."""
    if here.talk is not None:
        response.set_cookie(
            cookie_name(),
            here.talk.sealed(here.house.pass_key, here.token),
            httponly=True,
            samesite="Strict",
            secure=settings.IS_HTTPS,
            path=here.home,
        )


def forget(response: HttpResponse, token: str) -> None:
    """Take the pass of this visit back from the browser."""
    response.delete_cookie(cookie_name(), path=f"/{token}", samesite="Strict")


def state_text_for(doorway: Doorway, door: Door, language: str, sitting: Sitting, moment: datetime) -> str:
    """Where the conversation is, in plain words; and who answers it, when that is another team than this door's."""
    words, label = translations(language).gettext, sitting.held.label
    name = people_of(doorway, label, door, language) if is_elsewhere(label, door) else ""
    if sitting.held.state is TalkState.HELD:
        if name:
            return words(N_("Someone of %(name)s is with you.")) % {"name": name}
        return words(N_("Someone is with you."))
    if sitting.held.state is TalkState.WAITING:
        arrived = words(N_("What you wrote has arrived. Nobody has picked it up yet."))
        if name:
            arrived = f"{arrived} {words(N_('The people of %(name)s answer it.')) % {'name': name}}"
        return f"{arrived} {open_text(answered_at(doorway, label, door), language, moment)}"
    if conversing.is_shut(sitting):
        return words(N_("This conversation was closed by the desk. You can begin another, or find other help."))
    return words(N_("This conversation was closed. If you write, it opens again."))


def still(here: Visit) -> Look:
    """The style of a conversation's pages without their script, for those on which nothing is live."""
    return replace(here.house.talk_looks[here.door.id], script=here.house.looks[here.door.id].script)


def show_gone(here: Visit, *, typed: str = "", is_wiped: bool = False) -> HttpResponse:
    """The conversation is not here: deleted, past its day, or it goes on under a newer code."""
    here = replace(here, talk=None, view="home")
    words = translations(here.language).gettext
    heading = words(N_("This conversation is not here"))
    warning = words(N_("It was deleted, its time is over, or it goes on with a code. Do you have a code?"))
    if is_wiped:
        heading = words(N_("Everything is deleted"))
        warning = words(N_("Nothing of this conversation is left, here or at the desk."))
    values = {"heading": heading, "warning": warning, "back_to": "home", "typed": typed, "code": ""}
    response = render(here, "return", values, 200 if is_wiped else 410, still(here))
    forget(response, here.token)
    return response


def show_return(here: Visit, *, warning: str = "", code: str = "", status: int = 200) -> HttpResponse:
    """To come back with a code. One that was mistyped stands there again, to be mended."""
    back_to = came_from(here)
    words = translations(here.language).gettext
    values = {
        "heading": words(N_("Back to your conversation")),
        "warning": warning,
        "back_to": back_to,
        "typed": "",
        "code": code,
    }
    return render(replace(here, view=f"return:{back_to}", talk=None), "return", values, status, still(here))


def show_unsent(here: Visit, *, typed: str, fields: dict[str, str]) -> HttpResponse:
    """Something of ours broke (the database, say): what was typed stands there, to be sent once more."""
    values = {"title": "talk", "typed": typed, "fields": fields}
    return render(replace(here, view="talk:"), "unsent", values, 503, still(here))


def show_wipe(here: Visit) -> HttpResponse:
    """What can be deleted: single messages, or everything at once."""
    sitting = conversing.sit(here.talk) if here.talk else None
    if sitting is None:
        return show_gone(here)
    said = conversing.heard(sitting, 0)
    here = replace(here, view="talk:wipe")
    return render(here, "wipe", {"lines": lines(said, here.language)}, 200, still(here))
