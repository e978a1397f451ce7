"""Professionals as a Django app; and the tables of sign-in for a process that has no sign-in."""

from allauth.account.apps import AccountConfig
from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Logins, teams, roles, who is on duty, the trail of what was done."""

    name = "voordeur.records.staff"
    label = "staff"


class AccountTables(AccountConfig):  # type: ignore[misc]  # allauth has no types
    """allauth's own configuration refuses a process without its middleware; the visitors' side has none of it."""

    def ready(self) -> None:
        """Nothing to do; the middleware stands in the desk's settings, and a test signs in through it."""
