"""A real Chromium, the public side and a neutral stand-in, once for all tests of this folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.house_at_work import Neutral, Server, neutral_stand_in, public_server

#: Nothing that a browser does by itself may stand between the pages and what is measured.
ARGUMENTS = [
    "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic", "--host-resolver-rules=MAP localhost 127.0.0.1, MAP *.localhost 127.0.0.1",
]  # fmt: skip
#: Playwright turns the memory of left pages off; that memory is what leaving must beat.
NOT_LIKE_A_TEST = ["--disable-back-forward-cache"]

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser of this machine is; without one the tests of this folder are skipped."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no Chromium on the PATH (chromium, chromium-browser or google-chrome)")


@pytest.fixture(scope="session")
def launching(chromium: str) -> dict[str, Any]:
    """How a Chromium is started."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return {
        "executable_path": chromium,
        "args": [*ARGUMENTS, *(["--no-sandbox"] if is_root else [])],
        "ignore_default_args": NOT_LIKE_A_TEST,
        "headless": True,
    }


@pytest.fixture(scope="session")
def neutral() -> Iterator[Neutral]:
    """The stand-in for the neutral page."""
    with neutral_stand_in() as kept:
        yield kept


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, neutral: Neutral) -> Iterator[Server]:
    """The public side, running."""
    with public_server(tmp_path_factory.mktemp("house"), neutral.url) as running:
        yield running


@pytest.fixture(scope="session")
def playwright(chromium: str) -> Iterator[Playwright]:
    """The driver of the browser."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright, launching: dict[str, Any]) -> Iterator[Browser]:
    """One browser for all tests; every test has a context of its own."""
    opened = playwright.chromium.launch(**launching)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Open a context with given wishes; all are closed after the test."""
    opened: list[BrowserContext] = []

    def make(**wishes: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "nl-NL", "viewport": {"width": 390, "height": 844}, **wishes})
        context.set_default_timeout(8000)
        opened.append(context)
        return context

    try:
        yield make
    finally:
        for context in opened:
            context.close()


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page on a phone, in Dutch."""
    return new_context().new_page()


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """An empty profile folder."""
    return tmp_path / "profile"
