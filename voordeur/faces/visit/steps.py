"""From what a form sent to the page that answers it. Whatever is sent, some page answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.http import HttpResponse

from voordeur import vocabulary as v
from voordeur.faces.visit import answers as told_answers
from voordeur.faces.visit.amend import show_amend, take_amend
from voordeur.faces.visit.embedding import is_alone, show_outside
from voordeur.faces.visit.gaps import show_gaps
from voordeur.faces.visit.linking import show_linking
from voordeur.faces.visit.other_doors import origin_of
from voordeur.faces.visit.pages import (
    Visit,
    begun,
    mark_left,
    problem,
    show_card,
    show_danger,
    show_guide,
    show_home,
    show_library,
    show_organization,
    show_page,
    show_safety,
    show_search,
)
from voordeur.faces.visit.talk import cookie_name, forget
from voordeur.faces.visit.talking import talk_step
from voordeur.rules.guide import next_question, previous_question

Sent = Mapping[str, list[str]]
#: The page of a visit that says that an address is not here.
NOT_HERE = "x"
#: The ways in of the first two phases lead to reading first (report 2.3.1, 2.3.2).
READ_FIRST = {"normal": "recognise", "options": "inform"}
#: The way in of the one that a page is written for.
WAY_IN_OF = {
    v.Role.VICTIM: "options",
    v.Role.BYSTANDER: "other",
    v.Role.PERPETRATOR: "self",
    v.Role.PROFESSIONAL: "work",
}


def opened(here: Visit, page_code: str) -> HttpResponse:
    """The page that an address of the visit names by itself."""
    if page_code == "":
        return show_home(here)
    if page_code == "g":
        return show_guide(replace(here, told=here.told.having({"way_in": ()}), view="guide"))
    if page_code == "a":
        return show_danger(here)
    if page_code == "p":
        return show_safety(here)
    if page_code == NOT_HERE:
        return problem(here, 404)
    if page_code == "l":
        return show_library(here)
    if page_code == "i" and not here.is_embedded:
        return show_linking(here, {})
    if page_code == "w":
        return show_gaps(here, "")
    page_id = here.house.page_codes.get(page_code)
    return show_page(here, page_id) if page_id else show_organization(here, page_code)


def answered(here: Visit, sent: Sent) -> HttpResponse:
    """The page that follows from a form."""
    go = sent.get("go", [""])[0]
    verb, _, rest = go.partition(":")
    if "way_in" in sent and verb in ("", "next"):
        question = here.guide.questions[0]
        told = told_answers.answered(here.guide, question, here.told, sent)
        chosen = next(iter(told.answers.get("way_in", ())), "")
        if chosen == "danger":
            told = _in_danger(here, told)
        now = replace(here, told=told, view="guide")
        if chosen in READ_FIRST and here.view == "home" and here.house.library.pages["nl"]:
            return show_library(now, READ_FIRST[chosen])
        return show_danger(now) if chosen == "danger" and here.view != "danger" else show_guide(now)
    steps: dict[str, Callable[[], HttpResponse]] = {
        "home": lambda: show_home(replace(here, told=begun(here.door))),
        "danger": lambda: show_danger(here),
        "safety": lambda: show_safety(here),
        "org": lambda: show_organization(here, rest),
        "lang": lambda: again(replace(here, language=rest if rest in here.door.languages else here.language), sent),
        "guide": lambda: show_guide(here),
        "next": lambda: _answer(here, sent, is_skipped=False),
        "skip": lambda: _answer(here, sent, is_skipped=True),
        "back": lambda: _back(here, sent),
        "ask": lambda: _ask(here, rest),
        "place": lambda: show_guide(replace(here, told=here.told.having({"place": (rest,) if rest else ()}))),
        "rest": lambda: _rest(here, rest),
        "again": lambda: again(here),
        "library": lambda: show_library(here, rest),
        "page": lambda: show_page(here, rest),
        "easy": lambda: show_page(here, rest, is_easy=True),
        "topic": lambda: _from_page(here, rest),
        "card": lambda: show_card(here, rest),
        "search": lambda: show_search(here, sent.get("words", [""])[0]),
        "talk": lambda: talk_step(here, rest, sent),
        "door": lambda: _to_door(here, rest),
        "linking": lambda: show_linking(here, sent),
        "amend": lambda: show_amend(here, rest),
        "amend-say": lambda: take_amend(here, rest, sent),
        "gaps": lambda: show_gaps(here, rest, sent),
    }
    return steps.get(verb, lambda: again(here))()


def _in_danger(here: Visit, told: told_answers.Told) -> told_answers.Told:
    """Danger now; at a door that knows who comes in by it, for that person: who goes too far stays who they are."""
    own = here.door.starts_with.get("way_in")
    return told.having({"way_in": own, "when": ("now",)}) if own else told


def embedded(here: Visit, sent: Sent) -> HttpResponse:
    """The page that follows inside a page of another site; what is typed in one's own words never stands there."""
    go = sent.get("go", [""])[0]
    return show_outside(here, go) if is_alone(go) or is_alone(here.view) else answered(here, sent)


def again(here: Visit, sent: Sent | None = None) -> HttpResponse:
    """The page that the visitor was on, as a form says it in `v`."""
    name, _, rest = here.view.partition(":")
    if name == "guide":
        return show_guide(here, here.guide.question(rest))
    if name == "danger":
        return show_danger(here)
    if name == "safety":
        return show_safety(here)
    if name == "library":
        return show_library(here, rest)
    if name in ("page", "easy"):
        return show_page(here, rest, is_easy=name == "easy")
    if name == "card":
        return show_card(here, rest)
    if name == "gaps":
        return show_gaps(here, rest)
    if name == "search":
        return show_search(here, (sent or {}).get("words", [""])[0])
    if name == "linking":
        return show_linking(here, sent or {})
    if name == "org":
        return show_organization(here, rest.partition(":")[0])
    if name == "amend":
        return show_amend(here, rest.partition(":")[0], sent)
    if name == "talk" and rest in ("standing", "plan", "contact", "along", "beside"):
        return talk_step(here, rest, sent or {})
    if name in ("talk", "return"):
        return talk_step(here, "return" if name == "return" else rest, sent or {})
    return show_guide(here) if here.told.answers and name != "home" else show_home(here)


def _to_door(here: Visit, door_id: str) -> HttpResponse:
    """Another door of ours, with the same form: the browser sends it on (307), to the same address under that name.

    The mark of two seconds keeps what was seen at this door out of the browser's memory, as leaving does.
    """
    door = next((one for one in here.house.doorway.doors if one.id == door_id), None)
    origin = origin_of(door, here.host) if door else None
    if door is None or door is here.door or origin is None:
        return show_guide(here) if here.told.answers else show_home(here)
    response = HttpResponse(status=307)
    response.headers["Location"] = f"{origin}/{here.token}"
    mark_left(response)
    if cookie_name() in here.request.COOKIES:  # a conversation goes along in the form; its cookie is this door's
        forget(response, here.token)
    return response


def _rest(here: Visit, part: str) -> HttpResponse:
    """Another part of what fits and does not lead, beside the question that was open."""
    name, _, question_id = here.view.partition(":")
    question = here.guide.question(question_id) if name == "guide" else None
    return show_guide(here, question, int(part) if part.isascii() and part.isdigit() and len(part) < 6 else 1)


def _from_page(here: Visit, page_id: str) -> HttpResponse:
    """The guide, with what a page is about; who has not said who asks, asks as the one the page is for."""
    page = here.house.library.page(page_id, here.language)
    if page is None:
        return show_guide(here)
    told = here.told.having({told_answers.TOPIC: (page_id,)})
    if not told.answers.get("way_in"):
        told = told.having({"way_in": (WAY_IN_OF[page.situation.role],)})
    return show_guide(replace(here, told=told))


def _answer(here: Visit, sent: Sent, *, is_skipped: bool) -> HttpResponse:
    question = here.guide.question(sent.get("q", [""])[0])
    if question is None:
        return show_guide(here)
    if is_skipped:
        told = told_answers.skipped(here.guide, question, here.told)
        own = {field.id for field in question.fields}
        told = told.having({key: codes for key, codes in here.door.starts_with.items() if key in own})
    else:
        told = told_answers.answered(here.guide, question, here.told, sent)
    return show_guide(replace(here, told=told, view="guide"))


def _back(here: Visit, sent: Sent) -> HttpResponse:
    guide = here.guide
    current = guide.question(sent.get("q", [""])[0]) or next_question(guide, here.told.answers)
    before = previous_question(guide, here.told.answers, current)
    if before is None or before is guide.questions[0]:
        return show_home(replace(here, view="home"))
    return show_guide(replace(here, view="guide"), before)


def _ask(here: Visit, question_id: str) -> HttpResponse:
    question = here.guide.question(question_id)
    if question is None or question is here.guide.questions[0]:
        return show_home(replace(here, view="home"))
    return show_guide(replace(here, view="guide"), question)
