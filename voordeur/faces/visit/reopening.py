"""New keys when a visitor writes to a conversation that the team cannot read any more.

A team may choose that only the one who answers holds the keys (recovery “none” or “escrow”). When that person closed
it, or is gone, and the visitor comes back, what follows must be readable by somebody: an epoch begins with keys for
the visitor, the team, and the escrow key where there is one. What was said before stays as it was.
"""

from __future__ import annotations

from contextlib import suppress

from voordeur.faces.server_key import server_key
from voordeur.faces.visit.conversing import Sitting, sit
from voordeur.faces.visit.passes import Pass
from voordeur.records.conversations import actions, queries
from voordeur.records.staff.queries import team_by_slug
from voordeur.secrecy import keyring
from voordeur.vocabulary import GrantReason, Recovery, TalkState


def readable(sitting: Sitting, one: Pass) -> Sitting:
    """The conversation with keys that its team holds too, unless somebody answers in it. Never without a way on."""
    held, server = sitting.held, server_key()
    if held.state is TalkState.HELD or queries.is_readable_by_team(held):
        return sitting
    team = team_by_slug(held.label.team)
    if team is None or team.public_key is None:
        return sitting
    key, desk_key = keyring.new_key(), keyring.new_key()
    context = keyring.grant_context(held.raw_id, held.epoch + 1)
    both = key + desk_key
    grants = {
        queries.visitor_tag(server, held.id): keyring.wrap(held.visitor_key, key, context),
        queries.team_tag(server, team.slug): keyring.wrap(bytes(team.public_key), both, context),
    }
    expected = {
        queries.visitor_tag(server, held.id): GrantReason.VISITOR,
        queries.team_tag(server, team.slug): GrantReason.QUEUE,
    }
    if team.recovery == Recovery.ESCROW and team.escrow_public_key is not None:
        tag = queries.escrow_tag(server, team.slug)
        grants[tag] = keyring.wrap(bytes(team.escrow_public_key), both, context)
        expected[tag] = GrantReason.ESCROW
    # Somebody may be first: another page of the visitor, or one who took it up.
    with suppress(actions.OutOfStep, actions.StepNotAllowed):
        actions.begin_epoch(
            conversation_id=held.id,
            epoch=held.epoch + 1,
            grants=grants,
            expected=expected,
            staff_id=None,
            server_key=server,
            visitor_key=held.visitor_key,
        )
    return sit(one) or sitting
