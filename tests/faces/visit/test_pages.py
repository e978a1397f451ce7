"""What every page of a visit has, whatever it shows (face.md S1-S6, X4, X11, L15)."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from django.test import Client

from tests.faces.visit.conftest import HOSTS, KINDS, Visitor, to
from voordeur.faces.visit.house import house
from voordeur.records.directory.queries import Directory

CHARGED = (
    "geweld", "misbruik", "mishandel", "slachtoffer", "dader", "veilig", "gevaar", "seks", "hulp", "aangifte",
    "violence", "abuse", "victim", "perpetrator", "safe", "danger", "sex", "help", "police", "traffick",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_carries_the_headers_that_keep_it_to_itself(visitor_at_each_door: Visitor, kind: str) -> None:
    """S1-S4, L15, X8: nothing stored, nothing told, no cookie."""
    page = to(visitor_at_each_door, kind).page
    assert page.status_code == (404 if kind == "problem" else 200)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "Set-Cookie" not in page.headers and not page.cookies
    assert "Clear-Site-Data" not in page.headers


@pytest.mark.parametrize("kind", KINDS)
def test_the_policy_allows_just_the_style_and_script_that_stand_in_the_page(
    visitor_at_each_door: Visitor, kind: str
) -> None:
    """S1, L15: default-src 'none', a hash for each inline block, nothing unsafe, no other source.

    Our script puts a page in the place of another, and the first one's policy holds: the door's three looks are in it.
    """
    visitor = to(visitor_at_each_door, kind)
    looks = [some[visitor.door] for some in (house().looks, house().talk_looks, house().figure_looks)]
    policy = visitor.page.headers["Content-Security-Policy"]
    elsewhere = re.sub("form-action [^;]*;", "", policy)  # forms lead to our other doors too (test_other_doors.py)
    assert elsewhere.startswith("default-src 'none';") and "unsafe" not in policy and "http" not in elsewhere
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        blocks = re.findall(rf"<{tag}>(.*?)</{tag}>", visitor.text, flags=re.S)
        hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in blocks}
        allowed = next(part for part in policy.split("; ") if part.startswith(directive)).split()[1:]
        ours = {
            f"'sha256-{base64.b64encode(hashlib.sha256(getattr(one, tag).encode()).digest()).decode()}'"
            for one in looks
        }
        assert blocks and hashes <= set(allowed) == ours
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", visitor.text)
    assert not re.search(r'<(link|script|img|iframe|source)[^>]+(href|src)="(?!data:)', visitor.text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_has_the_exit_first_and_then_the_emergency_number_of_the_door(
    visitor_at_each_door: Visitor, kind: str
) -> None:
    """X11, W9, safety rule 6."""
    visitor = to(visitor_at_each_door, kind)
    door = next(one for one in house().doorway.doors if one.id == visitor.door)
    body = visitor.text.partition("<body>")[2]
    assert body.lstrip().startswith(f'<a id="exit" href="{visitor.address}/0"')
    assert body.index(f'href="tel:{door.emergency_number}"') < body.index("<main")


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_has_one_heading_a_language_and_a_neutral_title(visitor_at_each_door: Visitor, kind: str) -> None:
    """X4, S5, S6: the title and the first 1 kB tell nothing of the subject."""
    visitor = to(visitor_at_each_door, kind)
    assert visitor.text.count("<h1") == 1
    assert re.search(r'<html lang="(nl|en)" dir="ltr">', visitor.text)
    title = re.search(r"<title>(.*?)</title>", visitor.text)
    assert title
    assert not [word for word in CHARGED if word in title[1].lower()]
    assert not [word for word in CHARGED if word in visitor.text.partition("<style>")[0].lower()]


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_works_without_script(visitor_at_each_door: Visitor, kind: str) -> None:
    """P7, S12: every control is a link or a button in a form that posts to the visit's own address."""
    visitor = to(visitor_at_each_door, kind)
    forms = re.findall(r"<form([^>]*)>", visitor.text)
    assert forms and all(f'method="post" action="{visitor.address}"' in one for one in forms)
    assert all('autocomplete="off"' in one for one in forms)
    assert "noscript" not in visitor.text.lower()
    outside = re.sub(r"<form.*?</form>", "", visitor.text, flags=re.S)
    assert "<button" not in outside and "<input" not in outside


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_shows_a_number_that_is_not_in_the_data(visitor: Visitor, directory: Directory, kind: str) -> None:
    """W9, safety rule 8: every number that can be called stands in the directory or is the door's own."""
    known = {house().doorway.central.emergency_number}
    for one in directory.organizations.values():
        for service in one.services:
            known |= {re.sub(r"[^\d+]", "", view.contact.value or "") for view in service.channels}
    assert set(re.findall(r'href="tel:([^"]+)"', to(visitor, kind).text)) <= known


@pytest.mark.parametrize("path", ["/", "/a", "/p", "/o/abcdef"])
@pytest.mark.parametrize("door", HOSTS)
def test_a_fixed_address_leads_into_a_visit_of_its_own(client: Client, path: str, door: str) -> None:
    """S5, X1: each time another address, without words, and nothing under the fixed one."""
    led = [client.get(path, HTTP_HOST=HOSTS[door]) for _ in range(2)]
    assert {one.status_code for one in led} == {303}
    where = [one.headers["Location"] for one in led]
    assert where[0] != where[1]
    assert all(re.match(r"/[A-Za-z0-9_-]{28}($|/)", one) for one in where)
    assert all(one.content == b"" for one in led)


@pytest.mark.parametrize(("path", "marks"), [("/a", "tel:"), ("/p", "<h2"), ("/o/{code}", "<dl")])
def test_a_fixed_address_leads_to_the_page_it_stands_for(
    visitor: Visitor, directory: Directory, path: str, marks: str
) -> None:
    """Danger, protection and each organisation can be found and linked to."""
    code = next(iter(directory.by_code))
    visitor.comes_in(path.format(code=code))
    assert visitor.page.status_code == 200 and marks in visitor.main


@pytest.mark.parametrize("path", ["/", "/a", "/o/abcdef", "/nothing", "/{visit}", "/{visit}/p"])
@pytest.mark.parametrize("host", ["example.org", "", "localhost.evil.example", "a" * 300, "[::1]", "x\x00y", "é"])
def test_a_host_that_is_no_door_of_ours_is_refused(visitor: Visitor, client: Client, host: str, path: str) -> None:
    """421, in plain text, without a word of ours."""
    answer = client.get(path.format(visit=visitor.address[1:]), HTTP_HOST=host)
    assert answer.status_code == 421
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/a", "/{visit}", "/{visit}/p", "/{visit}/0"])
def test_another_method_is_refused(visitor: Visitor, client: Client, method: str, path: str) -> None:
    """405 with what is allowed."""
    answer = client.generic(method, path.format(visit=visitor.address[1:]), HTTP_HOST="localhost")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/nothing", "/.env", "/admin/", "/o/", "/o/TOOLONGER", "/%00", "/%ff", "/a/b/c"])
def test_an_address_that_is_not_there_says_so_in_a_page(visitor: Visitor, client: Client, path: str) -> None:
    """404 with the exit and the emergency number."""
    there = client.get(path, HTTP_HOST="localhost")
    assert there.status_code == 303, "a page of its own address could not be burned"
    answer = client.get(there.headers["Location"], HTTP_HOST="localhost")
    assert answer.status_code == 404
    assert b'id="exit"' in answer.content and b"tel:" in answer.content


@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico", "/.well-known/security.txt"])
def test_the_small_files_for_programs_tell_nothing(client: Client, path: str) -> None:
    """They are there, and no list of addresses stands in them."""
    answer = client.get(path, HTTP_HOST="localhost")
    assert answer.status_code in (200, 204)
    assert b"/o/" not in answer.content and "Set-Cookie" not in answer.headers
