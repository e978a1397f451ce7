"""A correction from the public: what stands beside what was said; take it over with a source, or not, or remove it."""

from __future__ import annotations

from django.http import HttpResponse

from voordeur.faces.editorial.keeper import BOTH, AskedWrongly, Keeper, NotHere, kept, on_to, show
from voordeur.faces.editorial.shown import side
from voordeur.faces.entry_words import field_name
from voordeur.faces.language import N_
from voordeur.records.directory import corrections, history
from voordeur.records.directory.fields import fields


@kept(*BOTH)
def correction(who: Keeper, correction: int) -> HttpResponse:
    """The comparison; sent, the decision."""
    who.must_be_steward()
    one = history.correction_by_id(correction)
    if one is None:
        raise NotHere
    if who.request.method == "POST":
        return _decide(who, one.id, one.organization)
    entry = who.entry(one.organization)
    stands = fields(entry).get(one.path)
    return show(
        who,
        "correction.html",
        one=one,
        name=entry["name"],
        field=field_name(one.path, entry, who.language) if one.path else who.words(N_("something else")),
        stands=side(who, one.path, stands),
        is_there=stands is not None,
        day=who.day(one.proposed_on),
    )


def _decide(who: Keeper, number: int, organization: str) -> HttpResponse:
    what = who.sent("decision", 20)
    if what == "decline":
        with who.deed("correction declined", organization):
            corrections.decline_correction(correction=number, reason=who.sent("reason"), moment=who.moment)
    elif what == "accept":
        with who.deed("correction accepted", organization):
            corrections.accept_correction(correction=number, moment=who.moment)
        return on_to(f"/o/{organization}")
    elif what == "remove":
        with who.deed("correction removed", organization):
            corrections.remove_correction(correction=number)
    else:
        raise AskedWrongly(who.words(N_("Choose what to do.")))
    return on_to("")
