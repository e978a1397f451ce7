"""Hidden entries in their table: kept, shown without address, looked at for a reason, forgotten."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.records.hidden.made_up import CANARY, said
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import Audience, StaffRole

if TYPE_CHECKING:
    from voordeur.records.hidden.entry import Entry

pytestmark = pytest.mark.django_db
KEY, MOMENT = ServerKey(b"k" * 32), datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
WHY = "moeder met twee kinderen, vanavond"
RESPONDER, COACH, PEER = {StaffRole.RESPONDER}, {StaffRole.COACH}, {StaffRole.PEER}


def entry(**changed: object) -> Entry:
    from voordeur.records.hidden.entry import read

    return read(said(**changed), date(2026, 11, 30))


def added(**changed: object) -> str:
    from voordeur.records.hidden.actions import add

    return add(entry=entry(**changed), server_key=KEY)


def looked(entry_id: str, roles: set[StaffRole] = RESPONDER, reason: str = WHY) -> Entry:
    from voordeur.records.hidden.actions import look

    return look(entry_id=entry_id, roles=roles, who="noor", reason=reason, moment=MOMENT, server_key=KEY)


def test_the_list_shows_kind_province_place_and_day_and_nothing_that_was_typed() -> None:
    from voordeur.records.hidden.queries import entries_for

    first, second = added(), added(region="Drenthe", has_place=None, capacity=None, kind="legal")
    shown = entries_for(roles=RESPONDER, server_key=KEY)
    assert [(one.id, one.region, one.kind, one.has_place, one.capacity) for one in shown] == [
        (second, "Drenthe", "legal", None, None), (first, "Utrecht", "safe_place", True, 4),
    ]  # fmt: skip
    assert shown[1].checked_on == date(2026, 11, 20)
    assert CANARY not in repr(shown)


def test_the_list_holds_what_is_for_these_roles_only() -> None:
    from voordeur.records.hidden.queries import entries_for

    both, coaches = added(), added(audience="roles", roles=["coach"])
    for roles, ids in ((RESPONDER, {both}), (COACH, {both, coaches}), (PEER, set()), (set(), set())):
        assert {one.id for one in entries_for(roles=roles, server_key=KEY)} == ids


def test_a_row_shows_nothing_but_its_id() -> None:
    from voordeur.records.hidden.models import HiddenEntry

    added()
    (row,) = HiddenEntry.objects.values()
    assert set(row) == {"id", "sealed"}
    assert CANARY.encode() not in bytes(row["sealed"])
    assert b"Utrecht" not in bytes(row["sealed"]) and b"safe_place" not in bytes(row["sealed"])


def test_a_look_gives_the_whole_and_is_on_the_trail_with_its_reason_sealed() -> None:
    from voordeur.records.hidden.actions import reference
    from voordeur.records.hidden.models import HiddenLook
    from voordeur.records.hidden.queries import looks
    from voordeur.records.staff.queries import audit_lines

    entry_id = added()
    assert looked(entry_id) == entry()
    (line,) = audit_lines(KEY, last=5)
    assert not isinstance(line, int)
    about = reference(entry_id, KEY)
    assert (line.who, line.what, line.about, line.at) == ("noor", "hidden entry looked at", about, MOMENT)
    (look,) = looks(KEY, last=5)
    assert not isinstance(look, int)
    assert (look.number, look.day, look.about, look.reason) == (line.number, date(2026, 11, 30), about, WHY)
    (row,) = HiddenLook.objects.values()
    assert set(row) == {"number", "day", "sealed"}
    assert WHY.encode() not in bytes(row["sealed"]) and entry_id not in repr(line)


@pytest.mark.parametrize("roles", [PEER, {StaffRole.LEAD}, set()])
def test_what_is_not_theirs_is_not_there_and_leaves_no_line(roles: set[StaffRole]) -> None:
    from voordeur.records.hidden.actions import EntryNotHere
    from voordeur.records.hidden.models import HiddenLook
    from voordeur.records.staff.queries import audit_lines

    entry_id = added()
    for asked, by in ((entry_id, roles), ("f" * 32, RESPONDER), (added(audience="roles", roles=["coach"]), RESPONDER)):
        with pytest.raises(EntryNotHere):
            looked(asked, by)
    assert audit_lines(KEY, last=5) == () and not HiddenLook.objects.exists()


def test_without_a_reason_nothing_is_shown_and_nothing_is_written() -> None:
    from voordeur.records.hidden.entry import EntryNotUsable
    from voordeur.records.staff.queries import audit_lines

    entry_id = added()
    with pytest.raises(EntryNotUsable, match="reason"):
        looked(entry_id, reason="why not")
    assert audit_lines(KEY, last=5) == ()


def test_what_cannot_be_written_on_the_trail_is_not_shown() -> None:
    from voordeur.records.hidden.actions import look
    from voordeur.records.hidden.models import HiddenLook
    from voordeur.records.staff.trail import LineTooLong

    entry_id = added()
    with pytest.raises(LineTooLong):
        look(entry_id=entry_id, roles=RESPONDER, who="n" * 41, reason=WHY, moment=MOMENT, server_key=KEY)
    assert not HiddenLook.objects.exists()


def test_an_entry_of_another_key_is_neither_listed_nor_shown_and_the_operator_sees_that_it_is_there() -> None:
    from voordeur.records.hidden.actions import EntryNotHere, look
    from voordeur.records.hidden.queries import audiences, entries_for

    entry_id, other = added(audience="roles", roles=["coach"]), ServerKey(b"o" * 32)
    assert audiences(KEY) == ((entry_id, Audience.ROLES, frozenset(COACH)),)
    assert audiences(other) == ((entry_id, None, frozenset()),)
    assert entries_for(roles=COACH, server_key=other) == ()
    with pytest.raises(EntryNotHere):
        look(entry_id=entry_id, roles=COACH, who="noor", reason=WHY, moment=MOMENT, server_key=other)


def test_an_entry_is_changed_and_removed_and_one_that_is_not_there_is_not() -> None:
    from voordeur.records.hidden.actions import EntryNotHere, change, remove
    from voordeur.records.hidden.queries import entries_for, is_there

    entry_id = added()
    change(entry_id=entry_id, entry=entry(region="Zeeland"), server_key=KEY)
    assert looked(entry_id).region == "Zeeland"
    remove(entry_id=entry_id)
    assert not is_there(entry_id) and entries_for(roles=RESPONDER, server_key=KEY) == ()
    with pytest.raises(EntryNotHere):
        remove(entry_id=entry_id)
    with pytest.raises(EntryNotHere):
        change(entry_id=entry_id, entry=entry(), server_key=KEY)
    assert not is_there(entry_id)


def test_a_reason_is_kept_for_a_year_and_not_a_day_longer() -> None:
    from voordeur.records.hidden.actions import forget_looks
    from voordeur.records.hidden.queries import looks

    looked(added())
    assert forget_looks(moment=MOMENT + timedelta(days=365)) == 0
    assert forget_looks(moment=MOMENT + timedelta(days=366)) == 1
    assert looks(KEY, last=5) == ()


def test_a_reason_that_was_changed_in_the_table_is_shown_as_not_to_be_opened() -> None:
    from voordeur.records.hidden.models import HiddenLook
    from voordeur.records.hidden.queries import looks

    looked(added())
    HiddenLook.objects.update(sealed=b"x" * 60)
    assert looks(KEY, last=5) == (1,)
