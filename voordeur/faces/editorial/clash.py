"""What the files and the browser changed both: three columns, and a choice for each."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse

from voordeur.faces.editorial.keeper import BOTH, AskedWrongly, Keeper, NotHere, kept, on_to, show
from voordeur.faces.editorial.shown import ShownSide, side
from voordeur.faces.entry_words import field_name
from voordeur.faces.language import N_
from voordeur.records.directory import history, publishing
from voordeur.records.directory.file_entries import WHOLE
from voordeur.records.directory.versions import Clash


@dataclass(frozen=True, slots=True)
class Row:
    """One field in three states."""

    name: str
    base: ShownSide
    file: ShownSide
    published: ShownSide


def _rows(who: Keeper, one: Clash, entry: dict[str, object]) -> list[Row]:
    states = [{field.path: field for field in fields} for fields in (one.published, one.file, one.base)]
    rows = []
    for path in dict.fromkeys(path for state in states for path in state):
        now, file, base = (side(who, path, state.get(path)) for state in states)
        rows.append(Row(field_name(path, entry, who.language), base, file, now))
    return rows


@kept(*BOTH)
def clash(who: Keeper, clash: int) -> HttpResponse:
    """The three columns; sent, the choice."""
    who.must_be_steward()
    one = history.clash_by_id(clash)
    if one is None:
        raise NotHere
    if who.request.method == "POST":
        return _choose(who, one)
    entry = who.entry(one.organization)
    return show(
        who,
        "clash.html",
        one=one,
        name=entry["name"],
        is_whole=one.path == WHOLE,
        rows=_rows(who, one, entry),
        day=who.day(one.found_on),
    )


def _choose(who: Keeper, one: Clash) -> HttpResponse:
    chosen = who.sent("chosen", 20)
    if chosen not in ("file", "published"):
        raise AskedWrongly(who.words(N_("Choose what to do.")))
    with who.deed(f"clash: {chosen}", f"{one.organization}:{one.path}"):
        if one.path == WHOLE and chosen == "file":
            publishing.leave_out(organization=one.organization, moment=who.moment)
            return on_to("")
        draft = publishing.choose(clash=one.id, takes_file=chosen == "file", moment=who.moment)
    return on_to("" if draft is None else f"/version/{draft}")
