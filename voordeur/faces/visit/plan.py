"""The safety plan and the small next steps: made by visitor and desk together, kept and deleted by the visitor.

Of the versions the newest counts; each can be read, and deleted for good, one by one or all.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from voordeur.faces.doorway import Door
from voordeur.faces.language import AMSTERDAM, N_, clock_time, date_in_words, translations
from voordeur.faces.rendering import Values
from voordeur.faces.visit import conversing
from voordeur.faces.visit.conversing import Sitting
from voordeur.faces.visit.going_on import MOST_VERSIONS, Paper, latest_plan, plan_keys, plans, wake, write
from voordeur.faces.visit.pages import Visit, render
from voordeur.faces.visit.talk import show_gone, still
from voordeur.records.conversations import queries
from voordeur.records.conversations.forgetting import delete_older
from voordeur.vocabulary import Direction

#: The parts of a safety plan, each a question to oneself (made together with the desk, report 6.8).
SAFETY = (
    ("signs", N_("How do I notice that it is going wrong?")),
    ("calm", N_("What can I do then, and what makes it worse?")),
    ("place", N_("Where can I go, and how do I get there?")),
    ("people", N_("Whom can I tell? Which word do we agree on?")),
    ("bag", N_("What do I take along? (papers, keys, medicine, money)")),
    ("others", N_("What about the children, others at home, or animals?")),
)
MOST_STEPS = 12
#: Letters in a box of the plan and in a step; the boxes say so too.
LONGEST_BOX, LONGEST_STEP = 1200, 300


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a plan as its page shows it."""

    place: int
    at: str
    who: str
    is_now: bool
    safety: list[tuple[str, str]]
    steps: list[dict[str, Any]]


def keep_plan(sitting: Sitting, door: Door, plan: Paper, message_id: bytes, moment: datetime) -> None:
    """The plan as it is from now on; of the versions before it the newest few stay. Raises StepNotAllowed, TooBusy."""
    write(sitting, door, Direction.PLAN, {"kind": "plan", "plan": plan}, message_id, moment)
    older = _places(sitting)[:-MOST_VERSIONS]
    delete_older(conversation_id=sitting.held.id, direction=Direction.PLAN, places=older)


def is_empty(plan: Mapping[str, Any]) -> bool:
    """Whether nothing is written in it."""
    return not any(text_of(plan, key).strip() for key, _ in SAFETY) and not any(one["text"] for one in steps_of(plan))


def typed_in(sent: Mapping[str, list[str]]) -> dict[str, Any]:
    """The plan as it stands in the boxes of a form; steps without a text are left out."""

    def whole(name: str) -> str:
        return conversing.clean(sent.get(name, [""])[0]).strip()

    steps = [{"text": whole(f"step-{at}"), "done": f"done-{at}" in sent} for at in range(MOST_STEPS + 1)]
    return {"safety": {key: whole(f"safe-{key}") for key, _ in SAFETY}, "steps": [one for one in steps if one["text"]]}


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both say the same."""
    return steps_of(one) == steps_of(other) and all(text_of(one, key) == text_of(other, key) for key, _ in SAFETY)


def plan_of(sitting: Sitting) -> Mapping[str, Any]:
    """The plan as it stands now; empty when there is none."""
    return latest_plan(plans(sitting.held, plan_keys(sitting)))


def _places(sitting: Sitting) -> list[int]:
    return [one.place for one in queries.messages(sitting.held.id, 0, (Direction.PLAN,))]


def drop_version(sitting: Sitting, door: Door, place: int, moment: datetime) -> None:
    """One version is gone for good. Where it was the newest, the one before it counts again, for all.

    Also where the visitor was shut out. Raises TooBusy.
    """
    there, known = _places(sitting), plans(sitting.held, plan_keys(sitting))
    if place not in there:
        return
    gone = [place]
    if place == there[-1] and not conversing.is_shut(sitting):
        # It is written once more as the newest: so pages that are open at the desk see it too.
        before = [one for one in known if int(one["place"]) < place and isinstance(one.get("plan"), dict)]
        again = {key: before[-1][key] for key in ("at", "by", "role") if key in before[-1]} if before else {}
        gone += [int(one["place"]) for one in before[-1:]]
        _write(sitting, door, {**again, "plan": before[-1]["plan"] if before else {}}, moment)
    _delete(sitting, gone)


def drop_all(sitting: Sitting, door: Door, moment: datetime) -> None:
    """The whole plan is gone for good, of every version; an empty one says so to who reads it. Raises TooBusy."""
    there = _places(sitting)
    if there and not conversing.is_shut(sitting):
        _write(sitting, door, {"plan": {}}, moment)
    _delete(sitting, there)


def _write(sitting: Sitting, door: Door, said: Paper, moment: datetime) -> None:
    write(sitting, door, Direction.PLAN, {"kind": "plan", **said}, secrets.token_bytes(16), moment)


def _delete(sitting: Sitting, places: list[int]) -> None:
    delete_older(
        conversation_id=sitting.held.id, direction=Direction.PLAN, places=places,
        is_newest_too=conversing.is_shut(sitting),
    )  # fmt: skip
    wake(sitting.held.id, sitting.held.label.team)


def show_plan(
    here: Visit,
    *,
    warning: str = "",
    is_kept: bool = False,
    is_dropped: bool = False,
    typed: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The safety plan and the next steps, made together; the visitor reads, changes and deletes them."""
    sitting = conversing.sit(here.talk) if here.talk else None
    if sitting is None:
        return show_gone(here)
    plan = typed or plan_of(sitting)
    steps = steps_of(plan, MOST_STEPS + 1)
    words = translations(here.language).gettext
    values: Values = {
        "warning": warning,
        "is_kept": is_kept,
        "is_dropped": is_dropped,
        "safety": [(key, words(title), text_of(plan, key)) for key, title in SAFETY],
        "steps": [*steps, *({"text": "", "done": False} for _ in range(max(len(steps) <= MOST_STEPS, 3 - len(steps))))],
        "versions": _versions(here, sitting),
        "has_code": sitting.held.has_code,
        "message_id": secrets.token_hex(16),
    }
    return render(replace(here, view="talk:plan"), "plan", values, status, still(here))


def _versions(here: Visit, sitting: Sitting) -> list[Version]:
    """Every version that holds something, the newest first."""
    words = translations(here.language).gettext
    known = [one for one in plans(sitting.held, plan_keys(sitting)) if isinstance(one.get("plan"), dict)]
    shown = []
    for one in reversed([one for one in known if not is_empty(one["plan"])]):
        plan = one["plan"]
        said = [(words(title), text_of(plan, key)) for key, title in SAFETY if text_of(plan, key)]
        who = words(N_("You")) if one.get("role") == "visitor" else str(one.get("by", "")) or words(N_("The desk"))
        at = _when(here, str(one.get("at", "")))
        shown.append(Version(int(one["place"]), at, who, one is known[-1], said, steps_of(plan)))
    return shown


def _when(here: Visit, written: str) -> str:
    try:
        local = datetime.fromisoformat(written).astimezone(AMSTERDAM)
        return f"{date_in_words(here.language, local.date().isoformat())}, {clock_time(local)}"
    except (ValueError, OverflowError):
        return ""


def text_of(plan: Mapping[str, Any], key: str) -> str:
    """What stands at one question of the safety plan."""
    said = plan.get("safety")
    return str(said.get(key, "")) if isinstance(said, dict) else ""


def steps_of(plan: Mapping[str, Any], most: int = MOST_STEPS) -> list[dict[str, Any]]:
    """The steps, and which are done."""
    said = plan.get("steps")
    rows = said if isinstance(said, list) else []
    return [
        {"text": str(one.get("text", "")), "done": bool(one.get("done"))}
        for one in rows[:most]
        if isinstance(one, dict)
    ]
