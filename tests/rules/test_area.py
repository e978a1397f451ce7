"""Area: what a typed place means, and whom an organisation covers."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voordeur.rules.area import LONGEST_INPUT, MOST_CHOICES, Municipality, PlaceAnswer, Places, covers, distance_km
from voordeur.rules.place_files import PlacesFileError, load_places

FOLDER = Path(__file__).resolve().parents[2] / "content" / "places"
PLACES = load_places(FOLDER)


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


MUNICIPALITIES = rows("municipalities.csv")


def name_of(answer: PlaceAnswer) -> str | None:
    return answer.municipality.name if answer.municipality else None


def labels(answer: PlaceAnswer) -> list[str]:
    return [label for label, _ in answer.choices]


def offered(answer: PlaceAnswer) -> set[str]:
    return {m.code for m in (answer.municipality, *(m for _, m in answer.choices)) if m}


def known(name: str) -> Municipality:
    found = PLACES.by_name(name)
    assert found, name
    return found


# What is found


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("3511", "Utrecht"),
        ("3511 AB", "Utrecht"),
        ("3511ab", "Utrecht"),
        ("  1012  ", "Amsterdam"),
        ("1012 AB Amsterdam", "Amsterdam"),
        ("den bosch", "Den Bosch"),
        ("'s hertogenbosch", "Den Bosch"),
        ("s-Hertogenbosch", "Den Bosch"),
        ("\N{RIGHT SINGLE QUOTATION MARK}s-Hertogenbosch", "Den Bosch"),
        ("Den Haag", "Den Haag"),
        ("'s-Gravenhage", "Den Haag"),
        ("The Hague", "Den Haag"),
        ("Ljouwert", "Leeuwarden"),
        ("sudwest fryslan", "Súdwest-Fryslân"),
        ("S\u0075\u0301dwest-Fryslân", "Súdwest-Fryslân"),
        ("AMSTERDAM", "Amsterdam"),
        ("gemeente Utrecht", "Utrecht"),
        ("Amsterdam Noord", "Amsterdam"),
        ("Amster\x00dam", "Amsterdam"),
        ("Krimpen a/d IJssel", "Krimpen aan den IJssel"),
        ("St. Michielsgestel", "Sint-Michielsgestel"),
        ("Nymegen", "Nijmegen"),
        ("Sneek", "Súdwest-Fryslân"),
        ("Hengelo (Gld)", "Bronckhorst"),
        ("Hengelo Gelderland", "Bronckhorst"),
        ("hengelo, overijssel", "Hengelo"),
        ("Hengelo (O.)", "Hengelo"),
        ("Bergen (NH.)", "Bergen (NH.)"),
        ("Nes (Ameland)", "Ameland"),
        ("Utrecht", "Utrecht"),
        ("Groningen", "Groningen"),
    ],
)
def test_a_postcode_or_a_name_is_found_without_a_correction(typed: str, name: str) -> None:
    answer = PLACES.look_up(typed)
    assert (answer.kind, name_of(answer), answer.choices, answer.understood_as) == ("found", name, (), None)


@pytest.mark.parametrize(
    ("typed", "name", "understood"),
    [
        ("Leeuwaarden", "Leeuwarden", "Leeuwarden"),
        ("amstedam", "Amsterdam", "Amsterdam"),
        ("Utrect", "Utrecht", "Utrecht"),
        ("Roterdam", "Rotterdam", "Rotterdam"),
        ("Zwole", "Zwolle", "Zwolle"),
        ("Enschedee", "Enschede", "Enschede"),
        ("Den Haaag", "Den Haag", "Den Haag"),
        ("Roosendal", "Roosendaal", "Roosendaal"),
        ("Amtserdam", "Amsterdam", "Amsterdam"),
        ("Brdea", "Breda", "Breda"),
        ("Rotterdm Zuid", "Rotterdam", "Rotterdam"),
        ("Hengello Gelderland", "Bronckhorst", "Hengelo"),
    ],
)
def test_a_misspelling_is_understood_and_said(typed: str, name: str, understood: str) -> None:
    answer = PLACES.look_up(typed)
    assert (answer.kind, name_of(answer), answer.understood_as) == ("found", name, understood)


def test_the_correction_stops_at_one_edit_for_six_letters_and_two_for_more() -> None:
    assert PLACES.look_up("Zwxlxe").kind == "unknown"
    assert name_of(PLACES.look_up("Utxexht")) == "Utrecht"
    assert name_of(PLACES.look_up("Roxterdxm")) == "Rotterdam"
    assert PLACES.look_up("Roxtxrdxm").kind == "unknown"
    assert PLACES.look_up("Udx").kind == "unknown"


def test_every_municipality_name_is_found_or_asked_with_itself_first() -> None:
    assert len(MUNICIPALITIES) == 342
    for row in MUNICIPALITIES:
        answer = PLACES.look_up(row["name"])
        first = answer.municipality or answer.choices[0][1]
        assert first.code == row["gm_code"], row["name"]
        assert PLACES.by_name(row["name"]) == PLACES.municipality(row["gm_code"]) == first


def test_every_ambiguous_place_name_asks() -> None:
    homes = defaultdict(set)
    for row in rows("places.csv"):
        homes[row["place"]].add(row["gm_code"])
    shared = {place: codes for place, codes in homes.items() if len(codes) > 1}
    assert len(shared) == 83
    for place, codes in shared.items():
        answer = PLACES.look_up(place)
        assert answer.kind == "choose", place
        assert codes <= offered(answer), place


def test_every_place_in_the_data_leads_to_its_municipality() -> None:
    for row in rows("places.csv"):
        assert row["gm_code"] in offered(PLACES.look_up(row["place"])), row["place"]


def test_a_label_that_is_typed_back_chooses_it() -> None:
    for row in rows("places.csv"):
        for label, municipality in PLACES.look_up(row["place"]).choices:
            if row["place"] not in ("Zeeland", "Nederland"):
                assert PLACES.look_up(label).municipality == municipality, label


def test_every_postcode_leads_to_its_municipalities_and_a_shared_one_asks() -> None:
    homes = defaultdict(set)
    for row in rows("pc4.csv"):
        first, _, last = row["pc4"].partition("-")
        for number in range(int(first), int(last or first) + 1):
            homes[number].add(row["gm_code"])
    assert len(homes) == 4081
    for number, codes in homes.items():
        answer = PLACES.look_up(f"{number} ab")
        assert offered(answer) == codes
        assert all(PLACES.municipality(code) for code in codes)
        assert answer.kind == ("found" if len(codes) == 1 else "choose")
    assert PLACES.look_up("2324").choices[0][1].name == "Leiden"


# What is asked, and what is not known


def test_a_town_and_a_hamlet_of_the_same_name_are_asked_with_the_municipality_first() -> None:
    assert labels(PLACES.look_up("katwijk")) == ["Katwijk (Zuid-Holland)", "Katwijk (Noord-Brabant)"]
    assert labels(PLACES.look_up("Hengelo")) == ["Hengelo (Overijssel)", "Hengelo (Gelderland)"]
    assert labels(PLACES.look_up("bergen")) == ["Bergen (Noord-Holland)", "Bergen (Limburg)"]


def test_places_of_one_name_in_one_province_are_told_apart_by_municipality() -> None:
    assert labels(PLACES.look_up("Beek")) == ["Beek (Limburg)", "Beek (Berg en Dal)", "Beek (Montferland)"]


def test_a_province_that_does_not_fit_asks_instead_of_guessing() -> None:
    assert labels(PLACES.look_up("Amsterdam (Zeeland)")) == ["Amsterdam (Noord-Holland)"]


def test_several_equally_good_corrections_are_asked() -> None:
    answer = PLACES.look_up("Den Hag")
    assert answer.kind == "choose"
    assert "Den Haag (Zuid-Holland)" in labels(answer)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "'",
        "Drenthe",
        "Friesland",
        "gelderland",
        "Overijsel",
        "weet ik niet",
        "1234",
        "0000",
        "12345",
        "٣٥١١",
    ],
)
def test_a_province_or_no_place_is_unknown(typed: str) -> None:
    assert PLACES.look_up(typed) == PlaceAnswer("unknown")


def test_a_hamlet_with_the_name_of_a_province_is_asked_not_taken() -> None:
    assert labels(PLACES.look_up("Zeeland")) == ["Zeeland (Noord-Brabant)"]
    assert labels(PLACES.look_up("Nederland")) == ["Nederland (Overijssel)"]


def test_a_municipality_is_named_exactly_or_not_at_all() -> None:
    assert known("Middelburg").province == "Zeeland"
    assert [PLACES.by_name(name) for name in ("Drenthe", "amsterdam", "'s-Gravenhage", "Sneek", "")] == [None] * 5
    assert PLACES.municipality("GM9999") is None


# Any text, any slip of the finger


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="aeijnrstdgmlh '-()1234\x00", min_size=3), st.characters()))
def test_any_text_is_answered_with_short_labels(typed: str) -> None:
    answer = PLACES.look_up(typed)
    assert (answer.kind == "found") == (answer.municipality is not None)
    assert (answer.kind == "choose") == bool(answer.choices)
    assert len(answer.choices) <= MOST_CHOICES
    assert all(0 < len(label) < 50 for label in labels(answer))
    assert answer == PLACES.look_up(typed)


def test_a_lone_surrogate_is_unknown_and_a_long_text_is_cut() -> None:
    assert PLACES.look_up("\ud800").kind == "unknown"
    assert name_of(PLACES.look_up("Utrecht".ljust(LONGEST_INPUT) + "x" * 100_000)) == "Utrecht"


def slips(name: str, seed: int) -> Iterator[str]:
    at, letter = seed * 7 % (len(name) - 1), chr(ord("a") + seed * 11 % 26)
    yield name[:at] + letter + name[at:]
    yield name[:at] + name[at + 1 :]
    yield name[:at] + letter + name[at + 1 :]
    yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def test_one_slip_in_a_long_municipality_name_still_offers_it_97_times_in_100() -> None:
    missed, total = [], 0
    for index, row in enumerate(MUNICIPALITIES):
        name = row["name"].split(" (")[0]
        if len(name) < 7:
            continue
        for seed in (index, index * 5 + 3, index * 13 + 1):
            for typed in slips(name, seed):
                total += 1
                if row["gm_code"] not in offered(PLACES.look_up(typed)):
                    missed.append((typed, name))
    assert total > 2500
    assert len(missed) <= total * 0.03, missed


def test_an_unknown_text_is_answered_within_20_milliseconds() -> None:
    typed = ["onbekendeplaats", "aan de overkant noord", "nergenshuizen west", "e" * LONGEST_INPUT, "sint ergens zuid"]
    assert max(min(_seconds(text) for _ in range(3)) for text in typed) < 0.020


def _seconds(typed: str) -> float:
    start = perf_counter()
    PLACES.look_up(typed)
    return perf_counter() - start


# Cover and distance


@pytest.mark.parametrize(
    ("area", "place", "expected"),
    [
        (None, "Amsterdam", None),
        (None, None, None),
        (("national",), "Amsterdam", True),
        (("national",), None, True),
        (("province:Utrecht", "national"), None, True),
        (("province:Utrecht",), None, None),
        (("province:Utrecht",), "Utrecht", True),
        (("province:Utrecht",), "Zeist", True),
        (("municipality:Utrecht",), "Zeist", False),
        (("province:Utrecht",), "Amsterdam", False),
        (("province:Friesland",), "Leeuwarden", True),
        (("province:Fryslân",), "Leeuwarden", True),
        (("municipality:Amsterdam",), "Amsterdam", True),
        (("municipality:Den Haag",), "Den Haag", True),
        (("municipality:Bergen (NH.)",), "Bergen (L.)", False),
        (("vt:Twente",), "Hengelo", True),
        (("vt:Twente", "municipality:Zwolle"), "Zwolle", True),
        (("vt:Twente", "province:Drenthe"), "Zwolle", False),
        (("vt:Noord-Holland Noord",), "Uitgeest", True),
        (("ggd:Twente",), "Hengelo", None),
        (("ggd:Twente", "vt:Twente"), "Hengelo", True),
        ((), "Hengelo", False),
        ((), None, None),
    ],
)
def test_covers_says_yes_no_or_not_known(
    area: tuple[str, ...] | None, place: str | None, expected: bool | None
) -> None:
    assert covers(area, known(place) if place else None) is expected


def test_the_distance_is_as_the_crow_flies() -> None:
    amsterdam, maastricht = known("Amsterdam"), known("Maastricht")
    assert distance_km(amsterdam, amsterdam.lon, amsterdam.lat) == 0
    assert distance_km(amsterdam, maastricht.lon, maastricht.lat) == pytest.approx(178, abs=6)


# The files


def test_the_files_stay_small_and_the_regions_agree() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 200_000
    regions = {row["region"] for row in rows("veilig_thuis.csv")}
    assert regions == {row["veilig_thuis_region"] for row in MUNICIPALITIES}
    assert len(regions) == 25
    assert {row["walk_in"] for row in rows("csg.csv")} <= {"yes", "no", "unknown"}


GOOD = {
    "municipalities.csv": "gm_code,name,also_known_as,province,veilig_thuis_region,ggd_region,lon,lat\n"
    "GM0001,Adorp,,Groningen,Groningen,GGD Groningen,6.5,53.2\n",
    "places.csv": "place,also_known_as,gm_code\nAdorp,,GM0001\n",
    "pc4.csv": "pc4,gm_code\n9774-9775,GM0001\n",
}


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("municipalities.csv", "6.5,53.2", "53.2,6.5", "municipalities.csv line 2: lon 53.2 is outside"),
        ("municipalities.csv", "6.5", "oost", "line 2: lon 'oost' is not a number"),
        ("municipalities.csv", "6.5", "nan", "line 2: lon nan is outside"),
        ("municipalities.csv", "GM0001", "0001", "line 2: gm_code '0001' is not like"),
        ("municipalities.csv", "Adorp", "", "line 2: name is empty"),
        ("municipalities.csv", "GM0001,Adorp,,", "GM0001,Adorp,", "line 2: 7 cells, expected 8"),
        ("places.csv", "GM0001", "GM0002", "places.csv line 2: gm_code 'GM0002' is not in municipalities.csv"),
        ("places.csv", "place,", "plaats,", "places.csv line 1: columns are"),
        ("pc4.csv", "9774-9775", "9775-9774", "pc4.csv line 2: pc4 '9775-9774' is not like"),
        ("pc4.csv", "9774-9775", "977", "pc4.csv line 2: pc4 '977' is not like"),
    ],
)
def test_a_bad_row_is_refused_with_its_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    for file, text in GOOD.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    assert name_of(load_places(tmp_path).look_up("9775")) == "Adorp"
    (tmp_path / name).write_text(GOOD[name].replace(old, new), encoding="utf-8")
    with pytest.raises(PlacesFileError, match=message):
        load_places(tmp_path)


def test_a_double_or_missing_municipality_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PlacesFileError, match=r"municipalities\.csv: cannot be read"):
        load_places(tmp_path)
    for file, text in GOOD.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    double = GOOD["municipalities.csv"] + GOOD["municipalities.csv"].splitlines()[1]
    (tmp_path / "municipalities.csv").write_text(double, encoding="utf-8")
    with pytest.raises(PlacesFileError, match="line 3: 'GM0001' is there twice"):
        load_places(tmp_path)
    adorp = Municipality("GM0001", "Adorp", "Groningen", "Groningen", "GGD Groningen", 6.5, 53.2)
    with pytest.raises(ValueError, match="no municipality GM0002"):
        Places([(adorp, ())], [("Sauwerd", (), "GM0002")], [])
    with pytest.raises(ValueError, match="GM0001 is there twice"):
        Places([(adorp, ()), (adorp, ())], [], [])
