"""The app of hand-overs."""

from __future__ import annotations

from django.apps import AppConfig


class Handovers(AppConfig):
    """Consent, offers, buddies, and what the visitor permits of contact."""

    name = "voordeur.records.handovers"
    label = "handovers"
