"""The timer that looks at every entry: once a day, and when something changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from voordeur.faces.clock import entries
from voordeur.faces.clock.entries import Entries
from voordeur.records.directory.models import Remark
from voordeur.records.directory.queries import Directory

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_it_looks_once_a_day_and_when_the_directory_changed(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = Entries(settings.CONTENT / "places", 365)
    said = timer.look(NOW)
    count = Remark.objects.count()
    assert said == f"{count} things stand out in entries" and count > 100
    Remark.objects.all().delete()
    timer.look(NOW + timedelta(minutes=1))
    assert Remark.objects.count() == 0
    timer.look(NOW + timedelta(days=1))
    assert Remark.objects.count() == count
    Remark.objects.all().delete()
    monkeypatch.setattr(entries, "edition", lambda: "another")
    timer.look(NOW + timedelta(days=1))
    assert Remark.objects.count() == count
