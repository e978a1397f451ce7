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
        "VOORDEUR_CACHE": env.cache or "(the data folder)",
        "VOORDEUR_DATABASE_URL": _without_password(env.database_url),
        "VOORDEUR_BIND": env.bind,
        "VOORDEUR_PUBLIC_PORT": env.public_port,
        "VOORDEUR_DESK_PORT": env.desk_port,
        "VOORDEUR_HOSTS": ",".join(env.hosts) or "(the hosts of the doors)",
        "VOORDEUR_DESK_HOSTS": ",".join(env.desk_hosts),
        "VOORDEUR_NEUTRAL_URL": env.neutral_url,
        "VOORDEUR_HTTPS": "yes" if env.is_https else "no",
        "VOORDEUR_BACKUPS": env.backups or "(not set)",
        "VOORDEUR_SMTP_URL": _mail_server(env.smtp.address, env.smtp.user)
        if env.smtp
        else "(not set: no mail is sent)",
        "VOORDEUR_MAIL_FROM": env.mail_from or "(not set)",
        "VOORDEUR_DESK_URL": env.desk_url or "(not set)",
        "VOORDEUR_OLD_AFTER_DAYS": env.old_after_days,
        "VOORDEUR_SECRET": "(set)" if env.secret else "(not set: the file server.key in the data folder)",
    }
    for name, value in rows.items():
        print(f"{name:<23} {value}")
    return 0


def _mail_server(address: str, user: str) -> str:
    """Where mail goes, and whether somebody signs in there."""
    return f"{address} (with user and password)" if user else address


def _without_password(address: str) -> str:
    """The database's address with nothing in it that opens it."""
    if not address:
        return "(SQLite in the data folder)"
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
