"""Going on, in tests of the visitors' side: a partner with a key, and what desk and partner do, by records' actions."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.faces.visit import desk_side
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import queries as talks
from voordeur.records.conversations.actions import NewMessage
from voordeur.records.handovers import actions, partner, queries
from voordeur.records.handovers.label import HandoverLabel
from voordeur.records.handovers.models import Handover
from voordeur.records.staff import actions as staff_actions
from voordeur.records.staff.models import Staff, Team
from voordeur.rules.handover import HandoverActor, load_limits
from voordeur.secrecy.envelope import Context, seal, unseal
from voordeur.secrecy.keyring import pair_of, parcel_context, unwrap
from voordeur.vocabulary import ContactWay, Direction, StaffRole

LIMITS = load_limits(Path(__file__).parents[3] / "content" / "handover" / "limits.toml")
PARTNER = pair_of(bytes(range(1, 33)))
ORGANIZATION = "fier"
PARTS = {"story": "Dit gebeurde er.", "need": "Een veilige plek."}


def opens() -> None:
    """The partner's team with its key, and Fenna, who works there."""
    moment = datetime.now(UTC)
    team = staff_actions.add_team(slug=ORGANIZATION, name="Fier")
    Team.objects.filter(slug=ORGANIZATION).update(public_key=PARTNER.public, organization=ORGANIZATION)
    fenna = staff_actions.add_staff(name="fenna", shown_name="Fenna", languages=["nl"], moment=moment).staff
    staff_actions.add_member(staff=fenna, team=team, role=StaffRole.RESPONDER, moment=moment)


def label(handover: str) -> HandoverLabel:
    """What is kept of a hand-over."""
    return queries.view(Handover.objects.get(pk=handover), server_key()).label


def drafts(conversation: str, organization: str = ORGANIZATION) -> str:
    """Sam begins a proposal; its id."""
    desk_side.picks_up(conversation)
    moment = datetime.now(UTC)
    made = actions.draft(
        conversation_id=conversation, staff_id=desk_side.sam(), organization=organization, service="service",
        team=ORGANIZATION if organization == ORGANIZATION else "", until=moment.date() + timedelta(days=30),
        moment=moment, limits=LIMITS, server_key=server_key(),
    )  # fmt: skip
    return made.id


def proposes(conversation: str, parts: Mapping[str, str] = PARTS) -> str:
    """Sam drafts, sends the paper and asks; the id of the hand-over."""
    handover = drafts(conversation)
    held = desk_side.held(conversation)
    rows = [{"key": key, "title": key.title(), "text": text} for key, text in parts.items()]
    said = {"t": "", "kind": "proposal", "ref": handover, "parts": rows}
    sequence = talks.next_sequence(conversation, Direction.PAPER)
    envelope = seal(
        desk_side._keys(conversation)[held.epoch][:32], Context(held.raw_id, Direction.PAPER, sequence),
        json.dumps(said).encode(),
    )  # fmt: skip
    conversations.write(
        conversation_id=conversation,
        message=NewMessage(Direction.PAPER, secrets.token_bytes(16), sequence, held.epoch, envelope),
        kept_until=(datetime.now(UTC) + timedelta(days=2)).date(), moment=datetime.now(UTC), server_key=server_key(),
        writer_id=desk_side.sam(),
    )  # fmt: skip
    actions.ask(handover_id=handover, staff_id=desk_side.sam(), moment=datetime.now(UTC), server_key=server_key())
    return handover


def key_of(handover: str) -> bytes:
    """The parcel's key, as the partner's team opens it."""
    parcel = queries.parcel_of(handover)
    assert parcel is not None and parcel.for_partner is not None
    return unwrap(PARTNER.private, parcel.for_partner, parcel_context(bytes.fromhex(handover)))


def has(handover: str) -> dict[str, str]:
    """The text that the partner can read."""
    parcel = queries.parcel_of(handover)
    assert parcel is not None
    said = json.loads(unseal(key_of(handover), Context(bytes.fromhex(handover), "o", 1), parcel.envelope))
    return {one["key"]: one["text"] for one in said["parts"]}


def sealed(handover: str, key: bytes, text: str, number: int) -> bytes:
    """A question or a word of the partner's."""
    return seal(key, Context(bytes.fromhex(handover), "q", number), json.dumps({"t": text}).encode())


def remarks(handover: str, key: bytes) -> list[str]:
    """Every question and answer, opened."""
    return [
        json.loads(unseal(key, Context(bytes.fromhex(handover), "q", one.number), one.envelope))["t"]
        for one in queries.remarks_of(handover)
    ]


def asks(handover: str, text: str, number: int | None = None) -> None:
    """The partner asks the visitor something."""
    number = number or len(queries.remarks_of(handover)) + 1
    partner.ask_question(
        handover_id=handover, envelope=sealed(handover, key_of(handover), text, number), number=number,
        moment=datetime.now(UTC), server_key=server_key(),
    )  # fmt: skip


def declines(handover: str, word: str) -> None:
    """The partner says no, with a word."""
    number = len(queries.remarks_of(handover)) + 1
    actions.decline(
        handover_id=handover, by=HandoverActor.PARTNER, reason="no_place", might="",  # type: ignore[arg-type]
        word=sealed(handover, key_of(handover), word, number), word_number=number, moment=datetime.now(UTC),
        server_key=server_key(),
    )  # fmt: skip


def accepts_and_joins(handover: str) -> None:
    """The partner says yes, and Fenna comes in."""
    moment = datetime.now(UTC)
    given: dict[str, Any] = {"moment": moment, "server_key": server_key(), "handover_id": handover}
    actions.accept(
        **given, by=HandoverActor.PARTNER, at=moment, way=ContactWay.HERE, rule=None, says_code_word=False,
        hangs_up_for_others=False,
    )  # fmt: skip
    partner.join(**given, staff_id=int(Staff.objects.get(name="fenna").pk))
