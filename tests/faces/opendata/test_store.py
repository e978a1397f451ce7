"""The index finds what looking at every record would find, in the same order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voordeur.faces.opendata.store import Table, page_of, words_of

_WORDS = st.sampled_from(["chat", "chatten", "praten", "praat", "é", "e", "nacht"])
_RECORDS = st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.sets(_WORDS)), max_size=40)


def made(records: list[tuple[set[str], set[str]]]) -> Table:
    """A table of these records: marks and words of each."""
    table = Table()
    for number, (marks, words) in enumerate(records):
        found_by = {one for word in words for one in words_of(word)}
        table.add(str(number), dict, dict, marks, found_by)
    return table.close()


@given(_RECORDS, st.sets(st.sampled_from("abcd")), st.none() | st.sampled_from(["chat", "CHATT pra", "é", "?!", "x"]))
def test_a_filter_finds_what_looking_at_each_record_finds(
    records: list[tuple[set[str], set[str]]], marks: set[str], search: str | None
) -> None:
    wanted = words_of(search or "")

    def fits(one: tuple[set[str], set[str]]) -> bool:
        own = {part for word in one[1] for part in words_of(word)}
        is_found = search is None or (bool(wanted) and all(any(w.startswith(word) for w in own) for word in wanted))
        return marks <= one[0] and is_found

    plain = [place for place, one in enumerate(records) if fits(one)]
    found = made(records).found(marks, search)
    assert found.bit_count() == len(plain)
    assert page_of(found, 0, 1000) == plain


@given(st.sets(st.integers(0, 200)), st.integers(0, 50), st.integers(1, 20))
def test_a_page_of_a_set_is_that_part_of_the_list(places: set[int], first: int, count: int) -> None:
    found = sum(1 << place for place in places)
    assert page_of(found, first, count) == sorted(places)[first : first + count]


@given(st.integers(0, 100), st.integers(0, 120), st.integers(1, 20))
def test_a_page_of_everything_too(size: int, first: int, count: int) -> None:
    assert page_of((1 << size) - 1, first, count) == list(range(size))[first : first + count]


def test_words_are_found_without_accents_and_in_any_letters() -> None:
    assert words_of("Eén GESPREK, 's nachts: Türkçe") == ["een", "gesprek", "s", "nachts", "turkce"]
