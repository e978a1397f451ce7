"""A passkey in software, as a browser would answer for it: makes a key pair, and signs (WebAuthn level 2)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

PRESENT = AuthenticatorData.FLAG.UP
VERIFIED = AuthenticatorData.FLAG.UV
NEW = AuthenticatorData.FLAG.AT


class SoftKey:
    """One passkey of one device. `is_verified`: it was opened with a finger, a face or a PIN."""

    def __init__(self, host: str = "testserver", *, is_verified: bool = True) -> None:
        self.host = host
        self.id = b"soft key of test"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.flags = PRESENT | (VERIFIED if is_verified else 0)
        self.handle = ""

    def makes(self, options: dict[str, Any]) -> str:
        """The answer to being asked for a new passkey."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        made = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(self._host_hash(), self.flags | NEW, 0, made)
        attestation = AttestationObject.create("none", data, {})
        return self._answer(
            clientDataJSON=self._client("webauthn.create", asked["challenge"]), attestationObject=bytes(attestation)
        )

    def signs(self, options: dict[str, Any]) -> str:
        """The answer to being asked who is there."""
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        data = bytes(AuthenticatorData.create(self._host_hash(), self.flags, 1))
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=self.handle)

    def _host_hash(self) -> bytes:
        return hashlib.sha256(self.host.encode()).digest()

    def _client(self, kind: str, challenge: str) -> bytes:
        return bytes(CollectedClientData.create(kind, challenge, f"https://{self.host}"))

    def _answer(self, **response: bytes | str) -> str:
        written = {name: one if isinstance(one, str) else websafe_encode(one) for name, one in response.items()}
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "response": written,
                "clientExtensionResults": {},
            }
        )
