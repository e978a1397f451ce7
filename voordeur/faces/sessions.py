"""Sign-ins that last, as the framework's session store.

At rest a session stands under the hash of its cookie and sealed with the server's key: who reads the table can
neither use it nor read what is in it. It ends twelve hours after it began and one hour after the last thing done.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.utils.crypto import constant_time_compare

from voordeur.faces.server_key import server_key
from voordeur.records.staff import actions, queries
from voordeur.records.staff.queries import Staff
from voordeur.secrecy.keyring import KeyDoesNotFit

LASTS = timedelta(hours=12)
IDLE = timedelta(minutes=60)
#: Sealed sessions come in multiples of this many bytes.
STEP = 2048
_BEGAN, _SEEN, _SECOND = "began", "seen", "second"


def _hash(key: str) -> str:
    return hashlib.sha256(b"desk session\0" + key.encode()).hexdigest()


def _context(key_hash: str) -> bytes:
    return b"desk session\0" + key_hash.encode()


def _content(key: str, moment: datetime) -> dict[str, Any] | None:
    key_hash = _hash(key)
    sealed = queries.session_by_hash(key_hash, moment)
    if sealed is None:
        return None
    try:
        content = json.loads(server_key().unseal(sealed, _context(key_hash)))
    except (KeyDoesNotFit, ValueError):
        return None
    return content if isinstance(content, dict) else None


class SessionStore(SessionBase):
    """The framework calls these; `began` and `seen` in the session are seconds since 1970."""

    def load(self) -> dict[str, Any]:
        """What the session holds; an empty one, without a key, when it is not there or past its end."""
        content = _content(self.session_key, datetime.now(UTC)) if self.session_key else None
        if content is None:
            self._session_key = None
            return {}
        return content

    def exists(self, session_key: str) -> bool:
        """Whether this key is taken."""
        return queries.has_session(_hash(session_key))

    def create(self) -> None:
        """A new key, and a row for it."""
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # not in the stubs
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the row. Raises CreateError when it must be new and is not, UpdateError when it must be there."""
        if self.session_key is None:
            self.create()
            return
        content = dict(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        now = datetime.now(UTC)
        began = content.setdefault(_BEGAN, int(now.timestamp()))
        seen = content.setdefault(_SEEN, int(now.timestamp()))
        self._session_cache = content
        key_hash = _hash(self.session_key)
        plain = json.dumps(content).encode()
        is_kept = actions.keep_session(
            key_hash=key_hash,
            staff_id=int(content[SESSION_KEY]) if SESSION_KEY in content else None,
            sealed=server_key().seal(plain, _context(key_hash), -(-(len(plain) + 2) // STEP) * STEP),
            ends_at=min(datetime.fromtimestamp(began, UTC) + LASTS, datetime.fromtimestamp(seen, UTC) + IDLE),
            must_be=not must_create,
        )
        if not is_kept:
            raise CreateError if must_create else UpdateError

    def delete(self, session_key: str | None = None) -> None:
        """The row is gone."""
        key = session_key or self.session_key
        if key is not None:
            actions.end_session(key_hash=_hash(key))

    @classmethod
    def clear_expired(cls) -> None:
        """Every row past its end is gone."""
        actions.end_sessions(moment=datetime.now(UTC))


def is_through(session: SessionBase | dict[str, Any]) -> bool:
    """Whether the second factor was shown in this very session, not only once by this login."""
    return session.get(_SECOND) is True


def now_through(session: SessionBase) -> None:
    """The second factor was shown in this session; its time begins anew."""
    now = int(datetime.now(UTC).timestamp())
    session[_SECOND], session[_BEGAN], session[_SEEN] = True, now, now


def seen(session: SessionBase) -> None:
    """Something was done: the hour of doing nothing begins anew. Written at most once a minute."""
    now = int(datetime.now(UTC).timestamp())
    if now - int(session.get(_SEEN, 0)) >= 60:
        session[_SEEN] = now


def may_pass(staff: Staff, session: SessionBase | dict[str, Any]) -> bool:
    """The whole gate: a login that is on, with a passphrase of its own, and a second factor shown in this session."""
    return staff.is_active and staff.once_until is None and is_through(session) and queries.has_second_factor(staff)


def staff_of_cookie(cookie: str, moment: datetime) -> Staff | None:
    """Whose session this cookie is, through the same gate as a page; for a stream, which has no middleware.

    Asks the database; call it in a thread. None for everybody who would not pass.
    """
    content = _content(cookie, moment) if cookie.isascii() and 0 < len(cookie) <= 100 else None
    if content is None or SESSION_KEY not in content:
        return None
    staff = queries.staff_by_id(int(content[SESSION_KEY]))
    if staff is None or not may_pass(staff, content):
        return None
    kept = content.get(HASH_SESSION_KEY, "")
    return staff if constant_time_compare(kept, staff.get_session_auth_hash()) else None
