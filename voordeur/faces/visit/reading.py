"""The values of the library's pages: lists, one page, its easier version, search (report 2.3, 5.3.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from voordeur.faces.doorway import Door
from voordeur.faces.language import N_, translations
from voordeur.faces.rendering import Values, inline
from voordeur.faces.visit.house import House
from voordeur.faces.visit.links import link
from voordeur.faces.visit.results import directory_at, openness_at
from voordeur.faces.visit.shown import Shower, ShownHelp, shower_at
from voordeur.records.directory.queries import short_code
from voordeur.records.library.page_files import LibraryPage
from voordeur.rules.matching import Answer, match

LONGEST_WORDS = 200
_KINDS = (
    (N_("Is this what happens?"), "recognise"),
    (N_("Understand what it is"), "inform"),
    (N_("Cards for your work, to print"), "card"),
)
#: The headings of the parts that every recognition page has.
_PARTS = {
    "mirror": N_("What we say about it"),
    "helped": N_("What helped others"),
    "next": N_("A small next step"),
    "signs": N_("Signs"),
    "ask": N_("Questions that open"),
    "avoid": N_("What not to say"),
    "advice": N_("Ask for advice"),
}
_SOURCES = {
    "report": N_("research of the Verwey-Jonker Instituut (2022), section %(at)s"),
    "legal": N_("legal facts with their sources, section %(at)s"),
    "law": N_("the law: %(at)s"),
}


def page_code(page_id: str) -> str:
    """The meaningless address of a page, the same for ever."""
    return short_code(f"page {page_id}")


def library_values(house: House, door: Door, language: str, role: str | None, kind: str | None) -> Values:
    """The list of pages: to recognise and to understand, for this role first.

    A door that is about something shows its own topics; what else there is can be unfolded.
    """
    names = (*(name for name in door.topics if name in house.library.pages["nl"]), *house.library.pages["nl"])
    pages = [house.library.page(name, language) for name in dict.fromkeys(names)]
    shown = [page for page in pages if page is not None]
    mine = [page for page in shown if (role is None and page.kind != "card") or role in page.roles]
    groups, more = [], list[LibraryPage]()
    for title, wanted in _KINDS:
        if kind in (None, "", wanted):
            of_kind = [page for page in mine if page.kind == wanted]
            first = [page for page in of_kind if page.id in door.topics] if door.scope else []
            groups.append((translations(language).gettext(title), [link(page) for page in first or of_kind]))
            more += [page for page in of_kind if first and page not in first]
    others = [page for page in shown if page not in mine] if kind in (None, "") else []
    return {"groups": groups, "more": [link(page) for page in more], "others": [link(page) for page in others]}


def _fitting(page: LibraryPage, language: str, moment: datetime) -> Answer:
    directory = directory_at(moment)
    situation = replace(page.situation, language=language)
    return match(situation, directory.index, moment, now=openness_at(directory, moment))


def help_ids(page: LibraryPage, language: str, moment: datetime) -> tuple[str, ...]:
    """The organisations that lead under a page."""
    answer = _fitting(page, language, moment)
    return tuple(one.organization for one in answer.results[: answer.leading])


def help_for(page: LibraryPage, language: str, moment: datetime) -> tuple[ShownHelp, ...]:
    """The three that fit what a page is about, best first, with what is open now."""
    directory, answer = directory_at(moment), _fitting(page, language, moment)
    shower = shower_at(directory, language, moment)
    return tuple(shower.help(directory, answer, one) for one in answer.results[: answer.leading])


def page_values(house: House, page: LibraryPage, language: str, moment: datetime, *, is_easy: bool) -> Values:
    """One page, whole or in its easier version, with the help that fits and what to read next."""
    shower = shower_at(directory_at(moment), language, moment)
    see = [house.library.page(name, language) for name in page.see]
    return {
        "one": page,
        "parts": [(_heading(shower, part.key), inline(part.html)) for part in page.parts],
        "easy": [(inline(house.pictograms.get(icon, "")), text) for icon, text in page.easy] if is_easy else [],
        "leading": help_for(page, language, moment),
        "see": [link(other) for other in see if other is not None],
        "sources": _sources(shower, page),
        "written_on": page.written,
        "is_unchecked": page.translation == "unchecked",
        "is_second_read": bool(page.checked_by),
    }


def _sources(shower: Shower, page: LibraryPage) -> list[str]:
    """Where the page's facts come from, each kind once."""
    by_kind: dict[str, list[str]] = {}
    for source in page.sources:
        by_kind.setdefault(source.kind, []).append(source.at)
    return [shower._(_SOURCES[kind]) % {"at": ", ".join(dict.fromkeys(places))} for kind, places in by_kind.items()]


def _heading(shower: Shower, key: str) -> str:
    return shower._(_PARTS[key]) if key in _PARTS else key


def search_values(house: House, typed: str, language: str) -> Values:
    """The three topics that fit the words best; and whether the words speak of danger. Nothing of it is kept."""
    words = " ".join(typed[:LONGEST_WORDS].split())
    if house.search is None or not words:
        return {"words": words, "found": [], "is_danger": False}
    found = house.search.find(typed)
    pages = [house.library.page(topic, language) for topic in found.topics]
    return {"words": words, "found": [link(page) for page in pages if page is not None], "is_danger": found.is_danger}
