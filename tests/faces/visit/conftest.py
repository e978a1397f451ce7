"""A visitor without a browser: comes in by a door and presses what stands on the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from tests.faces.visit import desk_side
from voordeur.faces.doorway import load_doors
from voordeur.faces.limits import Limits
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import house as house_of_process
from voordeur.faces.visit import offered, results, talk_json, talking
from voordeur.faces.visit.house import House
from voordeur.records.directory.queries import Directory

FORM = "application/x-www-form-urlencoded"
HOSTS = {door.id: door.hosts[0] for door in load_doors(settings.CONTENT / "doors").doors}


@dataclass
class Visitor:
    """One visit by one door. `page` is the last answer, `text` its HTML."""

    client: Client
    door: str = "central"
    address: str = ""
    page: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def comes_in(self, by: str = "/") -> Visitor:
        """Through a fixed address to the visit's own one."""
        led = self.client.get(by, HTTP_HOST=HOSTS[self.door], headers=self.headers)
        assert led.status_code == 303
        where = led.headers["Location"]
        self.address = "/" + where.split("/")[1]
        self.page = self.client.get(where, HTTP_HOST=HOSTS[self.door], headers=self.headers)
        return self

    def sends(self, body: str | bytes | dict[str, str] | list[tuple[str, str]], kind: str = FORM) -> Visitor:
        """A body to the visit's address: as it is, or as the fields of a form."""
        raw = body if isinstance(body, bytes | str) else urlencode(body, errors="surrogatepass")
        self.page = self.client.post(self.address, raw, content_type=kind, HTTP_HOST=HOSTS[self.door])
        return self

    def presses(self, name: str, value: str, **filled: str) -> Visitor:
        """A button of the page, with the hidden fields that stand beside it and what was filled in."""
        assert f'name="{name}" value="{value}"' in self.text, f"there is no button {name}={value}"
        return self.sends({**self.hidden, **filled, name: value})

    @property
    def text(self) -> str:
        """The HTML of the page."""
        return str(self.page.content.decode())

    @property
    def main(self) -> str:
        """What stands between the tags of `main`."""
        return self.text.partition('<main id="main">')[2].partition("</main>")[0]

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields: language, answers, view and, on a question, which."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.text)
        return {name: unescape(value) for name, value in found}

    @property
    def question(self) -> str:
        """The question that is asked; empty when none is."""
        return self.hidden.get("q", "")

    @property
    def organizations(self) -> list[str]:
        """The codes of all organisations on the page."""
        return list(dict.fromkeys(re.findall(r'value="org:(\w+)"', self.text)))


@pytest.fixture(autouse=True)
def _fresh_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory is kept for two seconds; another test of this process may have loaded another one."""
    monkeypatch.setattr(results, "_kept", results._Kept())


@pytest.fixture
def client() -> Client:
    """A client that raises what goes wrong, so that an error is never taken for a page."""
    return Client(raise_request_exception=True)


@pytest.fixture
def visitor(client: Client, directory: Directory, db: None) -> Visitor:
    """A visitor at the central door."""
    return Visitor(client).comes_in()


@pytest.fixture(params=list(HOSTS))
def visitor_at_each_door(request: pytest.FixtureRequest, client: Client, directory: Directory, db: None) -> Visitor:
    """A visitor at every door in turn."""
    return Visitor(client, request.param).comes_in()


KINDS = ("home", "question", "results", "danger", "safety", "organization", "problem")


def to(visitor: Visitor, kind: str) -> Visitor:
    """Walk to a page of this kind."""
    visitor.comes_in()
    if kind == "question":
        visitor.presses("way_in", "talk")
    elif kind == "results":
        visitor.presses("way_in", "talk")
        while visitor.question:
            visitor.presses("go", "skip")
    elif kind in ("danger", "safety"):
        visitor.presses("go", kind)
    elif kind == "organization":
        visitor.presses("way_in", "talk")
        visitor.presses("go", f"org:{visitor.organizations[0]}")
    elif kind == "problem":
        visitor.sends({"go": "org:nosuch"})
    return visitor


@pytest.fixture
def desk(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A team with a key behind the central door, with Sam on duty; a server's key and limits of this test's own."""
    settings.SERVER_SECRET = lambda: b"k" * 32
    server_key.cache_clear()
    offered._known.clear()
    for module in (talking, talk_json):
        monkeypatch.setattr(module, "limits", Limits())
    desk_side.opens()
    yield desk_side
    server_key.cache_clear()
    offered._known.clear()


def words_of_code(visitor: Visitor) -> list[str]:
    """The code that the page shows, in words."""
    return re.findall(r"<li><bdi>(\w+)</bdi></li>", visitor.main.partition("</ol>")[0])


def talks(visitor: Visitor, text: str = "hello there", **more: str) -> Visitor:
    """Come in and write the first words."""
    visitor.comes_in().presses("go", "talk")
    return visitor.presses("go", "talk:say", text=text, **more)


def texts(visitor: Visitor, everything: bool = False) -> list[str]:
    """What the page without frame shows of the conversation, in order."""
    visitor.presses("go", "talk:plain")
    if everything and "talk:all:plain" in visitor.main:
        visitor.presses("go", "talk:all:plain")
    return [unescape(one) for one in re.findall(r'<p class="text"[^>]*>([^<]*)</p>', visitor.main)]


def box(visitor: Visitor) -> str:
    """What stands in the field to write in."""
    found = re.search(r'<textarea id="text"[^>]*>([^<]*)</textarea>', visitor.main)
    return unescape(found[1]) if found else ""


DoorsWith = Callable[[dict[str, dict[str, str]]], None]
#: Houses of other doors, each opened once: {what was changed: (its content, the house)}.
_streets: dict[str, tuple[Path, House]] = {}


def _content_with(folder: Path, shipped: Path, changes: dict[str, dict[str, str]]) -> Path:
    """The shipped content with these texts of door files replaced, each of which must stand there once."""
    (folder / "doors").mkdir()
    for path in shipped.iterdir():
        if path.name != "doors":
            (folder / path.name).symlink_to(path, target_is_directory=True)
    for path in (shipped / "doors").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        for was, becomes in changes.get(path.stem, {}).items():
            assert text.count(was) == 1, (path.stem, was)
            text = text.replace(was, becomes)
        (folder / "doors" / path.name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def doors_with(tmp_path_factory: pytest.TempPathFactory, settings: Any) -> Iterator[DoorsWith]:
    """Go on in a house with these texts of door files replaced: {door: {was: becomes}}."""
    kept = list(house_of_process._built)

    def opens(changes: dict[str, dict[str, str]]) -> None:
        name = repr(changes)
        if name not in _streets:
            settings.CONTENT = _content_with(tmp_path_factory.mktemp("content"), Path(settings.CONTENT), changes)
            house_of_process._built.clear()
            _streets[name] = settings.CONTENT, house_of_process.house()
        settings.CONTENT, one = _streets[name]
        house_of_process._built[:] = [one]

    yield opens
    house_of_process._built[:] = kept
