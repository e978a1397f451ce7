"""Whatever is sent, a page comes back: never a failure, never an answer in an address (safety rules 2, 6, 7)."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faces.visit.conftest import FORM, Visitor, to

FUZZ = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CODES = (
    "next", "skip", "back", "home", "danger", "safety", "guide", "again", "org:", "org:abcdef", "lang:nl", "lang:xx",
    "ask:what", "ask:nothing", "place:", "place:GM0363", "place:GM9999", "talk", "work", "danger", "wish", "way_in",
    "way_in=talk&reach=&what=blows", "what=%ff&who=%00", "&&&===", "when=0001-01-01", "place=Hengelo&speaks=xx",
)  # fmt: skip
NAMES = (
    "go", "way_in", "q", "l", "s", "v", "reach", "what", "who", "where", "when", "age", "sex", "traits", "need",
    "wish", "speaks", "place", "__proto__", "csrfmiddlewaretoken", "",
)  # fmt: skip
texts = st.one_of(st.sampled_from(CODES), st.text(max_size=60), st.text(st.characters(codec=None), max_size=20))
fields = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=10)), texts), max_size=14)


def is_a_page(visitor: Visitor) -> None:
    """A whole page with the exit and the emergency number, and an honest status."""
    assert visitor.page.status_code in (200, 400, 404, 413, 415)
    assert 'id="exit"' in visitor.text and 'href="tel:' in visitor.text and "</html>" in visitor.text


@FUZZ
@given(sent=fields)
def test_any_fields_give_a_page(visitor: Visitor, sent: list[tuple[str, str]]) -> None:
    """Any names and values, doubled, in any order, with signs that cannot be encoded."""
    is_a_page(visitor.sends(sent))


@FUZZ
@given(raw=st.one_of(st.binary(max_size=600), st.text(max_size=300).map(lambda one: one.encode("utf-16"))))
def test_any_bytes_give_a_page(visitor: Visitor, raw: bytes) -> None:
    """Bytes that are no form at all."""
    is_a_page(visitor.sends(raw))


@FUZZ
@given(written=st.text(max_size=200), view=st.text(max_size=40), go=st.sampled_from(CODES))
def test_any_state_gives_a_page(visitor: Visitor, written: str, view: str, go: str) -> None:
    """What travels along may be forged, cut off or of another version."""
    is_a_page(visitor.sends([("s", written), ("v", view), ("go", go), ("q", "wish")]))


@pytest.mark.parametrize(
    "body",
    [
        b"go=next\x00", b"s=%00%00%00&go=guide", b"s=%ED%A0%80&go=guide", b"place=%ff%fe&q=wish&go=next",
        b"l=%00&go=guide", b"v=org:%00", b"v=guide:%00:x", b"go=org:%00", b"go=lang:", b"go=ask:", b"go=ask:way_in",
        b"q=&go=back", b"q=wish&go=back&q=what", b"go=guide&s=" + b"a=b&" * 90, b"go=place:" + b"x" * 500,
        b"go=%F0%9F%98%80", b"way_in=talk&way_in=work&way_in=danger", b"&" * 200, b"=" * 200, b"go", b"",
        b"go=org:" + b"a" * 5000, b"s=when%3D0001-01-01%26age%3D-5&go=guide", "go=guide&s=place=\u202e\u2066".encode(),
    ],
)  # fmt: skip
def test_a_strange_body_gives_a_page(visitor: Visitor, body: bytes) -> None:
    """NUL, halves of signs, unknown codes, steps in a forged order, doubled fields, dates of long ago."""
    is_a_page(visitor.sends(body))


def test_a_body_that_is_too_large_is_refused_with_a_page(visitor: Visitor) -> None:
    """413 for a megabyte; the exit and the number are still there."""
    visitor.sends(b"s=" + b"a" * 1_000_000)
    assert visitor.page.status_code == 413
    is_a_page(visitor)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", "", "x" * 500])
def test_a_body_that_is_no_form_is_refused_with_a_page(visitor: Visitor, kind: str) -> None:
    """415."""
    visitor.sends(b'{"go": "next"}', kind)
    assert visitor.page.status_code == 415
    is_a_page(visitor)


@pytest.mark.parametrize("kind", [f"{FORM}; charset=utf-8", f"{FORM};charset=latin-1", FORM.upper(), f" {FORM} "])
def test_a_form_in_another_spelling_is_read(visitor: Visitor, kind: str) -> None:
    """The body is UTF-8 whatever a header says."""
    visitor.sends(b"way_in=talk", kind)
    assert visitor.page.status_code == 200 and visitor.question


@pytest.mark.parametrize("body", [b"place=\xff\xfe", b"\x80abc=1", "go=guide&place=é".encode("latin-1")])
def test_a_body_that_is_not_utf8_is_refused_with_a_page(visitor: Visitor, body: bytes) -> None:
    """400."""
    visitor.sends(body)
    assert visitor.page.status_code == 400
    is_a_page(visitor)


@pytest.mark.parametrize("length", ["-1", "abc", "٣", "²", "999999999999", "1e3", ""])
def test_a_strange_length_gives_a_page(visitor: Visitor, length: str) -> None:
    """The header is a stranger's word too."""
    visitor.page = visitor.client.post(
        visitor.address, b"go=next", content_type=FORM, HTTP_HOST="localhost", CONTENT_LENGTH=length
    )
    is_a_page(visitor)


def test_more_fields_than_a_form_has_give_a_page(visitor: Visitor) -> None:
    """A thousand."""
    visitor.sends("&".join(f"f{number}=1" for number in range(1000)))
    is_a_page(visitor)


@pytest.mark.parametrize("wish", ["xx", "nl;q=abc", ";;;,,,", "en;q=-1,nl;q=nan", "*", "é", "a" * 5000, "nl;q=inf"])
def test_any_wish_for_a_language_gives_a_page(visitor: Visitor, wish: str) -> None:
    """Accept-Language is free text."""
    visitor.headers["Accept-Language"] = wish
    is_a_page(visitor.comes_in())


def test_markup_that_is_typed_is_shown_as_text(visitor: Visitor) -> None:
    """In the only field that can be typed in, and in what travels along."""
    typed = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}'
    visitor.sends({"s": "way_in=talk", "q": "wish", "place": typed, "go": "next"})
    shown = visitor.text
    visitor.sends({**visitor.hidden, "go": "ask:wish"})
    for text in (shown, visitor.text):
        assert "<script>alert" not in text and "<img" not in text
        assert text.count("<script>") == 1
        assert ">49" not in text


@pytest.mark.parametrize("kind", ["question", "results", "organization"])
def test_no_answer_stands_in_an_address_or_a_title(visitor: Visitor, kind: str) -> None:
    """S5, safety rule 2: links and forms carry the visit's own address and nothing else."""
    visitor.comes_in()
    visitor.sends({"s": "way_in=talk&what=stalking&place=Zutphen", "go": "guide"})
    if kind == "organization":
        visitor.presses("go", f"org:{visitor.organizations[0]}")
    elif kind == "results":
        while visitor.question:
            visitor.presses("go", "skip")
    own = [one.split('"')[1] for one in visitor.text.split("href=")[1:] if one.startswith('"/')]
    assert own and set(own) == {f"{visitor.address}/0"}
    head = visitor.text.partition("</head>")[0].partition("<style>")[0]
    assert not [one for one in ("stalking", "Zutphen", "talk") if one in head]
    assert not [value for name, value in visitor.page.headers.items() if "stalking" in value or "Zutphen" in value]


def test_an_answer_that_is_not_understood_is_said_and_the_rest_is_kept(visitor: Visitor) -> None:
    """Nothing is dropped in silence."""
    visitor.sends({"s": urlencode([("way_in", "talk"), ("what", "nonsense"), ("who", "partner")]), "go": "guide"})
    assert "who=partner" in visitor.hidden["s"] and "nonsense" not in visitor.text
    assert 'class="note" role="status"' in visitor.main


def test_a_step_can_be_asked_for_before_its_turn(visitor: Visitor) -> None:
    """Free order (W3): the last question first."""
    visitor.sends({"go": "ask:wish"})
    assert visitor.question == "wish"
    visitor.sends({**visitor.hidden, "place": "Zutphen", "go": "next"})
    assert "Zutphen" in visitor.hidden["s"] and visitor.page.status_code == 200


def test_every_page_says_no_to_nothing(visitor: Visitor) -> None:
    """An empty body gives the page that the visit began with."""
    to(visitor, "home").sends(b"&")
    assert visitor.page.status_code == 200 and 'name="way_in"' in visitor.main
