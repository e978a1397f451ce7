"""The server's key in a process: read once, and shown nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from voordeur.faces.server_key import server_key


@pytest.fixture(autouse=True)
def nothing_read_yet() -> Iterator[None]:
    """No key of another test before, and none for another test after."""
    server_key.cache_clear()
    yield
    server_key.cache_clear()


def test_the_key_is_read_once_and_shows_nothing_of_itself(settings: Any) -> None:
    secrets = iter([b"s" * 32])
    settings.SERVER_SECRET = lambda: next(secrets)
    assert server_key() is server_key()
    assert "s" * 4 not in repr(server_key())


def test_a_key_that_cannot_be_used_is_asked_for_again(settings: Any) -> None:
    def missing() -> bytes:
        raise ValueError("the key is missing")

    settings.SERVER_SECRET = missing
    with pytest.raises(ValueError, match="the key is missing"):
        server_key()
    settings.SERVER_SECRET = lambda: b"s" * 32
    assert server_key().tag("team", "central") == server_key().tag("team", "central")
