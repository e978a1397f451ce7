"""Hand-overs as rows that tell nothing: which partner, what state, what was agreed and by whom is sealed.

Facts that the server needs (partner, state, limits) are under the server's key; what was agreed is under a key of its
own that only the partner's team, the first desk's team and the visitor hold. Without the visitor's yes, or the
override of two people for vital danger, no agreed text can stand here: the database sees to that.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from voordeur.records.conversations.models import ID_LENGTH, Conversation


class Handover(models.Model):
    """One partner who is asked, or would be, to go on with somebody."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH)  # 16 random bytes, hexadecimal
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="handovers")
    label = models.BinaryField(max_length=1100)  # sealed for the server: see label.HandoverLabel
    partner_tag = models.BinaryField(max_length=16, null=True)  # of the partner's team; None for one without a desk
    parcel = models.BinaryField(max_length=16420, null=True)  # what was agreed, sealed
    parcel_key = models.BinaryField(max_length=160, null=True)  # its key, wrapped for the partner's team
    desk_key = models.BinaryField(max_length=160, null=True)  # the same, for the team of the first desk
    consent_mark = models.BinaryField(max_length=16, null=True)  # of exactly this text for exactly this receiver

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="no_parcel_without_consent",
                condition=Q(parcel__isnull=True, parcel_key__isnull=True) | Q(consent_mark__isnull=False),
            ),
        )
        indexes = (models.Index(fields=("partner_tag",), name="handover_partner"),)


class Remark(models.Model):
    """What was asked and answered about a hand-over, sealed under the key of its parcel."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="remarks")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=1)  # see label.REMARKS
    envelope = models.BinaryField(max_length=16420)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("handover", "number"), name="one_remark"),)


class Buddy(models.Model):
    """Somebody whom the visitor brings along, with a code of their own; kind and permission are sealed."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="buddies")
    lookup = models.BinaryField(max_length=32, unique=True)
    salt = models.BinaryField(max_length=16)
    public_key = models.BinaryField(max_length=32)
    label = models.BinaryField(max_length=300)


class Permission(models.Model):
    """Which contact a visitor permits, and when they wish to be asked how it goes; sealed for the server.

    It blocks: who would break it is refused. A number or a code word is not here; those are in sealed papers.
    """

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="permission")
    label = models.BinaryField(max_length=2100)
