"""When a notice by mail is tried, and what a mail address is.

A notice says only that something waits. It goes to a partner's team, at the address that the team set; never to a
visitor.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

#: After a mail to a team the next one waits this long: the first already said that something waits.
QUIET_AFTER = timedelta(minutes=30)
#: How long after a try that failed the next one follows; the last of them counts from then on.
BETWEEN_TRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
#: Counted from the first try.
GIVEN_UP_AFTER = timedelta(days=1)
KEPT = timedelta(days=7)
LONGEST_ADDRESS = 200
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")


def is_mail_address(text: str) -> bool:
    """Whether this is one mail address in plain signs: no name around it, no blank, no line break."""
    name = text.partition("@")[0]
    dotted = name.startswith(".") or name.endswith(".") or ".." in name
    return len(text) <= LONGEST_ADDRESS and not dotted and _ADDRESS.fullmatch(text) is not None


def next_try(tries: int, moment: datetime) -> datetime:
    """When a notice that was tried so many times is tried again."""
    return moment + BETWEEN_TRIES[min(max(tries, 1), len(BETWEEN_TRIES)) - 1]


def is_given_up(first_try: datetime, moment: datetime) -> bool:
    """Whether a notice that was first tried then, and failed again now, is not tried any more."""
    return moment - first_try >= GIVEN_UP_AFTER


def is_quiet(last_mail: datetime | None, moment: datetime) -> bool:
    """Whether the mail before went so short ago that the next one waits."""
    return last_mail is not None and last_mail <= moment < last_mail + QUIET_AFTER
