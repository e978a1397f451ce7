"""The figures as sheets at fixed addresses: the same for everybody, so nothing of a visitor is in them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from voordeur.faces.doorway import UnknownHost
from voordeur.faces.gap_figures import all_figures, directory_date, table_sheet
from voordeur.faces.visit.entrance import plain
from voordeur.faces.visit.gaps import counted_at, terrain_at
from voordeur.faces.visit.house import house
from voordeur.faces.visit.results import directory_at
from voordeur.records.directory.queries import Directory

_making = Lock()
_made: dict[tuple[str, str], bytes] = {}


def gaps_sheet(request: HttpRequest) -> HttpResponse:
    """All figures about gaps; made once for each state of the directory, for it takes some seconds."""
    return _sheet(request, "gaps", lambda at: all_figures(terrain_at(house(), at), directory_date(at)))


def table_5_1(request: HttpRequest, language: str) -> HttpResponse:
    """Table 5.1 of the report counted again, with explanations in this language."""
    return _sheet(
        request,
        f"table-5-1-{language}",
        lambda at: table_sheet(counted_at(house(), at)[1], language, directory_date(at)),
    )


def _sheet(request: HttpRequest, name: str, make: Callable[[Directory], str]) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    try:
        house().doorway.door_for(request.META.get("HTTP_HOST", ""))
    except UnknownHost:
        return plain("There is no door at this host name.", 421)
    directory = directory_at(datetime.now(UTC))
    key = (name, directory.edition)
    with _making:  # who comes second waits for the first, instead of working it out too
        if key not in _made:
            for old in [one for one in _made if one[1] != directory.edition]:
                del _made[old]
            _made[key] = gzip.compress(make(directory).encode("utf-8-sig"), 6, mtime=0)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        _made[key] if packed else gzip.decompress(_made[key]), content_type="text/csv; charset=utf-8"
    )
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Content-Disposition"] = f'attachment; filename="voordeur-{name}.csv"'
    return response
