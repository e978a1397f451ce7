"""The one example conversation of `voordeur demo`: with a professional, and with a hand-over that waits for a yes.

Everything in it is marked as a demonstration. It is made by the actions that both sides use, sealed for the same
readers, so that whoever tries it out goes on with it as a visitor, as somebody who goes along, at the desk and at the
partner. Both codes stand in the demo's own file and on the screen: for trying out, and good for nothing else.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from voordeur.faces.server_key import server_key
from voordeur.faces.terminal.ground import CannotGoOn, content_folder
from voordeur.rules.handover import LimitsBroken, load_limits
from voordeur.secrecy import keyring, return_code
from voordeur.secrecy.envelope import Context, seal
from voordeur.secrecy.return_code import ReturnCode
from voordeur.vocabulary import BuddyKind, Direction, GrantReason, StaffRole, TalkWay, Wish

if TYPE_CHECKING:
    from voordeur.faces.doorway import Door
    from voordeur.records.staff.queries import Staff

#: Whom the example is proposed to: an organisation of the directory, which knows nothing of this.
ORGANIZATION, SERVICE = "fier", "help"
MARK = "Voorbeeld om uit te proberen / example for trying out"
_ASKED = f"[{MARK}] Ik wil weg, maar ik weet niet waarheen. / I want to leave, but I do not know where to."
_ANSWERED = (
    f"[{MARK}] Ik ken een organisatie die verder kan helpen. Kijk bij ‘Hoe het ervoor staat’ of je dat wilt. / "
    "I know an organisation that can help further. See “Where things stand” and decide."
)
#: Key, heading, text, as the desk's page writes a proposal.
_PROPOSED = (
    (
        "happened",
        "Wat er gebeurde / What happened",
        f"[{MARK}] Iemand wil weg uit huis. / Somebody wants to leave home.",
    ),
    ("need", "Wat ik nodig heb / What I need", f"[{MARK}] Een veilige plek. / A safe place."),
    (
        "danger",
        "Wat moeilijk of gevaarlijk is / What is hard or dangerous",
        f"[{MARK}] Vanavond is het rustig. / Calm tonight.",
    ),
)
_PLAN = {
    "safety": {"place": f"[{MARK}] Naar een vriendin. / To a friend."},
    "steps": [{"text": f"[{MARK}] Tas klaarzetten. / Pack a bag.", "done": False}],
}


@dataclass(frozen=True, slots=True)
class Codes:
    """The visitor's return code and the code of somebody who goes along, in groups of four digits."""

    visitor: str
    buddy: str


def new_codes() -> Codes:
    """Two codes that are found by different parts of them."""
    visitor = buddy = return_code.new_code()
    while buddy.numbers[:2] == visitor.numbers[:2]:
        buddy = return_code.new_code()
    return Codes(" ".join(return_code.in_digits(visitor)), " ".join(return_code.in_digits(buddy)))


def _read(code: str) -> ReturnCode:
    return return_code.read_code(code, {})


def is_there(codes: Codes) -> bool:
    """Whether the visitor's code still finds the example: it can be deleted, or be past its last day."""
    from voordeur.records.conversations.queries import conversation_by_lookup

    server = server_key()
    return conversation_by_lookup(return_code.lookup(_read(codes.visitor), server.for_codes), server) is not None


@dataclass(slots=True)
class _Talk:
    """The example while it is made: its keys by epoch, talk key and desk key, and who sits at the desk."""

    door: Door
    staff: Staff
    team: str
    moment: datetime
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    keys: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def raw_id(self) -> bytes:
        """The 16 bytes that its envelopes are bound to."""
        return bytes.fromhex(self.id)

    def wrapped(self, public: bytes, payload: bytes, epoch: int) -> bytes:
        """A key of an epoch for one reader."""
        return keyring.wrap(public, payload, keyring.grant_context(self.raw_id, epoch))

    def writes(self, direction: Direction, said: Mapping[str, object], *, is_staff: bool = False) -> None:
        """Seal a text and add it, as the visitor, or as who holds the conversation."""
        from voordeur.records.conversations import actions, queries

        epoch, sequence = len(self.keys) - 1, queries.next_sequence(self.id, direction)
        talk_key = self.keys[epoch][0]
        whole = {
            "t": "", "at": self.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ"), "kind": "text", "ref": "",
            "by": self.staff.shown_name if is_staff else "", "role": "responder" if is_staff else "visitor",
            "lang": "nl", **said,
        }  # fmt: skip
        key = keyring.plan_key(talk_key) if direction is Direction.PLAN else talk_key
        envelope = seal(key, Context(self.raw_id, direction, sequence), json.dumps(whole, ensure_ascii=False).encode())
        actions.write(
            conversation_id=self.id,
            message=actions.NewMessage(direction, secrets.token_bytes(16), sequence, epoch, envelope),
            kept_until=self.kept_until,
            moment=self.moment,
            server_key=server_key(),
            writer_id=self.staff.pk if is_staff else None,
        )

    @property
    def kept_until(self) -> date:
        """The last day of the example."""
        days = self.door.talk.kept_days_with_code if self.door.talk else 0
        return (self.moment + timedelta(days=days)).date()


def make(codes: Codes, *, door: Door, staff: Staff, partner: str, moment: datetime) -> None:
    """The example in the hands of `staff`, with a hand-over to the team `partner` that the visitor is asked about.

    All or nothing with the transaction of its caller. Raises CannotGoOn when the limits of hand-overs cannot be read.
    """
    from voordeur.records.handovers import actions

    try:
        limits = load_limits(content_folder() / "handover" / "limits.toml")
    except LimitsBroken as broken:
        raise CannotGoOn(f"The limits of hand-overs have an error: {broken}.", 1) from broken
    talk = _Talk(door, staff, door.talk.team if door.talk else "", moment)
    _open(talk)
    talk.writes(Direction.VISITOR, {"t": _ASKED})
    _pick_up(talk)
    talk.writes(Direction.DESK, {"t": _ANSWERED}, is_staff=True)
    private = _give_code(talk, codes.visitor)
    talk.writes(Direction.PLAN, {"kind": "plan", "plan": _PLAN})
    _bring_along(talk, codes.buddy, private)
    made = actions.draft(
        conversation_id=talk.id, staff_id=staff.pk, organization=ORGANIZATION, service=SERVICE, team=partner,
        until=moment.date() + timedelta(days=limits.consent_days), moment=moment, limits=limits,
        server_key=server_key(),
    )  # fmt: skip
    parts = [{"key": key, "title": title, "text": text} for key, title, text in _PROPOSED]
    talk.writes(Direction.PAPER, {"kind": "proposal", "ref": made.id, "parts": parts}, is_staff=True)
    actions.ask(handover_id=made.id, staff_id=staff.pk, moment=moment, server_key=server_key())


def _open(talk: _Talk) -> None:
    """As a visitor begins: keys of the first epoch for the visitor and for the team, in its queue."""
    from voordeur.records.conversations import actions, queries
    from voordeur.records.conversations.label import Label
    from voordeur.records.staff.queries import team_by_slug

    team, visitor, server = team_by_slug(talk.team), keyring.new_pair(), server_key()
    if team is None or team.public_key is None:
        raise CannotGoOn(f"There is no team “{talk.team}” with a key; delete the folder and begin again.", 1)
    talk_key, desk_key = keyring.new_key(), keyring.new_key()
    talk.keys.append((talk_key, desk_key))
    for_visitor = talk.wrapped(visitor.public, talk_key, 0)
    for_team = talk.wrapped(bytes(team.public_key), talk_key + desk_key, 0)
    actions.open_conversation(
        conversation_id=talk.id,
        visitor_key=visitor.public,
        label=Label(talk.door.id, talk.team, "nl", str(Wish.ANYONE), str(TalkWay.CHAT)),
        grants=[
            actions.NewGrant(queries.visitor_tag(server, talk.id), for_visitor, GrantReason.VISITOR),
            actions.NewGrant(queries.team_tag(server, talk.team), for_team, GrantReason.QUEUE),
        ],
        message=None,
        kept_until=talk.kept_until,
        moment=talk.moment,
        server_key=server,
    )


def _pick_up(talk: _Talk) -> None:
    """As the desk picks up: it is somebody's, with new keys for everybody who is due."""
    from voordeur.records.conversations import actions, queries, readers

    server = server_key()
    held = actions.pick_up(
        conversation_id=talk.id, staff_id=talk.staff.pk, role=StaffRole.RESPONDER, moment=talk.moment, server_key=server
    )
    before = talk.keys[0]
    talk_key, desk_key = keyring.new_key(), keyring.new_key()
    due = readers.readers_due(held, talk.moment, server)
    whole = {True: talk_key, False: talk_key + desk_key}
    tag, public = queries.staff_tag(server, talk.staff.pk), bytes(talk.staff.public_key or b"")
    actions.begin_epoch(
        conversation_id=talk.id,
        epoch=1,
        grants={one.tag: talk.wrapped(one.public, whole[one.reason in readers.WITHOUT_DESK_KEY], 1) for one in due},
        expected={one.tag: one.reason for one in due},
        older={(0, tag): talk.wrapped(public, b"".join(before), 0)},
        staff_id=talk.staff.pk,
        server_key=server,
    )
    talk.keys.append((talk_key, desk_key))


def _give_code(talk: _Talk, typed: str) -> bytes:
    """As a visitor takes a code: its keys are wrapped anew; the private key that the code opens."""
    from voordeur.records.conversations import actions

    code, salt = _read(typed), secrets.token_bytes(return_code.SALT_BYTES)
    private = return_code.opening_key(code, salt)
    public = keyring.pair_of(private).public
    actions.give_code(
        conversation_id=talk.id,
        lookup=return_code.lookup(code, server_key().for_codes),
        salt=salt,
        visitor_key=public,
        wrapped={epoch: talk.wrapped(public, keys[0], epoch) for epoch, keys in enumerate(talk.keys)},
        kept_until=talk.kept_until,
        server_key=server_key(),
    )
    return private


def _bring_along(talk: _Talk, typed: str, visitor_private: bytes) -> None:
    """As a visitor brings somebody along, who sees the plan and where things stand, and not the conversation."""
    from voordeur.records.handovers import company

    code, salt = _read(typed), secrets.token_bytes(return_code.SALT_BYTES)
    public = keyring.pair_of(return_code.opening_key(code, salt)).public
    company.bring_along(
        conversation_id=talk.id,
        visitor_private=visitor_private,
        buddy_id=secrets.token_hex(16),
        kind=BuddyKind.OWN_CIRCLE,
        may_read=False,
        lookup=return_code.lookup(code, server_key().for_codes),
        salt=salt,
        public_key=public,
        wrapped={epoch: talk.wrapped(public, keyring.plan_key(keys[0]), epoch) for epoch, keys in enumerate(talk.keys)},
        server_key=server_key(),
    )
