"""A whole entry as the text of a file: for what has no form of its own, such as one more service."""

from __future__ import annotations

from django.http import HttpResponse

from voordeur.faces.editorial.keeper import BOTH, Keeper, kept, on_to, show
from voordeur.records.directory import history, publishing
from voordeur.records.directory.entry_toml import as_toml
from voordeur.records.directory.findings import DirectoryBroken

LONGEST = 40_000


@kept(*BOTH)
def whole(who: Keeper, organization: str) -> HttpResponse:
    """The text of the draft, or of what stands; sent, it is the draft. What is wrong is said with its line."""
    stands, is_own = who.entry(organization), not who.is_steward
    draft = history.draft_of(organization, is_own=is_own)
    entry = stands if draft is None else draft.entry
    text, faults = as_toml(entry), []
    if who.request.method == "POST":
        text = who.sent("text", LONGEST) + "\n"
        try:
            with who.deed("entry text changed", organization):
                made = publishing.change_all(organization=organization, text=text, is_own=is_own, moment=who.moment)
            return on_to(f"/version/{made}")
        except DirectoryBroken as broken:
            faults = [f"{one.line}: {one.message}" for one in broken.findings]
    return show(
        who,
        "whole.html",
        status=400 if faults else 200,
        organization=organization,
        name=entry["name"],
        text=text,
        faults=faults,
        lines=min(60, text.count("\n") + 3),
    )
