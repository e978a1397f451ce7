"""What stands out in an entry without asking anybody outside: contradictions, dead places, old facts.

A file with an error is never loaded; this looks at what can become wrong while it stands, and at what contradicts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from voordeur.records.directory import models
from voordeur.records.directory.entry_files import phone_problem
from voordeur.records.directory.fields import Field, fields
from voordeur.records.directory.history import standing_entries
from voordeur.records.directory.publishing import day_of
from voordeur.rules.area import Places
from voordeur.rules.freshness import is_old
from voordeur.rules.opening import parse_hours

#: In a text these say that somebody is there day and night.
_ALWAYS = re.compile(r"24/7|24 uur per dag|24 hours a day|dag en nacht|day and night", re.I)
_POSTCODE = re.compile(r"\b[1-9]\d{3} ?[A-Z]{2}\b")
#: Beginnings of Dutch numbers that cost nothing, and of those that cost more than usual (ACM numbering plan).
_FREE, _PAID = "0800", ("0900", "0906", "0909")

#: Rules about the age of a fact, which stands beside each fact anyway.
AGES = ("old", "undated")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that stands out; `rule` is hours, always, number, cost, place, old or undated."""

    path: str
    rule: str
    values: Mapping[str, str] = field(default_factory=dict)


def remarks(entry: Mapping[str, Any], places: Places, areas: frozenset[str], today: date, days: int) -> list[Remark]:
    """Everything that stands out in one entry, in the order of its fields."""
    found = fields(entry)
    return [
        *_hours(found),
        *_always(found),
        *_numbers(found),
        *_places(found, places, areas),
        *_ages(found, today, days),
    ]


def _hours(found: Mapping[str, Field]) -> Iterable[Remark]:
    first: dict[tuple[str, str], str] = {}
    for path, one in found.items():
        way, _, key = path.rpartition(".")
        value = found.get(f"{way}.value")
        if key != "hours" or value is None:
            continue
        same = (way.rpartition(".")[2].partition("-")[0], str(value.value))
        before = first.setdefault(same, str(one.value))
        if parse_hours(before).week() != parse_hours(str(one.value)).week():
            yield Remark(path, "hours", {"hours": before})


def _always(found: Mapping[str, Field]) -> Iterable[Remark]:
    hours = [str(one.value) for path, one in found.items() if path.endswith(".hours")]
    if not hours or any(parse_hours(one).week().holidays == "always" for one in hours):
        return
    for path, one in found.items():
        for text in one.value.values() if isinstance(one.value, Mapping) else ():
            if isinstance(text, str) and (said := _ALWAYS.search(text)):
                yield Remark(path, "always", {"words": said[0]})
                break


def _numbers(found: Mapping[str, Field]) -> Iterable[Remark]:
    for path, one in found.items():
        way, _, key = path.rpartition(".")
        if key != "value" or way.rpartition(".")[2].partition("-")[0] not in ("phone", "whatsapp"):
            continue
        digits = re.sub(r"\D", "", str(one.value))
        cost = found.get(f"{way}.cost")
        if phone_problem(str(one.value)) is not None:
            yield Remark(path, "number")
        elif cost is not None and (cost.value == "free") != digits.startswith(_FREE):
            if digits.startswith((_FREE, *_PAID)):
                yield Remark(cost.path, "cost")


def _places(found: Mapping[str, Field], places: Places, areas: frozenset[str]) -> Iterable[Remark]:
    for path, one in found.items():
        way, _, key = path.rpartition(".")
        if key == "area" and isinstance(one.value, list):
            for area in one.value:
                if area not in areas:
                    yield Remark(path, "place", {"place": str(area).partition(":")[2]})
        elif key == "value" and way.rpartition(".")[2].partition("-")[0] in ("visit", "letter"):
            town = _POSTCODE.sub("", str(one.value).rpartition(",")[2]).strip()
            if town and places.look_up(town).kind == "unknown":
                yield Remark(path, "place", {"place": town})


def _ages(found: Mapping[str, Field], today: date, days: int) -> Iterable[Remark]:
    for path, one in found.items():
        written = one.source.get("date")
        if is_old(written, today, days):
            yield Remark(path, "old" if written else "undated", {"date": written} if written else {})


def keep_report(*, places: Places, days: int, moment: datetime) -> int:
    """Look at every entry that stands and keep what stands out, with the day it was first seen; gives how many."""
    today, areas = day_of(moment), places.areas()
    with transaction.atomic():
        since = {
            (one.organization, one.path, one.rule, json.dumps(one.values, sort_keys=True)): one.found_on
            for one in models.Remark.objects.all()
        }
        rows = [
            models.Remark(
                organization=name,
                path=one.path,
                rule=one.rule,
                values=dict(one.values),
                found_on=since.get((name, one.path, one.rule, json.dumps(dict(one.values), sort_keys=True)), today),
            )
            for name, entry in sorted(standing_entries().items())
            for one in remarks(entry, places, areas, today, days)
        ]
        models.Remark.objects.all().delete()
        models.Remark.objects.bulk_create(rows)
        return len(rows)


def kept_remarks(organization: str) -> tuple[tuple[Remark, date], ...]:
    """What stands out in one entry since the clock looked, each with the day it was first seen."""
    rows = models.Remark.objects.filter(organization=organization).order_by("pk")
    return tuple((Remark(one.path, one.rule, one.values), one.found_on) for one in rows)


def remark_counts(only: Collection[str]) -> Mapping[str, int]:
    """How many things stand out that are not a matter of age, by organisation, for these."""
    rows = models.Remark.objects.exclude(rule__in=AGES).filter(organization__in=only)
    return Counter(rows.values_list("organization", flat=True))
