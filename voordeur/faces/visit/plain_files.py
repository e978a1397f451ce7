"""The few small files that programs ask every website for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse

from voordeur.faces.visit.entrance import plain


def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may find the fixed addresses."""
    return plain("User-agent: *\nAllow: /", 200)


def nothing(request: HttpRequest) -> HttpResponse:
    """No icon of our own: it would tell."""
    return HttpResponse(status=204)


def security(request: HttpRequest) -> HttpResponse:
    """Where to report a weakness (RFC 9116)."""
    expires = (datetime.now(UTC) + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    return plain(
        "Contact: https://github.com/voordeur/voordeur/security/advisories/new\n"
        f"Expires: {expires}\nPreferred-Languages: nl, en",
        200,
    )
