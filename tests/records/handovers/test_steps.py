"""A verb of a hand-over is whole or not at all: what dies between two writes leaves everything as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import models

from tests.records.conversations.people import NOON, SERVER, Visitor
from tests.records.handovers import people as p
from tests.records.handovers.people import Cast
from tests.records.handovers.scenes import asked, in_contact, joined, offered
from voordeur.records.conversations.models import Conversation, Grant
from voordeur.records.handovers import actions, company, guests, partner
from voordeur.records.handovers.models import Buddy, Handover, Permission, Remark
from voordeur.records.outbox.models import Notice
from voordeur.rules.handover import HandoverActor
from voordeur.vocabulary import DeclineReason

pytestmark = pytest.mark.django_db
TABLES = (Conversation, Grant, Handover, Remark, Buddy, Permission, Notice)


class Died(Exception):
    """As a process that is gone."""


def _rows() -> list[Any]:
    return [sorted(map(repr, table.objects.values_list())) for table in TABLES]


def _yes(cast: Cast, someone: Visitor) -> Callable[[], object]:
    one = asked(cast, someone)
    return lambda: p.say_yes(someone, one, p.parcel_for(one, cast))


def _accept(cast: Cast, someone: Visitor) -> Callable[[], object]:
    one = offered(cast, someone)
    return lambda: p.accept(one.id)


def _no(cast: Cast, someone: Visitor) -> Callable[[], object]:
    one, _ = offered(cast, someone), offered(cast, someone, "health")
    return lambda: actions.decline(
        handover_id=one.id, by=HandoverActor.PARTNER, reason=DeclineReason.NO_PLACE, might="", word=None, moment=NOON,
        server_key=SERVER,
    )  # fmt: skip


def _back(cast: Cast, someone: Visitor) -> Callable[[], object]:
    one = joined(cast, someone)
    return lambda: p.withdraw(someone, one.id)


def _arrived(cast: Cast, someone: Visitor) -> Callable[[], object]:
    one = in_contact(cast, someone)
    return lambda: p.complete(someone, one.id)


def _leaves(cast: Cast, someone: Visitor) -> Callable[[], object]:
    one = joined(cast, someone)
    return lambda: partner.leave(handover_id=one.id, staff_id=cast.people["fay"].id, server_key=SERVER)


def _let_out(cast: Cast, someone: Visitor) -> Callable[[], object]:
    one = joined(cast, someone)
    return lambda: guests.let_join(
        handover_id=one.id, conversation_id=someone.id, visitor_private=someone.pair.private, may_join=False,
        moment=NOON, server_key=SERVER,
    )  # fmt: skip


def _nobody_may_call(cast: Cast, someone: Visitor) -> Callable[[], object]:
    offered(cast, someone)
    return lambda: company.permit(
        conversation_id=someone.id, rule=None, moment=NOON, server_key=SERVER, visitor_private=someone.pair.private
    )


@pytest.mark.parametrize("verb", [_yes, _accept, _no, _back, _arrived, _leaves, _let_out, _nobody_may_call])
def test_what_dies_between_two_writes_leaves_everything_as_it_was(
    cast: Cast, someone: Visitor, monkeypatch: pytest.MonkeyPatch, verb: Callable[..., Callable[[], object]]
) -> None:
    """At the first write, at the second, and so on, until none is left to die at."""
    taken = verb(cast, someone)
    before, save, delete = _rows(), models.Model.save_base, models.query.QuerySet.delete
    for dies_at in range(1, 40):
        writes = 0

        def counted(call: Callable[..., Any], *given: Any, at: int = dies_at, **more: Any) -> Any:
            nonlocal writes
            writes += 1
            if writes == at:
                raise Died
            return call(*given, **more)

        with monkeypatch.context() as patched:
            patched.setattr(models.Model, "save_base", lambda *given, **more: counted(save, *given, **more))
            patched.setattr(models.query.QuerySet, "delete", lambda *given, **more: counted(delete, *given, **more))
            try:
                taken()
            except Died:
                assert _rows() == before, f"died at write {dies_at}"
                continue
        break
    assert dies_at > 1, "nothing was written"
    assert _rows() != before
