"""The trip in a text browser, by its own keys (safety rule 4; face.md P7, P8)."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.house_at_work import Server, asked

ENTER = b"\r"


class TextBrowser:
    """w3m in a terminal of its own; what is on its page is read by letting it write the page to a file."""

    def __init__(self, program: str, url: str, home: Path) -> None:
        self.folder = home
        self.saved = 0
        inside, outside = pty.openpty()
        termios.tcsetwinsize(outside, (50, 100))
        env = {"TERM": "xterm", "HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        options = ["-o", "confirm_qq=0", "-o", "accept_language=nl", "-o", "use_history=0"]
        self.process = subprocess.Popen(
            [program, *options, url], stdin=outside, stdout=outside, stderr=outside, env=env, start_new_session=True
        )
        os.close(outside)
        self.screen = inside
        self.settle()

    def settle(self, quiet: float = 0.15, most: float = 10) -> bytes:
        """Wait until nothing is drawn any more."""
        drawn, end = b"", time.monotonic() + most
        while time.monotonic() < end:
            if not select.select([self.screen], [], [], quiet if drawn else 1)[0]:
                break
            try:
                drawn += os.read(self.screen, 65536)
            except OSError:
                break
        return drawn

    def keys(self, *pressed: bytes) -> None:
        """Press keys and wait for what they draw."""
        os.write(self.screen, b"".join(pressed))
        self.settle()

    def page(self) -> str:
        """The whole page as text: S saves what is shown to a file."""
        self.saved += 1
        path = self.folder / f"page-{self.saved}.txt"
        os.write(self.screen, b"S")
        self.settle()
        os.write(self.screen, b"\x15" + str(path).encode() + ENTER)
        self.settle()
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def press(self, label: str) -> None:
        """Look for the words of a control from the top of the page, and press it."""
        self.keys(b"g")
        os.write(self.screen, b"/" + label.encode() + ENTER)
        self.settle()
        self.keys(ENTER)
        self.settle()

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.screen)


@pytest.fixture(scope="module")
def program() -> str:
    """Where w3m is; without it these tests are skipped."""
    found = shutil.which("w3m")
    if not found:
        pytest.skip("no w3m on the PATH")
    return found


@pytest.fixture
def text_browser(program: str, server: Server, tmp_path: Path) -> Iterator[TextBrowser]:
    """At the first page of the central door."""
    opened = TextBrowser(program, server.url(), tmp_path)
    try:
        yield opened
    finally:
        opened.close()


def words_of(server: Server, name: str, value: str, fields: str | None) -> str:
    """What stands on a button, as the server gives it: tests follow the words of the content, whatever these are."""
    _, entered, _ = asked(server, "GET", "/", headers={"Accept-Language": "nl"})
    method = "GET" if fields is None else "POST"
    _, _, body = asked(server, method, entered["location"], fields, {"Accept-Language": "nl"})
    after = body.decode().partition(f'name="{name}" value="{value}"')[2]
    return after.partition(">")[2].partition("<")[0].strip()


def test_the_first_page_can_be_read_as_text(program: str, server: Server) -> None:
    """The way out and the emergency number come first, then the name, then the ways in."""
    done = subprocess.run(
        [program, "-dump", "-cols", "80", "-o", "accept_language=nl", server.url()],
        capture_output=True,
        timeout=20,
        check=True,
    )
    text = done.stdout.decode()
    lines = [line for line in text.splitlines() if line.strip()]
    assert "112" in "\n".join(lines[:3])
    for way in ("talk", "other", "work"):
        assert words_of(server, "way_in", way, None)[:30] in " ".join(text.split())


def test_the_whole_trip_works_in_a_text_browser(text_browser: TextBrowser, server: Server) -> None:
    """In, past every question by the keyboard, and to help with a number; no style, no script."""
    first = text_browser.page()
    assert "112" in first
    text_browser.press(words_of(server, "way_in", "talk", None)[:30])
    page = text_browser.page()
    skip = words_of(server, "go", "skip", "way_in=talk")
    assert skip[:20] in page, page[:800]
    for _ in range(8):
        if skip[:20] not in page:
            break
        text_browser.press(skip[:20])
        page = text_browser.page()
    assert skip[:20] not in page, "the questions never ended"
    _, entered, _ = asked(server, "GET", "/", headers={"Accept-Language": "nl"})
    told = "s=way_in%3Dtalk%26reach%3D%26what%3D%26who%3D%26when%3D%26age%3D%26need%3D&go=guide"
    _, _, body = asked(server, "POST", entered["location"], told, {"Accept-Language": "nl"})
    shown = body.decode().partition("<main")[2].partition("<article")[2]
    number = shown.partition('href="tel:')[2].partition("<bdi>")[2].partition("</bdi>")[0]
    assert number and number in page


def test_a_choice_is_sent_from_a_text_browser(text_browser: TextBrowser, server: Server) -> None:
    """A box that is ticked there is told back on the next page."""
    text_browser.press(words_of(server, "way_in", "talk", None)[:30])
    before = text_browser.page()
    assert "[ ]" in before
    text_browser.keys(b"g")
    os.write(text_browser.screen, b"/\\[ \\]" + ENTER)
    text_browser.settle()
    text_browser.keys(b"l")  # from the bracket onto the box
    text_browser.keys(ENTER)
    assert "[*]" in text_browser.page()
    text_browser.press(words_of(server, "go", "next", "way_in=talk"))
    after = text_browser.page()
    assert after and after != before
    assert words_of(server, "go", "ask:reach", "s=way_in%3Dtalk%26reach%3Dcall&go=guide") in after


def test_leaving_works_in_a_text_browser(text_browser: TextBrowser, server: Server) -> None:
    """The first link of the page leads away, to the neutral page."""
    text_browser.keys(b"g")
    text_browser.keys(ENTER)
    text_browser.settle(quiet=1)
    page = text_browser.page()
    assert "112" not in page and ("sun" in page or "…" in page)
