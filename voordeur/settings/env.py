"""What differs per server: read once from the environment, typed, and refused with a clear sentence when wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from voordeur.rules.freshness import OLD_AFTER_DAYS
from voordeur.rules.notices import is_mail_address

#: Who writes to this machine itself is heard by nobody else, so the mail needs no encryption.
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
ROOT = Path(__file__).resolve().parents[2]


class SettingWrong(ValueError):
    """A setting cannot be used; the message names it and says what is expected."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mail. is_tls: encrypted from the first byte, else by STARTTLS; is_plain: not, on this machine."""

    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    is_tls: bool = False
    is_plain: bool = False

    @property
    def address(self) -> str:
        """Its address with nothing in it that opens it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'smtps' if self.is_tls else 'smtp'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Env:
    """The settings of one server. All have a default with which a fresh clone runs on one machine."""

    database_url: str = ""
    content: Path = ROOT / "content"
    data: Path = ROOT / "data"
    cache: Path | None = None
    public_port: int = 8000
    desk_port: int = 8001
    bind: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    desk_hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    neutral_url: str = "https://www.buienradar.nl/"
    is_https: bool = False
    secret: str = field(default="", repr=False)
    backups: Path | None = None
    smtp: MailServer | None = None
    mail_from: str = ""
    desk_url: str = ""
    old_after_days: int = OLD_AFTER_DAYS


DEFAULTS = Env()


def _port(values: Mapping[str, str], name: str, default: int) -> int:
    written = values.get(name, "").strip()
    if not written:
        return default
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= 65535:
        raise SettingWrong(f"{name} is “{written}”; a port number from 1 to 65535 is expected.")
    return int(written)


def _days(values: Mapping[str, str], name: str, default: int) -> int:
    written = values.get(name, "").strip()
    if not written:
        return default
    if not written.isascii() or not written.isdigit() or len(written) > 4 or not 1 <= int(written) <= 3660:
        raise SettingWrong(f"{name} is “{written}”; a number of days from 1 to 3660 is expected.")
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


def _mail_server(written: str) -> MailServer | None:
    """From VOORDEUR_SMTP_URL; None when it is empty. Raises SettingWrong, in which nothing of a password stands."""
    if not written:
        return None
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    has_more = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or has_more or port == 0:
        raise SettingWrong(
            "VOORDEUR_SMTP_URL cannot be read; “smtp://user:password@host:587” or “smtps://user:password@host:465” is "
            "expected (in user and password, signs such as @ and / written as %40 and %2F)."
        )
    if bool(user) != bool(password):
        raise SettingWrong("VOORDEUR_SMTP_URL has a user without a password, or the reverse; both or none is expected.")
    if not (user + password).isascii() or not (user + password).isprintable():
        raise SettingWrong("VOORDEUR_SMTP_URL has a user or password with signs that cannot be sent.")
    is_tls = parts.scheme == "smtps"
    is_plain = not is_tls and parts.hostname in _THIS_MACHINE
    return MailServer(parts.hostname, port or (465 if is_tls else 587), user, password, is_tls, is_plain)


def _check_mail(env: Env) -> None:
    """Whether the sender and the desk's address fit. Raises SettingWrong."""
    if env.mail_from and not is_mail_address(env.mail_from):
        raise SettingWrong(f"VOORDEUR_MAIL_FROM is “{env.mail_from}”; one mail address is expected, without a name.")
    desk = urlsplit(env.desk_url)
    is_web = desk.scheme in ("http", "https") and desk.hostname and not desk.username and not desk.query
    if env.desk_url and not (
        is_web and env.desk_url.isascii() and env.desk_url.isprintable() and " " not in env.desk_url
    ):
        raise SettingWrong(f"VOORDEUR_DESK_URL is “{env.desk_url}”; a full web address in plain signs is expected.")
    if env.smtp is not None and not env.mail_from:
        raise SettingWrong(
            "VOORDEUR_SMTP_URL is set, so VOORDEUR_MAIL_FROM is needed: the address that mail comes from."
        )
    if env.smtp is not None and not env.desk_url:
        raise SettingWrong("VOORDEUR_SMTP_URL is set, so VOORDEUR_DESK_URL is needed: where a team signs in.")


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
        cache=_folder(values, "VOORDEUR_CACHE", ROOT, must_exist=True) if values.get("VOORDEUR_CACHE") else None,
        public_port=_port(values, "VOORDEUR_PUBLIC_PORT", DEFAULTS.public_port),
        desk_port=_port(values, "VOORDEUR_DESK_PORT", DEFAULTS.desk_port),
        bind=values.get("VOORDEUR_BIND", "").strip() or DEFAULTS.bind,
        hosts=_names(values, "VOORDEUR_HOSTS", ()),
        desk_hosts=_names(values, "VOORDEUR_DESK_HOSTS", DEFAULTS.desk_hosts),
        neutral_url=neutral,
        is_https=_yes_no(values, "VOORDEUR_HTTPS"),
        secret=values.get("VOORDEUR_SECRET", ""),
        backups=_folder(values, "VOORDEUR_BACKUPS", ROOT, must_exist=True) if values.get("VOORDEUR_BACKUPS") else None,
        smtp=_mail_server(values.get("VOORDEUR_SMTP_URL", "").strip()),
        mail_from=values.get("VOORDEUR_MAIL_FROM", "").strip(),
        desk_url=values.get("VOORDEUR_DESK_URL", "").strip(),
        old_after_days=_days(values, "VOORDEUR_OLD_AFTER_DAYS", DEFAULTS.old_after_days),
    )
    _check_mail(env)
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
