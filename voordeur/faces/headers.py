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
_FORMS = "form-action 'self'"
_NOWHERE = "frame-ancestors 'none'"
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def hash_source(inline: str) -> str:
    """The content security policy's source for one inline style or script: its SHA-256."""
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def page_policy(
    styles: Iterable[str],
    scripts: Iterable[str],
    *,
    has_frame: bool = False,
    is_framed: bool = False,
    embedded_by: Iterable[str] = (),
) -> str:
    """The policy of a page: nothing but its own inline style and script, by hash, and forms to ourselves.

    `has_frame`: it shows a page of our own inside; `is_framed`: it is such a page. `embedded_by`: the sites of others
    that may show it inside a page of theirs; it then has the empty plug-in of frame.html.
    """
    embedded_by = tuple(embedded_by)
    style = " ".join(hash_source(one) for one in styles) or "'none'"
    script = " ".join(hash_source(one) for one in scripts) or "'none'"
    ancestors = "'self'" if is_framed else " ".join(embedded_by) or "'none'"
    return (
        f"default-src 'none'; style-src {style}; script-src {script}; img-src data:; connect-src 'self'; "
        + ("frame-src 'self'; " if has_frame else "")
        + ("object-src data:; " if embedded_by else "")
        + f"{_FORMS}; base-uri 'none'; frame-ancestors {ancestors}"
    )


def always(*, is_framed: bool = False) -> dict[str, str]:
    """The headers of an answer that does not pass through the middleware (a stream)."""
    return {**_ALWAYS, "X-Frame-Options": "SAMEORIGIN" if is_framed else "DENY"}


def sends_to(policy: str, origins: Iterable[str]) -> str:
    """The same policy for a page whose forms also lead to other doors of ours."""
    return policy.replace(f"{_FORMS};", " ".join((_FORMS, *dict.fromkeys(origins))) + ";")


def _harden(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Content-Security-Policy", _NOTHING)
    for name, value in _ALWAYS.items():
        # There is no word of this old header for a list of sites; a page that has one is kept by its policy.
        if name != "X-Frame-Options" or _NOWHERE in response.headers["Content-Security-Policy"]:
            response.headers.setdefault(name, value)
    if getattr(settings, "IS_HTTPS", False):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def visitor_headers(get_response: Handler) -> Handler:
    """Middleware of the public side."""
    return lambda request: _harden(get_response(request))


def desk_headers(get_response: Handler) -> Handler:
    """Middleware of the desk side."""
    return lambda request: _harden(get_response(request))
