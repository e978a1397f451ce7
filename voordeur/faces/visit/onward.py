"""From the forms of going on to their pages: yes, no, take back, change, arrive; plan, contact, who comes along.

Whatever goes wrong, what was typed is shown again, and nothing has gone anywhere.
"""

from __future__ import annotations

import re
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
from voordeur.faces.visit.plan import (
    LONGEST_BOX,
    LONGEST_STEP,
    MOST_STEPS,
    drop_all,
    drop_version,
    is_same,
    keep_plan,
    plan_of,
    show_plan,
    typed_in,
)
from voordeur.faces.visit.safe_contact import LONGEST_NUMBER, LONGEST_WORD, WAYS, permit, permit_nothing, show_contact
from voordeur.faces.visit.standing import found, show_along, show_beside, show_consent, show_given, show_standing
from voordeur.faces.visit.talk import show_gone
from voordeur.records.conversations.actions import ConversationGone, OutOfStep
from voordeur.records.conversations.actions import StepNotAllowed as TalkStepNotAllowed
from voordeur.records.handovers import company
from voordeur.records.handovers import queries as handovers
from voordeur.records.handovers.steps import NotHere, day_of
from voordeur.rules.handover import StepNotAllowed
from voordeur.rules.safe_contact import ANYONE, ONLY_ME, SafeContact, WayRule, Window
from voordeur.secrecy.envelope import TextTooLong
from voordeur.secrecy.return_code import ReturnCode
from voordeur.vocabulary import BuddyKind, ContactWay

Sent = Mapping[str, list[str]]
ONWARD = frozenset({
    "standing", "names", "ask", "yes", "no", "given", "change", "answer", "back", "arrived", "plan", "plan-keep",
    "contact", "contact-keep", "contact-none", "along", "along-make", "along-read", "along-plan", "along-end",
    "later", "later-none", "beside", "let-in", "let-out", "plan-drop", "plan-none",
})  # fmt: skip
#: What each changes is limited (talking.py). What is taken back has a limit of its own, so that nothing uses it up;
#: what is given to somebody who goes along or comes in has the tightest one, for taking it back makes new keys.
CHANGING = frozenset({"yes", "change", "answer", "arrived", "plan-keep", "contact-keep", "later"})
TAKING = frozenset({
    "no", "back", "contact-none", "along-plan", "along-end", "later-none", "let-out", "plan-drop", "plan-none",
})  # fmt: skip
GIVING = frozenset({"along-make", "along-read", "let-in"})
_REFUSED = (StepNotAllowed, TalkStepNotAllowed, NotHere)
_WRITTEN_DAY = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")

_CHANGED = N_("Something has changed meanwhile. Look at it once more. Nothing was passed on just now.")
_BUSY = N_("It is very busy at the moment. Please try again in a minute. What you typed is still here.")
_OFTEN = N_("This was done very often in a short time. Please try again in a minute. What you typed is still here.")
_SHUT = N_("This conversation was closed by the desk. Nothing was kept or passed on just now.")
_LONG = N_("This is long. Please make it shorter: at most %(most)s letters in each box.")
_NOTHING = N_("Nothing is left to pass on. Tick at least one part, or say no.")
_DAY = N_("Choose a last day from today on, and not too far ahead.")
_HOLDS_CODE = N_("Not kept: your text holds your code. Nobody else should have it. Take it out and try again.")
_UNTIL = N_("Write the last day as 31-12-2030, from today on, or leave it empty.")
_MOST_STEPS = N_("At most %(most)s steps fit. Take one away, or put two together.")
_NO_ANSWER = N_("There is no answer yet. Write something first.")
_ANSWERED = N_("Your answer was sent. What you changed in the text above it is not kept yet.")
_UNANSWERED = N_("Your changes are kept. Your answer is not sent yet.")
_MOMENT = N_("Choose when we may ask you.")
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
        "let-in": lambda: doing.lets_join(may_join=True),
        "let-out": lambda: doing.lets_join(may_join=False),
        "plan": lambda: show_plan(here),
        "plan-keep": doing.keeps_plan,
        "plan-drop": doing.drops_plan,
        "plan-none": lambda: doing.drops_plan(is_all=True),
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

    def _whole(self, name: str) -> str:
        return conversing.clean(self._sent.get(name, [""])[0]).strip()

    def _field(self, name: str, most: int) -> str:
        """A choice or a number; what may be a text is taken whole, and refused when it is too long."""
        return self._whole(name)[:most]

    def _message_id(self) -> bytes | None:
        try:
            made = bytes.fromhex(self._sent.get("m", [""])[0])
        except ValueError:
            return None
        return made if len(made) == 16 else None

    def _day(self, name: str) -> date | None:
        """A day as 2030-12-31 or 31-12-2030: not every browser has a box for days."""
        written = self._whole(name)
        try:
            turned = _WRITTEN_DAY.fullmatch(written)
            return date(*(int(turned[at]) for at in (3, 2, 1))) if turned else date.fromisoformat(written)
        except ValueError:
            return None

    def _texts(self) -> dict[str, str]:
        return {name[5:]: conversing.clean(said[0]) for name, said in self._sent.items() if name.startswith("text-")}

    def _done(
        self,
        act: Callable[[], object],
        after: Callable[[], HttpResponse],
        again: Callable[[str, int], HttpResponse],
        most: int = 1200,
    ) -> HttpResponse:
        """The page after it is done, or `again` with why it is not: then nothing was kept or passed on."""
        if self._is_too_often:
            return again(self._words(_OFTEN), 429)
        try:
            act()
        except TextTooLong:
            return again(self._words(_LONG) % {"most": most}, 200)
        except (TooBusy, OutOfStep):
            return again(self._words(_BUSY), 503)
        except ConversationGone:
            return show_gone(self._here)
        except _REFUSED:
            return again(self._words(_SHUT if conversing.is_shut(self._sitting) else _CHANGED), 409)
        return after()

    def _standing(self, warning: str = "", status: int = 200) -> HttpResponse:
        return show_standing(self._here, warning=warning, status=status)

    def agrees(self) -> HttpResponse:
        """Yes, to exactly the text that stands in the ticked boxes."""
        one = found(self._here, self._sitting, self._more)
        if one is None:
            return show_standing(self._here)
        typed = self._texts()
        ticked = {name[3:] for name in self._sent if name.startswith("in-")}
        titles = {part.key: part.title for part in going_on.proposal(self._sitting, one.id)}
        titles.setdefault("contact", self._words(N_("How they can reach me")))
        parts = [
            going_on.Part(key, titles[key], text.strip())
            for key, text in typed.items()
            if key in ticked and key in titles and text.strip()
        ]
        until, message_id = self._day("until"), self._message_id()
        may_join = "join" in self._sent

        def again(warning: str, status: int = 200) -> HttpResponse:
            if status == 409 and not conversing.is_shut(self._sitting):
                return self._standing(warning, status)
            left_out = frozenset(set(typed) - ticked)
            return show_consent(
                self._here, one.id, warning=warning, typed=typed, left_out=left_out, may_join=may_join,
                until=self._field("until", 40), status=status,
            )  # fmt: skip

        today = day_of(self._here.moment)
        last = today + timedelta(days=going_on.limits().longest_consent_days)
        if message_id is None:
            return again(self._words(_BUSY), 400)
        if not parts:
            return again(self._words(_NOTHING))
        if until is None or not today <= until <= last:
            return again(self._words(_DAY))
        if any(len(part.text) > going_on.LONGEST_PART for part in parts):
            return again(self._words(_LONG) % {"most": going_on.LONGEST_PART})
        if any(conversing.gives_code_away(part.text, self._mine) for part in parts):
            return again(self._words(_HOLDS_CODE))
        return self._done(
            lambda: going_on.agree(
                self._sitting, self._mine, self._door, one, parts, until=until, may_join=may_join,
                language=self._here.language, message_id=message_id, pass_key=self._here.house.pass_key,
                moment=self._here.moment,
            ),
            self._standing, again, going_on.LONGEST_PART,
        )  # fmt: skip

    def takes_back(self) -> HttpResponse:
        """No, or no longer."""
        one = found(self._here, self._sitting, self._more)
        if one is None:
            return self._standing()
        return self._done(
            lambda: going_on.take_back(self._sitting, self._mine, one, self._here.moment),
            self._standing, self._standing,
        )  # fmt: skip

    def changes(self) -> HttpResponse:
        """Another text for who has it already; an answer that was begun stays in its box."""
        return self._change(is_answer=False)

    def answers(self) -> HttpResponse:
        """An answer to a question, and nothing else; it goes to that partner, and to nobody else."""
        return self._change(is_answer=True)

    def _change(self, *, is_answer: bool) -> HttpResponse:
        one = found(self._here, self._sitting, self._more)
        if one is None:
            return self._standing()
        stands = going_on.agreed(self._sitting, one)
        typed = {part.key: self._whole(f"text-{part.key}") for part in stands if f"text-{part.key}" in self._sent}
        answer = self._whole("answer")
        parts = stands
        if not is_answer:
            parts = [going_on.Part(part.key, part.title, typed.get(part.key, "")) for part in stands]
            parts = [part for part in parts if part.text]

        def again(warning: str, status: int = 200) -> HttpResponse:
            return show_given(self._here, one.id, warning=warning, typed=typed, answer=answer, status=status)

        if is_answer and not answer:
            return again(self._words(_NO_ANSWER))
        if not parts:
            return again(self._words(_NOTHING))
        texts = [answer] if is_answer else [part.text for part in parts]
        if any(len(text) > going_on.LONGEST_PART for text in texts):
            return again(self._words(_LONG) % {"most": going_on.LONGEST_PART})
        if any(conversing.gives_code_away(text, self._mine) for text in texts):
            return again(self._words(_HOLDS_CODE))

        def after() -> HttpResponse:
            if is_answer:
                is_unkept = any(typed.get(part.key, part.text) != part.text.strip() for part in stands)
                note = self._words(_ANSWERED) if is_unkept else ""
                return show_given(self._here, one.id, note=note, typed=typed)
            return show_given(self._here, one.id, note=self._words(_UNANSWERED) if answer else "", answer=answer)

        return self._done(
            lambda: going_on.change(
                self._sitting, self._mine, one, parts, answer=answer if is_answer else "",
                language=self._here.language, moment=self._here.moment,
            ),
            after, again, going_on.LONGEST_PART,
        )  # fmt: skip

    def arrives(self) -> HttpResponse:
        """Well arrived: the first desk may go."""
        one = found(self._here, self._sitting, self._more)
        if one is None:
            return self._standing()
        return self._done(
            lambda: going_on.arrived(self._sitting, self._mine, one, self._here.moment),
            self._standing, self._standing,
        )  # fmt: skip

    def lets_join(self, *, may_join: bool) -> HttpResponse:
        """Somebody of theirs may come into the conversation, or no longer; nothing else of the yes is another."""
        one = found(self._here, self._sitting, self._more)
        if one is None:
            return self._standing()
        typed, answer = self._texts(), self._whole("answer")

        def after(warning: str = "", status: int = 200) -> HttpResponse:
            """The page where the button stood, with what was typed there."""
            if not typed:
                return self._standing(warning, status)
            return show_given(self._here, one.id, warning=warning, typed=typed, answer=answer, status=status)

        return self._done(
            lambda: along.let_join(self._sitting, self._mine, one, may_join=may_join, moment=self._here.moment),
            after, after,
        )  # fmt: skip

    def drops_plan(self, *, is_all: bool = False) -> HttpResponse:
        """One version of the plan, or the whole of it, for good; what is typed and not kept stays in its boxes."""
        typed = typed_in(self._sent)
        is_unkept = "safe-signs" in self._sent and not is_same(typed, plan_of(self._sitting))
        unkept = typed if is_unkept else None
        place = int(self._more) if re.fullmatch(r"[0-9]{1,9}", self._more) else 0

        def drop() -> None:
            if is_all:
                drop_all(self._sitting, self._door, self._here.moment)
            else:
                drop_version(self._sitting, self._door, place, self._here.moment)

        return self._done(
            drop,
            lambda: show_plan(self._here, is_dropped=True, typed=unkept),
            lambda warning, status: show_plan(self._here, warning=warning, typed=unkept, status=status),
        )

    def keeps_plan(self) -> HttpResponse:
        """The plan as it stands in the form; the versions before it stay until they are deleted."""
        plan, message_id = typed_in(self._sent), self._message_id()
        safety, kept = plan["safety"], plan["steps"]

        def again(warning: str, status: int = 200) -> HttpResponse:
            return show_plan(self._here, warning=warning, typed=plan, status=status)

        if message_id is None:
            return again(self._words(_BUSY), 400)
        if len(kept) > MOST_STEPS:
            return again(self._words(_MOST_STEPS) % {"most": MOST_STEPS})
        if any(len(str(one["text"])) > LONGEST_STEP for one in kept):
            return again(self._words(_LONG) % {"most": LONGEST_STEP})
        if any(len(text) > LONGEST_BOX for text in safety.values()):
            return again(self._words(_LONG) % {"most": LONGEST_BOX})
        if any(
            conversing.gives_code_away(str(text), self._mine)
            for text in [*safety.values(), *(one["text"] for one in kept)]
        ):
            return again(self._words(_HOLDS_CODE))
        return self._done(
            lambda: keep_plan(self._sitting, self._door, plan, message_id, self._here.moment),
            lambda: show_plan(self._here, is_kept=True), again, LONGEST_BOX,
        )  # fmt: skip

    def permits(self) -> HttpResponse:
        """What contact is permitted; everything else is refused from this moment on."""
        chosen = {way: self._field(f"way-{way}", 10) for way in WAYS}
        days = frozenset(int(one) for one in self._sent.get("days", ()) if one in "0123456" and len(one) == 1)
        begin, end = self._hour("from", 23), self._hour("to", 24)
        ways = [way for way, said in chosen.items() if said == "yes"]
        until, message_id = self._day("until"), self._message_id()
        typed = {
            **{f"way-{way}": said for way, said in chosen.items()},
            "days": {str(day) for day in days},
            "from": self._field("from", 4),
            "to": self._field("to", 4),
            "who": self._field("who", 10),
            "number": self._whole("number"),
            "word": self._whole("word"),
            "until": self._field("until", 40),
        }

        def again(warning: str, status: int = 200) -> HttpResponse:
            return show_contact(self._here, warning=warning, typed=typed, status=status)

        if message_id is None:
            return again(self._words(_BUSY), 400)
        if ways and (not days or begin is None or end is None or begin == end):
            return again(self._words(_TIMES))
        if typed["until"] and (until is None or until < self._here.moment.astimezone(AMSTERDAM).date()):
            return again(self._words(_UNTIL))
        for name, most in (("number", LONGEST_NUMBER), ("word", LONGEST_WORD)):
            if len(str(typed[name])) > most:
                return again(self._words(_LONG) % {"most": most})
        window = Window(days, (begin or 0) * 60, (end or 0) * 60)
        rule = SafeContact(
            ways={ContactWay(way): WayRule((window,)) for way in ways},
            never=frozenset(way for way, said in chosen.items() if said == "never"),
            until=until,
            who_may_answer=ANYONE if typed["who"] == ANYONE else ONLY_ME,
            has_code_word=bool(typed["word"]),
        )
        return self._done(
            lambda: permit(
                self._sitting, self._mine, self._door, rule, number=str(typed["number"]),
                word=str(typed["word"]), message_id=message_id, moment=self._here.moment,
            ),
            lambda: show_contact(self._here, is_kept=True), again, LONGEST_NUMBER,
        )  # fmt: skip

    def _hour(self, name: str, most: int) -> int | None:
        written = self._field(name, 4)
        return int(written) if written.isascii() and written.isdigit() and int(written) <= most else None

    def permits_nothing(self) -> HttpResponse:
        """Everything that was permitted is taken back."""
        message_id = self._message_id()

        def again(warning: str, status: int) -> HttpResponse:
            return show_contact(self._here, warning=warning, status=status)

        if message_id is None:
            return again(self._words(_BUSY), 400)
        return self._done(
            lambda: permit_nothing(
                self._sitting, self._mine, self._door, message_id=message_id, moment=self._here.moment
            ),
            lambda: show_contact(self._here, is_kept=True),
            again,
        )

    def brings_along(self) -> HttpResponse:
        """A code for somebody of the visitor's own choice."""
        said, message_id = self._field("kind", 20), self._message_id()
        kind = BuddyKind(said) if said in set(BuddyKind) else BuddyKind.OWN_CIRCLE
        made: list[ReturnCode] = []

        def bring() -> None:
            if message_id is None:
                raise TooBusy
            code = along.bring_along(
                self._sitting, self._mine, kind=kind, may_read="may_read" in self._sent,
                pass_key=self._here.house.pass_key, message_id=message_id,
            )  # fmt: skip
            made.append(code)

        return self._done(
            bring,
            lambda: show_along(self._here, code=made[0]),
            lambda warning, status: show_along(self._here, warning=warning, status=status),
        )

    def _buddy(self) -> handovers.BuddyView | None:
        there = handovers.buddies_of(self._sitting.held.id, server_key())
        return next((one for one in there if one.id == self._more), None)

    def lets_read(self, *, may_read: bool) -> HttpResponse:
        """The conversation too, or the plan alone from now on."""
        buddy = self._buddy()
        if buddy is None:
            return show_along(self._here)
        return self._done(
            lambda: along.let_read(self._sitting, self._mine, buddy, may_read=may_read, moment=self._here.moment),
            lambda: show_along(self._here),
            lambda warning, status: show_along(self._here, warning=warning, status=status),
        )

    def parts(self) -> HttpResponse:
        """This one goes along no longer."""
        buddy = self._buddy()
        if buddy is None:
            return show_along(self._here)
        return self._done(
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
        if not is_none:
            if not (f"{days}{hour}".isascii() and days.isdigit() and hour.isdigit() and int(hour) < 24):
                return self._standing(self._words(_MOMENT))
            local = self._here.moment.astimezone(AMSTERDAM) + timedelta(days=int(days))
            at = local.replace(hour=int(hour), minute=0, second=0, microsecond=0)
        return self._done(
            lambda: company.ask_later(
                conversation_id=self._sitting.held.id, visitor_private=self._mine.private, at=at,
                moment=self._here.moment, server_key=server_key(),
            ),
            self._standing, self._standing,
        )  # fmt: skip
