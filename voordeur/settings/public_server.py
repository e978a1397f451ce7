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

from voordeur.faces.visit import streams  # noqa: E402
from voordeur.faces.visit.results import warm  # noqa: E402

warm(datetime.now(UTC))
gc.freeze()  # places, guide and templates stay; the collector need not walk through them again and again

#: What is beyond this is not read; the page refuses a body long before it.
MOST_READ = 192 * 1024
Message = dict[str, Any]
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="page")
#: Return codes are slow on purpose and wait for each other: in threads of their own, so that no page waits behind them.
_for_codes = ThreadPoolExecutor(max_workers=12, thread_name_prefix="code")
_ABOUT_A_CODE = (b"go=talk%3Aopen", b"go=talk:open", b"go=talk%3Acode", b"go=talk:code")


async def app(
    scope: Any, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Read the whole body, make the page in one of few threads, and send it whole.

    So a slow sender or reader holds no thread, and a page costs one change of thread; a2wsgi's own carrier makes four.
    """
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1000})
        return
    if streams.is_stream(scope):
        await streams.serve(scope, receive, send)
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
    threads = _for_codes if any(one in body for one in _ABOUT_A_CODE) else _threads
    status, headers, content = await asyncio.get_running_loop().run_in_executor(threads, _page, environ)
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
