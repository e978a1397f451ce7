"""One entry: every field with its source and age, what waits about it, and its history."""

from __future__ import annotations

from django.http import HttpResponse

from voordeur.faces.editorial.keeper import READ, Keeper, kept, show
from voordeur.faces.editorial.overview import STATES
from voordeur.faces.editorial.shown import shown_field
from voordeur.faces.entry_words import text_in
from voordeur.faces.language import N_
from voordeur.records.directory import history
from voordeur.records.directory.fields import fields
from voordeur.records.directory.file_entries import FROM_FILES
from voordeur.records.directory.publishing import fingerprint
from voordeur.records.directory.versions import Version, VersionState


@kept(*READ)
def entry(who: Keeper, organization: str) -> HttpResponse:
    """The entry as it stands."""
    data = who.entry(organization)
    shown = [shown_field(who, one, data) for one in fields(data).values()]
    versions = [
        one
        for one in history.versions_of(organization)
        if one.state not in (VersionState.DRAFT, VersionState.PROPOSED) or _sees(who, one)
    ]
    groups = [("", [one for one in shown if not one.path.startswith("services.")])]
    for service in data["services"]:
        begin = f"services.{service['id']}."
        groups.append((text_in(service["name"], who.language), [one for one in shown if one.path.startswith(begin)]))
    return show(
        who,
        "entry.html",
        organization=organization,
        name=data["name"],
        groups=groups,
        versions=[(one, who.words(STATES[one.state]), who.day(one.made_on), reason_of(who, one)) for one in versions],
        draft=history.draft_of(organization, is_own=not who.is_steward),
        may_undo=who.is_steward and _may_undo(versions),
        seen=fingerprint(organization),
        corrections=history.waiting_corrections(organization) if who.is_steward else (),
    )


def _sees(who: Keeper, one: Version) -> bool:
    return one.is_own != who.is_steward or (who.is_steward and one.state is VersionState.PROPOSED)


def reason_of(who: Keeper, one: Version) -> str:
    """Why a version was made."""
    return who.words(N_("as in the files")) if one.reason == FROM_FILES else one.reason


def _may_undo(versions: list[Version]) -> bool:
    states = {one.state for one in versions}
    return VersionState.PUBLISHED in states and VersionState.FORMER in states
