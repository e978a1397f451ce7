"""What both sides share. Nothing here is a feature switch: those facts stand in `env`."""

from __future__ import annotations

import secrets

from voordeur.settings.env import database, read_env

ENV = read_env()

# Django wants a key; nothing of ours that must outlive the process hangs on it.
SECRET_KEY = ENV.secret or secrets.token_urlsafe(48)
DEBUG = False
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"
USE_I18N = False  # the pages' languages are our own matter: faces/language
DATABASES = {"default": database(ENV)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["voordeur.records.directory"]
MIDDLEWARE: list[str] = []
APPEND_SLASH = False
# A body of the guide is some hundred bytes; more than this is refused before it is read (faces/visit).
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# Nothing of a request may reach a log: no address, path, agent or answer (safety rules 1 and 2).
LOGGING = {
    "version": 1,
    "disable_existing_loggers": True,
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "loggers": {
        "voordeur": {"handlers": ["console"], "level": "INFO"},
        "django": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
