"""The desk's page for professionals: a frame, a style and one script. What was said in a conversation is opened and
sealed in the browser; it never passes through here, and neither does a key phrase.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.desk.sign_in import LANGUAGES, desk_language, next_step, signed_in_with_second_factor
from voordeur.faces.headers import page_policy
from voordeur.faces.language import translations
from voordeur.faces.rendering import environment, inline, page, smaller, smaller_style
from voordeur.rules.area import PROVINCES
from voordeur.rules.rights import Action, Standing, permits

HERE = Path(__file__).parent
#: Each needs those before it.
SCRIPTS = (
    "../sealing.js", "keyring.js", "show.js", "line.js", "own_key.js", "talk.js", "look_up.js", "triage.js",
    "parcel.js", "proposing.js", "plan.js", "handing.js", "pane.js", "asking.js", "offers.js", "hidden.js",
    "partners.js", "entries.js", "desk.js",
)  # fmt: skip


@lru_cache(maxsize=1)
def _style() -> str:
    return smaller_style((HERE / "desk.css").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _script() -> str:
    return "\n".join(smaller((HERE / name).read_text(encoding="utf-8")) for name in SCRIPTS)


def _words(language: str) -> dict[str, str]:
    """Words of the vocabulary that the script shows, by the name under which it asks for them."""
    kinds = {"role": v.StaffRole, "why": v.TakeReason, "danger": v.Danger}
    named = {f"{kind}-{word}": word for kind, words in kinds.items() for word in words}
    return {name: translations(language).gettext(labels.label(word)) for name, word in named.items()}


def _of_hidden(language: str) -> dict[str, object]:
    """What who keeps the hidden part of the map chooses from."""
    roles = [one for one in v.StaffRole if permits(Action.SEE_HIDDEN, Standing(one))]
    lists: dict[str, Sequence[StrEnum]] = {
        "needs": tuple(v.Need), "confidences": tuple(v.Confidence), "hidden_roles": roles,
    }  # fmt: skip
    words = translations(language).gettext
    named = {name: [(one.value, words(labels.label(one))) for one in kind] for name, kind in lists.items()}
    return {**named, "provinces": PROVINCES}


@lru_cache(maxsize=len(LANGUAGES))
def _html(language: str) -> str:
    template = environment(HERE / "templates", language).get_template("talk.html")
    return template.render(
        style=inline(_style()), script=inline(_script()), words=_words(language), **_of_hidden(language)
    )


def desk(request: HttpRequest) -> HttpResponse:
    """The page for who is signed in with a second factor; everybody else is sent on to sign in."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if signed_in_with_second_factor(request) is None:
        return next_step(request)
    return page(request, _html(desk_language(request)), page_policy([_style()], [_script()]))
