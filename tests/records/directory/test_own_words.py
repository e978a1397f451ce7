"""Own words of organisations: what can be said, when it counts, and that no load of the files drops it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voordeur import vocabulary as v
from voordeur.records.directory import actions
from voordeur.records.directory.actions import WordGone, WordWaits, load_directory
from voordeur.records.directory.own_words import (
    LONGEST_SUMMARY,
    LONGEST_WAIT,
    LineHours,
    Said,
    SaidWrongly,
    checked_said,
    checked_text,
    is_newer,
)
from voordeur.records.directory.queries import (
    current_directory,
    edition,
    own_word,
    own_words,
    standing_words,
)
from voordeur.rules.opening import HoursError, parse_hours

NOW = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))
PHONE = (v.ChannelKind.PHONE, "020-5550100")
LINES = [PHONE, (v.ChannelKind.MAIL, "hulp@haven.example")]
BOTH = {"nl": "Nu drie weken.", "en": "Three weeks now."}


def hours(text: str, line: tuple[v.ChannelKind, str | None] = PHONE) -> tuple[LineHours, ...]:
    return (LineHours(*line, text),)


# ---------------------------------------------------------------- what can be said


def test_what_is_said_well_is_taken_without_the_space_around_it() -> None:
    said = Said({"nl": " Praten. ", "en": "Talk."}, BOTH, False, hours(" Mo-Fr 10:00-12:00 "))
    assert checked_said(said, LINES) == Said({"nl": "Praten.", "en": "Talk."}, BOTH, False, hours("Mo-Fr 10:00-12:00"))


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (Said(), "nothing"),
        (Said({"nl": "", "en": " "}), "nothing"),
        (Said({"nl": "Praten."}), "both"),
        (Said({"nl": "Praten.", "en": ""}), "both"),
        (Said({**BOTH, "tr": " "}), "both"),
        (Said({**BOTH, "xx": "Praten."}), "language"),
        (Said({**BOTH, "\ud800": "Praten."}), "language"),
        (Said({"nl": "x" * (LONGEST_SUMMARY + 1), "en": "x"}), "long"),
        (Said(wait_time={"nl": "x" * (LONGEST_WAIT + 1), "en": "x"}), "long"),
        (Said({"nl": "een\ntwee", "en": "one"}), "long"),
        (Said({"nl": "een\ud800", "en": "one"}), "long"),
        (Said({"nl": "Kijk op https://haven.example/nu", "en": "x"}), "link"),
        (Said({"nl": "Kijk op www.haven.example", "en": "x"}), "link"),
        (Said({"nl": "Kijk op haven.nl", "en": "x"}), "link"),
        (Said({"nl": "Mail hulp@haven.example", "en": "x"}), "link"),
        (Said({"nl": "<b>nu</b>", "en": "x"}), "link"),
        (Said({"nl": "Bel 020-5550100", "en": "x"}), "number"),
        (Said({"nl": "Bel 0800-1234", "en": "x"}), "number"),
        (Said({"nl": "x", "en": "Call +31 20 555 01 00"}), "number"),
        (Said(hours=hours("maandag tot vrijdag")), "hours"),
        (Said(hours=hours("")), "hours"),
        (Said(hours=hours("Mo-Fr 09:00-27:00")), "hours"),
        (Said(hours=hours("; ".join(["Mo 09:00-10:00"] * 30))), "hours"),
        (Said(hours=hours("24/7", (v.ChannelKind.PHONE, "020-5550199"))), "line"),
        (Said(hours=hours("24/7", (v.ChannelKind.CHAT, None))), "line"),
        (Said(hours=hours("24/7", LINES[1])), "line"),
        (Said(hours=hours("24/7") + hours("off")), "line"),
    ],
)
def test_what_cannot_be_taken_says_which_rule(said: Said, rule: str) -> None:
    with pytest.raises(SaidWrongly) as caught:
        checked_said(said, LINES)
    assert caught.value.rule == rule
    assert "expected" in str(caught.value) or "“" in str(caught.value) or "cannot" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "Open van 9.00-17.00 uur.",
        "Vanaf 01-12-2026 weer plek.",
        "3 tot 6 weken",
        "Voor 18- en 18+",
        "In 2027 anders.",
        "Open 9:00-17:00 en 19:30-21:00.",
        "09:00-12:00, 13:00-17:00",
        "24/7 open",
        "Voor 12-18 jaar",
        "Aged 12–18 years",
        "Praten, o.a. in een groep, d.w.z. samen.",
        "Call us. It is free. Be welcome.",
        "Wij zijn er. De wachttijd is kort.",
        "Bijv. in de zomer.",
        "Vanaf 1 januari 2027.",
        "Cursus 2026/2027",
        "40 plekken, 3 vrij",
        "From 2026-12-01",
    ],
)
def test_days_hours_and_counts_are_not_taken_for_a_number_to_call(text: str) -> None:
    assert checked_text(text, 200) == text


@pytest.mark.parametrize(
    "text",
    [
        "06/12345678",
        "06  12 34 56 78",
        "Bel 06…12345678",
        "116 123",
        "113",
        "0900 1234",
        "1-1-3",
        "06.12.34.56.78",
        "06-12-2034 5678",
        "06,12,34,56,78",
        "(020) 555",
        "０６１２３４５６７８",
        "⁰⁶¹²³⁴⁵",
        "06_12_34",
        "0 6 1 2",
        "112 bellen",
        "06 12 34-56 jaar",
        "2026 5678",
        "01-12-2026 56",
    ],
)
def test_a_number_to_call_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(SaidWrongly) as caught:
        checked_text(text, 200)
    assert caught.value.rule == "number"


@pytest.mark.parametrize(
    "text",
    [
        "wa.me/hulp",
        "t.me/x",
        "Kijk op hulp.be",
        "hulp . nl",
        "hulp .nl",
        "Hulp. NL",
        "hulp4.nl",
        "hulp . be",
        "hulp .de",
        "x.y.shop",
        "hulp．nl",
        "bit.ly",
        "Kijk op hulp. be",
        "o.a.hulp",
    ],
)
def test_an_address_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(SaidWrongly) as caught:
        checked_text(text, 200)
    assert caught.value.rule == "link"


@given(st.text(max_size=160))
def test_a_text_that_is_taken_is_one_short_line_and_stays_so(text: str) -> None:
    try:
        taken = checked_text(text, LONGEST_SUMMARY)
    except SaidWrongly:
        return
    assert 0 < len(taken) <= LONGEST_SUMMARY
    assert taken.isprintable() and taken == text.strip() and "@" not in taken and "<" not in taken
    assert checked_text(taken, LONGEST_SUMMARY) == taken


@given(st.text(alphabet="MoTuWeFr,-;:0123456789 /PHoff", max_size=40))
def test_hours_that_are_taken_can_be_read_and_others_are_not_taken(text: str) -> None:
    try:
        taken = checked_said(Said(hours=hours(text)), LINES).hours[0].hours
    except SaidWrongly:
        with pytest.raises(HoursError):
            parse_hours(text.strip())
        return
    assert parse_hours(taken).text == text.strip()


@pytest.mark.parametrize(
    ("source", "newer"),
    [(None, False), ("2026", False), ("2027", True), ("2026-11", False), ("2026-12", True), ("2026-11-23", False),
     ("2026-11-24", True), ("2026-11-22", False)],
)  # fmt: skip
def test_a_source_is_newer_only_when_its_first_day_is(source: str | None, newer: bool) -> None:
    assert is_newer(source, NOW.date()) is newer


# ---------------------------------------------------------------- when it counts


@pytest.fixture
def two(folder: Path, empty_directory: None) -> Path:
    load_directory(folder=folder, moment=NOW)
    return folder


def says(said: Said, service: str = "lijn", moment: datetime = NOW) -> int:
    return actions.propose_word(organization="de-haven", service=service, said=said, moment=moment)


def counts(said: Said, moment: datetime = NOW) -> int:
    word = says(said, moment=moment)
    actions.accept_word(word=word, moment=moment)
    return word


def fields() -> frozenset[str]:
    (found,) = [one for one in current_directory().index.candidates if one.organization == "de-haven"]
    return found.fields["takes_people"]


def test_a_word_counts_after_a_steward_took_it_over_and_not_before(two: Path) -> None:
    before = current_directory()
    word = says(Said({"nl": "Nu even anders.", "en": "Different now."}, BOTH, False, hours("Mo 10:00-11:00")))
    assert current_directory() is before
    assert fields() == {"unknown"}
    actions.accept_word(word=word, moment=NOW)
    after = current_directory()
    assert after.edition != before.edition
    one = after.organizations["de-haven"]
    service = one.service("lijn")
    assert (one.summary["en"], service.wait_time, service.takes_people) == ("Different now.", BOTH, False)
    assert service.channels[0].hours_text == "Mo 10:00-11:00"
    assert service.channels[0].contact.hours == parse_hours("Mo 10:00-11:00")
    assert fields() == {"no"}
    (candidate,) = [one for one in after.index.candidates if one.organization == "de-haven"]
    assert candidate.contacts[0].hours == parse_hours("Mo 10:00-11:00")
    assert after.organizations["de-kade"].service("lijn").channels[0].hours_text == "Mo-Fr 09:00-17:00; PH off"


def test_what_they_can_know_is_trusted_more_than_what_they_say_of_themselves(two: Path) -> None:
    counts(Said({"nl": "Goed.", "en": "Good."}, BOTH, True, hours("24/7")))
    service = current_directory().organizations["de-haven"].service("lijn")
    trust = {name: source.confidence for name, source in service.sources.items()}
    assert trust == {
        "summary": v.Confidence.MEDIUM, "wait_time": v.Confidence.HIGH, "takes_people": v.Confidence.HIGH,
    }  # fmt: skip
    source = service.channels[0].sources["hours"]
    assert (source.is_own, source.date, source.confidence) == (True, "2026-11-23", v.Confidence.HIGH)
    assert not service.channels[0].sources["value"].is_own
    own = [one for one in current_directory().organizations["de-haven"].sources if one.is_own]
    assert [one.confidence for one in own] == [v.Confidence.HIGH, v.Confidence.MEDIUM]


def test_what_was_not_said_stays_as_the_files_have_it(two: Path) -> None:
    counts(Said(takes_people=True))
    one = current_directory().organizations["de-haven"]
    assert one.summary["en"] == "Talk about home."
    assert one.service("lijn").channels[0].hours_text == "Mo-Fr 09:00-17:00; PH off"
    assert one.service("lijn").wait_time is None


def test_the_newest_word_counts_and_the_one_before_is_gone(two: Path) -> None:
    first = counts(Said(takes_people=False, wait_time=BOTH))
    second = counts(Said(takes_people=True), NOW + timedelta(days=1))
    assert own_word(first) is None
    assert [one.id for one in own_words("de-haven")] == [second]
    service = current_directory().organizations["de-haven"].service("lijn")
    assert (service.takes_people, service.wait_time) == (True, None)


def test_only_one_word_about_a_service_waits(two: Path) -> None:
    says(Said(takes_people=True))
    with pytest.raises(WordWaits):
        says(Said(takes_people=False))
    assert [one.said.takes_people for one in own_words("de-haven")] == [True]


def test_a_refused_word_does_not_count_and_goes_when_a_new_one_is_said(two: Path) -> None:
    word = says(Said(takes_people=False))
    actions.refuse_word(word=word, reason=" Dat staat al zo. ", moment=NOW)
    (kept,) = own_words("de-haven")
    assert (kept.state, kept.reason, kept.decided_on) == (v.WordState.REFUSED, "Dat staat al zo.", NOW.date())
    assert fields() == {"unknown"}
    assert standing_words() == ()
    says(Said(takes_people=True))
    assert [one.state for one in own_words("de-haven")] == [v.WordState.WAITING]


@pytest.mark.parametrize("reason", ["", " ", "x" * 201, "zie https://x.example", "bel 020-5550100", "a\nb"])
def test_a_refusal_has_a_short_plain_reason(two: Path, reason: str) -> None:
    word = says(Said(takes_people=False))
    with pytest.raises(SaidWrongly):
        actions.refuse_word(word=word, reason=reason, moment=NOW)
    assert [one.state for one in own_words("de-haven")] == [v.WordState.WAITING]


def test_a_word_that_is_taken_back_counts_no_more(two: Path) -> None:
    before = edition()
    word = counts(Said(takes_people=False))
    assert edition() != before
    actions.withdraw_word(word=word)
    assert (edition(), fields()) == (before, {"unknown"})  # type: ignore[comparison-overlap]


def test_each_step_is_taken_once_and_from_where_it_can_be(two: Path) -> None:
    word = counts(Said(takes_people=True))
    with pytest.raises(WordGone):
        actions.accept_word(word=word, moment=NOW)
    with pytest.raises(WordGone):
        actions.refuse_word(word=word, reason="Nee.", moment=NOW)
    other = says(Said(takes_people=True))
    actions.refuse_word(word=other, reason="Nee.", moment=NOW)
    with pytest.raises(WordGone):
        actions.withdraw_word(word=other)
    with pytest.raises(WordGone):
        actions.withdraw_word(word=word + 99)
    with pytest.raises(WordGone):
        says(Said(takes_people=True), service="loket")


def test_a_new_load_of_the_files_keeps_the_word(two: Path) -> None:
    counts(Said(wait_time=BOTH, takes_people=False, hours=hours("24/7")))
    path = two / "de-haven.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("luistert", "hoort je"), encoding="utf-8")
    assert load_directory(folder=two, moment=NOW).changed == ("de-haven",)
    one = current_directory().organizations["de-haven"]
    assert one.description["nl"] == "De Haven hoort je."
    service = one.service("lijn")
    assert (service.wait_time, service.takes_people, service.channels[0].hours_text) == (BOTH, False, "24/7")


def test_a_fact_of_the_files_that_is_newer_counts_instead_and_the_word_stays(two: Path) -> None:
    counts(Said({"nl": "Goed.", "en": "Good."}, takes_people=False, hours=hours("24/7")))
    path = two / "de-haven.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("2026-09-08", "2026-12-01"), encoding="utf-8")
    load_directory(folder=two, moment=NOW + timedelta(days=20))
    one = current_directory().organizations["de-haven"]
    service = one.service("lijn")
    assert (one.summary["en"], service.channels[0].hours_text) == ("Talk about home.", "Mo-Fr 09:00-17:00; PH off")
    assert service.takes_people is False  # no file says anything of it
    assert [word.said.hours for word in standing_words()] == [hours("24/7")]


def test_a_word_whose_service_is_gone_is_kept_and_cannot_be_taken_over(two: Path) -> None:
    counts(Said(takes_people=False))
    waiting = says(Said(takes_people=True))
    text = (two / "de-haven.toml").read_text(encoding="utf-8")
    (two / "de-haven.toml").write_text(text.replace('id = "lijn"', 'id = "balie"'), encoding="utf-8")
    load_directory(folder=two, moment=NOW)
    assert current_directory().organizations["de-haven"].service("balie").takes_people is None
    assert len(standing_words()) == 2
    with pytest.raises(WordGone):
        actions.accept_word(word=waiting, moment=NOW)
    (two / "de-haven.toml").write_text(text, encoding="utf-8")
    load_directory(folder=two, moment=NOW)
    assert fields() == {"no"}


def test_hours_of_a_number_that_changed_are_not_those_of_the_new_one(two: Path) -> None:
    counts(Said(takes_people=True, hours=hours("24/7")))
    path = two / "de-haven.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("020-5550100", "020-5550101"), encoding="utf-8")
    load_directory(folder=two, moment=NOW)
    service = current_directory().organizations["de-haven"].service("lijn")
    assert (service.channels[0].hours_text, service.takes_people) == ("Mo-Fr 09:00-17:00; PH off", True)


def test_of_two_services_each_has_its_own_word_and_the_organisation_keeps_its_summary(two: Path) -> None:
    path = two / "de-haven.toml"
    text = path.read_text(encoding="utf-8")
    second = text[text.index("[[services]]") :].replace('id = "lijn"', 'id = "balie"')
    path.write_text(text + second, encoding="utf-8")
    load_directory(folder=two, moment=NOW)
    counts(Said({"nl": "Goed.", "en": "Good."}, takes_people=False))
    one = current_directory().organizations["de-haven"]
    assert one.summary["en"] == "Talk about home."
    own = one.service("lijn").summary
    assert own is not None and own["en"] == "Good."
    assert (one.service("balie").summary, one.service("balie").takes_people) == (None, None)


def test_now_is_forgotten_after_sixty_days_and_a_refusal_after_ninety(two: Path) -> None:
    counts(Said(takes_people=False, wait_time=BOTH))
    refused = says(Said(takes_people=True))
    actions.refuse_word(word=refused, reason="Nee.", moment=NOW)
    assert actions.forget_words(moment=NOW + timedelta(days=60)) == 0
    before = edition()
    assert actions.forget_words(moment=NOW + timedelta(days=61)) == 1
    assert edition() != before and fields() == {"unknown"}
    assert current_directory().organizations["de-haven"].service("lijn").wait_time == BOTH
    assert own_word(refused) is not None
    assert actions.forget_words(moment=NOW + timedelta(days=91)) == 1
    assert own_word(refused) is None


def test_no_row_of_a_word_holds_a_person_and_its_day_is_that_of_the_netherlands(two: Path) -> None:
    from voordeur.records.directory.models import OwnWord

    late = datetime(2026, 11, 23, 23, 30, tzinfo=ZoneInfo("UTC"))
    says(Said(takes_people=True), moment=late)
    row = OwnWord.objects.values().get()
    assert row["proposed_on"] == date(2026, 11, 24)
    assert set(row) == {
        "id", "organization", "service", "state", "summary", "wait_time", "takes_people", "hours", "proposed_on",
        "decided_on", "reason",
    }  # fmt: skip


def test_before_the_first_load_there_is_no_edition_whatever_was_said(two: Path) -> None:
    from voordeur.records.directory.models import Edition

    counts(Said(takes_people=True))
    Edition.objects.all().delete()
    assert edition() == ""
