"""Slowing abuse without keeping addresses: buckets in memory, under a name that changes each day.

A bucket's name is an HMAC of the address with a key of this process and this day. Nothing is written; a restart
forgets all. Who shares an address (a family, a shelter, an asylum centre) shares a bucket, so buckets are wide.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

MOST_BUCKETS = 100_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, and one more each `seconds`."""

    name: str
    at_once: int
    seconds: float


class Limits:
    """The buckets of one process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def may(self, limit: Limit, address: str, moment: datetime) -> bool:
        """Whether this address may do this once more now; if so, that counts."""
        said = f"{limit.name}\0{moment.date()}\0{address}".encode()
        name = hmac.new(self._key, said, hashlib.sha256).digest()[:16]
        now = moment.timestamp()
        with self._lock:
            left, before = self._buckets.pop(name, (float(limit.at_once), now))
            left = min(float(limit.at_once), left + max(0.0, now - before) / limit.seconds)
            is_allowed = left >= 1
            self._buckets[name] = (left - 1 if is_allowed else left, now)
            while len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        return is_allowed
