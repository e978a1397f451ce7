"""Area: what a typed place means, and whom an organisation covers."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voordeur.rules.area import (
    LONGEST_INPUT,
    MOST_CHOICES,
    PROVINCES,
    Municipality,
    PlaceAnswer,
    Places,
    covers,
    distance_km,
)
from voordeur.rules.place_files import PlacesFileError, load_places

FOLDER = Path(__file__).resolve().parents[2] / "content" / "places"
PLACES = load_places(FOLDER)

FOUND = """3511 = Utrecht; 3511 AB = Utrecht; 3511ab = Utrecht; 1012 AB Amsterdam = Amsterdam; AMSTERDAM = Amsterdam
den bosch = Den Bosch; 's hertogenbosch = Den Bosch; s-Hertogenbosch = Den Bosch; Den Haag = Den Haag
's-Gravenhage = Den Haag; The Hague = Den Haag; Ljouwert = Leeuwarden; sudwest fryslan = Súdwest-Fryslân
gemeente Utrecht = Utrecht; Amsterdam Noord = Amsterdam; Krimpen a/d IJssel = Krimpen aan den IJssel
St. Michielsgestel = Sint-Michielsgestel; Nymegen = Nijmegen; Sneek = Súdwest-Fryslân; Hengelo (Gld) = Bronckhorst
Hengelo Gelderland = Bronckhorst; hengelo, overijssel = Hengelo; Hengelo (O.) = Hengelo; Bergen (NH.) = Bergen (NH.)
Nes (Ameland) = Ameland; Utrecht = Utrecht; Groningen = Groningen"""

CORRECTED = """Leeuwaarden = Leeuwarden; amstedam = Amsterdam; Utrect = Utrecht; Roterdam = Rotterdam; Zwole = Zwolle
Enschedee = Enschede; Den Haaag = Den Haag; Roosendal = Roosendaal; Amtserdam = Amsterdam; Brdea = Breda
Rotterdm Zuid = Rotterdam; Utxexht = Utrecht; Roxterdxm = Rotterdam"""

ASKED = """katwijk = Katwijk (Zuid-Holland), Katwijk (Noord-Brabant); bergen = Bergen (Noord-Holland), Bergen (Limburg)
Hengelo = Hengelo (Overijssel), Hengelo (Gelderland); Beek = Beek (Limburg), Beek (Berg en Dal), Beek (Montferland)
Amsterdam (Zeeland) = Amsterdam (Noord-Holland); 2324 AB = Leiden (Zuid-Holland), Amersfoort (Utrecht)
Den Hag = Den Haag (Zuid-Holland), Den Ham (Overijssel), Den Ham (Groningen)
Zeeland = Zeeland (Noord-Brabant); Nederland = Nederland (Overijssel)"""

UNKNOWN = ["", "   ", "'", "\ud800", "Drenthe", "Friesland", "gelderland", "Overijsel", "weet ik niet", "1234", "0000"]
UNKNOWN += ["12345", "٣٥١١", "Амстердам", "Zwxlxe", "Roxtxrdxm", "Udx"]

COVERED = """national > Amsterdam = True; national > = True; province:Utrecht, national > = True; > Hengelo = False
> = None; province:Utrecht > = None; province:Utrecht > Utrecht = True; province:Utrecht > Zeist = True
municipality:Utrecht > Zeist = False; province:Utrecht > Amsterdam = False; province:Friesland > Leeuwarden = True
province:Fryslân > Leeuwarden = True; municipality:Amsterdam > Amsterdam = True; municipality:Den Haag > Den Haag = True
municipality:Bergen (NH.) > Bergen (L.) = False; vt:Twente > Hengelo = True; vt:Noord-Holland Noord > Uitgeest = True
vt:Twente, municipality:Zwolle > Zwolle = True; vt:Twente, province:Drenthe > Zwolle = False
ggd:Twente > Hengelo = None; ggd:Twente, vt:Twente > Hengelo = True"""


def cases(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in case.split("=")] for case in table.replace("\n", ";").split(";")]


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


MUNICIPALITIES = rows("municipalities.csv")


def offered(answer: PlaceAnswer) -> set[str]:
    return {m.code for m in (answer.municipality, *(m for _, m in answer.choices)) if m}


def known(name: str) -> Municipality:
    found = PLACES.by_name(name)
    assert found, name
    return found


@pytest.mark.parametrize(("typed", "name"), cases(FOUND))
def test_a_postcode_or_a_name_is_found_without_a_correction(typed: str, name: str) -> None:
    answer = PlaceAnswer("found", known(name))
    odd = typed.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}").replace("u", "u\N{COMBINING ACUTE ACCENT}\x00")
    assert PLACES.look_up(typed) == PLACES.look_up(f"  {odd}\t") == answer
    assert PLACES.look_up(typed.ljust(LONGEST_INPUT) + "x" * 100_000) == answer


@pytest.mark.parametrize(("typed", "name"), cases(CORRECTED))
def test_a_misspelling_of_one_edit_or_two_from_seven_letters_is_understood_and_said(typed: str, name: str) -> None:
    assert PLACES.look_up(typed) == PlaceAnswer("found", known(name), (), name)


def test_a_misspelled_village_with_its_province_is_understood_and_said() -> None:
    assert PLACES.look_up("Hengello Gelderland") == PlaceAnswer("found", known("Bronckhorst"), (), "Hengelo")


@pytest.mark.parametrize(("typed", "labels"), cases(ASKED))
def test_a_doubtful_name_is_asked_with_the_likeliest_first(typed: str, labels: str) -> None:
    answer = PLACES.look_up(typed)
    assert (answer.kind, answer.municipality, answer.understood_as) == ("choose", None, None)
    assert ", ".join(label for label, _ in answer.choices) == labels


@pytest.mark.parametrize("typed", UNKNOWN)
def test_a_province_or_no_place_is_unknown(typed: str) -> None:
    assert PLACES.look_up(typed) == PlaceAnswer("unknown")


def test_every_municipality_name_is_found_or_asked_with_itself_first() -> None:
    assert len(MUNICIPALITIES) == 342
    for row in MUNICIPALITIES:
        answer = PLACES.look_up(row["name"])
        first = answer.municipality or answer.choices[0][1]
        assert first.code == row["gm_code"], row["name"]
        assert PLACES.by_name(row["name"]) == PLACES.municipality(row["gm_code"]) == first


def test_every_place_leads_to_its_municipality_and_an_ambiguous_one_asks() -> None:
    homes = defaultdict(set)
    for row in rows("places.csv"):
        homes[row["place"]].add(row["gm_code"])
    assert sum(len(codes) > 1 for codes in homes.values()) == 83
    for place, codes in homes.items():
        answer = PLACES.look_up(place)
        assert codes <= offered(answer), place
        assert len(codes) == 1 or answer.kind == "choose", place


def test_a_label_that_is_typed_back_chooses_it() -> None:
    for row in rows("places.csv"):
        for label, municipality in PLACES.look_up(row["place"]).choices:
            assert row["place"] in ("Zeeland", "Nederland") or PLACES.look_up(label).municipality == municipality, label


def test_every_postcode_leads_to_its_municipalities_and_a_shared_one_asks() -> None:
    homes = defaultdict(set)
    for row in rows("pc4.csv"):
        first, _, last = row["pc4"].partition("-")
        for number in range(int(first), int(last or first) + 1):
            homes[number].add(row["gm_code"])
    assert len(homes) == 4081
    for number, codes in homes.items():
        answer = PLACES.look_up(f"{number} ab")
        assert all(PLACES.municipality(code) for code in codes)
        assert (offered(answer), answer.kind) == (codes, "found" if len(codes) == 1 else "choose")


def test_a_municipality_is_named_exactly_or_not_at_all() -> None:
    assert known("Middelburg").province == "Zeeland"
    assert [PLACES.by_name(name) for name in ("Drenthe", "amsterdam", "'s-Gravenhage", "Sneek", "")] == [None] * 5
    assert PLACES.municipality("GM9999") is None


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="aeijnrstdgmlh '-()1234\x00", min_size=3)))
def test_any_text_is_answered_with_short_labels(typed: str) -> None:
    answer = PLACES.look_up(typed)
    assert (answer.kind == "found") == (answer.municipality is not None)
    assert (answer.kind == "choose") == bool(answer.choices)
    assert len(answer.choices) <= MOST_CHOICES
    assert all(0 < len(label) < 50 for label, _ in answer.choices)


def slips(name: str, seed: int) -> Iterator[str]:
    at, letter = seed * 7 % (len(name) - 1), chr(ord("a") + seed * 11 % 26)
    yield name[:at] + letter + name[at:]
    yield name[:at] + name[at + 1 :]
    yield name[:at] + letter + name[at + 1 :]
    yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def test_one_slip_in_a_long_municipality_name_still_offers_it_97_times_in_100() -> None:
    names = [(i, row["gm_code"], row["name"].split(" (")[0]) for i, row in enumerate(MUNICIPALITIES)]
    long = [(index, code, name) for index, code, name in names if len(name) >= 7]
    seeds = [(seed, code, name) for i, code, name in long for seed in (i, i * 5 + 3, i * 13 + 1)]
    typed = [(slip, code) for seed, code, name in seeds for slip in slips(name, seed)]
    missed = [slip for slip, code in typed if code not in offered(PLACES.look_up(slip))]
    assert len(typed) > 2500
    assert len(missed) <= len(typed) * 0.03, missed


@pytest.mark.parametrize("typed", ["onbekendeplaats", "nergenshuizen noord west", "e" * 60, "sint ergens zuid"])
def test_an_unknown_text_is_answered_within_20_milliseconds(typed: str) -> None:
    took = []
    for _ in range(5):
        start = perf_counter()
        assert PLACES.look_up(typed).kind == "unknown"
        took.append(perf_counter() - start)
    assert min(took) < 0.020


@pytest.mark.parametrize(("who", "expected"), cases(COVERED))
def test_covers_says_yes_no_or_not_known(who: str, expected: str) -> None:
    entries, _, place = (part.strip() for part in who.partition(">"))
    area = tuple(entry.strip() for entry in entries.split(",") if entry)
    assert str(covers(area, known(place) if place else None)) == expected


def test_an_unknown_area_is_not_known_to_cover_anybody() -> None:
    assert [covers(None, None), covers(None, known("Amsterdam"))] == [None, None]


def test_the_distance_is_as_the_crow_flies() -> None:
    amsterdam, maastricht = known("Amsterdam"), known("Maastricht")
    assert distance_km(amsterdam, amsterdam.lon, amsterdam.lat) == 0
    assert distance_km(amsterdam, maastricht.lon, maastricht.lat) == pytest.approx(178, abs=6)


def test_the_files_stay_small_and_the_regions_agree() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 200_000
    regions = [row["region"] for row in rows("veilig_thuis.csv")]
    assert sorted(regions) == sorted({row["veilig_thuis_region"] for row in MUNICIPALITIES})
    assert {row["walk_in"] for row in rows("csg.csv")} <= {"yes", "no", "unknown"}


HEAD = "gm_code,name,also_known_as,province,veilig_thuis_region,ggd_region,lon,lat\n"
ADORP = "GM0001,Adorp,,Groningen,Groningen,GGD Groningen,6.5,53.2\n"
GOOD = {"municipalities": HEAD + ADORP, "places": "place,also_known_as,gm_code\nAdorp,,GM0001\n"}
GOOD["pc4"] = "pc4,gm_code\n9774-9775,GM0001\n"


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("municipalities", "6.5,53.2", "53.2,6.5", "line 2: lon 53.2 is outside"),
        ("municipalities", "6.5", "oost", "line 2: lon 'oost' is not a number"),
        ("municipalities", "6.5", "nan", "line 2: lon nan is outside"),
        ("municipalities", "GM0001", "0001", "line 2: gm_code '0001' is not like"),
        ("municipalities", "Adorp", "", "line 2: name is empty"),
        ("municipalities", "Adorp,,", "Adorp,", "line 2: 7 cells, expected 8"),
        ("municipalities", ADORP, ADORP + ADORP, "line 3: 'GM0001' is there twice"),
        ("places", "GM0001", "GM0002", "line 2: gm_code 'GM0002' is not in municipalities.csv"),
        ("places", "place,", "plaats,", "line 1: columns are"),
        ("pc4", "9774-9775", "9775-9774", "line 2: pc4 '9775-9774' is not like"),
        ("pc4", "9774-9775", "977", "line 2: pc4 '977' is not like"),
    ],
)
def test_a_bad_row_is_refused_with_its_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    with pytest.raises(PlacesFileError, match=r"municipalities\.csv: cannot be read"):
        load_places(tmp_path)
    for file, text in GOOD.items():
        (tmp_path / f"{file}.csv").write_text(text, encoding="utf-8")
    assert offered(load_places(tmp_path).look_up("9775")) == {"GM0001"}
    (tmp_path / f"{name}.csv").write_text(GOOD[name].replace(old, new), encoding="utf-8")
    with pytest.raises(PlacesFileError, match=rf"{name}\.csv {message}"):
        load_places(tmp_path)


def test_an_index_of_a_double_or_unknown_municipality_is_refused() -> None:
    adorp = Municipality("GM0001", "Adorp", "Groningen", "Groningen", "GGD Groningen", 6.5, 53.2)
    with pytest.raises(ValueError, match="no municipality GM0002"):
        Places([(adorp, ())], [("Sauwerd", (), "GM0002")], [])
    with pytest.raises(ValueError, match="GM0001 is there twice"):
        Places([(adorp, ()), (adorp, ())], [], [])


def test_the_twelve_provinces_are_those_of_the_municipalities() -> None:
    with (FOLDER / "municipalities.csv").open(encoding="utf-8", newline="") as lines:
        assert {row["province"] for row in csv.DictReader(lines)} == set(PROVINCES)
    assert len(PROVINCES) == 12 and list(PROVINCES) == sorted(PROVINCES)
