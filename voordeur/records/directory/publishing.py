"""Changing an entry in the browser: draft, proposal, publishing and undoing, each a verb in one transaction.

What is published passes the same check as a file, is written by the same hand as a load of the files, and a running
door sees it as soon as it sees a load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from voordeur.records.directory.actions import content_hash, take_away, write_entry
from voordeur.records.directory.entry_files import Entry, check_data, check_entry
from voordeur.records.directory.fields import Data, Field, differences, put, without
from voordeur.records.directory.file_entries import FROM_FILES, WHOLE, next_number
from voordeur.records.directory.findings import DirectoryBroken, Finding
from voordeur.records.directory.merging import take
from voordeur.records.directory.models import Asking, Clash, EntryVersion, FileEntry, Organization
from voordeur.records.directory.own_words import checked_text
from voordeur.records.directory.parts import with_service, with_way, without_part
from voordeur.records.directory.versions import VersionState, fields_from
from voordeur.rules.opening import AMSTERDAM

LONGEST_REASON = 200


class VersionGone(Exception):
    """There is no such version, or it no longer stands where it stood."""


class ChangedMeanwhile(Exception):
    """The entry is not the one that was looked at: look again before it is published."""


class NothingChanged(ValueError):
    """There is no difference with what is published."""


class WaitsAlready(ValueError):
    """A proposal of this side waits already: it is decided or taken back first."""


def entry_now(organization: str) -> dict[str, Any] | None:
    """The entry as it is published now, in the structure of the files; None when there is none."""
    published = EntryVersion.objects.filter(organization=organization, state=VersionState.PUBLISHED)
    file = FileEntry.objects.filter(organization=organization)
    found = published.values_list("entry", flat=True).first() or file.values_list("entry", flat=True).first()
    return None if found is None else dict(found)


def fingerprint(organization: str) -> str:
    """What the entry that is published now is known by; empty when there is none."""
    return Organization.objects.filter(pk=organization).values_list("content_hash", flat=True).first() or ""


def checked(entry: Mapping[str, Any], today: date) -> Entry:
    """The entry when it passes the check of the files. Raises DirectoryBroken with what is wrong."""
    name = f"{entry.get('id')}.toml"
    found, findings = check_data(name, dict(entry), today)
    errors = [one for one in findings if one.severity == "error"]
    if found is None:
        raise DirectoryBroken(errors)
    same = Organization.objects.filter(name__iexact=str(entry["name"])).exclude(pk=found.id).first()
    if same is not None:
        said = f"the name is already that of {same.pk}"
        raise DirectoryBroken([Finding(name, 1, "duplicate-id", said, where=("name",))])
    return found


def day_of(moment: datetime) -> date:
    """The day in the Netherlands."""
    return moment.astimezone(AMSTERDAM).date()


def _drafts(organization: str, is_own: bool) -> Any:
    return EntryVersion.objects.filter(organization=organization, is_own=is_own, state=VersionState.DRAFT)


def _draft(organization: str, is_own: bool, moment: datetime) -> EntryVersion:
    row = _drafts(organization, is_own).select_for_update().first()
    if row is not None:
        follow(version=row.pk)
        return EntryVersion.objects.get(pk=row.pk)
    entry = entry_now(organization)
    if entry is None:
        raise VersionGone
    return EntryVersion.objects.create(
        organization=organization,
        number=next_number(organization),
        is_own=is_own,
        entry=entry,
        base=entry,
        base_hash=fingerprint(organization),
        made_on=day_of(moment),
    )


def _edit(organization: str, is_own: bool, moment: datetime, change: Callable[[Data], dict[str, Any]]) -> int:
    """This side's draft, begun when there is none, with this change in it; gives the version's number."""
    with transaction.atomic():
        row = _draft(organization, is_own, moment)
        row.entry = change(row.entry)
        checked(row.entry, day_of(moment))
        row.made_on = day_of(moment)
        row.save(update_fields=["entry", "made_on"])
        return int(row.pk)


def change_field(*, organization: str, field: Field, is_own: bool = False, moment: datetime) -> int:
    """Put one field into this side's draft, which is begun when there is none; gives the version's number.

    Raises VersionGone for an organisation that is not there, NoSuchField, and DirectoryBroken for a value that cannot
    stand.
    """
    return _edit(organization, is_own, moment, lambda entry: put(entry, field, make=True))


def remove_field(*, organization: str, path: str, is_own: bool = False, moment: datetime) -> int:
    """Take one field out of this side's draft: it is not known any more. Raises as `change_field`."""
    return _edit(organization, is_own, moment, lambda entry: without(entry, path))


def add_part(
    *,
    organization: str,
    service: str = "",
    values: Data,
    source_key: str,
    source: Data,
    is_own: bool = False,
    moment: datetime,
) -> int:
    """Put a new service into this side's draft, or a new way to be in touch with `service`; gives the version's number.

    Everything of it rests on one source. Raises as `change_field`.
    """

    def add(entry: Data) -> dict[str, Any]:
        if service:
            return with_way(entry, service, values, source_key, source)
        return with_service(entry, values, source_key, source)

    return _edit(organization, is_own, moment, add)


def remove_part(*, organization: str, service: str, way: str = "", is_own: bool = False, moment: datetime) -> int:
    """Take a service, or one way to be in touch with it, out of this side's draft. Raises as `change_field`."""
    return _edit(organization, is_own, moment, lambda entry: without_part(entry, service, way))


def change_all(*, organization: str, text: str, is_own: bool = False, moment: datetime) -> int:
    """Put a whole entry, written as a file, in the place of this side's draft; gives the version's number.

    Raises VersionGone, and DirectoryBroken with the lines that are wrong.
    """
    entry, findings = check_entry(f"{organization}.toml", text, day_of(moment))
    if entry is None:
        raise DirectoryBroken(one for one in findings if one.severity == "error")
    with transaction.atomic():
        row = _draft(organization, is_own, moment)
        row.entry = dict(checked(entry.data, day_of(moment)).data)
        row.made_on = day_of(moment)
        row.save(update_fields=["entry", "made_on"])
        return int(row.pk)


def choose(*, clash: int, takes_file: bool, moment: datetime) -> int | None:
    """A steward chose between the files and the browser: what the files say goes into the steward's draft, or nothing.

    Gives the draft's number, None when what is published stays. Raises VersionGone and DirectoryBroken.
    """
    with transaction.atomic():
        row = Clash.objects.select_for_update().filter(pk=clash).first()
        if row is None or (takes_file and row.path == WHOLE):
            raise VersionGone
        row.delete()
        if not takes_file:
            return None
        draft = _draft(row.organization, False, moment)
        file, published = fields_from(row.file), fields_from(row.published)
        draft.entry = take(draft.entry, file, [one.path for one in (*file, *published)])
        checked(draft.entry, day_of(moment))
        draft.save(update_fields=["entry"])
        return int(draft.pk)


def leave_out(*, organization: str, moment: datetime) -> None:
    """The organisation is not shown any more: its file is gone, and a steward agrees. Its history stays.

    Raises VersionGone when its file is there.
    """
    with transaction.atomic():
        clash = Clash.objects.filter(organization=organization, path=WHOLE)
        rows = EntryVersion.objects.filter(organization=organization, state=VersionState.PUBLISHED)
        if not clash.exists() or not rows.update(state=VersionState.UNDONE.value):
            raise VersionGone
        Clash.objects.filter(organization=organization).delete()
        take_away(organization=organization, moment=moment)


def ask(*, organization: str, moment: datetime) -> None:
    """The organisation was asked today to look at its entry. Raises VersionGone."""
    if not Organization.objects.filter(pk=organization).exists():
        raise VersionGone
    Asking.objects.update_or_create(
        organization=organization, defaults={"asked_on": day_of(moment), "is_silent": False}
    )


def hear_nothing(*, organization: str) -> None:
    """It gave no answer; visitors read so until something is published. Raises VersionGone when it was not asked."""
    if not Asking.objects.filter(organization=organization, is_silent=False).update(is_silent=True):
        raise VersionGone


def hear_back(*, organization: str) -> None:
    """It answered after all. Raises VersionGone when it was not asked."""
    if not Asking.objects.filter(organization=organization).delete()[0]:
        raise VersionGone


def followed(now: Data, base: Data, entry: Data) -> dict[str, Any]:
    """What `follow` makes of an entry that was begun from `base`, when `now` is published."""
    own = differences(base, entry)
    return take(now, [one.after for one in own], [one.path for one in own])


def follow(*, version: int) -> None:
    """A draft or proposal takes along what was published since it was begun; its own changes stay. Raises VersionGone.

    Where both changed one field, that of the draft stays: it is seen in the comparison.
    """
    with transaction.atomic():
        row = _locked(version, VersionState.DRAFT, VersionState.PROPOSED)
        now = entry_now(row.organization)
        if now is None or row.base is None:
            raise VersionGone
        if row.base_hash == fingerprint(row.organization):
            return
        row.entry = followed(now, row.base, row.entry)
        row.base, row.base_hash = now, fingerprint(row.organization)
        row.save(update_fields=["entry", "base", "base_hash"])


def take_back(*, version: int, path: str, moment: datetime) -> None:
    """One change goes out of a draft, the others stay: that of a field, or all of a service or a way to be in touch.

    What is not changed there (any more) stays as it is. Raises VersionGone, and DirectoryBroken when what is left
    cannot stand.
    """
    with transaction.atomic():
        row = _locked(version, VersionState.DRAFT)
        if row.base is None:
            raise VersionGone
        own = differences(row.base, row.entry)
        left = [one for one in own if not f"{one.path}.".startswith(f"{path}.")]
        if len(left) == len(own):
            return
        row.entry = take(row.base, [one.after for one in left], [one.path for one in left])
        checked(row.entry, day_of(moment))
        row.made_on = day_of(moment)
        row.save(update_fields=["entry", "made_on"])


def discard(*, version: int) -> None:
    """A draft or a proposal is thrown away. Raises VersionGone."""
    waiting = (VersionState.DRAFT, VersionState.PROPOSED)
    with transaction.atomic():
        if not EntryVersion.objects.filter(pk=version, state__in=waiting).delete()[0]:
            raise VersionGone


def propose(*, version: int, reason: str, moment: datetime) -> None:
    """A draft is laid before a steward. Raises VersionGone, NothingChanged, WaitsAlready and SaidWrongly."""
    reason = checked_text(reason, LONGEST_REASON)
    with transaction.atomic():
        row = _locked(version, VersionState.DRAFT)
        if not differences(entry_now(row.organization) or {"sources": {}}, row.entry):
            raise NothingChanged("there is no difference with what is published")
        row.state, row.reason, row.made_on = VersionState.PROPOSED.value, reason, day_of(moment)
        try:
            with transaction.atomic():
                row.save(update_fields=["state", "reason", "made_on"])
        except IntegrityError as taken:
            raise WaitsAlready("a proposal waits already") from taken


def refuse(*, version: int, reason: str, moment: datetime) -> None:
    """A proposal is not published; who proposed it reads why. Raises VersionGone and SaidWrongly."""
    reason = checked_text(reason, LONGEST_REASON)
    with transaction.atomic():
        row = _locked(version, VersionState.PROPOSED)
        row.state, row.reason, row.base = VersionState.REFUSED.value, reason, None
        row.made_on = day_of(moment)
        row.save(update_fields=["state", "reason", "base", "made_on"])


def publish(*, version: int, seen: str, reason: str, moment: datetime) -> None:
    """From now on visitors see this version. `seen` is the fingerprint of what it was compared with.

    A version that was begun from something older must `follow` first: else it would take back what came since.
    Raises VersionGone, NothingChanged, ChangedMeanwhile, SaidWrongly, and DirectoryBroken when it does not pass the
    check of the files.
    """
    reason = checked_text(reason, LONGEST_REASON)
    with transaction.atomic():
        row = _locked(version, VersionState.DRAFT, VersionState.PROPOSED)
        before = entry_now(row.organization)
        if before is None:
            raise VersionGone
        if fingerprint(row.organization) != seen or row.base_hash != seen:
            raise ChangedMeanwhile
        if not differences(before, row.entry):
            raise NothingChanged("there is no difference with what is published")
        _keep_before(row.organization, before, moment)
        row.number = next_number(row.organization)
        row.state, row.reason, row.base = VersionState.PUBLISHED.value, reason, None
        row.made_on = day_of(moment)
        _stand(row, moment)


def undo(*, organization: str, seen: str, reason: str, moment: datetime) -> None:
    """What was published last is taken back, and the version before it stands again.

    Raises VersionGone when there is none before it, and ChangedMeanwhile, SaidWrongly, DirectoryBroken.
    """
    reason = checked_text(reason, LONGEST_REASON)
    with transaction.atomic():
        rows = EntryVersion.objects.select_for_update().filter(organization=organization)
        now = rows.filter(state=VersionState.PUBLISHED).first()
        before = rows.filter(state=VersionState.FORMER).order_by("-number").first()
        if now is None or before is None:
            raise VersionGone
        if fingerprint(organization) != seen:
            raise ChangedMeanwhile
        now.state, now.reason = VersionState.UNDONE.value, reason
        now.save(update_fields=["state", "reason"])
        before.state = VersionState.PUBLISHED.value
        _stand(before, moment)


def _locked(version: int, *states: VersionState) -> EntryVersion:
    row = EntryVersion.objects.select_for_update().filter(pk=version, state__in=states).first()
    if row is None:
        raise VersionGone
    return row


def _keep_before(organization: str, entry: Mapping[str, Any], moment: datetime) -> None:
    """What stands becomes a former version; what came from the files is written down as the first of the history."""
    rows = EntryVersion.objects.filter(organization=organization, state=VersionState.PUBLISHED)
    if rows.update(state=VersionState.FORMER.value):
        return
    EntryVersion.objects.create(
        organization=organization,
        number=next_number(organization),
        state=VersionState.FORMER.value,
        entry=dict(entry),
        made_on=day_of(moment),
        reason=FROM_FILES,
    )


def _stand(row: EntryVersion, moment: datetime) -> None:
    entry = checked(row.entry, day_of(moment))
    row.save()
    Asking.objects.filter(organization=entry.id).delete()
    write_entry(entry=entry, fingerprint=content_hash(entry), moment=moment)
