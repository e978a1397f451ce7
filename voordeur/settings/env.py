"""What differs per server: read once from the environment, typed, and refused with a clear sentence when wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]


class SettingWrong(ValueError):
    """A setting cannot be used; the message names it and says what is expected."""


@dataclass(frozen=True, slots=True)
class Env:
    """The settings of one server. All have a default with which a fresh clone runs on one machine."""

    database_url: str = ""
    content: Path = ROOT / "content"
    data: Path = ROOT / "data"
    public_port: int = 8000
    desk_port: int = 8001
    bind: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    desk_hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    neutral_url: str = "https://www.buienradar.nl/"
    is_https: bool = False
    secret: str = field(default="", repr=False)
    backups: Path | None = None


DEFAULTS = Env()


def _port(values: Mapping[str, str], name: str, default: int) -> int:
    written = values.get(name, "").strip()
    if not written:
        return default
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= 65535:
        raise SettingWrong(f"{name} is “{written}”; a port number from 1 to 65535 is expected.")
    return int(written)


def _yes_no(values: Mapping[str, str], name: str) -> bool:
    written = values.get(name, "").strip().lower()
    if written not in ("", "0", "1", "no", "yes", "false", "true"):
        raise SettingWrong(f"{name} is “{written}”; yes or no is expected.")
    return written in ("1", "yes", "true")


def _names(values: Mapping[str, str], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    written = tuple(part.strip().lower() for part in values.get(name, "").split(",") if part.strip())
    return written or default


def _folder(values: Mapping[str, str], name: str, default: Path, *, must_exist: bool) -> Path:
    path = Path(values[name]).expanduser().resolve() if values.get(name) else default
    if must_exist and not path.is_dir():
        raise SettingWrong(f"{name} is “{path}”, but there is no such folder.")
    return path


def read_env(values: Mapping[str, str] | None = None) -> Env:
    """The settings in `values` (the process's environment when None). Raises SettingWrong for the first wrong one."""
    values = os.environ if values is None else values
    neutral = values.get("VOORDEUR_NEUTRAL_URL", "").strip() or DEFAULTS.neutral_url
    if urlsplit(neutral).scheme not in ("http", "https") or not urlsplit(neutral).hostname:
        raise SettingWrong(f"VOORDEUR_NEUTRAL_URL is “{neutral}”; a full web address is expected.")
    env = Env(
        database_url=values.get("VOORDEUR_DATABASE_URL", "").strip(),
        content=_folder(values, "VOORDEUR_CONTENT", ROOT / "content", must_exist=True),
        data=_folder(values, "VOORDEUR_DATA", ROOT / "data", must_exist=False),
        public_port=_port(values, "VOORDEUR_PUBLIC_PORT", DEFAULTS.public_port),
        desk_port=_port(values, "VOORDEUR_DESK_PORT", DEFAULTS.desk_port),
        bind=values.get("VOORDEUR_BIND", "").strip() or DEFAULTS.bind,
        hosts=_names(values, "VOORDEUR_HOSTS", ()),
        desk_hosts=_names(values, "VOORDEUR_DESK_HOSTS", DEFAULTS.desk_hosts),
        neutral_url=neutral,
        is_https=_yes_no(values, "VOORDEUR_HTTPS"),
        secret=values.get("VOORDEUR_SECRET", ""),
        backups=_folder(values, "VOORDEUR_BACKUPS", ROOT, must_exist=True) if values.get("VOORDEUR_BACKUPS") else None,
    )
    if env.public_port == env.desk_port:
        raise SettingWrong("VOORDEUR_PUBLIC_PORT and VOORDEUR_DESK_PORT are the same; two different ports are needed.")
    database(env)
    return env


def database(env: Env, wait_seconds: int = 20) -> dict[str, object]:
    """Django's DATABASES entry: SQLite in the data folder, or PostgreSQL when VOORDEUR_DATABASE_URL names one.

    SQLite: WAL, immediate transactions, foreign keys, and secure delete so that deleted is gone. `wait_seconds` is how
    long it waits for another process that writes.
    """
    if not env.database_url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(env.data / "voordeur.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": wait_seconds,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;"
                "PRAGMA secure_delete=ON;",
            },
        }
    try:
        parts = urlsplit(env.database_url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise SettingWrong(
            "VOORDEUR_DATABASE_URL cannot be read; “postgresql://user:password@host:5432/name” is expected."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
    }
