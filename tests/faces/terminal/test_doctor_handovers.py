"""`voordeur doctor` on hand-overs: well when all is well, and a line for each law that somebody broke in the rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as now

from tests.faces.terminal.test_doctor import without_servers
from tests.records.conversations.people import NOON as SOME_DAY
from tests.records.conversations.people import SERVER, Visitor
from tests.records.handovers import people as p
from tests.records.handovers.people import Cast, Companion
from voordeur.faces.server_key import server_key
from voordeur.faces.terminal.doctor import findings
from voordeur.records.conversations.models import Conversation, Grant
from voordeur.records.handovers.label import HANDOVER_SIZE, sealed
from voordeur.records.handovers.models import Buddy, Handover
from voordeur.records.staff.actions import note_audit
from voordeur.records.staff.models import Team
from voordeur.rules.handover import HandoverActor
from voordeur.vocabulary import GrantReason

if TYPE_CHECKING:
    from voordeur.records.directory.queries import Directory

MOMENT = SOME_DAY + timedelta(hours=1)
pytestmark = pytest.mark.django_db


def faults(moment: Any = MOMENT) -> list[str]:
    # The tables of a test are made later than the moment of these people; that is no fault of a hand-over.
    said = [str(one) for one in findings(moment) if one.is_ok is False]
    return [one for one in without_servers(said) if "machine's clock" not in one]


@pytest.fixture
def sound(tmp_path: Path, settings: Any, directory: Directory) -> Any:
    """A hand-over of which the guest is let in, with a buddy who reads all and one who reads the plan."""
    settings.ENV = replace(now.ENV, data=tmp_path, secret="s" * 40, backups=None)
    server_key.cache_clear()
    settings.SERVER_SECRET = lambda: b"the server's key of the tests..."
    everybody = p.cast()
    someone = p.taken_up(everybody)
    one = p.draft(someone, everybody.people["ada"])
    p.ask(one.id, everybody.people["ada"])
    p.say_yes(someone, one, p.parcel_for(one, everybody))
    p.accept(one.id)
    p.join(one.id, everybody.people["fay"])
    reads, plans = p.bring(someone, may_read=True), p.bring(someone)
    p.new_keys(someone, p.due_of(someone, SOME_DAY), by=everybody.people["ada"])
    note_audit(server_key=SERVER, moment=SOME_DAY, who="ada", what="pick_up")
    yield everybody, someone, one.id, reads, plans
    server_key.cache_clear()


LONG_AGO = (SOME_DAY - timedelta(days=5)).isoformat()
Sound = tuple[Cast, Visitor, str, Companion, Companion]


def relabelled(**changes: Any) -> Callable[[Sound], None]:
    def change(given: Sound) -> None:
        label = sealed(replace(p.label_of(given[2]), **changes), SERVER, given[2], HANDOVER_SIZE)
        Handover.objects.filter(pk=given[2]).update(label=label)

    return change


def another_reason(given: Sound) -> None:
    Grant.objects.filter(reader_tag=given[4].tag).update(reason=GrantReason.BUDDY_TALK)


def a_guest_nobody_let_in(given: Sound) -> None:
    Grant.objects.create(
        conversation_id=given[1].id, epoch=2, reader_tag=given[0].people["hal"].tag, wrapped=b"w", reason="guest"
    )


def a_guest_without_a_login(given: Sound) -> None:
    Grant.objects.create(
        conversation_id=given[1].id, epoch=2, reader_tag=given[0].teams["health"].tag, wrapped=b"w", reason="guest"
    )


def a_text_without_a_mark(given: Sound) -> None:
    Handover.objects.filter(pk=given[2]).update(parcel=p.text_for(given[2], b"k" * 32, "something else"))


BROKEN: tuple[tuple[str, Callable[[Sound], object]], ...] = (
    ("1 labels of hand-overs, buddies or", lambda given: Handover.objects.update(label=b"x" * 1052)),
    ("2 labels of hand-overs, buddies or", lambda given: Buddy.objects.update(label=b"x" * 284)),
    ("1 of 1 hand-overs hold a text without the mark", a_text_without_a_mark),
    ("1 of 1 hand-overs hold a text without the mark", relabelled(organization="another-organisation")),
    ("1 of 1 hand-overs hold a text without the mark", relabelled(override_by="1", override_second="2")),
    ("1 of 1 hand-overs are not over and have no first desk", relabelled(desk="nowhere")),
    ("1 of 1 hand-overs are not over and have no first desk", relabelled(desk="", state="declined", is_back=True)),
    ("1 of 1 hand-overs stand more than an hour past", relabelled(agreed_at=LONG_AGO, since=LONG_AGO)),
    ("1 of 1 conversations have a guest or a buddy with a key", relabelled(state="declined")),
    ("1 of 1 conversations have a guest or a buddy with a key", relabelled(guest="")),
    ("1 of 1 conversations have a guest or a buddy with a key", a_guest_nobody_let_in),
    ("1 of 1 conversations have a guest or a buddy with a key", another_reason),
    ("1 of 1 conversations have a key that was given without a reason", a_guest_without_a_login),
    ("1 of 1 conversations have a key that was given without a reason", lambda given: Buddy.objects.all().delete()),
    (
        "1 of 1 conversations have a key that was given without a reason",
        lambda given: Grant.objects.filter(reader_tag=given[3].tag).update(reason=GrantReason.COACH),
    ),
    ("1 of 1 conversations have a key for a reader that is not known", lambda given: Buddy.objects.all().delete()),
)  # fmt: skip


def test_sound_hand_overs_guests_and_buddies_have_no_fault(sound: Sound) -> None:
    assert faults() == []
    said = [str(one) for one in findings(MOMENT)]
    assert "ok 1 hand-overs: no text is there without a yes or two signatures" in said
    assert "ok 1 conversations: guests and buddies hold keys only while they may" in said


@pytest.mark.parametrize(("sentence", "broken"), BROKEN, ids=[f"{n}-{one[0]}" for n, one in enumerate(BROKEN)])
def test_each_broken_law_of_a_hand_over_is_found(
    sound: Sound, sentence: str, broken: Callable[[Sound], object]
) -> None:
    broken(sound)
    said = faults()
    assert [one for one in said if sentence in one and one.startswith("FAULT ") and ": " in one], said
    assert not [one for one in said if sound[2] in one or sound[1].id in one]


def test_an_hour_after_its_limit_a_hand_over_stands_too_long_and_not_before(sound: Sound) -> None:
    due = SOME_DAY + timedelta(hours=p.LIMITS.of[p.label_of(sound[2]).now].hours)
    assert not [one for one in faults(due + timedelta(minutes=59)) if "past their limit" in one]
    assert [one for one in faults(due + timedelta(minutes=61)) if "past their limit" in one]


@pytest.mark.parametrize("what", ["yes taken back", "handed on", "over", "waits again"])
def test_what_people_can_do_leaves_no_fault(sound: Sound, what: str) -> None:
    from tests.records.conversations.steps import close
    from voordeur.records.conversations import actions
    from voordeur.records.handovers.actions import make_contact

    everybody, someone, one, _, _ = sound
    if what == "yes taken back":
        p.withdraw(someone, one)
    elif what == "handed on":
        make_contact(handover_id=one, by=HandoverActor.PARTNER, moment=SOME_DAY, server_key=SERVER)
        assert p.complete(someone, one)
    elif what == "over":
        close(someone, everybody.people["ada"])
    else:
        assert p.complete(someone, one)
        fay = everybody.people["fay"]
        actions.release(conversation_id=someone.id, owner_id=fay.id, moment=SOME_DAY, server_key=SERVER)
    assert faults() == []


def test_a_team_that_is_gone_while_a_hand_over_came_back_is_found(sound: Sound) -> None:
    p.decline(sound[2])
    assert faults() == []
    Conversation.objects.update(team_tag=sound[0].teams["sport"].tag)
    Team.objects.filter(slug="central").delete()
    assert [one for one in faults() if "have no first desk that is there" in one]
