"""Which language a page is in, and its words: gettext catalogues, read at start, one for each language.

Adding a language is adding `locale/<code>/LC_MESSAGES/voordeur.po` and its code to a door. English is the
language of the message ids. Catalogues are compiled in memory: there is no second file that can lag behind.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[1] / "locale"
RIGHT_TO_LEFT = {"ar", "fa", "ur", "ps", "ckb", "he"}
#: Each language in its own name and script, for the switch and for "which language do you speak".
OWN_NAMES = {
    "nl": "Nederlands", "en": "English", "tr": "Türkçe", "ar": "العربية", "pl": "Polski", "es": "Español",
    "ro": "Română", "bg": "Български", "fr": "Français", "ru": "Русский", "so": "Soomaali", "fa": "فارسی",
    "zh": "中文", "uk": "Українська", "hu": "Magyar", "de": "Deutsch", "ur": "اردو", "am": "አማርኛ", "ti": "ትግርኛ",
    "pt": "Português", "it": "Italiano", "ku": "Kurdî", "ps": "پښتو", "vi": "Tiếng Việt", "th": "ไทย",
    "id": "Bahasa Indonesia", "tl": "Tagalog", "hi": "हिन्दी", "el": "Ελληνικά", "cs": "Čeština", "sk": "Slovenčina",
    "hr": "Hrvatski", "sr": "Српски", "sq": "Shqip",
}  # fmt: skip
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def N_(message: str) -> str:  # noqa: N802  (gettext's own name for "mark, translate later")
    """Mark a message for translation without translating it here."""
    return message


def direction(language: str) -> str:
    """The writing direction, "rtl" or "ltr"."""
    return "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=32)
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English ids when there is none."""
    path = LOCALE / language / "LC_MESSAGES" / "voordeur.po"
    if not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=1)
def messages() -> frozenset[str]:
    """Every text of our pages, as it stands in the code and as a key of the catalogues."""
    with (LOCALE / "nl" / "LC_MESSAGES" / "voordeur.po").open("rb") as file:
        return frozenset(str(one.id) for one in read_po(file, locale="nl") if isinstance(one.id, str) and one.id)


def preferred(accept_language: str, offered: Iterable[str]) -> str:
    """The first offered language that the browser's wish names; the first offered when it names none.

    The wish is read for this answer only and kept nowhere.
    """
    offered = tuple(offered)
    wishes = []
    for place, part in enumerate(accept_language[:200].split(",")):
        code, _, weight = part.strip().partition(";q=")
        try:
            value = float(weight) if weight else 1.0
        except ValueError:
            value = 0.0
        wishes.append((-value, place, code.split("-")[0].lower()))
    return next((code for _, _, code in sorted(wishes) if code in offered), offered[0])


@lru_cache(maxsize=64)
def _day_names(language: str) -> dict[int, str]:
    try:
        return dict(get_day_names("wide", locale=language))
    except Exception:  # a language that Babel does not know: English names are better than none
        return dict(get_day_names("wide", locale="en"))


def day_name(language: str, weekday: int) -> str:
    """The name of a weekday, 0 for Monday."""
    return _day_names(language)[weekday]


def clock_time(moment: datetime) -> str:
    """The Dutch wall-clock time, such as "9:30"."""
    local = moment.astimezone(AMSTERDAM)
    return f"{local.hour}:{local.minute:02d}"


def moment_in_words(language: str, moment: datetime, now: datetime) -> str:
    """A coming moment as a person says it: "22:00", "tomorrow 9:00", "Monday 9:00" or a date."""
    local, today = moment.astimezone(AMSTERDAM), now.astimezone(AMSTERDAM).date()
    words = translations(language)
    days = (local.date() - today).days
    clock = clock_time(moment)
    if days == 0:
        return clock
    if days == 1:
        return words.gettext(N_("tomorrow %(time)s")) % {"time": clock}
    if days < 7:
        return f"{day_name(language, local.weekday())} {clock}"
    return f"{day_name(language, local.weekday())} {local.day}-{local.month} {clock}"


def date_in_words(language: str, written: str | None) -> str:
    """A partial ISO date ("2022", "2025-10", "2026-09-08") for people; says so when there is none."""
    if not written:
        return translations(language).gettext(N_("date not known"))
    parts = written.split("-")
    if len(parts) == 3:
        day = date(int(parts[0]), int(parts[1]), int(parts[2]))
        return f"{day.day}-{day.month}-{day.year}"
    return "-".join(reversed(parts)).lstrip("0")
