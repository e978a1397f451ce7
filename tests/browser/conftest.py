"""A real Chromium, the public side and a neutral stand-in, once for all tests of this folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.house_at_work import Neutral, Server, neutral_stand_in
from tests.browser.staffed_house import StaffedHouse, staffed_house
from tests.browser.talking_house import Desk, TalkingHouse, talking_house
from tests.browser.talks import NewTalk, Talk

#: What Playwright turns off (a later list takes the place of an earlier one), and the pages of the address bar, which
#: cost a second of work for every new window and which no test looks at.
NOT_WANTED = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
)  # fmt: skip
#: Nothing that a browser does by itself may stand between the pages and what is measured.
ARGUMENTS = [
    f"--disable-features={','.join(NOT_WANTED)}",
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
def house(tmp_path_factory: pytest.TempPathFactory, neutral: Neutral) -> Iterator[TalkingHouse]:
    """The public side with a desk behind its central door."""
    with talking_house(tmp_path_factory.mktemp("house"), neutral.url) as running:
        yield running
        assert running.process and running.process.poll() is None, "the public side ended during the tests"


@pytest.fixture(scope="session")
def server(house: TalkingHouse) -> Server:
    """The public side, running."""
    return house.server


@pytest.fixture(autouse=True)
def _empty_queue(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test begins with nobody waiting: a queue takes twenty."""
    house = request.getfixturevalue("house") if "house" in request.fixturenames else None
    yield
    if house is not None:
        house.desk.does("empties")


@pytest.fixture(scope="session")
def desk(house: TalkingHouse) -> Desk:
    """Sam at work."""
    return house.desk


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


@pytest.fixture(scope="session")
def both_sides(tmp_path_factory: pytest.TempPathFactory, neutral: Neutral, browser: Browser) -> Iterator[StaffedHouse]:
    """The visitors' side and the desk, with people at work."""
    with staffed_house(tmp_path_factory.mktemp("both"), neutral.url, browser) as running:
        yield running


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Open a context with given wishes; all are closed after the test."""
    opened: list[BrowserContext] = []

    def make(**wishes: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "nl-NL", "viewport": {"width": 390, "height": 844}, **wishes})
        context.set_default_timeout(30_000)
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
def new_talk(new_context: NewContext, server: Server, desk: Desk) -> NewTalk:
    """Begin a conversation, in a context of its own or a given one."""

    def make(text: str = "", *, context: BrowserContext | None = None, **wishes: Any) -> Talk:
        return Talk((context or new_context(**wishes)).new_page(), server, desk, text)

    return make


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """An empty profile folder."""
    return tmp_path / "profile"
