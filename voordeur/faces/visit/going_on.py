"""From a conversation onward, in the visitor's own hand: what is proposed, agreed and taken back; plan and contact.

The visitor's keys come with each form (the pass). What is agreed is sealed here, in the memory of one request, for the
one partner that it is for; the desk cannot do it, for it never holds the visitor's key.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.conf import settings

from voordeur.faces.doorway import Door
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import conversing
from voordeur.faces.visit.conversing import Sitting, TooBusy
from voordeur.faces.visit.passes import Pass
from voordeur.faces.wakes import tell
from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import queries, readers
from voordeur.records.conversations.actions import NewMessage
from voordeur.records.conversations.readers import WITHOUT_DESK_KEY
from voordeur.records.handovers import actions
from voordeur.records.handovers import queries as handovers
from voordeur.records.handovers.label import ANSWER, QUESTION, WITH_NO
from voordeur.records.handovers.queries import HandoverView, RemarkView
from voordeur.records.handovers.steps import NewParcel
from voordeur.records.staff.queries import staff_by_id, team_by_slug
from voordeur.rules.handover import ENDS, Limits, StepNotAllowed, load_limits
from voordeur.secrecy import keyring
from voordeur.secrecy.envelope import Context, EnvelopeBroken, seal, unseal
from voordeur.vocabulary import Direction, GrantReason, HandoverState, StaffRole

_TRIES = 5
#: Letters of the envelopes of what was agreed, and of what was asked and answered about it.
OFFERED, REMARKED = "o", "q"
#: The paper by which the desk tells a visitor what went out without a yes: the text, and the key of what lies there.
OVERRIDE = "override"
LONGEST_PART, MOST_PARTS = 3000, 8
#: So many versions of a plan, and of the words of safe contact, are kept; the newest counts.
MOST_VERSIONS = 10
Paper = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a text that is proposed or agreed."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a partner or answer of the visitor."""

    is_question: bool
    text: str


@lru_cache(maxsize=1)
def limits() -> Limits:
    """The limits of this server. Raises LimitsBroken."""
    return load_limits(settings.CONTENT / "handover" / "limits.toml")


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def papers(sitting: Sitting) -> list[Paper]:
    """What was proposed, agreed and permitted, in order; what does not open is passed over."""
    return _opened(sitting, Direction.PAPER, sitting.keys)


def plans(conversation: queries.Held, keys: Mapping[int, bytes]) -> list[Paper]:
    """Every version of the plan that these plan keys open, in order."""
    return _opened_with(conversation.raw_id, conversation.id, Direction.PLAN, keys)


def plan_keys(sitting: Sitting) -> dict[int, bytes]:
    """The plan's key of each epoch."""
    return {epoch: keyring.plan_key(key) for epoch, key in sitting.keys.items()}


def _opened(sitting: Sitting, direction: Direction, keys: Mapping[int, bytes]) -> list[Paper]:
    return _opened_with(sitting.held.raw_id, sitting.held.id, direction, keys)


def _opened_with(raw: bytes, conversation_id: str, direction: Direction, keys: Mapping[int, bytes]) -> list[Paper]:
    found: list[Paper] = []
    for one in queries.messages(conversation_id, 0, (direction,)):
        key = keys.get(one.epoch)
        try:
            said = json.loads(unseal(key, Context(raw, one.direction, one.sequence), one.envelope)) if key else None
        except (EnvelopeBroken, ValueError):
            continue
        if isinstance(said, dict):
            found.append({**said, "place": one.place})
    return found


def write(sitting: Sitting, door: Door, direction: Direction, said: Paper, message_id: bytes, moment: datetime) -> None:
    """Seal a paper or a plan of the visitor and add it, once. Raises ConversationGone, StepNotAllowed, TooBusy."""
    whole = {"at": _minute(moment), "by": "", "role": "visitor", "ref": "", "t": "", **said}
    plain = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
    for _ in range(_TRIES):
        held, key = sitting.held, sitting.key
        sequence = queries.next_sequence(held.id, direction)
        sealing = keyring.plan_key(key) if direction is Direction.PLAN else key
        sealed = seal(sealing, Context(held.raw_id, direction, sequence), plain)
        try:
            conversations.write(
                conversation_id=held.id,
                message=NewMessage(direction, message_id, sequence, held.epoch, sealed),
                kept_until=conversing.kept_until(door, moment, has_code=held.has_code),
                moment=moment,
                server_key=server_key(),
            )
        except conversations.OutOfStep:
            again = queries.conversation(held.id, server_key())
            if again is None:
                raise conversations.ConversationGone("this conversation is not here") from None
            if again.epoch not in sitting.keys:
                raise TooBusy from None
            sitting = replace(sitting, held=again)
            continue
        wake(held.id, held.label.team)
        return
    raise TooBusy


def wake(conversation_id: str, *teams: str, kind: str = "talk") -> None:
    """The desk, and partners that are asked, look again."""
    tell(settings.ENV.data, f"c:{conversation_id}", kind)
    for team in {one for one in teams if one}:
        tell(settings.ENV.data, f"t:{team}", "inbox")


def proposal(sitting: Sitting, handover_id: str) -> list[Part]:
    """The text that the desk proposes for a partner; nothing where it does not open."""
    said = [one for one in papers(sitting) if one.get("kind") == "proposal" and one.get("ref") == handover_id]
    return _parts(said[-1].get("parts")) if said else []


def _parts(said: object) -> list[Part]:
    rows = said if isinstance(said, list) else []
    return [
        Part(str(one.get("key", ""))[:40], str(one.get("title", ""))[:200], str(one.get("text", "")))
        for one in rows[:MOST_PARTS]
        if isinstance(one, dict)
    ]


def parcel_key(sitting: Sitting, one: HandoverView) -> bytes | None:
    """The key of what was agreed with this partner, as the visitor's own paper keeps it.

    Where two forms came at once there are two papers; the text opens with one of them.
    """
    keys = _parcel_keys(sitting, one.id)
    parcel = handovers.parcel_of(one.id)
    if parcel is None or not parcel.envelope:
        return keys[0] if keys else None
    return next((key for key in keys if _agreed_with(key, one, parcel.envelope) is not None), None)


def _parcel_keys(sitting: Sitting, handover_id: str) -> list[bytes]:
    """Every key that a paper keeps for this partner, the newest first: of a yes, or of what went out without one."""
    found = []
    for one in reversed(papers(sitting)):
        if one.get("kind") in ("consent", OVERRIDE) and one.get("ref") == handover_id:
            with suppress(ValueError):
                found.append(base64.b64decode(_as_written_here(str(one.get("key", ""))), validate=True))
    return found


def _as_written_here(key: str) -> str:
    """The desk's script writes base64 as addresses do, without padding."""
    return key.translate(str.maketrans("-_", "+/")).rstrip("=") + "=" * (-len(key.rstrip("=")) % 4)


def _agreed_with(key: bytes, one: HandoverView, envelope: bytes) -> list[Part] | None:
    try:
        return _parts(json.loads(unseal(key, Context(one.raw_id, OFFERED, 1), envelope)).get("parts"))
    except (EnvelopeBroken, ValueError, AttributeError):
        return None


def agreed(sitting: Sitting, one: HandoverView) -> list[Part]:
    """Exactly the text that the partner has."""
    key, parcel = parcel_key(sitting, one), handovers.parcel_of(one.id)
    if key is None or parcel is None or not parcel.envelope:
        return []
    return _agreed_with(key, one, parcel.envelope) or []


def went_out(sitting: Sitting, one: HandoverView) -> list[Part]:
    """The text of an override, of which the visitor was told: as the partner has it; gone there, as the desk wrote it.

    Nothing where the desk could not lay it down for the visitor.
    """
    if not one.label.is_override or one.label.is_untold:
        return []
    if one.has_parcel:
        return agreed(sitting, one)
    said = [each for each in papers(sitting) if each.get("kind") == OVERRIDE and each.get("ref") == one.id]
    return _parts(said[-1].get("parts")) if said else []


def remarks(sitting: Sitting, one: HandoverView) -> list[Asked]:
    """What the partner asked and the visitor answered."""
    return [
        Asked(remark.kind == QUESTION, text)
        for remark, text in _remarks_opened(sitting, one)
        if remark.kind in (QUESTION, ANSWER)
    ]


def word_with_no(sitting: Sitting, one: HandoverView) -> str:
    """What the partner wrote beside its no; its key stands in the visitor's own paper, also when the text is gone."""
    return next((text for remark, text in _remarks_opened(sitting, one) if remark.kind == WITH_NO), "")


def _remarks_opened(sitting: Sitting, one: HandoverView) -> list[tuple[RemarkView, str]]:
    there = handovers.remarks_of(one.id)
    keys = _parcel_keys(sitting, one.id) if there else []
    found = []
    for remark in there:
        for key in keys:
            with suppress(EnvelopeBroken, ValueError, AttributeError):
                said = json.loads(unseal(key, Context(one.raw_id, REMARKED, remark.number), remark.envelope))
                found.append((remark, str(said.get("t", ""))))
                break
    return found


def _sealed_parts(key: bytes, one: HandoverView, parts: Sequence[Part], language: str, moment: datetime) -> bytes:
    said = {
        "parts": [{"key": part.key, "title": part.title, "text": part.text} for part in parts],
        "lang": language,
        "at": _minute(moment),
    }
    plain = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return seal(key, Context(one.raw_id, OFFERED, 1), plain)


def agree(
    sitting: Sitting,
    mine: Pass,
    door: Door,
    one: HandoverView,
    parts: Sequence[Part],
    *,
    until: date,
    may_join: bool,
    language: str,
    message_id: bytes,
    pass_key: bytes,
    moment: datetime,
) -> HandoverState:
    """Yes to exactly these parts for exactly this partner. Raises StepNotAllowed, NotHere, TextTooLong, TooBusy.

    The key comes from the form, so that a form that is sent twice lays one text under one key. The same form again,
    when it was answered, changes nothing.
    """
    if one.label.now is not HandoverState.ASKED:
        is_again = one.label.now not in ENDS and any(
            paper.message_id == message_id for paper in queries.messages(sitting.held.id, 0, (Direction.PAPER,))
        )
        if is_again:
            return one.label.now
        raise StepNotAllowed("the visitor has answered, and that stands")
    seed = b"parcel\0" + mine.private + one.raw_id + message_id
    key, context = hmac.new(pass_key, seed, sha256).digest(), keyring.parcel_context(one.raw_id)
    partner = team_by_slug(one.label.team) if one.label.team else None
    desk = team_by_slug(one.label.desk)
    if one.label.team and (partner is None or partner.public_key is None):
        raise StepNotAllowed("this partner cannot read anything now")
    parcel = NewParcel(
        _sealed_parts(key, one, parts, language, moment),
        keyring.wrap(bytes(partner.public_key or b""), key, context) if partner else None,
        keyring.wrap(bytes(desk.public_key), key, context) if desk is not None and desk.public_key else None,
    )
    # The paper first: what was agreed must never be where the visitor cannot see it.
    said = {"kind": "consent", "ref": one.id, "key": base64.b64encode(key).decode(), "until": until.isoformat()}
    write(sitting, door, Direction.PAPER, said, message_id, moment)
    state = actions.consent(
        handover_id=one.id,
        conversation_id=sitting.held.id,
        visitor_private=mine.private,
        parcel=parcel,
        until=until,
        may_join=may_join,
        moment=moment,
        limits=limits(),
        server_key=server_key(),
    )
    wake(sitting.held.id, one.label.desk, one.label.team, kind="state")
    return state


def change(
    sitting: Sitting,
    mine: Pass,
    one: HandoverView,
    parts: Sequence[Part],
    *,
    answer: str,
    language: str,
    moment: datetime,
) -> None:
    """Another text for the same partner, or an answer to what it asked. Raises StepNotAllowed, TooBusy."""
    key = parcel_key(sitting, one)
    if key is None:
        raise StepNotAllowed("what was agreed does not open here")
    for _ in range(_TRIES):
        number, sealed_answer = len(handovers.remarks_of(one.id)) + 1, None
        if answer:
            plain = json.dumps({"t": answer, "at": _minute(moment)}, ensure_ascii=False).encode()
            sealed_answer = seal(key, Context(one.raw_id, REMARKED, number), plain)
        try:
            actions.change(
                handover_id=one.id,
                conversation_id=sitting.held.id,
                visitor_private=mine.private,
                parcel=_sealed_parts(key, one, parts, language, moment),
                answer=sealed_answer,
                answer_number=number,
                moment=moment,
                server_key=server_key(),
            )
        except conversations.OutOfStep:
            continue  # the partner asked something meanwhile: sealed anew for the number that follows
        wake(sitting.held.id, one.label.desk, one.label.team)
        return
    raise TooBusy


def take_back(sitting: Sitting, mine: Pass, one: HandoverView, moment: datetime) -> None:
    """No, or no longer: the partner reads nothing any more, and what follows is under new keys."""
    actions.withdraw(
        handover_id=one.id,
        conversation_id=sitting.held.id,
        visitor_private=mine.private,
        moment=moment,
        server_key=server_key(),
    )
    renew(sitting.held.id, mine, moment)
    following = [two for two in handovers.handovers_of(sitting.held.id, server_key()) if two.label.team]
    wake(sitting.held.id, one.label.desk, one.label.team, *(two.label.team for two in following), kind="state")
    if one.label.guest:
        tell(settings.ENV.data, f"s:{one.label.guest}", "inbox")


def arrived(sitting: Sitting, mine: Pass, one: HandoverView, moment: datetime) -> None:
    """The visitor is with the partner; the first desk may go. Raises StepNotAllowed."""
    is_handed = actions.complete(
        handover_id=one.id,
        conversation_id=sitting.held.id,
        visitor_private=mine.private,
        role=StaffRole.RESPONDER,
        moment=moment,
        server_key=server_key(),
    )
    # Whoever goes on has keys of their own from this moment; the first desk opens nothing that follows.
    renew(sitting.held.id, mine, moment, is_needed=is_handed)
    wake(sitting.held.id, one.label.desk, one.label.team, kind="state")
    for who in {sitting.held.label.owner, one.label.guest} - {""}:
        tell(settings.ENV.data, f"s:{who}", "inbox")


def renew(conversation_id: str, mine: Pass, moment: datetime, *, is_needed: bool = False) -> None:
    """New keys for exactly those who are due now: whoever was taken off opens nothing that follows.

    `is_needed` also when the readers are the same, because one of them gets less from now on.
    """
    server = server_key()
    for _ in range(_TRIES):
        held = queries.conversation(conversation_id, server)
        if held is None:
            return
        more = handovers.guests_and_buddies(held.id, server)
        due = readers.readers_due(held, moment, server, more)
        if not is_needed and not readers.needs_epoch(held, due):
            return
        talk, desk = keyring.new_key(), keyring.new_key()
        context = keyring.grant_context(held.raw_id, held.epoch + 1)
        payloads = {GrantReason.BUDDY: keyring.plan_key(talk)}
        grants = {
            one.tag: keyring.wrap(
                one.public,
                payloads.get(one.reason, talk) if one.reason in WITHOUT_DESK_KEY else talk + desk,
                context,
            )
            for one in due
        }
        try:
            conversations.begin_epoch(
                conversation_id=held.id,
                epoch=held.epoch + 1,
                grants=grants,
                expected={one.tag: one.reason for one in due},
                staff_id=None,
                server_key=server,
                visitor_key=held.visitor_key,
                visitor_private=mine.private,
            )
        except conversations.OutOfStep:
            continue  # somebody made other keys meanwhile; once more, with who is due then
        except conversations.StepNotAllowed:
            return  # nobody of the desk could read: then the next to come makes the keys
        wake(held.id, held.label.team)
        return


def guest_name(one: HandoverView) -> str:
    """The shown name of who joined from the partner; empty when nobody did."""
    staff = staff_by_id(int(one.label.guest)) if one.label.guest else None
    return staff.shown_name if staff else ""


def latest_plan(found: Sequence[Paper]) -> Mapping[str, Any]:
    """The plan as it stands now; empty when there is none."""
    kept = [one["plan"] for one in found if one.get("kind") == "plan" and isinstance(one.get("plan"), dict)]
    return kept[-1] if kept else {}
