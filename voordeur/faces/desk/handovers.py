"""The first desk's side of a hand-over: propose to the visitor, follow, do it by telephone, and the override.

The text of a proposal goes as a sealed paper of the conversation; what stands here is who and where it stands. Nothing
goes to a partner from here: that is the visitor's yes, or two people's signatures for vital danger.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from voordeur.faces import labels
from voordeur.faces.desk.api import (
    Answer,
    Asked,
    AskedWrongly,
    NotHere,
    answers,
    as_text,
    deed,
    tell_conversation,
    tell_team,
)
from voordeur.faces.desk.handing import (
    limits,
    organization_name,
    parcel_shown,
    partner_teams,
    remarks_shown,
    rule_of,
    shown,
    teams_that,
    tell_all,
    tell_next,
)
from voordeur.faces.desk.material import theirs
from voordeur.faces.server_key import server_key
from voordeur.records.conversations.queries import Held, conversation
from voordeur.records.directory.queries import current_directory
from voordeur.records.handovers import actions, company, override, queries
from voordeur.records.handovers.actions import ContactRefused
from voordeur.records.handovers.label import ANSWER, QUESTION
from voordeur.records.handovers.queries import HandoverView, Parcel
from voordeur.records.handovers.steps import MOST_REMARKS, WRAPPED, NewParcel
from voordeur.records.staff.queries import staff_by_id, team_by_slug
from voordeur.rules.handover import READABLE_BY_PARTNER, HandoverActor
from voordeur.rules.rights import Action
from voordeur.rules.safe_contact import SafeContactError, read, written
from voordeur.secrecy.envelope import ENVELOPE_SIZES
from voordeur.vocabulary import ContactWay, DeclineReason, HandoverState

#: Once the visitor has answered, that stands: nothing is left to sign.
_SIGNABLE = (HandoverState.DRAFTED, HandoverState.ASKED)


def handover_asked(asked: Asked) -> str:
    """The id of a hand-over. Raises AskedWrongly when it cannot be one."""
    value = asked.body.get("handover")
    if not isinstance(value, str) or len(value) != 32 or set(value) - set("0123456789abcdef"):
        raise AskedWrongly("“handover”: 32 hexadecimal letters are expected")
    return value


def moment_asked(asked: Asked, name: str) -> datetime:
    """A moment with its offset, ISO 8601. Raises AskedWrongly."""
    try:
        found = datetime.fromisoformat(asked.text(name, 40))
        if found.tzinfo is not None and 2000 <= found.year <= 2100:
            return found
    except ValueError:
        pass
    raise AskedWrongly(f"“{name}”: a date and time with its offset is expected")


def day_asked(asked: Asked, name: str) -> date:
    """A day, ISO 8601. Raises AskedWrongly."""
    try:
        return date.fromisoformat(asked.text(name, 10))
    except ValueError:
        raise AskedWrongly(f"“{name}”: a day such as 2026-12-31 is expected") from None


def envelope_asked(asked: Asked, name: str = "envelope") -> bytes:
    """A sealed text. Raises AskedWrongly."""
    return asked.raw(name, ENVELOPE_SIZES[0], ENVELOPE_SIZES[-1])


def remark_number(asked: Asked) -> int | None:
    """The number that a question or a word was sealed for; with another one it would open for nobody."""
    return asked.number("number", 1, MOST_REMARKS + 1) if asked.has("number") else None


def of_theirs(asked: Asked) -> tuple[Held, HandoverView]:
    """A hand-over that the team of this person asks for, of a conversation that they hold. Raises NotHere.

    Desks of our own go on with what another desk asked for; a partner only with what it asks for itself.
    """
    held, _ = theirs(asked, Action.HAND_OVER)
    found = queries.handover_of(held.id, handover_asked(asked), server_key())
    if found is None or not _is_asked_by(found, held):
        raise NotHere
    return held, found


def _is_asked_by(one: HandoverView, held: Held) -> bool:
    team = team_by_slug(held.label.team)
    return one.label.desk == held.label.team or (team is not None and not team.organization)


def overview(asked: Asked) -> Answer:
    """What the team that holds a conversation asks for, and by which hand-over it came to them; permitted contact."""
    held, _ = theirs(asked, Action.HAND_OVER)
    rule = queries.permission_of(held.id, server_key())
    every = queries.handovers_of(held.id, server_key())
    asks = [_asked_shown(one, asked) for one in every if _is_asked_by(one, held)]
    came = [
        _came_in_shown(one, asked)
        for one in every
        if one.label.team == held.label.team != one.label.desk and one.label.now in READABLE_BY_PARTNER
    ]
    return {
        "handovers": [*came, *asks],
        "desk_public": team_public(held.label.team),
        "permission": rule.contact,
        "check_in_at": rule.check_in_at,
        "buddies": [
            {"number": one.number, "kind": asked.words(labels.label(one.kind)), "may_read": one.may_read}
            for one in queries.buddies_of(held.id, server_key())
        ],
        "ways": {way: asked.words(labels.label(way)) for way in ContactWay},
        "reasons": {why: asked.words(labels.label(why)) for why in DeclineReason},
        "consent_days": limits().consent_days,
        "most_days": limits().longest_consent_days,
    }


def _asked_shown(one: HandoverView, asked: Asked) -> Answer:
    return {
        **shown(one, asked),
        "remarks": remarks_shown(one.id),
        "parcel": parcel_shown(queries.parcel_of(one.id)),
        "partner_public": partner_public_of(one),
        "next_remark": len(queries.remarks_of(one.id)) + 1,
        "came_in": False,
    }


def _came_in_shown(one: HandoverView, asked: Asked) -> Answer:
    """As it was for the partner who now holds it: no key of the team that asked, no word of theirs among themselves."""
    found = queries.offer_for(one.id, [one.label.team], server_key(), asked.moment.date())
    parcel = Parcel(found[1].envelope, found[1].for_partner, None) if found else None
    return {
        **shown(one, asked),
        "remarks": [said for said in remarks_shown(one.id) if said["kind"] in (QUESTION, ANSWER)],
        "parcel": parcel_shown(parcel),
        "partner_public": None,
        "next_remark": len(queries.remarks_of(one.id)) + 1,
        "came_in": True,
    }


def team_public(slug: str) -> str | None:
    """The public key of a team, as the API writes it; None where there is none."""
    team = team_by_slug(slug) if slug else None
    return as_text(bytes(team.public_key)) if team is not None and team.public_key is not None else None


def partner_public_of(one: HandoverView) -> str | None:
    """The public key of the partner's team; None for one without a desk."""
    return team_public(one.label.team)


def draft(asked: Asked) -> Answer:
    """Begin a proposal for one partner of the directory."""
    held, _ = theirs(asked, Action.HAND_OVER)
    organization, service = asked.text("organization", 80), asked.text("service", 80)
    found = current_directory().organizations.get(organization)
    if found is None or not any(one.key == service for one in found.services):
        raise NotHere
    team = partner_teams().get(organization)
    until = day_asked(asked, "until")
    with deed(asked, "draft hand-over", held.id):
        made = actions.draft(
            conversation_id=held.id,
            staff_id=asked.staff.pk,
            organization=organization,
            service=service,
            team=team.slug if team else "",
            until=until,
            moment=asked.moment,
            limits=limits(),
            server_key=server_key(),
        )
    return shown(made, asked)


def ask(asked: Asked) -> Answer:
    """Put it to the visitor; its paper was sent before."""
    held, one = of_theirs(asked)
    with deed(asked, "ask hand-over", held.id):
        actions.ask(handover_id=one.id, staff_id=asked.staff.pk, moment=asked.moment, server_key=server_key())
    tell_conversation(held.id, "state")
    return {}


def take_back(asked: Asked) -> Answer:
    """Take a proposal back."""
    held, one = of_theirs(asked)
    with deed(asked, "take back hand-over", held.id):
        actions.take_back(handover_id=one.id, staff_id=asked.staff.pk, moment=asked.moment, server_key=server_key())
    tell_conversation(held.id, "state")
    return {}


def put_away(asked: Asked) -> Answer:
    """It came back, and this team has done what was needed."""
    teams = teams_that(asked, Action.SEE_OFFERS)
    one = queries.handover_for_desk(handover_asked(asked), teams, server_key())
    if one is None:
        raise NotHere
    with deed(asked, "put hand-over away", one.conversation):
        actions.put_away(handover_id=one.id, teams=teams, server_key=server_key())
    tell_all(one)
    return {}


def by_telephone(one: HandoverView) -> bool:
    """Whether it waits for a call: out, and to a partner without a desk."""
    return not one.label.team and one.label.now in (HandoverState.OFFERED, HandoverState.ACCEPTED)


def by_phone(asked: Asked) -> Answer:
    """One step with a partner without a desk: called, told, agreed, introduced; or that there was contact; or a no."""
    return phone_step(asked, of_theirs(asked)[1])


def phone_step(asked: Asked, one: HandoverView, teams: Sequence[str] = ()) -> Answer:
    """The step, by who holds the conversation or, where `teams` says so, by somebody of the team that asked."""
    done = asked.text("done", 20)
    with deed(asked, f"phone {done}"[:60], one.conversation):
        if done == "agreed":
            accept(asked, one, HandoverActor.DESK)
        if done in actions.PHONE_STEPS:
            actions.tick(
                handover_id=one.id, staff_id=asked.staff.pk, done=done, server_key=server_key(), teams=teams
            )  # fmt: skip
            following = None
        elif done == "contact":
            actions.make_contact(
                handover_id=one.id, by=HandoverActor.DESK, moment=asked.moment, server_key=server_key()
            )
            following = None
        elif done == "declined":
            following = decline(asked, one, HandoverActor.DESK)
        else:
            raise AskedWrongly("“done”: called, told, agreed, introduced, contact or declined is expected")
    tell_all(one)
    tell_next(following, one.conversation)
    return {}


def accept(asked: Asked, one: HandoverView, by: HandoverActor) -> None:
    """A partner's yes, with the first contact that the visitor permits. Raises AskedWrongly with why it is not."""
    try:
        actions.accept(
            handover_id=one.id,
            by=by,
            at=moment_asked(asked, "at"),
            way=asked.word("way", ContactWay),
            rule=rule_of(one),
            says_code_word=asked.flag("says_code_word"),
            hangs_up_for_others=asked.flag("hangs_up_for_others"),
            moment=asked.moment,
            server_key=server_key(),
        )
    except ContactRefused as refused:
        raise AskedWrongly(asked.words(labels.label(refused.why))) from refused


def decline(asked: Asked, one: HandoverView, by: HandoverActor) -> str | None:
    """A partner's no, with its reason and who might; gives who is asked next."""
    might = asked.text("might", 80) if asked.has("might") else ""
    if might and might not in current_directory().organizations:
        raise AskedWrongly("“might”: an organisation of the directory is expected")
    return actions.decline(
        handover_id=one.id,
        by=by,
        reason=asked.word("reason", DeclineReason),
        might=might,
        word=envelope_asked(asked, "word") if asked.has("word") else None,
        word_number=remark_number(asked),
        moment=asked.moment,
        server_key=server_key(),
    )


def permit(asked: Asked) -> Answer:
    """What contact the visitor permits, as they said it to who holds the conversation; None takes it back."""
    held, _ = theirs(asked, Action.HAND_OVER)
    said = asked.body.get("rule")
    try:
        rule = None if said is None else read(said if isinstance(said, dict) else {})
    except SafeContactError as wrong:
        raise AskedWrongly(str(wrong)) from wrong
    with deed(asked, "permit contact", held.id):
        off = company.permit(
            conversation_id=held.id, rule=rule, owner_id=asked.staff.pk, moment=asked.moment, server_key=server_key()
        )
    tell_conversation(held.id, "state")
    tell_team(*{one.label.team for one in off if one.label.team})
    return {"permission": None if rule is None else written(rule)}


def danger(asked: Asked) -> Answer:
    """Mark the conversation as danger: it goes ahead, and the limits of its hand-overs are those of danger."""
    held, _ = theirs(asked, Action.HAND_OVER)
    with deed(asked, "mark danger", held.id):
        actions.mark_danger(conversation_id=held.id, server_key=server_key())
    return {}


def lay_override(asked: Asked) -> Answer:
    """A life is in danger and there is no yes: lay reason and text before a second person. Nothing goes out yet."""
    held, one = of_theirs(asked)
    with deed(asked, "ask override", held.id):
        override.ask_override(
            handover_id=one.id,
            staff_id=asked.staff.pk,
            reason=envelope_asked(asked, "reason"),
            parcel=NewParcel(envelope_asked(asked), None, asked.raw("for_desk", WRAPPED)),
            is_untold=asked.flag("is_untold"),
            moment=asked.moment,
            server_key=server_key(),
        )
    tell_all(one)
    return {}


def overrides(asked: Asked) -> Answer:
    """That something waits for the signature of a second person of my teams: to which partner, by whom, since when."""
    teams = teams_that(asked, Action.CONFIRM_OVERRIDE)
    return {
        "overrides": [
            {
                "handover": one.id,
                "name": organization_name(one.label.organization),
                "who": _who_asks(one),
                "day": one.label.since_at.date().isoformat(),
                "override_is_mine": one.label.override_by == str(asked.staff.pk),
            }
            for one in queries.handovers_of_desk(teams, server_key())
            if _waits_for_signature(one)
        ]
    }


def _waits_for_signature(one: HandoverView) -> bool:
    return bool(one.label.override_by) and not one.label.override_second and one.label.now in _SIGNABLE


def _who_asks(one: HandoverView) -> str:
    found = staff_by_id(int(one.label.override_by or 0))
    return found.shown_name if found else ""


def override_look(asked: Asked) -> Answer:
    """The sealed reason and text of one that waits for a signature; each look is on the trail."""
    teams = teams_that(asked, Action.CONFIRM_OVERRIDE)
    one = queries.handover_for_desk(handover_asked(asked), teams, server_key())
    if one is None or not _waits_for_signature(one):
        raise NotHere
    with deed(asked, "look at override", one.conversation):
        pass
    return {
        **shown(one, asked),
        "remarks": remarks_shown(one.id),
        "parcel": parcel_shown(queries.parcel_of(one.id)),
        "partner_public": partner_public_of(one),
    }


def confirm_override(asked: Asked) -> Answer:
    """Sign as the second person: exactly that text goes to that partner."""
    teams = teams_that(asked, Action.CONFIRM_OVERRIDE)
    one = queries.handover_for_desk(handover_asked(asked), teams, server_key())
    if one is None:
        raise NotHere
    with deed(asked, "sign override", one.conversation):
        override.confirm_override(
            handover_id=one.id,
            staff_id=asked.staff.pk,
            for_partner=asked.raw("for_partner", WRAPPED) if one.label.team else None,
            moment=asked.moment,
            server_key=server_key(),
        )
    tell_all(one)
    tell_next(one.id, one.conversation)
    return {}


def tell_override(asked: Asked) -> Answer:
    """It is safe now: from here on the visitor's page says what was done without a yes."""
    held, one = of_theirs(asked)
    with deed(asked, "tell override", held.id):
        override.tell_override(handover_id=one.id, staff_id=asked.staff.pk, server_key=server_key())
    tell_conversation(held.id, "state")
    return {}


def for_inbox(asked: Asked) -> list[Answer]:
    """What my teams asked partners and is not over, or came back; for the inbox."""
    teams, may_call = teams_that(asked, Action.SEE_OFFERS), teams_that(asked, Action.ANSWER_OFFER)
    found = []
    for one in queries.handovers_of_desk(teams, server_key()):
        held = conversation(one.conversation, server_key())
        is_mine = held is not None and held.label.owner == str(asked.staff.pk) and held.label.team == one.label.desk
        found.append(
            {
                **shown(one, asked),
                "conversation": one.conversation if is_mine else "",
                "is_mine": is_mine,
                "may_call": one.label.desk in may_call and by_telephone(one),
            }
        )
    return sorted(found, key=lambda one: (not one["is_late"], str(one["due"] or "")))


overview_answer = answers(overview)
draft_answer = answers(draft)
ask_answer = answers(ask)
take_back_answer = answers(take_back)
put_away_answer = answers(put_away)
by_phone_answer = answers(by_phone)
permit_answer = answers(permit)
danger_answer = answers(danger)
override_answer = answers(lay_override)
overrides_answer = answers(overrides, is_activity=False)
override_look_answer = answers(override_look)
confirm_override_answer = answers(confirm_override)
tell_override_answer = answers(tell_override)
