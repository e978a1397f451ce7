"""Warm hand-overs in the story that `test_sealed` searches: proposed, changed, withheld, asked, declined, accepted.

With them come what goes along: a plan, safe contact, a moment to be asked again, two buddies, and an override for
vital danger that two people sign. Everything typed holds the canary; names of partners, states, reasons and days are
marks of their own.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta

from tests.trips.onward import Offer, agrees, asked_of, brings_along, proposes
from tests.trips.professional import Held, Professional
from tests.trips.story import CANARY, Story
from tests.trips.visitor import Visitor, as_bytes, as_text
from voordeur.secrecy.envelope import Context, seal
from voordeur.secrecy.keyring import new_key, parcel_context, wrap

#: Days from now on which something of a hand-over is; no other day that is kept is so far away.
CONSENT_DAYS, OVERRIDE_DAYS, CONTACT_DAYS, AGREED_DAYS, CHECK_IN_DAYS = 37, 41, 45, 12, 14
PARTS = {
    "story": f"{CANARY} the story",
    "need": f"{CANARY} what is needed",
    "children": f"{CANARY} withheld in the end",
}
NUMBER, CODE_WORD = f"06-{secrets.randbelow(10**10):010}", f"Sleutelbloem{secrets.token_hex(5)}"
ADDRESS = f"team-{CANARY.lower()}@mail.example"
#: What may be read only where it is a public fact: in the rows of the directory and of teams.
OF_PARTNERS = ("Veilig Thuis", "veilig-thuis", "veilig-team", "fier-team", '"fier"', "Leeuwarden")
#: Words of states, reasons and ways, and how labels call what they hold.
OF_LABELS = (
    "drafted", "consented", "offered", "accepted", "in_contact", "completed", "declined", "expired", "withdrawn",
    '"asked"', "no_place", '"phone"', '"here"', '"mail"', "own_circle", "intermediary", "organization", "override_by",
    "override_second", "is_danger", "is_untold", "agreed_at", "agreed_way", "may_read", "check_in_at", "who_may_answer",
    "only_me", '"until"', '"reason"', '"guest"', '"desk"', '"state"', '"since"',
)  # fmt: skip


def _day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def tell_onward(story: Story) -> None:
    """All of it, in four conversations."""
    story.house.program("tests.trips.notices", "veilig-team", ADDRESS)
    story.marks |= {
        "the number": NUMBER, "the number, digits alone": NUMBER.replace("-", ""), "the code word": CODE_WORD,
        "the address of a team": ADDRESS,
    }  # fmt: skip
    for days in (CONSENT_DAYS, OVERRIDE_DAYS, CONTACT_DAYS, AGREED_DAYS, CHECK_IN_DAYS):
        year, month, day = _day(days).split("-")
        for between in ("-", "", "/"):
            story.marks |= {
                f"{days} days ahead, {between!r}": between.join((year, month, day)),
                f"{days} days ahead, turned, {between!r}": between.join((day, month, year)),
            }
    guest_inside(story)
    signed_by_two(story)
    declined_then_back(story)  # it waits at the end


def _held(story: Story, name: str, text: str) -> tuple[Visitor, Held]:
    visitor = story.visitor(name)
    visitor.says(f"{CANARY} {text}")
    return visitor, story.takes_up("noor", name)


def _keeps_contact(visitor: Visitor) -> None:
    visitor.presses("talk:contact")
    kept = visitor.presses(
        "talk:contact-keep",
        **{"way-phone": "yes", "way-mail": "never", "days": "2", "from": "10", "to": "12", "who": "only_me"},
        number=NUMBER, word=CODE_WORD, until=_day(CONTACT_DAYS),
    )  # fmt: skip
    assert NUMBER in kept.text and CODE_WORD in kept.text, kept.text[-3000:]


def declined_then_back(story: Story) -> None:
    """Two partners: the first says no with a word, the second comes in, goes on, and is taken back."""
    fenna, gijs = story.people["fenna"], story.people["gijs"]
    visitor, held = _held(story, "onward", "I want to go on")
    story.keep_code("onward", *visitor.takes_code())
    visitor.presses("talk:plan")
    kept = visitor.presses("talk:plan-keep", **{"safe-place": f"{CANARY} to an aunt", "step-0": f"{CANARY} a bag"})
    assert CANARY in kept.text
    _keeps_contact(visitor)
    _asks_to_be_asked(story, visitor)
    _buddies(story, visitor)
    first, second = (proposes(held, name, PARTS, days=CONSENT_DAYS) for name in ("fier", "veilig-thuis"))
    assert asked_of(visitor) == [first, second]
    agrees(visitor, first, keep=["story", "need", "contact"], change={"story": f"{CANARY} the story, changed"})
    agrees(visitor, second, keep=["need"])
    offer = Offer(fenna, first)
    story.marks[f"key of the text {first}"] = offer.key
    assert NUMBER in offer.parts["contact"] and "children" not in offer.parts
    _talks_about_it(visitor, offer)
    offer.declines("no_place", f"{CANARY} no place until spring", might="veilig-thuis")
    going = Offer(gijs, second)
    story.marks[f"key of the text {second}"] = going.key
    assert going.accepts("here", hours=24 * AGREED_DAYS)[0] == 200
    guest = _comes_in(story, going, held, "onward")
    assert visitor.presses(f"talk:arrived:{second}").status == 200
    guest.material = gijs.gets("open", id=held.id)
    assert guest.renews_keys()
    guest.says(f"{CANARY} only we")
    story.held["onward, with the partner"] = guest
    visitor.presses(f"talk:back:{second}")
    assert gijs.ask("offer", handover=second)[0] == 404
    visitor.presses("talk")
    visitor.says(f"{CANARY} still there")
    story.handovers |= {"declined": first, "taken back": second}


def _asks_to_be_asked(story: Story, visitor: Visitor) -> None:
    visitor.presses("talk:standing")
    assert "talk:later-none" in visitor.presses("talk:later", days=str(CHECK_IN_DAYS), hour="15").text


def _buddies(story: Story, visitor: Visitor) -> None:
    for name, kind, may_read in (("buddy", "own_circle", False), ("buddy who reads", "intermediary", True)):
        words, digits = brings_along(visitor, kind, may_read=may_read)
        story.keep_code(name, words, digits)
        friend = story.visitor(name)
        friend.presses("talk:return")
        page = friend.presses("talk:open", code=digits)
        assert f"{CANARY} to an aunt" in page.text and (f"{CANARY} I want" in page.text) is may_read
        story.marks[f"pass of {name}"] = as_bytes(page.field("b"))[12:]


def _talks_about_it(visitor: Visitor, offer: Offer) -> None:
    """A question, its answer, and another text for the same partner."""
    offer.asks(f"{CANARY} since when?")
    visitor.presses(f"talk:given:{offer.id}")
    visitor.presses(f"talk:answer:{offer.id}", answer=f"{CANARY} since summer")
    assert offer.remarks() == [f"{CANARY} since when?", f"{CANARY} since summer"]
    changed = {f"text-{key}": text for key, text in offer.parts.items()} | {"text-need": f"{CANARY} needed now"}
    visitor.presses(f"talk:given:{offer.id}")
    visitor.presses(f"talk:change:{offer.id}", **changed)
    offer.told = offer.by.gets("offer", handover=offer.id)
    assert offer.parts["need"] == f"{CANARY} needed now"


def _comes_in(story: Story, going: Offer, held: Held, name: str) -> Held:
    guest = going.joins(held)
    guest.says(f"{CANARY} from the guest")
    held.says(f"{CANARY} from the first desk beside the guest")
    story.held[f"{name}, as a guest"] = guest
    return guest


def guest_inside(story: Story) -> None:
    """One that is agreed and goes on: the guest is in the conversation, and everything of it lies there."""
    visitor, held = _held(story, "with guest", "somebody may come in")
    one = proposes(held, "fier", PARTS, days=CONSENT_DAYS)
    agrees(visitor, one, keep=["story", "need"])
    offer = Offer(story.people["fenna"], one)
    story.marks[f"key of the text {one}"] = offer.key
    _talks_about_it(visitor, offer)
    assert offer.accepts("here", hours=24 * AGREED_DAYS)[0] == 200
    _comes_in(story, offer, held, "with guest")
    story.handovers["agreed"] = one


def signed_by_two(story: Story) -> None:
    """No yes, and danger: reason and text are laid before a second person, who signs."""
    noor, ilse = story.people["noor"], story.people["ilse"]
    _, held = _held(story, "in danger", "he has a knife")
    noor.gets("danger", id=held.id)
    one = proposes(held, "veilig-thuis", PARTS, days=OVERRIDE_DAYS)
    key = new_key()
    raw, context = bytes.fromhex(one), parcel_context(bytes.fromhex(one))
    told = noor.gets("handovers", id=held.id)
    parts = [{"key": "story", "title": "Story", "text": f"{CANARY} without a yes"}]
    noor.gets(
        "override",
        id=held.id,
        handover=one,
        reason=_sealed(key, Context(raw, "q", 1), {"t": f"{CANARY} a life is in danger"}),
        envelope=_sealed(key, Context(raw, "o", 1), {"parts": parts}),
        for_desk=as_text(wrap(as_bytes(told["desk_public"]), key, context)),
        is_untold=True,
    )
    waits = ilse.gets("overrides")["overrides"]
    assert [each["handover"] for each in waits] == [one]
    _signs(ilse, one, key, str(ilse.gets("override_look", handover=one)["partner_public"]))
    assert Offer(story.people["gijs"], one).parts == {"story": f"{CANARY} without a yes"}
    story.marks[f"key of the text {one}"] = key
    story.handovers["signed by two"] = one


def _signs(second: Professional, one: str, key: bytes, public: str) -> None:
    sealed = wrap(as_bytes(public), key, parcel_context(bytes.fromhex(one)))
    second.gets("override_sign", handover=one, for_partner=as_text(sealed))


def _sealed(key: bytes, context: Context, said: object) -> str:
    return as_text(seal(key, context, json.dumps(said).encode()))
