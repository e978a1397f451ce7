"""An answer of the matching as plain data for JSON: what `voordeur match` and `vignettes --show` print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from voordeur import vocabulary as v
from voordeur.rules.matching import Answer, Contact
from voordeur.rules.opening import AMSTERDAM, Status

#: So many results, and so many organisations in `open_now`, stand on one page.
PER_PAGE = 50
_KNOWN = {v.OpenState.OPEN: True, v.OpenState.CLOSED: False, v.OpenState.UNKNOWN: None}


def as_json(value: Any) -> str:
    """Readable JSON, the same for the same value."""
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)


def as_lines(answers: Iterable[Mapping[str, Any]]) -> str:
    """A list of answers as JSON that people can read and compare: each result on a line of its own."""
    return _listed(
        "{\n" + ",\n".join(f' "{key}": {_line(value)}' for key, value in one.items()) + "\n}" for one in answers
    )


def _line(value: Any) -> str:
    if value and isinstance(value, list) and isinstance(value[0], dict):
        return _listed(map(_line, value))
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _listed(written: Iterable[str]) -> str:
    lines = ",\n".join(written)
    return f"[\n{lines}\n]" if lines else "[]"


def answer_data(key: str | int | None, answer: Answer, page: int = 1, per_page: int = PER_PAGE) -> dict[str, Any]:
    """The answer for one situation. Moments are ISO 8601 with the Dutch offset; None is not known, or not within sight.

    `channels` are only those that this person can use; `open_now` speaks of every organisation of the directory, by id.
    Of both, so many stand on a page; a page after the last one names nobody.
    """
    part = slice((page - 1) * per_page, page * per_page)
    results = []
    for one in answer.results[part]:
        reach = answer.reach(one.organization)
        results.append(
            {
                "id": one.organization,
                "open_now": reach.open_now,
                "open_until": _iso(reach.open_until),
                "next_open": _iso(reach.next_open),
                "channels": [_channel(contact, status) for contact, status in reach.contacts],
                "reasons": list(answer.reasons(one)),
            }
        )
    return {
        "id": key,
        "emergency": answer.emergency,
        "gaps": [str(gap) for gap in answer.gaps],
        "results": results,
        "open_now": {name: answer.reach(name).open_now for name in answer.organizations[part]},
        "total_results": len(answer.results),
        "total_open_now": len(answer.organizations),
        "page_number": page,
        "total_pages": -(-max(len(answer.results), len(answer.organizations)) // per_page),
    }


def _channel(contact: Contact, status: Status) -> dict[str, Any]:
    is_open = status.state is v.OpenState.OPEN
    return {
        "kind": str(contact.kind),
        "value": contact.value,
        "cost": None if contact.cost is None else str(contact.cost),
        "hours": None if contact.hours is None else contact.hours.text,
        "open_now": _KNOWN[status.state],
        "open_until": _iso(status.until) if is_open else None,
        "next_open": _iso(status.next_open),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(AMSTERDAM).isoformat(timespec="seconds")
