"""The guide always ends in help that is there now (face.md W1-W4, W7; safety rule 7)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.faces.visit.conftest import HOSTS, Visitor, to
from voordeur.faces.visit.answers import Told
from voordeur.faces.visit.house import house
from voordeur.faces.visit.results import guide_values
from voordeur.faces.visit.steps import READ_FIRST
from voordeur.records.directory.queries import Directory
from voordeur.rules.opening import AMSTERDAM

QUARTER = timedelta(minutes=15)
#: An ordinary week, and days on which hours differ: holidays, and both days on which the clock changes.
WEEK = datetime(2026, 11, 23, tzinfo=AMSTERDAM)
SPECIAL = [
    datetime(year, month, day, tzinfo=AMSTERDAM)
    for year, month, day in (
        (2026, 10, 25), (2027, 3, 28), (2026, 12, 25), (2026, 12, 26), (2027, 1, 1), (2027, 4, 27), (2027, 5, 17),
    )
]  # fmt: skip


def moments() -> Iterator[datetime]:
    """Every quarter hour of the week and of the special days, as they pass (in UTC: 23 or 25 hours on some days)."""
    for start, days in [(WEEK, 7), *((one, 1) for one in SPECIAL)]:
        moment = start.astimezone(UTC)
        end = (start + timedelta(days=days)).astimezone(UTC)
        while moment < end:
            yield moment
            moment += QUARTER


def some_answers(chance: random.Random, silent: bool = False) -> Told:
    """A set of answers as a visitor might give it: some questions skipped, some with more than one choice."""
    at = house()
    codes = [f"GM{number:04d}" for number in range(3, 2000) if at.places.municipality(f"GM{number:04d}")]
    answers: dict[str, tuple[str, ...]] = {}
    for field in at.guide.fields.values():
        if field.kind == "place":
            answers[field.id] = (chance.choice(codes),) if chance.random() < 0.7 else ()
        elif field.kind == "language":
            answers[field.id] = (chance.choice(("nl", "en", "ar", "ti")),) if chance.random() < 0.3 else ()
        elif field.id == "reach":
            answers[field.id] = ("call", *chance.sample(("chat", "mail", "visit"), chance.randint(0, 2)))
        elif chance.random() < 0.6:
            most = 1 if field.kind == "one" else min(3, len(field.options))
            answers[field.id] = tuple(one.id for one in chance.sample(field.options, chance.randint(1, most)))
        else:
            answers[field.id] = ()
    return Told(answers)


def someone_now(values: dict[str, object]) -> list[str]:
    """The numbers and chats among the leading answers that are answered now and can be followed."""
    leading = values["leading"]
    assert isinstance(leading, list)
    return [
        contact.href
        for one in leading
        for contact in one.contacts
        if contact.kind in ("phone", "chat", "whatsapp") and contact.state == "open" and contact.href
    ]


def open_phones(values: dict[str, object]) -> list[str]:
    """The numbers on the page that are answered now."""
    leading = values["leading"]
    assert isinstance(leading, list)
    return [
        contact.value
        for one in leading
        for contact in one.contacts
        if contact.kind == "phone" and contact.state == "open" and contact.value
    ]


@pytest.mark.django_db
def test_someone_who_can_call_and_chat_is_always_shown_someone_who_answers_now(directory: Directory) -> None:
    """W2: random answers and places at every quarter hour of a week, of holidays and of both clock changes."""
    chance = random.Random(7)
    closed = []
    for moment in moments():
        for _ in range(2):
            told = some_answers(chance)
            if not someone_now(guide_values(house(), house().doorway.central, told, "nl", moment)):
                closed.append((moment.astimezone(AMSTERDAM).isoformat(), told.written()))
    assert not closed, f"{len(closed)} times, such as {closed[:3]}"


@pytest.mark.django_db
def test_every_municipality_has_a_number_that_is_answered_at_night(directory: Directory) -> None:
    """W2: all of them, on a Sunday at three."""
    night = datetime(2026, 11, 29, 3, 0, tzinfo=AMSTERDAM)
    at = house()
    codes = [f"GM{number:04d}" for number in range(3, 2000) if at.places.municipality(f"GM{number:04d}")]
    assert len(codes) > 300
    told = {"way_in": ("talk",), "reach": ("call",)}
    assert not [
        code
        for code in codes
        if not open_phones(guide_values(at, at.doorway.central, Told({**told, "place": (code,)}), "nl", night))
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("way", [option.id for option in house().guide.questions[0].fields[0].options])
def test_everyone_finds_someone_at_night_whatever_the_question(directory: Directory, way: str) -> None:
    """W4: for oneself, for another, about one's own behaviour and for work; by phone at every hour of a night."""
    at = house()
    for hour in range(20, 32):
        moment = datetime(2026, 11, 28, tzinfo=AMSTERDAM) + timedelta(hours=hour)
        for kind in at.guide.fields["what"].options:
            told = Told({"way_in": (way,), "reach": ("call",), "what": (kind.id,)})
            assert open_phones(guide_values(at, at.doorway.central, told, "nl", moment)), f"{way}, {kind.id}, {moment}"


@pytest.mark.django_db
def test_someone_who_cannot_be_heard_is_never_left_without_help(directory: Directory) -> None:
    """W2: without calling there is always something; if no one answers now, that is said."""
    chance = random.Random(11)
    at = house()
    empty = []
    for moment in list(moments())[::11]:
        told = some_answers(chance)
        told = told.having({"reach": ("overheard", "chat")})
        values = guide_values(at, at.doorway.central, told, "nl", moment)
        live = [one for one in values["leading"] if any(contact.state == "open" for contact in one.contacts)]
        if not values["leading"] or not (live or values["gaps"]):
            empty.append((moment.isoformat(), told.written()))
        calls = [c for one in values["leading"] for c in one.contacts if c.kind == "phone"]
        assert not calls, "a phone number leads although someone listens"
    assert not empty, f"{len(empty)} times, such as {empty[:3]}"


def test_every_way_in_leads_to_results_by_passing_every_question_over(visitor_at_each_door: Visitor) -> None:
    """W3: with only "I do not know"; at most seven questions; help on every page after the first."""
    visitor = visitor_at_each_door
    door = next(one for one in house().doorway.doors if one.id == visitor.door)
    for way in door.ways_in:
        visitor.comes_in().presses("way_in", way)
        steps = 0
        if way == "danger":
            visitor.presses("way_in", way)
        if way in READ_FIRST:
            visitor.presses("go", "guide")
        while visitor.question:
            assert visitor.organizations, f"no help beside {visitor.question}"
            visitor.presses("go", "skip")
            steps += 1
            assert steps <= 7
        assert visitor.organizations and visitor.page.status_code == 200


def test_every_choice_of_every_question_can_be_reached_by_passing_over(visitor: Visitor) -> None:
    """W3: all codes of all fields, over the four roles that someone can ask in."""
    seen: set[tuple[str, str]] = set()
    for way in ("talk", "other", "self", "work"):
        visitor.comes_in().presses("way_in", way)
        while visitor.question:
            question = house().guide.question(visitor.question)
            assert question
            for field in question.fields:
                for option in field.options:
                    if f'name="{field.id}" value="{option.id}"' in visitor.main:
                        seen.add((field.id, option.id))
            visitor.presses("go", "skip")
    wanted = {
        (field.id, option.id)
        for question in house().guide.questions[1:]
        for field in question.fields
        for option in field.options
    }
    assert wanted - seen == set()


def test_every_choice_gives_a_page_with_help(visitor: Visitor) -> None:
    """No choice ends in an empty page."""
    at = house()
    for question in at.guide.questions[1:]:
        for field in question.fields:
            for option in field.options:
                visitor.sends({"s": "way_in=talk", "q": question.id, field.id: option.id, "go": "next"})
                assert visitor.page.status_code == 200 and visitor.organizations, option.id


def test_every_leading_result_says_why_it_stands_there(visitor: Visitor) -> None:
    """W7."""
    to(visitor, "results")
    cards = visitor.main.split("<article")[1:]
    assert cards and all("<dd></dd>" not in one for one in cards)


def test_danger_leads_straight_to_the_number(visitor_at_each_door: Visitor) -> None:
    """W1, safety rule 6: one press."""
    visitor = visitor_at_each_door.presses("way_in", "danger")
    door = next(one for one in house().doorway.doors if one.id == visitor.door)
    first = visitor.main.index("href=")
    assert visitor.main[first:].startswith(f'href="tel:{door.emergency_number}"')


def test_an_opened_question_shows_what_was_chosen_and_skipping_it_takes_it_away(visitor: Visitor) -> None:
    """An answer can be changed and withdrawn."""
    visitor.sends({"s": "way_in=talk&what=money", "go": "ask:what"})
    assert 'value="money" checked' in visitor.main
    visitor.presses("go", "skip")
    assert "what=money" not in visitor.hidden["s"]


@pytest.mark.parametrize("door", HOSTS)
def test_a_door_begins_with_what_it_knows(visitor: Visitor, door: str) -> None:
    """The sport door knows where it happens; it can be changed like any other answer."""
    visitor.door = door
    known = next(one for one in house().doorway.doors if one.id == door).starts_with
    pairs = {f"{key}={code}" for key, codes in known.items() for code in codes}
    visitor.comes_in()
    assert set(visitor.hidden["s"].split("&")) == (pairs or {""})
    visitor.presses("way_in", "talk")
    assert set(visitor.hidden["s"].split("&")) == {one for one in pairs if "way_in=" not in one} | {"way_in=talk"}
