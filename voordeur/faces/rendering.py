"""Pages from templates: one Jinja environment for each language and face, everything inline, compressed.

A page carries its style and script inside (one request is enough); both are allowed by their hash alone.
"""

from __future__ import annotations

import gettext
import re
import secrets
import struct
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from voordeur.faces.language import direction, translations

#: What templates of more than one face begin with: `behind.html`, for pages behind the desk's sign-in.
SHARED = Path(__file__).parent / "templates"
#: A text without values in it: {{ _("…") }}.
_PLAIN_TEXT = re.compile(r'\{\{ _\("([^"\\]*)"\) \}\}')


class TranslatedOnReading(Extension):
    """Texts without values are put into the page's language when the template is read, not again for each page."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template with these texts in its language."""
        words: gettext.NullTranslations = self.environment.catalogue  # type: ignore[attr-defined]
        return _PLAIN_TEXT.sub(lambda found: words.gettext(found[1]) % {}, source)


@lru_cache(maxsize=64)
def environment(folder: Path, language: str, words: gettext.NullTranslations | None = None) -> Environment:
    """The templates of a face in one language, or in these words of it (`tones.words_in`).

    Texts are escaped, and a name that does not exist is an error.
    """
    words = words or translations(language)
    made = Environment(
        loader=FileSystemLoader([folder, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", TranslatedOnReading],
    )
    # The i18n extension adds these two; the stubs do not know them.
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    made.extend(catalogue=words)
    made.globals["language"] = language
    made.globals["direction"] = direction(language)
    return made


def smaller(source: str) -> str:
    """Inline style or script without comments and needless white space (our own files are written for this)."""
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    return re.sub(r"\s*\n\s*", "\n", source).strip()


def smaller_style(source: str) -> str:
    """As `smaller`, and without white space around the signs of CSS."""
    return re.sub(r"\s*([{}:;,>])\s*", r"\1", smaller(source)).replace(";}", "}")


def inline(text: str) -> Markup:
    """Our own style or script, to be written into a page as it is."""
    return Markup(text)  # noqa: S704  (never anything that a visitor typed)


def compressed(body: bytes, level: int = 1) -> bytes:
    """gzip with a file name of random length in its head, so that the size tells nothing of a secret beside typed text.

    See BREACH (2013) and "Heal the BREACH" (2022); RFC 1952 section 2.3. A higher `level` (to 9) is smaller and slower.
    """
    name = secrets.token_urlsafe(96)[: 1 + secrets.randbelow(96)].encode()
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9)
    packed = packer.compress(body) + packer.flush()
    head = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff" + name + b"\x00"
    return head + packed + struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)


def page(request: HttpRequest, html: str, policy: str, status: int = 200, level: int = 1) -> HttpResponse:
    """The response with this page: its own content security policy, compressed when the browser can."""
    body = html.encode()
    response = HttpResponse(b"", content_type="text/html; charset=utf-8", status=status)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        body = compressed(body, level)
        response.headers["Content-Encoding"] = "gzip"
    response.content = body
    response.headers["Content-Length"] = str(len(body))
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Content-Security-Policy"] = policy
    return response


def context_free(html: str) -> str:
    """A page without the white space between its tags that only serves the template's reader."""
    return re.sub(r">\s*\n\s*<", ">\n<", html)


Values = dict[str, Any]
