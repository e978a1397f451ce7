"""A page of the library: each rule broken once names the file and the rule; one wrong page keeps the rest out."""

from __future__ import annotations

from pathlib import Path

import pytest

from voordeur import vocabulary as v
from voordeur.records.library.page_files import (
    ICONS,
    LANGUAGES,
    Library,
    LibraryBroken,
    PageBroken,
    load_library,
    read_page,
)

CONTENT = Path(__file__).resolve().parents[3] / "content"
#: The numbered sections of the report (Verwey-Jonker Instituut, 2022), and its annexes and overviews.
REPORT = frozenset(
    """
    1.1 1.2 1.3 1.4 2.1 2.2 2.3 2.3.1 2.3.2 2.3.3 2.4 2.5 2.6 2.7 2.8 3.1 3.2 3.2.1 3.2.2 3.3 3.3.1 3.3.2 3.4 3.4.1
    3.4.2 3.5 3.5.1 3.5.2 3.5.3 3.5.4 3.6 3.6.1 3.6.1.1 3.6.1.2 3.6.1.3 3.6.2 3.7 3.7.1 3.7.2 3.8 3.8.1 3.8.2 3.9
    3.9.1 3.9.2 3.10 3.10.1 3.10.2 3.11 3.11.1 3.11.2 3.12 3.12.1 3.12.2 3.13 3.13.1 3.13.2 3.14 3.14.1 3.14.1.1 3.15
    4.1 4.2 4.2.1 4.2.2 4.2.3 4.3 4.4 4.5 5.1 5.1.1 5.1.2 5.2 5.2.1 5.2.2 5.3 5.3.1 5.3.2 5.3.3 5.3.4 5.3.5 5.3.6
    5.3.7 5.3.8 5.4 6.1 6.2 6.3 6.3.1 6.3.2 6.4 6.4.1 6.4.2 6.5 6.5.1 6.5.2 6.5.3 6.6 6.6.1 6.6.2 6.6.3 6.7 6.8 6.9
    """.split()
) | {"Bijlage 1", "Bijlage 2", "schema 2.1", "schema 3.1", "schema 4.1", "schema 6.1"}
LEGAL = frozenset(map(str, range(1, 12)))

HEAD = """+++
id = "river"
kind = "recognise"
title = "A title"
lead = "For whom it is."
for = ["victim"]
groups = []
phases = [1, 2]
see = []
written = "2026-11-23"
checked_by = ""
translation = "original"
[situation]
violence = ["partner_violence"]
context = "home"
relation = "partner"
groups = []
need = ["information"]
[[sources]]
kind = "report"
at = "2.3.1"
+++
"""
SIGNS = "\n".join(f"- Sign {one}." for one in "abcdefgh")
BODY = f"""## signs
{SIGNS}

## mirror
It is not your fault.

## helped
- Talking.

## next
Take your time.

## easy
- [heart] You are not alone.
- [phone] Someone can listen.
"""
CARD = "## signs\n- A sign.\n\n## ask\n- A question.\n\n## avoid\n- A word.\n\n## advice\nCall.\n"


def page(folder: Path, old: str = "", new: str = "", text: str = HEAD + BODY) -> Path:
    """The page with one thing in it changed."""
    assert old in text
    path = folder / "river.md"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_a_right_page_is_read_with_everything_in_it(tmp_path: Path) -> None:
    one = read_page(page(tmp_path), "en")
    assert (one.id, one.language, one.kind, one.roles, one.phases) == ("river", "en", "recognise", ("victim",), (1, 2))
    assert one.situation.violence == {v.Violence.PARTNER_VIOLENCE}
    assert one.situation.relation is v.Relation.PARTNER
    assert len(one.signs) == 8
    assert [part.key for part in one.parts] == ["mirror", "helped", "next"]
    assert one.easy == (("heart", "You are not alone."), ("phone", "Someone can listen."))
    assert one.sources[0].at == "2.3.1"


def test_a_page_to_inform_has_headings_of_its_own(tmp_path: Path) -> None:
    text = HEAD.replace('"recognise"', '"inform"') + "## What it is\nThis.\n\n## easy\n- [key] This.\n"
    assert [part.key for part in read_page(page(tmp_path, text=text), "en").parts] == ["What it is"]


def test_html_in_a_page_is_shown_and_not_carried_out(tmp_path: Path) -> None:
    """What an editor types never becomes a tag."""
    one = read_page(page(tmp_path, "It is not your fault.", '<script>x()</script><img src="a">'), "en")
    assert not [part for part in one.parts if "<script" in part.html or "<img" in part.html]


BREAKS = {
    "a head of TOML": ("+++\nid", "id"),
    "TOML": ("phases = [1, 2]", "phases = [1, 2"),
    "keys not known: ['author']": ('id = "river"', 'id = "river"\nauthor = "me"'),
    "keys missing: ['lead']": ('lead = "For whom it is."\n', ""),
    "keys missing: ['see']": ("see = []\n", ""),
    "the id must be “river”": ('id = "river"', 'id = "lake"'),
    "kind must be recognise, inform or card": ('kind = "recognise"', 'kind = "story"'),
    "a page without a source does not load": ('[[sources]]\nkind = "report"\nat = "2.3.1"\n', "[sources]\n"),
    "each source needs a kind": ('kind = "report"', 'kind = "hearsay"'),
    "and “at”": ('at = "2.3.1"', 'at = ""'),
    "easier version (## easy) is missing": ("## easy", "## easier"),
    "with a known icon": ("[heart]", "[unicorn]"),
    "is not “- [icon] sentence”": ("- [heart] You", "You"),
    "easy: at least one line": ("- [heart] You are not alone.\n- [phone] Someone can listen.\n", "\n"),
    "the parts must be signs, mirror, helped, next": ("## mirror", "## looking glass"),
    "signs are expected, there are 7": ("- Sign a.\n", ""),
    "signs are expected, there are 13": ("- Sign a.", "\n".join(["- Sign."] * 6)),
    "at least one role": ('for = ["victim"]', "for = []"),
    "role is expected": ('for = ["victim"]', 'for = ["victim", "visitor"]'),
    "violence: “rain” is not a known code": ('"partner_violence"', '"rain"'),
    "context: “moon” is not a known code": ('context = "home"', 'context = "moon"'),
    "need": ('need = ["information"]', 'need = ["gold"]'),
}


@pytest.mark.parametrize(("said", "change"), BREAKS.items(), ids=list(BREAKS))
def test_a_broken_rule_is_named_with_the_file(tmp_path: Path, said: str, change: tuple[str, str]) -> None:
    with pytest.raises(PageBroken) as broken:
        read_page(page(tmp_path, *change), "nl")
    assert str(broken.value).startswith("nl/river.md: ")
    assert said in str(broken.value)


#: Values of another type than is expected: a slip of the hand, which must not end in a traceback.
WRONG_TYPES = [
    ('title = "A title"', "title = 3"),
    ('lead = "For whom it is."', 'lead = ["For whom"]'),
    ('for = ["victim"]', 'for = "victim"'),
    ('for = ["victim"]', "for = 1"),
    ('for = ["victim"]', 'for = [["victim"]]'),
    ("phases = [1, 2]", "phases = 1"),
    ("phases = [1, 2]", "phases = [9]"),
    ("phases = [1, 2]", 'phases = ["one"]'),
    ("see = []", "see = 1"),
    ("see = []", 'see = "partner"'),
    ('written = "2026-11-23"', 'written = "last week"'),
    ('translation = "original"', 'translation = "maybe"'),
    ('violence = ["partner_violence"]', 'violence = "partner_violence"'),
    ('kind = "report"\nat = "2.3.1"', 'kind = ["report"]\nat = "2.3.1"'),
    ('kind = "recognise"', 'kind = ["recognise"]'),
]


@pytest.mark.parametrize(("old", "new"), WRONG_TYPES, ids=[new for _, new in WRONG_TYPES])
def test_a_value_of_another_kind_is_a_broken_page_and_no_traceback(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(PageBroken, match=r"^nl/river\.md: "):
        read_page(page(tmp_path, old, new), "nl")


def test_a_situation_that_is_no_table_is_a_broken_page(tmp_path: Path) -> None:
    head, _, rest = HEAD.partition("[situation]")
    text = head + 'situation = "home"\n' + rest[rest.index("[[sources]]") :] + BODY
    with pytest.raises(PageBroken, match=r"^nl/river\.md: "):
        read_page(page(tmp_path, text=text), "nl")


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"+++\n", b"+++\n+++\n", b"\x00" * 9, b"no head at all"])
def test_a_file_that_is_no_page_is_a_broken_page(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "river.md"
    path.write_bytes(raw)
    with pytest.raises(PageBroken, match=r"^nl/river\.md: "):
        read_page(path, "nl")


@pytest.mark.parametrize(
    "number",
    ["112", "113", "116 111", "0800-2000", "0900 1234", "088-1234567", "+31 20 123 45 67", "020-5550100", "0612345678"],
)
def test_a_phone_number_in_a_text_is_refused(tmp_path: Path, number: str) -> None:
    """W9: numbers come from the directory, where each has a source."""
    with pytest.raises(PageBroken, match="looks like a phone number"):
        read_page(page(tmp_path, "Take your time.", f"Call {number} now."), "nl")


@pytest.mark.parametrize("text", ["In 2022.", "On 1 July 2024.", "24/7", "About 30,000 people.", "1998 to 2005"])
def test_a_year_or_an_amount_is_no_phone_number(tmp_path: Path, text: str) -> None:
    assert read_page(page(tmp_path, "Take your time.", text), "nl")


def test_a_card_has_parts_of_its_own_and_no_easier_version(tmp_path: Path) -> None:
    head = HEAD.replace('"recognise"', '"card"').replace('for = ["victim"]', 'for = ["professional"]')
    one = read_page(page(tmp_path, text=head + CARD), "nl")
    assert one.easy == ()
    for wrong in (CARD + "## easy\n- [key] This.\n", CARD.replace("## avoid", "## shun")):
        with pytest.raises(PageBroken):
            read_page(page(tmp_path, text=head + wrong), "nl")


# ---------------------------------------------------------------- a folder of pages


def shelf(tmp_path: Path, *names: str) -> Path:
    """A library with these pages in both languages."""
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
        for name in names:
            text = (HEAD + BODY).replace('id = "river"', f'id = "{name}"')
            (tmp_path / language / f"{name}.md").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_right_shelf_is_loaded_in_both_languages(tmp_path: Path) -> None:
    library = load_library(shelf(tmp_path, "lake", "river"))
    assert {language: list(pages) for language, pages in library.pages.items()} == {
        language: ["lake", "river"] for language in LANGUAGES
    }
    assert (found := library.page("lake", "en")) and found.language == "en"
    assert (found := library.page("lake", "tr")) and found.language == "nl"
    assert library.page("sea", "nl") is None


def test_one_wrong_page_keeps_all_out_and_every_problem_is_said(tmp_path: Path) -> None:
    shelf(tmp_path, "lake", "river", "sea")
    for name in ("nl/lake.md", "en/river.md"):
        path = tmp_path / name
        path.write_text(path.read_text(encoding="utf-8").replace("phases", "stages"), encoding="utf-8")
    with pytest.raises(LibraryBroken) as broken:
        load_library(tmp_path)
    said = "\n".join(broken.value.problems)
    assert "nl/lake.md: keys not known" in said and "en/river.md: keys not known" in said
    assert "sea" not in said


def test_a_page_in_one_language_only_is_refused(tmp_path: Path) -> None:
    (shelf(tmp_path, "lake", "river") / "en" / "river.md").unlink()
    with pytest.raises(LibraryBroken, match=r"en/river\.md: missing, there is one in nl"):
        load_library(tmp_path)


def test_a_pointer_to_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = shelf(tmp_path, "lake") / "nl" / "lake.md"
    path.write_text(path.read_text(encoding="utf-8").replace("see = []", 'see = ["moon"]'), encoding="utf-8")
    with pytest.raises(LibraryBroken, match=r"nl/lake\.md: see: there is no page “moon”"):
        load_library(tmp_path)


def test_a_folder_that_is_not_there_holds_no_pages(tmp_path: Path) -> None:
    assert not load_library(tmp_path / "nowhere").pages["nl"]


# ---------------------------------------------------------------- the pages that are there


@pytest.fixture(scope="module")
def library() -> Library:
    """The pages of the content folder. Fails with every problem when one is broken."""
    return load_library(CONTENT / "library")


def test_every_source_is_a_section_that_exists(library: Library) -> None:
    found = []
    for pages in library.pages.values():
        for one in pages.values():
            for source in one.sources:
                known = {"report": REPORT, "legal": LEGAL}.get(source.kind)
                if known is not None and source.at not in known:
                    found.append(f"{one.language}/{one.id}.md: {source.kind} {source.at}")
    assert found == []


def test_a_page_says_the_same_of_itself_in_both_languages(library: Library) -> None:
    """Only words differ: the situation, the sources and what to read on are those of the Dutch page."""
    different = []
    for name, dutch in library.pages["nl"].items():
        other = library.pages["en"][name]
        for field in ("kind", "roles", "groups", "phases", "see", "situation", "sources"):
            if getattr(dutch, field) != getattr(other, field):
                different.append(f"{name}: {field}")
        shapes = [(len(one.signs), len(one.parts), [icon for icon, _ in one.easy]) for one in (dutch, other)]
        if shapes[0] != shapes[1]:
            different.append(f"{name}: {shapes[0]} and {shapes[1]}")
    assert different == []


def test_the_dutch_page_is_the_original_and_a_page_has_a_day(library: Library) -> None:
    wrong = [
        f"{one.language}/{one.id}"
        for pages in library.pages.values()
        for one in pages.values()
        if (one.translation == "original") != (one.language == "nl")
        or one.written[:2] != "20"
        or len(one.written) != 10
    ]
    assert wrong == []


def test_no_two_pages_have_the_same_title(library: Library) -> None:
    for pages in library.pages.values():
        titles = [one.title for one in pages.values()]
        assert sorted(titles) == sorted(set(titles))


def test_every_icon_is_a_drawing_and_every_drawing_an_icon() -> None:
    drawn = {path.stem for path in (CONTENT / "pictograms").glob("*.svg")}
    assert drawn == ICONS
    for path in (CONTENT / "pictograms").glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert not [bad for bad in ("<script", "http:", "href", "onload", "<image", "style=") if bad in text.replace(
            "http://www.w3.org/2000/svg", ""
        )], path.name  # fmt: skip


def test_no_page_points_to_itself(library: Library) -> None:
    assert not [one.id for pages in library.pages.values() for one in pages.values() if one.id in one.see]
