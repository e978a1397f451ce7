"""The clock process: every timer at each turn, a turn every 20 seconds; with `--once` one turn, and what it did.

A timer that fails stops no other. Of what went wrong the log says the kind alone: a message of an error can hold what
somebody wrote. After each turn no connection to the database is left open, so none of its locks is either.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from voordeur.rules.opening import AMSTERDAM

EVERY_SECONDS = 20.0
#: Its time of change says when the clock last went round; `voordeur doctor` looks at it.
BEAT = "clock"

Timer = Callable[[datetime], str]
_log = logging.getLogger("voordeur.clock")


def all_timers() -> Mapping[str, Timer]:
    """Every timer of this server by name. Raises DoorError when a door's file is broken."""
    from django.conf import settings

    from voordeur.faces.clock import forget
    from voordeur.faces.clock.alarms import Alarms
    from voordeur.faces.clock.deliver import notices
    from voordeur.faces.clock.duty import Duties
    from voordeur.faces.clock.entries import Entries
    from voordeur.faces.clock.handovers import Handovers
    from voordeur.faces.clock.left_behind import LeftBehind
    from voordeur.faces.doorway import load_doors
    from voordeur.rules.handover import load_limits

    data = settings.ENV.data
    doors = load_doors(settings.CONTENT / "doors").doors
    handovers = Handovers(load_limits(settings.CONTENT / "handover" / "limits.toml"), data)
    return {
        "alarms": Alarms(doors, data).ring,
        "duty": Duties(data).look,
        "left-behind": LeftBehind(doors, data).look,
        "handovers": handovers.look,
        "check-ins": handovers.ask,
        "conversations": forget.forget_conversations,
        "desk": forget.forget_staff,
        "own-words": forget.forget_words,
        "corrections": forget.forget_corrections,
        "entries": Entries(settings.CONTENT / "places", settings.ENV.old_after_days).look,
        "outbox": forget.forget_notices,
        "looks": forget.forget_looks,
        "notices": notices(settings.ENV).deliver,
    }


def tick(timers: Mapping[str, Timer], moment: datetime) -> Mapping[str, str | None]:
    """One turn: what each timer says it did, None for one that failed."""
    from django.db import connections

    said: dict[str, str | None] = {}
    try:
        for name, timer in timers.items():
            try:
                said[name] = timer(moment)
            except Exception as problem:  # whatever it is: the others must go on
                _log.error("the timer “%s” failed: %s", name, type(problem).__name__)
                said[name] = None
                connections.close_all()
    finally:
        connections.close_all()
    return said


def beat(data: Path) -> None:
    """Leave the moment of this turn behind, as the time of an empty file."""
    folder = data / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / BEAT).touch(mode=0o600)


def keep_ticking(timers: Mapping[str, Timer], data: Path, asked: threading.Event) -> None:
    """Turn after turn until stopping is asked."""
    while not asked.is_set():
        tick(timers, datetime.now(AMSTERDAM))
        try:
            beat(data)
        except OSError as problem:
            _log.error("the clock cannot write in its folder: %s", type(problem).__name__)
        asked.wait(EVERY_SECONDS)


def main(arguments: Sequence[str]) -> int:
    """Run as a process: 0 when stopped by a signal; with `--once` 1 when a timer failed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voordeur.settings.clock")
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())

    import django
    from django.conf import settings

    django.setup()
    timers = all_timers()
    if "--once" not in arguments:
        keep_ticking(timers, settings.ENV.data, asked)
        return 0
    said = tick(timers, datetime.now(AMSTERDAM))
    for name, sentence in said.items():
        print(f"{name:<14} {sentence or 'failed'}")
    return 1 if None in said.values() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
