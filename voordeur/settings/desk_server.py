"""The desk process: Django's WSGI handler for pages and answers, and the stream beside it, on one ASGI server."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voordeur.settings.desk")

from a2wsgi.wsgi import build_environ
from django.core.wsgi import get_wsgi_application

wsgi = cast(Any, get_wsgi_application())  # Django's handler is WSGI; the stubs say it wider

from voordeur.faces.desk import stream  # noqa: E402

#: A little more than a body may be: what is longer is refused by its length, without being read.
MOST_READ = 68 * 1024
Message = dict[str, Any]
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="desk")


async def app(
    scope: Any, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """The stream by itself; for everything else the whole body, one of few threads, and the whole answer."""
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1000})
        return
    stream.wakes.start()  # from the first request on, so that presence is known before a stream asks for it
    if scope["path"] == stream.PATH:
        await stream.serve(scope, receive, send)
        return
    body = bytearray()
    has_more = True
    while has_more and len(body) <= MOST_READ:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        has_more = message.get("more_body", False)
    environ = build_environ(scope, cast(Any, BytesIO(body)))
    status, headers, content = await asyncio.get_running_loop().run_in_executor(_threads, _page, environ)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _page(environ: Any) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    begun: list[Any] = []
    response = wsgi(environ, lambda status, headers, failure=None: begun.extend((status, headers)))
    try:
        content = b"".join(response)
    finally:
        response.close()
    status, headers = begun
    return (
        int(status[:3]),
        [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        content,
    )
