"""Hand-overs in the states from which tests go on."""

from __future__ import annotations

from typing import Any

from tests.records.conversations.people import NOON, SERVER, Visitor
from tests.records.handovers import people as p
from tests.records.handovers.people import Cast
from voordeur.records.handovers import actions, queries
from voordeur.records.handovers.models import Handover
from voordeur.records.handovers.queries import HandoverView
from voordeur.rules.handover import HandoverActor
from voordeur.vocabulary import GrantReason
from voordeur.vocabulary import HandoverState as S

A, R = HandoverActor, GrantReason
TODAY = NOON.date()


def asked(cast: Cast, someone: Visitor, slug: str = "shelter") -> HandoverView:
    """A proposal that the visitor was asked about."""
    one = p.draft(someone, cast.people["ada"], slug)
    p.ask(one.id, cast.people["ada"])
    return one


def offered(cast: Cast, someone: Visitor, slug: str = "shelter", key: bytes = b"") -> HandoverView:
    """One that the visitor said yes to, and that went out where it was its turn."""
    one = asked(cast, someone, slug)
    p.say_yes(someone, one, p.parcel_for(one, cast, key=key))
    return one


def state(one: HandoverView) -> S:
    return S(p.label_of(one.id).now)


def reads(one: HandoverView, slug: str = "shelter", today: Any = TODAY) -> queries.Parcel | None:
    found = queries.offer_for(one.id, [slug], SERVER, today)
    return found[1] if found else None


def row(one: HandoverView) -> Handover:
    return Handover.objects.get(pk=one.id)


def joined(cast: Cast, someone: Visitor) -> HandoverView:
    """Accepted, and fay is let in."""
    one = offered(cast, someone)
    p.accept(one.id)
    p.join(one.id, cast.people["fay"])
    p.new_keys(someone, p.due_of(someone, NOON), by=cast.people["ada"])
    return one


def in_contact(cast: Cast, someone: Visitor) -> HandoverView:
    """With fay let in."""
    one = joined(cast, someone)
    actions.make_contact(handover_id=one.id, by=A.PARTNER, moment=NOON, server_key=SERVER)
    return one


def changed(someone: Visitor, one: HandoverView, parcel: bytes, answer: bytes | None = None) -> None:
    actions.change(
        handover_id=one.id, conversation_id=someone.id, visitor_private=someone.pair.private, parcel=parcel,
        answer=answer, moment=NOON, server_key=SERVER,
    )  # fmt: skip
