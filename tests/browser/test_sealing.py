"""The browser's script makes and opens the same bytes as `secrecy`: known answers, in a real Chromium."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.house_at_work import Neutral
from voordeur.faces.rendering import smaller
from voordeur.secrecy.envelope import ENVELOPE_SIZES, Context, unseal
from voordeur.secrecy.keyring import grant_context, pair_of, team_context, unwrap, wrap

ROOT = Path(__file__).resolve().parents[2]
FACES = ROOT / "voordeur" / "faces"
ENVELOPES: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "envelope.json").read_text(encoding="utf-8"))
KEYS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "keyring.json").read_text(encoding="utf-8"))
#: The visitors' side carries the script in a page that must stay small.
MOST_BYTES = 2048

OPENED = """async cases => Promise.all(cases.map(one => voordeur.openEnvelope(
  voordeur.fromHex(one.key), one.conversation, one.direction, one.sequence, voordeur.fromBase64(one.envelope)
).then(text => ({ text }), failure => ({ failure: failure.message }))))"""
SEALED = """async cases => Promise.all(cases.map(one => voordeur.sealEnvelope(
  voordeur.fromHex(one.key), one.conversation, one.direction, one.sequence, one.text.repeat(one.times || 1),
  one.nonce ? voordeur.fromHex(one.nonce) : undefined
).then(voordeur.toBase64, failure => ({ failure: failure.message }))))"""


def from_base64(text: str) -> bytes:
    """The bytes of a text in base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def sealing(page: Page, neutral: Neutral) -> Page:
    """A page with the script as it stands inside our pages, and nothing else of ours."""
    page.goto(neutral.url)
    page.add_script_tag(content=smaller((FACES / "sealing.js").read_text(encoding="utf-8")))
    return page


def test_the_script_is_small_enough_for_a_visitor() -> None:
    assert len(smaller((FACES / "sealing.js").read_text(encoding="utf-8")).encode()) < MOST_BYTES


def test_the_browser_seals_the_known_answers(sealing: Page) -> None:
    assert sealing.evaluate(SEALED, ENVELOPES["sealed"]) == [one["envelope"] for one in ENVELOPES["sealed"]]


def test_the_browser_opens_the_known_answers(sealing: Page) -> None:
    opened = sealing.evaluate(OPENED, ENVELOPES["sealed"])
    assert opened == [{"text": one["text"] * one["times"]} for one in ENVELOPES["sealed"]]


@pytest.mark.parametrize("kind", ["broken", "no_text"])
def test_the_browser_opens_nothing_that_is_broken_and_does_not_say_why(sealing: Page, kind: str) -> None:
    said = sealing.evaluate(OPENED, ENVELOPES[kind])
    assert dict(zip((one["name"] for one in ENVELOPES[kind]), said, strict=True)) == {
        one["name"]: {"failure": "broken"} for one in ENVELOPES[kind]
    }


def test_no_flipped_bit_of_an_envelope_opens_in_the_browser(sealing: Page) -> None:
    opened = sealing.evaluate(
        """async one => {
          const key = voordeur.fromHex(one.key), good = voordeur.fromBase64(one.envelope), opened = [];
          for (let bit = 0; bit < good.length * 8; bit += 1) {
            const changed = good.slice();
            changed[bit >> 3] ^= 1 << (bit & 7);
            await voordeur.openEnvelope(key, one.conversation, one.direction, one.sequence, changed)
              .then(() => opened.push(bit), () => 0);
          }
          return opened;
        }""",
        ENVELOPES["sealed"][3],
    )
    assert opened == []


def test_what_the_browser_seals_is_opened_by_the_server(sealing: Page) -> None:
    place = {"key": "0b" * 32, "conversation": "1c" * 16, "direction": "v", "sequence": 3}
    texts = ["", "مرحبا 🙂\n", "x" * 254, "x" * 255, "é" * 8191]
    envelopes = [from_base64(one) for one in sealing.evaluate(SEALED, [place | {"text": text} for text in texts])]
    context = Context(bytes.fromhex("1c" * 16), "v", 3)
    assert [unseal(bytes.fromhex("0b" * 32), context, one).decode() for one in envelopes] == texts
    assert {len(one) for one in envelopes} <= set(ENVELOPE_SIZES)


def test_the_browser_never_seals_twice_with_the_same_nonce(sealing: Page) -> None:
    case = {"key": "0b" * 32, "conversation": "1c" * 16, "direction": "v", "sequence": 3, "text": "same"}
    nonces = [from_base64(one)[2:14] for one in sealing.evaluate(SEALED, [case] * 500)]
    assert len(set(nonces)) == 500


def test_half_a_sign_is_sealed_as_the_sign_for_unknown(sealing: Page) -> None:
    """A lone surrogate has no bytes in UTF-8; the browser's encoder writes U+FFFD."""
    sealed = sealing.evaluate(
        """async () => voordeur.toBase64(await voordeur.sealEnvelope(
             new Uint8Array(32), "0".repeat(32), "v", 1, "a\\ud83d"))"""
    )
    assert unseal(bytes(32), Context(bytes(16), "v", 1), from_base64(sealed)).decode() == "a\ufffd"


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"text": "x" * 16383}, "long"),
        ({"text": "é" * 8192}, "long"),
        ({"key": "0b" * 16}, "place"),
        ({"conversation": "1c" * 15}, "place"),
        ({"conversation": "1C" * 16}, "place"),
        ({"conversation": "1c" * 15 + "1", "direction": "cv"}, "place"),
        ({"direction": ""}, "place"),
        ({"direction": "vd"}, "place"),
        ({"direction": "é"}, "place"),
        ({"sequence": -1}, "place"),
        ({"sequence": 1.5}, "place"),
        ({"sequence": 2**32}, "place"),
        ({"sequence": "1"}, "place"),
    ],
)
def test_what_has_no_place_or_is_too_long_is_not_sealed(sealing: Page, change: dict[str, Any], failure: str) -> None:
    case = {"key": "0b" * 32, "conversation": "1c" * 16, "direction": "v", "sequence": 3, "text": "t"}
    assert sealing.evaluate(SEALED, [case | change]) == [{"failure": failure}]


# ---------------------------------------------------------------- keys of the desk (desk/keyring.js)

PURPOSE = """const purpose = ({ context }) => "team" in context
  ? voordeur.teamContext(context.team) : voordeur.grantContext(context.conversation, context.epoch);
const hex = voordeur.fromHex;"""
WRAPPED = (
    "async cases => {"
    + PURPOSE
    + """
  return Promise.all(cases.map(one => voordeur.wrapKey(hex(one.public), one.payload ? hex(one.payload)
    : new Uint8Array(0), purpose(one), one.fresh && hex(one.fresh))
    .then(voordeur.toHex, failure => ({ failure: failure.name }))));
}"""
)
UNWRAPPED = (
    "async cases => {"
    + PURPOSE
    + """
  return Promise.all(cases.map(async one => voordeur.unwrapKey(await voordeur.holderOf(hex(one.private)),
    one.wrapped ? hex(one.wrapped) : new Uint8Array(0), purpose(one))
    .then(voordeur.toHex, failure => ({ failure: failure.message }))));
}"""
)


@pytest.fixture
def keyring(sealing: Page) -> Page:
    """The same page with the desk's keys."""
    sealing.add_script_tag(content=smaller((FACES / "desk" / "keyring.js").read_text(encoding="utf-8")))
    return sealing


def test_the_browser_wraps_the_known_answers(keyring: Page) -> None:
    assert keyring.evaluate(WRAPPED, KEYS["wrapped"]) == [one["wrapped"] for one in KEYS["wrapped"]]


def test_the_browser_unwraps_the_known_answers(keyring: Page) -> None:
    assert keyring.evaluate(UNWRAPPED, KEYS["wrapped"]) == [one["payload"] for one in KEYS["wrapped"]]


def test_the_browser_makes_the_known_keys_of_plans(keyring: Page) -> None:
    made = keyring.evaluate(
        "async cases => Promise.all(cases.map(async one => "
        "voordeur.toHex(await voordeur.planKey(voordeur.fromHex(one.talk)))))",
        KEYS["plan"],
    )
    assert made == [one["plan"] for one in KEYS["plan"]]


def test_the_browser_unwraps_nothing_that_is_broken_and_does_not_say_why(keyring: Page) -> None:
    said = keyring.evaluate(UNWRAPPED, KEYS["broken"])
    assert dict(zip((one["name"] for one in KEYS["broken"]), said, strict=True)) == {
        one["name"]: {"failure": "broken"} for one in KEYS["broken"]
    }


def test_the_browser_wraps_nothing_for_a_public_key_that_gives_nothing_to_share(keyring: Page) -> None:
    context = {"context": {"team": "eigenweg"}, "payload": "00" * 32}
    said = keyring.evaluate(WRAPPED, [one | context for one in KEYS["small_order"]])
    assert said == [{"failure": "OperationError"}] * len(KEYS["small_order"])


def test_browser_and_server_unwrap_what_the_other_wrapped(keyring: Page) -> None:
    reader = pair_of(b"r" * 32)
    talk = grant_context(b"c" * 16, 3)
    case = {"public": reader.public.hex(), "payload": "ab" * 64, "context": {"conversation": "63" * 16, "epoch": 3}}
    made = [bytes.fromhex(one) for one in keyring.evaluate(WRAPPED, [case, case])]
    assert [unwrap(reader.private, one, talk).hex() for one in made] == ["ab" * 64] * 2 and made[0] != made[1]
    team = wrap(reader.public, b"k" * 32, team_context("sport"))
    back = {"private": reader.private.hex(), "wrapped": team.hex(), "context": {"team": "sport"}}
    assert keyring.evaluate(UNWRAPPED, [back]) == [(b"k" * 32).hex()]


def test_a_private_key_that_is_held_cannot_be_read_out_again(keyring: Page) -> None:
    said = keyring.evaluate(
        """async () => {
          const holder = await voordeur.holderOf(voordeur.newKey());
          const ways = ["raw", "pkcs8", "jwk"].map(way => crypto.subtle.exportKey(way, holder.key)
            .then(() => "read", failure => failure.name));
          return [holder.key.extractable, ...await Promise.all(ways)];
        }"""
    )
    assert said[0] is False and "read" not in said


def test_a_private_key_of_another_length_is_refused(keyring: Page) -> None:
    said = keyring.evaluate(
        "async () => Promise.all([0, 31, 33].map(size => voordeur.holderOf(new Uint8Array(size))"
        ".then(() => 'held', failure => failure.message)))"
    )
    assert said == ["broken"] * 3


OWN = """async ({ own, phrase }) => {
  const hex = voordeur.fromHex, kept = { sealed: hex(own.sealed), salt: hex(own.salt), rounds: own.rounds };
  return voordeur.openOwn(kept, phrase).then(voordeur.toHex, failure => failure.message);
}"""


def test_the_own_key_is_sealed_as_it_is_known(keyring: Page) -> None:
    sealed = keyring.evaluate(
        """async own => {
          const hex = voordeur.fromHex;
          const made = await voordeur.sealOwn(hex(own.private), own.phrase, hex(own.salt), hex(own.nonce));
          return [voordeur.toHex(made.sealed), voordeur.toHex(made.salt), made.rounds];
        }""",
        KEYS["own"],
    )
    assert sealed == [KEYS["own"]["sealed"], KEYS["own"]["salt"], KEYS["own"]["rounds"]]


@pytest.mark.parametrize("typed", [KEYS["own"]["phrase"], *KEYS["own"]["typed"]])
def test_the_own_key_opens_however_the_phrase_is_typed(keyring: Page, typed: str) -> None:
    assert keyring.evaluate(OWN, {"own": KEYS["own"], "phrase": typed}) == KEYS["own"]["private"]


@pytest.mark.parametrize("typed", KEYS["own"]["wrong"])
def test_another_phrase_does_not_open_the_own_key(keyring: Page, typed: str) -> None:
    assert keyring.evaluate(OWN, {"own": KEYS["own"], "phrase": typed}) == "broken"


@pytest.mark.parametrize(
    "change",
    [
        {"rounds": 599_999},
        {"rounds": 0},
        {"rounds": 10_000_001},
        {"rounds": "600000x"},
        {"rounds": None},
        {"salt": "00" * 16},
        {"sealed": "00" * 60},
        {"sealed": "00"},
        {"sealed": "ff" + KEYS["own"]["sealed"][2:]},
        {"sealed": KEYS["own"]["sealed"][:-2]},
        {"sealed": KEYS["own"]["sealed"] + "00"},
    ],
    ids=str,
)
def test_an_own_key_that_was_changed_or_made_weak_does_not_open(keyring: Page, change: dict[str, Any]) -> None:
    assert keyring.evaluate(OWN, {"own": KEYS["own"] | change, "phrase": KEYS["own"]["phrase"]}) == "broken"


def test_a_new_phrase_has_eight_words_and_every_word_comes_as_often(keyring: Page) -> None:
    words = [f"w{number}" for number in range(2048)]
    phrases = keyring.evaluate("words => Array.from({ length: 4096 }, () => voordeur.newPhrase(words))", words)
    assert {len(one) for one in phrases} == {8} and len({tuple(one) for one in phrases}) == 4096
    counts = Counter(word for one in phrases for word in one)
    assert set(counts) <= set(words)
    spread = sum((counts[word] - 16) ** 2 / 16 for word in words)
    assert 1700 < spread < 2400  # chi-squared with 2047 degrees of freedom: 5.5 standard deviations either way


@pytest.mark.parametrize("words", [[], ["a"] * 2048, [f"w{number}" for number in range(2047)]], ids=len)
def test_no_phrase_is_made_of_a_list_that_is_not_whole(keyring: Page, words: list[str]) -> None:
    said = keyring.evaluate(
        "words => { try { return voordeur.newPhrase(words); } catch (failure) { return failure.message; } }", words
    )
    assert said == "words"
