"""People with logins, teams and keys for tests of hand-overs, and what each does, in one call."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.records.conversations.people import KEPT, NOON, SERVER, Member, Reader, Visitor, sealed, visitor
from voordeur.records.conversations import actions as conversations
from voordeur.records.conversations import queries as talks
from voordeur.records.conversations.actions import NewMessage, Written
from voordeur.records.conversations.readers import Due, readers_after_passing, readers_due
from voordeur.records.handovers import actions, company, override, partner, queries
from voordeur.records.handovers.models import Handover
from voordeur.records.handovers.queries import HandoverView
from voordeur.records.handovers.steps import NewParcel
from voordeur.records.staff.models import Membership, Staff, Team
from voordeur.rules.handover import HandoverActor, load_limits
from voordeur.secrecy.envelope import Context, seal, unseal
from voordeur.secrecy.keyring import grant_context, new_key, new_pair, parcel_context, plan_key, unwrap, wrap
from voordeur.vocabulary import BuddyKind, ContactWay, Direction, GrantReason, Recovery, StaffRole

LIMITS = load_limits(Path(__file__).parents[3] / "content" / "handover" / "limits.toml")
UNTIL = NOON.date() + timedelta(days=30)
R = GrantReason
TALK_KEY_ONLY = (R.VISITOR, R.GUEST, R.BUDDY_TALK)


def team_with_rows(slug: str, organization: str = "", recovery: Recovery = Recovery.TEAM) -> Reader:
    """A team with a key of its own; of an organisation when it is a partner's."""
    one = Reader(talks.team_tag(SERVER, slug))
    Team.objects.create(
        slug=slug, name=slug.title(), organization=organization, public_key=one.pair.public, recovery=recovery
    )
    return one


def professional(name: str, slug: str) -> Member:
    """Somebody with a login and a key, in this team."""
    pair = new_pair()
    row = Staff.objects.create(
        name=name, shown_name=name.title(), languages=["nl"], made_on=NOON.date(), public_key=pair.public
    )
    Membership.objects.create(
        staff=row, team=Team.objects.get(slug=slug), role=StaffRole.RESPONDER, added_on=NOON.date()
    )
    return Member(talks.staff_tag(SERVER, row.pk), pair, id=row.pk)


@dataclass
class Cast:
    """Two teams of doors with three people, three partners with a desk with four people; by name and code."""

    teams: dict[str, Reader]
    people: dict[str, Member]
    of: dict[str, str]

    def team_of(self, who: Member) -> Reader:
        """The team of somebody."""
        return self.teams[self.of[next(name for name, one in self.people.items() if one is who)]]

    def known(self, who: Member, conversation_id: str) -> dict[int, bytes]:
        """Every key that somebody can open, with their own key and their team's; the longer one where both do."""
        own, shared = who.keys(conversation_id), self.team_of(who).keys(conversation_id)
        return {
            epoch: max(own.get(epoch, b""), shared.get(epoch, b""), key=len) for epoch in own.keys() | shared.keys()
        }


WHERE = {
    "ada": "central", "bea": "central", "cas": "sport",
    "fay": "shelter", "gus": "shelter", "hal": "health", "ian": "legal",
}  # fmt: skip
DESKS, PARTNERS = ("central", "sport"), ("shelter", "health", "legal")
#: An organisation of the directory that has no desk here.
WITHOUT_DESK = "far-away"


def cast() -> Cast:
    """Everybody, as rows."""
    teams = {
        slug: team_with_rows(slug, "" if slug in DESKS else f"{slug}-organisation") for slug in (*DESKS, *PARTNERS)
    }
    return Cast(teams, {name: professional(name, slug) for name, slug in WHERE.items()}, WHERE)


def held(one: Visitor) -> talks.Held:
    """The conversation as it stands."""
    found = talks.conversation(one.id, SERVER)
    assert found is not None
    return found


def label_of(handover_id: str) -> Any:
    """What is kept of a hand-over."""
    row = Handover.objects.get(pk=handover_id)
    return queries.view(row, SERVER).label


def due_of(someone: Visitor, moment: datetime, to_team: str = "") -> tuple[Due, ...]:
    """Who must read the next keys, as the server says it."""
    more = queries.guests_and_buddies(someone.id, SERVER)
    team = Team.objects.filter(slug=to_team).first()
    if team is not None:
        return readers_after_passing(held(someone), team, SERVER, more)
    return readers_due(held(someone), moment, SERVER, more)


def new_keys(
    someone: Visitor, due: tuple[Due, ...], *, by: Member | None, known: Mapping[int, bytes] | None = None
) -> bytes:
    """New keys for exactly these readers, as a browser makes them: the owner's, or (`by` None) the visitor's."""
    found = held(someone)
    keys, context = new_key() + new_key(), grant_context(found.raw_id, found.epoch + 1)
    payload = {one.tag: keys for one in due}
    payload |= {one.tag: keys[:32] for one in due if one.reason in TALK_KEY_ONLY}
    payload |= {one.tag: plan_key(keys[:32]) for one in due if one.reason is R.BUDDY}
    older = {
        (epoch, one.tag): wrap(one.public, key, grant_context(found.raw_id, epoch))
        for one in due
        for epoch, key in (known or {}).items()
        if len(key) == 64 and one.reason not in (*TALK_KEY_ONLY, R.BUDDY)
    }
    conversations.begin_epoch(
        conversation_id=someone.id,
        epoch=found.epoch + 1,
        grants={one.tag: wrap(one.public, payload[one.tag], context) for one in due},
        expected={one.tag: one.reason for one in due},
        staff_id=by.id if by else None,
        server_key=SERVER,
        older=older,
        visitor_private=None if by else someone.pair.private,
    )
    return keys


def key_for(direction: Direction, keys: bytes) -> bytes:
    """What a text of this direction is sealed with, of the keys of an epoch."""
    if direction is Direction.PLAN:
        return plan_key(keys[:32])
    return keys[32:] if direction in (Direction.NOTE, Direction.WHISPER) else keys[:32]


def message(someone: Visitor, keys: bytes, direction: Direction, text: str) -> NewMessage:
    """The next text in this direction by somebody who holds the keys of now."""
    key = key_for(direction, keys)
    following = talks.next_sequence(someone.id, direction)
    return sealed(someone.id, key + key, direction, following, held(someone).epoch, text)


def writes(
    someone: Visitor, keys: bytes, direction: Direction, *, by: Member | None, moment: datetime = NOON
) -> Written:
    """Somebody writes; the visitor when `by` is None."""
    return conversations.write(
        conversation_id=someone.id, message=message(someone, keys, direction, "words"), kept_until=KEPT,
        moment=moment, server_key=SERVER, writer_id=by.id if by else None,
    )  # fmt: skip


def opens(key: bytes, someone: Visitor, row: talks.SealedMessage) -> bool:
    """Whether this key opens a text, used as it is or turned into a plan's."""
    return _opens(key, Context(bytes.fromhex(someone.id), row.direction, row.sequence), row.envelope)


@lru_cache(maxsize=20_000)
def _opens(key: bytes, context: Context, envelope: bytes) -> bool:
    for one in (key[:32], key[32:], plan_key(key[:32])):
        try:
            unseal(one, context, envelope)
        except ValueError:
            continue
        return True
    return False


def taken_up(everybody: Cast, name: str = "ada", *, is_danger: bool = False) -> Visitor:
    """A conversation that somebody holds, with new keys."""
    someone, who = visitor(), everybody.people[name]
    someone.opens(everybody.team_of(who))
    conversations.pick_up(conversation_id=someone.id, staff_id=who.id, role="responder", moment=NOON, server_key=SERVER)
    if is_danger:
        conversations.mark_danger(conversation_id=someone.id, server_key=SERVER)
    new_keys(someone, due_of(someone, NOON), by=who)
    return someone


def draft(
    someone: Visitor, who: Member, slug: str = "shelter", *, moment: datetime = NOON, until: date = UNTIL
) -> HandoverView:
    """A proposal for a partner; one without a desk when this is no team."""
    return actions.draft(
        conversation_id=someone.id,
        staff_id=who.id,
        organization=f"{slug}-organisation",
        service=f"{slug}-service",
        team=slug if slug in PARTNERS else "",
        until=until,
        moment=moment,
        limits=LIMITS,
        server_key=SERVER,
    )


def ask(handover_id: str, who: Member, moment: datetime = NOON) -> None:
    """Put it to the visitor."""
    actions.ask(handover_id=handover_id, staff_id=who.id, moment=moment, server_key=SERVER)


def text_for(handover_id: str, key: bytes, text: str) -> bytes:
    """A text of a hand-over under its key."""
    return seal(key, Context(bytes.fromhex(handover_id), "h", 1), text.encode())


def parcel_for(one: HandoverView, everybody: Cast, text: str = "agreed", key: bytes = b"") -> NewParcel:
    """A sealed text with its key for the partner's team, where there is one, and for the desk's."""
    key = key or new_key()
    team = everybody.teams.get(one.label.team)
    context = parcel_context(one.raw_id)
    return NewParcel(
        text_for(one.id, key, text),
        wrap(team.pair.public, key, context) if team else None,
        wrap(everybody.teams[one.label.desk].pair.public, key, context),
    )


def parcel_read(reader: Reader, one: HandoverView, parcel: queries.Parcel) -> str:
    """What a partner's team reads with its key."""
    key = unwrap(reader.pair.private, parcel.for_partner or b"", parcel_context(one.raw_id))
    return unseal(key, Context(one.raw_id, "h", 1), parcel.envelope).decode()


def say_yes(
    someone: Visitor,
    one: HandoverView,
    parcel: NewParcel,
    *,
    moment: datetime = NOON,
    until: date = UNTIL,
    may_join: bool = True,
) -> Any:
    """The visitor's yes."""
    return actions.consent(
        handover_id=one.id,
        conversation_id=someone.id,
        visitor_private=someone.pair.private,
        parcel=parcel,
        until=until,
        may_join=may_join,
        moment=moment,
        limits=LIMITS,
        server_key=SERVER,
    )


def withdraw(someone: Visitor, handover_id: str, moment: datetime = NOON) -> None:
    """The visitor takes it back."""
    actions.withdraw(
        handover_id=handover_id, conversation_id=someone.id, visitor_private=someone.pair.private, moment=moment,
        server_key=SERVER,
    )  # fmt: skip


def accept(handover_id: str, moment: datetime = NOON, **more: Any) -> None:
    """The partner takes somebody, here and now unless said otherwise."""
    given: dict[str, Any] = {
        "by": HandoverActor.PARTNER, "at": moment, "way": ContactWay.HERE, "rule": None,
        "says_code_word": False, "hangs_up_for_others": False, **more,
    }  # fmt: skip
    actions.accept(handover_id=handover_id, moment=moment, server_key=SERVER, **given)


def decline(handover_id: str, moment: datetime = NOON, **more: Any) -> str | None:
    """The partner says no."""
    given: dict[str, Any] = {"by": HandoverActor.PARTNER, "reason": "no_place", "might": "", "word": None, **more}
    return actions.decline(handover_id=handover_id, moment=moment, server_key=SERVER, **given)


def join(handover_id: str, who: Member, moment: datetime = NOON) -> None:
    """Somebody of the partner comes in."""
    partner.join(handover_id=handover_id, staff_id=who.id, moment=moment, server_key=SERVER)


def expire(handover_id: str, moment: datetime) -> str | None:
    """The clock's step."""
    return actions.expire(handover_id=handover_id, moment=moment, limits=LIMITS, server_key=SERVER)


def complete(someone: Visitor, handover_id: str, moment: datetime = NOON) -> bool:
    """The visitor says that the first desk may go."""
    return actions.complete(
        handover_id=handover_id, conversation_id=someone.id, visitor_private=someone.pair.private,
        role="responder", moment=moment, server_key=SERVER,
    )  # fmt: skip


def lay_override(
    one: HandoverView, who: Member, everybody: Cast, key: bytes, text: str = "in danger", moment: datetime = NOON
) -> None:
    """Reason and text before a second person."""
    parcel = parcel_for(one, everybody, text, key)
    override.ask_override(
        handover_id=one.id,
        staff_id=who.id,
        reason=text_for(one.id, key, "why"),
        parcel=NewParcel(parcel.envelope, None, parcel.for_desk),
        is_untold=True,
        moment=moment,
        server_key=SERVER,
    )


def sign_override(one: HandoverView, who: Member, everybody: Cast, key: bytes, moment: datetime = NOON) -> None:
    """A second person signs."""
    team = everybody.teams.get(one.label.team)
    for_partner = wrap(team.pair.public, key, parcel_context(one.raw_id)) if team else None
    override.confirm_override(
        handover_id=one.id, staff_id=who.id, for_partner=for_partner, moment=moment, server_key=SERVER
    )


@dataclass(frozen=True)
class Companion(Reader):
    """A buddy, by their id."""

    id: str = ""


def for_buddy(someone: Visitor, buddy: Reader, *, may_read: bool) -> dict[int, bytes]:
    """The talk key, or the plan's alone, of every epoch that the visitor has, for a buddy."""
    raw = bytes.fromhex(someone.id)
    return {
        epoch: wrap(buddy.pair.public, key if may_read else plan_key(key), grant_context(raw, epoch))
        for epoch, key in someone.keys(someone.id).items()
    }


def bring(someone: Visitor, *, may_read: bool = False, lookup: bytes = b"") -> Companion:
    """Somebody goes along."""
    buddy_id = secrets.token_hex(16)
    buddy = Companion(talks.buddy_tag(SERVER, buddy_id), id=buddy_id)
    company.bring_along(
        conversation_id=someone.id,
        visitor_private=someone.pair.private,
        buddy_id=buddy_id,
        kind=BuddyKind.OWN_CIRCLE,
        may_read=may_read,
        lookup=lookup or secrets.token_bytes(32),
        salt=secrets.token_bytes(16),
        public_key=buddy.pair.public,
        wrapped=for_buddy(someone, buddy, may_read=may_read),
        server_key=SERVER,
    )
    return buddy
