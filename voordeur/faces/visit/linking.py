"""For organisations: the address of a door, to put on a site of theirs, as a plain link or shown inside a page.

The page needs no script and keeps nothing. What is shown inside a page is given only for a site that the door's file
names (`embedded_by`), for every other site the browser would refuse it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import urlsplit

from django.http import HttpResponse

from voordeur.faces.doorway import Door, is_site
from voordeur.faces.language import N_, OWN_NAMES, translations
from voordeur.faces.visit.other_doors import origin_of
from voordeur.faces.visit.pages import Visit, came_from, render
from voordeur.faces.visit.reading import page_code
from voordeur.faces.visit.talk import still

Sent = Mapping[str, list[str]]
#: Where a link can lead besides a page to read: its code in the address.
STARTS = {
    "": N_("The first page"),
    "g": N_("The questions"),
    "l": N_("What there is to read"),
    "a": N_("Danger now"),
    "p": N_("How we protect you"),
}
_MOST_SITE = 120


@dataclass(frozen=True, slots=True)
class Linked:
    """What an organisation puts on its site; `frame` is empty where its site may not show the door inside a page."""

    address: str
    text: str
    link: str
    frame: str
    site: str


def show_linking(here: Visit, sent: Sent) -> HttpResponse:
    """Choose a door, a language and where to begin; get the link, and what to know before it is put on a site."""
    back_to = came_from(here)
    here = replace(here, view=f"linking:{back_to}")
    doors = [one for one in here.house.doorway.doors if origin_of(one, here.host) is not None]
    doors.sort(key=lambda one: (not one.is_central, one.name[one.languages[0]]))
    first = {name: sent.get(name, [""])[0] for name in ("at", "spoken", "start", "site")}
    chosen = next((one for one in doors if one.id == first["at"]), here.door)
    spoken = first["spoken"] if first["spoken"] in chosen.languages else ""
    topics = _topics(here)
    start = first["start"] if first["start"] in STARTS or first["start"] in topics else ""
    typed = first["site"][:_MOST_SITE]
    words = translations(here.language).gettext
    values = {
        "doors": [(one.id, _in(here.language, one, one.name), _in(here.language, one, one.tagline)) for one in doors],
        "spoken_in": [
            (code, OWN_NAMES[code]) for code in dict.fromkeys(code for one in doors for code in one.languages)
        ],
        "starts": [(code, words(text)) for code, text in STARTS.items()],
        "topics": topics.items(),
        "chosen": chosen.id,
        "spoken": spoken,
        "start": start,
        "typed": typed,
        "is_asked": "at" in sent,
        "linked": linked(here, chosen, spoken, start, typed),
        "back_to": back_to,
    }
    return render(here, "linking", values, 200, still(here))


def linked(here: Visit, door: Door, spoken: str, start: str, typed: str) -> Linked:
    """The link to this door, in this language if any, with this beginning; and the frame for a site that is listed."""
    origin, site = origin_of(door, here.host) or "", site_of(typed)
    code = start if start in STARTS else f"o/{page_code(start)}"
    path = "/".join(part for part in (f"in/{spoken}" if spoken else "", code) if part)
    language = spoken or (here.language if here.language in door.languages else door.languages[0])
    address = f"{origin}/{path}"
    text = door.name[language]  # what the door is for would tell it to who looks along
    frame = ""
    if site in door.embedded_by:
        inside = f"{origin}/e/{path}".rstrip("/")
        frame = (
            f'<iframe src="{inside}" title="{escape(door.name[language])}" referrerpolicy="no-referrer" '
            'width="100%" height="700" style="border: 0"></iframe>'
        )
    link = f'<a href="{address}" rel="noreferrer" lang="{language}">{escape(text)}</a>'
    return Linked(address, text, link, frame, site)


def _in(language: str, door: Door, texts: Mapping[str, str]) -> str:
    """A text of a door in this language, else in the door's first."""
    return texts.get(language) or texts[door.languages[0]]


def site_of(typed: str) -> str:
    """The site in what somebody typed, as a browser names it; empty when there is none in it."""
    written = typed.strip().lower()
    try:
        parts = urlsplit(written if "://" in written else f"https://{written}")
        port = parts.port
    except ValueError:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    site = f"{parts.scheme}://{parts.hostname or ''}{f':{port}' if port and port != usual else ''}"
    return site if is_site(site) else ""


def _topics(here: Visit) -> dict[str, str]:
    """The pages to read, by their names: titles in the reader's language; not the cards for professionals."""
    found = (here.house.library.page(name, here.language) for name in here.house.library.pages["nl"])
    return {one.id: one.title for one in found if one is not None and one.kind != "card"}
