"""`voordeur directory export`: everything that is known, and null for what is not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from voordeur.faces.terminal.export import directory_data
from voordeur.records.directory import publishing
from voordeur.records.directory.fields import Field
from voordeur.records.directory.queries import Directory

KEYS = """id name also_known_as status website channels languages languages_read anonymous answered_by groups violence
violence_focus context help roles area ages functions summary description services sources""".split()


@pytest.mark.django_db
def test_the_export_is_one_list_of_every_organisation(voordeur: Callable[..., Any], directory: Directory) -> None:
    said = voordeur("directory", "export")
    assert (said.code, said.err) == (0, "")
    data = json.loads(said.out)
    assert data == directory_data(directory)
    assert [one["id"] for one in data] == sorted(directory.organizations)


def test_every_organisation_has_every_key(directory: Directory) -> None:
    for one in directory_data(directory):
        assert list(one) == KEYS
        for channel in one["channels"]:
            assert list(channel) == ["kind", "value", "cost", "hours"]
        assert len({json.dumps(channel) for channel in one["channels"]}) == len(one["channels"])
        for source in one["sources"]:
            assert list(source) == ["title", "locator", "url", "date", "confidence"]


def test_what_is_said_stands_there_and_what_is_not_known_is_null(directory: Directory) -> None:
    fier = next(one for one in directory_data(directory) if one["id"] == "fier")
    assert fier["languages"] == fier["languages_read"] == ["nl", "ar", "en", "tr"]
    assert fier["anonymous"] is True
    assert fier["answered_by"] == ["peer", "professional", "volunteer"]
    assert {"kind": "phone", "value": None, "cost": "free", "hours": None} in fier["channels"]
    suicide = next(one for one in directory_data(directory) if one["id"] == "113-zelfmoordpreventie")
    assert suicide["languages"] is None
    assert suicide["answered_by"] is None


def test_a_union_covers_every_service(directory: Directory) -> None:
    for one in directory_data(directory):
        for key in ("violence", "help", "roles", "groups", "context"):
            assert set(one[key]) == {code for service in one["services"] for code in service[key]}
        said = {service["anonymous"] for service in one["services"]}
        assert one["anonymous"] is (True if True in said else False if False in said else None)


@pytest.mark.django_db
def test_what_was_published_in_the_browser_is_written_as_files_that_load_without_a_change(
    voordeur: Callable[..., Any], directory: Directory, tmp_path: Path
) -> None:
    source = {"title": "fier.nl", "date": "2026-11-30", "confidence": "high"}
    field = Field("website", "https://www.fier.nl/nieuw", "seen", source)
    moment = datetime.now(UTC)
    draft = publishing.change_field(organization="fier", field=field, moment=moment)
    seen = publishing.fingerprint("fier")
    publishing.publish(version=draft, seen=seen, reason="Moved.", moment=moment)
    shutil.copytree(settings.CONTENT / "directory", tmp_path / "directory")
    said = voordeur("directory", "export", "--files", tmp_path / "directory")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("1 entries that were published")
    assert "https://www.fier.nl/nieuw" in (tmp_path / "directory" / "fier.toml").read_text(encoding="utf-8")
    done = voordeur("directory", "load", tmp_path / "directory")
    assert "0 added, 0 changed, 0 removed" in done.out
    assert voordeur("directory", "export", "--files", tmp_path / "nothing").code == 2
