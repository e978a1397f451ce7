"""For each kind of record: what it holds, how long it is kept, and what happens then (safety rule 11).

Every table of the database has a row here, and a test of the house fails when one has none. The table in
`docs/privacy.md` is made from these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """The fate of one kind of record. `model` is "app.Model"; `keep_for` None means as long as it is listed.

    `since` says from when the days count, when that is not the day the record was made.
    """

    model: str
    what: str
    personal: bool
    keep_for: timedelta | None
    then: str
    since: str = ""


RETENTIONS = (
    Retention(
        "directory.Organization",
        "an organisation: name, texts, website",
        False,
        None,
        "deleted when its file is gone and the files are loaded",
    ),
    Retention(
        "directory.Service",
        "what an organisation does, for whom, about what, where",
        False,
        None,
        "deleted with its organisation",
    ),
    Retention(
        "directory.Channel",
        "how a service can be reached, when, and what that costs",
        False,
        None,
        "deleted with its service",
    ),
    Retention(
        "directory.Source",
        "where facts about an organisation come from, and of when they are",
        False,
        None,
        "deleted with its organisation",
    ),
    Retention("directory.Fact", "which fact rests on which source", False, None, "deleted with its source"),
    Retention(
        "directory.OwnWord",
        "what an organisation says itself about a service: what it does, waiting time, hours, whether it takes people "
        "now, and a steward's short reason; no person",
        False,
        None,
        "deleted when a newer one counts or it is taken back, and 90 days after a refusal; “takes people now” is not "
        "known again after 60 days",
    ),
    Retention(
        "directory.FileEntry",
        "what the files said of an organisation at the last load",
        False,
        None,
        "deleted when its file is gone and the files are loaded",
    ),
    Retention(
        "directory.EntryVersion",
        "a version of an organisation's entry as it was written in the browser, its day and a short reason; no person",
        False,
        None,
        "kept: it is the history of what was published; a draft that is thrown away is deleted",
    ),
    Retention(
        "directory.Correction",
        "what somebody of the public says is not right about an organisation, how they know, and the day; not who",
        False,
        timedelta(days=365),
        "deleted; 90 days after a steward decided, and at once when a steward sees that it is about a person",
    ),
    Retention(
        "directory.Clash",
        "fields of an entry that the files and the browser changed both",
        False,
        None,
        "deleted when a steward chose",
    ),
    Retention(
        "directory.Asking",
        "on which day an organisation was asked to look at its entry, and whether it stayed silent",
        False,
        None,
        "deleted when it answered, or when something about it is published",
    ),
    Retention(
        "directory.Remark",
        "what the clock found in an entry: a rule, the field, and since which day",
        False,
        None,
        "replaced each time that the clock looks",
    ),
    Retention(
        "directory.Edition",
        "which state of the directory is loaded, and since when",
        False,
        None,
        "replaced at the next load that changes something",
    ),
    Retention(
        "staff.Staff",
        "a professional's login: both names, languages, hash of the passphrase, public key, sealed private key",
        True,
        timedelta(days=30),
        "deleted, with second factors, roles and sessions",
        "after the login is switched off",
    ),
    Retention(
        "staff.Team",
        "a team: code, name, public key, how its key is recovered",
        False,
        None,
        "kept; it says nothing about a person",
    ),
    Retention(
        "staff.Membership",
        "a professional's role in a team, how many conversations at once, the team's key sealed to this person",
        True,
        timedelta(days=30),
        "deleted with the login, or at once when the role is taken away",
        "after the login is switched off",
    ),
    Retention(
        "staff.Duty",
        "which professional is at work for which team, and when last seen",
        True,
        timedelta(days=1),
        "deleted; at once when going off duty",
        "after last seen",
    ),
    Retention(
        "staff.DeskSession",
        "a sign-in that lasts, sealed, under the hash of its cookie",
        True,
        timedelta(days=1),
        "deleted; of no use after twelve hours, or one hour without doing anything; at once on signing out",
    ),
    Retention(
        "staff.AuditLine",
        "the day something was done; sealed inside: the time, which professional, what, and an opaque reference",
        True,
        timedelta(days=365),
        "deleted",
    ),
    Retention("staff.AuditHead", "where the trail of what was done begins and ends", False, None, "kept"),
    Retention(
        "hidden.HiddenEntry",
        "a place that no visitor may find; sealed, in one size: what, where, who may see it, source and dates",
        False,
        None,
        "deleted when a steward or the operator removes it",
    ),
    Retention(
        "hidden.HiddenLook",
        "the number and day of a line of the trail; sealed inside: why a professional looked at a hidden entry",
        True,
        timedelta(days=365),
        "deleted",
    ),
    Retention(
        "outbox.Notice",
        "that something waits for a partner's team, since which day, how often a mail was tried; sealed: when",
        False,
        timedelta(days=7),
        "deleted; at once when the mail went",
    ),
    Retention(
        "outbox.TeamAddress",
        "sealed: the mail address at which a partner's team wants notices, and when the last mail went",
        False,
        None,
        "deleted when who leads the team removes it",
    ),
    Retention(
        "conversations.Conversation",
        "a conversation: what a code finds it by, its salt, public key of the visitor, state, tags of team and owner; "
        "sealed: door, language, wish, since when it waits. Without a code 2 days; each door sets both numbers",
        True,
        timedelta(days=90),
        "deleted with all that is below, and the log of writing ahead is emptied; at once when the visitor deletes it",
        "after the last message, with a code",
    ),
    Retention(
        "conversations.Grant",
        "keys of a part of a conversation, wrapped for one reader, and why",
        True,
        timedelta(days=90),
        "deleted with its conversation",
        "as its conversation",
    ),
    Retention(
        "conversations.Message",
        "a sealed text, which way it went and its number; no moment",
        True,
        timedelta(days=90),
        "deleted with its conversation, or at once by the visitor",
        "as its conversation",
    ),
    Retention(
        "conversations.Draft",
        "what a professional typed and did not send yet, sealed",
        True,
        timedelta(days=90),
        "deleted when it is sent, passed on or closed, and with its conversation",
        "as its conversation",
    ),
    Retention(
        "handovers.Handover",
        "one partner who is asked to go on with somebody: a tag of the partner's team; sealed: which partner, state, "
        "limits, first contact; what was agreed, sealed for that team, the first desk and the visitor, with the mark "
        "of the yes",
        True,
        timedelta(days=90),
        "the text deleted at once when the visitor takes it back, when the partner says no or does not answer, and "
        "after the last day of the yes; the rest with its conversation",
        "as its conversation",
    ),
    Retention(
        "handovers.Remark",
        "a question, an answer or a reason about a hand-over, sealed",
        True,
        timedelta(days=90),
        "deleted when the visitor takes it back, of what arrived after the last day of the yes, and with its "
        "conversation",
        "as its conversation",
    ),
    Retention(
        "handovers.Buddy",
        "somebody whom a visitor brings along: what their code finds it by, its salt, public key; sealed: of which "
        "kind, and whether the conversation may be read",
        True,
        timedelta(days=90),
        "deleted with its keys at once when the visitor parts from them, and with its conversation",
        "as its conversation",
    ),
    Retention(
        "handovers.Permission",
        "what contact a visitor permits, when they wish to be asked how it goes, and which codes of buddies were "
        "ended, sealed",
        True,
        timedelta(days=90),
        "replaced when the visitor says something else; deleted with its conversation",
        "as its conversation",
    ),
    Retention(
        "auth.Group_permissions", "nothing: a table of the framework that stays empty", False, None, "stays empty"
    ),
)


def table() -> str:
    """The rows as a Markdown table, without a line break at the end."""
    lines = ["| record | what it holds | about a person | kept | then |", "| --- | --- | --- | --- | --- |"]
    for one in RETENTIONS:
        days = 0 if one.keep_for is None else one.keep_for.days
        kept = f"{days} {'day' if days == 1 else 'days'} {one.since}".rstrip() if days else "as long as it is listed"
        is_personal = "yes" if one.personal else "no"
        lines.append(f"| `{one.model}` | {one.what} | {is_personal} | {kept} | {one.then} |")
    return "\n".join(lines)
