"""Asking an organisation whether its entry is right, and saying whether it answered. We send nothing by ourselves."""

from __future__ import annotations

from django.http import HttpResponse

from voordeur.faces.editorial.keeper import SEND, AskedWrongly, Keeper, kept, on_to
from voordeur.faces.language import N_
from voordeur.records.directory import publishing


@kept(*SEND)
def asking(who: Keeper, organization: str) -> HttpResponse:
    """Asked today; no answer came; they answered."""
    who.must_be_steward()
    who.entry(organization)
    what = who.sent("what", 20)
    if what not in ("asked", "silent", "answered"):
        raise AskedWrongly(who.words(N_("Choose what to do.")))
    with who.deed(f"organisation {what}", organization):
        if what == "asked":
            publishing.ask(organization=organization, moment=who.moment)
        elif what == "silent":
            publishing.hear_nothing(organization=organization)
        else:
            publishing.hear_back(organization=organization)
    return on_to(f"/o/{organization}")
