"""Going on, in tests of the visitors' side: a partner with a key, and what desk and partner do, by records' actions."""

from __future__ import annotations

import base64
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
from voordeur.records.conversations.readers import WITHOUT_DESK_KEY, readers_due
from voordeur.records.handovers import actions, override, partner, queries
from voordeur.records.handovers.label import HandoverLabel
from voordeur.records.handovers.models import Handover
from voordeur.records.handovers.steps import NewParcel
from voordeur.records.staff import actions as staff_actions
from voordeur.records.staff.models import Staff, Team
from voordeur.rules.handover import HandoverActor, load_limits
from voordeur.secrecy.envelope import Context, seal, unseal
from voordeur.secrecy.keyring import grant_context, new_key, pair_of, parcel_context, plan_key, unwrap, wrap
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
    added = staff_actions.add_staff(name="fenna", shown_name="Fenna", languages=["nl"], moment=moment).staff
    Staff.objects.filter(pk=added.pk).update(public_key=PARTNER.public)
    staff_actions.add_member(staff=added, team=team, role=StaffRole.RESPONDER, moment=moment)


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
    rows = [{"key": key, "title": key.title(), "text": text} for key, text in parts.items()]
    paper(conversation, {"t": "", "kind": "proposal", "ref": handover, "parts": rows})
    actions.ask(handover_id=handover, staff_id=desk_side.sam(), moment=datetime.now(UTC), server_key=server_key())
    return handover


def paper(conversation: str, said: Mapping[str, object], direction: Direction = Direction.PAPER) -> None:
    """Sam writes a paper, or a plan."""
    held = desk_side.held(conversation)
    key = desk_side._keys(conversation)[held.epoch][:32]
    sequence = talks.next_sequence(conversation, direction)
    envelope = seal(
        plan_key(key) if direction is Direction.PLAN else key, Context(held.raw_id, direction, sequence),
        json.dumps(said).encode(),
    )  # fmt: skip
    conversations.write(
        conversation_id=conversation,
        message=NewMessage(direction, secrets.token_bytes(16), sequence, held.epoch, envelope),
        kept_until=(datetime.now(UTC) + timedelta(days=2)).date(), moment=datetime.now(UTC), server_key=server_key(),
        writer_id=desk_side.sam(),
    )  # fmt: skip


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


def parcel(handover: str) -> tuple[bytes, bytes, bytes]:
    """All that lies there of what was agreed, and its mark."""
    row = Handover.objects.get(pk=handover)
    return bytes(row.parcel or b""), bytes(row.parcel_key or b""), bytes(row.consent_mark or b"")


def declines(handover: str, word: str, key: bytes = b"") -> None:
    """The partner says no, with a word."""
    number = len(queries.remarks_of(handover)) + 1
    actions.decline(
        handover_id=handover, by=HandoverActor.PARTNER, reason="no_place", might="",  # type: ignore[arg-type]
        word=sealed(handover, key or key_of(handover), word, number), word_number=number, moment=datetime.now(UTC),
        server_key=server_key(),
    )  # fmt: skip


def fenna() -> Staff:
    """Who works at the partner."""
    return Staff.objects.get(name="fenna")


def accepts(handover: str, way: ContactWay = ContactWay.HERE) -> None:
    """The partner says yes: contact in the conversation, unless said otherwise."""
    moment = datetime.now(UTC)
    actions.accept(
        handover_id=handover, by=HandoverActor.PARTNER, at=moment, way=way, rule=None, says_code_word=False,
        hangs_up_for_others=False, moment=moment, server_key=server_key(),
    )  # fmt: skip


def joins(handover: str) -> None:
    """Fenna asks to come in."""
    partner.join(
        handover_id=handover, staff_id=int(fenna().pk), moment=datetime.now(UTC), server_key=server_key()
    )  # fmt: skip


def lets_in(conversation: str) -> None:
    """Sam's page makes new keys for everybody who is due, Fenna among them."""
    Staff.objects.filter(pk=desk_side.sam()).update(public_key=pair_of(bytes(range(2, 34))).public)
    held, keys, moment = desk_side.held(conversation), new_key() + new_key(), datetime.now(UTC)
    due = readers_due(held, moment, server_key(), queries.guests_and_buddies(conversation, server_key()))
    context = grant_context(held.raw_id, held.epoch + 1)
    conversations.begin_epoch(
        conversation_id=conversation, epoch=held.epoch + 1,
        grants={
            one.tag: wrap(one.public, keys[:32] if one.reason in WITHOUT_DESK_KEY else keys, context) for one in due
        },
        expected={one.tag: one.reason for one in due}, staff_id=desk_side.sam(), server_key=server_key(),
    )  # fmt: skip


def reads_along(conversation: str) -> bool:
    """Whether Fenna holds any key of the conversation."""
    return bool(talks.grants(conversation, [talks.staff_tag(server_key(), int(fenna().pk))]))


def accepts_and_joins(handover: str) -> None:
    """The partner says yes, and Fenna comes in."""
    accepts(handover)
    joins(handover)


def overrides(conversation: str, handover: str, text: str, *, is_untold: bool, is_laid: bool = True) -> bytes:
    """Sam lays a text before a colleague, who signs; its key. Where the visitor is told, it is laid for them first."""
    key, raw, moment = new_key(), bytes.fromhex(handover), datetime.now(UTC)
    rows = [{"key": "happened", "title": "Happened", "text": text}]
    conversations.mark_danger(conversation_id=conversation, server_key=server_key())
    if not is_untold and is_laid:
        lays(conversation, handover, key, text)
    bea = staff_actions.add_staff(name="bea", shown_name="Bea", languages=["nl"], moment=moment).staff
    given: dict[str, Any] = {"handover_id": handover, "moment": moment, "server_key": server_key()}
    reason = seal(key, Context(raw, "q", 1), json.dumps({"t": "because"}).encode())
    override.ask_override(
        **given, staff_id=desk_side.sam(), reason=reason,
        parcel=NewParcel(
            seal(key, Context(raw, "o", 1), json.dumps({"parts": rows}).encode()), None,
            wrap(desk_side.TEAM.public, key, parcel_context(raw)),
        ),
        is_untold=is_untold,
    )  # fmt: skip
    override.confirm_override(
        **given, staff_id=int(bea.pk), for_partner=wrap(PARTNER.public, key, parcel_context(raw))
    )  # fmt: skip
    return key


def lays(conversation: str, handover: str, key: bytes, text: str) -> None:
    """The paper by which the desk's page tells the visitor what went out, as its script writes it."""
    rows = [{"key": "happened", "title": "Happened", "text": text}]
    written = base64.urlsafe_b64encode(key).decode().rstrip("=")
    paper(conversation, {"t": "", "kind": "override", "ref": handover, "key": written, "parts": rows})


def tells(handover: str) -> None:
    """Sam finds that it is safe now."""
    override.tell_override(handover_id=handover, staff_id=desk_side.sam(), server_key=server_key())
