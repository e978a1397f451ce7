"""An entry written as a file of `content/directory`: the same keys in the same order, read back as the same entry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: Tables that stand below the plain keys of an organisation, in this order; what is not named here follows.
_LAST = ("sources", "services")
_FIRST = ("id", "name", "also_known_as", "kind", "status", "website", "source", "source_of")


def as_toml(entry: Mapping[str, Any]) -> str:
    """The text of the file."""
    plain = [key for key in _ordered(entry) if not isinstance(entry[key], Mapping) and key not in _LAST]
    inline = [key for key in ("source_of",) if key in entry]
    tables = [key for key in _ordered(entry) if isinstance(entry[key], Mapping) and key not in (*_LAST, *inline)]
    lines = [f"{key} = {_value(entry[key])}" for key in (*plain, *inline)]
    for key, source in entry.get("sources", {}).items():
        lines += ["", f"[sources.{_key(key)}]", *_pairs(source)]
    for key in tables:
        lines += ["", f"[{_key(key)}]", *_pairs(entry[key])]
    for service in entry.get("services", ()):
        lines += ["", "[[services]]", *_pairs({key: service[key] for key in service if key != "channels"})]
        for channel in service.get("channels", ()):
            lines += ["", "[[services.channels]]", *_pairs(channel)]
    return "\n".join(lines) + "\n"


def _ordered(entry: Mapping[str, Any]) -> list[str]:
    return [*(key for key in _FIRST if key in entry), *(key for key in entry if key not in _FIRST)]


def _pairs(table: Mapping[str, Any]) -> Iterable[str]:
    for key, value in table.items():
        yield f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A basic string of TOML: the escapes of JSON are its own too, and one more sign must be escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
