"""Looking for what must stand nowhere: each mark as text, in other widths, in hexadecimal and base64, in every byte."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

_LEAST = 6


def forms(mark: bytes | str) -> Iterator[tuple[str, bytes]]:
    """Every form of a mark, by its name. In base64 a mark looks different at each of three places of a group."""
    raw = mark.encode() if isinstance(mark, str) else mark
    assert len(raw) >= _LEAST, "a mark this short stands somewhere by chance"
    yield "plain", raw
    yield "hexadecimal", raw.hex().encode()
    yield "HEXADECIMAL", raw.hex().upper().encode()
    yield "base32", base64.b32encode(raw)[: len(raw) * 8 // 5]
    for before in range(3):
        # The first and the last sign also hold bits of the neighbours, so they are left out.
        first, rest = -(-before * 8 // 6), (len(raw) + before) * 8 // 6
        for name, altchars in (("base64", b"+/"), ("base64url", b"-_")):
            yield f"{name} at {before}", base64.b64encode(bytes(before) + raw, altchars)[first:rest]
    if isinstance(mark, str):
        for name, wide in (("little", mark.encode("utf-16-le")), ("big", mark.encode("utf-16-be"))):
            yield f"UTF-16, {name}", wide
            yield f"UTF-16, {name}, hexadecimal", wide.hex().encode()
        yield "JSON", mark.encode("unicode_escape")


def found(files: Mapping[str, bytes], marks: Mapping[str, bytes | str]) -> list[str]:
    """Where a mark stands in any form: file, what the mark is (never the mark itself), and the form."""
    needles = {(kind, form): needle for kind, mark in marks.items() for form, needle in forms(mark)}
    hits = []
    for name, content in files.items():
        hits += [f"{name}: {kind}, {form}" for (kind, form), needle in needles.items() if needle in content]
        small = content.lower()
        hits += [
            f"{name}: {kind}, without capitals"
            for kind, mark in marks.items()
            if isinstance(mark, str) and mark.lower() != mark and mark.lower().encode() in small
        ]
    return hits


def pieces(sealed: bytes, step: int = 240, size: int = 16) -> list[bytes]:
    """Pieces of sealed bytes: a row's bytes may be cut by the pages of a file, and a part that is left is left too."""
    starts = [*range(0, len(sealed) - size, step), len(sealed) - size]
    return [sealed[at : at + size] for at in starts]
