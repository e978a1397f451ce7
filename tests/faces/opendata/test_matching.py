"""`POST /api/match` gives what `voordeur match` gives, byte for byte, and keeps nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from tests.faces.opendata.conftest import HOST, Ask
from voordeur.faces.answers import PER_PAGE
from voordeur.faces.language import translations
from voordeur.faces.opendata.matching import LARGEST_BODY, MOST_SITUATIONS
from voordeur.faces.opendata.openapi import openapi
from voordeur.faces.situations import EXPECTED
from voordeur.faces.terminal.main import main

ROOT = Path(__file__).resolve().parents[3]
VIGNETTES: list[dict[str, Any]] = json.loads((ROOT / "tests" / "vignettes" / "vignettes.json").read_text("utf-8"))


def posted(body: Any, kind: str = "application/json", **headers: str) -> Any:
    """The answer of the API to this body: bytes as they are, else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Client(HTTP_HOST=HOST).post("/api/match", raw, content_type=kind, headers=headers)


def test_every_vignette_gives_the_same_bytes_over_http_and_by_command(
    ask: Ask, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert len(VIGNETTES) == 50
    for one in VIGNETTES:
        file = tmp_path / "one.json"
        file.write_text(json.dumps(one, ensure_ascii=False), encoding="utf-8")
        capfdbinary.readouterr()
        assert main(["match", str(file)]) == 0
        answer = posted(file.read_bytes())
        assert answer.status_code == 200
        assert answer.content == capfdbinary.readouterr().out
        assert json.loads(answer.content)[0]["id"] == one["id"]


def test_all_at_once_are_the_answers_one_by_one(ask: Ask) -> None:
    asked = [{name: one[name] for name in ("id", "role", "situation")} for one in VIGNETTES]
    answer = posted(asked)
    assert answer.status_code == 200
    one_by_one = [json.loads(posted(one).content)[0] for one in asked]
    assert json.loads(answer.content) == one_by_one
    assert len({json.dumps(one["results"]) for one in one_by_one}) > 30


def test_a_page_is_the_same_over_http_and_by_command(
    ask: Ask, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(VIGNETTES[0], ensure_ascii=False), encoding="utf-8")
    asked = Client(HTTP_HOST=HOST).post(
        "/api/match?page=2&per_page=5", file.read_bytes(), content_type="application/json"
    )
    capfdbinary.readouterr()
    assert main(["match", str(file), "--page", "2", "--per-page", "5"]) == 0
    assert asked.content == capfdbinary.readouterr().out
    [part], [whole] = json.loads(asked.content), json.loads(posted(VIGNETTES[0]).content)
    assert part["results"] == whole["results"][5:10]
    assert part["open_now"] == dict(list(whole["open_now"].items())[5:10])


def test_a_page_of_more_than_a_hundred_is_refused(ask: Ask) -> None:
    for query in ("per_page=101", "per_page=0", "page=0", "page=x", "search=chat"):
        answer = Client(HTTP_HOST=HOST).post(f"/api/match?{query}", b"{}", content_type="application/json")
        assert answer.status_code == 400, query


def test_the_answer_is_what_its_description_says(ask: Ask) -> None:
    components = openapi("http://localhost/api")["components"]
    schema = {"$ref": "#/components/schemas/Answers", "components": components}
    assert list(Draft202012Validator(schema).iter_errors(json.loads(posted(VIGNETTES[0]).content))) == []
    asked = openapi("http://localhost/api")["paths"]["/match"]["post"]["parameters"]
    assert {one["name"]: one["schema"]["default"] for one in asked} == {"page": 1, "per_page": PER_PAGE}


def test_a_bare_situation_is_answered_as_the_command_does(ask: Ask) -> None:
    bare = {"role": "victim", "need": ["listening"], "at": "2026-03-13T23:40"}
    whole = {"role": "victim", "situation": {"need": ["listening"], "at": "2026-03-13T23:40"}}
    assert posted(bare).content == posted(whole).content == posted([whole]).content


def test_a_place_that_is_not_known_is_said_beside_the_answer(ask: Ask) -> None:
    at = {"at": "2026-03-13T23:40"}
    one = {"role": "victim", "situation": {"place": "Nergenshuizen", **at}}
    other = {"role": "victim", "situation": {"place": "Utrecht", **at}}
    answer = posted([other, one])
    assert answer.headers["Voordeur-Unknown-Places"] == "2"
    assert "Voordeur-Unknown-Places" not in posted([other]).headers
    assert json.loads(posted(one).content) == json.loads(posted({"role": "victim", "situation": at}).content)


@pytest.mark.parametrize(
    ("body", "english", "dutch"),
    [
        ([{}], "situation 1: role: is missing.", "situatie 1: role: ontbreekt."),
        (
            {"id": "a1", "role": "victim", "situation": {"age": "old"}},
            "a1: situation.age: a whole number from 0 to 120, or null, is expected.",
            "a1: situation.age: een heel getal van 0 tot en met 120, of null, wordt verwacht.",
        ),
        (b"{", "body is not JSON: line 1, column 2: ", "body is geen JSON: regel 1, kolom 2: "),
        (b"\xff", "body is not text in UTF-8 (byte 0).", "body is geen tekst in UTF-8 (byte 0)."),
        (b"[NaN]", "body is not usable JSON: ", "body is geen bruikbare JSON: "),
        (b"[" * 50_000, "body is not usable JSON: ", "body is geen bruikbare JSON: "),
        (
            {"role": "victim", "situation": {"violence": {}}},
            "situation 1: situation.violence: a list of codes is expected.",
            "situatie 1: situation.violence: een lijst van codes wordt verwacht.",
        ),
        (
            {"role": "victim", "situation": {"language": False}},
            "situation 1: situation.language: an ISO 639-1 code such as “nl” is expected.",
            "situatie 1: situation.language: een code van ISO 639-1 zoals “nl” wordt verwacht.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_the_readers_language(ask: Ask, body: Any, english: str, dutch: str) -> None:
    for language, sentence in (("en", english), ("nl", dutch)):
        answer = posted(body, Accept_Language=language)
        assert (answer.status_code, answer.headers["Content-Language"]) == (400, language)
        assert json.loads(answer.content)["message"].startswith(sentence)


def test_the_command_says_the_same_in_english(ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "one.json"
    body = {"id": "a1", "role": "guest", "situation": {}}
    file.write_text(json.dumps(body), encoding="utf-8")
    assert main(["match", str(file)]) == 2
    said = capsys.readouterr().err.removeprefix("voordeur: ").rstrip("\n")
    assert said == json.loads(posted(body).content)["message"]


def test_everything_that_rules_expect_has_its_dutch_words() -> None:
    import ast

    from voordeur.rules import situation

    calls = [
        one for one in ast.walk(ast.parse(Path(situation.__file__).read_text("utf-8"))) if isinstance(one, ast.Call)
    ]
    raised = {
        str(one.args[1].value)
        for one in calls
        if isinstance(one.func, ast.Name) and one.func.id == "SituationError" and isinstance(one.args[1], ast.Constant)
    }
    assert raised == set(EXPECTED)
    assert all(translations("nl").gettext(one) != one for one in EXPECTED)


def test_too_much_or_another_kind_is_refused(ask: Ask) -> None:
    assert posted(b" " * LARGEST_BODY).status_code == 400
    assert posted(b" " * (LARGEST_BODY + 1)).status_code == 413
    assert posted([{"role": "victim"}] * MOST_SITUATIONS).status_code == 200
    assert posted([{"role": "victim"}] * (MOST_SITUATIONS + 1)).status_code == 400
    assert posted({"role": "victim"}, "text/plain").status_code == 415
    assert Client(HTTP_HOST=HOST).post("/api/match?x=1", {}, content_type="application/json").status_code == 400
    refused = Client(HTTP_HOST=HOST).get("/api/match")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


def test_nothing_of_a_situation_is_kept_or_logged(
    ask: Ask, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    canary = "KanarieZwartgeel"
    posted({"role": "victim"})
    with CaptureQueriesContext(connection) as queries:
        answer = posted({"id": canary, "role": "victim", "situation": {"place": canary, "at": None}})
        wrong = posted({"id": canary, "role": canary})
    assert (answer.status_code, wrong.status_code) == (200, 400)
    for one in (answer, wrong):
        assert one.headers["Cache-Control"] == "no-store"
        assert not one.cookies
        assert "Access-Control-Allow-Origin" not in one.headers
        assert "ETag" not in one.headers
    assert all(one["sql"].lstrip().upper().startswith("SELECT") for one in queries.captured_queries)
    assert canary not in caplog.text + "".join(capfd.readouterr())
