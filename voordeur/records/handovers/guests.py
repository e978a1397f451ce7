"""Whether somebody of a partner may come into the conversation: said by the visitor alone, apart from the text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from voordeur.records.conversations.forgetting import scrub
from voordeur.records.handovers.queries import is_agreed
from voordeur.records.handovers.steps import by_visitor, day_of, keep, locked, show_out, tell_partner
from voordeur.rules.handover import UNDER_WAY, StepNotAllowed
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import HandoverState

#: As long as somebody could come in by a yes.
_LIVING = (HandoverState.CONSENTED, *UNDER_WAY)


def let_join(
    *,
    handover_id: str,
    conversation_id: str,
    visitor_private: bytes,
    may_join: bool,
    moment: datetime,
    server_key: ServerKey,
) -> bool:
    """Somebody of this partner may come into the conversation, or no longer; the yes to the text stays as it is.

    No longer: who came in holds no key from this moment on, and the new epoch follows at once. Whether it is another
    now. Raises StepNotAllowed, NotHere.
    """
    with transaction.atomic():
        conversation, row, label = locked(handover_id, server_key)
        by_visitor(conversation, conversation_id, visitor_private)
        if label.may_join == may_join:
            return False
        if may_join:
            if not label.is_outside or not is_agreed(row, label, server_key, day_of(moment)):
                raise StepNotAllowed("who is let in has said yes first, under a living yes of the visitor")
            keep(row, replace(label, may_join=True), server_key)
            tell_partner(label, moment)
            return True
        if label.now not in _LIVING and not label.guest:
            raise StepNotAllowed("nobody comes in by this one")
        show_out(conversation, label, server_key)
        keep(row, replace(label, may_join=False, guest="", joins=False), server_key)
    scrub()
    return True
