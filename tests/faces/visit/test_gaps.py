"""The page of gaps: what is chosen, what is drawn and said, table 5.1, and the sheets at fixed addresses."""

from __future__ import annotations

import csv
import gzip
import io
import re
from html import unescape
from xml.etree import ElementTree

import pytest
from django.test import Client

from tests.faces.visit.conftest import HOSTS, Visitor
from voordeur import vocabulary as v
from voordeur.faces.gap_figures import COLUMNS, SIGNS, TABLE_COLUMNS, directory_date, slices
from voordeur.faces.gap_words import missing
from voordeur.faces.visit.gaps import FIRST, terrain_at
from voordeur.faces.visit.house import house
from voordeur.records.directory.queries import Directory
from voordeur.rules.area import PROVINCES
from voordeur.rules.gaps import HOURS_A_DAY, TIMED_WAYS, HelpState, Slice, Terrain, summary
from voordeur.rules.matching import Index

ARABIC_CHAT = {"who": "victim", "what": "partner_violence", "how": "chat", "tongue": "ar"}


def _drawings(visitor: Visitor) -> list[ElementTree.Element]:
    found = re.findall(r"<svg xmlns.*?</svg>", visitor.main, re.S)
    return [ElementTree.fromstring(one) for one in found]  # noqa: S314  (our own drawings)


def _cells(visitor: Visitor) -> list[list[str]]:
    """The table of the week: a row for each hour, a sign for each day."""
    body = visitor.main.partition('<table class="grid">')[2].partition("</table>")[0]
    return [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", body)]


@pytest.mark.parametrize("address", ["/gaten", "/gaps"])
def test_the_fixed_addresses_lead_into_a_visit_that_leave_now_ends(visitor: Visitor, address: str) -> None:
    visitor.comes_in(address)
    assert visitor.page.status_code == 200
    assert f'id="exit" href="{visitor.address}/0"' in visitor.text
    visitor.client.get(visitor.address + "/0", HTTP_HOST="localhost")
    assert visitor.client.get(visitor.address + "/g", HTTP_HOST="localhost").status_code == 303


def test_every_door_shows_the_page_in_both_languages(visitor_at_each_door: Visitor) -> None:
    visitor = visitor_at_each_door.comes_in("/gaten")
    assert "Wat er is, en wat er niet is" in visitor.main
    visitor.presses("go", "lang:en")
    assert "What there is, and what there is not" in visitor.main


def test_what_was_chosen_stays_chosen_in_another_language(visitor: Visitor) -> None:
    visitor.comes_in("/gaten").presses("go", "gaps", **ARABIC_CHAT, where="Drenthe", group="migrant", made="1")
    visitor.presses("go", "lang:en")
    for code in ("partner_violence", "chat", "ar", "Drenthe", "migrant"):
        assert f'<option value="{code}" selected>' in visitor.main
    assert 'name="made" value="1" checked' in visitor.main


def test_the_drawing_and_the_table_say_the_same_as_the_rule(visitor: Visitor, directory: Directory) -> None:
    terrain = terrain_at(house(), directory)
    for asked in (FIRST, Slice(way=v.Way.WHATSAPP, violence=v.Violence.STALKING)):
        visitor.comes_in("/gaten").presses("go", "gaps", who="victim", what=asked.violence or "", how=asked.way or "")
        states, counts, table = terrain.week(asked).states(), terrain.counts(asked), _cells(visitor)
        drawn = [one.text for one in _drawings(visitor)[0].iter() if one.tag.endswith("text")]
        for hour, row in enumerate(table):
            for day, sign in enumerate(row):
                place = day * HOURS_A_DAY + hour
                signs = {HelpState.PART: "½", HelpState.UNKNOWN: "?", HelpState.NOT_THERE: "0"}
                assert sign == signs.get(states[place], str(counts[place].there))
        in_drawing = [one for one in drawn if one and not one.endswith(":00")][7:]
        assert in_drawing == [sign for row in table for sign in row]


def test_the_page_has_three_drawings_each_with_a_table(visitor: Visitor) -> None:
    visitor.comes_in("/gaten")
    drawings = _drawings(visitor)
    assert len(drawings) == visitor.main.count('<table class="grid">') == 3
    ids = [one.get("id") for drawn in drawings for one in drawn.iter() if one.get("id")]
    assert len(ids) == len(set(ids))


def test_a_chat_in_arabic_is_said_to_be_certain_at_no_hour(visitor: Visitor, directory: Directory) -> None:
    """What is not known is neither a gap nor help, and the sentence follows the figures."""
    visitor.comes_in("/gaten").presses("go", "gaps", **ARABIC_CHAT)
    week = summary(
        terrain_at(house(), directory).week(Slice(violence=v.Violence.PARTNER_VIOLENCE, way=v.Way.CHAT, language="ar"))
    )
    assert (week.there, week.part) == (0, 0)
    assert "Hulp via de chat, in het Arabisch: zeker in 0 van de 168 uren" in unescape(visitor.main)
    assert f"Van {week.unknown} uren weten we het niet." in visitor.main


def test_sentences_change_with_the_directory(directory: Directory) -> None:
    places = house().places.municipalities()
    nobody = [one for one in directory.index.candidates if "chat" not in {str(each.way) for each in one.contacts}]
    asked = Slice(violence=v.Violence.PARTNER_VIOLENCE)
    said = list(missing(Terrain(Index(nobody), places), asked, "nl"))
    assert "Hulp via de chat: op geen enkel uur van de week." in said
    assert "Hulp via de chat: op geen enkel uur van de week." not in list(
        missing(Terrain(directory.index, places), asked, "nl")
    )


def test_every_sentence_can_be_made_for_every_group_and_province(directory: Directory) -> None:
    terrain = terrain_at(house(), directory)
    for language in ("nl", "en"):
        for group in v.Group:
            for text in missing(terrain, Slice(role=v.Role.PERPETRATOR, group=group, way=v.Way.PHONE), language):
                assert "%(" not in text and "None" not in text
        for province in PROVINCES:
            assert list(missing(terrain, Slice(province=province, language="pl"), language))


@pytest.mark.parametrize(
    "sent",
    [
        {"who": "nobody", "what": "weather", "how": "mail", "tongue": "xx", "where": "Atlantis", "made": "2"},
        {"who": "victim", "what": "' OR 1=1", "group": "<script>"},
        {"v": "gaps:a.b.c.d.e.f.g.h.i.j"},
        {"v": "gaps:" + "x" * 5000},
        {"v": "gaps"},
    ],
)
def test_whatever_is_sent_some_page_answers(visitor: Visitor, sent: dict[str, str]) -> None:
    for go in ("gaps", "lang:en", "gaps:", "gaps:weather"):
        visitor.sends({**sent, "go": go})
        assert visitor.page.status_code == 200
        assert "<script>" not in visitor.main


def test_table_5_1_shows_all_rows_with_their_numbers_and_reasons(visitor: Visitor) -> None:
    visitor.comes_in("/gaten").presses("go", "gaps:table")
    assert len(re.findall(r'<th scope="row">', visitor.main)) == 34
    assert visitor.main.count('<td colspan="4">') == 34
    row = visitor.main.partition("Seksueel geweld")[2].partition("</tr>")[0]
    assert re.findall(r'data-name="[^"]*">([^<]*)<', row)[:2] == ["24 · 17", "24 · 14"]
    visitor.presses("go", "lang:en")
    assert "counted again" in visitor.main and "Agrees exactly" in visitor.main
    visitor.presses("go", "gaps")
    assert "What there is" in visitor.main


def test_the_library_leads_to_it(visitor: Visitor) -> None:
    visitor.presses("go", "library").presses("go", "gaps")
    assert "Een week, uur voor uur" in visitor.main


def _sheet(client: Client, address: str, **headers: str) -> list[dict[str, str]]:
    answer = client.get(address, HTTP_HOST="localhost", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    body = gzip.decompress(answer.content) if answer.headers.get("Content-Encoding") == "gzip" else answer.content
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))


def test_the_sheet_of_all_figures_reads_back_as_the_rule_says(client: Client, directory: Directory, db: None) -> None:
    rows = _sheet(client, "/gaps.csv", **{"Accept-Encoding": "gzip"})
    terrain = terrain_at(house(), directory)
    asked = list(slices(terrain.languages()))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(asked) == len(set(asked))
    for one, row in list(zip(asked, rows, strict=True))[::97]:
        week, fit = terrain.week(one), terrain.fit(one)
        whole = summary(week)
        assert (row["role"], row["violence"], row["way"]) == (one.role, one.violence or "", one.way or "any")
        assert int(row["services"]) == fit.certain.bit_count()
        assert row["week"] == "".join(SIGNS[state] for state in week.states())
        assert [int(row[f"hours_{name}"]) for name in ("there", "part", "unknown", "not_there")] == [
            whole.there, whole.part, whole.unknown, whole.not_there,
        ]  # fmt: skip
        assert (row["directory"], row["licence"]) == (directory_date(directory), "EUPL-1.2")
    assert {row["group"] for row in rows} == {"", *v.Group}
    assert {row["province"] for row in rows} == {"everywhere", *PROVINCES}
    assert {row["way"] for row in rows} == {"any", *TIMED_WAYS}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_sheet_of_the_table_has_every_row(client: Client, directory: Directory, db: None, language: str) -> None:
    rows = _sheet(client, f"/table-5-1-{language}.csv")
    assert tuple(rows[0]) == TABLE_COLUMNS
    assert len(rows) == 34
    media = next(row for row in rows if row["line"] == "4898")
    assert (media["printed_general"], media["annex_general"], media["directory_general"]) == ("26", "26", "")


@pytest.mark.parametrize("address", ["/gaps.csv", "/table-5-1-nl.csv"])
def test_a_sheet_is_only_fetched_and_only_at_a_door_of_ours(
    client: Client, directory: Directory, db: None, address: str
) -> None:
    assert client.post(address, HTTP_HOST="localhost").status_code == 405
    assert client.get(address, HTTP_HOST="elsewhere.example").status_code == 421
    answer = client.get(address, HTTP_HOST=HOSTS["sport"])
    assert answer.status_code == 200 and not answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"
