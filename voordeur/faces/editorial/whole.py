"""A whole entry as the text of a file, for who knows the files."""

from __future__ import annotations

from django.http import HttpResponse

from voordeur.faces.editorial.keeper import BOTH, Keeper, kept, on_to, show
from voordeur.faces.editorial.shown import draft_of
from voordeur.faces.entry_words import fault_in_words
from voordeur.faces.language import N_
from voordeur.records.directory import publishing
from voordeur.records.directory.entry_toml import as_toml
from voordeur.records.directory.findings import DirectoryBroken, Finding

LONGEST = 40_000


@kept(*BOTH)
def whole(who: Keeper, organization: str) -> HttpResponse:
    """The text of the draft, or of what stands; sent, it is the draft. What is wrong is said with its line."""
    is_own, entry = not who.is_steward, draft_of(who, organization).entry
    text, faults = as_toml(entry), []
    if who.request.method == "POST":
        text = who.sent("text", LONGEST) + "\n"
        try:
            with who.deed("entry text changed", organization):
                made = publishing.change_all(organization=organization, text=text, is_own=is_own, moment=who.moment)
            return on_to(f"/version/{made}")
        except DirectoryBroken as broken:
            faults = [_said(who, one) for one in broken.findings]
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


def _said(who: Keeper, one: Finding) -> str:
    """What is wrong, with its line and the key of the text that it is about."""
    key = next((str(part) for part in reversed(one.where) if isinstance(part, str)), "")
    text = fault_in_words(one, who.language)
    return who.words(N_("Line %(line)s: %(text)s")) % {"line": one.line, "text": f"{key}: {text}" if key else text}
