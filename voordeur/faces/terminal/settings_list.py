"""`voordeur settings`: what is in force on this server, without secrets."""

from __future__ import annotations

import argparse
from urllib.parse import urlsplit


def show(given: argparse.Namespace) -> int:
    """Print each setting with its value; a secret only as set or not set."""
    from django.conf import settings

    env = settings.ENV
    rows = {
        "VOORDEUR_CONTENT": env.content,
        "VOORDEUR_DATA": env.data,
        "VOORDEUR_DATABASE_URL": _without_password(env.database_url),
        "VOORDEUR_BIND": env.bind,
        "VOORDEUR_PUBLIC_PORT": env.public_port,
        "VOORDEUR_DESK_PORT": env.desk_port,
        "VOORDEUR_HOSTS": ",".join(env.hosts) or "(the hosts of the doors)",
        "VOORDEUR_DESK_HOSTS": ",".join(env.desk_hosts),
        "VOORDEUR_NEUTRAL_URL": env.neutral_url,
        "VOORDEUR_HTTPS": "yes" if env.is_https else "no",
        "VOORDEUR_BACKUPS": env.backups or "(not set)",
        "VOORDEUR_SECRET": "(set)" if env.secret else "(not set: the file server.key in the data folder)",
    }
    for name, value in rows.items():
        print(f"{name:<22} {value}")
    return 0


def _without_password(address: str) -> str:
    """The database's address with nothing in it that opens it."""
    if not address:
        return "(SQLite in the data folder)"
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
