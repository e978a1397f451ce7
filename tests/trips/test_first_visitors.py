"""Those who come in together, right after the server has started."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.browser.house_at_work import asked, free_port, public_server


def test_visitors_who_come_first_and_at_once_are_all_let_in(tmp_path: Path) -> None:
    """The key that signs addresses is made once: an address given in the first second works in the next."""
    with public_server(tmp_path, f"http://127.0.0.1:{free_port()}/") as server, ThreadPoolExecutor(8) as walkers:
        given = list(walkers.map(lambda _: asked(server, "GET", "/")[1]["location"], range(16)))
        assert [asked(server, "GET", address)[0] for address in given] == [200] * 16
