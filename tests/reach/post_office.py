"""A real mail server on this machine (aiosmtpd), with encryption and signing in when asked for; it keeps what came."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "voordeur", "geheim woord"
HOST = "127.0.0.1"


class PostOffice:
    """Takes mail for everybody but who is in `unknown`; `mails` holds every byte that came, `greeted` the names said.

    `broken_after`: how many mails it takes before it answers 451 to all others.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        certificate: Path | None = None,
        is_tls: bool = False,
        has_users: bool = False,
        broken_after: int = 1_000_000,
    ) -> None:
        self.mails: list[bytes] = []
        self.receivers: list[str] = []
        self.greeted: list[str] = []
        self.signed_in: list[bool] = []
        self.encrypted: list[bool] = []
        self.unknown: set[str] = set()
        self.callers = 0
        self.broken_after = broken_after
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
        office = self

        class Counting(SMTP):
            """Counts who calls, also who says nothing."""

            def connection_made(self, transport: Any) -> None:
                office.callers += 1
                super().connection_made(transport)

        class Desk(Controller):
            """With the server that counts."""

            def factory(self) -> SMTP:
                return Counting(self.handler, **self.SMTP_kwargs)

        self._controller = Desk(
            self,
            hostname=HOST,
            port=port or free_port(),
            ready_timeout=20,
            ssl_context=context if is_tls else None,
            tls_context=None if is_tls else context,
            require_starttls=context is not None and not is_tls,
            authenticator=self._knows if has_users else None,
            auth_required=has_users,
            auth_require_tls=False,
        )
        self.port: int = self._controller.port

    def open(self) -> PostOffice:
        """Listen."""
        self._controller.start()
        self.callers = 0  # the server calls itself once to see that it listens
        return self

    def close(self) -> None:
        """Listen no more."""
        self._controller.stop(no_assert=True)

    def _knows(self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        is_known = isinstance(given, LoginPassword) and (given.login, given.password) == (
            USER.encode(), PASSWORD.encode(),
        )  # fmt: skip
        return AuthResult(success=is_known, handled=False)

    async def handle_EHLO(  # noqa: N802  (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Remember how the caller calls itself."""
        self.greeted.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a receiver."""
        if address in self.unknown:
            return f"550 no such person: {address}"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail."""
        if len(self.mails) >= self.broken_after:
            return "451 not now"
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.receivers += envelope.rcpt_tos
        self.signed_in.append(bool(session.authenticated))
        self.encrypted.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        return "250 taken"


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


def certificate(folder: Path) -> Path:
    """A certificate for this machine, signed by itself, with its key; in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post office")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "post-office.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file
