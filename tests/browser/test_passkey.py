"""Signing in at the desk with a real browser: its own idea of passkeys, of our policy, of origins, and of 320 px."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.house_at_work import ROOT, free_port

OWN_PHRASE = "paard batterij nietje fiets"
_SERVE = """
import sys, uvicorn
uvicorn.run("voordeur.settings.desk_server:app", port=int(sys.argv[1]), access_log=False, log_level="warning",
            lifespan="off", timeout_graceful_shutdown=5)
"""


@dataclass(frozen=True)
class Desk:
    """The running desk, and the first passphrase of its one login."""

    url: str
    passphrase: str


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The desk as a process, on a database of its own."""
    folder, port = tmp_path_factory.mktemp("desk"), free_port()
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
        "PYTHONPATH": str(ROOT),
        "VOORDEUR_DATA": str(folder / "data"),
    }

    def says(*arguments: str, settings: str = "public") -> str:
        command = [sys.executable, "-m", "voordeur", *arguments]
        more = {"DJANGO_SETTINGS_MODULE": f"voordeur.settings.{settings}"}
        return subprocess.run(command, env=env | more, check=True, capture_output=True, text=True, timeout=120).stdout

    says("directory", "load")
    says("team", "add", "central", "--name", "Central")
    said = says("staff", "add", "noor", "--shown", "Noor", "--team", "central", "--role", "responder")
    found = re.search(r"first passphrase  (\S+)", said)
    assert found is not None
    printed = folder / "printed.txt"
    with printed.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(port)],
            env=env | {"DJANGO_SETTINGS_MODULE": "voordeur.settings.desk"}, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait_for(f"http://localhost:{port}/healthy")
            yield Desk(f"http://localhost:{port}", found[1])
        finally:
            process.terminate()
            process.wait(timeout=30)
    assert printed.read_text() == ""


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            with urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that has a device with passkeys; what it refuses or fails on is a fault of the test."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="nl-NL")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda problem: faults.append(str(problem)))
    opened.on("console", lambda line: faults.append(line.text) if "Content Security" in line.text else None)
    device = context.new_cdp_session(opened)
    device.send("WebAuthn.enable")
    options: Any = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    try:
        yield opened
        assert faults == []
    finally:
        context.close()


def _is_good(page: Page) -> None:
    """Axe finds nothing, and nothing is wider than the screen."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
    assert [one["id"] for one in found.response["violations"]] == [], json.dumps(found.response["violations"])[:2000]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def _submit(page: Page, within: str = "form:not([data-passkey]):not([action='/sign-out'])") -> None:
    with page.expect_navigation():
        page.locator(f"{within} button").first.click()


def test_from_the_first_passphrase_to_a_passkey_that_opens_the_desk(desk: Desk, page: Page) -> None:
    page.goto(desk.url)
    assert page.url == f"{desk.url}/sign-in"
    _is_good(page)
    page.fill("#login", "noor")
    page.fill("#password", desk.passphrase)
    _submit(page)
    assert page.url == f"{desk.url}/me/passphrase"
    _is_good(page)
    page.fill("#new", OWN_PHRASE)
    page.fill("#again", OWN_PHRASE)
    _submit(page)
    assert page.url == f"{desk.url}/me/second-factor"
    _is_good(page)
    page.goto(f"{desk.url}/me/app")
    assert page.locator("img.picture").evaluate("one => one.naturalWidth") > 100
    _is_good(page)
    page.goto(f"{desk.url}/me/passkey")
    page.fill("#name", "laptop")
    _is_good(page)
    _submit(page, "form[data-passkey]")
    page.wait_for_url(f"{desk.url}/me/codes")
    assert page.locator(".codes li").count() == 10
    _is_good(page)
    page.goto(f"{desk.url}/me")
    assert "laptop" in page.inner_text("main")
    _is_good(page)
    _submit(page, "form[action='/sign-out']")
    assert page.url == f"{desk.url}/sign-in"

    page.locator("form[data-passkey] button").click()  # the passkey alone
    page.wait_for_url(f"{desk.url}/")
    page.goto(f"{desk.url}/me")
    _submit(page, "form[action='/sign-out']")

    page.fill("#login", "noor")  # the passphrase, and then the passkey
    page.fill("#password", OWN_PHRASE)
    _submit(page)
    assert page.url == f"{desk.url}/sign-in/second"
    _is_good(page)
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(f"{desk.url}/")
    assert {one["name"] for one in page.context.cookies()} == {"desk", "form"}


def test_without_a_passkey_the_page_says_so_and_stays(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.url}/sign-in")
    page.locator("form[data-passkey] button").click()
    page.locator("form[data-passkey] [role=alert]").wait_for(state="visible")
    assert page.url == f"{desk.url}/sign-in"


def test_without_script_the_passphrase_form_stands_and_no_dead_button(desk: Desk, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{desk.url}/sign-in")
        assert page.locator("form:not([data-passkey]) button").is_visible()
        assert page.locator("form[data-passkey]").is_hidden()
    finally:
        context.close()
