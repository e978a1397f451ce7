"""A server that does nothing but give one file: the reference where there is no nginx, and for starting."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

_body = Path(os.environ["DJANGO_SETTINGS_MODULE"]).read_bytes()  # by `start`, which tells a server its settings here
_headers = [
    (b"content-type", b"text/html"),
    (b"content-encoding", b"gzip"),
    (b"content-length", str(len(_body)).encode()),
]


async def app(scope: dict[str, Any], receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """The file, whatever is asked."""
    await send({"type": "http.response.start", "status": 200, "headers": _headers})
    await send({"type": "http.response.body", "body": _body})
