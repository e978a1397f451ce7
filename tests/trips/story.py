"""What people said and did in one installation, through the pages of both sides, and the marks that they leave.

A mark may stand nowhere: what was typed, keys, codes, addresses, visits. `test_sealed` looks for all of them.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.trips.installation import Installation
from tests.trips.professional import Held, Professional
from tests.trips.visitor import SealingVisitor, Visitor, as_bytes
from voordeur.secrecy.keyring import plan_key
from voordeur.secrecy.return_code import opening_key, read_code

#: Stands in everything that anybody types in this test.
CANARY = "Kanarie" + secrets.token_hex(6)
#: Said by two visitors, so that the same words can be compared as sealed bytes.
SAME = f"{CANARY} the very same words of two people"
#: From a list of words of danger, so that the label changes too.
DANGER = f"{CANARY} hij heeft een mes, help"
SHORT, LONG = f"{CANARY} ok", f"{CANARY} lang " + "en nog iets dat niemand weten mag. " * 90
#: Tables that say something of a conversation.
OF_CONVERSATIONS = ("conversations_", "handovers_", "outbox_")
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
    handovers: dict[str, str] = field(default_factory=dict)

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
    """Every row of the tables of conversations, of hand-overs and of notices, by table."""
    return {name: found for name, found in all_rows(database).items() if name.startswith(OF_CONVERSATIONS)}


def all_rows(database: Path) -> Rows:
    """Every row of every table."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        opened.row_factory = sqlite3.Row
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [dict(row) for row in opened.execute(f'SELECT * FROM "{name}"')]  # noqa: S608
            for name in tables
        }


def kept(house: Installation, folder: Path, name: str) -> dict[str, bytes]:
    """Every byte of the installation, and of a backup made now."""
    file = folder / f"{name}.sqlite3"
    code, said = house.command("backup", str(file))
    assert code == 0, said
    return house.files() | {f"backup {name}": file.read_bytes()}


def tell(story: Story) -> None:
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


def add_keys(story: Story) -> None:
    """Everything that opens something: keys of conversations, of people and teams, and those that codes make."""
    marks = story.marks
    for name, held in story.held.items():
        for epoch, keys in held.keys.items():
            marks |= {f"talk key {epoch} of {name}": keys[:32], f"plan key {epoch} of {name}": plan_key(keys[:32])}
            if keys[32:]:  # a guest has none
                marks[f"desk key {epoch} of {name}"] = keys[32:]
    for name, key in story.house.cast.private_keys.items():
        marks[name] = bytes.fromhex(key)
    for name, sign_in in story.house.cast.people.items():
        marks |= {f"key phrase of {name}": sign_in.key_phrase, f"passphrase of {name}": sign_in.passphrase,
                  f"app of {name}": sign_in.totp_secret}  # fmt: skip
    found = rows(story.house.database)
    salts = {row["id"]: row["salt"] for row in found["conversations_conversation"]}
    of_buddies = [row["salt"] for row in found["handovers_buddy"]]
    for name, digits in story.codes.items():
        for salt in [salts[story.held[name].id]] if name in story.held else of_buddies:
            marks[f"key of the code of {name}, {salt.hex()[:4]}"] = opening_key(read_code(digits, {}), salt)
    for person in story.people.values():
        marks |= {f"cookie of {person.sign_in.name} {name}": value for name, value in person.cookies.items() if value}
    for name, visitor in story.visitors.items():
        if visitor.page.field("c"):  # who goes along has a pass of another kind
            marks[f"pass of {name}"] = as_bytes(visitor.page.field("c"))[12:]
