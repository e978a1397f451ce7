"""`voordeur demo`: a cast that can really sign in, in a folder of its own, and never in one that is in use."""

from __future__ import annotations

import base64
import http.cookiejar
import json
import re
import signal
import stat
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from tests.faces.terminal.conftest import ROOT
from tests.faces.terminal.test_running import free_ports
from tests.trips.cast import SignIn
from tests.trips.onward import Offer, agrees, asked_of, offers, texts_on
from tests.trips.professional import Professional
from tests.trips.visitor import Visitor
from voordeur.faces.terminal.demo import CAST, LOUD, ROUNDS, sealed_own_key
from voordeur.faces.terminal.demo_example import MARK, ORGANIZATION, SERVICE
from voordeur.rules.area import area_codes
from voordeur.rules.matching import match
from voordeur.rules.opening import AMSTERDAM
from voordeur.rules.place_files import load_places
from voordeur.rules.situation import situation_from_mapping
from voordeur.secrecy.keyring import pair_of, team_context, unwrap

if TYPE_CHECKING:
    from voordeur.records.directory.queries import Directory

ADD_CONVERSATION = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from voordeur.records.conversations.models import Conversation
from datetime import date
Conversation.objects.create(
    id="0" * 32, visitor_key=b"v" * 32, state="waiting", team_tag=b"t" * 16, label=b"l", kept_until=date(2199, 1, 1)
)
"""


@contextmanager
def demo(environment: dict[str, str], ports: tuple[int, int]) -> Iterator[str]:
    """The demo, up; with what it printed until then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "voordeur", "demo", "--public-port", str(ports[0]), "--desk-port", str(ports[1])],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        lines: list[str] = []
        while not lines or "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], (process.wait(10), "".join(lines))
        yield "".join(lines)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


class Browser:
    """A browser at the desk: cookies, forms with their token, and the desk's own questions in JSON."""

    def __init__(self, port: int) -> None:
        self._at = f"http://localhost:{port}"
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def _open(self, path: str, body: bytes | None = None, **headers: str) -> tuple[str, str]:
        request = urllib.request.Request(self._at + path, body, {"Accept-Language": "en", **headers})
        with self._opener.open(request, timeout=10) as answer:
            return answer.geturl().removeprefix(self._at), answer.read().decode()

    def posts_form(self, path: str, **fields: str) -> str:
        """Fill in the form of a page; gives where that led."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self._open(path)[1])
        assert token
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        return self._open(path, body, Origin=self._at)[0]

    def asks(self, path: str) -> Any:
        """What the desk's page asks by itself."""
        return json.loads(
            self._open(path, b"{}", **{"Content-Type": "application/json", "X-Voordeur": "1", "Origin": self._at})[1]
        )


def as_bytes(written: str) -> bytes:
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))


def opened_own_key(kept: dict[str, Any], phrase: str) -> bytes:
    """As the browser does it."""
    sealed = as_bytes(kept["sealed"])
    key = PBKDF2HMAC(SHA512(), 32, as_bytes(kept["salt"]), kept["rounds"]).derive(phrase.encode())
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], b"voordeur own key 1")


def file_of(environment: dict[str, str]) -> dict[str, Any]:
    written = Path(environment["VOORDEUR_DATA"]) / "demo.json"
    found: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return found


def cast_of(environment: dict[str, str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = file_of(environment)["people"]
    return found


def professional(environment: dict[str, str], port: int, name: str) -> Professional:
    """Somebody of the demo's cast, signed in."""
    one = next(one for one in cast_of(environment) if one["name"] == name)
    shown, team = next((shown, team) for login, shown, team, *_ in CAST if login == name)
    someone = Professional(port, SignIn(shown=shown, team=team, **one))
    someone.signs_in()
    return someone


def comes_back(port: int, code: str) -> Visitor:
    """Somebody who comes in, and types the code as it stands on the screen."""
    someone = Visitor(port, language="en")
    someone.enters()
    someone.presses("talk:return")
    someone.presses("talk:open", code=code)
    return someone


def test_everybody_of_the_cast_signs_in_and_opens_their_own_key_and_the_key_of_their_team(
    process: Callable[..., Any], environment: dict[str, str]
) -> None:
    ports = free_ports()
    with demo(environment, ports) as said:
        assert said.count(LOUD) == 1
        codes = dict(line.split()[:2] for line in process("demo", "codes").out.splitlines()[:-1])
        for one, (name, shown, door, role, _) in zip(cast_of(environment), CAST, strict=True):
            assert f"{shown}, {role} of “{door}”" in said
            assert all(one[secret] in said for secret in ("passphrase", "totp_secret", "key_phrase"))
            browser = Browser(ports[1])
            assert browser.posts_form("/sign-in", login=name, password=one["passphrase"]) == "/sign-in/second"
            assert browser.posts_form("/sign-in/second", code=codes[name]) == "/"
            me = browser.asks("/api/me")
            assert (me["name"], me["shown_name"]) == (name, shown)
            (team,) = me["teams"]
            assert (team["slug"], team["roles"], team["is_on_duty"]) == (door, [role], True)
            own = opened_own_key(me["key"], one["key_phrase"])
            assert pair_of(own).public == as_bytes(me["key"]["public"])
            team_key = unwrap(own, as_bytes(team["sealed_team_key"]), team_context(team["slug"]))
            assert pair_of(team_key).public == as_bytes(team["public"])
    before = cast_of(environment)
    with demo(environment, ports) as again:
        assert LOUD in again and before[0]["passphrase"] in again
    assert cast_of(environment) == before
    assert len(process("staff", "list").out.splitlines()) == len(CAST)


def test_a_newcomer_says_yes_with_the_printed_code_and_the_partner_accepts(environment: dict[str, str]) -> None:
    """What the README says to do, in its order; nothing is prepared but what the demo itself made."""
    ports = free_ports()
    with demo(environment, ports) as said:
        codes = file_of(environment)["codes"]
        assert all(code in said for code in codes.values())
        noor, fenna = (professional(environment, ports[1], name) for name in ("responder", "partner"))
        assert offers(fenna) == [], "nothing goes out before the yes"
        (waiting,) = noor.gets("handed")["handovers"]
        assert (waiting["state"], waiting["organization"], waiting["is_mine"]) == ("asked", ORGANIZATION, True)

        visitor = comes_back(ports[0], codes["visitor"])
        assert [MARK in text for _, text in visitor.reads_all()] == [True, True]
        (handover,) = asked_of(visitor)
        assert "Where things stand" in visitor.page.text and "Look and decide" in visitor.page.text
        page = visitor.presses(f"talk:ask:{handover}")
        texts = texts_on(page.text)
        assert list(texts) == ["happened", "need", "danger"] and all(MARK in text for text in texts.values())
        visitor.presses("talk:standing")
        agrees(visitor, handover, keep=["happened", "need"])

        going = Offer(fenna, handover)
        assert going.parts == {"happened": texts["happened"], "need": texts["need"]}, "what was left out is not there"
        assert going.accepts("here")[0] == 200
        assert "The desk takes care of it." in visitor.presses("talk:standing").text
        held = noor.opens(waiting["conversation"])
        assert [MARK in one["t"] for one in held.everything() if one["direction"] in "vd"] == [True, True]
        assert [one["kind"] for one in held.everything() if one["direction"] in "ph"] == ["plan", "proposal", "consent"]

        friend = comes_back(ports[0], codes["buddy"])
        assert "To a friend." in friend.page.text and "I want to leave" not in friend.page.text
        visitor.presses("talk:wiped")
    with demo(environment, ports) as again:
        assert codes["visitor"] not in again and "The example conversation is gone" in again


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["Leeuwarden", "Maastricht", "Middelburg", "Amsterdam"])
def test_the_partner_of_the_demo_fits_partner_violence_anywhere(directory: Directory, place: str) -> None:
    found = load_places(ROOT / "content" / "places").look_up(place)
    assert found.municipality
    said = {"violence": ["partner_violence"], "language": "nl"}
    situation = situation_from_mapping("victim", said, area_codes(found.municipality))
    results = match(situation, directory.index, datetime(2026, 11, 30, 12, tzinfo=AMSTERDAM)).results
    assert ORGANIZATION in [one.organization for one in results]
    assert SERVICE in [one.key for one in directory.organizations[ORGANIZATION].services]


@pytest.fixture
def made(environment: dict[str, str]) -> Path:
    """A folder that a demo made."""
    with demo(environment, free_ports()):
        pass
    return Path(environment["VOORDEUR_DATA"])


def test_what_opens_the_logins_is_for_its_user_alone_and_stays_out_of_a_clone(
    made: Path, process: Callable[..., Any]
) -> None:
    assert stat.S_IMODE((made / "demo.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert (made / ".gitignore").read_text(encoding="utf-8") == "*\n"
    said = process("run")
    assert (said.code, said.out) == (2, "")
    assert said.err == f"voordeur: “{made}” was made by “voordeur demo”, for trying out; name another folder.\n"


def test_a_folder_with_a_team_is_in_use(process: Callable[..., Any], environment: dict[str, str]) -> None:
    assert process("team", "add", "central", "--name", "Central").code == 0
    said = process("demo")
    assert said.code == 2
    assert said.err == (
        f"voordeur: “{environment['VOORDEUR_DATA']}” is in use: there are logins or conversations in it. "
        "Name an empty folder with VOORDEUR_DATA.\n"
    )
    assert not (Path(environment["VOORDEUR_DATA"]) / "demo.json").exists()


def test_a_folder_with_a_conversation_is_in_use(process: Callable[..., Any], environment: dict[str, str]) -> None:
    Path(environment["VOORDEUR_DATA"]).mkdir()
    settings = {"DJANGO_SETTINGS_MODULE": "voordeur.settings.public"}
    subprocess.run([sys.executable, "-c", ADD_CONVERSATION], env=environment | settings, check=True, timeout=60)
    said = process("demo")
    assert said.code == 2 and "is in use" in said.err
    assert not (Path(environment["VOORDEUR_DATA"]) / "demo.json").exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("VOORDEUR_BIND", "0.0.0.0"),
        ("VOORDEUR_BIND", "::"),
        ("VOORDEUR_BIND", "demo.example"),
        ("VOORDEUR_DATABASE_URL", "postgresql://door:geheim@127.0.0.1:1/door"),
    ],
)
def test_nobody_elsewhere_can_reach_it_and_no_other_database_is_touched(
    process: Callable[..., Any], environment: dict[str, str], setting: str, value: str
) -> None:
    said = process("demo", **{setting: value})
    assert (said.code, said.out) == (2, "")
    assert setting in said.err and said.err.count("\n") == 1
    assert not Path(environment["VOORDEUR_DATA"]).exists()


def test_codes_without_a_demo_are_one_sentence(process: Callable[..., Any]) -> None:
    said = process("demo", "codes")
    assert (said.code, said.out) == (2, "")
    assert "“voordeur demo” makes one" in said.err


def test_own_keys_are_sealed_byte_for_byte_as_in_the_browser() -> None:
    own = json.loads((ROOT / "tests" / "vectors" / "keyring.json").read_text(encoding="utf-8"))["own"]
    sealed = bytes.fromhex(own["sealed"])
    assert own["rounds"] == ROUNDS
    private, salt = bytes.fromhex(own["private"]), bytes.fromhex(own["salt"])
    assert sealed_own_key(private, own["phrase"], salt, sealed[:12]) == sealed
