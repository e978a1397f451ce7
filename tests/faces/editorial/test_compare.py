"""From a draft to what visitors see, and back again."""

from __future__ import annotations

from tests.faces.editorial.conftest import ENTRY, PHONE, Keeper
from voordeur.records.directory.queries import current_directory


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
