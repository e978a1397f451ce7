"""The pass of a conversation: what its page carries so that the visitor, and nobody else, goes on with it.

It holds the visitor's private key, sealed with a key that lives in the memory of the running system alone and bound
to the address of the visit: after *leave now* it opens nothing, and after a stop of the system neither. It travels in
the body of forms. A second kind, for the address of the frame that grows, does not hold the return code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voordeur.secrecy.return_code import NUMBERS

_FORM = struct.Struct(f">B16s32sI{NUMBERS}H")
_NO_CODE = (0xFFFF,) * NUMBERS
_HEAD = 12
#: For pages, for the address of the frame, and for the pages of somebody who goes along (the id is then theirs).
PAGE, FRAME, ALONG = 1, 2, 3


class PassUnknown(ValueError):
    """This is no pass of ours, or not of this visit, or no longer."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A conversation (16 bytes), the visitor's private key, the place where this sitting began, and the code if any."""

    conversation: bytes
    private: bytes = field(repr=False)
    base: int
    code: tuple[int, ...] | None = field(default=None, repr=False)

    @property
    def conversation_id(self) -> str:
        """The conversation as rows name it."""
        return self.conversation.hex()

    def sealed(self, key: bytes, token: str, kind: int = PAGE) -> str:
        """The pass as text, for the visit with this address only."""
        code = self.code if self.code is not None and kind == PAGE else _NO_CODE
        nonce = secrets.token_bytes(_HEAD)
        plain = _FORM.pack(kind, self.conversation, self.private, self.base, *code)
        return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, plain, token.encode())).decode().rstrip("=")


def read_pass(written: str, key: bytes, token: str, kind: int = PAGE) -> Pass:
    """The pass in a text. Raises PassUnknown."""
    try:
        raw = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
        plain = AESGCM(key).decrypt(raw[:_HEAD], raw[_HEAD:], token.encode())
        found, conversation, private, base, *code = _FORM.unpack(plain)
    except (ValueError, struct.error, InvalidTag):
        raise PassUnknown("this conversation cannot be opened from here") from None
    if found != kind:
        raise PassUnknown("this conversation cannot be opened from here")
    return Pass(conversation, private, base, tuple(code) if tuple(code) != _NO_CODE else None)


def first_pass(key: bytes, token: str, message_id: bytes) -> Pass:
    """The pass of a conversation that begins with this message: pressing twice makes the same one, not two."""
    seed = hmac.new(key, b"conversation\0" + token.encode() + message_id, hashlib.sha512).digest()
    return Pass(seed[:16], seed[16:48], 0)
