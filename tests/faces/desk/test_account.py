"""The pages of one's own login: each change asks the passphrase, and nothing is taken from somebody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator

from tests.faces.desk.conftest import OWN_PHRASE, Browser, token_of
from tests.faces.desk.soft_key import SoftKey
from voordeur.records.staff import actions, queries
from voordeur.records.staff.models import DeskSession, Staff

NEW_PHRASE = "kaars lepel wolk tafel"


def _adds_passkey(browser: Browser, passphrase: str) -> int:
    page = browser.get("/me/passkey")
    token = {"csrfmiddlewaretoken": token_of(page)}
    options = browser.client.post("/me/passkey/options", token).json()
    sent = token | {"name": " my  phone ", "credential": SoftKey().makes(options), "passphrase": passphrase}
    return int(browser.client.post("/me/passkey", sent).status_code)


def _another_session() -> Browser:
    other = Browser()
    other.types_passphrase("noor", OWN_PHRASE)
    other.types_code(_spare(other))
    assert other.get("/me").status_code == 200
    return other


def _spare(browser: Browser) -> str:
    kept = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap()
    return str(kept.get_unused_codes()[0])


@pytest.mark.parametrize(
    ("new", "again", "sentence"),
    [
        ("short phrase", "short phrase", "at least 14 signs"),
        (OWN_PHRASE, OWN_PHRASE + "x", "did not type the same"),
        ("noornoornoornoor", "noornoornoornoor", "too much like your name"),
        ("noor is geheim 1", "noor is geheim 1", "too much like your name"),
        ("1234567890123456", "1234567890123456", "too easy to guess"),
        ("wachtwoordwachtwoord", "wachtwoordwachtwoord", "too easy to guess"),
        ("aaaaaaaaaaaabbbb", "aaaaaaaaaaaabbbb", "too easy to guess"),
        ("", "", "at least 14 signs"),
    ],
)
def test_a_weak_passphrase_is_refused_with_what_to_do(
    browser: Browser, newcomer: tuple[Staff, str], new: str, again: str, sentence: str
) -> None:
    browser.types_passphrase("noor", newcomer[1])
    answer = browser.post("/me/passphrase", new=new, again=again)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert Staff.objects.get().once_until is not None


def test_the_first_passphrase_cannot_be_kept(browser: Browser, newcomer: tuple[Staff, str]) -> None:
    browser.types_passphrase("noor", newcomer[1])
    answer = browser.post("/me/passphrase", new=newcomer[1], again=newcomer[1])
    assert "Choose another passphrase" in answer.content.decode()


def test_changing_the_passphrase_asks_the_old_one_and_ends_other_sessions(at_work: Browser) -> None:
    other = _another_session()
    answer = at_work.post("/me/passphrase", new=NEW_PHRASE, again=NEW_PHRASE)
    assert "This is not your passphrase" in answer.content.decode()
    answer = at_work.post("/me/passphrase", passphrase=OWN_PHRASE, new=NEW_PHRASE, again=NEW_PHRASE)
    assert answer.headers["Location"] == "/me"
    assert at_work.get("/me").status_code == 200
    assert other.get("/me").headers["Location"] == "/sign-in"
    assert Staff.objects.get().check_password(NEW_PHRASE)


def test_guessing_the_passphrase_at_an_open_desk_is_slowed(at_work: Browser) -> None:
    said = [at_work.post("/me/codes", passphrase=f"guess {number}").content.decode() for number in range(6)]
    assert "This is not your passphrase" in said[4]
    assert "too many tries" in said[5]


def test_the_app_needs_its_own_code_before_it_counts(browser: Browser, newcomer: tuple[Staff, str]) -> None:
    browser.types_passphrase("noor", newcomer[1])
    browser.post("/me/passphrase", new=OWN_PHRASE, again=OWN_PHRASE)
    answer = browser.post("/me/app", code="000000")
    assert answer.status_code == 400
    assert not queries.has_second_factor(Staff.objects.get())


def test_the_secret_of_the_app_is_sealed_at_rest(at_work: Browser) -> None:
    kept = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert at_work.secret not in str(kept.data)
    assert kept.last_used_at is None
    seed = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    assert not re.search(r"[0-9a-f]{40}", str(seed.data))


def test_the_picture_says_the_same_as_the_letters(browser: Browser, newcomer: tuple[Staff, str]) -> None:
    browser.types_passphrase("noor", newcomer[1])
    browser.post("/me/passphrase", new=OWN_PHRASE, again=OWN_PHRASE)
    page = browser.get("/me/app").content.decode()
    assert 'src="data:image/png;base64,' in page
    assert "http://" not in page
    assert "https://" not in page


def test_a_second_app_is_not_offered(at_work: Browser) -> None:
    assert at_work.get("/me/app").headers["Location"] == "/me"


def test_spare_codes_are_shown_once_and_new_ones_end_the_old(at_work: Browser) -> None:
    assert len(set(at_work.codes)) == 10
    assert at_work.codes[0] not in at_work.get("/me/codes").content.decode()
    page = at_work.post("/me/codes", passphrase=OWN_PHRASE).content.decode()
    new = re.findall(r"<li>(\d{5} \d{5})</li>", page)
    assert len(new) == 10
    assert not set(new) & set(at_work.codes)
    other = Browser()
    other.types_passphrase("noor", OWN_PHRASE)
    assert other.types_code(at_work.codes[0]).status_code == 400


def test_adding_a_passkey_later_asks_the_passphrase_and_ends_other_sessions(at_work: Browser) -> None:
    other = _another_session()
    assert _adds_passkey(at_work, "wrong") == 400
    assert _adds_passkey(at_work, OWN_PHRASE) == 302
    assert [one.name for one in queries.second_factors(Staff.objects.get())] == ["", "my phone"]
    assert "Passkey: my phone" in at_work.get("/me").content.decode()
    assert other.get("/me").headers["Location"] == "/sign-in"


def test_removing_a_second_step_asks_the_passphrase_and_never_takes_the_last(at_work: Browser) -> None:
    _adds_passkey(at_work, OWN_PHRASE)
    app, key = (one.id for one in queries.second_factors(Staff.objects.get()))
    assert at_work.post("/me/remove", seen_at="/me", factor=str(app), passphrase="wrong").status_code == 400
    assert len(queries.second_factors(Staff.objects.get())) == 2
    assert at_work.post("/me/remove", seen_at="/me", factor=str(app), passphrase=OWN_PHRASE).status_code == 302
    assert at_work.get("/me").status_code == 200
    assert at_work.post("/me/remove", seen_at="/me", factor=str(key), passphrase=OWN_PHRASE).status_code == 400
    assert [one.id for one in queries.second_factors(Staff.objects.get())] == [key]


@pytest.mark.parametrize("factor", ["theirs", "", "-1", "x", "9" * 30, "999999"])
def test_the_second_step_of_somebody_else_and_one_that_is_not_there_get_the_same_answer(
    at_work: Browser, factor: str
) -> None:
    _adds_passkey(at_work, OWN_PHRASE)
    sam = actions.add_staff(name="sam", shown_name="Sam", languages=[], moment=datetime.now(UTC)).staff
    theirs = Authenticator.objects.create(user=sam, type=Authenticator.Type.TOTP, data={"secret": "x"})
    written = str(theirs.pk) if factor == "theirs" else factor
    answer = at_work.post("/me/remove", seen_at="/me", factor=written, passphrase=OWN_PHRASE)
    assert answer.status_code == 400
    assert "This did not work" in answer.content.decode()
    assert Authenticator.objects.filter(type__in=("totp", "webauthn")).count() == 3


@pytest.mark.parametrize(
    ("path", "method"),
    [("/me", "post"), ("/me/passphrase", "put"), ("/me/second-factor", "post"), ("/me/app", "delete"),
     ("/me/passkey", "put"), ("/me/passkey/options", "get"), ("/me/codes", "put"), ("/me/remove", "get")],
)  # fmt: skip
def test_a_wrong_verb_is_refused_also_for_the_right_person(at_work: Browser, path: str, method: str) -> None:
    token = at_work.client.cookies["form"].value
    answer = getattr(at_work.client, method)(path, headers={"x-csrftoken": token})
    assert answer.status_code == 405


def test_every_page_can_be_read_in_dutch_and_has_one_heading_and_labels(at_work: Browser) -> None:
    _adds_passkey(at_work, OWN_PHRASE)
    for path in ("/me", "/me/passphrase", "/me/second-factor", "/me/passkey", "/me/codes"):
        page = at_work.client.get(path, headers={"accept-language": "nl"}).content.decode()
        assert '<html lang="nl" dir="ltr">' in page
        assert page.count("<h1>") == 1
        fields = re.findall(r'<(?:input|select) id="(\w+)"', page)
        assert [one for one in fields if f'<label for="{one}">' not in page] == []


def test_sessions_are_counted_by_who_is_signed_in(at_work: Browser) -> None:
    assert [one.staff for one in DeskSession.objects.all()] == [Staff.objects.get()]
