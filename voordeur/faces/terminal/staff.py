"""`voordeur staff`, `team` and `audit`: logins of professionals, their teams, and the trail of what was done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import wraps

from voordeur.faces.language import AMSTERDAM
from voordeur.faces.server_key import server_key
from voordeur.faces.terminal.ground import CannotGoOn, directory_at_hand, migrate, moment_now
from voordeur.records.conversations.actions import give_back
from voordeur.records.handovers.partner import end_guest
from voordeur.records.staff import actions, queries
from voordeur.records.staff.queries import Staff, Team
from voordeur.vocabulary import Recovery, StaffRole

OPERATOR = "(operator)"  # no login can have this name
Verb = Callable[[argparse.Namespace], int]


def _ready(verb: Verb) -> Verb:
    """With its tables and the server's key; what is wrong with the key, or with a name, is one sentence."""

    @wraps(verb)
    def ready(given: argparse.Namespace) -> int:
        migrate()
        try:
            server_key()
        except ValueError as wrong:  # settings.env.SettingWrong: the roof's word, which a face does not import
            raise CannotGoOn(str(wrong)) from wrong
        try:
            return verb(given)
        except actions.NameNotAllowed as wrong:
            raise CannotGoOn(f"{str(wrong)[0].upper()}{str(wrong)[1:]}.") from wrong

    return ready


def _note(what: str, about: str) -> None:
    actions.note_audit(server_key=server_key(), moment=moment_now(), who=OPERATOR, what=what, about=about)


def _staff(name: str) -> Staff:
    staff = queries.staff_by_name(name)
    if staff is None:
        raise CannotGoOn(f"There is no login “{name}”; “voordeur staff list” shows them.", 1)
    return staff


def _team(slug: str) -> Team:
    team = queries.team_by_slug(slug)
    if team is None:
        raise CannotGoOn(f"There is no team “{slug}”; “voordeur team list” shows them.", 1)
    return team


def _show_once(made: actions.NewLogin) -> None:
    """The passphrase on the screen and nowhere else."""
    until = moment_now() + actions.ONCE_LASTS
    print(f"login name        {made.staff.name}")
    print(f"first passphrase  {made.passphrase}")
    print(f"Good until {until:%Y-%m-%d %H:%M}, and only to choose an own passphrase and a second step. Shown once.")
    print("Give it in person or by phone, to somebody whose face or voice you know; never by mail.")


@_ready
def add(given: argparse.Namespace) -> int:
    """A new login with one role in one team; prints the passphrase for the first sign-in."""
    team = _team(given.team)
    made = actions.add_staff(
        name=given.name, shown_name=given.shown, languages=given.language or [], moment=moment_now()
    )
    actions.add_member(staff=made.staff, team=team, role=StaffRole(given.role), moment=moment_now())
    _note("staff added", made.staff.name)
    _show_once(made)
    return 0


@_ready
def show_all(given: argparse.Namespace) -> int:
    """Every login: on or off, second factor, key, roles."""
    for staff in queries.all_staff():
        roles = ", ".join(f"{one.team.slug}:{one.role}" for one in staff.memberships.all()) or "no team"
        state = "on" if staff.is_active else f"off since {staff.off_on}"
        second = "second step" if queries.has_second_factor(staff) else "no second step yet"
        key = "key" if staff.public_key is not None else "no key yet"
        print(f"{staff.name:<20} {state:<20} {second:<20} {key:<12} {roles}")
    return 0


@_ready
def switch_off(given: argparse.Namespace) -> int:
    """Nobody signs in with this login any more, and its sessions end now."""
    staff = _staff(given.name)
    teams = sorted({one.team.slug for one in queries.memberships_of(staff) if one.sealed_team_key is not None})
    ended = actions.switch_off(staff=staff, moment=moment_now())
    given_back = give_back(staff_id=staff.pk, moment=moment_now(), server_key=server_key())
    shown_out = len(end_guest(staff_id=staff.pk, server_key=server_key()))
    _note("staff switched off", staff.name)
    print(f"{staff.name} is off; {ended} sessions ended. Deleted after {actions.KEPT_AFTER_OFF.days} days.")
    _say_given_back(given_back)
    _say_shown_out(shown_out)
    if teams:
        print(f"This login held the key of {', '.join(teams)}; who held it may have kept it. Renew those team keys.")
    return 0


def _say_given_back(count: int) -> None:
    if count:
        print(f"Conversations that went back to the queue of their team: {count}.")


def _say_shown_out(count: int) -> None:
    if count:
        print(f"Conversations that they had joined as a guest and read no more: {count}.")


@_ready
def reset(given: argparse.Namespace) -> int:
    """A new first passphrase; second factors and sessions are gone. The key phrase is another matter."""
    made = actions.reset_staff(staff=_staff(given.name), moment=moment_now())
    _note("staff reset", made.staff.name)
    _show_once(made)
    print("This does not bring back a lost key phrase: without it a new key is made, and a colleague gives the")
    print("team's key again. Conversations that were sealed to nobody else stay closed.")
    return 0


@_ready
def role(given: argparse.Namespace) -> int:
    """Give a login a role in a team, or take it away."""
    staff, team, which = _staff(given.name), _team(given.team), StaffRole(given.role)
    if given.remove:
        actions.remove_member(staff=staff, team=team, role=which)
        if not queries.roles_in(staff, team.slug):
            _say_given_back(give_back(staff_id=staff.pk, moment=moment_now(), server_key=server_key(), team=team.slug))
            _say_shown_out(len(end_guest(staff_id=staff.pk, teams=[team.slug], server_key=server_key())))
    else:
        actions.add_member(staff=staff, team=team, role=which, moment=moment_now())
    _note("role removed" if given.remove else "role given", f"{staff.name}:{which.value}")
    print(f"{staff.name} {'is no longer' if given.remove else 'is'} {which.value} of {team.slug}.")
    return 0


@_ready
def add_team(given: argparse.Namespace) -> int:
    """A new team, still without a key; its first member makes that at the desk."""
    if given.organization and given.organization not in directory_at_hand().organizations:
        raise CannotGoOn(f"There is no organisation “{given.organization}” in the directory.", 1)
    team = actions.add_team(
        slug=given.slug, name=given.name, recovery=Recovery(given.recovery), organization=given.organization or ""
    )
    _note("team added", team.slug)
    print(f"{team.slug}  {team.name}")
    return 0


@_ready
def show_teams(given: argparse.Namespace) -> int:
    """Every team: its key, how that is recovered, and how many people it has."""
    for team in queries.all_teams():
        people = {one.staff_id for one in queries.members(team.slug)}
        key = "key" if team.public_key is not None else "no key yet"
        partner = f"  (partner: {team.organization})" if team.organization else ""
        print(f"{team.slug:<20} {key:<12} recovery {team.recovery:<8} {len(people):>3} people  {team.name}{partner}")
    return 0


@_ready
def verify(given: argparse.Namespace) -> int:
    """Whether the trail is whole: 0 when it is, 1 with a line for each fault."""
    faults = queries.verify_audit(server_key())
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    number, chain = queries.audit_end()
    print(f"line {number}  chain {chain.hex()}")
    if faults:
        print(f"faults: {len(faults)}")
        return 1
    print("No fault was found. Keep the line above somewhere else: an older copy of the whole database would not show.")
    return 0


@_ready
def show_trail(given: argparse.Namespace) -> int:
    """The newest lines: when, who, what, about which reference. Looking is itself a line of the trail."""
    for line in queries.audit_lines(server_key(), last=given.last):
        if isinstance(line, int):
            print(f"{line:>7}  cannot be opened with this server's key")
        else:
            at = line.at.astimezone(AMSTERDAM)
            print(f"{line.number:>7}  {at:%Y-%m-%d %H:%M:%S}  {line.who:<20} {line.what:<36} {line.about}".rstrip())
    _note("trail shown", str(given.last))
    return 0
