"""A visitor who comes back to a conversation that only one person could read is read by the team from then on."""

from __future__ import annotations

from types import ModuleType

from tests.faces.visit.conftest import Visitor, talks, texts
from tests.faces.visit.test_talk_json import Script
from voordeur.vocabulary import TalkState


def test_what_follows_is_for_the_team_and_what_was_stays_as_it_was(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "first")
    conversation = desk.newest()
    desk.begins_epoch_alone(conversation)
    visitor.presses("go", "talk:say", text="for Sam alone")
    desk.closes(conversation)
    assert desk.team_reads(conversation) == ["first"]
    visitor.presses("go", "talk:say", text="I am back")
    assert (desk.held(conversation).state, desk.held(conversation).epoch) == (TalkState.WAITING, 2)
    assert desk.team_reads(conversation) == ["first", "I am back"]
    visitor.presses("go", "talk:say", text="and more")
    assert desk.held(conversation).epoch == 2, "one epoch is enough"
    assert texts(visitor, everything=True) == ["first", "for Sam alone", "I am back", "and more"]


def test_while_somebody_answers_no_new_keys_are_made(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "first")
    conversation = desk.newest()
    desk.begins_epoch_alone(conversation)
    visitor.presses("go", "talk:say", text="for Sam alone")
    assert desk.held(conversation).epoch == 1 and desk.team_reads(conversation) == ["first"]


def test_the_script_is_told_to_seal_anew(visitor: Visitor, desk: ModuleType) -> None:
    script = Script(visitor.comes_in()).begins()
    script.says("first")
    desk.begins_epoch_alone(script.id)
    desk.closes(script.id)
    behind = script.asks(**script.sealed("I am back"))
    assert script.status == 409 and behind["epoch"] == 2
    assert desk.held(script.id).state is TalkState.CLOSED, "a text that was refused wakes nobody"
    script.keys, script.epoch, script.next = behind["keys"], behind["epoch"], behind["next"]
    script.says("I am back")
    assert desk.held(script.id).state is TalkState.WAITING and desk.team_reads(script.id) == ["first", "I am back"]


def test_a_team_without_a_key_stops_nobody_from_writing(visitor: Visitor, desk: ModuleType) -> None:
    talks(visitor, "first")
    conversation = desk.newest()
    desk.begins_epoch_alone(conversation)
    desk.closes(conversation)
    desk.Team.objects.filter(slug=desk.SLUG).update(public_key=None)
    visitor.presses("go", "talk:say", text="I am back")
    assert desk.held(conversation).state is TalkState.WAITING and desk.held(conversation).epoch == 1
