"""Conversations as rows that tell nothing: sealed texts, tags in place of names, days in place of times.

Whoever holds the database, a backup or the log of writing ahead learns how many conversations there are, how many
messages in which of a few sizes, until which day they are kept, and why each wrapped key was given (taken up, a coach,
a telephone call). Which door, language, team, person and hour is under the server's key, which is not in the database;
what was said is under keys that the server does not hold.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from voordeur.vocabulary import TalkState

ID_LENGTH = 32


class Conversation(models.Model):
    """One conversation. It is in the queue of its team, or with one owner, or closed: the database sees to that."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH)  # 16 random bytes, hexadecimal
    lookup = models.BinaryField(max_length=32, null=True, unique=True)  # what a return code finds it by
    salt = models.BinaryField(max_length=16, null=True)  # of that code alone
    visitor_key = models.BinaryField(max_length=32)  # public
    state = models.CharField(max_length=8)
    team_tag = models.BinaryField(max_length=16)
    owner_tag = models.BinaryField(max_length=16, null=True)
    label = models.BinaryField(max_length=600)  # sealed for the server: see queries.Label
    epoch = models.PositiveIntegerField(default=0)
    last_place = models.PositiveIntegerField(default=0)
    seen_place = models.PositiveIntegerField(default=0)  # what the visitor was shown
    kept_until = models.DateField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="one_owner_or_one_queue",
                condition=Q(state=TalkState.HELD.value, owner_tag__isnull=False)
                | Q(state__in=(TalkState.WAITING.value, TalkState.CLOSED.value), owner_tag__isnull=True),
            ),
            models.CheckConstraint(
                name="code_has_salt",
                condition=Q(lookup__isnull=True, salt__isnull=True) | Q(lookup__isnull=False, salt__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=("state", "team_tag"), name="conversation_queue"),
            models.Index(fields=("kept_until",), name="conversation_end"),
        )


class Grant(models.Model):
    """The keys of one epoch of a conversation, wrapped for one reader, with the reason."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="grants")
    epoch = models.PositiveIntegerField()
    reader_tag = models.BinaryField(max_length=16)
    wrapped = models.BinaryField(max_length=160)
    reason = models.CharField(max_length=10)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("conversation", "epoch", "reader_tag"), name="one_grant"),)


class Message(models.Model):
    """One sealed text. `place` orders a conversation; `message_id` is made by who sends, so that again is once."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    place = models.PositiveIntegerField()
    direction = models.CharField(max_length=1)
    sequence = models.PositiveIntegerField()
    epoch = models.PositiveIntegerField()
    message_id = models.BinaryField(max_length=16)
    envelope = models.BinaryField(max_length=16420)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("conversation", "place"), name="one_place"),
            models.UniqueConstraint(fields=("conversation", "direction", "sequence"), name="one_sequence"),
            models.UniqueConstraint(fields=("conversation", "message_id"), name="sent_once"),
        )
        ordering = ("place",)


class Draft(models.Model):
    """What a responder has typed and not sent, sealed with the desk's key of that epoch."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    writer_tag = models.BinaryField(max_length=16)
    epoch = models.PositiveIntegerField()
    envelope = models.BinaryField(max_length=16420)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("conversation", "writer_tag"), name="one_draft"),)
