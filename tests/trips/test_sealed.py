"""What visitors say, who they are and when they came stands nowhere: every byte that an installation keeps is searched.

The pages fill it as people do (with script and without, words, codes, drafts, whispers, notes, a call, passing on,
hand-overs to partners and all that goes with them: tests/trips/story and story_onward); then the tables, their log of
writing ahead, the data folder, all that was printed and a backup are searched for all of it, in the forms that bytes
take. What is deleted or taken back, by the visitor or by its day, is searched for as sealed bytes too.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.browser.house_at_work import free_port
from tests.records.hidden.made_up import CANARY as HIDDEN
from tests.records.hidden.made_up import as_toml
from tests.records.hidden.made_up import said as hidden_said
from tests.trips.cast import PEOPLE
from tests.trips.installation import installation
from tests.trips.onward import Offer, agrees, proposes
from tests.trips.story import CANARY, Rows, Story, add_keys, all_rows, kept, rows, tell
from tests.trips.story_onward import OF_LABELS, OF_PARTNERS, tell_onward
from tests.trips.traces import forms, found, pieces
from voordeur.records.handovers.label import REMARKS
from voordeur.secrecy.envelope import ENVELOPE_SIZES
from voordeur.vocabulary import Direction, GrantReason, TalkState

LATER_DAYS = 400
_HIDDEN_SIZE = 4124
_ID, _DAY = re.compile(r"[0-9a-f]{32}"), re.compile(r"\d{4}-\d{2}-\d{2}")
#: Every column of the tables that say something of a conversation: a new one is looked at before it comes in here.
_COLUMNS = {
    "conversations_conversation": "id lookup salt visitor_key state team_tag owner_tag label epoch last_place "
    "seen_place kept_until",
    "conversations_grant": "id conversation_id epoch reader_tag wrapped reason",
    "conversations_message": "id conversation_id place direction sequence epoch message_id envelope",
    "conversations_draft": "id conversation_id writer_tag epoch envelope",
    "handovers_handover": "id conversation_id label partner_tag parcel parcel_key desk_key consent_mark",
    "handovers_remark": "id handover_id number kind envelope",
    "handovers_buddy": "id conversation_id lookup salt public_key label",
    "handovers_permission": "id conversation_id label",
    "outbox_notice": "id team_id made_on tries is_given_up sealed",
    "outbox_teamaddress": "id team_id sealed",
}
#: Letters of these tables, and all that they may hold.
_TEXTS = {
    "id": _ID, "conversation_id": _ID, "handover_id": _ID, "kept_until": _DAY, "made_on": _DAY,
    "state": re.compile("|".join(TalkState)), "direction": re.compile("|".join(Direction)),
    "reason": re.compile("|".join(GrantReason)), "kind": re.compile("|".join(REMARKS)),
}  # fmt: skip
#: Sealed and hashed bytes have one length, whatever they hold. A wrapped key: the visitor's, and one of the desk.
_LENGTHS = {
    "lookup": {16, 32}, "salt": {16}, "visitor_key": {32}, "team_tag": {16}, "owner_tag": {16}, "public_key": {32},
    "reader_tag": {16}, "wrapped": {82, 114}, "message_id": {16}, "envelope": set(ENVELOPE_SIZES), "writer_tag": {16},
    "partner_tag": {16}, "parcel": set(ENVELOPE_SIZES), "parcel_key": {82}, "desk_key": {82}, "consent_mark": {16},
    "conversations_conversation label": {540}, "handovers_handover label": {1052}, "handovers_buddy label": {284},
    "handovers_permission label": {2076}, "outbox_teamaddress sealed": {348}, "outbox_notice sealed": {0, 124},
}  # fmt: skip
#: Rows of public facts (organisations, teams), and names of tables as the framework keeps them.
_PUBLIC = ("directory_", "staff_team", "django_", "auth_permission")
_SEALED = (
    "envelope", "wrapped", "label", "visitor_key", "lookup", "message_id", "public_key", "parcel", "parcel_key",
    "desk_key", "consent_mark",
)  # fmt: skip


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """An installation that runs, in which people talked."""
    # Mail is set, and nobody takes it: what a notice leaves stays.
    mail = {
        "VOORDEUR_SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "VOORDEUR_MAIL_FROM": "desk@mail.example",
        "VOORDEUR_DESK_URL": "https://desk.example/",
    }  # fmt: skip
    with installation(tmp_path_factory.mktemp("sealed"), environment=mail) as house:
        one = Story(house, {"what was said": CANARY})
        tell(one)
        tell_onward(one)
        add_keys(one)
        _hide(one, tmp_path_factory.mktemp("away") / "house.toml")
        yield one


def _hide(story: Story, file: Path) -> None:
    """A safe house comes on the map, as the operator brings it, and its file is deleted."""
    entry = hidden_said(organization="fier", dated_on=date(2026, 11, 1), checked_on=date(2026, 11, 20))
    file.write_text(as_toml(entry), encoding="utf-8")
    code, told = story.house.command("hidden", "add", str(file))
    assert code == 0, told
    file.unlink()
    story.marks["a hidden house"] = HIDDEN


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
    words = (*names, "central", "sport", "professional", "peer", "anyone", '"nl"', "door", "wish", *OF_LABELS)
    all_found = rows(story.house.database)
    assert set(all_found) == set(_COLUMNS)
    for table, found_rows in all_found.items():
        assert found_rows, f"{table} is empty, so nothing was looked at"
        for row in found_rows:
            assert set(row) == set(_COLUMNS[table].split()), table
            for column, value in row.items():
                if isinstance(value, bytes):
                    lengths = _LENGTHS.get(f"{table} {column}") or _LENGTHS[column]
                    assert len(value) in lengths, (table, column, len(value))
                    assert not [word for word in words if len(word) > 3 and word.encode() in value.lower()], column
                    # What is filled up and not sealed ends in many equal bytes.
                    assert not re.search(rb"(.)\1{7}", value, re.DOTALL), (table, column)
                elif isinstance(value, str):
                    assert column in _TEXTS and _TEXTS[column].fullmatch(value), (table, column, value)
                    if _TEXTS[column] is _DAY:
                        date.fromisoformat(value)
                else:
                    assert value is None or (isinstance(value, int) and 0 <= value < 1000), (table, column, value)
    assert len(all_found["conversations_conversation"]) == len({one.id for one in story.held.values()})
    assert len(all_found["conversations_message"]) > 30 and len(all_found["handovers_remark"]) >= 7
    agreed = {row["id"] for row in all_found["handovers_handover"] if row["parcel"]}
    assert agreed == {story.handovers[name] for name in ("agreed", "signed by two")}


def test_a_hidden_house_is_a_row_of_one_size_that_says_nothing(story: Story) -> None:
    tables = {name: one for name, one in all_rows(story.house.database).items() if name.startswith("hidden_")}
    assert set(tables) == {"hidden_hiddenentry", "hidden_hiddenlook"}
    (row,) = tables["hidden_hiddenentry"]
    assert set(row) == {"id", "sealed"} and _ID.fullmatch(row["id"])
    assert len(row["sealed"]) == _HIDDEN_SIZE, "one size, whatever it says"
    assert not re.search(rb"(.)\1{7}", row["sealed"], re.DOTALL)


def _raw(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _readable(found_rows: Rows) -> dict[str, bytes]:
    return {
        name: b"\0".join(_raw(value) for row in table for value in (*row.values(), ""))
        for name, table in found_rows.items()
    }


def test_partners_states_and_reasons_stand_in_no_row_that_is_not_public(story: Story) -> None:
    """An organisation is a public fact in the directory and with its team; nowhere else stands one, nor what became."""
    written = _readable(all_rows(story.house.database))
    public = {name: content for name, content in written.items() if name.startswith(_PUBLIC)}
    marks: dict[str, bytes | str] = {word: word for word in (*OF_PARTNERS, *OF_LABELS)}
    assert len(found(public, {word: word for word in OF_PARTNERS})) >= 4, "else nothing is found for the wrong reason"
    searched = {name: content for name, content in written.items() if name not in public}
    assert {*_COLUMNS, "staff_auditline", "staff_membership", "staff_desksession"} <= set(searched)
    files = story.house.files()
    searched |= {name: content for name, content in files.items() if not name.startswith("voordeur.sqlite3")}
    # A line of the trail is sealed for the server; what it says to who may read it is no more than who did what.
    code, trail_shown = story.house.command("audit", "show", "--last", "1000")
    assert code == 0 and "sign override" in trail_shown and "decline offer" in trail_shown
    searched["the trail, opened"] = trail_shown.encode()
    assert "printed.txt" in searched
    marks = {name: mark for name, mark in marks.items() if len(_raw(mark)) >= 6}
    assert found(searched, marks) == []
    ids = {row["id"]: f"id of {table}" for table in ("handovers_handover", "handovers_buddy")
           for row in rows(story.house.database)[table]}  # fmt: skip
    trail = {name: content for name, content in searched.items() if not name.startswith(("handovers_", "outbox_"))}
    assert found(trail, {f"{kind} {name[:4]}": name for name, kind in ids.items()}) == []


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
    """All sealed bytes of one conversation, or of one hand-over, that stand in the tables."""
    ids = {row["id"] for row in found_rows["handovers_handover"] if row["conversation_id"] == conversation_id}
    ids.add(conversation_id)
    return [
        bytes(row[column])
        for table in found_rows.values()
        for row in table
        if ids & {row.get("conversation_id"), row.get("handover_id"), row["id"]}
        for column in columns or _SEALED
        if row.get(column) is not None
    ]


def _left(files: Mapping[str, bytes], sealed: list[bytes]) -> list[str]:
    """Where a piece of these bytes still stands."""
    searched = [piece for one in sealed for piece in pieces(one)]
    return [name for name, content in files.items() if any(piece in content for piece in searched)]


def test_a_text_that_is_changed_for_a_partner_is_gone_as_it_was(story: Story) -> None:
    visitor, one = story.visitors["with guest"], story.handovers["agreed"]
    before = _sealed_of(rows(story.house.database), one, "parcel")
    assert len(before) == 1 and _left(story.house.files(), before)
    visitor.presses(f"talk:given:{one}")
    visitor.presses(f"talk:change:{one}", **{"text-need": f"{CANARY} nothing more"})
    after = _sealed_of(rows(story.house.database), one, "parcel")
    assert len(after) == 1 and after != before
    assert _left(story.house.files(), before) == []


def test_what_a_visitor_takes_back_from_a_partner_is_gone_as_sealed_bytes_too(story: Story) -> None:
    """The text, its keys, the mark of the yes, what was asked and answered, and the keys of the guest."""
    visitor, one = story.visitors["with guest"], story.handovers["agreed"]
    before = rows(story.house.database)
    sealed = _sealed_of(before, one, "parcel", "parcel_key", "desk_key", "consent_mark", "envelope")
    mine = story.held["with guest"].id
    grants = [row for row in before["conversations_grant"] if row["conversation_id"] == mine]
    sealed += [bytes(row["wrapped"]) for row in grants if row["reason"] == GrantReason.GUEST]
    assert len(sealed) >= 7 and _left(story.house.files(), sealed)
    visitor.presses(f"talk:back:{one}")
    assert _left(story.house.files(), sealed) == []
    (left,) = (row for row in rows(story.house.database)["handovers_handover"] if row["id"] == one)
    assert [column for column, value in left.items() if value is None] == [
        "parcel", "parcel_key", "desk_key", "consent_mark",
    ]  # fmt: skip


def test_what_a_partner_declines_is_gone_as_sealed_bytes_too(story: Story) -> None:
    """The text and the partner's key to it; the word with the no stays for the desk and the visitor."""
    visitor, held = story.visitors["with guest"], story.held["with guest"]
    held.material = held.by.gets("open", id=held.id)
    held._learns(held.material)
    one = proposes(held, "fier", {"need": f"{CANARY} once more"})
    agrees(visitor, one, keep=["need"])
    sealed = _sealed_of(rows(story.house.database), one, "parcel", "parcel_key")
    assert len(sealed) == 2 and _left(story.house.files(), sealed)
    Offer(story.people["fenna"], one).declines("other_region", f"{CANARY} too far")
    assert _left(story.house.files(), sealed) == []


def test_who_reads_no_longer_and_who_goes_along_no_longer_leaves_no_key(story: Story) -> None:
    """The plan alone from now on: the keys of the conversation are gone. And parted: everything of this one is."""
    visitor = story.visitors["onward"]
    before = rows(story.house.database)
    wrapped = [bytes(row["wrapped"]) for row in before["conversations_grant"] if row["reason"] == "buddy_talk"]
    visitor.presses("talk:along")
    (reading,) = re.findall(r"talk:along-plan:([0-9a-f]{32})", visitor.page.text)
    assert wrapped and _left(story.house.files(), wrapped)
    visitor.presses(f"talk:along-plan:{reading}")
    assert _left(story.house.files(), wrapped) == []
    of_buddy = _sealed_of({"handovers_handover": [], "handovers_buddy": before["handovers_buddy"]}, reading)
    assert len(of_buddy) == 3 and _left(story.house.files(), of_buddy[:2])
    visitor.presses(f"talk:along-end:{reading}")
    assert _left(story.house.files(), of_buddy) == []


def test_all_of_a_hand_over_goes_with_its_conversation(story: Story) -> None:
    """Also what two people signed without a yes."""
    visitor, one = story.visitors["in danger"], story.held["in danger"].id
    before = rows(story.house.database)
    sealed = _sealed_of(before, one)
    assert any(row["conversation_id"] == one for row in before["handovers_handover"]) and len(sealed) > 10
    assert visitor.presses("talk:wiped").status == 200
    assert _left(story.house.files(), sealed) == []
    ids = (one, story.handovers["signed by two"])
    for table, found_rows in rows(story.house.database).items():
        assert not [row for row in found_rows if set(ids) & set(row.values())], table


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
    left = {name for name, found_rows in rows(story.house.database).items() if found_rows}
    assert left <= {"outbox_notice", "outbox_teamaddress"}, "of a conversation no row is left"


def test_the_installation_is_sound_at_the_end(story: Story) -> None:
    """After random histories in the same tables while all of it runs, the doctor has nothing to say."""
    said = story.house.program("tests.trips.histories", "20")
    assert "histories" in said
    code, findings = story.house.command("doctor")
    assert code == 0, findings
