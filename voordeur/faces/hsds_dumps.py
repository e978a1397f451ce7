"""The whole directory in one file: JSON, or the tables of HSDS as CSV in a zip. The same directory, the same bytes."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

from voordeur.faces.hsds import LICENSE, LICENSE_URL, VERSION, Described, Record, taxonomy
from voordeur.faces.hsds_shapes import FILES, KINDS, SHAPES, columns

#: The zip says nothing of when it was made: so the same directory gives the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def json_dump(organizations: Iterable[Described], edition: str) -> bytes:
    """Every organisation in full, with its services in full, as JSON."""
    data = {
        "version": VERSION,
        "license": LICENSE,
        "license_url": LICENSE_URL,
        "edition": edition,
        "contents": [one.organization_in_full(with_services=True) for one in organizations],
    }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def tables(organizations: Iterable[Described]) -> dict[str, list[Record]]:
    """Every table with its rows: records without what stands in a table of its own."""
    found: dict[str, dict[str, Record]] = {name: {} for name in FILES}
    for organization in organizations:
        _take(found, "organization", organization.organization_in_full(with_services=True))
    for one in found["taxonomy_term"].values():
        found["taxonomy"].setdefault(one["taxonomy_id"], taxonomy(one["taxonomy"]))
    return {name: list(rows.values()) for name, rows in found.items()}


def _take(found: dict[str, dict[str, Record]], name: str, record: Record) -> None:
    row = {}
    for field, value in record.items():
        kind = SHAPES[name][field].rstrip("!")
        if kind in KINDS:
            row[field] = value
            continue
        for one in value if isinstance(value, list) else [value]:
            _take(found, kind.strip("[]"), one)
    found[name].setdefault(row["id"], row)


def _csv(name: str, rows: list[Record]) -> bytes:
    written = io.StringIO(newline="")
    lines = csv.DictWriter(written, columns(name), restval="", lineterminator="\r\n")
    lines.writeheader()
    lines.writerows(rows)
    return written.getvalue().encode()


def package(edition: str) -> dict[str, Any]:
    """The description of the tables: a tabular data package (Frictionless)."""
    return {
        "name": "voordeur-directory",
        "title": "Voordeur: the directory",
        "profile": "tabular-data-package",
        "version": edition,
        "homepage": "https://github.com/voordeur/voordeur",
        "licenses": [{"name": LICENSE, "path": LICENSE_URL}],
        "resources": [
            {
                "name": name,
                "path": path,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "profile": "tabular-data-resource",
                "schema": {"primaryKey": "id", "fields": [_field(name, column) for column in columns(name)]},
            }
            for name, path in FILES.items()
        ],
    }


def _field(name: str, column: str) -> dict[str, Any]:
    kind = SHAPES[name][column]
    about = KINDS[kind.rstrip("!")]
    made = {"name": column, "type": about["type"], "constraints": {"required": "!" in kind and "any" not in kind}}
    if about.get("format") in ("uuid", "uri", "email"):
        made["format"] = about["format"]
    return made


def csv_dump(organizations: Iterable[Described], edition: str) -> bytes:
    """The tables as CSV (RFC 4180, UTF-8) with `datapackage.json`, in a zip."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        description = (json.dumps(package(edition), ensure_ascii=False, indent=1) + "\n").encode()
        files = {FILES[name]: _csv(name, rows) for name, rows in tables(organizations).items()}
        for path, content in {"datapackage.json": description, **files}.items():
            one = zipfile.ZipInfo(path, _NO_TIME)
            one.compress_type, one.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(one, content)
    return written.getvalue()
