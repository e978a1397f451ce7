"""How the API answers: for every site, without cookies, with an ETag, and slowed when somebody asks too much.

Nothing of a question is written down anywhere: no address, no parameter, no situation.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse

from voordeur.faces.doorway import Doorway, UnknownHost, load_doors
from voordeur.faces.hsds import LICENSE_URL
from voordeur.faces.language import N_, preferred, translations
from voordeur.faces.limits import Limit, Limits
from voordeur.faces.opendata.asking import Refused
from voordeur.faces.opendata.store import Store, store_at

LANGUAGES = ("en", "nl")
#: A program that reads every page of every list stays below this.
QUESTIONS = Limit("api", 240, 0.25)
#: A whole dump, or a matching, is more work.
WORK = Limit("api-work", 60, 1)
limits = Limits()
JSON = "application/json"
_MINUTE = "public, max-age=60"
View = Callable[..., HttpResponse]


@functools.lru_cache(maxsize=1)
def _doorway() -> Doorway:
    return load_doors(settings.CONTENT / "doors", tuple(settings.EXTRA_HOSTS))


def language_of(request: HttpRequest) -> str:
    """English, unless the reader wishes Dutch."""
    return preferred(request.headers.get("Accept-Language", ""), LANGUAGES)


def endpoint(*methods: str, limit: Limit = QUESTIONS) -> Callable[[View], View]:
    """A view of the API: its methods and its limit; what it refuses becomes an answer."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, **given: Any) -> HttpResponse:
            moment = datetime.now(UTC)
            try:
                _doorway().door_for(request.META.get("HTTP_HOST", ""))
                if request.method not in methods:
                    raise Refused(
                        405, "method", N_("%(method)s is not possible at this address."), method=request.method
                    )
                if not limits.may(limit, str(request.META.get("REMOTE_ADDR", "")), moment):
                    raise Refused(429, "too_often", N_("Too many questions from your network. Wait a minute."))
                response = view(request, moment=moment, **given)
            except UnknownHost:
                return HttpResponse("There is no door at this host name.\n", "text/plain; charset=utf-8", 421)
            except Refused as wrong:
                response = refusal(request, wrong)
                if wrong.status == 405:
                    response.headers["Allow"] = ", ".join(methods)
                if wrong.status == 429:
                    response.headers["Retry-After"] = "60"
            except Error:
                logging.getLogger("voordeur").warning("the API could not read the directory")
                sentence = N_("The directory cannot be read at this moment. Try again later.")
                response = refusal(request, Refused(503, "not_now", sentence))
            except Exception as broken:  # a program that reads us gets an answer that it can read, whatever happened
                logging.getLogger("voordeur").error("the API failed with %s", type(broken).__name__)
                sentence = N_("Something went wrong with us. Try again later.")
                response = refusal(request, Refused(500, "our_fault", sentence))
            if "GET" in methods:
                response.headers["Access-Control-Allow-Origin"] = "*"
                response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            response.headers["Link"] = f'<{LICENSE_URL}>; rel="license"'
            return response

        return answer

    return wrap


def refusal(request: HttpRequest, wrong: Refused) -> HttpResponse:
    """An error as JSON: a code for programs, a sentence for people in their language."""
    language = language_of(request)
    said = translations(language).gettext(wrong.sentence) % wrong.values
    response = HttpResponse(as_bytes({"error": wrong.code, "message": said}), f"{JSON}; charset=utf-8", wrong.status)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    return response


def as_bytes(data: Any) -> bytes:
    """JSON as it is sent."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).encode()


def kept(
    request: HttpRequest, store: Store, make: Callable[[], bytes], content_type: str = JSON, *, more: str = ""
) -> HttpResponse:
    """An answer that stays the same as long as the directory does: 304 when the asker has it already.

    `more` is what the answer depends on besides the directory and the address.
    """
    asked = f"{store.edition} {request.get_full_path()} {content_type} {more}"
    tag = f'W/"{hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'
    since = store.since.replace(microsecond=0)
    response = HttpResponse(status=304)
    if not _has_it(request, tag, since):
        body = make()
        response = HttpResponse(body, f"{content_type}; charset=utf-8" if content_type == JSON else content_type)
        if "gzip" in request.headers.get("Accept-Encoding", "") and len(body) > 1000 and "zip" not in content_type:
            response.content = gzip.compress(body, 5, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.content))
    response.headers["ETag"] = tag
    response.headers["Last-Modified"] = format_datetime(since, usegmt=True)
    response.headers["Cache-Control"] = _MINUTE
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _has_it(request: HttpRequest, tag: str, since: datetime) -> bool:
    tags = request.headers.get("If-None-Match")
    if tags is not None:  # RFC 9110: then the date does not count
        return tags.strip() == "*" or tag.removeprefix("W/") in [
            one.strip().removeprefix("W/") for one in tags.split(",")
        ]
    try:
        return parsedate_to_datetime(request.headers.get("If-Modified-Since", "")) >= since
    except (TypeError, ValueError):
        return False


def store_of(moment: datetime) -> Store:
    """The directory to answer from. Raises a database error when it never could be read, and Refused without any."""
    store = store_at(moment)
    if not store.edition:
        raise Refused(503, "not_now", N_("No directory is loaded yet."))
    return store
