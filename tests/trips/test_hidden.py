"""Nothing of a hidden entry is public: every public page and output is byte for byte the same with and without them.

A visit has an address of its own and a conversation its own keys, so two visits are never the same bytes. What is put
in place of these before comparing stands in `_Public.keep`, each with its reason, and is replaced by its exact text
alone. Two tests show that this hides nothing. That no query touches a hidden table shows that times cannot differ.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.faces.visit.conftest import HOSTS, Visitor, desk
from tests.faces.visit.test_talk_json import Script
from tests.records.hidden.made_up import CANARY, said
from voordeur.faces.hsds import identifier
from voordeur.faces.limits import Limits
from voordeur.faces.opendata import answering, store
from voordeur.faces.opendata.dumps import DUMPS
from voordeur.faces.opendata.records import LISTS
from voordeur.faces.server_key import server_key
from voordeur.faces.terminal.main import main
from voordeur.faces.visit import results
from voordeur.faces.visit.house import house
from voordeur.records.conversations.models import Conversation
from voordeur.records.directory import queries
from voordeur.records.directory.models import Organization
from voordeur.records.directory.queries import Directory
from voordeur.records.hidden import actions
from voordeur.records.hidden.entry import read
from voordeur.records.hidden.models import HiddenEntry, HiddenLook
from voordeur.vocabulary import StaffRole

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
TABLES = ("hidden_hiddenentry", "hidden_hiddenlook")
WHY = f"reden met {CANARY} erin"
#: Told in the guide: somebody who needs a place now, in the province of the entries; somebody else; their own words.
SITUATIONS = (
    {"way_in": "talk", "violence": "partner_violence", "need": "safe_place", "when": "now", "place": "Utrecht"},
    {"way_in": "other", "violence": "elder_abuse", "need": "advice"},
    {"way_in": "self"},
    {"way_in": "work", "need": "safe_place", "place": "3511"},
    {"way_in": "talk", "place": f"{CANARY}dorp"},
)
#: Looked for in the library: the words of the entries themselves, and what they are about.
SEARCHES = (f"Huis {CANARY}", f"{CANARY}laan 7", "een veilige plek voor ouders met kinderen", "opvang in Utrecht")
VISIT = re.compile(r"/([A-Za-z0-9_-]{28})(?![A-Za-z0-9_-])")
Pages = dict[str, bytes]


def plant() -> None:
    """Hidden entries of every audience, and a look at one of them."""
    for changed in ({}, {"audience": "roles", "roles": ["coach"]}, {"organization": "fier", "kind": "legal"}):
        entry = read(said(**changed), date(2026, 11, 30))
        entry_id = actions.add(entry=entry, server_key=server_key())
    actions.look(
        entry_id=entry_id,
        roles={StaffRole.COACH},
        who="ilse",
        reason=WHY,
        moment=datetime.now(UTC),
        server_key=server_key(),
    )


class _Public:
    """Everything that is public, asked for once, by who was never here before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: Path) -> None:
        self.pages: Pages = {}
        self._capsys, self._file = capsys, file
        monkeypatch.setattr(store, "_kept", store._Kept())
        monkeypatch.setattr(answering, "limits", Limits())
        Conversation.objects.all().delete()  # how many wait is shown to who waits
        queries._directory.cache_clear()
        monkeypatch.setattr(results, "_kept", results._Kept())

    def all(self) -> Pages:
        """Every page and output under its name, with what is of one visit only put away."""
        for door in HOSTS:
            self._door(door)
        self._files()
        self._guide()
        self._library()
        self._talk()
        return self.of_organizations()

    def of_organizations(self) -> Pages:
        """The page of each organisation, and what the terminal and the API say of all."""
        self._organizations()
        self._terminal()
        self._api()
        return self.pages

    def keep(self, name: str, answer: Any, *own: str) -> None:
        """The whole answer: status, headers, bytes. `own` are texts of this one visit, made by chance at its start."""
        head = f"{answer.status_code}\n" + "".join(f"{key}: {value}\n" for key, value in sorted(answer.items()))
        whole = head.encode() + answer.content
        for text in own:
            assert text and CANARY not in text
            whole = whole.replace(text.encode(), b"OWN-%d" % len(text))
        self.pages[name] = whole

    def _visitor(self, door: str = "central") -> Visitor:
        return Visitor(Client(), door).comes_in()

    def _keep(self, name: str, visitor: Visitor, *own: str) -> None:
        # The address of a visit: a random number, the second at which it began, and a seal over both.
        self.keep(name, visitor.page, visitor.address[1:], *own)

    def _door(self, door: str) -> None:
        for by in ("/", "/a", "/p", "/l"):
            self._keep(f"{door} {by}", Visitor(Client(), door).comes_in(by))
        for path in ("/nowhere", f"/{CANARY}", "/o/zzzzzz"):
            led = Client().get(path, HTTP_HOST=HOSTS[door])
            visit = VISIT.findall(str(led.headers.get("Location", "")) + led.content.decode())
            self.keep(f"{door} {path}", led, *visit[:1])

    def _files(self) -> None:
        for path in ("/robots.txt", "/favicon.ico", "/.well-known/security.txt", "/sitemap.xml"):
            answer = Client().get(path, HTTP_HOST=HOSTS["central"])
            visit = VISIT.findall(str(answer.headers.get("Location", "")))
            self.keep(path, answer, *visit)

    def _guide(self) -> None:
        for number, told in enumerate(SITUATIONS):
            visitor = self._visitor()
            asked = visitor.sends({"s": "&".join(f"{key}={value}" for key, value in told.items()), "go": "guide"})
            self._keep(f"guide {number} asked", asked)
            while visitor.question:
                visitor.presses("go", "skip")
            self._keep(f"guide {number} results", visitor)
            self._keep(f"guide {number} card", visitor.sends({**visitor.hidden, "go": "card"}))

    def _library(self) -> None:
        for language in ("nl", "en"):
            for words in SEARCHES:
                self._keep(
                    f"search {language} {words}",
                    self._visitor().sends({"go": "search", "words": words, "l": language}),
                )
            for name in house().library.pages[language]:
                self._keep(f"page {language} {name}", self._visitor().sends({"go": f"page:{name}", "l": language}))

    def _organizations(self) -> None:
        for code in queries.current_directory().by_code:
            self._keep(f"organisation {code}", self._visitor().sends({"go": f"org:{code}"}))

    def _talk(self) -> None:
        visitor = self._visitor().presses("go", "talk")
        # The number under which the first words are sent, so that twice is once: sixteen bytes of chance.
        self._keep("talk", visitor, visitor.hidden["m"])
        script = Script(self._visitor())
        answer = script.asks(do="begin", m=script.first_id)
        assert script.status == 200
        # The pass, the name and the keys of a new conversation are chance; how long they are is compared.
        own = {"c": str(answer["c"]), "conversation": answer["conversation"], "keys": json.dumps(answer["keys"])}
        assert all(CANARY not in text for text in own.values())
        shown = {**answer, **{name: len(text) for name, text in own.items()}}
        self.pages["talk as JSON"] = json.dumps(shown, sort_keys=True).encode()

    def _terminal(self) -> None:
        self._file.write_text(
            json.dumps([{"role": "victim", "violence": ["partner_violence"], "need": ["safe_place"]}])
        )
        for arguments in (("directory", "export"), ("directory", "export", "--hsds"), ("match", str(self._file))):
            self._capsys.readouterr()
            assert main(list(arguments)) == 0
            self.pages[" ".join(arguments).removesuffix(str(self._file))] = self._capsys.readouterr().out.encode()

    def _api(self) -> None:
        client = Client(HTTP_HOST=HOSTS["central"])
        paths = ["", "openapi.json", "docs/nl", "docs/en", *(f"dumps/{name}" for name in DUMPS), f"search={CANARY}"]
        for kind in LISTS:
            listed = json.loads(client.get(f"/api/{kind}?per_page=100").content)
            assert listed["last_page"] or kind == "taxonomy_terms"
            paths += [f"{kind}?per_page=100", f"{kind}?search=safe", f"{kind}?search={CANARY}"]
            paths += [f"{kind}/{one['id']}" for one in listed["contents"] if not kind.startswith("tax")]
        paths += [f"services?{parameter}=true&per_page=100" for parameter in ("full", "minimal")]
        paths.append("organizations?full_service=true&per_page=100")
        for path in paths:
            answer = client.get(f"/api/{path}")
            # When this process first had this state of the directory: two looks are two moments.
            self.keep(f"api {path}", answer, *([answer.headers["Last-Modified"]] if answer.status_code == 200 else ()))
        situations = self._file.read_bytes()
        self.keep("api match", client.post("/api/match", situations, content_type="application/json"))


Look = Callable[[], _Public]


@pytest.fixture
def look(
    directory: Directory,
    desk: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Iterator[Look]:
    """Who looks at what is public, with an empty memory."""
    yield lambda: _Public(monkeypatch, capsys, tmp_path / "situations.json")
    queries._directory.cache_clear()


def differing(one: Pages, other: Pages) -> set[str]:
    """The names of the pages that are not the same."""
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def test_everything_public_is_the_same_bytes_with_and_without_hidden_entries(look: Look) -> None:
    for _ in range(3):  # a line that opens or closes between two looks changes pages by itself
        HiddenEntry.objects.all().delete()
        HiddenLook.objects.all().delete()
        with CaptureQueriesContext(connection) as without:
            before = look().all()
        plant()
        with CaptureQueriesContext(connection) as planted:
            after = look().all()
        differ = differing(before, after)
        if not differ:
            break
    assert differ == set()
    assert len(before) > 150
    assert {name for name, page in after.items() if CANARY.encode() in page} == {
        # Only what the visitor typed themselves comes back to them.
        *(f"search {language} {words}" for language in ("nl", "en") for words in SEARCHES if CANARY in words),
        # Nor does the API say it again: who searches for it gets an empty page.
        *(f"guide 4 {kind}" for kind in ("asked", "results") if CANARY.encode() in before[f"guide 4 {kind}"]),
    }
    asked = [one["sql"] for captured in (without, planted) for one in captured.captured_queries]
    assert len(asked) > 30
    assert [sql for sql in asked if any(table in sql for table in TABLES)] == []


def test_a_query_of_a_hidden_table_would_have_been_seen(desk: ModuleType) -> None:
    from voordeur.records.hidden.queries import entries_for, looks

    with CaptureQueriesContext(connection) as asked:
        entries_for(roles={StaffRole.COACH}, server_key=server_key())
        looks(server_key(), last=1)
    assert [any(table in one["sql"] for one in asked.captured_queries) for table in TABLES] == [True, True]


@pytest.mark.parametrize(
    "leak",
    [
        {"name": f"Huis {CANARY}"},
        {"website": f"https://{CANARY}.example/"},
        # It looks like the address of a visit; only the visit's own address is put away.
        {"website": f"https://example.org/{secrets.token_urlsafe(21)}"},
    ],
    ids=["name", "website", "like the address of a visit"],
)
def test_a_leak_into_one_public_row_is_found_on_its_page_and_in_the_export(look: Look, leak: dict[str, object]) -> None:
    code = next(code for code, one in queries.current_directory().by_code.items() if one == "fier")
    before = look().of_organizations()
    assert Organization.objects.filter(pk="fier").update(**leak) == 1
    number = identifier("organization", "fier")
    found = differing(before, look().of_organizations())
    assert {f"organisation {code}", "directory export", "directory export --hsds"} <= found
    assert {f"api organizations/{number}", "api organizations?per_page=100", "api dumps/directory.json"} <= found
    assert "api dumps/directory.zip" in found


def test_a_sign_that_is_added_anywhere_on_a_page_is_found(look: Look) -> None:
    """One letter more in the middle of any page, also within what is put away, is another page."""

    class Answer:
        status_code = 200

        def __init__(self, content: bytes) -> None:
            self.content = content

        def items(self) -> list[tuple[str, str]]:
            return [("X", "y")]

    address = secrets.token_urlsafe(21)
    page = f'<a href="/{address}/0">leave</a><form action="/{address}">'.encode()
    public = _Public.__new__(_Public)
    public.pages = {}
    public.keep("page", Answer(page), address)
    for place in range(len(page) + 1):
        public.keep("other", Answer(page[:place] + b"x" + page[place:]), address)
        assert public.pages["other"] != public.pages["page"], place
