"""The whole directory in one file, made once for each state of it."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from voordeur.faces.hsds_dumps import csv_dump, json_dump
from voordeur.faces.opendata.answering import JSON, WORK, endpoint, kept, store_of
from voordeur.faces.opendata.asking import asked, query_of

DUMPS = {"directory.json": (json_dump, JSON), "directory.zip": (csv_dump, "application/zip")}


@endpoint("GET", "HEAD", limit=WORK)
def dump(request: HttpRequest, moment: datetime, name: str) -> HttpResponse:
    """A dump: JSON, or the tables as CSV in a zip."""
    asked(query_of(request), ())
    store = store_of(moment)
    make, content_type = DUMPS[name]
    if name not in store.made:
        store.made[name] = make(store.organizations, store.edition)
    response = kept(request, store, lambda: store.made[name], content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
