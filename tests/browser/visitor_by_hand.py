"""Visitors without a browser: what their own private key does in a hand-over, as steps of the hand in the database.

The visitor's pages do the same; here the desk is what is looked at.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any


class VisitorsByHand:
    """Steps of visitors whose keys are held here."""

    def __init__(self) -> None:
        self._pairs: dict[str, Any] = {}

    def comes(self, text: str) -> str:
        """Somebody writes to the central team; the id of the conversation."""
        from voordeur.faces.server_key import server_key
        from voordeur.records.conversations import actions, queries
        from voordeur.records.conversations.actions import NewGrant, NewMessage
        from voordeur.records.conversations.label import Label, written
        from voordeur.records.staff.queries import team_by_slug
        from voordeur.secrecy.envelope import Context, seal
        from voordeur.secrecy.keyring import grant_context, new_key, new_pair, wrap
        from voordeur.vocabulary import Direction, GrantReason, TalkWay, Wish

        now, name, pair, team = datetime.now(UTC), secrets.token_hex(16), new_pair(), team_by_slug("central")
        assert team is not None
        keys, context = new_key() + new_key(), grant_context(bytes.fromhex(name), 0)
        said = json.dumps({"t": text, "kind": "text", "role": "visitor", "at": f"{now:%Y-%m-%dT%H:%MZ}"}).encode()
        key, visitor = server_key(), queries.visitor_tag(server_key(), name)
        label = Label(
            door="central", team="central", language="nl", wish=Wish.ANYONE, way=TalkWay.CHAT, since=written(now)
        )
        actions.open_conversation(
            conversation_id=name,
            visitor_key=pair.public,
            label=label,
            grants=[
                NewGrant(visitor, wrap(pair.public, keys[:32], context), GrantReason.VISITOR),
                NewGrant(
                    queries.team_tag(key, "central"), wrap(bytes(team.public_key or b""), keys, context),
                    GrantReason.QUEUE,
                ),
            ],
            message=NewMessage(
                Direction.VISITOR, secrets.token_bytes(16), 1, 0,
                seal(keys[:32], Context(bytes.fromhex(name), "v", 1), said),
            ),
            kept_until=(now + timedelta(days=2)).date(),
            moment=now,
            server_key=key,
        )  # fmt: skip
        self._pairs[name] = pair
        self._tell("t:central", "inbox")
        return name

    def _tell(self, topic: str, said: str) -> None:
        from django.conf import settings

        from voordeur.faces.wakes import tell

        tell(settings.ENV.data, topic, said)

    def _keys(self, name: str) -> dict[int, bytes]:
        from voordeur.faces.server_key import server_key
        from voordeur.records.conversations import queries
        from voordeur.secrecy.keyring import grant_context, unwrap

        tag = queries.visitor_tag(server_key(), name)
        return {
            one.epoch: unwrap(self._pairs[name].private, one.wrapped, grant_context(bytes.fromhex(name), one.epoch))
            for one in queries.grants(name, [tag])
        }

    def visitor_reads(self, name: str, direction: str) -> list[Any]:
        """Every body of a direction, opened with the visitor's keys: “d”, “h” a paper, “p” the plan."""
        from voordeur.records.conversations import queries
        from voordeur.secrecy.envelope import Context, unseal
        from voordeur.secrecy.keyring import plan_key
        from voordeur.vocabulary import Direction

        keys = self._keys(name)
        return [
            json.loads(
                unseal(
                    plan_key(keys[one.epoch]) if direction == "p" else keys[one.epoch],
                    Context(bytes.fromhex(name), one.direction, one.sequence),
                    one.envelope,
                )
            )
            for one in queries.messages(name, 0, (Direction(direction),))
        ]

    def reads_what_went_out(self, name: str, handover: str) -> list[str]:
        """The text of an override as the visitor's own page opens it: what lies there, with the key of the paper."""
        from voordeur.faces.server_key import server_key
        from voordeur.faces.visit import going_on
        from voordeur.faces.visit.conversing import Sitting
        from voordeur.records.conversations import queries
        from voordeur.records.handovers.queries import handover_of

        held, one = queries.conversation(name, server_key()), handover_of(name, handover, server_key())
        assert held is not None and one is not None and one.has_parcel
        return [part.text for part in going_on.went_out(Sitting(held, self._keys(name)), one)]

    def visitor_writes(self, name: str, text: str, direction: str = "v", more: Any = None) -> None:
        """One message, or a plan."""
        from voordeur.faces.server_key import server_key
        from voordeur.records.conversations import actions, queries
        from voordeur.records.conversations.actions import NewMessage
        from voordeur.secrecy.envelope import Context, seal
        from voordeur.secrecy.keyring import plan_key
        from voordeur.vocabulary import Direction

        now, held = datetime.now(UTC), queries.conversation(name, server_key())
        assert held is not None
        said = {"t": text, "kind": "text", "role": "visitor", "by": "", "at": f"{now:%Y-%m-%dT%H:%MZ}", **(more or {})}
        sequence, key = queries.next_sequence(name, Direction(direction)), self._keys(name)[held.epoch]
        sealed = seal(
            plan_key(key) if direction == "p" else key, Context(held.raw_id, direction, sequence),
            json.dumps(said).encode(),
        )  # fmt: skip
        actions.write(
            conversation_id=name,
            message=NewMessage(Direction(direction), secrets.token_bytes(16), sequence, held.epoch, sealed),
            kept_until=(now + timedelta(days=2)).date(),
            moment=now,
            server_key=server_key(),
        )
        self._tell(f"c:{name}", "talk")

    def is_proposed(self, name: str) -> list[tuple[str, str, str]]:
        """Id, organisation and state of what was put to the visitor."""
        from voordeur.faces.server_key import server_key
        from voordeur.records.handovers.queries import handovers_of

        return [(one.id, one.label.organization, one.label.state) for one in handovers_of(name, server_key())]

    def offers_to(self, name: str, owner: str, organization: str) -> str:
        """The desk proposed and asked (who owns it, by login); gives the id of the hand-over."""
        from voordeur.faces.desk.handing import limits, partner_teams
        from voordeur.faces.server_key import server_key
        from voordeur.records.directory.queries import current_directory
        from voordeur.records.handovers import actions
        from voordeur.records.staff.queries import staff_by_name

        now, staff, team = datetime.now(UTC), staff_by_name(owner), partner_teams().get(organization)
        assert staff is not None
        made = actions.draft(
            conversation_id=name,
            staff_id=staff.pk,
            organization=organization,
            service=current_directory().organizations[organization].services[0].key,
            team=team.slug if team else "",
            until=(now + timedelta(days=7)).date(),
            moment=now,
            limits=limits(),
            server_key=server_key(),
        )
        actions.ask(handover_id=made.id, staff_id=staff.pk, moment=now, server_key=server_key())
        return made.id

    def says_yes(self, name: str, handover: str, text: str) -> str:
        """Yes to exactly this text, sealed for the partner's team and the desk's; the state that follows."""
        from voordeur.faces.desk.handing import limits
        from voordeur.faces.server_key import server_key
        from voordeur.records.handovers import actions, queries
        from voordeur.records.handovers.steps import NewParcel
        from voordeur.records.staff.queries import team_by_slug
        from voordeur.secrecy.envelope import Context, seal
        from voordeur.secrecy.keyring import new_key, parcel_context, wrap

        now, one = datetime.now(UTC), queries.handover_of(name, handover, server_key())
        assert one is not None
        key, context = new_key(), parcel_context(one.raw_id)
        said = {"parts": [{"key": "happened", "title": "Wat er gebeurd is", "text": text}], "lang": "nl", "at": ""}
        wrapped = {
            slug: wrap(bytes(team.public_key or b""), key, context)
            for slug in (one.label.team, one.label.desk)
            if slug and (team := team_by_slug(slug)) is not None
        }
        state = actions.consent(
            handover_id=handover,
            conversation_id=name,
            visitor_private=self._pairs[name].private,
            parcel=NewParcel(
                seal(key, Context(one.raw_id, "o", 1), json.dumps(said).encode()),
                wrapped.get(one.label.team),
                wrapped[one.label.desk],
            ),
            may_join=True,
            until=(now + timedelta(days=7)).date(),
            moment=now,
            limits=limits(),
            server_key=server_key(),
        )
        self._told(name, one.label.team)
        return str(state)

    def _told(self, name: str, team: str) -> None:
        self._tell(f"c:{name}", "state")
        for slug in {"central", team} - {""}:
            self._tell(f"t:{slug}", "inbox")

    def permits_phone(self, name: str) -> None:
        """By telephone at every moment, but with the code word first, and to nobody else."""
        from voordeur.faces.server_key import server_key
        from voordeur.records.handovers import company
        from voordeur.rules.safe_contact import SafeContact, WayRule, Window
        from voordeur.vocabulary import ContactWay

        always = WayRule((Window(frozenset(range(7)), 0, 0),))
        company.permit(
            conversation_id=name,
            rule=SafeContact(ways={ContactWay.PHONE: always}, has_code_word=True),
            moment=datetime.now(UTC),
            visitor_private=self._pairs[name].private,
            server_key=server_key(),
        )

    def lets_go(self, name: str, handover: str) -> None:
        """Well arrived: the first desk may go."""
        from voordeur.faces.server_key import server_key
        from voordeur.records.handovers import actions, queries

        one = queries.handover_of(name, handover, server_key())
        assert one is not None
        actions.complete(
            handover_id=handover,
            conversation_id=name,
            visitor_private=self._pairs[name].private,
            role="responder",
            moment=datetime.now(UTC),
            server_key=server_key(),
        )
        self._told(name, one.label.team)
        self._tell(f"s:{one.label.guest}", "inbox")

    def takes_back(self, name: str, handover: str) -> None:
        """No longer: the partner reads nothing any more."""
        from voordeur.faces.server_key import server_key
        from voordeur.records.handovers import actions, queries

        one = queries.handover_of(name, handover, server_key())
        assert one is not None
        actions.withdraw(
            handover_id=handover,
            conversation_id=name,
            visitor_private=self._pairs[name].private,
            moment=datetime.now(UTC),
            server_key=server_key(),
        )
        self._told(name, one.label.team)
