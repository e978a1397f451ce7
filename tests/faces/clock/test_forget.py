"""What is past its day is gone; what is not stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.faces.clock.conftest import NOON, Begin
from voordeur.faces.clock.forget import forget_conversations, forget_staff, forget_words
from voordeur.records.conversations.queries import conversation
from voordeur.records.directory.actions import accept_word, propose_word
from voordeur.records.directory.own_words import Said
from voordeur.records.directory.queries import Directory, own_word
from voordeur.records.staff.actions import add_staff, keep_session, switch_off
from voordeur.records.staff.queries import has_session, staff_by_name
from voordeur.rules.opening import AMSTERDAM
from voordeur.secrecy.keyring import ServerKey

pytestmark = pytest.mark.django_db


def test_a_conversation_stays_through_its_last_day_and_is_gone_after_it(begin: Begin, key: ServerKey) -> None:
    first, second = begin(5, date(2026, 11, 25)), begin(5, date(2026, 11, 26))
    last_minute = datetime(2026, 11, 25, 23, 59, tzinfo=AMSTERDAM)
    assert forget_conversations(last_minute) == "0 conversations past their day"
    assert forget_conversations(last_minute + timedelta(minutes=1)) == "1 conversations past their day"
    assert conversation(first, key) is None
    assert conversation(second, key) is not None


def test_a_desk_session_past_its_end_and_a_login_long_off_are_gone(key: ServerKey) -> None:
    made = add_staff(name="anna", shown_name="Anna", languages=["nl"], moment=NOON).staff
    other = add_staff(name="bas", shown_name="Bas", languages=["nl"], moment=NOON).staff
    switch_off(staff=made, moment=NOON)
    for name, hours in (("past", 1), ("lasting", 24 * 60)):
        keep_session(
            key_hash=name, staff_id=other.pk, sealed=b"sealed", ends_at=NOON + timedelta(hours=hours), must_be=False
        )
    assert forget_staff(NOON) == "0 rows of the desk past their time"
    assert forget_staff(NOON + timedelta(days=40)) == "2 rows of the desk past their time"
    assert staff_by_name("anna") is None and staff_by_name("bas") is not None
    assert not has_session("past") and has_session("lasting")


def test_what_an_organisation_said_of_now_is_not_known_again_after_a_while(directory: Directory) -> None:
    name, one = next(iter(directory.organizations.items()))
    word = propose_word(
        organization=name, service=one.services[0].key, said=Said(takes_people=False), moment=NOON
    )  # fmt: skip
    accept_word(word=word, moment=NOON)
    assert forget_words(NOON + timedelta(days=60)) == "0 own words of organisations past their time"
    assert forget_words(NOON + timedelta(days=61)) == "1 own words of organisations past their time"
    kept = own_word(word)
    assert kept is not None and kept.said.takes_people is None
