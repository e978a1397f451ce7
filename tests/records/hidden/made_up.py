"""A hidden entry that exists nowhere, with a mark in each of its texts that can be searched for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

#: Stands in every text of every made-up entry.
CANARY = "Zilvermeeuw7q"


def said(**changed: object) -> dict[str, object]:
    """An entry as JSON brings it."""
    return {
        "name": f"Huis {CANARY}",
        "organization": "",
        "address": f"{CANARY}laan 7\n1234 AB {CANARY}dorp",
        "purpose": f"Een veilige plek voor ouders met kinderen, {CANARY}",
        "kind": "safe_place",
        "region": "Utrecht",
        "has_place": True,
        "capacity": 4,
        "asking": f"Bel de wacht en zeg {CANARY}",
        "audience": "partners",
        "roles": [],
        "source": f"Brief van {CANARY}",
        "dated_on": "2026-11-01",
        "confidence": "high",
        "checked_on": "2026-11-20",
        **changed,
    }


def as_toml(values: Mapping[str, object]) -> str:
    """The same as a file for the operator."""

    def written(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, date | int):
            return str(value)
        if isinstance(value, list):
            return "[" + ", ".join(written(one) for one in value) + "]"
        return '"' + str(value).replace("\n", "\\n") + '"'

    return "".join(f"{name} = {written(value)}\n" for name, value in values.items() if value is not None)
