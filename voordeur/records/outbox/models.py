"""Notices that wait to be sent by mail, and where teams want them. Never content.

A notice has no text, and no tie to a conversation or a hand-over: it says that something waits for a team, and the day.
Addresses and moments are sealed with the server's key.
"""

from __future__ import annotations

from django.db import models

from voordeur.records.staff.models import Team


class Notice(models.Model):
    """Something waits for this team and no mail said so yet; one at most for each team.

    `sealed` holds when it was first tried and when it is tried next; it is empty until then. One that was given up
    stays for a week, so that the operator sees it, and is not tried any more.
    """

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="notice")
    made_on = models.DateField()
    tries = models.PositiveSmallIntegerField(default=0)
    is_given_up = models.BooleanField(default=False)
    sealed = models.BinaryField(default=b"")

    class Meta:
        ordering = ("pk",)


class TeamAddress(models.Model):
    """Where a partner's team wants notices: the mail address, and when the last mail went, sealed in one size."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="notice_address")
    sealed = models.BinaryField()

    class Meta:
        ordering = ("pk",)
