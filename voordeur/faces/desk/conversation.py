"""What somebody of the desk does with a conversation: take it up, read, write, pass on, close (report 2.6, 5.3.2).

All of it comes sealed and goes sealed. Each look and each step leaves a line on the trail, without content.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock

from voordeur.faces.desk.api import (
    Answer,
    Asked,
    AskedWrongly,
    NotHere,
    answers,
    as_bytes,
    deed,
    tell_conversation,
    tell_staff,
    tell_team,
)
from voordeur.faces.desk.inbox import responders, rules_for, waiting, why_not
from voordeur.faces.desk.material import (
    Place,
    called,
    due_shown,
    grants_shown,
    guests_of,
    kept_until,
    material,
    messages_shown,
    places_of,
    readers_after_passing,
    readers_due,
    theirs,
)
from voordeur.faces.desk.presence import presence
from voordeur.faces.language import N_
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import actions, drafts, queries
from voordeur.records.conversations.actions import NewMessage, OutOfStep, StepNotAllowed
from voordeur.records.conversations.queries import Held
from voordeur.records.conversations.readers import WITHOUT_DESK_KEY, Due, needs_epoch
from voordeur.records.staff.queries import Team, all_teams, members, team_by_slug
from voordeur.rules import routing
from voordeur.rules.rights import Action
from voordeur.rules.routing import Responder
from voordeur.secrecy.envelope import ENVELOPE_SIZES
from voordeur.vocabulary import ClosedBecause, Direction, GrantReason, StaffRole, TalkState, Wish

_BY_THE_DESK = (Direction.DESK, Direction.WHISPER, Direction.NOTE, Direction.PLAN, Direction.PAPER)
_MESSAGE_ID = 16
_TAG = 16
#: A page that reads on and on is one look; after this long it is written down again.
LOOK_LASTS = timedelta(minutes=60)
_MOST_LOOKS = 10_000
_looks: OrderedDict[tuple[int, str], datetime] = OrderedDict()
_looks_lock = Lock()
_OTHER_READERS = "“grants”: the readers of the next epoch, all of them and nobody else, are expected; open it again"
_OTHER_OLDER = "“older”: keys for readers of the next epoch, and never for the visitor, are expected"
NOT_BY_A_PEER = N_("A coach can take over this conversation and shut the visitor out.")
TEAM_HAS_NO_KEY = N_("That team cannot read anything yet: nobody there has made a key.")


def pick(asked: Asked) -> Answer:
    """Take up a conversation that waits, when routing allows it now."""
    places = {slug: one for slug, one in places_of(asked.staff).items() if one.may(Action.SEE_WAITING)}
    held = queries.waiting_in(asked.conversation(), places, server_key())
    if held is None or held.label.team not in places:
        raise NotHere
    place, there = places[held.label.team], responders(held.label.team, asked.moment)
    may_take, why = why_not(held, place, asked, there)
    if not may_take:
        raise AskedWrongly(why)
    role = _role(held, place, asked, there)
    with deed(asked, "pick up", held.id):
        taken = _taken(held, asked, role)
    tell_conversation(held.id, "state")
    tell_team(held.label.team)
    return material(taken, asked)


def _taken(held: Held, asked: Asked, role: StaffRole) -> Held:
    try:
        return actions.pick_up(
            conversation_id=held.id,
            staff_id=asked.staff.pk,
            role=role,
            moment=asked.moment,
            server_key=server_key(),
        )
    except StepNotAllowed:  # somebody was first: for this person it is not here any more
        raise NotHere from None


def _role(held: Held, place: Place, asked: Asked, there: list[Responder]) -> StaffRole:
    """In which of their roles somebody answers; as a peer only when a visitor wishes it or there is no other."""
    order = [StaffRole.RESPONDER, StaffRole.COACH, StaffRole.PEER]
    if held.label.wish == Wish.PEER:
        order = [StaffRole.PEER, StaffRole.RESPONDER, StaffRole.COACH]
    mine = str(asked.staff.pk)
    one, rules = waiting(held, asked.moment), rules_for(held)
    for role in order:
        if role in place.roles:
            only = [who for who in there if who.id != mine or who.role is role]
            if routing.may_take(one, mine, only, rules):
                return role
    raise NotHere  # not reached while `why_not` said yes: one of the roles made it say so


def take_over(asked: Asked) -> Answer:
    """A coach who reads along goes on with the conversation in place of the peer."""
    held, _ = theirs(asked, Action.TAKE_OVER)
    with deed(asked, "take over", held.id):
        try:
            taken = actions.take_over(
                conversation_id=held.id, staff_id=asked.staff.pk, role=StaffRole.COACH, server_key=server_key()
            )
        except StepNotAllowed:
            raise NotHere from None
    tell_conversation(held.id, "state")
    tell_staff(held.label.owner, "inbox")
    tell_team(held.label.team)
    return material(taken, asked)


def open_again(asked: Asked) -> Answer:
    """All of a conversation that is theirs."""
    held, _ = theirs(asked, Action.READ)
    with deed(asked, "open", held.id):
        _note_look(asked, held.id)
    return material(held, asked)


def _note_look(asked: Asked, conversation_id: str) -> bool:
    """Remember that this person looks at this conversation; whether that was known already."""
    who = (asked.staff.pk, conversation_id)
    with _looks_lock:
        before = _looks.get(who)
        if before is not None and timedelta(0) <= asked.moment - before < LOOK_LASTS:
            return True
        _looks[who] = asked.moment
        _looks.move_to_end(who)
        while len(_looks) > _MOST_LOOKS:
            _looks.popitem(last=False)
        return False


def new_epoch(asked: Asked) -> Answer:
    """New keys for exactly those who are due, from the owner: for going on, or for passing on to a team."""
    held, _ = theirs(asked, Action.WRITE)
    epoch, given = asked.number("epoch", 1), _wrapped(asked)
    before = _older(asked, epoch)
    with deed(asked, "new keys", held.id):
        held, _ = theirs(asked, Action.WRITE)  # as it is now that nobody else is at it
        if epoch != held.epoch + 1:
            raise OutOfStep(held.epoch, 0)
        due = _fitting(held, asked, given)
        actions.begin_epoch(
            conversation_id=held.id,
            epoch=epoch,
            grants={one.tag: given[one.handle(held, server_key())] for one in due},
            expected={one.tag: one.reason for one in due},
            staff_id=asked.staff.pk,
            server_key=server_key(),
            visitor_key=held.visitor_key,
            older=_older_by_tag(held, due, before),
        )
    tell_conversation(held.id, "talk")
    for who in (*map(str, _coaches(held, epoch)), *guests_of(held.id)):
        tell_staff(who, "inbox")
    return {}


def _wrapped(asked: Asked) -> dict[bytes, bytes]:
    found = {}
    for one in asked.things("grants"):
        tag = as_bytes(one.get("tag"), "tag", _TAG)
        found[tag] = as_bytes(one.get("wrapped"), "wrapped", actions.WRAPPED_TALK_KEY, actions.WRAPPED_BOTH_KEYS)
    return found


def _older(asked: Asked, epoch: int) -> dict[tuple[int, bytes], bytes]:
    """Keys of epochs before, for who is due now and lacks them; none need be given."""
    found = {}
    for one in asked.things("older") if asked.has("older") else ():
        tag, of = as_bytes(one.get("tag"), "tag", _TAG), one.get("epoch")
        if type(of) is not int or not 0 <= of < epoch:
            raise AskedWrongly("“older”: an epoch before this one is expected")
        found[of, tag] = as_bytes(one.get("wrapped"), "wrapped", actions.WRAPPED_BOTH_KEYS)
    return found


def _older_by_tag(
    held: Held, due: tuple[Due, ...], before: Mapping[tuple[int, bytes], bytes]
) -> dict[tuple[int, bytes], bytes]:
    tags = {one.handle(held, server_key()): one.tag for one in due if one.reason not in WITHOUT_DESK_KEY}
    if not {handle for _, handle in before} <= set(tags):
        raise AskedWrongly(_OTHER_OLDER)
    return {(epoch, tags[handle]): wrapped for (epoch, handle), wrapped in before.items()}


def _fitting(held: Held, asked: Asked, given: Mapping[bytes, bytes]) -> tuple[Due, ...]:
    sets = [readers_due(held, asked.moment)]
    # To a partner nothing is passed on but by the visitor's yes, so a partner's team is none of these.
    teams = [team for team in all_teams() if team.public_key is not None and not team.organization]
    sets += [readers_after_passing(held, team) for team in teams]
    for due in sets:
        if {one.handle(held, server_key()) for one in due} == set(given):
            return due
    raise AskedWrongly(_OTHER_READERS)


def _coaches(held: Held, epoch: int) -> list[int]:
    """Who reads along with this epoch."""
    tags = {tag for tag, reason in queries.readers(held.id, epoch).items() if reason is GrantReason.COACH}
    key = server_key()
    ids = {one.staff_id for one in members(held.label.team)} if tags else set()
    return [who for who in sorted(ids) if queries.staff_tag(key, who) in tags]


def read(asked: Asked) -> Answer:
    """What is new beyond a place; of a conversation that is over, that it is over."""
    after = asked.number("after")
    try:
        held, is_owner = theirs(asked, Action.READ)
    except NotHere:
        return _over(asked, after)
    if not _note_look(asked, held.id):
        with deed(asked, "read", held.id):
            pass
    messages = messages_shown(held, asked.staff, after)  # before the keys: none of them is then newer than those
    return {
        "epoch": held.epoch,
        "state": held.state,
        "presence": presence(held),
        "grants": grants_shown(held, asked.staff),
        "messages": messages,
        "needs_epoch": is_owner and needs_epoch(held, readers_due(held, asked.moment)),
    }


def _over(asked: Asked, after: int) -> Answer:
    """For who was the last to answer.

    A visitor who leaves without a code closes it by leaving; what was written just before is still read then.
    """
    held = queries.closed_for_staff(asked.conversation(), asked.staff.pk, server_key())
    if held is None or held.label.team not in places_of(asked.staff):
        raise NotHere
    is_left = held.label.closed_because == ClosedBecause.LEFT and not held.has_code
    return {
        "epoch": held.epoch,
        "state": TalkState.CLOSED,
        "presence": presence(held),
        "grants": grants_shown(held, asked.staff) if is_left else [],
        "messages": messages_shown(held, asked.staff, after) if is_left else [],
        "needs_epoch": False,
    }


def write(asked: Asked) -> Answer:
    """One sealed message, once: to the visitor, between owner and coach, or a note of the team."""
    direction = asked.word("direction", Direction, among=_BY_THE_DESK)
    held, _ = theirs(asked, Action.WHISPER if direction is Direction.WHISPER else Action.WRITE)
    message = NewMessage(
        direction=direction,
        message_id=asked.raw("message_id", _MESSAGE_ID),
        sequence=asked.number("sequence", 1),
        epoch=asked.number("epoch"),
        envelope=asked.raw("envelope", ENVELOPE_SIZES[0], ENVELOPE_SIZES[-1]),
    )
    written = actions.write(
        conversation_id=held.id,
        message=message,
        kept_until=kept_until(held.label, asked.moment, has_code=held.has_code),
        moment=asked.moment,
        server_key=server_key(),
        writer_id=asked.staff.pk,
    )
    if direction is Direction.DESK:
        tell_conversation(held.id, "talk")
    else:  # the visitor's line must not even show that something was said
        for who in {held.label.owner, *map(str, _coaches(held, held.epoch))}:
            tell_staff(who, "talk", held.id)
    return {"place": written.place}


def draft(asked: Asked) -> Answer:
    """Keep, or throw away, what somebody typed and did not send."""
    held, _ = theirs(asked, Action.READ)
    if not asked.has("envelope"):
        drafts.drop_draft(conversation_id=held.id, staff_id=asked.staff.pk, server_key=server_key())
        return {}
    drafts.save_draft(
        conversation_id=held.id,
        staff_id=asked.staff.pk,
        epoch=asked.number("epoch"),
        envelope=asked.raw("envelope", ENVELOPE_SIZES[0], ENVELOPE_SIZES[-1]),
        server_key=server_key(),
    )
    return {}


def typing(asked: Asked) -> Answer:
    """Somebody types to the visitor."""
    held, _ = theirs(asked, Action.WRITE)
    tell_conversation(held.id, "typing-desk")
    return {}


def _next_team(asked: Asked) -> Team:
    team = team_by_slug(asked.text("team", 40))
    if team is None or team.organization:  # to a partner only by a hand-over, with the visitor's yes
        raise NotHere
    if team.public_key is None:
        raise AskedWrongly(asked.words(TEAM_HAS_NO_KEY))
    return team


def pass_on_readers(asked: Asked) -> Answer:
    """Who must be able to read the next epoch when it goes to the queue of a team; and what visitors call that team."""
    held, _ = theirs(asked, Action.PASS_ON)
    team = _next_team(asked)
    return {
        "readers": due_shown(held, readers_after_passing(held, team)),
        "called": dict(called(held.label, team.slug)),
    }


def pass_on(asked: Asked) -> Answer:
    """Back to the queue of a team, once its keys are those of that team and of nobody who had it before."""
    held, _ = theirs(asked, Action.PASS_ON)
    team = _next_team(asked)
    with deed(asked, "pass on", held.id):
        held, _ = theirs(asked, Action.PASS_ON)
        if needs_epoch(held, readers_after_passing(held, team)):
            raise OutOfStep(held.epoch, 0)
        actions.pass_on(
            conversation_id=held.id,
            staff_id=asked.staff.pk,
            team=team.slug,
            moment=asked.moment,
            server_key=server_key(),
        )
    tell_conversation(held.id, "state")
    tell_team(*{held.label.team, team.slug})
    return {}


def close(asked: Asked) -> Answer:
    """End a conversation; after misuse, when a professional says so, the visitor cannot open it again."""
    because = asked.word("because", ClosedBecause, among=(ClosedBecause.FINISHED, ClosedBecause.MISUSE))
    is_shut_out = asked.flag("shut_out")
    held, _ = theirs(asked, Action.CLOSE)
    if is_shut_out and because is not ClosedBecause.MISUSE:
        raise AskedWrongly("“shut_out”: only after misuse")
    if is_shut_out and not places_of(asked.staff)[held.label.team].may(Action.SHUT_OUT, is_owner=True):
        raise AskedWrongly(asked.words(NOT_BY_A_PEER))
    with deed(asked, "close and shut out" if is_shut_out else "close", held.id):
        actions.close(
            conversation_id=held.id,
            because=because,
            is_shut_out=is_shut_out,
            server_key=server_key(),
            staff_id=asked.staff.pk,
        )
    tell_conversation(held.id, "closed")
    tell_team(held.label.team)
    return {}


pick_answer = answers(pick)
take_over_answer = answers(take_over)
open_answer = answers(open_again)
epoch_answer = answers(new_epoch, is_activity=False)
read_answer = answers(read, is_activity=False)
write_answer = answers(write)
draft_answer = answers(draft)
typing_answer = answers(typing)
pass_on_readers_answer = answers(pass_on_readers)
pass_on_answer = answers(pass_on)
close_answer = answers(close)
