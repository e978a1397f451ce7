"""Asking for pages as fast as they come: by wrk where there is one, else by a small client of our own."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic, perf_counter

from tests.bench.figures import at_rank

AT_ONCE = 8
_LUA = """local bodies = {%s}
local at = 0
local headers = {["Host"] = "localhost", ["Accept-Encoding"] = "gzip",
  ["Content-Type"] = "application/x-www-form-urlencoded"}
request = function()
  if #bodies == 0 then return wrk.format("GET", nil, headers) end
  at = at %% #bodies + 1
  return wrk.format("POST", nil, headers, bodies[at])
end
done = function(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  print(string.format('{"wrong": %%d, "each_second": %%f, "p50": %%f, "p99": %%f}', wrong,
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


class WrongAnswer(Exception):
    """Not every answer was a page."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Answers each second, and milliseconds that the middle one and the slowest of a hundred took."""

    each_second: float
    p50: float
    p99: float


def press(port: int, path: str, bodies: Sequence[str], seconds: int, folder: Path) -> Pace:
    """POST these bodies in turn (GET when there are none), eight at once. Raises WrongAnswer for any other answer."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return asyncio.run(_own(port, path, bodies, seconds))
    script = folder / "wrk.lua"
    script.write_text(_LUA % ",".join(f'"{body}"' for body in bodies), encoding="ascii")
    address = f"http://127.0.0.1:{port}{path}"
    command = [wrk, "-t1", f"-c{AT_ONCE}", f"-d{seconds}s", "-s", str(script), address]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    found = json.loads(said.splitlines()[-1])
    if found["wrong"]:
        raise WrongAnswer(f"{found['wrong']} answers were not a page")
    return Pace(found["each_second"], found["p50"], found["p99"])


async def _own(port: int, path: str, bodies: Sequence[str], seconds: int) -> Pace:
    until, turn, took = monotonic() + seconds, count(), list[float]()

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while monotonic() < until:
            body = bodies[next(turn) % len(bodies)].encode() if bodies else b""
            began = perf_counter()
            head = f"{'POST' if bodies else 'GET'} {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
            kind = "Content-Type: application/x-www-form-urlencoded\r\n" if bodies else ""
            writer.write(f"{head}{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(answer.partition(b"content-length:")[2].split(b"\r\n")[0]))
            if not answer.startswith(b"http/1.1 200"):
                raise WrongAnswer(answer.splitlines()[0].decode("latin-1"))
            took.append((perf_counter() - began) * 1000)
        writer.close()

    began = monotonic()
    await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    return Pace(len(took) / (monotonic() - began), at_rank(took, 0.5), at_rank(took, 0.99))
