"""The partner's side of a hand-over: see what was agreed, accept with a moment, decline with a reason, ask, join.

Only what the visitor said yes to comes here, and only as long as that yes stands.
"""

from __future__ import annotations

from voordeur.faces import labels
from voordeur.faces.desk.api import Answer, Asked, AskedWrongly, NotHere, answers, deed, tell_conversation, tell_staff
from voordeur.faces.desk.handing import (
    offer_shown,
    parcel_shown,
    remarks_shown,
    rule_of,
    teams_that,
    tell_all,
    tell_next,
)
from voordeur.faces.desk.handovers import accept, decline, envelope_asked, handover_asked, remark_number
from voordeur.faces.desk.handovers import for_inbox as desk_handovers
from voordeur.faces.desk.inbox import NO_OWN_KEY
from voordeur.faces.desk.presence import presence
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import queries as conversations
from voordeur.records.handovers import actions, partner, queries
from voordeur.records.handovers.label import ANSWER, QUESTION
from voordeur.records.handovers.queries import HandoverView, Parcel
from voordeur.records.handovers.steps import day_of
from voordeur.rules.handover import HandoverActor
from voordeur.rules.rights import Action
from voordeur.rules.safe_contact import written
from voordeur.vocabulary import ContactWay, DeclineReason

PARTNER = HandoverActor.PARTNER


def theirs(asked: Asked, action: Action) -> tuple[HandoverView, Parcel]:
    """An offer to a team of this person, with what was agreed. Raises NotHere."""
    today = day_of(asked.moment)
    found = queries.offer_for(handover_asked(asked), teams_that(asked, action), server_key(), today)
    if found is None:
        raise NotHere
    return found


def for_inbox(asked: Asked) -> list[Answer]:
    """What waits for my teams as partners, and what they have taken up; without content."""
    teams = teams_that(asked, Action.SEE_OFFERS)
    found = [offer_shown(one, asked) for one in queries.offers_for(teams, server_key(), day_of(asked.moment))]
    return sorted(found, key=lambda one: (str(one["state"]) != "offered", str(one["due"] or "")))


def handed(asked: Asked) -> Answer:
    """What my teams asked partners, what my teams are asked as partners, and where I joined; without content."""
    joined = conversations.joined(asked.staff.pk, server_key())
    return {
        "handovers": desk_handovers(asked),
        "offers": for_inbox(asked),
        "joined": [{"id": one.id, "presence": presence(one)} for one in joined],
    }


def open_offer(asked: Asked) -> Answer:
    """One offer: the agreed text, sealed, what contact is permitted, and what was asked and answered."""
    one, parcel = theirs(asked, Action.ANSWER_OFFER)
    held = conversations.conversation(one.conversation, server_key())
    rule = rule_of(one)
    with deed(asked, "open offer", one.id):
        pass
    return {
        **offer_shown(one, asked),
        "parcel": parcel_shown(Parcel(parcel.envelope, parcel.for_partner, None)),
        "remarks": [remark for remark in remarks_shown(one.id) if remark["kind"] in (QUESTION, ANSWER)],
        # Also where remarks are not for the partner: the next one is sealed for its number.
        "next_remark": len(queries.remarks_of(one.id)) + 1,
        "permission": None if rule is None else written(rule),
        "language": held.label.language if held else "",
        "conversation": one.conversation if one.label.guest == str(asked.staff.pk) else "",
        "is_let_in": _is_let_in(one, asked),
        "ways": {way: asked.words(labels.label(way)) for way in ContactWay},
        "reasons": {why: asked.words(labels.label(why)) for why in DeclineReason},
    }


def _is_let_in(one: HandoverView, asked: Asked) -> bool:
    return conversations.for_staff(one.conversation, asked.staff.pk, server_key()) is not None


def accept_offer(asked: Asked) -> Answer:
    """Take somebody, with the moment and way of the first contact; the visitor's rule of contact blocks."""
    one, _ = theirs(asked, Action.ANSWER_OFFER)
    with deed(asked, "accept offer", one.id):
        accept(asked, one, PARTNER)
    tell_all(one)
    return {}


def decline_offer(asked: Asked) -> Answer:
    """Say no, with a reason and who might; it goes to the next partner, or back to the first desk."""
    one, _ = theirs(asked, Action.ANSWER_OFFER)
    with deed(asked, "decline offer", one.id):
        following = decline(asked, one, PARTNER)
    tell_all(one)
    tell_next(following, one.conversation)
    return {}


def ask(asked: Asked) -> Answer:
    """Ask the visitor something, sealed under the key of the text; the desk sees it too."""
    one, _ = theirs(asked, Action.ANSWER_OFFER)
    with deed(asked, "ask about offer", one.id):
        partner.ask_question(
            handover_id=one.id, envelope=envelope_asked(asked), number=remark_number(asked), moment=asked.moment,
            server_key=server_key(),
        )  # fmt: skip
    tell_all(one)
    return {}


def join(asked: Asked) -> Answer:
    """Come into the conversation; who holds it lets them in with the next keys. Again asks again."""
    one, _ = theirs(asked, Action.ANSWER_OFFER)
    if asked.staff.public_key is None:
        raise AskedWrongly(asked.words(NO_OWN_KEY))
    with deed(asked, "join", one.id):
        partner.join(handover_id=one.id, staff_id=asked.staff.pk, moment=asked.moment, server_key=server_key())
    held = conversations.conversation(one.conversation, server_key())
    if held is not None and held.label.owner:
        tell_staff(held.label.owner, "talk", held.id)
    tell_conversation(one.conversation, "state")
    return {"conversation": one.conversation, "is_let_in": _is_let_in(one, asked)}


def leave(asked: Asked) -> Answer:
    """Go out of the conversation again."""
    one, _ = theirs(asked, Action.ANSWER_OFFER)
    if one.label.guest != str(asked.staff.pk):
        raise NotHere
    with deed(asked, "leave", one.id):
        partner.leave(handover_id=one.id, staff_id=asked.staff.pk, server_key=server_key())
    tell_all(one)
    return {}


def contact(asked: Asked) -> Answer:
    """There was contact: from here on we care for it."""
    one, _ = theirs(asked, Action.ANSWER_OFFER)
    with deed(asked, "contact made", one.id):
        actions.make_contact(handover_id=one.id, by=PARTNER, moment=asked.moment, server_key=server_key())
    tell_all(one)
    return {}


def done(asked: Asked) -> Answer:
    """We go on by ourselves now."""
    one, _ = theirs(asked, Action.ANSWER_OFFER)
    with deed(asked, "offer done", one.id):
        partner.finish(handover_id=one.id, moment=asked.moment, server_key=server_key())
    tell_all(one)
    return {}


handed_answer = answers(handed, is_activity=False)
open_answer = answers(open_offer)
accept_answer = answers(accept_offer)
decline_answer = answers(decline_offer)
ask_answer = answers(ask)
join_answer = answers(join)
leave_answer = answers(leave)
contact_answer = answers(contact)
done_answer = answers(done)
