"""Loading: the database becomes equal to the files, all or nothing, and says what it did."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from voordeur.records.directory.actions import Loaded, load_directory
from voordeur.records.directory.findings import DirectoryBroken
from voordeur.records.directory.models import Channel, Edition, Fact, Organization, Source
from voordeur.records.directory.queries import edition

NOW = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))

pytestmark = pytest.mark.usefixtures("empty_directory")


def load(folder: Path) -> Loaded:
    return load_directory(folder=folder, moment=NOW)


def rows() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Organization, Channel, Source, Fact, Edition)]


def test_a_first_load_adds_every_organisation_with_its_facts(folder: Path) -> None:
    done = load(folder)
    assert (done.total, done.added, done.changed, done.removed) == (2, ("de-haven", "de-kade"), (), ())
    assert Organization.objects.get(id="de-haven").alternate_name == ["Haven"]
    assert Fact.objects.filter(path="services.0.channels.0.value", source__organization="de-haven").count() == 1


def test_loading_the_same_files_again_changes_not_one_row(folder: Path) -> None:
    load(folder)
    before = rows()
    done = load(folder)
    assert (done.added, done.changed, done.removed) == ((), (), ())
    assert rows() == before


def test_one_broken_file_among_good_ones_changes_nothing_at_all(folder: Path) -> None:
    load(folder)
    before = rows()
    haven, kade = folder / "de-haven.toml", folder / "de-kade.toml"
    haven.write_text(haven.read_text(encoding="utf-8").replace("luistert", "zwijgt"), encoding="utf-8")
    kade.write_text("kapot", encoding="utf-8")
    with pytest.raises(DirectoryBroken, match=r"de-kade.toml:1: error: not-toml") as caught:
        load(folder)
    assert [one.severity for one in caught.value.findings] == ["error"]
    assert rows() == before


def test_a_changed_file_is_changed_and_its_neighbour_stays_the_same_row(folder: Path) -> None:
    load(folder)
    kept = list(Channel.objects.filter(service__organization="de-kade").values())
    path = folder / "de-haven.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("020-5550100", "020-5550101"), encoding="utf-8")
    done = load(folder)
    assert (done.added, done.changed, done.removed) == ((), ("de-haven",), ())
    assert Channel.objects.filter(value="020-5550101").count() == 1
    assert list(Channel.objects.filter(service__organization="de-kade").values()) == kept


def test_a_file_that_went_takes_all_of_its_rows_with_it(folder: Path) -> None:
    load(folder)
    (folder / "de-kade.toml").unlink()
    assert load(folder).removed == ("de-kade",)
    assert not Organization.objects.filter(id="de-kade").exists()
    assert not Source.objects.filter(organization="de-kade").exists()
    assert Channel.objects.count() == 2


def test_the_edition_follows_the_content_and_there_is_always_one(folder: Path) -> None:
    assert edition() == ""
    load(folder)
    first = edition()
    path = folder / "de-haven.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"# a remark\n{text}", encoding="utf-8")
    load(folder)
    assert edition() == first
    path.write_text(text.replace("luistert", "hoort je"), encoding="utf-8")
    load(folder)
    assert edition() != first
    path.write_text(text, encoding="utf-8")
    load(folder)
    assert edition() == first
    assert Edition.objects.count() == 1
