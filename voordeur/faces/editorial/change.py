"""Changing one field: its new value by the kind of field it is, and the source on which it rests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.editorial.keeper import BOTH, AskedWrongly, Keeper, NotHere, kept, on_to, show
from voordeur.faces.editorial.shown import side
from voordeur.faces.entry_words import CODES, KNOWLEDGE, NAMES, field_name, source_in_words
from voordeur.faces.language import N_, OWN_NAMES
from voordeur.records.directory import history, publishing
from voordeur.records.directory.corrections import accept_correction
from voordeur.records.directory.entry_files import SHOWN_LANGUAGES, WHAT_IF
from voordeur.records.directory.fields import Field, fields

TEXTS = ("summary", "description", "what_happens", "not_for", "waiting_time", "hours_note", *WHAT_IF)
YES_NO = ("anonymous", "comes_to_you", "many_languages")
ONE = ("status", "function", "cost")
LINES = ("also_known_as", "area")
LANGUAGES = ("languages", "languages_read")
#: What an entry cannot do without; everything else can be said to be not known.
NEEDED = ("name", "kind", "status", "summary", "description", "function", "roles", "primary_roles", "violence", "help")
NEW = "new"
#: Lines of knowledge in the form.
MOST_KNOWN = 12
_KNOWN = {"yes": True, "no": False}


def kind_of(path: str) -> str:
    """How a field is filled in: texts, yes_no, number, one, many, languages, lines or line."""
    key = path.rpartition(".")[2]
    if key in TEXTS or (key == "name" and path != "name"):
        return "texts"
    for kind, keys in (("yes_no", YES_NO), ("one", ONE), ("lines", LINES), ("languages", LANGUAGES)):
        if key in keys:
            return kind
    if key == "knowledge":
        return "knowledge"
    if key in CODES:
        return "many"
    return "number" if key in ("age_min", "age_max") else "line"


def _options(who: Keeper, path: str) -> list[tuple[str, str]]:
    kind, key = kind_of(path), path.rpartition(".")[2]
    if kind == "languages":
        return [(code, OWN_NAMES.get(code, code)) for code in v.LANGUAGES]
    if kind == "knowledge":
        return [
            (f"{about}:{code}", who.words(text))
            for about, words in KNOWLEDGE.items()
            for code, text in labels.LABELS[words].items()
        ]
    if kind in ("one", "many"):
        return [(code, who.words(text)) for code, text in labels.LABELS[CODES[key]].items()]
    return []


def _must_be_known(entry: Mapping[str, Any], path: str) -> None:
    """A field that an entry can have, at a place that this one has. Raises NotHere."""
    parts = path.split(".")
    places = {one.rpartition(".")[0] for one in fields(entry)}
    if parts[-1] not in NAMES or parts[-1] == "kind" or path.rpartition(".")[0] not in places:
        raise NotHere


@kept(*BOTH)
def change(who: Keeper, organization: str, path: str) -> HttpResponse:
    """The form of one field; sent, the field stands in the draft. Nothing is seen by visitors yet."""
    stands = who.entry(organization)
    draft = history.draft_of(organization, is_own=not who.is_steward)
    entry = stands if draft is None else draft.entry
    _must_be_known(entry, path)
    found = fields(entry).get(path)
    correction = _correction(who, organization)
    if who.request.method != "POST":
        return show(
            who,
            "change.html",
            organization=organization,
            org_name=entry["name"],
            path=path,
            name=field_name(path, entry, who.language),
            kind=kind_of(path),
            options=_options(who, path),
            value=found.value if found else None,
            now=side(who, path, found),
            source_key=found.source_key if found else "",
            sources=[(key, source_in_words(one, who.language)) for key, one in entry["sources"].items()],
            confidences=[(one.value, who.words(labels.label(one))) for one in v.Confidence],
            languages=SHOWN_LANGUAGES,
            places=range(1, MOST_KNOWN + 1),
            correction=correction,
            is_needed=path.rpartition(".")[2] in NEEDED,
            today=who.today.isoformat(),
        )
    with who.deed("entry field changed", f"{organization}:{path}"):
        if who.sent("is_unknown") == "yes":
            publishing.remove_field(organization=organization, path=path, is_own=not who.is_steward, moment=who.moment)
        else:
            field = Field(path, _value(who, path), *_source(who, entry))
            publishing.change_field(
                organization=organization, field=field, is_own=not who.is_steward, moment=who.moment
            )
        if correction is not None:
            accept_correction(correction=correction.id, moment=who.moment)
    made = history.draft_of(organization, is_own=not who.is_steward)
    return on_to(f"/version/{made.id}" if made else f"/o/{organization}")


def _correction(who: Keeper, organization: str) -> Any:
    """The correction that led here, when it still waits and is about this organisation."""
    written = who.request.POST.get("correction") or who.request.GET.get("correction") or ""
    if not who.is_steward or not (written.isascii() and written.isdigit() and len(written) < 16):
        return None
    found = history.correction_by_id(int(written))
    return found if found is not None and found.organization == organization else None


def _value(who: Keeper, path: str) -> Any:
    """What was filled in, by the kind of field. Raises AskedWrongly."""
    kind = kind_of(path)
    if kind == "texts":
        texts = {language: who.sent(f"value_{language}") for language in SHOWN_LANGUAGES}
        return {language: " ".join(text.split()) for language, text in texts.items()}
    if kind in ("many", "languages"):
        return list(dict.fromkeys(one[:60] for one in who.request.POST.getlist("value")[:100]))
    if kind == "knowledge":
        return _knowledge(who)
    written = who.sent("value", 2000)
    if kind == "lines":
        lines = [one.strip() for one in written.split("\n") if one.strip()]
        return "national" if lines == ["national"] else lines
    if not written:
        raise AskedWrongly(who.words(N_("Fill in the field, or say that it is not known.")))
    if kind == "yes_no":
        return _KNOWN.get(written, written)
    if kind == "number":
        return int(written) if written.isascii() and written.isdigit() and len(written) < 4 else written
    return written


def _knowledge(who: Keeper) -> list[dict[str, Any]]:
    found = []
    for place in range(1, MOST_KNOWN + 1):
        about, _, code = who.sent(f"about_{place}", 80).partition(":")
        since = who.sent(f"since_{place}", 4)
        if about:
            one: dict[str, Any] = {"about": about, "code": code}
            found.append(
                one | ({"since": int(since) if since.isascii() and since.isdigit() else since} if since else {})
            )
    return found


def _source(who: Keeper, entry: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The source that the form names: one of the entry, or a new one with its date. Raises AskedWrongly."""
    chosen = who.sent("source", 60)
    if chosen != NEW:
        if chosen not in entry["sources"]:
            raise AskedWrongly(who.words(N_("Say where the fact comes from: choose a source, or name a new one.")))
        return chosen, dict(entry["sources"][chosen])
    told = {name: who.sent(f"source_{name}", 300) for name in ("title", "url", "locator", "date", "confidence")}
    if not told["title"] or not told["date"]:
        raise AskedWrongly(who.words(N_("A new source has a title and the day on which you looked at it.")))
    return f"seen-{told['date']}"[:40], {name: text for name, text in told.items() if text}
