"""The headers of every response, and nothing else that a browser could keep or tell (face.md S1-S6, L15)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]

_ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "X-DNS-Prefetch-Control": "off",
    "Cache-Control": "no-store",
}
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def hash_source(inline: str) -> str:
    """The content security policy's source for one inline style or script: its SHA-256."""
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def page_policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """The policy of a page: nothing but its own inline style and script, by hash, and forms to ourselves."""
    style = " ".join(hash_source(one) for one in styles) or "'none'"
    script = " ".join(hash_source(one) for one in scripts) or "'none'"
    return (
        f"default-src 'none'; style-src {style}; script-src {script}; img-src data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _harden(response: HttpResponse) -> HttpResponse:
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", _NOTHING)
    if getattr(settings, "IS_HTTPS", False):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def visitor_headers(get_response: Handler) -> Handler:
    """Middleware of the public side."""
    return lambda request: _harden(get_response(request))


def desk_headers(get_response: Handler) -> Handler:
    """Middleware of the desk side."""
    return lambda request: _harden(get_response(request))
