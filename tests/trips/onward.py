"""What people do on the way to another organisation, over plain HTTP: propose, agree, decline, accept, join, take back.

Each step is what a button of a page or the desk's script sends.
"""

from __future__ import annotations

import html
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.trips.professional import Held, Professional
from tests.trips.visitor import CODE_AGAIN_SECONDS, PATIENCE_SECONDS, Visitor, as_bytes, as_text
from voordeur.secrecy.envelope import Context, seal, unseal
from voordeur.secrecy.keyring import parcel_context, unwrap

_HANDOVER = re.compile(r'value="talk:(?:ask|given|back):([0-9a-f]{32})"')


def proposes(held: Held, organization: str, parts: Mapping[str, str], *, days: int = 30) -> str:
    """Draft, send the paper, ask; the id of the hand-over."""
    by = held.by
    found = by.gets(
        "partners_found",
        id=held.id,
        situation={"role": "victim", "violence": ["partner_violence"], "language": "nl", "place": "Leeuwarden"},
    )
    one = next(one for one in found["partners"] if one["organization"] == organization)
    assert one["why"] and one["has_desk"] in (True, False)
    until = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    made = by.gets("handover_draft", id=held.id, organization=organization, service=one["service"], until=until)
    written = [{"key": key, "title": key.title(), "text": text} for key, text in parts.items()]
    held.says("", "h", kind="proposal", ref=made["handover"], parts=written)
    by.gets("handover_ask", id=held.id, handover=made["handover"])
    return str(made["handover"])


def asked_of(visitor: Visitor) -> list[str]:
    """The hand-overs on the page of where things stand, in its order."""
    page = visitor.presses("talk:standing")
    return list(dict.fromkeys(_HANDOVER.findall(page.text)))


def texts_on(page_text: str) -> dict[str, str]:
    """The parts that a page shows in its boxes, by their key."""
    found = re.findall(r'<textarea id="text-([a-z]+)"[^>]*>(.*?)</textarea>', page_text, re.DOTALL)
    return {key: html.unescape(text) for key, text in found}


def agrees(
    visitor: Visitor,
    handover: str,
    *,
    keep: Sequence[str],
    change: Mapping[str, str] | None = None,
    may_join: bool = True,
) -> str:
    """Yes, to these parts, and to somebody of theirs in the conversation or not; the page that follows."""
    page = visitor.presses(f"talk:ask:{handover}")
    parts = {**texts_on(page.text), **(change or {})}
    until = re.search(r'name="until" value="([0-9-]+)"', page.text)
    assert parts and until, page.text[-3000:]
    fields = {f"text-{key}": text for key, text in parts.items()} | {f"in-{key}": "1" for key in keep}
    fields |= {"join": "1"} if may_join else {}
    return visitor.presses(f"talk:yes:{handover}", until=until[1], **fields).text


def brings_along(visitor: Visitor, kind: str, *, may_read: bool) -> tuple[str, str]:
    """A code for somebody who goes along: its words and its digits. Codes are slow to make, so asking is slowed."""
    until = time.monotonic() + PATIENCE_SECONDS
    allowed = {"may_read": "1"} if may_read else {}
    while visitor.presses("talk:along") and visitor.presses("talk:along-make", kind=kind, **allowed).status != 200:
        assert time.monotonic() < until, visitor.page.text[-3000:]
        time.sleep(CODE_AGAIN_SECONDS)
    return visitor.page.code


def offers(partner: Professional) -> list[dict[str, Any]]:
    """What a partner's inbox shows."""
    found: list[dict[str, Any]] = partner.gets("handed")["offers"]
    return found


class Offer:
    """One offer in the hands of a partner."""

    def __init__(self, by: Professional, handover: str) -> None:
        self.by, self.id = by, handover
        self.told = by.gets("offer", handover=handover)
        team = str(self.told["partner_team"])
        sealed = as_bytes(self.told["parcel"]["for_partner"])
        self.key = unwrap(by.team_keys[team], sealed, parcel_context(bytes.fromhex(handover)))

    @property
    def parts(self) -> dict[str, str]:
        """The agreed text, opened."""
        context = Context(bytes.fromhex(self.id), "o", 1)
        said = json.loads(unseal(self.key, context, as_bytes(self.told["parcel"]["envelope"])))
        return {one["key"]: one["text"] for one in said["parts"]}

    def remarks(self) -> list[str]:
        """What was asked and answered, opened."""
        self.told = self.by.gets("offer", handover=self.id)
        return [
            json.loads(
                unseal(self.key, Context(bytes.fromhex(self.id), "q", one["number"]), as_bytes(one["envelope"]))
            )["t"]
            for one in self.told["remarks"]
        ]

    def sealed(self, text: str, number: int) -> str:
        """A remark under the key of the text."""
        context = Context(bytes.fromhex(self.id), "q", number)
        return as_text(seal(self.key, context, json.dumps({"t": text, "by": self.by.sign_in.shown}).encode()))

    def asks(self, text: str) -> None:
        """A question to the visitor."""
        number = len(self.told["remarks"]) + 1
        sealed, behind = self.sealed(text, number), self.sealed(text, number + 1)
        status, told = self.by.ask("offer_ask", handover=self.id, number=number + 1, envelope=behind)
        assert (status, told["next"]) == (409, number), "sealed for another number it would open for nobody"
        self.by.gets("offer_ask", handover=self.id, number=number, envelope=sealed)

    def declines(self, reason: str, word: str, might: str = "") -> None:
        """No, with a reason."""
        number = len(self.told["remarks"]) + 1
        said = {"might": might} if might else {}
        sealed = self.sealed(word, number)
        self.by.gets("offer_decline", handover=self.id, reason=reason, number=number, word=sealed, **said)

    def accepts(self, way: str = "here", *, hours: float = 1) -> tuple[int, dict[str, Any]]:
        """Yes, with a moment and a way."""
        at = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        return self.by.ask(
            "offer_accept", handover=self.id, at=at, way=way, says_code_word=False, hangs_up_for_others=False
        )

    def joins(self, owner: Held) -> Held:
        """Ask to come in; who holds the conversation lets in with the next keys."""
        joined = self.by.gets("offer_join", handover=self.id)
        owner.material = owner.by.gets("open", id=owner.id)
        assert owner.renews_keys()
        return self.by.opens(str(joined["conversation"]))


def new_message_id() -> str:
    """As the desk's script makes them."""
    return as_text(secrets.token_bytes(16))
