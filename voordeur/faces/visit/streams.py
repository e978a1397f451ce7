"""What grows by itself: the frame of a conversation without script, and the stream that the script reads.

Outside Django's handler, so that a line that stays open costs little: no thread, no database connection. Each checks
its own pass and sets its own headers. A stream that breaks is asked for again and goes on after the last one seen.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.db import Error, connections

from voordeur.faces import headers
from voordeur.faces.doorway import Door, UnknownHost
from voordeur.faces.language import direction
from voordeur.faces.rendering import environment, inline
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import conversing, talk
from voordeur.faces.visit.conversing import Sitting
from voordeur.faces.visit.house import TEMPLATES, House, house
from voordeur.faces.visit.passes import FRAME, PAGE, Pass, PassUnknown, read_pass
from voordeur.faces.visit.talk_json import keys_of
from voordeur.faces.wakes import LOOK_AGAIN_SECONDS, Wakes, Word
from voordeur.records.conversations import queries

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: A frame ends after so long and loads itself anew; a browser keeps all of a page that only grows.
FRAME_SECONDS = 600
SIGN_OF_LIFE_SECONDS = 15
#: When the database could not be asked.
TRY_AGAIN_SECONDS = 2
#: A line that comes back within this was never gone.
GONE_SECONDS = 6
MOST_STREAMS = 6000
#: A word of this process to itself: see whether there is something that nobody told.
AGAIN = "again"
#: Of one visit: some tabs, and lines that broke without a word and are not known to be gone.
MOST_OF_ONE_VISIT = 12
_LARGEST_BODY = 4096
_FRAME = re.compile(r"/([A-Za-z0-9_-]{28})/t/([A-Za-z0-9_-]{40,400})/([a-z]{2,3})")
_STREAM = re.compile(r"/([A-Za-z0-9_-]{28})/k")
_threads = ThreadPoolExecutor(max_workers=3, thread_name_prefix="stream")
wakes = Wakes(settings.ENV.data)
_open_streams: Counter[str] = Counter()
_watching: asyncio.Task[None] | None = None


def is_stream(scope: Message) -> bool:
    """Whether this request is one for here."""
    path = scope["path"]
    return bool(
        (scope["method"] == "GET" and _FRAME.fullmatch(path)) or (scope["method"] == "POST" and _STREAM.fullmatch(path))
    )


async def serve(scope: Message, receive: Receive, send: Send) -> None:
    """Answer a request for a frame or a stream, and keep it open."""
    at, moment = house(), datetime.now(UTC)
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    try:
        door = at.doorway.door_for(host)
    except UnknownHost:
        await _short(send, 421)
        return
    framed = _FRAME.fullmatch(scope["path"])
    plain = _STREAM.fullmatch(scope["path"])
    token = (framed or plain)[1]  # type: ignore[index]  # one of them fits, see `is_stream`
    if not at.visits.is_alive(token, moment):
        await _short(send, 303, [(b"location", settings.NEUTRAL_URL.encode())])
        return
    if _open_streams.total() >= MOST_STREAMS or _open_streams[token] >= MOST_OF_ONE_VISIT:
        await _short(send, 503)
        return
    try:
        if framed:
            one, language, after = read_pass(framed[2], at.pass_key, token, FRAME), framed[3], 0
        else:
            sent = await _form(receive)
            one, after = read_pass(sent.get("c", ""), at.pass_key, token, PAGE), _number(sent.get("after", ""))
            language = sent.get("l", "")
    except PassUnknown:
        await _short(send, 410)
        return
    language = language if language in door.languages else door.languages[0]
    _open_streams[token] += 1
    at.sittings.sit(token, one.conversation_id)  # also after a fall of this process: *leave now* must find it
    try:
        stream = _Stream(at, door, token, language, one, receive, send)
        await (stream.frame() if framed else stream.events(after))
    finally:
        _open_streams[token] -= 1
        if not _open_streams[token]:
            del _open_streams[token]


async def _form(receive: Receive) -> dict[str, str]:
    body = bytearray()
    while len(body) <= _LARGEST_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return {}
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    try:
        found = parse_qs(bytes(body[:_LARGEST_BODY]).decode("ascii"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0


async def _short(send: Send, status: int, more: list[tuple[bytes, bytes]] | None = None) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*_headers("text/plain"), *(more or [])]})
    await send({"type": "http.response.body", "body": b""})


def _headers(kind: str, policy: str | None = None) -> list[tuple[bytes, bytes]]:
    values = headers.always(is_framed=policy is not None) | {"Content-Type": f"{kind}; charset=utf-8"}
    values["Content-Security-Policy"] = policy or "default-src 'none'; frame-ancestors 'none'"
    values["X-Accel-Buffering"] = "no"  # a proxy in front must hand on what there is
    if settings.IS_HTTPS:
        values["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return [(name.lower().encode(), value.encode()) for name, value in values.items()]


async def _in_thread(call: Callable[..., Any], *given: Any) -> Any:
    def work() -> Any:
        # Each of these few threads keeps its connection: to open one costs more than what is asked over it.
        try:
            return call(*given)
        except Error:
            connections.close_all()
            raise

    return await asyncio.get_running_loop().run_in_executor(_threads, work)


class _Stream:
    """One open line of a visitor."""

    def __init__(
        self, at: House, door: Door, token: str, language: str, one: Pass, receive: Receive, send: Send
    ) -> None:
        self._at, self._door, self._token, self._language = at, door, token, language
        self._pass, self._receive, self._send = one, receive, send
        self._last = 0
        self._sure = self._noted = 0
        self._sitting: Sitting | None = None

    @property
    def _topic(self) -> str:
        return f"c:{self._pass.conversation_id}"

    def _is_alive(self) -> bool:
        return self._at.visits.is_alive(self._token, datetime.now(UTC))

    def _sit(self) -> Sitting | None:
        """The conversation as it is now. Keys are unwrapped once, and again only when there are others."""
        known = self._sitting
        if known is not None:
            held = queries.conversation(self._pass.conversation_id, server_key())
            if held is not None and held.visitor_key == known.held.visitor_key and held.epoch in known.keys:
                self._sitting = replace(known, held=held)
                return self._sitting
        self._sitting = conversing.sit(self._pass)
        return self._sitting

    def _is_as_before(self) -> bool:
        """Whether nothing changed since the last look: no message, no state, no keys."""
        held = queries.conversation(self._pass.conversation_id, server_key())
        before = self._sitting.held if self._sitting else None
        return held is not None and before is not None and replace(held, seen_place=before.seen_place) == before

    async def _is_news(self, word: Word) -> bool:
        if word[1] == AGAIN:
            return not await _in_thread(self._is_as_before)
        return word[1] in ("talk", "closed", "state")

    async def frame(self) -> None:
        """A page whose list grows."""
        look = self._at.frame_looks[self._door.id]
        pages = environment(TEMPLATES, self._language)
        line = pages.get_template("said.html").module.line_of  # type: ignore[attr-defined]
        try:
            said, is_broken = await _in_thread(self._heard, self._pass.base), False
        except Error:
            said, is_broken = [], True
        if said is None:
            await _short(self._send, 410)
            return
        head = {"status": 503 if is_broken else 200, "headers": _headers("text/html", look.policy)}
        await self._send({"type": "http.response.start", **head})
        top = pages.get_template("said_frame.html").render(
            style=inline(look.style),
            lines=talk.lines(said, self._language),
            direction=direction(self._language),
            seconds=TRY_AGAIN_SECONDS if is_broken else 1,
            is_broken=is_broken,
        )
        await self._part(top)
        self._sent()

        async def show(word: Word | None) -> bool:
            if word is None:
                await self._part("<!-- -->\n")
                # What was sent a sign of life ago was on a line that still stands.
                await _in_thread(self._note_seen, self._sure)
                self._sure = self._last
            elif await self._is_news(word):
                heard = await _in_thread(self._heard, self._last)
                if heard is None:
                    return False
                if heard:
                    await self._part("".join(str(line(one)) for one in talk.lines(heard, self._language)))
                    self._sent()
            return word is None or word[1] != "deleted"

        if not is_broken:
            await self._keep_open(show, FRAME_SECONDS)
        await self._send({"type": "http.response.body", "body": b"</ol></div></body></html>"})

    async def events(self, after: int) -> None:
        """Lines of JSON: sealed messages, whether the other types, where the conversation is."""
        await self._send({"type": "http.response.start", "status": 200, "headers": _headers("application/x-ndjson")})
        self._last = max(after, self._pass.base)

        async def show(word: Word | None) -> bool:
            kind = word[1] if word else "."
            if word and await self._is_news(word):
                found = await _in_thread(self._sealed, self._last)
                await self._json(found)
                return bool(found["k"] != "gone")
            if kind == "deleted":
                await self._json({"k": "gone"})
                return False
            if word is None or kind == "typing-desk":
                await self._json({"k": "typing" if word else "."})
            return True

        try:
            if await show((self._topic, "talk")):
                await self._keep_open(show, None)
        except Error:  # the line ends; the script asks again
            pass
        await self._send({"type": "http.response.body", "body": b""})

    def _heard(self, after: int) -> list[conversing.Said] | None:
        sitting = self._sit()
        if sitting is None:
            return None
        said = conversing.heard(sitting, after)
        if said:
            self._last = max(self._last, said[-1].place)
        return said

    def _sent(self) -> None:
        """What was sent counts as seen when the page asks for something again (faces/visit/talk)."""
        self._at.sittings.sit(self._token, self._pass.conversation_id, self._last)

    def _note_seen(self, place: int) -> None:
        sitting = self._sit() if place > self._noted else None
        if sitting is not None:
            conversing.note_seen(sitting, place)
            self._noted = place

    def _sealed(self, after: int) -> Message:
        sitting = self._sit()
        if sitting is None:
            return {"k": "gone"}
        sealed = conversing.sealed_beyond(sitting, after)
        if sealed:
            self._last = max(self._last, sealed[-1].place)
        found = [
            [one.place, one.direction, one.sequence, one.epoch, talk.as_text(one.envelope), one.message_id.hex()]
            for one in sealed
        ]
        return {
            "k": "said",
            "keys": keys_of(sitting),
            "epoch": sitting.held.epoch,
            "m": found,
            "state": talk.state_text_for(self._at.doorway, self._door, self._language, sitting, datetime.now(UTC)),
        }

    async def _keep_open(self, show: Callable[[Word | None], Awaitable[bool]], seconds: float | None) -> None:
        """Show each word until the visitor, the visit or the time ends it."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds if seconds else None
        _watch()
        gone = asyncio.ensure_future(self._until_gone())
        with wakes.listening(self._topic) as queue:
            _threads.submit(self._say_here)
            # What was written between the first look and this moment.
            queue.put_nowait((self._topic, AGAIN))
            goes_on, is_behind = True, False
            while goes_on and not gone.done() and (ends is None or loop.time() < ends):
                asked = asyncio.ensure_future(queue.get())
                patience = TRY_AGAIN_SECONDS if is_behind else SIGN_OF_LIFE_SECONDS
                await asyncio.wait({asked, gone}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                word = asked.result() if asked.done() else None
                asked.cancel()
                if gone.done() or not self._is_alive():
                    break
                if is_behind and (word is None or word[1] != "deleted"):
                    word = (self._topic, "talk")
                try:
                    goes_on = await show(word)
                    is_behind = False
                except Error:  # ask again at the next word or sign of life
                    is_behind = True
                except OSError:
                    break
        gone.cancel()
        if self._is_alive():  # else the visitor left, and the desk was told so
            loop.call_later(GONE_SECONDS, _say_gone, self._pass.conversation_id)

    def _say_here(self) -> None:
        conversing.told(self._pass.conversation_id, "here")
        if not self._is_alive():  # who left at the same moment is not here
            conversing.told(self._pass.conversation_id, "left")

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _part(self, html: str) -> None:
        await self._send({"type": "http.response.body", "body": html.encode(), "more_body": True})

    async def _json(self, value: Message) -> None:
        await self._part(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def _say_gone(conversation_id: str) -> None:
    if not wakes.is_heard(f"c:{conversation_id}"):
        _threads.submit(conversing.told, conversation_id, "gone")


def _watch() -> None:
    """One look into the database now and then for all streams together, for words that got lost."""
    global _watching
    if _watching is None or _watching.done():
        _watching = asyncio.get_running_loop().create_task(_look_again())


async def _look_again() -> None:
    newest: int | None = None
    while wakes.has_readers():
        try:
            if newest is None:
                newest = await _in_thread(queries.newest_number)
                # What came before this number and after a stream's own first look.
                changed = wakes.conversations()
            else:
                newest, changed = await _in_thread(queries.changed_since, newest)
        except Error:
            newest, changed = None, []
        # Nearly all of these were told; spread, the looks hold up nobody.
        for conversation_id in filter(lambda one: wakes.is_heard(f"c:{one}"), changed):
            wakes.wake(f"c:{conversation_id}", AGAIN)
            await asyncio.sleep(LOOK_AGAIN_SECONDS / 2 / len(changed))
        await asyncio.sleep(LOOK_AGAIN_SECONDS / 2)
