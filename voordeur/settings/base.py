"""What both sides share. Nothing here is a feature switch: those facts stand in `env`."""

from __future__ import annotations

from functools import partial

from voordeur.settings.env import database, read_env
from voordeur.settings.server_key import django_secret, server_key

ENV = read_env()

#: Call it: the server's own 32 bytes. Made at the first call on a new server, not on reading this.
SERVER_SECRET = partial(server_key, ENV)
SECRET_KEY = django_secret(ENV)
DEBUG = False
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"
USE_I18N = False  # the pages' languages are our own matter: faces/language
DATABASES = {"default": database(ENV)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The tables are one database's, so both sides know them all; only the desk has sign-in in its middleware.
INSTALLED_APPS = [
    "django.contrib.contenttypes",  # asked for by the next; nothing of it is used
    "django.contrib.auth",  # hashes of passphrases
    "allauth",
    "voordeur.records.staff.apps.AccountTables",  # allauth.account: sign-in with name and passphrase
    "allauth.mfa",  # the second factor
    "voordeur.records.directory",
    "voordeur.records.staff",
    "voordeur.records.outbox",
    "voordeur.records.hidden",
    "voordeur.records.conversations",
    "voordeur.records.handovers",
]
# How professionals sign in. It stands here, not with the desk, because the terminal makes logins by the same rules.
AUTH_USER_MODEL = "staff.Staff"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]  # RFC 7914: costs memory, so guessing is dear
ACCOUNT_ADAPTER = "voordeur.faces.desk.sign_in_rules.SignInRules"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "name"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # no login has a mail address, and sign-in sends none
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # there is no page for it; allauth wants them to agree
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_TIMEOUT = 600
# By name and in all, never by address: an address would have to be remembered. Kept in memory (CACHES), never written.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key", "login": "60/m/key"}
MFA_ADAPTER = "voordeur.faces.desk.sign_in_rules.SecondFactorRules"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey opens with a finger, face or PIN, never by touch alone
MFA_REAUTHENTICATION_REQUIRED = False  # faces/desk/account asks the passphrase in the form itself
MFA_RATE_LIMITS = {"webauthn_login": "60/m/key"}
MFA_RECOVERY_CODE_DIGITS = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Voordeur"
MFA_TOTP_TOLERANCE = 1  # a phone may be half a minute wrong
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
        "allauth": {"handlers": [], "level": "CRITICAL", "propagate": False},
        "fido2": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
