"""`voordeur match`: situations in, answers out, and a mistake is named by situation and field."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from voordeur.records.directory.queries import Directory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("directory")]

SITUATION: dict[str, Any] = {
    "violence": ["partner_violence"],
    "context": "home",
    "relation_to_other": "partner",
    "groups": ["female", "adult"],
    "age": 32,
    "need": ["listening"],
    "acute": False,
    "language": "nl",
    "channels_possible": ["chat", "mail"],
    "place": "Apeldoorn",
    "at": "2026-02-12T22:45",
}


@pytest.fixture
def matched(voordeur: Callable[..., Any], tmp_path: Path) -> Callable[[Any], Any]:
    """Write the situations to a file, match them, and read the answers, in which everybody is named."""

    def call(situations: Any) -> Any:
        path = tmp_path / "situations.json"
        path.write_text(json.dumps(situations), encoding="utf-8")
        said = voordeur("match", path, "--per-page", "1000")
        return json.loads(said.out) if said.code == 0 else said

    return call


def one(**changed: Any) -> dict[str, Any]:
    return {"id": "a1", "role": "victim", "situation": SITUATION | changed}


def test_an_answer_has_the_promised_shape(matched: Callable[..., Any], directory: Directory) -> None:
    [answer] = matched(one())
    numbers = ["total_results", "total_open_now", "page_number", "total_pages"]
    assert list(answer) == ["id", "emergency", "gaps", "results", "open_now", *numbers]
    assert [answer[name] for name in numbers] == [len(answer["results"]), len(directory.organizations), 1, 1]
    assert (answer["id"], answer["emergency"]) == ("a1", False)
    assert set(answer["open_now"]) == set(directory.organizations)
    assert set(answer["open_now"].values()) <= {True, False, None}
    for result in answer["results"]:
        assert list(result) == ["id", "open_now", "open_until", "next_open", "channels", "reasons"]
        for channel in result["channels"]:
            assert channel["kind"] in ("chat", "mail", "form", "letter")
            assert list(channel) == ["kind", "value", "cost", "hours", "open_now", "open_until", "next_open"]


def test_page_by_page_the_same_is_named_and_after_the_last_nobody(
    voordeur: Callable[..., Any], matched: Callable[..., Any], tmp_path: Path
) -> None:
    [whole] = matched(one())
    results: list[Any] = []
    now: dict[str, Any] = {}
    count = -(-whole["total_open_now"] // 7)
    for number in range(1, count + 2):
        said = voordeur("match", tmp_path / "situations.json", "--page", str(number), "--per-page", "7")
        [part] = json.loads(said.out)
        assert (part["page_number"], part["total_pages"]) == (number, count)
        assert len(part["results"]) <= 7
        assert len(part["open_now"]) <= 7
        assert part["total_results"] == len(whole["results"]) > 7
        results += part["results"]
        now |= part["open_now"]
    assert (results, now) == (whole["results"], whole["open_now"])
    assert (part["results"], part["open_now"]) == ([], {})


def test_fifty_are_named_when_nothing_is_asked_otherwise(
    voordeur: Callable[..., Any], matched: Any, tmp_path: Path
) -> None:
    [whole] = matched(one())
    [part] = json.loads(voordeur("match", tmp_path / "situations.json").out)
    assert part["total_open_now"] == len(whole["open_now"]) > 50
    assert part["open_now"] == dict(list(whole["open_now"].items())[:50])


@pytest.mark.parametrize("written", ["0", "-1", "x", "1.5", "9" * 12])
def test_a_page_is_a_whole_number_from_one_on(voordeur: Callable[..., Any], tmp_path: Path, written: str) -> None:
    said = voordeur("match", tmp_path / "none.json", "--page", written)
    assert said.code == 2
    assert "not a whole number" in said.err or "expected one argument" in said.err


def test_moments_carry_the_dutch_offset(matched: Callable[..., Any]) -> None:
    [answer] = matched(one())
    fier = next(result for result in answer["results"] if result["id"] == "fier")
    assert fier["open_now"] is True
    assert fier["open_until"] == "2026-02-13T06:00:00+01:00"


def test_a_list_is_answered_in_its_order(matched: Callable[..., Any]) -> None:
    answers = matched([one() | {"id": "b"}, one(acute=True, need=["danger_now"]) | {"id": "a"}])
    assert [(answer["id"], answer["emergency"]) for answer in answers] == [("b", False), ("a", True)]
    assert matched([]) == []


def test_a_bare_situation_has_no_id(matched: Callable[..., Any]) -> None:
    [answer] = matched(SITUATION | {"role": "victim"})
    assert answer == matched(one())[0] | {"id": None}


def test_an_offset_means_the_same_moment(matched: Callable[..., Any]) -> None:
    assert (
        matched(one(at="2026-02-12T21:45:00Z"))
        == matched(one(at="2026-02-12T22:45"))
        == matched(one(at="2026-02-12 22:45:00+01:00"))
    )


@pytest.mark.parametrize(
    ("written", "meant"), [("2026-03-29T02:30", "2026-03-29T01:30Z"), ("2026-10-25T02:30", "2026-10-25T00:30Z")]
)
def test_a_time_that_is_skipped_or_repeated_is_taken_as_the_first(
    matched: Callable[..., Any], written: str, meant: str
) -> None:
    assert matched(one(at=written)) == matched(one(at=meant))


def test_without_a_moment_it_is_now(matched: Callable[..., Any]) -> None:
    [answer] = matched(one(at=None, channels_possible=["phone"]))
    # At any hour of the week something is open until a moment, or opens at one.
    said = [result[key] for result in answer["results"] for key in ("open_until", "next_open") if result[key]]
    assert said
    assert all(datetime.fromisoformat(moment).timestamp() > datetime.now(UTC).timestamp() for moment in said)


def test_a_province_is_a_place_and_an_unknown_place_is_said(
    voordeur: Callable[..., Any], matched: Callable[..., Any]
) -> None:
    near = {result["id"] for result in matched(one(place="Gelderland"))[0]["results"]}
    assert near == {result["id"] for result in matched(one(place="gld"))[0]["results"]}
    nowhere = matched(one(place="Nergenshuizen"))
    assert {**nowhere[0]} == matched(one(place=None))[0]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"violence": ["rain"]}, "a1: situation.violence: “rain” is not a known code"),
        ({"violence": "partner_violence"}, "a1: situation.violence: a list"),
        ({"age": "old"}, "a1: situation.age: "),
        ({"age": 200}, "a1: situation.age: "),
        ({"acute": "yes"}, "a1: situation.acute: "),
        ({"phase": 4}, "a1: situation.phase: "),
        ({"language": "Dutch"}, "a1: situation.language: "),
        ({"channels_possible": ["fax"]}, "a1: situation.channels_possible: "),
        ({"place": 7}, "a1: situation.place: "),
        ({"at": "yesterday"}, "a1: situation.at: "),
        ({"at": "2026-02-12"}, "a1: situation.at: "),
        ({"at": "2026-02-30T10:00"}, "a1: situation.at: "),
        ({"at": "0001-01-01T00:00+14:00"}, "a1: situation.at: "),
        ({"at": 5}, "a1: situation.at: "),
    ],
)
def test_a_wrong_field_is_named(matched: Callable[..., Any], changed: dict[str, Any], sentence: str) -> None:
    said = matched(one(**changed))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"voordeur: {sentence}")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([{}], "situation 1: role: is missing."),
        ([{"role": "victim", "situation": {}}, 7], "situation 2: an object"),
        ({"role": "guest", "situation": {}}, "situation 1: role: “guest” is not a known code"),
        ({"id": [1], "role": "victim"}, "situation 1: id: "),
        ({"role": "victim", "situation": []}, "situation 1: situation: an object is expected."),
        (7, "situation 1: an object"),
    ],
)
def test_a_wrong_shape_is_named_by_position(matched: Callable[..., Any], data: Any, sentence: str) -> None:
    said = matched(data)
    assert said.code == 2
    assert said.err.startswith(f"voordeur: {sentence}")


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "is not JSON: line 1, column 1"),
        (b'{"role": }', "is not JSON: line 1, column 10"),
        (b"\xff\xfe", "is not text in UTF-8"),
        (b"[NaN]", "NaN is not a number of JSON"),
        (b"[" * 100_000, "is not usable JSON"),
        (b"[" + b"9" * 5000 + b"]", "is not usable JSON"),
    ],
)
def test_what_is_not_json_is_one_sentence(
    voordeur: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, raw: bytes, sentence: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    said = voordeur("match", "-")
    assert (said.code, said.out) == (2, "")
    assert "standard input" in said.err
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_a_fresh_clone_answers_at_once_and_the_second_time_silently(process: Callable[..., Any]) -> None:
    said = json.dumps(one())
    first, second = process("match", "-", said=said), process("match", "-", said=said)
    assert (first.code, first.err.count("\n")) == (0, 1)
    assert (second.code, second.err) == (0, "")
    assert first.out == second.out
