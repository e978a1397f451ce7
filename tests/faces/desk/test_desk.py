"""The desk's page: for who is through both factors, whole in itself, and kept nowhere."""

from __future__ import annotations

import re

import pytest

from tests.faces.desk.conftest import OWN_PHRASE, Browser
from voordeur.records.staff.models import Staff
from voordeur.vocabulary import StaffRole, TakeReason

BAD_METHODS = ("post", "put", "delete", "patch")


def _html(browser: Browser) -> str:
    answer = browser.get("/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_who_is_through_both_factors_gets_the_page(at_work: Browser) -> None:
    html = _html(at_work)
    assert '<div id="work" hidden>' in html


@pytest.mark.parametrize("stage", ["nobody", "passphrase of the operator", "no second factor yet"])
def test_everybody_else_is_sent_to_the_next_step(stage: str, browser: Browser, newcomer: tuple[Staff, str]) -> None:
    expected = "/sign-in"
    if stage != "nobody":
        browser.types_passphrase("noor", newcomer[1])
        expected = "/me/passphrase"
    if stage == "no second factor yet":
        browser.post("/me/passphrase", new=OWN_PHRASE, again=OWN_PHRASE)
        expected = "/me/second-factor"
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, expected)
    assert answer.content == b""


def test_who_typed_the_passphrase_and_not_the_code_is_not_in(at_work: Browser) -> None:
    at_work.signs_out()
    at_work.types_passphrase("noor", OWN_PHRASE)
    assert at_work.get("/").headers["Location"] == "/sign-in"


@pytest.mark.parametrize("method", BAD_METHODS)
def test_another_verb_is_refused(method: str, at_work: Browser) -> None:
    at_work.client.handler.enforce_csrf_checks = False
    answer = getattr(at_work.client, method)("/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_kept(at_work: Browser) -> None:
    answer = at_work.get("/")
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    html = answer.content.decode()
    assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", html)
    assert not re.search(r"""\son\w+=|<style[^>]*src|<script[^>]+src|localStorage|sessionStorage|indexedDB""", html)


@pytest.mark.parametrize(("language", "word"), [("nl", "Postvak"), ("en", "Inbox"), ("de", "Postvak")])
def test_the_page_is_in_a_language_of_the_desk(at_work: Browser, language: str, word: str) -> None:
    answer = at_work.client.get("/", headers={"accept-language": language})
    assert f'<html lang="{language if language == "en" else "nl"}"' in answer.content.decode()


def test_every_word_that_the_script_asks_for_stands_in_the_page(at_work: Browser) -> None:
    html = _html(at_work)
    there = set(re.findall(r'<i data-w="([\w-]+)"', html))
    script = html.split("<script>")[1]
    asked = set(re.findall(r'\.word\(\s*"([\w-]+)"\s*[,)]', script))
    asked |= {f"role-{role}" for role in StaffRole} | {f"why-{why}" for why in TakeReason}
    asked |= {f"over-{why}" for why in ("left", "closed", "deleted", "elsewhere", "passed", "queue")}
    assert len(asked) > 50
    assert asked <= there, asked - there


def test_one_can_get_to_ones_own_login(at_work: Browser) -> None:
    work = _html(at_work).split('<div id="work"')[1]
    assert '<a href="/me">' in work
