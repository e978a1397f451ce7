"""The directory as HSDS and back: identifiers stay, nothing is lost, nothing is invented."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces.opendata.conftest import official, validator
from tests.faces.terminal.conftest import voordeur
from voordeur.faces.hsds import Described, described, identifier, leaves
from voordeur.faces.hsds_dumps import csv_dump, json_dump, package, tables
from voordeur.faces.hsds_reading import DumpBroken, entries_of, read_dump
from voordeur.faces.hsds_shapes import FILES
from voordeur.records.directory import actions
from voordeur.records.directory.actions import content_hash, load_directory
from voordeur.records.directory.entry_files import read_directory
from voordeur.records.directory.kept_entries import kept_entries, with_sources
from voordeur.records.directory.models import Organization
from voordeur.records.directory.own_words import Said
from voordeur.records.directory.queries import Directory, current_directory
from voordeur.rules.opening import AMSTERDAM

__all__ = ["voordeur"]
MOMENT = datetime(2026, 11, 30, 12, tzinfo=AMSTERDAM)
Command = Callable[..., Any]


@pytest.fixture
def all_of_it(directory: Directory, db: None) -> tuple[Described, ...]:
    """Every organisation of the real directory."""
    return described(kept_entries(), directory.organizations)


def test_identifiers_are_the_same_for_ever() -> None:
    # These stand in other people's systems; a change of how they are made would break all of them.
    assert identifier("organization", "fier") == "0915e72a-143f-5212-902d-a957c1e065ef"
    assert identifier("service", "fier/chat") == "40509da5-6b9d-53ca-992d-c46be4141e47"
    assert UUID(identifier("service", "x")).version == 5


def test_no_two_records_share_an_identifier_and_none_says_when_it_was_loaded(all_of_it: tuple[Described, ...]) -> None:
    found = tables(all_of_it)
    every = [row["id"] for rows in found.values() for row in rows]
    assert len(every) == len(set(every)) > 6000
    again = described(kept_entries(), current_directory().organizations)
    assert json_dump(all_of_it, "x") == json_dump(again, "x")
    assert csv_dump(all_of_it, "x") == csv_dump(again, "x")


@pytest.mark.parametrize("make", [json_dump, csv_dump], ids=["json", "csv"])
def test_what_went_out_comes_in_as_the_same_directory(
    all_of_it: tuple[Described, ...], tmp_path: Path, make: Callable[..., bytes]
) -> None:
    file = tmp_path / "dump"
    file.write_bytes(make(all_of_it, "x"))
    read = read_dump(file)
    assert read == [one.entry for one in all_of_it]
    assert [content_hash(one) for one in read] == list(Organization.objects.values_list("content_hash", flat=True))


@pytest.mark.parametrize("shape", ["--hsds", "--csv"])
def test_the_command_exports_and_imports_and_nothing_changed(
    directory: Directory, db: None, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, shape: str
) -> None:  # fmt: skip
    from voordeur.faces.terminal.main import main

    capfdbinary.readouterr()
    assert main(["directory", "export", shape]) == 0
    file, folder = tmp_path / "dump", tmp_path / "made"
    file.write_bytes(capfdbinary.readouterr().out)
    assert main(["directory", "import", str(file), str(folder)]) == 0
    assert capfdbinary.readouterr().out.startswith(b"%d organisations written" % len(directory.organizations))
    entries, findings = read_directory(folder, MOMENT.date())
    assert [one for one in findings if one.severity == "error"] == []
    loaded = load_directory(folder=folder, moment=MOMENT)
    assert (loaded.total, loaded.added, loaded.changed, loaded.removed) == (len(entries), (), (), ())
    assert main(["directory", "import", str(file), str(folder)]) == 2  # the folder is not empty any more


def test_every_row_of_every_table_is_valid(all_of_it: tuple[Described, ...]) -> None:
    packed = zipfile.ZipFile(io.BytesIO(csv_dump(all_of_it, "x")))
    assert set(packed.namelist()) == {"datapackage.json", *FILES.values()}
    numbers = {"minimum_age", "maximum_age"}
    for name, path in FILES.items():
        schema = official()[f"{name}.json"]
        rows = list(csv.DictReader(io.TextIOWrapper(packed.open(path), "utf-8", newline="")))
        assert rows, name
        check = validator(name)
        for row in rows:
            given = {key: float(value) if key in numbers else value for key, value in row.items() if value != ""}
            # In a table other records stand elsewhere; an empty cell of a text that must be there is an empty text.
            given |= {key: "" for key in schema["required"] if key in row and row[key] == ""}
            assert [fault.message for fault in check.iter_errors(given)] == [], (name, row)
            assert [key for key in schema.get("tabular_required", ()) if not row[key]] == [], (name, row)


def test_the_package_describes_every_column_and_every_link_leads_somewhere(all_of_it: tuple[Described, ...]) -> None:
    packed = zipfile.ZipFile(io.BytesIO(csv_dump(all_of_it, "x")))
    described_as = json.loads(packed.read("datapackage.json"))
    assert described_as == json.loads(json.dumps(package("x")))
    assert described_as["licenses"][0]["name"] == "EUPL-1.2"
    rows = {}
    for one in described_as["resources"]:
        lines = csv.DictReader(io.TextIOWrapper(packed.open(one["path"]), "utf-8", newline=""))
        rows[one["name"]] = list(lines)
        assert lines.fieldnames == [field["name"] for field in one["schema"]["fields"]]
        for field in one["schema"]["fields"]:
            assert not field["constraints"]["required"] or all(row[field["name"]] for row in rows[one["name"]])
    ids = {name: {row["id"] for row in of} for name, of in rows.items()}
    for name, of in rows.items():
        for row in of:
            for key, value in row.items():
                other = key.removesuffix("_id")
                if key.endswith("_id") and other in ids and value:
                    assert value in ids[other], (name, key)
            if name == "attribute":
                assert row["link_id"] in ids[row["link_entity"]]


def test_a_dump_with_something_missing_is_refused_whole(
    all_of_it: tuple[Described, ...], tmp_path: Path, voordeur: Command
) -> None:
    file, folder = tmp_path / "dump.json", tmp_path / "made"
    whole = json.loads(json_dump(all_of_it[:3], "x"))
    said = []
    for harm in (
        lambda data: data.pop("contents"),
        lambda data: data["contents"][1].pop("name"),
        lambda data: data["contents"][1]["services"][0].pop("attributes"),
        lambda data: data["contents"][1].update(attributes=[]),
        lambda data: data["contents"].append(data["contents"][0]),
        lambda data: data["contents"][1].update(website="nowhere"),
        lambda data: [
            one.update(value="../../escaped") for one in data["contents"][1]["attributes"] if one["label"] == "id"
        ],
    ):
        data = deepcopy(whole)
        harm(data)
        file.write_text(json.dumps(data), encoding="utf-8")
        done = voordeur("directory", "import", file, folder)
        said.append(done.err)
        assert (done.code, done.out) == (1, ""), done
        assert not folder.exists()
    assert len(set(said)) > 3
    file.write_bytes(csv_dump(all_of_it[:3], "x")[:5000])
    assert voordeur("directory", "import", file, folder).code == 1
    assert voordeur("directory", "import", tmp_path / "none", folder).code == 2
    file.write_text("[1]")
    with pytest.raises(DumpBroken):
        read_dump(file)


_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: text != "none")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text("ab.%1", min_size=1, max_size=4), _texts, min_size=1, max_size=3),
    st.lists(st.sampled_from(["nl", "en", "tr"]), unique=True),
    st.one_of(st.none(), st.booleans()),
    _texts,
)
def test_any_content_of_an_entry_comes_back(
    titles: dict[str, str], languages: list[str], anonymous: bool | None, text: str
) -> None:
    service: dict[str, Any] = {
        "id": "x", "name": {"nl": text, "en": "X"}, "function": "helpline", "roles": [], "primary_roles": [],
        "violence": ["stalking", "fgm"], "help": [], "languages": languages, "waiting_time": {"nl": text, "en": text},
        "channels": [{"kind": "phone"}, {"kind": "chat", "value": text, "hours": "Mo 09:00-10:00", "languages": []}],
    }  # fmt: skip
    if anonymous is not None:
        service["anonymous"] = anonymous
    data = {
        "id": "de-x", "name": text, "kind": "organization", "status": "active", "summary": {"nl": text, "en": "X"},
        "description": {"nl": text, "en": text}, "services": [service],
        "sources": {key: {"title": title, "confidence": "low"} for key, title in titles.items()},
        "knowledge": [{"about": "violence", "code": "stalking", "since": 2015}, {"about": "context", "code": "sport"}],
        "if_cost": {"nl": text, "en": text},
    }  # fmt: skip
    key = next(iter(titles))
    paths = ["name", "summary", "knowledge", "if_cost", *(f"services.0.{path}" for path in ("name", "roles")),
             *(f"services.0.channels.{place}.kind" for place in (0, 1))]  # fmt: skip
    entry = with_sources("de-x", data, [(path, key) for path in paths])

    class Nothing:
        """A view without anything that the organisation says itself."""

        status, hours_text, hours_note, area, takes_people, wait_time, summary = (
            "active",
            None,
            None,
            None,
            None,
            None,
            None,
        )
        sources: dict[str, Any] = {}

    view, shown = Nothing(), Nothing()
    shown.channels = [Nothing(), Nothing()]  # type: ignore[attr-defined]
    view.services = [shown]  # type: ignore[attr-defined]
    made = Described(entry, view).organization_in_full(with_services=True)  # type: ignore[arg-type]
    made = json.loads(json.dumps(made))
    services = [{**one, "organization_id": made["id"]} for one in made["services"]]
    attributes = [one for record in (made, *services) for one in record["attributes"]]
    assert entries_of([made], services, attributes) == [entry]


def test_what_an_organisation_says_itself_stands_apart_and_comes_first_where_it_is_shown(
    directory: Directory, db: None
) -> None:
    said = Said(wait_time={"nl": "Drie weken", "en": "Three weeks"}, takes_people=False)
    word = actions.propose_word(organization="fier", service="help", said=said, moment=MOMENT)
    before = kept_entries()
    actions.accept_word(word=word, moment=MOMENT)
    assert kept_entries() == before  # the files say nothing else
    [fier] = [one for one in described(kept_entries(), current_directory().organizations) if one.entry.id == "fier"]
    place = [one["id"] for one in fier.entry.data["services"]].index("help")
    service = fier.service_in_full(place)
    assert service["wait_time"] == "Drie weken"
    assert service["alert"] == "Neemt nu niemand aan."
    own = {one["label"]: one["value"] for one in service["attributes"] if one["link_type"] == "own_word"}
    assert own == {
        "own_word.wait_time.nl": "Drie weken",
        "own_word.wait_time.en": "Three weeks",
        "own_word.takes_people": "false",
        "own_word.proposed_on": "2026-11-30",
    }
    organization = json.loads(json.dumps(fier.organization_in_full(with_services=True)))
    services = [{**one, "organization_id": organization["id"]} for one in organization["services"]]
    attributes = [one for record in (organization, *services) for one in record["attributes"]]
    assert entries_of([organization], services, attributes) == [fier.entry]


def test_what_is_not_known_is_not_there(all_of_it: tuple[Described, ...]) -> None:
    for one in all_of_it:
        whole = one.organization_in_full(with_services=True)
        assert not [path for path, value in leaves(whole) if value is None or value == []], one.entry.id
