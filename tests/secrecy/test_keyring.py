"""Keys: a wrapped key opens for its reader and purpose only; the server's key tells names apart and opens no text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from voordeur.secrecy.keyring import (
    KeyDoesNotFit,
    Pair,
    ServerKey,
    grant_context,
    new_key,
    new_pair,
    pair_of,
    plan_key,
    team_context,
    unwrap,
    wrap,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "keyring.json").read_text(encoding="utf-8")
)
READER = pair_of(bytes(range(32)))
PURPOSE = grant_context(b"c" * 16, 1)
SERVER = ServerKey(b"s" * 32)

keys = st.binary(min_size=32, max_size=32)
pairs = keys.map(pair_of)
purposes = st.one_of(
    st.builds(grant_context, st.binary(min_size=16, max_size=16), st.integers(0, 2**32 - 1)),
    st.builds(team_context, st.text(max_size=20).filter(lambda text: text.isprintable())),
)


def purpose_of(one: dict[str, Any]) -> bytes:
    """The context of a known answer."""
    told = one["context"]
    return (
        team_context(told["team"])
        if "team" in told
        else grant_context(bytes.fromhex(told["conversation"]), told["epoch"])
    )


def names(kind: str) -> pytest.MarkDecorator:
    """The known answers of a kind, each under its own name."""
    return pytest.mark.parametrize("one", VECTORS[kind], ids=lambda one: one["name"])


# ---------------------------------------------------------------- known answers


@names("wrapped")
def test_a_key_is_wrapped_and_unwrapped_as_it_is_known(one: dict[str, Any]) -> None:
    payload, wrapped = bytes.fromhex(one["payload"]), bytes.fromhex(one["wrapped"])
    public, private = bytes.fromhex(one["public"]), bytes.fromhex(one["private"])
    assert pair_of(private).public == public
    assert wrap(public, payload, purpose_of(one), bytes.fromhex(one["fresh"])) == wrapped
    assert unwrap(private, wrapped, purpose_of(one)) == payload


@names("plan")
def test_the_key_of_a_plan_is_the_one_that_is_known(one: dict[str, Any]) -> None:
    assert plan_key(bytes.fromhex(one["talk"])).hex() == one["plan"]


@names("broken")
def test_a_wrapped_key_that_is_broken_does_not_open(one: dict[str, Any]) -> None:
    with pytest.raises(KeyDoesNotFit, match=r"^this wrapped key cannot be opened$"):
        unwrap(bytes.fromhex(one["private"]), bytes.fromhex(one["wrapped"]), purpose_of(one))


@names("small_order")
def test_nothing_is_wrapped_for_a_public_key_that_gives_nothing_to_share(one: dict[str, Any]) -> None:
    with pytest.raises(KeyDoesNotFit, match=r"^this public key cannot be used$"):
        wrap(bytes.fromhex(one["public"]), b"payload", PURPOSE)


def test_the_layout_is_the_one_that_is_described() -> None:
    """Made here from the description alone, without the module's own steps."""
    fresh = X25519PrivateKey.from_private_bytes(b"f" * 32)
    spoken = fresh.public_key().public_bytes_raw()
    shared = fresh.exchange(X25519PublicKey.from_public_bytes(READER.public))
    purpose = b"grant\0" + b"c" * 16 + bytes([0, 1, 0, 2])
    key = HKDF(SHA256(), 32, salt=spoken + READER.public, info=b"voordeur wrap 1\0" + purpose).derive(shared)
    made = b"W\x01" + spoken + AESGCM(key).encrypt(bytes(12), b"payload", b"W\x01" + purpose)
    assert wrap(READER.public, b"payload", grant_context(b"c" * 16, 65538), b"f" * 32) == made


# ---------------------------------------------------------------- there and back


@given(reader=pairs, payload=st.binary(max_size=200), purpose=purposes)
def test_what_is_wrapped_comes_back_to_its_reader(reader: Pair, payload: bytes, purpose: bytes) -> None:
    wrapped = wrap(reader.public, payload, purpose)
    assert unwrap(reader.private, wrapped, purpose) == payload
    assert len(wrapped) == len(payload) + 2 + 32 + 16


def test_the_same_payload_is_never_wrapped_to_the_same_bytes() -> None:
    assert len({wrap(READER.public, b"same", PURPOSE)[2:34] for _ in range(200)}) == 200


def test_fresh_keys_and_pairs_are_never_the_same() -> None:
    assert len({new_key() for _ in range(1000)}) == 1000
    assert len({new_pair().public for _ in range(200)}) == 200
    assert {len(new_key()), len(new_pair().private), len(new_pair().public)} == {32}


def test_a_pair_does_not_show_its_private_key() -> None:
    private = bytes(range(65, 97))
    assert repr(private)[2:-1] not in repr(pair_of(private)) and private.hex() not in repr(pair_of(private))


# ---------------------------------------------------------------- attacks


def test_no_flipped_bit_goes_unseen_but_the_one_that_x25519_does_not_read() -> None:
    """RFC 7748 section 5: the highest bit of a public key is masked. Here it is bound, by the salt of the key."""
    wrapped = wrap(READER.public, new_key() + new_key(), PURPOSE)
    opened = []
    for bit in range(len(wrapped) * 8):
        changed = bytearray(wrapped)
        changed[bit >> 3] ^= 1 << (bit & 7)
        try:
            unwrap(READER.private, bytes(changed), PURPOSE)
        except KeyDoesNotFit:
            continue
        opened.append(bit)
    assert opened == []


@given(reader=pairs, other=pairs, purpose=purposes, elsewhere=purposes)
def test_another_reader_or_purpose_opens_nothing(reader: Pair, other: Pair, purpose: bytes, elsewhere: bytes) -> None:
    wrapped = wrap(reader.public, b"payload", purpose)
    if other.public != reader.public:
        with pytest.raises(KeyDoesNotFit):
            unwrap(other.private, wrapped, purpose)
    if elsewhere != purpose:
        with pytest.raises(KeyDoesNotFit):
            unwrap(reader.private, wrapped, elsewhere)


def test_no_two_purposes_are_the_same_bytes() -> None:
    ids = [bytes(16), b"v" * 16, bytes(15) + b"\1"]
    grants = {grant_context(one, epoch) for one in ids for epoch in (0, 1, 256, 2**32 - 1)}
    teams = {team_context(slug) for slug in ("", "a", "b", "ab", "grant", "é")}
    assert len(grants) == 12 and len(teams) == 6 and not grants & teams


@given(epoch=st.one_of(st.integers(max_value=-1), st.integers(min_value=2**32)))
def test_an_epoch_that_does_not_fit_is_refused(epoch: int) -> None:
    with pytest.raises(OverflowError):
        grant_context(b"c" * 16, epoch)


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda rest: b"W\x01" + rest)))
def test_no_bytes_at_all_raise_anything_but_key_does_not_fit(given_bytes: bytes) -> None:
    with pytest.raises(KeyDoesNotFit):
        unwrap(READER.private, given_bytes, PURPOSE)


# ---------------------------------------------------------------- the server's own key


@pytest.mark.parametrize("size", [0, 16, 31])
def test_a_secret_that_is_too_short_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        ServerKey(b"s" * size)


def test_a_tag_stands_for_one_name_of_one_kind() -> None:
    tags = {
        (kind, name): SERVER.tag(kind, name) for kind in ("team", "staff", "teams") for name in ("1", "2", "", "s\0x")
    }
    assert len(set(tags.values())) == len(tags) and {len(one) for one in tags.values()} == {16}
    assert all(SERVER.tag(*names) == tag for names, tag in tags.items())
    assert not set(tags.values()) & {ServerKey(b"t" * 32).tag(*names) for names in tags}


@given(label=st.binary(max_size=126), context=st.binary(max_size=40))
def test_a_label_comes_back_and_has_one_length(label: bytes, context: bytes) -> None:
    sealed = SERVER.seal(label, context, 128)
    assert SERVER.unseal(sealed, context) == label
    assert len(sealed) == 12 + 128 + 16


def test_a_label_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="126 bytes"):
        SERVER.seal(b"x" * 127, b"", 128)


def test_no_flipped_bit_of_a_label_goes_unseen() -> None:
    sealed, opened = SERVER.seal(b"label", b"here", 32), []
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit >> 3] ^= 1 << (bit & 7)
        try:
            SERVER.unseal(bytes(changed), b"here")
        except KeyDoesNotFit:
            continue
        opened.append(bit)
    assert opened == []


@given(context=st.binary(max_size=20), elsewhere=st.binary(max_size=20), junk=st.binary(max_size=100))
def test_a_label_opens_with_its_key_and_in_its_context_only(context: bytes, elsewhere: bytes, junk: bytes) -> None:
    sealed = SERVER.seal(b"label", context, 32)
    with pytest.raises(KeyDoesNotFit):
        ServerKey(b"t" * 32).unseal(sealed, context)
    with pytest.raises(KeyDoesNotFit):
        SERVER.unseal(junk, context)
    if elsewhere != context:
        with pytest.raises(KeyDoesNotFit):
            SERVER.unseal(sealed, elsewhere)


def test_the_server_key_shows_nothing_of_itself() -> None:
    assert repr(SERVER) == str(SERVER) == "ServerKey()"


def test_the_keys_that_come_from_one_secret_are_not_each_other() -> None:
    assert SERVER.for_codes != ServerKey(b"t" * 32).for_codes and len(SERVER.for_codes) == 32
    with pytest.raises(KeyDoesNotFit):  # the key for codes is not the one for labels
        ServerKey(SERVER.for_codes).unseal(SERVER.seal(b"label", b"", 32), b"")
