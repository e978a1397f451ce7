"""From what a form sent to the page that answers it. Whatever is sent, some page answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.http import HttpResponse

from voordeur import vocabulary as v
from voordeur.faces.visit import answers as told_answers
from voordeur.faces.visit.gaps import show_gaps
from voordeur.faces.visit.pages import (
    Visit,
    begun,
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
    if page_code == "a":
        return show_danger(here)
    if page_code == "p":
        return show_safety(here)
    if page_code == NOT_HERE:
        return problem(here, 404)
    if page_code == "l":
        return show_library(here)
    if page_code == "g":
        return show_gaps(here, "")
    page_id = here.house.page_codes.get(page_code)
    return show_page(here, page_id) if page_id else show_organization(here, page_code)


def answered(here: Visit, sent: Sent) -> HttpResponse:
    """The page that follows from a form."""
    go = sent.get("go", [""])[0]
    verb, _, rest = go.partition(":")
    if "way_in" in sent and verb in ("", "next"):
        question = here.house.guide.questions[0]
        told = told_answers.answered(here.house.guide, question, here.told, sent)
        now = replace(here, told=told, view="guide")
        chosen = next(iter(told.answers.get("way_in", ())), "")
        if chosen in READ_FIRST and here.view == "home" and here.house.library.pages["nl"]:
            return show_library(now, READ_FIRST[chosen])
        return (
            show_danger(now) if told.answers.get("way_in") == ("danger",) and here.view != "danger" else show_guide(now)
        )
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
        "again": lambda: again(here),
        "library": lambda: show_library(here, rest),
        "page": lambda: show_page(here, rest),
        "easy": lambda: show_page(here, rest, is_easy=True),
        "topic": lambda: _from_page(here, rest),
        "card": lambda: show_card(here, rest),
        "search": lambda: show_search(here, sent.get("words", [""])[0]),
        "talk": lambda: talk_step(here, rest, sent),
        "gaps": lambda: show_gaps(here, rest, sent),
    }
    return steps.get(verb, lambda: again(here))()


def again(here: Visit, sent: Sent | None = None) -> HttpResponse:
    """The page that the visitor was on, as a form says it in `v`."""
    name, _, rest = here.view.partition(":")
    if name == "guide":
        return show_guide(here, here.house.guide.question(rest))
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
    if name == "org":
        return show_organization(here, rest.partition(":")[0])
    if name == "talk" and rest in ("standing", "plan", "contact", "along", "beside"):
        return talk_step(here, rest, sent or {})
    if name in ("talk", "return"):
        return talk_step(here, "return" if name == "return" else rest, sent or {})
    return show_guide(here) if here.told.answers and name != "home" else show_home(here)


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
    question = here.house.guide.question(sent.get("q", [""])[0])
    if question is None:
        return show_guide(here)
    if is_skipped:
        told = told_answers.skipped(here.house.guide, question, here.told)
        own = {field.id for field in question.fields}
        told = told.having({key: codes for key, codes in here.door.starts_with.items() if key in own})
    else:
        told = told_answers.answered(here.house.guide, question, here.told, sent)
    return show_guide(replace(here, told=told, view="guide"))


def _back(here: Visit, sent: Sent) -> HttpResponse:
    guide = here.house.guide
    current = guide.question(sent.get("q", [""])[0]) or next_question(guide, here.told.answers)
    before = previous_question(guide, here.told.answers, current)
    if before is None or before is guide.questions[0]:
        return show_home(replace(here, view="home"))
    return show_guide(replace(here, view="guide"), before)


def _ask(here: Visit, question_id: str) -> HttpResponse:
    question = here.house.guide.question(question_id)
    if question is None or question is here.house.guide.questions[0]:
        return show_home(replace(here, view="home"))
    return show_guide(replace(here, view="guide"), question)
