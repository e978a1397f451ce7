"""The description of the API: for programs as OpenAPI, for people as one page made from it, without anything else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse

from voordeur.faces.answers import answer_data, as_json
from voordeur.faces.areas import areas
from voordeur.faces.headers import page_policy
from voordeur.faces.hsds import LICENSE, LICENSE_URL
from voordeur.faces.language import N_, OWN_NAMES
from voordeur.faces.opendata.answering import LANGUAGES, as_bytes, endpoint, kept, language_of, store_of
from voordeur.faces.opendata.asking import Refused, asked, query_of
from voordeur.faces.opendata.openapi import EXAMPLE, openapi
from voordeur.faces.opendata.records import LISTS, base_of, page
from voordeur.faces.opendata.store import Store
from voordeur.faces.rendering import context_free, environment, inline, smaller_style
from voordeur.faces.situations import read_situations

HERE = Path(__file__).parent
_LONGEST_SHOWN = 1500


@dataclass(frozen=True, slots=True)
class Example:
    """A question that can be tried: its method, address and body, and the answer of now."""

    operation: str
    method: str
    path: str
    body: str
    answer: str


@endpoint("GET", "HEAD")
def description(request: HttpRequest, moment: datetime) -> HttpResponse:
    """`/api/openapi.json`."""
    asked(query_of(request), ())
    base, store = base_of(request), store_of(moment)
    return kept(request, store, lambda: as_bytes(openapi(base, ids=_first_ids(store))), more=base)


def _first_ids(store: Store) -> dict[str, str]:
    """Of each kind of record one that is there."""
    return {kind: next(iter(table.places)) for kind, table in store.tables.items() if table.places}


@endpoint("GET", "HEAD")
def docs(request: HttpRequest, moment: datetime, language: str = "") -> HttpResponse:
    """`/api/docs/nl` and `/api/docs/en`; without a language, that of the reader."""
    asked(query_of(request), ())
    if not language:
        response = HttpResponse(status=303)
        response.headers["Location"] = f"/api/docs/{language_of(request)}"
        response.headers["Vary"] = "Accept-Language"
        return response
    if language not in LANGUAGES:
        raise Refused(404, "not_found", N_("There is nothing at this address."))
    base, store = base_of(request), store_of(moment)
    style = _style()
    response = kept(
        request, store, lambda: _page(store, base, language, style).encode(), "text/html; charset=utf-8", more=base
    )
    response.headers["Content-Security-Policy"] = page_policy([style], [])
    response.headers["Content-Language"] = language
    return response


@lru_cache(maxsize=1)
def _style() -> str:
    return smaller_style((HERE / "docs.css").read_text(encoding="utf-8"))


def _page(store: Store, base: str, language: str, style: str) -> str:
    found = openapi(base, language)
    shown: dict[str, list[Example]] = {}
    for one in examples(store):
        shown.setdefault(one.operation, []).append(one)
    operations = [
        {"path": path, "method": method.upper(), **operation}
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
    ]
    html = (
        environment(HERE / "templates", language)
        .get_template("docs.html")
        .render(
            style=inline(style),
            info=found["info"],
            base=base,
            operations=operations,
            examples=shown,
            license=LICENSE,
            license_url=LICENSE_URL,
            languages=[(code, OWN_NAMES[code]) for code in LANGUAGES],
            shorten=_shortened,
        )
    )
    return context_free(html)


def _shortened(answer: str) -> str:
    return answer if len(answer) <= _LONGEST_SHOWN else answer[:_LONGEST_SHOWN] + " …"


def examples(store: Store) -> list[Example]:
    """One question for each kind of address, with records that are there, and what is answered."""
    made = []
    for kind, names in LISTS.items():
        table = store.tables[kind]
        if not table.basic:
            continue
        query = "search=chat&per_page=2" if kind == "services" else "per_page=1"
        made.append(_get(f"{kind}_list", f"/{kind}?{query}", page(store, kind, asked(query, names))))
        key = next(iter(table.places))
        made.append(_get(f"{kind}_one", f"/{kind}/{key}", table.full[table.places[key]]()))
    for term in _terms(store):
        query = f"taxonomy_term_id={term}&per_page=1&minimal=true"
        made.append(
            _get("services_list", f"/services?{query}", page(store, "services", asked(query, LISTS["services"])))
        )
    return [*made, _match(store)]


def _terms(store: Store) -> list[str]:
    """A term that some service carries."""
    found = [key for key in store.tables["taxonomy_terms"].places if f"term {key}" in store.tables["services"].marks]
    return found[:1]


def _get(operation: str, path: str, data: Any) -> Example:
    return Example(operation, "GET", path, "", json.dumps(data, ensure_ascii=False, indent=1))


def _match(store: Store) -> Example:
    from django.conf import settings

    moment = datetime.fromisoformat("2026-02-12T22:45:00+01:00")
    [one] = read_situations(EXAMPLE, areas(settings.CONTENT / "places").of, moment)
    answer = as_json([answer_data(one.key, one.answer(store.directory.index))])
    return Example("match", "POST", "/match", json.dumps(EXAMPLE, ensure_ascii=False, indent=1), answer)
