"""For each kind of record: what it holds, how long it is kept, and what happens then (safety rule 11).

Every table of the database has a row here, and a test of the house fails when one has none. The table in
`docs/privacy.md` is made from these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """The fate of one kind of record. `model` is "app.Model"; `keep_for` None means as long as it is listed."""

    model: str
    what: str
    personal: bool
    keep_for: timedelta | None
    then: str


RETENTIONS = (
    Retention(
        "directory.Organization",
        "an organisation: name, texts, website",
        False,
        None,
        "deleted when its file is gone and the files are loaded",
    ),
    Retention(
        "directory.Service",
        "what an organisation does, for whom, about what, where",
        False,
        None,
        "deleted with its organisation",
    ),
    Retention(
        "directory.Channel",
        "how a service can be reached, when, and what that costs",
        False,
        None,
        "deleted with its service",
    ),
    Retention(
        "directory.Source",
        "where facts about an organisation come from, and of when they are",
        False,
        None,
        "deleted with its organisation",
    ),
    Retention("directory.Fact", "which fact rests on which source", False, None, "deleted with its source"),
    Retention(
        "directory.Edition",
        "which state of the directory is loaded, and since when",
        False,
        None,
        "replaced at the next load that changes something",
    ),
)


def table() -> str:
    """The rows as a Markdown table, without a line break at the end."""
    lines = ["| record | what it holds | about a person | kept | then |", "| --- | --- | --- | --- | --- |"]
    for one in RETENTIONS:
        kept = "as long as it is listed" if one.keep_for is None else f"{one.keep_for.days} days"
        is_personal = "yes" if one.personal else "no"
        lines.append(f"| `{one.model}` | {one.what} | {is_personal} | {kept} | {one.then} |")
    return "\n".join(lines)
