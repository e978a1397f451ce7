"""Safe contact, in the visitor's own hand: which way, which times, what never; the rule, its words, and their page.

The rule is the server's, for it blocks. A number and a code word are for people, and stand in a sealed paper.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from voordeur.faces import labels
from voordeur.faces.doorway import Door
from voordeur.faces.language import AMSTERDAM, N_, translations
from voordeur.faces.rendering import Values
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import conversing
from voordeur.faces.visit.conversing import Sitting
from voordeur.faces.visit.going_on import MOST_VERSIONS, Paper, papers, wake, write
from voordeur.faces.visit.pages import Visit, render
from voordeur.faces.visit.passes import Pass
from voordeur.faces.visit.talk import show_gone, still
from voordeur.records.conversations.forgetting import delete_older
from voordeur.records.handovers import company
from voordeur.records.handovers import queries as handovers
from voordeur.rules.safe_contact import ONLY_ME, SafeContact
from voordeur.vocabulary import ContactWay, Direction

#: Ways that a visitor can permit; the conversation itself is always open.
WAYS = tuple(way for way in ContactWay if way is not ContactWay.HERE)
DAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
#: Letters of a number or address, and of a code word; the boxes say so too.
LONGEST_NUMBER, LONGEST_WORD = 120, 60


def contact_words(sitting: Sitting) -> tuple[str, str]:
    """What only people may read of safe contact: how to reach the visitor, and the code word."""
    said = _contacts(sitting)
    return (str(said[-1].get("number", "")), str(said[-1].get("word", ""))) if said else ("", "")


def permit(
    sitting: Sitting,
    mine: Pass,
    door: Door,
    rule: SafeContact | None,
    *,
    number: str,
    word: str,
    message_id: bytes,
    moment: datetime,
) -> int:
    """What contact is permitted from now on, and the words that go with it; how many agreed contacts are off with it.

    Raises StepNotAllowed, TooBusy.
    """
    said = {"kind": "contact", "number": number, "word": word}
    write(sitting, door, Direction.PAPER, said, message_id, moment)
    off = company.permit(
        conversation_id=sitting.held.id, rule=rule, moment=moment, visitor_private=mine.private, server_key=server_key()
    )
    # Where nobody may make contact nothing of before is of use: no number and no code word is left of it.
    kept = MOST_VERSIONS if rule is not None and rule.ways else 1
    there = [int(one["place"]) for one in _contacts(sitting)]
    delete_older(conversation_id=sitting.held.id, direction=Direction.PAPER, places=there[:-kept])
    wake(sitting.held.id, sitting.held.label.team, *(one.label.team for one in off), kind="state")
    return len(off)


def permit_nothing(sitting: Sitting, mine: Pass, door: Door, *, message_id: bytes, moment: datetime) -> None:
    """Nobody may make contact any more; also where the visitor was shut out, for taking back is always possible."""
    off = company.permit(
        conversation_id=sitting.held.id, rule=None, moment=moment, visitor_private=mine.private, server_key=server_key()
    )
    wake(sitting.held.id, sitting.held.label.team, *(one.label.team for one in off), kind="state")
    if conversing.is_shut(sitting):
        there = [int(one["place"]) for one in _contacts(sitting)]
        delete_older(conversation_id=sitting.held.id, direction=Direction.PAPER, places=there, is_newest_too=True)
    else:
        permit(sitting, mine, door, None, number="", word="", message_id=message_id, moment=moment)


def _contacts(sitting: Sitting) -> list[Paper]:
    return [one for one in papers(sitting) if one.get("kind") == "contact"]


def forget_contact(sitting: Sitting) -> None:
    """Where the desk wrote down that nobody may make contact: numbers and code words of before go too.

    The desk's page cannot remove papers; the visitor's does, as soon as it is there.
    """
    said, rule = _contacts(sitting), handovers.permission_of(sitting.held.id, server_key()).contact
    is_none = rule is None or not rule.get("ways")
    if is_none and len(said) > 1 and not (said[-1].get("number") or said[-1].get("word")):
        there = [int(one["place"]) for one in said[:-1]]
        delete_older(conversation_id=sitting.held.id, direction=Direction.PAPER, places=there)


def permitted_text(here: Visit, rule: SafeContact | None) -> list[str]:
    """What contact is permitted, in words; always that the conversation itself is open."""
    words = translations(here.language).gettext
    said = [words(N_("Here in this conversation: always, because you come here yourself."))]
    for way in sorted(rule.ways) if rule else ():
        if rule is None or way in rule.never:
            continue
        for window in rule.ways[way].windows:
            days = ", ".join(words(DAYS[day]) for day in sorted(window.weekdays))
            hours = f"{_clock(window.from_minute)}–{_clock(window.to_minute)}"
            said.append(f"{words(labels.label(way))}: {days}, {hours}")
    for way in sorted(rule.never) if rule else ():
        said.append(words(N_("Never %(way)s.")) % {"way": words(labels.label(way))})
    if rule is None or not rule.ways:
        said.append(words(N_("In no other way.")))
    return said


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def show_contact(
    here: Visit, *, warning: str = "", is_kept: bool = False, typed: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Which way, which times, what never, a code word, who may answer: a rule that blocks."""
    sitting = conversing.sit(here.talk) if here.talk else None
    if sitting is None:
        return show_gone(here)
    forget_contact(sitting)
    words = translations(here.language).gettext
    rule = handovers.safe_contact_of(sitting.held.id, server_key())
    number, word = contact_words(sitting)
    windows = [window for one in (rule.ways.values() if rule else ()) for window in one.windows]
    first = windows[0] if windows else None
    chosen = {
        way: "never" if rule and way in rule.never else "yes" if rule and way in rule.ways else "no" for way in WAYS
    }
    values: Values = {
        "warning": warning,
        "is_kept": is_kept,
        "permitted": permitted_text(here, rule),
        "ways": [(way, words(labels.label(way)), (typed or {}).get(f"way-{way}", chosen[way])) for way in WAYS],
        "days": [
            (
                str(day),
                words(name),
                (typed and str(day) in typed.get("days", ())) or (not typed and first and day in first.weekdays),
            )
            for day, name in enumerate(DAYS)
        ],
        "from_hour": (typed or {}).get("from", first.from_minute // 60 if first else 10),
        "to_hour": (typed or {}).get("to", first.to_minute // 60 if first else 12),
        "is_only_me": (typed or {}).get("who", rule.who_may_answer if rule else ONLY_ME) == ONLY_ME,
        "number": (typed or {}).get("number", number),
        "word": (typed or {}).get("word", word),
        "until": (typed or {}).get("until", rule.until.isoformat() if rule and rule.until else ""),
        "earliest": here.moment.astimezone(AMSTERDAM).date().isoformat(),
        "message_id": secrets.token_hex(16),
    }
    return render(replace(here, view="talk:contact"), "contact", values, status, still(here))
