"""What the mark of a yes binds: exactly this text for exactly this receiver."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from tests.records.conversations.people import SERVER, Visitor
from tests.records.handovers import people as p
from tests.records.handovers.people import Cast
from tests.records.handovers.scenes import offered, reads, row
from voordeur.records.handovers import queries
from voordeur.records.handovers.steps import keep

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("changes", [
    {"service": "another-service"}, {"organization": "another"}, {"team": "health"}, {"until": "2026-12-30"},
])  # fmt: skip
def test_a_yes_is_to_this_organisation_and_this_service_of_it(
    cast: Cast, someone: Visitor, changes: dict[str, str]
) -> None:
    one = offered(cast, someone)
    assert reads(one) is not None
    label = p.label_of(one.id)
    keep(row(one), replace(label, **changes), SERVER)
    assert reads(one) is None
    assert [is_marked for _, is_marked in queries.everything(SERVER)] == [False]
    keep(row(one), label, SERVER)
    assert reads(one) is not None


def test_a_mark_that_was_made_before_the_service_was_in_it_still_holds(cast: Cast, someone: Visitor) -> None:
    one = offered(cast, someone)
    kept, label = row(one), p.label_of(one.id)
    now = bytes(kept.consent_mark or b"")
    text = hashlib.sha256(bytes(kept.parcel or b"")).hexdigest()
    said = (one.id, label.organization, label.team, label.until, "yes", text)
    kept.consent_mark = SERVER.tag("consent", "\0".join(said))
    kept.save()
    assert bytes(kept.consent_mark) != now
    assert reads(one) is not None and [is_marked for _, is_marked in queries.everything(SERVER)] == [True]
    p.accept(one.id)
    kept = row(one)
    kept.consent_mark = SERVER.tag("consent", "\0".join((*said[:-1], hashlib.sha256(b"another").hexdigest())))
    kept.save()
    assert reads(one) is None
