"""Reading the directory: plain values for matching and for pages, kept in memory until the directory changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from voordeur import vocabulary as v
from voordeur.records.directory.entry_files import read_directory
from voordeur.records.directory.models import Edition, Organization, Service
from voordeur.rules.matching import Candidate, Contact, Index
from voordeur.rules.opening import parse_hours

_CODES = "abcdefghjkmnpqrstuvwxyz23456789"
_SETS = (
    "roles", "primary_roles", "violence", "violence_focus", "contexts", "contexts_only", "relations_only",
    "groups_focus", "groups_only", "faiths", "when_only", "not_when", "help",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FactSource:
    """Where a fact comes from; `date` is ISO, may be partial, and is None when the source has none."""

    title: str
    locator: str | None
    url: str | None
    date: str | None
    confidence: v.Confidence


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A contact point as a page shows it; `sources` by kind of fact: value, cost, hours, kind."""

    contact: Contact
    hours_text: str | None
    hours_note: Mapping[str, str] | None
    anonymous: bool | None
    languages: tuple[str, ...] | None
    sources: Mapping[str, FactSource]


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service as a page shows it. None means not known."""

    key: str
    name: Mapping[str, str]
    function: v.Function
    roles: tuple[str, ...]
    violence: tuple[str, ...]
    groups_only: tuple[str, ...]
    groups_focus: tuple[str, ...]
    contexts: tuple[str, ...]
    faiths: tuple[str, ...]
    help: tuple[str, ...]
    ages: tuple[int | None, int | None]
    area: tuple[str, ...] | None
    anonymous: bool | None
    comes_to_you: bool | None
    answered_by: tuple[str, ...] | None
    languages: tuple[str, ...] | None
    languages_read: tuple[str, ...] | None
    many_languages: bool | None
    wait_time: Mapping[str, str] | None
    channels: tuple[ChannelView, ...]


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """An organisation as a page shows it; `code` is its short, meaningless address."""

    id: str
    code: str
    name: str
    alternate_name: tuple[str, ...]
    kind: str
    status: v.Status
    website: str | None
    summary: Mapping[str, str]
    description: Mapping[str, str]
    what_happens: Mapping[str, str] | None
    not_for: Mapping[str, str] | None
    services: tuple[ServiceView, ...]
    sources: tuple[FactSource, ...]

    def service(self, key: str) -> ServiceView:
        """The service with this key. Raises StopIteration when there is none."""
        return next(one for one in self.services if one.key == key)


@dataclass(frozen=True, slots=True)
class Directory:
    """One state of the directory: for matching (`index`) and for pages."""

    edition: str
    index: Index
    organizations: Mapping[str, OrganizationView]
    by_code: Mapping[str, str]


def short_code(organization_id: str) -> str:
    """The meaningless address of an organisation: six signs from its id, the same for ever."""
    number = int.from_bytes(hashlib.blake2s(organization_id.encode(), digest_size=8).digest())
    code = ""
    for _ in range(6):
        number, place = divmod(number, len(_CODES))
        code += _CODES[place]
    return code


def edition() -> str:
    """The fingerprint of the directory that is loaded now; empty when none is."""
    return Edition.objects.values_list("content_hash", flat=True).first() or ""


def current_directory() -> Directory:
    """The directory as it is loaded now; built once for each edition and kept in memory."""
    return _directory(edition())


@lru_cache(maxsize=2)
def _directory(fingerprint: str) -> Directory:
    organizations: dict[str, OrganizationView] = {}
    candidates = []
    for row in Organization.objects.prefetch_related("services__channels", "sources__facts").order_by("id"):
        view = organizations[row.id] = _organization(row)
        for service, shown in zip(row.services.all(), view.services, strict=True):
            candidates.append(_candidate(row, service, tuple(one.contact for one in shown.channels)))
    by_code = {one.code: one.id for one in organizations.values()}
    return Directory(fingerprint, Index(candidates), organizations, by_code)


def _organization(row: Organization) -> OrganizationView:
    by_path: dict[str, FactSource] = {}
    sources = []
    for source in row.sources.all():
        view = FactSource(source.title, source.locator, source.url, source.date, v.Confidence(source.confidence))
        facts = list(source.facts.all())
        if facts:
            sources.append(view)
        by_path.update((fact.path, view) for fact in facts)
    return OrganizationView(
        id=row.id,
        code=short_code(row.id),
        name=row.name,
        alternate_name=tuple(row.alternate_name),
        kind=row.kind,
        status=v.Status(row.status),
        website=row.website,
        summary=row.summary,
        description=row.description,
        what_happens=row.what_happens,
        not_for=row.not_for,
        services=tuple(_service(one, by_path) for one in row.services.all()),
        sources=tuple(sources),
    )


def _tuple(value: Any) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)


def _service(row: Service, by_path: Mapping[str, FactSource]) -> ServiceView:
    channels = []
    for place, one in enumerate(row.channels.all()):
        path = f"services.{row.position}.channels.{place}"
        kinds = ("kind", "value", "cost", "hours")
        channels.append(
            ChannelView(
                contact=Contact(
                    v.ChannelKind(one.kind),
                    one.value,
                    v.Cost(one.cost) if one.cost else None,
                    parse_hours(one.hours) if one.hours else None,
                ),
                hours_text=one.hours,
                hours_note=one.hours_note,
                anonymous=row.anonymous if one.anonymous is None else one.anonymous,
                languages=_tuple(one.languages) or _tuple(row.languages),
                sources={kind: by_path[f"{path}.{kind}"] for kind in kinds if f"{path}.{kind}" in by_path},
            )
        )
    return ServiceView(
        key=row.key,
        name=row.name,
        function=v.Function(row.function),
        roles=tuple(row.roles),
        violence=tuple(row.violence),
        groups_only=tuple(row.groups_only),
        groups_focus=tuple(row.groups_focus),
        contexts=tuple(dict.fromkeys((*row.contexts_only, *row.contexts))),
        faiths=tuple(row.faiths),
        help=tuple(row.help),
        ages=(row.minimum_age, row.maximum_age),
        area=_tuple(row.service_area),
        anonymous=row.anonymous,
        comes_to_you=row.comes_to_you,
        answered_by=_tuple(row.answered_by),
        languages=_tuple(row.languages),
        languages_read=_tuple(row.languages_read),
        many_languages=row.many_languages,
        wait_time=row.wait_time,
        channels=tuple(channels),
    )


def _three(value: bool | None) -> frozenset[str]:
    return frozenset({"unknown" if value is None else "yes" if value else "no"})


def _candidate(organization: Organization, row: Service, contacts: tuple[Contact, ...]) -> Candidate:
    fields = {name: frozenset(getattr(row, name)) for name in _SETS}
    low, high = row.minimum_age, row.maximum_age
    if low is not None or high is not None:
        fields["ages"] = frozenset(str(age) for age in range(low or 0, (120 if high is None else high) + 1))
    fields["function"] = frozenset({row.function})
    fields["status"] = frozenset({organization.status})
    fields["area"] = frozenset(row.service_area or ())
    fields["anonymous"] = _three(row.anonymous)
    fields["comes_to_you"] = _three(row.comes_to_you)
    fields["answered_by"] = frozenset(row.answered_by or ())
    fields["languages"] = frozenset(row.languages or ())
    fields["languages_read"] = frozenset(row.languages_read or ())
    fields["languages_any"] = fields["languages"] | fields["languages_read"]
    fields["many_languages"] = _three(row.many_languages)
    return Candidate(organization.id, row.key, fields, contacts)


@lru_cache(maxsize=2)
def _findings(folder: Path, today: date, fingerprint: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for one in read_directory(folder, today)[1]:
        found.setdefault(Path(one.file).stem, []).append(f"{one.line}: {one.rule}: {one.message}")
    return {name: tuple(texts) for name, texts in found.items()}


def directory_findings(folder: Path, today: date) -> Mapping[str, tuple[str, ...]]:
    """For each organisation what `voordeur directory check` says of its file today, as "line: rule: message"."""
    return _findings(folder, today, edition())
