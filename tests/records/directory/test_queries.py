"""Reading: what is not known stays not known, and the directory in memory follows the one in the database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from voordeur import vocabulary as v
from voordeur.records.directory.actions import load_directory
from voordeur.records.directory.queries import Directory, current_directory, short_code

NOW = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))


@pytest.fixture
def two(folder: Path, empty_directory: None) -> Directory:
    load_directory(folder=folder, moment=NOW)
    return current_directory()


def test_what_the_file_does_not_say_is_none(two: Directory) -> None:
    service = two.organizations["de-haven"].service("lijn")
    assert service.anonymous is None
    assert service.answered_by is None
    assert service.languages is None
    assert service.languages_read is None
    assert service.comes_to_you is None
    assert service.wait_time is None
    mail = service.channels[1]
    assert (mail.contact.cost, mail.contact.hours, mail.hours_text) == (None, None, None)


def test_what_the_file_says_is_there_with_its_source(two: Directory) -> None:
    one = two.organizations["de-haven"]
    phone = one.service("lijn").channels[0]
    assert phone.contact.kind is v.ChannelKind.PHONE
    assert phone.sources["hours"].date == "2026-09-08"
    assert one.service("lijn").ages == (18, 64)
    assert [source.title for source in one.sources] == ["haven.example"]


def test_unknown_reaches_the_matching_as_a_word_of_its_own(two: Directory) -> None:
    fields = two.index.candidates[0].fields
    assert fields["anonymous"] == {"unknown"}
    assert fields["languages"] == frozenset()


def test_a_service_that_is_not_there_is_not_found(two: Directory) -> None:
    with pytest.raises(StopIteration):
        two.organizations["de-haven"].service("loket")


@pytest.mark.django_db
def test_the_directory_in_memory_is_kept_until_the_edition_changes(two: Directory, folder: Path) -> None:
    assert current_directory() is two
    (folder / "de-kade.toml").unlink()
    load_directory(folder=folder, moment=NOW)
    assert list(current_directory().organizations) == ["de-haven"]


def test_short_codes_of_the_real_directory_are_unique_and_say_nothing(directory: Directory) -> None:
    assert len(directory.by_code) == len(directory.organizations)
    for code, key in directory.by_code.items():
        assert short_code(key) == code
        assert len(code) == 6
        assert directory.organizations[key].code == code


def test_every_service_of_the_real_directory_is_a_candidate(directory: Directory) -> None:
    services = [(one.id, service.key) for one in directory.organizations.values() for service in one.services]
    assert sorted(services) == [(one.organization, one.service) for one in directory.index.candidates]
