"""Logins, teams, keys and duty: what changes, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator

from voordeur.records.staff import actions, queries
from voordeur.records.staff.models import AuditLine, DeskSession, Duty, Membership, Staff, Team
from voordeur.rules.retention import RETENTIONS
from voordeur.secrecy.keyring import ServerKey
from voordeur.vocabulary import Recovery, StaffRole

KEY, OTHER_KEY, SEALED, SALT = b"p" * 32, b"q" * 32, b"s" * 60, b"t" * 16


def _with_factor(staff: Staff) -> None:
    Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={"secret": "x"})


def _with_session(staff: Staff, moment: datetime, key_hash: str = "a" * 64) -> None:
    ends_at = moment + timedelta(hours=1)
    assert actions.keep_session(key_hash=key_hash, staff_id=staff.pk, sealed=b"x", ends_at=ends_at, must_be=False)


def test_a_new_login_opens_with_its_passphrase_and_keeps_only_a_hash(db: None, moment: datetime) -> None:
    made = actions.add_staff(name="noor", shown_name=" Noor ", languages=["nl", "nl", "en"], moment=moment)
    kept = Staff.objects.get()
    assert kept.check_password(made.passphrase)
    assert kept.password.startswith("scrypt$")
    assert made.passphrase not in repr(made)
    assert (kept.shown_name, kept.languages, kept.once_until) == ("Noor", ["nl", "en"], moment + actions.ONCE_LASTS)


def test_two_logins_never_get_the_same_first_passphrase(db: None, moment: datetime) -> None:
    phrases = {
        actions.add_staff(name=f"n{i}", shown_name="N", languages=[], moment=moment).passphrase for i in range(5)
    }
    assert len(phrases) == 5
    assert all(len(phrase.replace("-", "")) == 20 for phrase in phrases)


@pytest.mark.parametrize(
    ("name", "shown", "languages"),
    [("Noor", "N", []), ("n", "N", []), ("a" * 41, "N", []), ("no or", "N", []), ("noor", " ", []),
     ("noor", "N" * 61, []), ("noor", "N\n", []), ("noor", "N", ["klingon"])],
)  # fmt: skip
def test_a_name_or_language_that_cannot_be_is_refused(
    db: None, moment: datetime, name: str, shown: str, languages: list[str]
) -> None:
    with pytest.raises(actions.NameNotAllowed, match=r"expected|not a code"):
        actions.add_staff(name=name, shown_name=shown, languages=languages, moment=moment)
    assert not Staff.objects.exists()


def test_a_name_or_team_that_is_taken_is_refused_and_the_first_stays(
    responder: Staff, team: Team, moment: datetime
) -> None:
    with pytest.raises(actions.NameNotAllowed, match="already a login"):
        actions.add_staff(name="noor", shown_name="Other", languages=[], moment=moment)
    with pytest.raises(actions.NameNotAllowed, match="already a team"):
        actions.add_team(slug="central", name="Other")
    assert (Staff.objects.get(name="noor").shown_name, Team.objects.get().name) == ("Noor", "Central")


def test_switching_off_ends_sessions_duty_factors_and_team_keys(responder: Staff, team: Team, moment: datetime) -> None:
    actions.give_team_key(staff=responder, team=team, sealed_team_key=SEALED)
    actions.go_on_duty(staff=responder, team=team, moment=moment)
    _with_factor(responder)
    _with_session(responder, moment)
    assert actions.switch_off(staff=responder, moment=moment) == 1
    kept = Staff.objects.get()
    assert (kept.is_active, kept.has_usable_password(), kept.off_on) == (False, False, moment.date())
    assert not DeskSession.objects.exists()
    assert not Duty.objects.exists()
    assert not Authenticator.objects.exists()
    assert Membership.objects.get().sealed_team_key is None


def test_a_reset_takes_factors_and_sessions_and_leaves_the_key_as_it_is(responder: Staff, moment: datetime) -> None:
    actions.set_key(staff=responder, public_key=KEY, sealed_private_key=SEALED, phrase_salt=SALT, phrase_rounds=600_000)
    actions.set_passphrase(staff=responder, passphrase="paard batterij nietje fiets")
    _with_factor(responder)
    _with_session(responder, moment)
    made = actions.reset_staff(staff=responder, moment=moment)
    kept = Staff.objects.get()
    assert kept.check_password(made.passphrase)
    assert kept.once_until == moment + actions.ONCE_LASTS
    assert not DeskSession.objects.exists()
    assert not Authenticator.objects.exists()
    assert bytes(kept.sealed_private_key or b"") == SEALED


def test_an_own_passphrase_ends_the_first_one_and_every_session(responder: Staff, moment: datetime) -> None:
    _with_session(responder, moment)
    actions.set_passphrase(staff=responder, passphrase="paard batterij nietje fiets")
    kept = Staff.objects.get()
    assert kept.check_password("paard batterij nietje fiets")
    assert kept.once_until is None
    assert not DeskSession.objects.exists()


def test_a_new_key_takes_back_team_keys_and_a_new_phrase_alone_does_not(responder: Staff, team: Team) -> None:
    def set_key(public_key: bytes, salt: bytes) -> object:
        actions.set_key(
            staff=responder, public_key=public_key, sealed_private_key=SEALED, phrase_salt=salt, phrase_rounds=3
        )
        return Membership.objects.get().sealed_team_key

    set_key(KEY, SALT)
    actions.give_team_key(staff=responder, team=team, sealed_team_key=SEALED)
    assert set_key(KEY, b"u" * 16) is not None
    assert set_key(OTHER_KEY, SALT) is None


@pytest.mark.parametrize(
    "wrong",
    [{"public_key": b"p" * 31}, {"sealed_private_key": b"s" * 32}, {"sealed_private_key": b"s" * 5000},
     {"phrase_salt": b"t" * 15}, {"phrase_rounds": 0}, {"phrase_rounds": 10**9}],
)  # fmt: skip
def test_a_key_of_a_size_that_cannot_be_is_refused(responder: Staff, wrong: dict[str, object]) -> None:
    right = {"public_key": KEY, "sealed_private_key": SEALED, "phrase_salt": SALT, "phrase_rounds": 3}
    with pytest.raises(actions.KeyNotUsable):
        actions.set_key(staff=responder, **(right | wrong))  # type: ignore[arg-type]
    assert Staff.objects.get().public_key is None


def test_a_new_team_key_takes_back_what_members_hold(responder: Staff, team: Team) -> None:
    actions.set_team_key(team=team, public_key=KEY, recovery=Recovery.TEAM)
    actions.give_team_key(staff=responder, team=team, sealed_team_key=SEALED)
    actions.set_team_key(team=team, public_key=KEY, recovery=Recovery.ESCROW, escrow_public_key=OTHER_KEY)
    assert Membership.objects.get().sealed_team_key is not None
    actions.set_team_key(team=team, public_key=OTHER_KEY, recovery=Recovery.NONE)
    assert Membership.objects.get().sealed_team_key is None


def test_escrow_without_a_key_and_a_key_without_escrow_are_refused(team: Team) -> None:
    with pytest.raises(actions.KeyNotUsable):
        actions.set_team_key(team=team, public_key=KEY, recovery=Recovery.ESCROW)
    with pytest.raises(actions.KeyNotUsable):
        actions.set_team_key(team=team, public_key=KEY, recovery=Recovery.NONE, escrow_public_key=OTHER_KEY)


def test_only_a_member_whose_login_is_on_can_hold_a_team_key(
    responder: Staff, outsider: Staff, team: Team, moment: datetime
) -> None:
    with pytest.raises(actions.KeyNotUsable):
        actions.give_team_key(staff=outsider, team=team, sealed_team_key=SEALED)
    actions.switch_off(staff=responder, moment=moment)
    with pytest.raises(actions.KeyNotUsable):
        actions.give_team_key(staff=responder, team=team, sealed_team_key=SEALED)


def test_a_second_role_brings_the_team_key_along_and_the_last_role_ends_the_duty(
    responder: Staff, team: Team, moment: datetime
) -> None:
    actions.give_team_key(staff=responder, team=team, sealed_team_key=SEALED)
    coach = actions.add_member(staff=responder, team=team, role=StaffRole.COACH, moment=moment)
    assert bytes(coach.sealed_team_key or b"") == SEALED
    actions.add_member(staff=responder, team=team, role=StaffRole.COACH, moment=moment)
    assert Membership.objects.count() == 2
    actions.go_on_duty(staff=responder, team=team, moment=moment)
    actions.remove_member(staff=responder, team=team, role=StaffRole.COACH)
    assert Duty.objects.count() == 1
    actions.remove_member(staff=responder, team=team, role=StaffRole.RESPONDER)
    assert Duty.objects.count() == 0


def test_only_who_has_a_role_goes_on_duty(responder: Staff, outsider: Staff, team: Team, moment: datetime) -> None:
    assert actions.go_on_duty(staff=responder, team=team, moment=moment)
    assert not actions.go_on_duty(staff=outsider, team=team, moment=moment)
    assert actions.still_there(staff=responder, moment=moment) == 1
    assert actions.still_there(staff=outsider, moment=moment) == 0
    actions.go_off_duty(staff=responder)
    assert not Duty.objects.exists()


def test_the_last_second_factor_cannot_be_removed_nor_somebody_elses(responder: Staff, outsider: Staff) -> None:
    _with_factor(responder)
    _with_factor(outsider)
    first = queries.second_factors(responder)[0]
    assert not actions.remove_factor(staff=responder, factor_id=first.id)
    Authenticator.objects.create(user=responder, type=Authenticator.Type.WEBAUTHN, data={"name": "sleutel"})
    assert not actions.remove_factor(staff=responder, factor_id=queries.second_factors(outsider)[0].id)
    assert actions.remove_factor(staff=responder, factor_id=first.id)
    assert [one.name for one in queries.second_factors(responder)] == ["sleutel"]


def test_a_session_is_written_only_when_it_is_or_is_not_there_as_asked(responder: Staff, moment: datetime) -> None:
    values = {"key_hash": "b" * 64, "staff_id": responder.pk, "sealed": b"x", "ends_at": moment + timedelta(hours=1)}
    assert not actions.keep_session(**values, must_be=True)  # type: ignore[arg-type]
    assert actions.keep_session(**values, must_be=False)  # type: ignore[arg-type]
    assert not actions.keep_session(**values, must_be=False)  # type: ignore[arg-type]
    assert actions.keep_session(**values, must_be=True)  # type: ignore[arg-type]
    assert queries.session_by_hash("b" * 64, moment) == b"x"
    assert queries.session_by_hash("b" * 64, moment + timedelta(hours=1)) is None
    actions.end_session(key_hash="b" * 64)
    assert not queries.has_session("b" * 64)


def test_what_is_past_its_time_is_forgotten_and_nothing_else(
    responder: Staff, outsider: Staff, team: Team, moment: datetime, server_key: ServerKey
) -> None:
    actions.note_audit(server_key=server_key, moment=moment - timedelta(days=367), who="noor", what="signed in")
    actions.note_audit(server_key=server_key, moment=moment, who="noor", what="signed in")
    actions.go_on_duty(staff=responder, team=team, moment=moment - timedelta(days=2))
    _with_session(responder, moment - timedelta(hours=2))
    _with_session(responder, moment, "c" * 64)
    actions.switch_off(staff=outsider, moment=moment - timedelta(days=32))
    assert actions.forget_staff(server_key=server_key, moment=moment) == 4
    assert [one.name for one in Staff.objects.all()] == ["noor"]
    assert [one.key_hash for one in DeskSession.objects.all()] == ["c" * 64]
    assert [one.number for one in AuditLine.objects.all()] == [2]
    assert not Duty.objects.exists()
    assert queries.verify_audit(server_key) == []


def test_what_is_forgotten_is_what_the_table_of_retention_says() -> None:
    kept = {one.model: one.keep_for for one in RETENTIONS}
    assert kept["staff.Staff"] == kept["staff.Membership"] == actions.KEPT_AFTER_OFF
    assert kept["staff.Duty"] == actions.DUTY_KEPT
    assert kept["staff.AuditLine"] == actions.TRAIL_KEPT
