"""From an answer of the matching to what stands on the page: plain values for the template."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.language import N_, OWN_NAMES, date_in_words, moment_in_words, translations
from voordeur.records.directory.queries import ChannelView, Directory, FactSource, OrganizationView, ServiceView
from voordeur.rules.freshness import is_old
from voordeur.rules.matching import Answer, Contact, Reach
from voordeur.rules.opening import AMSTERDAM, Status
from voordeur.rules.ranking import Result

_ORDER = tuple(v.Function)
_HELD_REASONS = {
    "for_others_first", "not_by_your_way", "only_for_some", "only_for_some_ages", "only_in_some_places",
    "sends_on", "asks_name", "takes_nobody_now",
}  # fmt: skip
#: So many that do not lead stand on one page; what stands further on is asked for.
MOST_ROWS = 40
#: The reasons that are told first: why this one, then how it can be reached.
_MOST_REASONS = 3
_SAFE = {
    v.ChannelKind.PHONE: N_("The number stays in the call list of your phone. You can delete it there."),
    v.ChannelKind.CHAT: N_("The chat opens on their own site. Close it when someone comes near."),
    v.ChannelKind.WHATSAPP: N_("The messages stay in WhatsApp on your phone until you delete them."),
    v.ChannelKind.MAIL: N_("An answer comes into your mailbox. Can someone else read that?"),
    v.ChannelKind.FORM: N_("They may answer by mail or phone. Write how they can reach you safely."),
}


@dataclass(frozen=True, slots=True)
class ShownContact:
    """One way to be in touch."""

    kind: str
    action: str
    value: str | None
    href: str | None
    state: str
    state_text: str
    cost: str
    note: str | None
    source: str
    age: str


@dataclass(frozen=True, slots=True)
class ShownHelp:
    """One organisation among the results."""

    code: str
    name: str
    summary: str
    state: str
    state_text: str
    contacts: tuple[ShownContact, ...]
    reasons: tuple[str, ...]
    anonymous: str
    answered_by: str
    languages: str
    what_happens: str | None
    wait: str
    full: str
    checked: str
    doubt: str | None
    safe: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One organisation below the leading ones: a line of the list."""

    code: str
    name: str
    summary: str
    state: str
    state_text: str
    reasons: tuple[str, ...]


class Shower:
    """Puts values into words in one language at one moment; what it has once put into words it keeps."""

    def __init__(self, language: str, moment: datetime) -> None:
        self.language, self.moment = language, moment
        self._: Callable[[str], str] = translations(language).gettext
        self._states: dict[Status, str] = {}
        self._contacts: dict[str, tuple[tuple[Contact, ShownContact], ...]] = {}
        self._facts: dict[tuple[str, str], dict[str, Any]] = {}

    def text(self, texts: Mapping[str, str] | None) -> str | None:
        """A text of the directory in this language, else in Dutch."""
        return None if texts is None else texts.get(self.language) or texts.get("nl")

    def state(self, status: Status) -> str:
        """Open until when, closed until when, or not known, in words."""
        if status not in self._states:
            self._states[status] = self._state(status)
        return self._states[status]

    def _state(self, status: Status) -> str:
        when = self.moment
        if status.state is v.OpenState.OPEN:
            if status.until is None:
                return self._(N_("Open now, day and night"))
            return self._(N_("Open now, until %(time)s")) % {"time": moment_in_words(self.language, status.until, when)}
        if status.state is v.OpenState.UNKNOWN:
            if status.next_open is None:
                return self._(N_("Opening hours not known"))
            return self._(N_("May be open now; certainly open from %(time)s")) % {
                "time": moment_in_words(self.language, status.next_open, when)
            }
        if status.next_open is None:
            return self._(N_("Closed now"))
        return self._(N_("Closed now, opens %(time)s")) % {
            "time": moment_in_words(self.language, status.next_open, when)
        }

    def source(self, source: FactSource | None) -> str:
        """Where a fact comes from and of when it is."""
        if source is None:
            return self._(N_("source not known"))
        title = self._(N_("the organisation itself")) if source.is_own else source.title
        return f"{title}, {date_in_words(self.language, source.date)}"

    def takes_people(self, service: ServiceView) -> str:
        """Whether they take people now, as they say themselves, and of when that is."""
        said = self.yes_no(service.takes_people, N_("yes"), N_("no"), N_("not known"))
        source = service.sources.get("takes_people")
        return said if source is None else f"{said} ({self.source(source)})"

    def wait(self, service: ServiceView) -> str:
        """How long one waits, with where that comes from when they say it themselves; empty when not known."""
        said, source = self.text(service.wait_time) or "", service.sources.get("wait_time")
        return f"{said} ({self.source(source)})" if said and source is not None and source.is_own else said

    def cost(self, contact: Contact) -> str:
        """What one contact costs, as far as it is known."""
        if contact.kind not in (v.ChannelKind.PHONE, v.ChannelKind.WHATSAPP, v.ChannelKind.CHAT):
            return ""
        if contact.cost is None:
            return self._(N_("cost not known")) if contact.kind is v.ChannelKind.PHONE else ""
        return self._(labels.label(contact.cost))

    def contact(self, view: ChannelView, website: str | None, status: Status) -> ShownContact:
        """A contact point with its link, state, cost, and what it leaves behind."""
        contact = view.contact
        kind = contact.kind
        value, href = contact.value, None
        if kind is v.ChannelKind.PHONE and value:
            href = "tel:" + re.sub(r"[^\d+]", "", value)
        elif kind is v.ChannelKind.MAIL and value and "@" in value:
            href = "mailto:" + value
        elif kind in (v.ChannelKind.VISIT, v.ChannelKind.HOME_VISIT, v.ChannelKind.LETTER):
            href = None
        elif value and value.startswith("http"):
            href = value
        elif website:
            href = website
        if contact.is_live or contact.hours is not None:
            state, state_text = status.state.value, self.state(status)
        else:
            state, state_text = "any", ""
        shown = value if value and not value.startswith("http") else None
        return ShownContact(
            kind=kind.value,
            action=self._(labels.label(kind)),
            value=shown,
            href=href,
            state=state,
            state_text=state_text,
            cost=self.cost(contact),
            note=self._missing(kind, value) or self.text(view.hours_note),
            source=self.source(view.sources.get("value") or view.sources.get("hours") or view.sources.get("kind")),
            age=self.age(view.sources.get("value") or view.sources.get("hours")),
        )

    def age(self, source: FactSource | None) -> str:
        """That a fact was looked at long ago, and when; empty for one that was not, or that is not there."""
        if source is None or not self._is_old(source.date):
            return ""
        if source.date is None:
            return self._(N_("not known when this was checked"))
        return self._(N_("checked last in %(date)s")) % {"date": date_in_words(self.language, source.date)}

    def _is_old(self, written: str | None) -> bool:
        return is_old(written, self.moment.astimezone(AMSTERDAM).date(), settings.ENV.old_after_days)

    def _missing(self, kind: v.ChannelKind, value: str | None) -> str | None:
        if value:
            return None
        if kind in (v.ChannelKind.PHONE, v.ChannelKind.WHATSAPP):
            return self._(N_("We have no checked number. You find it on their website."))
        if kind is v.ChannelKind.VISIT:
            return self._(N_("We have no checked address. Ask for it first."))
        return None

    def yes_no(self, value: bool | None, yes: str, no: str, unknown: str) -> str:
        """One of three texts: what is not known is said as not known."""
        return self._(unknown if value is None else yes if value else no)

    def anonymous(self, value: bool | None) -> str:
        """Whether a name is asked."""
        return self.yes_no(
            value, N_("You need not give a name"), N_("They ask for your name"), N_("Not known whether they ask a name")
        )

    def answered_by(self, codes: Iterable[str] | None) -> str:
        """Who answers."""
        if not codes:
            return self._(N_("not known"))
        return ", ".join(self._(labels.LABELS[v.AnsweredBy][code]) for code in codes)

    def languages(self, service: ServiceView) -> str:
        """Which languages the helper speaks, and in which the site can be read; or that it is not known."""
        parts = []
        if service.languages:
            parts.append(self._(N_("speaks %(names)s")) % {"names": self.names(service.languages)})
        if service.languages_read:
            parts.append(self._(N_("website in %(names)s")) % {"names": self.names(service.languages_read)})
        if service.many_languages:
            parts.append(self._(N_("works in many languages")))
        return "; ".join(parts) or self._(N_("not known; you can ask for an interpreter"))

    @staticmethod
    def names(codes: Iterable[str]) -> str:
        """Languages by their own names."""
        return ", ".join(OWN_NAMES.get(code, code) for code in codes)

    def reasons(self, codes: Iterable[str], *, is_held: bool) -> tuple[str, ...]:
        """Why this one, in a few words; for what does not lead, why not."""
        wanted = [code for code in codes if (code in _HELD_REASONS) == is_held]
        return tuple(self._(labels.REASONS[code]) for code in wanted[:_MOST_REASONS])

    def help(self, directory: Directory, answer: Answer, result: Result) -> ShownHelp:
        """A result with everything that a leading card shows."""
        organization = directory.organizations[result.organization]
        service = organization.service(result.service)
        reach = answer.reach(result.organization)
        state, state_text = self._reached(reach)
        return ShownHelp(
            state=state,
            state_text=state_text,
            contacts=self._on_card(answer, organization, service, reach.contacts),
            reasons=self.reasons(answer.reasons(result), is_held=result.is_held),
            safe=self.safe(contact.kind for contact, _ in reach.contacts),
            **self._known(organization, service),
        )

    def row(self, organization: OrganizationView, answer: Answer, result: Result) -> ShownRow:
        """A result in one line."""
        state, state_text = self._reached(answer.reach(result.organization))
        own = organization.service(result.service).summary
        return ShownRow(
            organization.code,
            organization.name,
            self.text(own) or self.text(organization.summary) or "",
            state,
            state_text,
            self.reasons(answer.reasons(result), is_held=result.is_held),
        )

    def _reached(self, reach: Reach) -> tuple[str, str]:
        """Whether it can be reached live now: the state's code and its words."""
        if reach.open_now:
            status = Status(v.OpenState.OPEN, reach.open_until, None)
        elif reach.open_now is None:
            status = Status(v.OpenState.UNKNOWN, None, reach.next_open)
        else:
            status = Status(v.OpenState.CLOSED, None, reach.next_open)
        if any(contact.is_live for contact, _ in reach.contacts):
            return status.state.value, self.state(status)
        return "any", self._without_live(reach.contacts)

    def _known(self, organization: OrganizationView, service: ServiceView) -> dict[str, Any]:
        """What a card says of it whoever asks."""
        key = organization.id, service.key
        if key not in self._facts:
            self._facts[key] = {
                "code": organization.code,
                "name": organization.name,
                "summary": self.text(service.summary) or self.text(organization.summary) or "",
                "anonymous": self.anonymous(service.anonymous),
                "answered_by": self.answered_by(service.answered_by),
                "languages": self.languages(service),
                "what_happens": self.text(organization.what_happens),
                "wait": self.wait(service),
                "full": self._takes_nobody(service),
                "checked": self.checked(organization),
                "doubt": self.doubt(organization.status),
            }
        return self._facts[key]

    def _takes_nobody(self, service: ServiceView) -> str:
        source = service.sources.get("takes_people")
        if service.takes_people is not False or source is None:
            return ""
        return self._(N_("They take nobody at this moment (%(source)s).")) % {"source": self.source(source)}

    def _on_card(
        self,
        answer: Answer,
        organization: OrganizationView,
        service: ServiceView,
        usable: tuple[tuple[Contact, Status], ...],
    ) -> tuple[ShownContact, ...]:
        """The contact points that a card shows: in danger only those that help in danger, and none to no avail."""
        shown = self.contacts(organization, usable)
        if answer.emergency and service.function is v.Function.EMERGENCY:
            own = {(view.contact.kind.value, view.contact.value) for view in service.channels}
            shown = tuple(one for one in shown if (one.kind, one.value) in own)
        return tuple(one for one in shown if one.href or one.value) or shown

    def safe(self, kinds: Iterable[v.ChannelKind]) -> tuple[str, ...]:
        """How to be in touch without leaving more behind than needed, for these kinds of contact."""
        return tuple(dict.fromkeys(self._(_SAFE[kind]) for kind in kinds if kind in _SAFE))

    def _without_live(self, contacts: tuple[tuple[Contact, Status], ...]) -> str:
        ways = {contact.way for contact, _ in contacts}
        if v.Way.MAIL in ways:
            return self._(N_("You can write at any time"))
        if v.Way.WEBSITE in ways:
            return self._(N_("You can read at any time"))
        if v.Way.VISIT in ways:
            return self._(N_("You can go there; ask for the hours first"))
        return self._(N_("Not in a way that you chose"))

    def contacts(
        self, organization: OrganizationView, usable: tuple[tuple[Contact, Status], ...] | None = None
    ) -> tuple[ShownContact, ...]:
        """The contact points, open ones first; only those in `usable` when it is given."""
        if organization.id not in self._contacts:
            self._contacts[organization.id] = tuple(
                (view.contact, self.contact(view, organization.website, view.contact.status(self.moment)))
                for service in organization.services
                for view in service.channels
            )
        wanted = None if usable is None else {contact for contact, _ in usable}
        rank = {"open": 0, "unknown": 1, "any": 2, "closed": 3}
        shown = [one for contact, one in self._contacts[organization.id] if wanted is None or contact in wanted]
        found: dict[tuple[object, ...], ShownContact] = {}
        for one in sorted(shown, key=lambda one: rank[one.state]):
            found.setdefault((one.kind, one.value or one.href), one)
        return tuple(found.values())

    def checked(self, organization: OrganizationView) -> str:
        """When and by whom the facts were last checked: the newest dated source."""
        newest = self._newest(organization)
        if newest is None:
            return self._(N_("source not known"))
        said = f"{date_in_words(self.language, newest.date)} · {newest.title.partition(' (')[0]}"
        if newest.date and self._is_old(newest.date):
            return self._(N_("not checked since %(date)s")) % {"date": said}
        return said

    def _newest(self, organization: OrganizationView) -> FactSource | None:
        # An own word is about a few facts only; it says nothing of when the others were looked at.
        looked_up = [one for one in organization.sources if not one.is_own]
        newest = max((one for one in looked_up if one.date), key=lambda one: one.date or "", default=None)
        return newest or next(iter(looked_up), None)

    def unchecked(self, organization: OrganizationView) -> str:
        """That everything about an organisation is of long ago, and whether they answered; empty when it is not."""
        newest = self._newest(organization)
        date = None if newest is None else newest.date
        is_silent = organization.silent_since is not None
        if not self._is_old(date) and not is_silent:
            return ""
        since = date_in_words(self.language, date)
        said = [
            self._(N_("Not checked since %(date)s. Ask whether this still holds.")) % {"date": since}
            if date
            else self._(N_("We do not know when these facts were checked. Ask whether they still hold."))
        ]
        if organization.silent_since is not None:
            asked = date_in_words(self.language, organization.silent_since.isoformat())
            said.append(self._(N_("We asked them on %(date)s and had no answer.")) % {"date": asked})
        return " ".join(said)

    def doubt(self, status: v.Status) -> str | None:
        """A warning when it is not certain that the organisation still works like this."""
        return None if status is v.Status.ACTIVE else self._(labels.label(status))


@lru_cache(maxsize=32)
def _shower(edition: str, language: str, minute: datetime) -> Shower:
    return Shower(language, minute)


def shower_at(directory: Directory, language: str, moment: datetime) -> Shower:
    """The Shower of this minute: what it once put into words, all who ask within the minute share.

    It remembers words about organisations only, nothing of who asks.
    """
    return _shower(directory.edition, language, moment.replace(second=0, microsecond=0))


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """Further results of one kind."""

    title: str
    helps: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True)
class ShownRest:
    """What does not lead: how many there are, and those of one part, by their numbers; all count from 1."""

    count: int
    first: int
    last: int
    part: int
    parts: int
    groups: tuple[ShownGroup, ...]


def rest_of(shower: Shower, directory: Directory, answer: Answer, part: int = 1) -> ShownRest:
    """One part of what does not lead, in the order of the matching; a part that is not there is the nearest that is."""
    count = len(answer.results) - answer.leading
    parts = max(1, -(-count // MOST_ROWS))
    part = min(max(part, 1), parts)
    first, last = (part - 1) * MOST_ROWS, min(part * MOST_ROWS, count)
    shown = answer.results[answer.leading + first : answer.leading + last]
    return ShownRest(count, first + 1, last, part, parts, _grouped(shower, directory, answer, shown))


def _grouped(shower: Shower, directory: Directory, answer: Answer, shown: Iterable[Result]) -> tuple[ShownGroup, ...]:
    """Results by the part they play, in a fixed order; within a group as the matching has it."""
    groups: dict[str, list[ShownRow]] = {}
    for result in shown:
        organization = directory.organizations[result.organization]
        function = organization.service(result.service).function
        groups.setdefault(function, []).append(shower.row(organization, answer, result))
    return tuple(
        ShownGroup(shower._(labels.label(function)), tuple(groups[function]))
        for function in _ORDER
        if function in groups
    )
