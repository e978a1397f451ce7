"""Sealed conversations as a Django app."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """Conversations, who may open them, their sealed messages and drafts."""

    name = "voordeur.records.conversations"
    label = "conversations"
