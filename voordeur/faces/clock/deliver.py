"""The timer that sends notices by mail: to a partner's team, and only that something waits.

All of a mail stands below: two sentences, each in Dutch and English, and the desk's address. What did not go is tried
again later (rules/notices). In the log stands why, never to whom.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from voordeur.faces.language import N_, translations
from voordeur.faces.server_key import server_key
from voordeur.reach.mail import NotSent, Post, send
from voordeur.records.outbox import actions
from voordeur.records.outbox.queries import Waiting, waiting_notices

#: In one turn, so that the other timers do not wait long.
MOST_IN_A_TURN = 10
SUBJECT = N_("Something waits")
TEXT = N_("Something waits for your team. Sign in to see it:")
LANGUAGES = ("nl", "en")
_log = logging.getLogger("voordeur.clock")


class Notices:
    """Sends what waits, with what the operator set. Without `post` nothing is sent, and no connection made."""

    def __init__(self, post: Post | None, sender: str, desk_url: str) -> None:
        """`sender` and `desk_url` stand in the mail."""
        self._post, self._sender = post, sender
        self._subject = " / ".join(_said(SUBJECT))
        self._body = "\n\n".join(f"{sentence}\n{desk_url}" for sentence in _said(TEXT)) + "\n"

    def deliver(self, moment: datetime) -> str:
        """Send the notices whose time has come; says how many went and how many did not."""
        if self._post is None:
            return "no mail is set"
        sent = failed = 0
        for one in waiting_notices(moment, server_key())[:MOST_IN_A_TURN]:
            if not actions.take_notice(team_id=one.team_id, moment=moment, server_key=server_key()):
                continue
            try:
                self._send(self._post, one, moment)
            except NotSent as wrong:
                failed += 1
                self._tell(one, wrong, moment)
                if wrong.is_all:  # a mail server that does not answer holds up the other timers once, not each time
                    break
            else:
                sent += 1
                actions.delivered(team_id=one.team_id, moment=moment, server_key=server_key())
        return f"{sent} notices sent, {failed} failed"

    def _send(self, post: Post, one: Waiting, moment: datetime) -> None:
        send(post=post, sender=self._sender, to=one.address, subject=self._subject, body=self._body, moment=moment)

    def _tell(self, one: Waiting, wrong: NotSent, moment: datetime) -> None:
        if actions.failed(team_id=one.team_id, moment=moment, server_key=server_key()):
            _log.warning("a notice by mail was given up after a day: %s", wrong)
        else:
            _log.warning("a notice by mail did not go, and is tried again: %s", wrong)


def notices(env: Any) -> Notices:
    """With the settings of this server."""
    smtp = env.smtp
    post = smtp and Post(smtp.host, smtp.port, smtp.user, smtp.password, smtp.is_tls, smtp.is_plain)
    return Notices(post, env.mail_from, env.desk_url)


def _said(message: str) -> list[str]:
    return [translations(language).gettext(message) for language in LANGUAGES]
