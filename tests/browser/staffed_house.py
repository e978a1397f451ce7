"""Both sides at once: the visitors' side and the desk as processes, a cast with real keys, and people in browsers.

Run as a program it makes the cast, prints it, and then takes one step a line, with its values as JSON.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page

from tests.browser.house_at_work import ROOT, SERVE, Server, free_port, wait_for
from tests.browser.visitor_by_hand import VisitorsByHand
from tests.browser.walking import SAY, said_in, talk

PATIENCE = 30_000
#: Login, shown name, team, roles. Kim signs in for the first time and has no key.
CAST: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("noor", "Noor", "central", ("responder",)),
    ("sam", "Sam", "central", ("peer",)),
    ("ilse", "Ilse", "central", ("coach",)),
    ("kim", "Kim", "central", ("responder",)),
    ("yara", "Yara", "sport", ("responder",)),
    ("tess", "Tess", "exploitation", ("responder", "lead")),
    ("otto", "Otto", "exploitation", ("responder", "steward")),
    ("fay", "Fay", "fier", ("responder",)),
    ("stella", "Stella", "stewards", ("steward",)),
    ("lars", "Lars", "veilig", ("responder",)),
)
NEW = "kim"
#: Teams of partners, by the organisation of the directory whose people they are.
PARTNERS = {"fier": "fier", "veilig": "veilig-thuis"}
_DESK = SERVE.replace("public_server", "desk_server")
_WIDE = """
import voordeur.settings.public_server
from voordeur.faces.limits import Limit
from voordeur.faces.visit import talk_json, talking
talking.OPENINGS = talk_json.OPENINGS = talking.CODES = Limit("wide", 100_000, 1)
"""


class StaffedHouse:
    """The two sides on one database, and a hand in it that makes the cast and turns the clock."""

    def __init__(self, folder: Path, neutral_url: str, browser: Browser) -> None:
        self.server = Server(free_port(), folder / "data", folder / "printed.txt")
        self.desk_port, self.browser = free_port(), browser
        self.env = {
            name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "VOORDEUR_CACHE") if name in os.environ
        } | {
            "PYTHONPATH": str(ROOT),
            "VOORDEUR_DATA": str(self.server.data),
            "VOORDEUR_NEUTRAL_URL": neutral_url,
            # Nobody is called there: no clock runs in this house.
            "VOORDEUR_SMTP_URL": "smtp://localhost:9",
            "VOORDEUR_MAIL_FROM": "post@mail.example",
            "VOORDEUR_DESK_URL": "https://kantoor.example/",
            "VOORDEUR_SECRET": secrets.token_hex(32),  # for all from the start: sessions are signed with it
        }
        at_desk = self.env | {"DJANGO_SETTINGS_MODULE": "voordeur.settings.desk"}
        at_door = self.env | {"DJANGO_SETTINGS_MODULE": "voordeur.settings.public"}
        self.hand = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.staffed_house"],
            env=at_desk,
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.hand.stdout
        self.cast: dict[str, dict[str, str]] = json.loads(self.hand.stdout.readline())
        self.servers = [
            self._serve(_WIDE + SERVE.format(port=self.server.port), at_door),
            self._serve(_DESK.format(port=self.desk_port), at_desk),
        ]
        for process, port in zip(self.servers, (self.server.port, self.desk_port), strict=True):
            wait_for(port, process, self.server.printed)
        self.people: dict[str, Person] = {}

    def _serve(self, code: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
        with self.server.printed.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-c", code], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )

    @property
    def desk_url(self) -> str:
        """Where the professionals' side is."""
        return f"http://localhost:{self.desk_port}"

    def does(self, step: str, *given: Any) -> Any:
        """One of the steps below; what it gives."""
        assert self.hand.stdin and self.hand.stdout
        self.hand.stdin.write(json.dumps([step, given]) + "\n")
        self.hand.stdin.flush()
        answer = json.loads(self.hand.stdout.readline())
        assert "broken" not in answer, answer["broken"]
        return answer["gives"]

    def stored(self) -> bytes:
        """Every byte of every row, as somebody with the database reads it."""
        with sqlite3.connect(self.server.data / "voordeur.sqlite3") as database:
            return "\n".join(database.iterdump()).encode() + (self.server.data / "voordeur.sqlite3").read_bytes()

    def context(self, **wishes: Any) -> BrowserContext:
        """A browser of somebody of the desk."""
        made = self.browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **wishes})
        made.set_default_timeout(PATIENCE)
        return made

    def signed_in(self, name: str, **wishes: Any) -> Person:
        """Somebody with a page of their own, through both factors, still locked."""
        context = self.context(**wishes)
        context.add_cookies([{"name": "desk", "value": self.does("session", name), "url": self.desk_url}])
        return Person(self, name, context.new_page())

    def is_partner(self, team: str, organization: str) -> None:
        """From now on this team is a partner's; without an organisation it is none."""
        with sqlite3.connect(self.server.data / "voordeur.sqlite3", timeout=20) as database:
            database.execute("UPDATE staff_team SET organization = ? WHERE slug = ?", (organization, team))

    def person(self, name: str) -> Person:
        """Somebody at work: signed in and open, once for all tests; nothing of the test before is on the page."""
        self.does("at_work", name)
        if name not in self.people:
            person = self.signed_in(name)
            person.opens()
            self.people[name] = person
        self.people[name].clears()
        return self.people[name]

    def goes_home(self, name: str) -> None:
        """Somebody closes their page, which told every half minute that they are on duty, and is so no longer."""
        person = self.people.pop(name, None)
        if person is not None:
            assert person.faults == []
            person.page.context.close()
        self.does("off_work", name)

    def close(self) -> None:
        """End all."""
        for person in self.people.values():
            person.page.context.close()
        processes: list[subprocess.Popen[Any]] = [*self.servers, self.hand]
        for one in processes:
            one.terminate()
            try:
                one.wait(15)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


class Person:
    """Somebody of the desk in a browser."""

    def __init__(self, house: StaffedHouse, name: str, page: Page) -> None:
        self.house, self.name, self.page = house, name, page
        self.phrase = house.cast[name]["phrase"]
        self.faults: list[str] = []
        page.on("pageerror", lambda problem: self.faults.append(str(problem)))
        page.on("console", lambda line: self.faults.append(line.text) if "Content Security" in line.text else None)

    def opens(self) -> None:
        """The key phrase, and the desk is open."""
        self.page.goto(self.house.desk_url)
        self.unlocks()

    def unlocks(self) -> None:
        """Type the key phrase."""
        self.page.fill("#unlock-words", self.phrase)
        self.page.press("#unlock-words", "Enter")
        # Either it opens, or the page says why not: then the test says so too.
        self.page.wait_for_selector("#work:not([hidden]), #unlock-wrong:not(:empty), #trouble:not([hidden])")
        assert self.page.is_visible("#work"), self.page.inner_text("#before")

    def makes_key(self) -> None:
        """Eight words that are shown, written down and typed."""
        self.page.wait_for_selector("#make:not([hidden])")
        self.phrase = " ".join(self.page.locator("#make .phrase li").all_inner_texts())
        self.page.click("#make button.go")
        self.page.fill("#repeat-words", self.phrase)
        self.page.click("#repeat button.go")
        self.page.wait_for_selector("#work:not([hidden])")

    def clears(self) -> None:
        """Close every dialog, and put every conversation away."""
        self.page.evaluate("document.querySelectorAll('dialog[open]').forEach(one => one.close())")
        self.page.evaluate("document.querySelectorAll('.talk [data-p=away]').forEach(one => one.click())")
        self.page.wait_for_function("!document.querySelector('.talk')")

    def part(self, conversation_id: str, name: str) -> Locator:
        """A part of a conversation's pane."""
        return self.pane(conversation_id).locator(f'[data-p="{name}"]')

    def pane(self, conversation_id: str) -> Locator:
        """The pane of a conversation."""
        return self.page.locator("section.talk", has=self.page.locator(f"#text-{conversation_id}"))

    def row(self, which: str, conversation_id: str) -> Locator:
        """A line of the inbox: “waiting”, “mine” or “coached”."""
        return self.page.locator(f'#{which} li[data-id="{conversation_id}"]')

    def picks_up(self, conversation_id: str) -> None:
        """From the queue."""
        self.row("waiting", conversation_id).locator("button").click()
        self.part(conversation_id, "composer").wait_for()

    def looks_at(self, conversation_id: str, which: str = "mine") -> None:
        """One that is in the inbox already."""
        self.row(which, conversation_id).locator("button").click()
        self.pane(conversation_id).wait_for()

    def says(self, conversation_id: str, text: str) -> None:
        """To the visitor."""
        self.part(conversation_id, "text").fill(text)
        self.part(conversation_id, "send").click()

    def says_inside(self, conversation_id: str, text: str, how: str = "whisper") -> None:
        """Between colleagues: “whisper” or “note”."""
        self.opens_inside(conversation_id)
        self.part(conversation_id, "inside-text").fill(text)
        self.part(conversation_id, how).click()

    def opens_inside(self, conversation_id: str) -> None:
        """What is between colleagues is on the screen."""
        if not self.part(conversation_id, "inside-text").is_visible():
            self.part(conversation_id, "inside").locator("summary").click()

    def line(self, conversation_id: str, text: str, log: str = "log") -> Locator:
        """A message with this text."""
        return self.part(conversation_id, log).locator("li", has_text=text).first

    def texts(self, conversation_id: str, log: str = "log") -> list[str]:
        """The texts of a pane, in order; not what happened besides."""
        return self.part(conversation_id, log).locator(".message .said").all_inner_texts()


class AtTheDoor:
    """A visitor in a browser, with one conversation."""

    def __init__(self, house: StaffedHouse, page: Page, text: str, *, door: str = "central", wish: str = "") -> None:
        self.house, self.page, before = house, page, set(house.does("open_ones"))
        page.context.set_default_timeout(PATIENCE)
        if wish:
            page.goto(house.server.url(door))
            page.locator('main button[name="go"][value="talk"]').click()
            page.wait_for_selector("#text")
            page.locator("#say summary").click()
            page.locator(f'input[name="wish"][value="{wish}"]').check(force=True)
            page.fill("#text", text)
            page.locator(SAY).click(no_wait_after=True)
            page.wait_for_selector("#said", state="attached")
        else:
            talk(page, house.server, text, door)
        until(page, lambda: bool(self._fresh(before)))
        (self.id,) = self._fresh(before)

    def _fresh(self, before: set[str]) -> set[str]:
        return set(self.house.does("open_ones")) - before

    @property
    def said(self) -> Page | FrameLocator:
        """Where the messages stand."""
        return said_in(self.page)

    def line(self, text: str) -> Locator:
        """The message with this text."""
        return self.said.locator("li", has_text=text).first

    def texts(self) -> list[str]:
        """All of it, in order."""
        return self.said.locator("li .text").all_inner_texts()

    def says(self, text: str) -> None:
        """Type and send."""
        self.page.fill("#text", text)
        self.page.click(SAY, no_wait_after=True)

    def asks_code(self) -> str:
        """A code to come back with."""
        self.page.click('button[value="talk:code"]', no_wait_after=True)
        # Either it is there, or the page says why not: then the test says so too.
        self.page.wait_for_selector('.words li, main .note[role="alert"], main:not(:has(button[value="talk:code"]))')
        assert self.page.locator(".words li").count(), self.page.inner_text("main")
        return " ".join(self.page.locator(".words li").all_inner_texts())


def until(page: Page, question: Callable[[], bool], seconds: float = 30) -> None:
    """Ask until yes, while the browser goes on."""
    for _ in range(int(seconds * 20)):
        if question():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not happen")


@contextmanager
def staffed_house(folder: Path, neutral_url: str, browser: Browser) -> Iterator[StaffedHouse]:
    """Both sides on a database of their own in `folder` for as long as the block lasts."""
    house = StaffedHouse(folder, neutral_url, browser)
    try:
        yield house
        faults = [fault for person in house.people.values() for fault in person.faults]
        assert not faults, faults
        assert all(one.poll() is None for one in house.servers), "a side ended during the tests"
        printed = house.server.printed.read_text(encoding="utf-8", errors="replace")
        assert not re.search("Traceback|Error", printed), printed[-3000:]
    finally:
        house.close()


class _Steps(VisitorsByHand):
    """The hand in the database."""

    @staticmethod
    def now(minutes: float = 0) -> datetime:
        """This moment, or so many minutes later."""
        return datetime.now(UTC) + timedelta(minutes=minutes)

    def cast(self) -> dict[str, dict[str, str]]:
        """Everybody, with what opens their login and their keys."""
        from django.contrib.auth.hashers import ScryptPasswordHasher

        from voordeur.faces.terminal.demo import ROUNDS, sealed_own_key
        from voordeur.records.staff import actions
        from voordeur.secrecy.keyring import new_pair, team_context, wrap
        from voordeur.secrecy.return_code import load_word_list
        from voordeur.vocabulary import Recovery, StaffRole

        ScryptPasswordHasher.work_factor = 16  # a third of a second less for each of them
        # Words of the list alone: those of its comments have capitals, which no key phrase has.
        words = load_word_list(ROOT / "content" / "words" / "nl.txt").words
        teams: dict[str, Any] = {}
        keys: dict[str, Any] = {}
        made: dict[str, dict[str, str]] = {}
        for name, shown, slug, roles in CAST:
            if slug not in teams:
                organization = PARTNERS.get(slug, "")
                teams[slug] = actions.add_team(slug=slug, name=slug.title(), organization=organization)
                keys[slug] = new_pair()
                actions.set_team_key(team=teams[slug], public_key=keys[slug].public, recovery=Recovery.TEAM)
            login = actions.add_staff(name=name, shown_name=shown, languages=["nl", "en"], moment=self.now())
            staff, phrase = login.staff, " ".join(secrets.choice(words) for _ in range(8))
            for role in roles:
                actions.add_member(
                    staff=staff, team=teams[slug], role=StaffRole(role), moment=self.now(), capacity=20
                )  # fmt: skip
            made[name] = {"passphrase": login.passphrase, "phrase": phrase}
            if name == NEW:
                continue
            actions.set_passphrase(staff=staff, passphrase="four words of nothing")
            own, salt = new_pair(), secrets.token_bytes(16)
            sealed = sealed_own_key(own.private, phrase, salt, secrets.token_bytes(12))
            actions.set_key(
                staff=staff, public_key=own.public, sealed_private_key=sealed, phrase_salt=salt, phrase_rounds=ROUNDS
            )
            wrapped = wrap(own.public, keys[slug].private, team_context(slug))
            actions.give_team_key(staff=staff, team=teams[slug], sealed_team_key=wrapped)
        return made

    def session(self, name: str) -> str:
        """The cookie of somebody who is through both factors."""
        from allauth.mfa.totp.internal.auth import TOTP
        from django.test import Client

        from voordeur.faces import sessions
        from voordeur.records.staff.queries import has_second_factor, staff_by_name

        staff, client = staff_by_name(name), Client()
        assert staff is not None
        if not has_second_factor(staff):
            TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
        client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        sessions.now_through(session)
        session.save()
        return str(client.cookies["desk"].value)

    def code(self, secret: str, step: int = 0) -> str:
        """What an app with codes shows now."""
        from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

        return str(format_hotp_value(hotp_value(secret, int(self.now().timestamp()) // 30 + step)))

    def _of(self, name: str) -> Any:
        from voordeur.records.staff.queries import staff_by_name

        return staff_by_name(name)

    def at_work(self, name: str) -> None:
        """On duty in every team of theirs, without end."""
        from voordeur.records.staff import actions, queries

        for one in queries.memberships_of(self._of(name)):
            actions.go_on_duty(staff=self._of(name), team=one.team, moment=self.now(480))

    def off_work(self, *names: str) -> None:
        """Off duty; everybody when nobody is named."""
        from voordeur.records.staff import actions

        for name in names or [one[0] for one in CAST]:
            actions.go_off_duty(staff=self._of(name))

    def standing(self) -> list[str]:
        """Every conversation that is not closed, as it stands; for a test to say when something is not as it should."""
        from voordeur.faces.server_key import server_key
        from voordeur.records.conversations import queries

        return [f"{one.id} {one.state} {one.label}" for one in queries.all_open(server_key())]

    def open_ones(self) -> list[str]:
        """Every conversation that is not closed."""
        from voordeur.faces.server_key import server_key
        from voordeur.records.conversations import queries

        return [one.id for one in queries.all_open(server_key())]

    def empties(self) -> None:
        """All conversations are gone."""
        from voordeur.records.conversations import forgetting
        from voordeur.records.conversations.models import Conversation

        for one in Conversation.objects.values_list("pk", flat=True):
            forgetting.delete_conversation(conversation_id=one)

    def loads(self, organization: str, instead: list[list[str]]) -> int:
        """A load of the files, with other words in that of one organisation; gives how many choices wait then."""
        from django.conf import settings

        from voordeur.records.directory.actions import load_directory
        from voordeur.records.directory.history import clashes

        with TemporaryDirectory() as made:
            folder = Path(shutil.copytree(settings.ENV.content / "directory", Path(made) / "directory"))
            file = folder / f"{organization}.toml"
            text = file.read_text(encoding="utf-8")
            for before, after in instead:
                assert before in text, before
                text = text.replace(before, after)
            file.write_text(text, encoding="utf-8")
            load_directory(folder=folder, moment=self.now())
        return len(clashes())

    def looks_for_left_behind(self, minutes: float) -> str:
        """What the clock's timer does, so many minutes from now."""
        from django.conf import settings

        from voordeur.faces.clock.left_behind import LeftBehind
        from voordeur.faces.doorway import load_doors

        doors = load_doors(settings.ENV.content / "doors").doors
        return LeftBehind(doors, settings.ENV.data).look(self.now(minutes))


def _be_a_hand() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from voordeur.records.directory.actions import load_directory

    steps = _Steps()
    settings.ENV.data.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    load_directory(folder=settings.ENV.content / "directory", moment=steps.now())
    print(json.dumps(steps.cast()), flush=True)
    for line in sys.stdin:
        step, given = json.loads(line)
        try:
            answer = {"gives": getattr(steps, step)(*given)}
        except Exception as broken:
            answer = {"broken": f"{type(broken).__name__}: {broken}"}
        with suppress(BrokenPipeError):
            print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    _be_a_hand()
