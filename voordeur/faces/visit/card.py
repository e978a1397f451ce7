"""Something to take along: a small card with numbers and hours, neutral to look at, to print or to keep as a picture.

It says no name of an organisation and no date: whoever finds it learns little (safety rules, "the one at home").
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from PIL import Image, ImageDraw, ImageFont

from voordeur import vocabulary as v
from voordeur.faces.language import N_, day_name, translations
from voordeur.records.directory.queries import OrganizationView
from voordeur.rules.opening import Hours

WIDTH, MARGIN, LINE = 640, 28, 40
_INK, _PAPER = 0, 255


@dataclass(frozen=True, slots=True)
class CardLine:
    """One number or address, and when it is answered, in each language of the card."""

    value: str
    when: tuple[str, ...]


def _clock(minutes: int) -> str:
    minutes %= 1440
    return f"{minutes // 60}:{minutes % 60:02d}"


def hours_in_words(hours: Hours | None, language: str) -> str:
    """The certain hours of a week, days with the same hours together; says so when they are not known."""
    words = translations(language).gettext
    if hours is None:
        return words(N_("ask for the hours"))
    if hours.text == "24/7":
        return words(N_("day and night"))
    groups: list[tuple[int, int, tuple[tuple[int, int], ...]]] = []
    for day, written in hours.week().days:
        certain = tuple((start, end) for start, end, state in written if state is v.OpenState.OPEN)
        if groups and groups[-1][2] == certain and groups[-1][1] == day - 1:
            groups[-1] = (groups[-1][0], day, certain)
        elif certain:
            groups.append((day, day, certain))
    parts = []
    for first, last, spans in groups:
        days = day_name(language, first)[:2]
        if last != first:
            days += f"-{day_name(language, last)[:2]}"
        parts.append(f"{days} " + ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans))
    return "; ".join(parts) or words(N_("ask for the hours"))


def card_lines(organizations: Sequence[OrganizationView], languages: Sequence[str]) -> tuple[CardLine, ...]:
    """At most one number for each organisation (else its web address), with hours in each language."""
    lines = []
    for one in organizations:
        contacts = [channel.contact for service in one.services for channel in service.channels]
        phones = [contact for contact in contacts if contact.kind is v.ChannelKind.PHONE and contact.value]
        if phones:
            line = CardLine(str(phones[0].value), tuple(hours_in_words(phones[0].hours, code) for code in languages))
        elif one.website:
            address = one.website.partition("://")[2].removeprefix("www.").rstrip("/")
            line = CardLine(address, tuple(translations(code).gettext(N_("on the internet")) for code in languages))
        else:
            continue
        lines.append(line)
    return tuple(lines)


def picture(lines: Sequence[CardLine], address: str) -> str:
    """The card as a PNG in a data address: large numbers, hours, and a QR code of `address`. Four greys, some kB."""
    code = segno.make(address, error="m", micro=False)
    pixels = io.BytesIO()
    code.save(pixels, kind="png", scale=5, border=2)
    square = Image.open(pixels).convert("L")
    rows = sum(1 + len(line.when) for line in lines)
    height = max(square.height, MARGIN + rows * LINE) + MARGIN
    card = Image.new("L", (WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(card)
    big, small = ImageFont.load_default(size=30), ImageFont.load_default(size=20)
    top = MARGIN
    for line in lines:
        draw.text((MARGIN, top), line.value, fill=_INK, font=big)
        top += LINE
        for when in line.when:
            draw.text((MARGIN, top), when[:46], fill=_INK, font=small)
            top += LINE
    card.paste(square, (WIDTH - square.width - MARGIN // 2, MARGIN // 2))
    written = io.BytesIO()
    card.quantize(4).save(written, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()
