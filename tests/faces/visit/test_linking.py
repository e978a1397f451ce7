"""The page for organisations: the link, the frame for a site that is listed, and what they see."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.faces.visit.conftest import HOSTS, DoorsWith, Visitor
from voordeur.faces.visit.house import house
from voordeur.faces.visit.linking import site_of
from voordeur.faces.visit.reading import page_code
from voordeur.records.directory.queries import Directory

LISTED = {"sport": {'id = "sport"': 'id = "sport"\nembedded_by = ["https://www.example.org"]'}}

pytestmark = pytest.mark.django_db


def _given(visitor: Visitor, field: str) -> str:
    found = re.search(rf'<textarea id="{field}"[^>]*>([^<]*)</textarea>', visitor.main)
    return unescape(found[1]) if found else ""


def test_the_page_stands_at_a_fixed_address_and_behind_how_we_protect_you(client: Client, directory: Directory) -> None:
    visitor = Visitor(client).comes_in("/i")
    assert "Voor organisaties: een link naar ons" in visitor.main and 'id="exit"' in visitor.text
    visitor.comes_in().presses("go", "safety").presses("go", "linking")
    assert "Voor organisaties: een link naar ons" in visitor.main
    assert "Voor organisaties" not in visitor.presses("go", "home").main


@pytest.mark.parametrize(
    ("start", "path"),
    [("", "in/en"), ("g", "in/en/g"), ("l", "in/en/l"), ("a", "in/en/a"), ("p", "in/en/p")],
)
def test_the_link_leads_where_it_says_in_the_language_that_was_chosen(
    client: Client, directory: Directory, start: str, path: str
) -> None:
    visitor = Visitor(client).comes_in("/i").presses("go", "linking", at="sport", spoken="en", start=start, site="")
    assert _given(visitor, "link") == (
        f'<a href="http://speelveld.localhost/{path}" rel="noreferrer" lang="en">Playing field</a>'
    )
    led = Visitor(client, "sport").comes_in(f"/{path}")
    assert led.page.status_code == 200 and 'lang="en"' in led.text[:200] and 'class="name">Playing field<' in led.text
    assert bool(led.question) is (start == "g")


def test_the_text_of_a_link_tells_nothing_of_what_the_door_is_for(client: Client, directory: Directory) -> None:
    visitor = Visitor(client).comes_in("/i")
    for door in house().doorway.doors:
        visitor.presses("go", "linking", at=door.id, spoken="nl", start="", site="")
        assert f">{door.name['nl']}</a>" in _given(visitor, "link")
        assert door.tagline["nl"] not in _given(visitor, "link")


def test_a_link_can_lead_to_one_page_to_read(client: Client, directory: Directory) -> None:
    visitor = Visitor(client).comes_in("/i").presses("go", "linking", at="central", spoken="", start="partner", site="")
    address = f"/o/{page_code('partner')}"
    assert f'href="http://localhost{address}"' in _given(visitor, "link")
    page = house().library.page("partner", "nl")
    assert page is not None and page.title in Visitor(client).comes_in(address).main


def test_only_a_site_that_the_door_lists_gets_the_frame(
    client: Client, directory: Directory, doors_with: DoorsWith
) -> None:
    doors_with(LISTED)
    visitor = Visitor(client).comes_in("/i")
    visitor.presses("go", "linking", at="sport", spoken="nl", start="g", site="www.Example.org/about us")
    frame = _given(visitor, "inside")
    assert frame.startswith('<iframe src="http://speelveld.localhost/e/in/nl/g" title="Speelveld"')
    assert "no-referrer" in frame and "sandbox" not in frame and "<script" not in frame
    for at, site in (
        ("central", "www.example.org"),
        ("sport", "https://example.org"),
        ("sport", "https://x.example.org"),
    ):
        visitor.presses("go", "linking", at=at, spoken="", start="", site=site)
        assert _given(visitor, "inside") == "" and "mag deze voordeur nog niet" in visitor.main
        assert _given(visitor, "link")


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("https://www.example.org", "https://www.example.org"),
        ("WWW.example.org/path?x=1#y", "https://www.example.org"),
        ("https://www.example.org:443/", "https://www.example.org"),
        ("https://www.example.org:8443", "https://www.example.org:8443"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("", ""),
        ("https://", ""),
        ("javascript:alert(1)", ""),
        ("https://exa mple.org", ""),
        ('https://x.org"><script>', ""),
        ("https://x:notaport", ""),
        ("http://www.example.org", ""),
    ],
)
def test_a_site_is_understood_as_a_browser_names_it(typed: str, site: str) -> None:
    assert site_of(typed) == site


def test_whatever_is_sent_gives_a_page_and_nothing_that_was_typed_becomes_markup(
    client: Client, directory: Directory
) -> None:
    visitor = Visitor(client).comes_in("/i")
    visitor.sends({"go": "linking", "at": "nosuch", "spoken": "zz", "start": "../x", "site": '"><b id="x">'})
    assert visitor.page.status_code == 200 and '<b id="x">' not in visitor.text
    assert f"http://{HOSTS['central']}/" in _given(visitor, "link")
