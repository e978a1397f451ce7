"""A conversation by telephone: opened at the desk, with a return code that is read aloud once and kept by nobody.

The code, and the key that follows from it, are in this process's memory for the length of one request.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from pathlib import Path
from threading import Lock

from django.conf import settings

from voordeur.faces.desk.api import Answer, Asked, AskedWrongly, answers, deed, tell_staff, tell_team
from voordeur.faces.desk.inbox import NO_OWN_KEY
from voordeur.faces.desk.material import Place, doors_of_team, kept_until, team_asked
from voordeur.faces.doorway import Door
from voordeur.faces.language import N_
from voordeur.faces.server_key import server_key
from voordeur.records.conversations import actions, queries
from voordeur.records.conversations.actions import CodeTaken, NewGrant
from voordeur.records.conversations.label import Label
from voordeur.records.conversations.readers import team_readers
from voordeur.rules.rights import Action
from voordeur.secrecy import return_code
from voordeur.secrecy.keyring import grant_context, new_key, pair_of, wrap
from voordeur.secrecy.return_code import ReturnCode, WordList, load_word_lists
from voordeur.vocabulary import LANGUAGES, GrantReason, StaffRole, TalkWay, Wish

_TRIES = 5
_PATIENCE_SECONDS = 8.0
#: The derivation takes 128 MiB, so one at a time.
_deriving = Lock()
NO_DOOR = N_("No door leads to this team, so nobody could come back with a code.")
WHICH_DOOR = N_("Choose for which door this call is.")
TOO_BUSY = N_("This takes too long now. Try again in a minute.")


@lru_cache(maxsize=1)
def _lists() -> dict[str, WordList]:
    return dict(load_word_lists(Path(settings.CONTENT) / "words"))


def words_in(language: str) -> WordList:
    """The words for codes and key phrases in this language; English where there are none. Raises WordListBroken."""
    return _lists().get(language) or _lists()["en"]


def call(asked: Asked) -> Answer:
    """Open a conversation for somebody on the telephone; it is theirs who asks, and its code is told this once."""
    place = team_asked(asked, Action.OPEN_CALL)
    language = asked.text("language", 8)
    if language not in LANGUAGES:
        raise AskedWrongly("“language”: a code of a language that is known is expected")
    if asked.staff.public_key is None:
        raise AskedWrongly(asked.words(NO_OWN_KEY))
    door = _door_asked(asked, place)
    for _ in range(_TRIES):
        try:
            conversation_id, code = _opened(asked, place, door, language)
        except CodeTaken:
            continue
        tell_team(place.team.slug)
        tell_staff(asked.staff.pk, "inbox")
        return {
            "id": conversation_id,
            "code_words": list(return_code.in_words(code, words_in(language))),
            "code_digits": list(return_code.in_digits(code)),
        }
    raise AskedWrongly(asked.words(TOO_BUSY))


def _door_asked(asked: Asked, place: Place) -> Door:
    """Which door the call is kept under, with its days: the team's only one, or of several the one that was chosen."""
    there = doors_of_team(place.team.slug)
    if not there:
        raise AskedWrongly(asked.words(NO_DOOR))
    if len(there) == 1 and not asked.has("door"):
        return there[0]
    chosen = asked.text("door", 40) if asked.has("door") else ""
    found = next((one for one in there if one.id == chosen), None)
    if found is None:
        raise AskedWrongly(asked.words(WHICH_DOOR))
    return found


def _opened(asked: Asked, place: Place, door: Door, language: str) -> tuple[str, ReturnCode]:
    code, salt = return_code.new_code(), secrets.token_bytes(return_code.SALT_BYTES)
    if not _deriving.acquire(timeout=_PATIENCE_SECONDS):
        raise AskedWrongly(asked.words(TOO_BUSY))
    try:
        public = pair_of(return_code.opening_key(code, salt)).public
    finally:
        _deriving.release()
    key, conversation_id, slug = server_key(), secrets.token_hex(16), place.team.slug
    talk_key, desk_key, context = new_key(), new_key(), grant_context(bytes.fromhex(conversation_id), 0)
    wrapped = wrap(public, talk_key, context)
    readers = [
        (queries.staff_tag(key, asked.staff.pk), bytes(asked.staff.public_key or b""), GrantReason.CALL),
        *((one.tag, one.public, one.reason) for one in team_readers(place.team, key, is_in_queue=False)),
    ]
    owner_role = StaffRole.RESPONDER if StaffRole.RESPONDER in place.roles else StaffRole.COACH
    label = Label(door.id, slug, language, Wish.ANYONE, TalkWay.PHONE, owner_role=owner_role)
    until = kept_until(label, asked.moment, has_code=True)
    with deed(asked, "call", conversation_id):
        actions.open_conversation(
            conversation_id=conversation_id,
            visitor_key=public,
            label=label,
            grants=[
                NewGrant(queries.visitor_tag(key, conversation_id), wrapped, GrantReason.VISITOR),
                *(NewGrant(tag, wrap(to, talk_key + desk_key, context), why) for tag, to, why in readers),
            ],
            message=None,
            kept_until=until,
            moment=asked.moment,
            server_key=key,
            owner_id=asked.staff.pk,
        )
        actions.give_code(
            conversation_id=conversation_id,
            lookup=return_code.lookup(code, key.for_codes),
            salt=salt,
            visitor_key=public,
            wrapped={0: wrapped},
            kept_until=until,
            server_key=key,
        )
    return conversation_id, code


call_answer = answers(call)
