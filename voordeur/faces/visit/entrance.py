"""The ways into a visit and out of it: fixed addresses, the visit's own address, leave now, and what is not there.

`GET /` and the other fixed addresses only lead into a visit. Under its address `GET` shows the first page and
`POST` everything else, so that a whole visit is one line in the history, and none after *leave now*.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from urllib.parse import parse_qs

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from voordeur.faces.doorway import Door, UnknownHost
from voordeur.faces.headers import page_policy
from voordeur.faces.language import preferred
from voordeur.faces.visit import answers as told_answers
from voordeur.faces.visit import steps
from voordeur.faces.visit.answers import Told
from voordeur.faces.visit.conversing import left
from voordeur.faces.visit.embedding import closed, is_inside
from voordeur.faces.visit.house import House, house
from voordeur.faces.visit.pages import Visit, begun, mark_left, problem
from voordeur.faces.visit.passes import ALONG, PAGE, Pass, PassUnknown, read_pass
from voordeur.faces.visit.talk import cookie_name, forget
from voordeur.faces.visit.talk_json import talk_json
from voordeur.faces.visit.talking import talk_step
from voordeur.records.conversations.actions import StepNotAllowed

#: A text of 100 kB still comes in, so that the page can give it back whole with the advice to send it in parts.
LARGEST_BODY = 160 * 1024


class BodyRefused(Exception):
    """A body that is not read; `status` is the HTTP status that says why."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


def _door(request: HttpRequest, at: House) -> Door:
    return at.doorway.door_for(request.META.get("HTTP_HOST", ""))


def _language(request: HttpRequest, door: Door) -> str:
    return preferred(request.headers.get("Accept-Language", ""), door.languages)


def plain(text: str, status: int) -> HttpResponse:
    """A bare answer for machines and for addresses that are not ours."""
    return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8", status=status)


def away() -> HttpResponse:
    """To the neutral page: what a burned address answers, for ever."""
    response = HttpResponse(status=303)
    response.headers["Location"] = settings.NEUTRAL_URL
    return response


def enter(request: HttpRequest, page_code: str = "", language: str = "", *, is_embedded: bool = False) -> HttpResponse:
    """A fixed, findable address: leads to the same page under an address of this visit's own.

    is_embedded: for inside a page of another site; who opens it by itself, or at a door that allows no site, comes in
    as everybody does.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    at = house()
    try:
        door = _door(request, at)
    except UnknownHost:
        return plain("There is no door at this host name.", 421)
    is_embedded = is_embedded and bool(door.embedded_by) and request.headers.get("Sec-Fetch-Dest") != "document"
    response = HttpResponse(status=303)
    token = at.visits.begin(datetime.now(UTC))
    home = f"/e/{token}" if is_embedded else f"/{token}"
    spoken = f"/in/{language}" if language in door.languages else ""
    response.headers["Location"] = f"{home}{spoken}/{page_code}" if page_code else f"{home}{spoken}"
    return response


def leave(request: HttpRequest, token: str, *, is_embedded: bool = False) -> HttpResponse:
    """Leave now: the address is burned, and a blank page goes on to the neutral one.

    The cookie of two seconds keeps the page that is left out of the browser's memory (safety rule 1, exception).
    Who leaves from inside a page of another site gets none: no browser that we know keeps such a page (frame.html).
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    house().visits.burn(token, datetime.now(UTC))
    _end_talk(token)
    target = settings.NEUTRAL_URL.replace("&", "&amp;").replace('"', "%22")
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>…</title>'
        f'<meta http-equiv="refresh" content="0;url={target}"><link rel="icon" href="data:,"></head>'
        f'<body><p><a href="{target}" rel="noreferrer">…</a></p></body></html>'
    )
    response = HttpResponse(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = page_policy([], [])
    if is_embedded:
        return response
    mark_left(response)
    if cookie_name() in request.COOKIES:
        forget(response, token)
    return response


def _end_talk(token: str) -> None:
    """The conversation of this visit ends with it; a database that does not answer holds nobody up."""
    conversation_id = house().sittings.rise(token)
    if conversation_id is None:
        return
    try:
        left(conversation_id)
    except (Error, StepNotAllowed):
        logging.getLogger("voordeur").warning("a conversation could not be told that its visitor left")


def _pass(written: str, at: House, token: str, kind: int = PAGE) -> Pass | None:
    try:
        return read_pass(written, at.pass_key, token, kind) if written else None
    except PassUnknown:
        return None


def talk_answer(request: HttpRequest, token: str) -> HttpResponse:
    """What the script of a conversation asks."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    at, moment = house(), datetime.now(UTC)
    try:
        door = _door(request, at)
    except UnknownHost:
        return plain("There is no door at this host name.", 421)
    if not at.visits.is_alive(token, moment):
        return away()
    try:
        sent = read_body(request)
    except BodyRefused as refused:
        return plain("This could not be read.", refused.status)
    chosen = sent.get("l", [""])[0]
    language = chosen if chosen in door.languages else _language(request, door)
    talk = _pass(sent.get("c", [""])[0], at, token)
    return talk_json(Visit(request, at, door, token, language, Told(), "talk:", moment, talk), sent)


def visit(
    request: HttpRequest, token: str, page_code: str = "", language: str = "", *, is_embedded: bool = False
) -> HttpResponse:
    """Everything under the address of a visit. Inside a page of another site no conversation is looked for."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    at, moment = house(), datetime.now(UTC)
    try:
        door = _door(request, at)
    except UnknownHost:
        return plain("There is no door at this host name.", 421)
    if not at.visits.is_alive(token, moment):
        return closed(door, _language(request, door)) if is_embedded else away()
    language = language if language in door.languages else _language(request, door)
    kept = None if is_embedded else _pass(request.COOKIES.get(cookie_name(), ""), at, token)
    here = Visit(request, at, door, token, language, begun(door), "home", moment, kept, is_embedded=is_embedded)
    if request.method != "POST":
        return talk_step(here, "", {}) if kept and not page_code else steps.opened(here, page_code)
    try:
        sent = read_body(request)
    except BodyRefused as refused:
        return problem(here, refused.status)
    chosen = sent.get("l", [""])[0]
    told = told_answers.read(at.guide, sent["s"][0]) if "s" in sent else begun(door)
    view = sent.get("v", ["home"])[0]
    spoken = chosen if chosen in door.languages else language
    if is_embedded:
        return steps.embedded(replace(here, language=spoken, told=told, view=view), sent)
    talk = _pass(sent.get("c", [""])[0], at, token)  # the cookie is for loading anew only
    along = _pass(sent.get("b", [""])[0], at, token, ALONG)
    here = Visit(request, at, door, token, spoken, told, view, moment, talk, along)
    return steps.answered(here, sent)


def read_body(request: HttpRequest) -> dict[str, list[str]]:
    """The fields of a form body. Raises BodyRefused: 413 too large, 415 not a form, 400 not readable."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > LARGEST_BODY:
        raise BodyRefused(413)
    kind = request.META.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BodyRefused(415)
    try:
        body = request.read(LARGEST_BODY + 1)
    except OSError:
        raise BodyRefused(400) from None
    if len(body) > LARGEST_BODY:
        raise BodyRefused(413)
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=300, errors="strict")
    except ValueError:
        raise BodyRefused(400) from None


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that does not exist: said within a visit, so that this page too is gone after leaving."""
    at = house()
    try:
        _door(request, at)
    except UnknownHost:
        return plain("There is no door at this host name.", 421)
    response = HttpResponse(status=303)
    home = "/e/" if is_inside(request) else "/"
    response.headers["Location"] = f"{home}{at.visits.begin(datetime.now(UTC))}/{steps.NOT_HERE}"
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours broke (the database, say): the emergency number and the way out stand all the same.

    The log gets the kind of error and where in our code it rose; no values, for they may be a visitor's.
    """
    kind, _, trace = sys.exc_info()
    where = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(extract_tb(trace, -6)))
    logging.getLogger("voordeur").error("a page broke: %s at %s", kind.__name__ if kind else "unknown", where)
    at = house()
    try:
        door = _door(request, at)
    except UnknownHost:
        return plain("There is no door at this host name.", 421)
    moment = datetime.now(UTC)
    token = at.visits.begin(moment)
    here = Visit(request, at, door, token, _language(request, door), Told(), "home", moment)
    return problem(replace(here, is_embedded=is_inside(request)), 500)
