"""What is deleted or past its day is gone: no row, no key, and no trace in the files of the database."""

from __future__ import annotations

import secrets
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.records.conversations.people import (
    KEPT,
    NOON,
    SERVER,
    Visitor,
    desk_message,
    desk_writes,
    member,
)
from tests.records.conversations.steps import (
    give_code,
    pick_up,
    picked_up,
    save_draft,
)
from voordeur.records.conversations import actions, forgetting, queries
from voordeur.records.conversations.actions import ConversationGone
from voordeur.records.conversations.models import Conversation, Draft, Grant, Message
from voordeur.vocabulary import Direction, GrantReason

pytestmark = pytest.mark.django_db

R = GrantReason


def test_a_visitor_removes_what_both_said_and_not_what_the_desk_said_to_itself() -> None:
    someone, _, ada = picked_up()
    desk_writes(someone.id, ada, "between us", Direction.NOTE)
    assert forgetting.delete_message(conversation_id=someone.id, place=1)
    assert not forgetting.delete_message(conversation_id=someone.id, place=1)
    assert not forgetting.delete_message(conversation_id=someone.id, place=2)
    assert [one.place for one in queries.messages(someone.id)] == [2]


def test_after_deleting_nothing_is_left_and_nothing_can_be_done() -> None:
    someone, _, ada = picked_up()
    save_draft(someone, ada, 1)
    message = desk_message(someone.id, ada, "too late")
    forgetting.delete_conversation(conversation_id=someone.id)
    assert [kind.objects.count() for kind in (Conversation, Grant, Message, Draft)] == [0, 0, 0, 0]
    with pytest.raises(ConversationGone):
        actions.write(
            conversation_id=someone.id,
            message=message,
            kept_until=KEPT,
            moment=NOON,
            server_key=SERVER,
            writer_id=ada.id,
        )
    forgetting.delete_conversation(conversation_id=someone.id)  # again: nothing


def test_the_last_day_is_a_whole_day_and_then_it_is_forgotten() -> None:
    someone, _, _ = picked_up()
    kept, _, _ = picked_up()
    give_code(kept, b"c" * 32)
    assert forgetting.forget(moment=NOON + timedelta(days=2)) == 0
    assert forgetting.forget(moment=NOON + timedelta(days=3)) == 1
    assert queries.conversation(someone.id, SERVER) is None
    assert queries.conversation(kept.id, SERVER) is not None
    assert set(Grant.objects.values_list("conversation_id", flat=True)) == {kept.id}


_SCRIPT = """
import sys, os
from datetime import datetime, UTC
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.conf import settings
from tests.records.conversations.people import team, visitor
from voordeur.records.conversations import forgetting
from voordeur.records.conversations.models import Message
someone, other = visitor(), visitor()
for one in (someone, other):
    one.opens(team("central"))
    one.writes("x" * 900)
marks = [bytes(row.envelope)[20:60] for row in Message.objects.filter(conversation_id=someone.id)]
kept = bytes(Message.objects.filter(conversation_id=other.id).first().envelope)[20:60]
def found(mark):
    return any(mark in path.read_bytes() for path in settings.ENV.data.iterdir() if path.is_file())
before = [found(mark) for mark in marks]
forgetting.delete_conversation(conversation_id=someone.id)
print(before, [found(mark) for mark in marks], found(kept))
"""


def test_what_was_deleted_stands_in_no_file_of_the_database(tmp_path: Path) -> None:
    tried = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={"DJANGO_SETTINGS_MODULE": "voordeur.settings.public", "VOORDEUR_DATA": str(tmp_path), "PATH": ""},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.stdout.strip().splitlines()[-1:] == ["[True, True] [False, False] True"], tried.stderr


def test_a_random_id_is_never_found() -> None:
    with pytest.raises(ConversationGone):
        pick_up(Visitor(b"", id=secrets.token_hex(16)), member(1))
