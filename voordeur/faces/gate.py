"""The gate of the desk's process: who is through, where everybody else goes, and what somebody may do in which team.

Shared by the faces behind the desk's sign-in. The pages of signing in themselves stand in `faces/desk`.
"""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponseRedirect

from voordeur.faces import sessions
from voordeur.faces.language import preferred
from voordeur.records.staff import queries
from voordeur.records.staff.queries import Staff, Team, memberships_of
from voordeur.rules.rights import Action, Standing, permits
from voordeur.vocabulary import StaffRole

LANGUAGES = ("nl", "en")
SIGN_IN = "/sign-in"


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place in a team: all their roles there, and whether they hold the team's key."""

    team: Team
    roles: frozenset[StaffRole]
    has_key: bool

    def may(
        self,
        action: Action,
        *,
        is_owner: bool = False,
        reads_along: bool = False,
        team_holds: bool = False,
        is_coached: bool = False,
        is_guest: bool = False,
    ) -> bool:
        """Whether one of the roles permits this, to a conversation or (without any) to the team."""
        is_coach = reads_along and StaffRole.COACH in self.roles
        stands = [Standing(role, is_owner, is_coach, team_holds, is_coached, is_guest) for role in self.roles]
        return any(permits(action, one) for one in stands)


def places_of(staff: Staff) -> dict[str, Place]:
    """Somebody's teams by their code, with their roles there."""
    found: dict[str, Place] = {}
    for one in memberships_of(staff):
        before = found.get(one.team.slug)
        roles = before.roles if before else frozenset()
        has_key = one.sealed_team_key is not None or (before is not None and before.has_key)
        found[one.team.slug] = Place(one.team, roles | {StaffRole(one.role)}, has_key)
    return found


def desk_language(request: HttpRequest) -> str:
    """The language of a page of the desk: what the browser wishes, of those that the desk has."""
    return preferred(request.headers.get("Accept-Language", ""), LANGUAGES)


def logged_in(request: HttpRequest) -> Staff | None:
    """Whose login this is, when it is on. Not the gate: the second factor may still be missing."""
    user = getattr(request, "user", None)
    return user if isinstance(user, Staff) and user.is_active else None


def signed_in_with_second_factor(request: HttpRequest, *, is_activity: bool = True) -> Staff | None:
    """Who may use the desk: the gate of every page. None: give `next_step(request)`, or 401 to a script.

    `is_activity` False is for what a page does by itself: it does not keep a session alive that nobody uses.
    """
    staff = logged_in(request)
    if staff is None or not sessions.may_pass(staff, request.session):
        return None
    if is_activity:
        sessions.seen(request.session)
    return staff


def setting_up(request: HttpRequest) -> Staff | None:
    """Who may see the pages of their own login: through the gate, or on the way to a first second factor."""
    staff = logged_in(request)
    if staff is None or (queries.has_second_factor(staff) and not sessions.is_through(request.session)):
        return None
    if sessions.is_through(request.session):
        sessions.seen(request.session)
    return staff


def next_step(request: HttpRequest) -> HttpResponseRedirect:
    """Where somebody goes who is not through the gate: to sign in, to an own passphrase, or to a second factor."""
    staff = setting_up(request)
    if staff is None:
        if logged_in(request) is not None:  # another session of this login set up a second factor meanwhile
            get_adapter().logout(request)
        return HttpResponseRedirect(SIGN_IN)
    return HttpResponseRedirect("/me/passphrase" if staff.once_until is not None else "/me/second-factor")
