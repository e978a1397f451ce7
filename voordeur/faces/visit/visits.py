"""One visit: an address that means nothing, and that can be burned (face.md, "Exit: the recipe that passed").

All that a visitor sees stands under such an address. The fixed, findable addresses only lead there. After *leave
now* the address is burned: it leads to the neutral page, for ever, so that Back never shows us again. An address
is signed with a key that lives as long as the run (faces/run_memory): a process that falls and is started again knows
the same addresses, and the same burned ones. Nothing about a visit is written on disk.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from voordeur.faces.run_memory import MOST_BURNED, open_memory

LASTS = timedelta(hours=24)
LENGTH = 28


class Visits:
    """Makes, knows and burns the addresses of one run; with a key of its own, those of one process."""

    def __init__(self, key: bytes | None = None) -> None:
        self._memory = open_memory() if key is None else None
        self._key = key or open_memory().visits_key
        # When an address was burned is not remembered by the run; it was not before it was begun.
        already = self._memory.burned() if self._memory else []
        self._burned = OrderedDict[str, float]((one, _begun(base64.urlsafe_b64decode(one))) for one in already)
        self._lock = Lock()

    def begin(self, moment: datetime) -> str:
        """A fresh address: 28 signs of the URL-safe base64 alphabet, 96 bits that cannot be guessed."""
        seed = struct.pack(">I", int(moment.timestamp())) + secrets.token_bytes(5)
        return base64.urlsafe_b64encode(seed + self._seal(seed)).decode()

    def _seal(self, seed: bytes) -> bytes:
        return hmac.new(self._key, seed, hashlib.sha256).digest()[:12]

    def is_alive(self, token: str, moment: datetime) -> bool:
        """Whether this address was made by us, is not burned, and is not older than a day."""
        if len(token) != LENGTH:
            return False
        try:
            raw = base64.urlsafe_b64decode(token)
        except ValueError:
            return False
        if not hmac.compare_digest(self._seal(raw[:9]), raw[9:]) or token in self._burned:
            return False
        return -60 <= moment.timestamp() - _begun(raw) <= LASTS.total_seconds()

    def burn(self, token: str, moment: datetime) -> None:
        """Make the address lead to the neutral page from now on. An address that is not ours is passed over."""
        if not self.is_alive(token, moment):
            return
        with self._lock:
            if self._memory:
                self._memory.add_burned(token)
            self._burned[token] = moment.timestamp()
            oldest_needed = moment.timestamp() - LASTS.total_seconds() - 60
            while self._burned and (
                len(self._burned) > MOST_BURNED or next(iter(self._burned.values())) < oldest_needed
            ):
                self._burned.popitem(last=False)


def _begun(raw: bytes) -> int:
    return int.from_bytes(raw[:4])
