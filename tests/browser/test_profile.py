"""What a browser keeps on disk after a visit was left and the browser closed (face.md X3-X5, S12)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.browser.house_at_work import Neutral, Server
from tests.browser.walking import begin, leave, press, skip_to

#: Titles of pages that tell nothing of help, danger or a question that was answered (X4, S6).
NEUTRAL_TITLES = {"", "…", "Weather", "about:blank"}
PLACE = "Vierlingsbeek"
CHAIN_END = 0x20000000


@dataclass(frozen=True)
class Left:
    """A closed profile and what was on the screen before."""

    folder: Path
    said: tuple[str, ...]
    token: str
    titles: frozenset[str]


@pytest.fixture(scope="module")
def left(
    playwright: Playwright,
    launching: dict[str, Any],
    server: Server,
    neutral: Neutral,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Left]:
    """Walk to the results with a profile on disk, choose, type a place, leave, and close the browser."""
    folder = tmp_path_factory.mktemp("profile")
    context = playwright.chromium.launch_persistent_context(str(folder), locale="nl-NL", **launching)
    said, titles = [], set()
    try:
        page = context.pages[0] if context.pages else context.new_page()
        begin(page, server)
        said += [page.locator("h1").first.inner_text(), page.locator("article h3").first.inner_text()]
        titles.add(page.title())
        skip_to(page, "what")
        page.locator('input[name="what"]').first.check()
        said.append(page.locator('label:has(input[name="what"])').first.inner_text())
        press(page, 'main button[name="go"][value="next"]')
        skip_to(page, "wish")
        page.locator("#place").press_sequentially(PLACE)
        press(page, 'main button[name="go"][value="next"]')
        said += [page.locator("h1").first.inner_text(), page.locator("article p").first.inner_text(), PLACE]
        token = page.url.rsplit("/", 1)[1]
        leave(page, neutral.url)
        page.wait_for_timeout(2500)  # the cookie of two seconds is over
    finally:
        context.close()
    yield Left(folder, tuple(one.strip() for one in said), token, frozenset(titles))


def _history(left: Left, query: str) -> list[tuple[Any, ...]]:
    found = next(left.folder.rglob("History"))
    with closing(sqlite3.connect(f"file:{found}?mode=ro&immutable=1", uri=True)) as opened:
        return opened.execute(query).fetchall()


def test_the_history_shows_no_page_of_ours(left: Left, server: Server) -> None:
    """X3: with script no visit of ours is the end of a chain, so none is shown."""
    rows = _history(left, "SELECT urls.url, visits.transition FROM visits JOIN urls ON urls.id = visits.url")
    assert rows, "the history was not written, so nothing was measured"
    shown = [url for url, how in rows if how & CHAIN_END and any(host in url for host in server.hosts)]
    assert shown == []


def test_only_neutral_titles_reach_the_history(left: Left, server: Server) -> None:
    """X4, S6: what stands beside our address says nothing; a title may name the door, never the subject."""
    titles = [title for (title,) in _history(left, "SELECT title FROM urls")]
    charged = ("geweld", "hulp", "misbruik", "slachtoffer", "veilig", "gevaar", "violence", "abuse", "help", "victim")
    assert not [one for one in titles if any(word in one.lower() for word in charged)]
    doors = ("Voordeur",)
    plain = {"Start", "Vraag", "Overzicht", "Informatie", "Question", "Overview", "Information"}
    odd = [one for one in titles if one not in NEUTRAL_TITLES and one.partition(" · ")[0] not in {*plain, *doors}]
    assert odd == []


def test_no_file_of_the_profile_holds_what_was_read_chosen_or_typed(left: Left) -> None:
    """X5, S12: text of the page, the words of a chosen answer and the typed place, in UTF-8 and UTF-16."""
    wanted = {code: [one.encode(code) for one in left.said if len(one) > 5] for code in ("utf-8", "utf-16-le")}
    assert all(len(some) >= 5 for some in wanted.values()), left.said
    hits = [
        (path.name, code)
        for path in left.folder.rglob("*")
        if path.is_file()
        for content in (path.read_bytes(),)
        for code, some in wanted.items()
        if any(one in content for one in some)
    ]
    assert hits == []


def test_no_meaningful_cookie_and_no_stored_page_is_left(left: Left) -> None:
    """X5: of the cookie at most one row that is over and says nothing; no file of the cache knows the address.

    Chromium removes a row that is over when it starts again; its host name stands in other files as well.
    """
    rows = []
    for found in left.folder.rglob("Cookies"):
        with closing(sqlite3.connect(f"file:{found}?mode=ro&immutable=1", uri=True)) as opened:
            rows += opened.execute("SELECT name, value, expires_utc - creation_utc, path FROM cookies").fetchall()
    assert len(rows) <= 1
    assert all((name, path) == ("w", "/") and len(value) <= 1 and age <= 2_500_000 for name, value, age, path in rows)
    cached = [
        path for path in left.folder.rglob("*") if path.is_file() and "Cache" in str(path.relative_to(left.folder))
    ]
    assert not [path.name for path in cached if left.token.encode() in path.read_bytes()]
