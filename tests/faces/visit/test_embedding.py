"""A door inside a page of another site: which sites may, no cookie, no script, nothing typed, and leaving."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from django.conf import settings
from django.test import Client

from tests.faces.visit.conftest import HOSTS, DoorsWith, Visitor, talks
from voordeur.faces.visit.house import house
from voordeur.records.directory.queries import Directory

SITES = ("https://www.example.org", "https://help.example.net:8443")
LISTED = {"central": {'id = "central"': f'id = "central"\nembedded_by = ["{SITES[0]}", "{SITES[1]}"]'}}

pytestmark = pytest.mark.django_db


class Inside(Visitor):
    """A visitor in the frame."""

    def comes_in(self, by: str = "/e") -> Visitor:
        """By the address for inside a page."""
        led = self.client.get(by, HTTP_HOST=HOSTS[self.door], headers={"sec-fetch-dest": "iframe", **self.headers})
        assert led.status_code == 303
        self.address = "/".join(led.headers["Location"].split("/")[:3])
        self.page = self.client.get(led.headers["Location"], HTTP_HOST=HOSTS[self.door])
        return self

    @property
    def token(self) -> str:
        """The signs of the visit."""
        return self.address.rsplit("/", 1)[1]


@pytest.fixture
def inside(client: Client, directory: Directory, desk: ModuleType, doors_with: DoorsWith) -> Inside:
    """A visitor in a frame of the central door, which has a desk."""
    doors_with(LISTED)
    visitor = Inside(client)
    visitor.comes_in()
    return visitor


def _walk(inside: Inside) -> list[str]:
    """The whole guide; the kinds of pages that were seen, each checked."""
    seen = []

    def look(kind: str) -> None:
        seen.append(kind)
        policy = inside.page.headers["Content-Security-Policy"]
        assert inside.page.status_code == 200, kind
        assert policy.endswith(f"frame-ancestors {' '.join(SITES)}"), kind
        assert "X-Frame-Options" not in inside.page.headers, kind
        assert "script-src 'none'" in policy and "<script" not in inside.text, kind
        assert not inside.page.cookies and "Set-Cookie" not in inside.page.headers, kind
        assert inside.page.headers["Cache-Control"] == "no-store", kind
        assert f'<a id="exit" href="{inside.address}/0"' in inside.text and 'target="_top"' in inside.text, kind
        for action in re.findall(r'<form[^>]* action="([^"]*)"', inside.text):
            assert action == inside.address, kind
        for button in re.findall(r'<button[^>]*name="go" value="(?:talk|linking|door)[^>]*>', inside.text):
            assert f'formtarget="_top" formaction="/{inside.token}"' in button, kind
        assert "<textarea" not in inside.main and 'name="words"' not in inside.text, kind

    look("home")
    inside.presses("go", "safety")
    look("safety")
    inside.presses("go", "danger")
    look("danger")
    inside.presses("go", "library")
    look("library")
    inside.presses("go", "page:partner")
    look("page")
    inside.presses("go", "home").presses("way_in", "talk")
    while inside.question:
        look(inside.question)
        inside.presses("go", "skip")
    look("results")
    inside.presses("go", f"org:{inside.organizations[0]}")
    look("organization")
    inside.presses("go", "card:org:" + inside.organizations[0] if inside.organizations else "guide")
    return seen


def test_the_whole_guide_stands_in_the_frame_of_a_listed_site_without_cookie_or_script(inside: Inside) -> None:
    assert _walk(inside)[-2:] == ["results", "organization"]


def test_all_other_pages_may_stand_in_no_frame_at_all(inside: Inside) -> None:
    visitor = Visitor(inside.client)
    for by in ("/", "/a", "/p", "/l", "/g", "/i", "/in/en"):
        page = visitor.comes_in(by).page
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Frame-Options"] == "DENY"
    talks(visitor)
    assert visitor.page.headers["X-Frame-Options"] == "DENY"


def test_at_a_door_that_lists_nobody_and_outside_a_frame_one_comes_in_as_everybody(inside: Inside) -> None:
    for host, dest in ((HOSTS["sport"], "iframe"), (HOSTS["central"], "document")):
        led = inside.client.get("/e/in/en/g", HTTP_HOST=host, headers={"sec-fetch-dest": dest})
        assert led.status_code == 303 and re.fullmatch(r"/[\w-]{28}/in/en/g", led.headers["Location"])
    listed = {door.id: door.embedded_by for door in house().doorway.doors}
    assert listed["central"] == SITES and listed["sport"] == ()


def test_the_door_of_a_visit_decides_and_not_the_address(inside: Inside) -> None:
    page = inside.client.get(inside.address, HTTP_HOST=HOSTS["sport"])  # as if the sport door were framed
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"


def test_leaving_takes_the_whole_window_burns_the_visit_and_leaves_no_cookie(inside: Inside) -> None:
    inside.presses("way_in", "talk")
    left = inside.client.get(inside.address + "/0", HTTP_HOST="localhost")
    assert f'content="0;url={settings.NEUTRAL_URL}"' in left.content.decode() and not left.cookies
    for method in ("get", "post"):
        for path in (inside.address, inside.address + "/p"):
            page = getattr(inside.client, method)(path, HTTP_HOST="localhost")
            assert page.status_code == 410 and "Voordeur" not in page.content.decode()
            assert 'href="/e/in/nl"' in page.content.decode() and "frame-ancestors https" in str(page.headers)
    alone = inside.client.get(f"/{inside.token}", HTTP_HOST="localhost")  # burned outside too
    assert (alone.status_code, alone.headers["Location"]) == (303, settings.NEUTRAL_URL)


@pytest.mark.parametrize("go", ["talk", "talk:say", "talk:open", "talk:return", "search", "door:sport", "linking"])
def test_nothing_is_typed_to_anybody_inside_whatever_is_sent(inside: Inside, desk: ModuleType, go: str) -> None:
    inside.sends({"go": go, "text": "hello", "m": "0" * 32, "words": "hello", "code": "1234", "v": "home"})
    assert "Dit gaat verder op een pagina van onszelf" in inside.main and "hello" not in inside.text
    assert f'formtarget="_top" formaction="/{inside.token}"' in inside.main
    assert desk.conversations() == [] and not inside.page.cookies


def test_a_conversation_elsewhere_in_the_browser_is_not_seen_inside(inside: Inside, desk: ModuleType) -> None:
    """Neither by its cookie nor by a pass in the body."""
    alone = Visitor(inside.client)
    alone.address = f"/{inside.token}"
    alone.page = inside.client.get(alone.address, HTTP_HOST="localhost")
    alone.presses("go", "talk").presses("go", "talk:say", text="a secret")
    pass_of_it = alone.hidden["c"]
    inside.page = inside.client.get(inside.address, HTTP_HOST="localhost")
    assert "secret" not in inside.text and pass_of_it not in inside.text
    inside.sends({"go": "home", "c": pass_of_it})
    assert 'name="c"' not in inside.text and not inside.page.cookies


def test_to_talk_the_window_goes_to_a_page_of_our_own_with_the_answers(inside: Inside, desk: ModuleType) -> None:
    inside.presses("way_in", "other")
    fields, button = inside.hidden, re.search(r'<button name="go" value="talk"[^>]*>', inside.main)
    assert button and f'formaction="/{inside.token}"' in button[0]
    alone = Visitor(inside.client)
    alone.address = f"/{inside.token}"
    alone.sends({**fields, "go": "talk"})
    assert 'id="text"' in alone.main and alone.page.headers["X-Frame-Options"] == "DENY"
    alone.presses("go", "talk:say", text="good day")
    assert desk.reads(desk.newest()) == ["good day"] and alone.page.cookies


def test_what_goes_wrong_inside_is_said_inside(inside: Inside) -> None:
    led = inside.client.get("/e/there-is-nothing", HTTP_HOST="localhost")
    inside.page = inside.client.get(led.headers["Location"], HTTP_HOST="localhost")
    assert inside.page.status_code == 404
    assert "frame-ancestors https" in inside.page.headers["Content-Security-Policy"]
    inside.comes_in().sends(b"x" * 200_000)
    assert inside.page.status_code == 413 and "frame-ancestors https" in inside.page.headers["Content-Security-Policy"]
