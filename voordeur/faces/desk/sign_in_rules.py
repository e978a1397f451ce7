"""What we ask of allauth otherwise than it does by itself: who may sign in, and how second factors are kept."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from voordeur.faces.server_key import server_key
from voordeur.records.staff import actions, queries
from voordeur.records.staff.queries import Staff

_FACTOR = b"second factor\0"
_FACTOR_BYTES = 128


def note(who: str, what: str) -> None:
    """Write on the trail what happened with a login just now."""
    actions.note_audit(server_key=server_key(), moment=datetime.now(UTC), who=who, what=what)


class SignInRules(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-in with a name and a passphrase: no sign-up, no mail, and the same answer for every way to fail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes a login here; the operator does."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """No address is ever used, not even in memory."""
        return ""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Staff | None:
        """Whose name and passphrase these are; None also for a login that is off or a first passphrase past its time.

        Raises ValidationError when this name, or all names together, were tried too often.
        """
        if not ratelimit.consume(request, action="login", key="all"):
            raise self.validation_error("too_many_login_attempts")
        staff: Staff | None = super().authenticate(request, **credentials)
        if staff is not None and staff.is_active:
            if staff.once_until is None or datetime.now(UTC) < staff.once_until:
                return staff
        named = queries.staff_by_name(str(credentials.get("username", "")))
        if named is not None:
            note(named.name, "sign-in refused")
        return None

    def respond_user_inactive(self, request: HttpRequest, user: Staff) -> HttpResponse:
        """Back to the beginning, without a word."""
        return HttpResponseRedirect("/sign-in")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No mail leaves this place; one that is asked for all the same is a mistake in the program."""
        raise RuntimeError("no mail is sent from here")


class SecondFactorRules(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets of second factors are sealed with the server's key."""

    def encrypt(self, text: str) -> str:
        """The secret as it is kept."""
        return base64.b64encode(server_key().seal(text.encode(), _FACTOR, _FACTOR_BYTES)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret as it was. Raises KeyDoesNotFit when it was sealed with another key."""
        return server_key().unseal(base64.b64decode(encrypted_text), _FACTOR).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What a passkey is for: this host, under our own name."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Voordeur"}
