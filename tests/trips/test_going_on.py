"""The whole of a warm hand-over in one running installation, script off on the visitor's side (docs/trips.md, 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.trips.installation import Installation, installation
from tests.trips.onward import Offer, agrees, asked_of, offers, proposes, texts_on
from tests.trips.professional import Held, Professional
from tests.trips.visitor import Visitor


@dataclass
class Scene:
    """Both sides at work."""

    house: Installation
    noor: Professional
    fenna: Professional
    gijs: Professional

    def visitor(self, text: str) -> tuple[Visitor, Held]:
        """Somebody who talks with Noor."""
        someone = Visitor(self.house.public_port)
        someone.enters()
        someone.says(text)
        self.noor.is_at_work()
        held = self.noor.picks_up(self.noor.waiting()[0]["id"])
        return someone, held


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with installation(tmp_path_factory.mktemp("onward")) as house:
        people = {name: Professional(house.desk_port, sign_in) for name, sign_in in house.cast.people.items()}
        for name in ("noor", "fenna", "gijs"):
            people[name].signs_in()
        yield Scene(house, people["noor"], people["fenna"], people["gijs"])


PARTS = {"story": "Dit gebeurde er.", "need": "Een veilige plek.", "children": "Twee kinderen."}


def test_from_talk_to_another_organisation_and_back(scene: Scene) -> None:
    """Two are proposed, a part withheld; one declines, the other accepts, joins and goes on; then it is taken back."""
    visitor, held = scene.visitor("ik wil weg")
    first, second = proposes(held, "fier", PARTS), proposes(held, "veilig-thuis", PARTS)
    assert offers(scene.fenna) == offers(scene.gijs) == [], "nothing goes out before the visitor's yes"
    assert asked_of(visitor) == [first, second]
    page = visitor.presses(f"talk:ask:{first}")
    assert texts_on(page.text) == PARTS and "Fier" in page.text

    agrees(visitor, first, keep=["story", "need"])
    agrees(visitor, second, keep=["need"], change={"need": "Alleen een plek, meer hoeven ze niet te weten."})
    assert [one["handover"] for one in offers(scene.fenna)] == [first]
    assert offers(scene.gijs) == [], "one at a time: the next is asked when the first cannot"
    offer = Offer(scene.fenna, first)
    assert offer.parts == {"story": PARTS["story"], "need": PARTS["need"]}, "what was withheld is not there"

    offer.asks("Sinds wanneer?")
    page = visitor.presses(f"talk:given:{first}")
    assert "Sinds wanneer?" in page.text
    visitor.presses(f"talk:answer:{first}", answer="Sinds de zomer.")
    assert offer.remarks() == ["Sinds wanneer?", "Sinds de zomer."]
    offer.told = scene.fenna.gets("offer", handover=first)
    offer.declines("no_place", "Wij zitten vol tot januari.", might="veilig-thuis")
    assert scene.fenna.ask("offer", handover=first)[0] == 404, "who said no reads nothing any more"

    assert [one["handover"] for one in offers(scene.gijs)] == [second]
    going = Offer(scene.gijs, second)
    assert going.parts == {"need": "Alleen een plek, meer hoeven ze niet te weten."}
    status, refused = going.accepts("phone")
    assert status == 400 and "permit" in refused["error"], "no telephone unless the visitor permits it"
    assert going.accepts("here")[0] == 200

    held.says("Ik stel je voor aan Gijs.")
    guest = going.joins(held)
    assert [one["t"] for one in guest.everything()] == [], "nothing of before, but what was agreed"
    guest.says("Dag, ik ben Gijs.")
    held.says("Dan laat ik jullie samen.")
    visitor.says("Fijn.")
    assert [one["t"] for one in guest.reads() if one["direction"] in "vd"] == [
        "Dag, ik ben Gijs.", "Dan laat ik jullie samen.", "Fijn.",
    ]  # fmt: skip
    assert [text for _, text in visitor.reads_all()][-3:] == ["Dag, ik ben Gijs.", "Dan laat ik jullie samen.", "Fijn."]

    page = visitor.presses("talk:standing")
    assert "Fier" not in page.text and "Veilig Thuis" not in page.text, "no name until it is asked for"
    assert visitor.presses(f"talk:arrived:{second}").status == 200
    assert scene.noor.ask("open", id=held.id)[0] == 404, "the first desk has gone"
    guest.material = scene.gijs.gets("open", id=held.id)
    assert guest.renews_keys()
    guest.says("Nu alleen wij.")
    assert [text for _, text in visitor.reads_all()][-1] == "Nu alleen wij."

    visitor.presses(f"talk:back:{second}")
    assert offers(scene.gijs) == []
    assert scene.gijs.ask("offer", handover=second)[0] == 404
    assert scene.gijs.ask("open", id=held.id)[0] == 404, "also the conversation that was handed over comes back"
    scene.noor.is_at_work()
    again = scene.noor.picks_up(held.id)
    mine = [again.opened(place) for place, one in sorted(again.messages.items()) if one["epoch"] in again.keys]
    said = [one["t"] for one in mine if one["direction"] in "vd"]
    assert said[0] == "ik wil weg" and "Nu alleen wij." not in said, "what was said with the partner stays between them"
    visitor.presses("talk")
    visitor.says("Ik ben er nog.")
    again._learns(scene.noor.gets("read", id=held.id, after=max(again.messages)))
    assert again.opened(max(again.messages))["t"] == "Ik ben er nog."


def test_who_takes_it_back_in_the_middle_shows_the_guest_out(scene: Scene) -> None:
    visitor, held = scene.visitor("en dan?")
    handover = proposes(held, "fier", PARTS)
    agrees(visitor, handover, keep=["story"])
    going = Offer(scene.fenna, handover)
    assert going.accepts("here")[0] == 200
    guest = going.joins(held)
    guest.says("Hallo")
    visitor.presses(f"talk:back:{handover}")
    assert scene.fenna.ask("read", id=held.id, after=0)[0] == 404
    held._learns(scene.noor.gets("open", id=held.id))
    held.says("Nog steeds hier")
    assert held.epoch not in guest.keys, "what follows is under keys that the guest never had"
    assert [text for _, text in visitor.reads_all()][-1] == "Nog steeds hier"
    assert "Hallo" in [text for _, text in visitor.reads_all()], "the story stays whole for the visitor"


def test_of_several_who_accept_at_once_one_does_and_taking_back_at_that_moment_wins_or_comes_after(
    scene: Scene,
) -> None:
    visitor, held = scene.visitor("wie helpt mij")
    handover = proposes(held, "fier", PARTS)
    agrees(visitor, handover, keep=["need"])
    going = Offer(scene.fenna, handover)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: going.accepts("here")[0], range(6)))
    assert sorted(answers) == [200, *[400] * 5], answers
    other = proposes(held, "veilig-thuis", PARTS)
    visitor.presses("talk:standing")
    with ThreadPoolExecutor(2) as pool:
        back = pool.submit(visitor.presses, f"talk:back:{handover}")
        joined = pool.submit(scene.fenna.ask, "offer_join", handover=handover)
    assert back.result().status == 200 and joined.result()[0] in (200, 400, 404)
    assert scene.fenna.ask("offer", handover=handover)[0] == 404 and offers(scene.fenna) == []
    assert asked_of(visitor) == [other], "nothing else changed"


def test_a_buddy_sees_plan_and_standing_and_not_the_conversation(scene: Scene) -> None:
    visitor, held = scene.visitor("niemand weet dit")
    visitor.presses("talk:plan")
    visitor.presses("talk:plan-keep", **{"safe-place": "naar tante Bep", "step-0": "tas klaarzetten", "done-0": "1"})
    assert [one["plan"]["safety"]["place"] for one in held.reads() if one["direction"] == "p"] == ["naar tante Bep"]
    visitor.presses("talk:along")
    page = visitor.presses("talk:along-make", kind="own_circle")
    _, digits = page.code
    friend = Visitor(scene.house.public_port)
    friend.enters()
    friend.presses("talk:return")
    page = friend.presses("talk:open", code=digits)
    assert "naar tante Bep" in page.text and "tas klaarzetten" in page.text
    assert "niemand weet dit" not in page.text
    buddy = page.field("b")
    assert buddy and not page.field("c")

    visitor.presses("talk:along")
    found = re.search(r"talk:along-read:([0-9a-f]{32})", visitor.page.text)
    assert found
    visitor.presses(f"talk:along-read:{found[1]}")
    assert "niemand weet dit" in friend.presses("talk:beside", b=buddy).text
    visitor.presses(f"talk:along-plan:{found[1]}")
    visitor.says("dit ook niet")
    text = friend.presses("talk:beside", b=buddy).text
    assert "niemand weet dit" not in text and "dit ook niet" not in text and "naar tante Bep" in text
    visitor.presses("talk:along")
    visitor.presses(f"talk:along-end:{found[1]}")
    assert "naar tante Bep" not in friend.presses("talk:beside", b=buddy).text
