"""One good entry, and an empty directory to load it into."""

from __future__ import annotations

from pathlib import Path

import pytest

GOOD = """\
id = "de-haven"
name = "De Haven"
also_known_as = ["Haven"]
kind = "organization"
status = "active"
website = "https://haven.example/"
source = "site"

[sources.site]
title = "haven.example"
url = "https://haven.example/over"
date = "2026-09-08"
confidence = "high"

[summary]
nl = "Praten over thuis."
en = "Talk about home."

[description]
nl = "De Haven luistert."
en = "De Haven listens."

[[services]]
id = "lijn"
name = { nl = "Lijn", en = "Line" }
function = "helpline"
roles = ["victim", "bystander"]
primary_roles = ["victim"]
violence = ["partner_violence"]
violence_focus = ["partner_violence"]
help = ["listening"]
age_min = 18
age_max = 64
area = "national"
faiths = ["muslim"]

[[services.channels]]
kind = "phone"
value = "020-5550100"
hours = "Mo-Fr 09:00-17:00; PH off"

[[services.channels]]
kind = "mail"
value = "hulp@haven.example"
"""


@pytest.fixture
def good() -> str:
    """The text of an entry without errors or warnings (on 2026-11-23), `de-haven.toml`."""
    return GOOD


@pytest.fixture
def folder(tmp_path: Path, good: str) -> Path:
    """A folder with two good entries."""
    (tmp_path / "de-haven.toml").write_text(good, encoding="utf-8")
    write_other(tmp_path, "de-kade", "De Kade")
    return tmp_path


def write_other(folder: Path, key: str, name: str) -> Path:
    """Write a second good entry under another id and name."""
    path = folder / f"{key}.toml"
    path.write_text(GOOD.replace("de-haven", key).replace("De Haven", name), encoding="utf-8")
    return path


@pytest.fixture
def empty_directory(db: None) -> None:
    """No organisation and no edition, whatever the session has loaded."""
    from voordeur.records.directory.models import Edition, Organization

    Organization.objects.all().delete()
    Edition.objects.all().delete()
