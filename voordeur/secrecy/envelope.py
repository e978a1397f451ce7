"""One sealed text: version, a fresh nonce, AES-256-GCM over a text padded to one of a few sizes, with bound context.

The context (which conversation, which way, which one in order) is not stored in the envelope but must be the same on
opening: an envelope put in another place does not open. Layout: "V", version 1, nonce (12 bytes), ciphertext, tag
(16 bytes). Plaintext: length of the text (2 bytes, big-endian), the text, zeros. The browser's script (faces) makes
and opens the same bytes; `tests/vectors/envelope.json` holds known answers for both. NIST SP 800-38D; random nonces
are safe here: a key seals a few thousand texts at most.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
HEAD = b"V\x01"
NONCE_BYTES = 12
KEY_BYTES = 32
CONVERSATION_BYTES = 16
#: Lengths of the padded plaintext, and with them the only lengths of an envelope.
SIZES = (256, 1024, 4096, 16384)
_AROUND = len(HEAD) + NONCE_BYTES + 16
ENVELOPE_SIZES = tuple(size + _AROUND for size in SIZES)
#: The longest text that fits, in bytes of UTF-8.
LONGEST = SIZES[-1] - 2
_BOUND = b"voordeur envelope 1\0"


class EnvelopeBroken(ValueError):
    """This is no envelope of ours, or not for this key and place. It does not say which, on purpose."""


class TextTooLong(ValueError):
    """The text does not fit in the largest envelope."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where an envelope belongs: conversation (16 bytes), direction (one letter), and its number, from 1, that way."""

    conversation: bytes
    direction: str
    sequence: int

    def bound(self) -> bytes:
        """The bytes that are authenticated with the text."""
        if len(self.conversation) != CONVERSATION_BYTES or len(self.direction) != 1 or not self.direction.isascii():
            raise ValueError("a conversation of 16 bytes and a direction of one letter are expected")
        return _BOUND + self.conversation + self.direction.encode("ascii") + self.sequence.to_bytes(4, "big")


def padded(text: bytes) -> bytes:
    """Length, text and zeros, in the smallest size that fits. Raises TextTooLong."""
    for size in SIZES:
        if len(text) + 2 <= size:
            return (len(text).to_bytes(2, "big") + text).ljust(size, b"\0")
    raise TextTooLong(f"a text of at most {LONGEST} bytes is expected")


def seal(key: bytes, context: Context, text: bytes, nonce: bytes | None = None) -> bytes:
    """The envelope with `text`, under a key of 32 bytes. A `nonce` is given by known-answer tests only.

    Raises TextTooLong.
    """
    nonce = secrets.token_bytes(NONCE_BYTES) if nonce is None else nonce
    return HEAD + nonce + AESGCM(key).encrypt(nonce, padded(text), HEAD + context.bound())


def unseal(key: bytes, context: Context, envelope: bytes) -> bytes:
    """The text in an envelope. Raises EnvelopeBroken when anything at all is not as it was sealed."""
    if len(envelope) not in ENVELOPE_SIZES or envelope[:2] != HEAD:
        raise EnvelopeBroken("this envelope cannot be opened")
    start = len(HEAD) + NONCE_BYTES
    try:
        plain = AESGCM(key).decrypt(envelope[len(HEAD) : start], envelope[start:], HEAD + context.bound())
    except InvalidTag:
        raise EnvelopeBroken("this envelope cannot be opened") from None
    length = int.from_bytes(plain[:2], "big")
    if length > len(plain) - 2 or any(plain[2 + length :]):
        raise EnvelopeBroken("this envelope cannot be opened")
    return plain[2 : 2 + length]


def is_envelope(given: bytes) -> bool:
    """Whether these bytes have the form of an envelope; what it holds is not known."""
    return len(given) in ENVELOPE_SIZES and given[:2] == HEAD
