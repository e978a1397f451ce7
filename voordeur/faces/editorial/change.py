"""Changing one field: its new value by the kind of field it is, and the source on which it rests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from voordeur.faces.editorial.filling import (
    EMPTY,
    NEEDED,
    FilledWrongly,
    filled,
    filling,
    question,
    source,
    typed,
)
from voordeur.faces.editorial.keeper import BOTH, Keeper, NotHere, kept, on_to, show
from voordeur.faces.editorial.shown import draft_of, side
from voordeur.faces.entry_words import NAMES, field_name
from voordeur.faces.language import N_
from voordeur.records.directory import history, publishing
from voordeur.records.directory.corrections import accept_correction
from voordeur.records.directory.fields import Field, differs, fields


def _must_be_known(entry: Mapping[str, Any], path: str) -> None:
    """A field that an entry can have, at a place that this one has. Raises NotHere."""
    parts = path.split(".")
    places = {one.rpartition(".")[0] for one in fields(entry)}
    if parts[-1] not in NAMES or parts[-1] == "kind" or path.rpartition(".")[0] not in places:
        raise NotHere


@kept(*BOTH)
def change(who: Keeper, organization: str, path: str) -> HttpResponse:
    """The form of one field; sent, the field stands in the draft. Nothing is seen by visitors yet."""
    draft = draft_of(who, organization)
    _must_be_known(draft.entry, path)
    correction = _correction(who, organization)
    faults: dict[str, str] = {}
    found = fields(draft.entry).get(path)
    value = found.value if found else None
    if who.request.method == "POST":
        value = typed(who, "value", path)
        try:
            made = _put(who, organization, path, draft.entry, value, correction)
            return on_to(f"/version/{made}")
        except FilledWrongly as wrong:
            faults = wrong.faults
    name = field_name(path, draft.entry, who.language)
    asked = question(who, "value", path, value, label=name)
    return show(
        who,
        "change.html",
        organization=organization,
        org_name=draft.entry["name"],
        path=path,
        name=name,
        asked=asked,
        **filling(who, draft.entry, [asked], faults),
        stands=side(who, path, fields(draft.stands).get(path)),
        drafted=side(who, path, found) if differs(found, fields(draft.stands).get(path)) else None,
        correction=correction,
        may_be_unknown=path.rpartition(".")[2] not in NEEDED,
        is_unknown=who.request.POST.get("is_unknown") == "yes",
    )


def _put(who: Keeper, organization: str, path: str, entry: Mapping[str, Any], value: Any, correction: Any) -> int:
    """The field into the draft, and the correction that led here is taken over; gives the draft's number."""
    here: dict[str, Any] = {"organization": organization, "is_own": not who.is_steward, "moment": who.moment}
    names, made = {path.rpartition(".")[2]: "value"}, 0
    with who.deed("entry field changed", f"{organization}:{path}"):
        if who.sent("is_unknown") == "yes":
            if path not in fields(entry):
                raise FilledWrongly({"value": who.words(N_("This is not known already."))})
            with filled(who, names, {}):
                made = publishing.remove_field(path=path, **here)
        else:
            key, told, faults = source(who, entry)
            if value is None:
                raise FilledWrongly({"value": who.words(EMPTY)} | faults)
            with filled(who, names, faults):
                made = publishing.change_field(field=Field(path, value, key, told), **here)
        if correction is not None:
            accept_correction(correction=correction.id, moment=who.moment)
    return made


def _correction(who: Keeper, organization: str) -> Any:
    """The correction that led here, when it still waits and is about this organisation."""
    written = who.request.POST.get("correction") or who.request.GET.get("correction") or ""
    if not who.is_steward or not (written.isascii() and written.isdigit() and len(written) < 16):
        return None
    found = history.correction_by_id(int(written))
    return found if found is not None and found.organization == organization else None
