"""The desk's API: who asks, what was asked, and answers of one shape (JSON, never stored).

Every request is a POST with a header that no other site's form can set. Who is not through the gate learns nothing;
what is not there and what is not theirs give one answer. Nothing of a request reaches a log.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from voordeur.faces.desk.refusals import told
from voordeur.faces.desk.sign_in import desk_language, signed_in_with_second_factor
from voordeur.faces.language import translations
from voordeur.faces.server_key import server_key
from voordeur.faces.wakes import tell
from voordeur.records.conversations.actions import ConversationGone, OutOfStep, StepNotAllowed
from voordeur.records.handovers.steps import NotHere as HandoverGone
from voordeur.records.staff.actions import KeyNotUsable, note_audit
from voordeur.records.staff.queries import Staff
from voordeur.rules.handover import StepNotAllowed as HandoverStep

HEADER = "X-Voordeur"
LONGEST_LIST = 200
ID_LETTERS = 32
Answer = Mapping[str, object]
Word = TypeVar("Word", bound=StrEnum)


class NotHere(Exception):
    """It is not there, or not theirs: nobody is told which."""


class AskedWrongly(ValueError):
    """What was asked cannot be read or done; the message is a sentence for the one who asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came through the gate: by whom, when, in which language to answer, and its JSON body."""

    staff: Staff
    moment: datetime
    language: str
    body: Mapping[str, object]

    def words(self, message: str) -> str:
        """A message in the language of the one who asks."""
        return translations(self.language).gettext(message)

    def has(self, name: str) -> bool:
        """Whether something stands under this name."""
        return self.body.get(name) is not None

    def text(self, name: str, most: int = 100) -> str:
        """A text of 1 to `most` signs. Raises AskedWrongly."""
        value = self.body.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= most or "\0" in value:
            raise AskedWrongly(f"“{name}”: a text of 1 to {most} signs is expected")
        return value

    def flag(self, name: str) -> bool:
        """True or false. Raises AskedWrongly."""
        value = self.body.get(name)
        if not isinstance(value, bool):
            raise AskedWrongly(f"“{name}”: true or false is expected")
        return value

    def number(self, name: str, least: int = 0, most: int = 2_000_000_000) -> int:
        """A whole number. Raises AskedWrongly."""
        value = self.body.get(name)
        if type(value) is not int or not least <= value <= most:
            raise AskedWrongly(f"“{name}”: a whole number from {least} to {most} is expected")
        return value

    def raw(self, name: str, least: int, most: int | None = None) -> bytes:
        """Bytes, written as base64url without padding; `least` to `most` of them. Raises AskedWrongly."""
        return as_bytes(self.body.get(name), name, least, most)

    def word(self, name: str, kind: type[Word], *, among: tuple[Word, ...] = ()) -> Word:
        """A word of the vocabulary. Raises AskedWrongly."""
        allowed = among or tuple(kind)
        value = self.body.get(name)
        if value not in allowed:
            raise AskedWrongly(f"“{name}”: one of {', '.join(allowed)} is expected")
        return kind(str(value))

    def things(self, name: str) -> list[Mapping[str, object]]:
        """A list of objects. Raises AskedWrongly."""
        value = self.body.get(name)
        if not isinstance(value, list) or len(value) > LONGEST_LIST or not all(isinstance(one, dict) for one in value):
            raise AskedWrongly(f"“{name}”: a list of at most {LONGEST_LIST} objects is expected")
        return value

    def conversation(self) -> str:
        """The id of a conversation. Raises AskedWrongly when it cannot be one."""
        value = self.body.get("id")
        if not isinstance(value, str) or len(value) != ID_LETTERS or set(value) - set("0123456789abcdef"):
            raise AskedWrongly("“id”: 32 hexadecimal letters are expected")
        return value


def as_bytes(value: object, name: str, least: int, most: int | None = None) -> bytes:
    """Bytes from base64url without padding. Raises AskedWrongly."""
    most = least if most is None else most
    try:
        if not isinstance(value, str) or len(value) > most * 2:
            raise ValueError
        read = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        if not least <= len(read) <= most or as_text(read) != value:
            raise ValueError
    except ValueError:
        many = str(least) if least == most else f"{least} to {most}"
        raise AskedWrongly(f"“{name}”: {many} bytes in base64url without padding are expected") from None
    return read


def as_text(value: bytes) -> str:
    """Bytes as the API writes them: base64url without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def maybe_text(value: bytes | memoryview | None) -> str | None:
    """Bytes of a row as the API writes them; None stays None."""
    return None if value is None else as_text(bytes(value))


View = Callable[[Asked], Answer]


def answers(view: View, *, is_activity: bool = True) -> Callable[[HttpRequest], HttpResponse]:
    """The address of a view: the gate, the body, and its answer or refusal as JSON.

    `is_activity` False for what the page asks by itself: it does not keep a session alive that nobody uses.
    """

    @csrf_exempt  # the header asked for below cannot be set by another site's page; the cookie is SameSite=Strict too
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if request.headers.get(HEADER) != "1":
            return _refused(400, f"the header {HEADER}: 1 is expected")
        staff = signed_in_with_second_factor(request, is_activity=is_activity)
        if staff is None:
            return _refused(401, "signed-out")
        try:
            asked = Asked(staff, datetime.now(UTC), desk_language(request), _body(request))
            return JsonResponse(dict(view(asked)))
        except (NotHere, ConversationGone, HandoverGone):
            return _refused(404, "not-here")
        except OutOfStep as behind:
            more = {"next": behind.following} if behind.following else {}
            return JsonResponse({"epoch": behind.epoch, **more}, status=409)
        except (AskedWrongly, StepNotAllowed, HandoverStep, KeyNotUsable) as wrong:
            return _refused(400, told(str(wrong), desk_language(request)))

    return answer


def _refused(status: int, why: str) -> HttpResponse:
    return JsonResponse({"error": why}, status=status)


def _body(request: HttpRequest) -> Mapping[str, object]:
    try:
        read: Any = json.loads(request.body)
    except (ValueError, RequestDataTooBig, RecursionError):
        raise AskedWrongly("a body of JSON, 64 kB at most, is expected") from None
    if not isinstance(read, dict):
        raise AskedWrongly("a JSON object is expected")
    return read


@contextmanager
def deed(asked: Asked, what: str, conversation_id: str = "", *, about: str = "") -> Iterator[None]:
    """One transaction with its line on the trail: who did what, and an opaque tag of the conversation.

    `about` instead of it where it is no conversation: a login, a team or an entry by its own name. The line is written
    first: its lock puts deeds one behind the other. When the deed fails, neither is there.
    """
    about = server_key().tag("audit", conversation_id).hex() if conversation_id else about
    with transaction.atomic():
        note_audit(server_key=server_key(), moment=asked.moment, who=asked.staff.name, what=what, about=about)
        yield


def tell_team(*teams: str) -> None:
    """The inboxes of these teams changed."""
    for team in teams:
        tell(settings.ENV.data, f"t:{team}", "inbox")


def tell_conversation(conversation_id: str, kind: str) -> None:
    """Something is new in a conversation, for the visitor's page and for the desk."""
    tell(settings.ENV.data, f"c:{conversation_id}", kind)


def tell_staff(staff_id: int | str, kind: str, conversation_id: str = "") -> None:
    """Something is new for somebody of the desk alone."""
    tell(settings.ENV.data, f"s:{staff_id}", f"{kind} {conversation_id}".strip())
