"""From the forms of a conversation to its pages. Whatever goes wrong, what was typed is shown again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address, ip_network

from django.db import Error
from django.http import HttpResponse

from voordeur.faces.doorway import Talk
from voordeur.faces.language import N_, translations
from voordeur.faces.limits import Limit, Limits
from voordeur.faces.visit import conversing
from voordeur.faces.visit.answering import asked_for, came_by
from voordeur.faces.visit.conversing import LONGEST_TEXT, CodeDoesNotOpen, TooBusy
from voordeur.faces.visit.onward import CHANGING, GIVING, ONWARD, TAKING, onward_step
from voordeur.faces.visit.pages import Visit
from voordeur.faces.visit.passes import Pass, first_pass
from voordeur.faces.visit.reopening import readable
from voordeur.faces.visit.standing import show_beside
from voordeur.faces.visit.talk import (
    HOLDS_CODE,
    NOTHING_SEEN,
    TOO_LONG,
    Shown,
    forget,
    show_conversation,
    show_gone,
    show_return,
    show_talk,
    show_unsent,
    show_wipe,
)
from voordeur.records.conversations.actions import ConversationGone, OutOfStep, StepNotAllowed
from voordeur.secrecy.return_code import LONGEST_INPUT, CodeUnreadable, ReturnCode
from voordeur.vocabulary import LANGUAGES, TalkWay, Wish

Sent = Mapping[str, list[str]]

#: Wide, for a shelter shares one address; narrow enough that a flood of one address stops.
OPENINGS = Limit("open", 12, 60)
CODES = Limit("code", 10, 60)
WRITINGS = Limit("write", 60, 1)
#: Of one conversation, whatever the address: what is kept or said about going on; what is given to somebody who goes
#: along, of which taking back makes new keys each time; and taking back, which nothing else may use up.
CHANGES, GIFTS, TAKINGS = Limit("change", 60, 60), Limit("gift", 12, 300), Limit("take", 60, 60)
limits = Limits()
#: What is looked at at once for words of danger; pieces overlap by more than the longest of these words.
_PIECE, _OVERLAP = 2000, 200

_NOT_A_CODE = N_("This code is not right. Look at it again: eleven words, or eleven groups of four digits.")
_WORD_NOT_KNOWN = N_("Word %(place)s is not in our list. Please look at it again.")
_DOES_NOT_OPEN = N_("This code opens nothing. It may be mistyped, or its time is over, or all was deleted.")
_BUSY = N_("It is very busy at the moment. Please try again in a minute. What you typed is still here.")
_FULL = N_("Too many people are waiting at this moment. Below you see who else is there now.")
_CLOSED = N_("This conversation was closed. Your text was not sent.")


def address(here: Visit) -> str:
    """For the limits only; it is made unreadable there and never written. Of IPv6 the network (64 bits) counts."""
    written = str(here.request.META.get("REMOTE_ADDR", ""))
    try:
        found = ip_address(written)
    except ValueError:
        return written
    return str(found if found.version == 4 else ip_network((found, 64), strict=False))


def talk_step(here: Visit, rest: str, sent: Sent) -> HttpResponse:
    """The page that follows from a form with `go=talk…`; also when the database is gone."""
    try:
        return _step(here, rest, sent)
    except Error as error:
        logging.getLogger("voordeur").error("a conversation broke: %s", type(error).__name__)
        kept = {name: sent[name][0][:64] for name in ("m", "wish", "spoken", "plain") if sent.get(name, [""])[0]}
        return show_unsent(here, typed=_typed(sent), fields=kept)


def _step(here: Visit, rest: str, sent: Sent) -> HttpResponse:
    verb, _, more = rest.partition(":")
    if here.talk is not None:
        here.house.sittings.sit(here.token, here.talk.conversation_id, place_of(sent))
    if verb == "return":
        return show_return(here)
    if verb == "open":
        return _open(here, sent)
    if verb == "say":
        return _say(here, sent)
    if here.talk is None and here.along is not None and verb != "new":
        return show_beside(here)
    if here.talk is None or verb == "new":
        asks = {**sent, "to": [more]} if verb == "to" else sent
        answer = show_talk(replace(here, talk=None), typed=_typed(sent), sent=asks)
        forget(answer, here.token)
        return answer
    if verb == "code":
        return _code(here, sent)
    if verb == "all":
        shown = Shown(is_plain=more == "plain", typed=_typed(sent))
        return show_conversation(replace(here, talk=replace(here.talk, base=0)), shown)
    if verb == "wipe":
        return show_wipe(here)
    if verb == "delete":
        return _delete(here, more)
    if verb == "wiped":
        return _wiped(here)
    if verb in ONWARD:
        return onward_step(here, verb, more, sent, is_too_often=_is_too_often(here, verb, here.talk.conversation_id))
    return show_conversation(here, Shown(is_plain=verb == "plain", typed=_typed(sent)))


def _is_too_often(here: Visit, verb: str, conversation_id: str) -> bool:
    """Whether this conversation changed so much of late that it waits; codes for others also count by address."""
    if verb == "along-make" and not limits.may(CODES, address(here), here.moment):
        return True
    limit = GIFTS if verb in GIVING else TAKINGS if verb in TAKING else CHANGES if verb in CHANGING else None
    return limit is not None and not limits.may(limit, conversation_id, here.moment)


def _typed(sent: Sent) -> str:
    return conversing.clean(sent.get("text", [""])[0])


def place_of(sent: Sent) -> int:
    """Up to which place the page that sends this form shows what was said; 0 when it does not say."""
    written = sent.get("n", [""])[0]
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0


def _message_id(sent: Sent) -> bytes | None:
    try:
        found = bytes.fromhex(sent.get("m", [""])[0])
    except ValueError:
        return None
    return found if len(found) == 16 else None


def is_danger(here: Visit, text: str) -> bool:
    """Whether the words tell of danger at this moment (a list of words, docs/decisions/0007)."""
    search = here.house.search
    starts = range(0, max(1, len(text)), _PIECE - _OVERLAP)
    return search is not None and any(search.is_danger(text[at : at + _PIECE]) for at in starts)


def wish_and_language(here: Visit, sent: Sent) -> tuple[Wish, str]:
    """What the visitor wishes; nothing is required."""
    wish, language = sent.get("wish", [""])[0], sent.get("spoken", [""])[0]
    return Wish(wish) if wish in set(Wish) else Wish.ANYONE, language if language in LANGUAGES else here.language


def writes_to(here: Visit, sent: Sent) -> Talk:
    """Whom the first words are for: the team of this door, or of the other one that was chosen. Raises LookupError."""
    door = asked_for(here.house.doorway, here.door, sent.get("to", [""])[0])
    if door.talk is None:
        raise LookupError("nobody stands behind this door")
    return door.talk


def _say(here: Visit, sent: Sent) -> HttpResponse:
    words = translations(here.language).gettext
    text, message_id = _typed(sent), _message_id(sent)

    def again(warning: str, status: int = 200) -> HttpResponse:
        if here.talk is None:
            return show_talk(here, typed=text, warning=warning, status=status, sent=sent)
        return show_conversation(here, Shown(typed=text, warning=warning, is_plain="plain" in sent), status)

    if not text.strip():
        return again(words(NOTHING_SEEN))
    if len(text) > LONGEST_TEXT:
        return again(words(TOO_LONG) % {"most": LONGEST_TEXT})
    if message_id is None:
        return again(words(_BUSY), 400)
    if conversing.gives_code_away(text, here.talk):
        return again(words(HOLDS_CODE))
    danger, is_new = is_danger(here, text), here.talk is None
    if not limits.may(OPENINGS if is_new else WRITINGS, address(here), here.moment):
        return again(words(_BUSY), 429)
    try:
        if here.talk is None:
            if here.door.talk is None:
                return show_talk(here, typed=text)
            one = first_pass(here.house.pass_key, here.token, message_id)
            to = writes_to(here, sent)
            if conversing.sit(one) is None and conversing.is_full(to, is_danger=danger):
                return again(words(_FULL), 503)
            wish, language = wish_and_language(here, sent)
            sitting = conversing.begin(
                one, here.door, language=language, wish=wish, is_danger=danger, way=TalkWay.CHAT, moment=here.moment,
                team_slug=to.team,
            )  # fmt: skip
            here = replace(here, talk=one)
        else:
            found = conversing.sit(here.talk)
            if found is None:
                return show_gone(here, typed=text)
            sitting, language = readable(found, here.talk), here.language
        door = came_by(here.house.doorway, sitting, here.door)
        conversing.say(sitting, door, text, message_id, language=language, is_danger=danger, moment=here.moment)
    except (TooBusy, OutOfStep):
        return again(words(_BUSY), 503)
    except ConversationGone:
        return show_gone(here, typed=text)
    except StepNotAllowed:
        return again(words(_CLOSED), 409)
    except LookupError:
        return show_talk(here, typed=text)
    return show_conversation(here, Shown(is_danger=danger, is_plain="plain" in sent))


def _code(here: Visit, sent: Sent) -> HttpResponse:
    words = translations(here.language).gettext
    if here.talk is None:
        return show_talk(here)
    shown = Shown(typed=_typed(sent), is_plain="plain" in sent)
    if not limits.may(CODES, address(here), here.moment):
        return show_conversation(here, replace(shown, warning=words(_BUSY)), 429)
    try:
        sitting, key = conversing.sit(here.talk), here.house.pass_key
        if sitting is not None:
            door = came_by(here.house.doorway, sitting, here.door)
            one: Pass | None = conversing.give_code(sitting, here.talk, door, here.moment, key)
        else:
            one = conversing.code_given(here.talk, key)
    except TooBusy:
        return show_conversation(here, replace(shown, warning=words(_BUSY)), 503)
    except ConversationGone:
        one = None
    if one is None:
        return show_gone(here, typed=shown.typed)
    return show_conversation(replace(here, talk=one), replace(shown, code=ReturnCode(one.code or ())))


def _open(here: Visit, sent: Sent) -> HttpResponse:
    words = translations(here.language).gettext
    typed = conversing.clean(sent.get("code", [""])[0])[:LONGEST_INPUT]
    if not limits.may(CODES, address(here), here.moment):
        return show_return(here, warning=words(_BUSY), code=typed, status=429)
    try:
        one, is_along = conversing.come_back(typed)
    except CodeUnreadable as unreadable:
        if unreadable.place:
            return show_return(here, warning=words(_WORD_NOT_KNOWN) % {"place": unreadable.place}, code=typed)
        return show_return(here, warning=words(_NOT_A_CODE), code=typed)
    except TooBusy:
        return show_return(here, warning=words(_BUSY), code=typed, status=503)
    except CodeDoesNotOpen:
        return show_return(here, warning=words(_DOES_NOT_OPEN), code=typed)
    if is_along:
        return show_beside(replace(here, talk=None, along=one))
    return show_conversation(replace(here, talk=one))


def _delete(here: Visit, place: str) -> HttpResponse:
    sitting = conversing.sit(here.talk) if here.talk else None
    if sitting is None:
        return show_gone(here)
    if place.isascii() and place.isdigit():
        conversing.delete_message(sitting, int(place[:9]))
    return show_wipe(here)


def _wiped(here: Visit) -> HttpResponse:
    sitting = conversing.sit(here.talk) if here.talk else None
    if sitting is not None:
        conversing.delete_all(sitting)
        here.house.sittings.rise(here.token)
    return show_gone(here, is_wiped=sitting is not None)
