"""Eight doors on one house: each with its own words, order and first pages; none that goes before danger or fit."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from html import unescape

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.test import Client

from tests.faces.visit.conftest import HOSTS, Visitor
from voordeur.faces.doorway import Door, DoorError
from voordeur.faces.tones import load_tones
from voordeur.faces.visit import results
from voordeur.faces.visit.answers import Told
from voordeur.faces.visit.house import TEMPLATES, house, voiced
from voordeur.faces.visit.pages import begun
from voordeur.faces.visit.results import guide_values, leading_ids
from voordeur.records.directory.queries import Directory
from voordeur.rules.opening import AMSTERDAM
from voordeur.vocabulary import Group

LANGUAGES = ("nl", "en")
THEMED = [name for name in HOSTS if name != "central"]
#: The templates of the pages that the test of the tones sees; the others speak in them too.
SEEN_HERE = ("frame", "home", "guide", "parts", "danger", "safety", "library")


def door_of(name: str) -> Door:
    return next(one for one in house().doorway.doors if one.id == name)


def at(client: Client, door: str, language: str = "nl") -> Visitor:
    return Visitor(client, door, headers={"accept-language": language}).comes_in()


def buttons(visitor: Visitor, name: str, verb: str = "") -> list[tuple[str, str]]:
    """Value and words of the buttons with this name, whose value begins with this."""
    found = re.findall(rf'<button[^>]* name="{name}" value="({verb}[^"]*)"[^>]*>([^<]*)</button>', visitor.main)
    return [(value, unescape(text)) for value, text in found]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("door", HOSTS)
@pytest.mark.usefixtures("directory", "db")
def test_the_first_page_has_the_words_the_order_and_the_first_pages_of_its_door(
    client: Client, door: str, language: str
) -> None:
    visitor, one = at(client, door, language), door_of(door)
    assert one.tagline[language] in unescape(visitor.main) and one.welcome[language] in unescape(visitor.main)
    ways = buttons(visitor, "way_in")
    assert [value for value, _ in ways] == list(one.ways_in)
    assert ways[0][0] == "danger"
    for value, text in ways:
        own = one.words.get(f"way_in.{value}")
        assert own is None or text == own[language]
    assert [value for value, _ in buttons(visitor, "go", "page:")] == [f"page:{name}" for name in one.topics]
    directory = results.directory_at(datetime.now(AMSTERDAM))
    names = [directory.organizations[name].name for name in one.partners]
    assert [text for _, text in buttons(visitor, "go", "org:")] == names


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.usefixtures("directory", "db")
def test_no_two_first_pages_are_alike(client: Client, language: str) -> None:
    """Words, ways in with their words, first pages and look: each of the eight differs from all others."""
    pages = {door: at(client, door, language) for door in HOSTS}
    for part in (
        lambda visitor: re.search(r"<h1>(.*?)</h1>", visitor.main),
        lambda visitor: tuple(buttons(visitor, "way_in")),
        lambda visitor: tuple(buttons(visitor, "go", "page:")),
        lambda visitor: re.search(r"--accent:(#\w+)", visitor.text),
    ):
        said = Counter(found[1] if isinstance(found := part(one), re.Match) else found for one in pages.values())
        assert len(said) == len(HOSTS), said


@pytest.mark.parametrize("door", HOSTS)
@pytest.mark.usefixtures("directory", "db")
def test_a_door_orders_the_blocks_of_its_first_page(client: Client, door: str) -> None:
    visitor = at(client, door)
    marks = {"ways": 'id="ways"', "read": 'value="page:', "search": 'role="search"', "partners": 'value="org:'}
    there = [block for block in door_of(door).home if block in marks and marks[block] in visitor.main]
    assert sorted(there, key=lambda block: visitor.main.index(marks[block])) == there
    assert {"ways", "read", "search"} <= set(there)


@pytest.mark.parametrize("door", HOSTS)
@pytest.mark.usefixtures("directory", "db")
def test_the_question_after_the_ways_in_is_the_one_of_the_door(client: Client, door: str) -> None:
    visitor, one = at(client, door), door_of(door)
    visitor.presses("way_in", "other")
    assert visitor.question == (one.asks_first or "reach")
    own = one.words.get(visitor.question)
    role_has_words = visitor.question in ("what", "who", "you")
    assert own is None or role_has_words or own["nl"] in unescape(visitor.main)


@pytest.mark.parametrize("door", ["images", "older", "young"])
@pytest.mark.usefixtures("directory", "db")
def test_every_page_of_a_door_speaks_in_its_tone(client: Client, door: str) -> None:
    """Frame, guide, danger, reading and protection: the tone's words, and not the plain ones that they stand for."""
    tone = load_tones(settings.CONTENT / "tones")[door_of(door).tone]
    visitor = at(client, door)
    shown = [visitor.text]
    for verb in ("danger", "safety", "library"):
        shown.append(visitor.presses("go", verb).text)
    shown.append(visitor.comes_in().presses("way_in", "other").text)
    while visitor.question:
        shown.append(visitor.presses("go", "skip").text)
    for own in ("Begin again", "How we protect you"):
        if own in tone.pages["nl"]:
            assert all(tone.pages["nl"][own] in unescape(text) for text in shown), own
    templates = "".join((TEMPLATES / f"{name}.html").read_text(encoding="utf-8") for name in SEEN_HERE)
    own_words = {message: own for message, own in tone.pages["nl"].items() if f'_("{message}"' in templates}
    used = {message for message, own in own_words.items() if any(own in unescape(text) for text in shown)}
    assert len(used) > len(own_words) / 2


@pytest.mark.usefixtures("directory", "db")
def test_the_door_for_older_people_says_neither_je_nor_u_in_its_own_words(client: Client) -> None:
    """Apart from what others wrote: names of organisations and of pages to read."""
    visitor = at(client, "older")
    own = re.sub(r'<ul class="rest">.*?</ul>', "", visitor.text.partition("<body>")[2], flags=re.S)
    text = unescape(re.sub(r"<[^>]+>|<script>.*", " ", own))
    assert not re.findall(r"\b(?:je|jij|jou|jouw|u|uw)\b", text, flags=re.I)
    assert "html{font-size:112.5%}" in visitor.text


@pytest.mark.parametrize("door", THEMED)
@pytest.mark.usefixtures("directory", "db")
def test_the_library_behind_a_door_begins_with_its_own_pages(client: Client, door: str) -> None:
    visitor = at(client, door)
    library = house().library
    visitor.presses("go", "library")
    shown = [value.partition(":")[2] for value, _ in buttons(visitor, "go", "page:")]
    for kind in ("recognise", "inform"):
        of_kind = [name for name in shown if library.pages["nl"][name].kind == kind]
        own = [name for name in door_of(door).topics if library.pages["nl"][name].kind == kind and name in of_kind]
        mine = [name for name in of_kind if name in own]
        assert mine == own


@pytest.mark.usefixtures("directory", "db")
def test_a_door_shows_its_own_pages_and_the_rest_can_be_unfolded(client: Client) -> None:
    """A child who asks whether this is okay does not first read titles about everything else that happens."""
    seen, _, folded = at(client, "images").presses("way_in", "normal").main.partition("<details>")
    assert re.findall(r'value="page:([a-z-]+)"', seen) == ["images"]
    everything = re.findall(r'value="page:([a-z-]+)"', at(client, "central").presses("way_in", "normal").main)
    assert len(everything) > 10
    assert {"images", *re.findall(r'value="page:([a-z-]+)"', folded)} == set(everything)


# ---------------------------------------------------------------- what a door prefers, and what goes before it


def test_a_door_that_prefers_says_so_on_the_card(visitor: Visitor) -> None:
    door = door_of("images")
    moment = datetime(2026, 11, 25, 15, 0, tzinfo=AMSTERDAM)
    values = guide_values(house(), door, begun(door), "en", moment)
    directory = results.directory_at(moment)
    partners = {directory.organizations[name].name for name in door.partners}
    stated = {one.name for one in values["leading"] if "this door prefers to name it" in one.reasons}
    assert stated == {one.name for one in values["leading"]} & partners
    assert stated
    agreed = guide_values(house(), replace(door, are_partners_agreed=True), begun(door), "en", moment)
    assert {one.name for one in agreed["leading"] if "works together with this door" in one.reasons} == stated


@pytest.mark.parametrize("door", HOSTS)
def test_whatever_a_door_prefers_danger_comes_first(visitor: Visitor, door: str) -> None:
    """The number on top, and the same three that lead without any preference or first pages."""
    moment = datetime(2026, 11, 25, 3, 0, tzinfo=AMSTERDAM)
    one = door_of(door)
    told = begun(one).having({"way_in": ("danger",), "what": ("blows",), "who": ("partner",), "age": ("adult",)})
    prefers = replace(one, partners=("chris", "potifar", "wtfff"))
    values = guide_values(house(), prefers, told, "nl", moment)
    assert values["emergency"]
    assert leading_ids(house(), prefers, told, "nl", moment) == leading_ids(
        house(), replace(one, partners=(), groups=()), told, "nl", moment
    )


@pytest.mark.parametrize(("door", "group"), [("images", Group.CHILD), ("older", Group.OLDER), ("young", Group.YOUTH)])
def test_a_door_takes_its_own_age_for_granted_until_another_is_said(visitor: Visitor, door: str, group: Group) -> None:
    one = door_of(door)
    said_nothing = results._situation(house(), one, Told({"way_in": ("other",)}), "nl")
    assert group in said_nothing.groups
    adult = results._situation(house(), one, Told({"way_in": ("other",), "age": ("adult",)}), "nl")
    assert adult.groups == {Group.ADULT}
    about_oneself = results._situation(house(), one, Told({"way_in": ("self",)}), "nl")
    assert group not in about_oneself.groups


@pytest.mark.usefixtures("directory", "db")
def test_the_door_for_who_goes_too_far_never_takes_its_visitor_for_someone_else(client: Client) -> None:
    """Who only reads or asks on has not said who asks: there it is somebody who asks about themselves."""
    visitor = at(client, "self")
    visitor.presses("go", "library")
    first = buttons(visitor, "go", "page:")[0][0]
    assert "perpetrator" in house().library.pages["nl"][first.partition(":")[2]].roles
    visitor.presses("go", "guide")
    assert visitor.question == "when"


@pytest.mark.usefixtures("directory", "db")
def test_who_goes_too_far_stays_who_they_are_when_it_gets_out_of_hand(client: Client) -> None:
    """The number comes first, and the questions after it go on about what they do, not about what is done to them."""
    visitor = at(client, "self")
    visitor.presses("way_in", "danger")
    assert 'href="tel:' in visitor.main and visitor.question == ""
    visitor.presses("way_in", "danger")
    assert 'href="tel:' in visitor.main and visitor.question == "reach"
    visitor.presses("go", "skip")
    assert "Waar maak je je zorgen over bij jezelf?" in visitor.main
    of_another = at(client, "sport").presses("way_in", "danger").presses("way_in", "danger")
    assert of_another.question == "what" and "Wat gebeurt er?" in of_another.main


@pytest.mark.usefixtures("directory", "db")
def test_the_first_page_says_of_who_knows_about_this_what_they_do(client: Client) -> None:
    visitor, one = at(client, "sport"), door_of("sport")
    directory = results.directory_at(datetime(2026, 11, 25, 15, 0, tzinfo=AMSTERDAM))
    for name in one.partners:
        assert directory.organizations[name].summary["nl"] in unescape(visitor.main)


# ---------------------------------------------------------------- what breaks, and what stands all the same


@pytest.mark.usefixtures("directory", "db")
def test_a_first_page_stands_while_the_directory_cannot_be_read(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Directory:
        raise DatabaseError

    monkeypatch.setattr(results, "current_directory", gone)
    visitor = at(client, "images")
    assert visitor.page.status_code == 200
    assert buttons(visitor, "way_in") and buttons(visitor, "go", "org:") == []


def test_partners_that_agreed_stand_behind_the_door_and_others_only_know_about_it(visitor: Visitor) -> None:
    door = house().doorway.by_host[HOSTS["sport"]]
    visitor.door = "sport"
    assert "Who knows about this" in visitor.comes_in().presses("go", "lang:en").main
    looks = house().doorway.by_host
    try:
        looks[HOSTS["sport"]] = replace(door, are_partners_agreed=True)  # type: ignore[index]
        assert "Who stands behind this door" in visitor.comes_in().presses("go", "lang:en").main
    finally:
        looks[HOSTS["sport"]] = door  # type: ignore[index]


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"tone": "loud"}, "there is no tone “loud”"), ({"asks_first": "moon"}, "the guide has no “moon”")],
)
def test_a_door_whose_voice_is_not_there_is_refused(changed: dict[str, str], said: str) -> None:
    door = replace(door_of("sport"), **changed)  # type: ignore[arg-type]
    with pytest.raises(DoorError, match=f"door sport: {said}"):
        voiced(house().guide, door, load_tones(settings.CONTENT / "tones"))
