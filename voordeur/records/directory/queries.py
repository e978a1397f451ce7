"""Reading the directory: plain values for matching and for pages, kept in memory until the directory changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from voordeur import vocabulary as v
from voordeur.records.directory.entry_files import read_directory
from voordeur.records.directory.models import Asking, Channel, Edition, Organization, OwnWord, Service
from voordeur.records.directory.own_words import Word, is_newer, said_from
from voordeur.rules.matching import Candidate, Contact, Index
from voordeur.rules.opening import parse_hours

_CODES = "abcdefghjkmnpqrstuvwxyz23456789"
_SAID = ("summary", "wait_time", "takes_people", "hours")
OWN_WORD = "the organisation itself"
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
    #: Said by the organisation itself and checked by a steward, not found in a source.
    is_own: bool = False


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
    """A service as a page shows it. None means not known.

    `summary` and `takes_people` come from the organisation's own word only; `sources` by kind of fact: summary,
    wait_time, takes_people.
    """

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
    summary: Mapping[str, str] | None
    takes_people: bool | None
    sources: Mapping[str, FactSource]


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
    #: What they say they know about: “violence”, “context” or “group”, its code, and since which year.
    knowledge: tuple[tuple[str, str, int | None], ...] = ()
    #: Answers to what somebody wants to know first, by question (entry_files.WHAT_IF), each with its source.
    what_if: Mapping[str, tuple[Mapping[str, str], FactSource | None]] = field(default_factory=dict)
    knowledge_source: FactSource | None = None
    #: They were asked on this day whether the entry is right, and gave no answer.
    silent_since: date | None = None

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
    """The fingerprint of the directory that is loaded now, with what else pages show of it; empty when none is."""
    files = Edition.objects.values_list("content_hash", flat=True).first() or ""
    words = list(_in_force().values_list("organization", "service", *_SAID, "proposed_on"))
    silent = list(_silent())
    if not files or not (words or silent):
        return files
    written = json.dumps([files, words, silent], ensure_ascii=False, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def current_directory() -> Directory:
    """The directory as it is loaded now; built once for each edition and kept in memory."""
    return _directory(edition())


@lru_cache(maxsize=2)
def _directory(fingerprint: str) -> Directory:
    organizations: dict[str, OrganizationView] = {}
    candidates = []
    words = {(one.organization, one.service): one for one in map(_word, _in_force())}
    silent = dict(_silent())
    for row in Organization.objects.prefetch_related("services__channels", "sources__facts").order_by("id"):
        view = organizations[row.id] = _organization(row, words, silent.get(row.id))
        for service, shown in zip(row.services.all(), view.services, strict=True):
            candidates.append(_candidate(row, service, shown))
    by_code = {one.code: one.id for one in organizations.values()}
    return Directory(fingerprint, Index(candidates), organizations, by_code)


def _silent() -> QuerySet[Asking, tuple[str, date]]:
    return Asking.objects.filter(is_silent=True).order_by("organization").values_list("organization", "asked_on")


def _organization(
    row: Organization, words: Mapping[tuple[str, str], Word], silent_since: date | None
) -> OrganizationView:
    by_path: dict[str, FactSource] = {}
    sources = []
    for source in row.sources.all():
        view = FactSource(source.title, source.locator, source.url, source.date, v.Confidence(source.confidence))
        facts = list(source.facts.all())
        if facts:
            sources.append(view)
        by_path.update((fact.path, view) for fact in facts)
    services = tuple(_service(one, by_path, words.get((row.id, one.key))) for one in row.services.all())
    sources += _own_sources(services)
    only = services[0] if len(services) == 1 else None
    return OrganizationView(
        id=row.id,
        code=short_code(row.id),
        name=row.name,
        alternate_name=tuple(row.alternate_name),
        kind=row.kind,
        status=v.Status(row.status),
        website=row.website,
        summary=row.summary if only is None or only.summary is None else only.summary,
        description=row.description,
        what_happens=row.what_happens,
        not_for=row.not_for,
        services=services,
        sources=tuple(sources),
        knowledge=tuple((one["about"], one["code"], one.get("since")) for one in row.knowledge),
        what_if={key: (text, by_path.get(key)) for key, text in row.what_if.items()},
        knowledge_source=by_path.get("knowledge"),
        silent_since=silent_since,
    )


def _own_sources(services: Iterable[ServiceView]) -> list[FactSource]:
    """The own words that are shown, each once, newest last."""
    shown = [source for one in services for source in one.sources.values()]
    shown += [source for one in services for channel in one.channels for source in channel.sources.values()]
    own = dict.fromkeys(source for source in shown if source.is_own)
    return sorted(own, key=lambda source: (source.date or "", source.confidence))


def _own_source(word: Word, confidence: v.Confidence) -> FactSource:
    return FactSource(OWN_WORD, None, None, word.proposed_on.isoformat(), confidence, is_own=True)


def _counts(word: Word | None, before: FactSource | None) -> bool:
    """Whether an own word counts instead of what the files say: the newer one does, and the word when in doubt."""
    return word is not None and not (before is not None and is_newer(before.date, word.proposed_on))


def _tuple(value: Any) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)


def _channel(
    row: Service, one: Channel, by_path: Mapping[str, FactSource], place: int, word: Word | None
) -> ChannelView:
    path = f"services.{row.position}.channels.{place}"
    kinds = ("kind", "value", "cost", "hours")
    sources = {kind: by_path[f"{path}.{kind}"] for kind in kinds if f"{path}.{kind}" in by_path}
    hours, note = one.hours, one.hours_note
    if word is not None and _counts(word, sources.get("hours")):
        own = word.hours_of(one.kind, one.value)
        if own is not None:
            hours, note, sources["hours"] = own, None, _own_source(word, v.Confidence.HIGH)
    return ChannelView(
        contact=Contact(
            v.ChannelKind(one.kind),
            one.value,
            v.Cost(one.cost) if one.cost else None,
            parse_hours(hours) if hours else None,
        ),
        hours_text=hours,
        hours_note=note,
        anonymous=row.anonymous if one.anonymous is None else one.anonymous,
        languages=_tuple(one.languages) or _tuple(row.languages),
        sources=sources,
    )


def _service(row: Service, by_path: Mapping[str, FactSource], word: Word | None) -> ServiceView:
    wait_time, summary, takes_people = row.wait_time, None, None
    in_file = by_path.get(f"services.{row.position}.waiting_time")
    sources = {"wait_time": in_file} if in_file is not None else {}
    if word is not None:
        said, known = word.said, _own_source(word, v.Confidence.HIGH)
        if said.wait_time is not None and _counts(word, in_file):
            wait_time, sources["wait_time"] = said.wait_time, known
        if said.summary is not None and _counts(word, by_path.get("summary")):
            # What somebody says of what they do themselves is a word of their own, not a fact that was looked up.
            summary, sources["summary"] = said.summary, _own_source(word, v.Confidence.MEDIUM)
        if said.takes_people is not None:
            takes_people, sources["takes_people"] = said.takes_people, known
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
        wait_time=wait_time,
        channels=tuple(_channel(row, one, by_path, place, word) for place, one in enumerate(row.channels.all())),
        summary=summary,
        takes_people=takes_people,
        sources=sources,
    )


def _three(value: bool | None) -> frozenset[str]:
    return frozenset({"unknown" if value is None else "yes" if value else "no"})


def _candidate(organization: Organization, row: Service, shown: ServiceView) -> Candidate:
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
    fields["takes_people"] = _three(shown.takes_people)
    return Candidate(organization.id, row.key, fields, tuple(one.contact for one in shown.channels))


@lru_cache(maxsize=2)
def _findings(folder: Path, today: date, fingerprint: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for one in read_directory(folder, today)[1]:
        found.setdefault(Path(one.file).stem, []).append(f"{one.line}: {one.rule}: {one.message}")
    return {name: tuple(texts) for name, texts in found.items()}


def directory_findings(folder: Path, today: date) -> Mapping[str, tuple[str, ...]]:
    """For each organisation what `voordeur directory check` says of its file today, as "line: rule: message"."""
    return _findings(folder, today, edition())


def _in_force() -> QuerySet[OwnWord]:
    """Every own word that counts, oldest first: of two about one service the newest is read last."""
    return OwnWord.objects.filter(state=v.WordState.IN_FORCE).order_by("proposed_on", "pk")


def _word(row: OwnWord) -> Word:
    return Word(
        row.pk,
        row.organization,
        row.service,
        v.WordState(row.state),
        said_from({name: getattr(row, name) for name in _SAID}),
        row.proposed_on,
        row.decided_on,
        row.reason,
    )


def own_word(word: int) -> Word | None:
    """The own word with this number."""
    row = OwnWord.objects.filter(pk=word).first()
    return None if row is None else _word(row)


def own_words(organization: str) -> tuple[Word, ...]:
    """Every own word of an organisation, newest first: what waits, what counts, what was refused."""
    rows = OwnWord.objects.filter(organization=organization).order_by("service", "-proposed_on", "-pk")
    return tuple(_word(one) for one in rows)


def standing_words() -> tuple[Word, ...]:
    """Every own word that waits or counts, oldest first, also of what is no longer in the directory."""
    rows = OwnWord.objects.exclude(state=v.WordState.REFUSED).order_by("proposed_on", "pk")
    return tuple(map(_word, rows))
