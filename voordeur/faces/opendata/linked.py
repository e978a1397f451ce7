"""An organisation in the words of schema.org, as JSON-LD: for search engines, at a fixed address.

A visitor's page has an address of its own visit, which is burned on leaving; nothing for machines stands on it.
"""

from __future__ import annotations

from typing import Any

from voordeur import vocabulary as v
from voordeur.faces.hsds import LICENSE_URL, Described
from voordeur.rules.opening import parse_hours

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LIVE = {str(kind) for kind, way in v.WAY_OF_CHANNEL.items() if way in v.LIVE_WAYS} | {"mail"}


def linked_organization(one: Described, address: str) -> dict[str, Any]:
    """The organisation with its contact points and services. What is not known is left out."""
    data, view = one.entry.data, one.view
    made: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": address,
        "name": data["name"],
        "description": _texts(data["description"]),
        "license": LICENSE_URL,
    }
    if data.get("also_known_as"):
        made["alternateName"] = list(data["also_known_as"])
    if data.get("website"):
        made["url"] = data["website"]
    points: dict[tuple[str, str], dict[str, Any]] = {}
    for service, shown in zip(data["services"], view.services, strict=True):
        for channel, now in zip(service.get("channels", ()), shown.channels, strict=True):
            if channel.get("value") is not None and channel["kind"] in _LIVE:
                points.setdefault((channel["kind"], channel["value"]), _point(channel, now.hours_text, shown.languages))
    if points:
        made["contactPoint"] = list(points.values())
    made["makesOffer"] = [
        {"@type": "Offer", "itemOffered": {"@type": "Service", "name": _texts(service["name"])}}
        for service in data["services"]
    ]
    return made


def _texts(texts: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for language, text in texts.items()]


def _point(channel: dict[str, Any], hours: str | None, languages: tuple[str, ...] | None) -> dict[str, Any]:
    kind, value = channel["kind"], channel["value"]
    name = "telephone" if kind in ("phone", "whatsapp") else "email" if kind == "mail" else "url"
    made: dict[str, Any] = {"@type": "ContactPoint", "contactType": kind, name: value}
    spoken = channel.get("languages") or languages
    if spoken:
        made["availableLanguage"] = list(spoken)
    if hours is not None:
        open_at = _opening(hours)
        if open_at:
            made["hoursAvailable"] = open_at
    return made


def _opening(hours: str) -> list[dict[str, Any]]:
    days: dict[tuple[int, int], list[str]] = {}
    for weekday, spans in parse_hours(hours).week().days:
        for start, end, state in spans:
            if state is v.OpenState.OPEN:
                days.setdefault((start, end), []).append(f"https://schema.org/{_DAYS[weekday]}")
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": on,
            "opens": _clock(start),
            # In schema.org a closing time before the opening time is on the next day.
            "closes": "23:59" if end == 1440 else _clock(end),
        }
        for (start, end), on in sorted(days.items())
    ]


def _clock(minutes: int) -> str:
    return f"{minutes % 1440 // 60:02d}:{minutes % 60:02d}"
