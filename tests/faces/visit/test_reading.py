"""The library as a visitor meets it: lists, pages, easier versions, search (report 2.3, 5.3.4; face.md W4, L15)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html import escape

import pytest
from django.conf import settings
from django.test import Client

from tests.faces.visit.conftest import FORM, HOSTS, Visitor
from tests.faces.visit.test_pages import CHARGED
from voordeur.faces.visit.answers import TOPIC, Told
from voordeur.faces.visit.house import house
from voordeur.faces.visit.reading import help_for, help_ids
from voordeur.faces.visit.results import leading_ids
from voordeur.records.directory.queries import Directory
from voordeur.records.library.page_files import LibraryPage, load_library
from voordeur.rules.opening import AMSTERDAM

LANGUAGES = ("nl", "en")
HEAVIEST = 13_000  # bytes with headers, as in tests/bench
SERVER_HEADERS = 120  # the status line, and what the server itself adds
#: Office hours, evening, deep night, weekend, holidays, the hour that is there twice, the turn of the year.
MOMENTS = [
    datetime(*when, tzinfo=AMSTERDAM)
    for when in (
        (2026, 11, 23, 10, 0), (2026, 11, 25, 20, 30), (2026, 11, 26, 3, 15), (2026, 11, 28, 14, 0),
        (2026, 11, 29, 23, 45), (2026, 10, 25, 2, 30), (2026, 12, 25, 4, 0), (2026, 12, 31, 23, 59),
        (2027, 4, 27, 12, 0),
    )
]  # fmt: skip
ODD = {
    "nothing": "", "blanks": "   \t\n ", "NUL": "a\x00b", "emoji": "🙂🏳️‍🌈👩‍👧", "accents": "é̷͢ñ̈",
    "right to left": "\u202e\u200fزوجي يضربني\u200e", "zero width": "\u200b\u200d\ufeff", "private": "\ue000\U000f0000",
    "markup": "<script>alert(1)</script>", "quotes": '"\'">`', "template": "{{ 7*7 }}{% raw %}",
    "query": 'NEAR("a" OR *) -', "percent": "%00%ff%2e", "digits": "9" * 400, "one sign": "ж",
    "long": "my partner hits me " * 300, "Chinese": "我丈夫打我",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _pages_are_there() -> None:
    """Fails with every problem when the library is broken; the house itself would only show no pages."""
    if not house().library.pages["nl"]:
        load_library(settings.CONTENT / "library")


def pages(language: str = "nl") -> Iterator[LibraryPage]:
    """Every page, in this language."""
    yield from house().library.pages[language].values()


def reads(visitor: Visitor, name: str, language: str = "nl", verb: str = "page") -> Visitor:
    """Ask for a page by its name."""
    return visitor.sends({"go": f"{verb}:{name}", "l": language})


def weight(visitor: Visitor, body: str) -> int:
    """All bytes of an answer as a browser gets it."""
    page = visitor.client.post(
        visitor.address,
        body,
        content_type=FORM,
        HTTP_HOST=HOSTS[visitor.door],
        headers={"accept-encoding": "gzip"},
    )
    assert page.headers["Content-Encoding"] == "gzip"
    return len(page.content) + SERVER_HEADERS + sum(len(name) + len(text) + 4 for name, text in page.headers.items())


def asked_for(visitor: Visitor, verb: str) -> list[str]:
    """What the buttons of this verb lead to."""
    return list(dict.fromkeys(re.findall(rf'name="go" value="{verb}:([^"]*)"', visitor.main)))


# ---------------------------------------------------------------- every page


@pytest.mark.parametrize("verb", ["page", "easy"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_shown_safe_and_light(visitor: Visitor, language: str, verb: str) -> None:
    """200, exit first, then the emergency number, neutral title, no cookie, and light enough for the first packets."""
    heavy = {}
    for one in pages(language):
        if verb == "easy" and not one.easy:
            continue
        reads(visitor, one.id, language, verb)
        assert visitor.page.status_code == 200, one.id
        assert f'<html lang="{language}"' in visitor.text, one.id
        body = visitor.text.partition("<body>")[2].lstrip()
        assert body.startswith(f'<a id="exit" href="{visitor.address}/0"'), one.id
        assert 'href="tel:' in body.partition("<main")[0], one.id
        assert visitor.text.count("<h1") == 1 and escape(one.title, quote=False) in visitor.main.replace("&#39;", "'")
        title = re.search(r"<title>(.*?)</title>", visitor.text)
        assert title and one.title not in title[1], one.id
        assert not [word for word in CHARGED if word in visitor.text.partition("<style>")[0].lower()], one.id
        assert "Set-Cookie" not in visitor.page.headers and not visitor.page.cookies, one.id
        assert visitor.page.headers["Cache-Control"] == "no-store", one.id
        if (bytes_sent := weight(visitor, f"go={verb}:{one.id}&l={language}")) > HEAVIEST:
            heavy[one.id] = bytes_sent
    assert heavy == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_where_it_comes_from(visitor: Visitor, language: str) -> None:
    """Sources, and that no second person has read it as long as that is so."""
    for one in pages(language):
        reads(visitor, one.id, language)
        assert all(source.at in visitor.main for source in one.sources), one.id
        assert one.written in visitor.main, one.id
        assert len(re.findall(r'<p class="small">', visitor.main)), one.id


@pytest.mark.parametrize("verb", ["page", "easy"])
def test_every_number_on_a_page_is_one_of_the_directory(visitor: Visitor, directory: Directory, verb: str) -> None:
    known = {house().doorway.central.emergency_number}
    for one in directory.organizations.values():
        for service in one.services:
            known |= {re.sub(r"[^\d+]", "", view.contact.value or "") for view in service.channels}
    for page in pages():
        assert set(re.findall(r'href="tel:([^"]+)"', reads(visitor, page.id, verb=verb).text)) <= known, page.id


def test_ticking_a_sign_tells_us_nothing(visitor: Visitor) -> None:
    """No checkbox has a name or stands in a form: what is ticked stays on the screen."""
    for one in pages():
        reads(visitor, one.id)
        boxes = re.findall(r'<input type="checkbox"[^>]*>', visitor.main)
        assert len(boxes) == len(one.signs), one.id
        assert not [box for box in boxes if "name=" in box or "value=" in box or "form=" in box], one.id
        assert 'type="checkbox"' not in "".join(re.findall(r"<form.*?</form>", visitor.main, re.S)), one.id


def test_the_easier_version_and_the_whole_page_lead_to_each_other(visitor: Visitor) -> None:
    for one in pages():
        if one.easy:
            reads(visitor, one.id).presses("go", f"easy:{one.id}")
            assert visitor.main.count("<svg") == len(one.easy), one.id
            visitor.presses("go", f"page:{one.id}")
            assert visitor.page.status_code == 200


def test_what_to_read_on_leads_to_pages_that_are_there(visitor: Visitor) -> None:
    for one in pages():
        for name in asked_for(reads(visitor, one.id), "page"):
            assert house().library.page(name, "nl"), f"{one.id} leads to {name}"


# ---------------------------------------------------------------- pages lead to help


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_every_page_ends_in_help_that_is_there_at_that_moment(directory: Directory, db: None, moment: datetime) -> None:
    """W4: by phone or by chat, whatever the hour."""
    nobody = []
    for one in pages():
        contacts = [contact for shown in help_for(one, "nl", moment) for contact in shown.contacts]
        if not [
            contact
            for contact in contacts
            if contact.kind in ("phone", "chat", "whatsapp") and contact.state == "open" and contact.href
        ]:
            nobody.append(one.id)
    assert nobody == []


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_no_page_leads_to_help_that_is_meant_for_others_only(directory: Directory, db: None, moment: datetime) -> None:
    """Under a page for people who are hurt stands no help for those who hurt only; nor the other way round."""
    wrong = []
    for one in pages():
        for name in help_ids(one, "nl", moment):
            meant_for = {role for service in directory.organizations[name].services for role in service.roles}
            if one.roles[0] not in meant_for:
                wrong.append(f"{one.id} ({one.roles[0]}): {name}")
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_starting_the_guide_from_a_page_keeps_what_it_is_about(visitor: Visitor, language: str) -> None:
    """The page's subject goes along in the answers, and the help of the page is still among what is shown."""
    lost = []
    for one in pages(language):
        visitor.sends({"go": "home", "l": language})
        reads(visitor, one.id, language)
        on_page = visitor.organizations
        visitor.presses("go", f"topic:{one.id}")
        assert visitor.page.status_code == 200
        assert f"topic={one.id}" in visitor.hidden["s"].replace("%2D", "-"), one.id
        gone = set(on_page) - set(visitor.organizations)
        if gone:
            lost.append(f"{one.id}: {sorted(gone)}")
    assert lost == []


def test_the_subject_of_a_page_is_kept_to_the_end_of_the_guide(visitor: Visitor) -> None:
    for name in ("partner", "stalking", "sexual"):
        visitor.comes_in()
        reads(visitor, name)
        first = visitor.organizations[0]
        visitor.presses("go", f"topic:{name}")
        if visitor.question == "way_in":
            visitor.presses("way_in", "talk")
        while visitor.question:
            visitor.presses("go", "skip")
        assert f"topic={name}" in visitor.hidden["s"] and first in visitor.organizations, name


@pytest.mark.parametrize("moment", MOMENTS[:3], ids=str)
def test_the_guide_begun_from_a_page_first_shows_the_help_of_that_page(
    directory: Directory, db: None, moment: datetime
) -> None:
    """Nothing was asked yet, so nothing else can be known; also who the page is for."""
    other = {}
    for one in pages():
        at = house()
        from_page = leading_ids(at, at.doorway.central, Told({TOPIC: (one.id,)}), "nl", moment)
        if not set(from_page) & set(help_ids(one, "nl", moment)):
            other[one.id] = (help_ids(one, "nl", moment), from_page)
    assert other == {}


# ---------------------------------------------------------------- lists


@pytest.mark.parametrize(("way", "kind"), [("normal", "recognise"), ("options", "inform")])
def test_the_ways_in_of_the_first_two_phases_lead_to_reading(visitor: Visitor, way: str, kind: str) -> None:
    visitor.presses("way_in", way)
    assert visitor.hidden["v"] == f"library:{kind}"
    shown = asked_for(visitor, "page")
    assert shown and {found.kind for name in shown if (found := house().library.page(name, "nl"))} == {kind}
    visitor.presses("go", "guide")
    assert visitor.question


def test_the_list_of_all_holds_every_page_once(visitor: Visitor) -> None:
    visitor.sends({"go": "library"})
    found = re.findall(r'name="go" value="page:([^"]*)"', visitor.main)
    assert sorted(found) == sorted(one.id for one in pages())


def test_a_list_of_a_kind_that_is_not_there_is_a_page_all_the_same(visitor: Visitor) -> None:
    for kind in ("nosuch", "\x00", "a" * 999, "🙂", "recognise:inform"):
        visitor.sends({"go": f"library:{kind}"})
        assert visitor.page.status_code == 200 and asked_for(visitor, "page"), kind[:20]


@pytest.mark.parametrize("verb", ["page", "easy"])
@pytest.mark.parametrize("name", ["nosuch", "", "../../etc/passwd", "PARTNER", "partner.md", "\x00", "a" * 999, "🙂"])
def test_a_page_that_is_not_there_says_so(visitor: Visitor, verb: str, name: str) -> None:
    reads(visitor, name, verb=verb)
    assert visitor.page.status_code == 404
    assert 'id="exit"' in visitor.text and "tel:" in visitor.text


def test_a_subject_that_is_not_there_starts_the_guide_without(visitor: Visitor) -> None:
    for name in ("nosuch", "", "\x00", "a" * 999, "🙂", "a&way_in=danger"):
        visitor.sends({"go": f"topic:{name}"})
        assert visitor.page.status_code == 200 and visitor.question, name[:20]
        visitor.presses("go", "skip")
        assert visitor.page.status_code == 200


def test_every_page_has_a_fixed_address_without_words(client: Client, visitor: Visitor) -> None:
    """An organisation can link to a page; the address tells nothing."""
    assert len(house().page_codes) == len(list(pages()))
    for code, name in list(house().page_codes.items())[:10]:
        visitor.comes_in(f"/o/{code}")
        assert visitor.page.status_code == 200 and visitor.hidden["v"] == f"page:{name}"
        assert name not in code


def test_no_page_code_is_that_of_an_organisation(directory: Directory) -> None:
    assert not set(house().page_codes) & (set(directory.by_code) | {"a", "p", "l", "x", "0"})


# ---------------------------------------------------------------- language


@pytest.mark.parametrize("go", ["library", "library:inform", "page:partner", "easy:partner"])
def test_another_language_keeps_the_page(visitor: Visitor, go: str) -> None:
    visitor.sends({"go": go})
    view, shown = visitor.hidden["v"], asked_for(visitor, "page")
    visitor.presses("go", "lang:en")
    assert '<html lang="en"' in visitor.text
    assert (visitor.hidden["v"], asked_for(visitor, "page")) == (view, shown)


def test_another_language_keeps_the_words_that_were_typed(visitor: Visitor) -> None:
    """They stand in the same form as the switch, or are asked along with it."""
    visitor.presses("go", "search", words="mijn man slaat mij")
    header = visitor.text.partition("<header")[2].partition("</header>")[0]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', header))
    visitor.sends({**fields, "go": "lang:en"})
    assert '<html lang="en"' in visitor.text and visitor.hidden["v"] == "search"
    assert 'value="mijn man slaat mij"' in visitor.main
    assert asked_for(visitor, "page")


# ---------------------------------------------------------------- search


def test_search_finds_what_is_meant_and_always_offers_more(visitor: Visitor) -> None:
    for words, name in (("mijn man slaat mij", "partner"), ("iemand volgt mij steeds", "stalking")):
        visitor.presses("go", "search", words=words)
        found = asked_for(visitor, "page")
        assert name in found and len(found) <= 3, words
        assert 'value="library"' in visitor.main and 'value="guide"' in visitor.main
        visitor.presses("go", f"page:{name}")
        assert visitor.page.status_code == 200
        visitor.comes_in()


def test_every_subject_of_the_search_is_a_page(visitor: Visitor) -> None:
    """A subject without a page would take a place among the three and show nothing."""
    at = house()
    assert at.search
    assert {one for one in at.search._topic_of if not at.library.page(one, "nl")} == set()


def test_words_of_danger_bring_the_emergency_number_first(visitor: Visitor) -> None:
    visitor.presses("go", "search", words="hij heeft een mes")
    assert visitor.main.index('href="tel:') < visitor.main.index("<h1")
    visitor.sends({"go": "search", "words": "ik twijfel over mijn relatie"})
    assert 'href="tel:' not in visitor.main


def test_what_is_typed_stands_in_no_address_title_or_header_and_not_among_the_answers(visitor: Visitor) -> None:
    """It is sent by POST only; it stands in the box again, and beside the language switch, which keeps it (L8)."""
    visitor.presses("go", "search", words="xylofoonkwal")
    assert visitor.main.count("xylofoonkwal") == 1
    assert visitor.text.count("xylofoonkwal") == 2
    assert "xylofoonkwal" not in str(visitor.page.headers)
    assert "xylofoonkwal" not in "".join(
        re.findall(r"<title>.*?</title>|action=\"[^\"]*\"|href=\"[^\"]*\"", visitor.text)
    )
    assert "xylofoonkwal" not in visitor.hidden["s"] + visitor.hidden["v"]
    assert 'method="get"' not in visitor.text.lower()


def test_words_in_an_address_are_not_searched(visitor: Visitor) -> None:
    page = visitor.client.get(f"{visitor.address}?go=search&words=xylofoonkwal", HTTP_HOST="localhost")
    assert b"xylofoonkwal" not in page.content and page.status_code in (200, 303, 404)


def test_what_is_typed_is_not_logged(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(0):
        visitor.presses("go", "search", words="xylofoonkwal")
    assert "xylofoonkwal" not in caplog.text


@pytest.mark.parametrize("words", ODD.values(), ids=list(ODD))
def test_odd_words_are_answered_with_a_page(visitor: Visitor, words: str) -> None:
    visitor.sends({"go": "search", "words": words})
    assert visitor.page.status_code == 200
    assert "<script>alert" not in visitor.text and "49" not in re.sub(r"<[^>]*>", "", visitor.main)[:200]
    visitor.presses("go", "library")
    assert visitor.page.status_code == 200


def test_far_too_many_words_are_refused_in_a_page(visitor: Visitor) -> None:
    visitor.sends({"go": "search", "words": "a" * 100_000})
    assert visitor.page.status_code == 200
    visitor.sends({"go": "search", "words": "a" * 200_000})
    assert visitor.page.status_code == 413 and 'id="exit"' in visitor.text


@pytest.mark.parametrize(
    "body",
    [
        b"go=search&words=%ff%fe",
        b"go=search&words=\xff",
        b"go=search",
        b"go=search&words=a&words=b",
        b"words=a&go=search:x",
        b"go=search&words=%ED%A0%80",
    ],
)
def test_a_torn_form_never_breaks_the_search(visitor: Visitor, body: bytes) -> None:
    visitor.sends(body)
    assert visitor.page.status_code in (200, 400)


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_and_results_of_the_search_are_light(visitor: Visitor, language: str) -> None:
    for body in ("go=library", "go=library:recognise", "go=library:inform", "go=search&words=bang"):
        assert weight(visitor, f"{body}&l={language}") <= HEAVIEST, body
