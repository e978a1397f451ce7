"""Makes docs/vocabulary.md: `python -m tests.house.vocabulary_page > docs/vocabulary.md`."""

from __future__ import annotations

import inspect
import sys
import textwrap
from enum import StrEnum

from voordeur import vocabulary
from voordeur.faces.labels import LABELS

_HEAD = """\
# Vocabulary

The words of the field. Every enumerated word is written once, in `voordeur/vocabulary.py`, with its source: *report* is
"Laagdrempelige hulpverlening voor slachtoffers en plegers van geweld in afhankelijkheidsrelaties" (Verwey-Jonker
Instituut, 2022), *HSDS* is the Human Services Data Specification 3.x, *OSM* is the opening_hours syntax of
OpenStreetMap.

The first column is what files and code say. The second is what people read in English; other languages stand in
`voordeur/locale`. Nobody is called a victim or a perpetrator on screen.

This page is made by a command and checked by a test: `python -m tests.house.vocabulary_page > docs/vocabulary.md`.
"""


def kinds() -> list[type[StrEnum]]:
    """Every kind of word, in the order of the module."""
    found = [one for one in vars(vocabulary).values() if isinstance(one, type) and issubclass(one, StrEnum)]
    return [kind for kind in found if kind is not StrEnum]


def page() -> str:
    """The whole page as Markdown."""
    parts = [_HEAD]
    for kind in kinds():
        rows = "\n".join(f"| `{word.value}` | {LABELS[kind][word.value]} |" for word in kind)
        parts.append(f"## {kind.__name__}\n\n{inspect.getdoc(kind)}\n\n| code | in words |\n| --- | --- |\n{rows}\n")
    codes = textwrap.fill(", ".join(f"`{code}`" for code in vocabulary.LANGUAGES), 118)
    parts.append(f"## Languages\n\nISO 639-1 codes of languages that helpers speak or visitors ask for.\n\n{codes}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
