"""The addresses of HSDS 3.1: lists in pages with filters, and one record in full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse

from voordeur.faces.hsds import VERSION, Record, as_identifier
from voordeur.faces.language import N_
from voordeur.faces.opendata.answering import as_bytes, endpoint, kept, store_of
from voordeur.faces.opendata.asking import Refused, asked, query_of
from voordeur.faces.opendata.linked import linked_organization
from voordeur.faces.opendata.store import Store, page_of

_PAGED = ("search", "page", "per_page", "format")
#: The parameters of each list.
LISTS: dict[str, tuple[str, ...]] = {
    "services": (*_PAGED, "taxonomy_term_id", "taxonomy_id", "organization_id", "minimal", "full"),
    "organizations": (*_PAGED, "taxonomy_term_id", "taxonomy_id", "full", "full_service"),
    "service_at_locations": (*_PAGED, "taxonomy_term_id", "taxonomy_id", "organization_id", "full"),
    "taxonomies": _PAGED,
    "taxonomy_terms": (*_PAGED, "taxonomy_id"),
}
_MARKS = {"taxonomy_term_id": "term", "taxonomy_id": "taxonomy", "organization_id": "organization"}


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a list: the numbers that HSDS names."""

    total: int
    page: int
    per_page: int

    def head(self, size: int) -> Record:
        """The head of the page, when so many records stand on it."""
        pages = -(-self.total // self.per_page)
        return {
            "total_items": self.total,
            "total_pages": pages,
            "page_number": self.page,
            "size": size,
            "first_page": self.page == 1,
            "last_page": self.page >= pages,
            "empty": size == 0,
        }


def base_of(request: HttpRequest) -> str:
    """The address of the API as the asker wrote it."""
    return request.build_absolute_uri("/api")


@endpoint("GET", "HEAD")
def about(request: HttpRequest, moment: datetime) -> HttpResponse:
    """`/api/`: what this is, and where it is described."""
    asked(query_of(request), ())
    base = base_of(request)
    data = {"version": VERSION, "profile": f"{base}/docs/en", "openapi_url": f"{base}/openapi.json"}
    return kept(request, store_of(moment), lambda: as_bytes(data), more=base)


@endpoint("GET", "HEAD")
def many(request: HttpRequest, moment: datetime, kind: str) -> HttpResponse:
    """A page of a list."""
    wishes = asked(query_of(request), LISTS[kind])
    store = store_of(moment)
    return kept(request, store, lambda: as_bytes(page(store, kind, wishes)))


def page(store: Store, kind: str, wishes: dict[str, Any]) -> Record:
    """The page of a list that was asked for, as data."""
    table = store.tables[kind]
    marks = [f"{mark} {wishes[name]}" for name, mark in _MARKS.items() if name in wishes]
    found = table.found(marks, wishes.get("search"))
    part = Part(found.bit_count(), wishes["page"], wishes["per_page"])
    places = page_of(found, (part.page - 1) * part.per_page, part.per_page)
    return {**part.head(len(places)), "contents": [_maker(store, kind, wishes)(place) for place in places]}


def _maker(store: Store, kind: str, wishes: dict[str, Any]) -> Callable[[int], Record]:
    table = store.tables[kind]
    if wishes.get("minimal"):
        return lambda place: {"id": table.basic[place]()["id"]}
    if wishes.get("full_service"):
        return lambda place: store.organizations[place].organization_in_full(with_services=True)
    return (lambda place: table.full[place]()) if wishes.get("full") else (lambda place: table.basic[place]())


@endpoint("GET", "HEAD")
def one(request: HttpRequest, moment: datetime, kind: str, key: str) -> HttpResponse:
    """One record in full."""
    wishes = asked(query_of(request), ("full_service",) if kind == "organizations" else ())
    store = store_of(moment)
    place = store.tables[kind].places.get(as_identifier(key) or "")
    if place is None:
        raise Refused(404, "not_found", N_("There is nothing at this address."))
    make = store.tables[kind].full[place]
    if wishes.get("full_service"):
        make = partial(store.organizations[place].organization_in_full, with_services=True)
    return kept(request, store, lambda: as_bytes(make()))


@endpoint("GET", "HEAD")
def linked(request: HttpRequest, moment: datetime, key: str) -> HttpResponse:
    """One organisation in the words of schema.org."""
    asked(query_of(request), ())
    store = store_of(moment)
    found = store.by_name.get(as_identifier(key) or "")
    if found is None:
        raise Refused(404, "not_found", N_("There is nothing at this address."))
    data = linked_organization(found, f"{base_of(request)}/organizations/{found.id}")
    return kept(request, store, lambda: as_bytes(data), "application/ld+json", more=base_of(request))


@endpoint("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
def nothing(request: HttpRequest, moment: datetime, rest: str = "") -> HttpResponse:
    """Any other address under `/api/`."""
    raise Refused(404, "not_found", N_("There is nothing at this address."))
