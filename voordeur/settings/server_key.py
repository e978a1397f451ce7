"""The server's own key: from the setting VOORDEUR_SECRET, or from a file that is made once in the data folder.

It stands outside the database, so that who has the database alone can read no queue, trail, session or second factor.
A backup of the database without a copy of this key, kept apart, is a backup of nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import stat
import sys
from pathlib import Path

from voordeur.secrecy.keyring import KEY_BYTES
from voordeur.settings.env import Env, SettingWrong

FILE = "server.key"
_ELSEWHERE = "Put the file back from its copy, or set VOORDEUR_SECRET."


def server_key(env: Env) -> bytes:
    """The 32 bytes; made, with its file, when this server has none yet.

    Raises SettingWrong when the setting is too short, when the file cannot be read, is not a key or is open to others,
    and when it is missing although the database was already sealed with one.
    """
    if env.secret:
        if len(env.secret) < KEY_BYTES:
            raise SettingWrong(f"VOORDEUR_SECRET is too short; at least {KEY_BYTES} signs are expected.")
        return hmac.new(env.secret.encode(), b"voordeur server 1", hashlib.sha256).digest()
    path = env.data / FILE
    if not path.exists():
        if _was_sealed(env):
            raise SettingWrong(
                f"The server's key “{path}” is missing, but the database was sealed with it. {_ELSEWHERE}"
            )
        _make(path)
    return _read(path)


def django_secret(env: Env) -> str:
    """Django's own key, from the server's; a new one when there is none yet. Makes no file and raises nothing."""
    root = env.secret.encode()
    if not root:
        try:
            root = _read(env.data / FILE)
        except SettingWrong:
            root = secrets.token_bytes(KEY_BYTES)
    return hmac.new(root, b"voordeur django 1", hashlib.sha256).hexdigest()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(KEY_BYTES + 1)
    except OSError as problem:
        raise SettingWrong(
            f"The server's key “{path}” cannot be read ({problem.strerror}). It must belong to the user that runs this."
        ) from problem
    if stat.S_IMODE(mode) & 0o077:
        raise SettingWrong(f"The server's key “{path}” is open to others on this machine; “chmod 600” closes it.")
    if len(key) != KEY_BYTES:
        raise SettingWrong(f"The server's key “{path}” is not a key of {KEY_BYTES} bytes. {_ELSEWHERE}")
    return key


def _make(path: Path) -> None:
    """Written aside and then named at once: two processes that start together get the same key."""
    aside = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            os.link(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    except FileExistsError:
        return  # the other process was first
    except OSError as problem:
        raise SettingWrong(
            f"The server's key “{path}” cannot be made ({problem.strerror}); see VOORDEUR_DATA and VOORDEUR_SECRET."
        ) from problem
    print(f"A key for this server was made: {path}. Keep a copy, apart from the backups.", file=sys.stderr)


def _was_sealed(env: Env) -> bool:
    """Whether the SQLite database already holds a trail; another database is not asked."""
    file = env.data / "voordeur.sqlite3"
    if env.database_url or not file.exists():
        return False
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT 1 FROM staff_audithead LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return False  # no such table yet
