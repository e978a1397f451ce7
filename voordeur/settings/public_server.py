"""The public process: Django's WSGI handler for pages, carried by one ASGI server."""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voordeur.settings.public")

from datetime import UTC, datetime

from a2wsgi.wsgi import build_environ
from django.core.wsgi import get_wsgi_application

wsgi = cast(Any, get_wsgi_application())  # Django's handler is WSGI; the stubs say it wider

from voordeur.faces.visit.results import warm  # noqa: E402

warm(datetime.now(UTC))
gc.freeze()  # places, guide and templates stay; the collector need not walk through them again and again

#: What is beyond this is not read; the page refuses a body long before it.
MOST_READ = 64 * 1024
Message = dict[str, Any]
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="page")


async def app(
    scope: Any, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Read the whole body, make the page in one of few threads, and send it whole.

    So a slow sender or reader holds no thread, and a page costs one change of thread; a2wsgi's own carrier makes four.
    """
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1000})
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
