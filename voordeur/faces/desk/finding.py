"""Partners for somebody in a conversation, found with the same matching as the visitor's side; nothing is kept."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.desk.api import Answer, Asked, AskedWrongly, answers
from voordeur.faces.desk.at_hand import state_text
from voordeur.faces.desk.handing import partner_teams
from voordeur.faces.desk.material import theirs
from voordeur.records.directory.queries import OrganizationView, ServiceView, current_directory
from voordeur.rules.area import Places, area_codes
from voordeur.rules.matching import Reach, match
from voordeur.rules.opening import Status
from voordeur.rules.place_files import load_places
from voordeur.rules.rights import Action
from voordeur.rules.situation import Situation, SituationError, situation_from_mapping

MOST_FOUND = 12
#: What is asked in the form, by the name under which the page asks for its words.
_FORM: dict[str, type[v.Role] | type[v.Violence] | type[v.Context] | type[v.Group] | type[v.Need]] = {
    "roles": v.Role,
    "violence": v.Violence,
    "contexts": v.Context,
    "groups": v.Group,
    "needs": v.Need,
}


@lru_cache(maxsize=1)
def places() -> Places:
    """The places of this server."""
    return load_places(Path(settings.CONTENT) / "places")


def partner_words(asked: Asked) -> Answer:
    """The words with which partners are looked for: of each kind every code with what it is called."""
    return {name: [[one, asked.words(labels.label(one))] for one in kind] for name, kind in _FORM.items()}


def partners(asked: Asked) -> Answer:
    """Partners that fit, in order, each with why; for who holds the conversation. What was asked is forgotten."""
    theirs(asked, Action.HAND_OVER)
    situation, place = _situation(asked)
    directory = current_directory()
    answer = match(situation, directory.index, asked.moment)
    teams = partner_teams()
    found = []
    for result in answer.results[:MOST_FOUND]:
        one = directory.organizations[result.organization]
        service = one.service(result.service)
        reasons = [asked.words(labels.REASONS[code]) for code in answer.reasons(result)]
        found.append(_shown(asked, one, service, reasons, answer.reach(one.id), one.id in teams))
    gaps = [asked.words(labels.label(gap)) for gap in answer.gaps]
    return {"partners": found, "gaps": gaps, "place": place}


def _situation(asked: Asked) -> tuple[Situation, str]:
    said = asked.body.get("situation")
    if not isinstance(said, dict):
        raise AskedWrongly("“situation”: an object is expected")
    area, place, named = frozenset[str](), said.get("place"), ""
    if place is not None:
        if not isinstance(place, str) or len(place) > 100:
            raise AskedWrongly("“place”: a name or postcode is expected")
        found = places().look_up(place)
        if found.kind == "found" and found.municipality is not None:
            area, named = area_codes(found.municipality), found.municipality.name
    try:
        return situation_from_mapping(said.get("role", "victim"), said, area), named
    except SituationError as wrong:
        raise AskedWrongly(str(wrong)) from wrong


def _shown(
    asked: Asked, one: OrganizationView, service: ServiceView, reasons: list[str], reach: Reach, has_desk: bool
) -> Answer:
    def text(said: object) -> str:
        return str(said.get(asked.language) or said.get("nl") or "") if isinstance(said, dict) else ""

    state = (
        v.OpenState.OPEN if reach.open_now else v.OpenState.UNKNOWN if reach.open_now is None else v.OpenState.CLOSED
    )
    return {
        "organization": one.id,
        "service": service.key,
        "name": one.name,
        "service_name": text(service.name),
        "summary": text(one.summary),
        "why": reasons,
        "open_text": state_text(Status(state, reach.open_until, reach.next_open), asked.language, asked.moment),
        "wait": text(service.wait_time),
        "languages": list(service.languages or ()),
        "what_happens": text(one.what_happens),
        "not_for": text(one.not_for),
        "has_desk": has_desk,
        "status": one.status,
    }


partners_answer = answers(partners)
partner_words_answer = answers(partner_words)
