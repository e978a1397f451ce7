"""The hidden part of the map: houses whose address keeps people alive, and who looked at one for which reason.

Nothing in a row can be read but a meaningless id, or the number and day of a line of the trail. Everything else is
under the server's key, in one size, whatever it says. So the database alone tells how many entries and looks there
are; with the server's key it tells all (docs/threat-model.md).
"""

from __future__ import annotations

from django.db import models

ID_LENGTH = 32


class HiddenEntry(models.Model):
    """One hidden entry: what, where, for whom, how to ask, source and dates are all in `sealed` (entry.py)."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH)  # 16 random bytes, hexadecimal
    sealed = models.BinaryField(max_length=4200)


class HiddenLook(models.Model):
    """Why somebody looked at an entry. `number` and `day` are those of the line on the trail that says who and when."""

    number = models.PositiveBigIntegerField(primary_key=True)
    day = models.DateField(db_index=True)
    sealed = models.BinaryField(max_length=1100)
