"""Entry files: every rule finds its mistake, and names the file, the line and the rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from voordeur.records.directory.entry_files import check_entry, phone_problem, read_directory
from voordeur.records.directory.findings import Finding

TODAY = date(2026, 11, 23)

# rule, what to replace in the good entry, by what, a piece of the line that the finding must name, severity
BROKEN = [
    ("not-toml", "[summary]", "[summary", "[summary", "error"),
    ("missing-key", 'status = "active"\n', "", 'id = "de-haven"', "error"),
    ("missing-key", 'function = "helpline"\n', "", "[[services]]", "error"),
    ("missing-key", 'kind = "phone"\n', "", "[[services.channels]]", "error"),
    ("missing-key", 'confidence = "high"\n', "", "[sources.site]", "error"),
    ("unknown-key", 'kind = "organization"', 'kind = "organization"\nphone = "112"', 'phone = "112"', "error"),
    ("unknown-key", "age_min = 18", "minimum_age = 18", "minimum_age", "error"),
    ("wrong-type", 'name = "De Haven"', "name = 7", "name = 7", "error"),
    ("wrong-type", 'also_known_as = ["Haven"]', 'also_known_as = "Haven"', "also_known_as", "error"),
    ("wrong-type", 'help = ["listening"]', 'help = "listening"', 'help = "listening"', "error"),
    ("wrong-type", 'area = "national"', 'area = "national"\nanonymous = "yes"', "anonymous", "error"),
    ("too-long", 'nl = "Praten over thuis."', f'nl = "{"x" * 141}"', "[summary]", "error"),
    ("missing-language", 'en = "Talk about home."\n', "", "[summary]", "error"),
    ("unknown-code", 'status = "active"', 'status = "fine"', 'status = "fine"', "error"),
    ("unknown-code", 'kind = "organization"', 'kind = "club"', 'kind = "club"', "error"),
    ("unknown-code", 'help = ["listening"]', 'help = ["hugs"]', 'help = ["hugs"]', "error"),
    ("unknown-code", 'faiths = ["muslim"]', 'faiths = ["student"]', 'faiths = ["student"]', "error"),
    ("unknown-code", "age_min = 18", 'languages = ["xx"]', 'languages = ["xx"]', "error"),
    ("duplicate-code", 'help = ["listening"]', 'help = ["listening", "listening"]', "help = [", "error"),
    ("not-covered", 'primary_roles = ["victim"]', 'primary_roles = ["perpetrator"]', "primary_roles", "error"),
    ("not-covered", 'violence_focus = ["partner_violence"]', 'violence_focus = ["fgm"]', "violence_focus", "error"),
    ("impossible-age", "age_max = 64", "age_max = 640", "age_max", "error"),
    ("impossible-age", "age_max = 64", "age_max = 12", "age_min", "error"),
    ("impossible-hours", "Mo-Fr 09:00-17:00; PH off", "Mo-Fr 09:00-27:00", "09:00-27:00", "error"),
    ("never-closed", "hulp@haven.example", 'hulp@haven.example"\nhours = "24/7', 'hours = "24/7"', "error"),
    ("malformed-id", 'id = "lijn"', 'id = "De Lijn"', 'id = "De Lijn"', "error"),
    ("wrong-id", 'id = "de-haven"', 'id = "haven"', 'id = "haven"', "error"),
    ("malformed-area", 'area = "national"', 'area = ["Utrecht"]', 'area = ["Utrecht"]', "error"),
    ("malformed-date", 'date = "2026-09-08"', 'date = "8-9-2026"', "8-9-2026", "error"),
    ("malformed-date", 'date = "2026-09-08"', 'date = "2026-02-30"', "2026-02-30", "error"),
    ("future-date", 'date = "2026-09-08"', 'date = "2027-01-01"', "2027-01-01", "error"),
    ("malformed-address", "https://haven.example/over", "haven.example/over", "over", "error"),
    ("malformed-address", "hulp@haven.example", "haven.example", 'value = "haven.example"', "error"),
    ("malformed-phone", "020-5550100", "020-555", "020-555", "error"),
    ("missing-source", 'source = "site"', 'source = "book"', 'name = "De Haven"', "error"),
    ("missing-source", "hulp@haven.example", 'hulp@haven.example"\nvalue_source = "book', "value = ", "error"),
    ("stale", 'date = "2026-09-08"', 'date = "2024"', "2024", "warning"),
    ("undated", 'date = "2026-09-08"\n', "", "[sources.site]", "warning"),
]


def test_the_good_entry_has_no_finding_and_a_source_for_every_fact(good: str) -> None:
    entry, findings = check_entry("de-haven.toml", good, TODAY)
    assert findings == []
    assert entry
    assert ("services.0.channels.0.hours", "site") in entry.facts


@pytest.mark.parametrize(("rule", "old", "new", "line", "severity"), BROKEN)
def test_a_mistake_is_named_with_file_line_and_rule(
    good: str, rule: str, old: str, new: str, line: str, severity: str
) -> None:
    assert old in good
    text = good.replace(old, new, 1)
    entry, findings = check_entry("de-haven.toml", text, TODAY)
    found = [one for one in findings if one.rule == rule]
    assert found, findings
    assert found[0].file == "de-haven.toml"
    assert found[0].severity == severity
    assert (entry is None) == (severity == "error")
    lines = text.splitlines()
    near = [lines[one.line - 1] for one in found] + [lines[max(0, one.line - 2)] for one in found]
    assert any(line in text_of for text_of in near), [(one, lines[one.line - 1]) for one in found]
    assert str(found[0]).startswith(f"de-haven.toml:{found[0].line}: {severity}: {rule}: ")


def test_a_service_that_stands_twice_is_refused(good: str) -> None:
    twice = good + good[good.index("[[services]]") :]
    entry, findings = check_entry("de-haven.toml", twice, TODAY)
    assert entry is None
    assert [one.rule for one in findings] == ["duplicate-id"]
    assert twice.splitlines()[findings[0].line - 1] == 'id = "lijn"'
    assert findings[0].line > good.count("\n")


def test_an_entry_without_services_is_refused(good: str) -> None:
    entry, findings = check_entry("de-haven.toml", good[: good.index("[[services]]")], TODAY)
    assert entry is None
    assert [one.rule for one in findings] == ["missing-key"]


def test_a_fact_of_a_year_counts_as_of_its_last_day(good: str) -> None:
    _, findings = check_entry("de-haven.toml", good.replace("2026-09-08", "2025"), TODAY)
    assert findings == []


@pytest.mark.parametrize(
    "number", ["112", "113", "0800-2000", "116 111", "+32 2 555 12 12", "06-12345678", "0900-8844"]
)
def test_a_number_that_can_be_called_is_taken(number: str) -> None:
    assert phone_problem(number) is None


@pytest.mark.parametrize("number", ["", "12", "bel ons", "020-12", "+999 123"])
def test_a_number_that_cannot_be_called_is_refused(number: str) -> None:
    assert phone_problem(number)


def test_an_empty_folder_and_a_folder_that_is_not_there_are_findings(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        entries, findings = read_directory(folder, TODAY)
        assert entries == []
        assert [one.rule for one in findings] == ["no-files"]


def test_a_file_that_is_not_utf_8_is_a_finding_and_the_others_are_still_read(folder: Path) -> None:
    (folder / "leeg.toml").write_bytes(b"\xff\xfe")
    entries, findings = read_directory(folder, TODAY)
    assert [one.id for one in entries] == ["de-haven", "de-kade"]
    assert [(one.rule, Path(one.file).name) for one in findings] == [("not-readable", "leeg.toml")]


def test_two_organisations_with_one_name_are_refused(folder: Path) -> None:
    path = folder / "de-kade.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("De Kade", "de haven"), encoding="utf-8")
    entries, findings = read_directory(folder, TODAY)
    assert [one.id for one in entries] == ["de-haven"]
    assert findings == [Finding(str(path), 1, "duplicate-id", "the name is already that of de-haven")]


def test_the_real_files_have_no_error() -> None:
    content = Path(__file__).resolve().parents[3] / "content" / "directory"
    entries, findings = read_directory(content, TODAY)
    assert [str(one) for one in findings if one.severity == "error"] == []
    assert len(entries) == len(list(content.glob("*.toml")))
