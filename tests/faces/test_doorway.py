"""The doors: which host leads where, how one talks behind a door, and files that cannot be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from voordeur.faces.doorway import HOME_BLOCKS, Door, DoorError, Doorway, Talk, UnknownHost, load_doors
from voordeur.rules.roster import longest_closed_minutes, talk_hours
from voordeur.rules.routing import AlarmKind

SHIPPED = settings.CONTENT / "doors"


def _made(folder: Path, changes: dict[str, str] | None = None, door: str = "sport") -> Doorway:
    """The shipped doors, with these texts of one of them replaced (each must stand there once)."""
    for path in SHIPPED.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        for was, becomes in (changes or {}).items() if path.stem == door else ():
            assert text.count(was) == 1, was
            text = text.replace(was, becomes)
        (folder / path.name).write_text(text, encoding="utf-8")
    return load_doors(folder)


def _door(doorway: Doorway, name: str = "sport") -> Door:
    return next(door for door in doorway.doors if door.id == name)


def _talk(doorway: Doorway, name: str = "sport") -> Talk:
    talk = _door(doorway, name).talk
    assert talk is not None
    return talk


def test_a_host_leads_to_its_door_whatever_its_case_or_port_and_an_unknown_one_to_none() -> None:
    doorway = load_doors(SHIPPED, ("help.example",))
    assert doorway.door_for("speelveld.localhost").id == "sport"
    assert doorway.door_for(" Speelveld.LOCALHOST.:8000 ").id == "sport"
    assert doorway.door_for("help.example") is doorway.central
    for host in ("", "elsewhere.example", "speelveld", "localhost.evil.example"):
        with pytest.raises(UnknownHost):
            doorway.door_for(host)


@pytest.mark.parametrize("door", load_doors(SHIPPED).doors, ids=lambda door: door.id)
def test_every_door_that_we_ship_has_a_team_and_a_short_memory(door: Door) -> None:
    assert door.talk is not None
    assert door.talk.team == {"images": "young"}.get(door.id, door.id)  # one team for children and for the young
    assert set(door.talk.languages) >= set(door.languages)
    assert (door.talk.kept_days_with_code, door.talk.kept_days_without_code) == (90, 2)
    assert door.talk.routing.alarm_minutes[AlarmKind.DANGER] == 2
    assert door.talk.routing.overflow == (None if door.is_central else "central")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_the_file_of_a_door_says_that_its_operator_must_set_these(path: Path) -> None:
    before = path.read_text(encoding="utf-8").partition("[talk]\n")[0]
    comment = " ".join(line.removeprefix("# ") for line in before.splitlines()[-2:])
    assert "settings of the software, not facts: who runs the door must set them" in comment


def test_what_the_file_says_is_what_the_door_has(tmp_path: Path) -> None:
    read = _made(
        tmp_path,
        {
            'team = "sport"': 'team = "evening-team"',
            'hours = "Mo-Fr 13:00-21:00; Sa-Su 13:00-17:00; PH 13:00-17:00"': 'hours = "Mo-Su 18:00-22:00; PH off"',
            "[talk.exceptions]\n": '[talk.exceptions]\n2026-12-24 = "closed"\n2026-12-25 = "18:00-20:00"\n',
            "message_read_within_hours = 48": "message_read_within_hours = 24",
            "queue_limit = 20": "queue_limit = 7",
            'overflow = "central"': 'overflow = "exploitation"',
        },
    )
    talk = _talk(read)
    assert talk.team == "evening-team"
    assert talk.hours == talk_hours("Mo-Su 18:00-22:00; PH off", {"2026-12-24": "closed", "2026-12-25": "18:00-20:00"})
    assert talk.message_read_within_hours == 24
    assert talk.routing.queue_limit == 7
    assert talk.routing.overflow == "exploitation"


def test_a_door_without_talk_only_shows_the_way(tmp_path: Path) -> None:
    text = (SHIPPED / "sport.toml").read_text(encoding="utf-8")
    for path in SHIPPED.glob("*.toml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "sport.toml").write_text(text.partition("[talk]\n")[0], encoding="utf-8")
    assert _door(load_doors(tmp_path)).talk is None


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('team = "sport"', "", "“team”"),
        ('team = "sport"', 'team = "Sport team"', "“team”"),
        ('team = "sport"', "team = 7", "“team”"),
        ('hours = "Mo-Fr 13:00-21:00; Sa-Su 13:00-17:00; PH 13:00-17:00"', "", "“hours”"),
        ("; PH 13:00-17:00", "", "public holidays"),
        ("Mo-Fr 13:00-21:00", "Monday 13:00-21:00", "hours: Cannot read 'Monday'"),
        ("Mo-Fr 13:00-21:00; Sa-Su 13:00-17:00", "Mo 13:00-21:00", "leave nobody there"),
        ("[talk.exceptions]\n", '[talk.exceptions]\n2026-12-32 = "closed"\n', "'2026-12-32' is not a date"),
        ("[talk.exceptions]\n", "[talk.exceptions]\n2026-12-31 = false\n", "“exceptions”"),
        ("[talk.exceptions]\n", "[[talk.exceptions]]\n", "“exceptions”"),
        ('languages = ["nl", "en"]\n# The page', "# The page", "“languages”"),
        ('languages = ["nl", "en"]\n# The page', 'languages = "nl"\n# The page', "“languages”"),
        ('languages = ["nl", "en"]\n# The page', 'languages = ["Dutch"]\n# The page', "“languages”"),
        ('languages = ["nl", "en"]\n# The page', "languages = [[]]\n# The page", "“languages”"),
        ("message_read_within_hours = 48", "message_read_within_hours = 23", "“alarm_minutes” for message"),
        ("message_read_within_hours = 48", "message_read_within_hours = 0", "whole number from 1 to 336"),
        ("message_read_within_hours = 48", "", "whole number from 1 to 336"),
        ("kept_days_with_code = 90", "kept_days_with_code = 367", "whole number from 1 to 366"),
        ("kept_days_with_code = 90", "kept_days_with_code = 1", "must not be longer"),
        ("kept_days_without_code = 2", "kept_days_without_code = true", "whole number from 1 to 366"),
        ("queue_limit = 20", "queue_limit = -1", "“queue_limit”"),
        ("queue_limit = 20", "queue_limits = 20", "knows no queue_limits"),
        ("danger = 2", "danger = 9", "“alarm_minutes” must not be longer"),
        ("after_minutes = 15\ndemands = []", "", "each of “steps”"),
        ('overflow = "central"', 'overflow = "sport"', "another door with [talk]"),
        ('overflow = "central"', 'overflow = "moon"', "another door with [talk]"),
    ],
)
def test_a_table_that_cannot_be_kept_is_refused_with_its_door_and_what_is_expected(
    tmp_path: Path, was: str, becomes: str, said: str
) -> None:
    with pytest.raises(DoorError, match=re.escape(said)) as refused:
        _made(tmp_path, {was: becomes})
    assert "sport" in str(refused.value)
    assert "[talk]" in str(refused.value)


def test_a_talk_that_is_no_table_is_refused(tmp_path: Path) -> None:
    for path in SHIPPED.glob("*.toml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    before = (SHIPPED / "sport.toml").read_text(encoding="utf-8").partition("[starts_with]")[0]
    rest = (SHIPPED / "sport.toml").read_text(encoding="utf-8").partition("[starts_with]")[2].partition("[talk]\n")[0]
    (tmp_path / "sport.toml").write_text(f"{before}talk = 1\n[starts_with]{rest}", encoding="utf-8")
    with pytest.raises(DoorError, match=r"sport\.toml: \[talk\] must be a table"):
        load_doors(tmp_path)


def test_what_the_file_of_a_themed_door_says_is_what_the_door_has() -> None:
    door = _door(load_doors(SHIPPED), "images")
    assert (door.tone, door.groups, door.asks_first) == ("child", ("child",), "when")
    assert door.topics[0] == "images" and door.partners[0] == "helpwanted" and not door.are_partners_agreed
    assert door.words["way_in.talk"] == {"nl": "Ik wil met iemand praten", "en": "I want to talk to someone"}
    assert door.home == ("ways", "talk", "read", "partners", "search")
    assert _door(load_doors(SHIPPED), "older").has_large_text


def test_a_door_that_says_no_more_is_plain_and_has_the_usual_first_page() -> None:
    door = load_doors(SHIPPED).central
    assert (door.tone, door.groups, door.partners, door.asks_first, door.words) == ("adult", (), (), "", {})
    assert door.home == HOME_BLOCKS


def test_a_first_page_never_lacks_a_block_that_the_file_leaves_out(tmp_path: Path) -> None:
    read = _made(tmp_path, {'home = ["ways", "read", "talk", "partners", "search"]': 'home = ["read"]'})
    assert _door(read).home == ("read", "ways", "talk", "search", "partners")


def test_hours_through_the_night_leave_nobody_waiting_for_the_morning() -> None:
    talk = _talk(load_doors(SHIPPED), "self")
    assert longest_closed_minutes(talk.hours) == 0


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('id = "sport"', 'id = "sport"\ntopic = ["sport"]', "a door knows no topic"),
        ('groups = ["athlete"]', 'groups = "athlete"', "“groups” must be a list of texts"),
        ('home = ["ways"', 'home = ["weather"', "“home” orders the blocks ways, talk, read, search, partners"),
        ('"way_in.normal" = {', "way_in.normal = {", "[words] must hold lines"),
        ('nl = "Ik maak me zorgen om een sporter"', 'nl = ""', "[words] must hold lines"),
    ],
)
def test_a_door_that_says_something_else_is_refused(tmp_path: Path, was: str, becomes: str, said: str) -> None:
    with pytest.raises(DoorError, match=re.escape(said)) as refused:
        _made(tmp_path, {was: becomes})
    assert "sport.toml" in str(refused.value)


@pytest.mark.parametrize(
    "written",
    ['"https://www.example.org"', '["http://www.example.org"]', '["https://*.example.org"]', '["*"]', "[1]", '["self"]',
     '["https://www.example.org/"]', '["https://www.example.org https://x.org"]', '["https://x.org; script-src *"]',
     '["https://EXAMPLE.org"]', '["data:"]'],
)  # fmt: skip
def test_only_whole_names_of_sites_may_show_a_door_inside_a_page(tmp_path: Path, written: str) -> None:
    with pytest.raises(DoorError, match=r"sport\.toml: “embedded_by” must be a list of sites"):
        _made(tmp_path, {'id = "sport"': f'id = "sport"\nembedded_by = {written}'})


def test_a_door_may_be_shown_by_the_sites_that_its_file_names_and_ships_with_none(tmp_path: Path) -> None:
    assert [door.embedded_by for door in load_doors(SHIPPED).doors if door.embedded_by] == []
    sites = '["https://www.example.org", "https://a.example:8443", "http://localhost:5000"]'
    made = _door(_made(tmp_path, {'id = "sport"': f'id = "sport"\nembedded_by = {sites}'}))
    assert made.embedded_by == ("https://www.example.org", "https://a.example:8443", "http://localhost:5000")
