"""The description of the API: for programs it is OpenAPI and true, for people one page whose examples work."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from tests.faces.opendata.conftest import HOST, Ask, official
from voordeur.faces.hsds_shapes import FILES, KINDS, SHAPES
from voordeur.faces.opendata.asking import PARAMETERS
from voordeur.faces.opendata.openapi import openapi
from voordeur.faces.opendata.records import LISTS
from voordeur.faces.opendata.urls import api
from voordeur.faces.terminal.main import main

ROOT = Path(__file__).resolve().parents[3]

_EXAMPLE = re.compile(r"<h3>[^<]*</h3>\s*<pre[^>]*><code>(.*?)</code></pre>\s*<pre[^>]*><code>(.*?)</code></pre>", re.S)


class _Outside(HTMLParser):
    """What a page loads from elsewhere, and whether it holds a script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "script" or name.startswith("on") or name == "style" or (name == "src") or (
                tag == "link" and name == "href" and value != "data:,"
            ):  # fmt: skip
                self.found.append((tag, f"{name}={value}"))


def checked(schema: dict[str, Any], data: Any) -> list[str]:
    """What is wrong with an answer by our own description."""
    whole = {**schema, "components": openapi("http://localhost/api")["components"]}
    found = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(data)
    return [f"{one.json_path}: {one.message[:150]}" for one in found]


def test_the_description_names_every_address_and_parameter(ask: Ask) -> None:
    found = ask("/openapi.json").data
    ids = {kind: ask(f"/{kind}?per_page=1").data["contents"][0]["id"] for kind in LISTS}
    assert found == json.loads(json.dumps(openapi(f"http://{HOST}/api", ids=ids)))
    described = {path.replace("{id}", "<str:key>").lstrip("/") for path in found["paths"]}
    routed = {str(one.pattern).removeprefix("api").lstrip("/") for one in api}
    assert described == routed - {"docs", "docs/<str:language>", "openapi.json", "<path:rest>"}
    for kind, names in LISTS.items():
        assert [one["name"] for one in found["paths"][f"/{kind}"]["get"]["parameters"]] == list(names)
    used = {name for names in LISTS.values() for name in names}
    assert used == set(PARAMETERS)


def test_our_schemas_ask_for_no_less_and_allow_no_more_than_those_of_hsds() -> None:
    assert set(FILES) == set(SHAPES)
    for name, shape in SHAPES.items():
        theirs = official()[f"{name}.json"]
        assert set(shape) <= set(theirs["properties"]), name
        required = {field for field, kind in shape.items() if kind.endswith("!") and not kind.endswith("!!")}
        assert set(theirs["required"]) <= required, name
        needed = {field for field, kind in shape.items() if kind.endswith("!")}
        assert set(theirs.get("tabular_required", ())) <= needed, name
        assert FILES[name] == theirs["path"], name
        for field, kind in shape.items():
            ours, their = KINDS.get(kind.rstrip("!")), theirs["properties"][field]
            if ours is not None:
                assert ours["type"] == their["type"], (name, field)
                assert ours.get("format") == their.get("format"), (name, field)
                assert set(ours.get("enum", ())) <= set(their.get("enum", ours.get("enum", ()))), (name, field)


def test_answers_are_what_the_description_says(ask: Ask) -> None:
    found = ask("/openapi.json").data
    ids = {kind: ask(f"/{kind}?per_page=1").data["contents"][0]["id"] for kind in LISTS}
    for path, methods in found["paths"].items():
        if "get" not in methods or "zip" in path:
            continue
        real = path.replace("{id}", ids.get(path.split("/")[1], ""))
        answer = ask(real)
        [content] = methods["get"]["responses"]["200"]["content"].values()
        assert checked(content["schema"], answer.data) == [], path
    assert checked({"$ref": "#/components/schemas/Error"}, ask("/services?x=1").data) == []
    assert checked({"$ref": "#/components/schemas/Error"}, {"error": 1})


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_examples_of_the_page_work(ask: Ask, language: str) -> None:
    page = ask(f"/docs/{language}").content.decode()
    examples = [tuple(map(unescape, one)) for one in _EXAMPLE.findall(page)]
    assert len(examples) == 2 * len(LISTS) + 2
    for asked, shown in examples:
        address = re.search(rf"http://{HOST}(/api[^'\s]*)", asked)
        assert address, asked
        if body := re.search(r"<<'END'\n(.*)\nEND$", asked, re.S):
            answer = Client(HTTP_HOST=HOST).post(address[1], body[1], content_type="application/json")
        else:
            answer = Client(HTTP_HOST=HOST).get(address[1])
        assert answer.status_code == 200
        data = json.loads(answer.content)
        written = json.dumps(data[0] if body else data, ensure_ascii=False, indent=1)
        whole = json.dumps(data, ensure_ascii=False, indent=1) if body else written
        assert shown.removesuffix(" …") == whole[: len(shown.removesuffix(" …"))]
        assert len(shown) > 100


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_has_nothing_of_others_and_no_script(ask: Ask, language: str) -> None:
    answer = ask(f"/docs/{language}")
    page = answer.content.decode()
    outside = _Outside()
    outside.feed(page)
    assert outside.found == []
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
    assert f'<html lang="{language}"' in page
    assert answer.headers["Content-Language"] == language
    words = {"nl": "Wat het doet", "en": "What it does"}
    assert words[language] in page
    assert words["en" if language == "nl" else "nl"] not in page


def test_without_a_language_the_page_is_in_the_readers(ask: Ask) -> None:
    assert ask("/docs").headers["Location"] == "/api/docs/en"
    assert ask("/docs", Accept_Language="nl").headers["Location"] == "/api/docs/nl"
    assert ask("/docs/fr").status_code == 404


def test_the_examples_of_the_document_work(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    text = (ROOT / "docs" / "open-data.md").read_text(encoding="utf-8")
    [situation] = re.findall(r"```json\n(.*?)```", text, re.S)
    (tmp_path / "situation.json").write_text(situation, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in block.splitlines()]
    assert len(lines) >= 15
    answers = {}
    for line in lines:
        words = shlex.split(line)
        capfdbinary.readouterr()
        if words[0] == "voordeur":
            words, _, file = (words[1:-2], ">", words[-1]) if ">" in words else (words[1:], "", "said")
            assert main(words) == 0, line
            (tmp_path / file).write_bytes(capfdbinary.readouterr().out)
            answers[line] = (tmp_path / file).read_bytes()
            continue
        address = words[-1].removeprefix("http://localhost:8000")
        if "-d" in words:
            body = Path(words[words.index("-d") + 1].removeprefix("@")).read_bytes()
            answer = Client(HTTP_HOST=HOST).post(address, body, content_type="application/json")
        else:
            answer = Client(HTTP_HOST=HOST).get(address)
        assert answer.status_code == 200, line
        answers[line] = answer.content
    assert all(answers.values())
    matched = [answer for line, answer in answers.items() if "match" in line]
    assert len(matched) == 4
    assert matched[:2] == matched[2:]
    [by_command] = [answer for line, answer in answers.items() if "--csv" in line]
    [by_api] = [answer for line, answer in answers.items() if "directory.zip" in line and "curl" in line]
    assert by_command == by_api
