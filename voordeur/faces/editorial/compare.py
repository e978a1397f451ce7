"""A version beside what is published, field by field; proposing, publishing and undoing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from voordeur.faces.editorial.entry import reason_of
from voordeur.faces.editorial.keeper import READ, SEND, AskedWrongly, Keeper, NotHere, kept, on_to, show
from voordeur.faces.editorial.overview import BY_ITSELF, BY_STEWARD, STATES
from voordeur.faces.editorial.shown import as_it_would_be, is_behind, shown_changes
from voordeur.faces.entry_words import text_in
from voordeur.faces.language import N_
from voordeur.records.directory import history, publishing
from voordeur.records.directory.fields import Change, differences
from voordeur.records.directory.publishing import entry_now, fingerprint
from voordeur.records.directory.versions import Version, VersionState


def _theirs(who: Keeper, version: int) -> Version:
    """The version, for who may see it: a steward the own ones and what is proposed, an organisation its own.

    Raises NotHere.
    """
    one = history.version_by_id(version)
    if one is None:
        raise NotHere
    is_of_own_side = one.is_own and one.organization in who.organizations
    is_draft_of_others = one.is_own and one.state is VersionState.DRAFT
    if not is_of_own_side and (not who.is_steward or is_draft_of_others):
        raise NotHere
    return one


@kept(*READ)
def version(who: Keeper, version: int) -> HttpResponse:
    """What this version changes. What was published since it was begun is shown; taken along it is by `decide`."""
    one = _theirs(who, version)
    now = entry_now(one.organization)
    if now is None:
        raise NotHere
    is_open = one.state in (VersionState.DRAFT, VersionState.PROPOSED)
    behind = is_open and is_behind(one)
    entry = as_it_would_be(one, now) if is_open else one.entry
    # A version that is not waiting is shown beside the one before it.
    before = now if is_open else _before(one)
    changes = differences(before or entry, entry)
    return show(
        who,
        "version.html",
        one=one,
        name=one.entry["name"],
        state=who.words(STATES[one.state]),
        day=who.day(one.made_on),
        by=who.words(BY_ITSELF if one.is_own else BY_STEWARD) if is_open else "",
        why=reason_of(who, one),
        changes=shown_changes(who, changes, before or entry, entry),
        is_open=is_open,
        is_first=before is None,
        meanwhile=_meanwhile(who, one, now, changes) if behind else None,
        without_way=_without_way(who, entry) if is_open and _may_change(who, one) else [],
        may_change=is_open and _may_change(who, one),
        may_publish=is_open and _may_publish(who, one),
        may_propose=one.state is VersionState.DRAFT and one.is_own and one.organization in who.organizations,
        may_discard=is_open and _may_discard(who, one),
        may_refuse=one.state is VersionState.PROPOSED and _may_publish(who, one),
        may_follow=behind and (_may_publish(who, one) or _may_discard(who, one)),
        waits_for_steward=one.state is VersionState.PROPOSED and not _may_publish(who, one),
        seen=fingerprint(one.organization),
    )


def _meanwhile(who: Keeper, one: Version, now: dict[str, Any], own: tuple[Change, ...]) -> list[tuple[str, bool]]:
    """What was published since this version was begun: what people call it, and whether this version changes it too."""
    mine, base, found = {each.path for each in own}, one.base or now, []
    for group in shown_changes(who, differences(base, now), base, now):
        before = f"{group.title}: " if group.title else ""
        if group.note:
            found.append((before + group.note, False))
        else:
            found += [(before + each.name, each.path in mine) for each in group.changes]
    return found


def _without_way(who: Keeper, entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Services with which nobody can be in touch yet: id and name."""
    return [(one["id"], text_in(one["name"], who.language)) for one in entry["services"] if not one.get("channels")]


def _may_change(who: Keeper, one: Version) -> bool:
    """Whether it is a draft in which this person's forms write."""
    return one.state is VersionState.DRAFT and one.is_own is not who.is_steward


def _before(one: Version) -> dict[str, object] | None:
    rows = [row for row in history.versions_of(one.organization) if row.number < one.number]
    shown = (VersionState.PUBLISHED, VersionState.FORMER, VersionState.UNDONE)
    found = next((row for row in rows if row.state in shown), None)
    return dict(found.entry) if found else None


def _may_publish(who: Keeper, one: Version) -> bool:
    """A steward's own draft, or a proposal of an organisation to which this steward does not belong."""
    if not who.is_steward:
        return False
    if one.is_own:
        return one.state is VersionState.PROPOSED and one.organization not in who.organizations
    return True


def _may_discard(who: Keeper, one: Version) -> bool:
    return (one.organization in who.organizations) if one.is_own else who.is_steward


@kept(*SEND)
def decide(who: Keeper, version: int) -> HttpResponse:
    """Publish, propose, refuse, throw away or bring up to date a version, or take one change back out of a draft."""
    one = _theirs(who, version)
    what = who.sent("decision", 20)
    if what == "publish" and _may_publish(who, one):
        with who.deed("entry published", f"{one.organization}:{one.number}"):
            publishing.publish(version=one.id, seen=who.sent("seen", 64), reason=who.sent("reason"), moment=who.moment)
        return on_to(f"/version/{one.id}")
    if what == "propose" and one.is_own and one.organization in who.organizations:
        with who.deed("entry version proposed", f"{one.organization}:{one.number}"):
            publishing.propose(version=one.id, reason=who.sent("reason"), moment=who.moment)
        return on_to(f"/version/{one.id}")
    if what == "refuse" and _may_publish(who, one):
        with who.deed("entry version refused", f"{one.organization}:{one.number}"):
            publishing.refuse(version=one.id, reason=who.sent("reason"), moment=who.moment)
        return on_to("")
    if what == "discard" and _may_discard(who, one):
        with who.deed("entry version thrown away", f"{one.organization}:{one.number}"):
            publishing.discard(version=one.id)
        return on_to(f"/o/{one.organization}")
    if what == "follow" and (_may_publish(who, one) or _may_discard(who, one)):
        with who.deed("entry version brought up to date", f"{one.organization}:{one.number}"):
            publishing.follow(version=one.id)
        return on_to(f"/version/{one.id}")
    if what == "back" and _may_change(who, one):
        path = who.sent("change", 200)
        # The trail names what is in the draft, never what somebody typed; pressed twice, there is nothing to do.
        if any(f"{each.path}.".startswith(f"{path}.") for each in differences(one.base or one.entry, one.entry)):
            with who.deed("entry change taken back", f"{one.organization}:{path}"):
                publishing.take_back(version=one.id, path=path, moment=who.moment)
        return on_to(f"/version/{one.id}")
    if what not in ("publish", "propose", "refuse", "discard", "follow", "back"):
        raise AskedWrongly(who.words(N_("Choose what to do.")))
    raise NotHere


@kept(*SEND)
def undo(who: Keeper, organization: str) -> HttpResponse:
    """What was published last is taken back."""
    who.must_be_steward()
    who.entry(organization)
    with who.deed("entry publication undone", organization):
        publishing.undo(
            organization=organization, seen=who.sent("seen", 64), reason=who.sent("reason"), moment=who.moment
        )
    return on_to(f"/o/{organization}")
