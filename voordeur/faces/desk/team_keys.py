"""Who I am, my key and the keys of my teams. Private keys come sealed and go sealed; they open in the browser."""

from __future__ import annotations

from voordeur.faces.desk.api import (
    Answer,
    Asked,
    AskedWrongly,
    NotHere,
    answers,
    as_bytes,
    as_text,
    deed,
    maybe_text,
    tell_team,
)
from voordeur.faces.desk.calls import words_in
from voordeur.faces.desk.material import Place, doors_of_team, name_of, places_of, team_asked
from voordeur.faces.desk.phrases import phrases
from voordeur.faces.language import N_
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import actions as conversation_actions
from voordeur.records.staff import actions
from voordeur.records.staff.queries import Staff, all_teams, duties_of, members, memberships_of
from voordeur.rules.rights import Action
from voordeur.vocabulary import Recovery

KEY = 32
SALT = 16
#: Nonce, private key, tag; and a wrapped private key: head, fresh public key, private key, tag.
SEALED_KEY = 12 + KEY + 16
WRAPPED_KEY = 2 + KEY + KEY + 16
#: Fewer rounds of PBKDF2 (HMAC-SHA-512) than this are refused; a key phrase has 88 bits of its own.
LEAST_ROUNDS, MOST_ROUNDS = 600_000, 10_000_000
HAS_KEY = N_("This team has a key already.")
NO_KEY_YET = N_("This team has no key yet. Make it first.")
THEY_HAVE_NONE = N_("This colleague has no key of their own yet, or has the key of the team already.")
ESCROW_NEEDS_KEY = N_("Give the public key of who keeps the spare key, and only then.")


def me(asked: Asked) -> Answer:
    """Who I am, my sealed key, my teams with what I need of each.

    The words for a key phrase come too while I have none, and when I ask for them because I lost mine.
    """
    staff = asked.staff
    found: dict[str, object] = {
        "id": staff.pk,
        "name": staff.name,
        "shown_name": staff.shown_name,
        "languages": list(staff.languages),
        "language": asked.language,
        "key": _own_key(staff),
        "teams": [_team_shown(asked, place) for _, place in sorted(places_of(staff).items())],
        "other_teams": [
            {"slug": one.slug, "name": one.name}
            for one in all_teams()
            if one.public_key is not None and not one.organization and one.slug not in places_of(staff)
        ],
    }
    if staff.public_key is None or asked.body.get("words") is True:
        found["words"] = list(words_in(asked.language).words)
    return found


def _own_key(staff: Staff) -> Answer | None:
    if staff.public_key is None:
        return None
    return {
        "public": maybe_text(staff.public_key),
        "sealed": maybe_text(staff.sealed_private_key),
        "salt": maybe_text(staff.phrase_salt),
        "rounds": staff.phrase_rounds,
    }


def _team_shown(asked: Asked, place: Place) -> Answer:
    team = place.team
    sealed = [
        one.sealed_team_key for one in memberships_of(asked.staff) if one.team_id == team.pk and one.sealed_team_key
    ]
    return {
        "slug": team.slug,
        "name": team.name,
        "organization": team.organization,
        "roles": sorted(place.roles),
        "public": maybe_text(team.public_key),
        "sealed_team_key": as_text(bytes(sealed[0])) if sealed else None,
        "recovery": team.recovery,
        "escrow_public": maybe_text(team.escrow_public_key),
        "is_on_duty": team.slug in duties_of(asked.staff, asked.moment),
        "doors": {one.id: name_of(one, asked.language) for one in doors_of_team(team.slug)},
        "phrases": [
            {"id": f"{one.id}.{one.language}", "title": one.title, "text": one.text, "lang": one.language}
            for one in phrases()
        ],
    }


def own_key(asked: Asked) -> Answer:
    """Keep the key pair that my browser made. Another than before opens nothing that was wrapped for the old one."""
    public, before = asked.raw("public", KEY), asked.staff.public_key
    sealed, salt = asked.raw("sealed", SEALED_KEY), asked.raw("salt", SALT)
    rounds = asked.number("rounds", LEAST_ROUNDS, MOST_ROUNDS)
    with deed(asked, "own key"):
        actions.set_key(
            staff=asked.staff, public_key=public, sealed_private_key=sealed, phrase_salt=salt, phrase_rounds=rounds
        )
        if before is not None and bytes(before) != public:
            # So that the next look at each conversation asks for keys that this person can open.
            conversation_actions.drop_keys(staff_id=asked.staff.pk, server_key=server_key())
            actions.go_off_duty(staff=asked.staff)
    tell_team(*places_of(asked.staff))
    return {}


def team_key(asked: Asked) -> Answer:
    """The first key of a team, made in the browser of one of its members and wrapped for those who have a key."""
    slug = _own_team(asked).team.slug
    public, given = asked.raw("public", KEY), _wrapped_for(asked)
    with deed(asked, "team key made"):
        team = _own_team(asked).team
        if team.public_key is not None:
            raise AskedWrongly(asked.words(HAS_KEY))
        there = {one.staff_id: one.staff for one in members(slug) if one.staff.public_key is not None}
        if asked.staff.pk not in given or not set(given) <= set(there):
            raise AskedWrongly("“wrapped”: for yourself and for members who have a key is expected")
        escrow = None if team.escrow_public_key is None else bytes(team.escrow_public_key)
        actions.set_team_key(team=team, public_key=public, recovery=Recovery(team.recovery), escrow_public_key=escrow)
        for who, wrapped in given.items():
            actions.give_team_key(staff=there[who], team=team, sealed_team_key=wrapped)
    tell_team(slug)
    return {}


def _own_team(asked: Asked) -> Place:
    place = places_of(asked.staff).get(asked.text("team", 40))
    if place is None:
        raise NotHere
    return place


def _wrapped_for(asked: Asked) -> dict[int, bytes]:
    found = {}
    for one in asked.things("wrapped"):
        who = one.get("staff")
        if type(who) is not int:
            raise AskedWrongly("“staff”: a number is expected")
        found[who] = as_bytes(one.get("wrapped"), "wrapped", WRAPPED_KEY)
    return found


def team_members(asked: Asked) -> Answer:
    """Who is in a team of mine, with which roles, and who of them has its key."""
    place = _own_team(asked)
    found: dict[int, dict[str, object]] = {}
    for one in members(place.team.slug):
        before = found.setdefault(
            one.staff_id,
            {
                "id": one.staff_id,
                "shown_name": one.staff.shown_name,
                "roles": [],
                "public": maybe_text(one.staff.public_key),
                "has_team_key": False,
            },
        )
        before["roles"] = [*before["roles"], one.role]  # type: ignore[misc]
        before["has_team_key"] = before["has_team_key"] or one.sealed_team_key is not None
    return {"members": list(found.values())}


def wrap_team_key(asked: Asked) -> Answer:
    """The key of a team from a member who has it to one who has a key of their own and not yet that of the team."""
    place = _own_team(asked)
    who, wrapped = asked.number("staff", 1), asked.raw("wrapped", WRAPPED_KEY)
    if not place.has_key:
        raise NotHere
    with deed(asked, "team key given"):
        theirs = [one for one in members(place.team.slug) if one.staff_id == who]
        if not theirs:
            raise NotHere
        if theirs[0].staff.public_key is None or any(one.sealed_team_key is not None for one in theirs):
            raise AskedWrongly(asked.words(THEY_HAVE_NONE))
        actions.give_team_key(staff=theirs[0].staff, team=place.team, sealed_team_key=wrapped)
    tell_team(place.team.slug)
    return {}


def recovery(asked: Asked) -> Answer:
    """How conversations are got back when a key phrase is lost; who leads the team chooses it, for what follows."""
    chosen = asked.word("recovery", Recovery)
    escrow = asked.raw("escrow_public", KEY) if asked.has("escrow_public") else None
    slug = team_asked(asked, Action.CHOOSE_RECOVERY).team.slug
    if (chosen is Recovery.ESCROW) != (escrow is not None):
        raise AskedWrongly(asked.words(ESCROW_NEEDS_KEY))
    with deed(asked, f"recovery chosen: {chosen}"):
        team = team_asked(asked, Action.CHOOSE_RECOVERY).team
        if team.public_key is None:
            raise AskedWrongly(asked.words(NO_KEY_YET))
        actions.set_team_key(team=team, public_key=bytes(team.public_key), recovery=chosen, escrow_public_key=escrow)
    tell_team(slug)
    return {}


me_answer = answers(me)
key_answer = answers(own_key)
team_key_answer = answers(team_key)
team_members_answer = answers(team_members, is_activity=False)
wrap_team_key_answer = answers(wrap_team_key)
recovery_answer = answers(recovery)
