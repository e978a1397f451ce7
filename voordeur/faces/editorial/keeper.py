"""Who keeps up entries: a steward of the door any of them, people of an organisation their own. The gate of each page.

What is not there and what is not theirs give one answer. Forms carry the token of the framework; every change is one
transaction with its line on the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.middleware.csrf import get_token

from voordeur.faces.entry_words import NAMES, fault_in_words
from voordeur.faces.gate import desk_language, next_step, places_of, signed_in_with_second_factor
from voordeur.faces.headers import page_policy
from voordeur.faces.language import N_, date_in_words, translations
from voordeur.faces.rendering import environment, inline, page, smaller_style
from voordeur.faces.server_key import server_key
from voordeur.records.directory.corrections import CorrectionGone
from voordeur.records.directory.fields import NoSuchField
from voordeur.records.directory.findings import DirectoryBroken, Finding
from voordeur.records.directory.own_words import SaidWrongly
from voordeur.records.directory.publishing import (
    ChangedMeanwhile,
    NothingChanged,
    VersionGone,
    WaitsAlready,
    day_of,
    entry_now,
)
from voordeur.records.staff.actions import note_audit
from voordeur.records.staff.queries import Staff
from voordeur.rules.rights import Action

HERE = Path(__file__).parent
HOME = "/upkeep"
READ, BOTH, SEND = ("GET", "HEAD"), ("GET", "HEAD", "POST"), ("POST",)

RULES = {
    "both": N_("Write the text in Dutch and in English."),
    "long": N_("Give a reason: one line of at most %(longest)s signs."),
    "link": N_("Leave links and mail addresses out of the text."),
    "number": N_("Leave numbers to call out of the text."),
}
CHANGED = N_("The entry was changed meanwhile. Look at the comparison again.")
NOTHING = N_("There is no difference with what is published.")
WAITS = N_("A proposal of yours waits for a steward already. Take it back first.")


class NotHere(Exception):
    """It is not there, or not theirs: nobody is told which."""


class AskedWrongly(ValueError):
    """What was sent cannot be done; the message is a sentence for who sent it, in their language."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """One request that came through the gate, and whose entries this person keeps up."""

    request: HttpRequest
    staff: Staff
    language: str
    moment: datetime
    is_steward: bool
    organizations: frozenset[str]

    @property
    def today(self) -> date:
        """The day in the Netherlands."""
        return day_of(self.moment)

    def words(self, message: str) -> str:
        """A message in the language of the one who asks."""
        return translations(self.language).gettext(message)

    def day(self, day: date) -> str:
        """A day as people write it."""
        return date_in_words(self.language, day.isoformat())

    def sent(self, name: str, most: int = 1000) -> str:
        """A text of the form, without the spaces around it; empty when there is none. Raises AskedWrongly."""
        text = self.request.POST.get(name, "").replace("\r\n", "\n").strip()
        if len(text) > most or "\0" in text:
            raise AskedWrongly(self.words(N_("A text is too long.")))
        return text

    def entry(self, organization: str) -> dict[str, Any]:
        """The entry that stands now, for who keeps it up. Raises NotHere."""
        found = entry_now(organization) if self.is_steward or organization in self.organizations else None
        if found is None:
            raise NotHere
        return found

    def must_be_steward(self) -> None:
        """Only a steward goes on. Raises NotHere."""
        if not self.is_steward:
            raise NotHere

    @contextmanager
    def deed(self, what: str, about: str) -> Iterator[None]:
        """One transaction with its line on the trail: who did what, about which entry. Nothing of what was written."""
        with transaction.atomic():
            note_audit(
                server_key=server_key(), moment=self.moment, who=self.staff.name, what=what[:60], about=about[:80]
            )
            yield


View = Callable[..., HttpResponse]


def keeper_of(request: HttpRequest) -> Keeper | None:
    """Who asks, when they keep up any entry; None for everybody who is not through the gate."""
    staff = signed_in_with_second_factor(request)
    if staff is None:
        return None
    places = places_of(staff).values()
    own = {one.team.organization for one in places if one.team.organization and one.may(Action.PROPOSE_ENTRY)}
    is_steward = any(not one.team.organization and one.may(Action.CHECK_ENTRY) for one in places)
    return Keeper(request, staff, desk_language(request), datetime.now(UTC), is_steward, frozenset(own))


def kept(*methods: str) -> Callable[[View], View]:
    """The gate before a page: signed in, keeping up entries, by one of these methods."""

    def wrap(view: View) -> View:
        def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
            who = keeper_of(request)
            if who is None:
                return next_step(request)
            if not (who.is_steward or who.organizations):
                return _not_here(who)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            try:
                return view(who, **named)
            except (NotHere, VersionGone, CorrectionGone, NoSuchField):
                return _not_here(who)
            except (AskedWrongly, SaidWrongly, DirectoryBroken, ChangedMeanwhile, NothingChanged, WaitsAlready) as no:
                return show(who, "fault.html", status=400, faults=faults_of(who, no), back=back_of(request))

        return guarded

    return wrap


def back_of(request: HttpRequest) -> str:
    """Where a form came from, as it says itself; only one of our own pages."""
    back = request.POST.get("back", "")
    return back if back.startswith(f"{HOME}/") and len(back) < 300 and back.isprintable() else HOME


def faults_of(who: Keeper, wrong: Exception) -> list[str]:
    """What is wrong, in sentences for who sent it."""
    if isinstance(wrong, DirectoryBroken):
        return [_fault(who, one) for one in wrong.findings]
    if isinstance(wrong, SaidWrongly):
        return [who.words(RULES.get(wrong.rule, RULES["long"])) % {"longest": 200, **wrong.values}]
    if isinstance(wrong, ChangedMeanwhile):
        return [who.words(CHANGED)]
    if isinstance(wrong, NothingChanged):
        return [who.words(NOTHING)]
    return [who.words(WAITS) if isinstance(wrong, WaitsAlready) else str(wrong)]


def _fault(who: Keeper, one: Finding) -> str:
    key = next((str(part) for part in reversed(one.where) if isinstance(part, str)), "")
    text = fault_in_words(one, who.language)
    return f"{who.words(NAMES[key])}: {text}" if key in NAMES else text


@lru_cache(maxsize=1)
def _style() -> str:
    return smaller_style((HERE / "editorial.css").read_text(encoding="utf-8"))


def show(who: Keeper, template: str, *, status: int = 200, **values: Any) -> HttpResponse:
    """A page of keeping up, in the language of who reads it."""
    html = (
        environment(HERE / "templates", who.language)
        .get_template(template)
        .render(style=inline(_style()), form_token=get_token(who.request), who=who, home=HOME, **values)
    )
    return page(who.request, html, page_policy([_style()], []), status)


def _not_here(who: Keeper) -> HttpResponse:
    return show(who, "not_here.html", status=404)


def on_to(path: str) -> HttpResponseRedirect:
    """After a change: the page to look at, asked for anew."""
    return HttpResponseRedirect(f"{HOME}{path}")
