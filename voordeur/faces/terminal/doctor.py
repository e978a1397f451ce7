"""`voordeur doctor`: is this installation as it should be?

One line for each thing that was looked at: ok, FAULT with what to do, or not known. Nothing is changed and nothing is
read that is sealed for people. A line counts; it names no conversation and nobody at the desk.
"""

from __future__ import annotations

import argparse
import http.client
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from voordeur.faces.answers import as_json
from voordeur.faces.terminal.backup import KEY_FILE
from voordeur.faces.terminal.ground import moment_now
from voordeur.faces.terminal.processes import reachable
from voordeur.records.conversations import forgetting
from voordeur.secrecy.envelope import is_envelope
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import GrantReason, TalkState

if TYPE_CHECKING:
    from voordeur.faces.terminal.doctor_handovers import Company
    from voordeur.records.conversations.queries import Held

LEAST_FREE_MEGABYTES = 500
CLOCK_SILENT_AFTER = timedelta(seconds=90)
MOST_CLOCK_DIFFERENCE = timedelta(seconds=5)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `is_ok` None is not known. `do` says what to do about a fault."""

    said: str
    is_ok: bool | None = True
    do: str = ""

    def __str__(self) -> str:
        if self.is_ok is None:
            return f"not known: {self.said}"
        return f"ok {self.said}" if self.is_ok else f"FAULT {self.said}: {self.do}"


def check(given: argparse.Namespace) -> int:
    """Look at everything and print a line for each; 0 when nothing is wrong, else 1."""
    found = list(findings(moment_now()))
    if given.json:
        states = {True: "ok", False: "fault", None: "unknown"}
        print(as_json([{"state": states[one.is_ok], "said": one.said, "do": one.do} for one in found]))
    else:
        print(*found, sep="\n")
    return 1 if any(one.is_ok is False for one in found) else 0


def findings(moment: datetime) -> Iterator[Finding]:
    """Every check, one after the other; one that cannot be made is a fault and stops no other."""
    from django.db import DatabaseError

    from voordeur.faces.terminal.doctor_backups import backups
    from voordeur.faces.terminal.doctor_handovers import handovers

    looks: tuple[tuple[str, Callable[[datetime], Iterator[Finding]]], ...] = (
        ("the tables", _tables),
        ("the server's key", _key),
        ("the conversations", _conversations),
        ("the hand-overs", handovers),
        ("the trail", _trail),
        ("the time", _time),
        ("the clock", _clock),
        ("the disk", _disk),
        ("the servers", _servers),
        ("the sockets", _sockets),
        ("the backups", backups),
        ("the notices", _notices),
        ("the directory", _directory),
    )
    for name, look in looks:
        try:
            yield from look(moment)
        except KeyMissing:
            yield Finding(f"{name} could not be looked at", False, "the server's key is needed")
        except DatabaseError:
            do = "start “voordeur run”, and see VOORDEUR_DATA and VOORDEUR_DATABASE_URL"
            yield Finding(f"{name} could not be looked at, for the database cannot be read", False, do)
        except Exception as problem:  # a broken installation is what this is for
            yield Finding(f"{name} could not be looked at ({type(problem).__name__})", False, "mend the other faults")


def _told(is_ok: bool, well: str, wrong: str, do: str) -> Finding:
    return Finding(well) if is_ok else Finding(wrong, False, do)


def _tables(moment: datetime) -> Iterator[Finding]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield _told(
        not waiting,
        "the tables are up to date",
        f"{len(waiting)} changes of the tables are not made yet",
        "start “voordeur run” again; it makes them",
    )
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            whole = cursor.execute("PRAGMA integrity_check(20)").fetchall() == [("ok",)]
            strays = len(cursor.execute("PRAGMA foreign_key_check").fetchall())
        yield _told(
            whole and not strays,
            "the database is whole, and every row keeps to the limits of its table",
            f"the database is damaged ({strays} rows without what they belong to)",
            "stop, keep a copy of the data folder, and put back the newest backup",
        )


class KeyMissing(LookupError):
    """There is no server's key; to look must not make one."""


def _server_key() -> ServerKey:
    from django.conf import settings

    from voordeur.faces.server_key import server_key

    if not settings.ENV.secret and not (settings.ENV.data / KEY_FILE).exists():
        raise KeyMissing
    return server_key()


def _key(moment: datetime) -> Iterator[Finding]:
    from django.conf import settings

    from voordeur.records.conversations.queries import newest_number
    from voordeur.records.staff.queries import audit_end

    try:
        _server_key()
    except KeyMissing:
        if audit_end()[0] or newest_number():
            said, do = "the server's key is missing", f"put “{settings.ENV.data / KEY_FILE}” back from its copy"
        else:
            said, do = "this server has no key yet", "start “voordeur run”; it makes one"
        yield Finding(said, False, do)
    except ValueError as wrong:  # settings.env.SettingWrong: it says what to do
        yield Finding("the server's key cannot be used", False, str(wrong))
    else:
        where = "is set by VOORDEUR_SECRET" if settings.ENV.secret else "is there, and only its user can read it"
        yield Finding(f"the server's key {where}")


@dataclass(frozen=True, slots=True)
class _Known:
    """Who is known here: tags of teams by their code, of logins with whether they are on, and of all readers."""

    teams: Mapping[str, bytes]
    logins: Mapping[bytes, bool]
    readers: frozenset[bytes]


def _conversations(moment: datetime) -> Iterator[Finding]:
    from django.db import transaction

    from voordeur.faces.terminal.doctor_handovers import company_of
    from voordeur.records.conversations import queries
    from voordeur.records.staff.queries import all_staff, all_teams

    key = _server_key()
    teams = {team.slug: queries.team_tag(key, team.slug) for team in all_teams()}
    logins = {queries.staff_tag(key, one.pk): one.is_active for one in all_staff()}
    escrows = [queries.escrow_tag(key, slug) for slug in teams]
    known = _Known(teams, logins, frozenset([*teams.values(), *logins, *escrows]))
    faults: Counter[str] = Counter()
    seen = 0
    for one in _every(key):
        seen += 1
        faults.update(set(_faults_of(one, known, queries.visitor_tag(key, one.id), company_of(one, key))))
    for kind, well, wrong, do in _OF_CONVERSATIONS:
        yield _told(
            not faults[kind], f"{seen} conversations: {well}", f"{faults[kind]} of {seen} conversations {wrong}", do
        )

    with transaction.atomic():  # what the clock would still delete: asked of the same verb, and taken back
        late = forgetting.forget(moment=moment - timedelta(hours=1))
        transaction.set_rollback(True)
    yield _told(
        not late,
        "no conversation is past its day",
        f"{late} conversations are past their day",
        "see whether the clock runs; “voordeur tick” forgets them now",
    )


#: Kind of fault, the line when there is none, the line when there are, and what to do.
_OF_CONVERSATIONS = (
    (
        "label",
        "every label opens with the server's key and names a team that is there",
        "have a label that does not open, or of no team that is there",
        "put back the server's key that belongs to this database, or make the missing team",
    ),
    ("owner", "each has one owner or one queue", "have no owner, or one too many", "put back the newest backup"),
    (
        "nobody",
        "none is with somebody who is gone",
        "that are open are with nobody who can answer",
        "switch the login on again (“voordeur staff reset”), or make the missing team",
    ),
    (
        "reader",
        "each can be read by its visitor and by somebody of the desk",
        "cannot be read by their visitor, or by nobody else",
        "put back the newest backup",
    ),
    (
        "reason",
        "no key was given without a reason",
        "have a key that was given without a reason",
        "find out who wrote in the database; “voordeur audit show” is the trail",
    ),
    (
        "stray",
        "no key is there without a reader",
        "have a key for a reader that is not known",
        "when no login was deleted of late, find out who wrote in the database (“voordeur audit show”)",
    ),
    (
        "company",
        "guests and buddies hold keys only while they may",
        "have a guest or a buddy with a key that they may not hold (any more)",
        "let who holds it open it once, which makes new keys; look at the trail (“voordeur audit show”)",
    ),
    (
        "place",
        "messages stand in order, once each",
        "have messages that are doubled, out of order or no envelopes",
        "keep a copy of the data folder and put back the newest backup",
    ),
)


def _faults_of(one: Held, known: _Known, visitor: bytes, company: Company) -> Iterator[str]:
    """The kinds of fault of one conversation; a kind may come more than once."""
    from voordeur.faces.terminal.doctor_handovers import is_stray, is_too_long, is_without_reason
    from voordeur.records.conversations.queries import messages, readers

    if known.teams.get(one.label.team) != one.team_tag:
        yield "label"
    is_held = one.state is TalkState.HELD
    if is_held != (one.owner_tag is not None):
        yield "owner"
    has_somebody = known.logins.get(one.owner_tag or b"") if is_held else one.team_tag in known.teams.values()
    if one.state is not TalkState.CLOSED and not has_somebody:
        yield "nobody"
    for epoch in range(one.epoch + 1):
        try:
            reasons = readers(one.id, epoch)
        except ValueError:  # a reason that is none
            yield "reason"
            continue
        is_wrong = any((why is GrantReason.VISITOR) != (tag == visitor) for tag, why in reasons.items())
        if is_wrong or is_without_reason(reasons, known.logins, company):
            yield "reason"
        if is_stray(reasons, known.readers | {visitor}, company):
            yield "stray"
        if is_too_long(one, reasons, company, is_present=epoch == one.epoch):
            yield "company"
        if epoch == one.epoch and (visitor not in reasons or len(reasons) < 2):
            yield "reader"
    place, epoch, numbers = 0, 0, Counter[str]()
    for row in messages(one.id):
        is_next = row.place > place and row.sequence > numbers[row.direction] and row.epoch >= epoch
        if not is_next or not is_envelope(row.envelope):
            yield "place"
        place, epoch, numbers[row.direction] = row.place, row.epoch, row.sequence
    if place > one.last_place or epoch > one.epoch:
        yield "place"


def _every(key: ServerKey) -> Iterator[Held]:
    """All that are open, and all closed ones with a message in them."""
    from voordeur.records.conversations.queries import all_open, changed_since, conversation

    seen = set()
    for one in all_open(key):
        seen.add(one.id)
        yield one
    number = 0
    while True:
        newest, ids = changed_since(number)
        for found in ids:
            if found not in seen and (held := conversation(found, key)):
                seen.add(found)
                yield held
        if newest == number:
            return
        number = newest


def _trail(moment: datetime) -> Iterator[Finding]:
    from voordeur.records.staff.queries import audit_end, verify_audit

    faults = verify_audit(_server_key())
    yield _told(
        not faults,
        f"the trail of what was done is whole up to line {audit_end()[0]}",
        f"the trail of what was done has {len(faults)} faults",
        "“voordeur audit verify” says which; keep a copy of the data folder",
    )


def _time(moment: datetime) -> Iterator[Finding]:
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    from voordeur.records.directory.queries import current_directory

    applied = [one.applied for one in MigrationRecorder(connection).applied_migrations().values()]
    days = [
        source.date
        for one in current_directory().organizations.values()
        for source in one.sources
        if source.date and len(source.date) == len("2026-11-25")
    ]
    is_behind = any(moment < at for at in applied) or any(moment.date().isoformat() < day for day in days)
    yield _told(
        not is_behind,
        "the machine's clock is not before what is known to have been",
        "the machine's clock is behind: something here was made later than now",
        "set the clock of the machine and let it be kept (NTP)",
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs(cursor.fetchone()[0] - datetime.now(UTC))
        yield _told(
            apart <= MOST_CLOCK_DIFFERENCE,
            "the database's clock says the same time",
            f"the database's clock is {apart.total_seconds():.0f} seconds away from ours",
            "let both machines keep their clocks (NTP)",
        )


def _clock(moment: datetime) -> Iterator[Finding]:
    from django.conf import settings

    try:
        ago = moment.timestamp() - (settings.ENV.data / "run" / "clock").stat().st_mtime
    except FileNotFoundError:
        yield Finding("the timers never ran here", False, "start “voordeur run”")
        return
    yield _told(
        ago <= CLOCK_SILENT_AFTER.total_seconds(),
        "the timers ran less than 90 seconds ago",
        f"the timers last ran {_length(ago)} ago",
        "see whether “voordeur run” is still there, and start it",
    )


def _length(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours" if hours >= 1 else f"{seconds:.0f} seconds"


def _disk(moment: datetime) -> Iterator[Finding]:
    from django.conf import settings

    folder: Path = settings.ENV.data
    free = shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free // 1_000_000
    yield _told(
        free >= LEAST_FREE_MEGABYTES,
        f"{free} MB free where the data stands",
        f"only {free} MB free where the data stands",
        f"make room; at least {LEAST_FREE_MEGABYTES} MB are needed",
    )


def _servers(moment: datetime) -> Iterator[Finding]:
    from django.conf import settings

    env = settings.ENV
    for name, port, host, path in (
        ("public", env.public_port, "localhost", "/"),
        ("desk", env.desk_port, env.desk_hosts[0], "/healthy"),
    ):
        connection = http.client.HTTPConnection(reachable(env.bind), port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            yield Finding(f"the {name} server does not answer on port {port}", False, "start “voordeur run”")
            continue
        finally:
            connection.close()
        wanted = {**_HEADERS, **({"Strict-Transport-Security": "max-age="} if env.is_https else {})}
        sent = {name: answer.headers[name] for name in wanted}
        lacking = [name for name, start in wanted.items() if not (sent[name] and sent[name].startswith(start))]
        yield _told(
            answer.status < 500,
            f"the {name} server answers on port {port}",
            f"the {name} server answers with {answer.status} on port {port}",
            "look at what it wrote, and at the lines around this one",
        )
        yield _told(
            not lacking,
            f"the {name} server sends the headers that protect",
            f"the {name} server does not send {', '.join(lacking)} as it should",
            "see whether another program listens on this port",
        )


def _sockets(moment: datetime) -> Iterator[Finding]:
    from django.conf import settings

    stale = 0
    for path in (settings.ENV.data / "run").glob("*.sock"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
            try:
                one.connect(str(path))
            except ConnectionRefusedError:
                stale += 1
            except OSError:  # it went away just now
                continue
    yield _told(
        not stale,
        "no sockets were left behind",
        f"{stale} sockets were left behind by processes that fell",
        f"delete the files “{settings.ENV.data / 'run'}/*.sock” while nothing runs",
    )


def _notices(moment: datetime) -> Iterator[Finding]:
    from django.conf import settings

    from voordeur.records.outbox.queries import late_notices

    if settings.ENV.smtp is None:
        yield Finding("no mail is set (VOORDEUR_SMTP_URL), and no notice is sent")
        return
    late = late_notices(moment)
    yield _told(
        not late,
        "mail is set, and no notice waits for more than a day",
        f"mail is set, but {late} notices waited for more than a day",
        "see what the log says of mail, mend VOORDEUR_SMTP_URL, and call the teams for which something waits",
    )


def _directory(moment: datetime) -> Iterator[Finding]:
    from voordeur.records.directory.queries import current_directory

    number = len(current_directory().organizations)
    yield _told(
        number > 0,
        f"{number} organisations are loaded",
        "no directory is loaded",
        "“voordeur directory load”",
    )
