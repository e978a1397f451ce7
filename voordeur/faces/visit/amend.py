"""“Is something not right here?”: anybody can say so about a fact of an organisation, without a name.

What is kept is the organisation, the fact, two texts and the day; nothing about who said it. A steward looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.db import Error
from django.http import HttpResponse

from voordeur.faces.entry_words import field_name, value_in_words
from voordeur.faces.language import N_, translations
from voordeur.faces.limits import Limit, Limits
from voordeur.faces.visit.pages import Visit, came_from, problem, render
from voordeur.faces.visit.results import directory_at
from voordeur.faces.visit.talking import address
from voordeur.records.directory.corrections import (
    LONGEST_SAID,
    LONGEST_TOLD,
    CorrectionGone,
    NothingSaid,
    TooManyWait,
    suggest,
)
from voordeur.records.directory.entry_files import WHAT_IF
from voordeur.records.directory.fields import fields
from voordeur.records.directory.publishing import entry_now

Sent = Mapping[str, list[str]]
#: As wide as for conversations: many share one address. What one address can fill stays far below what is read.
SAYINGS = Limit("amend", 6, 300)
limits = Limits()
#: What somebody who reads the page can see and know; the rest of an entry serves the finding.
_SHOWN = (
    "name", "website", "summary", "description", "what_happens", "not_for", "help", "groups_only", "age_min", "age_max",
    "area", "anonymous", "comes_to_you", "answered_by", "languages", "waiting_time", "value", "cost", "hours",
    "knowledge", *WHAT_IF,
)  # fmt: skip
_NOTHING = N_("Please write what it should be.")
_LONG = N_("This is too long. Write at most %(most)s characters.")
_BUSY = N_("This could not be kept at this moment. What you typed is still here; please try again later.")


def _one(sent: Sent, name: str) -> str:
    return sent.get(name, [""])[0]


def show_amend(here: Visit, code: str, sent: Sent | None = None, fault: str = "", status: int = 200) -> HttpResponse:
    """The form: which fact, what it should be, how one knows. What was typed stands in it again."""
    directory = directory_at(here.moment)
    name = directory.by_code.get(code)
    entry = entry_now(name) if name else None
    if name is None or entry is None:
        return problem(here, 404)
    sent = sent or {}
    offered = [
        (path, f"{field_name(path, entry, here.language)}: {_short(path, one.value, here.language)}")
        for path, one in fields(entry).items()
        if path.rpartition(".")[2] in _SHOWN
    ]
    back_to = came_from(here)
    return render(
        replace(here, view=f"amend:{code}:{back_to}"),
        "amend",
        {
            "one": directory.organizations[name],
            "offered": offered,
            "chosen": _one(sent, "field"),
            "said": _one(sent, "said"),
            "told": _one(sent, "told"),
            "longest_said": LONGEST_SAID,
            "longest_told": LONGEST_TOLD,
            "fault": fault,
            "is_kept": False,
            "keeps_typed": True,
        },
        status,
    )


def _short(path: str, value: object, language: str) -> str:
    if isinstance(value, dict):
        value = value.get(language) or value.get("nl")
    text = " ".join(value_in_words(path, value, language).split())
    return text if len(text) <= 60 else text[:57].rstrip() + "…"


def take_amend(here: Visit, code: str, sent: Sent) -> HttpResponse:
    """Keep what was said, and say so; whatever goes wrong, what was typed is shown again."""
    words = translations(here.language).gettext
    directory = directory_at(here.moment)
    name = directory.by_code.get(code)
    if name is None:
        return problem(here, 404)
    said, told = _one(sent, "said"), _one(sent, "told")
    if not said.strip():
        return show_amend(here, code, sent, words(_NOTHING))
    for text, most in ((said, LONGEST_SAID), (told, LONGEST_TOLD)):
        if len(text) > most:
            return show_amend(here, code, sent, words(_LONG) % {"most": most})
    if not limits.may(SAYINGS, address(here), here.moment):
        return show_amend(here, code, sent, words(_BUSY), 429)
    try:
        suggest(organization=name, path=_one(sent, "field"), said=said, source_told=told, moment=here.moment)
    except CorrectionGone:
        return show_amend(here, code, {**sent, "field": [""]}, words(N_("Choose once more what is not right.")))
    except NothingSaid:
        return show_amend(here, code, sent, words(_NOTHING))
    except (TooManyWait, Error):
        return show_amend(here, code, sent, words(_BUSY), 503)
    back_to = came_from(here)
    values = {"one": directory.organizations[name], "is_kept": True}
    return render(replace(here, view=f"org:{code}:{back_to}"), "amend", values)
