"""Reading what is kept up in the browser: versions, corrections, what must be chosen, who was asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from voordeur.records.directory import models
from voordeur.records.directory.versions import (
    Asking,
    Clash,
    Correction,
    CorrectionState,
    Version,
    VersionState,
    fields_from,
)


def _version(row: models.EntryVersion) -> Version:
    return Version(
        row.pk,
        row.organization,
        row.number,
        VersionState(row.state),
        row.is_own,
        row.entry,
        row.base,
        row.base_hash,
        row.made_on,
        row.reason,
    )


def version_by_id(version: int) -> Version | None:
    """The version with this number of its row."""
    row = models.EntryVersion.objects.filter(pk=version).first()
    return None if row is None else _version(row)


def versions_of(organization: str) -> tuple[Version, ...]:
    """Every version of an entry, newest first."""
    return tuple(map(_version, models.EntryVersion.objects.filter(organization=organization).order_by("-number")))


def draft_of(organization: str, *, is_own: bool) -> Version | None:
    """The draft of this side, when there is one."""
    rows = models.EntryVersion.objects.filter(organization=organization, is_own=is_own, state=VersionState.DRAFT)
    row = rows.first()
    return None if row is None else _version(row)


def unfinished() -> tuple[Version, ...]:
    """Every draft and proposal, oldest first."""
    states = (VersionState.DRAFT, VersionState.PROPOSED)
    rows = models.EntryVersion.objects.filter(state__in=states).order_by("made_on", "pk")
    return tuple(map(_version, rows))


def published_entries(only: Collection[str] | None = None) -> Mapping[str, Mapping[str, Any]]:
    """The entry of every organisation, or of these only, that was published in the browser, by its id."""
    rows = models.EntryVersion.objects.filter(state=VersionState.PUBLISHED)
    rows = rows if only is None else rows.filter(organization__in=only)
    return {one.organization: one.entry for one in rows}


def file_entries(only: Collection[str] | None = None) -> Mapping[str, Mapping[str, Any]]:
    """What the files said of every organisation, or of these only, at the last load, by its id."""
    rows = models.FileEntry.objects.all() if only is None else models.FileEntry.objects.filter(organization__in=only)
    return dict(rows.values_list("organization", "entry"))


def standing_entries(only: Collection[str] | None = None) -> Mapping[str, Mapping[str, Any]]:
    """The entry of every organisation, or of these only, that visitors see now, by its id."""
    found = {**file_entries(only), **published_entries(only)}
    rows = models.Organization.objects.all() if only is None else models.Organization.objects.filter(id__in=only)
    shown = rows.values_list("id", flat=True)
    return {name: found[name] for name in shown if name in found}


def _correction(row: models.Correction) -> Correction:
    return Correction(
        row.pk,
        row.organization,
        row.path,
        row.said,
        row.source_told,
        CorrectionState(row.state),
        row.proposed_on,
        row.decided_on,
        row.reason,
    )


def correction_by_id(correction: int) -> Correction | None:
    """The correction with this number, when it still waits."""
    row = models.Correction.objects.filter(pk=correction, state=CorrectionState.WAITING).first()
    return None if row is None else _correction(row)


def waiting_corrections(organization: str = "") -> tuple[Correction, ...]:
    """Every correction that waits, oldest first; of one organisation when it is named."""
    rows = models.Correction.objects.filter(state=CorrectionState.WAITING)
    if organization:
        rows = rows.filter(organization=organization)
    return tuple(map(_correction, rows.order_by("proposed_on", "pk")))


def _clash(row: models.Clash) -> Clash:
    return Clash(
        row.pk,
        row.organization,
        row.path,
        fields_from(row.base),
        fields_from(row.file),
        fields_from(row.published),
        row.found_on,
    )


def clashes() -> tuple[Clash, ...]:
    """Everything that a steward must choose between the files and the browser."""
    return tuple(map(_clash, models.Clash.objects.all()))


def clash_by_id(clash: int) -> Clash | None:
    """What must be chosen, by its number."""
    row = models.Clash.objects.filter(pk=clash).first()
    return None if row is None else _clash(row)


def askings(only: Collection[str]) -> Mapping[str, Asking]:
    """Which of these organisations were asked to look at their entry, by id."""
    rows = models.Asking.objects.filter(organization__in=only)
    return {one.organization: Asking(one.organization, one.asked_on, one.is_silent) for one in rows}
