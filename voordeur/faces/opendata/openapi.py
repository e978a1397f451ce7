"""The description of the API as OpenAPI 3.1, made from what the addresses themselves read and write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from voordeur import vocabulary as v
from voordeur.faces.answers import PER_PAGE
from voordeur.faces.hsds import LICENSE, LICENSE_URL, VERSION
from voordeur.faces.hsds_shapes import SHAPES, schema
from voordeur.faces.language import N_, translations
from voordeur.faces.opendata.asking import PARAMETERS
from voordeur.faces.opendata.records import LISTS

API_VERSION = "1"
Data = dict[str, Any]
Say = Callable[[str], str]

TITLES = {
    "services": (N_("Services"), N_("What organisations do, for whom, about what and where.")),
    "organizations": (N_("Organisations"), N_("Who offers help.")),
    "service_at_locations": (N_("Services at a place"), N_("Services with an address to go to or to write to.")),
    "taxonomies": (N_("Taxonomies"), N_("The lists of words that describe the records.")),
    "taxonomy_terms": (N_("Terms"), N_("The words of these lists. The name is Dutch, the description English.")),
}
_RECORD_OF = {
    "services": "service", "organizations": "organization", "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy", "taxonomy_terms": "taxonomy_term",
}  # fmt: skip
#: What can go wrong, and when.
_ERRORS = {
    "400": N_("Something in the question is not known, is there twice, or is not of the kind that is expected."),
    "404": N_("There is nothing at this address."),
    "413": N_("This is too much at once."),
    "415": N_("A body of the type application/json is expected."),
    "429": N_("Too many questions from your network. Wait a minute."),
    "500": N_("Something went wrong with us. Try again later."),
    "503": N_("The directory cannot be read at this moment. Try again later."),
}
_ALWAYS = ("400", "429", "500", "503")


def openapi(base: str, language: str = "en", ids: Mapping[str, str] | None = None) -> Data:
    """The whole description; `base` is the address of the API, `language` that of titles and explanations.

    `ids` is for each kind of record one that is there, as an example.
    """
    ids = ids or {}
    say = translations(language).gettext
    paths: Data = {
        "/": {"get": _get(say, "about", N_("About"), N_("What this is, and where it is described."), "About")}
    }
    for kind, (title, text) in TITLES.items():
        record = _RECORD_OF[kind]
        listed = _get(say, f"{kind}_list", title, text, f"{record}_page", LISTS[kind])
        names = ("full_service",) if kind == "organizations" else ()
        single = _get(say, f"{kind}_one", N_("%(title)s: one of them"), N_("One record in full."), record, names, title)
        paths[f"/{kind}"], paths[f"/{kind}/{{id}}"] = {"get": listed}, {"get": _with_id(single, say, ids.get(kind))}
    about = N_("One organisation in the words of schema.org, as JSON-LD.")
    linked = _get(say, "organizations_schema_org", N_("Organisations: schema.org"), about, "LinkedOrganization")
    paths["/organizations/{id}/schema.org"] = {
        "get": _with_id(_of_kind(linked, "application/ld+json"), say, ids.get("organizations"))
    }
    for name, title, kind in (
        ("directory.json", N_("Everything as JSON"), "application/json"),
        ("directory.zip", N_("Everything as CSV"), "application/zip"),
    ):
        text = N_("The whole directory in one file. The ETag stays the same as long as the directory does.")
        made = _get(say, name.replace(".", "_"), title, text, "Dump")
        paths[f"/dumps/{name}"] = {"get": _of_kind(made, kind, None if kind == "application/json" else {})}
    paths["/match"] = {"post": _match(say)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Voordeur",
            "version": API_VERSION,
            "summary": say(N_("Help with violence by someone you depend on, in the Netherlands, as open data.")),
            "description": say(
                N_("The directory in the form of HSDS %(version)s. No key is needed. Nothing of a question is kept.")
            )
            % {"version": VERSION},
            "license": {"name": LICENSE, "url": LICENSE_URL},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"schemas": _schemas()},
    }


def _get(say: Say, name: str, title: str, text: str, answer: str, names: tuple[str, ...] = (), of: str = "") -> Data:
    made: Data = {
        "operationId": name,
        "summary": say(title) % {"title": say(of)} if of else say(title),
        "description": say(text),
        "responses": _answers(say, answer, _ALWAYS),
    }
    if names:
        made["parameters"] = [_parameter(say, one) for one in names]
    return made


def _parameter(say: Say, name: str, **otherwise: Any) -> Data:
    one = PARAMETERS[name]
    schema = {**one.schema, **otherwise}
    made: Data = {"name": name, "in": "query", "description": say(one.about), "schema": schema}
    return made if one.example is None else {**made, "example": one.example}


def _with_id(operation: Data, say: Say, example: str | None) -> Data:
    parameter: Data = {
        "name": "id", "in": "path", "required": True, "description": say(N_("The identifier of the record.")),
        "schema": {"type": "string", "format": "uuid"},
    }  # fmt: skip
    if example is not None:
        parameter["example"] = example
    operation["parameters"] = [parameter, *operation.get("parameters", ())]
    operation["responses"]["404"] = _error(say, "404")
    return operation


def _of_kind(operation: Data, kind: str, content: Data | None = None) -> Data:
    answer = operation["responses"]["200"]
    [before] = answer["content"].values()
    answer["content"] = {kind: before if content is None else content}
    return operation


def _answers(say: Say, name: str, errors: tuple[str, ...]) -> Data:
    found = {
        "description": say(N_("The answer.")),
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
    return {"200": found, **{status: _error(say, status) for status in errors}}


def _error(say: Say, status: str) -> Data:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": say(_ERRORS[status]), "content": content}


def _match(say: Say) -> Data:
    text = N_(
        "Send a situation, or a list of at most 50, in the words of the vocabulary. The answer is the help that fits, "
        "best first. Without “at” it is about now. “per_page” says how many results stand on a page, and of how many "
        "organisations it says whether this person can reach them now. Nothing is kept, counted or logged."
    )
    return {
        "operationId": "match",
        "summary": say(N_("Matching")),
        "description": say(text),
        "parameters": [_parameter(say, "page"), _parameter(say, "per_page", default=PER_PAGE)],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Question"}, "example": EXAMPLE}},
        },
        "responses": _answers(say, "Answers", ("400", "413", "415", "429", "500", "503")),
    }


#: One situation, as an example.
EXAMPLE: Data = {
    "role": "victim",
    "situation": {
        "violence": ["partner_violence"],
        "relation_to_other": "partner",
        "need": ["listening"],
        "channels_possible": ["chat"],
        "place": "Apeldoorn",
        "at": "2026-02-12T22:45",
    },
}


def _codes(kind: type[StrEnum]) -> Data:
    return {"type": "string", "enum": [str(one) for one in kind]}


def _or_null(one: Mapping[str, Any]) -> Data:
    return {"anyOf": [dict(one), {"type": "null"}]}


def _list(kind: type[StrEnum]) -> Data:
    return _or_null({"type": "array", "items": _codes(kind)})


_AT = "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"


def _situation() -> Data:
    return {
        "violence": _list(v.Violence),
        "context": _or_null(_codes(v.Context)),
        "relation_to_other": _or_null(_codes(v.Relation)),
        "groups": _list(v.Group),
        "age": _or_null({"type": "integer", "minimum": 0, "maximum": 120}),
        "phase": _or_null({"type": "integer", "minimum": 1, "maximum": 3}),
        "need": _list(v.Need),
        "acute": {"type": "boolean"},
        "when_it_happened": _or_null(_codes(v.When)),
        "language": _or_null({"type": "string", "pattern": "^([A-Za-z]{2,3})?$"}),
        "channels_possible": _list(v.Way),
        "anonymous_required": {"type": "boolean"},
        "place": _or_null({"type": "string"}),
        "at": _or_null({"type": "string", "pattern": _AT}),
    }


def _page(record: str) -> Data:
    # In a list with `minimal`, and where services stand under their organisation by name, records are not whole.
    numbers = {name: {"type": "integer", "minimum": 0} for name in ("total_items", "total_pages", "size")}
    answers = {name: {"type": "boolean"} for name in ("first_page", "last_page", "empty")}
    properties = {**numbers, "page_number": {"type": "integer", "minimum": 1}, **answers}
    items: Data = {"$ref": f"#/components/schemas/{record}"}
    if record == "service":
        items = {"anyOf": [items, {"$ref": "#/components/schemas/minimal"}]}
    properties["contents"] = {"type": "array", "items": items}
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
    }  # fmt: skip


def _object(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> Data:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _schemas() -> Data:
    text, uri = {"type": "string"}, {"type": "string", "format": "uri"}
    found = {name: schema(name) for name in SHAPES}
    found |= {f"{record}_page": _page(record) for record in _RECORD_OF.values()}
    found["minimal"] = _object({"id": {"type": "string", "format": "uuid"}})
    found["About"] = _object({"version": text, "profile": uri, "openapi_url": uri})
    found["Error"] = _object({"error": text, "message": text})
    found["Dump"] = _object(
        {
            "version": text, "license": text, "license_url": uri, "edition": text,
            "contents": {"type": "array", "items": {"$ref": "#/components/schemas/organization"}},
        }
    )  # fmt: skip
    words = {"type": "array", "items": _object({"@value": text, "@language": text})}
    found["LinkedOrganization"] = {
        **_object(
            {"@context": text, "@type": text, "@id": uri, "name": text, "description": words, "license": uri},
            {
                "alternateName": {"type": "array", "items": text},
                "url": uri,
                "contactPoint": {"type": "array", "items": {"type": "object"}},
                "makesOffer": {"type": "array", "items": {"type": "object"}},
            },
        )
    }
    return {**found, **_of_matching()}


def _of_matching() -> Data:
    text, moment = {"type": "string"}, _or_null({"type": "string", "format": "date-time"})
    key = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}
    is_open = {"type": ["boolean", "null"]}
    fields = _situation()
    role = {"id": key, "role": _codes(v.Role)}
    whole = {"type": "object", "properties": {**role, "situation": {"type": "object", "properties": fields}},
             "required": ["role", "situation"]}  # fmt: skip
    bare = {"type": "object", "properties": {**role, **fields}, "required": ["role"],
            "not": {"required": ["situation"]}}  # fmt: skip
    one = {"anyOf": [{"$ref": "#/components/schemas/Asked"}, {"$ref": "#/components/schemas/Bare"}]}
    channel = _object(
        {
            "kind": _codes(v.ChannelKind), "value": _or_null(text), "cost": _or_null(_codes(v.Cost)),
            "hours": _or_null(text), "open_now": is_open, "open_until": moment, "next_open": moment,
        }
    )  # fmt: skip
    result = _object(
        {
            "id": text, "open_now": is_open, "open_until": moment, "next_open": moment,
            "channels": {"type": "array", "items": channel}, "reasons": {"type": "array", "items": text},
        }
    )  # fmt: skip
    answer = _object(
        {
            "id": key,
            "emergency": {"type": "boolean"},
            "gaps": {"type": "array", "items": _codes(v.Gap)},
            "results": {"type": "array", "items": result},
            "open_now": {"type": "object", "additionalProperties": is_open},
            **{name: {"type": "integer", "minimum": 0} for name in ("total_results", "total_open_now", "total_pages")},
            "page_number": {"type": "integer", "minimum": 1},
        }
    )
    return {
        "Asked": whole,
        "Bare": bare,
        "Question": {"anyOf": [one, {"type": "array", "items": one, "maxItems": 50}]},
        "Answers": {"type": "array", "items": answer},
    }
