"""What went into the rows comes out of them as the same entries, and as text it is read as the same again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from voordeur.records.directory.actions import content_hash, load_directory
from voordeur.records.directory.entry_files import Entry, check_entry, read_directory
from voordeur.records.directory.entry_toml import as_toml
from voordeur.records.directory.kept_entries import fixed_form, kept_entries
from voordeur.records.directory.models import Organization
from voordeur.records.directory.queries import Directory
from voordeur.rules.opening import AMSTERDAM

TODAY = date(2026, 11, 30)
ODD = """
[services.waiting_time]
nl = "Een \\"week\\" of\\t2 \\\\ \\u007F"
en = "A week"
"""

HEAD = (
    'source = "site"\n',
    'source = "site"\n'
    'source_of = { if_cost = "flyer", also_known_as = "site" }\n'
    'knowledge = [{ about = "violence", code = "stalking", since = 2015 }, { about = "context", code = "sport" }]\n'
    'if_cost = { nl = "Het is gratis.", en = "It is free." }\n'
    '[sources.flyer]\ntitle = "Flyer"\nconfidence = "high"\n',
)
LINE = ('area = "national"\n', 'area = "national"\nsource_of = { area = "flyer" }\n')
MAIL = (
    'value = "hulp@haven.example"\n',
    'value = "hulp@haven.example"\nanonymous = true\nsource_of = { anonymous = "flyer" }\n',
)


@pytest.fixture(scope="session")
def files() -> tuple[Entry, ...]:
    """Every entry of the real directory, as its file says it."""
    return tuple(read_directory(settings.ENV.content / "directory", TODAY)[0])


@pytest.mark.django_db
def test_the_rows_hold_every_entry_of_the_files(directory: Directory, files: tuple[Entry, ...]) -> None:
    kept = kept_entries()
    assert len(kept) == len(files) > 60
    assert [fixed_form(one) for one in files] == list(kept)
    assert [content_hash(one) for one in files] == [content_hash(one) for one in kept]
    assert [content_hash(one) for one in kept] == list(Organization.objects.values_list("content_hash", flat=True))


def test_the_text_of_an_entry_is_read_as_the_same_entry(files: tuple[Entry, ...]) -> None:
    for one in files:
        again, findings = check_entry(f"{one.id}.toml", as_toml(fixed_form(one).data), TODAY)
        assert [finding for finding in findings if finding.severity == "error"] == []
        assert again is not None
        assert fixed_form(again) == fixed_form(one)
        assert content_hash(again) == content_hash(one)


def test_signs_that_mean_something_in_toml_come_back(good: str) -> None:
    written = good.replace('faiths = ["muslim"]\n', "faiths = []\nanonymous = false\nanswered_by = []\n" + ODD)
    entry, _ = check_entry("de-haven.toml", written, TODAY)
    assert entry is not None
    again, _ = check_entry("de-haven.toml", as_toml(fixed_form(entry).data), TODAY)
    assert again is not None
    assert again.data["services"][0]["waiting_time"]["nl"] == 'Een "week" of\t2 \\ \x7f'
    assert fixed_form(again) == fixed_form(entry)


def test_the_fingerprint_is_of_what_is_said_not_of_how(good: str) -> None:
    entry, _ = check_entry("de-haven.toml", good, TODAY)
    assert entry is not None
    same, _ = check_entry(
        "de-haven.toml", good.replace('function = "helpline"', 'function = "helpline"\nsource="site"'), TODAY
    )
    assert same is not None
    assert same.data != entry.data
    assert content_hash(same) == content_hash(entry)
    others = [
        ("age_min = 18", "age_min = 17"),
        ('faiths = ["muslim"]', "faiths = []"),
        ('faiths = ["muslim"]', ""),
        ('title = "haven.example"', 'title = "haven.example "'),
        ('["victim", "bystander"]', '["bystander", "victim"]'),
    ]
    seen = {content_hash(entry)}
    for before, after in others:
        other, _ = check_entry("de-haven.toml", good.replace(before, after), TODAY)
        assert other is not None
        seen.add(content_hash(other))
    assert len(seen) == len(others) + 1
    assert content_hash(replace(entry, facts=tuple(reversed(entry.facts)))) == content_hash(entry)


@pytest.mark.django_db
def test_knowledge_answers_and_sources_of_single_facts_come_back(
    empty_directory: None, tmp_path: Path, good: str
) -> None:
    from datetime import datetime

    (tmp_path / "de-haven.toml").write_text(good.replace(*HEAD).replace(*LINE).replace(*MAIL), encoding="utf-8")
    load_directory(folder=tmp_path, moment=datetime(2026, 11, 30, tzinfo=AMSTERDAM))
    [entry], _ = read_directory(tmp_path, TODAY)
    [kept] = kept_entries()
    assert kept == fixed_form(entry)
    assert kept.data["knowledge"] == [
        {"about": "violence", "code": "stalking", "since": 2015},
        {"about": "context", "code": "sport"},
    ]
    assert kept.data["if_cost"]["en"] == "It is free."
    assert kept.data["source_of"] == {"also_known_as": "site", "if_cost": "flyer"}
    assert kept.data["services"][0]["source_of"] == {"area": "flyer"}
    assert kept.data["services"][0]["channels"][1]["source_of"] == {"anonymous": "flyer"}
    again, _ = check_entry("de-haven.toml", as_toml(kept.data), TODAY)
    assert again is not None
    assert fixed_form(again) == kept


@pytest.mark.django_db
def test_none_and_not_known_stay_apart(empty_directory: None, tmp_path: Path, good: str) -> None:
    from datetime import datetime

    (tmp_path / "de-haven.toml").write_text(good.replace('faiths = ["muslim"]', "faiths = []"), encoding="utf-8")
    load_directory(folder=tmp_path, moment=datetime(2026, 11, 30, tzinfo=AMSTERDAM))
    [kept] = kept_entries()
    [service] = kept.data["services"]
    assert service["faiths"] == []
    assert "contexts" not in service
    assert "null" not in json.dumps(kept.data)
