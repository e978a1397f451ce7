"""Notices that wait as a Django app."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Which team waits for a notice by mail, and where it wants it; never content."""

    name = "voordeur.records.outbox"
    label = "outbox"
