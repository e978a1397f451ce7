"""The API without a server, and the schemas of HSDS 3.1 in their strictest form."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from voordeur.faces.limits import Limits
from voordeur.faces.opendata import answering, store
from voordeur.records.directory.queries import Directory

SCHEMAS = Path(__file__).resolve().parents[2] / "opendata" / "hsds-3.1" / "schema"
HOST = "localhost"
Ask = Callable[..., Any]


@pytest.fixture
def ask(directory: Directory, db: None, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask an address of the API; gives the answer, with `.data` when it is JSON. Nobody asked before."""
    monkeypatch.setattr(answering, "limits", Limits())
    monkeypatch.setattr(store, "_kept", store._Kept())

    def call(path: str, **headers: str) -> Any:
        response: Any = Client(HTTP_HOST=HOST).get(path if path.startswith("/api") else f"/api{path}", headers=headers)
        kind = str(response.headers.get("Content-Type", ""))
        response.data = json.loads(response.content) if "json" in kind and response.content else None
        return response

    return call


@lru_cache(maxsize=1)
def official() -> dict[str, Any]:
    """Each schema of HSDS by its file, with no room for a field that it does not name."""
    found: dict[str, Any] = {}
    for path in sorted(SCHEMAS.glob("*.json")):
        one = json.loads(path.read_text(encoding="utf-8"))
        if path.name == "openapi.json":
            found["page.json"] = one["components"]["schemas"]["Page"]
            continue
        assert one["type"] == "object"
        one["additionalProperties"] = False
        found[path.name] = one
    found["organization.json"]["properties"]["services"] = {"type": "array", "items": {"$ref": "service.json"}}
    return found


def validator(name: str) -> Any:
    """A strict validator of a kind of record; formats are checked too."""
    resources = [(file, DRAFT202012.create_resource(one)) for file, one in official().items()]
    return Draft202012Validator(
        {"$ref": f"{name}.json"}, registry=Registry().with_resources(resources), format_checker=FormatChecker()
    )


def wrong(name: str, record: Any) -> list[str]:
    """What is wrong with a record, where, in the words of the validator."""
    return [f"{one.json_path}: {one.message[:200]}" for one in validator(name).iter_errors(record)]
