"""Table 5.1 of the report counted again: what is printed, what its annex says, what the directory has."""

from __future__ import annotations

import csv
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.rules.plain_directory import FOLDER, plain_candidates
from voordeur import vocabulary as v
from voordeur.rules.matching import Candidate, Contact
from voordeur.rules.opening import parse_hours
from voordeur.rules.printed_table import Counted, Recounted, TableBroken, load_table, recount, totals

FIGURES = FOLDER.parent / "figures"
#: As printed on the two pages of the table: general, specific.
PRINTED = (
    (16, 6), (13, 9), (24, 17), (5, 2), (9, 1), (11, 2), (None, 5), (None, 2), (None, 1),
    (7, 5), (14, 12), (20, 19), (17, 18), (17, 11), (9, 8), (10, 9), (2, 3),
    (7, 1), (14, 14), (8, 6),
    (19, 17), (25, 17), (9, 7), (14, 9), (4, 1), (26, 14),
    (3, 8), (4, 3), (1, 9), (1, 0), (2, 1), (0, 0), (1, 0), (2, 4),
)  # fmt: skip
#: Rows that the annex gives exactly as the table prints them.
AGREE = {
    "trafficking", "context_sport", "report", "referral", "social_media", "perpetrators", "context_church",
}  # fmt: skip


def kinds() -> dict[str, str]:
    """Of each organisation of our own directory what kind it is."""
    found = (tomllib.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.toml"))
    return {one["id"]: one["kind"] for one in found}


def local() -> frozenset[str]:
    return frozenset(name for name, kind in kinds().items() if kind == "local_entry")


def counted() -> dict[str, Recounted]:
    return {one.row.id: one for one in recount(load_table(FIGURES), plain_candidates(), local())}


def test_every_row_is_there_as_it_is_printed_in_the_order_of_the_report() -> None:
    rows = load_table(FIGURES).rows
    assert tuple((row.printed.general, row.printed.specific) for row in rows) == PRINTED
    assert [row.line for row in rows] == sorted({row.line for row in rows})


def test_the_annex_lists_fifty_three_and_the_report_says_fifty_four_in_two_ways() -> None:
    entries = load_table(FIGURES).entries
    assert (sum(not one.is_specific for one in entries), sum(one.is_specific for one in entries)) == (31, 22)
    assert [one.line for one in entries] == sorted(one.line for one in entries)
    said = load_table(FIGURES).notes[0]
    for text in said.values():
        assert {"32", "22", "31", "23", "53"} <= set(re.findall(r"\d+", text))


def test_every_organisation_of_the_annex_is_in_our_directory() -> None:
    assert {one.organization for one in load_table(FIGURES).entries} <= set(kinds())


def test_the_entrances_in_every_town_are_the_nine_that_the_report_names() -> None:
    assert len(local()) == 9
    found = totals(plain_candidates(), local())
    assert found.local == 9
    assert (found.local or 0) + (found.general or 0) + (found.specific or 0) == len(kinds())


def test_a_row_is_said_to_agree_where_it_does_and_nowhere_else() -> None:
    for name, one in counted().items():
        is_same = one.annex.specific == one.row.printed.specific and one.annex.general == (one.row.printed.general or 0)
        assert is_same == (name in AGREE), name
        if is_same:
            assert one.row.why["nl"].startswith("Komt") and "grees" in one.row.why["en"], name


def test_what_table_and_annex_contradict_each_other_about_is_seen() -> None:
    found = counted()
    assert found["physical_disability"].annex == Counted(None, 0, 1)
    assert found["physical_disability"].in_annex == ("Stichting de Schuilplaats",)
    assert "Online flirten – Steffie" in found["intellectual_disability"].in_annex
    assert found["care"].annex == Counted(None, 2, 1)


def test_every_row_that_the_directory_keeps_counts_somebody_or_nobody_on_purpose() -> None:
    nobody = {name for name, one in counted().items() if one.directory is not None and not one.in_directory}
    assert nobody == {"other_faith"}
    assert [name for name, one in counted().items() if one.directory is None] == ["social_media"]


def test_the_numbers_of_a_row_are_those_of_its_names() -> None:
    for one in counted().values():
        if one.directory is not None:
            total = sum(number or 0 for number in (one.directory.local, one.directory.general, one.directory.specific))
            assert total == len(one.in_directory) == len(set(one.in_directory))


def test_codes_of_the_rules_are_words_of_the_vocabulary() -> None:
    known = {
        "violence": v.Violence, "contexts_only": v.Context, "help": v.Need, "groups_only": v.Group,
        "groups_focus": v.Group, "faiths": v.Group, "primary_roles": v.Role,
    }  # fmt: skip
    for row in load_table(FIGURES).rows:
        for field in row.rule.get("fields", ()):
            if field in known:
                assert set(row.rule["has"]) <= set(known[field]), row.id
        assert set(row.rule.get("channels", ())) <= set(v.ChannelKind)
        assert set(row.rule.get("always", ())) <= set(v.LIVE_WAYS)


def test_a_service_that_is_added_is_counted_in_its_own_column() -> None:
    added = Candidate(
        "new", "line",
        {"help": frozenset({"outreach"}), "groups_only": frozenset({"female"})},
        (Contact(v.ChannelKind.PHONE, hours=parse_hours("24/7")),),
    )  # fmt: skip
    before = counted()
    after = {one.row.id: one for one in recount(load_table(FIGURES), [*plain_candidates(), added], local())}
    changed = {name for name in before if before[name].directory != after[name].directory}
    assert changed == {"outreach", "always", "phone"}
    for name in changed:
        one, other = before[name].directory, after[name].directory
        assert one is not None and other is not None
        assert (other.local, other.general, other.specific) == (one.local, one.general, (one.specific or 0) + 1)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("table_5_1.toml", 'part = "violence"', 'part = "weather"', "part"),
        ("table_5_1.toml", "general = 16", 'general = "16"', "whole numbers"),
        ("table_5_1.toml", 'id = "child_abuse"', 'id = "domestic_violence"', "an id of its own"),
        ("table_5_1.toml", "why.en = ", "why.de = ", "nl and en"),
        ("table_5_1.toml", "rule = {", "rule = { weather = true,", "rule"),
        ("table_5_1.toml", 'column = "violence"', 'column = "line"', "column"),
        ("table_5_1.toml", "[[rows]]", "[[rows]", "table_5_1.toml"),
        ("bijlage_2.csv", "line,name", "name,line", "columns"),
        ("bijlage_2.csv", "7819,", "x,", "line number"),
    ],
)
def test_a_broken_file_is_refused_with_what_to_mend(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    shutil.copytree(FIGURES, tmp_path / "figures")
    path = tmp_path / "figures" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TableBroken, match=said):
        load_table(tmp_path / "figures")


def test_the_annex_is_plain_csv() -> None:
    with (FIGURES / "bijlage_2.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 53
    assert all(None not in row and None not in row.values() for row in rows)
