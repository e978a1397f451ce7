"""The directory as records of the Human Services Data Specification (HSDS) 3.1: organisation by organisation.

What HSDS has a field for stands there, in Dutch; everything else is an attribute: `label` says which key of the entry
(`summary.en`, `violence.3`), and the term is a word of the vocabulary, or of the taxonomy `field` with the `value`.
So nothing is lost, and `voordeur.faces.hsds_reading` makes the entry again. What is not known is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from voordeur import vocabulary as v
from voordeur.faces import labels
from voordeur.faces.language import N_, OWN_NAMES, translations
from voordeur.records.directory.entry_files import WHAT_IF, Entry
from voordeur.records.directory.queries import OrganizationView, ServiceView
from voordeur.rules.opening import parse_hours

VERSION = "3.1"
LICENSE, LICENSE_URL = "EUPL-1.2", "https://eupl.eu/1.2/en/"
NAMESPACE = uuid5(NAMESPACE_URL, "https://github.com/voordeur/voordeur")
#: The taxonomy of facts that have no word of the vocabulary: its terms are the keys of the files.
FIELD = "field"
WORDS: dict[str, type[StrEnum]] = {
    "roles": v.Role, "primary_roles": v.Role, "violence": v.Violence, "violence_focus": v.Violence,
    "contexts": v.Context, "contexts_only": v.Context, "relations_only": v.Relation, "groups_focus": v.Group,
    "groups_only": v.Group, "faiths": v.Group, "when_only": v.When, "not_when": v.When, "help": v.Need,
    "function": v.Function, "answered_by": v.AnsweredBy, "kind": v.ChannelKind, "cost": v.Cost, "status": v.Status,
    "confidence": v.Confidence,
}  # fmt: skip
TAXONOMIES = tuple(dict.fromkeys(WORDS.values()))
#: The keys that are no word of the vocabulary.
_KEYS = (
    "id", "also_known_as", "summary", "description", "what_happens", "not_for", "title", "locator", "url", "date",
    "name", "area", "anonymous", "comes_to_you", "many_languages", "languages", "languages_read", "waiting_time",
    "value", "hours", "hours_note", "wait_time", "takes_people", "proposed_on", "source", "license",
    "about", "code", "since", *WHAT_IF,
)  # fmt: skip
#: What stands in a field of HSDS itself, and so in no attribute.
_ORGANIZATION_FIELDS = ("name", "description.nl", "website")
_SERVICE_FIELDS = ("name.nl", "age_min", "age_max")
#: Where a fact comes from is an attribute of its own.
_OF_FACTS = ("source", "source_of")
_PAGES = (v.ChannelKind.WEBSITE, v.ChannelKind.CHAT, v.ChannelKind.FORM, v.ChannelKind.APP, v.ChannelKind.FORUM)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DOUBT = N_("It is not certain that this still exists.")
Record = dict[str, Any]


def identifier(kind: str, name: str) -> str:
    """The identifier of a record: the same for ever, made from its kind and our own name for it alone."""
    return str(uuid5(NAMESPACE, f"{kind}:{name}"))


def as_identifier(written: str) -> str | None:
    """An identifier as we write it; None for what is none."""
    try:
        return str(UUID(written)) if len(written) == 36 else None
    except ValueError:
        return None


@lru_cache(maxsize=64)
def taxonomy(name: str) -> Record:
    """The taxonomy of this name: a word's class in the vocabulary, in small letters, or `field`."""
    kind = next((one for one in TAXONOMIES if one.__name__.lower() == name), None)
    about = (kind.__doc__ or "") if kind else "Keys of the files of the directory; the value stands with the attribute."
    return {
        "id": identifier("taxonomy", name),
        "name": name,
        "description": about,
        "version": "1",
    }


@lru_cache(maxsize=1024)
def term(name: str, code: str) -> Record:
    """One term of a taxonomy: its code, its name in Dutch, and in English as the description."""
    holder = taxonomy(name)
    shown = code
    kind = next((one for one in TAXONOMIES if one.__name__.lower() == name), None)
    dutch = english = shown
    if kind is not None:
        english = labels.label(kind(code))
        dutch = translations("nl").gettext(english)
    return {
        "id": identifier("taxonomy_term", f"{name}/{code}"),
        "code": code,
        "name": dutch,
        "description": english,
        "taxonomy": name,
        "taxonomy_id": holder["id"],
        "language": "nl" if kind is not None else "en",
    }


def terms() -> Iterator[Record]:
    """Every term that an attribute may have: the words of the vocabulary, and the keys of the files."""
    for kind in TAXONOMIES:
        for code in kind:
            yield term(kind.__name__.lower(), code)
    for key in (*_KEYS, "kind", *(key for key in WORDS if key != "kind")):
        yield term(FIELD, key)


def leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value with the path to it; an empty list is the value none."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from leaves(value, f"{path}.{_escaped(name)}" if path else _escaped(name))
    elif isinstance(data, list) and data:
        for place, value in enumerate(data):
            yield from leaves(value, f"{path}.{place}")
    else:
        yield path, data


def _escaped(name: str) -> str:
    return name.replace("%", "%25").replace(".", "%2E")


def _key(path: str) -> str:
    """The name of the key in a path: `violence` of `violence.3`, `hours_note` of `channels.0.hours_note.nl`."""
    parts = path.split(".")
    if len(parts) > 1 and parts[-1] in OWN_NAMES and not parts[-2].isdigit():
        parts.pop()  # a text in a language
    return next(part for part in reversed(parts) if not part.isdigit())


@dataclass(frozen=True, slots=True)
class _Link:
    """The record that attributes are about."""

    id: str
    entity: str

    def attribute(self, kind: str, label: str, name: str, code: str, value: str | None = None) -> Record:
        about = term(name, code)
        # The place in a list is no part of the identifier of a word: it is the same word wherever it stands.
        is_of_list = name != FIELD and kind == label.partition(".")[0]
        of = f"{self.id}/{kind}/{code}" if is_of_list else None
        made = {
            "id": identifier("attribute", of or f"{self.id}/{kind}/{label}"),
            "link_id": self.id,
            "link_type": kind,
            "link_entity": self.entity,
            "taxonomy_term_id": about["id"],
            "label": label,
            "taxonomy_term": about,
        }
        return made if value is None else {**made, "value": value}

    def of_leaf(self, path: str, value: Any, kind: str = "") -> Record:
        key = _key(path)
        words = None if path == "kind" else WORDS.get(key)  # the kind of an organisation is no kind of contact
        if words is not None and isinstance(value, str):
            return self.attribute(kind or key, path, words.__name__.lower(), value)
        written = "none" if value == [] else str(value).lower() if isinstance(value, bool) else str(value)
        return self.attribute(kind or key, path, FIELD, key, written)

    def of_fact(self, path: str, source: str) -> Record:
        return self.attribute("source", path, FIELD, "source", source)


@dataclass(frozen=True, slots=True)
class Described:
    """One organisation of the directory: its entry, and how it is shown (with what it says itself)."""

    entry: Entry
    view: OrganizationView

    @property
    def id(self) -> str:
        """The identifier of the organisation."""
        return identifier("organization", self.entry.id)

    def service_id(self, key: str) -> str:
        """The identifier of one of its services."""
        return identifier("service", f"{self.entry.id}/{key}")

    def organization(self) -> Record:
        """Its own fields, without anything that belongs to it."""
        data = self.entry.data
        made = {"id": self.id, "name": data["name"], "description": data["description"]["nl"]}
        if data.get("also_known_as"):
            made["alternate_name"] = "; ".join(data["also_known_as"])
        if data.get("website"):
            made["website"] = data["website"]
        return made

    def organization_in_full(self, *, with_services: bool) -> Record:
        """With services (in full, or each by name), places, attributes and sources."""
        services = self.entry.data["services"]
        places = [one["location"] for place in range(len(services)) for one in self.at_locations(place)]
        return {
            **self.organization(),
            **_some(locations=list({one["id"]: one for one in places}.values())),
            "services": [
                self.service_in_full(place, with_organization=False)
                if with_services
                else {name: value for name, value in self.service(place).items() if name in ("id", "name", "status")}
                for place in range(len(services))
            ],
            "attributes": self._organization_attributes(),
            **_some(metadata=self._metadata()),
        }

    def _organization_attributes(self) -> list[Record]:
        link = _Link(self.id, "organization")
        data = {name: value for name, value in self.entry.data.items() if name not in ("services", *_OF_FACTS)}
        made = [link.of_leaf(path, value) for path, value in leaves(data) if path not in _ORGANIZATION_FIELDS]
        made += [link.of_fact(path, source) for path, source in self.entry.facts if not path.startswith("services.")]
        return [*made, link.attribute("license", "license", FIELD, "license", LICENSE)]

    def _metadata(self) -> list[Record]:
        """One line for each source with a date: when these facts were so. What HSDS asks and is not known is empty."""
        made = []
        for key, source in self.entry.data["sources"].items():
            of = [path for path, name in self.entry.facts if name == key]
            if "date" in source and of:
                made.append(
                    {
                        "id": identifier("metadata", f"{self.entry.id}/{key}"),
                        "resource_id": self.id,
                        "resource_type": "organization",
                        "last_action_date": source["date"],
                        "last_action_type": "source",
                        "field_name": ", ".join(of),
                        "previous_value": "",
                        "replacement_value": "",
                        "updated_by": source["title"],
                    }
                )
        return made

    def service(self, place: int) -> Record:
        """The fields of one service itself, without anything that belongs to it."""
        data, view = self.entry.data["services"][place], self.view.services[place]
        values = {v.ChannelKind(one["kind"]): one["value"] for one in reversed(_valued(data))}
        page = next((values[kind] for kind in _PAGES if kind in values), None)
        wait = view.wait_time
        made = {
            "id": self.service_id(data["id"]),
            "organization_id": self.id,
            "name": data["name"]["nl"],
            "status": "active",
            **_some(
                url=page,
                email=values.get(v.ChannelKind.MAIL),
                wait_time=wait["nl"] if wait else None,
                alert=self._alert(view),
            ),
        }
        for name, key in (("minimum_age", "age_min"), ("maximum_age", "age_max")):
            if key in data:
                made[name] = data[key]
        return made

    def _alert(self, view: ServiceView) -> str | None:
        said = translations("nl")
        parts = [said.gettext(_DOUBT)] if self.view.status is not v.Status.ACTIVE else []
        if view.takes_people is False:
            words = said.gettext(labels.REASONS["takes_nobody_now"])
            parts.append(f"{words[0].upper()}{words[1:]}.")
        return " ".join(parts) or None

    def service_in_full(self, place: int, *, with_organization: bool = True) -> Record:
        """A service with everything that belongs to it."""
        data, view = self.entry.data["services"][place], self.view.services[place]
        own = self.service_id(data["id"])
        return {
            **self.service(place),
            **_some(
                additional_urls=self._urls(data, own),
                phones=self._phones(data, own),
                schedules=self._schedules(data, view, own),
                service_areas=self._areas(view, own),
                service_at_locations=self.at_locations(place),
                languages=[_language(f"service/{own}", code, service_id=own) for code in data.get("languages", ())],
                organization=self.organization() if with_organization else None,
            ),
            "attributes": self._service_attributes(place),
        }

    def _service_attributes(self, place: int) -> list[Record]:
        data, view = self.entry.data["services"][place], self.view.services[place]
        link = _Link(self.service_id(data["id"]), "service")
        plain = leaves(_without_sources(data))
        made = [link.of_leaf(path, value) for path, value in plain if path not in _SERVICE_FIELDS]
        start = f"services.{place}."
        made += [
            link.of_fact(path.removeprefix(start), source)
            for path, source in self.entry.facts
            if path.startswith(start)
        ]
        return [*made, *(link.of_leaf(f"own_word.{path}", said, "own_word") for path, said in leaves(_own(view)))]

    def _channel_id(self, kind: str, service: str, channel: Mapping[str, Any]) -> str:
        return identifier(kind, f"{service}/{channel['kind']}/{channel['value']}")

    def _urls(self, data: Record, own: str) -> list[Record]:
        said = translations("nl")
        made = {
            (one["kind"], one["value"]): {
                "id": self._channel_id("url", own, one),
                "label": said.gettext(labels.label(v.ChannelKind(one["kind"]))),
                "url": one["value"],
                "service_id": own,
            }
            for one in _valued(data)
            if one["kind"] in set(_PAGES)
        }
        return list(made.values())

    def _phones(self, data: Record, own: str) -> list[Record]:
        said, made = translations("nl"), {}
        for one in _valued(data):
            if one["kind"] not in (v.ChannelKind.PHONE, v.ChannelKind.WHATSAPP):
                continue
            is_voice = one["kind"] == v.ChannelKind.PHONE
            phone = self._channel_id("phone", own, one)
            about = said.gettext(labels.label(v.Cost(one["cost"]))) if "cost" in one else None
            made[phone] = {
                "id": phone,
                "service_id": own,
                "number": one["value"],
                "type": "voice" if is_voice else "text",
                **_some(
                    description=about if is_voice else "WhatsApp",
                    languages=[
                        _language(f"phone/{phone}", code, phone_id=phone) for code in one.get("languages") or ()
                    ],
                ),
            }
        return list(made.values())

    def _schedules(self, data: Record, view: ServiceView, own: str) -> list[Record]:
        """The certain hours of each way to be in touch, as they are now. Times are those of the Netherlands."""
        made: list[Record] = []
        for place, (one, shown) in enumerate(zip(data.get("channels", ()), view.channels, strict=True)):
            if shown.hours_text is None:
                continue
            days: dict[tuple[int, int], list[str]] = {}
            for weekday, spans in parse_hours(shown.hours_text).week().days:
                for start, end, state in spans:
                    if state is v.OpenState.OPEN:
                        days.setdefault((start, end), []).append(_WEEKDAYS[weekday])
            note = shown.hours_note
            made += [
                {
                    "id": identifier("schedule", f"{own}/{place}/{start}-{end}"),
                    "service_id": own,
                    "freq": "WEEKLY",
                    "wkst": "MO",
                    "byday": ",".join(on),
                    "opens_at": _clock(start),
                    "closes_at": _clock(end),
                    "description": f"{shown.hours_text} (Europe/Amsterdam)",
                    "attending_type": one["kind"],
                    **_some(notes=note["nl"] if note else None),
                }
                for (start, end), on in sorted(days.items())
            ]
        return made

    def _areas(self, view: ServiceView, own: str) -> list[Record]:
        return [
            {
                "id": identifier("service_area", f"{own}/{code}"),
                "service_id": own,
                "name": "Nederland" if code == "national" else code.partition(":")[2],
                "description": code,
            }
            for code in view.area or ()
        ]

    def at_locations(self, place: int) -> list[Record]:
        """The links of a service with the places where one can go, or write to, in full."""
        data = self.entry.data["services"][place]
        own = self.service_id(data["id"])
        made: dict[str, Record] = {}
        for one in _valued(data):
            if one["kind"] not in (v.ChannelKind.VISIT, v.ChannelKind.LETTER):
                continue
            # The text is not taken apart: which part is street or town is not always known.
            location = {
                "id": identifier("location", f"{self.entry.id}/{one['kind']}/{one['value']}"),
                "location_type": "physical" if one["kind"] == v.ChannelKind.VISIT else "postal",
                "organization_id": self.id,
                "description": one["value"],
            }
            link = identifier("service_at_location", f"{own}/{location['id']}")
            made[link] = {"id": link, "service_id": own, "location_id": location["id"], "location": location}
        return list(made.values())


def _own(view: ServiceView) -> Record:
    """What the organisation says itself about a service, where that counts; by the keys of an own word."""
    said: Record = {}
    for name, value in (("summary", view.summary), ("wait_time", view.wait_time), ("takes_people", view.takes_people)):
        source = view.sources.get(name)
        if source is not None and source.is_own and value is not None:
            said[name], said["proposed_on"] = value, source.date
    for one in view.channels:
        source = one.sources.get("hours")
        if source is not None and source.is_own:
            line = {"kind": str(one.contact.kind), "value": one.contact.value, "hours": one.hours_text}
            said.setdefault("hours", []).append(_some(**line))
            said["proposed_on"] = source.date
    return said


def _without_sources(data: Mapping[str, Any]) -> Record:
    made = {name: value for name, value in data.items() if name not in _OF_FACTS}
    if "channels" in data:
        made["channels"] = [
            {name: value for name, value in one.items() if name not in _OF_FACTS and not name.endswith("_source")}
            for one in data["channels"]
        ]
    return made


def _valued(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in data.get("channels", ()) if one.get("value") is not None]


def _language(of: str, code: str, **link: str) -> Record:
    return {"id": identifier("language", f"{of}/{code}"), **link, "name": OWN_NAMES[code], "code": code}


def _clock(minutes: int) -> str:
    minutes = minutes - 1440 if minutes > 1440 else minutes
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _some(**values: Any) -> Record:
    """What is known of these."""
    return {name: value for name, value in values.items() if value is not None and value != []}


def described(entries: Iterable[Entry], views: Mapping[str, OrganizationView]) -> tuple[Described, ...]:
    """Each organisation with how it is shown, in the order of the entries."""
    return tuple(Described(one, views[one.id]) for one in entries)
