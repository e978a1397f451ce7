"""`voordeur staff`, `team` and `audit`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from voordeur.faces.server_key import server_key
from voordeur.records.directory.queries import Directory

Command = Callable[..., Any]
VERBS = [
    ("staff", "add"), ("staff", "list"), ("staff", "off"), ("staff", "reset"), ("staff", "role"),
    ("team", "add"), ("team", "list"), ("audit", "verify"), ("audit", "show"),
]  # fmt: skip
ADD = ("staff", "add", "noor", "--shown", "Noor", "--language", "nl", "--team", "central", "--role", "responder")


@pytest.fixture(autouse=True)
def key(settings: Any) -> Iterator[None]:
    """A server's key for these tests only."""
    settings.SERVER_SECRET = lambda: b"k" * 32
    server_key.cache_clear()
    yield
    server_key.cache_clear()


@pytest.fixture
def team(db: None, voordeur: Command) -> None:
    """The team “central”, made at the terminal."""
    assert voordeur("team", "add", "central", "--name", "Central team").code == 0


def _phrase(said: str) -> str:
    found = re.search(r"first passphrase  ((?:[a-z0-9]{5}-){3}[a-z0-9]{5})\n", said)
    assert found is not None, said
    return found[1]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(voordeur: Command, verb: tuple[str, ...]) -> None:
    said = voordeur(*verb, "--help")
    assert said.code == 0
    assert f"Example: voordeur {' '.join(verb)}" in " ".join(said.out.split())


def test_a_login_is_made_with_a_passphrase_that_opens_it_and_stands_nowhere_else(voordeur: Command, team: None) -> None:
    from voordeur.records.staff.models import Staff

    said = voordeur(*ADD)
    assert (said.code, said.err) == (0, "")
    staff = Staff.objects.get()
    assert staff.check_password(_phrase(said.out))
    assert [(one.team.slug, one.role) for one in staff.memberships.all()] == [("central", "responder")]
    assert _phrase(said.out) not in voordeur("audit", "show").out + voordeur("staff", "list").out


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        ((*ADD[:2], "No Or", *ADD[3:]), "A login name of 2 to 40", 2),
        ((*ADD[:-4], "--team", "nowhere", *ADD[-2:]), "There is no team “nowhere”", 1),
        ((*ADD[:-1], "boss"), "invalid choice: 'boss'", 2),
        ((*ADD[:5], "--language", "klingon", *ADD[7:]), "not a code of a language", 2),
        (("staff", "off", "nobody"), "There is no login “nobody”", 1),
        (("staff", "reset", "nobody"), "There is no login “nobody”", 1),
        (("staff", "role", "nobody", "--team", "central", "--role", "coach"), "There is no login", 1),
        (("team", "add", "Central", "--name", "C"), "A team's code of 2 to 40", 2),
        (("team", "add", "central", "--name", "C"), "There is already a team “central”", 2),
        (("audit", "show", "--last", "0"), "“0” is not a number from 1", 2),
    ],
)
def test_a_mistake_is_one_sentence_and_changes_nothing(
    voordeur: Command, team: None, arguments: tuple[str, ...], sentence: str, code: int
) -> None:
    from voordeur.records.staff.models import Staff

    said = voordeur(*arguments)
    assert said.code == code
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert not Staff.objects.exists()


def test_a_name_that_is_taken_is_refused(voordeur: Command, team: None) -> None:
    voordeur(*ADD)
    said = voordeur(*ADD)
    assert (said.code, said.out) == (2, "")
    assert "already a login “noor”" in said.err


def test_switching_off_says_which_team_keys_to_renew(voordeur: Command, team: None) -> None:
    from voordeur.records.staff.models import Membership, Staff

    voordeur(*ADD)
    Membership.objects.update(sealed_team_key=b"s" * 60)
    said = voordeur("staff", "off", "noor")
    assert said.code == 0
    assert "Renew those team keys" in said.out
    assert "central" in said.out
    assert not Staff.objects.get().is_active
    assert "off since" in voordeur("staff", "list").out


def test_a_reset_gives_another_passphrase_and_says_what_it_does_not_do(voordeur: Command, team: None) -> None:
    from voordeur.records.staff.models import Staff

    first = _phrase(voordeur(*ADD).out)
    said = voordeur("staff", "reset", "noor")
    assert said.code == 0
    assert _phrase(said.out) != first
    assert Staff.objects.get().check_password(_phrase(said.out))
    assert "does not bring back a lost key phrase" in said.out


def test_roles_are_given_and_taken(voordeur: Command, team: None) -> None:
    voordeur(*ADD)
    voordeur("staff", "role", "noor", "--team", "central", "--role", "coach")
    assert "central:coach, central:responder" in voordeur("staff", "list").out
    voordeur("staff", "role", "noor", "--team", "central", "--role", "responder", "--remove")
    assert "responder" not in voordeur("staff", "list").out


def test_teams_are_listed_with_their_people(voordeur: Command, team: None) -> None:
    voordeur(*ADD)
    voordeur("staff", "role", "noor", "--team", "central", "--role", "coach")
    said = voordeur("team", "list").out
    assert re.fullmatch(r"central +no key yet +recovery none +1 people  Central team\n", said)


def test_everything_that_the_operator_does_stands_on_the_trail(voordeur: Command, team: None) -> None:
    voordeur(*ADD)
    voordeur("staff", "role", "noor", "--team", "central", "--role", "coach")
    voordeur("staff", "reset", "noor")
    voordeur("staff", "off", "noor")
    voordeur("audit", "show")
    what = [re.split(r"\s{2,}", line.strip())[2:] for line in voordeur("audit", "show", "--last", "4").out.splitlines()]
    assert [one[1:] for one in what] == [
        ["role given", "noor:coach"], ["staff reset", "noor"], ["staff switched off", "noor"], ["trail shown", "20"],
    ]  # fmt: skip
    assert {one[0] for one in what} == {"(operator)"}


def test_a_whole_trail_is_verified_with_0_and_its_end(voordeur: Command, team: None) -> None:
    said = voordeur("audit", "verify")
    assert (said.code, said.err) == (0, "")
    assert re.match(r"line 1  chain [0-9a-f]{64}\nNo fault was found\.", said.out)


def test_a_trail_with_a_fault_is_told_with_1_and_a_line_for_each(voordeur: Command, team: None) -> None:
    from voordeur.records.staff.models import AuditLine

    voordeur(*ADD)
    AuditLine.objects.filter(number=2).delete()
    said = voordeur("audit", "verify")
    assert said.code == 1
    assert said.err == "The trail ends at line 1; line 2 was the last one written.\n"
    assert said.out.endswith("faults: 1\n")


def test_a_line_that_cannot_be_opened_is_said_to_be_so(voordeur: Command, team: None, settings: Any) -> None:
    settings.SERVER_SECRET = lambda: b"o" * 32
    server_key.cache_clear()
    assert "cannot be opened with this server's key" in voordeur("audit", "show").out


def test_a_fresh_clone_makes_tables_and_key_by_itself(process: Command, environment: dict[str, str]) -> None:
    said = process("team", "add", "central", "--name", "Central")
    assert said.code == 0
    data = Path(environment["VOORDEUR_DATA"])
    assert said.err == f"A key for this server was made: {data / 'server.key'}. Keep a copy, apart from the backups.\n"
    assert process("audit", "verify").code == 0
    (data / "server.key").chmod(0o644)
    said = process("staff", "list")
    assert (said.code, said.out) == (2, "")
    assert "is open to others" in said.err
    assert said.err.count("\n") == 1


def test_a_partners_team_belongs_to_an_organisation_of_the_directory(
    voordeur: Command, directory: Directory, db: None
) -> None:
    from voordeur.records.staff.queries import team_by_slug

    said = voordeur("team", "add", "fier-team", "--name", "Fier", "--organization", "fier")
    assert (said.code, said.out) == (0, "fier-team  Fier\n")
    made = team_by_slug("fier-team")
    assert made is not None and made.organization == "fier"
    assert "(partner: fier)" in voordeur("team", "list").out
    wrong = voordeur("team", "add", "other", "--name", "Other", "--organization", "no-such-one")
    assert (wrong.code, "There is no organisation “no-such-one”" in wrong.err) == (1, True)
    assert team_by_slug("other") is None


@pytest.mark.parametrize(
    "ending",
    [("staff", "off", "fay"), ("staff", "role", "fay", "--team", "shelter", "--role", "responder", "--remove")],
)
def test_who_is_of_a_partner_no_longer_is_shown_out_of_what_they_joined(
    db: None, voordeur: Command, settings: Any, ending: tuple[str, ...]
) -> None:
    from tests.records.conversations.people import SERVER
    from tests.records.handovers import people as p
    from tests.records.handovers.scenes import joined

    settings.SERVER_SECRET = lambda: b"the server's key of the tests..."
    server_key.cache_clear()
    cast = p.cast()
    someone = p.taken_up(cast)
    one = joined(cast, someone)
    assert SERVER.tag("x", "y") == server_key().tag("x", "y")
    assert cast.people["fay"].keys(someone.id)
    said = voordeur(*ending)
    assert (said.code, "joined as a guest and read no more: 1." in said.out) == (0, True)
    assert cast.people["fay"].keys(someone.id) == {} and p.label_of(one.id).guest == ""
    assert "guest" not in voordeur("staff", "role", "ada", "--team", "central", "--role", "responder", "--remove").out
