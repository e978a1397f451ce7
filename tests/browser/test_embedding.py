"""A door inside a page of another site, in a real browser without script: the guide, leaving, and who may not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, FrameLocator, Page

from tests.browser.conftest import NewContext
from tests.browser.house_at_work import ROOT, Neutral, Server, free_port, public_server

LONGEST = 12
SCRIPT = pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])


@dataclass
class Site:
    """The site of an organisation, on a port of its own: another origin. Its page shows the door in a frame."""

    port: int
    path: str = "/e"
    asked: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """As a browser names it."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def _site(port: int, door: Callable[[str], str]) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            frame = f'<iframe src="{door(site.path)}" width="380" height="760" referrerpolicy="no-referrer"></iframe>'
            body = f'<!doctype html><title>Us</title><link rel="icon" href="data:,"><h1>Us</h1>{frame}'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    site = Site(port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Street:
    """A door, the site that it lists, and one that it does not."""

    server: Server
    listed: Site
    other: Site


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory, neutral: Neutral, browser: Browser) -> Iterator[Street]:
    """All three at work."""
    folder, port = tmp_path_factory.mktemp("street"), free_port()
    content = folder / "content"
    content.mkdir()
    for path in (ROOT / "content").iterdir():
        if path.name != "doors":
            (content / path.name).symlink_to(path)
    (content / "doors").mkdir()
    for path in (ROOT / "content" / "doors").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        if path.stem == "central":
            text = text.replace("is_central", f'embedded_by = ["http://127.0.0.1:{port}"]\nis_central', 1)
        (content / "doors" / path.name).write_text(text, encoding="utf-8")
    with public_server(folder, neutral.url, content) as server:

        def door(path: str) -> str:
            return server.url("central", path)

        with _site(port, door) as listed, _site(free_port(), door) as other:
            yield Street(server, listed, other)


def _opens(context: BrowserContext, site: Site, path: str = "/e") -> tuple[Page, FrameLocator]:
    """Open the organisation's page."""
    site.path = path
    page = context.new_page()
    page.goto(site.origin)
    return page, page.frame_locator("iframe")


def _asked(inside: FrameLocator) -> str:
    """The question that is asked; empty when none is."""
    inside.locator("footer").wait_for()
    field = inside.locator('main input[name="q"]')
    return field.first.get_attribute("value") or "" if field.count() else ""


def _to_results(inside: FrameLocator) -> list[str]:
    """Through the whole guide; which questions were asked."""
    inside.locator('main button[name="way_in"][value="talk"]').click()
    seen: list[str] = []
    inside.locator('main input[name="q"][value="reach"]').wait_for(state="attached")
    while asked := _asked(inside):
        assert len(seen) < LONGEST
        seen.append(asked)
        inside.locator('main button[name="go"][value="skip"]').click()
        inside.locator(f'main:not(:has(input[name="q"][value="{asked}"]))').wait_for()
    return seen


def _back(page: Page) -> None:
    try:
        page.go_back(timeout=1500, wait_until="load")
    except Error:
        page.wait_for_timeout(300)


def _shown(page: Page) -> str:
    """All words that stand in the window now, in frames too."""
    said = ""
    for frame in page.frames:
        try:
            said += frame.locator("body").inner_text(timeout=1500)
        except Error:
            continue
    return said


def _from_memory(page: Page) -> list[str]:
    """Fills with the addresses of pages that the browser brings back from its memory, as it tells its tools."""
    found: list[str] = []
    protocol = page.context.new_cdp_session(page)
    protocol.send("Page.enable")

    def note(event: dict[str, Any]) -> None:
        if event.get("type") == "BackForwardCacheRestore":
            found.append(event["frame"]["url"])

    protocol.on("Page.frameNavigated", note)
    return found


@SCRIPT
def test_the_whole_guide_goes_on_inside_the_frame_and_keeps_nothing(
    new_context: NewContext, street: Street, has_script: bool
) -> None:
    context = new_context(java_script_enabled=has_script)
    page, inside = _opens(context, street.listed)
    seen = _to_results(inside)
    assert len(seen) >= 5 and seen[0] == "reach"
    assert inside.locator("main h1").inner_text() == "Hulp die past"
    assert inside.locator("main article").count() >= 1
    assert page.url == street.listed.origin + "/" and "/e/" in page.frames[1].url
    assert inside.locator("script").count() == 0
    assert context.cookies() == []


@SCRIPT
@pytest.mark.parametrize("way", ["pointer", "keyboard"])
def test_leaving_takes_the_whole_window_and_back_never_shows_it(
    new_context: NewContext, street: Street, neutral: Neutral, way: str, has_script: bool
) -> None:
    context = new_context(java_script_enabled=has_script)
    page, inside = _opens(context, street.listed)
    restored = _from_memory(page)
    inside.locator('main button[name="way_in"][value="talk"]').click()
    inside.locator('main input[name="q"][value="reach"]').wait_for(state="attached")
    ours = inside.locator("main h1").inner_text()
    address, exit_ = page.frames[1].url, inside.locator("#exit")
    start = len(neutral.asked)
    if way == "pointer":
        exit_.click(no_wait_after=True)
    else:
        exit_.press("Enter", no_wait_after=True)
    page.wait_for_url(neutral.url)
    assert all("referer" not in headers and "cookie" not in headers for _, headers, _ in neutral.since(start))
    assert context.cookies() == []
    for times in range(1, 4):
        _back(page)
        shown = _shown(page)
        assert ours not in shown and "Voordeur" not in shown, f"Back x{times}: {shown!r}"
    assert restored == [], "the page around came out of the browser's memory, and ours with it"
    elsewhere = context.new_page()
    elsewhere.goto(address.replace("/e/", "/"))
    assert elsewhere.url == neutral.url  # burned


@SCRIPT
def test_a_site_that_is_not_listed_is_refused_by_the_browser(
    new_context: NewContext, street: Street, has_script: bool
) -> None:
    context = new_context(java_script_enabled=has_script)
    page, inside = _opens(context, street.other)
    page.wait_for_timeout(500)
    assert inside.locator("#exit").count() == 0 and "Voordeur" not in _shown(page)
    assert page.frames[1].url.startswith("chrome-error:")


@pytest.mark.parametrize("path", ["/", "/a", "/p", "/l", "/i"])
def test_no_other_page_stands_in_a_frame_not_even_of_a_listed_site(
    new_context: NewContext, street: Street, path: str
) -> None:
    page, inside = _opens(new_context(java_script_enabled=False), street.listed, path)
    page.wait_for_timeout(500)
    assert inside.locator("#exit").count() == 0
    assert page.frames[1].url.startswith("chrome-error:")


@SCRIPT
def test_what_is_not_for_the_frame_goes_on_alone_in_the_window_with_the_answers(
    new_context: NewContext, street: Street, neutral: Neutral, has_script: bool
) -> None:
    context = new_context(java_script_enabled=has_script)
    page, inside = _opens(context, street.listed, "/e/in/en")
    inside.locator('main button[name="way_in"][value="other"]').click()
    inside.locator('main input[name="q"][value="reach"]').wait_for(state="attached")
    inside.locator('footer button[value="safety"]').click()
    inside.locator('main button[value="linking"]').click()
    page.locator("#site").wait_for()
    assert page.url.startswith(street.server.url("central")) and "/e/" not in page.url and len(page.frames) == 1
    assert "way_in=other" in (page.locator('main input[name="s"]').first.get_attribute("value") or "")
    page.locator("#exit").click(no_wait_after=True)
    page.wait_for_url(neutral.url)
    for _ in range(3):
        _back(page)
        assert "Someone is here who must not hear me" not in _shown(page) and 'id="site"' not in page.content()
