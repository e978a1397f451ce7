"""Names and values of the fields of an entry, as people read them; for every face that shows an entry by its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.language import N_, OWN_NAMES, date_in_words, translations
from voordeur.records.directory.entry_files import KNOWLEDGE as KNOWLEDGE
from voordeur.records.directory.entry_files import LONGEST, LONGEST_SERVICE_NAME
from voordeur.records.directory.findings import Finding

#: Every key of an entry that holds a field, by what people call it.
NAMES = {
    "name": N_("Name"),
    "also_known_as": N_("Other names"),
    "kind": N_("Kind"),
    "status": N_("State"),
    "website": N_("Website"),
    "summary": N_("In one sentence"),
    "description": N_("Description"),
    "what_happens": N_("What happens when you make contact"),
    "not_for": N_("Not for"),
    "knowledge": N_("What they know about"),
    "if_who_decides": N_("Who decides what happens?"),
    "if_must_act": N_("Must they do something with what I tell?"),
    "if_may_stop": N_("May I stop at any time?"),
    "if_tells_others": N_("Do they tell my partner, parents or others?"),
    "if_children": N_("What does it mean for my children?"),
    "if_residence": N_("What does it mean for my right to stay in the country?"),
    "if_cost": N_("What does it cost, and does it touch my own risk of the health insurance?"),
    "if_how_long": N_("How long does it take?"),
    "function": N_("Part it plays"),
    "roles": N_("For"),
    "primary_roles": N_("Meant first for"),
    "violence": N_("About"),
    "violence_focus": N_("Made for"),
    "contexts": N_("Setting"),
    "contexts_only": N_("Only in the setting"),
    "relations_only": N_("Only when it is done by"),
    "groups_focus": N_("With an eye for"),
    "groups_only": N_("Only for"),
    "faiths": N_("Only for people of the faith"),
    "age_min": N_("Lowest age"),
    "age_max": N_("Highest age"),
    "when_only": N_("Only when it happened"),
    "not_when": N_("Not when it happened"),
    "help": N_("Offers"),
    "area": N_("Where"),
    "anonymous": N_("Possible without a name"),
    "comes_to_you": N_("Comes to you"),
    "many_languages": N_("Many languages, with interpreters"),
    "answered_by": N_("Who answers"),
    "languages": N_("Languages"),
    "languages_read": N_("Languages to read in"),
    "waiting_time": N_("Waiting time"),
    "value": N_("Number or address"),
    "cost": N_("Cost"),
    "hours": N_("Hours"),
    "hours_note": N_("About the hours"),
}
#: Which list of the vocabulary the codes of a key come from.
CODES: dict[str, type[StrEnum]] = {
    "status": v.Status,
    "function": v.Function,
    "roles": v.Role,
    "primary_roles": v.Role,
    "violence": v.Violence,
    "violence_focus": v.Violence,
    "contexts": v.Context,
    "contexts_only": v.Context,
    "relations_only": v.Relation,
    "groups_focus": v.Group,
    "groups_only": v.Group,
    "faiths": v.Group,
    "when_only": v.When,
    "not_when": v.When,
    "help": v.Need,
    "answered_by": v.AnsweredBy,
    "cost": v.Cost,
}
#: Ways to be in touch as things; the labels of the vocabulary are what somebody does.
WAYS = {
    v.ChannelKind.PHONE: N_("Phone"),
    v.ChannelKind.CHAT: N_("Chat"),
    v.ChannelKind.WHATSAPP: N_("WhatsApp"),
    v.ChannelKind.MAIL: N_("Mail"),
    v.ChannelKind.FORM: N_("Form"),
    v.ChannelKind.LETTER: N_("Letter"),
    v.ChannelKind.VISIT: N_("Visiting address"),
    v.ChannelKind.HOME_VISIT: N_("Home visit"),
    v.ChannelKind.WEBSITE: N_("Page"),
    v.ChannelKind.APP: N_("App"),
    v.ChannelKind.FORUM: N_("Forum"),
}
#: What stands out in an entry (records/directory/report), by its rule.
REMARKS = {
    "hours": N_("The hours differ from those of the same number or address elsewhere in this entry: %(hours)s."),
    "always": N_("The text says “%(words)s”, and no hours in this entry are day and night."),
    "number": N_("This number cannot exist."),
    "cost": N_("What it costs does not go with this number."),
    "place": N_("“%(place)s” is not a place that we know any more."),
    "old": N_("This fact is of %(date)s."),
    "undated": N_("This fact has no date."),
}
#: What is wrong in an entry (records/directory/entry_files), by its rule, as a sentence for who filled it in.
FAULTS = {
    "wrong-type": N_("Fill this in."),
    "too-long": N_("This text is too long: at most %(longest)s signs."),
    "unknown-code": N_("Choose from the list."),
    "duplicate-code": N_("The same stands here twice."),
    "missing-language": N_("Write the text in Dutch and in English."),
    "impossible-age": N_("Ages are whole numbers from 0 to 120, and the lowest is not above the highest."),
    "malformed-id": N_("Here small letters, digits and single hyphens are expected."),
    "malformed-area": N_("Write “the whole country”, or a place on each line, such as: municipality Gouda."),
    "impossible-hours": N_("These hours cannot be read. Write them like: Mo-Fr 09:00-17:00; PH off."),
    "never-closed": N_("This way to be in touch is never closed. Leave the hours out."),
    "malformed-date": N_("Write a day like 2026-11-30, or only the month or the year: 2026-11, 2026."),
    "future-date": N_("This day is still to come."),
    "malformed-address": N_(
        "This address cannot be. A page begins with https://, a mail address has an @, a visiting address has a street "
        "and a town."
    ),
    "malformed-phone": N_("This number cannot be. Look whether a digit is missing or too much."),
    "missing-key": N_("This is needed."),
    "missing-source": N_("Say where the fact comes from: choose a source, or name a new one."),
    "duplicate-id": N_("This name is taken already."),
    "not-covered": N_("Choose only what you also chose in the wider question: “For”, or “About”."),
    "unknown-key": N_("This key is not known."),
    "not-toml": N_("From here the text cannot be read as a file. Look for a missing quotation mark or bracket."),
    "wrong-id": N_("The id of an entry stays as it is."),
}
_NO_SERVICE = N_("An entry has at least one service.")
_YES_NO = {True: N_("yes"), False: N_("no")}


def field_name(path: str, entry: Mapping[str, Any], language: str) -> str:
    """What people call a field: its service where there are more, its way to be in touch, and the field itself."""
    words = translations(language).gettext
    parts, services = path.split("."), entry.get("services", ())
    name = words(NAMES[parts[-1]]) if parts[-1] in NAMES else parts[-1]
    before = []
    if len(parts) > 1 and len(services) > 1:
        service = next((one for one in services if one["id"] == parts[1]), None)
        before.append(text_in(service["name"], language) if service and "name" in service else parts[1])
    if len(parts) == 4:
        kind, _, place = parts[2].partition("-")
        line = words(WAYS[v.ChannelKind(kind)]) if kind in set(v.ChannelKind) else kind
        before.append(f"{line} {place}".strip())
        if parts[3] == "kind":
            return ": ".join(before)
    return ": ".join([*before, name])


def text_in(texts: Mapping[str, str], language: str) -> str:
    """A text of an entry in this language, else in Dutch."""
    return texts.get(language) or texts.get("nl") or next(iter(texts.values()), "")


def value_in_words(path: str, value: Any, language: str) -> str:
    """What stands in a field, in words; texts in every language that they have, one on a line."""
    words = translations(language).gettext
    key = path.rpartition(".")[2]
    if value is None:
        return words(N_("not known"))
    if isinstance(value, bool):
        return words(_YES_NO[value])
    if isinstance(value, Mapping):
        return "\n".join(f"{code}: {text}" for code, text in value.items())
    if key == "knowledge" and isinstance(value, list):
        return "\n".join(knowledge_in_words(one["about"], one["code"], one.get("since"), language) for one in value)
    if isinstance(value, list):
        return ", ".join(_word(key, str(one), words) for one in value) or words(N_("none"))
    if key == "kind" and value in set(v.ChannelKind):
        return words(WAYS[v.ChannelKind(value)])
    return _word(key, str(value), words)


def knowledge_in_words(about: str, code: str, since: int | None, language: str) -> str:
    """One thing that an organisation says it knows about, and since when."""
    words = translations(language).gettext
    kind = KNOWLEDGE[about]
    text = words(labels.LABELS[kind][code]) if code in set(kind) else code
    return text if since is None else words(N_("%(what)s, since %(year)s")) % {"what": text, "year": since}


def _word(key: str, code: str, words: Callable[[str], str]) -> str:
    if key in CODES and code in set(CODES[key]):
        return words(labels.LABELS[CODES[key]][code])
    if key in ("languages", "languages_read"):
        return OWN_NAMES.get(code, code)
    if key == "area":
        return words(N_("the whole country")) if code == "national" else code.partition(":")[2] or code
    return code


def source_in_words(source: Mapping[str, Any], language: str) -> str:
    """Where a fact comes from and of when it is."""
    words = translations(language).gettext
    if not source:
        return words(N_("source not known"))
    return f"{source.get('title', '')}, {date_in_words(language, source.get('date'))}"


def longest(path: str) -> int:
    """How many signs the text of a field may have; 0: as many as the form takes."""
    key = path.rpartition(".")[2]
    return LONGEST_SERVICE_NAME if key == "name" and path != "name" else LONGEST.get(key, 0)


def fault_in_words(one: Finding, language: str) -> str:
    """What is wrong, in a sentence for who filled it in."""
    words, where = translations(language).gettext, [part for part in one.where if isinstance(part, str)]
    if where == ["services"] and one.rule == "missing-key":
        return words(_NO_SERVICE)
    if one.rule not in FAULTS:
        return one.message
    return words(FAULTS[one.rule]) % {"longest": longest(".".join(where))}


def remark_in_words(rule: str, values: Mapping[str, str], language: str) -> str:
    """What stands out, in a sentence."""
    shown = {**values, **({"date": date_in_words(language, values["date"])} if "date" in values else {})}
    return translations(language).gettext(REMARKS[rule]) % shown
