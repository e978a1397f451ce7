"""A desk that only answers: a process of its own that seals and writes replies, as the desk's API does, evenly.

Its input is one line of JSON: how many each second, the sequence that each reply carries, and the conversations
with their keys. It prints the milliseconds that each took until it was written.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from time import monotonic, monotonic_ns, sleep

from tests.bench.crowd import SAID_MARK, SEALED_MARK

STAFF = 1


def main() -> int:
    """Write them all; 0 when every one was written."""
    import django

    django.setup()
    from django.conf import settings

    from voordeur.faces.server_key import server_key
    from voordeur.faces.wakes import tell
    from voordeur.records.conversations import actions
    from voordeur.secrecy.envelope import Context, seal
    from voordeur.vocabulary import Direction

    given = json.loads(sys.stdin.readline())
    server, sequence = server_key(), int(given["sequence"])
    said = {"at": "", "by": "Sam", "role": "responder", "kind": "text", "ref": "", "lang": "nl"}
    took, began = [], monotonic() + 0.2
    for number, (conversation_id, key) in enumerate(given["conversations"]):
        sleep(max(0.0, began + number / given["each_second"] - monotonic()))
        now, moment = monotonic_ns(), datetime.now(UTC)
        text = json.dumps({**said, "t": f"{SAID_MARK}{now}; {'x' * 80}", "at": f"{moment:%Y-%m-%dT%H:%MZ}"}).encode()
        envelope = seal(bytes.fromhex(key), Context(bytes.fromhex(conversation_id), Direction.DESK, sequence), text)
        message_id = SEALED_MARK + now.to_bytes(8, "big")
        actions.write(
            conversation_id=conversation_id,
            message=actions.NewMessage(Direction.DESK, message_id, sequence, 0, envelope),
            kept_until=(moment + timedelta(days=2)).date(),
            moment=moment,
            server_key=server,
            writer_id=STAFF,
        )
        took.append(round((monotonic_ns() - now) / 1e6, 3))
        tell(settings.ENV.data, f"c:{conversation_id}", "talk")
    print(json.dumps(took))
    return 0


if __name__ == "__main__":
    sys.exit(main())
