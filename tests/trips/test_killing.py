"""Parts of an installation are killed while twenty conversations go on: nothing that was said to be sent is lost.

Half of the visitors have forms alone, half a script. A desk answers everything. A killer sends `kill -9` to one part
after the other, mostly as soon as it serves again. In the end each message whose sender was told that it arrived
stands there once, in order, for the desk and for the visitor, and each page showed what the desk said once, in order.

Run as a program (`make kill`) it kills two hundred times and prints what it saw; as a test eight times, so few that
the supervisor of `voordeur run` itself bears them.
"""

from __future__ import annotations

import random
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.trips.cast import CAPACITY
from tests.trips.installation import PARTS, Installation, installation
from tests.trips.professional import Held, Professional
from tests.trips.traces import found
from tests.trips.visitor import SealingVisitor, Visitor, lines_of

CONVERSATIONS = 20
FEW, MANY = 6, 200
CANARY = "Kanarie" + secrets.token_hex(6)
#: Of five kills one comes whatever the part is doing, also while it is only starting.
_SERVES_FIRST = 0.8
_PACE, _LOOK = (0.2, 0.8), 0.4
_ENDING_SECONDS = 120.0
_ANSWER = "answer to "


@dataclass
class Talk:
    """One visitor: what they were told had arrived, and what their page showed by itself."""

    visitor: Visitor
    number: int
    sent: list[str] = field(default_factory=list)
    #: With script: what came over the stream, in all. Without: what each frame held, one list for each loading.
    shown: list[list[tuple[bool, str]]] = field(default_factory=list)
    code: str = ""

    def talks(self, is_over: threading.Event) -> None:
        """Say one thing after the other until it is over; some take a return code on the way, the rest at the end."""
        while not is_over.is_set() or len(self.sent) < 3:
            text = f"{CANARY} {self.number} says {len(self.sent)}"
            self.visitor.says(text)
            self.sent.append(text)
            if len(self.sent) == 2 + self.number // 5 and self.number % 5 == 0:
                self.code = self.visitor.takes_code()[1]
            time.sleep(random.uniform(*_PACE))

    def listens(self) -> None:
        """What the page does by itself until the visitor hangs up: read the stream or frame, again when it breaks."""
        while not self.visitor.has_hung_up:
            if not self.sent:
                pass
            elif isinstance(self.visitor, SealingVisitor):
                if not self.shown:
                    self.shown.append([])
                for _, is_own, text in self.visitor.stream():
                    self.shown[0].append((is_own, text))
            else:
                self.shown.append([])
                for piece in self.visitor.frame():
                    self.shown[-1] += lines_of(piece)
            time.sleep(_LOOK)


class Desk:
    """Noor, who takes up everything that waits and answers every message once."""

    def __init__(self, house: Installation) -> None:
        self.noor = Professional(house.desk_port, house.cast.people["noor"])
        self.noor.signs_in()
        self.held: dict[str, Held] = {}
        self.answered: dict[str, list[str]] = {}

    def works(self, is_over: threading.Event) -> None:
        """Until it is over: look who waits, read, answer; say now and then that she is there."""
        said_at = 0.0
        while not is_over.is_set():
            if time.monotonic() - said_at > 20:
                self.noor.is_at_work()
                said_at = time.monotonic()
            for one in self.noor.waiting():
                self.held[one["id"]] = self.noor.picks_up(one["id"])
                self.answered[one["id"]] = []
            for conversation_id in list(self.held):
                self.answers(conversation_id)
            time.sleep(_LOOK)

    def answers(self, conversation_id: str) -> None:
        """Read what is new and answer each text of the visitor."""
        held = self.held[conversation_id]
        for said in held.reads():
            if said["direction"] == "v":
                answer = f"{_ANSWER}{said['t']}"
                held.says(answer)
                self.answered[conversation_id].append(answer)


@dataclass
class Killer:
    """Kills parts of an installation, and knows how often which."""

    house: Installation
    killed: Counter[str] = field(default_factory=Counter)
    _last: dict[str, int] = field(default_factory=dict)

    def kills(self, times: int, parts: Sequence[str]) -> None:
        """So many times, a random one of `parts` (or the next one of them, when there are as many as times)."""
        for at in range(times):
            name = parts[at] if len(parts) == times else random.choice(parts)
            while (number := self._there(name)) is None or not self.house.kill(number):
                continue
            self._last[name] = number
            self.killed[name] += 1
            time.sleep(random.uniform(0.3, 1.0))

    def _there(self, name: str) -> int | None:
        """The process of a part, when it is another than the one that was killed before and, mostly, serves again."""
        until = time.monotonic() + _ENDING_SECONDS
        while (number := self.house.part(name)) in (None, self._last.get(name)):
            assert self.house.is_up(), self.house.printed.read_text(errors="replace")[-3000:]
            assert time.monotonic() < until, f"the {name} part was not started again"
            time.sleep(0.05)
        if name != "clock" and random.random() < _SERVES_FIRST:
            _answers(self.house.public_port if name == "public" else self.house.desk_port)
            time.sleep(random.uniform(0.0, 0.4))
        return number


def _answers(port: int) -> None:
    """Wait until somebody answers at this port."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/healthy", headers={"Host": "localhost"})
        connection.getresponse().read()
    except (OSError, HTTPException):  # killed at that moment by nobody but us; then it is not waited for
        return
    finally:
        connection.close()


@dataclass
class Seen:
    """What a run with killings showed."""

    killed: Counter[str]
    seconds: float
    said: int
    said_while_killed: int
    answered: int
    lines: int
    wrong: list[str]


def run(house: Installation, times: int, parts: Sequence[str]) -> Seen:
    """Twenty conversations, so many kills, and then everything is read by everybody."""
    talks = [_visitor(house, number) for number in range(CONVERSATIONS)]
    desk, killer = Desk(house), Killer(house)
    talk_over, desk_over = threading.Event(), threading.Event()
    began = time.monotonic()
    with ThreadPoolExecutor(2 * CONVERSATIONS + 1) as threads:
        working = threads.submit(desk.works, desk_over)
        listening = [threads.submit(one.listens) for one in talks]
        talking = [threads.submit(one.talks, talk_over) for one in talks]
        try:
            everybody = [working, *listening, *talking]
            _until(lambda: len(desk.held) == CONVERSATIONS, "all were taken up", everybody)
            before = sum(len(one.sent) for one in talks)
            killer.kills(times, parts)
            said = sum(len(one.sent) for one in talks) - before
            talk_over.set()
            for told in talking:
                told.result(_ENDING_SECONDS)
            _until(lambda: _all_came(talks, desk), "every text was answered and every answer shown", everybody)
        finally:
            talk_over.set()
            desk_over.set()
            for one in talks:
                one.visitor.hangs_up()
        for done in (working, *listening):
            done.result(_ENDING_SECONDS)
    wrong = [*_wrong_at_the_desk(desk, talks), *(what for one in talks for what in _wrong_on_page(one))]
    wrong += found(house.files(), {"what was said": CANARY})
    wrong += _wrong_for_visitors(house, talks)
    return Seen(
        killer.killed, time.monotonic() - began, sum(len(one.sent) for one in talks), said,
        sum(map(len, desk.answered.values())), sum(len(one.shown) for one in talks), wrong,
    )  # fmt: skip


def _visitor(house: Installation, number: int) -> Talk:
    kind = SealingVisitor if number % 2 else Visitor
    one = Talk(kind(house.public_port, address=f"127.44.{number}.9", agent=f"{CANARY}/{number}"), number)
    one.visitor.enters()
    return one


def _until(is_so: Callable[[], bool], what: str, working: Sequence[Future[None]]) -> None:
    until = time.monotonic() + _ENDING_SECONDS
    while not is_so():
        for one in working:
            if one.done():
                one.result()  # raises what ended it, if anything did
        assert time.monotonic() < until, f"it did not come to this: {what}"
        time.sleep(0.1)


def _all_came(talks: Sequence[Talk], desk: Desk) -> bool:
    sent = sum(len(one.sent) for one in talks)
    if sum(map(len, desk.answered.values())) < sent:
        return False
    return all(len([1 for is_own, _ in one.shown[-1] if not is_own]) >= len(one.sent) for one in talks)


def _wrong_at_the_desk(desk: Desk, talks: Sequence[Talk]) -> list[str]:
    """What the desk reads of each conversation: every text once, in the order of its sender, and nothing else."""
    wrong, sent = [], {one.sent[0]: one for one in talks}
    for conversation_id, answered in desk.answered.items():
        said = desk.noor.opens(conversation_id).everything()
        own = [one["t"] for one in said if one["direction"] == "d"]
        theirs = [one["t"] for one in said if one["direction"] == "v"]
        talk = sent.pop(theirs[0], None)
        if talk is None or theirs != talk.sent:
            wrong.append(f"the desk reads {len(theirs)} texts; {len(talk.sent) if talk else 'none'} were sent")
        if own != answered:
            wrong.append(f"the desk reads {len(own)} answers of its own; {len(answered)} were sent")
        if [one["place"] for one in said] != list(range(1, len(said) + 1)):
            wrong.append("the places of a conversation have a gap")
    return wrong + [f"the conversation of visitor {one.number} is gone" for one in sent.values()]


def _expected(talk: Talk) -> list[str]:
    return [f"{_ANSWER}{text}" for text in talk.sent]


def _wrong_on_page(talk: Talk) -> list[str]:
    """What pages showed by themselves: with script all of it once; without, each frame from the beginning."""
    expected, wrong = _expected(talk), []
    for at, shown in enumerate(talk.shown):
        is_last = at == len(talk.shown) - 1
        for kind, is_own, right in (("answers", False, expected), ("own texts", True, talk.sent)):
            texts = [text for own, text in shown if own is is_own]
            if texts != (right if is_last else right[: len(texts)]):
                wrong.append(f"page {at} of visitor {talk.number} showed {kind} otherwise: {texts[-3:]}")
    return wrong


def _wrong_for_visitors(house: Installation, talks: Sequence[Talk]) -> list[str]:
    """Everybody comes back with a code, in another browser, and reads everything."""

    def reads(talk: Talk) -> list[str]:
        code = talk.code or talk.visitor.takes_code()[1]
        again = Visitor(house.public_port, address=f"127.45.{talk.number}.9")
        again.enters()
        again.comes_back(code)
        said = again.reads_all()
        own, theirs = ([text for is_own, text in said if is_own is kind] for kind in (True, False))
        is_right = own == talk.sent and theirs == _expected(talk)
        return [] if is_right else [f"visitor {talk.number} read back {len(own)} and {len(theirs)} texts"]

    with ThreadPoolExecutor(2) as threads:
        return [one for wrong in threads.map(reads, talks) for one in wrong]


def _ends_well(house: Installation, seen: Seen) -> None:
    """Random histories in the same tables, and then the doctor."""
    house.program("tests.trips.histories", "10")
    code, findings = house.command("doctor")
    assert code == 0, findings
    assert seen.wrong == []


def test_six_kills_lose_nothing(tmp_path: Path) -> None:
    """Of each part no more than the supervisor bears within a minute."""
    assert CAPACITY >= CONVERSATIONS
    parts = [*PARTS, *PARTS]
    random.shuffle(parts)
    with installation(tmp_path) as house:
        seen = run(house, FEW, parts)
        assert seen.killed.total() == FEW and seen.said > 3 * CONVERSATIONS
        assert house.printed.read_bytes().count(b"was ended by signal 9; it is started again") == FEW
        _ends_well(house, seen)


def main() -> int:
    """Kill two hundred times and print figures; 0 when nothing was lost."""
    with (
        tempfile.TemporaryDirectory(prefix="voordeur-kill-") as folder,
        installation(Path(folder), gives_up=False) as house,
    ):
        seen = run(house, MANY, list(PARTS))
        killed = ", ".join(f"{name} {count}" for name, count in sorted(seen.killed.items()))
        print(f"kills                          {seen.killed.total()} ({killed}) in {seen.seconds:.0f} s")
        print(f"conversations                  {CONVERSATIONS}, half of them with script")
        print(f"texts of visitors, told sent   {seen.said}, {seen.said_while_killed} of them between the kills")
        print(f"answers of the desk, told sent {seen.answered}")
        print(f"frames that were loaded        {seen.lines - CONVERSATIONS // 2}")
        print(f"lost, doubled or out of order  {len(seen.wrong)}")
        print(*seen.wrong, sep="\n", end="\n" if seen.wrong else "")
        if seen.wrong:
            return 1
        _ends_well(house, seen)
        print("voordeur doctor                nothing wrong")
    return 0


if __name__ == "__main__":
    sys.exit(main())
