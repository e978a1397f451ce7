"""A service, or a way to be in touch with one: put into the draft by a form of its own, or taken out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from voordeur.faces.editorial.filling import (
    NEEDED,
    FilledWrongly,
    Question,
    filled,
    filling,
    question,
    source,
    typed,
)
from voordeur.faces.editorial.keeper import BOTH, Keeper, NotHere, kept, on_to, show
from voordeur.faces.editorial.shown import Drafted, alone, draft_of, part_lines, part_name
from voordeur.faces.entry_words import NAMES, fault_in_words
from voordeur.faces.language import N_
from voordeur.records.directory import publishing
from voordeur.records.directory.fields import ways_of
from voordeur.records.directory.findings import DirectoryBroken

#: What a new service and a new way to be in touch are asked; the rest can be filled in afterwards.
OF_SERVICE = (
    "name", "function", "roles", "primary_roles", "violence", "help", "area", "age_min", "age_max", "anonymous",
)  # fmt: skip
OF_WAY = ("kind", "value", "hours", "hours_note", "cost")
_LABELS = {"kind": N_("How people can be in touch"), "name": N_("Name of the service")}


def _questions(who: Keeper, keys: tuple[str, ...], values: Mapping[str, Any]) -> list[Question]:
    return [
        question(
            who,
            key,
            f"services.{key}",
            values.get(key),
            label=who.words(_LABELS.get(key, NAMES[key])),
            is_needed=key in NEEDED,
        )
        for key in keys
    ]


def _filled(who: Keeper, keys: tuple[str, ...]) -> dict[str, Any]:
    values = {key: typed(who, key, f"services.{key}") for key in keys}
    return {key: value for key, value in values.items() if value is not None and value != []}


def _form(who: Keeper, draft: Drafted, organization: str, service: str = "") -> HttpResponse:
    keys, faults, values = OF_WAY if service else OF_SERVICE, dict[str, str](), dict[str, Any]()
    if who.request.method == "POST":
        values = _filled(who, keys)
        try:
            return on_to(f"/version/{_add(who, draft, organization, service, values)}")
        except FilledWrongly as wrong:
            faults = wrong.faults
    questions = _questions(who, keys, values)
    return show(
        who,
        "part.html",
        organization=organization,
        org_name=draft.entry["name"],
        service=service,
        service_name=part_name(who, f"services.{service}", draft.entry) if service else "",
        questions=questions,
        **filling(who, draft.entry, questions, faults),
    )


def _add(who: Keeper, draft: Drafted, organization: str, service: str, values: Mapping[str, Any]) -> int:
    what, keys, made = ("entry way added", OF_WAY, 0) if service else ("entry service added", OF_SERVICE, 0)
    with who.deed(what, f"{organization}:{service}" if service else organization):
        key, told, faults = source(who, draft.entry)
        with filled(who, {key: key for key in keys}, faults):
            made = publishing.add_part(
                organization=organization,
                service=service,
                values=values,
                source_key=key,
                source=told,
                is_own=not who.is_steward,
                moment=who.moment,
            )
    return made


@kept(*BOTH)
def new_service(who: Keeper, organization: str) -> HttpResponse:
    """The form of one service more; sent, it stands in the draft."""
    return _form(who, draft_of(who, organization), organization)


@kept(*BOTH)
def new_way(who: Keeper, organization: str, service: str) -> HttpResponse:
    """The form of one way more to be in touch with a service; sent, it stands in the draft."""
    draft = draft_of(who, organization)
    _ways(draft.entry, service)
    return _form(who, draft, organization, service)


@kept(*BOTH)
def take_out(who: Keeper, organization: str, service: str, way: str = "") -> HttpResponse:
    """All of a service, or of a way to be in touch with it; sent, it is out of the draft."""
    draft = draft_of(who, organization)
    ways = _ways(draft.entry, service)
    if way and way not in ways:
        raise NotHere
    part, faults = f"services.{service}.{way}".rstrip("."), list[str]()
    if who.request.method == "POST":
        try:
            with who.deed(f"entry {'way' if way else 'service'} taken out", f"{organization}:{part}"):
                made = publishing.remove_part(
                    organization=organization, service=service, way=way, is_own=not who.is_steward, moment=who.moment
                )
            return on_to(f"/version/{made}")
        except DirectoryBroken as broken:
            faults = [fault_in_words(one, who.language) for one in broken.findings]
    return show(
        who,
        "take_out.html",
        status=400 if faults else 200,
        organization=organization,
        org_name=draft.entry["name"],
        address=f"/o/{organization}/service/{service}" + (f"/way/{way}" if way else "") + "/out",
        name=part_name(who, part, alone(draft.entry, service)),
        service_name=part_name(who, f"services.{service}", draft.entry),
        is_way=bool(way),
        is_last_way=bool(way) and len(ways) == 1,
        is_last_service=not way and len(draft.entry["services"]) == 1,
        lines=part_lines(who, part, draft.entry),
        faults=faults,
    )


def _ways(entry: Mapping[str, Any], service: str) -> dict[str, Any]:
    """The ways to be in touch with a service by their name in a path. Raises NotHere."""
    found = next((one for one in entry["services"] if one["id"] == service), None)
    if found is None:
        raise NotHere
    return dict(ways_of(found))
