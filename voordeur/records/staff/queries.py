"""Reading logins, teams, duty and the trail. "Missing" and "not yours" give the same answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator

from voordeur import vocabulary as v
from voordeur.records.staff.models import AuditHead, AuditLine, DeskSession, Duty
from voordeur.records.staff.models import Membership as Membership  # faces may name what queries give
from voordeur.records.staff.models import Staff as Staff
from voordeur.records.staff.models import Team as Team
from voordeur.records.staff.trail import START, Line, chain_of, mark_of, opened_line
from voordeur.secrecy.keyring import ServerKey

#: Somebody who gave no sign of life for longer than this is not there.
SEEN_WITHIN = timedelta(seconds=90)
_KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor: `kind` "totp" (an app with codes) or "webauthn" (a passkey, with its name)."""

    id: int
    kind: str
    name: str


def staff_by_name(name: str) -> Staff | None:
    """The login with this name, on or off."""
    return Staff.objects.filter(name=name.strip().lower()).first()


def staff_by_id(staff_id: int) -> Staff | None:
    """The login with this number, when it is on."""
    return Staff.objects.filter(pk=staff_id, is_active=True).first()


def all_staff() -> tuple[Staff, ...]:
    """Every login by name, with its roles; for the operator."""
    return tuple(Staff.objects.prefetch_related("memberships__team"))


def second_factors(staff: Staff) -> tuple[Factor, ...]:
    """The second factors of this login, oldest first; codes for when they are lost are none."""
    kept = Authenticator.objects.filter(user=staff, type__in=_KINDS).order_by("pk")
    return tuple(Factor(one.pk, str(one.type), str(one.data.get("name", ""))) for one in kept)


def has_second_factor(staff: Staff) -> bool:
    """Whether this login has a second factor."""
    return bool(Authenticator.objects.filter(user=staff, type__in=_KINDS).exists())


def team_by_slug(slug: str) -> Team | None:
    """The team with this code."""
    return Team.objects.filter(slug=slug).first()


def all_teams() -> tuple[Team, ...]:
    """Every team by its code."""
    return tuple(Team.objects.all())


def partner_teams() -> tuple[Team, ...]:
    """Every team of a partner, by organisation."""
    return tuple(Team.objects.exclude(organization="").order_by("organization", "slug"))


def memberships_of(staff: Staff) -> tuple[Membership, ...]:
    """Every role of this professional with its team; nothing for a login that is off."""
    return tuple(Membership.objects.filter(staff=staff, staff__is_active=True).select_related("team"))


def roles_in(staff: Staff, team_slug: str) -> frozenset[v.StaffRole]:
    """The roles of this professional in this team; none for another team, a team that is not there, a login off."""
    rows = Membership.objects.filter(staff=staff, staff__is_active=True, team__slug=team_slug)
    return frozenset(v.StaffRole(role) for role in rows.values_list("role", flat=True))


def team_for(staff: Staff, team_slug: str) -> Team | None:
    """This team, for somebody who has a role in it."""
    rows = Team.objects.filter(slug=team_slug, memberships__staff=staff, memberships__staff__is_active=True)
    return rows.distinct().first()


def members(team_slug: str) -> tuple[Membership, ...]:
    """Every role in this team of people whose login is on, with who they are."""
    rows = Membership.objects.filter(team__slug=team_slug, staff__is_active=True)
    return tuple(rows.select_related("staff", "team").order_by("staff__name", "role"))


def on_duty(team_slug: str, moment: datetime) -> tuple[Membership, ...]:
    """The roles in this team of who is at work for it and was seen less than 90 seconds before `moment`."""
    seen = Duty.objects.filter(team__slug=team_slug, seen_at__gt=moment - SEEN_WITHIN).values("staff_id")
    rows = Membership.objects.filter(team__slug=team_slug, staff__is_active=True, staff_id__in=seen)
    return tuple(rows.select_related("staff", "team").order_by("staff__name", "role"))


def duties_of(staff: Staff, moment: datetime) -> frozenset[str]:
    """The codes of the teams for which this professional is at work now."""
    rows = Duty.objects.filter(staff=staff, staff__is_active=True, seen_at__gt=moment - SEEN_WITHIN)
    return frozenset(rows.values_list("team__slug", flat=True))


def session_by_hash(key_hash: str, moment: datetime) -> bytes | None:
    """What is sealed in the desk session with this hash; None when it is not there or past its end."""
    row = DeskSession.objects.filter(key_hash=key_hash, ends_at__gt=moment).first()
    return None if row is None else bytes(row.sealed)


def has_session(key_hash: str) -> bool:
    """Whether this hash is taken."""
    return DeskSession.objects.filter(key_hash=key_hash).exists()


def audit_lines(server_key: ServerKey, *, last: int) -> tuple[Line | int, ...]:
    """The newest lines of the trail, oldest of them first; of a line that cannot be opened only its number."""
    rows = list(AuditLine.objects.order_by("-number")[: max(0, last)])
    return tuple(opened_line(server_key, row) or row.number for row in reversed(rows))


def audit_lines_of(server_key: ServerKey, numbers: Iterable[int]) -> tuple[Line, ...]:
    """The lines of the trail with these numbers that can be opened."""
    found = (opened_line(server_key, row) for row in AuditLine.objects.filter(number__in=list(numbers)))
    return tuple(one for one in found if one is not None)


def audit_end() -> tuple[int, bytes]:
    """Number and chain of the newest line, to be kept elsewhere and compared; (0, …) for an empty trail."""
    head = AuditHead.objects.filter(pk=1).first()
    return (0, START) if head is None else (head.number, bytes(head.chain))


def verify_audit(server_key: ServerKey) -> list[str]:
    """Every fault of the trail as a sentence; an empty list when it is whole (trail.py says what that means)."""
    head = AuditHead.objects.filter(pk=1).first()
    if head is None:
        return ["The end of the trail is missing, but there are lines."] if AuditLine.objects.exists() else []
    faults = list(_faults(server_key, head))
    if bytes(head.mark) != mark_of(server_key, head):
        faults.append("The end of the trail is not as this server wrote it, now or at an earlier line.")
    return faults


def _faults(server_key: ServerKey, head: AuditHead) -> Iterator[str]:
    number, chain = head.before_number, bytes(head.before_chain)
    for row in AuditLine.objects.order_by("number").iterator(chunk_size=1000):
        if row.number != number + 1:
            yield f"Lines are missing between {number} and {row.number}."
        elif bytes(row.chain) != chain_of(chain, row.number, row.day, bytes(row.sealed)):
            yield f"Line {row.number} does not follow from the line before it."
        if opened_line(server_key, row) is None:
            yield f"Line {row.number} was changed, or sealed with another key."
        number, chain = row.number, bytes(row.chain)
    if number != head.number:
        yield f"The trail ends at line {number}; line {head.number} was the last one written."
    elif chain != bytes(head.chain):
        yield f"Line {number} is not the last one that was written."
