"""The values of the guide's pages: question, results, gaps, the place, and what was told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import DatabaseError

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.doorway import Door
from voordeur.faces.language import N_, OWN_NAMES, translations
from voordeur.faces.rendering import Values
from voordeur.faces.visit.answers import TOPIC, Told
from voordeur.faces.visit.house import House, house
from voordeur.faces.visit.links import to_read
from voordeur.faces.visit.other_doors import who_knows_more
from voordeur.faces.visit.shown import Shower, ShownHelp, rest_of, shower_at
from voordeur.records.directory.queries import Directory, current_directory
from voordeur.rules.area import PlaceAnswer, area_codes
from voordeur.rules.guide import Guide, Question, next_question, role_of, situation_from
from voordeur.rules.matching import Answer, Masks, match
from voordeur.rules.scope import with_usual_age
from voordeur.rules.situation import Situation

_REREAD_AFTER = timedelta(seconds=2)


@dataclass
class _Kept:
    """The directory in memory and when it was last compared with the database; openness of this minute."""

    directory: Directory | None = None
    read_at: datetime | None = None
    minute: datetime | None = None
    openness: Masks | None = None


_kept = _Kept()


def directory_at(moment: datetime) -> Directory:
    """The directory that is loaded, looked at again every two seconds; the last good one while it cannot be read.

    Raises DatabaseError when it never could be read.
    """
    if _kept.directory is None or _kept.read_at is None or not timedelta(0) <= moment - _kept.read_at < _REREAD_AFTER:
        try:
            fresh = current_directory()
        except DatabaseError:
            if _kept.directory is None:
                raise
            fresh = _kept.directory
        if fresh is not _kept.directory:
            _kept.minute = None
        _kept.directory, _kept.read_at = fresh, moment
    return _kept.directory


def openness_at(directory: Directory, moment: datetime) -> Masks:
    """Which candidates are open at this moment, worked out once a minute."""
    minute = moment.replace(second=0, microsecond=0)
    if _kept.minute != minute or _kept.openness is None:
        _kept.openness, _kept.minute = directory.index.openness(moment), minute
    return _kept.openness


@dataclass(frozen=True, slots=True)
class Near:
    """What is near a place (facts: CBS regions, csg.csv)."""

    place: str
    understood_as: str | None
    veilig_thuis: str
    ggd: str
    province: str
    centre: str | None
    city: str | None
    distance: int | None


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One question with what was answered, to be changed."""

    id: str
    question: str
    answer: str


def place_of(house: House, told: Told) -> PlaceAnswer | None:
    """What was understood of the place that was typed; None when none was."""
    typed = next(iter(told.answers.get("place", ())), "")
    if not typed:
        return None
    municipality = house.places.municipality(typed)
    if municipality:
        return PlaceAnswer("found", municipality)
    return house.places.look_up(typed)


def guide_values(
    house: House,
    door: Door,
    told: Told,
    language: str,
    moment: datetime,
    asked: Question | None = None,
    *,
    host: str = "",
    part: int = 1,
) -> Values:
    """Everything that the guide's template shows at this door. `asked` is a question opened again, else the next.

    `part` is which part of what does not lead.

    With `host`, at which the door was found, the results also name another door that knows more about it.
    """
    directory = directory_at(moment)
    guide = house.guides[door.id]
    question = asked or next_question(guide, told.answers)
    place = place_of(house, told)
    municipality = place.municipality if place and place.kind == "found" else None
    situation = _situation(house, door, told, language)
    answer = match(situation, directory.index, moment, now=openness_at(directory, moment), preferred=door.partners)
    shower = shower_at(directory, language, moment)
    typed = next(iter(told.answers.get("place", ())), "")
    return {
        "question": question,
        "role": str(role_of(guide, told.answers)),
        "answers": told.answers,
        "all_languages": tuple(OWN_NAMES.items()),
        "first_warning": question is not None and question is guide.questions[1],
        "emergency": answer.emergency,
        "is_partly_lost": told.is_partly_lost,
        "gaps": [_gap(shower, answer, gap) for gap in answer.gaps],
        "leading": [
            _with_door(shower.help(directory, answer, one), shower, door, one.organization)
            for one in answer.results[: answer.leading]
        ],
        "rest": rest_of(shower, directory, answer, part),
        "place_choices": [(label, one.code) for label, one in place.choices]
        if place and place.kind == "choose"
        else [],
        "place_unknown": bool(place and place.kind == "unknown"),
        "place_text": municipality.name if municipality else typed,
        "near": _near(house, place),
        "told": _told_lines(house, guide, told, language),
        "to_read": to_read(house, situation, language),
        "knows_more": who_knows_more(house, door, situation, host, language) if host and question is None else None,
    }


def _with_door(shown: ShownHelp, shower: Shower, door: Door, organization: str) -> ShownHelp:
    """A card that also says that this door prefers it: between equals that decided (report 6.9, model 2)."""
    if organization not in door.partners:
        return shown
    why = N_("works together with this door") if door.are_partners_agreed else N_("this door prefers to name it")
    return replace(shown, reasons=(*shown.reasons, shower._(why)))


def partners_of(door: Door, language: str, moment: datetime) -> list[tuple[str, str, str]]:
    """Who stands behind a door, as (code, name, what they do) in its order; none while the directory cannot be read."""
    if not door.partners:
        return []
    try:
        directory = directory_at(moment)
    except DatabaseError:
        return []
    found = [directory.organizations[name] for name in door.partners if name in directory.organizations]
    shower = shower_at(directory, language, moment)
    return [(one.code, one.name, shower.text(one.summary) or "") for one in found]


def _situation(house: House, door: Door, told: Told, language: str) -> Situation:
    """The situation that follows from the answers, the place, the page someone came from, and the door."""
    place = place_of(house, told)
    municipality = place.municipality if place and place.kind == "found" else None
    topic = _topic(house, told, language)
    usual = topic.violence if topic else frozenset(v.Violence(kind) for kind in door.scope.get("violence", ()))
    situation = situation_from(house.guide, told.answers, language, area_codes(municipality), usual)
    situation = with_usual_age(situation, door.groups, is_said=bool(told.answers.get("age")))
    if topic:
        situation = replace(
            situation,
            role=situation.role if told.answers.get("way_in") else topic.role,
            violence=topic.violence if v.Violence.UNKNOWN in situation.violence else situation.violence,
            context=situation.context or topic.context,
            relation=situation.relation or topic.relation,
            groups=situation.groups | topic.groups,
            need=situation.need | topic.need,
            phase=situation.phase if told.answers.get("need") else topic.phase,
        )
    return situation


def leading_ids(house: House, door: Door, told: Told, language: str, moment: datetime) -> tuple[str, ...]:
    """The organisations that lead for these answers."""
    directory = directory_at(moment)
    answer = match(
        _situation(house, door, told, language), directory.index, moment,
        now=openness_at(directory, moment), preferred=door.partners,
    )  # fmt: skip
    return tuple(one.organization for one in answer.results[: answer.leading])


def _topic(house: House, told: Told, language: str) -> Situation | None:
    """What the page of the library is about that someone came from."""
    name = next(iter(told.answers.get(TOPIC, ())), "")
    page = house.library.page(name, language) if name else None
    return page.situation if page else None


def _gap(shower: Shower, answer: Answer, gap: v.Gap) -> str:
    is_open = answer.reach(answer.best_fit).open_now if answer.best_fit else False
    if gap is v.Gap.BEST_FIT_NOT_REACHABLE_NOW and is_open is None:
        return shower._(
            N_("We do not know whether the help that fits best is open now. Below you also see who certainly is.")
        )
    return shower._(labels.label(gap))


def _near(house: House, place: PlaceAnswer | None) -> Near | None:
    if place is None or place.municipality is None:
        return None
    one = place.municipality
    nearest = house.nearest_centre(one)
    return Near(
        place=one.name,
        understood_as=place.understood_as,
        veilig_thuis=one.veilig_thuis_region,
        ggd=one.ggd_region,
        province=one.province,
        centre=nearest[0].name if nearest else None,
        city=nearest[0].city if nearest else None,
        distance=nearest[1] if nearest and nearest[1] else None,
    )


def _told_lines(house: House, guide: Guide, told: Told, language: str) -> list[ToldLine]:
    role = str(role_of(guide, told.answers))
    lines = []
    for question in guide.questions:
        said = []
        for field in question.fields:
            for chosen in told.answers.get(field.id, ()):
                option = next((one for one in field.options if one.id == chosen), None)
                if option:
                    said.append(option.words.text(language, role))
                elif field.kind == "language":
                    said.append(OWN_NAMES.get(chosen, chosen))
                elif field.kind == "place":
                    known = house.places.municipality(chosen)
                    said.append(known.name if known else chosen)
        if said:
            lines.append(ToldLine(question.id, question.words.text(language, role), ", ".join(said)))
    return lines


def danger_values(language: str, moment: datetime) -> Values:
    """Who is there at this moment for someone in danger, whatever it is about."""
    directory = directory_at(moment)
    situation = Situation(acute=True, need=frozenset({v.Need.DANGER_NOW}), phase=3, language=language)
    answer = match(situation, directory.index, moment, now=openness_at(directory, moment))
    shower = shower_at(directory, language, moment)
    return {"leading": [shower.help(directory, answer, one) for one in answer.results[: answer.leading]]}


def warm(moment: datetime) -> None:
    """Work out once what the first visitor would otherwise wait for."""
    house()
    translations("nl")
    danger_values("nl", moment)
