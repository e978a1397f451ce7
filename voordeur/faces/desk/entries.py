"""The own entry of a partner: what stands now, with its sources; what they say themselves; a steward who checks it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.desk.api import Answer, Asked, AskedWrongly, NotHere, answers, deed
from voordeur.faces.desk.material import team_asked
from voordeur.faces.language import N_, date_in_words, translations
from voordeur.records.directory import actions
from voordeur.records.directory.actions import WordGone, WordWaits
from voordeur.records.directory.own_words import (
    LONGEST_HOURS,
    LONGEST_REASON,
    NOW_LASTS,
    SHOWN_LANGUAGES,
    LineHours,
    Said,
    SaidWrongly,
    Word,
    has_hours,
)
from voordeur.records.directory.queries import (
    FactSource,
    OrganizationView,
    ServiceView,
    current_directory,
    own_word,
    own_words,
    standing_words,
)
from voordeur.rules.rights import Action

_LONGEST = 500
_TAKES = {"yes": True, "no": False, "unknown": None}
_TAKES_WORDS = {True: N_("yes"), False: N_("no"), None: N_("not known")}
_LANGUAGE_NAMES = {"nl": N_("in Dutch"), "en": N_("in English")}
DECISIONS = ("accept", "refuse", "end")
WAITS_ALREADY = N_("Something of you about this waits for a steward already. Take it back first.")
RULES = {
    "nothing": N_("Say at least one thing."),
    "both": N_("Write the text in Dutch and in English."),
    "language": N_("“%(language)s” is not a language that we know."),
    "long": N_("Write one line of at most %(longest)s signs."),
    "link": N_("Leave links and mail addresses out of the text. They stand with the ways to be in touch."),
    "number": N_("Leave numbers to call out of the text. They stand with the ways to be in touch."),
    "line": N_("Give hours once for each way on which somebody answers at once."),
    "hours": N_("“%(hours)s” cannot be read as hours. Write them like: Mo-Fr 09:00-17:00; PH off."),
}


def _wrongly(asked: Asked, wrong: SaidWrongly) -> AskedWrongly:
    return AskedWrongly(asked.words(RULES[wrong.rule]) % wrong.values)


# ---------------------------------------------------------------- as it is shown


def _source(source: FactSource | None, language: str) -> str:
    words = translations(language).gettext
    if source is None:
        return words(N_("source not known"))
    title = words(N_("the organisation itself")) if source.is_own else source.title
    return f"{title}, {date_in_words(language, source.date)}"


def _both(texts: Mapping[str, str] | None) -> str:
    return "" if not texts else "\n".join(f"{language}: {text}" for language, text in texts.items())


def _facts(one: OrganizationView, service: ServiceView, language: str) -> list[Answer]:
    """Everything that an own word can be about, as it stands now: name, text (empty: not known) and source."""
    words = translations(language).gettext
    summary = service.summary or one.summary
    rows: list[tuple[str, str, FactSource | None]] = [
        (words(N_("What they do now")), _both(summary), service.sources.get("summary") or _of_summary(one)),
        (
            words(N_("Takes people now")),
            "" if service.takes_people is None else words(_TAKES_WORDS[service.takes_people]),
            service.sources.get("takes_people"),
        ),
        (words(N_("Waiting time")), _both(service.wait_time), service.sources.get("wait_time")),
    ]
    rows += [
        (
            _line_name(str(view.contact.kind), view.contact.value, language),
            view.hours_text or "",
            view.sources.get("hours"),
        )
        for view in service.channels
        if has_hours(view.contact.kind)
    ]
    return [
        {"name": name, "text": text or words(N_("not known")), "source": _source(source, language) if text else ""}
        for name, text, source in rows
    ]


def _of_summary(one: OrganizationView) -> FactSource | None:
    return next((source for source in one.sources if not source.is_own), None)


def _line_name(kind: str, value: str | None, language: str) -> str:
    words = translations(language).gettext
    name = words(labels.label(v.ChannelKind(kind)))
    return words(N_("Hours: %(hours)s")) % {"hours": f"{name} {value}" if value else name}


def _says(word: Word, language: str) -> list[Answer]:
    """What an own word says, as rows of name and text."""
    words, said = translations(language).gettext, word.said
    rows = [
        (words(N_("What they do now")), _both(said.summary)),
        (words(N_("Takes people now")), "" if said.takes_people is None else words(_TAKES_WORDS[said.takes_people])),
        (words(N_("Waiting time")), _both(said.wait_time)),
        *((_line_name(str(one.kind), one.value, language), one.hours) for one in said.hours),
    ]
    return [{"name": name, "text": text} for name, text in rows if text]


def _word(word: Word, language: str) -> dict[str, object]:
    return {
        "id": word.id,
        "state": word.state,
        "state_text": translations(language).gettext(labels.label(word.state)),
        "proposed_on": word.proposed_on.isoformat(),
        "proposed": _day(word.proposed_on, language),
        "decided": None if word.decided_on is None else _day(word.decided_on, language),
        "reason": word.reason,
        "says": _says(word, language),
    }


def _day(day: date, language: str) -> str:
    return date_in_words(language, day.isoformat())


def _text_in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts["nl"]


# ---------------------------------------------------------------- for somebody of the organisation


def _own_organization(asked: Asked) -> str:
    """The organisation of the team that is asked for, for who may speak for it. Raises NotHere."""
    organization = team_asked(asked, Action.PROPOSE_ENTRY).team.organization
    if not organization:
        raise NotHere
    return organization


def own_entry(asked: Asked) -> Answer:
    """The entry of my organisation: what stands, what waits, what was refused and why, and how to begin a new word.

    `organization` is null when it is no longer in the directory.
    """
    organization, language = _own_organization(asked), asked.language
    one = current_directory().organizations.get(organization)
    words = own_words(organization)
    return {
        "organization": None if one is None else {"id": one.id, "name": one.name, "code": one.code},
        "services": [] if one is None else [_service(one, service, words, language) for service in one.services],
        "languages": [{"code": code, "name": asked.words(_LANGUAGE_NAMES[code])} for code in SHOWN_LANGUAGES],
        "now_lasts_days": NOW_LASTS.days,
    }


def _service(one: OrganizationView, service: ServiceView, words: tuple[Word, ...], language: str) -> Answer:
    mine = [word for word in words if word.service == service.key]
    by_state = {word.state: word for word in reversed(mine)}  # the newest of each is read last, and stays
    now = by_state.get(v.WordState.IN_FORCE)
    return {
        "key": service.key,
        "name": _text_in(service.name, language),
        "facts": _facts(one, service, language),
        "lines": [
            {
                "kind": view.contact.kind,
                "value": view.contact.value,
                "name": _line_name(str(view.contact.kind), view.contact.value, language),
                "hours": (now and now.hours_of(view.contact.kind, view.contact.value)) or "",
            }
            for view in service.channels
            if has_hours(view.contact.kind)
        ],
        "form": {
            "summary": dict((now and now.said.summary) or {}),
            "wait_time": dict((now and now.said.wait_time) or {}),
            "takes_people": _takes(now.said.takes_people if now else None),
        },
        **{state.value: _word(by_state[state], language) if state in by_state else None for state in v.WordState},
    }


def _takes(value: bool | None) -> str:
    return next(word for word, means in _TAKES.items() if means is value)


def propose(asked: Asked) -> Answer:
    """Say something about one service of my organisation; a steward looks at it before it counts."""
    organization, service = _own_organization(asked), asked.text("service", 80)
    one = current_directory().organizations.get(organization)
    if one is None or service not in {theirs.key for theirs in one.services}:
        raise NotHere
    said = Said(
        _texts(asked, "summary"),
        _texts(asked, "wait_time"),
        _takes_people(asked),
        tuple(map(_line, asked.things("hours") if asked.has("hours") else ())),
    )
    try:
        with deed(asked, "entry proposed", about=f"{organization}:{service}"[:80]):
            word = actions.propose_word(
                organization=organization, service=service, said=said, moment=asked.moment
            )  # fmt: skip
    except WordGone:
        raise NotHere from None
    except WordWaits:
        raise AskedWrongly(asked.words(WAITS_ALREADY)) from None
    except SaidWrongly as wrong:
        raise _wrongly(asked, wrong) from None
    return {"id": word}


def _texts(asked: Asked, name: str) -> Mapping[str, str] | None:
    value = asked.body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > len(v.LANGUAGES):
        raise AskedWrongly(f"“{name}”: a text by language is expected")
    if not all(isinstance(text, str) and len(text) <= _LONGEST for text in value.values()):
        raise AskedWrongly(f"“{name}”: a text by language is expected")
    return {str(language): text for language, text in value.items()}


def _takes_people(asked: Asked) -> bool | None:
    value = asked.body.get("takes_people", "unknown")
    if not isinstance(value, str) or value not in _TAKES:
        raise AskedWrongly(f"“takes_people”: one of {', '.join(_TAKES)} is expected")
    return _TAKES[value]


def _line(one: Mapping[str, object]) -> LineHours:
    kind, value, hours = one.get("kind"), one.get("value"), one.get("hours")
    if kind not in tuple(v.ChannelKind) or not (value is None or isinstance(value, str)):
        raise AskedWrongly("“hours”: kind and value of a way to be in touch are expected")
    if not isinstance(hours, str) or len(hours) > LONGEST_HOURS:
        raise AskedWrongly(f"“hours”: a text of at most {LONGEST_HOURS} signs is expected")
    return LineHours(v.ChannelKind(str(kind)), value, hours)


def withdraw(asked: Asked) -> Answer:
    """Take back an own word that waits or counts; what stands in the files stands again."""
    organization, number = _own_organization(asked), asked.number("id", 1)
    word = own_word(number)
    if word is None or word.organization != organization:
        raise NotHere
    try:
        with deed(asked, "entry taken back", about=f"{organization}:{word.service}"[:80]):
            actions.withdraw_word(word=number)
    except WordGone:
        raise NotHere from None
    return {}


# ---------------------------------------------------------------- for a steward


def _must_check(asked: Asked) -> None:
    """Somebody of the door who may check entries; who is of a partner never checks what partners say."""
    if team_asked(asked, Action.CHECK_ENTRY).team.organization:
        raise NotHere


def proposals(asked: Asked) -> Answer:
    """What waits, beside what stands; what counts now; and what has no place in the directory any more."""
    _must_check(asked)
    words = standing_words()
    places = {
        (one.id, service.key): (one, service)
        for one in current_directory().organizations.values()
        for service in one.services
    }
    shown: dict[str, list[Answer]] = {"proposals": [], "in_force": [], "without_place": []}
    for word in words:
        place = places.get((word.organization, word.service))
        row = {**_word(word, asked.language), "organization": word.organization, "service": word.service}
        if place is None:
            shown["without_place"].append(row)
            continue
        one, service = place
        row |= {
            "organization_name": one.name,
            "service_name": _text_in(service.name, asked.language),
            "stands": _facts(one, service, asked.language),
        }
        shown["proposals" if word.state is v.WordState.WAITING else "in_force"].append(row)
    return shown


def decide(asked: Asked) -> Answer:
    """Accept or refuse what waits; or end what counts, or what has no place any more."""
    _must_check(asked)
    number, decision = asked.number("id", 1), asked.body.get("decision")
    if decision not in DECISIONS:
        raise AskedWrongly(f"“decision”: one of {', '.join(DECISIONS)} is expected")
    reason = asked.text("reason", LONGEST_REASON) if decision == "refuse" else ""
    word = own_word(number)
    if word is None:
        raise NotHere
    try:
        with deed(asked, f"entry: {decision}", about=f"{word.organization}:{word.service}"[:80]):
            if decision == "accept":
                actions.accept_word(word=number, moment=asked.moment)
            elif decision == "refuse":
                actions.refuse_word(word=number, reason=reason, moment=asked.moment)
            else:
                actions.withdraw_word(word=number)
    except WordGone:
        raise NotHere from None
    except SaidWrongly as wrong:
        raise _wrongly(asked, wrong) from None
    return {}


own_entry_answer = answers(own_entry)
propose_answer = answers(propose)
withdraw_answer = answers(withdraw)
proposals_answer = answers(proposals)
decide_answer = answers(decide)
