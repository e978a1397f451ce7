"""The pages of a visit. One address, one form: what is asked for stands in the body, never in the address.

`GET /` and the other fixed addresses only lead into a visit. Under its address `GET` shows the first page and
`POST` everything else, so that a whole visit is one line in the history, and none after *leave now*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from voordeur.faces.doorway import Door, UnknownHost
from voordeur.faces.headers import page_policy
from voordeur.faces.language import N_, OWN_NAMES, preferred, translations
from voordeur.faces.rendering import Values, environment, inline, page
from voordeur.faces.visit import answers as told_answers
from voordeur.faces.visit.answers import Told
from voordeur.faces.visit.house import TEMPLATES, House, house
from voordeur.faces.visit.organization import organization_values
from voordeur.faces.visit.results import danger_values, guide_values
from voordeur.rules.guide import Question, next_question, previous_question

LARGEST_BODY = 16 * 1024
VIEWS = ("home", "guide", "danger", "safety")
TITLES = {
    "home": N_("Start"),
    "guide": N_("Question"),
    "results": N_("Overview"),
    "danger": N_("Start"),
    "safety": N_("Information"),
    "organization": N_("Information"),
    "problem": N_("Information"),
}


class BodyRefused(Exception):
    """A body that is not read; `status` is the HTTP status that says why."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a visit."""

    request: HttpRequest
    house: House
    door: Door
    token: str
    language: str
    told: Told
    view: str
    moment: datetime

    @property
    def home(self) -> str:
        """The visit's own address."""
        return f"/{self.token}"


def _door(request: HttpRequest, at: House) -> Door:
    return at.doorway.door_for(request.META.get("HTTP_HOST", ""))


def _language(request: HttpRequest, door: Door) -> str:
    return preferred(request.headers.get("Accept-Language", ""), door.languages)


def render(visit: Visit, template: str, values: Values, status: int = 200) -> HttpResponse:
    """The page of this visit with what every page needs around it."""
    look = visit.house.looks[visit.door.id]
    title = translations(visit.language).gettext(TITLES[values.pop("title", template)])
    html = (
        environment(TEMPLATES, visit.language)
        .get_template(f"{template}.html")
        .render(
            style=inline(look.style),
            script=inline(look.script),
            title=f"{title} · {visit.door.name[visit.language]}",
            door_name=visit.door.name[visit.language],
            home=visit.home,
            emergency_number=visit.door.emergency_number,
            languages=[(code, OWN_NAMES[code]) for code in visit.door.languages],
            written=visit.told.written(),
            view=visit.view,
            **values,
        )
    )
    return page(visit.request, html, look.policy, status)


def plain(text: str, status: int) -> HttpResponse:
    """A bare answer for machines and for addresses that are not ours."""
    return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8", status=status)


def away() -> HttpResponse:
    """To the neutral page: what a burned address answers, for ever."""
    response = HttpResponse(status=303)
    response.headers["Location"] = settings.NEUTRAL_URL
    return response


def enter(request: HttpRequest, page_code: str = "") -> HttpResponse:
    """A fixed, findable address: leads to the same page under an address of this visit's own."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    at = house()
    try:
        _door(request, at)
    except UnknownHost:
        return plain("There is no door at this host name.", 421)
    response = HttpResponse(status=303)
    token = at.visits.begin(datetime.now(UTC))
    response.headers["Location"] = f"/{token}/{page_code}" if page_code else f"/{token}"
    return response


def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Leave now: the address is burned, and a blank page goes on to the neutral one.

    The cookie of two seconds keeps the page that is left out of the browser's memory (safety rule 1, exception).
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    house().visits.burn(token, datetime.now(UTC))
    target = settings.NEUTRAL_URL.replace("&", "&amp;").replace('"', "%22")
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>…</title>'
        f'<meta http-equiv="refresh" content="0;url={target}"><link rel="icon" href="data:,"></head>'
        f'<body><p><a href="{target}" rel="noreferrer">…</a></p></body></html>'
    )
    response = HttpResponse(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = page_policy([], [])
    response.set_cookie(
        "__Host-w" if settings.IS_HTTPS else "w",
        "1",
        max_age=2,
        httponly=True,
        samesite="Lax",
        secure=settings.IS_HTTPS,
    )
    return response


def visit(request: HttpRequest, token: str, page_code: str = "") -> HttpResponse:
    """Everything under the address of a visit."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    at, moment = house(), datetime.now(UTC)
    try:
        door = _door(request, at)
    except UnknownHost:
        return plain("There is no door at this host name.", 421)
    if not at.visits.is_alive(token, moment):
        return away()
    language = _language(request, door)
    begun = Told({key: codes for key, codes in door.starts_with.items() if codes})
    here = Visit(request, at, door, token, language, begun, "home", moment)
    if request.method != "POST":
        return _get(here, page_code)
    try:
        sent = read_body(request)
    except BodyRefused as refused:
        return problem(here, refused.status)
    chosen = sent.get("l", [""])[0]
    told = told_answers.read(at.guide, sent["s"][0]) if "s" in sent else begun
    view = sent.get("v", ["home"])[0]
    here = Visit(request, at, door, token, chosen if chosen in door.languages else language, told, view, moment)
    return _post(here, sent)


def read_body(request: HttpRequest) -> dict[str, list[str]]:
    """The fields of a form body. Raises BodyRefused: 413 too large, 415 not a form, 400 not readable."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST_BODY:
        raise BodyRefused(413)
    kind = request.META.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BodyRefused(415)
    try:
        body = request.read(LARGEST_BODY + 1)
    except OSError:
        raise BodyRefused(400) from None
    if len(body) > LARGEST_BODY:
        raise BodyRefused(413)
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=300, errors="strict")
    except ValueError:
        raise BodyRefused(400) from None


def _get(here: Visit, page_code: str) -> HttpResponse:
    if page_code == "":
        return show_home(here)
    if page_code == "a":
        return show_danger(here)
    if page_code == "p":
        return show_safety(here)
    return show_organization(here, page_code)


def _post(here: Visit, sent: dict[str, list[str]]) -> HttpResponse:
    go = sent.get("go", [""])[0]
    verb, _, rest = go.partition(":")
    if "way_in" in sent and verb in ("", "next"):
        question = here.house.guide.questions[0]
        told = told_answers.answered(here.house.guide, question, here.told, sent)
        now = _with(here, told=told, view="guide")
        return (
            show_danger(now) if told.answers.get("way_in") == ("danger",) and here.view != "danger" else show_guide(now)
        )
    steps: dict[str, Callable[[], HttpResponse]] = {
        "home": lambda: show_home(_with(here, told=Told())),
        "danger": lambda: show_danger(here),
        "safety": lambda: show_safety(here),
        "org": lambda: show_organization(here, rest),
        "lang": lambda: again(_with(here, language=rest if rest in here.door.languages else here.language)),
        "guide": lambda: show_guide(here),
        "next": lambda: _answer(here, sent, is_skipped=False),
        "skip": lambda: _answer(here, sent, is_skipped=True),
        "back": lambda: _back(here, sent),
        "ask": lambda: _ask(here, rest),
        "place": lambda: show_guide(_with(here, told=here.told.having({"place": (rest,) if rest else ()}))),
        "again": lambda: again(here),
    }
    return steps.get(verb, lambda: again(here))()


def _with(here: Visit, told: Told | None = None, view: str | None = None, language: str | None = None) -> Visit:
    return Visit(
        here.request,
        here.house,
        here.door,
        here.token,
        language or here.language,
        here.told if told is None else told,
        here.view if view is None else view,
        here.moment,
    )


def again(here: Visit) -> HttpResponse:
    """The page that the visitor was on, as a form says it in `v`."""
    name, _, rest = here.view.partition(":")
    if name == "guide" or (name not in VIEWS and name != "org" and here.told.answers):
        return show_guide(here)
    if name == "danger":
        return show_danger(here)
    if name == "safety":
        return show_safety(here)
    if name == "org":
        return show_organization(here, rest.partition(":")[0])
    return show_home(here)


def _answer(here: Visit, sent: dict[str, list[str]], *, is_skipped: bool) -> HttpResponse:
    question = here.house.guide.question(sent.get("q", [""])[0])
    if question is None:
        return show_guide(here)
    if is_skipped:
        told = told_answers.skipped(here.house.guide, question, here.told)
        own = {field.id for field in question.fields}
        told = told.having({key: codes for key, codes in here.door.starts_with.items() if key in own})
    else:
        told = told_answers.answered(here.house.guide, question, here.told, sent)
    return show_guide(_with(here, told=told, view="guide"))


def _back(here: Visit, sent: dict[str, list[str]]) -> HttpResponse:
    guide = here.house.guide
    current = guide.question(sent.get("q", [""])[0]) or next_question(guide, here.told.answers)
    before = previous_question(guide, here.told.answers, current)
    if before is None or before is guide.questions[0]:
        return show_home(_with(here, view="home"))
    return show_guide(_with(here, view="guide"), before)


def _ask(here: Visit, question_id: str) -> HttpResponse:
    question = here.house.guide.question(question_id)
    if question is None or question is here.house.guide.questions[0]:
        return show_home(_with(here, view="home"))
    return show_guide(_with(here, view="guide"), question)


def show_home(here: Visit) -> HttpResponse:
    """The first page: the ways in of the three phases (report 2.3)."""
    question = here.house.guide.questions[0]
    offered = {option.id: option for option in question.fields[0].options}
    return render(
        _with(here, view="home"),
        "home",
        {
            "tagline": here.door.tagline[here.language],
            "welcome": here.door.welcome[here.language],
            "question": question,
            "role": "victim",
            "ways_in": [offered[way] for way in here.door.ways_in if way in offered],
            "is_partly_lost": here.told.is_partly_lost,
        },
    )


def show_guide(here: Visit, question: Question | None = None) -> HttpResponse:
    """The next question with what fits so far; or, when there is none left, the results."""
    here = _with(here, view="guide")
    values = guide_values(here.house, here.door, here.told, here.language, here.moment, question)
    return render(here, "guide", {"title": "guide" if values["question"] else "results", **values})


def show_danger(here: Visit) -> HttpResponse:
    """Danger now: the number first, then who else is there at this moment."""
    here = _with(here, view="danger")
    return render(here, "danger", danger_values(here.language, here.moment))


def show_safety(here: Visit) -> HttpResponse:
    """How we protect you, and what no page can erase (face.md X15)."""
    came_from = "guide" if here.told.answers else "home"
    return render(_with(here, view="safety"), "safety", {"back_to": came_from})


def show_organization(here: Visit, code: str) -> HttpResponse:
    """All that is known of one organisation."""
    values = organization_values(code, here.language, here.moment)
    if values is None:
        return problem(here, 404)
    came_from = "guide" if here.told.answers else "home"
    return render(_with(here, view=f"org:{code}"), "organization", {"back_to": came_from, **values})


_PROBLEMS = {
    400: (N_("This could not be read"), N_("Something went wrong on the way. Go back and try again.")),
    404: (N_("This page is not here"), N_("It may have moved. From the first page you find the way.")),
    413: (N_("That was too much at once"), N_("Go back and send less text.")),
    500: (
        N_("Something is broken on our side"),
        N_("Try again in a moment. Is there danger now? The number to call is on top of this page."),
    ),
    415: (N_("This could not be read"), N_("Please use the forms on our pages.")),
}


def problem(here: Visit, status: int) -> HttpResponse:
    """What went wrong and what to do, in the reader's language, with the emergency number still on top."""
    heading, explanation = _PROBLEMS[status]
    words = translations(here.language).gettext
    values: Values = {"heading": words(heading), "explanation": words(explanation)}
    return render(_with(here, view="home"), "problem", values, status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that does not exist: says so within a visit of its own."""
    return _outside(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours broke (the database, say): the emergency number and the way out stand all the same."""
    return _outside(request, 500)


def _outside(request: HttpRequest, status: int) -> HttpResponse:
    at = house()
    try:
        door = _door(request, at)
    except UnknownHost:
        return plain("There is no door at this host name.", 421)
    moment = datetime.now(UTC)
    here = Visit(request, at, door, at.visits.begin(moment), _language(request, door), Told(), "home", moment)
    return problem(here, status)
