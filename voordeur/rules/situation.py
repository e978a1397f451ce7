"""A situation: what one person tells at the door, as plain values, and how it is read from JSON.

The format is that of the acceptance vignettes; `voordeur match` and the guide both end here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from voordeur import vocabulary as v

Code = TypeVar("Code", bound=StrEnum)


class SituationError(ValueError):
    """A situation cannot be read; the message names the field and what is expected.

    `expected` is the sentence with places for `values`, so that a face can say it in another language.
    """

    def __init__(self, name: str, expected: str, **values: object) -> None:
        super().__init__(f"{name}: {expected % values}")
        self.name, self.expected, self.values = name, expected, values


@dataclass(frozen=True, slots=True)
class Situation:
    """One person at one moment, without anything that says who it is (report 6.8, triage at the door).

    `area` holds the codes of the place: "municipality:…", "province:…", "vt:…"; empty when not said.
    `ways` is every way in which this person can be in touch now; what is not in it is impossible.
    """

    role: v.Role = v.Role.VICTIM
    violence: frozenset[v.Violence] = frozenset({v.Violence.UNKNOWN})
    context: v.Context | None = None
    relation: v.Relation | None = None
    groups: frozenset[v.Group] = frozenset()
    age: int | None = None
    phase: int | None = None
    need: frozenset[v.Need] = frozenset()
    acute: bool = False
    when: v.When | None = None
    language: str = "nl"
    ways: frozenset[v.Way] = field(default_factory=lambda: frozenset(v.Way))
    anonymous_required: bool = False
    area: frozenset[str] = frozenset()


def _code(kind: type[Code], value: Any, name: str) -> Code:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        raise SituationError(
            name, "“%(code)s” is not a known code; use one of %(known)s", code=str(value)[:60], known=known
        ) from None


def _codes(kind: type[Code], value: Any, name: str) -> frozenset[Code]:
    if value is None:
        return frozenset()
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise SituationError(name, "a list of codes is expected")
    return frozenset(_code(kind, one, name) for one in value)


def _optional(kind: type[Code], value: Any, name: str) -> Code | None:
    return None if value is None else _code(kind, value, name)


def _yes_no(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise SituationError(name, "true or false is expected")
    return value


def _whole(value: Any) -> Any:
    """In JSON 5.0 is a whole number too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def situation_from_mapping(role: Any, data: Any, area: frozenset[str] = frozenset()) -> Situation:
    """Read the `situation` object of a vignette; missing fields mean "not said".

    `area` is the place already looked up. Raises SituationError naming the field.
    """
    if not isinstance(data, Mapping):
        raise SituationError("situation", "an object is expected")
    age = _whole(data.get("age"))
    if age is not None and (isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= 120):
        raise SituationError("situation.age", "a whole number from 0 to 120, or null, is expected")
    phase = _whole(data.get("phase"))
    if phase is not None and (isinstance(phase, bool) or phase not in (1, 2, 3)):
        raise SituationError("situation.phase", "1, 2, 3 or null is expected")
    language = data.get("language")
    language = "nl" if language is None or language == "" else language
    if not isinstance(language, str) or not (2 <= len(language) <= 3 and language.isascii() and language.isalpha()):
        raise SituationError("situation.language", "an ISO 639-1 code such as “nl” is expected")
    ways = data.get("channels_possible")
    return Situation(
        role=_code(v.Role, role, "role"),
        violence=_codes(v.Violence, data.get("violence"), "situation.violence") or frozenset({v.Violence.UNKNOWN}),
        context=_optional(v.Context, data.get("context"), "situation.context"),
        relation=_optional(v.Relation, data.get("relation_to_other"), "situation.relation_to_other"),
        groups=_codes(v.Group, data.get("groups"), "situation.groups"),
        age=age,
        phase=phase,
        need=_codes(v.Need, data.get("need"), "situation.need"),
        acute=_yes_no(data.get("acute", False), "situation.acute"),
        when=_optional(v.When, data.get("when_it_happened"), "situation.when_it_happened"),
        language=language.lower(),
        ways=frozenset(v.Way) if ways is None else _codes(v.Way, ways, "situation.channels_possible"),
        anonymous_required=_yes_no(data.get("anonymous_required", False), "situation.anonymous_required"),
        area=area,
    )


_AGE_OF_GROUP = {v.Group.CHILD: (0, 17), v.Group.YOUTH: (12, 24), v.Group.ADULT: (18, 64), v.Group.OLDER: (65, 120)}


def possible_ages(situation: Situation) -> tuple[int, int]:
    """The lowest and highest age that the person concerned can have, in years, both included."""
    if situation.age is not None:
        return situation.age, situation.age
    low, high = 0, 120
    for group, (first, last) in _AGE_OF_GROUP.items():
        if group in situation.groups and max(low, first) <= min(high, last):
            low, high = max(low, first), min(high, last)
    return low, high


def terms(situation: Situation) -> dict[str, frozenset[str]]:
    """The situation as named sets of codes, the form in which the rules of matching speak of it.

    `groups_possible` adds what was not said but may be so (sex; being a child or young), so that a
    service for women is neither hidden from, nor pressed upon, somebody who did not say.
    """
    low, high = possible_ages(situation)
    groups = {str(group) for group in situation.groups}
    if low >= 65:
        groups.add("older")
    if high < 18:
        groups.add("child")
    if low >= 12 and high <= 24:
        groups.add("youth")
    if low >= 18 and situation.when == v.When.IN_CHILDHOOD:
        groups.add("abused_as_child")
    possible = set(groups)
    if not groups & {"male", "female", "nonbinary"}:
        possible |= {"male", "female"}
    if low < 18:
        possible.add("child")
    if low <= 24 and high >= 12:
        possible.add("youth")
    acute = situation.acute or v.Need.DANGER_NOW in situation.need
    return {
        "role": frozenset({str(situation.role)}),
        "violence": frozenset(str(kind) for kind in situation.violence),
        "context": frozenset({str(situation.context)} if situation.context else ()),
        "relation": frozenset({str(situation.relation)} if situation.relation else ()),
        "groups": frozenset(groups),
        "groups_possible": frozenset(possible),
        "faith": frozenset(groups & {str(faith) for faith in v.FAITHS}),
        "ages": frozenset(str(age) for age in range(low, high + 1)),
        "age_known": frozenset({"yes" if high - low < 60 else "no"}),
        "age_group": frozenset({"grown_up"} if low >= 18 else ()),
        "phase": frozenset({str(situation.phase)} if situation.phase else ()),
        "need": frozenset(str(need) for need in situation.need),
        "acute": frozenset({"yes" if acute else "no"}),
        "when": frozenset({str(situation.when)} if situation.when else ()),
        "language": frozenset({situation.language}),
        "ways": frozenset(str(way) for way in situation.ways),
        "anonymous": frozenset({"required" if situation.anonymous_required else "free"}),
        "area": situation.area | {"national"} if situation.area else frozenset({"national"}),
        "place": frozenset({"known" if situation.area else "unknown"}),
    }
