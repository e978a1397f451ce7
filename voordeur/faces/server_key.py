"""The server's own key for the pages of both sides: it seals what a queue must know, and opens no text."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from voordeur.secrecy.keyring import ServerKey


@cache
def server_key() -> ServerKey:
    """The key of this server, read once by a process. Raises SettingWrong when it is missing or lies open."""
    return ServerKey(settings.SERVER_SECRET())
