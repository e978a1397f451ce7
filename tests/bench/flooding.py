"""A flood of return codes that open nothing, from many addresses at once: what it costs, and what others notice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count
from time import monotonic, perf_counter
from urllib.parse import urlencode

from tests.bench.visitors import HOST

AT_ONCE = 24
#: So many codes come from one address before it is told to wait (faces/visit/talking); then another one goes on.
OF_ONE_ADDRESS = 10


@dataclass(slots=True)
class Flood:
    """Milliseconds that each tried code took, how many were sent away as busy, and seconds until the last answer."""

    took: list[float] = field(default_factory=list)
    sent_away: int = 0
    seconds: float = 0


async def flood(port: int, visit: str, seconds: float) -> Flood:
    """Whole, well-formed codes that nobody has, for so long. Raises ValueError for any answer that is not expected."""
    from voordeur.secrecy.return_code import in_digits, new_code

    found, turn, began = Flood(), count(), monotonic()
    until = began + seconds

    async def ask() -> None:
        while monotonic() < until:
            number = next(turn) // OF_ONE_ADDRESS
            source = f"127.{16 + number // 62500 % 200}.{number // 250 % 250}.{1 + number % 250}"
            body = urlencode({"go": "talk:open", "code": " ".join(in_digits(new_code()))})
            asked = perf_counter()
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
            writer.write(
                f"POST {visit} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            answer = await reader.read(-1)
            writer.close()
            status = int(answer[9:12] or b"0")
            if status == 200:
                found.took.append((perf_counter() - asked) * 1000)
            elif status == 503:
                found.sent_away += 1
                await asyncio.sleep(0.1)
            else:
                raise ValueError(f"a wrong code was answered with {status}")

    await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    found.seconds = monotonic() - began
    return found
