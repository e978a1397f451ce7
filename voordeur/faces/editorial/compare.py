"""A version beside what is published, field by field; proposing, publishing, refusing, throwing away and undoing."""

from __future__ import annotations

from django.http import HttpResponse

from voordeur.faces.editorial.entry import reason_of
from voordeur.faces.editorial.keeper import READ, SEND, AskedWrongly, Keeper, NotHere, kept, on_to, show
from voordeur.faces.editorial.overview import STATES
from voordeur.faces.editorial.shown import shown_changes
from voordeur.faces.language import N_
from voordeur.records.directory import history, publishing
from voordeur.records.directory.fields import differences
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
    """What this version changes."""
    one = _theirs(who, version)
    now = entry_now(one.organization)
    if now is None:
        raise NotHere
    is_open = one.state in (VersionState.DRAFT, VersionState.PROPOSED)
    if is_open and one.base_hash != fingerprint(one.organization):
        publishing.follow(version=one.id)
        one = _theirs(who, version)
    # A version that is not waiting is shown beside the one before it.
    before = now if is_open else _before(one)
    return show(
        who,
        "version.html",
        one=one,
        name=one.entry["name"],
        state=who.words(STATES[one.state]),
        day=who.day(one.made_on),
        why=reason_of(who, one),
        changes=shown_changes(who, differences(before or one.entry, one.entry), one.entry),
        is_open=is_open,
        is_first=before is None,
        may_publish=is_open and _may_publish(who, one),
        may_propose=one.state is VersionState.DRAFT and one.is_own and one.organization in who.organizations,
        may_discard=is_open and _may_discard(who, one),
        may_refuse=one.state is VersionState.PROPOSED and _may_publish(who, one),
        seen=fingerprint(one.organization),
    )


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
    """Publish, propose, refuse or throw away a version."""
    one = _theirs(who, version)
    what = who.sent("decision", 20)
    if what == "publish" and _may_publish(who, one):
        with who.deed("entry published", f"{one.organization}:{one.number}"):
            publishing.publish(version=one.id, seen=who.sent("seen", 64), reason=who.sent("reason"), moment=who.moment)
        return on_to(f"/o/{one.organization}")
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
    if what not in ("publish", "propose", "refuse", "discard"):
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
