"""What visitors say, who they are and when they came stands nowhere: every byte that an installation keeps is searched.

The pages fill it as people do (with script and without, words, codes, drafts, whispers, notes, a call, passing on);
then the tables, their log of writing ahead, the data folder, all that was printed and a backup are searched for all of
it, in the forms that bytes take. What is deleted, by the visitor or by its day, is searched for as sealed bytes too.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.trips.cast import PEOPLE
from tests.trips.installation import Installation, installation
from tests.trips.professional import Held, Professional
from tests.trips.traces import forms, found, pieces
from tests.trips.visitor import SealingVisitor, Visitor, as_bytes
from voordeur.secrecy.envelope import ENVELOPE_SIZES
from voordeur.secrecy.return_code import opening_key, read_code
from voordeur.vocabulary import Direction, GrantReason, TalkState

#: Stands in everything that anybody types in this test.
CANARY = "Kanarie" + secrets.token_hex(6)
#: Said by two visitors, so that the same words can be compared as sealed bytes.
SAME = f"{CANARY} the very same words of two people"
#: From a list of words of danger, so that the label changes too.
DANGER = f"{CANARY} hij heeft een mes, help"
SHORT, LONG = f"{CANARY} ok", f"{CANARY} lang " + "en nog iets dat niemand weten mag. " * 90
LATER_DAYS = 400
#: Letters of the tables that say something of a conversation, and all that they may hold.
_TEXTS = {
    "id": re.compile(r"[0-9a-f]{32}"),
    "conversation_id": re.compile(r"[0-9a-f]{32}"),
    "state": re.compile("|".join(TalkState)),
    "direction": re.compile("|".join(Direction)),
    "reason": re.compile("|".join(GrantReason)),
    "kept_until": re.compile(r"\d{4}-\d{2}-\d{2}"),
}
#: Sealed and hashed bytes have one length, whatever they hold. A wrapped key: the visitor's, and one of the desk.
_LENGTHS = {
    "lookup": {16, 32}, "salt": {16}, "visitor_key": {32}, "team_tag": {16}, "owner_tag": {16}, "label": {540},
    "reader_tag": {16}, "wrapped": {82, 114}, "message_id": {16}, "envelope": set(ENVELOPE_SIZES), "writer_tag": {16},
}  # fmt: skip
Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Story:
    """An installation in which things were said, who said them, and the marks that may stand nowhere."""

    house: Installation
    marks: dict[str, bytes | str] = field(default_factory=dict)
    visitors: dict[str, Visitor] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    people: dict[str, Professional] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def visitor(self, name: str, *, has_script: bool = False, door: str = "central", language: str = "nl") -> Visitor:
        """Somebody from an address of their own, with a browser of their own, on the page to talk."""
        number = len(self.visitors)
        made = (SealingVisitor if has_script else Visitor)(
            self.house.public_port, f"127.{91 + number}.{203 - number}.{117 + number}", f"{CANARY}-browser/{number}",
            door, language,
        )  # fmt: skip
        made.enters()
        self.visitors[name] = made
        self.marks |= {f"address of {name}": made.address, f"visit of {name}": made.token}
        return made

    def keep_code(self, name: str, words: str, digits: str) -> None:
        """A return code was shown: its words and digits, with spaces in between or without, are marks."""
        self.codes[name] = digits
        for kind, parts in (("words", words.split()), ("digits", digits.split())):
            for between in (" ", ""):
                self.marks |= {
                    f"{kind} of the code of {name} from {at}, by {between!r}": between.join(parts[at : at + 3])
                    for at in range(0, 9, 4)
                }

    def takes_up(self, who: str, name: str) -> Held:
        """Somebody of the desk takes up the conversation of this visitor: the only one that they may take up."""
        person = self.people[who]
        for one in (person, self.people["ilse"]):  # a peer answers while a coach is there
            one.is_at_work()
        waiting = person.waiting()
        assert len(waiting) == 1, (name, waiting)
        self.held[name] = person.picks_up(waiting[0]["id"])
        return self.held[name]


def rows(database: Path) -> Rows:
    """Every row of the tables of conversations, by table."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        opened.row_factory = sqlite3.Row
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [dict(row) for row in opened.execute(f'SELECT * FROM "{name}"')]  # noqa: S608
            for name in tables
            if name.startswith("conversations_")
        }


def kept(house: Installation, folder: Path, name: str) -> dict[str, bytes]:
    """Every byte of the installation, and of a backup made now."""
    file = folder / f"{name}.sqlite3"
    code, said = house.command("backup", str(file))
    assert code == 0, said
    return house.files() | {f"backup {name}": file.read_bytes()}


def _tell(story: Story) -> None:
    """All that people do, through the pages of both sides."""
    first = story.visitor("first")
    first.says(SAME)
    second = story.visitor("second", has_script=True)
    assert isinstance(second, SealingVisitor)
    second.says(SAME)
    second.types()
    second.says(LONG)
    second.says(DANGER, d="1")
    assert next(second.stream())[2] == SAME
    assert any(SAME in piece for piece in first.frame())
    sporty = story.visitor("sporty", has_script=True, door="sport", language="en")
    sporty.says(f"{CANARY} trainer", wish="professional", spoken="en")
    sporty.says(DANGER, d="1")
    with_peer = story.visitor("with peer")
    story.keep_code("first", *first.takes_code())
    story.keep_code("second", *second.takes_code())
    first.says(f"{CANARY} after the code")
    for name, sign_in in story.house.cast.people.items():
        story.people[name] = Professional(story.house.desk_port, sign_in)
        story.people[name].signs_in()
    _desk(story, with_peer)
    time.sleep(1.1)  # a second in which nobody of the desk does anything
    first.says(SHORT)


def _desk(story: Story, with_peer: Visitor) -> None:
    noor, people = story.people["noor"], story.people
    waiting = noor.waiting()
    assert len(waiting) == 2 and waiting[0]["is_danger"] and not waiting[1]["is_danger"]
    for name, one in zip(("second", "first"), waiting, strict=True):
        story.held[name] = noor.picks_up(one["id"])
        texts = [one["t"] for one in story.held[name].reads()]
        assert texts[0] == SAME and len(texts) == {"first": 2, "second": 3}[name]
        story.held[name].types()
        story.held[name].says(f"{CANARY} an answer of Noor")
        story.held[name].drafts(f"{CANARY} not sent")
        story.held[name].says(f"{CANARY} for colleagues", "n")
    assert (False, f"{CANARY} an answer of Noor") in story.visitors["first"].reads_all()

    with_peer.says(f"{CANARY} with somebody who knows", wish="peer", spoken="nl")
    held = story.takes_up("sam", "with peer")
    coach = people["ilse"].opens(held.id)
    coach.says(f"{CANARY} a whisper", "w")
    assert [one["t"] for one in held.reads()][1:] == [f"{CANARY} a whisper"]
    held.says(f"{CANARY} from one who knows")
    held.says(f"{CANARY} whispered back", "w")

    sporty = story.takes_up("yara", "sporty")
    sporty.says(f"{CANARY} and then?")
    sporty.passes_on("central")
    passed = story.takes_up("noor", "sporty")
    # The team that gets it reads what follows; what was said before is for who was there.
    passed.says(f"{CANARY} from the other team")
    passed.closes()

    called, digits = noor.calls()
    story.held["caller"] = called
    called.says(f"{CANARY} what was said on the telephone", "n")
    called.says(f"{CANARY} for when you come back")
    story.keep_code("caller", called.words, digits)
    caller = story.visitor("caller")
    caller.comes_back(digits)
    assert caller.reads_all() == [(False, f"{CANARY} for when you come back")]


def _add_keys(story: Story) -> None:
    """Everything that opens something: keys of conversations, of people and teams, and those that codes make."""
    marks = story.marks
    for name, held in story.held.items():
        for epoch, keys in held.keys.items():
            marks |= {f"talk key {epoch} of {name}": keys[:32], f"desk key {epoch} of {name}": keys[32:]}
    for name, key in story.house.cast.private_keys.items():
        marks[name] = bytes.fromhex(key)
    for name, sign_in in story.house.cast.people.items():
        marks |= {f"key phrase of {name}": sign_in.key_phrase, f"passphrase of {name}": sign_in.passphrase,
                  f"app of {name}": sign_in.totp_secret}  # fmt: skip
    salts = {row["id"]: row["salt"] for row in rows(story.house.database)["conversations_conversation"]}
    for name, digits in story.codes.items():
        marks[f"key of the code of {name}"] = opening_key(read_code(digits, {}), salts[story.held[name].id])
    for person in story.people.values():
        marks |= {f"cookie of {person.sign_in.name} {name}": value for name, value in person.cookies.items() if value}
    for name, visitor in story.visitors.items():
        marks[f"pass of {name}"] = as_bytes(visitor.page.field("c"))[12:]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """An installation that runs, in which people talked."""
    with installation(tmp_path_factory.mktemp("sealed")) as house:
        one = Story(house, {"what was said": CANARY})
        _tell(one)
        _add_keys(one)
        yield one


def test_the_search_finds_a_mark_in_every_form() -> None:
    """Else it would find nothing for the wrong reason."""
    for kind, mark in (("a text", CANARY), ("a key", secrets.token_bytes(32))):
        for form, needle in forms(mark):
            for before in range(4):
                content = {"file": secrets.token_bytes(before) + needle + b"\0"}
                assert f"file: {kind}, {form}" in found(content, {kind: mark}), form
        raw = mark.encode() if isinstance(mark, str) else mark
        import base64

        for before in range(7):
            whole = base64.b64encode(secrets.token_bytes(before) + raw + secrets.token_bytes(5))
            assert found({"file": whole}, {kind: mark}), before
    assert found({"file": CANARY.upper().encode()}, {"a text": CANARY}) == ["file: a text, without capitals"]
    assert not found({"file": secrets.token_bytes(100_000)}, {"a text": CANARY})


def test_nothing_readable_stands_in_any_file(story: Story, tmp_path: Path) -> None:
    """Tables, their log, the data folder, what was printed, a backup: no word, code, key, address, browser or visit."""
    files = kept(story.house, tmp_path, "full")
    assert {"voordeur.sqlite3", "voordeur.sqlite3-wal", "printed.txt", "backup full"} <= set(files)
    assert sum(len(content) for content in files.values()) > 1_000_000
    assert found(files, story.marks) == []
    assert b"Traceback" not in files["printed.txt"] and b"ERROR" not in files["printed.txt"]


def test_no_file_says_when_a_visitor_was_there(story: Story, tmp_path: Path) -> None:
    """The seconds in which only visitors did anything, in UTC and here; no minute as envelopes and labels hold it."""
    files = kept(story.house, tmp_path, "times")
    desk = {second for one in story.people.values() for second in one.seconds}
    seconds = {second for one in story.visitors.values() for second in one.seconds} - desk
    assert len(seconds) > 2
    marks: dict[str, bytes | str] = {}
    for second in seconds:
        for zone in (UTC, ZoneInfo("Europe/Amsterdam")):
            at = datetime.fromtimestamp(second, zone)
            marks |= {f"{second} {zone} {form}": at.strftime(form) for form in ("%Y-%m-%d %H:%M:%S", "%H:%M:%S")}
            marks[f"minute of {second} {zone}"] = at.strftime("%Y-%m-%dT%H:%M")
        marks |= {f"{second} as a number": str(second), f"{second} as eight bytes": b"\0\0\0\0" + second.to_bytes(4)}
    assert found(files, marks) == []


def test_rows_of_conversations_tell_nothing(story: Story) -> None:
    """Letters of a few fixed kinds, small numbers, a day, bytes of fixed lengths; no door, language, wish or name."""
    names = {part.lower() for name, shown, *_ in PEOPLE for part in (name, shown)}
    kinds = {"label": 0, "envelope": 0}
    for table, found_rows in rows(story.house.database).items():
        assert found_rows, f"{table} is empty, so nothing was looked at"
        for row in found_rows:
            for column, value in row.items():
                if isinstance(value, bytes):
                    assert len(value) in _LENGTHS[column], (table, column, len(value))
                    kinds[column] = kinds.get(column, 0) + 1
                    words = (*names, "central", "sport", "professional", "peer", "anyone", '"nl"', "door", "wish")
                    assert not [word for word in words if len(word) > 3 and word.encode() in value.lower()], column
                elif isinstance(value, str):
                    assert _TEXTS[column].fullmatch(value), (table, column, value)
                    if column == "kept_until":
                        date.fromisoformat(value)
                else:
                    assert value is None or (isinstance(value, int) and 0 <= value < 1000), (table, column, value)
    assert kinds["label"] == len(story.held) and kinds["envelope"] > 15


def test_envelopes_have_a_few_lengths_and_the_same_words_never_the_same_bytes(story: Story) -> None:
    envelopes = [bytes(row["envelope"]) for row in rows(story.house.database)["conversations_message"]]
    assert {len(one) for one in envelopes} <= set(ENVELOPE_SIZES)
    assert len({len(one) for one in envelopes}) >= 2
    # SAME stands twice among them, and so do Noor's answers and notes; no block of 16 bytes stands twice.
    blocks = [one[at : at + 16] for one in envelopes for at in range(2, len(one) - 16, 16)]
    assert len(set(blocks)) == len(blocks)


def test_only_keys_of_now_lie_in_the_tables(story: Story) -> None:
    """Each reader's tag is of one kind of reader; who passed a conversation on is no reader of what came after."""
    found_rows = rows(story.house.database)
    passed = story.held["sporty"]
    mine = [row for row in found_rows["conversations_grant"] if row["conversation_id"] == passed.id]
    by_epoch = {epoch: {bytes(row["reader_tag"]) for row in mine if row["epoch"] == epoch} for epoch in range(4)}
    sizes = {epoch: len(tags) for epoch, tags in by_epoch.items() if tags}
    assert max(sizes) >= 2 and set(passed.keys) >= {max(sizes)} and min(passed.keys) > 0


def _sealed_of(found_rows: Rows, conversation_id: str, *columns: str) -> list[bytes]:
    """All sealed bytes of one conversation that stand in the tables."""
    return [
        bytes(row[column])
        for table in found_rows.values()
        for row in table
        if conversation_id in (row.get("conversation_id"), row["id"])
        for column in columns or ("envelope", "wrapped", "label", "visitor_key", "lookup", "message_id")
        if row.get(column) is not None
    ]


def _left(files: Mapping[str, bytes], sealed: list[bytes]) -> list[str]:
    """Where a piece of these bytes still stands."""
    searched = [piece for one in sealed for piece in pieces(one)]
    return [name for name, content in files.items() if any(piece in content for piece in searched)]


def test_what_a_visitor_deletes_is_gone_as_sealed_bytes_too(story: Story, tmp_path: Path) -> None:
    """One message, then everything: not one piece of its bytes is left, also not in the log of writing ahead."""
    before, one = rows(story.house.database), story.held["first"]
    visitor = story.visitors["first"]
    messages = [row for row in before["conversations_message"] if row["conversation_id"] == one.id]
    single = next(row for row in messages if row["direction"] == "v")
    assert _left(story.house.files(), [bytes(single["envelope"])])
    visitor.presses(f"talk:delete:{single['place']}")
    assert _left(story.house.files(), [bytes(single["envelope"])]) == []

    sealed = _sealed_of(before, one.id)
    assert len(sealed) > 10 and "voordeur.sqlite3" in _left(story.house.files(), sealed)
    assert visitor.presses("talk:wiped").status == 200
    files = kept(story.house, tmp_path, "after delete")
    assert _left(files, sealed) == []
    assert found(files, {"its id": one.id, "what was said": CANARY}) == []
    assert one.by.ask("open", id=one.id) == (404, {"error": "not-here"})
    again = story.visitor("first again")
    again.presses("talk:return")
    assert not again.presses("talk:open", code=story.codes["first"]).is_conversation


def test_what_is_past_its_day_is_gone_as_sealed_bytes_too(story: Story, tmp_path: Path) -> None:
    """The clock's own timer, told that the day has come, while everything runs."""
    before = rows(story.house.database)
    ids = [row["id"] for row in before["conversations_conversation"]]
    sealed = [one for name in ids for one in _sealed_of(before, name)]
    assert len(ids) >= 4 and "voordeur.sqlite3" in _left(story.house.files(), sealed)
    moment = datetime.now(UTC) + timedelta(days=LATER_DAYS)
    said = story.house.program("tests.trips.retention", moment.isoformat(), settings="voordeur.settings.clock")
    assert said.strip() == f"{len(ids)} conversations past their day"
    files = kept(story.house, tmp_path, "after its day")
    assert _left(files, sealed) == []
    assert found(files, {"what was said": CANARY}) == []
    assert not any(rows(story.house.database).values())


def test_the_installation_is_sound_at_the_end(story: Story) -> None:
    """After random histories in the same tables while all of it runs, the doctor has nothing to say."""
    said = story.house.program("tests.trips.histories", "20")
    assert "histories" in said
    code, findings = story.house.command("doctor")
    assert code == 0, findings
