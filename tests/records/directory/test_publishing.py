"""From draft to published and back; a load of the files beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.records.directory.conftest import write_other
from voordeur.records.directory import history, publishing
from voordeur.records.directory.actions import load_directory
from voordeur.records.directory.entry_toml import as_toml
from voordeur.records.directory.fields import Field
from voordeur.records.directory.findings import DirectoryBroken
from voordeur.records.directory.own_words import SaidWrongly
from voordeur.records.directory.publishing import (
    ChangedMeanwhile,
    NothingChanged,
    VersionGone,
    WaitsAlready,
    entry_now,
    fingerprint,
)
from voordeur.records.directory.queries import current_directory, edition
from voordeur.records.directory.versions import VersionState

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
SEEN = {"title": "haven.example, contact", "date": "2026-11-30", "confidence": "high"}
ONE, PHONE = "de-haven", "services.lijn.phone.value"
NEW = "020-5550199"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded(empty_directory: None, folder: Path) -> None:
    load_directory(folder=folder, moment=NOW)


def change(value: Any = NEW, path: str = PHONE, *, is_own: bool = False, source: dict[str, Any] | None = None) -> int:
    return publishing.change_field(
        organization=ONE, field=Field(path, value, "seen", source or SEEN), is_own=is_own, moment=NOW
    )


def publish(version: int, **more: Any) -> None:
    publishing.publish(**{"version": version, "seen": fingerprint(ONE), "reason": "Looked up.", "moment": NOW, **more})


def undo(**more: Any) -> None:
    publishing.undo(**{"organization": ONE, "seen": fingerprint(ONE), "reason": "Wrong.", "moment": NOW, **more})


def phone() -> str | None:
    return current_directory().organizations[ONE].services[0].channels[0].contact.value


def states() -> list[str]:
    return [one.state.value for one in history.versions_of(ONE)]


def test_a_draft_changes_nothing_until_it_is_published_and_then_the_edition_is_new() -> None:
    before, was = edition(), phone()
    version = change()
    assert (edition(), phone()) == (before, was)
    publish(version)
    assert edition() != before and phone() == NEW
    view = current_directory().organizations[ONE].services[0].channels[0]
    assert (view.sources["value"].date, view.sources["hours"].date) == ("2026-11-30", "2026-09-08")
    assert states() == ["published", "former"]


def test_undoing_gives_the_former_version_back_whole_and_can_go_on_to_the_first() -> None:
    first, was = edition(), entry_now(ONE)
    publish(change())
    second = edition()
    publish(change("020-5550102"))
    undo()
    assert phone() == NEW and edition() == second
    undo()
    assert entry_now(ONE) == was and edition() == first
    with pytest.raises(VersionGone):
        undo()
    assert states() == ["undone", "undone", "published"]


@pytest.mark.parametrize("reason", ["", "x" * 201, "see https://x.example", "two\nlines"])
def test_no_reason_no_publishing(reason: str) -> None:
    version = change()
    with pytest.raises(SaidWrongly):
        publish(version, reason=reason)
    assert phone() != NEW and states() == ["draft"]


def test_what_changed_since_it_was_compared_is_not_overwritten() -> None:
    seen, mine = fingerprint(ONE), change()
    theirs = change({"nl": "Anders.", "en": "Other."}, "summary", is_own=True)
    publishing.propose(version=theirs, reason="Ours.", moment=NOW)
    publish(theirs)
    with pytest.raises(ChangedMeanwhile):
        publish(mine, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        undo(seen=seen)


def test_a_draft_takes_along_what_was_published_meanwhile() -> None:
    mine = change()
    theirs = change({"nl": "Anders.", "en": "Other."}, "summary", is_own=True)
    publishing.propose(version=theirs, reason="Ours.", moment=NOW)
    publish(theirs)
    publishing.follow(version=mine)
    publish(mine)
    one = current_directory().organizations[ONE]
    assert (phone(), one.summary["en"]) == (NEW, "Other.")


def test_a_draft_that_does_not_follow_what_was_published_meanwhile_is_not_published() -> None:
    mine = change()
    theirs = change({"nl": "Anders.", "en": "Other."}, "summary", is_own=True)
    publish(theirs)
    with pytest.raises(ChangedMeanwhile):
        publish(mine)
    assert current_directory().organizations[ONE].summary["en"] == "Other."


def test_changing_something_more_in_a_draft_takes_along_what_was_published_meanwhile() -> None:
    mine = change()
    publish(change({"nl": "Anders.", "en": "Other."}, "summary", is_own=True))
    assert change("https://haven.example/nu", "website") == mine
    publish(mine)
    assert (phone(), current_directory().organizations[ONE].summary["en"]) == (NEW, "Other.")


def test_a_part_is_added_to_the_draft_and_taken_out_again_by_the_same_check_as_a_file() -> None:
    here: dict[str, Any] = {"organization": ONE, "source_key": "seen", "source": SEEN, "moment": NOW}
    version = publishing.add_part(service="lijn", values={"kind": "phone", "value": NEW}, **here)
    draft = history.version_by_id(version)
    assert draft is not None and draft.entry["services"][0]["channels"][-1]["value"] == NEW
    for wrong in ({"kind": "phone", "value": "12"}, {"kind": "magic"}, {}):
        with pytest.raises(DirectoryBroken):
            publishing.add_part(service="lijn", values=wrong, **here)
    with pytest.raises(DirectoryBroken, match="is missing"):
        publishing.add_part(values={"name": {"nl": "Nacht", "en": "Night"}}, **here)
    publishing.remove_part(organization=ONE, service="lijn", way="phone-2", moment=NOW)
    with pytest.raises(NothingChanged):
        publish(version)


def test_a_value_that_cannot_be_is_refused_and_leaves_no_draft() -> None:
    with pytest.raises(DirectoryBroken, match="phone number"):
        change("12")
    with pytest.raises(DirectoryBroken, match="future"):
        change(source={**SEEN, "date": "2027-01-01"})
    with pytest.raises(DirectoryBroken, match="already that of"):
        change("de kade", "name")
    assert states() == []


def test_nothing_changed_is_neither_proposed_nor_published() -> None:
    version = change()
    version = change(phone(), source=dict((entry_now(ONE) or {})["sources"]["site"]))
    for step in (publish, lambda one: publishing.propose(version=one, reason="x", moment=NOW)):
        with pytest.raises(NothingChanged):
            step(version)


def test_one_proposal_of_a_side_waits_and_a_refusal_says_why() -> None:
    first = change(is_own=True)
    publishing.propose(version=first, reason="Ours.", moment=NOW)
    second = change("020-5550102", is_own=True)
    with pytest.raises(WaitsAlready):
        publishing.propose(version=second, reason="Ours too.", moment=NOW)
    publishing.refuse(version=first, reason="Not on your page.", moment=NOW)
    publishing.propose(version=second, reason="Ours too.", moment=NOW)
    assert [(one.state.value, one.reason) for one in history.versions_of(ONE)] == [
        ("proposed", "Ours too."), ("refused", "Not on your page.")
    ]  # fmt: skip
    with pytest.raises(VersionGone):
        publish(first)


def test_what_is_published_is_not_thrown_away_and_a_draft_is() -> None:
    version = change()
    publishing.discard(version=version)
    version = change()
    publish(version)
    with pytest.raises(VersionGone):
        publishing.discard(version=version)


def test_loading_the_same_files_again_keeps_what_was_published(folder: Path) -> None:
    publish(change())
    before = edition()
    done = load_directory(folder=folder, moment=NOW + timedelta(days=1))
    assert (done.changed, done.removed, phone(), edition()) == ((), (), NEW, before)
    assert history.clashes() == ()


def test_a_load_takes_what_the_files_changed_elsewhere_as_a_version_of_its_own(folder: Path, good: str) -> None:
    publish(change())
    (folder / "de-haven.toml").write_text(good.replace("De Haven luistert.", "Wij luisteren."), encoding="utf-8")
    assert load_directory(folder=folder, moment=NOW).changed == (ONE,)
    assert phone() == NEW
    assert current_directory().organizations[ONE].description["nl"] == "Wij luisteren."
    assert states() == ["published", "former", "former"]


def _clashing(folder: Path, good: str) -> int:
    publish(change())
    text = good.replace("020-5550100", "020-5550177").replace("2026-09-08", "2026-11")
    (folder / "de-haven.toml").write_text(text, encoding="utf-8")
    load_directory(folder=folder, moment=NOW)
    assert phone() == NEW
    return next(one.id for one in history.clashes() if one.path == "services.lijn.phone")


def test_where_dates_are_not_certain_the_published_stays_and_a_steward_chooses_the_files(
    folder: Path, good: str
) -> None:
    clash = _clashing(folder, good)
    one = history.clash_by_id(clash)
    assert one is not None
    values = [[f.value for f in side if f.path == PHONE] for side in (one.base, one.file, one.published)]
    assert values == [["020-5550100"], ["020-5550177"], [NEW]]
    draft = publishing.choose(clash=clash, takes_file=True, moment=NOW)
    assert phone() == NEW and draft is not None
    publish(draft)
    assert phone() == "020-5550177"
    with pytest.raises(VersionGone):
        publishing.choose(clash=clash, takes_file=True, moment=NOW)


def test_who_chooses_the_published_is_not_asked_again_by_the_next_load(folder: Path, good: str) -> None:
    clash = _clashing(folder, good)
    assert publishing.choose(clash=clash, takes_file=False, moment=NOW) is None
    load_directory(folder=folder, moment=NOW)
    assert [one.path for one in history.clashes() if one.id == clash] == [] and phone() == NEW


def test_an_organisation_whose_file_is_gone_stays_while_it_is_published_until_a_steward_agrees(folder: Path) -> None:
    publish(change())
    (folder / "de-haven.toml").unlink()
    load_directory(folder=folder, moment=NOW)
    assert phone() == NEW
    assert [one.path for one in history.clashes()] == ["*"]
    publishing.leave_out(organization=ONE, moment=NOW)
    assert ONE not in current_directory().organizations
    load_directory(folder=folder, moment=NOW)
    assert ONE not in current_directory().organizations


def test_files_that_caught_up_change_nothing_any_more(folder: Path) -> None:
    publish(change())
    before = edition()
    entry = entry_now(ONE)
    assert entry is not None
    (folder / "de-haven.toml").write_text(as_toml(entry), encoding="utf-8")
    done = load_directory(folder=folder, moment=NOW)
    assert (done.changed, edition(), history.clashes()) == ((), before, ())


def test_a_new_file_with_a_name_that_was_published_meanwhile_keeps_the_directory_as_it_is(folder: Path) -> None:
    publish(change("De Nieuwe", "name"))
    write_other(folder, "de-nieuwe", "De Nieuwe")
    with pytest.raises(DirectoryBroken, match="already that of"):
        load_directory(folder=folder, moment=NOW)
    assert "de-nieuwe" not in current_directory().organizations


def test_asked_and_no_answer_stands_on_the_page_until_something_is_published() -> None:
    before = edition()
    publishing.ask(organization=ONE, moment=NOW)
    assert edition() == before
    publishing.hear_nothing(organization=ONE)
    assert edition() != before
    assert str(current_directory().organizations[ONE].silent_since) == "2026-11-30"
    publish(change())
    assert current_directory().organizations[ONE].silent_since is None
    with pytest.raises(VersionGone):
        publishing.hear_nothing(organization=ONE)
    with pytest.raises(VersionGone):
        publishing.ask(organization="nobody", moment=NOW)


def test_a_whole_entry_as_text_is_a_draft_and_what_is_wrong_has_its_line(good: str) -> None:
    version = publishing.change_all(organization=ONE, text=good.replace("020-5550100", NEW), moment=NOW)
    publish(version)
    assert phone() == NEW
    with pytest.raises(DirectoryBroken) as broken:
        publishing.change_all(organization=ONE, text=good.replace("020-5550100", "12"), moment=NOW)
    assert good.splitlines()[broken.value.findings[0].line - 1] == 'value = "020-5550100"'
    assert history.draft_of(ONE, is_own=False) is None


def test_versions_know_their_state() -> None:
    publish(change())
    assert {one.state for one in history.versions_of(ONE)} == {VersionState.PUBLISHED, VersionState.FORMER}
