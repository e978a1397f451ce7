"""What is at hand while answering: pages of the library and organisations, as plain text to put in a message."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.desk.api import Answer, Asked, AskedWrongly, NotHere, answers
from voordeur.faces.language import N_, date_in_words, moment_in_words, translations
from voordeur.records.directory.queries import ChannelView, OrganizationView, current_directory, short_code
from voordeur.records.library.page_files import Library, load_library
from voordeur.rules.opening import Status

#: Texts of pages and of the directory are in these; for another language the English one is given.
LANGUAGES = ("nl", "en")
_MOST_FOUND = 30
#: An envelope holds 16 kB; what is put in a message must leave room for words of one's own.
MOST_SIGNS = 6000
_PARTS = {
    "mirror": N_("What we say about it"),
    "helped": N_("What helped others"),
    "next": N_("A small next step"),
    "signs": N_("Signs"),
    "ask": N_("Questions that open"),
    "avoid": N_("What not to say"),
    "advice": N_("Ask for advice"),
}
_WITH_NUMBER = (v.ChannelKind.PHONE, v.ChannelKind.WHATSAPP)


@lru_cache(maxsize=1)
def library() -> Library:
    """The pages of this server. Raises LibraryBroken."""
    return load_library(Path(settings.CONTENT) / "library")


def _language(asked: Asked) -> str:
    wished = asked.text("language", 8)
    if wished not in v.LANGUAGES:
        raise AskedWrongly("“language”: a code of a language that is known is expected")
    return wished if wished in LANGUAGES else "en"


class _Plain(HTMLParser):
    """The text of a page's own HTML: a line for each paragraph, a hyphen before each point of a list."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "ul", "ol", "h2", "h3", "br"):
            self._lines.append("")
        elif tag == "li":
            self._lines.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li", "h2", "h3"):
            self._lines.append("")

    def handle_data(self, data: str) -> None:
        self._lines[-1] += " ".join(data.split()) if not data.strip() else data.replace("\n", " ")

    def text(self) -> str:
        """What was read, without empty lines."""
        lines = (" ".join(line.split()) for line in self._lines)
        return "\n".join(line for line in lines if line.strip("- "))


def _plain(html: str) -> str:
    reader = _Plain()
    reader.feed(html)
    reader.close()
    return reader.text()


def pages(asked: Asked) -> Answer:
    """The pages of the library in a language, those of one phase when it is given."""
    language = _language(asked)
    phase = int(asked.word("phase", v.Phase)) if asked.has("phase") else None
    found = [library().page(name, language) for name in library().pages["nl"]]
    return {
        "pages": [
            {"id": one.id, "title": one.title, "kind": one.kind}
            for one in found
            if one is not None and (phase is None or phase in one.phases)
        ]
    }


def page(asked: Asked) -> Answer:
    """One page as plain text, with the address that means nothing under which a visitor finds it."""
    found = library().page(asked.text("id"), _language(asked))
    if found is None:
        raise NotHere
    words = translations(found.language)
    parts = [found.lead]
    for part in found.parts:
        heading = words.gettext(_PARTS[part.key]) if part.key in _PARTS else part.key
        parts.append(f"{heading}\n{_plain(part.html)}")
    return {
        "title": found.title,
        "text": _cut("\n\n".join(parts)),
        "url_code": short_code(f"page {found.id}"),
        "lang": found.language,
    }


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SIGNS else text[: MOST_SIGNS - 1].rsplit("\n", 1)[0] + "\n…"


def organizations(asked: Asked) -> Answer:
    """Organisations with these words in their name or summary; those whose name begins with them first."""
    language, words = _language(asked), asked.text("q").casefold().split()
    if not words:
        raise AskedWrongly("“q”: a word is expected")
    found = []
    for one in current_directory().organizations.values():
        names = " ".join((one.name, *one.alternate_name)).casefold()
        summary = one.summary.get(language) or one.summary.get("nl") or ""
        if all(word in names or word in summary.casefold() for word in words):
            is_far = (not names.startswith(words[0]), not all(word in names for word in words), names)
            found.append((is_far, {"code": one.code, "id": one.id, "name": one.name, "summary": summary}))
    return {"organizations": [shown for _, shown in sorted(found, key=lambda pair: pair[0])[:_MOST_FOUND]]}


def organization(asked: Asked) -> Answer:
    """One organisation as plain text: what it is, how it is reached, whether open now, and of when that is."""
    directory = current_directory()
    name = directory.by_code.get(asked.text("code", 12))
    if name is None:
        raise NotHere
    language, one = _language(asked), directory.organizations[name]
    return {"name": one.name, "text": _cut(_organization_text(one, language, asked.moment)), "lang": language}


def _organization_text(one: OrganizationView, language: str, moment: datetime) -> str:
    words = translations(language).gettext
    lines = [one.name, one.summary.get(language) or one.summary.get("nl") or ""]
    if one.status is not v.Status.ACTIVE:
        lines.append(words(labels.label(one.status)))
    channels = {(view.contact.kind, view.contact.value): view for service in one.services for view in service.channels}
    lines += [_channel_text(view, language, moment) for view in channels.values()]
    if one.website:
        lines.append(one.website)
    return "\n".join(line for line in lines if line)


def _channel_text(view: ChannelView, language: str, moment: datetime) -> str:
    words, contact = translations(language).gettext, view.contact
    if contact.value is None and contact.kind in _WITH_NUMBER:
        return f"- {words(labels.label(contact.kind))}: " + words(
            N_("We have no checked number. You find it on their website.")
        )
    if contact.value is None and not contact.is_live:
        return ""
    told = [f"- {words(labels.label(contact.kind))}"]
    if contact.value is not None:
        told[0] += f": {contact.value}"
    if contact.is_live or contact.hours is not None:
        told.append(state_text(contact.status(moment), language, moment))
    if contact.cost is not None:
        told.append(words(labels.label(contact.cost)))
    source = view.sources.get("value") or view.sources.get("hours") or view.sources.get("kind")
    date = date_in_words(language, source.date if source else None)
    told.append(words(N_("date of the source: %(date)s")) % {"date": date})
    return "; ".join(told)


def state_text(status: Status, language: str, moment: datetime) -> str:
    """Open, closed or not known, and until when, in words."""
    words = translations(language).gettext
    until = status.until if status.state is v.OpenState.OPEN else status.next_open
    when = {"time": moment_in_words(language, until, moment)} if until is not None else None
    if status.state is v.OpenState.OPEN:
        return words(N_("Open now, until %(time)s")) % when if when else words(N_("Open now, day and night"))
    if status.state is v.OpenState.UNKNOWN:
        return (
            words(N_("May be open now; certainly open from %(time)s")) % when
            if when
            else words(N_("Opening hours not known"))
        )
    return words(N_("Closed now, opens %(time)s")) % when if when else words(N_("Closed now"))


pages_answer = answers(pages)
page_answer = answers(page)
organizations_answer = answers(organizations)
organization_answer = answers(organization)
