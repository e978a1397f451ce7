"""The line to the desk: only with a session that stands, only words without content, about what is theirs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from tests.faces.desk.colleagues import Colleague, Group, at_the_door
from voordeur.faces.desk import stream
from voordeur.faces.desk.presence import ListeningWakes
from voordeur.faces.desk.stream import events_of, topics_of
from voordeur.vocabulary import StaffRole, Wish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The database of a test belongs to its own thread; and words go by a folder of the test."""

    async def here(call: Callable[..., Any], *given: Any) -> Any:
        return await sync_to_async(call)(*given)

    monkeypatch.setattr(stream, "_in_thread", here)
    monkeypatch.setattr(stream, "wakes", ListeningWakes(tmp_path))
    monkeypatch.setattr(stream, "_watching", None)
    yield
    stream._open.clear()


class Page:
    """A page that holds the line open, as the server sees it."""

    def __init__(self, who: Colleague | None, **headers: str) -> None:
        self.status, self.text, self._who = 0, "", who.staff.pk if who else 0
        self.headers: dict[str, str] = {}
        self._gone = asyncio.Event()
        self._is_asked = False
        sent = {"host": "testserver", **headers}
        if who is not None:
            sent["cookie"] = f"other=1; desk={who.client.cookies['desk'].value}"
        listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]
        self._scope = {"type": "http", "method": "GET", "path": "/stream", "headers": listed}

    async def _receive(self) -> dict[str, Any]:
        if not self._is_asked:
            self._is_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.text += message["body"].decode()

    async def asks(self, method: str = "GET") -> None:
        """Ask for the line and wait until it ends."""
        self._scope["method"] = method
        await stream.serve(self._scope, self._receive, self._send)

    def goes(self) -> None:
        """Close the page."""
        self._gone.set()

    def events(self) -> list[tuple[str, str]]:
        """What was said so far."""
        return [(kind, one) for kind, one in self._said() if not one.startswith("mark-")]

    def _said(self) -> list[tuple[str, str]]:
        lines = [line for line in self.text.split("\n") if line.startswith("data: ")]
        return [(said["k"], said["c"]) for said in (json.loads(line[6:]) for line in lines)]

    async def has(self, condition: Callable[[], bool]) -> None:
        """Wait until this is so. Raises TimeoutError."""
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.01)

    async def hears_all_up_to(self, mark: str) -> None:
        """Say a word of the test, and wait until it is heard; what was told before it was heard then too."""
        stream.wakes.wake(f"s:{self._who}", f"talk mark-{mark}")
        await self.has(lambda: ("talk", f"mark-{mark}") in self._said())


def _meets(page: Page, *steps: Callable[[], object] | tuple[str, str]) -> None:
    """The page listens while these things are done or told one after the other; each is heard before the next."""

    async def all_of_it() -> None:
        asked = asyncio.ensure_future(page.asks())
        await page.has(lambda: bool(page.events()))
        for number, step in enumerate(steps):
            if isinstance(step, tuple):
                stream.wakes.wake(*step)
            else:
                await sync_to_async(step)()
            # Twice: what is told after a change is heard by the line as it is then.
            await page.hears_all_up_to(f"{number}")
            await page.hears_all_up_to(f"{number} again")
        page.goes()
        await asyncio.wait_for(asked, 10)

    async_to_sync(all_of_it)()


@pytest.fixture
def central() -> Group:
    return Group("central")


@pytest.fixture
def ada(central: Group) -> Colleague:
    return Colleague("ada", central, StaffRole.RESPONDER)


def _refused(page: Page, method: str = "GET") -> int:
    async def until_it_ends() -> None:
        await asyncio.wait_for(page.asks(method), 10)

    async_to_sync(until_it_ends)()
    assert page.events() == []
    return page.status


def test_without_a_session_there_is_no_line(ada: Colleague) -> None:
    assert _refused(Page(None)) == 401
    assert _refused(Page(None, cookie="desk=" + "x" * 32)) == 401
    stranger = Page(ada)
    ada.client.logout()
    assert _refused(stranger) == 401


def test_without_the_second_factor_there_is_no_line(ada: Colleague) -> None:
    from tests.faces.desk.colleagues import sign_in

    ada.client.logout()
    sign_in(ada.client, ada.staff, is_through=False)
    assert _refused(Page(ada)) == 401


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_another_verb_gets_no_line(method: str, ada: Colleague) -> None:
    assert _refused(Page(ada), method) == 405


@pytest.mark.parametrize(
    "headers", [{"host": "elsewhere.example"}, {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "none"}]
)
def test_another_host_or_another_site_gets_no_line(headers: dict[str, str], ada: Colleague) -> None:
    assert _refused(Page(ada, **headers)) == 400


def test_one_person_opens_so_many_lines_and_no_more(ada: Colleague) -> None:
    stream._open[ada.staff.pk] = stream.MOST_OF_ONE
    assert _refused(Page(ada)) == 503
    stream._open[ada.staff.pk] = 0
    stream._open[-1] = stream.MOST_STREAMS
    assert _refused(Page(ada)) == 503


def test_a_line_begins_with_looking_at_everything_and_is_kept_by_nobody(ada: Colleague) -> None:
    page = Page(ada)
    _meets(page)
    assert (page.status, page.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.text.startswith("retry: 3000\n\n")
    assert page.events() == [("inbox", "")]
    assert stream._open.total() == 0


def test_words_about_what_is_theirs_are_said_and_others_are_not(ada: Colleague, central: Group) -> None:
    mine, other = at_the_door(central), at_the_door(central)
    ada.picks_up(mine)
    page = Page(ada)
    told = [(f"c:{mine.id}", kind) for kind in ("talk", "typing", "here", "gone", "typing-desk", "unheard-of")]
    told += [(f"c:{other.id}", "talk"), ("t:sport", "inbox"), ("s:999", "inbox")]
    _meets(page, *told)
    assert page.events() == [("inbox", ""), *((kind, mine.id) for kind in ("talk", "typing", "here", "gone"))]


def test_what_becomes_theirs_is_heard_from_then_on(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    page = Page(ada)
    _meets(
        page,
        (f"c:{someone.id}", "typing"),
        lambda: ada.picks_up(someone),
        ("t:central", "inbox"),
        (f"c:{someone.id}", "typing"),
    )
    assert page.events().count(("typing", someone.id)) == 1
    assert ("talk", someone.id) in page.events()


def test_what_is_no_longer_theirs_is_not_heard_any_more(central: Group) -> None:
    coach = Colleague("cor", central, StaffRole.COACH)
    peer = Colleague("pia", central, StaffRole.PEER)
    someone = at_the_door(central, wish=Wish.PEER)
    peer.picks_up(someone)
    assert f"c:{someone.id}" in topics_of(coach.staff) & topics_of(peer.staff)
    page = Page(peer)
    _meets(
        page,
        lambda: coach.gets("take_over", id=someone.id),
        (f"s:{peer.staff.pk}", "inbox"),
        (f"c:{someone.id}", "typing"),
    )
    assert ("typing", someone.id) not in page.events()


def test_a_session_that_ends_ends_the_line(ada: Colleague, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SESSION_SECONDS", 0.0)
    page = Page(ada)

    async def all_of_it() -> None:
        asked = asyncio.ensure_future(page.asks())
        await page.has(lambda: bool(page.events()))
        await page.hears_all_up_to("before")
        assert not asked.done()
        await sync_to_async(ada.client.logout)()
        stream.wakes.wake("t:central", "inbox")
        await asyncio.wait_for(asked, 20)

    async_to_sync(all_of_it)()
    assert page.events() == [("inbox", "")]  # of what came after it nothing was said


def _waits_for(page: Page, condition: Callable[[], bool], *steps: Callable[[], object]) -> None:
    """The page listens until this is so."""

    async def all_of_it() -> None:
        asked = asyncio.ensure_future(page.asks())
        await page.has(lambda: bool(page.events()))
        for step in steps:
            await sync_to_async(step)()
        await page.has(condition)
        page.goes()
        await asyncio.wait_for(asked, 10)

    async_to_sync(all_of_it)()


def test_a_sign_of_life_is_given_and_the_inbox_is_looked_at_again(
    ada: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SIGN_OF_LIFE_SECONDS", 0.02)
    page = Page(ada)
    _waits_for(page, lambda: page.text.count(": .\n\n") >= 3)
    assert page.events() == [("inbox", "")]
    monkeypatch.setattr(stream, "INBOX_SECONDS", 0.03)
    page = Page(ada)
    _waits_for(page, lambda: page.events().count(("inbox", "")) >= 3)


def test_a_message_whose_word_got_lost_is_found_by_looking(
    ada: Colleague, central: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOK_AGAIN_SECONDS", 0.02)
    someone = at_the_door(central)
    material = ada.picks_up(someone)
    page = Page(ada)
    monkeypatch.setattr("voordeur.faces.desk.api.tell", lambda *_: None)
    _waits_for(page, lambda: ("talk", someone.id) in page.events(), lambda: ada.says(material, "a word"))


def test_topics_are_oneself_the_queues_of_the_teams_and_what_one_may_read(ada: Colleague, central: Group) -> None:
    someone = at_the_door(central)
    assert topics_of(ada.staff) == {f"s:{ada.staff.pk}", "t:central"}
    ada.picks_up(someone)
    assert topics_of(ada.staff) == {f"s:{ada.staff.pk}", "t:central", f"c:{someone.id}"}
    assert topics_of(Colleague("lea", central, StaffRole.LEAD).staff) & {f"c:{someone.id}"} == set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([("t:central", "inbox")] * 3, [("inbox", "")]),
        ([("c:1", "talk"), ("c:2", "talk"), ("c:1", "talk")], [("talk", "1"), ("talk", "2")]),
        ([("c:1", "state")], [("inbox", "")]),
        ([("c:1", "closed")], [("closed", "1"), ("inbox", "")]),
        ([("c:1", "deleted")], [("deleted", "1"), ("inbox", "")]),
        ([("c:1", "left")], [("left", "1"), ("inbox", "")]),
        ([("s:1", "talk 2")], [("talk", "2")]),
        ([("s:1", "inbox")], [("inbox", "")]),
        ([("c:1", "typing-desk"), ("t:central", "talk"), ("x:1", "inbox"), ("c:1", "")], []),
    ],
)
def test_words_become_events_each_once(words: list[tuple[str, str]], said: list[tuple[str, str]]) -> None:
    assert events_of(words) == said
