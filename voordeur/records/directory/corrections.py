"""Corrections from the public: said without a name, kept with the day alone, decided by a steward."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from voordeur.records.directory.fields import fields
from voordeur.records.directory.models import Correction
from voordeur.records.directory.own_words import checked_text
from voordeur.records.directory.publishing import LONGEST_REASON, day_of, entry_now
from voordeur.records.directory.versions import CorrectionState

LONGEST_SAID, LONGEST_TOLD = 500, 300
#: More of these than somebody can read are not taken in: about one organisation, and in all.
MOST_OF_ONE, MOST_IN_ALL = 20, 500
#: A correction that was decided, or that nobody came to, is of no use for longer.
DECIDED_KEPT, WAITING_KEPT = timedelta(days=90), timedelta(days=365)


class CorrectionGone(Exception):
    """There is no such correction, or it was decided already."""


class NothingSaid(ValueError):
    """There is no text, or more than is taken in."""


class TooManyWait(Exception):
    """As many corrections wait as somebody can read; once more when some were read."""


def suggest(*, organization: str, path: str, said: str, source_told: str, moment: datetime) -> int:
    """Keep what somebody of the public says is not right; `path` empty: something else than a field.

    The same said twice is kept once. Raises CorrectionGone for an organisation or a field that is not there,
    NothingSaid and TooManyWait.
    """
    said, source_told = _plain(said), _plain(source_told)
    if not 0 < len(said) <= LONGEST_SAID or len(source_told) > LONGEST_TOLD:
        raise NothingSaid("a text is expected, and not a long one")
    entry = entry_now(organization)
    if entry is None or (path and path not in fields(entry)):
        raise CorrectionGone
    with transaction.atomic():
        waiting = Correction.objects.filter(state=CorrectionState.WAITING)
        of_one = waiting.filter(organization=organization)
        same = of_one.filter(path=path, said=said, source_told=source_told).first()
        if same is not None:
            return int(same.pk)
        if of_one.count() >= MOST_OF_ONE or waiting.count() >= MOST_IN_ALL:
            raise TooManyWait
        made = Correction.objects.create(
            organization=organization, path=path, said=said, source_told=source_told, proposed_on=day_of(moment)
        )
        return int(made.pk)


def _plain(text: str) -> str:
    """One line of what can be seen."""
    seen = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(seen.encode("utf-8", "ignore").decode().split())


def accept_correction(*, correction: int, moment: datetime) -> None:
    """It is taken over: what follows from it is in a draft. Raises CorrectionGone."""
    _decide(correction, CorrectionState.ACCEPTED, "", moment)


def decline_correction(*, correction: int, reason: str, moment: datetime) -> None:
    """It is not taken over. Raises CorrectionGone and SaidWrongly."""
    _decide(correction, CorrectionState.DECLINED, checked_text(reason, LONGEST_REASON), moment)


def remove_correction(*, correction: int) -> None:
    """It is gone at once: it said something about a person, or nothing at all. Raises CorrectionGone."""
    if not Correction.objects.filter(pk=correction).delete()[0]:
        raise CorrectionGone


def forget_corrections(*, moment: datetime) -> int:
    """Delete what was decided a while ago, and what nobody came to for a year; gives how many."""
    day = day_of(moment)
    with transaction.atomic():
        decided = Correction.objects.filter(decided_on__lt=day - DECIDED_KEPT)
        waiting = Correction.objects.filter(decided_on=None, proposed_on__lt=day - WAITING_KEPT)
        return int(decided.delete()[0] + waiting.delete()[0])


def _decide(correction: int, state: CorrectionState, reason: str, moment: datetime) -> None:
    with transaction.atomic():
        waiting = Correction.objects.select_for_update().filter(pk=correction, state=CorrectionState.WAITING)
        if not waiting.update(state=state.value, reason=reason, decided_on=day_of(moment)):
            raise CorrectionGone
