"""The pages of a visit: each a function from a Visit to a response."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from voordeur.faces.doorway import Door
from voordeur.faces.headers import sends_to
from voordeur.faces.language import N_, OWN_NAMES, translations
from voordeur.faces.rendering import Values, environment, inline, page
from voordeur.faces.tones import words_in
from voordeur.faces.visit.answers import Told
from voordeur.faces.visit.card import card_lines, picture
from voordeur.faces.visit.house import TEMPLATES, House, Look
from voordeur.faces.visit.links import first_pages
from voordeur.faces.visit.offered import offers_talk
from voordeur.faces.visit.organization import organization_values
from voordeur.faces.visit.other_doors import origins_of_others
from voordeur.faces.visit.passes import ALONG, Pass
from voordeur.faces.visit.reading import help_ids, library_values, page_code, page_values, search_values
from voordeur.faces.visit.results import danger_values, directory_at, guide_values, leading_ids, partners_of
from voordeur.rules.guide import Guide, Question, role_of

TITLES = {
    "home": N_("Start"),
    "guide": N_("Question"),
    "results": N_("Overview"),
    "danger": N_("Start"),
    "safety": N_("Information"),
    "organization": N_("Information"),
    "amend": N_("Information"),
    "problem": N_("Information"),
    "outside": N_("Information"),
    "linking": N_("Information"),
    "library": N_("Information"),
    "topic": N_("Information"),
    "search": N_("Overview"),
    "card": N_("Overview"),
    "talk": N_("Start"),
    "conversation": N_("Start"),
    "return": N_("Start"),
    "wipe": N_("Start"),
    "standing": N_("Overview"),
    "consent": N_("Overview"),
    "given": N_("Overview"),
    "plan": N_("Overview"),
    "contact": N_("Overview"),
    "along": N_("Overview"),
    "beside": N_("Overview"),
    "gaps": N_("Overview"),
    "counted": N_("Overview"),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a visit. is_embedded: it stands inside a page of another site (faces/visit/embedding)."""

    request: HttpRequest
    house: House
    door: Door
    token: str
    language: str
    told: Told
    view: str
    moment: datetime
    talk: Pass | None = None
    along: Pass | None = None
    is_embedded: bool = False

    @property
    def host(self) -> str:
        """The host name, and port if any, that the door was found by."""
        return str(self.request.META.get("HTTP_HOST", ""))[:200]

    @property
    def home(self) -> str:
        """The visit's own address."""
        return f"/e/{self.token}" if self.is_embedded else f"/{self.token}"

    @property
    def guide(self) -> Guide:
        """The guide as this door asks it."""
        return self.house.guides[self.door.id]


def begun(door: Door) -> Told:
    """What is known when someone comes in by this door."""
    return Told({key: codes for key, codes in door.starts_with.items() if codes})


def came_from(here: Visit) -> str:
    """The page to go back to from one that only informs: the guide, danger now, or the first page."""
    names = here.view.split(":")
    if names[0] in ("page", "easy", "library"):
        return ":".join(names[:2])
    if names[0] == "guide":
        return "guide"
    for name in (names[0], names[-1]):
        if name in ("home", "guide", "danger"):
            return name
    return "guide" if here.told.answers else "home"


def render(visit: Visit, template: str, values: Values, status: int = 200, look: Look | None = None) -> HttpResponse:
    """The page of this visit with what every page needs around it; in a `look` with a script of its own, if any."""
    level = 1 if look is None else 6  # a page of a conversation is large, and asked for less often
    if visit.is_embedded:
        look = visit.house.embedded_looks[visit.door.id]
    look = look or visit.house.looks[visit.door.id]
    title = translations(visit.language).gettext(TITLES[values.pop("title", template)])
    html = (
        environment(TEMPLATES, visit.language, words_in(settings.CONTENT / "tones", visit.language, visit.door.tone))
        .get_template(f"{template}.html")
        .render(
            style=inline(look.style),
            script=inline(look.script),
            title=f"{title} · {visit.door.name[visit.language]}",
            door_name=visit.door.name[visit.language],
            home=visit.home,
            is_embedded=visit.is_embedded,
            # What is typed to somebody, and another door, never stand inside a page of another site.
            out=outward(visit),
            emergency_number=visit.door.emergency_number,
            languages=[(code, OWN_NAMES[code]) for code in visit.door.languages],
            written=visit.told.written(),
            view=visit.view,
            talk_pass=visit.talk.sealed(visit.house.pass_key, visit.token) if visit.talk else "",
            along_pass=visit.along.sealed(visit.house.pass_key, visit.token, ALONG) if visit.along else "",
            offers_talk=offers_talk(visit.door, visit.moment) or visit.talk is not None,
            takes_codes=any(one.talk for one in visit.house.doorway.doors),  # a code opens at every door
            **values,
        )
    )
    # Our script puts one page in the place of another, and the first one's policy holds: so each page has all doors.
    policy = sends_to(look.policy, origins_of_others(visit.house, visit.door, visit.host)) if visit.door.scope else ""
    return page(visit.request, html, policy or look.policy, status, level)


def outward(visit: Visit) -> Markup:
    """For a button that leads out of a page of another site to a page of our own that is alone in its window."""
    return Markup(f' formtarget="_top" formaction="/{visit.token}"' if visit.is_embedded else "")  # noqa: S704


def mark_left(response: HttpResponse) -> None:
    """The cookie of two seconds: browsers do not bring back a page from their memory once it was set."""
    response.set_cookie(
        "__Host-w" if settings.IS_HTTPS else "w",
        "1",
        max_age=2,
        httponly=True,
        samesite="Lax",
        secure=settings.IS_HTTPS,
    )


def show_home(here: Visit) -> HttpResponse:
    """The first page: the ways in of the three phases (report 2.3)."""
    question = here.guide.questions[0]
    offered = {option.id: option for option in question.fields[0].options}
    return render(
        replace(here, view="home"),
        "home",
        {
            "tagline": here.door.tagline[here.language],
            "welcome": here.door.welcome[here.language],
            "question": question,
            "role": "victim",
            "ways_in": [offered[way] for way in here.door.ways_in if way in offered],
            "blocks": here.door.home,
            "first_pages": first_pages(here.house, here.door, here.language),
            "partners": partners_of(here.door, here.language, here.moment),
            "are_partners_agreed": here.door.are_partners_agreed,
            "is_partly_lost": here.told.is_partly_lost,
        },
    )


def show_guide(here: Visit, question: Question | None = None, part: int = 1) -> HttpResponse:
    """The next question with what fits so far; or, when there is none left, the results. `part`: see `guide_values`."""
    here = replace(here, view=f"guide:{question.id}" if question else "guide")
    values = guide_values(
        here.house, here.door, here.told, here.language, here.moment, question, host=here.host, part=part
    )
    return render(here, "guide", {"title": "guide" if values["question"] else "results", **values})


def show_danger(here: Visit) -> HttpResponse:
    """Danger now: the number first, then who else is there at this moment."""
    here = replace(here, view="danger")
    return render(here, "danger", danger_values(here.language, here.moment))


def show_safety(here: Visit) -> HttpResponse:
    """How we protect you, and what no page can erase (face.md X15)."""
    back_to = came_from(here)
    return render(replace(here, view=f"safety:{back_to}"), "safety", {"back_to": back_to})


def show_organization(here: Visit, code: str) -> HttpResponse:
    """All that is known of one organisation."""
    values = organization_values(code, here.language, here.moment)
    if values is None:
        return problem(here, 404)
    back_to = came_from(here)
    return render(replace(here, view=f"org:{code}:{back_to}"), "organization", {"back_to": back_to, **values})


def show_library(here: Visit, kind: str = "") -> HttpResponse:
    """What there is to read: to recognise, and to understand (phases 1 and 2, report 2.3)."""
    kind = kind if kind in ("recognise", "inform", "card") else ""
    here = replace(here, view=f"library:{kind}")
    role = str(role_of(here.guide, here.told.answers)) if here.told.answers.get("way_in") else None
    return render(here, "library", library_values(here.house, here.door, here.language, role, kind))


def show_page(here: Visit, page_id: str, *, is_easy: bool = False) -> HttpResponse:
    """One page of the library, whole or in its easier version."""
    one = here.house.library.page(page_id, here.language)
    if one is None:
        return problem(here, 404)
    here = replace(here, view=f"{'easy' if is_easy else 'page'}:{page_id}")
    return render(here, "topic", page_values(here.house, one, here.language, here.moment, is_easy=is_easy))


def show_search(here: Visit, typed: str) -> HttpResponse:
    """What fits the visitor's own words; the words are read for this answer and forgotten."""
    return render(replace(here, view="search"), "search", search_values(here.house, typed, here.language))


def show_card(here: Visit, of: str) -> HttpResponse:
    """Something to take along: of one organisation (“org:code”), of a page (“page:id”), or of the results."""
    kind, _, name = of.partition(":")
    directory = directory_at(here.moment)
    path = ""
    if kind == "org" and name in directory.by_code:
        ids: tuple[str, ...] = (directory.by_code[name],)
        path = f"o/{name}"
    elif kind == "page" and (one := here.house.library.page(name, here.language)):
        ids = help_ids(one, here.language, here.moment)
        path = f"o/{page_code(name)}"
    else:
        ids = leading_ids(here.house, here.door, here.told, here.language, here.moment)
    languages = (here.language, *(code for code in here.door.languages if code != here.language))[:2]
    lines = card_lines([directory.organizations[name] for name in ids], languages)
    scheme = "https" if settings.IS_HTTPS else "http"
    address = f"{scheme}://{here.host}/{path}"
    values: Values = {
        "lines": lines,
        "names": ", ".join(directory.organizations[name].name for name in ids),
        "picture": picture(lines, address),
        "back_to": of or "guide",
    }
    return render(replace(here, view=f"card:{of}"), "card", values)


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
    return render(replace(here, view="home"), "problem", values, status)
