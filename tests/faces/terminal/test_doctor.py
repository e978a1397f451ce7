"""`voordeur doctor`: well when all is well, and a line with what to do for each thing that is not."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as now
from django.db import connection

from tests.faces.clock.conftest import NOON, Begin
from tests.faces.clock.conftest import begin as begin  # fixtures of this file too
from tests.faces.clock.conftest import key as key
from tests.faces.terminal.test_running import free_ports, get, real_thing
from voordeur.faces.terminal import doctor
from voordeur.faces.terminal.doctor import Finding, findings
from voordeur.faces.terminal.ground import moment_now
from voordeur.records.conversations.actions import NewMessage, pick_up, write
from voordeur.records.conversations.models import Conversation, Grant, Message
from voordeur.records.conversations.queries import conversation
from voordeur.records.outbox.actions import ask_notice, set_notice_address
from voordeur.records.staff.actions import add_member, add_staff, add_team, note_audit, switch_off
from voordeur.records.staff.models import AuditLine
from voordeur.secrecy.envelope import Context, seal
from voordeur.secrecy.keyring import ServerKey, new_key
from voordeur.settings.env import MailServer
from voordeur.vocabulary import Direction, StaffRole

if TYPE_CHECKING:
    from voordeur.records.directory.queries import Directory

LAST_DAY = date(2199, 12, 31)


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:
    """A data folder of this test's own, and a server's key that is set."""
    settings.ENV = replace(now.ENV, data=tmp_path, secret="s" * 40, backups=None)
    return tmp_path


def faults(moment: Any = None) -> list[str]:
    return [str(one) for one in findings(moment or moment_now()) if one.is_ok is False]


def without_servers(said: list[str]) -> list[str]:
    """What is wrong, but for the servers and timers that no test of one process has."""
    return [one for one in said if "does not answer" not in one and "never ran" not in one]


@pytest.fixture
def sound(data: Path, key: ServerKey, begin: Begin, directory: Directory) -> str:
    """A sound conversation of two messages, held by somebody of its team; gives its id."""
    team = add_team(slug="central", name="Central")
    staff = add_staff(name="anna", shown_name="Anna", languages=["nl"], moment=NOON).staff
    add_member(staff=staff, team=team, role=StaffRole.RESPONDER, moment=NOON)
    one = begin(5, LAST_DAY)
    pick_up(conversation_id=one, staff_id=staff.pk, role="responder", moment=NOON, server_key=key)
    talk = new_key()
    for direction, writer, number in ((Direction.VISITOR, None, 1), (Direction.DESK, staff.pk, 2)):
        write(
            conversation_id=one,
            message=NewMessage(
                direction,
                bytes([number]) * 16,
                1,
                0,
                seal(talk, Context(bytes.fromhex(one), direction, 1), b"hello"),
            ),
            kept_until=LAST_DAY,
            moment=NOON,
            server_key=key,
            writer_id=writer,
        )
    note_audit(server_key=key, moment=NOON, who="anna", what="pick_up")
    return one


def row(one: str) -> Conversation:
    return Conversation.objects.get(pk=one)


def grant_to_a_stranger(one: str) -> None:
    Grant.objects.create(conversation=row(one), epoch=0, reader_tag=b"?" * 16, wrapped=b"w", reason="coach")


def two_owners(one: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints=ON")
        Conversation.objects.filter(pk=one).update(state="waiting")
        cursor.execute("PRAGMA ignore_check_constraints=OFF")


def swapped(one: str) -> None:
    first, second = Message.objects.filter(conversation_id=one)
    Message.objects.filter(pk=first.pk).update(place=99)
    assert second.place == 2


BROKEN: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("have a label that does not open", lambda one: Conversation.objects.filter(pk=one).update(label=b"x" * 540)),
    ("have no owner, or one too many", two_owners),
    (
        "cannot be read by their visitor, or by nobody else",
        lambda one: Grant.objects.filter(conversation_id=one, reason="visitor").delete(),
    ),
    (
        "cannot be read by their visitor, or by nobody else",
        lambda one: Grant.objects.filter(conversation_id=one).exclude(reason="visitor").delete(),
    ),
    ("was given without a reason", lambda one: Grant.objects.filter(conversation_id=one).update(reason="curious")),
    ("was given without a reason", lambda one: Grant.objects.filter(conversation_id=one).update(reason="visitor")),
    ("have a key for a reader that is not known", grant_to_a_stranger),
    ("have messages that are doubled", swapped),
    ("have messages that are doubled", lambda one: Message.objects.filter(place=2).update(envelope=b"hello")),
    ("have messages that are doubled", lambda one: Message.objects.filter(place=2).update(epoch=7)),
    ("have messages that are doubled", lambda one: Conversation.objects.filter(pk=one).update(last_place=1)),
    ("are past their day", lambda one: Conversation.objects.filter(pk=one).update(kept_until=date(2020, 1, 1))),
)


@pytest.mark.django_db
def test_a_sound_conversation_has_no_fault(sound: str) -> None:
    assert without_servers(faults()) == []
    said = [str(one) for one in findings(moment_now())]
    assert "ok 1 conversations: each has one owner or one queue" in said
    assert "ok the trail of what was done is whole up to line 1" in said


@pytest.mark.django_db
@pytest.mark.parametrize(("sentence", "broken"), BROKEN, ids=[f"{n}-{one[0]}" for n, one in enumerate(BROKEN)])
def test_each_broken_law_of_a_conversation_is_found_and_nothing_is_changed(
    sound: str, key: ServerKey, sentence: str, broken: Callable[[str], object]
) -> None:
    broken(sound)
    said = without_servers(faults())
    assert [one for one in said if sentence in one and one.startswith("FAULT 1")], said
    assert all(": " in one for one in said)
    assert not [one for one in said if sound in one]
    assert conversation(sound, key) is not None


@pytest.mark.django_db
def test_a_conversation_with_somebody_whose_login_is_off_is_with_nobody(sound: str) -> None:
    from voordeur.records.staff.queries import staff_by_name

    anna = staff_by_name("anna")
    assert anna
    switch_off(staff=anna, moment=NOON)
    assert [one for one in without_servers(faults()) if "with nobody who can answer" in one]


@pytest.mark.django_db
def test_one_that_waits_in_a_team_that_is_gone_is_with_nobody(data: Path, begin: Begin, directory: Directory) -> None:
    begin(5, LAST_DAY)
    said = without_servers(faults())
    assert [one for one in said if "with nobody who can answer" in one]


@pytest.mark.django_db
def test_a_changed_line_of_the_trail_is_found(sound: str) -> None:
    AuditLine.objects.update(sealed=b"x" * 400)
    assert [one for one in faults() if one.startswith("FAULT the trail of what was done has ")]


@pytest.mark.django_db
def test_a_missing_key_is_a_fault_and_to_look_makes_none(data: Path, settings: Any) -> None:
    settings.ENV = replace(now.ENV, secret="")
    assert "FAULT this server has no key yet: start “voordeur run”; it makes one" in faults()
    assert not list(data.iterdir())


@pytest.mark.django_db
def test_a_key_that_is_gone_from_a_sealed_database_must_be_put_back(sound: str, data: Path, settings: Any) -> None:
    settings.ENV = replace(now.ENV, secret="")
    said = faults()
    assert f"FAULT the server's key is missing: put “{data / 'server.key'}” back from its copy" in said
    assert "FAULT the conversations could not be looked at: the server's key is needed" in said
    assert not (data / "server.key").exists()


@pytest.mark.django_db
def test_another_servers_key_opens_no_label_and_no_trail(sound: str, settings: Any) -> None:
    from voordeur.faces.server_key import server_key

    server_key.cache_clear()
    settings.SERVER_SECRET = lambda: b"another key" * 3
    said = " ".join(faults())
    assert "label that does not open" in said and "the trail of what was done has" in said


@pytest.mark.django_db
def test_a_clock_that_is_set_back_is_found(data: Path, directory: Directory) -> None:
    assert [one for one in faults(moment_now() - timedelta(days=4000)) if "the machine's clock is behind" in one]
    assert not [one for one in faults() if "the machine's clock" in one]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ago", "line"),
    [
        (None, "FAULT the timers never ran here: start “voordeur run”"),
        (10, "ok the timers ran less than 90 seconds ago"),
        (7200, "FAULT the timers last ran 2.0 hours ago: see whether “voordeur run” is still there, and start it"),
    ],
)
def test_timers_that_stand_still_are_found(data: Path, ago: int | None, line: str) -> None:
    if ago is not None:
        (data / "run").mkdir()
        (data / "run" / "clock").touch()
        os.utime(data / "run" / "clock", (time.time() - ago, time.time() - ago))
    assert line in [str(one) for one in findings(moment_now())]


@pytest.mark.django_db
def test_a_disk_that_is_nearly_full_is_found(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [one for one in faults() if "MB free" in one]
    monkeypatch.setattr(doctor, "LEAST_FREE_MEGABYTES", 10**9)
    assert [one for one in faults() if "MB free" in one and "make room" in one]


@pytest.mark.django_db
def test_sockets_of_processes_that_fell_are_found_and_living_ones_are_not(data: Path) -> None:
    (data / "run").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as living:
        living.bind(str(data / "run" / "1.sock"))
        assert not [one for one in faults() if "sockets" in one]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as fallen:
            fallen.bind(str(data / "run" / "2.sock"))
        assert [one for one in faults() if one.startswith("FAULT 1 sockets were left behind")]


@pytest.mark.django_db
def test_backups_that_are_missing_old_or_open_are_found(data: Path, settings: Any) -> None:
    def said() -> list[str]:
        return [str(one) for one in findings(moment_now()) if "backup" in one.said]

    assert said() == ["not known: no backup folder is set (VOORDEUR_BACKUPS)"]
    folder = data / "backups"
    folder.mkdir()
    settings.ENV = replace(now.ENV, backups=folder)
    assert said()[0].startswith("FAULT there is no backup")
    (folder / "monday").touch(mode=0o600)
    assert [one[:3] for one in said()] == ["ok "] * 3
    day = 24 * 3600
    os.utime(folder / "monday", (time.time() - 31 * day, time.time() - 31 * day))
    assert [one[:6] for one in said()] == ["FAULT ", "FAULT ", "ok no "]
    (folder / "tuesday").touch()
    (folder / "tuesday").chmod(0o644)
    assert [one[:6] for one in said()] == ["ok the", "FAULT ", "FAULT "]


@pytest.mark.django_db
def test_a_notice_that_waits_for_more_than_a_day_is_found(data: Path, settings: Any, key: ServerKey) -> None:
    def said(moment: Any) -> list[str]:
        return [str(one) for one in findings(moment) if "notice" in one.said]

    moment = moment_now()
    assert said(moment) == ["ok no mail is set (VOORDEUR_SMTP_URL), and no notice is sent"]
    settings.ENV = replace(now.ENV, smtp=MailServer("mail.example", 587))
    team = add_team(slug="partner", name="Partner", organization="de-partner")
    set_notice_address(team=team, address="wacht@partner.example", server_key=key)
    ask_notice(team=team, moment=moment)
    for hours in (0, 23):
        assert said(moment + timedelta(hours=hours)) == ["ok mail is set, and no notice waits for more than a day"]
    (late,) = said(moment + timedelta(days=2))
    assert late.startswith("FAULT mail is set, but 1 notices waited for more than a day: ")
    assert "partner" not in late


@pytest.mark.django_db
def test_no_directory_is_a_fault(data: Path) -> None:
    from voordeur.records.directory.models import Edition, Organization

    Organization.objects.all().delete()
    Edition.objects.all().delete()
    assert "FAULT no directory is loaded: “voordeur directory load”" in faults()


def test_a_line_is_ok_a_fault_with_what_to_do_or_not_known() -> None:
    lines = [Finding("all is well"), Finding("it is broken", False, "mend it"), Finding("who knows", None)]
    assert [str(one) for one in lines] == ["ok all is well", "FAULT it is broken: mend it", "not known: who knows"]


def test_where_nothing_is_installed_every_line_is_there_and_nothing_is_made(
    process: Callable[..., Any], environment: dict[str, str]
) -> None:
    ports = dict(zip(("VOORDEUR_PUBLIC_PORT", "VOORDEUR_DESK_PORT"), map(str, free_ports()), strict=True))
    said = process("doctor", **ports)
    assert (said.code, said.err) == (1, "")
    assert "the database cannot be read" in said.out and "does not answer" in said.out
    assert not Path(environment["VOORDEUR_DATA"]).exists()


def test_a_running_installation_is_well_and_a_stopped_one_is_not(
    process: Callable[..., Any], environment: dict[str, str]
) -> None:
    public, desk = free_ports()
    ports = {"VOORDEUR_PUBLIC_PORT": str(public), "VOORDEUR_DESK_PORT": str(desk)}
    with real_thing(environment | ports):
        said = process("doctor", **ports)
        assert (said.code, said.err) == (0, ""), said.out
        assert f"ok the public server answers on port {public}" in said.out
        assert "ok the desk server sends the headers that protect" in said.out
        assert get(public, "/robots.txt")
    stopped = process("doctor", "--json", **ports)
    assert stopped.code == 1
    found = json.loads(stopped.out)
    assert {
        "state": "fault",
        "said": f"the desk server does not answer on port {desk}",
        "do": "start “voordeur run”",
    } in found
    assert {one["state"] for one in found} == {"ok", "fault", "unknown"}
