"""What a program may ask: each address with its parameters, read strictly, and refused in a sentence.

A parameter that is not known, or that we cannot honour, is an answer with status 400 and never silence: who asks for a
part must not take the whole for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest

from voordeur.faces.hsds import as_identifier
from voordeur.faces.language import N_

MOST_PER_PAGE, PER_PAGE, LAST_PAGE, LONGEST_SEARCH = 100, 50, 100_000, 100
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


class Refused(Exception):
    """A question that is not answered: status, a code for programs, and a sentence for people with its values."""

    def __init__(self, status: int, code: str, sentence: str, **values: object) -> None:
        super().__init__(code)
        self.status, self.code, self.sentence, self.values = status, code, sentence, values


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its JSON Schema, and what it is for, in words to be translated."""

    name: str
    schema: Mapping[str, Any]
    about: str
    example: Any = None


_UUID = {"type": "string", "format": "uuid"}
_YES_NO = {"type": "boolean", "default": False}
PARAMETERS: dict[str, Parameter] = {
    one.name: one
    for one in (
        Parameter(
            "search",
            {"type": "string", "minLength": 1, "maxLength": LONGEST_SEARCH},
            N_("Words to search for. Each must be the beginning of a word in the record, in any language."),
            "chat",
        ),
        Parameter(
            "page",
            {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1},
            N_("Number of the page. A page after the last one is empty."),
            1,
        ),
        Parameter(
            "per_page",
            {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE, "default": PER_PAGE},
            N_("How many records on a page."),
            10,
        ),
        Parameter(
            "format",
            {"type": "string", "enum": ["json"], "default": "json"},
            N_("Only json. For everything at once there are the dumps."),
        ),
        Parameter("taxonomy_term_id", _UUID, N_("Only what carries this term of a taxonomy.")),
        Parameter("taxonomy_id", _UUID, N_("Only what carries any term of this taxonomy.")),
        Parameter("organization_id", _UUID, N_("Only what belongs to this organisation.")),
        Parameter(
            "minimal",
            _YES_NO,
            N_("Only the identifier of each. We do not know when a record changed, so no date stands beside it."),
        ),
        Parameter("full", _YES_NO, N_("Records with everything that belongs to them.")),
        Parameter("full_service", _YES_NO, N_("Organisations with their services in full.")),
    )
}
#: Named by HSDS, and not honoured: why not.
NOT_HONOURED = {
    "modified_after": N_("We do not know when a record changed; compare the ETag of a dump instead."),
    "postcode": N_("Use the address for matching, which knows places."),
    "proximity": N_("Use the address for matching, which knows places."),
    "top_only": N_("No term has another one above it."),
    "parent_id": N_("No term has another one above it."),
}


def query_of(request: HttpRequest) -> str:
    """The parameters of a question, as they were written."""
    return str(request.META.get("QUERY_STRING", ""))


def asked(query: str, names: tuple[str, ...], **defaults: Any) -> dict[str, Any]:
    """The parameters of a question, read; those with a default always stand there, here one of `defaults` if any.

    Raises Refused.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as wrong:
        raise Refused(400, "unreadable", N_("The parameters cannot be read.")) from wrong
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in NOT_HONOURED and name not in names:
            raise Refused(400, "not_honoured", NOT_HONOURED[name], name=name)
        if name not in names:
            known = ", ".join(names) or "-"
            sentence = N_("The parameter “%(name)s” is not known here. Known are: %(known)s.")
            raise Refused(400, "unknown_parameter", sentence, name=name[:60], known=known)
        if name in given:
            raise Refused(400, "twice", N_("The parameter “%(name)s” is there twice."), name=name)
        given[name] = value
    found = {name: PARAMETERS[name].schema["default"] for name in names if "default" in PARAMETERS[name].schema}
    return found | defaults | {name: _read(PARAMETERS[name], value) for name, value in given.items()}


def _read(one: Parameter, value: str) -> Any:
    kind = one.schema
    if kind["type"] == "integer":
        if _NUMBER.fullmatch(value) and int(value) <= kind["maximum"]:
            return int(value)
        sentence = N_("For “%(name)s” a whole number from 1 to %(most)s is expected.")
        raise Refused(400, "wrong_value", sentence, name=one.name, most=kind["maximum"])
    if kind["type"] == "boolean":
        if value in ("true", "false"):
            return value == "true"
        raise Refused(400, "wrong_value", N_("For “%(name)s” true or false is expected."), name=one.name)
    if kind.get("format") == "uuid":
        if (identifier := as_identifier(value)) is not None:
            return identifier
        raise Refused(400, "wrong_value", N_("For “%(name)s” an identifier is expected (a UUID)."), name=one.name)
    if "enum" in kind:
        if value in kind["enum"]:
            return value
        sentence = N_("For “%(name)s” one of these is expected: %(known)s.")
        raise Refused(400, "wrong_value", sentence, name=one.name, known=", ".join(kind["enum"]))
    if 1 <= len(value) <= kind["maxLength"]:
        return value
    sentence = N_("For “%(name)s” 1 to %(most)s characters are expected.")
    raise Refused(400, "wrong_value", sentence, name=one.name, most=kind["maxLength"])
