"""Partners: a team for an organisation of the directory, and logins for its own people, invited by a steward.

A steward's power ends at the teams of partners: nobody of the door's own teams is touched here.
"""

from __future__ import annotations

from collections.abc import Iterable

from voordeur.faces.desk.api import LONGEST_LIST, Answer, Asked, AskedWrongly, NotHere, answers, deed, tell_team
from voordeur.faces.desk.handing import tell_all
from voordeur.faces.desk.material import places_of
from voordeur.faces.language import N_
from voordeur.faces.server_key import server_key
from voordeur.records.conversations.actions import give_back
from voordeur.records.directory.queries import current_directory
from voordeur.records.handovers.partner import end_guest
from voordeur.records.handovers.queries import HandoverView
from voordeur.records.staff import actions
from voordeur.records.staff.actions import ONCE_LASTS, NameNotAllowed, OrganizationTaken
from voordeur.records.staff.queries import (
    Membership,
    Team,
    has_second_factor,
    members,
    memberships_of,
    partner_teams,
    staff_by_id,
    staff_by_name,
    team_by_slug,
)
from voordeur.rules.rights import Action
from voordeur.vocabulary import LANGUAGES, StaffRole

#: What somebody of a partner can be; a steward is somebody of the door.
ROLES = (StaffRole.RESPONDER, StaffRole.COACH, StaffRole.LEAD)
NO_ORGANIZATION = N_("This organisation is not in the directory.")
TEAM_TAKEN = N_("There is a team with this code already.")
TEAM_NAMED_WRONGLY = N_("A code of 2 to 40 small letters, digits and hyphens is expected, and a name of 1 to 80 signs.")
ORGANIZATION_TAKEN = N_("This organisation has a team already. Invite its people to that one.")
LOGIN_TAKEN = N_("There is a login with this name already.")
LOGIN_NAMED_WRONGLY = N_(
    "A login name of 2 to 40 small letters, digits, dots and hyphens is expected, and a shown name of 1 to 60 signs."
)
IN_OTHER_TEAMS = N_(
    "This login belongs to other teams too. Take the role away instead; the operator can end the login."
)


def must_be_steward(asked: Asked, action: Action) -> None:
    """Somebody of the door who may do this. Raises NotHere."""
    if not any(not one.team.organization and one.may(action) for one in places_of(asked.staff).values()):
        raise NotHere


def partners(asked: Asked) -> Answer:
    """Every partner's team with its people, and the organisations that could have one."""
    must_be_steward(asked, Action.INVITE_PARTNER)
    organizations = current_directory().organizations
    return {
        "teams": [
            {
                "slug": one.slug,
                "name": one.name,
                "organization": one.organization,
                "organization_name": organizations[one.organization].name
                if one.organization in organizations
                else None,
                "has_key": one.public_key is not None,
                "people": _people(members(one.slug)),
            }
            for one in partner_teams()
        ],
        "organizations": [
            {"id": one.id, "name": one.name}
            for one in sorted(organizations.values(), key=lambda one: one.name.casefold())
        ],
        "languages": list(LANGUAGES),
    }


def _people(rows: tuple[Membership, ...]) -> list[Answer]:
    found: dict[int, dict[str, object]] = {}
    for one in rows:
        staff = one.staff
        if staff.pk not in found:
            found[staff.pk] = {
                "id": staff.pk,
                "name": staff.name,
                "shown_name": staff.shown_name,
                "roles": [],
                "languages": list(staff.languages),
                "has_signed_in": staff.once_until is None and has_second_factor(staff),
                "has_key": staff.public_key is not None,
                "has_team_key": False,
            }
        before = found[staff.pk]
        before["roles"] = [*before["roles"], one.role]  # type: ignore[misc]
        before["has_team_key"] = before["has_team_key"] or one.sealed_team_key is not None
    return list(found.values())


def partner_team(asked: Asked) -> Answer:
    """A team for the people of one organisation; still without people and without a key."""
    slug, name, organization = asked.text("slug", 40), asked.text("name", 80), asked.text("organization", 80)
    must_be_steward(asked, Action.INVITE_PARTNER)
    if organization not in current_directory().organizations:
        raise AskedWrongly(asked.words(NO_ORGANIZATION))
    if not actions.SLUG.fullmatch(slug):
        raise AskedWrongly(asked.words(TEAM_NAMED_WRONGLY))
    if team_by_slug(slug) is not None:
        raise AskedWrongly(asked.words(TEAM_TAKEN))
    try:
        with deed(asked, "partner team added", about=slug):
            team = actions.add_team(slug=slug, name=name, organization=organization)
    except OrganizationTaken:
        raise AskedWrongly(asked.words(ORGANIZATION_TAKEN)) from None
    except NameNotAllowed:
        raise AskedWrongly(asked.words(TEAM_NAMED_WRONGLY)) from None
    return {"slug": team.slug, "name": team.name, "organization": team.organization}


def _partner_team(slug: str) -> Team:
    found = next((one for one in partner_teams() if one.slug == slug), None)
    if found is None:
        raise NotHere
    return found


def partner_invite(asked: Asked) -> Answer:
    """A login for somebody of a partner; its passphrase is told this once, and good for a first sign-in only."""
    slug = asked.text("team", 40)
    must_be_steward(asked, Action.INVITE_PARTNER)
    team = _partner_team(slug)
    name, shown_name = asked.text("name", 40), asked.text("shown_name", 60)
    languages, role = _languages(asked), asked.word("role", StaffRole, among=ROLES)
    if not actions.NAME.fullmatch(name):
        raise AskedWrongly(asked.words(LOGIN_NAMED_WRONGLY))
    if staff_by_name(name) is not None:
        raise AskedWrongly(asked.words(LOGIN_TAKEN))
    try:
        with deed(asked, "partner invited", about=f"{name}:{role}"):
            made = actions.add_staff(name=name, shown_name=shown_name, languages=languages, moment=asked.moment)
            actions.add_member(staff=made.staff, team=team, role=role, moment=asked.moment)
    except NameNotAllowed:
        raise AskedWrongly(asked.words(LOGIN_NAMED_WRONGLY)) from None
    return {
        "id": made.staff.pk,
        "name": made.staff.name,
        "passphrase": made.passphrase,
        "until": (asked.moment + ONCE_LASTS).isoformat(timespec="minutes"),
    }


def _languages(asked: Asked) -> list[str]:
    given = asked.body.get("languages")
    if not isinstance(given, list) or len(given) > LONGEST_LIST or not all(one in LANGUAGES for one in given):
        raise AskedWrongly("“languages”: a list of codes of languages that are known is expected")
    return [str(one) for one in given]


def partner_off(asked: Asked) -> Answer:
    """Take one role of somebody in a partner's team away; without a role named, end their login.

    Who is of the team no longer is shown out of the conversations that they joined for it, in the same moment.
    """
    slug, who = asked.text("team", 40), asked.number("staff", 1)
    must_be_steward(asked, Action.INVITE_PARTNER)
    team, staff = _partner_team(slug), staff_by_id(who)
    roles = [one.role for one in members(slug) if one.staff_id == who]
    gone: list[HandoverView] = []
    if staff is None or not roles:
        raise NotHere
    if asked.has("role"):
        role = asked.word("role", StaffRole)
        if role not in roles:
            raise NotHere
        with deed(asked, "partner role ended", about=f"{staff.name}:{role}"):
            actions.remove_member(staff=staff, team=team, role=role)
            if len(roles) == 1:
                give_back(staff_id=who, moment=asked.moment, server_key=server_key(), team=slug)
                gone = end_guest(staff_id=who, teams=[slug], server_key=server_key())
        _tell_off(gone, slug)
        return {}
    theirs = {one.team.slug: one.team for one in memberships_of(staff)}
    if not all(one.organization for one in theirs.values()):
        raise AskedWrongly(asked.words(IN_OTHER_TEAMS))
    with deed(asked, "partner login ended", about=staff.name):
        actions.switch_off(staff=staff, moment=asked.moment)
        give_back(staff_id=who, moment=asked.moment, server_key=server_key())
        gone = end_guest(staff_id=who, server_key=server_key())
    _tell_off(gone, *theirs)
    return {}


def _tell_off(gone: Iterable[HandoverView], *teams: str) -> None:
    tell_team(*teams)
    for one in gone:
        tell_all(one)


partners_answer = answers(partners)
partner_team_answer = answers(partner_team)
partner_invite_answer = answers(partner_invite)
partner_off_answer = answers(partner_off)
