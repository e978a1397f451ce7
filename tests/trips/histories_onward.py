"""Steps of hand-overs, guests, buddies and permissions in the random histories; any of them may be refused."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from voordeur.rules.handover import HandoverActor, Limits
from voordeur.secrecy.envelope import Context, seal
from voordeur.secrecy.keyring import ServerKey, grant_context, new_key, new_pair, parcel_context, plan_key, wrap
from voordeur.vocabulary import BuddyKind, ContactWay, DeclineReason

#: Organisations that are asked, and their team; the last has no desk here.
PARTNERS = (("fier", "fier-team"), ("veilig-thuis", "veilig-team"), ("comensha", ""))


@dataclass
class Onward:
    """What is tried on the way onward in one conversation, by its visitor, its owner and partners."""

    conversation: str
    staff: list[int]
    server: ServerKey
    limits: Limits
    keys: dict[str, bytes] = field(default_factory=dict)

    def goes(self, owner: int, visitor_private: bytes, talk_keys: Mapping[int, bytes]) -> None:
        """One step, with a hand-over of this conversation where it needs one."""
        from voordeur.records.handovers import queries

        there = queries.handovers_of(self.conversation, self.server)
        if not there or secrets.randbelow(6) == 0:
            self._drafts(owner)
            return
        step = secrets.choice((self._of_desk, self._of_desk, self._of_visitor, self._of_visitor, self._of_partner))
        if secrets.randbelow(4) == 0:
            self._company(visitor_private, talk_keys)
        else:
            step(secrets.choice(there), owner, visitor_private)

    def _drafts(self, owner: int) -> None:
        from voordeur.records.handovers import actions

        organization, team = secrets.choice(PARTNERS)
        actions.draft(
            conversation_id=self.conversation, staff_id=owner, organization=organization, service="any", team=team,
            until=self._until(), limits=self.limits, **self._now(),
        )  # fmt: skip

    def _now(self) -> dict[str, Any]:
        return {"moment": datetime.now(UTC), "server_key": self.server}

    def _until(self) -> Any:
        return (datetime.now(UTC) + timedelta(days=secrets.randbelow(30) + 1)).date()

    def _envelope(self, handover: str, letter: str = "q") -> bytes:
        key = self.keys.setdefault(handover, new_key())
        return seal(key, Context(bytes.fromhex(handover), letter, 1), secrets.token_bytes(9))

    def _parcel(self, one: Any) -> Any:
        from voordeur.records.handovers.steps import NewParcel
        from voordeur.records.staff.queries import team_by_slug

        context, key = parcel_context(one.raw_id), self.keys.setdefault(one.id, new_key())
        teams = [team_by_slug(slug) if slug else None for slug in (one.label.team, one.label.desk)]
        wrapped = [wrap(bytes(team.public_key or b""), key, context) if team else None for team in teams]
        return NewParcel(self._envelope(one.id, "o"), *wrapped)

    def _of_desk(self, one: Any, owner: int, _: bytes) -> None:
        from voordeur.records.handovers import actions
        from voordeur.records.handovers.actions import PHONE_STEPS

        mine = {"handover_id": one.id, "staff_id": owner}
        chance = secrets.randbelow(8)
        if chance < 3:
            actions.ask(**mine, **self._now())
        elif chance == 3:
            actions.take_back(**mine, **self._now())
        elif chance == 4:
            from voordeur.records.handovers import override, steps

            parcel = self._parcel(one)
            override.ask_override(
                **mine, **self._now(), reason=self._envelope(one.id), is_untold=bool(secrets.randbelow(2)),
                parcel=steps.NewParcel(parcel.envelope, None, parcel.for_desk),
            )  # fmt: skip
        elif chance == 5:
            from voordeur.records.handovers import override

            second = {"handover_id": one.id, "staff_id": secrets.choice(self.staff)}
            override.confirm_override(**second, **self._now(), for_partner=self._parcel(one).for_partner)
        elif chance == 6:
            actions.tick(**mine, done=secrets.choice(PHONE_STEPS), server_key=self.server)
        else:
            actions.put_away(handover_id=one.id, teams=("central", "sport"), server_key=self.server)

    def _of_visitor(self, one: Any, _: int, private: bytes) -> None:
        from voordeur.records.handovers import actions

        mine = {"handover_id": one.id, "conversation_id": self.conversation, "visitor_private": private}
        chance = secrets.randbelow(6)
        if chance < 3:
            actions.consent(
                **mine, **self._now(), parcel=self._parcel(one), until=self._until(), may_join=True, limits=self.limits
            )
        elif chance == 3:
            answer = self._envelope(one.id) if secrets.randbelow(2) else None
            actions.change(**mine, **self._now(), parcel=self._envelope(one.id, "o"), answer=answer)
        elif chance == 4:
            actions.withdraw(**mine, **self._now())
        else:
            actions.complete(**mine, **self._now(), role="responder")

    def _of_partner(self, one: Any, _: int, __: bytes) -> None:
        from voordeur.records.handovers import actions

        by = HandoverActor.PARTNER if one.label.team or secrets.randbelow(5) == 0 else HandoverActor.DESK
        who, chance = secrets.choice(self.staff), secrets.randbelow(8)
        if chance < 3:
            actions.accept(
                handover_id=one.id, by=by, at=datetime.now(UTC), way=ContactWay.HERE, rule=None,
                says_code_word=False, hangs_up_for_others=False, **self._now(),
            )  # fmt: skip
        elif chance == 3:
            actions.decline(
                handover_id=one.id, by=by, reason=secrets.choice(list(DeclineReason)), might="",
                word=self._envelope(one.id), **self._now(),
            )  # fmt: skip
        elif chance < 6:
            from voordeur.records.handovers import partner

            partner.join(handover_id=one.id, staff_id=who, **self._now())
        elif chance == 6:
            from voordeur.records.handovers import partner

            partner.ask_question(handover_id=one.id, envelope=self._envelope(one.id), **self._now())
        else:
            actions.make_contact(handover_id=one.id, by=by, **self._now())

    def _company(self, private: bytes, talk_keys: Mapping[int, bytes]) -> None:
        """Somebody comes along, may read more or less, or goes; or a moment to be asked is said."""
        from voordeur.records.handovers import company, queries

        mine: dict[str, Any] = {
            "conversation_id": self.conversation, "visitor_private": private, "server_key": self.server,
        }  # fmt: skip
        there, may_read = queries.buddies_of(self.conversation, self.server), bool(secrets.randbelow(2))
        raw, pair = bytes.fromhex(self.conversation), new_pair()

        def wrapped(public: bytes) -> dict[int, bytes]:
            return {
                epoch: wrap(public, key if may_read else plan_key(key), grant_context(raw, epoch))
                for epoch, key in talk_keys.items()
            }

        chance = secrets.randbelow(4)
        if chance == 0 or not there:
            company.bring_along(
                **mine, buddy_id=secrets.token_hex(16), kind=secrets.choice(list(BuddyKind)), may_read=may_read,
                lookup=secrets.token_bytes(32), salt=secrets.token_bytes(16), public_key=pair.public,
                wrapped=wrapped(pair.public),
            )  # fmt: skip
        elif chance == 1:
            one = secrets.choice(there)
            company.let_read(**mine, buddy_id=one.id, may_read=may_read, wrapped=wrapped(one.public_key))
        elif chance == 2:
            company.part_from(**mine, buddy_id=secrets.choice(there).id)
        else:
            now = datetime.now(UTC)
            company.ask_later(**mine, at=now + timedelta(days=3), moment=now)
