"""A partner without a desk, called by somebody of the team that asked while another holds the conversation, or nobody.

Whoever asked may be off duty, and the conversation may have gone on to another partner: what is out can be finished.
"""

from __future__ import annotations

from voordeur.faces import labels
from voordeur.faces.desk.api import Answer, Asked, NotHere, answers, deed
from voordeur.faces.desk.handing import parcel_shown, remarks_shown, rule_of, shown, teams_that
from voordeur.faces.desk.handovers import by_telephone, handover_asked, phone_step
from voordeur.faces.server_key import server_key
from voordeur.records.handovers import queries
from voordeur.records.handovers.label import ANSWER, QUESTION
from voordeur.records.handovers.queries import HandoverView
from voordeur.rules.rights import Action
from voordeur.rules.safe_contact import written
from voordeur.vocabulary import ContactWay, DeclineReason


def _of_team(asked: Asked) -> HandoverView:
    """One that waits for a call, of a team in which this person answers. Raises NotHere."""
    one = queries.handover_for_desk(handover_asked(asked), teams_that(asked, Action.ANSWER_OFFER), server_key())
    if one is None or not by_telephone(one):
        raise NotHere
    return one


def look(asked: Asked) -> Answer:
    """What was agreed, sealed for the team that asked, and what contact is permitted; each look is on the trail."""
    one = _of_team(asked)
    rule = rule_of(one)
    with deed(asked, "look at phone offer", one.conversation):
        pass
    return {
        **shown(one, asked),
        "parcel": parcel_shown(queries.parcel_of(one.id)),
        "remarks": [said for said in remarks_shown(one.id) if said["kind"] in (QUESTION, ANSWER)],
        "next_remark": len(queries.remarks_of(one.id)) + 1,
        "permission": None if rule is None else written(rule),
        "ways": {way: asked.words(labels.label(way)) for way in ContactWay},
        "reasons": {why: asked.words(labels.label(why)) for why in DeclineReason},
    }


def step(asked: Asked) -> Answer:
    """One step, in the place of who asked."""
    one = _of_team(asked)
    return phone_step(asked, one, (one.label.desk,))


look_answer = answers(look)
step_answer = answers(step)
