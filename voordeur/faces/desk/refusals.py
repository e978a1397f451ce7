"""Refusals of records and rules in the language of the one who works at the desk.

Records and rules speak in short English sentences; a person at the desk reads them in their own language, and knows
what to do. What only a page that is wrong can ask for (a key of another length) stays as it is.
"""

from __future__ import annotations

import re

from voordeur.faces.language import N_, translations

_NUMBER = re.compile(r"\d+")
#: A step that the table of hand-overs does not have; it was another one's turn, or the page was old.
_NO_SUCH_STEP = re.compile(r"from “[a-z_]+” the [a-z]+ cannot go to “[a-z_]+”")
GONE_ON = N_("This cannot be done now: it went on meanwhile. Look again at where it stands.")

#: Every sentence that a person at the desk can meet. A number in it is written as %(number)s.
SENTENCES = (
    N_("a last day from today to %(number)s days ahead is expected"),
    N_("at most %(number)s partners at a time"),
    N_("at most %(number)s people go along"),
    N_("only where the conversation is marked as danger"),
    N_("the visitor has answered, and that stands"),
    N_("a second person signs, not the one who asked"),
    N_("there is nothing to sign"),
    N_("a moment from now to sixty days ahead is expected"),
    N_("the first contact cannot be after the last day that the visitor agreed to"),
    N_("a partner with a desk answers by itself"),
    N_("this partner is proposed already"),
    N_("there is no living yes to change"),
    N_("without a living yes nobody is taken"),
    N_("its time is not over"),
    N_("every step by telephone is done first"),
    N_("only an offer to a partner without a desk goes by telephone"),
    N_("the steps go in their order"),
    N_("who joins has said yes first"),
    N_("without the visitor's yes nobody joins"),
    N_("the visitor did not say that somebody may come into the conversation"),
    N_("who is let in has said yes first, under a living yes of the visitor"),
    N_("nobody comes in by this one"),
    N_("the visitor permits this contact no longer; come into the conversation, or say no"),
    N_("a second person was asked already; take the proposal back to ask for something else"),
    N_("a question goes with a living yes"),
    N_("only who holds the conversation hands over"),
    N_("only the visitor decides this"),
    N_("more was asked and answered than fits"),
    N_("a moment within the next ninety days is expected"),
    N_("nobody of this name goes along"),
    N_("only the visitor, and who holds the conversation, says this"),
    N_("this conversation was closed"),
    N_("this code was ended, and stays so"),
    N_("this rule of contact cannot be read"),
    N_("this rule of contact is too long to keep"),
    N_("only who holds this conversation writes here"),
    N_("somebody was first"),
    N_("only a coach who reads along takes over"),
    N_("only the owner makes new keys"),
    N_("only the owner passes on"),
    N_("that team has no key of this conversation"),
    N_("only the owner closes"),
    N_("only who joined as a guest goes on with it"),
    N_("only the visitor brings somebody along"),
    N_("only a member of the team can hold its key"),
    N_("without the visitor's yes nothing goes to a partner"),
    N_("the visitor has not answered yet"),
    N_("a reason is expected"),
)


def told(refusal: str, language: str) -> str:
    """The refusal in this language; one that is not for people stays as it is."""
    if _NO_SUCH_STEP.fullmatch(refusal):
        return translations(language).gettext(GONE_ON)
    pattern = refusal if refusal in SENTENCES else _NUMBER.sub("%(number)s", refusal)
    if pattern not in SENTENCES:
        return refusal
    number = _NUMBER.search(refusal)
    said = translations(language).gettext(pattern)
    return said % {"number": number[0]} if number and "%(number)s" in pattern else said
