"""What somebody of the desk typed and did not send: kept sealed, for who holds the conversation and who reads along."""

from __future__ import annotations

from django.db import transaction

from voordeur.records.conversations.actions import OutOfStep, StepNotAllowed
from voordeur.records.conversations.models import Conversation, Draft
from voordeur.records.conversations.queries import for_staff, staff_tag
from voordeur.secrecy.envelope import is_envelope
from voordeur.secrecy.keyring import ServerKey


def save_draft(*, conversation_id: str, staff_id: int, epoch: int, envelope: bytes, server_key: ServerKey) -> None:
    """Keep what the owner or who reads along typed, sealed. Raises StepNotAllowed, OutOfStep for another epoch."""
    with transaction.atomic():
        list(Conversation.objects.select_for_update().filter(pk=conversation_id))  # it changes hands before, or after
        found = for_staff(conversation_id, staff_id, server_key)
        if not is_envelope(envelope):
            raise StepNotAllowed("a sealed text is expected")
        if found is None:
            raise StepNotAllowed("only who holds this conversation writes here")
        if epoch != found[0].epoch:
            raise OutOfStep(found[0].epoch, 0)
        Draft.objects.update_or_create(
            conversation_id=conversation_id,
            writer_tag=staff_tag(server_key, staff_id),
            defaults={"epoch": epoch, "envelope": envelope},
        )


def drop_draft(*, conversation_id: str, staff_id: int, server_key: ServerKey) -> None:
    """The draft was sent or thrown away."""
    with transaction.atomic():
        Draft.objects.filter(conversation_id=conversation_id, writer_tag=staff_tag(server_key, staff_id)).delete()
