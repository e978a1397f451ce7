"""The settings of mail: read whole, or refused with a sentence in which no password stands."""

from __future__ import annotations

import pytest

from voordeur.settings.env import MailServer, SettingWrong, read_env

WHOLE = {
    "VOORDEUR_SMTP_URL": "smtp://bode:g%40heim@mail.example",
    "VOORDEUR_MAIL_FROM": "post@door.example",
    "VOORDEUR_DESK_URL": "https://kantoor.example/",
}


def test_without_the_setting_there_is_no_mail() -> None:
    assert read_env({}).smtp is None
    assert read_env({"VOORDEUR_SMTP_URL": "  "}).smtp is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("smtp://bode:g%40heim@mail.example", MailServer("mail.example", 587, "bode", "g@heim")),
        ("smtp://bode:x@mail.example:2525/", MailServer("mail.example", 2525, "bode", "x")),
        ("smtps://mail.example", MailServer("mail.example", 465, is_tls=True)),
        ("smtp://localhost:25", MailServer("localhost", 25, is_plain=True)),
        ("smtp://[::1]:25", MailServer("::1", 25, is_plain=True)),
        ("smtps://localhost", MailServer("localhost", 465, is_tls=True)),
    ],
)
def test_a_mail_server_is_read_and_only_on_this_machine_without_encryption(written: str, read: MailServer) -> None:
    assert read_env(WHOLE | {"VOORDEUR_SMTP_URL": written}).smtp == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VOORDEUR_SMTP_URL", "mail.example"),
        ("VOORDEUR_SMTP_URL", "http://bode:geheim@mail.example"),
        ("VOORDEUR_SMTP_URL", "smtp://bode:geheim@mail.example:99999"),
        ("VOORDEUR_SMTP_URL", "smtp://bode:geheim@mail.example:0"),
        ("VOORDEUR_SMTP_URL", "smtp://bode:ge/heim@mail.example"),
        ("VOORDEUR_SMTP_URL", "smtp://bode:geheim@mail.example/box"),
        ("VOORDEUR_SMTP_URL", "smtp://bode:geheim@"),
        ("VOORDEUR_SMTP_URL", "smtp://bode@mail.example"),
        ("VOORDEUR_SMTP_URL", "smtp://:geheim@mail.example"),
        ("VOORDEUR_SMTP_URL", "smtp://bode:geheimé@mail.example"),
        ("VOORDEUR_MAIL_FROM", ""),
        ("VOORDEUR_MAIL_FROM", "De deur <post@door.example>"),
        ("VOORDEUR_DESK_URL", ""),
        ("VOORDEUR_DESK_URL", "kantoor.example"),
        ("VOORDEUR_DESK_URL", "https://kantoor.example/?team=x"),
        ("VOORDEUR_DESK_URL", "https://kantoor.example/ en meer"),
    ],
)
def test_a_wrong_one_is_refused_with_its_name_and_without_a_password(name: str, value: str) -> None:
    with pytest.raises(SettingWrong) as wrong:
        read_env(WHOLE | {name: value})
    assert name in str(wrong.value)
    assert "geheim" not in str(wrong.value) and "ge/heim" not in str(wrong.value)


def test_no_password_is_shown_by_accident() -> None:
    env = read_env(WHOLE)
    assert "g@heim" not in repr(env) and "bode" not in repr(env)
