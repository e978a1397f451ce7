"""The hidden part of the map as a Django app."""

from django.apps import AppConfig


class HiddenConfig(AppConfig):
    """Places that no visitor may find, and why somebody looked at one; all of it sealed."""

    name = "voordeur.records.hidden"
    label = "hidden"
