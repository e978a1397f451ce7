"""The trail of what was done: every kind of tampering is found, and the table tells no more than the day."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction

from voordeur.records.staff import actions, queries, trail
from voordeur.records.staff.models import AuditHead, AuditLine
from voordeur.secrecy.keyring import ServerKey

ROOT = Path(__file__).resolve().parents[3]
MANY = 40


@pytest.fixture
def five(db: None, server_key: ServerKey, moment: datetime) -> None:
    """Five lines, over two days."""
    for number in range(5):
        actions.note_audit(
            server_key=server_key,
            moment=moment + timedelta(hours=5 * number),
            who="noor",
            what="read",
            about=f"c{number}",
        )


def _row(number: int) -> AuditLine:
    return AuditLine.objects.get(number=number)


def _write_chain_anew() -> None:
    """What somebody with the database, and without the server's key, can make right again."""
    chain = trail.START
    for row in AuditLine.objects.order_by("number"):
        row.chain = chain = trail.chain_of(chain, row.number, row.day, bytes(row.sealed))
        row.save()
    AuditHead.objects.update(number=row.number, chain=chain)


def test_a_whole_trail_has_no_faults_and_says_who_did_what(five: None, server_key: ServerKey, moment: datetime) -> None:
    assert queries.verify_audit(server_key) == []
    last = queries.audit_lines(server_key, last=2)
    assert last == (
        trail.Line(4, moment + timedelta(hours=15), "noor", "read", "c3"),
        trail.Line(5, moment + timedelta(hours=20), "noor", "read", "c4"),
    )


def test_an_empty_trail_has_no_faults(db: None, server_key: ServerKey) -> None:
    assert queries.verify_audit(server_key) == []
    assert queries.audit_end() == (0, trail.START)


def test_the_table_holds_the_day_and_nothing_else_that_can_be_read(five: None) -> None:
    sealed = [bytes(row.sealed) for row in AuditLine.objects.all()]
    assert len({len(one) for one in sealed}) == 1
    assert all(b"noor" not in one and b"read" not in one and b"10:" not in one for one in sealed)
    assert [row.day.isoformat() for row in AuditLine.objects.all()] == [
        "2026-11-25", "2026-11-25", "2026-11-25", "2026-11-26", "2026-11-26",
    ]  # fmt: skip


def test_a_changed_line_is_found_also_when_the_chain_is_written_anew(five: None, server_key: ServerKey) -> None:
    row = _row(3)
    row.sealed = bytes(row.sealed)[:-1] + bytes([bytes(row.sealed)[-1] ^ 1])
    row.save()
    faults = queries.verify_audit(server_key)
    assert faults == [
        "Line 3 does not follow from the line before it.",
        "Line 3 was changed, or sealed with another key.",
    ]
    _write_chain_anew()
    assert "Line 3 was changed, or sealed with another key." in queries.verify_audit(server_key)


def test_a_changed_day_is_found(five: None, server_key: ServerKey) -> None:
    AuditLine.objects.filter(number=2).update(day="2026-11-20")
    assert "Line 2 was changed, or sealed with another key." in queries.verify_audit(server_key)


def test_a_removed_line_is_found_also_when_the_chain_is_written_anew(five: None, server_key: ServerKey) -> None:
    _row(3).delete()
    assert queries.verify_audit(server_key)[0] == "Lines are missing between 2 and 4."
    _write_chain_anew()
    assert queries.verify_audit(server_key)[0] == "Lines are missing between 2 and 4."


def test_a_removed_line_with_numbers_closed_up_is_found(five: None, server_key: ServerKey) -> None:
    _row(3).delete()
    for number in (4, 5):
        AuditLine.objects.filter(number=number).update(number=number - 1)
    _write_chain_anew()
    faults = queries.verify_audit(server_key)
    assert "Line 3 was changed, or sealed with another key." in faults
    assert "The end of the trail is not as this server wrote it, now or at an earlier line." in faults


def test_a_cut_tail_is_found_also_when_the_head_is_put_back(five: None, server_key: ServerKey) -> None:
    _row(5).delete()
    assert queries.verify_audit(server_key) == ["The trail ends at line 4; line 5 was the last one written."]
    _write_chain_anew()
    assert queries.verify_audit(server_key) == [
        "The end of the trail is not as this server wrote it, now or at an earlier line."
    ]


def test_a_trail_without_its_head_or_without_its_lines_is_found(five: None, server_key: ServerKey) -> None:
    AuditHead.objects.all().delete()
    assert queries.verify_audit(server_key) == ["The end of the trail is missing, but there are lines."]


def test_a_trail_that_lost_all_lines_is_found(five: None, server_key: ServerKey) -> None:
    AuditLine.objects.all().delete()
    assert queries.verify_audit(server_key) == ["The trail ends at line 0; line 5 was the last one written."]


def test_swapped_lines_are_found_also_when_the_chain_is_written_anew(five: None, server_key: ServerKey) -> None:
    second, third = _row(2), _row(3)
    second.sealed, third.sealed = third.sealed, second.sealed
    second.save()
    third.save()
    assert any("Line 2" in fault for fault in queries.verify_audit(server_key))
    _write_chain_anew()
    assert "Line 2 was changed, or sealed with another key." in queries.verify_audit(server_key)


def test_another_key_finds_every_line_changed_and_opens_none(five: None) -> None:
    other = ServerKey(b"o" * 32)
    assert len(queries.verify_audit(other)) == 6
    assert queries.audit_lines(other, last=5) == (1, 2, 3, 4, 5)


def test_a_deed_that_fails_leaves_no_line(five: None, server_key: ServerKey, moment: datetime) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.note_audit(server_key=server_key, moment=moment, who="noor", what="read", about="c9")
        raise RuntimeError
    assert queries.audit_end()[0] == 5
    assert queries.verify_audit(server_key) == []


@pytest.mark.parametrize("said", [{"who": "n" * 41}, {"what": "w" * 61}, {"about": "a" * 81}, {"about": "é"}])
def test_a_line_that_says_too_much_is_refused(
    db: None, server_key: ServerKey, moment: datetime, said: dict[str, str]
) -> None:
    with pytest.raises(trail.LineTooLong):
        actions.note_audit(server_key=server_key, moment=moment, **({"who": "noor", "what": "read"} | said))


def test_the_longest_line_fits(db: None, server_key: ServerKey, moment: datetime) -> None:
    actions.note_audit(server_key=server_key, moment=moment, who="n" * 40, what="w" * 60, about='"' * 80)
    assert queries.verify_audit(server_key) == []


def test_forgetting_the_oldest_lines_leaves_a_whole_trail_that_still_sees_tampering(
    five: None, server_key: ServerKey, moment: datetime
) -> None:
    assert actions.forget_trail(server_key=server_key, moment=moment + timedelta(days=366)) == 3
    assert queries.verify_audit(server_key) == []
    actions.note_audit(server_key=server_key, moment=moment, who="noor", what="read")
    assert queries.verify_audit(server_key) == []
    _row(4).delete()
    assert queries.verify_audit(server_key) == ["Lines are missing between 3 and 5."]


END = "The end of the trail is not as this server wrote it, now or at an earlier line."


def test_what_was_cut_off_is_not_covered_up_by_the_lines_that_follow(
    five: None, server_key: ServerKey, moment: datetime
) -> None:
    _row(5).delete()
    _write_chain_anew()
    for _ in range(3):
        actions.note_audit(server_key=server_key, moment=moment, who="noor", what="read")
    assert queries.audit_end()[0] == 7
    assert queries.verify_audit(server_key) == [END]


@pytest.mark.parametrize("change", ["removed", "lowered", "raised"])
def test_an_end_that_was_changed_stops_no_work_and_is_never_called_right_again(
    five: None, server_key: ServerKey, moment: datetime, change: str
) -> None:
    if change == "removed":
        AuditHead.objects.all().delete()
    else:
        AuditHead.objects.update(number=3 if change == "lowered" else 8)
    for _ in range(2):
        actions.note_audit(server_key=server_key, moment=moment, who="noor", what="read")
    assert END in queries.verify_audit(server_key)


def test_lines_made_to_look_old_are_not_forgotten(five: None, server_key: ServerKey, moment: datetime) -> None:
    AuditLine.objects.filter(number__lte=4).update(day="2020-01-01")
    _write_chain_anew()
    assert actions.forget_trail(server_key=server_key, moment=moment) == 0
    assert AuditLine.objects.count() == 5


def test_forgetting_stops_before_a_line_that_was_changed(five: None, server_key: ServerKey, moment: datetime) -> None:
    AuditLine.objects.filter(number=2).update(sealed=b"x" * 100)
    assert actions.forget_trail(server_key=server_key, moment=moment + timedelta(days=500)) == 1
    assert "Line 2 was changed, or sealed with another key." in queries.verify_audit(server_key)


WRITER = f"""
import sys
from datetime import UTC, datetime
import django
django.setup()
from voordeur.records.staff.actions import note_audit
from voordeur.secrecy.keyring import ServerKey
key = ServerKey(b"k" * 32)
print("ready", flush=True)
sys.stdin.readline()
for number in range({MANY}):
    note_audit(server_key=key, moment=datetime.now(UTC), who=sys.argv[1], what="read", about=str(number))
"""

CHECKER = """
import django
django.setup()
from voordeur.records.staff import queries
from voordeur.secrecy.keyring import ServerKey
key = ServerKey(b"k" * 32)
lines = queries.audit_lines(key, last=1000)
print(queries.verify_audit(key), len(lines), sorted({line.who for line in lines}))
"""


def test_two_processes_that_write_at_once_keep_the_trail_whole(tmp_path: Path) -> None:
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "VOORDEUR_DATA": str(tmp_path),
        "VOORDEUR_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "voordeur.settings.public",
    }
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=env, check=True, timeout=120)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, who], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for who in ("noor", "sam")
    ]
    for one in writers:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in writers:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    assert [one.wait(timeout=120) for one in writers] == [0, 0]
    for one in writers:
        assert one.stdin is not None and one.stdout is not None
        one.stdin.close()
        one.stdout.close()
    said = subprocess.run(
        [sys.executable, "-c", CHECKER], env=env, check=True, timeout=120, capture_output=True, text=True
    )
    assert said.stdout == f"[] {2 * MANY} ['noor', 'sam']\n"


def test_the_day_of_a_line_is_the_dutch_one(db: None, server_key: ServerKey) -> None:
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    actions.note_audit(server_key=server_key, moment=late, who="noor", what="read")
    assert AuditLine.objects.get().day.isoformat() == "2026-07-01"
