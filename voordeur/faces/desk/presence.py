"""Whether a visitor's page is open, as far as this process heard: in memory, and only the last word of each.

What lasts is that somebody pressed *leave now*; that stands in the label of the conversation.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from voordeur.faces.wakes import Wakes
from voordeur.records.conversations.queries import Held

HERE, GONE, LEFT, UNKNOWN = "here", "gone", "left", "unknown"
#: Older ones are forgotten and count as unknown.
MOST_REMEMBERED = 20_000
#: What each word about a conversation says of the visitor's page; other words say nothing of it.
_SAYS = {"here": HERE, "typing": HERE, "gone": GONE, "left": LEFT}
_last: OrderedDict[str, str] = OrderedDict()
_lock = Lock()


def note(conversation_id: str, kind: str) -> None:
    """Remember what a word says about the visitor's page."""
    with _lock:
        if kind == "deleted":
            _last.pop(conversation_id, None)
        elif kind in _SAYS:
            _last[conversation_id] = _SAYS[kind]
            _last.move_to_end(conversation_id)
            while len(_last) > MOST_REMEMBERED:
                _last.popitem(last=False)


def presence(held: Held) -> str:
    """ "here", "gone", "left" or "unknown": what was heard last, else whether the visitor left."""
    with _lock:
        return _last.get(held.id) or (LEFT if held.label.has_left else UNKNOWN)


class ListeningWakes(Wakes):
    """The words that the desk hears; what they say about visitors' pages is remembered on the way."""

    def wake(self, topic: str, kind: str) -> None:
        """Give a word to the streams that listen to its topic."""
        what, _, name = topic.partition(":")
        if what == "c":
            note(name, kind)
        super().wake(topic, kind)
