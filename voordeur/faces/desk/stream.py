"""What the desk hears at once: server-sent events for one professional, about their inboxes and conversations.

Outside Django's handler, so that an open line costs no thread and no database connection. It checks its own session,
at the start and every minute, and says words without content: the page then asks for what it may have. A word that
gets lost costs half a minute: "inbox" is said now and then in any case, and messages are looked for by themselves.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from voordeur.faces import headers
from voordeur.faces.desk.material import places_of
from voordeur.faces.desk.presence import ListeningWakes
from voordeur.faces.server_key import server_key
from voordeur.faces.sessions import staff_of_cookie
from voordeur.faces.wakes import LOOK_AGAIN_SECONDS, Word
from voordeur.records.conversations import queries
from voordeur.records.staff.queries import Staff
from voordeur.rules.rights import Action

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Event = tuple[str, str]
_INBOX: Event = ("inbox", "")

PATH = "/stream"
SIGN_OF_LIFE_SECONDS = 15.0
SESSION_SECONDS = 60.0
#: "inbox" is said this often whatever was heard: words get lost, and who waits waits longer.
INBOX_SECONDS = 30.0
MOST_STREAMS, MOST_OF_ONE = 500, 8
_RETRY_MS = 3000
_FOR_THE_DESK = ("talk", "typing", "here", "gone", "left", "deleted", "closed")
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="desk-stream")
wakes = ListeningWakes(settings.ENV.data)
_open: Counter[int] = Counter()
_watching: asyncio.Task[None] | None = None


async def serve(scope: Message, receive: Receive, send: Send) -> None:
    """Answer a request for the stream, and keep it open while its session stands."""
    sent = {name: value.decode("latin-1") for name, value in scope["headers"]}
    if scope["method"] != "GET":
        await _short(send, 405)
        return
    if not _is_ours(sent):
        await _short(send, 400)
        return
    cookie = parse_cookie(sent.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
    staff = await _in_thread(staff_of_cookie, cookie, datetime.now(UTC))
    if staff is None:
        await _short(send, 401, {"error": "signed-out"})
        return
    if _open.total() >= MOST_STREAMS or _open[staff.pk] >= MOST_OF_ONE:
        await _short(send, 503)
        return
    _open[staff.pk] += 1
    try:
        await _Line(staff, cookie, receive, send).keep_open()
    finally:
        _open[staff.pk] -= 1
        if not _open[staff.pk]:
            del _open[staff.pk]


def _is_ours(sent: dict[bytes, str]) -> bool:
    """A host of the desk, asked for by a page of the desk itself (as far as the browser says)."""
    host, _ = split_domain_port(sent.get(b"host", "").lower())
    return validate_host(host, settings.ALLOWED_HOSTS) and sent.get(b"sec-fetch-site", "same-origin") == "same-origin"


async def _short(send: Send, status: int, said: Message | None = None) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _headers("application/json")})
    await send({"type": "http.response.body", "body": json.dumps(said or {}).encode()})


def _headers(kind: str) -> list[tuple[bytes, bytes]]:
    values = headers.always() | {
        "Content-Type": f"{kind}; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Accel-Buffering": "no",  # a proxy in front must hand on what there is
    }
    if settings.IS_HTTPS:
        values["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return [(name.lower().encode(), value.encode()) for name, value in values.items()]


async def _in_thread(call: Callable[..., Any], *given: Any) -> Any:
    """What a call that asks the database gives; the connection is closed again, for a line holds none."""

    def work() -> Any:
        try:
            return call(*given)
        finally:
            connections.close_all()

    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def topics_of(staff: Staff) -> frozenset[str]:
    """What somebody hears of: themselves, inboxes of their teams (as partners too), what they may read or joined."""
    key = server_key()
    places = {slug: one for slug, one in places_of(staff).items() if one.may(Action.SEE_WAITING)}
    theirs = (*queries.owned(staff.pk, key), *queries.coached(staff.pk, key))
    joined = queries.joined(staff.pk, key)  # of another team, which is not theirs; the visitor let them in
    return frozenset(
        (
            f"s:{staff.pk}",
            *(f"c:{one.id}" for one in joined),
            *(f"t:{slug}" for slug in places),
            *(f"c:{one.id}" for one in theirs if one.label.team in places),
        )
    )


def events_of(words: Iterable[Word]) -> list[Event]:
    """Kind and conversation of what the page is told, each once, in order; what is not for the desk is left out."""
    found: dict[Event, None] = {}
    for topic, said in words:
        what, _, name = topic.partition(":")
        kind, _, conversation_id = said.partition(" ")
        if what == "c" and kind in _FOR_THE_DESK:
            found[kind, name] = None
        elif what == "s" and kind == "talk":
            found[kind, conversation_id] = None
        if (what in ("t", "s") and kind == "inbox") or (what == "c" and kind in ("state", "closed", "deleted", "left")):
            found[_INBOX] = None
    return list(found)


class _Line:
    """One open line of one professional."""

    def __init__(self, staff: Staff, cookie: str, receive: Receive, send: Send) -> None:
        self._staff, self._cookie, self._receive, self._send = staff, cookie, receive, send
        self._loop = asyncio.get_running_loop()
        self._inbox_at = self._session_at = self._loop.time()

    async def keep_open(self) -> None:
        """Say each word until the page, the session or the server ends it."""
        await self._send({"type": "http.response.start", "status": 200, "headers": _headers("text/event-stream")})
        await self._part(f"retry: {_RETRY_MS}\n\n")
        _watch()
        gone = asyncio.ensure_future(self._until_gone())
        try:
            topics: frozenset[str] | None = await _in_thread(topics_of, self._staff)
            said = [_INBOX]
            while topics is not None:
                topics, said = await self._hear(topics, said, gone)
        except (OSError, DatabaseError):
            pass  # the page asks again by itself
        finally:
            gone.cancel()
        with suppress(OSError):
            await self._send({"type": "http.response.body", "body": b""})

    async def _hear(
        self, topics: frozenset[str], said: list[Event], gone: asyncio.Future[None]
    ) -> tuple[frozenset[str] | None, list[Event]]:
        """Say what is heard about these topics, until it is over (None) or there are others: these, and what to say.

        Between one listening and the next nothing is waited for, so no word falls between them.
        """
        with wakes.listening(*topics) as queue:
            await self._say(said)
            while True:
                words = await self._next_words(queue, gone)
                if gone.done() or not await self._still_stands():
                    return None, []
                events = events_of(words)
                if self._loop.time() - self._inbox_at >= INBOX_SECONDS:
                    events = list(dict.fromkeys([*events, _INBOX]))
                await self._say(events)
                if _INBOX in events:
                    fresh: frozenset[str] = await _in_thread(topics_of, self._staff)
                    if fresh != topics:
                        new = [("talk", one[2:]) for one in sorted(fresh - topics) if one.startswith("c:")]
                        return fresh, list(dict.fromkeys([*events_of(_left_in(queue)), _INBOX, *new]))

    async def _next_words(self, queue: asyncio.Queue[Word], gone: asyncio.Future[None]) -> list[Word]:
        asked = asyncio.ensure_future(queue.get())
        either: set[asyncio.Future[Any]] = {asked, gone}
        await asyncio.wait(either, timeout=SIGN_OF_LIFE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            asked.cancel()
            return []
        return [asked.result(), *_left_in(queue)]

    async def _still_stands(self) -> bool:
        if self._loop.time() - self._session_at < SESSION_SECONDS:
            return True
        self._session_at = self._loop.time()
        staff = await _in_thread(staff_of_cookie, self._cookie, datetime.now(UTC))
        return staff is not None and staff.pk == self._staff.pk

    async def _say(self, events: list[Event]) -> None:
        """Each event as a line of JSON; a comment when there is nothing to say."""
        if _INBOX in events:
            self._inbox_at = self._loop.time()
        said = [json.dumps({"k": kind, "c": one, "p": 0}, separators=(",", ":")) for kind, one in events]
        await self._part("".join(f"data: {one}\n\n" for one in said) or ": .\n\n")

    async def _part(self, text: str) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _left_in(queue: asyncio.Queue[Word]) -> list[Word]:
    found = []
    while not queue.empty():
        found.append(queue.get_nowait())
    return found


def _watch() -> None:
    """One look into the database now and then for all lines together, for messages whose word got lost."""
    global _watching
    if _watching is None or _watching.done():
        _watching = asyncio.get_running_loop().create_task(_look_again())


async def _look_again() -> None:
    newest = await _in_thread(queries.newest_number)
    while _open.total():
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        with suppress(DatabaseError):
            newest, changed = await _in_thread(queries.changed_since, newest)
            for conversation_id in changed:
                wakes.wake(f"c:{conversation_id}", "talk")
