"""One mail over SMTP: plain values in, a short sentence out when it did not go.

Nothing in it tells where it was made: no name of a program or of this machine, an own Message-ID under the sender's
domain. What the mail server answered is not repeated, for it can hold the address.
"""

from __future__ import annotations

import contextlib
import secrets
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

#: For each answer of the mail server; whoever waits for it waits no longer.
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Post:
    """The mail server that takes our mail.

    is_tls: encrypted from the first byte; else encryption is asked for before anything else is said (STARTTLS), and
    nothing is sent without it. is_plain: neither; for a mail server on this very machine.
    """

    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    is_tls: bool = False
    is_plain: bool = False


class NotSent(Exception):
    """The mail did not go; the message says why and names nobody.

    `is_all`: no other mail would go now either.
    """

    def __init__(self, why: str, *, is_all: bool) -> None:
        super().__init__(why)
        self.is_all = is_all


def send(*, post: Post, sender: str, to: str, subject: str, body: str, moment: datetime) -> None:
    """Hand one mail to the mail server. Raises NotSent."""
    letter = _letter(sender, to, subject, body, moment)
    try:
        line = _line(post, _domain(sender))
        try:
            if post.user:
                line.login(post.user, post.password)
            line.sendmail(sender, [to], letter)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                line.quit()  # it was taken already: a farewell that fails does not make it a mail that did not go
        finally:
            line.close()
    except smtplib.SMTPAuthenticationError:
        raise NotSent("the mail server does not take the user and password", is_all=True) from None
    except smtplib.SMTPNotSupportedError:
        raise NotSent("the mail server lacks what is needed (encryption, or signing in)", is_all=True) from None
    except smtplib.SMTPRecipientsRefused:
        raise NotSent("the mail server does not take the address of a team", is_all=False) from None
    except smtplib.SMTPSenderRefused:
        raise NotSent("the mail server does not take the sender", is_all=True) from None
    except smtplib.SMTPResponseException as answer:
        raise NotSent(f"the mail server answers with {answer.smtp_code}", is_all=False) from None
    except ssl.SSLError:
        raise NotSent("the mail server's certificate or encryption is not good", is_all=True) from None
    except (OSError, smtplib.SMTPException):
        raise NotSent("the mail server does not answer", is_all=True) from None


def _line(post: Post, ourselves: str) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if post.is_tls:
        return smtplib.SMTP_SSL(post.host, post.port, ourselves, timeout=PATIENCE_SECONDS, context=context)
    line = smtplib.SMTP(post.host, post.port, ourselves, timeout=PATIENCE_SECONDS)
    if not post.is_plain:
        try:
            line.starttls(context=context)
        except BaseException:
            line.close()
            raise
    return line


def _letter(sender: str, to: str, subject: str, body: str, moment: datetime) -> bytes:
    letter = EmailMessage(policy.SMTP)
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter["Date"] = format_datetime(moment)  # every mail server on the way writes it too
    letter["Message-ID"] = f"<{secrets.token_hex(16)}@{_domain(sender)}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday message answers it
    letter.set_content(body)
    return letter.as_bytes()


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
