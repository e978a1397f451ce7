"""`voordeur hidden`: sealed from a file, listed without address, removed; each on the trail as the operator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.records.hidden.made_up import CANARY, as_toml, said
from voordeur.faces.server_key import server_key
from voordeur.vocabulary import StaffRole

Command = Callable[..., Any]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key(settings: Any) -> Iterator[None]:
    """A server's key for these tests only."""
    settings.SERVER_SECRET = lambda: b"k" * 32
    server_key.cache_clear()
    yield
    server_key.cache_clear()


def file_of(tmp_path: Path, **changed: object) -> Path:
    file = tmp_path / "house.toml"
    file.write_text(as_toml(said(**changed)), encoding="utf-8")
    return file


def trail() -> list[tuple[str, str, str]]:
    from voordeur.records.staff.queries import audit_lines

    return [(one.who, one.what, one.about) for one in audit_lines(server_key(), last=50) if not isinstance(one, int)]


@pytest.mark.parametrize("verb", ["add", "list", "remove", "looks"])
def test_every_verb_has_help_with_an_example(voordeur: Command, verb: str) -> None:
    help_text = voordeur("hidden", verb, "--help")
    assert help_text.code == 0
    assert f"Example: voordeur hidden {verb}" in " ".join(help_text.out.split())


def test_an_entry_is_sealed_listed_by_id_and_audience_and_removed(voordeur: Command, tmp_path: Path) -> None:
    from voordeur.records.hidden.actions import reference
    from voordeur.records.hidden.queries import entries_for

    first = voordeur("hidden", "add", file_of(tmp_path))
    assert (first.code, first.err) == (0, "")
    house = first.out.splitlines()[0]
    assert re.fullmatch(r"[0-9a-f]{32}", house)
    assert "Now delete" in first.out
    coaches = voordeur("hidden", "add", file_of(tmp_path, audience="roles", roles=["coach"])).out.splitlines()[0]
    assert len(entries_for(roles={StaffRole.COACH}, server_key=server_key())) == 2
    listed = voordeur("hidden", "list")
    assert sorted(listed.out.splitlines()) == sorted([f"{house}  partners", f"{coaches}  roles coach"])
    gone = voordeur("hidden", "remove", house)
    assert gone.code == 0 and "backups" in gone.out
    assert voordeur("hidden", "list").out == f"{coaches}  roles coach\n"
    about = reference(house, server_key())
    assert trail() == [
        ("(operator)", "hidden entry added", about),
        ("(operator)", "hidden entry added", reference(coaches, server_key())),
        ("(operator)", "hidden entries listed", ""),
        ("(operator)", "hidden entry removed", about),
        ("(operator)", "hidden entries listed", ""),
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"audience": "public"}, "put it in the directory"),
        ({"region": CANARY}, "“region”"),
        ({"address": ""}, "“address”"),
        ({"organization": "nobody"}, "no organisation of the directory"),
        (dict.fromkeys(("address", "purpose", "asking", "source"), "😀" * 300), "too long"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_without_its_content(
    voordeur: Command, tmp_path: Path, directory: Any, changed: dict[str, object], sentence: str
) -> None:
    from voordeur.records.hidden.models import HiddenEntry

    answer = voordeur("hidden", "add", file_of(tmp_path, **changed))
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err and answer.err.count("\n") == 1
    assert CANARY not in answer.err
    assert not HiddenEntry.objects.exists() and trail() == []


def test_a_file_that_cannot_be_read_is_one_sentence_without_its_content(voordeur: Command, tmp_path: Path) -> None:
    broken, large = tmp_path / "broken.toml", tmp_path / "large.toml"
    broken.write_text(f"name = {CANARY}\n", encoding="utf-8")
    large.write_text("#" * 70_000, encoding="utf-8")
    for file, sentence in ((broken, "is not TOML"), (large, "too large"), (tmp_path / "no.toml", "cannot be read")):
        answer = voordeur("hidden", "add", file)
        assert (answer.code, answer.out) == (2, "")
        assert sentence in answer.err and answer.err.count("\n") == 1 and CANARY not in answer.err


def test_an_entry_that_is_not_there_is_not_removed(voordeur: Command) -> None:
    answer = voordeur("hidden", "remove", "f" * 32)
    assert answer.code == 1 and "There is no hidden entry" in answer.err
    assert trail() == []


def test_an_entry_of_another_key_is_said_to_be_so(voordeur: Command, tmp_path: Path, settings: Any) -> None:
    voordeur("hidden", "add", file_of(tmp_path))
    settings.SERVER_SECRET = lambda: b"o" * 32
    server_key.cache_clear()
    assert "cannot be opened with this server's key" in voordeur("hidden", "list").out


def test_the_reasons_of_looks_are_shown_beside_their_line_and_that_is_on_the_trail(
    voordeur: Command, tmp_path: Path
) -> None:
    from voordeur.faces.terminal.ground import moment_now
    from voordeur.records.hidden.actions import look, reference

    house, why = voordeur("hidden", "add", file_of(tmp_path)).out.splitlines()[0], "ouder met kind, vannacht"
    look(entry_id=house, roles={StaffRole.COACH}, who="ilse", reason=why, moment=moment_now(), server_key=server_key())
    shown = voordeur("hidden", "looks", "--last", "5").out
    assert shown.split(maxsplit=3) == ["2", str(moment_now().date()), reference(house, server_key()), f"{why}\n"]
    assert trail()[-1] == ("(operator)", "reasons of looks shown", "")
