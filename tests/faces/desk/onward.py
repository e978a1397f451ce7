"""A desk, two partners with a desk, one without, and hand-overs in the states from which tests go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.faces.desk.colleagues import Colleague, Group, at_the_door, b64, epoch_for, server
from tests.records.conversations.people import Visitor
from tests.records.handovers.people import text_for
from voordeur.rules.handover import load_limits
from voordeur.secrecy.keyring import Pair, new_key, new_pair, parcel_context, wrap
from voordeur.vocabulary import Recovery, StaffRole

LIMITS = load_limits(Path(__file__).parents[3] / "content" / "handover" / "limits.toml")
R = StaffRole


class Onward:
    """Ada and Bea of the first desk, Fay of Fier, Gus of Veilig Thuis; Moviera has no desk here."""

    def __init__(self, escrow: Pair | None = None) -> None:
        self.central = Group("central", Recovery.ESCROW if escrow else Recovery.TEAM, escrow)
        self.partners = {slug: _partner(slug) for slug in ("fier", "veilig-thuis")}
        self.ada, self.bea = (Colleague(name, self.central, R.RESPONDER) for name in ("ada", "bea"))
        self.fay = Colleague("fay", self.partners["fier"], R.RESPONDER)
        self.gus = Colleague("gus", self.partners["veilig-thuis"], R.RESPONDER)

    def held(self, text: str = "hello") -> Visitor:
        """A conversation that Ada took up."""
        someone = at_the_door(self.central, text)
        self.ada.picks_up(someone)
        return someone

    def proposed(self, someone: Visitor, organization: str, by: Colleague | None = None) -> str:
        """A hand-over about which the visitor was asked."""
        from voordeur.records.directory.queries import current_directory

        who = by or self.ada
        service = current_directory().organizations[organization].services[0].key
        until = (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
        made = who.gets(
            "handover_draft", id=someone.id, organization=organization, service=service, until=until
        )["handover"]  # fmt: skip
        who.gets("handover_ask", id=someone.id, handover=made)
        return str(made)

    def agreed(self, someone: Visitor, organization: str, by: Colleague | None = None) -> str:
        """One to which the visitor said yes."""
        from voordeur.records.handovers import actions
        from voordeur.records.handovers.queries import handover_of
        from voordeur.records.handovers.steps import NewParcel

        name, key = self.proposed(someone, organization, by), new_key()
        one = handover_of(someone.id, name, server())
        assert one is not None
        desk, context = {**self.partners, "central": self.central}[one.label.desk], parcel_context(one.raw_id)
        partner = self.partners.get(one.label.team)
        now = datetime.now(UTC)
        actions.consent(
            may_join=True,
            handover_id=name,
            conversation_id=someone.id,
            visitor_private=someone.pair.private,
            parcel=NewParcel(
                text_for(name, key, "agreed"),
                wrap(partner.pair.public, key, context) if partner else None,
                wrap(desk.pair.public, key, context),
            ),
            until=now.date() + timedelta(days=20),
            moment=now,
            limits=LIMITS,
            server_key=server(),
        )
        return name

    def joined(self, someone: Visitor) -> str:
        """One that Fay accepted, and by which she was let in as a guest."""
        name = self.agreed(someone, "fier")
        self.fay.gets("offer_accept", handover=name, **agreement())
        self.fay.gets("offer_join", handover=name)
        self.new_keys(someone, self.ada)
        return name

    def new_keys(self, someone: Visitor, owner: Colleague) -> None:
        """Who holds it makes new keys for who must read."""
        owner.gets("epoch", **epoch_for(owner.gets("open", id=someone.id)))

    def arrived(self, someone: Visitor) -> str:
        """One after which Fay goes on with it alone."""
        from voordeur.records.handovers import actions

        name = self.joined(someone)
        assert actions.complete(
            handover_id=name, conversation_id=someone.id, visitor_private=someone.pair.private, role="responder",
            moment=datetime.now(UTC), server_key=server(),
        )  # fmt: skip
        self.new_keys(someone, self.fay)
        return name


def _partner(slug: str) -> Group:
    from voordeur.records.staff.models import Team

    group = Group(slug)
    Team.objects.filter(pk=group.team.pk).update(organization=slug)
    group.team.refresh_from_db()
    return group


def agreement() -> dict[str, Any]:
    """A first contact that is always permitted: here, in an hour."""
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"at": at, "way": "here", "says_code_word": False, "hangs_up_for_others": False}


def override_body(someone: Visitor, handover: str, desk: Group) -> dict[str, Any]:
    """Reason and text of an override, sealed for the desk's team."""
    key = new_key()
    return {
        "id": someone.id,
        "handover": handover,
        "reason": b64(text_for(handover, key, "because")),
        "envelope": b64(text_for(handover, key, "in danger")),
        "for_desk": b64(wrap(desk.pair.public, key, parcel_context(bytes.fromhex(handover)))),
        "is_untold": True,
    }


def escrow() -> Pair:
    """A key that is kept apart."""
    return new_pair()
