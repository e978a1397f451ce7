"""What is not there, in sentences that are made from the figures; and the names of what can be chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from babel import Locale

from voordeur import vocabulary as v
from voordeur.faces.language import N_, OWN_NAMES, day_name, translations
from voordeur.rules.gaps import (
    HOURS_A_DAY,
    HOURS_A_WEEK,
    MINUTES_AN_HOUR,
    WEEK,
    Doubt,
    HelpState,
    Slice,
    Terrain,
    provinces,
    summary,
)

WAYS: dict[v.Way, str] = {
    v.Way.PHONE: N_("Help by telephone"),
    v.Way.CHAT: N_("Help by chat"),
    v.Way.WHATSAPP: N_("Help by WhatsApp"),
    v.Way.VISIT: N_("A place to go to"),
}
ANY_WAY = N_("Someone who answers at once")
STATES: dict[HelpState, str] = {
    HelpState.PART: N_("certainly someone, part of the hour"),
    HelpState.UNKNOWN: N_("not known"),
    HelpState.NOT_THERE: N_("nobody"),
}
DOUBTS: dict[Doubt, str] = {
    Doubt.LANGUAGE: N_("we do not know whether they speak the language"),
    Doubt.PLACE: N_("they work in a part of the area, or we do not know where"),
    Doubt.PEOPLE: N_("they are only for some of these people"),
    Doubt.EXISTENCE: N_("it is not certain that they still exist"),
}

Words = Callable[[str], str]


def language_name(code: str, language: str) -> str:
    """The name of a language in another: “Arabisch”; its own name when that is not known."""
    known = Locale.parse(language).languages.get(code)
    return str(known) if known else OWN_NAMES.get(code, code)


def what(asked: Slice, language: str) -> str:
    """What would be reached, and in which language: “Help by chat, in Arabic”."""
    words = translations(language).gettext
    named = words(ANY_WAY if asked.way is None else WAYS[asked.way])
    if asked.language is None:
        return named
    return words(N_("%(what)s, in %(language)s")) % {
        "what": named,
        "language": language_name(asked.language, language),
    }


def sentence(terrain: Terrain, asked: Slice, language: str) -> str:
    """When this is there and when not, in one line; what is not known is said apart."""
    words, week = translations(language).gettext, terrain.week(asked)
    whole, night = summary(week), summary(week, of_night=True)
    values: dict[str, str | int] = {
        "what": what(asked, language),
        "there": whole.there + whole.part,
        "unknown": whole.unknown,
        "gone": whole.not_there,
        "night": night.not_there,
        "hours": HOURS_A_WEEK,
    }
    if whole.not_there == HOURS_A_WEEK:
        return words(N_("%(what)s: at no hour of the week.")) % values
    if whole.there == HOURS_A_WEEK:
        return words(N_("%(what)s: at every hour of the week.")) % values
    if whole.not_there:
        said = words(
            N_(
                "%(what)s: certain at %(there)s of the %(hours)s hours of a week, nobody at %(gone)s, "
                "of which %(night)s by night."
            )
        )
        said %= values
    else:
        said = words(N_("%(what)s: certain at %(there)s of the %(hours)s hours of a week.")) % values
    if whole.unknown:
        said += " " + words(N_("Of %(unknown)s hours we do not know.")) % values
    gap = week.longest_gap()
    if gap is not None and gap[1] >= MINUTES_AN_HOUR:
        said += " " + words(N_("The longest time with nobody: from %(begin)s to %(end)s.")) % {
            "begin": moment_of_week(gap[0], language),
            "end": moment_of_week((gap[0] + gap[1]) % WEEK, language),
        }
    return said


def moment_of_week(minute: int, language: str) -> str:
    """A minute of an ordinary week as a person says it: “Monday 9:30”."""
    hour = minute // MINUTES_AN_HOUR
    return f"{day_name(language, hour // HOURS_A_DAY)} {hour % HOURS_A_DAY}:{minute % MINUTES_AN_HOUR:02d}"


def missing(terrain: Terrain, asked: Slice, language: str) -> Iterator[str]:
    """What can be said about these people to who makes policy: each way, each language, each province, their group."""
    words = translations(language).gettext
    for way in WAYS:
        yield sentence(terrain, replace(asked, way=way), language)
    if asked.language is None:
        yield from _languages(terrain, asked, language)
    if asked.province is None:
        yield from _provinces(terrain, asked, language)
    if asked.group is not None and not asked.is_made_for:
        all_of_it = terrain.fit(asked).certain.bit_count()
        own = terrain.fit(replace(asked, is_made_for=True)).certain.bit_count()
        yield words(N_("Services for these people: %(all)s. Made for them, or with an eye for them: %(own)s.")) % {
            "all": all_of_it, "own": own,
        }  # fmt: skip


def _languages(terrain: Terrain, asked: Slice, language: str) -> Iterator[str]:
    words, silent, possible = translations(language).gettext, list[str](), list[str]()
    named = terrain.languages("languages_any")
    for code in v.LANGUAGES:
        one = replace(asked, language=code)
        whole = summary(terrain.week(one))
        if whole.there + whole.part:
            yield sentence(terrain, one, language)
        elif code in named:
            (possible if whole.unknown else silent).append(language_name(code, language))
    values = {"what": what(replace(asked, language=None), language)}
    if possible:
        yield words(
            N_("%(what)s: certain at no hour in %(languages)s. Often nobody wrote down which languages are spoken.")
        ) % {**values, "languages": ", ".join(possible)}  # fmt: skip
    if silent:
        yield words(N_("%(what)s: at no hour in %(languages)s.")) % {**values, "languages": ", ".join(silent)}


def _provinces(terrain: Terrain, asked: Slice, language: str) -> Iterator[str]:
    words, fits = translations(language).gettext, provinces(terrain, asked)
    without = [name for name, fit in fits.items() if not fit.certain]
    if without and len(without) < len(fits):
        yield words(N_("No service that certainly works in the whole province: %(provinces)s.")) % {
            "provinces": ", ".join(without)
        }
    elif without:
        yield words(N_("No service is certain for any whole province."))
