"""A visitor's conversation, from keys to texts: open, say, read, come back with a code, delete.

Without script what is typed is in this process's memory for the length of one request, here, and nowhere else; with
script the browser seals and opens, and only sealed texts pass through. Nothing of it is logged.
"""

from __future__ import annotations

import hmac
import json
import threading
import unicodedata
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256, sha512

from django.conf import settings

from voordeur.faces.doorway import Door, Talk
from voordeur.faces.server_key import server_key
from voordeur.faces.visit.passes import Pass
from voordeur.faces.wakes import tell
from voordeur.records.conversations import actions, forgetting, queries
from voordeur.records.conversations.actions import NewGrant, NewMessage, Written
from voordeur.records.conversations.label import Label
from voordeur.records.conversations.queries import Held
from voordeur.records.handovers.actions import mark_danger
from voordeur.records.handovers.queries import buddy_by_lookup
from voordeur.records.staff.queries import on_duty, team_by_slug
from voordeur.rules.roster import TalkStatus, talk_status
from voordeur.rules.routing import Responder, answering_count
from voordeur.secrecy import keyring, return_code
from voordeur.secrecy.envelope import Context, EnvelopeBroken, seal, unseal
from voordeur.secrecy.return_code import ReturnCode, WordList, load_word_lists
from voordeur.vocabulary import Direction, GrantReason, StaffRole, TalkState, TalkWay, Wish

#: Signs of one text; a longer one is refused and given back whole. Of four bytes each, with what stands around them,
#: they fit in the largest envelope (16,382 bytes), because signs that JSON writes in six are taken out (`clean`).
LONGEST_TEXT = 4000
_TRIES = 5
#: A text gives the code away when so many of its words stand in it in order, with at most so many in between.
_WORDS_GIVEN_AWAY, _WORDS_BETWEEN = 5, 2
_MOST_MARKS = 2000
#: How many codes are tried at a time: each takes 128 MiB and a fifth of a second.
CODES_AT_ONCE = 1
_WAITING_FOR_CODES = 12
_code_slots = threading.BoundedSemaphore(CODES_AT_ONCE)
_code_queue = threading.BoundedSemaphore(_WAITING_FOR_CODES)


class CodeDoesNotOpen(Exception):
    """Wrong, expired or unknown: which of these is not known to anyone."""


class TooBusy(Exception):
    """More people than we can serve do this at this moment; once more in a minute."""


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a conversation, opened. `at` is a minute in UTC, as its sender's clock said.

    `to` is how a team is called to which it was passed on, in each language; None where that is not said.
    """

    place: int
    direction: Direction
    to: object
    text: str
    at: str
    by: str
    role: str
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """A conversation with the keys that its pass opens: {epoch: talk key}."""

    held: Held
    keys: dict[int, bytes]

    @property
    def key(self) -> bytes:
        """The talk key of the present epoch."""
        return self.keys[self.held.epoch]


@lru_cache(maxsize=1)
def word_lists() -> dict[str, WordList]:
    """The words for return codes, by language."""
    return dict(load_word_lists(settings.CONTENT / "words"))


def words_for(language: str) -> WordList:
    """The list in this language; English where there is none."""
    return word_lists().get(language) or word_lists()["en"]


def can_talk(door: Door) -> bool:
    """Whether a team with a key stands behind this door: without one nothing could be sealed for anybody."""
    team = team_by_slug(door.talk.team) if door.talk else None
    return team is not None and team.public_key is not None


def responders(team: str, moment: datetime) -> list[Responder]:
    """Who is on duty for a team."""
    return [
        Responder(str(one.staff_id), team, StaffRole(one.role), frozenset(one.staff.languages), one.capacity, 0, True)
        for one in on_duty(team, moment)
    ]


def status(talk: Talk, moment: datetime) -> tuple[TalkStatus, bool]:
    """What may be said about who answers now; and whether a coach reads along with somebody who lived through it."""
    there = responders(talk.team, moment)
    return talk_status(talk.hours, answering_count(there, talk.team), moment), any(
        one.role is StaffRole.PEER for one in there
    )


def is_full(talk: Talk, *, is_danger: bool = False) -> bool:
    """Whether so many wait that a new conversation would wait for nothing; in danger, only others in danger count."""
    waiting = queries.waiting([talk.team], server_key())
    counted = [one for one in waiting if one.label.is_danger] if is_danger else waiting
    return len(counted) >= talk.routing.queue_limit


def kept_until(door: Door, moment: datetime, *, has_code: bool) -> date:
    """The last day on which a conversation of this door stands."""
    if door.talk is None:
        return (moment + timedelta(days=2)).date()
    days = door.talk.kept_days_with_code if has_code else door.talk.kept_days_without_code
    return (moment + timedelta(days=days)).date()


def _tell(conversation_id: str, team: str, kind: str) -> None:
    tell(settings.ENV.data, f"c:{conversation_id}", kind)
    if team and kind not in ("typing", "here", "gone"):
        tell(settings.ENV.data, f"t:{team}", "inbox")


def told(sitting_id: str, kind: str, team: str = "") -> None:
    """Tell the desk a passing thing of this conversation: typing, here, gone."""
    _tell(sitting_id, team, kind)


def sit(one: Pass) -> Sitting | None:
    """The conversation of a pass with its keys; None when it is deleted or its keys were changed by a code."""
    found = queries.conversation(one.conversation_id, server_key())
    if found is None or found.visitor_key != keyring.pair_of(one.private).public:
        return None
    tag = queries.visitor_tag(server_key(), found.id)
    keys = {}
    for grant in queries.grants(found.id, [tag]):
        try:
            keys[grant.epoch] = keyring.unwrap(
                one.private, grant.wrapped, keyring.grant_context(found.raw_id, grant.epoch)
            )
        except keyring.KeyDoesNotFit:
            continue
    return Sitting(found, keys) if found.epoch in keys else None


def begin(
    here_pass: Pass,
    door: Door,
    *,
    language: str,
    wish: Wish,
    is_danger: bool,
    way: TalkWay,
    moment: datetime,
    team_slug: str = "",
) -> Sitting:
    """Open the conversation that this pass is for, in the queue of the door's team or of another; again is once.

    Raises LookupError when no team with a key stands behind the door.
    """
    standing = sit(here_pass)
    if standing is not None:
        return standing
    team = team_by_slug(team_slug or door.talk.team) if door.talk else None
    if team is None or team.public_key is None:
        raise LookupError("nobody stands behind this door")
    key, desk_key = keyring.new_key(), keyring.new_key()
    pair, server = keyring.pair_of(here_pass.private), server_key()
    context = keyring.grant_context(here_pass.conversation, 0)
    grants = [
        NewGrant(
            queries.visitor_tag(server, here_pass.conversation_id),
            keyring.wrap(pair.public, key, context),
            GrantReason.VISITOR,
        ),
        NewGrant(
            queries.team_tag(server, team.slug),
            keyring.wrap(bytes(team.public_key), key + desk_key, context),
            GrantReason.QUEUE,
        ),
    ]
    if team.recovery == "escrow" and team.escrow_public_key is not None:
        wrapped = keyring.wrap(bytes(team.escrow_public_key), key + desk_key, context)
        grants.append(NewGrant(queries.escrow_tag(server, team.slug), wrapped, GrantReason.ESCROW))
    actions.open_conversation(
        conversation_id=here_pass.conversation_id,
        visitor_key=pair.public,
        label=Label(door.id, team.slug, language, str(wish), str(way), is_danger=is_danger),
        grants=grants,
        message=None,
        kept_until=kept_until(door, moment, has_code=False),
        moment=moment,
        server_key=server,
    )
    found = sit(here_pass)
    if found is None:
        raise LookupError("the conversation was deleted at the same moment")
    return found


def clean(text: str) -> str:
    """A text without what nobody sees and what cannot be sealed: control characters and halves of signs."""
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))


def say(
    sitting: Sitting, door: Door, text: str, message_id: bytes, *, language: str, is_danger: bool, moment: datetime
) -> int:
    """Seal a text of the visitor and add it; its place. The same message id again changes nothing.

    Raises ConversationGone, StepNotAllowed, TooBusy, and TextTooLong beyond what `clean` and LONGEST_TEXT allow.
    """
    said = {
        "t": clean(text),
        "at": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "by": "",
        "role": "visitor",
        "kind": "text",
        "ref": "",
        "lang": language,
    }
    plain = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    for _ in range(_TRIES):
        sequence = queries.next_sequence(sitting.held.id, Direction.VISITOR)
        context = Context(sitting.held.raw_id, Direction.VISITOR, sequence)
        message = NewMessage(
            Direction.VISITOR, message_id, sequence, sitting.held.epoch, seal(sitting.key, context, plain)
        )
        try:
            return add(sitting, door, message, is_danger=is_danger, moment=moment).place
        except actions.OutOfStep:
            sitting = _fresh(sitting)
    raise TooBusy


def add(sitting: Sitting, door: Door, message: NewMessage, *, is_danger: bool, moment: datetime) -> Written:
    """Add a message that is sealed already. Raises OutOfStep, ConversationGone or StepNotAllowed."""
    held = sitting.held
    written = actions.write(
        conversation_id=held.id,
        message=message,
        kept_until=kept_until(door, moment, has_code=held.has_code),
        moment=moment,
        server_key=server_key(),
    )
    if is_danger and not held.label.is_danger:
        mark_danger(conversation_id=held.id, server_key=server_key())
    _tell(held.id, held.label.team, "talk")
    return written


def _fresh(sitting: Sitting) -> Sitting:
    """The conversation as it is now; keys of epochs that came meanwhile are not in hand, so the page asks again."""
    found = queries.conversation(sitting.held.id, server_key())
    if found is None:
        raise actions.ConversationGone("this conversation is not here")
    if found.epoch not in sitting.keys:
        raise actions.OutOfStep(found.epoch, 0)
    return replace(sitting, held=found)


def opened(sitting: Sitting, sealed: Iterable[queries.SealedMessage]) -> list[Said]:
    """The texts of messages; one that does not open is passed over (its keys are not the visitor's)."""
    found = []
    for one in sealed:
        key = sitting.keys.get(one.epoch)
        if key is None:
            continue
        try:
            plain = unseal(key, Context(sitting.held.raw_id, one.direction, one.sequence), one.envelope)
            said = json.loads(plain)
            found.append(
                Said(
                    one.place,
                    one.direction,
                    said.get("to"),
                    *(str(said.get(name, "")) for name in ("t", "at", "by", "role", "kind", "lang")),
                )
            )
        except (EnvelopeBroken, ValueError, AttributeError):
            continue
    return found


def sealed_beyond(sitting: Sitting, after: int) -> list[queries.SealedMessage]:
    """What was said beyond a place under the keys at hand; never what the desk says among itself.

    New keys may come, and something be said under them, between the look at the conversation and this one. Who goes on
    from the last place that was shown finds it at the next look; what cannot be opened yet is not passed over.
    """
    return queries.messages(sitting.held.id, after, (Direction.VISITOR, Direction.DESK), sitting.keys)


def heard(sitting: Sitting, after: int) -> list[Said]:
    """What was said beyond a place, by the visitor and to the visitor, as far as the keys at hand open it."""
    return opened(sitting, sealed_beyond(sitting, after))


def note_seen(sitting: Sitting, place: int) -> None:
    """Everything up to this place was shown: it was delivered, and not only sent."""
    place = min(place, sitting.held.last_place)
    if place > sitting.held.seen_place:
        actions.note_seen(conversation_id=sitting.held.id, place=place)


def derived(code: ReturnCode, salt: bytes) -> bytes:
    """The slow derivation, few at a time. Raises TooBusy when many wait."""
    if not _code_queue.acquire(blocking=False):
        raise TooBusy
    try:
        with _code_slots:
            return return_code.opening_key(code, salt)
    finally:
        _code_queue.release()


def _nth_code(one: Pass, pass_key: bytes, nth: int) -> tuple[ReturnCode, bytes]:
    """The code, and its salt, that this pass gives: the same one when its button is pressed twice."""
    seed = hmac.new(pass_key, b"code\0" + one.private + bytes([nth]), sha512).digest()
    return return_code.new_code(lambda count: seed[:count]), seed[-return_code.SALT_BYTES :]


def code_given(one: Pass, pass_key: bytes) -> Pass | None:
    """The pass with the code that this pass was given a moment ago; None when it was given none.

    Who presses twice without script never sees the answer to the first press: that code must not be lost.
    """
    for nth in range(_TRIES):
        code, salt = _nth_code(one, pass_key, nth)
        found = queries.conversation_by_lookup(return_code.lookup(code, server_key().for_codes), server_key())
        if found is not None and found.id == one.conversation_id and found.salt == salt:
            private = derived(code, salt)
            if keyring.pair_of(private).public == found.visitor_key:
                return replace(one, private=private, code=code.numbers)
    return None


def give_code(sitting: Sitting, one: Pass, door: Door, moment: datetime, pass_key: bytes) -> Pass:
    """Make a return code: the pass with it, to be shown once. The code before it, if any, opens no more.

    Raises TooBusy or ConversationGone.
    """
    for nth in range(_TRIES):
        code, salt = _nth_code(one, pass_key, nth)
        if buddy_by_lookup(return_code.lookup(code, server_key().for_codes), server_key()) is not None:
            continue  # found by the same part as the code of somebody who goes along
        private = derived(code, salt)
        public = keyring.pair_of(private).public
        wrapped = {
            epoch: keyring.wrap(public, key, keyring.grant_context(sitting.held.raw_id, epoch))
            for epoch, key in sitting.keys.items()
        }
        try:
            actions.give_code(
                conversation_id=sitting.held.id,
                lookup=return_code.lookup(code, server_key().for_codes),
                salt=salt,
                visitor_key=public,
                wrapped=wrapped,
                kept_until=kept_until(door, moment, has_code=True),
                server_key=server_key(),
            )
        except actions.CodeTaken:
            continue
        except actions.OutOfStep:
            again = sit(one)
            if again is None:
                raise actions.ConversationGone("this conversation is not here") from None
            sitting = again
            continue
        return replace(one, private=private, code=code.numbers)
    raise TooBusy


def come_back(typed: str) -> tuple[Pass, bool]:
    """The pass for a code, and whether it is of somebody who goes along with a visitor.

    Raises CodeUnreadable when it is no code at all, else CodeDoesNotOpen or TooBusy. A code that finds nothing costs
    the same work as one that finds something, under a salt of its own.
    """
    code = return_code.read_code(typed, word_lists())
    lookup = return_code.lookup(code, server_key().for_codes)
    found = queries.conversation_by_lookup(lookup, server_key())
    buddy = buddy_by_lookup(lookup, server_key())
    salt = hmac.new(server_key().for_codes, b"nobody\0" + lookup, sha256).digest()[: return_code.SALT_BYTES]
    if found is not None and found.salt is not None:
        salt = found.salt
    elif buddy is not None:
        salt = buddy.salt
    private = derived(code, salt)
    public = keyring.pair_of(private).public
    if found is not None and hmac.compare_digest(public, found.visitor_key):
        return Pass(found.raw_id, private, found.seen_place, code.numbers), False
    if found is None and buddy is not None and hmac.compare_digest(public, buddy.public_key):
        return Pass(bytes.fromhex(buddy.id), private, 0), True
    raise CodeDoesNotOpen


def gives_code_away(text: str, one: Pass | None) -> bool:
    """Whether a text holds the code of this conversation."""
    return one is not None and one.code is not None and return_code.code_in(text, one.code, word_lists())


def left(conversation_id: str) -> None:
    """The visitor pressed *leave now*. Never raises for one that is not there.

    Open lines and the desk are told also when the database cannot be asked: the line must end, whatever else fails.
    """
    team = ""
    try:
        found = queries.conversation(conversation_id, server_key())
        if found is not None:
            team = found.label.team
            actions.leave(conversation_id=conversation_id, server_key=server_key())
    finally:
        _tell(conversation_id, team, "left")


def delete_message(sitting: Sitting, place: int) -> None:
    """Remove one message for good."""
    forgetting.delete_message(conversation_id=sitting.held.id, place=place)
    _tell(sitting.held.id, sitting.held.label.team, "talk")


def delete_all(sitting: Sitting) -> None:
    """Remove everything for good."""
    forgetting.delete_conversation(conversation_id=sitting.held.id)
    _tell(sitting.held.id, sitting.held.label.team, "deleted")


def is_shut(sitting: Sitting) -> bool:
    """Whether the desk closed it for good; else writing opens it again."""
    return sitting.held.state is TalkState.CLOSED and sitting.held.label.is_shut_out


def next_own(sitting: Sitting) -> int:
    """The number that the visitor's next message carries."""
    return queries.next_sequence(sitting.held.id, Direction.VISITOR)


def mark(token: str) -> int:
    """One byte of a word's first four letters. The script makes the same of each word of a text (talk.js)."""
    return sum(ord(sign) * (at * at + 3) for at, sign in enumerate(token[:4], start=1)) % 251


def marks_give_code_away(marks: bytes, one: Pass | None) -> bool:
    """Whether a text whose words have these marks holds the code: five of its words or groups in order, close together.

    The script does not get to know the code, for whoever saved its page could work it out; so it sends these.
    """
    if one is None or one.code is None:
        return False
    spellings = [[words.words[number] for number in one.code] for words in word_lists().values()]
    spellings.append([f"{number + 1:04}" for number in one.code])
    return any(_is_chain(marks[:_MOST_MARKS], [mark(word) for word in spelling]) for spelling in spellings)


def _is_chain(marks: bytes, own: list[int]) -> bool:
    places: dict[int, list[int]] = {}
    for place, value in enumerate(own):
        places.setdefault(value, []).append(place)
    recent: deque[dict[int, int]] = deque(maxlen=_WORDS_BETWEEN + 1)
    for value in marks:
        chains = {}
        for place in places.get(value, ()):
            before = [length for some in recent for last, length in some.items() if last < place]
            chains[place] = 1 + max(before, default=0)
            if chains[place] >= _WORDS_GIVEN_AWAY:
                return True
        recent.append(chains)
    return False
