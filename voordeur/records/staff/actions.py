"""Changing logins, teams, duty, desk sessions and the trail: verbs, each in one transaction."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction

from voordeur import vocabulary as v
from voordeur.records.staff.models import AuditHead, AuditLine, DeskSession, Duty, Membership, Staff, Team
from voordeur.records.staff.trail import START, chain_of, mark_of, opened_line, sealed_line
from voordeur.rules.opening import AMSTERDAM
from voordeur.secrecy.keyring import ServerKey

NAME = re.compile(r"[a-z][a-z0-9.-]{1,39}")
SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")
#: Signs that are not taken for one another when they are read aloud; 20 of them are 97 bits (log2 29 = 4.86).
SIGNS = "abcdefghjkmnpqrstuvwxyz346789"
ONCE_LASTS = timedelta(days=7)
KEPT_AFTER_OFF = timedelta(days=30)
DUTY_KEPT = timedelta(days=1)
TRAIL_KEPT = timedelta(days=365)
KEY_BYTES, SALT_BYTES, MOST_SEALED = 32, 16, 4096


class NameNotAllowed(ValueError):
    """A name that cannot be used or is taken; the message says what is expected."""


class OrganizationTaken(NameNotAllowed):
    """This organisation has a team already; the message says which organisation."""


class KeyNotUsable(ValueError):
    """A key, salt or number of rounds has a size that cannot be; the message says which."""


@dataclass(frozen=True, slots=True)
class NewLogin:
    """A login and the passphrase for its first sign-in, which is shown once and kept only as a hash."""

    staff: Staff
    passphrase: str = field(repr=False)


def _day(moment: datetime) -> date:
    return moment.astimezone(AMSTERDAM).date()


def _once() -> str:
    signs = "".join(secrets.choice(SIGNS) for _ in range(20))
    return "-".join(signs[place : place + 5] for place in range(0, 20, 5))


def add_staff(*, name: str, shown_name: str, languages: Sequence[str], moment: datetime) -> NewLogin:
    """A new login with a passphrase for the first sign-in, good for seven days. Raises NameNotAllowed."""
    if not NAME.fullmatch(name):
        raise NameNotAllowed("a login name of 2 to 40 small letters, digits, dots and hyphens is expected")
    if not shown_name.strip() or len(shown_name) > 60 or not shown_name.isprintable():
        raise NameNotAllowed("a shown name of 1 to 60 signs is expected")
    if unknown := [one for one in languages if one not in v.LANGUAGES]:
        raise NameNotAllowed(f"“{unknown[0]}” is not a code of a language that is known")
    phrase = _once()
    staff = Staff(
        name=name,
        shown_name=shown_name.strip(),
        languages=list(dict.fromkeys(languages)),
        made_on=_day(moment),
        once_until=moment + ONCE_LASTS,
    )
    staff.set_password(phrase)
    try:
        with transaction.atomic():
            staff.save(force_insert=True)
    except IntegrityError as taken:
        raise NameNotAllowed(f"there is already a login “{name}”") from taken
    return NewLogin(staff, phrase)


def set_passphrase(*, staff: Staff, passphrase: str) -> None:
    """The professional's own passphrase instead of the one before; every session ends.

    Whether the passphrase is strong enough is asked of the person who types it (faces).
    """
    with transaction.atomic():
        staff.set_password(passphrase)
        staff.once_until = None
        staff.save(update_fields=["password", "once_until"])
        DeskSession.objects.filter(staff=staff).delete()


def reset_staff(*, staff: Staff, moment: datetime) -> NewLogin:
    """A new passphrase for a first sign-in; second factors and sessions are gone, and the login is on again.

    The key stays as the browser sealed it: who lost the key phrase too does not get it back by this.
    """
    phrase = _once()
    with transaction.atomic():
        staff.set_password(phrase)
        staff.once_until = moment + ONCE_LASTS
        staff.is_active, staff.off_on = True, None
        staff.save(update_fields=["password", "once_until", "is_active", "off_on"])
        Authenticator.objects.filter(user=staff).delete()
        _leave(staff)
    return NewLogin(staff, phrase)


def switch_off(*, staff: Staff, moment: datetime) -> int:
    """Nobody signs in with this login any more; gives how many sessions ended. Off duty, and team keys taken back.

    Who once held a team's key may have kept it: the team's key should be renewed (`set_team_key`).
    """
    with transaction.atomic():
        staff.is_active = False
        staff.off_on = staff.off_on or _day(moment)
        staff.set_unusable_password()
        staff.save(update_fields=["is_active", "off_on", "password"])
        Authenticator.objects.filter(user=staff).delete()
        Membership.objects.filter(staff=staff).update(sealed_team_key=None)
        return _leave(staff)


def forget_factor_use(*, staff: Staff) -> None:
    """When a second factor was last used is kept nowhere but on the trail."""
    with transaction.atomic():
        Authenticator.objects.filter(user=staff).update(last_used_at=None)


def remove_factor(*, staff: Staff, factor_id: int) -> bool:
    """Take one second factor away, and end every session; False when it is not this person's or is the last one."""
    with transaction.atomic():
        kept = (
            Authenticator.objects.select_for_update().filter(user=staff).exclude(type=Authenticator.Type.RECOVERY_CODES)
        )
        if len(kept) < 2 or factor_id not in {one.pk for one in kept}:
            return False
        Authenticator.objects.filter(user=staff, pk=factor_id).delete()
        DeskSession.objects.filter(staff=staff).delete()
        return True


def end_sessions_of(*, staff: Staff) -> int:
    """Every session of this professional ends; gives how many."""
    with transaction.atomic():
        return DeskSession.objects.filter(staff=staff).delete()[0]


def _leave(staff: Staff) -> int:
    Duty.objects.filter(staff=staff).delete()
    return DeskSession.objects.filter(staff=staff).delete()[0]


def add_team(*, slug: str, name: str, recovery: v.Recovery = v.Recovery.NONE, organization: str = "") -> Team:
    """A new team, still without a key; a partner's with the id of its `organization`. Raises NameNotAllowed.

    One organisation has one team, so that what a visitor agrees to goes to the same people whoever makes teams later;
    a second one raises OrganizationTaken.
    """
    if not SLUG.fullmatch(slug):
        raise NameNotAllowed("a team's code of 2 to 40 small letters, digits and hyphens is expected")
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise NameNotAllowed("a team's name of 1 to 80 signs is expected")
    try:
        with transaction.atomic():
            if organization and Team.objects.filter(organization=organization).exists():
                raise OrganizationTaken(f"there is already a team of “{organization}”")
            return Team.objects.create(slug=slug, name=name.strip(), recovery=recovery.value, organization=organization)
    except IntegrityError as taken:
        raise NameNotAllowed(f"there is already a team “{slug}”") from taken


def add_member(*, staff: Staff, team: Team, role: v.StaffRole, moment: datetime, capacity: int = 3) -> Membership:
    """This role in this team; one that is there stays as it is. A team key held in another role comes along."""
    with transaction.atomic():
        held = Membership.objects.filter(staff=staff, team=team, sealed_team_key__isnull=False).first()
        made, _ = Membership.objects.get_or_create(
            staff=staff,
            team=team,
            role=role.value,
            defaults={
                "capacity": capacity,
                "added_on": _day(moment),
                "sealed_team_key": held.sealed_team_key if held else None,
            },
        )
        return made


def remove_member(*, staff: Staff, team: Team, role: v.StaffRole) -> None:
    """Take this role away; without any role left in the team the duty there ends too."""
    with transaction.atomic():
        Membership.objects.filter(staff=staff, team=team, role=role.value).delete()
        if not Membership.objects.filter(staff=staff, team=team).exists():
            Duty.objects.filter(staff=staff, team=team).delete()


def set_capacity(*, staff: Staff, team: Team, capacity: int) -> None:
    """How many conversations this person holds at once for this team, in every role there."""
    with transaction.atomic():
        Membership.objects.filter(staff=staff, team=team).update(capacity=max(0, min(capacity, 50)))


def set_key(
    *, staff: Staff, public_key: bytes, sealed_private_key: bytes, phrase_salt: bytes, phrase_rounds: int
) -> None:
    """The key pair that this person's browser made, the private half sealed there with the key phrase.

    Another public key than before: what was sealed to the old one is of no use any more, so team keys must be given
    anew. The same public key: only the key phrase changed. Raises KeyNotUsable.
    """
    if len(public_key) != KEY_BYTES:
        raise KeyNotUsable("a public key of 32 bytes is expected")
    if not KEY_BYTES < len(sealed_private_key) <= MOST_SEALED:
        raise KeyNotUsable("a sealed private key of more than 32 and at most 4096 bytes is expected")
    if not SALT_BYTES <= len(phrase_salt) <= 64:
        raise KeyNotUsable("a salt of 16 to 64 bytes is expected")
    if not 1 <= phrase_rounds <= 10_000_000:
        raise KeyNotUsable("a number of rounds from 1 to 10,000,000 is expected")
    with transaction.atomic():
        now = Staff.objects.select_for_update().get(pk=staff.pk)
        if now.public_key is not None and bytes(now.public_key) != public_key:
            Membership.objects.filter(staff=staff).update(sealed_team_key=None)
        staff.public_key, staff.sealed_private_key = public_key, sealed_private_key
        staff.phrase_salt, staff.phrase_rounds = phrase_salt, phrase_rounds
        staff.save(update_fields=["public_key", "sealed_private_key", "phrase_salt", "phrase_rounds"])


def set_team_key(
    *, team: Team, public_key: bytes, recovery: v.Recovery, escrow_public_key: bytes | None = None
) -> None:
    """The team's public key and how it is recovered. A new key takes back what members hold of the old one.

    Raises KeyNotUsable.
    """
    if len(public_key) != KEY_BYTES or (escrow_public_key is not None and len(escrow_public_key) != KEY_BYTES):
        raise KeyNotUsable("a public key of 32 bytes is expected")
    if (recovery is v.Recovery.ESCROW) != (escrow_public_key is not None):
        raise KeyNotUsable("escrow needs the public key of who keeps it, and only escrow does")
    with transaction.atomic():
        now = Team.objects.select_for_update().get(pk=team.pk)
        if now.public_key is None or bytes(now.public_key) != public_key:
            Membership.objects.filter(team=team).update(sealed_team_key=None)
        team.public_key, team.recovery, team.escrow_public_key = public_key, recovery.value, escrow_public_key
        team.save(update_fields=["public_key", "recovery", "escrow_public_key"])


def give_team_key(*, staff: Staff, team: Team, sealed_team_key: bytes) -> None:
    """The team's private key, sealed to this member's public key by somebody who has it. Raises KeyNotUsable."""
    if not KEY_BYTES < len(sealed_team_key) <= MOST_SEALED:
        raise KeyNotUsable("a sealed key of more than 32 and at most 4096 bytes is expected")
    with transaction.atomic():
        given = Membership.objects.filter(staff=staff, team=team, staff__is_active=True)
        if not given.update(sealed_team_key=sealed_team_key):
            raise KeyNotUsable("only a member of the team can hold its key")


def go_on_duty(*, staff: Staff, team: Team, moment: datetime) -> bool:
    """At work for this team from now on; False, and nothing changes, for who has no role there."""
    with transaction.atomic():
        if not Membership.objects.filter(staff=staff, team=team, staff__is_active=True).exists():
            return False
        Duty.objects.update_or_create(staff=staff, team=team, defaults={"seen_at": moment})
        return True


def still_there(*, staff: Staff, moment: datetime) -> int:
    """A sign of life: every duty of this person counts again; gives how many there are."""
    with transaction.atomic():
        return Duty.objects.filter(staff=staff).update(seen_at=moment)


def go_off_duty(*, staff: Staff, team: Team | None = None) -> None:
    """Not at work for this team any more; without a team: for none."""
    with transaction.atomic():
        duties = Duty.objects.filter(staff=staff)
        (duties if team is None else duties.filter(team=team)).delete()


def keep_session(*, key_hash: str, staff_id: int | None, sealed: bytes, ends_at: datetime, must_be: bool) -> bool:
    """Write a desk session under the hash of its cookie: only if it is there already (`must_be`), or only if it is not.

    False when that was not so; nothing is written then.
    """
    values = {"staff_id": staff_id, "sealed": sealed, "ends_at": ends_at}
    with transaction.atomic():
        if must_be:
            return bool(DeskSession.objects.filter(key_hash=key_hash).update(**values))
        return DeskSession.objects.get_or_create(key_hash=key_hash, defaults=values)[1]


def end_session(*, key_hash: str) -> None:
    """This session is gone."""
    with transaction.atomic():
        DeskSession.objects.filter(key_hash=key_hash).delete()


def end_sessions(*, moment: datetime) -> int:
    """Every session past its end is gone; gives how many."""
    with transaction.atomic():
        return DeskSession.objects.filter(ends_at__lte=moment).delete()[0]


def note_audit(*, server_key: ServerKey, moment: datetime, who: str, what: str, about: str = "") -> int:
    """Write on the trail who did what, about which opaque reference; gives the line's number. Raises LineTooLong.

    Within the transaction that did it: no deed without its line. Two processes write one after the other: on SQLite
    the transaction holds the only pen from its start, on PostgreSQL the head's row is locked.
    """
    with transaction.atomic():
        head, is_sound = _locked_head(server_key)
        day = _day(moment)
        head.number += 1
        sealed = sealed_line(server_key, head.number, moment, day, {"who": who, "what": what, "about": about})
        head.chain = chain_of(bytes(head.chain), head.number, day, sealed)
        AuditLine.objects.create(number=head.number, day=day, sealed=sealed, chain=head.chain)
        _keep(server_key, head, is_sound=is_sound)
        return head.number


def _locked_head(server_key: ServerKey) -> tuple[AuditHead, bool]:
    """The end of the trail, and whether it is as this server wrote it.

    Somebody may have changed or removed it. Work goes on then, for people wait; but the end never gets a good mark
    again, or the next line would cover up what was done.
    """
    first = AuditHead(pk=1, number=0, chain=START, before_number=0, before_chain=START)
    new = {"number": 0, "chain": START, "before_chain": START, "mark": mark_of(server_key, first)}
    AuditHead.objects.get_or_create(pk=1, defaults=new)
    head = AuditHead.objects.select_for_update().get(pk=1)
    is_sound = secrets.compare_digest(bytes(head.mark), mark_of(server_key, head))
    last = AuditLine.objects.order_by("-number").values_list("number", flat=True).first() or 0
    if last > head.number:
        head.number, is_sound = last, False
    return head, is_sound


def _keep(server_key: ServerKey, head: AuditHead, *, is_sound: bool) -> None:
    head.mark = mark_of(server_key, head) if is_sound else b""
    head.save()


def forget_trail(*, server_key: ServerKey, moment: datetime) -> int:
    """Delete the lines of the trail older than a year; gives how many. The chain of the last of them is kept.

    Stops before the first line that is not as it was written: what was tampered with is not cleared away.
    """
    with transaction.atomic():
        head, is_sound = _locked_head(server_key)
        number, chain = head.before_number, bytes(head.before_chain)
        last_day = _day(moment - TRAIL_KEPT)
        for row in AuditLine.objects.order_by("number").iterator(chunk_size=500):
            follows = chain_of(chain, number + 1, row.day, bytes(row.sealed))
            is_whole = row.number == number + 1 and bytes(row.chain) == follows
            if row.day >= last_day or not is_whole or opened_line(server_key, row) is None:
                break
            number, chain = row.number, follows
        if number == head.before_number:
            return 0
        gone = AuditLine.objects.filter(number__lte=number).delete()[0]
        head.before_number, head.before_chain = number, chain
        _keep(server_key, head, is_sound=is_sound)
        return gone


def forget_staff(*, server_key: ServerKey, moment: datetime) -> int:
    """Delete what is past its time (rules/retention.py): sessions, duties, logins that are off, the oldest trail."""
    with transaction.atomic():
        gone = end_sessions(moment=moment)
        gone += Duty.objects.filter(seen_at__lt=moment - DUTY_KEPT).delete()[0]
        gone += Staff.objects.filter(is_active=False, off_on__lt=_day(moment - KEPT_AFTER_OFF)).delete()[0]
        return gone + forget_trail(server_key=server_key, moment=moment)
