"""From a draft to what visitors see, and back again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.faces.desk.colleagues import server
from tests.faces.editorial.conftest import ENTRY, PHONE, Keeper
from voordeur.records.directory import history, publishing
from voordeur.records.directory.queries import current_directory
from voordeur.records.staff import actions
from voordeur.records.staff.queries import Team, audit_lines, team_by_slug
from voordeur.records.staff.trail import Line
from voordeur.vocabulary import StaffRole


def _phone() -> str | None:
    return current_directory().organizations[ENTRY].services[0].channels[0].contact.value


def test_a_changed_field_is_compared_published_seen_and_undone(stella: Keeper) -> None:
    before = _phone()
    assert before
    draft = stella.changes()
    assert before in stella.text and "088 234 24 00" in stella.text and "blijfgroep.nl, 30-11-2026" in stella.text
    assert _phone() == before
    stella.publishes(draft)
    assert _phone() == "088 234 24 00"
    view = current_directory().organizations[ENTRY].services[0].channels[0]
    assert view.sources["value"].date == "2026-11-30"
    stella.opens(f"/o/{ENTRY}")
    stella.sends(
        f"/o/{ENTRY}/undo", seen_at=f"/o/{ENTRY}", seen=stella.hidden("seen"), reason="That number was of the press."
    )
    assert _phone() == before
    assert "undone" in stella.text and PHONE in stella.text


def test_a_proposal_of_the_organisation_is_published_by_a_steward_and_not_by_themselves(
    stella: Keeper, pia: Keeper
) -> None:
    draft = pia.changes()
    pia.sends(f"{draft}/decide", seen_at=draft, status=404, decision="publish", reason="Ours.")
    pia.sends(f"{draft}/decide", seen_at=draft, decision="propose", reason="Our own number.")
    assert "Our own number." in pia.text and "proposed, by the organisation itself" in stella.opens()
    stella.publishes(draft)
    assert _phone() == "088 234 24 00"
    assert "Looked at again." in pia.opens(f"/o/{ENTRY}")


def test_a_steward_who_works_for_the_organisation_does_not_check_what_it_says(stella: Keeper, pia: Keeper) -> None:
    team = actions_of_team(ENTRY)
    actions.add_member(
        staff=stella.colleague.staff, team=team, role=StaffRole.RESPONDER, moment=datetime.now(UTC)
    )  # fmt: skip
    draft = pia.changes()
    pia.sends(f"{draft}/decide", seen_at=draft, decision="propose", reason="Ours.")
    stella.sends(f"{draft}/decide", seen_at=draft, status=404, decision="publish", reason="Mine.")


def actions_of_team(slug: str) -> Team:
    """The team with this code."""
    team = team_by_slug(slug)
    assert team is not None
    return team


def test_a_refusal_gives_its_reason_to_the_organisation(stella: Keeper, pia: Keeper) -> None:
    draft = pia.changes()
    pia.sends(f"{draft}/decide", seen_at=draft, decision="propose", reason="Ours.")
    stella.sends(f"{draft}/decide", seen_at=draft, decision="refuse", reason="Not on your page.")
    assert "Not on your page." in pia.opens(f"/o/{ENTRY}") and "not taken over" in pia.text


def test_what_was_published_meanwhile_must_be_looked_at_first(stella: Keeper) -> None:
    draft = stella.changes()
    stella.sends(
        f"{draft}/decide", seen_at=draft, status=400, decision="publish", seen="0" * 64, reason="Looked."
    )  # fmt: skip
    assert "was changed meanwhile" in stella.text and _phone() != "088 234 24 00"


def test_what_was_published_meanwhile_is_shown_and_taken_along_only_when_somebody_says_so(
    stella: Keeper, pia: Keeper
) -> None:
    proposed = pia.changes("website", value="https://own.example/")
    pia.sends(f"{proposed}/decide", seen_at=proposed, decision="propose", reason="Ours.")
    draft = stella.changes()
    stella.publishes(proposed)
    number = int(draft.rpartition("/")[2])
    before = history.version_by_id(number)
    stella.opens(draft)
    assert "Something was published meanwhile" in stella.text and 'value="publish"' not in stella.text
    assert history.version_by_id(number) == before
    seen = publishing.fingerprint(ENTRY)
    stella.sends(f"{draft}/decide", seen_at=draft, status=400, decision="publish", seen=seen, reason="Looked.")
    stella.sends(f"{draft}/decide", seen_at=draft, decision="follow")
    assert "Something was published meanwhile" not in stella.text
    stella.publishes(draft)
    assert _phone() == "088 234 24 00"
    assert current_directory().organizations[ENTRY].website == "https://own.example/"
    lines = [one.what for one in audit_lines(server(), last=5) if isinstance(one, Line)]
    assert "entry version brought up to date" in lines


def test_where_both_changed_a_field_the_comparison_says_so(stella: Keeper, pia: Keeper) -> None:
    proposed = pia.changes(value="088 234 24 11")
    pia.sends(f"{proposed}/decide", seen_at=proposed, decision="propose", reason="Ours.")
    draft = stella.changes()
    stella.publishes(proposed)
    assert "changed in this version too; below, this version counts" in stella.opens(draft)


def test_only_who_decides_or_began_it_takes_along_what_was_published(stella: Keeper, pia: Keeper) -> None:
    mine = stella.changes()
    pia.sends(f"{mine}/decide", seen_at=f"/o/{ENTRY}/service", status=404, decision="follow")
    theirs = pia.changes("website", value="https://own.example/")
    stella.publishes(mine)
    stella.sends(f"{theirs}/decide", seen_at=f"/o/{ENTRY}/service", status=404, decision="follow")
    pia.sends(f"{theirs}/decide", seen_at=theirs, decision="follow")
    assert "https://own.example/" in pia.text and "088 234 24 00" not in pia.text


def test_one_change_is_left_out_of_a_draft_and_the_others_stay(stella: Keeper) -> None:
    was = _phone()
    stella.changes("website", value="https://own.example/")
    draft = stella.changes()
    assert f'name="change" value="{PHONE}"' in stella.opens(draft)
    for _ in range(2):  # a second press finds nothing to leave out
        stella.sends(f"{draft}/decide", seen_at=draft, decision="back", change=PHONE)
        assert "https://own.example/" in stella.text and "088 234 24 00" not in stella.text
    stella.publishes(draft)
    assert _phone() == was and current_directory().organizations[ENTRY].website == "https://own.example/"
    lines = [(one.what, one.about) for one in audit_lines(server(), last=5) if isinstance(one, Line)]
    assert lines.count(("entry change taken back", f"{ENTRY}:{PHONE}")) == 1


@pytest.mark.parametrize("typed", ["", "x" * 200, "Noor is ill\nand away", f"{PHONE}.more", "services.nosuch"])
def test_what_is_no_change_of_the_draft_is_neither_left_out_nor_written_in_the_trail(
    stella: Keeper, typed: str
) -> None:
    draft = stella.changes()
    before = audit_lines(server(), last=50)
    stella.sends(f"{draft}/decide", seen_at=draft, decision="back", change=typed)
    assert "088 234 24 00" in stella.text and audit_lines(server(), last=50) == before


def test_only_who_writes_in_a_draft_leaves_a_change_out(stella: Keeper, pia: Keeper) -> None:
    mine, theirs = stella.changes(), pia.changes(value="088 234 24 11")
    back = {"decision": "back", "change": PHONE}
    pia.sends(f"{mine}/decide", seen_at=f"/o/{ENTRY}/service", status=404, **back)
    stella.sends(f"{theirs}/decide", seen_at=f"/o/{ENTRY}/service", status=404, **back)
    pia.sends(f"{theirs}/decide", seen_at=theirs, decision="propose", reason="Ours.")
    for who in (pia, stella):
        assert "088 234 24 11" in who.opens(theirs) and 'value="back"' not in who.text
        who.sends(f"{theirs}/decide", seen_at=theirs, status=404, **back)


def test_a_draft_is_thrown_away(stella: Keeper) -> None:
    draft = stella.changes()
    stella.sends(f"{draft}/decide", seen_at=draft, decision="discard")
    stella.opens(draft, 404)


def test_the_trail_says_who_did_what_and_nothing_of_what_was_written(stella: Keeper) -> None:
    stella.publishes(stella.changes())
    lines = [one for one in audit_lines(server(), last=5) if isinstance(one, Line) and one.who == "stella"]
    done = [(one.what, one.about) for one in lines]
    assert done[0] == ("entry field changed", f"{ENTRY}:{PHONE}")
    assert done[1][0] == "entry published"
    assert "088" not in repr(lines) and "Looked" not in repr(lines)
