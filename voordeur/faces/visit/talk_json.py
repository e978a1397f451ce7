"""What the script of a conversation asks: sealed texts in, numbers out. The pass is in the body, as in every form."""

from __future__ import annotations

import base64
from dataclasses import replace

from django.http import HttpResponse, JsonResponse

from voordeur.faces.language import N_, translations
from voordeur.faces.limits import Limit
from voordeur.faces.visit import conversing
from voordeur.faces.visit.answering import came_by
from voordeur.faces.visit.conversing import Sitting, TooBusy
from voordeur.faces.visit.pages import Visit
from voordeur.faces.visit.passes import first_pass
from voordeur.faces.visit.reopening import readable
from voordeur.faces.visit.talk import HOLDS_CODE, as_text, keep
from voordeur.faces.visit.talking import (
    OPENINGS,
    WRITINGS,
    Sent,
    address,
    limits,
    place_of,
    wish_and_language,
    writes_to,
)
from voordeur.records.conversations.actions import ConversationGone, NewMessage, OutOfStep, StepNotAllowed
from voordeur.vocabulary import Direction, TalkWay

TYPINGS = Limit("typing", 60, 1)
_NOT_READ = N_("Something went wrong on the way. Your text was not sent. Please send it again.")
_TRY_AGAIN = N_("It is very busy at the moment. Please try again in a minute. What you typed is still here.")
_GONE = N_("This conversation is not here any more. Your text was not sent.")
_CLOSED = N_("This conversation was closed. Your text was not sent.")
_FULL = N_("Too many people wait at this moment. Other help is there now: see this page.")


def talk_json(here: Visit, sent: Sent) -> HttpResponse:
    """The answer to the script: `do` is begin, say, typing or seen. 429 and 5xx mean: the same once more, later."""
    do = sent.get("do", [""])[0]
    if do == "begin":
        return _begin(here, sent)
    if here.talk is not None:
        here.house.sittings.sit(here.token, here.talk.conversation_id)
    sitting = conversing.sit(here.talk) if here.talk else None
    if sitting is None:
        return _refused(here, _GONE, 410)
    if do == "say":
        return _say(here, sitting, sent)
    if do == "typing":
        if limits.may(TYPINGS, address(here), here.moment):
            conversing.told(sitting.held.id, "typing")
        return JsonResponse({})
    if do == "seen":  # the script shows it; only now is it known to have arrived
        conversing.note_seen(sitting, place_of(sent))
        return JsonResponse({})
    return _refused(here, _TRY_AGAIN, 400)


def keys_of(sitting: Sitting) -> dict[str, str]:
    """The talk keys as text, by epoch."""
    return {str(epoch): as_text(key) for epoch, key in sitting.keys.items()}


def _refused(here: Visit, sentence: str, status: int) -> HttpResponse:
    return JsonResponse({"error": translations(here.language).gettext(sentence)}, status=status)


def _bytes(written: str) -> bytes:
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))


def _begin(here: Visit, sent: Sent) -> HttpResponse:
    try:
        message_id = bytes.fromhex(sent.get("m", [""])[0])
    except ValueError:
        message_id = b""
    if len(message_id) != 16 or here.door.talk is None:
        return _refused(here, _TRY_AGAIN, 400)
    one = first_pass(here.house.pass_key, here.token, message_id)
    standing, is_danger = conversing.sit(one), sent.get("d", [""])[0] == "1"
    to = writes_to(here, sent)
    if standing is None:
        if conversing.is_full(to, is_danger=is_danger):
            return _refused(here, _FULL, 503)
        if not limits.may(OPENINGS, address(here), here.moment):
            return _refused(here, _TRY_AGAIN, 429)
    wish, language = wish_and_language(here, sent)
    try:
        sitting = standing or conversing.begin(
            one,
            here.door,
            language=language,
            wish=wish,
            is_danger=is_danger,
            way=TalkWay.CHAT,
            moment=here.moment,
            team_slug=to.team,
        )
    except LookupError:
        return _refused(here, _TRY_AGAIN, 503)
    here = replace(here, talk=one)
    here.house.sittings.sit(here.token, sitting.held.id)
    response = JsonResponse(
        {
            "c": one.sealed(here.house.pass_key, here.token),
            "conversation": sitting.held.id,
            "keys": keys_of(sitting),
            "epoch": sitting.held.epoch,
            "next": conversing.next_own(sitting),
        }
    )
    keep(here, response)
    return response


def _say(here: Visit, sitting: Sitting, sent: Sent) -> HttpResponse:
    first = {name: sent.get(name, [""])[0] for name in ("m", "q", "e", "x", "d")}
    try:
        message = NewMessage(
            Direction.VISITOR, bytes.fromhex(first["m"]), int(first["q"]), int(first["e"]), _bytes(first["x"])
        )
        marks = bytes.fromhex(sent.get("w", [""])[0])
    except ValueError:
        return _refused(here, _NOT_READ, 400)
    if not limits.may(WRITINGS, address(here), here.moment):
        return _refused(here, _TRY_AGAIN, 429)
    if conversing.marks_give_code_away(marks, here.talk):
        return _refused(here, HOLDS_CODE, 422)
    if here.talk is not None:
        sitting = readable(sitting, here.talk)  # with another epoch, the script seals anew
    try:
        door = came_by(here.house.doorway, sitting, here.door)
        written = conversing.add(sitting, door, message, is_danger=first["d"] == "1", moment=here.moment)
    except OutOfStep:
        return _in_step(here)
    except ConversationGone:
        return _refused(here, _GONE, 410)
    except StepNotAllowed:
        return _refused(here, _CLOSED, 409)
    except TooBusy:
        return _refused(here, _TRY_AGAIN, 503)
    return JsonResponse({"place": written.place, "again": written.is_again})


def _in_step(here: Visit) -> HttpResponse:
    """The numbers and keys of now, with which the script seals anew."""
    sitting = conversing.sit(here.talk) if here.talk else None
    if sitting is None:
        return _refused(here, _GONE, 410)
    return JsonResponse(
        {"keys": keys_of(sitting), "epoch": sitting.held.epoch, "next": conversing.next_own(sitting)}, status=409
    )
