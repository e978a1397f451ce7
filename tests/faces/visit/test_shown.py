"""What fits and does not lead stands on the page in parts: each once, in the order of the matching, none left out."""

from __future__ import annotations

import re

import pytest

from tests.faces.visit.conftest import Visitor
from voordeur.faces.visit import shown

_ROW = re.compile(r'<ul class="rest">(.*?)</ul>', re.S)
_NAMED = re.compile(r'name="go" value="org:([a-z0-9]+)"')
LAST = 10**5 - 1


def rows(visitor: Visitor) -> set[str]:
    """The organisations of the list below the leading ones."""
    return {code for one in _ROW.findall(visitor.main) for code in _NAMED.findall(one)}


def test_all_parts_together_are_the_whole_list(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor.comes_in()
    visitor.sends({"go": "guide"})
    whole = rows(visitor)
    assert "rest:" not in visitor.main
    assert len(whole) > 7
    monkeypatch.setattr(shown, "MOST_ROWS", 3)
    visitor.sends({"go": "guide"})
    found = [rows(visitor)]
    while f'value="rest:{len(found) + 1}"' in visitor.main:
        visitor.presses("go", f"rest:{len(found) + 1}")
        found.append(rows(visitor))
        assert visitor.main.rpartition("<details")[2].startswith(" open")
    assert [len(one) for one in found[:-1]] == [3] * (len(found) - 1)
    assert sum(map(len, found)) == len(whole)
    assert set().union(*found) == whole
    visitor.presses("go", f"rest:{len(found) - 1}")
    assert rows(visitor) == found[-2]


@pytest.mark.parametrize("part", ["0", "x", "", "-1", "٢", "9" * 400, str(LAST)])
def test_a_part_that_is_not_there_is_the_nearest(visitor: Visitor, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(shown, "MOST_ROWS", 3)
    visitor.comes_in()
    visitor.sends({"go": "guide"})
    first = rows(visitor)
    visitor.sends({"go": f"rest:{part}"})
    assert visitor.page.status_code == 200
    assert (rows(visitor) == first) is (part != str(LAST))


def test_another_part_leaves_the_open_question_open(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "MOST_ROWS", 3)
    visitor.comes_in()
    visitor.sends({"go": "ask:reach", "s": "way_in=options"})
    assert visitor.hidden["v"] == "guide:reach"
    visitor.presses("go", "rest:2")
    assert visitor.hidden["v"] == "guide:reach"
    assert 'name="q" value="reach"' in visitor.main
