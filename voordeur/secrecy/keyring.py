"""Keys of conversations, people and teams: make, wrap for a reader, unwrap; and the key of the server itself.

A conversation's key of one epoch is wrapped once for each reader (visitor, team, person, escrow): a sealed box of
X25519 with a fresh key (RFC 7748), HKDF-SHA256 (RFC 5869) and AES-256-GCM. Layout of a wrapped key: "W", version 1,
fresh public key (32 bytes), ciphertext, tag (16 bytes). The box is for one purpose only: its context is bound.

The server's key stands outside the database. It hides what a queue needs to know (labels) and turns names of people
and teams into tags, so that the database alone tells neither. It opens no text.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
TAG_BYTES = 16
_HEAD = b"W\x01"
_NO_NONCE = bytes(12)  # every box has a key of its own, used once


class KeyDoesNotFit(ValueError):
    """This wrapped key is not for this reader or not for this purpose, or was changed."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An X25519 key pair, each 32 bytes; the private one is not shown."""

    private: bytes = field(repr=False)
    public: bytes


def new_key() -> bytes:
    """A fresh key of 32 bytes."""
    return secrets.token_bytes(KEY_BYTES)


def pair_of(private: bytes) -> Pair:
    """The pair that belongs to a private key of 32 bytes."""
    return Pair(private, X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def new_pair() -> Pair:
    """A fresh pair."""
    return pair_of(secrets.token_bytes(KEY_BYTES))


def grant_context(conversation: bytes, epoch: int) -> bytes:
    """The purpose of a wrapped key of a conversation: which one (16 bytes), which epoch."""
    return b"grant\0" + conversation + epoch.to_bytes(4, "big")


def parcel_context(handover: bytes) -> bytes:
    """The purpose of the wrapped key of what a visitor agreed to hand over: which hand-over (16 bytes)."""
    return b"parcel\0" + handover


def plan_key(talk_key: bytes) -> bytes:
    """The key of an epoch's plan, from its talk key: who may read the plan alone gets this one, and no way back."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"voordeur plan 1").derive(talk_key)


def team_context(team: str) -> bytes:
    """The purpose of a team's private key that is wrapped for a member."""
    return b"team\0" + team.encode()


def _box_key(shared: bytes, fresh: bytes, public: bytes, context: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=fresh + public, info=b"voordeur wrap 1\0" + context).derive(shared)


def wrap(public: bytes, payload: bytes, context: bytes, fresh: bytes | None = None) -> bytes:
    """`payload` for the holder of the private key of `public`. A `fresh` key is given by known-answer tests only."""
    own = X25519PrivateKey.from_private_bytes(fresh or secrets.token_bytes(KEY_BYTES))
    own_public = own.public_key().public_bytes_raw()
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:  # a public key of small order gives nothing to share
        raise KeyDoesNotFit("this public key cannot be used") from None
    key = _box_key(shared, own_public, public, context)
    return _HEAD + own_public + AESGCM(key).encrypt(_NO_NONCE, payload, _HEAD + context)


def unwrap(private: bytes, wrapped: bytes, context: bytes) -> bytes:
    """What `wrap` was given. Raises KeyDoesNotFit when anything at all is not as it was wrapped."""
    if len(wrapped) < len(_HEAD) + KEY_BYTES + 16 or wrapped[:2] != _HEAD:
        raise KeyDoesNotFit("this wrapped key cannot be opened")
    own = X25519PrivateKey.from_private_bytes(private)
    fresh = wrapped[2 : 2 + KEY_BYTES]
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(fresh))
        key = _box_key(shared, fresh, own.public_key().public_bytes_raw(), context)
        return AESGCM(key).decrypt(_NO_NONCE, wrapped[2 + KEY_BYTES :], _HEAD + context)
    except (ValueError, InvalidTag):
        raise KeyDoesNotFit("this wrapped key cannot be opened") from None


class ServerKey:
    """What the server knows and the database does not: tags for names, and seals for what a queue needs to know."""

    def __init__(self, secret: bytes) -> None:
        """From a secret of at least 32 bytes that stands outside the database."""
        if len(secret) < KEY_BYTES:
            raise ValueError("a secret of at least 32 bytes is expected")
        self._for_tags = self._derived(secret, b"voordeur tags 1")
        self._sealer = AESGCM(self._derived(secret, b"voordeur labels 1"))
        self.for_codes = self._derived(secret, b"voordeur codes 1")

    @staticmethod
    def _derived(secret: bytes, info: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(secret)

    def __repr__(self) -> str:
        """Nothing of the key."""
        return "ServerKey()"

    def tag(self, kind: str, name: str) -> bytes:
        """16 bytes that stand for this name of this kind; the same each time, and nothing without the key."""
        return hmac.new(self._for_tags, f"{kind}\0{name}".encode(), hashlib.sha256).digest()[:TAG_BYTES]

    def seal(self, label: bytes, context: bytes, size: int) -> bytes:
        """`label`, padded to `size` bytes and sealed for `context`. Raises ValueError when it does not fit."""
        if len(label) + 2 > size:
            raise ValueError(f"a label of at most {size - 2} bytes is expected")
        nonce = secrets.token_bytes(12)
        plain = (len(label).to_bytes(2, "big") + label).ljust(size, b"\0")
        return nonce + self._sealer.encrypt(nonce, plain, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """What `seal` was given. Raises KeyDoesNotFit."""
        try:
            plain = self._sealer.decrypt(sealed[:12], sealed[12:], context)
        except (ValueError, InvalidTag):
            raise KeyDoesNotFit("this label cannot be opened") from None
        return plain[2 : 2 + int.from_bytes(plain[:2], "big")]
