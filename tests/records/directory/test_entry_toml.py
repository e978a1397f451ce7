"""An entry written as a file is read back as the same entry."""

from __future__ import annotations

import tomllib
from datetime import date

from django.conf import settings

from voordeur.records.directory.entry_files import check_entry
from voordeur.records.directory.entry_toml import as_toml


def test_every_file_of_the_directory_is_written_as_it_was_read() -> None:
    paths = sorted((settings.CONTENT / "directory").glob("*.toml"))
    assert len(paths) > 50
    for path in paths:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        assert tomllib.loads(as_toml(read)) == read, path.name


def test_what_is_written_passes_the_check_of_the_files(good: str) -> None:
    entry, findings = check_entry("de-haven.toml", as_toml(tomllib.loads(good)), date(2026, 11, 23))
    assert entry is not None and findings == []


def test_signs_that_mean_something_in_such_a_file_survive() -> None:
    odd = {"id": "x", "name": 'a "b" \\ c\n\t\x7f é #', "source_of": {"na me": "s"}, "sources": {"s t": {"title": "x"}}}
    assert tomllib.loads(as_toml(odd)) == odd
