"""The hidden part of the map at the desk: a list without addresses, one entry for a reason, and the keeping of it.

Who looks at an address gives a reason, and is on the trail. What is not there and what is not theirs give one answer.
"""

from __future__ import annotations

from voordeur.faces import labels
from voordeur.faces.desk.api import ID_LETTERS, Answer, Asked, AskedWrongly, NotHere, answers, deed
from voordeur.faces.desk.material import team_asked
from voordeur.faces.language import N_
from voordeur.faces.server_key import server_key
from voordeur.records.conversations.forgetting import scrub
from voordeur.records.directory.queries import current_directory
from voordeur.records.hidden import actions
from voordeur.records.hidden.actions import MOST_LOOKS, EntryNotHere, LookedEnough
from voordeur.records.hidden.entry import FIELDS, REASON_SIGNS, Entry, EntryNotUsable, EntryTooLong, read
from voordeur.records.hidden.queries import Teaser, entries_for, is_there
from voordeur.rules.opening import AMSTERDAM
from voordeur.rules.rights import Action
from voordeur.vocabulary import Audience

IS_PUBLIC = N_("What everybody may see is not hidden. It belongs in the directory.")
TOO_LONG = N_("All texts together are too long. Make them shorter.")
NO_REASON = N_("Write in 10 to 200 letters, on one line, why you look.")
LOOKED_ENOUGH = N_(
    "You looked at %(most)s addresses today; that is all that one person can see in a day. A steward can look for you."
)
NO_ORGANIZATION = N_("No organisation of the directory has this code.")


def entries(asked: Asked) -> Answer:
    """The hidden entries that this person may see as one of this team, without names and addresses."""
    place = team_asked(asked, Action.SEE_HIDDEN)
    found = entries_for(roles=place.roles, server_key=server_key())
    return {"entries": [_teaser(asked, one) for one in found], "may_keep": place.may(Action.KEEP_HIDDEN)}


def _teaser(asked: Asked, one: Teaser) -> Answer:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "kind_text": asked.words(labels.label(one.kind)),
        "region": one.region,
        "has_place": one.has_place,
        "capacity": one.capacity,
        "checked_on": one.checked_on.isoformat(),
    }


def look(asked: Asked) -> Answer:
    """The whole of one entry, for a reason that is kept sealed; who, when and which stand on the trail first."""
    place, entry_id = team_asked(asked, Action.SEE_HIDDEN), _entry_id(asked)
    reason = asked.body.get("reason")
    least, most = REASON_SIGNS
    if not isinstance(reason, str) or not least <= len(reason.strip()) <= most or not reason.strip().isprintable():
        raise AskedWrongly(asked.words(NO_REASON))
    try:
        entry = actions.look(
            entry_id=entry_id,
            roles=place.roles,
            who=asked.staff.name,
            reason=reason.strip(),
            moment=asked.moment,
            server_key=server_key(),
        )
    except EntryNotHere:
        raise NotHere from None
    except LookedEnough:
        raise AskedWrongly(asked.words(LOOKED_ENOUGH) % {"most": MOST_LOOKS}) from None
    return {"entry": {"id": entry_id, **entry.written()}, "kind_text": asked.words(labels.label(entry.kind))}


def keep(asked: Asked) -> Answer:
    """A new entry, or another text for the one that is named; for who keeps the map."""
    team_asked(asked, Action.KEEP_HIDDEN)
    entry_id = _entry_id(asked) if asked.has("entry") else ""
    if entry_id and not is_there(entry_id):
        raise NotHere
    entry = _written(asked)
    try:
        if not entry_id:
            with deed(asked, "hidden entry added"):
                return {"id": actions.add(entry=entry, server_key=server_key())}
        with deed(asked, "hidden entry changed", entry_id):
            actions.change(entry_id=entry_id, entry=entry, server_key=server_key())
    except EntryTooLong:
        raise AskedWrongly(asked.words(TOO_LONG)) from None
    except EntryNotHere:
        raise NotHere from None
    scrub()  # what stood there before is gone now, not at the next turn of the clock
    return {"id": entry_id}


def _written(asked: Asked) -> Entry:
    if asked.body.get("audience") == Audience.PUBLIC:
        raise AskedWrongly(asked.words(IS_PUBLIC))
    said = {name: asked.body[name] for name in FIELDS if name in asked.body}
    try:
        entry = read(said, asked.moment.astimezone(AMSTERDAM).date())
    except EntryNotUsable as wrong:
        raise AskedWrongly(str(wrong)) from None
    if entry.organization and entry.organization not in current_directory().organizations:
        raise AskedWrongly(asked.words(NO_ORGANIZATION))
    return entry


def remove(asked: Asked) -> Answer:
    """This entry is gone; for who keeps the map."""
    team_asked(asked, Action.KEEP_HIDDEN)
    entry_id = _entry_id(asked)
    try:
        with deed(asked, "hidden entry removed", entry_id):
            actions.remove(entry_id=entry_id)
    except EntryNotHere:
        raise NotHere from None
    scrub()
    return {}


def _entry_id(asked: Asked) -> str:
    value = asked.body.get("entry")
    if not isinstance(value, str) or len(value) != ID_LETTERS or set(value) - set("0123456789abcdef"):
        raise AskedWrongly(f"“entry”: {ID_LETTERS} hexadecimal letters are expected")
    return value


entries_answer = answers(entries)
look_answer = answers(look)
keep_answer = answers(keep)
remove_answer = answers(remove)
