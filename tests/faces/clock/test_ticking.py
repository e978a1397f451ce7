"""The clock: one failing timer stops no other, nothing stays locked, and it ends when asked."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.faces.clock.conftest import NOON
from tests.reach.post_office import PostOffice
from voordeur.faces.clock import ticking
from voordeur.faces.clock.ticking import BEAT, all_timers, beat, keep_ticking, tick

#: In the order in which they run.
TIMERS = [
    "alarms", "duty", "left-behind", "handovers", "check-ins", "conversations", "desk", "own-words", "corrections",
    "entries", "outbox", "looks", "notices",
]  # fmt: skip


def fails(moment: datetime) -> str:
    raise RuntimeError("what somebody wrote")


def test_a_timer_that_fails_stops_no_other_and_only_its_kind_is_written(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("voordeur").propagate = True
    said = tick({"first": fails, "second": lambda moment: f"at {moment:%H:%M}", "third": fails}, NOON)
    assert said == {"first": None, "second": "at 12:00", "third": None}
    assert caplog.messages == [f"the timer “{name}” failed: RuntimeError" for name in ("first", "third")]
    assert "what somebody wrote" not in caplog.text


def test_turn_follows_turn_until_stopping_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "EVERY_SECONDS", 0.01)
    asked, turns = threading.Event(), []

    def third_is_last(moment: datetime) -> str:
        turns.append(moment)
        if len(turns) == 3:
            asked.set()
        return ""

    keep_ticking({"count": third_is_last}, tmp_path, asked)
    assert len(turns) == 3 and turns[0] < turns[1] < turns[2]
    assert all(moment.tzinfo is not None for moment in turns)


def test_each_turn_leaves_an_empty_file_that_only_we_can_see(tmp_path: Path) -> None:
    beat(tmp_path)
    file = tmp_path / "run" / BEAT
    assert file.read_bytes() == b""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    os.utime(file, (0, 0))
    beat(tmp_path)
    assert time.time() - file.stat().st_mtime < 60


def test_every_timer_of_the_server_has_a_name() -> None:
    assert list(all_timers()) == TIMERS


@pytest.fixture
def installed(process: Callable[..., Any], environment: dict[str, str]) -> dict[str, str]:
    """An installation with its tables and without anybody in it; gives its environment."""
    assert process("tick").code == 0
    return environment


@contextmanager
def clock(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [sys.executable, "-m", "voordeur.faces.clock.ticking"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def wait_for_beat(file: Path, running: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 20
    while not file.exists():
        assert running.poll() is None and time.monotonic() < until
        time.sleep(0.05)


def test_one_turn_as_a_command_says_what_each_timer_did(process: Callable[..., Any]) -> None:
    said = process("tick")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == TIMERS
    assert "failed" not in said.out


ASK = """
import django
django.setup()
from datetime import datetime, timezone
from django.conf import settings
from voordeur.faces.server_key import server_key
from voordeur.records.outbox.actions import ask_notice, set_notice_address
from voordeur.records.staff.actions import add_team
team = add_team(slug="partner", name="Partner", organization="partner")
set_notice_address(team=team, address="wacht@partner.example", server_key=server_key())
print(ask_notice(team=team, moment=datetime.now(timezone.utc)))
"""


def test_a_turn_sends_what_waits_with_the_settings_of_this_server(
    process: Callable[..., Any], installed: dict[str, str]
) -> None:
    assert "notices        no mail is set" in process("tick").out
    office = PostOffice().open()
    mail = {
        "VOORDEUR_SMTP_URL": f"smtp://127.0.0.1:{office.port}",
        "VOORDEUR_MAIL_FROM": "post@mail.example",
        "VOORDEUR_DESK_URL": "https://kantoor.example/",
    }
    try:
        asked = subprocess.run(
            [sys.executable, "-c", ASK], capture_output=True, text=True, timeout=60, check=True,
            env=installed | mail | {"DJANGO_SETTINGS_MODULE": "voordeur.settings.clock"},
        )  # fmt: skip
        assert asked.stdout == "True\n"
        assert "notices        1 notices sent, 0 failed" in process("tick", **mail).out
        assert "notices        0 notices sent, 0 failed" in process("tick", **mail).out
        assert (office.receivers, len(office.mails)) == (["wacht@partner.example"], 1)
        assert b"https://kantoor.example/" in office.mails[0]
    finally:
        office.close()


def test_a_turn_on_a_database_that_is_locked_fails_soon_and_says_so(
    process: Callable[..., Any], installed: dict[str, str]
) -> None:
    with sqlite3.connect(Path(installed["VOORDEUR_DATA"]) / "voordeur.sqlite3", isolation_level=None) as held:
        held.execute("BEGIN IMMEDIATE")
        turn = subprocess.Popen(
            [sys.executable, "-m", "voordeur.faces.clock.ticking", "--once"],
            env=installed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert turn.stderr
            said = turn.stderr.readline()
            held.execute("ROLLBACK")  # each timer waits some seconds: one that failed is enough
            out, more = turn.communicate(timeout=40)
        finally:
            turn.kill()
    assert turn.returncode == 1
    assert "the timer “conversations” failed: OperationalError" in said + more
    assert "alarms         waiting too long" in out
    assert process("tick").code == 0


def test_between_turns_the_process_holds_no_lock_and_no_open_database_and_it_stops_at_once(
    installed: dict[str, str],
) -> None:
    data = Path(installed["VOORDEUR_DATA"])
    with clock(installed) as running:
        wait_for_beat(data / "run" / BEAT, running)
        with sqlite3.connect(data / "voordeur.sqlite3", timeout=0, isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            other.execute("ROLLBACK")
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        if sys.platform == "linux":
            opened = [str(one.readlink()) for one in Path(f"/proc/{running.pid}/fd").iterdir()]
            assert opened and not [one for one in opened if "voordeur.sqlite3" in one]
        running.send_signal(signal.SIGTERM)
        assert running.wait(3) == 0
