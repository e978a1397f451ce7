"""Files and browser changed the same: three columns, and a choice."""

from __future__ import annotations

import pytest

from tests.faces.editorial.conftest import ENTRY, Keeper
from voordeur.records.directory import history
from voordeur.records.directory.fields import Field, fields
from voordeur.records.directory.models import Clash
from voordeur.records.directory.queries import current_directory

pytestmark = pytest.mark.django_db


@pytest.fixture
def clash(stella: Keeper) -> str:
    sides = {
        name: [Field("website", f"https://{name}.example/", "x", {"title": name, "confidence": "low"}).written()]
        for name in ("base", "file", "published")
    }
    made = Clash.objects.create(organization=ENTRY, path="website", found_on="2026-11-30", **sides)
    return f"/clash/{made.pk}"


def test_the_three_states_stand_in_three_columns(stella: Keeper, clash: str) -> None:
    assert "Changed in the files and here" in stella.opens()
    stella.opens(clash)
    places = [stella.text.index(f"https://{name}.example/") for name in ("base", "file", "published")]
    assert places == sorted(places)


def test_what_the_files_say_goes_into_the_draft_and_is_published_from_there(stella: Keeper, clash: str) -> None:
    draft = stella.sends(clash, chosen="file").headers["Location"].removeprefix("/upkeep")
    assert history.clashes() == ()
    stella.publishes(draft)
    assert current_directory().organizations[ENTRY].website == "https://file.example/"


def test_what_is_published_stays(stella: Keeper, clash: str) -> None:
    stella.sends(clash, status=400, chosen="both")
    stella.sends(clash, chosen="published")
    assert history.clashes() == () and history.draft_of(ENTRY, is_own=False) is None


def test_an_organisation_whose_file_is_gone_can_be_left_out(stella: Keeper) -> None:
    stella.publishes(stella.changes())
    made = Clash.objects.create(organization=ENTRY, path="*", base=[], file=[], published=[], found_on="2026-11-30")
    assert "its file is gone" in stella.opens()
    stella.sends(f"/clash/{made.pk}", chosen="file")
    assert ENTRY not in current_directory().organizations
    assert fields(history.versions_of(ENTRY)[0].entry)["name"].value == "Blijf Groep", "its history stays"
