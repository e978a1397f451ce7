"""Which fields of HSDS 3.1 we fill, and of what kind: for the API's own description, and for the tables of a dump.

A mark after the kind: `!` always there, `!!` in a table only. `[phone]` is a list of records, `taxonomy_term` one
record; in a dump as tables those stand in tables of their own.
"""

from __future__ import annotations

from typing import Any

Shape = dict[str, str]

_LINK = {"attributes": "[attribute]"}
SHAPES: dict[str, Shape] = {
    "organization": {
        "id": "uuid!", "name": "text!", "alternate_name": "text", "description": "text!", "website": "uri",
        "locations": "[location]", "services": "[service]", **_LINK, "metadata": "[metadata]",
    },
    "service": {
        "id": "uuid!", "organization_id": "uuid!!", "name": "text!", "url": "uri", "email": "email",
        "status": "status!",
        "wait_time": "text", "minimum_age": "age", "maximum_age": "age", "alert": "text", "additional_urls": "[url]",
        "phones": "[phone]", "schedules": "[schedule]", "service_areas": "[service_area]",
        "service_at_locations": "[service_at_location]", "languages": "[language]", "organization": "organization",
        **_LINK,
    },
    "service_at_location": {
        "id": "uuid!", "service_id": "uuid!", "location_id": "uuid!", "location": "location",
    },
    "location": {
        "id": "uuid!", "location_type": "location_type!", "organization_id": "uuid", "description": "text",
    },
    "url": {"id": "uuid!", "label": "text", "url": "uri!", "service_id": "uuid"},
    "phone": {
        "id": "uuid!", "service_id": "uuid", "number": "text!", "type": "text", "description": "text",
        "languages": "[language]",
    },
    "schedule": {
        "id": "uuid!", "service_id": "uuid", "wkst": "day", "freq": "freq", "byday": "text", "description": "text",
        "opens_at": "clock", "closes_at": "clock", "attending_type": "text", "notes": "text",
    },
    "service_area": {"id": "uuid!", "service_id": "uuid", "name": "text", "description": "text"},
    "language": {"id": "uuid!", "service_id": "uuid", "phone_id": "uuid", "name": "text", "code": "text"},
    "attribute": {
        "id": "uuid!", "link_id": "uuid!", "link_type": "text", "link_entity": "text!", "taxonomy_term_id": "uuid!",
        "value": "any_text", "label": "text", "taxonomy_term": "taxonomy_term",
    },
    "taxonomy": {"id": "uuid!", "name": "text!", "description": "text!", "version": "text"},
    "taxonomy_term": {
        "id": "uuid!", "code": "text", "name": "text!", "description": "text!", "taxonomy": "text",
        "taxonomy_id": "uuid", "language": "text",
    },
    "metadata": {
        "id": "uuid!", "resource_id": "uuid!", "resource_type": "text!", "last_action_date": "text!",
        "last_action_type": "text!", "field_name": "text!", "previous_value": "any_text!",
        "replacement_value": "any_text!", "updated_by": "text!",
    },
}  # fmt: skip
#: The file of each table in a dump, as HSDS names it.
FILES = {
    "organization": "organizations.csv", "service": "services.csv", "phone": "phones.csv",
    "service_at_location": "service_at_location.csv", "location": "locations.csv", "url": "url.csv",
    "schedule": "schedules.csv", "service_area": "service_areas.csv", "language": "languages.csv",
    "attribute": "attributes.csv", "taxonomy": "taxonomies.csv", "taxonomy_term": "taxonomy_terms.csv",
    "metadata": "metadata.csv",
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "uri": {"type": "string", "format": "uri"},
    "email": {"type": "string", "format": "email"},
    "text": {"type": "string", "minLength": 1},
    "any_text": {"type": "string"},
    "age": {"type": "number", "minimum": 0, "maximum": 120},
    "clock": {"type": "string", "pattern": "^([01][0-9]|2[0-4]):[0-5][0-9]$"},
    "day": {"type": "string", "enum": ["MO"]},
    "freq": {"type": "string", "enum": ["WEEKLY"]},
    "status": {"type": "string", "enum": ["active"]},
    "location_type": {"type": "string", "enum": ["physical", "postal"]},
}


def schema(name: str, refers_to: str = "#/components/schemas/") -> dict[str, Any]:
    """The JSON Schema of a record, with nothing in it but what we fill."""
    properties: dict[str, Any] = {}
    for field, kind in SHAPES[name].items():
        plain = kind.rstrip("!")
        if plain.startswith("["):
            properties[field] = {"type": "array", "items": {"$ref": refers_to + plain.strip("[]")}}
        else:
            properties[field] = KINDS[plain] if plain in KINDS else {"$ref": refers_to + plain}
    required = [field for field, kind in SHAPES[name].items() if kind.endswith("!") and not kind.endswith("!!")]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def columns(name: str) -> list[str]:
    """The fields of a record that are columns of its table."""
    return [field for field, kind in SHAPES[name].items() if kind.rstrip("!") in KINDS]
