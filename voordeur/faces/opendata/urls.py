"""The addresses of the API. They mean the same for everybody, and nothing about who asks."""

from __future__ import annotations

from django.urls import path

from voordeur.faces.opendata import documents, dumps, matching, records

api = [
    path("api", records.about),
    path("api/", records.about),
    path("api/openapi.json", documents.description),
    path("api/docs", documents.docs),
    path("api/docs/<str:language>", documents.docs),
    path("api/match", matching.match),
    *(path(f"api/dumps/{name}", dumps.dump, {"name": name}) for name in dumps.DUMPS),
    *(path(f"api/{kind}", records.many, {"kind": kind}) for kind in records.LISTS),
    path("api/organizations/<str:key>/schema.org", records.linked),
    *(path(f"api/{kind}/<str:key>", records.one, {"kind": kind}) for kind in records.LISTS),
    path("api/<path:rest>", records.nothing),
]
