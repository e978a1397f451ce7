"""Who may do what at the desk: refused, unless a line of the table below permits it (report 2.6, 5.3.3, 5.3.6).

A right is the first of two locks. The second is the key: what is sealed opens only for who holds a key of it, and a
right gives no key. To lead a team is to care for its people and its hours; it gives no look into a conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from voordeur.vocabulary import StaffRole


class Action(StrEnum):
    """What somebody at the desk can ask for."""

    SEE_WAITING = "see_waiting"
    PICK_UP = "pick_up"
    READ = "read"
    WRITE = "write"
    WHISPER = "whisper"
    TAKE_OVER = "take_over"
    PASS_ON = "pass_on"  # noqa: S105 (a verb)
    CLOSE = "close"
    SHUT_OUT = "shut_out"
    OPEN_CALL = "open_call"
    INSERT = "insert"
    SET_DUTY = "set_duty"
    SET_ROSTER = "set_roster"
    ADD_MEMBER = "add_member"
    REMOVE_MEMBER = "remove_member"
    SEE_AUDIT = "see_audit"
    CHOOSE_RECOVERY = "choose_recovery"
    TRIAGE = "triage"
    HAND_OVER = "hand_over"
    CONFIRM_OVERRIDE = "confirm_override"
    SEE_OFFERS = "see_offers"
    ANSWER_OFFER = "answer_offer"
    SEE_HIDDEN = "see_hidden"
    KEEP_HIDDEN = "keep_hidden"
    INVITE_PARTNER = "invite_partner"
    PROPOSE_ENTRY = "propose_entry"
    CHECK_ENTRY = "check_entry"


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands in one role of a team, and to one conversation of that team where there is one.

    role: in the team that the conversation, or the thing asked for, belongs to; who has two roles stands twice.
    team_holds: the conversation waits in this team's queue. is_coached: its owner is a peer.
    is_coach_of_owner: this person is a coach in the team of the owner. is_guest: this person joined from a partner to
    which the visitor said yes, and the role is in that partner's team.
    """

    role: StaffRole
    is_owner: bool = False
    is_coach_of_owner: bool = False
    team_holds: bool = False
    is_coached: bool = False
    is_guest: bool = False


class _When(Enum):
    """What must be so besides the role."""

    IN_THE_TEAM = "it is of the team, not of a conversation"
    WAITS_HERE = "the conversation waits in the queue of the team"
    OWN = "the conversation is theirs"
    OWN_AND_COACHED = "the conversation is theirs, and a coach reads along"
    COACHES_IT = "the conversation is a peer's whom they coach"
    GUEST = "they joined it from a partner, with the visitor's yes"


#: Each line: this role may do this, when one of these is so. What does not stand here is refused.
_MAY: Mapping[StaffRole, Mapping[Action, tuple[_When, ...]]] = {
    StaffRole.RESPONDER: {
        Action.SEE_WAITING: (_When.IN_THE_TEAM,),
        Action.PICK_UP: (_When.WAITS_HERE,),
        Action.READ: (_When.OWN, _When.GUEST),
        Action.WRITE: (_When.OWN, _When.GUEST),
        Action.INSERT: (_When.OWN,),
        Action.PASS_ON: (_When.OWN,),
        Action.CLOSE: (_When.OWN,),
        Action.SHUT_OUT: (_When.OWN,),
        Action.OPEN_CALL: (_When.IN_THE_TEAM,),
        Action.SET_DUTY: (_When.IN_THE_TEAM,),
        Action.TRIAGE: (_When.OWN,),
        Action.HAND_OVER: (_When.OWN,),
        Action.CONFIRM_OVERRIDE: (_When.IN_THE_TEAM,),
        Action.SEE_OFFERS: (_When.IN_THE_TEAM,),
        Action.ANSWER_OFFER: (_When.IN_THE_TEAM,),
        Action.SEE_HIDDEN: (_When.IN_THE_TEAM,),
        Action.PROPOSE_ENTRY: (_When.IN_THE_TEAM,),
    },
    # Whether a peer may pick up this one, at this moment, is for `rules/routing.py` to say as well. A peer whispers
    # back to the coach, and shuts nobody out: the coach can take over and do so.
    StaffRole.PEER: {
        Action.SEE_WAITING: (_When.IN_THE_TEAM,),
        Action.PICK_UP: (_When.WAITS_HERE,),
        Action.READ: (_When.OWN,),
        Action.WRITE: (_When.OWN,),
        Action.WHISPER: (_When.OWN_AND_COACHED,),
        Action.INSERT: (_When.OWN,),
        Action.PASS_ON: (_When.OWN,),
        Action.CLOSE: (_When.OWN,),
        Action.SET_DUTY: (_When.IN_THE_TEAM,),
        Action.TRIAGE: (_When.OWN_AND_COACHED,),
        Action.HAND_OVER: (_When.OWN_AND_COACHED,),
    },
    # A coach reads and advises beside a peer, never beside a professional, and takes over before writing to the
    # visitor.
    StaffRole.COACH: {
        Action.SEE_WAITING: (_When.IN_THE_TEAM,),
        Action.PICK_UP: (_When.WAITS_HERE,),
        Action.READ: (_When.OWN, _When.COACHES_IT, _When.GUEST),
        Action.WRITE: (_When.OWN, _When.GUEST),
        Action.WHISPER: (_When.COACHES_IT,),
        Action.TAKE_OVER: (_When.COACHES_IT,),
        Action.INSERT: (_When.OWN,),
        Action.PASS_ON: (_When.OWN,),
        Action.CLOSE: (_When.OWN,),
        Action.SHUT_OUT: (_When.OWN,),
        Action.OPEN_CALL: (_When.IN_THE_TEAM,),
        Action.SET_DUTY: (_When.IN_THE_TEAM,),
        Action.TRIAGE: (_When.OWN, _When.COACHES_IT),
        Action.HAND_OVER: (_When.OWN,),
        Action.CONFIRM_OVERRIDE: (_When.IN_THE_TEAM,),
        Action.SEE_OFFERS: (_When.IN_THE_TEAM,),
        Action.ANSWER_OFFER: (_When.IN_THE_TEAM,),
        Action.SEE_HIDDEN: (_When.IN_THE_TEAM,),
        Action.PROPOSE_ENTRY: (_When.IN_THE_TEAM,),
    },
    # What waits is shown without content, so that a lead sees that somebody is needed.
    StaffRole.LEAD: {
        Action.SEE_WAITING: (_When.IN_THE_TEAM,),
        Action.SET_ROSTER: (_When.IN_THE_TEAM,),
        Action.ADD_MEMBER: (_When.IN_THE_TEAM,),
        Action.REMOVE_MEMBER: (_When.IN_THE_TEAM,),
        Action.SEE_AUDIT: (_When.IN_THE_TEAM,),
        Action.CHOOSE_RECOVERY: (_When.IN_THE_TEAM,),
        # Who leads a partner's team sees that an offer waits; its text opens with the team's key only.
        Action.SEE_OFFERS: (_When.IN_THE_TEAM,),
        Action.PROPOSE_ENTRY: (_When.IN_THE_TEAM,),
    },
    # A steward cares for the map and for who may sign in for a partner; never for a conversation.
    StaffRole.STEWARD: {
        Action.SEE_HIDDEN: (_When.IN_THE_TEAM,),
        Action.KEEP_HIDDEN: (_When.IN_THE_TEAM,),
        Action.INVITE_PARTNER: (_When.IN_THE_TEAM,),
        Action.CHECK_ENTRY: (_When.IN_THE_TEAM,),
    },
}


def permits(action: Action, standing: Standing) -> bool:
    """Whether somebody who stands so may do this. For who has several roles in a team, ask for each."""
    return any(_holds(when, standing) for when in _MAY.get(standing.role, {}).get(action, ()))


def _holds(when: _When, standing: Standing) -> bool:
    # Nothing both waits and is somebody's: where that is said, something is wrong, and wrong is refused.
    is_held = not standing.team_holds
    match when:
        case _When.IN_THE_TEAM:
            return True
        case _When.WAITS_HERE:
            return standing.team_holds and not standing.is_owner
        case _When.OWN:
            return standing.is_owner and is_held
        case _When.OWN_AND_COACHED:
            return standing.is_owner and is_held and standing.is_coached
        case _When.GUEST:
            return standing.is_guest and is_held and not standing.is_owner
        case _When.COACHES_IT:
            return standing.is_coached and standing.is_coach_of_owner and is_held and not standing.is_owner
