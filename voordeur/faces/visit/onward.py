"""From the forms of going on to their pages: yes, no, take back, change, arrive; plan, contact, who comes along.

Whatever goes wrong, what was typed is shown again, and nothing has gone anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from django.http import HttpResponse

from voordeur.faces.language import AMSTERDAM, N_, translations
from voordeur.faces.server_key import server_key
from voordeur.faces.visit import along, conversing, going_on
from voordeur.faces.visit.answering import came_by
from voordeur.faces.visit.conversing import Sitting, TooBusy
from voordeur.faces.visit.pages import Visit
from voordeur.faces.visit.passes import Pass
from voordeur.faces.visit.standing import (
    MOST_STEPS,
    SAFETY,
    WAYS,
    found,
    show_along,
    show_beside,
    show_consent,
    show_contact,
    show_given,
    show_plan,
    show_standing,
)
from voordeur.faces.visit.talk import show_gone
from voordeur.records.conversations.actions import ConversationGone, OutOfStep
from voordeur.records.conversations.actions import StepNotAllowed as TalkStepNotAllowed
from voordeur.records.handovers import company
from voordeur.records.handovers import queries as handovers
from voordeur.records.handovers.steps import NotHere, day_of
from voordeur.rules.handover import StepNotAllowed
from voordeur.rules.safe_contact import ANYONE, ONLY_ME, SafeContact, WayRule, Window
from voordeur.secrecy.envelope import TextTooLong
from voordeur.vocabulary import BuddyKind, ContactWay, Direction

Sent = Mapping[str, list[str]]
ONWARD = frozenset({
    "standing", "names", "ask", "yes", "no", "given", "change", "answer", "back", "arrived", "plan", "plan-keep",
    "contact", "contact-keep", "contact-none", "along", "along-make", "along-read", "along-plan", "along-end",
    "later", "later-none", "beside",
})  # fmt: skip
_REFUSED = (StepNotAllowed, TalkStepNotAllowed, NotHere)

_CHANGED = N_("Something has changed meanwhile. Look at it once more. Nothing was passed on just now.")
_BUSY = N_("It is very busy at the moment. Please try again in a minute. What you typed is still here.")
_LONG = N_("This is long. Please make it shorter: at most %(most)s letters in each box.")
_NOTHING = N_("Nothing is left to pass on. Tick at least one part, or say no.")
_DAY = N_("Choose a last day from today on, and not too far ahead.")
_HOLDS_CODE = N_("Not kept: your text holds your code. Nobody else should have it. Take it out and try again.")
_TIMES = N_("Choose at least one day, a time to begin and another time to end.")
_NEEDS_CODE = N_("First take a code to come back. Without it you cannot come back to this later.")


def onward_step(here: Visit, verb: str, more: str, sent: Sent, *, is_too_often: bool = False) -> HttpResponse:
    """The page that follows from a form with `go=talk:` and one of the verbs above.

    `is_too_often`: this address asked for many codes of late, each of which is slow to make.
    """
    if verb == "beside":
        return show_beside(here)
    sitting = conversing.sit(here.talk) if here.talk else None
    if sitting is None or here.talk is None:
        return show_gone(here)
    doing = _Doing(here, sitting, here.talk, more, sent, is_too_often=is_too_often)
    steps: dict[str, Callable[[], HttpResponse]] = {
        "standing": lambda: show_standing(here),
        "names": lambda: show_standing(here, are_named=True),
        "ask": lambda: show_consent(here, more),
        "given": lambda: show_given(here, more),
        "yes": doing.agrees,
        "no": doing.takes_back,
        "back": doing.takes_back,
        "change": doing.changes,
        "answer": doing.answers,
        "arrived": doing.arrives,
        "plan": lambda: show_plan(here),
        "plan-keep": doing.keeps_plan,
        "contact": lambda: show_contact(here),
        "contact-keep": doing.permits,
        "contact-none": doing.permits_nothing,
        "along": lambda: show_along(here),
        "along-make": doing.brings_along,
        "along-read": lambda: doing.lets_read(may_read=True),
        "along-plan": lambda: doing.lets_read(may_read=False),
        "along-end": doing.parts,
        "later": doing.asks_later,
        "later-none": lambda: doing.asks_later(is_none=True),
    }
    return steps[verb]()


class _Doing:
    """One form of a visitor in a conversation."""

    def __init__(self, here: Visit, sitting: Sitting, mine: Pass, more: str, sent: Sent, *, is_too_often: bool) -> None:
        self._here, self._sitting, self._mine, self._more, self._sent = here, sitting, mine, more, sent
        self._is_too_often = is_too_often
        self._words = translations(here.language).gettext
        self._door = came_by(here.house.doorway, sitting, here.door)

    def _field(self, name: str, most: int = 200) -> str:
        return conversing.clean(self._sent.get(name, [""])[0]).strip()[:most]

    def _message_id(self) -> bytes:
        try:
            made = bytes.fromhex(self._sent.get("m", [""])[0])
        except ValueError:
            made = b""
        return made if len(made) == 16 else b"\0" * 16

    def _day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self._field(name, 10))
        except ValueError:
            return None

    def agrees(self) -> HttpResponse:
        """Yes, to exactly the text that stands in the ticked boxes."""
        one = found(self._here, self._sitting, self._more)
        if one is None:
            return show_standing(self._here)
        typed = {
            name[5:]: conversing.clean(values[0]) for name, values in self._sent.items() if name.startswith("text-")
        }
        ticked = {name[3:] for name in self._sent if name.startswith("in-")}
        titles = {part.key: part.title for part in going_on.proposal(self._sitting, one.id)}
        titles.setdefault("contact", self._words(N_("How they can reach me")))
        parts = [
            going_on.Part(key, titles[key], text.strip())
            for key, text in typed.items()
            if key in ticked and key in titles and text.strip()
        ]
        until = self._day("until")
        may_join = "join" in self._sent

        def again(warning: str, status: int = 200) -> HttpResponse:
            left_out = frozenset(set(typed) - ticked)
            return show_consent(
                self._here, one.id, warning=warning, typed=typed, left_out=left_out, may_join=may_join,
                until=self._field("until", 10), status=status,
            )  # fmt: skip

        today = day_of(self._here.moment)
        last = today + timedelta(days=going_on.limits().longest_consent_days)
        if not parts:
            return again(self._words(_NOTHING))
        if until is None or not today <= until <= last:
            return again(self._words(_DAY))
        if any(len(part.text) > going_on.LONGEST_PART for part in parts):
            return again(self._words(_LONG) % {"most": going_on.LONGEST_PART})
        if any(conversing.gives_code_away(part.text, self._mine) for part in parts):
            return again(self._words(_HOLDS_CODE))
        try:
            going_on.agree(
                self._sitting, self._mine, self._door, one, parts, until=until, may_join=may_join,
                language=self._here.language, message_id=self._message_id(), moment=self._here.moment,
            )  # fmt: skip
        except TextTooLong:
            return again(self._words(_LONG) % {"most": going_on.LONGEST_PART})
        except (TooBusy, OutOfStep):
            return again(self._words(_BUSY), 503)
        except ConversationGone:
            return show_gone(self._here)
        except _REFUSED:
            return show_standing(self._here, warning=self._words(_CHANGED), status=409)
        return show_standing(self._here)

    def takes_back(self) -> HttpResponse:
        """No, or no longer."""
        one = found(self._here, self._sitting, self._more)
        if one is None:
            return show_standing(self._here)
        try:
            going_on.take_back(self._sitting, self._mine, one, self._here.moment)
        except ConversationGone:
            return show_gone(self._here)
        except _REFUSED:
            return show_standing(self._here, warning=self._words(_CHANGED), status=409)
        return show_standing(self._here)

    def changes(self) -> HttpResponse:
        """Another text for who has it already."""
        return self._change("")

    def answers(self) -> HttpResponse:
        """An answer to a question; it goes to that partner, and to nobody else."""
        return self._change(self._field("answer", going_on.LONGEST_PART))

    def _change(self, answer: str) -> HttpResponse:
        one = found(self._here, self._sitting, self._more)
        if one is None:
            return show_standing(self._here)
        parts = going_on.agreed(self._sitting, one)
        if not answer:
            parts = [
                going_on.Part(part.key, part.title, self._field(f"text-{part.key}", going_on.LONGEST_PART))
                for part in parts
            ]
            parts = [part for part in parts if part.text]
        if not parts:
            return show_given(self._here, one.id, warning=self._words(_NOTHING))
        texts = [answer, *(part.text for part in parts)]
        if any(conversing.gives_code_away(text, self._mine) for text in texts):
            return show_given(self._here, one.id, warning=self._words(_HOLDS_CODE), answer=answer)
        try:
            going_on.change(
                self._sitting, self._mine, one, parts, answer=answer, language=self._here.language,
                moment=self._here.moment,
            )  # fmt: skip
        except TextTooLong:
            said = self._words(_LONG) % {"most": going_on.LONGEST_PART}
            return show_given(self._here, one.id, warning=said, answer=answer)
        except ConversationGone:
            return show_gone(self._here)
        except _REFUSED:
            return show_given(self._here, one.id, warning=self._words(_CHANGED), answer=answer, status=409)
        return show_given(self._here, one.id)

    def arrives(self) -> HttpResponse:
        """Well arrived: the first desk may go."""
        one = found(self._here, self._sitting, self._more)
        if one is None:
            return show_standing(self._here)
        try:
            going_on.arrived(self._sitting, self._mine, one, self._here.moment)
        except ConversationGone:
            return show_gone(self._here)
        except _REFUSED:
            return show_standing(self._here, warning=self._words(_CHANGED), status=409)
        return show_standing(self._here)

    def keeps_plan(self) -> HttpResponse:
        """The plan as it stands in the form; the versions before it stay until they are deleted."""
        done = {name[5:] for name in self._sent if name.startswith("done-")}
        steps = [
            {"text": self._field(f"step-{place}", 300), "done": str(place) in done} for place in range(MOST_STEPS + 1)
        ]
        safety = {key: self._field(f"safe-{key}", 1200) for key, _ in SAFETY}
        kept = [one for one in steps if one["text"]][:MOST_STEPS]
        plan = {"safety": safety, "steps": kept}
        texts = [*safety.values(), *(str(one["text"]) for one in kept)]
        if any(conversing.gives_code_away(text, self._mine) for text in texts):
            return show_plan(self._here, warning=self._words(_HOLDS_CODE))
        return self._written(
            lambda: going_on.write(
                self._sitting, self._door, Direction.PLAN, {"kind": "plan", "plan": plan}, self._message_id(),
                self._here.moment,
            ),
            lambda: show_plan(self._here, is_kept=True),
            lambda warning, status: show_plan(self._here, warning=warning, status=status),
        )  # fmt: skip

    def _written(
        self,
        act: Callable[[], object],
        after: Callable[[], HttpResponse],
        again: Callable[[str, int], HttpResponse],
    ) -> HttpResponse:
        try:
            act()
        except TextTooLong:
            return again(self._words(_LONG) % {"most": 1200}, 200)
        except (TooBusy, OutOfStep):
            return again(self._words(_BUSY), 503)
        except ConversationGone:
            return show_gone(self._here)
        except _REFUSED:
            return again(self._words(_CHANGED), 409)
        return after()

    def permits(self) -> HttpResponse:
        """What contact is permitted; everything else is refused from this moment on."""
        chosen = {way: self._field(f"way-{way}", 10) for way in WAYS}
        days = frozenset(int(one) for one in self._sent.get("days", ()) if one in "0123456" and len(one) == 1)
        begin, end = self._hour("from"), self._hour("to")
        ways = [way for way, said in chosen.items() if said == "yes"]
        typed = {
            **{f"way-{way}": said for way, said in chosen.items()},
            "days": {str(day) for day in days},
            "from": self._field("from", 2),
            "to": self._field("to", 2),
            "who": self._field("who", 10),
            "number": self._field("number", 120),
            "word": self._field("word", 60),
            "until": self._field("until", 10),
        }

        def again(warning: str, status: int = 200) -> HttpResponse:
            return show_contact(self._here, warning=warning, typed=typed, status=status)

        if ways and (not days or begin is None or end is None or begin == end):
            return again(self._words(_TIMES))
        window = Window(days, (begin or 0) * 60, min((end or 0) * 60, 24 * 60))
        rule = SafeContact(
            ways={ContactWay(way): WayRule((window,)) for way in ways},
            never=frozenset(way for way, said in chosen.items() if said == "never"),
            until=self._day("until"),
            who_may_answer=ANYONE if typed["who"] == ANYONE else ONLY_ME,
            has_code_word=bool(typed["word"]),
        )
        return self._written(
            lambda: going_on.permit(
                self._sitting, self._mine, self._door, rule, number=str(typed["number"]),
                word=str(typed["word"]), message_id=self._message_id(), moment=self._here.moment,
            ),
            lambda: show_contact(self._here, is_kept=True),
            again,
        )  # fmt: skip

    def _hour(self, name: str) -> int | None:
        written = self._field(name, 2)
        return int(written) if written.isascii() and written.isdigit() and int(written) <= 24 else None

    def permits_nothing(self) -> HttpResponse:
        """Everything that was permitted is taken back."""
        return self._written(
            lambda: going_on.permit(
                self._sitting, self._mine, self._door, None, number="", word="",
                message_id=self._message_id(), moment=self._here.moment,
            ),
            lambda: show_contact(self._here, is_kept=True),
            lambda warning, status: show_contact(self._here, warning=warning, status=status),
        )  # fmt: skip

    def brings_along(self) -> HttpResponse:
        """A code for somebody of the visitor's own choice."""
        if self._is_too_often:
            return show_along(self._here, warning=self._words(_BUSY), status=429)
        said = self._field("kind", 20)
        kind = BuddyKind(said) if said in set(BuddyKind) else BuddyKind.OWN_CIRCLE
        try:
            code = along.bring_along(
                self._sitting, self._mine, kind=kind, may_read="may_read" in self._sent,
                pass_key=self._here.house.pass_key, message_id=self._message_id(),
            )  # fmt: skip
        except TooBusy:
            return show_along(self._here, warning=self._words(_BUSY), status=503)
        except ConversationGone:
            return show_gone(self._here)
        except _REFUSED:
            return show_along(self._here, warning=self._words(_CHANGED), status=409)
        return show_along(self._here, code=code)

    def _buddy(self) -> handovers.BuddyView | None:
        there = handovers.buddies_of(self._sitting.held.id, server_key())
        return next((one for one in there if one.id == self._more), None)

    def lets_read(self, *, may_read: bool) -> HttpResponse:
        """The conversation too, or the plan alone from now on."""
        buddy = self._buddy()
        if buddy is None:
            return show_along(self._here)
        return self._written(
            lambda: along.let_read(self._sitting, self._mine, buddy, may_read=may_read, moment=self._here.moment),
            lambda: show_along(self._here),
            lambda warning, status: show_along(self._here, warning=warning, status=status),
        )

    def parts(self) -> HttpResponse:
        """This one goes along no longer."""
        buddy = self._buddy()
        if buddy is None:
            return show_along(self._here)
        return self._written(
            lambda: along.part_from(self._sitting, self._mine, buddy, self._here.moment),
            lambda: show_along(self._here),
            lambda warning, status: show_along(self._here, warning=warning, status=status),
        )

    def asks_later(self, *, is_none: bool = False) -> HttpResponse:
        """A moment at which the desk asks, here, how it goes."""
        if not is_none and not self._sitting.held.has_code:
            return show_standing(self._here, warning=self._words(_NEEDS_CODE))
        days, hour = self._field("days", 2), self._field("hour", 2)
        at: datetime | None = None
        if not is_none and days.isdigit() and hour.isdigit() and int(hour) < 24:
            local = self._here.moment.astimezone(AMSTERDAM) + timedelta(days=int(days))
            at = local.replace(hour=int(hour), minute=0, second=0, microsecond=0)
        return self._written(
            lambda: company.ask_later(
                conversation_id=self._sitting.held.id, visitor_private=self._mine.private, at=at,
                moment=self._here.moment, server_key=server_key(),
            ),
            lambda: show_standing(self._here),
            lambda warning, status: show_standing(self._here, warning=warning, status=status),
        )  # fmt: skip
