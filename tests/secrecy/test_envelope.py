"""Envelopes: what is sealed comes back, in its place and nowhere else, and its size tells next to nothing."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from voordeur.secrecy.envelope import (
    ENVELOPE_SIZES,
    HEAD,
    LONGEST,
    SIZES,
    Context,
    EnvelopeBroken,
    TextTooLong,
    is_envelope,
    padded,
    seal,
    unseal,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "envelope.json").read_text(encoding="utf-8")
)
KEY = bytes(range(32))
HERE = Context(b"c" * 16, "v", 1)

keys = st.binary(min_size=32, max_size=32)
places = st.builds(
    Context, st.binary(min_size=16, max_size=16), st.sampled_from("vdwnf"), st.integers(0, 2**32 - 1)
)  # fmt: skip
texts = st.one_of(st.binary(max_size=300), st.integers(0, LONGEST).map(lambda length: b"x" * length))


def from_base64(text: str) -> bytes:
    """The bytes of a text in base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def place_of(one: dict[str, Any]) -> Context:
    """Where a known answer belongs."""
    return Context(bytes.fromhex(one["conversation"]), one["direction"], one["sequence"])


def names(kind: str) -> pytest.MarkDecorator:
    """The known answers of a kind, each under its own name."""
    return pytest.mark.parametrize("one", VECTORS[kind], ids=lambda one: one["name"])


# ---------------------------------------------------------------- known answers


@names("sealed")
def test_a_text_is_sealed_as_it_is_known(one: dict[str, Any]) -> None:
    text, nonce = (one["text"] * one["times"]).encode(), bytes.fromhex(one["nonce"])
    assert seal(bytes.fromhex(one["key"]), place_of(one), text, nonce) == from_base64(one["envelope"])


@names("sealed")
def test_a_known_envelope_opens_to_its_text(one: dict[str, Any]) -> None:
    text = unseal(bytes.fromhex(one["key"]), place_of(one), from_base64(one["envelope"]))
    assert text.decode() == one["text"] * one["times"]


@names("broken")
def test_what_is_broken_does_not_open(one: dict[str, Any]) -> None:
    with pytest.raises(EnvelopeBroken, match=r"^this envelope cannot be opened$"):
        unseal(bytes.fromhex(one["key"]), place_of(one), from_base64(one["envelope"]))


@names("no_text")
def test_bytes_that_are_no_text_come_back_as_they_were(one: dict[str, Any]) -> None:
    opened = unseal(bytes.fromhex(one["key"]), place_of(one), from_base64(one["envelope"]))
    assert opened == bytes.fromhex(one["bytes"])


def test_the_known_answers_cover_every_size_and_both_sides_of_each_border() -> None:
    lengths = {len((one["text"] * one["times"]).encode()) for one in VECTORS["sealed"]}
    assert {one["size"] for one in VECTORS["sealed"]} == set(SIZES)
    assert lengths >= {0, *(size - 2 for size in SIZES), *(size - 1 for size in SIZES[:-1])}


def test_the_layout_is_the_one_that_is_described() -> None:
    """Made here from the description alone, without the module's own steps."""
    nonce, text = bytes(range(12)), b"hoi"
    bound = b"V\x01" + b"voordeur envelope 1\0" + b"c" * 16 + b"w" + bytes([0, 1, 0, 2])
    plain = bytes([0, 3]) + text + bytes(251)
    made = b"V\x01" + nonce + AESGCM(KEY).encrypt(nonce, plain, bound)
    assert seal(KEY, Context(b"c" * 16, "w", 65538), text, nonce) == made


# ---------------------------------------------------------------- there and back


@given(key=keys, place=places, text=texts)
def test_what_is_sealed_comes_back_in_one_of_the_sizes(key: bytes, place: Context, text: bytes) -> None:
    envelope = seal(key, place, text)
    assert unseal(key, place, envelope) == text
    assert len(envelope) in ENVELOPE_SIZES and is_envelope(envelope)
    assert len(envelope) == min(size for size in ENVELOPE_SIZES if size >= len(text) + 32)


@pytest.mark.parametrize("size", SIZES)
def test_every_length_within_a_size_gives_the_same_length(size: int) -> None:
    smallest = 0 if size == SIZES[0] else SIZES[SIZES.index(size) - 1] - 1
    assert {len(padded(b"x" * length)) for length in range(smallest, size - 1)} == {size}


def test_a_text_that_is_too_long_is_refused() -> None:
    assert unseal(KEY, HERE, seal(KEY, HERE, b"x" * LONGEST)) == b"x" * LONGEST
    with pytest.raises(TextTooLong):
        seal(KEY, HERE, b"x" * (LONGEST + 1))


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    made = [seal(KEY, HERE, b"same") for _ in range(1000)]
    assert len({one[2:14] for one in made}) == 1000
    assert len({one[14:] for one in made}) == 1000


@pytest.mark.parametrize(
    "place",
    [
        Context(b"c" * 15, "v", 1), Context(b"c" * 17, "v", 1), Context(b"c" * 16, "", 1), Context(b"c" * 16, "vd", 1),
        Context(b"c" * 16, "é", 1), Context(b"c" * 15, "cv", 1),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_refused(place: Context) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        seal(KEY, place, b"")


@pytest.mark.parametrize("sequence", [-1, 2**32])
def test_a_number_that_does_not_fit_is_refused(sequence: int) -> None:
    with pytest.raises(OverflowError):
        seal(KEY, Context(b"c" * 16, "v", sequence), b"")


# ---------------------------------------------------------------- attacks


@pytest.mark.parametrize("size", SIZES)
def test_no_flipped_bit_goes_unseen(size: int) -> None:
    """Each bit in the smallest envelope; in the others each bit of both ends and one bit of each byte between."""
    envelope = seal(KEY, HERE, b"x" * (size - 2))
    bits = [bit for bit in range(len(envelope) * 8) if bit % 8 == 3 or not 512 < bit < len(envelope) * 8 - 512]
    opened = []
    for bit in bits if size > SIZES[0] else range(len(envelope) * 8):
        changed = bytearray(envelope)
        changed[bit >> 3] ^= 1 << (bit & 7)
        try:
            unseal(KEY, HERE, bytes(changed))
        except EnvelopeBroken:
            continue
        opened.append(bit)
    assert opened == []


@given(place=places, other=places, text=st.binary(max_size=40))
def test_an_envelope_opens_in_its_own_place_only(place: Context, other: Context, text: bytes) -> None:
    envelope = seal(KEY, place, text)
    for elsewhere in (
        other,
        Context(other.conversation, place.direction, place.sequence),
        Context(place.conversation, other.direction, place.sequence),
        Context(place.conversation, place.direction, other.sequence),
    ):
        if elsewhere != place:
            with pytest.raises(EnvelopeBroken):
                unseal(KEY, elsewhere, envelope)


def test_places_that_run_into_each_other_are_bound_to_different_bytes() -> None:
    """Every part has a fixed length, so no two places share their bytes."""
    ids = [bytes(16), bytes(15) + b"v", b"v" + bytes(15)]
    made = {Context(one, way, nth).bound() for one in ids for way in "vdwnf" for nth in (0, 1, 118, 2**32 - 1)}
    assert len(made) == 3 * 5 * 4


@given(key=keys, other=keys)
def test_another_key_opens_nothing(key: bytes, other: bytes) -> None:
    if key != other:
        with pytest.raises(EnvelopeBroken):
            unseal(other, HERE, seal(key, HERE, b"t"))


@given(cut=st.integers(1, 300), more=st.binary(min_size=1, max_size=800))
def test_an_envelope_that_is_shorter_or_longer_does_not_open(cut: int, more: bytes) -> None:
    envelope = seal(KEY, HERE, b"t")
    for changed in (envelope[:-cut], envelope[cut:], envelope + more, more + envelope):
        with pytest.raises(EnvelopeBroken):
            unseal(KEY, HERE, changed)


@settings(max_examples=300)
@given(given_bytes=st.one_of(
    st.binary(max_size=400), st.sampled_from(ENVELOPE_SIZES).map(lambda size: HEAD + bytes(size - 2))
))  # fmt: skip
def test_no_bytes_at_all_raise_anything_but_envelope_broken(given_bytes: bytes) -> None:
    with pytest.raises(EnvelopeBroken):
        unseal(KEY, HERE, given_bytes)


@given(
    plain=st.one_of(
        st.binary(min_size=256, max_size=256),
        st.binary(max_size=254).map(padded),
        st.builds(
            lambda length, text: length.to_bytes(2, "big") + text.ljust(254, b"\0"),
            st.integers(0, 300),
            st.binary(max_size=254),
        ),
    )
)
def test_bytes_sealed_by_a_holder_of_the_key_open_only_when_they_are_padded_as_told(plain: bytes) -> None:
    """Somebody who holds the key but not our program cannot hide bytes behind the text."""
    envelope = HEAD + bytes(12) + AESGCM(KEY).encrypt(bytes(12), plain, HEAD + HERE.bound())
    length = int.from_bytes(plain[:2], "big")
    if length <= 254 and not any(plain[2 + length :]):
        assert unseal(KEY, HERE, envelope) == plain[2 : 2 + length]
    else:
        with pytest.raises(EnvelopeBroken):
            unseal(KEY, HERE, envelope)


def test_the_form_of_an_envelope_is_known_without_a_key() -> None:
    good = seal(KEY, HERE, b"t")
    assert is_envelope(good)
    assert not any(map(is_envelope, (b"", HEAD, good[:-1], good + b"\0", b"W" + good[1:], b"V\x02" + good[2:])))
