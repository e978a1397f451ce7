"""An entry as the text of a file of `content/directory`: what `entry_files` reads back as the same entry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from voordeur.records.directory.entry_files import Entry

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEAD = ("id", "name", "also_known_as", "kind", "status", "website", "source")
_TEXTS = ("summary", "description", "what_happens", "not_for")


def entry_text(entry: Entry) -> str:
    """The whole file, as TOML."""
    data = entry.data
    parts = [_lines(data, _HEAD)]
    parts += [f"[sources.{_key(name)}]\n{_lines(one, one)}" for name, one in data["sources"].items()]
    parts += [f"[{name}]\n{_lines(data[name], data[name])}" for name in _TEXTS if name in data]
    for service in data["services"]:
        parts.append(f"[[services]]\n{_lines(service, [name for name in service if name != 'channels'])}")
        parts += [f"[[services.channels]]\n{_lines(one, one)}" for one in service.get("channels", ())]
    return "\n".join(parts)


def _lines(data: Mapping[str, Any], names: Any) -> str:
    return "".join(_line(_key(name), data[name]) for name in names if name in data)


def _line(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(_line(f"{name}.{_key(part)}", one) for part, one in value.items())
    return f"{name} = {_value(value)}\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    # Texts, numbers, true and false are written in TOML as in JSON, but for the sign DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)
