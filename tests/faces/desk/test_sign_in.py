"""Signing in: the right person gets in by two steps, and everybody else gets the same answer."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver
from fido2.utils import websafe_encode

from tests.faces.desk.conftest import OWN_PHRASE, Browser, token_of
from tests.faces.desk.soft_key import SoftKey
from voordeur.faces.desk.sign_in import signed_in_with_second_factor
from voordeur.faces.server_key import server_key
from voordeur.records.staff import actions, queries
from voordeur.records.staff.models import DeskSession, Staff

REFUSED = "This name and passphrase do not belong together"
CODE_REFUSED = "This code is not right"
TOO_MANY = "There were too many tries"


def _is_in(browser: Browser) -> bool:
    answer = browser.get("/me")
    assert answer.status_code in (200, 302)
    return bool(answer.status_code == 200)


def _said() -> list[str]:
    lines = queries.audit_lines(server_key(), last=50)
    return [line.what for line in lines if not isinstance(line, int)]


def test_the_right_person_gets_in_by_passphrase_and_code(at_work: Browser) -> None:
    at_work.signs_out()
    assert not _is_in(at_work)
    assert at_work.types_passphrase("Noor", OWN_PHRASE).headers["Location"] == "/sign-in/second"
    assert not _is_in(at_work)
    assert at_work.types_code().headers["Location"] == "/"
    assert _is_in(at_work)
    for path in ("/", "/directory"):
        assert at_work.get(path).status_code == 200
    assert _said()[-2:] == ["signed out", "signed in"]


def test_the_first_sign_in_opens_nothing_before_passphrase_and_second_step(
    browser: Browser, newcomer: tuple[Staff, str]
) -> None:
    assert browser.types_passphrase("noor", newcomer[1]).headers["Location"] == "/"
    for path in ("/", "/me", "/directory", "/me/app", "/me/passkey", "/me/codes", "/me/second-factor"):
        assert browser.get(path).headers["Location"] == "/me/passphrase", path
    browser.post("/me/passphrase", new=OWN_PHRASE, again=OWN_PHRASE)
    for path in ("/", "/me", "/directory", "/me/codes"):
        assert browser.get(path).headers["Location"] == "/me/second-factor", path
    assert browser.get("/me/app").status_code == 200


def test_a_first_passphrase_is_of_no_use_after_it_was_replaced(browser: Browser, newcomer: tuple[Staff, str]) -> None:
    browser.sets_up("noor", newcomer[1])
    other = Browser()
    assert REFUSED in other.types_passphrase("noor", newcomer[1]).content.decode()


def test_a_first_passphrase_past_its_time_is_refused_like_a_wrong_one(
    browser: Browser, newcomer: tuple[Staff, str]
) -> None:
    Staff.objects.update(once_until=datetime.now(UTC) - timedelta(seconds=1))
    answer = browser.types_passphrase("noor", newcomer[1])
    assert answer.status_code == 400
    assert REFUSED in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "passphrase"),
    [("noor", "not the passphrase"), ("nobody", OWN_PHRASE), ("noor", OWN_PHRASE.upper()), ("noor\0", OWN_PHRASE)],
)
def test_a_wrong_name_and_a_wrong_passphrase_get_the_same_answer(at_work: Browser, name: str, passphrase: str) -> None:
    answer = Browser().types_passphrase(name, passphrase)
    assert answer.status_code == 400
    assert "desk" not in answer.cookies


def test_a_login_that_is_off_is_refused_like_a_wrong_passphrase(at_work: Browser) -> None:
    Staff.objects.update(is_active=False)
    answer = Browser().types_passphrase("noor", OWN_PHRASE)
    assert answer.status_code == 400
    assert REFUSED in answer.content.decode()


def test_switching_off_ends_an_open_session_at_once(at_work: Browser) -> None:
    assert _is_in(at_work)
    actions.switch_off(staff=Staff.objects.get(), moment=datetime.now(UTC))
    assert at_work.get("/me").headers["Location"] == "/sign-in"


def test_a_login_made_inactive_does_not_pass_the_gate_even_with_its_session(at_work: Browser) -> None:
    Staff.objects.update(is_active=False)
    assert at_work.get("/me").headers["Location"] == "/sign-in"


def test_the_passphrase_alone_opens_no_page(at_work: Browser) -> None:
    other = Browser()
    other.types_passphrase("noor", OWN_PHRASE)
    for path in ("/", "/me", "/me/app", "/me/codes", "/me/passphrase", "/me/second-factor", "/directory"):
        assert other.get(path).headers["Location"] == "/sign-in", path


@pytest.mark.parametrize("code", ["000000", "", "12345", "١٢٣٤٥٦", "1" * 5000])
def test_a_wrong_code_is_refused(at_work: Browser, code: str) -> None:
    other = Browser()
    other.types_passphrase("noor", OWN_PHRASE)
    answer = other.post("/sign-in/second", code=code)
    assert answer.status_code == 400
    assert not _is_in(other)


def test_a_code_is_good_once_only(at_work: Browser) -> None:
    first, second = Browser(), Browser()
    for one in (first, second):
        one.types_passphrase("noor", OWN_PHRASE)
    code = at_work.code()
    assert first.types_code(code).status_code == 302
    cache_of_allauth = [key for key in cache._cache if "totp.used" in key]  # type: ignore[attr-defined]
    for key in cache_of_allauth:  # allauth forgets after half a minute
        cache.delete(key.removeprefix(":1:"))
    assert cache_of_allauth
    assert CODE_REFUSED in second.types_code(code).content.decode()
    assert not _is_in(second)


def test_a_spare_code_opens_once(at_work: Browser) -> None:
    spare = at_work.codes[3]
    for expected in (True, False):
        other = Browser()
        other.types_passphrase("noor", OWN_PHRASE)
        other.types_code(spare)
        assert _is_in(other) is expected


def test_five_wrong_passphrases_close_a_name_for_a_while_and_another_stays_open(at_work: Browser) -> None:
    moment = datetime.now(UTC)
    made = actions.add_staff(name="sam", shown_name="Sam", languages=[], moment=moment)
    other = Browser()
    for _ in range(5):
        assert REFUSED in other.types_passphrase("noor", "wrong").content.decode()
    assert TOO_MANY in other.types_passphrase("noor", OWN_PHRASE).content.decode()
    assert other.types_passphrase("sam", made.passphrase).status_code == 302
    assert _said().count("sign-in refused") == 5


def test_six_wrong_codes_close_the_second_step_for_a_while(at_work: Browser) -> None:
    other = Browser()
    other.types_passphrase("noor", OWN_PHRASE)
    answers = [other.post("/sign-in/second", code="000000").content.decode() for _ in range(6)]
    assert CODE_REFUSED in answers[4]
    assert TOO_MANY in answers[5]
    assert other.types_code().status_code == 400


def test_many_names_together_are_slowed_too(newcomer: tuple[Staff, str], settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key", "login": "3/m/key"}
    other = Browser()
    said = [other.types_passphrase(f"name{number}", "wrong").content.decode() for number in range(4)]
    assert REFUSED in said[2]
    assert TOO_MANY in said[3]


def test_no_address_is_kept_by_the_limits(at_work: Browser) -> None:
    Browser().types_passphrase("noor", "wrong")
    kept = str(cache._cache)  # type: ignore[attr-defined]
    assert "login_failed" in kept
    assert "127.0.0.1" not in kept
    assert "noor" not in kept


def test_a_second_session_with_the_first_passphrase_does_not_come_in_behind_the_owner(
    newcomer: tuple[Staff, str],
) -> None:
    thief, owner = Browser(), Browser()
    thief.types_passphrase("noor", newcomer[1])
    owner.sets_up("noor", newcomer[1])
    assert _is_in(owner)
    assert thief.get("/").headers["Location"] == "/sign-in"
    assert thief.get("/me/app").headers["Location"] == "/sign-in"


def test_a_session_of_before_the_second_step_is_not_through_even_when_it_was_kept(
    newcomer: tuple[Staff, str],
) -> None:
    thief = Browser()
    thief.types_passphrase("noor", newcomer[1])
    Staff.objects.update(once_until=None)
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=newcomer[0], type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert DeskSession.objects.count() == 1
    assert thief.get("/me").headers["Location"] == "/sign-in"
    assert DeskSession.objects.count() == 0


def test_signing_out_ends_the_session_and_the_duty(at_work: Browser) -> None:
    staff, team = Staff.objects.get(), queries.all_teams()[0]
    actions.go_on_duty(staff=staff, team=team, moment=datetime.now(UTC))
    kept = at_work.client.cookies["desk"].value
    answer = at_work.signs_out()
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert DeskSession.objects.count() == 0
    assert queries.on_duty("central", datetime.now(UTC)) == ()
    stolen = Client()
    stolen.cookies["desk"] = kept
    assert stolen.get("/me").headers["Location"] == "/sign-in"


PUBLIC = {"healthy", "sign-in", "sign-in/passkey", "sign-in/passkey/options"}


def _paths() -> list[str]:
    return [str(one.pattern) for one in get_resolver("voordeur.settings.desk_urls").url_patterns
            if isinstance(one, URLPattern)]  # fmt: skip


@pytest.mark.django_db
def test_every_address_of_the_desk_refuses_who_is_not_signed_in() -> None:
    paths = [path for path in _paths() if path not in PUBLIC and "<" not in path]
    assert {"", "directory", "me", "me/codes"} <= set(paths)
    for path in paths:
        for method in ("get", "post"):
            answer = getattr(Client(), method)(f"/{path}")
            is_away = answer.status_code == 302 and answer.headers["Location"] in ("/", "/sign-in")
            assert is_away or answer.status_code in (401, 403, 404, 405), (path, method, answer.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "method"),
    [("/sign-in", "put"), ("/sign-in/second", "delete"), ("/sign-in/passkey", "get"), ("/sign-out", "get"),
     ("/sign-in/passkey/options", "get"), ("/sign-in/second/options", "get")],
)  # fmt: skip
def test_a_wrong_verb_is_refused(path: str, method: str) -> None:
    assert getattr(Client(), method)(path).status_code == 405


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/sign-in/passkey", "/me/remove", "/me/codes"])
def test_a_form_without_the_token_of_its_page_changes_nothing(at_work: Browser, path: str) -> None:
    answer = at_work.client.post(path, {"passphrase": OWN_PHRASE})
    assert answer.status_code == 403
    assert "This form was too old" in answer.content.decode()
    assert _is_in(at_work)


def test_the_token_of_another_browser_is_refused(at_work: Browser) -> None:
    other = token_of(Browser().get("/sign-in"))
    assert at_work.client.post("/sign-out", {"csrfmiddlewaretoken": other}).status_code == 403


def test_a_form_from_another_place_is_refused(at_work: Browser) -> None:
    token = token_of(at_work.get("/me"))
    answer = at_work.client.post(
        "/sign-out", {"csrfmiddlewaretoken": token}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    own = at_work.client.post("/sign-out", {"csrfmiddlewaretoken": token}, headers={"origin": "http://testserver"})
    assert own.status_code == 302


@pytest.mark.django_db
def test_looking_at_the_sign_in_page_makes_no_session() -> None:
    browser = Browser()
    answer = browser.get("/sign-in")
    assert set(answer.cookies) == {"form"}
    assert DeskSession.objects.count() == 0


def test_cookies_are_strict_hidden_from_script_and_end_with_the_browser(at_work: Browser) -> None:
    for name in ("desk", "form"):
        cookie = at_work.client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Strict", "/", "")
        assert not cookie["max-age"]
        assert not cookie["expires"]


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "shown"), [("nl", "nl"), ("en", "en"), ("pl", "nl")])
def test_a_page_has_a_strict_policy_and_its_language(language: str, shown: str) -> None:
    answer = Browser(language).get("/sign-in")
    assert f'<html lang="{shown}"' in answer.content.decode()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'sha256-" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_what_was_typed_as_a_name_comes_back_harmless(at_work: Browser) -> None:
    at_work.signs_out()
    answer = at_work.types_passphrase('"><script>alert(1)</script>', "x")
    assert "<script>alert" not in answer.content.decode()


def test_a_request_without_a_login_does_not_pass_the_gate() -> None:
    assert signed_in_with_second_factor(RequestFactory().get("/")) is None


def test_what_a_page_does_by_itself_does_not_keep_a_session_alive(at_work: Browser) -> None:
    request = RequestFactory().get("/")
    staff = Staff.objects.get()
    request.user, request.session = staff, at_work.client.session
    request.session["seen"] = before = int(time.time()) - 1000
    assert signed_in_with_second_factor(request, is_activity=False) == staff
    assert request.session["seen"] == before
    assert signed_in_with_second_factor(request) == staff
    assert request.session["seen"] > before


# ---------------------------------------------------------------- passkeys


def _adds_passkey(browser: Browser, key: SoftKey, **more: str) -> Any:
    page = browser.get("/me/passkey")
    token = {"csrfmiddlewaretoken": token_of(page)}
    options = browser.client.post("/me/passkey/options", token).json()
    return browser.client.post("/me/passkey", token | {"name": "phone", "credential": key.makes(options)} | more)


def _asks(browser: Browser, path: str) -> tuple[dict[str, str], dict[str, Any]]:
    token = {"csrfmiddlewaretoken": token_of(browser.get("/sign-in"))}
    return token, browser.client.post(path, token).json()


def test_a_passkey_alone_is_both_steps(at_work: Browser) -> None:
    key = SoftKey()
    _adds_passkey(at_work, key, passphrase=OWN_PHRASE)
    assert [one.kind for one in queries.second_factors(Staff.objects.get())] == ["totp", "webauthn"]
    other = Browser()
    token, options = _asks(other, "/sign-in/passkey/options")
    answer = other.client.post("/sign-in/passkey", token | {"credential": key.signs(options)})
    assert answer.headers["Location"] == "/"
    assert _is_in(other)


def test_a_passkey_can_be_the_only_second_step(browser: Browser, newcomer: tuple[Staff, str]) -> None:
    browser.types_passphrase("noor", newcomer[1])
    browser.post("/me/passphrase", new=OWN_PHRASE, again=OWN_PHRASE)
    key = SoftKey()
    answer = _adds_passkey(browser, key)
    assert answer.headers["Location"] == "/me/codes"
    other = Browser()
    other.types_passphrase("noor", OWN_PHRASE)
    token = {"csrfmiddlewaretoken": token_of(other.get("/sign-in/second"))}
    options = other.client.post("/sign-in/second/options", token).json()
    assert other.client.post("/sign-in/second", token | {"credential": key.signs(options)}).status_code == 302
    assert _is_in(other)


def test_a_passkey_that_was_only_touched_is_not_enough(at_work: Browser) -> None:
    answer = _adds_passkey(at_work, SoftKey(is_verified=False), passphrase=OWN_PHRASE)
    assert answer.status_code == 400


@pytest.mark.parametrize("fault", ["other key", "other host", "old challenge", "off", "other person"])
def test_a_passkey_that_does_not_fit_is_refused(at_work: Browser, fault: str) -> None:
    key = SoftKey()
    _adds_passkey(at_work, key, passphrase=OWN_PHRASE)
    other = Browser()
    token, options = _asks(other, "/sign-in/passkey/options")
    if fault == "other key":
        key.key = SoftKey().key
    elif fault == "other host":
        key.host = "evil.example"
    elif fault == "off":
        Staff.objects.update(is_active=False)
    elif fault == "other person":
        sam = actions.add_staff(name="sam", shown_name="Sam", languages=[], moment=datetime.now(UTC)).staff
        key.handle = websafe_encode(str(sam.pk).encode())
    elif fault == "old challenge":
        old = options
        _, options = _asks(other, "/sign-in/passkey/options")
        options = old
    answer = other.client.post("/sign-in/passkey", token | {"credential": key.signs(options)})
    assert answer.status_code == 400
    assert "The passkey was not accepted" in answer.content.decode()
    assert not _is_in(other)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "credential",
    ["", "x", "[]", "{}", "null", "1", '{"id": 1}', '{"response": []}', '{"response": {"userHandle": 5}}',
     '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA","authenticatorData":"AA",'
     '"signature":"AA","userHandle":"//"},"clientExtensionResults":{}}', '"' + "a" * 20000 + '"', "[" * 5000],
)  # fmt: skip
def test_an_answer_that_is_no_passkey_at_all_is_refused_and_breaks_nothing(credential: str) -> None:
    other = Browser()
    token, _ = _asks(other, "/sign-in/passkey/options")
    assert other.client.post("/sign-in/passkey", token | {"credential": credential}).status_code == 400


@pytest.mark.django_db
def test_asking_for_passkeys_again_and_again_is_slowed(settings: Any) -> None:
    settings.MFA_RATE_LIMITS = {"webauthn_login": "2/m/key"}
    other = Browser()
    token = {"csrfmiddlewaretoken": token_of(other.get("/sign-in"))}
    answers = [other.client.post("/sign-in/passkey/options", token).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
