"""A text that was typed and not sent: one for each writer, sealed, and for nobody else."""

from __future__ import annotations

import pytest

from tests.records.conversations.people import SERVER, member
from tests.records.conversations.steps import DRAFT, coached, picked_up, save_draft
from voordeur.records.conversations import drafts, queries
from voordeur.records.conversations.actions import OutOfStep, StepNotAllowed
from voordeur.records.conversations.models import Draft

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("who", "epoch"), [("outsider", 1), ("owner", 0)])
def test_a_draft_is_refused_from_others_and_for_another_epoch(who: str, epoch: int) -> None:
    someone, _, ada = picked_up()
    with pytest.raises((StepNotAllowed, OutOfStep)):
        save_draft(someone, ada if who == "owner" else member(9), epoch)
    assert not Draft.objects.exists()


def test_a_draft_is_kept_once_for_each_writer_until_it_is_dropped() -> None:
    someone, peer, coach = coached()
    for who in (peer, coach, peer):
        save_draft(someone, who, 2)
    assert Draft.objects.count() == 2
    assert queries.draft(someone.id, peer.id, SERVER) == (2, DRAFT)
    drafts.drop_draft(conversation_id=someone.id, staff_id=peer.id, server_key=SERVER)
    assert queries.draft(someone.id, peer.id, SERVER) is None
    assert queries.draft(someone.id, coach.id, SERVER) == (2, DRAFT)


def test_a_draft_that_is_not_sealed_is_refused() -> None:
    someone, _, ada = picked_up()
    with pytest.raises(StepNotAllowed):
        drafts.save_draft(
            conversation_id=someone.id, staff_id=ada.id, epoch=1, envelope=b"in the clear", server_key=SERVER
        )
    assert not Draft.objects.exists()
