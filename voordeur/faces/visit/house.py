"""What the visitors' side holds in memory: doors, guide, places, style and script; all read once at start."""

from __future__ import annotations

import csv
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from django.conf import settings

from voordeur.faces.doorway import Door, DoorError, Doorway, load_doors
from voordeur.faces.headers import page_policy
from voordeur.faces.rendering import smaller, smaller_style
from voordeur.faces.run_memory import open_memory
from voordeur.faces.tones import Tone, load_tones
from voordeur.faces.visit.visits import Visits
from voordeur.records.directory.queries import short_code
from voordeur.records.library.page_files import Library, LibraryBroken, load_library
from voordeur.records.library.search import Search, load_search
from voordeur.rules.area import Municipality, Places, distance_km
from voordeur.rules.guide import Guide, GuideError, behind, load_guide
from voordeur.rules.place_files import load_places

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
NEAR_KM = 40
MOST_SITTINGS = 100_000


@dataclass(frozen=True, slots=True)
class Centre:
    """A Centrum Seksueel Geweld with a source (facts: csg.csv): its name, town, and where that lies."""

    name: str
    city: str
    municipality: Municipality


@dataclass(frozen=True, slots=True)
class Look:
    """What a door's pages carry inside: style, script, and the policy that allows just these."""

    style: str
    script: str
    policy: str


@dataclass(frozen=True, slots=True)
class House:
    """Everything that does not change between two requests."""

    doorway: Doorway
    guide: Guide
    guides: dict[str, Guide]
    places: Places
    centres: tuple[Centre, ...]
    looks: dict[str, Look]
    visits: Visits
    library: Library
    pictograms: dict[str, str]
    search: Search | None
    page_codes: dict[str, str]
    talk_looks: dict[str, Look]
    frame_looks: dict[str, Look]
    embedded_looks: dict[str, Look]
    figure_looks: dict[str, Look]
    figures: Path
    pass_key: bytes
    sittings: Sittings

    def nearest_centre(self, municipality: Municipality) -> tuple[Centre, int] | None:
        """The nearest known centre and its distance in whole kilometres as the crow flies.

        None when none that we know is near: four of the sixteen are not known to us, and one of those may be nearer.
        """
        near = [(distance_km(municipality, one.municipality.lon, one.municipality.lat), one) for one in self.centres]
        best = min((pair for pair in near if pair[0] <= NEAR_KM), key=lambda pair: pair[0], default=None)
        return (best[1], round(best[0])) if best else None


def _style(door: Door, css: str) -> str:
    tokens = "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in door.theme.items())
    size = "html{font-size:112.5%}" if door.has_large_text else ""
    return smaller_style(f":root{{{tokens}}}\n{size}{css}")


def _looks(
    door: Door, css: str, script: str, talk_css: str, talk_script: str, figure_css: str
) -> tuple[Look, Look, Look, Look, Look]:
    """Of a door's pages, its pages of a conversation, the frame in these, inside another site's page, and of figures.

    The first two and the last have one policy: our script puts a page in the place of another, and then the first one's
    holds. Inside another site's page there is no script at all.
    """
    style, talk_style, figure_style = _style(door, css), _style(door, talk_css), _style(door, css + figure_css)
    policy = page_policy([style, talk_style, figure_style], [script, talk_script], has_frame=True)
    framed = Look(talk_style, "", page_policy([talk_style], [], is_framed=True))
    embedded = Look(style, "", page_policy([style], [], embedded_by=door.embedded_by))
    talking = Look(talk_style, talk_script, policy)
    return Look(style, script, policy), talking, framed, embedded, Look(figure_style, script, policy)


class Sittings:
    """Which conversation goes on under which address of a visit, in memory alone: so that *leave now* ends it too.

    The way out is a plain address without a body; it cannot carry the pass. Beside it stands up to which place the
    page was sent what was said: that counts as seen once the same page asks for something again.
    """

    def __init__(self) -> None:
        self._of: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._lock = Lock()

    def sit(self, token: str, conversation_id: str, place: int = 0) -> None:
        """This visit is in this conversation, and was sent what was said up to this place."""
        with self._lock:
            before, shown = self._of.pop(token, ("", 0))
            self._of[token] = (conversation_id, max(place, shown if before == conversation_id else 0))
            while len(self._of) > MOST_SITTINGS:
                self._of.popitem(last=False)

    def shown(self, token: str, conversation_id: str) -> int:
        """Up to which place this visit was sent what was said in this conversation; 0 when that is not known."""
        before, place = self._of.get(token, ("", 0))
        return place if before == conversation_id else 0

    def rise(self, token: str) -> str | None:
        """This visit ends: the conversation that it was in, if any."""
        with self._lock:
            return self._of.pop(token, (None, 0))[0]


def voiced(guide: Guide, door: Door, tones: Mapping[str, Tone]) -> Guide:
    """The guide as this door asks it, in its tone and its own words. Raises DoorError."""
    if door.tone not in tones:
        raise DoorError(f"door {door.id}: there is no tone “{door.tone}”; content/tones has {', '.join(tones)}")
    try:
        return behind(guide, asks_first=door.asks_first, words={**tones[door.tone].guide, **door.words})
    except GuideError as problem:
        raise DoorError(f"door {door.id}: {problem}") from problem


def _centres(path: Path, places: Places) -> tuple[Centre, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["city"] and row["confidence"] != "low"]
    found = ((row["name"], row["city"], places.by_name(row["city"])) for row in rows)
    return tuple(Centre(name, city, municipality) for name, city, municipality in found if municipality)


def _library(folder: Path) -> Library:
    """The pages to read; none of them when one is broken: help is found without, and the log says what to mend."""
    try:
        return load_library(folder)
    except LibraryBroken as broken:
        logging.getLogger("voordeur").warning("%s", broken)
        return Library({"nl": {}})


def _pictograms(folder: Path) -> dict[str, str]:
    return {path.stem: smaller(path.read_text(encoding="utf-8")) for path in folder.glob("*.svg")}


def _search(folder: Path) -> Search | None:
    """Search in the visitor's own words; None when the content has no topics to search."""
    if not (folder / "topics.toml").is_file():
        return None
    search = load_search(folder, settings.ENV.cache or settings.ENV.data)
    search.prepare()  # in the background; until then words are found by their letters
    return search


_building = Lock()
_built: list[House] = []


def house() -> House:
    """The house of this process: one, with one key for all visits, also when many ask for it at once.

    Raises DoorError, ToneError, GuideError or PlacesFileError when content is broken.
    """
    if not _built:
        with _building:
            if not _built:
                _built.append(_build())
    return _built[0]


def _build() -> House:
    content: Path = settings.CONTENT
    doorway = load_doors(content / "doors", tuple(settings.EXTRA_HOSTS))
    places = load_places(content / "places")
    library = _library(content / "library")
    css = (HERE / "page.css").read_text(encoding="utf-8")
    script = smaller((HERE / "page.js").read_text(encoding="utf-8"))
    figure_css = (HERE / "figures.css").read_text(encoding="utf-8")
    talk_css = css + (HERE / "talk.css").read_text(encoding="utf-8")
    sealing = smaller((HERE.parent / "sealing.js").read_text(encoding="utf-8"))
    talk_script = "\n".join((script, sealing, smaller((HERE / "talk.js").read_text(encoding="utf-8"))))
    guide, tones = load_guide(content / "guide" / "guide.toml"), load_tones(content / "tones")
    looks = {door.id: _looks(door, css, script, talk_css, talk_script, figure_css) for door in doorway.doors}
    return House(
        doorway=doorway,
        guide=guide,
        guides={door.id: voiced(guide, door, tones) for door in doorway.doors},
        places=places,
        centres=_centres(content / "places" / "csg.csv", places),
        looks={name: one[0] for name, one in looks.items()},
        visits=Visits(),
        library=library,
        pictograms=_pictograms(content / "pictograms"),
        search=_search(content / "library"),
        page_codes={short_code(f"page {name}"): name for name in library.pages["nl"]},
        talk_looks={name: one[1] for name, one in looks.items()},
        frame_looks={name: one[2] for name, one in looks.items()},
        embedded_looks={name: one[3] for name, one in looks.items()},
        figure_looks={name: one[4] for name, one in looks.items()},
        figures=content / "figures",
        pass_key=open_memory().pass_key,
        sittings=Sittings(),
    )
