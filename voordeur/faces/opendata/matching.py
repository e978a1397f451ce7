"""`POST /api/match`: what `voordeur match` gives, byte for byte. Nothing of it is kept, counted or logged."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from voordeur.faces.answers import PER_PAGE, answer_data, as_lines
from voordeur.faces.areas import areas
from voordeur.faces.language import N_
from voordeur.faces.opendata.answering import JSON, WORK, endpoint, language_of, store_of
from voordeur.faces.opendata.asking import Refused, asked, query_of
from voordeur.faces.situations import NotSituations, parse, read_situations
from voordeur.rules.opening import AMSTERDAM

LARGEST_BODY = 64 * 1024
MOST_SITUATIONS = 50
PAGED = ("page", "per_page")


@endpoint("POST", limit=WORK)
def match(request: HttpRequest, moment: datetime) -> HttpResponse:
    """The help that fits each situation of the body, in its order."""
    part = asked(query_of(request), PAGED, per_page=PER_PAGE)
    raw = _body(request)
    language = language_of(request)
    try:
        data = parse(raw, "body")
        if isinstance(data, list) and len(data) > MOST_SITUATIONS:
            raise Refused(400, "too_many", N_("At most %(most)s situations at once."), most=MOST_SITUATIONS)
        found = read_situations(data, areas(settings.CONTENT / "places").of, moment.astimezone(AMSTERDAM))
    except NotSituations as wrong:
        raise Refused(400, "no_situation", "%(said)s", said=wrong.said_in(language)) from wrong
    index = store_of(moment).directory.index
    text = as_lines(answer_data(one.key, one.answer(index), **part) for one in found) + "\n"
    # As the command prints it: half of a pair of signs, from a file that was cut, becomes \udXXX, which is JSON too.
    response = HttpResponse(text.encode("utf-8", "backslashreplace"), f"{JSON}; charset=utf-8")
    unknown = [str(place) for place, one in enumerate(found, 1) if one.unknown_place is not None]
    if unknown:
        response.headers["Voordeur-Unknown-Places"] = ", ".join(unknown)
    return response


def _body(request: HttpRequest) -> bytes:
    """The body. Raises Refused when it is too large, no JSON, or not readable."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    too_large = Refused(413, "too_large", N_("At most %(most)s bytes at once."), most=LARGEST_BODY)
    if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > LARGEST_BODY:
        raise too_large
    if request.META.get("CONTENT_TYPE", "").split(";")[0].strip().lower() != JSON:
        raise Refused(415, "no_json", N_("A body of the type application/json is expected."))
    try:
        return request.read(LARGEST_BODY)
    except OSError as wrong:
        raise Refused(400, "unreadable", N_("The body cannot be read.")) from wrong
