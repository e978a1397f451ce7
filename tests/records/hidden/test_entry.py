"""What a hidden entry may say, who may see it, and that it is sealed in one size for its own row."""

from __future__ import annotations

from datetime import date

import pytest

from tests.records.hidden.made_up import CANARY, said
from voordeur.records.hidden.entry import (
    SIZE,
    EntryNotUsable,
    EntryTooLong,
    opened,
    opened_reason,
    read,
    sealed_reason,
)
from voordeur.secrecy.keyring import KeyDoesNotFit, ServerKey
from voordeur.vocabulary import StaffRole

TODAY, KEY = date(2026, 11, 30), ServerKey(b"k" * 32)
ONE, OTHER = "a" * 32, "b" * 32
R = StaffRole
SHORTEST = said(name="x", address="x", purpose="x", asking="x", source="x", region="", has_place=None, capacity=None)


def test_an_entry_that_is_written_reads_as_the_same_entry() -> None:
    for values in (said(), SHORTEST, said(audience="roles", roles=["coach", "responder"])):
        entry = read(values, TODAY)
        assert read(entry.written(), TODAY) == entry
        assert opened(KEY, ONE, entry.sealed(KEY, ONE)) == entry


def test_a_day_of_a_file_is_the_same_as_a_day_in_text() -> None:
    assert read(said(dated_on=date(2026, 11, 1)), TODAY) == read(said(), TODAY)


def test_what_is_not_known_may_be_left_out() -> None:
    entry = read({k: v for k, v in said().items() if k not in ("organization", "region", "has_place", "roles")}, TODAY)
    assert (entry.organization, entry.region, entry.has_place, entry.roles) == ("", "", None, frozenset())


def test_every_sealed_entry_and_reason_has_one_size_and_shows_nothing() -> None:
    sizes = set()
    for values in (said(), SHORTEST, said(audience="roles", roles=["steward"])):
        sealed = read(values, TODAY).sealed(KEY, ONE)
        assert CANARY.encode() not in sealed
        sizes.add(len(sealed))
    assert sizes == {SIZE + 28}
    assert len({len(sealed_reason(KEY, 1, "tag", reason)) for reason in ("x" * 10, "é" * 200)}) == 1


def test_an_entry_opens_for_its_own_row_and_with_its_own_key_only() -> None:
    sealed = read(said(), TODAY).sealed(KEY, ONE)
    for key, entry_id in ((KEY, OTHER), (ServerKey(b"o" * 32), ONE)):
        with pytest.raises(KeyDoesNotFit):
            opened(key, entry_id, sealed)
    reason = sealed_reason(KEY, 7, "tag", "for the test of it")
    assert opened_reason(KEY, 7, reason) == ("tag", "for the test of it")
    with pytest.raises(KeyDoesNotFit):
        opened_reason(KEY, 8, reason)


def test_an_entry_shows_nothing_of_itself_in_an_error() -> None:
    assert CANARY not in repr(read(said(), TODAY)) + str(read(said(), TODAY))


def test_what_does_not_fit_in_the_one_size_is_refused() -> None:
    longest = {"name": 120, "address": 300, "purpose": 600, "asking": 600, "source": 300}
    read(said(**{name: "x" * most for name, most in longest.items()}), TODAY).sealed(KEY, ONE)
    with pytest.raises(EntryTooLong, match="too long"):
        read(said(**{name: "語" * most for name, most in longest.items()}), TODAY).sealed(KEY, ONE)


def test_what_everybody_may_see_is_sent_to_the_directory() -> None:
    with pytest.raises(EntryNotUsable, match="put it in the directory"):
        read(said(audience="public"), TODAY)


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"name": ""}, "name"), ({"name": "  "}, "name"), ({"name": 5}, "name"), ({"name": "x" * 121}, "name"),
        ({"address": "x\x00"}, "address"), ({"address": "x\u202ey"}, "address"), ({"address": None}, "address"),
        ({"organization": "Fier!"}, "organization"), ({"organization": "../x"}, "organization"),
        ({"kind": "house"}, "kind"), ({"kind": ["safe_place"]}, "kind"),
        ({"region": "Amsterdam"}, "region"), ({"region": None}, "region"), ({"region": "Dorpslaan 7"}, "region"),
        ({"has_place": 1}, "has_place"), ({"has_place": "yes"}, "has_place"),
        ({"capacity": -1}, "capacity"), ({"capacity": 1000}, "capacity"), ({"capacity": True}, "capacity"),
        ({"audience": "friends"}, "audience"), ({"confidence": "sure"}, "confidence"),
        ({"audience": "roles", "roles": []}, "roles"), ({"roles": ["coach"]}, "roles"),
        ({"audience": "roles", "roles": ["peer"]}, "roles"), ({"audience": "roles", "roles": ["lead"]}, "roles"),
        ({"audience": "roles", "roles": "coach"}, "roles"), ({"audience": "roles", "roles": [["coach"]]}, "roles"),
        ({"dated_on": "1 november"}, "dated_on"), ({"dated_on": None}, "dated_on"),
        ({"checked_on": "2026-12-01"}, "checked_on"), ({"checked_on": 20261101}, "checked_on"),
        ({"phone": "x"}, "phone"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence_that_names_the_part(changed: dict[str, object], part: str) -> None:
    with pytest.raises(EntryNotUsable, match=f"“{part}”"):
        read(said(**changed), TODAY)


@pytest.mark.parametrize("part", ["name", "address", "purpose", "asking", "kind", "audience", "source", "checked_on"])
def test_what_is_missing_is_named(part: str) -> None:
    with pytest.raises(EntryNotUsable, match=f"“{part}” is missing"):
        read({name: value for name, value in said().items() if name != part}, TODAY)


@pytest.mark.parametrize(
    "reason", ["", "too short", " " * 30, "x" * 201, "on two\nlines, that is", "with \x07 a bell in it"]
)
def test_a_reason_is_ten_to_two_hundred_signs_on_one_line(reason: str) -> None:
    with pytest.raises(EntryNotUsable, match="reason"):
        sealed_reason(KEY, 1, "tag", reason)


@pytest.mark.parametrize(
    ("roles", "partners", "coaches"),
    [
        ({R.RESPONDER}, True, False), ({R.COACH}, True, True), ({R.STEWARD}, True, True), ({R.PEER}, False, False),
        ({R.LEAD}, False, False), (set(), False, False), ({R.PEER, R.LEAD}, False, False),
        ({R.LEAD, R.RESPONDER}, True, False), ({R.PEER, R.COACH}, True, True),
    ],
)  # fmt: skip
def test_an_entry_is_for_partners_or_for_the_roles_that_it_names_and_for_who_keeps_the_map(
    roles: set[StaffRole], partners: bool, coaches: bool
) -> None:
    assert read(said(), TODAY).is_for(roles) == partners
    assert read(said(audience="roles", roles=["coach"]), TODAY).is_for(roles) == coaches
