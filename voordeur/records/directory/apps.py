"""The directory as a Django app."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Organisations, services, channels, sources."""

    name = "voordeur.records.directory"
    label = "directory"
