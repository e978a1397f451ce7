"""The same flow of messages through prosody, a chat server with many years behind it: what is possible on this machine.

It keeps nothing, seals nothing and asks nobody's pass; it hands on from memory to memory. So it is a floor, not a
rival. Only where it is installed (Debian: `prosody`); own settings and data in a folder of ours, loopback, no TLS.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, monotonic_ns, sleep

from tests.bench.crowd import SAID_MARK, Client, Crowd
from tests.bench.servers import Running

NAME = "prosody"
_STARTING_SECONDS = 20
_SETTINGS = """run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
certificates = "{folder}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
modules_enabled = {{ "saslauth" }}
modules_disabled = {{ "s2s", "tls", "offline", "posix" }}
network_settings = {{ tcp_backlog = 4096 }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
log = {{ error = "{folder}/prosody.log" }}
VirtualHost "localhost"
    authentication = "anonymous"
"""
_OPEN = (
    b"<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams'>"
)
_AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>"
_BIND = b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
_ADDRESS = re.compile(rb"<jid>([^<]+)</jid>")


def is_there() -> bool:
    """Whether this machine has it."""
    return shutil.which(NAME) is not None


@contextmanager
def prosody(folder: Path, port: int) -> Iterator[Running]:
    """The server for the length of a `with`. Raises OSError when it does not answer."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    settings = folder / "prosody.cfg.lua"
    settings.write_text(_SETTINGS.format(folder=folder, port=port), encoding="utf-8")
    began = monotonic()
    environment = {**os.environ, "PROSODY_CONFIG": str(settings)}
    with (folder / "said").open("ab") as said:
        process = subprocess.Popen([NAME, "--config", str(settings), "-F"], env=environment, stdout=said, stderr=said)
        try:
            _wait(port, process)
            yield Running(NAME, port, process.pid, monotonic() - began)
        finally:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + _STARTING_SECONDS
    while monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            sleep(0.005)
    raise OSError(f"{NAME} did not answer")


class Chatters(Crowd):
    """Clients of XMPP (RFC 6120) without a name of their own; each gets an address by which it is written to."""

    def __init__(self, port: int, count: int) -> None:
        super().__init__(port, count)
        self.addresses: dict[int, bytes] = {}

    def greeting(self, number: int) -> bytes:
        """The head of a stream."""
        return _OPEN

    def step(self, client: Client) -> None:
        """Sign in as nobody, open the stream anew, ask for an address."""
        if b"<success" in client.rest:
            client.rest = b""
            client.say(_OPEN)
        elif b"</stream:features>" in client.rest:
            client.say(_BIND if b"xmpp-bind" in client.rest else _AUTH)
            client.rest = b""
        elif found := _ADDRESS.search(client.rest):
            self.addresses[client.number] = found[1]
            client.rest = b""
            self.entered(client)

    async def write(self, count: int, each_second: int) -> None:
        """Client 0 writes `count` messages to the others in turn, so many each second."""
        began = monotonic()
        for number in range(count):
            to = self.addresses[1 + number % (self.count - 1)].decode()
            await asyncio.sleep(max(0.0, began + number / each_second - monotonic()))
            text = f"<message to='{to}' type='chat'><body>{SAID_MARK}{monotonic_ns()};</body></message>"
            self.clients[0].say(text.encode())
