"""States of a warm hand-over: which step follows which, by whom, until when, and who cares for it (report 2.4, 6.8).

One table. A step that does not stand in it cannot be taken. At every moment a hand-over has one side that cares for
it: the first desk, until the partner has made contact; from then on the partner. Where no answer comes in time it goes
to the next partner that the visitor said yes to, or back to the first desk; nobody falls between two.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from voordeur.vocabulary import HandoverState


class HandoverActor(StrEnum):
    """Who takes a step of a hand-over."""

    VISITOR = "visitor"
    DESK = "desk"
    PARTNER = "partner"
    CLOCK = "clock"


S, A = HandoverState, HandoverActor

#: From a state, by somebody, to a state. Each line says why it is there.
STEPS: Mapping[tuple[HandoverState, HandoverActor], frozenset[HandoverState]] = {
    # The desk writes what would be said, asks, or lets it be.
    (S.DRAFTED, A.DESK): frozenset({S.ASKED, S.WITHDRAWN, S.OFFERED}),  # offered: vital danger only, see `needs`
    (S.DRAFTED, A.VISITOR): frozenset({S.WITHDRAWN}),
    (S.DRAFTED, A.CLOCK): frozenset({S.EXPIRED}),
    # Silence is no: only the visitor says yes.
    (S.ASKED, A.VISITOR): frozenset({S.CONSENTED, S.WITHDRAWN}),
    (S.ASKED, A.DESK): frozenset({S.WITHDRAWN, S.OFFERED}),
    (S.ASKED, A.CLOCK): frozenset({S.EXPIRED}),
    # A yes waits for its turn where there are more; the next goes out by itself.
    (S.CONSENTED, A.VISITOR): frozenset({S.OFFERED, S.WITHDRAWN}),
    (S.CONSENTED, A.DESK): frozenset({S.OFFERED, S.WITHDRAWN}),
    (S.CONSENTED, A.CLOCK): frozenset({S.OFFERED, S.EXPIRED}),
    (S.CONSENTED, A.PARTNER): frozenset({S.OFFERED}),  # another partner said no, so it is this one's turn
    (S.OFFERED, A.PARTNER): frozenset({S.ACCEPTED, S.DECLINED}),
    (S.OFFERED, A.DESK): frozenset({S.ACCEPTED, S.DECLINED}),  # a partner without a desk answered by telephone
    (S.OFFERED, A.VISITOR): frozenset({S.WITHDRAWN}),
    (S.OFFERED, A.CLOCK): frozenset({S.EXPIRED}),
    (S.ACCEPTED, A.PARTNER): frozenset({S.IN_CONTACT, S.DECLINED}),
    (S.ACCEPTED, A.DESK): frozenset({S.IN_CONTACT, S.DECLINED}),
    (S.ACCEPTED, A.VISITOR): frozenset({S.IN_CONTACT, S.WITHDRAWN}),  # who was there knows best that there was contact
    (S.ACCEPTED, A.CLOCK): frozenset({S.EXPIRED}),
    (S.IN_CONTACT, A.PARTNER): frozenset({S.COMPLETED, S.DECLINED}),
    (S.IN_CONTACT, A.VISITOR): frozenset({S.COMPLETED, S.WITHDRAWN}),
    (S.IN_CONTACT, A.CLOCK): frozenset({S.COMPLETED}),
    # Also afterwards the visitor takes back what was given.
    (S.COMPLETED, A.VISITOR): frozenset({S.WITHDRAWN}),
}

#: From here nothing follows but taking back.
ENDS = frozenset({S.COMPLETED, S.DECLINED, S.EXPIRED, S.WITHDRAWN})
#: The partner may read the agreed text.
READABLE_BY_PARTNER = frozenset({S.OFFERED, S.ACCEPTED, S.IN_CONTACT, S.COMPLETED})
#: One of these at a time: whoever was asked is waited for, before another is.
UNDER_WAY = frozenset({S.OFFERED, S.ACCEPTED, S.IN_CONTACT})
#: The partner cares for it; in every other state the first desk does.
WITH_THE_PARTNER = frozenset({S.IN_CONTACT, S.COMPLETED})
#: A no needs its reason (report 2.4: who cannot help says so, and who might).
NEEDS_REASON = frozenset({S.DECLINED})
#: Only these have a limit in `content/handover/limits.toml`.
WITH_A_LIMIT = frozenset(S) - ENDS


class StepNotAllowed(ValueError):
    """This does not follow from where the hand-over stands; the message says what does."""


class LimitsBroken(ValueError):
    """The file of limits cannot be used; the message names the key and what is expected."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a state may last: `hours`, in danger `danger_hours`; the desk is alarmed `alarm_hours` before that."""

    hours: float
    danger_hours: float
    alarm_hours: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The limit of each state that has one, and for how long a yes counts when the visitor names no day."""

    of: Mapping[HandoverState, Limit]
    consent_days: int
    longest_consent_days: int


def step(
    start: HandoverState, end: HandoverState, by: HandoverActor, *, has_consent: bool, is_override: bool, reason: str
) -> HandoverState:
    """The state after a step. Raises StepNotAllowed when the table has no such step, or what it needs is not there.

    To be offered, a hand-over needs the visitor's yes, or the override for vital danger that two people signed.
    """
    if end not in STEPS.get((start, by), frozenset()):
        raise StepNotAllowed(f"from “{start}” the {by} cannot go to “{end}”")
    if end is S.OFFERED and not (has_consent or is_override):
        raise StepNotAllowed("without the visitor's yes nothing goes to a partner")
    if end is S.OFFERED and start in (S.DRAFTED, S.ASKED) and not is_override:
        raise StepNotAllowed("the visitor has not answered yet")
    if end in NEEDS_REASON and not reason:
        raise StepNotAllowed("a reason is expected")
    return end


def cares(state: HandoverState) -> HandoverActor:
    """Who cares for a hand-over that stands so: the first desk, or the partner. Always exactly one."""
    return A.PARTNER if state in WITH_THE_PARTNER else A.DESK


def due_at(
    state: HandoverState, since: datetime, limits: Limits, *, is_danger: bool, agreed_at: datetime | None
) -> datetime | None:
    """Until when it may stand so; None for an end. What was agreed (`agreed_at`) counts from that moment on."""
    limit = limits.of.get(state)
    if limit is None:
        return None
    hours = timedelta(hours=limit.danger_hours if is_danger else limit.hours)
    begins = max(since, agreed_at) if state is S.ACCEPTED and agreed_at is not None else since
    return begins + hours


def is_late(
    state: HandoverState,
    since: datetime,
    moment: datetime,
    limits: Limits,
    *,
    is_danger: bool,
    agreed_at: datetime | None,
) -> bool:
    """Whether the desk is alarmed: the limit is near, or past; and whenever it came back without a next partner."""
    due = due_at(state, since, limits, is_danger=is_danger, agreed_at=agreed_at)
    return due is not None and moment >= due - timedelta(hours=limits.of[state].alarm_hours)


def after_limit(state: HandoverState) -> HandoverState:
    """What a limit that passed makes of a state: nobody answered, or (in contact) it went well."""
    return S.COMPLETED if state is S.IN_CONTACT else S.EXPIRED


def next_in_turn(states: Iterable[tuple[int, str, HandoverState]]) -> str | None:
    """Of (rank, id, state): which yes goes out now. None while another is under way, or none waits."""
    known = sorted(states)
    if any(state in UNDER_WAY for _, _, state in known):
        return None
    return next((name for _, name, state in known if state is S.CONSENTED), None)


def load_limits(path: Path) -> Limits:
    """The limits of `content/handover/limits.toml`. Raises LimitsBroken."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise LimitsBroken(f"{path.name}: {problem}") from problem

    def number(where: Mapping[str, object], name: str, key: str) -> float:
        value = where.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 24 * 366:
            raise LimitsBroken(f"{path.name}: [{name}] “{key}” must be a number of hours, such as 24")
        return float(value)

    found = {}
    for state in sorted(WITH_A_LIMIT):
        one = table.get(str(state))
        if not isinstance(one, dict):
            raise LimitsBroken(f"{path.name}: [{state}] is missing; every state that can last has a limit")
        limit = Limit(*(number(one, str(state), key) for key in ("hours", "danger_hours", "alarm_hours")))
        if limit.danger_hours > limit.hours or limit.alarm_hours > limit.danger_hours:
            raise LimitsBroken(f"{path.name}: [{state}] “alarm_hours” ≤ “danger_hours” ≤ “hours” is expected")
        found[state] = limit
    consent = table.get("consent")
    days = [consent.get(key) if isinstance(consent, dict) else None for key in ("days", "most_days")]
    if not all(type(one) is int and 1 <= one <= 366 for one in days) or days[0] > days[1]:  # type: ignore[operator]
        raise LimitsBroken(f"{path.name}: [consent] “days” and “most_days” from 1 to 366 are expected")
    unknown = sorted(set(table) - {"consent"} - {str(state) for state in WITH_A_LIMIT})
    if unknown:
        raise LimitsBroken(f"{path.name}: [{unknown[0]}] is no state that can last")
    return Limits(found, days[0], days[1])  # type: ignore[arg-type]
