"""Pages of the library as they stand in a list, and which of them to read for a situation."""

from __future__ import annotations

from dataclasses import dataclass

from voordeur import vocabulary as v
from voordeur.faces.doorway import Door
from voordeur.faces.visit.house import House
from voordeur.records.library.page_files import LibraryPage
from voordeur.rules.situation import Situation


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A page to read: how it is asked for, its title and what it is for."""

    id: str
    title: str
    lead: str


def link(page: LibraryPage) -> ShownLink:
    """A page as it stands in a list."""
    return ShownLink(page.id, page.title, page.lead)


def first_pages(house: House, door: Door, language: str) -> list[ShownLink]:
    """The pages that this door shows first, in its order."""
    found = [house.library.page(name, language) for name in door.topics]
    return [link(page) for page in found if page is not None]


def to_read(house: House, situation: Situation, language: str) -> list[ShownLink]:
    """At most three pages about what was told, for who tells it; those to recognise first."""
    wanted = situation.violence - {v.Violence.UNKNOWN}
    found = []
    for name in {name for kind in wanted for name in house.library.about.get(kind, ())}:
        page = house.library.page(name, language)
        if page is None or str(situation.role) not in page.roles:
            continue
        shared = len(page.situation.violence & wanted)
        if shared:
            same = (page.situation.relation is not None and page.situation.relation == situation.relation) + (
                page.situation.context is not None and page.situation.context == situation.context
            )
            found.append((-2 * same - shared, page.kind != "recognise", page.id, page))
    return [link(page) for *_, page in sorted(found, key=lambda one: one[:3])[:3]]
